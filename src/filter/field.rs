//! Every field a filter can ask for: its name, what sort of values it has, and what it says.
//!
//! The names and sorts are Wireshark's; `wl.` is our own. `tests/decoders.rs` holds the table to what decoders make.

use super::value::Kind::{
    self, Bytes, Ether, Flag, Heading, Ipv4, Ipv6, Moment, Named, Protocol, Signed, Span, Text, Unsigned,
};

/// A field a filter can ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// What sort of values it has.
    pub kind: Kind,
    /// What must be done to know its values.
    pub needs: Needs,
    /// What it says, in a few words.
    pub about: &'static str,
    /// Values to offer, as they are written in a filter.
    pub values: &'static [&'static str],
}

/// What must be done to know a frame's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Nothing; the frame's own record says it.
    Frame,
    /// It must have been read once, as its row in the list says.
    Row,
    /// Its bytes must be decoded.
    Decode,
}

/// The field of that name.
pub fn known(name: &str) -> Option<&'static Known> {
    FIELDS.iter().find(|known| known.name == name)
}

const fn frame(name: &'static str, kind: Kind, about: &'static str) -> Known {
    Known { name, kind, needs: Needs::Frame, about, values: &[] }
}

const fn row(name: &'static str, kind: Kind, about: &'static str) -> Known {
    Known { name, kind, needs: Needs::Row, about, values: &[] }
}

const fn decoded(name: &'static str, kind: Kind, about: &'static str) -> Known {
    Known { name, kind, needs: Needs::Decode, about, values: &[] }
}

impl Known {
    const fn among(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }
}

const KINDS: &[&str] =
    &["\"data\"", "\"opened\"", "\"finished\"", "\"closed\"", "\"step\"", "\"lost\"", "\"error\"", "\"note\""];
const SIDES: &[&str] = &["\"server\"", "\"client\""];
const METHODS: &[&str] = &[
    "\"GET\"",
    "\"POST\"",
    "\"PUT\"",
    "\"DELETE\"",
    "\"HEAD\"",
    "\"PATCH\"",
    "\"OPTIONS\"",
    "\"CONNECT\"",
    "\"TRACE\"",
];
const CODES: &[&str] = &["200", "201", "204", "301", "302", "304", "400", "401", "403", "404", "500", "502", "503"];
const RECORDS: &[&str] =
    &["\"A\"", "\"AAAA\"", "\"CNAME\"", "\"MX\"", "\"NS\"", "\"PTR\"", "\"SOA\"", "\"SRV\"", "\"TXT\""];

