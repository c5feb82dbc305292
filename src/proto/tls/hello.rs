//! The hellos of TLS and their extensions (RFC 8446 section 4.1, RFC 5246 section 7.4.1).

use super::names;
use crate::proto::reader::{Reader, Stop};
use crate::proto::{Field, Value};

/// The random of a ServerHello that asks for another ClientHello (RFC 8446 section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const ALPN: u16 = 16;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;

/// Who says hello, which decides how an extension is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hello {
    Client,
    Server,
    Retry,
}

/// What the words about a hello tell of its extensions.
#[derive(Default)]
struct Told {
    server_name: Option<String>,
    protocols: Vec<String>,
    version: Option<String>,
}

/// The body of a ClientHello.
pub fn client(reader: &mut Reader<'_>, into: &mut Vec<Field>, words: &mut String) -> Result<(), Stop> {
    let mut told = Told::default();
    let result = client_fields(reader, into, &mut told);
    if let Some(name) = told.server_name {
        words.extend([", SNI ", &name]);
    }
    tell_protocols(&told.protocols, words);
    result
}

/// The body of a ServerHello, or of a HelloRetryRequest.
pub fn server(reader: &mut Reader<'_>, into: &mut Vec<Field>, words: &mut String) -> Result<(), Stop> {
    let mut told = Told::default();
    let result = server_fields(reader, into, &mut told, words);
    if let Some(version) = told.version {
        words.extend([", ", &version]);
    }
    tell_protocols(&told.protocols, words);
    result
}

fn tell_protocols(protocols: &[String], words: &mut String) {
    if !protocols.is_empty() {
        words.extend([", ALPN ", &protocols.join(" ")]);
    }
}

fn client_fields(reader: &mut Reader<'_>, into: &mut Vec<Field>, told: &mut Told) -> Result<(), Stop> {
    reader.add_named("tls.handshake.version", 2, names::version, into)?;
    reader.add_bytes("tls.handshake.random", 32, into)?;
    session_id(reader, into)?;
    let length = reader.add_number("tls.handshake.cipher_suites_length", 2, into)? as usize;
    reader.add_group("tls.handshake.ciphersuites", into, |reader, field| {
        field.value = Value::Heading(count(length / 2, "suite"));
        reader.within(length, &mut field.children, |inner, into| {
            each(inner, |inner| inner.add_named("tls.handshake.ciphersuite", 2, names::cipher_suite, into).map(drop))
        })
    })?;
    let length = reader.add_number("tls.handshake.comp_methods_length", 1, into)? as usize;
    reader.within(length, into, |inner, into| {
        each(inner, |inner| inner.add_named("tls.handshake.comp_method", 1, names::compression, into).map(drop))
    })?;
    extensions(reader, Hello::Client, into, told)
}

fn server_fields(
    reader: &mut Reader<'_>,
    into: &mut Vec<Field>,
    told: &mut Told,
    words: &mut String,
) -> Result<(), Stop> {
    let version = reader.add_named("tls.handshake.version", 2, names::version, into)?;
    let random = reader.at();
    reader.add_bytes("tls.handshake.random", 32, into)?;
    let hello = if reader.bytes()[random..].starts_with(&RETRY) { Hello::Retry } else { Hello::Server };
    if hello == Hello::Retry {
        "Hello Retry Request".clone_into(words);
    }
    session_id(reader, into)?;
    reader.add_named("tls.handshake.ciphersuite", 2, names::cipher_suite, into)?;
    reader.add_named("tls.handshake.comp_method", 1, names::compression, into)?;
    let result = extensions(reader, hello, into, told);
    if result.is_ok() {
        told.version.get_or_insert(names::version_name(version));
    }
    result
}

fn session_id(reader: &mut Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
    match reader.add_number("tls.handshake.session_id_length", 1, into)? as usize {
        0 => Ok(()),
        length => reader.add_bytes("tls.handshake.session_id", length, into),
    }
}

/// A hello may end before them (RFC 5246 section 7.4.1.2).
fn extensions(reader: &mut Reader<'_>, hello: Hello, into: &mut Vec<Field>, told: &mut Told) -> Result<(), Stop> {
    if reader.is_over() {
        return Ok(());
    }
    let length = reader.add_number("tls.handshake.extensions_length", 2, into)? as usize;
    reader.within(length, into, |inner, into| {
        each(inner, |inner| {
            inner.add_group("tls.handshake.extension", into, |inner, field| extension(inner, hello, field, told))
        })
    })
}

