//! DNS as dnspython writes it, and as nobody should. What the samples say was checked against tshark 4.0.

use super::*;
use crate::model::{Side, Transport};
use crate::proto::{Cut, Ending, Framer};

const DATAGRAM: Context = Context { transport: Transport::Udp, from: Side::Client };
const STREAM: Context = Context { transport: Transport::Tcp, from: Side::Client };

const QUERY: &[u8] = include_bytes!("../../../tests/samples/dns-query.bin");
const QUERY_EDNS: &[u8] = include_bytes!("../../../tests/samples/dns-query-edns.bin");
const RESPONSE: &[u8] = include_bytes!("../../../tests/samples/dns-response.bin");
const EVERY_TYPE: &[u8] = include_bytes!("../../../tests/samples/dns-every-type.bin");
const NO_SUCH_NAME: &[u8] = include_bytes!("../../../tests/samples/dns-no-such-name.bin");

const SAMPLES: [(&[u8], &str); 5] = [
    (QUERY, "Standard query 0x1a2b A example.org"),
    (QUERY_EDNS, "Standard query 0x1a2c AAAA www.example.org OPT"),
    (RESPONSE, "Standard query response 0x1a2b A example.org A 93.184.216.34"),
    (
        EVERY_TYPE,
        "Standard query response 0x0007 ANY example.org AAAA 2606:2800:220:1::1 CNAME example.org NS ns1.example.org \
         PTR host.example.org MX 10 mail.example.org TXT SRV 0 5 5060 sip.example.org CAA …",
    ),
    (NO_SUCH_NAME, "Standard query response 0x0008 No such name A nope.example.org SOA ns.example.org"),
];

fn find<'a>(fields: &'a [Field], name: &str) -> Vec<&'a Field> {
    let mut found = Vec::new();
    for field in fields {
        found.extend((field.name == name).then_some(field));
        found.extend(find(&field.children, name));
    }
    found
}

fn decode(message: &[u8]) -> Vec<Field> {
    Dns.decode(DATAGRAM, message).expect("DNS").fields
}

fn complaints(fields: &[Field]) -> Vec<(usize, String)> {
    let told = find(fields, crate::proto::MALFORMED).into_iter();
    told.map(|field| {
        let Value::Malformed(why) = &field.value else { panic!("a complaint is Malformed: {field:?}") };
        (field.span.start, why.clone())
    })
    .collect()
}

fn values(fields: &[Field], name: &str) -> Vec<Value> {
    find(fields, name).iter().map(|field| field.value.clone()).collect()
}

fn in_stream(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u16).to_be_bytes(), message].concat()
}

/// A message with one question, whose name is these bytes.
fn asking(name: &[u8]) -> Vec<u8> {
    [&[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], name, &[0, 1, 0, 1]].concat()
}

#[test]
fn tells_messages_in_wiresharks_words() {
    for (message, told) in SAMPLES {
        let told = told.trim_end_matches(" …");
        let summary = Dns.summarize(DATAGRAM, message);
        assert!(summary.starts_with(told), "{summary}");
        assert_eq!(Dns.summarize(STREAM, &in_stream(message)), summary);
        assert_eq!(complaints(&decode(message)), []);
    }
}

#[test]
fn every_field_knows_its_bytes_and_its_number() {
    let fields = decode(RESPONSE);
    assert_eq!(values(&fields, "dns.id"), [Value::Named(0x1a2b, "0x1a2b".into())]);
    assert_eq!(values(&fields, "dns.flags.response"), [Value::Flag(true)]);
    assert_eq!(values(&fields, "dns.flags.opcode"), [Value::Named(0, "Standard query (0)".into())]);
    assert_eq!(values(&fields, "dns.flags.rcode"), [Value::Named(0, "No error (0)".into())]);
    assert_eq!(values(&fields, "dns.qry.type"), [Value::Named(1, "A (1)".into())]);
    assert_eq!(values(&fields, "dns.resp.ttl"), [Value::Number(300)]);
    assert_eq!(values(&fields, "dns.a"), [Value::Text("93.184.216.34".into())]);
    let bytes = |name: &str| &RESPONSE[find(&fields, name)[0].span.clone()];
    assert_eq!(bytes("dns.qry.name"), b"\x07example\x03org\0");
    assert_eq!(bytes("dns.resp.name"), [0xc0, 12]);
    assert_eq!(bytes("dns.resp.type"), [0, 1]);
    assert_eq!(bytes("dns.resp.ttl"), [0, 0, 1, 44]);
    assert_eq!(bytes("dns.resp.len"), [0, 4]);
    assert_eq!(bytes("dns.a"), [93, 184, 216, 34]);
    assert_eq!(bytes("dns.resp"), &RESPONSE[29..]);
}

