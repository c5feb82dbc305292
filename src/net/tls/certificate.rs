//! A certificate in words.

use std::fmt::Write as _;
use std::net::IpAddr;

use ring::digest::{SHA256, digest};
use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

/// A line each: subject, names, issuer, validity, key, fingerprint, and how many certificates came with it.
pub(super) fn lines(chain: &[CertificateDer<'_>]) -> Vec<String> {
    let Some(own) = chain.first() else { return vec!["certificate: none was sent".to_owned()] };
    let mut lines = match read(own) {
        Some(certificate) => vec![
            format!("subject: {}", or_none(certificate.subject().to_string())),
            format!("names: {}", or_none(names(own).join(", "))),
            format!("issuer: {}", or_none(certificate.issuer().to_string())),
            format!("valid: {}", validity(own)),
            format!("key: {}", key(&certificate)),
        ],
        None => vec!["certificate: it cannot be read".to_owned()],
    };
    lines.push(format!("SHA-256: {}", fingerprint(own)));
    lines.push(format!("chain: {} certificate(s) sent", chain.len()));
    lines
}

/// When it holds: `from … to …`.
pub(super) fn validity(certificate: &CertificateDer<'_>) -> String {
    read(certificate).map_or_else(String::new, |certificate| {
        format!("from {} to {}", certificate.validity().not_before, certificate.validity().not_after)
    })
}

/// Whom it is for: the DNS names, addresses and others of its subject alternative name.
pub(super) fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Some(certificate) = read(certificate) else { return Vec::new() };
    let Ok(Some(alternative)) = certificate.subject_alternative_name() else { return Vec::new() };
    alternative.value.general_names.iter().map(name).collect()
}

/// Who issued it.
pub(super) fn issuer(certificate: &CertificateDer<'_>) -> String {
    read(certificate).map_or_else(String::new, |certificate| or_none(certificate.issuer().to_string()))
}

/// Whether it names itself as its issuer.
pub(super) fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    read(certificate).is_some_and(|certificate| certificate.issuer().as_raw() == certificate.subject().as_raw())
}

fn read<'a>(certificate: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(certificate).ok().map(|(_, certificate)| certificate)
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => (*name).to_owned(),
        GeneralName::IPAddress(bytes) => {
            let address = <[u8; 4]>::try_from(*bytes)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.map_or_else(|_| format!("{bytes:02x?}"), |address| address.to_string())
        }
        other @ (GeneralName::OtherName(..)
        | GeneralName::X400Address(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EDIPartyName(_)
        | GeneralName::RegisteredID(_)
        | GeneralName::Invalid(..)) => other.to_string(),
    }
}

fn key(certificate: &X509Certificate<'_>) -> String {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA, {} bits", key.key_size()),
        Ok(PublicKey::EC(key)) => format!("elliptic curve, {} bits", key.key_size()),
        Ok(_) | Err(_) => match certificate.public_key().algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".to_owned(),
            "1.3.101.113" => "Ed448".to_owned(),
            other => format!("algorithm {other}"),
        },
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let mut text = String::new();
    for byte in digest(&SHA256, certificate).as_ref() {
        let _ = write!(text, "{}{byte:02X}", if text.is_empty() { "" } else { ":" });
    }
    text
}
