//! A tap between a client and a server that others wrote: all goes as without it, and the tap tells it.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use tokio::process::Command;
use wirelab::model::Direction;

use crate::lab::{Lab, SERVER};
use crate::program::{Program, has};
use crate::socat::port_of;
use crate::story::{ended, host_and_port, story, traffic};

/// Puts a tap before `target`, and says where it listens.
async fn tap(lab: &mut Lab, listen: &str, target: &str) -> (String, String) {
    let address = lab.serve(listen, "tap", target).await;
    host_and_port(&address)
}

/// Whether one piece of bytes is in another.
fn holds(bytes: &[u8], piece: &str) -> bool {
    bytes.windows(piece.len()).any(|window| window == piece.as_bytes())
}

#[tokio::test]
async fn curl_gets_from_pythons_web_server_what_it_gets_without_a_tap() {
    if !has("curl") || !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = (0..40_000).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n");
    std::fs::write(folder.path().join("page.txt"), &page).unwrap();
    let site = folder.path().display().to_string();
    let serve = ["-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", &site];
    let mut server = Program::start("python3", &serve);
    let line = server.line().await;
    let port = line.split_whitespace().skip_while(|word| *word != "port").nth(1).expect("it says its port");
    let mut lab = Lab::start();
    let (host, tapped) = tap(&mut lab, "tcp://127.0.0.1:0", &format!("tcp://127.0.0.1:{port}")).await;
    let get = async |port: &str, path: &str| {
        let url = format!("http://{host}:{port}/{path}");
        let shown = "%{http_code} %{content_type}";
        Program::start("curl", &["-q", "-sS", "--max-time", "20", "-w", shown, &url]).prints().await
    };
    let whole = get(&tapped, "page.txt").await;
    assert!(whole == get(port, "page.txt").await, "{} bytes came through the tap", whole.len());
    assert!(whole.starts_with(&page) && whole.ends_with("200 text/plain"), "all of it came");
    let missing = get(&tapped, "missing").await;
    assert_eq!(missing, get(port, "missing").await);
    assert!(missing.contains("404"), "{missing}");
    for conn in ended(&mut lab, SERVER, 2).await {
        let story = story(&lab, SERVER, conn);
        assert!(story.starts_with("opened, in ") && story.contains(", out "), "{story}");
    }
    let (asked, answered) = (traffic(&lab, SERVER, Direction::In), traffic(&lab, SERVER, Direction::Out));
    assert!(asked.starts_with(b"GET /page.txt HTTP/1.1\r\n") && holds(&asked, "GET /missing "));
    assert!(answered.starts_with(b"HTTP/1.0 200 OK\r\n") && holds(&answered, &page[page.len() - 5000..]));
}

#[tokio::test]
async fn redis_cli_has_from_redis_server_what_it_has_without_a_tap() {
    if !has("redis-cli") || !has("redis-server") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (home, path) = (folder.path().display().to_string(), folder.path().join("redis.sock").display().to_string());
    let arguments = ["--port", "0", "--unixsocket", &path, "--dir", &home, "--save", "", "--daemonize", "no"];
    let mut server = Program::start("redis-server", &arguments);
    while !server.line().await.contains("eady to accept connections") {}
    let commands = "SET greeting \"h\\xe4llo\"\nGET greeting\nRPUSH list 1 2 3\nLRANGE list 0 -1\nHELLO 9\nFLUSHALL\n";
    let ask = async |place: &[&str]| {
        let mut client = Program::start("redis-cli", place);
        client.say(commands).await;
        client.prints().await
    };
    let mut lab = Lab::start();
    let (host, port) = tap(&mut lab, "tcp://127.0.0.1:0", &format!("unix://{path}")).await;
    let through = ask(&["-h", &host, "-p", &port]).await;
    assert_eq!(through, ask(&["-s", &path]).await);
    assert!(through.starts_with("OK\n") && through.contains("NOPROTO"), "{through}");
    let told = ended(&mut lab, SERVER, 1).await;
    let story = story(&lab, SERVER, told[0]);
    assert!(story.ends_with("closed in order"), "{story}");
    let (asked, answered) = (traffic(&lab, SERVER, Direction::In), traffic(&lab, SERVER, Direction::Out));
    assert!(holds(&asked, "$6\r\nLRANGE\r\n"), "{}", asked.escape_ascii());
    assert!(answered.ends_with(b"+OK\r\n") && holds(&answered, "*3\r\n$1\r\n1\r\n"), "{}", answered.escape_ascii());
}