/// All of them.
pub static FIELDS: &[Known] = &[
    // The frame itself.
    frame("frame", Protocol, "the frame with all its bytes"),
    frame("frame.number", Unsigned(4), "its number, from 1"),
    frame("frame.len", Unsigned(4), "how many bytes it has"),
    frame("frame.cap_len", Unsigned(4), "how many bytes of it were captured"),
    frame("frame.time", Moment, "when it was seen: \"2026-01-31 12:03:01\", in UTC"),
    frame("frame.time_epoch", Span, "when it was seen, in seconds since 1970"),
    frame("frame.time_relative", Span, "seconds since the first frame"),
    frame("frame.time_delta", Span, "seconds since the frame before"),
    row("frame.protocols", Text, "its protocols, the outer first: ip:tcp:http"),
    frame("frame.marked", Flag, "1 when it is marked, 0 when not"),
    frame("frame.comment", Text, "the note on it"),
    frame("pkt_comment", Protocol, "whether there is a note on it"),
    // The lab.
    frame("wl.node", Text, "the node that saw it: \"echo\""),
    frame("wl.client", Text, "the node at the client's end"),
    frame("wl.server", Text, "the node at the server's end"),
    frame("wl.flow", Unsigned(8), "the number of its conversation"),
    frame("wl.kind", Text, "what happened: data, opened, closed…").among(KINDS),
    frame("wl.to", Text, "the end the bytes go to: server or client").among(SIDES),
    frame("wl.mark", Flag, "whether it is marked"),
    row("wl.summary", Text, "its line in the list"),
    frame("wl.note", Text, "the note on it, or the lab's own remark"),
    // Ethernet, IP, TCP and UDP.
    frame("eth", Protocol, "the Ethernet header"),
    frame("eth.addr", Ether, "either hardware address"),
    frame("eth.src", Ether, "the sender's hardware address"),
    frame("eth.dst", Ether, "the receiver's hardware address"),
    frame("eth.type", Unsigned(2), "what the header carries: 0x0800 is IPv4"),
    frame("ip", Protocol, "the IPv4 header"),
    frame("ip.addr", Ipv4, "either IPv4 address"),
    frame("ip.src", Ipv4, "the sender's IPv4 address"),
    frame("ip.dst", Ipv4, "the receiver's IPv4 address"),
    frame("ip.version", Unsigned(1), "the version of IP"),
    frame("ip.hdr_len", Unsigned(1), "bytes of the IPv4 header"),
    frame("ip.len", Unsigned(2), "bytes of the packet"),
    frame("ip.id", Unsigned(2), "the packet's identification"),
    frame("ip.ttl", Unsigned(1), "how many routers it may still pass"),
    frame("ip.proto", Unsigned(1), "what it carries: 6 is TCP, 17 is UDP"),
    frame("ip.flags.df", Flag, "whether it may not be fragmented"),
    frame("ip.flags.mf", Flag, "whether more fragments follow"),
    frame("ip.checksum", Unsigned(2), "the header's checksum"),
    frame("ipv6", Protocol, "the IPv6 header"),
    frame("ipv6.addr", Ipv6, "either IPv6 address"),
    frame("ipv6.src", Ipv6, "the sender's IPv6 address"),
    frame("ipv6.dst", Ipv6, "the receiver's IPv6 address"),
    frame("ipv6.version", Unsigned(1), "the version of IP"),
    frame("ipv6.plen", Unsigned(2), "bytes behind the header"),
    frame("ipv6.nxt", Unsigned(1), "what follows: 6 is TCP, 17 is UDP"),
    frame("ipv6.hlim", Unsigned(1), "how many routers it may still pass"),
    frame("tcp", Protocol, "the TCP header"),
    frame("tcp.port", Unsigned(2), "either TCP port"),
    frame("tcp.srcport", Unsigned(2), "the sender's TCP port"),
    frame("tcp.dstport", Unsigned(2), "the receiver's TCP port"),
    frame("tcp.stream", Unsigned(4), "the number of the TCP connection, from 0"),
    frame("tcp.len", Unsigned(4), "bytes of payload"),
    frame("tcp.payload", Bytes, "the payload"),
    frame("tcp.seq", Unsigned(4), "the sequence number, from the connection's first"),
    frame("tcp.seq_raw", Unsigned(4), "the sequence number on the wire"),
    frame("tcp.ack", Unsigned(4), "the acknowledged number, from the connection's first"),
    frame("tcp.ack_raw", Unsigned(4), "the acknowledged number on the wire"),
    frame("tcp.hdr_len", Unsigned(1), "bytes of the TCP header"),
    frame("tcp.flags", Unsigned(2), "all flags: 0x002 is SYN alone"),
    frame("tcp.flags.cwr", Flag, "the congestion window was reduced"),
    frame("tcp.flags.ece", Flag, "congestion was seen"),
    frame("tcp.flags.urg", Flag, "the urgent pointer counts"),
    frame("tcp.flags.ack", Flag, "the acknowledged number counts"),
    frame("tcp.flags.push", Flag, "the sender has no more for now"),
    frame("tcp.flags.reset", Flag, "the connection is reset"),
    frame("tcp.flags.syn", Flag, "the connection begins"),
    frame("tcp.flags.fin", Flag, "the sender has no more"),
    frame("tcp.window_size_value", Unsigned(2), "the window on the wire"),
    frame("tcp.checksum", Unsigned(2), "the checksum"),
    frame("tcp.urgent_pointer", Unsigned(2), "the urgent pointer"),
    frame("udp", Protocol, "the UDP header"),
    frame("udp.port", Unsigned(2), "either UDP port"),
    frame("udp.srcport", Unsigned(2), "the sender's UDP port"),
    frame("udp.dstport", Unsigned(2), "the receiver's UDP port"),
    frame("udp.stream", Unsigned(4), "the number of the UDP conversation, from 0"),
    frame("udp.length", Unsigned(2), "bytes of header and payload"),
    frame("udp.payload", Bytes, "the payload"),
    frame("udp.checksum", Unsigned(2), "the checksum"),
    // HTTP.
    decoded("http", Protocol, "an HTTP message"),
    decoded("http.request", Flag, "a request"),
    decoded("http.request.method", Text, "what is asked: \"GET\"").among(METHODS),
    decoded("http.request.uri", Text, "the request's target: \"/items?page=2\""),
    decoded("http.request.uri.path", Text, "its path"),
    decoded("http.request.uri.query", Text, "what follows the ?"),
    decoded("http.request.uri.query.parameter", Text, "one name=value of the query"),
    decoded("http.request.version", Text, "the request's version"),
    decoded("http.request.line", Text, "a header line of a request"),
    decoded("http.response", Flag, "a response"),
    decoded("http.response.version", Text, "the response's version"),
    decoded("http.response.code", Unsigned(2), "the status: 200").among(CODES),
    decoded("http.response.phrase", Text, "the words after the status"),
    decoded("http.response.line", Text, "a header line of a response"),
    decoded("http.host", Text, "the host that is asked"),
    decoded("http.content_type", Text, "the type of the body"),
    decoded("http.content_length", Unsigned(8), "bytes of the body, as told"),
    decoded("http.content_length_header", Text, "the same, as written"),
    decoded("http.content_encoding", Text, "how the body is packed"),
    decoded("http.transfer_encoding", Text, "how the body is sent"),
    decoded("http.file_data", Bytes, "the body"),
    decoded("http.user_agent", Text, "the client program"),
    decoded("http.server", Text, "the server program"),
    decoded("http.accept", Text, "the types the client takes"),
    decoded("http.accept_encoding", Text, "the packings the client takes"),
    decoded("http.accept_language", Text, "the languages the client takes"),
    decoded("http.authorization", Text, "who the client is"),
    decoded("http.cache_control", Text, "how long it may be kept"),
    decoded("http.connection", Text, "whether the connection goes on"),
    decoded("http.cookie", Text, "the cookies sent"),
    decoded("http.set_cookie", Text, "a cookie to keep"),
    decoded("http.date", Text, "when it was sent"),
    decoded("http.dnt", Text, "that the user is not to be tracked"),
    decoded("http.http2_settings", Text, "settings for HTTP/2"),
    decoded("http.last_modified", Text, "when it was changed last"),
    decoded("http.location", Text, "where else to look"),
    decoded("http.origin", Text, "where the request comes from"),
    decoded("http.proxy_authenticate", Text, "how to prove oneself to a proxy"),
    decoded("http.proxy_authorization", Text, "who the client is, for a proxy"),
    decoded("http.proxy_connect_host", Text, "the host a proxy is to connect"),
    decoded("http.range", Text, "the part that is asked for"),
    decoded("http.content_range", Text, "the part that is given"),
    decoded("http.referer", Text, "the page that led there"),
    decoded("http.sec_websocket_accept", Text, "the answer to a WebSocket's key"),
    decoded("http.sec_websocket_extensions", Text, "extensions of a WebSocket"),
    decoded("http.sec_websocket_key", Text, "a WebSocket's key"),
    decoded("http.sec_websocket_protocol", Text, "what a WebSocket speaks"),
    decoded("http.sec_websocket_version", Text, "a WebSocket's version"),
    decoded("http.upgrade", Text, "the protocol to go over to"),
    decoded("http.www_authenticate", Text, "how to prove oneself"),
    decoded("http.unknown_header", Text, "the value of any other header"),
    decoded("http.leading_crlf", Heading, "empty lines before the message"),
    decoded("http.chunked", Heading, "a body in chunks"),
    decoded("http.chunk", Heading, "a chunk"),
    decoded("http.chunk_size", Unsigned(4), "bytes of a chunk"),
    decoded("http.chunk_extension", Text, "what follows a chunk's size"),
    decoded("http.chunk_data", Bytes, "a chunk's bytes"),
    decoded("http.chunk_boundary", Bytes, "the end of a chunk"),
    decoded("http.chunked_trailer_part", Text, "a line after the last chunk"),
    // DNS.
    decoded("dns", Protocol, "a DNS message"),
    decoded("dns.id", Unsigned(2), "its number"),
    decoded("dns.length", Unsigned(2), "its length, over TCP"),
    decoded("dns.flags", Unsigned(2), "all flags"),
    decoded("dns.flags.response", Flag, "whether it is a response"),
    decoded("dns.flags.opcode", Named(2), "what is asked: 0 is a query"),
    decoded("dns.flags.authoritative", Flag, "the server owns the name"),
    decoded("dns.flags.truncated", Flag, "it was cut"),
    decoded("dns.flags.recdesired", Flag, "other servers may be asked"),
    decoded("dns.flags.recavail", Flag, "other servers are asked"),
    decoded("dns.flags.z", Flag, "reserved"),
    decoded("dns.flags.authenticated", Flag, "the answer is proven"),
    decoded("dns.flags.checkdisable", Flag, "unproven answers are taken"),
    decoded("dns.flags.rcode", Named(2), "the reply code: 3 is no such name"),
    decoded("dns.count.queries", Unsigned(2), "how many questions"),
    decoded("dns.count.answers", Unsigned(2), "how many answers"),
    decoded("dns.count.auth_rr", Unsigned(2), "how many authorities"),
    decoded("dns.count.add_rr", Unsigned(2), "how many additional records"),
    decoded("dns.qry", Heading, "a question"),
    decoded("dns.qry.name", Text, "the name asked for"),
    decoded("dns.qry.type", Named(2), "the record asked for: 28 or \"AAAA\"").among(RECORDS),
    decoded("dns.qry.class", Named(2), "the class asked for"),
    decoded("dns.resp", Heading, "a record"),
    decoded("dns.resp.name", Text, "a record's name"),
    decoded("dns.resp.type", Named(2), "a record's type").among(RECORDS),
    decoded("dns.resp.class", Named(2), "a record's class"),
    decoded("dns.resp.ttl", Unsigned(4), "how many seconds it may be kept"),
    decoded("dns.resp.len", Unsigned(2), "bytes of its data"),
    decoded("dns.a", Ipv4, "an IPv4 address"),
    decoded("dns.aaaa", Ipv6, "an IPv6 address"),
    decoded("dns.ns", Text, "a name server"),
    decoded("dns.cname", Text, "the name it stands for"),
    decoded("dns.ptr.domain_name", Text, "the name of an address"),
    decoded("dns.mx.preference", Unsigned(2), "a mail server's rank"),
    decoded("dns.mx.mail_exchange", Text, "a mail server"),
    decoded("dns.srv.priority", Unsigned(2), "a service's rank"),
    decoded("dns.srv.weight", Unsigned(2), "a service's share"),
    decoded("dns.srv.port", Unsigned(2), "a service's port"),
    decoded("dns.srv.target", Text, "a service's host"),
    decoded("dns.soa.mname", Text, "a zone's first server"),
    decoded("dns.soa.rname", Text, "a zone's mailbox"),
    decoded("dns.soa.serial_number", Unsigned(4), "a zone's version"),
    decoded("dns.soa.refresh_interval", Unsigned(4), "seconds until the next look"),
    decoded("dns.soa.retry_interval", Unsigned(4), "seconds until another try"),
    decoded("dns.soa.expire_limit", Unsigned(4), "seconds until it is void"),
    decoded("dns.soa.minimum_ttl", Unsigned(4), "seconds an absence may be kept"),
    decoded("dns.txt", Text, "a text"),
    decoded("dns.txt.length", Unsigned(1), "bytes of a text"),
    decoded("dns.opt.code", Named(2), "an option"),
    decoded("dns.opt.len", Unsigned(2), "bytes of an option"),
    decoded("dns.opt.data", Bytes, "an option's bytes"),
    decoded("dns.rr.udp_payload_size", Unsigned(2), "the largest datagram taken"),
    decoded("dns.resp.ext_rcode", Unsigned(1), "the high bits of the reply code"),
    decoded("dns.resp.edns0_version", Unsigned(1), "the version of EDNS"),
    decoded("dns.resp.z", Unsigned(2), "the flags of EDNS"),
    decoded("dns.resp.z.do", Flag, "proofs are wanted"),
    // TLS.
    decoded("tls", Protocol, "a TLS record"),
    decoded("tls.record", Heading, "a record"),
    decoded("tls.record.content_type", Named(1), "what a record holds: 22 is a handshake"),
    decoded("tls.record.version", Named(2), "a record's version"),
    decoded("tls.record.length", Unsigned(2), "bytes of a record"),
    decoded("tls.app_data", Bytes, "encrypted data"),
    decoded("tls.change_cipher_spec", Heading, "the change to encryption"),
    decoded("tls.alert_message", Heading, "an alert"),
    decoded("tls.alert_message.level", Named(1), "how bad: 2 is fatal"),
    decoded("tls.alert_message.desc", Named(1), "what is wrong"),
    decoded("tls.heartbeat_message", Heading, "a heartbeat"),
    decoded("tls.handshake", Heading, "a handshake message"),
    decoded("tls.handshake.type", Named(1), "which: 1 is a ClientHello"),
    decoded("tls.handshake.length", Unsigned(3), "bytes of a handshake message"),
    decoded("tls.handshake.fragment", Heading, "part of a handshake message"),
    decoded("tls.handshake.version", Named(2), "the version offered or taken"),
    decoded("tls.handshake.random", Bytes, "the random bytes"),
    decoded("tls.handshake.session_id", Bytes, "the session"),
    decoded("tls.handshake.session_id_length", Unsigned(2), "bytes of the session"),
    decoded("tls.handshake.cipher_suites_length", Unsigned(2), "bytes of the cipher suites"),
    decoded("tls.handshake.ciphersuites", Heading, "the cipher suites offered"),
    decoded("tls.handshake.ciphersuite", Named(2), "a cipher suite"),
    decoded("tls.handshake.comp_methods_length", Unsigned(1), "bytes of the compressions"),
    decoded("tls.handshake.comp_method", Named(1), "a compression"),
    decoded("tls.handshake.certificates_length", Unsigned(3), "bytes of all certificates"),
    decoded("tls.handshake.certificate_length", Unsigned(3), "bytes of a certificate"),
    decoded("tls.handshake.certificate", Bytes, "a certificate"),
    decoded("tls.handshake.extensions_length", Unsigned(2), "bytes of the extensions"),
    decoded("tls.handshake.extension", Heading, "an extension"),
    decoded("tls.handshake.extension.type", Named(2), "which extension"),
    decoded("tls.handshake.extension.len", Unsigned(2), "bytes of an extension"),
    decoded("tls.handshake.extension.data", Bytes, "an extension's bytes"),
    decoded("tls.handshake.extensions.supported_version", Named(2), "a version taken"),
    decoded("tls.handshake.extensions.supported_versions_len", Unsigned(1), "bytes of the versions"),
    decoded("tls.handshake.extensions_alpn_len", Unsigned(2), "bytes of the protocols (ALPN)"),
    decoded("tls.handshake.extensions_alpn_str", Text, "a protocol to speak inside (ALPN)"),
    decoded("tls.handshake.extensions_alpn_str_len", Unsigned(1), "bytes of a protocol (ALPN)"),
    decoded("tls.handshake.extensions_key_share_client_length", Unsigned(2), "bytes of the key shares"),
    decoded("tls.handshake.extensions_key_share_group", Named(2), "a key share's group"),
    decoded("tls.handshake.extensions_key_share_selected_group", Named(2), "the group taken"),
    decoded("tls.handshake.extensions_key_share_key_exchange", Bytes, "a key share"),
    decoded("tls.handshake.extensions_key_share_key_exchange_length", Unsigned(2), "bytes of a key share"),
    decoded("tls.handshake.extensions_server_name", Text, "the name asked for (SNI)"),
    decoded("tls.handshake.extensions_server_name_len", Unsigned(2), "bytes of the name"),
    decoded("tls.handshake.extensions_server_name_list_len", Unsigned(2), "bytes of the names"),
    decoded("tls.handshake.extensions_server_name_type", Named(1), "the sort of name"),
    decoded("tls.handshake.extensions_supported_group", Named(2), "a group taken"),
    decoded("tls.handshake.extensions_supported_groups_length", Unsigned(2), "bytes of the groups"),
    // JSON, forms, text and bytes.
    decoded("json", Protocol, "a JSON text"),
    decoded("json.object", Heading, "an object"),
    decoded("json.array", Heading, "an array"),
    decoded("json.member", Text, "a member of an object"),
    decoded("json.key", Text, "a member's name"),
    decoded("json.value.string", Text, "a string"),
    decoded("json.value.number", Text, "a number"),
    decoded("json.value.true", Heading, "true"),
    decoded("json.value.false", Heading, "false"),
    decoded("json.value.null", Heading, "null"),
    decoded("urlencoded-form", Protocol, "form data"),
    decoded("urlencoded-form.key", Text, "a form field's name"),
    decoded("urlencoded-form.value", Text, "a form field's value"),
    decoded("data-text-lines", Protocol, "lines of text"),
    decoded("data", Protocol, "bytes of no known protocol"),
    decoded("data.data", Bytes, "the bytes themselves"),
    decoded("data.len", Signed, "how many there are"),
    // What went wrong in decoding.
    decoded("_ws.malformed", Protocol, "bytes that are wrong for their protocol"),
    decoded("_ws.short", Protocol, "a place where decoding stopped at a limit"),
];