#[test]
fn reads_the_data_of_every_type() {
    let fields = decode(EVERY_TYPE);
    let text = |name: &str| {
        let Value::Text(text) = &find(&fields, name)[0].value else { panic!("{name} is text") };
        text.clone()
    };
    assert_eq!(text("dns.aaaa"), "2606:2800:220:1::1");
    assert_eq!(text("dns.cname"), "example.org");
    assert_eq!(text("dns.ns"), "ns1.example.org");
    assert_eq!(text("dns.ptr.domain_name"), "host.example.org");
    assert_eq!(text("dns.mx.mail_exchange"), "mail.example.org");
    assert_eq!(text("dns.srv.target"), "sip.example.org");
    assert_eq!(values(&fields, "dns.srv.port"), [Value::Number(5060)]);
    assert_eq!(values(&fields, "dns.txt"), [Value::Text("v=spf1 -all".into()), Value::Text("two".into())]);
    assert_eq!(values(&fields, "dns.rr.udp_payload_size"), [Value::Number(1232)]);
    let fields = decode(NO_SUCH_NAME);
    assert_eq!(values(&fields, "dns.soa.rname"), [Value::Text("admin.example.org".into())]);
    assert_eq!(values(&fields, "dns.soa.minimum_ttl"), [Value::Number(3600)]);
    let fields = decode(QUERY_EDNS);
    assert_eq!(values(&fields, "dns.resp.z.do"), [Value::Flag(true)]);
    assert_eq!(values(&fields, "dns.opt.code"), [Value::Named(10, "COOKIE (10)".into())]);
}

#[test]
fn names_that_lead_nowhere_are_told() {
    for (name, told) in [
        (&[0xc0, 12][..], "must point to an earlier name"),
        (&[0xc0, 14, 0xc0, 12], "must point to an earlier name"),
        (&[1, b'a', 0xc0, 12], "must point to an earlier name"),
        (&[0x80, 0], "neither a label nor a pointer"),
        (&[60, b'a'], "more bytes are declared"),
        (&[&[63; 64][..], &[63; 64], &[63; 64], &[63; 64], &[0]].concat(), "longer than 255"),
    ] {
        let wrong = complaints(&decode(&asking(name)));
        assert!(wrong.len() == 1 && wrong[0].1.contains(told), "{name:?}: {wrong:?}");
        assert_eq!(Dns.probe(DATAGRAM, &asking(name)), Likelihood::No);
    }
    let dotted = decode(&asking(b"\x03a.b\x01c\0"));
    assert_eq!(values(&dotted, "dns.qry.name"), [Value::Text("a\\.b.c".into())]);
    assert_eq!(values(&decode(&asking(&[0])), "dns.qry.name"), [Value::Text("<Root>".into())]);
}

#[test]
fn wrong_data_is_told_and_hinders_no_other_record() {
    let mut message = EVERY_TYPE.to_vec();
    let address = message.windows(4).position(|bytes| bytes == [0x26, 6, 0x28, 0]).expect("the address is there");
    message[address - 9] = names::A as u8;
    let fields = decode(&message);
    assert_eq!(complaints(&fields), [(address + 4, "bytes left over".to_owned())]);
    assert_eq!(values(&fields, "dns.a"), [Value::Text("38.6.40.0".into())]);
    assert_eq!(find(&fields, "dns.resp").len(), find(&decode(EVERY_TYPE), "dns.resp").len());

    let trailing = [QUERY, b"xy"].concat();
    assert_eq!(complaints(&decode(&trailing)), [(QUERY.len(), "bytes after the last record".to_owned())]);
}

