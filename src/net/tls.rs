//! Securing a stream with TLS, and saying in words whom one is talking to.

mod certificate;
mod trust;
mod verify;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, Error, ProtocolVersion, crypto};

use super::dial::in_words;
use super::report::Reporter;
use crate::contract::{NetFact, TlsSpec, Verification};
use crate::model::{ConnId, Step, Trouble};
pub(crate) use trust::Roots;
use verify::Witness;

/// What the user can do when a certificate does not hold.
const REMEDY: &str = "check the name, add the issuer to SSL_CERT_FILE, or switch verification off for this client";

/// Runs the client's side of a TLS handshake over `stream`, which is the conversation `outer`, against the system's roots.
///
/// # Errors
/// The name cannot be asked for, the peer does not speak TLS or agree, its certificate does not hold, or `patience` ends.
pub(crate) async fn secure<S>(
    reporter: &Reporter,
    outer: ConnId,
    stream: S,
    host: &str,
    spec: &TlsSpec,
    patience: Duration,
) -> Result<TlsStream<S>, Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    secure_trusting(&Roots::System, reporter, outer, stream, host, spec, patience).await
}

/// [`secure`] against these roots.
///
/// # Errors
/// As [`secure`].
pub(crate) async fn secure_trusting<S>(
    roots: &Roots,
    reporter: &Reporter,
    outer: ConnId,
    stream: S,
    host: &str,
    spec: &TlsSpec,
    patience: Duration,
) -> Result<TlsStream<S>, Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let asked = spec.server_name.as_deref().unwrap_or(host);
    let name = server_name(asked)?;
    let provider = Arc::new(crypto::ring::default_provider());
    let witness = Witness::new(roots.load().await, provider.clone(), spec.verification)
        .map_err(|error| Trouble::new("secure", asked, error, "check the certificates in SSL_CERT_FILE"))?;
    let config =
        configuration(&witness, provider, &spec.alpn).map_err(|error| Trouble::new("secure", asked, error, ""))?;
    reporter.tell(NetFact::Step(Step::Securing(asked.to_owned()))).await;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout(patience, handshake).await {
        Ok(Ok(stream)) => {
            let lines = session_lines(stream.get_ref().1, &witness, spec.verification);
            reporter.tell(NetFact::Step(Step::Secured(lines))).await;
            Ok(stream)
        }
        Ok(Err(error)) => {
            if let Some(chain) = witness.chain() {
                let words = format!("the certificate it sent: {}", certificate::lines(&chain).join("; "));
                reporter.tell(NetFact::Note(Some(outer), words)).await;
            }
            Err(unsecured(asked, &error, &witness))
        }
        Err(_) => {
            let why = format!("the handshake was not done within {}", in_words(patience));
            Err(Trouble::new("secure", asked, why, "check that the server speaks TLS on this port"))
        }
    }
}

fn server_name(asked: &str) -> Result<ServerName<'static>, Trouble> {
    let without_zone = asked.split('%').next().unwrap_or(asked);
    if let Ok(address) = without_zone.parse::<IpAddr>() {
        return Ok(ServerName::from(address));
    }
    let bad = || Trouble::new("secure", asked, "this cannot be a server name", "write a DNS name or an IP address");
    // Names beyond ASCII are asked for in their xn-- form (RFC 5890).
    let ascii = url::Host::parse(asked).map_err(|_| bad())?.to_string();
    ServerName::try_from(ascii).map_err(|_| bad())
}

fn configuration(
    witness: &Arc<Witness>,
    provider: Arc<crypto::CryptoProvider>,
    alpn: &[String],
) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(witness.clone())
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.clone().into_bytes()).collect();
    Ok(config)
}

fn session_lines(session: &ClientConnection, witness: &Witness, verification: Verification) -> Vec<String> {
    let version = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    };
    let suite = session.negotiated_cipher_suite().map_or_else(String::new, |suite| format!("{:?}", suite.suite()));
    let alpn = session.alpn_protocol().map_or("none".into(), |name| String::from_utf8_lossy(name).into_owned());
    let verdict = match (verification, witness.objection()) {
        (Verification::On, _) => "yes".to_owned(),
        (Verification::Off, None) => "switched off; it would have held".to_owned(),
        (Verification::Off, Some(why)) => format!("switched off; it would have failed: {why}"),
    };
    let mut lines = vec![
        format!("version: {version}"),
        format!("cipher suite: {suite}"),
        format!("ALPN: {alpn}"),
        format!("verified: {verdict}"),
    ];
    lines.extend(certificate::lines(&witness.chain().unwrap_or_default()));
    lines
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most of rustls' errors need no words but their own")]
fn unsecured(asked: &str, error: &std::io::Error, witness: &Witness) -> Trouble {
    let Some(cause) = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>()) else {
        let why = if error.kind() == std::io::ErrorKind::UnexpectedEof {
            "the other end closed the connection during the handshake".to_owned()
        } else {
            error.to_string()
        };
        return Trouble::new("secure", asked, why, "check that the server speaks TLS on this port");
    };
    if let (Error::InvalidCertificate(_), Some(why)) = (cause, witness.objection()) {
        return Trouble::new("secure", asked, why, REMEDY);
    }
    let (why, remedy) = match cause {
        Error::InvalidMessage(_) => (
            "what came back is not TLS".to_owned(),
            "the server may speak plain text: use tcp:// or http://, or check the port",
        ),
        Error::AlertReceived(alert) => (
            format!("the other end refused: {alert:?}"),
            "check the server name and the protocols offered (ALPN), and what the server asks of its clients",
        ),
        Error::PeerIncompatible(what) => (
            format!("the other end and we have no common ground: {what:?}"),
            "it may know only TLS 1.1 or older, which is not spoken here",
        ),
        _ => (cause.to_string(), "check that the server speaks TLS on this port"),
    };
    Trouble::new("secure", asked, why, remedy)
}

#[cfg(test)]
pub(crate) mod tests;
