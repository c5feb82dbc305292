//! TLS as OpenSSL speaks it, and as nobody should. What the samples say was checked against tshark 4.0.

use super::*;
use crate::model::{Side, Transport};
use crate::proto::{Cut, Ending, Field, Framer, Value};

const CONTEXT: Context = Context { transport: Transport::Tcp, from: Side::Client };

const CLIENT_13: &[u8] = include_bytes!("../../../tests/samples/tls13-client.bin");
const SERVER_13: &[u8] = include_bytes!("../../../tests/samples/tls13-server.bin");
const CLIENT_12: &[u8] = include_bytes!("../../../tests/samples/tls12-client.bin");
const SERVER_12: &[u8] = include_bytes!("../../../tests/samples/tls12-server.bin");
const REFUSES: &[u8] = include_bytes!("../../../tests/samples/tls12-unknown-ca-client.bin");

fn find<'a>(fields: &'a [Field], name: &str) -> Vec<&'a Field> {
    let mut found = Vec::new();
    for field in fields {
        found.extend((field.name == name).then_some(field));
        found.extend(find(&field.children, name));
    }
    found
}

fn decode(message: &[u8]) -> Vec<Field> {
    Tls.decode(CONTEXT, message).expect("TLS").fields
}

fn complaints(fields: &[Field]) -> usize {
    find(fields, crate::proto::MALFORMED).len()
}

/// The one-line form of each message, as the framer finds them.
fn messages(stream: &[u8]) -> Vec<String> {
    let mut framer = Records::new();
    let mut at = 0;
    let mut told = Vec::new();
    while at < stream.len() {
        let Cut::Ends(length) = framer.cut(Side::Client, &stream[at..]) else { panic!("a message at {at}") };
        let summary = Tls.summarize(CONTEXT, &stream[at..at + length]);
        assert_eq!(framer.headline(Side::Client), Some(summary.clone()));
        told.push(summary);
        at += length;
    }
    assert_eq!(framer.finish(Side::Client), Ending::Whole);
    told
}

/// A handshake message in records of so many bytes each.
fn in_records(content: &[u8], size: usize) -> Vec<u8> {
    let records = content.chunks(size).map(|chunk| [&[22, 3, 1, 0, chunk.len() as u8], chunk].concat());
    records.collect::<Vec<_>>().concat()
}

fn client_hello() -> &'static [u8] {
    let length = usize::from(u16::from_be_bytes([CLIENT_13[3], CLIENT_13[4]]));
    &CLIENT_13[..HEADER + length]
}

#[test]
fn tells_a_session_of_tls_13_record_by_record() {
    let data = "Application Data";
    assert_eq!(
        messages(CLIENT_13),
        ["Client Hello, SNI localhost, ALPN h2 http/1.1", "Change Cipher Spec", data, data, data]
    );
    let server = messages(SERVER_13);
    assert_eq!(server[..3], ["Server Hello, TLS 1.3", "Change Cipher Spec", data]);
    assert!(server[3..].iter().all(|told| told == data));
}

#[test]
fn tells_a_session_of_tls_12_record_by_record() {
    let secret = "Encrypted Handshake Message";
    assert_eq!(
        messages(CLIENT_12),
        [
            "Client Hello, SNI localhost, ALPN h2 http/1.1",
            "Client Key Exchange",
            "Change Cipher Spec",
            secret,
            "Application Data",
            "Encrypted Alert"
        ]
    );
    assert_eq!(
        messages(SERVER_12),
        [
            "Server Hello, TLS 1.2, ALPN h2",
            "Certificate",
            "Server Key Exchange",
            "Server Hello Done",
            "New Session Ticket",
            "Change Cipher Spec",
            secret,
            "Application Data",
            "Encrypted Alert"
        ]
    );
    assert_eq!(messages(REFUSES)[1], "Alert: unknown ca");
}

