//! Labs without a screen, as they are called: lab files to their verdict, one server, one client, and what asks them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;
use wirelab::app::command::{Action, COMMANDS, Command as Row};

#[path = "support/headless.rs"]
mod headless;

use headless::{PROGRAM, Running, folder, output, wirelab};

/// Ports that nothing has now.
fn ports(count: usize) -> Vec<String> {
    let held: Vec<(TcpListener, UdpSocket)> = std::iter::from_fn(|| {
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
        let udp = UdpSocket::bind(tcp.local_addr().expect("an address")).ok();
        Some(udp.map(|udp| (tcp, udp)))
    })
    .flatten()
    .take(count)
    .collect();
    held.iter().map(|(tcp, _)| tcp.local_addr().expect("an address").port().to_string()).collect()
}

fn asset(name: &str) -> String {
    format!("{}/assets/labs/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a shipped lab on ports of its own; gives its events.
fn events(name: &str, variables: &[&str]) -> Vec<Value> {
    let (folder, ports) = (folder(), ports(variables.len()));
    let mut command = wirelab(folder.path(), &["run", &asset(name), "--json", "--for", "60s"]);
    let output = command.envs(variables.iter().zip(ports)).output().expect("the program starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name}: {told}{}", String::from_utf8_lossy(&output.stderr));
    told.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// What was done to which message of each conversation of a tap, in their order.
fn deeds(events: &[Value], client: &str, tap: &str) -> Vec<(usize, String)> {
    let is_said = |event: &&Value| event["node"] == client && event["kind"] == "data" && event["dir"] == "out";
    let said: Vec<&Value> = events.iter().filter(is_said).collect();
    let number = |frame: &Value| said.iter().position(|event| event["frame"] == *frame).expect("it was told");
    let deeds = events.iter().filter(|event| event["node"] == tap && event["kind"] == "impaired");
    deeds.map(|event| (number(&event["of"]), event["deed"].as_str().unwrap_or_default().to_owned())).collect()
}

#[test]
fn shipped_labs_come_to_a_good_verdict() {
    for (name, variables, held) in
        [("first-sockets", &["TCP_PORT", "UDP_PORT"][..], 2), ("web", &["PORT"], 8), ("chat", &["CHAT", "FAR"], 11)]
    {
        let events = events(name, variables);
        let verdict = events.last().expect("something is told");
        assert_eq!(verdict["kind"], "verdict", "{name}");
        assert_eq!((verdict["held"].as_u64(), &verdict["failed"]), (Some(held), &Value::Array(Vec::new())), "{name}");
    }
}

#[test]
fn the_same_seed_does_the_same_deeds_in_a_lab() {
    let ports = ["PORT1", "PORT2", "PORT3", "PORT4"];
    let runs = [events("tcp-vs-udp", &ports), events("tcp-vs-udp", &ports)];
    let [one, other] = runs.map(|events| deeds(&events, "udp-client", "lossy-udp"));
    assert_eq!(one, other);
    assert_eq!(one.len(), 8, "eight of a hundred, as the lab says: {one:?}");
    assert!(one.iter().all(|(_, deed)| deed == "dropped"), "{one:?}");
}

/// What taps did in each conversation and each way, in order. Conversations are counted within their tap: a number of the
/// whole lab depends on who else connected first.
fn all_deeds(events: &[Value]) -> BTreeMap<String, Vec<String>> {
    let (mut opened, mut told) = (BTreeMap::<String, Vec<&Value>>::new(), BTreeMap::<String, Vec<String>>::new());
    for event in events {
        let of_node = opened.entry(event["node"].to_string()).or_default();
        if event["kind"] == "opened" {
            of_node.push(&event["flow"]);
        } else if event["kind"] == "impaired" {
            let number = of_node.iter().position(|flow| **flow == event["flow"]).expect("it was opened");
            let way = format!("{} {number} {}", event["node"], event["toward"]);
            told.entry(way).or_default().push(format!("{} {} {}", event["by"], event["deed"], event["delay_ms"]));
        }
    }
    told
}

#[test]
fn each_shipped_lab_does_the_same_deeds_again() {
    for (name, variables, ways) in
        [("first-sockets", &["TCP_PORT", "UDP_PORT"][..], 0), ("web", &["PORT"], 0), ("chat", &["CHAT", "FAR"], 4)]
    {
        let [one, other] = [events(name, variables), events(name, variables)].map(|events| all_deeds(&events));
        assert_eq!((one.len(), other.len()), (ways, ways), "{name}: of these the chat alone has a tap");
        for (way, deeds) in &one {
            // A stream may bring two messages as one; what is done to those that come is the same.
            assert!(deeds.iter().zip(&other[way]).all(|(one, other)| one == other), "{way}: {one:?}\n{other:?}");
        }
    }
}

#[test]
fn a_lab_that_is_wrong_starts_nothing_and_tells_why() {
    let folder = folder();
    std::fs::write(folder.path().join("bad.toml"), "[[server]]\nname = 'a'\nlisten = 'tcp://127.0.0.1:x'\n")
        .expect("room");
    for act in ["run", "check"] {
        let (told, wrong, status) = output(folder.path(), &[act, "bad.toml"]);
        assert_eq!((told.as_str(), status), ("", Some(2)), "{act}");
        assert!(wrong.starts_with("bad.toml:3:10: "), "{wrong}");
    }
}

#[test]
fn a_lab_with_one_server_that_cannot_listen_ends_and_says_which() {
    let (folder, taken) = (folder(), TcpListener::bind("127.0.0.1:0").expect("a port"));
    let port = taken.local_addr().expect("an address").port();
    let text = format!(
        "[[server]]\nname = 'good'\nlisten = 'tcp://127.0.0.1:0'\n[[server]]\nname = 'bad'\nlisten = 'tcp://127.0.0.1:{port}'\n"
    );
    std::fs::write(folder.path().join("lab.toml"), text).expect("room");
    let (_, wrong, status) = output(folder.path(), &["run", "lab.toml", "--for", "20s"]);
    assert_eq!(status, Some(1), "{wrong}");
    assert!(wrong.starts_with("bad: "), "{wrong}");
    assert!(wrong.contains("in use"), "{wrong}");
}

#[test]
fn a_failed_expectation_is_the_verdict() {
    let folder = folder();
    let port = &ports(1)[0];
    let text = format!(
        "[[server]]\nname = 'echo'\nlisten = 'tcp://127.0.0.1:{port}'\n[[client]]\nname = 'me'\n\
         connect = 'tcp://127.0.0.1:{port}'\nsend = 'a'\nexpect = ['a', {{ match = 'b', within = '100ms' }}]\n\
         [[step]]\nat = '50ms'\nrun = '@echo server-stop'\n[[step]]\nat = '60ms'\nrun = 'impair loss 5%'\n"
    );
    std::fs::write(folder.path().join("lab.toml"), text).expect("room");
    let (told, wrong, status) = output(folder.path(), &["run", "lab.toml", "--quiet"]);
    assert_eq!(status, Some(1), "{told}{wrong}");
    assert!(told.contains("failed: me did not receive \"b\""), "{told}");
    assert!(told.contains("failed: impair loss 5%: impair: there is no tap"), "{told}");
    assert!(told.ends_with("the lab is over: 1 of 3 expectations held\n"), "{told}");
}

#[test]
fn a_server_tells_where_it_listens_and_ends_with_what_it_waits_for() {
    let folder = folder();
    let arguments = ["serve", "tcp://127.0.0.1:0", "reply", r"Hello, World!\r\n", "--expect", "b.e"];
    let mut server = Running::start(folder.path(), &arguments);
    let url = server.line();
    let address = url.strip_prefix("tcp://").expect("a URL").to_owned();
    let mut peer = TcpStream::connect(&address).expect("it listens");
    peer.write_all(b"b").expect("it takes it");
    let mut answer = [0; 15];
    peer.read_exact(&mut answer).expect("it answers");
    assert_eq!(&answer, b"Hello, World!\r\n");
    peer.write_all(b"ye").expect("it takes it");
    assert!(server.child.wait().expect("it ends").success());
}

#[test]
fn a_client_sends_a_text_or_what_is_piped_into_it_and_writes_the_answer() {
    let folder = folder();
    let server = Running::start(folder.path(), &["serve", "tcp://127.0.0.1:0", "echo"]);
    let url = server.line();
    let (told, wrong, status) = output(folder.path(), &["send", &url, r"a\x00b", "--raw"]);
    assert_eq!((told.as_str(), wrong.as_str(), status), ("a\0b\n", "", Some(0)));
    let mut piped = wirelab(folder.path(), &["send", &url, "--raw"]).stdin(Stdio::piped()).spawn().expect("it starts");
    let sent: Vec<u8> = (0..3_000_000_u32).map(|at| (at >> 3) as u8).collect();
    let (mut input, much) = (piped.stdin.take().expect("it was asked for"), sent.clone());
    let writer = thread::spawn(move || input.write_all(&much));
    let back = piped.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("all is taken");
    assert!(back.status.success());
    assert!(back.stdout == sent, "{} bytes came back of {}", back.stdout.len(), sent.len());
    let expected = output(folder.path(), &["send", &url, "hello", "--expect", "l+o", "--quiet"]);
    assert_eq!(expected, (String::new(), String::new(), Some(0)));
    let (_, wrong, status) = output(folder.path(), &["send", &url, "hello", "--expect", "bye", "--quiet"]);
    assert_eq!((wrong.as_str(), status), ("nothing that came matches \"bye\"\n", Some(1)));
}

#[test]
fn each_line_of_standard_input_is_a_datagram() {
    let (folder, peer) = (folder(), UdpSocket::bind("127.0.0.1:0").expect("a port"));
    let url = format!("udp://{}", peer.local_addr().expect("an address"));
    let mut sender =
        wirelab(folder.path(), &["send", &url, "--wait", "10ms"]).stdin(Stdio::piped()).spawn().expect("it");
    sender.stdin.take().expect("it was asked for").write_all(b"one\ntwo\nthree").expect("it is taken");
    let mut buffer = [0; 100];
    for wanted in ["one\n", "two\n", "three"] {
        let length = peer.recv(&mut buffer).expect("a datagram");
        assert_eq!(&buffer[..length], wanted.as_bytes());
    }
    assert!(sender.wait().expect("it ends").success());
}

#[test]
fn a_client_that_is_refused_says_so_and_what_to_do() {
    let (folder, port) = (folder(), &ports(1)[0]);
    let (_, wrong, status) = output(folder.path(), &["send", &format!("tcp://127.0.0.1:{port}"), "hello", "--quiet"]);
    assert_eq!(status, Some(1));
    assert!(wrong.contains("refused") && wrong.contains("start the server"), "{wrong}");
    // A datagram is refused by ICMP; the port is one that was just given back.
    let unused = std::net::UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let (_, wrong, status) = output(folder.path(), &["send", &format!("udp://{unused}"), "hello", "--quiet"]);
    assert_eq!(status, Some(1), "{wrong}");
    assert!(wrong.contains("nobody listens there"), "{wrong}");
}

#[test]
fn a_running_lab_is_asked_and_answers() {
    let folder = folder();
    let (_, wrong, status) = output(folder.path(), &["ctl"]);
    assert_eq!(status, Some(2), "none runs: {wrong}");
    let mut server = Running::start(folder.path(), &["serve", "tcp://127.0.0.1:0", "echo"]);
    let url = server.line();
    let ask = |words: &[&str]| {
        let (told, wrong, status) = output(folder.path(), &[&["ctl"], words].concat());
        let answer: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}{wrong}"));
        assert_eq!(answer["ok"] == true, status == Some(0), "{told}");
        answer
    };
    assert_eq!(ask(&[])["servers"][0]["local"], url.as_str());
    assert_eq!(ask(&["serve", "tcp://127.0.0.1:0", "tap", &url])["ok"], true);
    assert_eq!(ask(&["@tap", "impair", "loss", "20%"])["ok"], true);
    assert_eq!(ask(&["@tap", "impair", "loss", "5%"])["ok"], true);
    assert_eq!(ask(&[])["servers"][1]["impairments"], serde_json::json!(["loss 5%"]), "it is set, not added to");
    let refused = ask(&["@tpa", "zoom"]);
    assert_eq!(refused["error"], "there is no node \"tpa\"; did you mean tap?");
    assert_eq!(
        ask(&["serve", "tcp://127.0.0.1:0", "exec", "cat"])["asks"].as_str().map(|asks| &asks[..9]),
        Some("Run `cat`")
    );
    assert_eq!(ask(&["question-no"])["ok"], true);
    assert_eq!(ask(&["write", "lab.toml"])["ok"], true);
    assert_eq!(ask(&["quit-now"])["ok"], true);
    assert!(server.child.wait().expect("it ends").success());
    let (told, wrong, status) = output(folder.path(), &["check", "lab.toml"]);
    assert_eq!((told.as_str(), status), ("lab.toml: good: 2 servers, 1 tap\n", Some(0)), "{wrong}");
}

/// What is asked before a command that needs it, and the command with what it takes. Others are asked as they are.
const SCENES: &[(&str, &[&str])] = &[
    ("caption", &["caption hello"]),
    ("write", &["write written.toml"]),
    ("hold", &["@tap hold frame"]),
    ("tap-pause", &["tap-pause", "tap-pause"]),
    ("server-start-stop", &["@web server-start-stop"]),
    ("server-start", &["@web server-start"]),
    ("server-stop", &["@web server-stop"]),
    ("server-restart", &["@web server-restart"]),
    ("held-forward", &["@far reconnect", "@far send x", "@tap held", "held-forward"]),
    ("held-edit", &["@far reconnect", "@far send x", "@tap held", "held-edit"]),
    ("held-drop", &["@far reconnect", "@far send x", "@tap held", "held-drop"]),
    ("held-forward-all", &["@far reconnect", "@far send x", "@tap held", "held-forward-all"]),
    ("server-send-all", &["@echo server-send-all hello"]),
    ("inject", &["@far reconnect", "@tap server-clients", "inject server hello"]),
    ("reply-all", &["@plain reconnect", "@echo server-clients", "reply-all"]),
    ("send", &["@plain reconnect", "@plain send 00"]),
    ("finish", &["@plain reconnect", "@plain finish"]),
    ("reset", &["@plain reconnect", "@plain reset"]),
    ("client-traffic", &["@far client-traffic"]),
    ("field-leave", &["@far payload-edit", "field-leave"]),
    ("payload-save", &["@plain payload-save greeting"]),
    ("http-search", &["http-search a"]),
    ("http-next-match", &["http-search a", "http-next-match"]),
    ("http-previous-match", &["http-search a", "http-previous-match"]),
    ("http-save", &["http-save body.bin"]),
    ("filter-done", &["filter", "filter-done"]),
    ("filter-complete", &["filter", "filter-complete"]),
    ("filter-leave", &["filter", "filter-leave"]),
    ("ladder-fold", &["go-traffic", "traffic-next-tab", "ladder-fold"]),
    ("lifelines-left", &["lifelines-left"]),
    ("lifelines-right", &["lifelines-right"]),
    ("stream-select-up", &["traffic-next-tab", "stream-select-up"]),
    ("stream-select-down", &["traffic-next-tab", "stream-select-down"]),
    ("stats-sort", &["traffic-next-tab", "stats-sort"]),
    ("stats-sort-round", &["traffic-next-tab", "stats-sort-round"]),
    ("diff", &["go-traffic", "diff 1 2"]),
    ("diff-next", &["diff 1 2", "diff-next"]),
    ("diff-previous", &["diff 1 2", "diff-previous"]),
    ("diff-view", &["diff 1 2", "diff-view"]),
    ("diff-flows", &["diff 1 2", "diff-flows"]),
    ("diff-ignore", &["diff 1 2", "diff-ignore"]),
    ("diff-ignore-list", &["diff 1 2", "diff-ignore-list"]),
    ("find-done", &["go-traffic", "find", "find-done"]),
    ("find-notation", &["find", "find-notation"]),
    ("find-older", &["find", "find-older"]),
    ("find-newer", &["find", "find-newer"]),
    ("find-give-up", &["find", "find-give-up"]),
];

/// How often a scene is played until the network has followed.
const PATIENCE: usize = 50;

/// Commands that mean something only while something is under way, or after a run that ended badly.
const OF_THE_MOMENT: &[&str] = &[
    "restore",
    "leftovers",
    "client-give-up-typed",
    "repeat-stop",
    "client-give-up",
    "http-cancel-typed",
    "body-leave",
    "http-cancel",
    "http-switch",
    "http-delete",
];

#[test]
fn every_action_of_the_palette_runs_when_it_is_asked_for() {
    let (folder, ports) = (folder(), ports(3));
    let [echo, tap, web] = &ports[..] else { panic!("three ports") };
    let lab = format!(
        "[[server]]\nname = 'echo'\nlisten = 'tcp://127.0.0.1:{echo}'\n\
         [[server]]\nname = 'web'\nlisten = 'http://127.0.0.1:{web}'\nbehaviour = 'routes'\nwith = 'GET / => 200 a b a b'\n\
         [[tap]]\nname = 'tap'\nlisten = 'tcp://127.0.0.1:{tap}'\ntarget = 'tcp://127.0.0.1:{echo}'\nhold = 'all'\n\
         [[client]]\nname = 'far'\nconnect = 'tcp://127.0.0.1:{tap}'\nsend = ['a', {{ after = '30ms', text = 'b' }}, {{ after = '30ms', text = 'c' }}, {{ after = '30ms', text = 'd' }}]\n\
         [[client]]\nname = 'plain'\nconnect = 'tcp://127.0.0.1:{echo}'\nsend = 'hello'\nexpect = 'hello'\n\
         [[step]]\nat = '600s'\nrun = 'zoom'\n[[step]]\nat = '601s'\nrun = 'zoom'\n"
    );
    std::fs::write(folder.path().join("lab.toml"), lab).expect("room");
    let running = Running::start(folder.path(), &["run", "lab.toml", "--json"]);
    while !running.line().contains("plain received") {}
    let ask = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let (told, wrong, status) = output(folder.path(), &[&["ctl"], &words[..]].concat());
        let answer: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{line}: {told}{wrong}"));
        assert_eq!(answer["ok"] == true, status == Some(0), "{told}");
        answer
    };
    ask(&format!("http http://127.0.0.1:{web}/"));
    while !running.line().contains("a b a b") {}
    ask("go-traffic");
    ask("filter wl.kind == \"data\"");
    let is_of_palette = |command: &&Row| !matches!(command.action, Action::Over(_) | Action::Edit(_));
    let rows: Vec<&Row> = COMMANDS.iter().filter(is_of_palette).filter(|row| !row.name.starts_with("quit")).collect();
    let mut refused: Vec<&str> = Vec::new();
    for row in rows {
        let alone = [row.name];
        let lines = SCENES.iter().find(|(name, _)| *name == row.name).map_or(&alone[..], |(_, lines)| *lines);
        let play = || {
            let answers: Vec<Value> = lines.iter().map(|line| ask(line)).collect();
            answers.last().and_then(|answer| answer["error"].as_str().map(str::to_owned))
        };
        let tries = if lines.len() > 1 { PATIENCE } else { 1 };
        let refusals: Option<Vec<String>> = (0..tries).map(|_| play()).collect();
        if let Some(why) = refusals.and_then(|mut all| all.pop()) {
            println!("{why}");
            refused.push(row.name);
        }
        ask("menu-close");
    }
    assert_eq!(refused, OF_THE_MOMENT);
    ask("quit-now");
}

#[test]
fn a_file_that_is_changed_changes_the_lab_that_runs_and_only_what_differs() {
    let folder = folder();
    let file = folder.path().join("lab.toml");
    let one = "[[server]]\nname = 'one'\nlisten = 'tcp://127.0.0.1:0'\n";
    std::fs::write(&file, one).expect("room");
    let lab = Running::start(folder.path(), &["run", "lab.toml", "--json"]);
    let listening = |wanted: &str| loop {
        let event: Value = serde_json::from_str(&lab.line()).expect("a line of JSON");
        if event["kind"] == "listening" {
            assert_eq!(event["node"], wanted);
            return event["local"].as_str().unwrap_or_default().to_owned();
        }
    };
    let first = listening("one");
    std::fs::write(&file, format!("{one}[[server]]\nname = 'two'\nlisten = 'tcp://127.0.0.1:0'\n")).expect("room");
    listening("two");
    let (told, ..) = output(folder.path(), &["ctl"]);
    let standing: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(standing["servers"][0]["local"], format!("tcp://{first}"), "who did not change was not touched");
}

#[test]
fn the_exercises_of_a_socket_course_are_done_by_commands_alone() {
    if Command::new("jq").arg("--version").output().is_err() {
        println!("skipped: no jq");
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/course.sh");
    let output = Command::new("bash").args([script, PROGRAM]).output().expect("bash starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.ends_with("all four are right\n"), "{told}");
}

#[test]
fn a_recording_on_standard_output_is_read_as_it_comes() {
    let folder = folder();
    let mut server = wirelab(folder.path(), &["serve", "tcp://127.0.0.1:0", "echo", "--record", "-", "--count", "2"]);
    let mut server = server.spawn().expect("it starts");
    let mut told = BufReader::new(server.stderr.take().expect("it was asked for"));
    let mut url = String::new();
    told.read_line(&mut url).expect("where it listens stands on standard error");
    let recording = server.stdout.take().expect("it was asked for");
    let mut reader = wirelab(folder.path(), &["read", "-", "-Y", "wl.kind == \"data\"", "-T", "json"]);
    let reader = reader.stdin(recording).spawn().expect("it starts");
    let (_, wrong, status) = output(folder.path(), &["send", url.trim_end(), "hello", "--quiet"]);
    assert_eq!(status, Some(0), "{wrong}");
    let read = reader.wait_with_output().expect("it ends");
    let texts: Vec<Value> =
        read.stdout.lines().map(|line| serde_json::from_str(&line.expect("text")).expect("JSON")).collect();
    assert!(texts.iter().all(|event| event["text"] == "hello\n") && texts.len() == 2, "{texts:?}");
    assert!(server.wait().expect("it ends").success());
}

#[test]
fn a_request_writes_the_body_it_gets_and_fails_where_it_is_told_to() {
    let folder = folder();
    let routes = "GET /hello/:name => 200 Hello, {name}!\nPOST /echo => 200 {body}";
    let server = Running::start(folder.path(), &["serve", "http://127.0.0.1:0", "routes", routes, "--quiet"]);
    let url = server.line();
    let ask = |arguments: &[&str]| output(folder.path(), &[&["http"], arguments].concat());
    assert_eq!(ask(&[&format!("{url}/hello/Ada")]), ("Hello, Ada!".into(), String::new(), Some(0)));
    assert_eq!(ask(&[&format!("{url}/echo"), "-d", "a=1"]), ("a=1".into(), String::new(), Some(0)));
    let (told, wrong, status) = ask(&[&format!("{url}/none"), "--fail"]);
    assert!(told.starts_with("404"), "{told}");
    assert_eq!((wrong.as_str(), status), ("the answer's status is 404\n", Some(1)));
    let (_, wrong, status) = ask(&[&format!("{url}/hello/Ada"), "--expect", "^Bye", "--quiet"]);
    assert_eq!((wrong.as_str(), status), ("the body does not match \"^Bye\"\n", Some(1)));
    let (told, ..) = ask(&["-i", &format!("{url}/hello/you")]);
    assert!(told.starts_with("HTTP/1.1 200 OK\r\n") && told.ends_with("\r\n\r\nHello, you!"), "{told}");
    let (_, wrong, status) = ask(&["http://127.0.0.1:1/", "-k"]);
    assert!(wrong.contains("refused") && status == Some(1), "{wrong}");
    assert_eq!(ask(&["gopher://x/"]).2, Some(2));
}

#[test]
fn completions_and_manual_pages_tell_of_every_command() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let (script, wrong, status) = output(folder.path(), &["completions", shell]);
        assert!(status == Some(0) && script.contains("replay") && script.contains("json"), "{shell}: {wrong}");
    }
    let (_, wrong, status) = output(folder.path(), &["man", "."]);
    assert_eq!((wrong.as_str(), status), ("", Some(0)));
    assert!(folder.path().join("wirelab-send.1").is_file());
}

#[test]
fn a_lab_that_is_ended_before_its_expectations_are_decided_fails() {
    let folder = folder();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let lab = format!(
        "[[client]]\nname = 'c'\nconnect = 'tcp://{}'\nsend = 'PASS\\n'\nexpect = 'never'\n",
        silent.local_addr().expect("an address")
    );
    std::fs::write(folder.path().join("lab.toml"), lab).expect("room");
    for end in [&["--count", "1"][..], &["--for", "200ms"], &["--until", "frame contains \"PASS\""]] {
        let (told, wrong, status) = output(folder.path(), &[&["run", "lab.toml"], end].concat());
        assert!(told.contains("ended before it was over: 0 expectations held"), "{end:?}: {told}{wrong}");
        assert_eq!(status, Some(1), "{end:?}");
    }
    let (told, ..) = output(folder.path(), &["run", "lab.toml", "--json", "--count", "1"]);
    let last: Value = serde_json::from_str(told.lines().last().expect("a verdict")).expect("JSON");
    assert_eq!((&last["kind"], &last["over"]), (&"verdict".into(), &false.into()));
}

#[test]
fn what_cannot_be_done_fails_and_leaves_what_is_there() {
    let (folder, port) = (folder(), &ports(1)[0]);
    let run = |words: &[&str]| output(folder.path(), words);
    let kept = folder.path().join("kept");
    std::fs::write(&kept, "keep").expect("room");
    let (_, _, status) = run(&["http", &format!("http://127.0.0.1:{port}/"), "-o", "kept"]);
    assert_eq!((status, std::fs::read_to_string(&kept).expect("it is there").as_str()), (Some(1), "keep"));

    // Larger than any datagram over IPv4 may be.
    let hearing = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let to = format!("udp://{}", hearing.local_addr().expect("an address"));
    let (_, wrong, status) = run(&["send", &to, &"a".repeat(65_600), "--wait", "10ms", "--quiet"]);
    assert!(wrong.contains("65507"), "{wrong}");
    assert_eq!(status, Some(1), "{wrong}");

    let (told, wrong, status) = run(&["sned", "tcp://127.0.0.1:1", "x"]);
    assert_eq!((told.as_str(), status), ("", Some(2)));
    assert!(wrong.contains("did you mean send?"), "{wrong}");
    let (_, wrong, status) = run(&["talk.pcapng"]);
    assert!(wrong.contains("wirelab open talk.pcapng") && status == Some(2), "{wrong}");
    let (_, wrong, status) = run(&["api.http"]);
    assert!(wrong.contains("wirelab http api.http") && status == Some(2), "{wrong}");
    std::fs::write(folder.path().join("slip.http"), "# @asert status == 500\nGET http://127.0.0.1:1/\n").expect("room");
    let (_, wrong, status) = run(&["http", "slip.http"]);
    assert!(wrong.contains("did you mean @assert?") && status == Some(2), "{wrong}");
    let (_, wrong, status) = run(&["ctl", "--to", "1", "help"]);
    assert_eq!(status, Some(2), "{wrong}");

    let (_, wrong, status) = run(&["send", &to, "hello", "--wait", "1ms", "--quiet", "--record", "talk.pcapng"]);
    assert_eq!(status, Some(0), "{wrong}");
    let (told, wrong, status) = run(&["read", "talk.pcapng", "--flow", "99"]);
    assert!(told.is_empty() && wrong.contains("conversation 99") && status == Some(1), "{told}{wrong}");
}

#[test]
fn a_full_disk_is_told_wherever_the_recording_or_the_answer_goes() {
    let hearing = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let to = format!("udp://{}", hearing.local_addr().expect("an address"));
    let folder = folder();
    for words in [&["send", &to, "hello", "--wait", "50ms", "--record", "-"][..], &["check", "--schema"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let mut command = wirelab(folder.path(), words);
        let done = command.stdout(full).stderr(Stdio::piped()).spawn().and_then(std::process::Child::wait_with_output);
        let done = done.expect("it runs");
        assert_eq!(done.status.code(), Some(1), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        assert!(!done.stderr.is_empty());
    }
}

#[test]
fn of_tls_the_plain_text_is_the_answer() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: no openssl");
        return;
    }
    let (folder, port) = (folder(), &ports(1)[0]);
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "k", "-out", "c"])
        .current_dir(folder.path())
        .output();
    assert!(made.expect("it runs").status.success());
    let mut server = Command::new("openssl");
    server.args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-key", "k", "-cert", "c", "-rev"]);
    let server = Running::of(server.current_dir(folder.path()));
    while !server.line().contains("ACCEPT") {}
    let to = format!("tls://127.0.0.1:{port}");
    let (told, wrong, status) = output(folder.path(), &["send", &to, "hello", "-k", "--raw", "--count", "2"]);
    assert_eq!((told.as_str(), status), ("olleh\n", Some(0)), "{wrong}");
}
