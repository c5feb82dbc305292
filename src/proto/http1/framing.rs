//! Where an HTTP/1 message ends: the header fields that say so (RFC 9112 section 6), and the chunked coding (section 7.1).

use memchr::memchr;

use super::HEAD_LIMIT;
use super::start::Kind;

/// The longest chunk-size line with its extensions; hyper's limit.
const CHUNK_LINE_LIMIT: usize = 16 * 1024;

/// The longest media type kept; no registered one has half of it.
const MEDIA_TYPE_LIMIT: usize = 256;

/// What the header fields read so far say about the body.
#[derive(Debug, Clone, Default)]
pub struct Framing {
    length: Option<u64>,
    coding: Coding,
    /// The media type, lower case, without parameters; empty when none is given.
    pub media_type: String,
    /// Whether the content is compressed, so that no decoder can read it.
    pub is_encoded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Coding {
    #[default]
    None,
    Chunked,
    Other,
}

/// How a body ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// After the last chunk and its trailer.
    Chunked(Chunks),
    /// When the stream ends.
    UntilClose,
}

/// What a response answers, as far as that decides how it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// HEAD: the response has no body whatever its header says.
    Head,
    /// CONNECT: after a 2xx the stream is a tunnel.
    Connect,
    /// Any other request, or one that was not seen.
    Other,
}

impl Asked {
    /// What a request with this method asks.
    pub fn by(method: &[u8]) -> Self {
        match method {
            b"HEAD" => Asked::Head,
            b"CONNECT" => Asked::Connect,
            _ => Asked::Other,
        }
    }
}

impl Framing {
    /// Takes a header field, and says what is wrong with it in the light of those before.
    pub fn note(&mut self, name: &[u8], value: &[u8]) -> Option<&'static str> {
        if name.eq_ignore_ascii_case(b"content-length") {
            return self.note_length(value);
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return self.note_coding(value);
        }
        if name.eq_ignore_ascii_case(b"content-encoding") {
            self.is_encoded |= !value.eq_ignore_ascii_case(b"identity");
        } else if name.eq_ignore_ascii_case(b"content-type") {
            let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
            let kept = &essence[..essence.len().min(MEDIA_TYPE_LIMIT)];
            self.media_type = String::from_utf8_lossy(kept).to_ascii_lowercase();
        }
        None
    }

    /// The first length counts: what follows is then told, and framed as most programs would frame it.
    fn note_length(&mut self, value: &[u8]) -> Option<&'static str> {
        let mut complaint = None;
        for part in value.split(|byte| *byte == b',') {
            let Some(length) = decimal(part.trim_ascii()) else {
                return Some("Content-Length is not a number");
            };
            match self.length {
                None => self.length = Some(length),
                Some(first) if first != length => complaint = Some("this Content-Length contradicts an earlier one"),
                Some(_) => {}
            }
        }
        complaint.or((self.coding != Coding::None).then_some(BOTH))
    }

    fn note_coding(&mut self, value: &[u8]) -> Option<&'static str> {
        let last = value.rsplit(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
        self.coding = if last.eq_ignore_ascii_case(b"chunked") { Coding::Chunked } else { Coding::Other };
        self.length.is_some().then_some(BOTH)
    }

    /// How the body ends (RFC 9112 section 6.3).
    pub fn body(&self, kind: Kind, status: u16, asked: Asked) -> Body {
        let is_bare = match kind {
            Kind::Request => false,
            Kind::Response => {
                matches!((status, asked), (100..=199 | 204 | 304, _) | (_, Asked::Head) | (200..=299, Asked::Connect))
            }
        };
        if is_bare {
            return Body::None;
        }
        match (self.coding, self.length, kind) {
            (Coding::Chunked, _, _) => Body::Chunked(Chunks::new()),
            (Coding::Other, _, _) | (Coding::None, None, Kind::Response) => Body::UntilClose,
            (Coding::None, Some(0), _) | (Coding::None, None, Kind::Request) => Body::None,
            (Coding::None, Some(length), _) => Body::Length(length),
        }
    }
}

const BOTH: &str = "both Content-Length and Transfer-Encoding; the latter counts";

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Splits a header line at its colon into name and trimmed value; the name is not trimmed.
pub fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', line)?;
    Some((&line[..colon], line[colon + 1..].trim_ascii()))
}

/// The place inside a chunked body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunks {
    /// Where it stands.
    pub state: ChunkState,
    /// The size of the chunk it is in.
    pub size: u64,
    digits: usize,
    line: usize,
    trailer: usize,
}

