//! The body of an HTTP/1 message: its chunks, its content and its trailer.
//!
//! When the content lies in one piece, what is decoded inside it has the spans of its own bytes. When chunks
//! cut it into several, the joined content is decoded and every field inside has the span of the whole
//! chunked part, because its bytes may not lie together.

use std::ops::Range;

use super::framing::{Body, ChunkState, Chunks, Framing};
use super::tree::{PART_LIMIT, header_parts, lossy};
use crate::proto::{Context, DECODERS, Field, Likelihood, Value};

/// The fields of a body that begins at a place in the message; what follows its end is shown as data.
pub fn fields(context: Context, message: &[u8], at: usize, rule: &Body, framing: &Framing) -> Vec<Field> {
    let (mut fields, end) = match rule {
        Body::None => (Vec::new(), at),
        Body::UntilClose => (vec![content(context, message, at..message.len(), framing)], message.len()),
        Body::Length(length) => {
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            let end = at.saturating_add(length).min(message.len());
            (vec![content(context, message, at..end, framing)], end)
        }
        Body::Chunked(_) => chunked(context, message, at, framing),
    };
    if end < message.len() {
        fields.push(Field::new("data.data", Value::Bytes, end..message.len()));
    }
    fields
}

fn content(context: Context, message: &[u8], span: Range<usize>, framing: &Framing) -> Field {
    let mut children = decode(context, &message[span.clone()], framing);
    for child in &mut children {
        child.shift(span.start);
    }
    Field::new("http.file_data", Value::Bytes, span).with(children)
}

/// Decodes content by its media type; without one, by how it looks.
fn decode(context: Context, bytes: &[u8], framing: &Framing) -> Vec<Field> {
    if framing.is_encoded || bytes.is_empty() {
        return Vec::new();
    }
    let mut decoders = DECODERS.iter().filter(|decoder| decoder.framer().is_none());
    let decoder = if framing.media_type.is_empty() {
        decoders.find(|decoder| decoder.probe(context, bytes) >= Likelihood::Likely)
    } else {
        decoders.find(|decoder| decoder.takes_content(&framing.media_type))
    };
    match decoder.map(|decoder| decoder.decode(context, bytes)) {
        None => Vec::new(),
        Some(Ok(tree)) => tree.fields,
        Some(Err(error)) => vec![Field::malformed(error.why, error.at..bytes.len())],
    }
}

fn chunked(context: Context, message: &[u8], start: usize, framing: &Framing) -> (Vec<Field>, usize) {
    let mut reader = ChunkReader { message, at: start, chunks: Chunks::new(), parts: Vec::new(), data: Vec::new() };
    reader.read();
    let ChunkReader { at, chunks, mut parts, data, .. } = reader;
    // After a wrong byte nothing can be told apart any more.
    let is_broken = at < message.len() && chunks.state != ChunkState::Done;
    let end = if is_broken { message.len() } else { at };
    let whole = start..end;
    let heading = match data.len() {
        1 => "1 chunk".to_owned(),
        count => format!("{count} chunks"),
    };
    if parts.len() > PART_LIMIT {
        let from = parts[PART_LIMIT].span.start;
        parts.truncate(PART_LIMIT);
        parts.push(Field::cut_here("more than 2,500 chunks and trailer lines", from..end));
    }
    let mut fields = vec![Field::new("http.chunked", Value::Heading(heading), whole.clone()).with(parts)];
    match &data[..] {
        [] => {}
        [one] => fields.push(content(context, message, one.clone(), framing)),
        several => {
            let joined: Vec<u8> = several.iter().flat_map(|span| &message[span.clone()]).copied().collect();
            let mut inside = decode(context, &joined, framing);
            for field in &mut inside {
                field.cover(&whole);
            }
            fields.push(Field::new("http.file_data", Value::Bytes, whole).with(inside));
        }
    }
    (fields, end)
}

struct ChunkReader<'a> {
    message: &'a [u8],
    at: usize,
    chunks: Chunks,
    parts: Vec<Field>,
    data: Vec<Range<usize>>,
}

impl ChunkReader<'_> {
    fn read(&mut self) {
        while self.at < self.message.len() && self.chunks.state != ChunkState::Done {
            let read = match self.chunks.state {
                ChunkState::TrailerStart | ChunkState::TrailerLine | ChunkState::TrailerReturn => self.trailer_line(),
                ChunkState::Size
                | ChunkState::Extension
                | ChunkState::SizeReturn
                | ChunkState::Data(_)
                | ChunkState::DataEnd
                | ChunkState::DataReturn
                | ChunkState::Done => self.chunk(),
            };
            if let Err(why) = read {
                self.parts.push(Field::malformed(why, self.at..self.message.len()));
                return;
            }
        }
    }

    fn step(&mut self) -> Result<(), &'static str> {
        self.at += self.chunks.step(&self.message[self.at..])?;
        Ok(())
    }

    /// Steps while in one of the states named, or until the message ends.
    fn pass(&mut self, within: impl Fn(ChunkState) -> bool) -> Result<Range<usize>, &'static str> {
        let start = self.at;
        while self.at < self.message.len() && within(self.chunks.state) {
            self.step()?;
        }
        Ok(start..self.at)
    }

    fn chunk(&mut self) -> Result<(), &'static str> {
        let start = self.at;
        let mut children = Vec::new();
        let result = self.chunk_parts(&mut children);
        if let Some(Value::Number(size)) = children.first().map(|size| &size.value) {
            let heading = if *size == 0 { "last chunk".to_owned() } else { format!("{size} bytes") };
            self.parts.push(Field::new("http.chunk", Value::Heading(heading), start..self.at).with(children));
        }
        result
    }

    fn chunk_parts(&mut self, children: &mut Vec<Field>) -> Result<(), &'static str> {
        let start = self.at;
        let line = self.pass(|state| state == ChunkState::Size);
        let digits = self.message[start..self.at].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits > 0 {
            let size = Value::Number(self.chunks.size);
            children.push(Field::new("http.chunk_size", size, start..start + digits));
        }
        line?;
        self.pass(|state| matches!(state, ChunkState::Extension | ChunkState::SizeReturn))?;
        let extension = self.message[start + digits..self.at].trim_ascii_end();
        if !extension.is_empty() {
            let span = start + digits..start + digits + extension.len();
            children.push(Field::text("http.chunk_extension", lossy(extension), span));
        }
        let data = self.pass(|state| matches!(state, ChunkState::Data(_)))?;
        if !data.is_empty() {
            children.push(Field::new("http.chunk_data", Value::Bytes, data.clone()));
            self.data.push(data);
        }
        let boundary = self.pass(|state| matches!(state, ChunkState::DataEnd | ChunkState::DataReturn))?;
        if !boundary.is_empty() {
            children.push(Field::new("http.chunk_boundary", Value::Bytes, boundary));
        }
        Ok(())
    }

    fn trailer_line(&mut self) -> Result<(), &'static str> {
        let start = self.at;
        self.step()?;
        self.pass(|state| matches!(state, ChunkState::TrailerLine | ChunkState::TrailerReturn))?;
        let line = &self.message[start..self.at];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            let span = start..start + line.len();
            let parts = header_parts(self.message, &span);
            self.parts.push(Field::text("http.chunked_trailer_part", lossy(line), span).with(parts));
        }
        Ok(())
    }
}
