//! The content of a message: its body without chunks and without compression.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Message;
use super::head::Head;
use crate::model::content_coding::{self, Unpacked};

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
        match content_coding::unpack(head.field("content-encoding").unwrap_or(""), &plain.bytes) {
            Ok(None) => plain,
            Ok(Some(Unpacked { bytes, complaint })) => {
                let remark = plain.remark.or(complaint.map(str::to_owned));
                Self { packed: Some(plain.bytes.len()), bytes, remark }
            }
            Err(why) => {
                let remark = plain.remark.map_or(why.clone(), |first| format!("{first}; {why}"));
                Self { remark: Some(remark), ..plain }
            }
        }
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