#[test]
fn every_field_of_a_client_hello_knows_its_bytes() {
    let hello = client_hello();
    let fields = decode(hello);
    assert_eq!(complaints(&fields), 0);
    let bytes = |name: &str| find(&fields, name).iter().map(|field| &hello[field.span.clone()]).collect::<Vec<_>>();
    assert_eq!(bytes("tls.record"), [hello]);
    assert_eq!(bytes("tls.handshake"), [&hello[5..]]);
    assert_eq!(bytes("tls.handshake.version"), [[3, 3]]);
    assert_eq!(bytes("tls.handshake.random"), [&hello[11..43]]);
    assert_eq!(bytes("tls.handshake.session_id"), [&hello[44..76]]);
    assert_eq!(bytes("tls.handshake.extensions_server_name"), [b"localhost"]);
    assert_eq!(bytes("tls.handshake.extensions_alpn_str"), [&b"h2"[..], b"http/1.1"]);
    let values = |name: &str| find(&fields, name).iter().map(|field| field.value.clone()).collect::<Vec<_>>();
    assert_eq!(values("tls.record.content_type"), [Value::Named(22, "Handshake (22)".into())]);
    assert_eq!(values("tls.handshake.type"), [Value::Named(1, "Client Hello (1)".into())]);
    let suites = values("tls.handshake.ciphersuite");
    assert!(suites.contains(&Value::Named(0x1301, "TLS_AES_128_GCM_SHA256 (0x1301)".into())), "{suites:?}");
    assert_eq!(values("tls.handshake.extensions.supported_version"), [Value::Named(0x0304, "TLS 1.3 (0x0304)".into())]);
    assert_eq!(values("tls.handshake.extensions_key_share_group"), [Value::Named(29, "x25519 (29)".into())]);
}

#[test]
fn certificates_and_alerts_are_taken_apart() {
    let fields = decode(SERVER_12);
    assert_eq!(complaints(&fields), 0);
    let certificates = find(&fields, "tls.handshake.certificate");
    assert!(SERVER_12[certificates[0].span.clone()].starts_with(&[0x30, 0x82]), "DER");
    let fields = decode(REFUSES);
    assert_eq!(find(&fields, "tls.alert_message.level")[0].value, Value::Named(2, "fatal (2)".into()));
    let told = find(&fields, "tls.alert_message.desc")[0];
    assert_eq!((told.value.clone(), told.span.end), (Value::Named(48, "unknown ca (48)".into()), REFUSES.len()));
}

#[test]
fn a_hello_cut_over_records_is_one_message() {
    let content = &client_hello()[HEADER..];
    for size in [1, 3, 5, 100, 200] {
        let message = in_records(content, size);
        assert_eq!(messages(&message), ["Client Hello, SNI localhost, ALPN h2 http/1.1"], "by {size}");
        let fields = decode(&message);
        assert_eq!(complaints(&fields), 0);
        let name = find(&fields, "tls.handshake.extensions_server_name")[0];
        let places = name.span.clone().filter(|at| at % (HEADER + size) >= HEADER);
        let without_headers: Vec<u8> = places.map(|at| message[at]).collect();
        assert_eq!(without_headers, b"localhost");
        let fragments = find(&fields, "tls.handshake.fragment");
        assert_eq!(fragments.len(), content.len().div_ceil(size).min(200));
    }
}

#[test]
fn a_record_within_a_hello_ends_it_and_is_told() {
    let start = in_records(&client_hello()[HEADER..HEADER + 100], 100);
    let stream = [&start[..], &[21, 3, 3, 0, 2, 2, 10], &[23, 3, 3, 0, 1, 7]].concat();
    let told = ["Client Hello (fragment), Alert: unexpected message", "Application Data"];
    assert_eq!(messages(&stream), told);
    assert_eq!(complaints(&decode(&stream[..stream.len() - 6])), 1);
}

