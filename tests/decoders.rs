//! The decoders and the dissector held to their promises: whole flows read right, and any bytes read totally,
//! the same however they are cut into frames, and in linear work.

#[path = "support/noise.rs"]
mod noise;

use bytes::Bytes;
use noise::Noise;
use wirelab::filter;
use wirelab::model::{Side, Transport};
use wirelab::proto::{
    Context, DECODERS, DecodeError, Decoded, Dissector, FIELD_LIMIT, Field, MESSAGE_LIMIT, Reading, Subject, Value,
};

const REQUEST: &str = "GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n";
const JSON_POST: &str =
    "POST /x HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"a\":[1,2,{\"b\":\"\"}]}";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n\
    5;x=y\r\n<p>hi\r\n4\r\n</p>\r\n0\r\nX-Sum: 1\r\n\r\n";
const LENGTH: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello";
const BARE: &str = "HTTP/1.0 200 OK\nServer: toy\nContent-Length: 2\n\nok";
const TLS_CLIENT: &[u8] = include_bytes!("samples/tls12-client.bin");
const TLS_SERVER: &[u8] = include_bytes!("samples/tls12-server.bin");
const TLS_SERVER_13: &[u8] = include_bytes!("samples/tls13-server.bin");
const DNS: &[u8] = include_bytes!("samples/dns-every-type.bin");
const DNS_STREAM: &[u8] = include_bytes!("samples/dns-stream.bin");

/// A flow under test: frames are numbered from 1 as they are pushed.
struct Flow {
    dissector: Dissector,
    frames: u64,
}

impl Flow {
    fn new(transport: Transport) -> Self {
        Self { dissector: Dissector::new(transport), frames: 0 }
    }

    fn says(&mut self, from: Side, bytes: impl AsRef<[u8]>) -> Reading {
        self.frames += 1;
        self.dissector.push(from, self.frames, &Bytes::copy_from_slice(bytes.as_ref()))
    }

    fn client(&mut self, bytes: impl AsRef<[u8]>) -> String {
        row(&self.says(Side::Client, bytes))
    }

    fn server(&mut self, bytes: impl AsRef<[u8]>) -> String {
        row(&self.says(Side::Server, bytes))
    }

    fn subject(&self, frame: u64) -> Subject {
        let subject = self.dissector.subject(frame).expect("the frame was pushed");
        assert_is_sound(&subject);
        subject
    }

    fn protocols(&self, frame: u64) -> Vec<&'static str> {
        self.subject(frame).roots.iter().map(|root| root.decoded.protocol).collect()
    }
}

fn row(reading: &Reading) -> String {
    format!("{}: {}", reading.protocol, reading.summary)
}

/// Every span lies within the subject, and every child of a contiguous field within its parent.
fn assert_is_sound(subject: &Subject) {
    assert!(subject.own.start <= subject.own.end && subject.own.end <= subject.bytes.len());
    for root in &subject.roots {
        assert!(root.span.end <= subject.bytes.len());
        for field in &root.decoded.fields {
            assert_within(field, subject.bytes.len());
        }
    }
}

fn assert_within(field: &Field, end: usize) {
    assert!(field.span.start <= field.span.end && field.span.end <= end, "{field:?} of {end} bytes");
    for child in &field.children {
        assert_within(child, end);
    }
}

fn count(fields: &[Field]) -> usize {
    fields.iter().map(|field| 1 + count(&field.children)).sum()
}

fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find_map(|field| if field.name == name { Some(field) } else { find(&field.children, name) })
}

fn complaints(decoded: &Decoded) -> Vec<(usize, String)> {
    fn walk(fields: &[Field], into: &mut Vec<(usize, String)>) {
        for field in fields {
            if let Value::Malformed(why) = &field.value {
                into.push((field.span.start, why.clone()));
            }
            walk(&field.children, into);
        }
    }
    let mut told = Vec::new();
    walk(&decoded.fields, &mut told);
    told
}

// ---- rows ----

#[test]
fn a_request_and_its_response_are_told_in_their_rows() {
    let mut flow = Flow::new(Transport::Tcp);
    assert_eq!(flow.client(REQUEST), "HTTP: GET /index.html");
    assert_eq!(flow.server(&CHUNKED[..100]), "HTTP: 200 OK text/html");
    assert_eq!(flow.server(&CHUNKED[100..120]), "HTTP: … continues 2 · 20 B");
    assert_eq!(flow.server(&CHUNKED[120..]), format!("HTTP: … ends 2 · {} B", CHUNKED.len() - 120));
    assert_eq!(flow.client(REQUEST.repeat(3)), "HTTP: GET /index.html (+2 more)");
    assert_eq!(flow.server(format!("{LENGTH}{BARE}")), "HTTP: 404 Not Found (+1 more)");
}

