//! The content of a message: its body without chunks and without compression.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use serde_json::Value;

use super::Message;
use super::head::Head;

/// The most that is unpacked of one body: a small one may become a very long one.
const UNPACKED_LIMIT: u64 = 64 * 1024 * 1024;

/// What a message says.
pub struct Content {
    /// Its bytes, as far as they are known.
    pub bytes: Vec<u8>,
    /// How many there were before they were unpacked; None when they were not packed.
    packed: Option<usize>,
    /// What is to be said of it.
    pub remark: Option<String>,
}

impl Content {
    /// Of that message.
    pub fn of(message: &Message, head: &Head) -> Self {
        let body = message.bytes.get(head.length..).unwrap_or_default();
        let missing = message.length.saturating_sub(message.bytes.len() as u64);
        let remark = (missing > 0).then(|| format!("the last {missing} bytes are left out"));
        let plain = Self { bytes: head.joined(body), packed: None, remark };
        match head.field("content-encoding").map(str::to_ascii_lowercase).as_deref() {
            _ if plain.bytes.is_empty() => plain,
            None | Some("" | "identity") => plain,
            Some("gzip" | "x-gzip") => plain.unpacked(|body| read(MultiGzDecoder::new(body))),
            // Many servers leave out the frame that the standard asks for (RFC 9110 section 8.4.1.2).
            Some("deflate") => plain.unpacked(|body| match read(ZlibDecoder::new(body)) {
                (unpacked, Some(_)) if unpacked.is_empty() => read(DeflateDecoder::new(body)),
                unpacked => unpacked,
            }),
            Some(other) => {
                let remark = format!("it is as it was sent, packed with {other}");
                Self {
                    remark: Some(plain.remark.map_or(remark.clone(), |first| format!("{first}; {remark}"))),
                    ..plain
                }
            }
        }
    }

    fn unpacked(self, unpack: impl FnOnce(&[u8]) -> (Vec<u8>, Option<&'static str>)) -> Self {
        let (bytes, complaint) = unpack(&self.bytes);
        if bytes.is_empty() && complaint.is_some() {
            return Self {
                remark: self.remark.or(Some("it is as it was sent, for it cannot be unpacked".into())),
                ..self
            };
        }
        let remark = self.remark.or(complaint.map(str::to_owned));
        Self { packed: Some(self.bytes.len()), bytes, remark }
    }

    /// The bytes as text, if they are.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// How many bytes were saved by packing.
    pub fn compression(&self) -> Option<i64> {
        self.packed.map(|packed| self.bytes.len() as i64 - packed as i64)
    }

    /// Puts it into an object; what is no text as base64, which stands under that name.
    pub fn tell(&self, object: &mut Value, encoding: &str) {
        if let Some(text) = self.text() {
            object["text"] = text.into();
        } else {
            object["text"] = STANDARD.encode(&self.bytes).into();
            object[encoding] = "base64".into();
        }
        if let Some(remark) = &self.remark {
            object["comment"] = remark.as_str().into();
        }
    }
}

impl Head {
    /// The body of the message with that head, without chunks; packed where it was sent so.
    pub fn body(&self, message: &[u8]) -> Vec<u8> {
        self.joined(message.get(self.length..).unwrap_or_default())
    }

    fn joined(&self, body: &[u8]) -> Vec<u8> {
        let is_chunked = self.field("transfer-encoding").is_some_and(|codings| {
            codings.rsplit(',').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"))
        });
        if is_chunked { without_chunks(body) } else { body.to_vec() }
    }
}

/// The data of all chunks (RFC 9112 section 7.1), as far as they are there.
fn without_chunks(body: &[u8]) -> Vec<u8> {
    let (mut data, mut rest) = (Vec::with_capacity(body.len()), body);
    while let Ok(httparse::Status::Complete((start, length))) = httparse::parse_chunk_size(rest) {
        let chunk = rest.get(start..).unwrap_or_default();
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(chunk.len());
        if length == 0 {
            break;
        }
        data.extend_from_slice(&chunk[..length]);
        // Behind a chunk its line ends.
        let behind = &chunk[length..];
        rest = behind.strip_prefix(b"\r\n").or(behind.strip_prefix(b"\n")).unwrap_or_default();
    }
    data
}

fn read(packed: impl Read) -> (Vec<u8>, Option<&'static str>) {
    let mut bytes = Vec::new();
    let outcome = packed.take(UNPACKED_LIMIT).read_to_end(&mut bytes);
    let complaint = match outcome {
        Err(_) => Some("what follows cannot be unpacked"),
        Ok(_) if bytes.len() as u64 >= UNPACKED_LIMIT => Some("what follows is left out: it is too long"),
        Ok(_) => None,
    };
    (bytes, complaint)
}