/// PostgreSQL's server programs, which Debian keeps beside the path.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn postgres() -> Option<PathBuf> {
    if !has("psql") {
        return None;
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = versions.map(|version| version.path().join("bin")).chain(std::env::split_paths(&path));
    let found = { folders }.find(|folder| folder.join("initdb").is_file());
    if found.is_none() {
        println!("skipped: no initdb");
    }
    found
}

/// The user of nobody's, as whom PostgreSQL runs where the tests run as root, which it refuses.
const NOBODY: u32 = 65_534;

/// One of PostgreSQL's programs, in a folder that is its user's own.
fn of_postgres(program: &Path, folder: &Path, arguments: &[&str]) -> Program {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    if std::fs::metadata("/proc/self").expect("this process").uid() == 0 {
        chown(folder, Some(NOBODY), Some(NOBODY)).expect("root may give it away");
        command.uid(NOBODY).gid(NOBODY);
    }
    Program::run(&program.display().to_string(), command)
}

#[tokio::test]
async fn psql_has_from_postgresql_what_it_has_without_a_tap() {
    let Some(programs) = postgres() else { return };
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (data, socket) = (home.join("data").display().to_string(), home.display().to_string());
    let made = ["-D", &data, "-U", "me", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8"];
    of_postgres(&programs.join("initdb"), home, &made).prints().await;
    let listen = ["-D", &data, "-k", &socket, "-c", "listen_addresses=", "-c", "fsync=off"];
    let mut server = of_postgres(&programs.join("postgres"), home, &listen);
    server.remarks("ready to accept connections").await;
    let statements = "create temporary table fruit (name text, count int);\n\
        insert into fruit select 'apple ' || n, n from generate_series(1, 2000) n;\n\
        select * from fruit order by count;\nselect 1 / 0;\n\\copy fruit to stdout\n";
    let ask = async |host: &str, port: &str| {
        let place = ["-X", "-h", host, "-p", port, "-U", "me", "-d", "postgres"];
        let mut client = Program::start("psql", &place);
        client.say(statements).await;
        let output = client.ended().await;
        let words = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (words(output.stdout), words(output.stderr))
    };
    let mut lab = Lab::start();
    let target = format!("unix://{}", home.join(".s.PGSQL.5432").display());
    let (host, port) = tap(&mut lab, "tcp://127.0.0.1:0", &target).await;
    let through = ask(&host, &port).await;
    assert!(through == ask(&socket, "5432").await, "{}\n{}", through.0, through.1);
    assert!(through.0.contains("(2000 rows)") && through.0.ends_with("apple 2000\t2000\n"), "{}", through.0);
    assert!(through.1.contains("division by zero"), "{}", through.1);
    ended(&mut lab, SERVER, 1).await;
    let (asked, answered) = (traffic(&lab, SERVER, Direction::In), traffic(&lab, SERVER, Direction::Out));
    assert!(holds(&asked, "generate_series(1, 2000)") && holds(&answered, "apple 1999"));
    of_postgres(&programs.join("pg_ctl"), home, &["-D", &data, "-m", "immediate", "stop"]).prints().await;
}

/// Answers every question for an address with 192.0.2.7, and all others with NXDOMAIN.
const NAME_SERVER: &str = r#"
import socket, struct
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1])
while True:
    asked, peer = server.recvfrom(4096)
    end = asked.index(0, 12) + 5
    kind = struct.unpack("!H", asked[end - 4:end - 2])[0]
    known = kind == 1
    head = asked[:2] + struct.pack("!HHHHH", 0x8580 if known else 0x8583, 1, int(known), 0, 0)
    answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 7]) if known else b""
    server.sendto(head + asked[12:end] + answer, peer)
"#;