#[test]
fn text_and_bytes_are_told_frame_by_frame() {
    let mut flow = Flow::new(Transport::Tcp);
    assert_eq!(flow.client("hello"), "text: hello");
    assert_eq!(flow.client("hello\r\nworld\r\n"), "text: hello");
    assert_eq!(flow.client([0, 1, 2]), "raw: 00 01 02");
    assert_eq!(flow.client("{\"a\": 1}\n"), "JSON: {\"a\": 1}");
    assert_eq!(flow.server("x".repeat(5000)).chars().count(), "text: ".len() + 200);
    assert_eq!(flow.protocols(4), ["JSON"]);
    assert_eq!(flow.subject(2).bytes, "hello\r\nworld\r\n");
}

#[test]
fn every_datagram_is_a_message() {
    let mut flow = Flow::new(Transport::Udp);
    assert_eq!(flow.client("M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n"), "HTTP: M-SEARCH *");
    assert_eq!(flow.client("ping"), "text: ping");
    assert_eq!(flow.server("HTTP/1.1 200 OK\r\n"), "HTTP: 200 OK");
    assert_eq!(flow.client(""), "raw: no bytes");
    assert_eq!(flow.protocols(1), ["HTTP"]);
    assert_eq!(flow.subject(1).frames, 1..=1);
    assert!(flow.server(DNS).starts_with("DNS: Standard query response 0x0007 ANY example.org AAAA "));
}

#[test]
fn a_tls_session_is_told_record_by_record() {
    let mut flow = Flow::new(Transport::Tcp);
    assert_eq!(flow.client(&TLS_CLIENT[..182]), "TLS: Client Hello, SNI localhost, ALPN h2 http/1.1");
    assert_eq!(flow.server(TLS_SERVER_13), "TLS: Server Hello, TLS 1.3 (+9 more)");
    assert_eq!(flow.client([21, 3, 3, 0, 2, 2, 48]), "TLS: Alert: unknown ca");
    assert_eq!(Flow::new(Transport::Tls).client(TLS_CLIENT).split(':').next(), Some("raw"));
}

#[test]
fn a_request_typed_line_by_line_is_one_message() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.client("GET / HTTP/1.1\r\n");
    flow.client("Host: a\r\n");
    assert_eq!(flow.client("\r\n"), "HTTP: … ends 1 · 2 B");
    for frame in 1..=3 {
        let subject = flow.subject(frame);
        assert_eq!(subject.bytes, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(subject.frames, 1..=3);
        assert!(subject.roots[0].is_whole);
    }
    assert_eq!(flow.subject(2).own, 16..25);
}

// ---- falling back ----

#[test]
fn what_begins_like_http_and_is_not_stays_text() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.client("GET /");
    assert_eq!(flow.client(" it while it lasts\n"), "text:  it while it lasts");
    assert_eq!(flow.client("more\n"), "text: more");
    assert_eq!((1..=3).map(|frame| flow.protocols(frame)).collect::<Vec<_>>(), [["text"]; 3]);
    assert_eq!(flow.subject(1).bytes, "GET /");
    assert!(complaints(&flow.subject(2).roots[0].decoded).is_empty());
}

#[test]
fn garbage_after_a_message_is_shown_where_it_goes_wrong() {
    let mut flow = Flow::new(Transport::Tcp);
    let told = flow.client(format!("{REQUEST}not http at all\n"));
    assert!(told.starts_with("HTTP: GET /index.html · malformed: "), "{told}");
    assert_eq!(flow.client("later\n"), "text: later");
    let subject = flow.subject(1);
    assert_eq!(flow.protocols(1), ["HTTP", "text"]);
    let wrong = complaints(&subject.roots[1].decoded);
    assert_eq!(wrong.len(), 1);
    assert_eq!(subject.bytes[wrong[0].0..], b"at all\n"[..]);
}

