//! TLS handshakes that hold, and those that must not.

use std::io;

use rcgen::{CertificateParams, CertifiedIssuer, DnType, KeyPair, SanType, date_time_ymd};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::*;
use crate::contract::NetEvent;
use crate::model::NodeId;

const PATIENCE: Duration = Duration::from_secs(10);

/// A lab authority that vouches for server certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("lab authority")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn roots(&self) -> Roots {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Roots::These(Arc::new(roots))
    }

    /// A server's side that shows a certificate for `names` and takes these protocols.
    pub(crate) fn acceptor(&self, names: &[&str], alpn: &[&str]) -> TlsAcceptor {
        let (certificate, key) = self.certify(&for_names(names));
        accepting(certificate, &key, alpn)
    }

    fn certify(&self, params: &CertificateParams) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().der().clone(), key)
    }
}

fn for_names(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "lab server");
    params
}

fn accepting(certificate: CertificateDer<'static>, key: &KeyPair, alpn: &[&str]) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

struct Told {
    outcome: Result<TlsStream<DuplexStream>, Trouble>,
    facts: Vec<NetFact>,
}

impl Told {
    fn lines(&self) -> String {
        self.facts
            .iter()
            .filter_map(|fact| {
                if let NetFact::Step(Step::Secured(lines)) = fact {
                    Some(lines.join(
                        "
",
                    ))
                } else if let NetFact::Note(_, words) = fact {
                    Some(words.clone())
                } else {
                    None
                }
            })
            .collect()
    }

    fn trouble(&self) -> String {
        self.outcome.as_ref().map(|_| ()).expect_err("a trouble").to_string()
    }
}

async fn handshake(roots: &Roots, acceptor: TlsAcceptor, host: &str, spec: &TlsSpec) -> Told {
    let (near, far) = duplex(64 * 1024);
    tokio::spawn(async move {
        let mut stream = acceptor.accept(far).await?;
        let mut byte = [0];
        stream.read_exact(&mut byte).await?;
        stream.write_all(&byte).await?;
        stream.shutdown().await?;
        io::Result::Ok(())
    });
    let (sender, mut events) = mpsc::channel::<NetEvent>(64);
    let reporter = Reporter::new(NodeId(1), sender);
    let outcome = secure_trusting(roots, &reporter, ConnId(1), near, host, spec, PATIENCE).await;
    let facts = std::iter::from_fn(|| events.try_recv().ok()).map(|event| event.fact).collect();
    Told { outcome, facts }
}

#[tokio::test]
async fn a_trusted_peer_is_shown_and_spoken_to() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(&["lab.test", "127.0.0.1"], &["h2", "http/1.1"]);
    let spec = TlsSpec { alpn: vec!["h2".into(), "http/1.1".into()], ..TlsSpec::default() };
    let told = handshake(&authority.roots(), acceptor, "lab.test", &spec).await;
    assert_eq!(told.facts[0], NetFact::Step(Step::Securing("lab.test".into())));
    for line in [
        "version: TLS 1.3",
        "cipher suite: TLS13_",
        "ALPN: h2",
        "verified: yes",
        "subject: CN=lab server",
        "names: lab.test, 127.0.0.1",
        "issuer: CN=lab authority",
        "valid: from ",
        "key: elliptic curve, 256 bits",
        "SHA-256: ",
    ] {
        assert!(told.lines().contains(line), "{line} in\n{}", told.lines());
    }
    let mut stream = told.outcome.unwrap();
    stream.write_all(b"x").await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_with_the_names_it_has() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(&["other.test", "*.more.test"], &[]);
    let told = handshake(&authority.roots(), acceptor, "lab.test", &TlsSpec::default()).await;
    assert_eq!(
        told.trouble(),
        format!("secure lab.test: the certificate is not for lab.test; it is for other.test, *.more.test; {REMEDY}")
    );
    assert!(told.lines().contains("subject: CN=lab server"), "{}", told.lines());
}

#[tokio::test]
async fn another_name_can_be_asked_for() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(&["other.test"], &[]);
    let spec = TlsSpec { server_name: Some("other.test".into()), ..TlsSpec::default() };
    assert!(handshake(&authority.roots(), acceptor, "127.0.0.1", &spec).await.outcome.is_ok());
}

#[tokio::test]
async fn an_ip_address_is_checked_as_one() {
    let authority = Authority::new();
    let mut params = for_names(&[]);
    params.subject_alt_names.push(SanType::IpAddress("::1".parse().unwrap()));
    let (certificate, key) = authority.certify(&params);
    let acceptor = accepting(certificate, &key, &[]);
    assert!(handshake(&authority.roots(), acceptor.clone(), "::1", &TlsSpec::default()).await.outcome.is_ok());
    let told = handshake(&authority.roots(), acceptor, "127.0.0.1", &TlsSpec::default()).await;
    assert!(told.trouble().contains("not for 127.0.0.1; it is for ::1"), "{}", told.trouble());
}