#[tokio::test]
async fn dig_has_from_a_name_server_what_it_has_without_a_tap() {
    if !has("dig") || !has("python3") {
        return;
    }
    let mut server = Program::python(NAME_SERVER, &[]);
    let port = server.line().await;
    let mut lab = Lab::start();
    let (_, tapped) = tap(&mut lab, "udp://127.0.0.1:0", &format!("udp://127.0.0.1:{port}")).await;
    let ask = async |port: &str, kind: &str| {
        let place = ["@127.0.0.1", "-p", port, "+tries=1", "+time=20", "+noall", "+comments", "+answer"];
        let question = ["+qid=7", "wirelab.example", kind];
        Program::start("dig", &[&place[..], &question].concat()).prints().await
    };
    for (kind, words) in [("A", "192.0.2.7"), ("MX", "NXDOMAIN")] {
        let through = ask(&tapped, kind).await;
        assert_eq!(through, ask(&port, kind).await);
        assert!(through.contains(words), "{through}");
    }
    let (asked, answered) = (traffic(&lab, SERVER, Direction::In), traffic(&lab, SERVER, Direction::Out));
    assert!(asked.starts_with(&[0, 7]) && holds(&asked, "\x07wirelab\x07example\0"), "{}", asked.escape_ascii());
    assert!(
        answered.starts_with(&[0, 7, 0x85, 0x80]) && holds(&answered, "\x07wirelab"),
        "{}",
        answered.escape_ascii()
    );
    assert!(answered.windows(4).any(|window| window == [192, 0, 2, 7]), "{}", answered.escape_ascii());
}

/// Bytes in which a piece left out or moved is noticed.
fn question() -> Vec<u8> {
    (0..300_000_u32).flat_map(u32::to_be_bytes).collect()
}

/// socat sends a file, half-closes, and prints what comes back.
async fn socat_says(file: &Path, place: &str) -> Vec<u8> {
    let input = format!("OPEN:{},rdonly!!-", file.display());
    let output = Program::start("socat", &["-t", "20", &input, place]).ended().await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[tokio::test]
async fn a_pair_of_socats_talks_through_unix_sockets_as_without_a_tap() {
    if !has("socat") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    std::fs::write(place("question"), question()).unwrap();
    let listen = format!("UNIX-LISTEN:{},fork", place("server.sock").display());
    let mut server = Program::start("socat", &["-d", "-d", "-t", "20", &listen, "EXEC:cat"]);
    server.remarks("listening on").await;
    let mut lab = Lab::start();
    let (listen, target) = (place("tap.sock"), place("server.sock"));
    lab.serve(&format!("unix://{}", listen.display()), "tap", &format!("unix://{}", target.display())).await;
    let through = socat_says(&place("question"), &format!("UNIX-CONNECT:{}", listen.display())).await;
    let without = socat_says(&place("question"), &format!("UNIX-CONNECT:{}", target.display())).await;
    assert!(through == question() && without == through, "{} and {} bytes came back", through.len(), without.len());
    let told = ended(&mut lab, SERVER, 1).await;
    let story = story(&lab, SERVER, told[0]);
    assert!(story.contains("finished in") && story.ends_with("closed in order"), "{story}");
    assert!(traffic(&lab, SERVER, Direction::In) == question() && traffic(&lab, SERVER, Direction::Out) == question());
}

#[tokio::test]
async fn a_socat_by_unix_reaches_a_socat_by_tcp() {
    if !has("socat") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("question");
    std::fs::write(&file, question()).unwrap();
    let mut server = Program::start("socat", &["-d", "-d", "-t", "20", "TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat"]);
    let target = format!("tcp://127.0.0.1:{}", port_of(&mut server).await);
    let listen = folder.path().join("tap.sock").display().to_string();
    let mut lab = Lab::start();
    lab.serve(&format!("unix://{listen}"), "tap", &target).await;
    let through = socat_says(&file, &format!("UNIX-CONNECT:{listen}")).await;
    assert!(through == question(), "{} bytes came back", through.len());
    ended(&mut lab, SERVER, 1).await;
    assert!(traffic(&lab, SERVER, Direction::In) == question() && traffic(&lab, SERVER, Direction::Out) == question());
}