#[test]
fn a_broken_chunk_keeps_what_was_before_and_shows_the_rest() {
    let mut flow = Flow::new(Transport::Tcp);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    flow.server(&head[..20]);
    flow.server(format!("{}oops and more", &head[20..]));
    assert_eq!(flow.server("later"), "text: later");
    let subject = flow.subject(2);
    assert_eq!(flow.protocols(2), ["HTTP", "text"]);
    assert_eq!(
        complaints(&subject.roots[0].decoded),
        [(head.len(), "a chunk must begin with its size in hexadecimal".to_owned())]
    );
    let data = find(&subject.roots[0].decoded.fields, "http.chunk_data").expect("the chunk before stands");
    assert_eq!(subject.bytes[data.span.clone()], b"abc"[..]);
    assert_eq!(subject.bytes[subject.own.clone()], *format!("{}oops and more", &head[20..]).as_bytes());
}

#[test]
fn a_server_that_answers_a_request_with_plain_text_is_told_so() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.client(REQUEST);
    assert!(flow.server("Hello, World!\n").contains("Hello, World! · malformed: "));
    assert_eq!(flow.protocols(2), ["text"]);
    assert_eq!(complaints(&flow.subject(2).roots[0].decoded)[0].0, 5);
}

#[test]
fn after_an_upgrade_both_sides_are_read_frame_by_frame() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.client("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    let told = flow.server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\u{1}\u{2}\u{3}");
    assert_eq!(told, "HTTP: 101 Switching Protocols · then 3 B of another protocol");
    assert_eq!(flow.protocols(2), ["HTTP", "raw"]);
    assert_eq!(flow.client([0x81, 0x85, 0, 0]), "raw: 81 85 00 00");
    assert_eq!(flow.protocols(3), ["raw"]);
}

// ---- the ends of messages ----

#[test]
fn a_body_without_length_is_whole_when_the_stream_ends() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.client(REQUEST);
    flow.server("HTTP/1.0 200 OK\r\n\r\nhel");
    flow.server("lo");
    assert!(!flow.subject(3).roots[0].is_whole);
    flow.dissector.finish(Side::Server);
    let subject = flow.subject(3);
    assert!(subject.roots[0].is_whole);
    let data = find(&subject.roots[0].decoded.fields, "http.file_data").expect("there is a body");
    assert_eq!(subject.bytes[data.span.clone()], b"hello"[..]);
}

#[test]
fn a_message_broken_off_by_the_end_of_the_stream_is_not_whole() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel");
    flow.dissector.finish(Side::Server);
    assert!(!flow.subject(1).roots[0].is_whole);
}

#[test]
fn the_response_to_head_has_no_body() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.client("HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    flow.server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let roots = flow.subject(2).roots;
    assert_eq!(roots.len(), 2);
    assert!(find(&roots[0].decoded.fields, "http.file_data").is_none());
    assert!(find(&roots[1].decoded.fields, "http.file_data").is_some());
}

#[test]
fn a_frame_that_ends_one_message_and_begins_another_shows_both_whole() {
    let mut flow = Flow::new(Transport::Tcp);
    let stream = format!("{JSON_POST}{REQUEST}{JSON_POST}");
    let cuts = [0, 50, JSON_POST.len() + REQUEST.len() + 30, stream.len()];
    for cut in cuts.windows(2) {
        flow.client(&stream[cut[0]..cut[1]]);
    }
    let subject = flow.subject(2);
    assert_eq!(subject.bytes, stream);
    assert_eq!(subject.own, cuts[1]..cuts[2]);
    assert_eq!(subject.frames, 1..=3);
    let spans: Vec<_> = subject.roots.iter().map(|root| &stream[root.span.clone()]).collect();
    assert_eq!(spans, [JSON_POST, REQUEST, JSON_POST]);
    let key = |root: usize| &stream[find(&subject.roots[root].decoded.fields, "json.key").expect("a key").span.clone()];
    assert_eq!((key(0), key(2)), ("\"a\"", "\"a\""));
}

// ---- memory ----

#[test]
fn a_long_body_is_kept_up_to_the_limit_and_the_cut_is_shown() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.server("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10000000\r\n\r\n");
    let chunk = "x".repeat(64 * 1024);
    for _ in 0..40 {
        flow.server(&chunk);
    }
    flow.server("the last frame so far");
    let subject = flow.subject(42);
    assert!(subject.cut);
    assert_eq!(subject.bytes.len(), MESSAGE_LIMIT + 21);
    assert_eq!(subject.bytes[subject.own.clone()], b"the last frame so far"[..]);
    assert!(subject.roots[0].decoded.fields.iter().any(|field| field.name == "_ws.short"));
    assert_eq!(subject.roots[1].decoded.protocol, "text");
    let across = flow.subject(17);
    assert_eq!(across.bytes[across.own.clone()], *chunk.as_bytes());
}

