//! curl at a server.

use wirelab::contract::NetFact;
use wirelab::model::Direction;

use crate::lab::{Lab, SERVER};
use crate::program::{Program, has};
use crate::story::{conversations, ended, host_and_port, story, traffic};

/// curl without anyone's settings, quiet but for errors, and bounded.
fn curl(arguments: &[&str]) -> Program {
    Program::start("curl", &[&["-q", "-sS", "--max-time", "20"], arguments].concat())
}

#[tokio::test]
async fn curl_gets_files_whole_in_part_and_only_when_they_changed() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("digits.txt"), "0123456789").unwrap();
    let etag = file("etag");
    let site = folder.path().display().to_string();
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "files", &site).await;
    let url = format!("http://{address}/digits.txt");
    for (arguments, status, body) in [
        (vec!["-i"], "HTTP/1.1 200 OK", "0123456789"),
        (vec!["-i", "-r", "2-4"], "HTTP/1.1 206 Partial Content", "234"),
        (vec!["-i", "-r", "-3"], "HTTP/1.1 206 Partial Content", "789"),
        (vec!["-i", "-r", "50-"], "HTTP/1.1 416 Range Not Satisfiable", ""),
        (vec!["-I"], "HTTP/1.1 200 OK", "\r\n\r\n"),
        (vec!["-i", "--http1.0"], "HTTP/1.0 200 OK", "0123456789"),
        (vec!["-i", "--http2-prior-knowledge"], "HTTP/2 200", "0123456789"),
        (vec!["-i", "--http2-prior-knowledge", "-r", "2-4"], "HTTP/2 206", "234"),
        (vec!["-I", "--http2-prior-knowledge"], "HTTP/2 200", "\r\n\r\n"),
        (vec!["-i", "--http2"], "HTTP/1.1 200 OK", "0123456789"),
        (vec!["-i", "-z", "1 Jan 2000"], "HTTP/1.1 200 OK", "0123456789"),
        (vec!["-i", "-z", "1 Jan 2100"], "HTTP/1.1 304 Not Modified", "\r\n\r\n"),
        (vec!["-i", "--etag-save", &etag], "HTTP/1.1 200 OK", "0123456789"),
        (vec!["-i", "--etag-compare", &etag], "HTTP/1.1 304 Not Modified", "\r\n\r\n"),
    ] {
        let printed = curl(&[&arguments[..], &[&url]].concat()).prints().await;
        assert!(printed.starts_with(status) && printed.ends_with(body), "{arguments:?}: {printed}");
    }
    let told = ended(&mut lab, SERVER, 14).await;
    assert_eq!(told.len(), 14);
    for conn in told {
        let story = story(&lab, SERVER, conn);
        // A frame of HTTP/2 that comes when curl has gone already is answered with a reset.
        let ends = ["closed in order", "closed by us", "closed by the peer's reset"];
        assert!(ends.iter().any(|end| story.ends_with(end)), "{story}");
    }
}

#[tokio::test]
async fn curl_finds_no_way_out_of_the_folder() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("site")).unwrap();
    std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "files", &folder.path().join("site").display().to_string()).await;
    for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd", "/x/../../secret.txt"] {
        let printed = curl(&["--path-as-is", "-w", " %{http_code}", &format!("http://{address}{path}")]).prints().await;
        assert!(
            printed.ends_with(" 404") || printed.ends_with(" 400") || printed.ends_with(" 403"),
            "{path}: {printed}"
        );
        assert!(!printed.contains("secret\n") && !printed.contains("root:"), "{path}: {printed}");
    }
}

#[tokio::test]
async fn curl_keeps_its_connection() {
    if !has("curl") {
        return;
    }
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "files", "").await;
    let urls: Vec<String> =
        ["hello.txt", "data.json", "style.css"].iter().map(|name| format!("http://{address}/{name}")).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let written = ["-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{http_version} %{http_code}\n"];
    let printed = curl(&[&written[..], &urls[..]].concat()).prints().await;
    assert_eq!(printed, "1.1 200\n".repeat(3));
    ended(&mut lab, SERVER, 1).await;
    assert_eq!(conversations(&lab, SERVER).len(), 1);
}

#[tokio::test]
async fn a_megabyte_that_curl_uploads_comes_back_byte_for_byte() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (sent, back) = (folder.path().join("sent"), folder.path().join("back"));
    let bytes: Vec<u8> = (0..1_u32 << 20).map(|n| ((n * 31) >> 7) as u8).collect();
    std::fs::write(&sent, &bytes).unwrap();
    let upload = format!("@{}", sent.display());
    let (sent, back) = (sent.display().to_string(), back.display().to_string());
    let mut lab = Lab::start();
    let address =
        lab.serve("http://127.0.0.1:0", "routes", "* /echo => 200 {body} | type application/octet-stream").await;
    let url = format!("http://{address}/echo");
    for arguments in [
        vec!["--data-binary", &upload],
        vec!["--data-binary", &upload, "-H", "Expect: 100-continue"],
        vec!["--data-binary", &upload, "-H", "Transfer-Encoding: chunked"],
        vec!["-T", &sent],
        vec!["--data-binary", &upload, "--http2-prior-knowledge"],
    ] {
        let since = lab.so_far();
        let printed = curl(&[&arguments[..], &["-o", &back, "-w", "%{http_code}", &url]].concat());
        assert_eq!(printed.prints().await, "200", "{arguments:?}");
        assert!(std::fs::read(&back).unwrap() == bytes, "{arguments:?}");
        lab.told_since(since, SERVER, |fact| matches!(fact, NetFact::Closed(..)).then_some(())).await;
    }
    let heard = traffic(&lab, SERVER, Direction::In).len();
    assert!(heard > 5 * bytes.len(), "{heard}");
}

#[tokio::test]
async fn curl_is_told_that_its_upload_is_too_large() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large");
    std::fs::write(&large, vec![0; 9 << 20]).unwrap();
    let upload = format!("@{}", large.display());
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "routes", "POST / => 200 {body}").await;
    let printed = curl(&["-w", "%{http_code}", "--data-binary", &upload, &format!("http://{address}/")]).prints().await;
    assert!(printed.contains("8 MiB at most") && printed.ends_with("413"), "{printed}");
}

#[tokio::test]
async fn curl_talks_telnet_to_a_tcp_server() {
    if !has("curl") {
        return;
    }
    let mut lab = Lab::start();
    let (host, port) = host_and_port(&lab.serve("tcp://127.0.0.1:0", "reply", r"bye\r\n | close").await);
    let mut curl = curl(&[&format!("telnet://{host}:{port}")]);
    curl.say("hello\n").await;
    assert_eq!(curl.prints().await, "bye\r\n");
    let told = ended(&mut lab, SERVER, 1).await;
    assert_eq!(story(&lab, SERVER, told[0]), "opened, in 6, out 5, finished out, finished in, closed in order");
}
