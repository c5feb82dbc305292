//! `openssl s_server` and socat's OpenSSL at the other end of TLS.

use std::path::Path;

use tempfile::TempDir;
use tokio::process::Command;
use wirelab::contract::{ClientSpec, HttpRequest, NetCommand, NetFact, TlsSpec, To, Verification};
use wirelab::model::{ConnId, Direction, Step, Transport};

use crate::lab::{CLIENT, Lab, client};
use crate::program::{Program, has};
use crate::socat::port_of;
use crate::story::story;
use crate::web_client::{asking, fetched};

/// Where the test that runs itself again as a child finds its server.
const TARGET: &str = "WIRELAB_TEST_TARGET";

/// A folder with a certificate of its own making for `localhost`, and its key.
fn certificate() -> (TempDir, String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let (certificate, key) = (write("cert.pem", made.cert.pem()), write("key.pem", made.signing_key.serialize_pem()));
    (folder, certificate, key)
}

/// `openssl s_server` and its port.
async fn s_server(more: &[&str]) -> (Program, TempDir, u16) {
    let (folder, certificate, key) = certificate();
    let arguments = ["s_server", "-accept", "127.0.0.1:0", "-cert", &certificate, "-key", &key, "-naccept", "1"];
    let mut openssl = Program::start("openssl", &[&arguments[..], more].concat());
    let port = loop {
        let line = openssl.line().await;
        if let Some(port) = line.strip_prefix("ACCEPT 127.0.0.1:") {
            break port.parse().expect("a port");
        }
    };
    (openssl, folder, port)
}

fn unverified() -> TlsSpec {
    TlsSpec { verification: Verification::Off, alpn: vec!["lab".into()], ..TlsSpec::default() }
}

async fn connect(lab: &mut Lab, port: u16, tls: TlsSpec) -> (ConnId, Vec<String>) {
    let spec = ClientSpec { tls, ..client(&format!("tls://localhost:{port}")) };
    lab.order(NetCommand::Connect(CLIENT, spec)).await;
    let lines = lab.told(CLIENT, |fact| match fact {
        NetFact::Step(Step::Secured(lines)) => Some(lines.clone()),
        NetFact::Failed(trouble) => panic!("{trouble}"),
        _ => None,
    });
    let lines = lines.await;
    let inside = lab.told(CLIENT, |fact| match fact {
        NetFact::Opened { conn, transport: Transport::Tls, .. } => Some(*conn),
        _ => None,
    });
    (inside.await, lines)
}

async fn hears_inside(lab: &mut Lab, conn: ConnId, text: &str) {
    let heard = std::sync::Mutex::new(Vec::new());
    lab.told(CLIENT, |fact| {
        let mut heard = heard.lock().expect("nobody panicked");
        if let NetFact::Data(whose, Direction::In, bytes) = fact
            && *whose == conn
        {
            heard.extend_from_slice(bytes);
        }
        (*heard == text.as_bytes()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_tls_client_talks_with_openssl() {
    if !has("openssl") {
        return;
    }
    for version in ["-tls1_2", "-tls1_3"] {
        let (openssl, _folder, port) = s_server(&["-rev", "-alpn", "lab", version]).await;
        let mut lab = Lab::start();
        let (conn, lines) = connect(&mut lab, port, unverified()).await;
        assert_eq!(lines[0], if version == "-tls1_2" { "version: TLS 1.2" } else { "version: TLS 1.3" });
        assert_eq!(lines[2], "ALPN: lab");
        assert!(lines[3].starts_with("verified: switched off; it would have failed"), "{}", lines[3]);
        lab.send(CLIENT, b"drawer\n").await;
        hears_inside(&mut lab, conn, "reward\n").await;
        lab.order(NetCommand::Close(CLIENT, To::All)).await;
        lab.stopped(0, CLIENT).await;
        let story = story(&lab, CLIENT, conn);
        assert!(story.starts_with("opened, out 7, in 7, finished out"), "{story}");
        assert!(!story.contains("failure"), "{story}");
        drop(openssl);
    }
}

#[tokio::test]
async fn a_tls_client_half_closes_toward_socat() {
    if !has("socat") {
        return;
    }
    let (_folder, certificate, key) = certificate();
    let listen = format!("OPENSSL-LISTEN:0,bind=127.0.0.1,cert={certificate},key={key},verify=0");
    let mut socat = Program::start("socat", &["-d", "-d", "-t", "20", &listen, "EXEC:cat"]);
    let port = port_of(&mut socat).await;
    let mut lab = Lab::start();
    let (conn, _) = connect(&mut lab, port, TlsSpec { alpn: Vec::new(), ..unverified() }).await;
    lab.send(CLIENT, b"hello").await;
    hears_inside(&mut lab, conn, "hello").await;
    lab.order(NetCommand::Finish(CLIENT, To::All)).await;
    lab.stopped(0, CLIENT).await;
    let story = story(&lab, CLIENT, conn);
    assert!(story.starts_with("opened, out 5, in 5, finished out, finished in, closed in order"), "{story}");
}

#[tokio::test]
async fn a_certificate_of_openssl_that_nobody_vouches_for_ends_the_client() {
    if !has("openssl") {
        return;
    }
    let (_openssl, _folder, port) = s_server(&["-rev"]).await;
    let mut lab = Lab::start();
    lab.order(NetCommand::Connect(CLIENT, client(&format!("tls://localhost:{port}")))).await;
    let trouble = lab.failed(CLIENT).await;
    assert!(trouble.act == "secure" && trouble.remedy.contains("SSL_CERT_FILE"), "{trouble}");
    lab.remark(CLIENT, "the certificate it sent: ").await;
}

#[tokio::test]
async fn openssls_web_page_is_fetched_by_https() {
    if !has("openssl") {
        return;
    }
    let (_openssl, _folder, port) = s_server(&["-www"]).await;
    let mut lab = Lab::start();
    let request =
        HttpRequest { verification: Verification::Off, ..asking("GET", &format!("https://localhost:{port}/")) };
    let answer = fetched(&mut lab, 1, request).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html")));
    assert!(String::from_utf8_lossy(&answer.body).contains("s_server"));
}

/// The roots are read once in a process, from where its environment says: so the test runs itself again as a child.
#[tokio::test]
async fn a_certificate_in_ssl_cert_file_holds() {
    if let Ok(port) = std::env::var(TARGET) {
        let (_, lines) = connect(&mut Lab::start(), port.parse().expect("a port"), TlsSpec::default()).await;
        assert_eq!(lines[3], "verified: yes");
        return;
    }
    if !has("openssl") {
        return;
    }
    let (_openssl, folder, port) = s_server(&["-rev"]).await;
    let mut command = Command::new(std::env::current_exe().expect("the test itself"));
    command.args(["--exact", "tls::a_certificate_in_ssl_cert_file_holds"]);
    command.env(TARGET, port.to_string()).env("SSL_CERT_FILE", Path::join(folder.path(), "cert.pem"));
    let printed = Program::run("the test itself", command).prints().await;
    assert!(printed.contains("1 passed"), "{printed}");
}