#[test]
fn forgetting_frames_frees_them_and_leaves_the_others_readable() {
    let mut flow = Flow::new(Transport::Tcp);
    flow.client(REQUEST);
    flow.client(&JSON_POST[..30]);
    flow.client(&JSON_POST[30..40]);
    flow.client(&JSON_POST[40..]);
    flow.client(REQUEST);
    flow.dissector.forget(4);
    assert!((1..4).all(|frame| flow.dissector.subject(frame).is_none()));
    assert_eq!(flow.subject(4).bytes, JSON_POST);
    flow.dissector.forget(5);
    assert_eq!(flow.subject(5).bytes, REQUEST);
    assert_eq!(flow.client(LENGTH.replace("HTTP/1.1 404 Not Found", "PUT / HTTP/1.1")), "HTTP: PUT /");
}

#[test]
fn a_payload_is_shared_not_copied() {
    let payload = Bytes::from(vec![b'x'; 100_000]);
    let mut dissector = Dissector::new(Transport::Tcp);
    dissector.push(Side::Client, 1, &payload);
    dissector.push(Side::Client, 2, &payload);
    let subject = dissector.subject(2).expect("it was pushed");
    assert_eq!(subject.bytes.as_ptr(), payload.as_ptr());
    drop((subject, dissector));
    assert!(payload.is_unique(), "nothing else holds it");
}

// ---- split invariance ----

/// The protocols that find their messages in streams.
const FRAMED: [&str; 3] = ["HTTP", "TLS", "DNS"];

/// The messages of a stream, wherever its frames were cut: what each is, with its bytes.
fn messages(pieces: &[&[u8]]) -> Vec<(Vec<u8>, Decoded)> {
    let mut flow = Flow::new(Transport::Tcp);
    for piece in pieces {
        flow.says(Side::Server, piece);
    }
    flow.dissector.finish(Side::Server);
    let mut found: Vec<(usize, Vec<u8>, Decoded)> = Vec::new();
    let mut before = 0;
    for frame in 1..=flow.frames {
        let subject = flow.subject(frame);
        let stream_start = before - subject.own.start;
        for root in subject.roots {
            let start = stream_start + root.span.start;
            if FRAMED.contains(&root.decoded.protocol) && found.last().is_none_or(|last| start > last.0) {
                let mut decoded = root.decoded;
                unshift(&mut decoded.fields, root.span.start);
                found.push((start, subject.bytes[root.span.clone()].to_vec(), decoded));
            }
        }
        before += pieces[frame as usize - 1].len();
    }
    found.into_iter().map(|(_, bytes, decoded)| (bytes, decoded)).collect()
}

fn unshift(fields: &mut [Field], by: usize) {
    for field in fields {
        field.span = field.span.start - by..field.span.end - by;
        unshift(&mut field.children, by);
    }
}

/// A ClientHello cut over records, what answers it, and a wrong header.
fn odd_tls() -> Vec<u8> {
    let records = TLS_CLIENT[5..150].chunks(60).map(|part| [&[22, 3, 1, 0, part.len() as u8], part].concat());
    [&records.collect::<Vec<_>>().concat()[..], &[21, 3, 3, 0, 2, 2, 10], &[23, 3, 3, 0, 0], &[23, 3, 9, 9]].concat()
}

fn single_bytes(stream: &[u8]) -> Vec<&[u8]> {
    stream.chunks(1).collect()
}

#[test]
fn messages_are_the_same_however_they_are_cut_into_frames() {
    let texts = [
        format!("{REQUEST}{JSON_POST}{REQUEST}"),
        format!("{CHUNKED}{LENGTH}{BARE}{CHUNKED}"),
        format!("\r\n\n{CHUNKED}HTTP/1.1 100 Continue\r\n\r\n{LENGTH}HTTP/1.0 200 OK\r\n\r\nuntil the end"),
        format!("{LENGTH}HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX"),
        format!("{LENGTH}HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx{LENGTH}"),
    ];
    let mut streams: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    streams.extend([TLS_SERVER.to_vec(), odd_tls(), [DNS_STREAM, DNS_STREAM, b"\0\x0dxx\xff"].concat()]);
    for stream in &streams {
        let whole = messages(&[stream]);
        assert!(whole.len() >= 2, "{}", String::from_utf8_lossy(stream));
        assert_eq!(messages(&single_bytes(stream)), whole);
        for cut in 1..stream.len() {
            assert_eq!(messages(&[&stream[..cut], &stream[cut..]]), whole, "cut at {cut}");
        }
        for size in [2, 3, 7, 16, 61] {
            assert_eq!(messages(&stream.chunks(size).collect::<Vec<_>>()), whole, "cut by {size}");
        }
    }
}