#[tokio::test]
async fn an_expired_certificate_is_refused_with_its_dates() {
    let authority = Authority::new();
    for (years, word) in [((2001, 2002), "has expired"), ((2090, 2099), "is not valid yet")] {
        let mut params = for_names(&["lab.test"]);
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let (certificate, key) = authority.certify(&params);
        let told =
            handshake(&authority.roots(), accepting(certificate, &key, &[]), "lab.test", &TlsSpec::default()).await;
        assert!(told.trouble().contains(word), "{}", told.trouble());
        assert!(told.trouble().contains(&years.1.to_string()), "{}", told.trouble());
    }
}

#[tokio::test]
async fn a_self_signed_certificate_and_an_unknown_issuer_are_told_apart() {
    let (trusted, stranger) = (Authority::new(), Authority::named("a stranger"));
    let told =
        handshake(&trusted.roots(), stranger.acceptor(&["lab.test"], &[]), "lab.test", &TlsSpec::default()).await;
    assert!(told.trouble().contains("issuer is not known here: CN=a stranger"), "{}", told.trouble());
    let key = KeyPair::generate().unwrap();
    let certificate = for_names(&["lab.test"]).self_signed(&key).unwrap().der().clone();
    let told = handshake(&trusted.roots(), accepting(certificate, &key, &[]), "lab.test", &TlsSpec::default()).await;
    assert!(told.trouble().contains("self-signed"), "{}", told.trouble());
}

#[tokio::test]
async fn verification_switched_off_connects_and_still_says_what_is_wrong() {
    let (trusted, stranger) = (Authority::new(), Authority::new());
    let spec = TlsSpec { verification: Verification::Off, ..TlsSpec::default() };
    let told = handshake(&trusted.roots(), stranger.acceptor(&["other.test"], &[]), "lab.test", &spec).await;
    assert!(told.outcome.is_ok());
    assert!(told.lines().contains("verified: switched off; it would have failed: "), "{}", told.lines());
}

#[tokio::test]
async fn a_peer_that_speaks_plain_text_is_recognised() {
    let (near, mut far) = duplex(64 * 1024);
    far.write_all(b"220 mail.test ready\r\n").await.unwrap();
    let (sender, _events) = mpsc::channel::<NetEvent>(64);
    let reporter = Reporter::new(NodeId(1), sender);
    let roots = Authority::new().roots();
    let trouble = secure_trusting(&roots, &reporter, ConnId(1), near, "lab.test", &TlsSpec::default(), PATIENCE)
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(trouble.why.contains("not TLS") && trouble.remedy.contains("tcp://"), "{trouble}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_given_up_on() {
    let (near, _far) = duplex(64 * 1024);
    let (sender, _events) = mpsc::channel::<NetEvent>(64);
    let reporter = Reporter::new(NodeId(1), sender);
    let roots = Authority::new().roots();
    let trouble = secure_trusting(&roots, &reporter, ConnId(1), near, "lab.test", &TlsSpec::default(), PATIENCE)
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(trouble.why.contains("within 10 s"), "{trouble}");
}

#[tokio::test]
async fn a_name_beyond_ascii_is_asked_for_in_its_wire_form() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(&["xn--bcher-kva.test"], &[]);
    let told = handshake(&authority.roots(), acceptor, "bücher.test", &TlsSpec::default()).await;
    assert!(told.outcome.is_ok());
}

/// The system's roots are read once a process, so this runs itself in a process of its own.
#[tokio::test]
async fn an_issuer_in_ssl_cert_file_is_trusted() {
    const NAME: &str = "net::tls::tests::an_issuer_in_ssl_cert_file_is_trusted";
    const IS_CHILD: &str = "WIRELAB_TEST_CHILD";
    if std::env::var_os(IS_CHILD).is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", NAME]).env(IS_CHILD, "1").env("SSL_CERT_FILE", folder.path().join("ca.pem"));
        let output = child.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        return;
    }
    let (authority, stranger) = (Authority::new(), Authority::named("a stranger"));
    std::fs::write(std::env::var_os("SSL_CERT_FILE").unwrap(), authority.0.pem()).unwrap();
    let (near, far) = duplex(64 * 1024);
    let acceptor = authority.acceptor(&["lab.test"], &[]);
    tokio::spawn(async move { acceptor.accept(far).await.map(drop) });
    let (sender, _events) = mpsc::channel::<NetEvent>(64);
    let reporter = Reporter::new(NodeId(1), sender);
    let outcome = secure(&reporter, ConnId(1), near, "lab.test", &TlsSpec::default(), PATIENCE).await;
    assert!(outcome.is_ok(), "{:?}", outcome.err());
    let told = handshake(&Roots::System, stranger.acceptor(&["lab.test"], &[]), "lab.test", &TlsSpec::default()).await;
    assert!(told.trouble().contains("not known here"), "{}", told.trouble());
}