#[test]
fn lengths_that_do_not_fit_are_told_and_hinder_nothing_else() {
    let mut hello = client_hello().to_vec();
    let name = hello.windows(9).position(|bytes| bytes == b"localhost").expect("the name is there");
    hello[name - 1] = 200;
    let fields = decode(&hello);
    assert_eq!(complaints(&fields), 1);
    assert!(find(&fields, "tls.handshake.extensions_server_name").is_empty());
    assert_eq!(find(&fields, "tls.handshake.extensions_alpn_str").len(), 2);

    assert_eq!(complaints(&decode(&[22, 3, 3, 0, 0])), 1);
    assert_eq!(complaints(&decode(&[21, 3, 3, 0, 0])), 1);
    assert_eq!(complaints(&decode(&[23, 3, 3, 0, 0])), 0);
}

#[test]
fn an_incomplete_record_gives_what_is_there_without_complaint() {
    let hello = client_hello();
    for end in 0..hello.len() {
        assert_eq!(complaints(&decode(&hello[..end])), 0, "{end} bytes");
    }
    let most = decode(&hello[..hello.len() - 1]);
    assert!(!find(&most, "tls.handshake.extensions_server_name").is_empty());
    assert_eq!(Tls.summarize(CONTEXT, &hello[..3]), "incomplete");
}

#[test]
fn asks_for_another_hello() {
    let mut content = vec![2, 0, 0, 52, 3, 3];
    content.extend(b"\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91");
    content.extend(b"\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c");
    content.extend([0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 23]);
    content[3] = (content.len() - 4) as u8;
    let message = in_records(&content, 250);
    assert_eq!(messages(&message), ["Hello Retry Request, TLS 1.3"]);
    let fields = decode(&message);
    assert_eq!(complaints(&fields), 0);
    let group = find(&fields, "tls.handshake.extensions_key_share_selected_group")[0];
    assert_eq!(group.value, Value::Named(23, "secp256r1 (23)".into()));
}

#[test]
fn tells_tls_by_its_first_bytes() {
    let probe = |bytes: &[u8]| Tls.probe(CONTEXT, bytes);
    for stream in [CLIENT_12, SERVER_12, CLIENT_13, SERVER_13] {
        assert_eq!(probe(stream), Likelihood::Certain);
        assert_eq!(probe(&stream[..11]), Likelihood::Certain);
        assert_eq!(probe(&stream[..10]), Likelihood::Likely);
        assert_eq!(probe(&stream[..4]), Likelihood::Possible);
    }
    assert_eq!(probe(&[22, 3, 1, 0, 1, 1, 22, 3, 1]), Likelihood::Certain);
    for likely in [&[21, 3, 3, 0, 2, 2, 40][..], &[20, 3, 3, 0, 1, 1], &[23, 3, 3, 1, 0]] {
        assert_eq!(probe(likely), Likelihood::Likely);
    }
    let others =
        [&b"GET /"[..], &[22, 4], &[22, 3, 5], &[22, 3, 1, 0x50], &[22, 3, 1, 0, 9, 3], &[25], &[20, 3, 3, 0, 2]];
    for other in others {
        assert_eq!(probe(other), Likelihood::No, "{other:?}");
    }
    for transport in [Transport::Tls, Transport::Udp, Transport::UnixDatagram] {
        assert_eq!(Tls.probe(Context { transport, from: Side::Client }, CLIENT_13), Likelihood::No);
    }
}

#[test]
fn what_is_no_record_is_broken_at_its_first_wrong_byte() {
    for (bytes, at) in [(&b"HTTP/1.1"[..], 0), (&[22, 2, 0], 1), (&[23, 3, 3, 0x48, 1], 4), (&[23, 3, 3, 0x49, 0], 3)] {
        let Cut::Broken(error) = Records::new().cut(Side::Client, bytes) else { panic!("{bytes:?} is no record") };
        assert_eq!(error.at, at, "{bytes:?}");
        assert_eq!(Tls.decode(CONTEXT, bytes).map_err(|error| error.at), Err(at));
    }
}