// ---- fields and filters ----

/// Asks the filter's table of every field in a tree, and counts them.
fn assert_known(field: &Field, bytes: &[u8]) -> usize {
    let known = filter::known(field.name).unwrap_or_else(|| panic!("no filter can ask for {}", field.name));
    let value = filter::decoded::value(&field.value, &bytes[field.span.clone()], known.kind);
    // A group that the message breaks off in says nothing yet.
    let is_said = field.value != Value::Heading(String::new());
    assert!(value.is_some() || !is_said, "{} says {:?}, which is not {}", field.name, field.value, known.kind.words());
    1 + field.children.iter().map(|child| assert_known(child, bytes)).sum::<usize>()
}

#[test]
fn filters_can_ask_for_every_field_that_is_decoded() {
    let mut fields = 0;
    let all: [&[u8]; 4] = [
        TLS_SERVER,
        TLS_SERVER_13,
        b"GET / HTTP/1.1\nA: b\n\n",
        b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b",
    ];
    for sample in samples().into_iter().chain(all) {
        for transport in [Transport::Tcp, Transport::Udp] {
            let context = Context { transport, from: Side::Server };
            for decoded in DECODERS.iter().filter_map(|decoder| decoder.decode(context, sample).ok()) {
                assert!(filter::decoded::protocol_name(decoded.protocol).is_some(), "{}", decoded.protocol);
                fields += decoded.fields.iter().map(|field| assert_known(field, sample)).sum::<usize>();
            }
        }
    }
    assert!(fields > 500, "only {fields} fields were seen");
}

// ---- totality ----

fn samples() -> Vec<&'static [u8]> {
    let mut samples: Vec<&[u8]> = [REQUEST, JSON_POST, CHUNKED, LENGTH, BARE].map(str::as_bytes).to_vec();
    samples.extend([
        &b"{\"a\":[1,-2.5e3,true,null,\"\\u00e9\\n\"],\"b\":{}}"[..],
        b"a=b&c=%20d+e&%zz=",
        "héllo wörld\r\n\u{202e}\x1b[31m".as_bytes(),
        &[0, 255, 128, 13, 10],
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\n\r\n",
        b"HEAD / HTTP/1.1\r\n\r\n",
        TLS_CLIENT,
        &TLS_SERVER_13[..140],
        DNS,
        DNS_STREAM,
    ]);
    samples
}

fn assert_total(context: Context, bytes: &[u8]) {
    for decoder in DECODERS {
        let likelihood = decoder.probe(context, bytes);
        assert_eq!(likelihood, decoder.probe(context, bytes));
        assert!(decoder.summarize(context, bytes).chars().count() <= 200);
        match decoder.decode(context, bytes) {
            Ok(decoded) => decoded.fields.iter().for_each(|field| assert_within(field, bytes.len())),
            Err(DecodeError { at, .. }) => assert!(at < bytes.len(), "{decoder:?} complains beyond the end"),
        }
    }
}

#[test]
fn decoders_take_every_prefix_and_every_single_change() {
    let context = |transport| Context { transport, from: Side::Server };
    let streams = samples().into_iter().map(|sample| (context(Transport::Tcp), sample));
    for (context, sample) in streams.chain([(context(Transport::Udp), DNS)]) {
        for end in 0..=sample.len() {
            assert_total(context, &sample[..end]);
        }
        for at in 0..sample.len() {
            for byte in [0, b'\n', b'\r', b' ', b'"', b'9', b'}', 0x80, 0xff] {
                let mut changed = sample.to_vec();
                changed[at] = byte;
                assert_total(context, &changed);
            }
        }
    }
}