fn extension(reader: &mut Reader<'_>, hello: Hello, field: &mut Field, told: &mut Told) -> Result<(), Stop> {
    let into = &mut field.children;
    let kind = reader.add_named("tls.handshake.extension.type", 2, names::extension, into)?;
    field.value = Value::Heading(names::extension(kind));
    let length = reader.add_number("tls.handshake.extension.len", 2, into)? as usize;
    reader.within(length, into, |inner, into| match (kind as u16, hello) {
        _ if length == 0 => Ok(()),
        (SERVER_NAME, _) => server_names(inner, into, told),
        (ALPN, _) => protocols(inner, into, told),
        (SUPPORTED_VERSIONS, _) => versions(inner, hello, into, told),
        (SUPPORTED_GROUPS, _) => {
            let length = inner.add_number("tls.handshake.extensions_supported_groups_length", 2, into)? as usize;
            inner.within(length, into, |inner, into| {
                let name = "tls.handshake.extensions_supported_group";
                each(inner, |inner| inner.add_named(name, 2, names::group, into).map(drop))
            })
        }
        (KEY_SHARE, _) => key_shares(inner, hello, into),
        _ => inner.add_bytes("tls.handshake.extension.data", length, into),
    })
}

/// RFC 6066 section 3.
fn server_names(reader: &mut Reader<'_>, into: &mut Vec<Field>, told: &mut Told) -> Result<(), Stop> {
    let length = reader.add_number("tls.handshake.extensions_server_name_list_len", 2, into)? as usize;
    reader.within(length, into, |inner, into| {
        each(inner, |inner| {
            let kind = |kind: u64| if kind == 0 { "host_name (0)".into() } else { kind.to_string() };
            inner.add_named("tls.handshake.extensions_server_name_type", 1, kind, into)?;
            let length = inner.add_number("tls.handshake.extensions_server_name_len", 2, into)? as usize;
            let name = inner.add_text("tls.handshake.extensions_server_name", length, into)?;
            told.server_name.get_or_insert(name);
            Ok(())
        })
    })
}

/// RFC 7301 section 3.1.
fn protocols(reader: &mut Reader<'_>, into: &mut Vec<Field>, told: &mut Told) -> Result<(), Stop> {
    let length = reader.add_number("tls.handshake.extensions_alpn_len", 2, into)? as usize;
    reader.within(length, into, |inner, into| {
        each(inner, |inner| {
            let length = inner.add_number("tls.handshake.extensions_alpn_str_len", 1, into)? as usize;
            told.protocols.push(inner.add_text("tls.handshake.extensions_alpn_str", length, into)?);
            Ok(())
        })
    })
}

/// RFC 8446 section 4.2.1: the client's list, or the one version the server took.
fn versions(reader: &mut Reader<'_>, hello: Hello, into: &mut Vec<Field>, told: &mut Told) -> Result<(), Stop> {
    const NAME: &str = "tls.handshake.extensions.supported_version";
    match hello {
        Hello::Client => {
            let length = reader.add_number("tls.handshake.extensions.supported_versions_len", 1, into)? as usize;
            reader.within(length, into, |inner, into| {
                each(inner, |inner| inner.add_named(NAME, 2, names::version, into).map(drop))
            })
        }
        Hello::Server | Hello::Retry => {
            let version = reader.add_named(NAME, 2, names::version, into)?;
            told.version = Some(names::version_name(version));
            Ok(())
        }
    }
}

/// RFC 8446 section 4.2.8: the client's list, the server's one, or the group it asks for.
fn key_shares(reader: &mut Reader<'_>, hello: Hello, into: &mut Vec<Field>) -> Result<(), Stop> {
    match hello {
        Hello::Client => {
            let length = reader.add_number("tls.handshake.extensions_key_share_client_length", 2, into)? as usize;
            reader.within(length, into, |inner, into| each(inner, |inner| key_share(inner, into)))
        }
        Hello::Server => key_share(reader, into),
        Hello::Retry => {
            reader.add_named("tls.handshake.extensions_key_share_selected_group", 2, names::group, into).map(drop)
        }
    }
}

fn key_share(reader: &mut Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
    reader.add_named("tls.handshake.extensions_key_share_group", 2, names::group, into)?;
    let length = reader.add_number("tls.handshake.extensions_key_share_key_exchange_length", 2, into)? as usize;
    reader.add_bytes("tls.handshake.extensions_key_share_key_exchange", length, into)
}

/// Reads items up to the end; each takes at least one byte or stops.
fn each(reader: &mut Reader<'_>, mut item: impl FnMut(&mut Reader<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
    while !reader.is_over() {
        item(reader)?;
    }
    Ok(())
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
