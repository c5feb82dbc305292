//! A certificate verifier that remembers what it was shown and what it thought of it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::certificate;
use crate::contract::Verification;

/// Checks as the web's rules ask (RFC 5280, RFC 9525), and keeps the chain and the verdict.
#[derive(Debug)]
pub(super) struct Witness {
    rules: Arc<WebPkiServerVerifier>,
    verification: Verification,
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug)]
struct Seen {
    chain: Vec<CertificateDer<'static>>,
    objection: Option<String>,
}

impl Witness {
    pub(super) fn new(
        roots: Arc<RootCertStore>,
        provider: Arc<CryptoProvider>,
        verification: Verification,
    ) -> Result<Arc<Self>, String> {
        let rules = WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(|error| format!("no issuer is trusted: {error}"))?;
        Ok(Arc::new(Self { rules, verification, seen: Mutex::new(None) }))
    }

    /// The certificates the peer sent, its own first; None when it sent none.
    pub(super) fn chain(&self) -> Option<Vec<CertificateDer<'static>>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().map(|seen| seen.chain.clone())
    }

    /// What is wrong with them, in words; None when they hold.
    pub(super) fn objection(&self) -> Option<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().and_then(|seen| seen.objection.clone())
    }

    fn judged<T>(&self, verdict: Result<T, Error>, pass: T) -> Result<T, Error> {
        match (self.verification, verdict) {
            (Verification::Off, Err(_)) => Ok(pass),
            (Verification::On | Verification::Off, verdict) => verdict,
        }
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.rules.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let chain = std::iter::once(end_entity).chain(intermediates).map(|one| one.clone().into_owned()).collect();
        let objection = verdict.as_ref().err().map(|error| objection(error, end_entity, server_name));
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen { chain, objection });
        self.judged(verdict, ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verdict = self.rules.verify_tls12_signature(message, cert, dss);
        self.judged(verdict, HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verdict = self.rules.verify_tls13_signature(message, cert, dss);
        self.judged(verdict, HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rules.supported_verify_schemes()
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rarer faults need no words but rustls' own")]
fn objection(error: &Error, certificate: &CertificateDer<'_>, asked: &ServerName<'_>) -> String {
    use CertificateError as Bad;
    let Error::InvalidCertificate(bad) = error else { return error.to_string() };
    let validity = certificate::validity(certificate);
    match bad {
        Bad::Expired | Bad::ExpiredContext { .. } => format!("the certificate has expired; it was valid {validity}"),
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            format!("the certificate is not valid yet; it is valid {validity}")
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            let names = certificate::names(certificate);
            let names = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            format!("the certificate is not for {}; it is for {names}", asked.to_str())
        }
        _ if certificate::is_self_signed(certificate) => {
            "the certificate is self-signed: nobody trusted vouches for it".to_owned()
        }
        Bad::UnknownIssuer => {
            format!("the certificate's issuer is not known here: {}", certificate::issuer(certificate))
        }
        Bad::Revoked => "the certificate has been revoked".to_owned(),
        Bad::BadSignature => "the certificate's signature is not its issuer's".to_owned(),
        Bad::BadEncoding => "the certificate cannot be read".to_owned(),
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => "the certificate is not for a server".to_owned(),
        other => format!("the certificate does not hold: {other}"),
    }
}
