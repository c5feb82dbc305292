//! Text in UTF-8, line by line.

use std::str;

use memchr::memchr;

use super::{Context, DecodeError, Decoded, Decoder, FIELD_LIMIT, Field, Likelihood, PROBE_LIMIT, prefix, shorten};

/// Of how many bytes one may be a control character that text does not use.
const BYTES_A_CONTROL: usize = 10;

/// The decoder of text.
#[derive(Debug)]
pub struct Text;

impl Decoder for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn probe(&self, context: Context, first_bytes: &[u8]) -> Likelihood {
        if looks_like_text(context, first_bytes) { Likelihood::Likely } else { Likelihood::No }
    }

    fn takes_content(&self, media_type: &str) -> bool {
        const NAMED: [&str; 4] =
            ["application/xml", "application/javascript", "application/x-javascript", "application/ecmascript"];
        media_type.starts_with("text/") || media_type.ends_with("+xml") || NAMED.contains(&media_type)
    }

    fn summarize(&self, _: Context, message: &[u8]) -> String {
        let start = prefix(message);
        let line = memchr(b'\n', start).map_or(start, |end| &start[..end]);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // An empty first line says nothing; then the line ends themselves are shown.
        let said = if line.is_empty() { start } else { line };
        str::from_utf8(said).map_or_else(|_| shorten(&String::from_utf8_lossy(said)), shorten)
    }

    fn decode(&self, context: Context, message: &[u8]) -> Result<Decoded, DecodeError> {
        let mut fields = Vec::new();
        let mut at = 0;
        while at < message.len() {
            if fields.len() >= FIELD_LIMIT {
                fields.push(Field::cut_here("more than 10,000 lines", at..message.len()));
                break;
            }
            let end = memchr(b'\n', &message[at..]).map_or(message.len(), |line| at + line + 1);
            let line = message[at..end].strip_suffix(b"\n").unwrap_or(&message[at..end]);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            fields.push(Field::text("data-text-lines", lossy(line), at..at + line.len()));
            at = end;
        }
        Ok(Decoded { protocol: self.name(), summary: self.summarize(context, message), fields })
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn looks_like_text(context: Context, first_bytes: &[u8]) -> bool {
    let start = prefix(first_bytes);
    // Most text is plain ASCII, which needs no reading.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    // Many bytes looked at together are looked at faster than one by one.
    let mut pieces = start.chunks(64);
    if !start.is_empty() && pieces.all(|piece| piece.iter().fold(true, |all, byte| all & is_plain(byte))) {
        return true;
    }
    // A stream is read in chunks that may begin inside a character.
    let inside = if context.transport.is_datagram() {
        0
    } else {
        start.iter().take(3).take_while(|byte| (0x80..0xC0).contains(*byte)).count()
    };
    let whole = match str::from_utf8(&start[inside..]) {
        Ok(text) => text,
        // Nor need they end with one.
        Err(error) if error.error_len().is_none() && may_go_on(context, first_bytes) => {
            str::from_utf8(&start[inside..inside + error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    // NUL is one of the line endings that can be sent.
    let text = whole.strip_suffix('\0').unwrap_or(whole);
    let odd = text.chars().filter(|char| is_odd(*char)).count();
    !text.is_empty() && odd * BYTES_A_CONTROL <= text.len()
}

fn may_go_on(context: Context, first_bytes: &[u8]) -> bool {
    !context.transport.is_datagram() || first_bytes.len() >= PROBE_LIMIT
}

fn is_odd(char: char) -> bool {
    char.is_control() && !matches!(char, '\t' | '\n' | '\r' | '\x07' | '\x08' | '\x0b' | '\x0c' | '\x1b')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Side, Transport};
    use crate::proto::Value;

    const STREAM: Context = Context { transport: Transport::Tcp, from: Side::Client };
    const DATAGRAM: Context = Context { transport: Transport::Udp, from: Side::Client };

    #[test]
    fn tells_text_from_bytes() {
        for text in ["hello", "hello\0", "é\r\n", "\r\n", "\x1b[31mred\x1b[0m"] {
            assert_eq!(Text.probe(DATAGRAM, text.as_bytes()), Likelihood::Likely, "{text:?}");
        }
        for bytes in [&b"\x00\x01\x02"[..], b"", b"\0", b"caf\xe9 au lait", b"\x89PNG\r\n\x1a\n"] {
            assert_eq!(Text.probe(STREAM, bytes), Likelihood::No, "{bytes:?}");
        }
    }

    #[test]
    fn a_chunk_of_a_stream_may_begin_and_end_inside_a_character() {
        let euros = "€".repeat(100);
        let middle = &euros.as_bytes()[1..200];
        assert_eq!(Text.probe(STREAM, middle), Likelihood::Likely);
        assert_eq!(Text.probe(DATAGRAM, middle), Likelihood::No);
    }

    #[test]
    fn every_line_is_a_field_over_its_bytes_without_the_line_end() {
        let message = b"one\r\n\ntwo";
        let decoded = Text.decode(STREAM, message).expect("text takes all");
        let lines: Vec<_> = decoded.fields.iter().map(|field| &message[field.span.clone()]).collect();
        assert_eq!(lines, [&b"one"[..], b"", b"two"]);
        assert_eq!(decoded.summary, "one");
        assert_eq!(decoded.fields[2].value, Value::Text("two".into()));
    }
}