#[test]
fn the_dissector_takes_mutations_and_noise_and_loses_no_byte() {
    let mut noise = Noise(0x5EED);
    let samples = samples();
    for case in 0..3000 {
        let transport = [Transport::Tcp, Transport::Udp][case % 2];
        let mut flow = Flow::new(transport);
        let mut frames = Vec::new();
        for _ in 0..3 {
            let from = [Side::Client, Side::Server][noise.below(2)];
            let bytes = noise.mutated(&samples);
            for piece in noise.cut(&bytes) {
                let reading = flow.says(from, piece);
                assert!(!reading.protocol.is_empty() && reading.summary.chars().count() <= 200);
                frames.push(piece.to_vec());
            }
        }
        flow.dissector.finish(Side::Client);
        for (index, frame) in frames.iter().enumerate() {
            let subject = flow.subject(index as u64 + 1);
            assert_eq!(&subject.bytes[subject.own.clone()], frame, "case {case}, frame {}", index + 1);
            let covered = subject.roots.iter().map(|root| root.span.len()).sum::<usize>();
            assert_eq!(covered, subject.bytes.len(), "case {case}: every byte is in one root");
        }
        flow.dissector.forget(u64::MAX);
    }
}

#[test]
fn mutated_streams_have_the_same_messages_however_they_are_cut() {
    let mut noise = Noise(0xF00D);
    let samples = samples();
    for case in 0..1500 {
        let mut stream = noise.mutated(&samples);
        stream.extend(noise.mutated(&samples));
        let whole = messages(&[&stream]);
        let pieces = noise.cut(&stream);
        assert_eq!(messages(&pieces), whole, "case {case}: {:?}", String::from_utf8_lossy(&stream));
    }
}

// ---- limits and work ----

#[test]
fn no_decoder_makes_more_fields_than_a_tree_can_show() {
    let context = Context { transport: Transport::Tcp, from: Side::Client };
    let bombs = [
        "[".repeat(200_000),
        format!("[{}", "0,".repeat(200_000)),
        "{\"a\":".repeat(100_000),
        "\n".repeat(500_000),
        "a&".repeat(200_000),
        format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(100_000)),
        format!("GET /?{} HTTP/1.1\r\n\r\n", "a&".repeat(200_000)),
        format!("GET / HTTP/1.1\r\nA: b\r\n{}\r\n", " c\r\n".repeat(100_000)),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", "1\r\na\r\n".repeat(100_000)),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{}", "A: b\r\n".repeat(100_000)),
    ];
    let mut bombs: Vec<Vec<u8>> = bombs.into_iter().map(String::into_bytes).collect();
    let answers =
        [&[0xff, 0xff, 0, 1, 0x80, 0, 0, 0, 0x17, 0, 0, 0, 0, 0][..], &b"\0\0\x10\0\x01\0\0\0\0\0\0".repeat(5957)];
    bombs.extend([
        [22, 3, 3, 0, 4, 14, 0, 0, 0].repeat(20_000),
        [&[22, 3, 3, 0x40, 0][..], &[14, 0, 0, 0].repeat(4096)].concat(),
        [&[22, 3, 3, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3][..], &[0; 33], &[0x3f, 0xd2], &[19; 0x3fd2]].concat(),
        [22, 3, 3, 0, 1, 1].repeat(20_000),
        answers.concat(),
    ]);
    for bomb in &bombs {
        for decoder in DECODERS {
            if let Ok(decoded) = decoder.decode(context, bomb) {
                let fields = count(&decoded.fields);
                assert!(fields <= 2 * FIELD_LIMIT, "{decoder:?} made {fields} fields of {:?}", &bomb[..20]);
            }
        }
    }
}

#[test]
fn a_thousand_pipelined_requests_in_a_frame_are_cut_visibly() {
    let mut flow = Flow::new(Transport::Tcp);
    assert_eq!(flow.client("GET / HTTP/1.1\n\n".repeat(1000)), "HTTP: GET / (+999 more)");
    let subject = flow.subject(1);
    assert_eq!(subject.roots.len(), 201);
    assert_eq!(subject.roots[200].decoded.summary, "800 more messages");
    assert_eq!(subject.own, 0..subject.bytes.len());
}

#[test]
fn a_long_message_in_single_bytes_costs_no_more_than_its_bytes() {
    // Were any step's work to grow with what came before, this would not end.
    let mut flow = Flow::new(Transport::Tcp);
    flow.server("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    let payloads: Vec<Bytes> = b"1\r\n[\r\n".repeat(30_000).chunks(1).map(Bytes::copy_from_slice).collect();
    for payload in &payloads {
        flow.frames += 1;
        flow.dissector.push(Side::Server, flow.frames, payload);
    }
    assert_eq!(flow.subject(flow.frames).frames, 1..=flow.frames);
    flow.dissector.forget(flow.frames);
    let held = payloads.iter().filter(|payload| !payload.is_unique()).count();
    assert!(held <= 1, "{held} frames are still held");
}