#[test]
fn datagrams_are_claimed_only_when_all_of_their_bytes_fit() {
    for (message, _) in SAMPLES {
        assert_eq!(Dns.probe(DATAGRAM, message), Likelihood::Certain);
        for end in 0..message.len() {
            assert_eq!(Dns.probe(DATAGRAM, &message[..end]), Likelihood::No, "{end} bytes");
        }
        assert_eq!(Dns.probe(DATAGRAM, &[message, b"\0"].concat()), Likelihood::No);
    }
    let header_only = [0, 1, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    let odd_class = [&asking(&[0])[..15], &[0, 9]].concat();
    let no_type = [&asking(&[0])[..13], &[0, 0, 0, 1]].concat();
    let others: [&[u8]; 8] = [
        b"hello, world, how are you today?",
        &[0; 12],
        &[0; 17],
        &[0; 100],
        &[0xff; 40],
        &header_only,
        &odd_class,
        &no_type,
    ];
    for other in others {
        assert_eq!(Dns.probe(DATAGRAM, other), Likelihood::No, "{other:?}");
    }
}

#[test]
fn a_long_datagram_is_judged_by_its_beginning() {
    let mut message = RESPONSE.to_vec();
    message[7] = 101;
    let answer = RESPONSE[29..].repeat(100);
    message.extend(&answer);
    assert_eq!(Dns.probe(DATAGRAM, &message[..PROBE_LIMIT]), Likelihood::Likely);
    assert_eq!(find(&decode(&message), "dns.a").len(), 101);
}

#[test]
fn in_streams_messages_stand_after_their_length() {
    let stream = [in_stream(RESPONSE), in_stream(QUERY)].concat();
    assert_eq!(Dns.probe(STREAM, &stream), Likelihood::Certain);
    assert_eq!(Dns.probe(STREAM, &stream[..40]), Likelihood::Likely);
    assert_eq!(Dns.probe(STREAM, &stream[..20]), Likelihood::Possible);
    for other in [&b"hello, world, how are you"[..], b"\0\x0bhello world", &[0; 20], &[0xff; 20]] {
        assert_eq!(Dns.probe(STREAM, other), Likelihood::No, "{other:?}");
    }
    let mut framer = Messages::new();
    assert_eq!(framer.cut(Side::Client, &stream), Cut::Ends(RESPONSE.len() + 2));
    assert_eq!(framer.headline(Side::Client), Some(SAMPLES[2].1.to_owned()));
    assert_eq!(framer.finish(Side::Client), Ending::Whole);
    assert_eq!(framer.cut(Side::Client, &stream[RESPONSE.len() + 2..stream.len() - 1]), Cut::Continues);
    assert_eq!(framer.headline(Side::Client), None);
    assert_eq!(framer.finish(Side::Client), Ending::Short);

    let fields = Dns.decode(STREAM, &in_stream(QUERY)).expect("DNS").fields;
    assert_eq!(values(&fields, "dns.length"), [Value::Number(QUERY.len() as u64)]);
    assert_eq!(find(&fields, "dns.qry.name")[0].span, 14..27);
}

#[test]
fn what_is_no_message_is_broken_at_its_first_wrong_byte() {
    for (bytes, at) in [
        (&[0, 11][..], 1),
        (&[0, 12, 0, 0, 0x78], 4),
        (&[0, 20, 0, 0, 0, 0, 0, 2], 7),
        (&[0, 40, 0, 0, 0, 0, 0, 1, 0, 3], 9),
    ] {
        let Cut::Broken(error) = Messages::new().cut(Side::Client, bytes) else { panic!("{bytes:?} is no DNS") };
        assert_eq!(error.at, at, "{bytes:?}");
        assert_eq!(Dns.decode(STREAM, bytes).map_err(|error| error.at), Err(at));
    }
}