/// Where in a chunked body a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkState {
    /// In the hexadecimal digits.
    Size,
    /// After them, in extensions or space.
    Extension,
    /// Between the size line's CR and LF.
    SizeReturn,
    /// In the data, with so many bytes to come.
    Data(u64),
    /// Before the line end that follows the data.
    DataEnd,
    /// Between its CR and LF.
    DataReturn,
    /// At the beginning of a trailer line, or of the empty line that ends all.
    TrailerStart,
    /// In a trailer line.
    TrailerLine,
    /// Between the last CR and LF.
    TrailerReturn,
    /// After the last byte.
    Done,
}

impl Chunks {
    /// Before the first chunk.
    pub fn new() -> Self {
        Self { state: ChunkState::Size, size: 0, digits: 0, line: 0, trailer: 0 }
    }

    /// Reads on by one step, and says of how many bytes it was: at least one, unless done or `rest` is empty.
    ///
    /// # Errors
    /// What is wrong with the first of the bytes.
    pub fn step(&mut self, rest: &[u8]) -> Result<usize, &'static str> {
        let Some(byte) = rest.first().copied() else { return Ok(0) };
        let mut length = 1;
        self.state = match self.state {
            ChunkState::Size => self.size_digit(byte)?,
            ChunkState::Extension | ChunkState::SizeReturn if byte == b'\n' => self.after_size(),
            ChunkState::Extension if self.line >= CHUNK_LINE_LIMIT => return Err("a chunk's size line is over 16 KiB"),
            ChunkState::Extension => {
                length = line_rest(rest).min(CHUNK_LINE_LIMIT - self.line);
                self.line += length;
                ChunkState::Extension
            }
            ChunkState::SizeReturn => return Err("a CR without LF"),
            ChunkState::Data(to_come) => {
                length = usize::try_from(to_come).unwrap_or(usize::MAX).min(rest.len());
                match to_come - length as u64 {
                    0 => ChunkState::DataEnd,
                    left => ChunkState::Data(left),
                }
            }
            ChunkState::DataEnd if byte == b'\r' => ChunkState::DataReturn,
            ChunkState::DataEnd | ChunkState::DataReturn if byte == b'\n' => self.next(),
            ChunkState::DataEnd | ChunkState::DataReturn => return Err("a chunk's data must end in CR LF"),
            ChunkState::TrailerStart | ChunkState::TrailerLine | ChunkState::TrailerReturn => {
                return self.trailer(byte, rest);
            }
            ChunkState::Done => return Ok(0),
        };
        Ok(length)
    }

    fn next(&mut self) -> ChunkState {
        (self.size, self.digits, self.line) = (0, 0, 0);
        ChunkState::Size
    }

    fn size_digit(&mut self, byte: u8) -> Result<ChunkState, &'static str> {
        self.line += 1;
        match char::from(byte).to_digit(16) {
            Some(_) if self.digits >= 16 => Err("a chunk size has at most 16 digits"),
            Some(digit) => {
                self.digits += 1;
                self.size = self.size << 4 | u64::from(digit);
                Ok(ChunkState::Size)
            }
            None if self.digits == 0 => Err("a chunk must begin with its size in hexadecimal"),
            None => match byte {
                b';' | b' ' | b'\t' => Ok(ChunkState::Extension),
                b'\r' => Ok(ChunkState::SizeReturn),
                b'\n' => Ok(self.after_size()),
                _ => Err("a chunk size is in hexadecimal"),
            },
        }
    }

    fn after_size(&self) -> ChunkState {
        if self.size == 0 { ChunkState::TrailerStart } else { ChunkState::Data(self.size) }
    }

    fn trailer(&mut self, byte: u8, rest: &[u8]) -> Result<usize, &'static str> {
        if self.trailer >= HEAD_LIMIT {
            return Err("the trailer is over 1 MiB");
        }
        let mut length = 1;
        self.state = match (self.state, byte) {
            (ChunkState::TrailerStart | ChunkState::TrailerReturn, b'\n') => ChunkState::Done,
            (ChunkState::TrailerStart, b'\r') => ChunkState::TrailerReturn,
            (_, b'\n') => ChunkState::TrailerStart,
            _ => {
                length = line_rest(rest).min(HEAD_LIMIT - self.trailer);
                ChunkState::TrailerLine
            }
        };
        self.trailer += length;
        Ok(length)
    }
}

/// How many bytes come before the next LF.
fn line_rest(rest: &[u8]) -> usize {
    memchr(b'\n', rest).unwrap_or(rest.len())
}
