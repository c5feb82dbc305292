//! What the inspector shows of one frame: bytes, and the messages decoded in them.

use std::collections::VecDeque;
use std::ops::{Range, RangeInclusive};

use bytes::Bytes;

use super::parts::{Entry, Framed, Span, SpanEnd};
use super::{Context, DecodeError, Decoded, Decoder, Field, MESSAGE_LIMIT, Value, probe};

/// How many messages of one frame are decoded; more than 200 are pipelined only to test a server.
const ROOT_LIMIT: usize = 200;

/// The bytes and messages a frame is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The frame's bytes; and, of messages that span frames, those before and after it that are kept.
    pub bytes: Bytes,
    /// Which of them are the frame's own.
    pub own: Range<usize>,
    /// The messages, in order. Their fields' spans are places in `bytes`.
    pub roots: Vec<Root>,
    /// The frames of this direction the messages span.
    pub frames: RangeInclusive<u64>,
    /// Whether bytes of a message are missing, because it is longer than [`MESSAGE_LIMIT`].
    pub cut: bool,
}

/// One decoded message.
#[derive(Debug, Clone, PartialEq)]
pub struct Root {
    /// The message, its spans moved to the subject's coordinates.
    pub decoded: Decoded,
    /// Its bytes.
    pub span: Range<usize>,
    /// Whether it has ended as its protocol says.
    pub is_whole: bool,
}

/// How far the messages have come that a frame is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The protocol of a frame that is one message; empty where a framer finds the messages.
    pub protocol: &'static str,
    /// The frames of this direction the messages span.
    pub frames: RangeInclusive<u64>,
    /// How many bytes of messages beyond this frame are kept.
    held: usize,
    /// How many of those messages go on.
    open: usize,
    /// How many of them are longer than what is kept.
    cut: usize,
    /// How many bytes of the frame are the messages'.
    own: usize,
}

impl Standing {
    pub(super) fn of_frame(frame: u64, protocol: &'static str) -> Self {
        Self { protocol, frames: frame..=frame, held: 0, open: 0, cut: 0, own: 0 }
    }

    /// Whether the same is shown of both, but for the numbers of the frames.
    pub fn shows_the_same(&self, other: &Standing) -> bool {
        let facts = |one: &Standing| (one.protocol, one.held, one.open, one.cut, one.own);
        facts(self) == facts(other)
    }
}

/// How far the messages of a frame have come.
pub(super) fn standing(entry: &Entry, framed: &Framed, spans: &VecDeque<Span>) -> Standing {
    let mut standing = Standing { own: framed.own, ..Standing::of_frame(entry.number, "") };
    let from = spans.partition_point(|span| span.last < entry.number);
    for span in spans.range(from..).take_while(|span| span.first <= entry.number) {
        let (first, last) = (*standing.frames.start(), *standing.frames.end());
        standing.frames = first.min(span.first)..=last.max(span.last);
        standing.held += span.held.len();
        standing.open += usize::from(span.end == SpanEnd::Open);
        standing.cut += usize::from(span.length > span.held.len() as u64);
    }
    standing
}

/// A frame that is one message.
pub(super) fn of_frame(context: Context, decoder: &'static dyn Decoder, entry: &Entry) -> Subject {
    let mut draft = Draft::new(context, entry.number);
    draft.own_start = Some(0);
    draft.plain(decoder, &entry.payload);
    draft.finish(entry)
}

/// A frame that holds messages, or parts of them.
pub(super) fn of_messages(
    context: Context,
    decoder: &'static dyn Decoder,
    entry: &Entry,
    framed: &Framed,
    spans: &VecDeque<Span>,
) -> Subject {
    let mut draft = Draft::new(context, entry.number);
    let from = spans.partition_point(|span| span.last < entry.number);
    let here = || spans.range(from..).take_while(|span| span.first <= entry.number);
    if framed.head == 0 {
        draft.own_start = Some(0);
    }
    for span in here().filter(|span| span.first < entry.number && framed.head > 0) {
        draft.spanning(decoder, span, framed.reached, &entry.payload[..framed.head]);
    }
    for (index, whole) in framed.whole.iter().enumerate() {
        if index >= ROOT_LIMIT {
            let rest = &entry.payload[whole.start..framed.whole[framed.whole.len() - 1].end];
            draft.not_decoded(decoder, framed.whole.len() - index, rest);
            break;
        }
        draft.message(decoder, &[&entry.payload[whole.clone()]], None, true);
    }
    let tail = framed.whole.last().map_or(framed.head, |whole| whole.end);
    for span in here().filter(|span| span.first == entry.number) {
        draft.spanning(decoder, span, 0, &entry.payload[tail..framed.own]);
    }
    if framed.own < entry.payload.len() {
        draft.plain_rest(&entry.payload[framed.own..]);
    }
    draft.finish(entry)
}

/// A subject in the making.
struct Draft {
    context: Context,
    bytes: Vec<u8>,
    own_start: Option<usize>,
    roots: Vec<Root>,
    frames: RangeInclusive<u64>,
    cut: bool,
}

impl Draft {
    fn new(context: Context, frame: u64) -> Self {
        let frames = frame..=frame;
        Self { context, bytes: Vec::new(), own_start: None, roots: Vec::new(), frames, cut: false }
    }

    /// The frame's own bytes stand together in the draft's, so only where they begin must be known.
    fn finish(self, entry: &Entry) -> Subject {
        let start = self.own_start.unwrap_or(0);
        let own = start..(start + entry.payload.len()).min(self.bytes.len());
        let is_just_the_frame = own == (0..entry.payload.len()) && own.end == self.bytes.len();
        let bytes = if is_just_the_frame { entry.payload.clone() } else { Bytes::from(self.bytes) };
        Subject { bytes, own, roots: self.roots, frames: self.frames, cut: self.cut }
    }

    /// A message that spans frames: what is kept of it, and what of this frame's part is not kept.
    fn spanning(&mut self, decoder: &'static dyn Decoder, span: &Span, reached: u64, part: &[u8]) {
        let start = self.bytes.len();
        let kept = span.held.len();
        let reached = usize::try_from(reached).unwrap_or(usize::MAX).min(kept);
        self.own_start.get_or_insert(start + reached);
        self.frames = *self.frames.start().min(&span.first)..=*self.frames.end().max(&span.last);
        let pieces: Vec<&[u8]> = span.held.iter().collect();
        let (broken, is_whole) = match &span.end {
            SpanEnd::Whole => (None, true),
            SpanEnd::Open | SpanEnd::Short => (None, false),
            SpanEnd::Broken(error) => (Some(error), false),
        };
        self.message(decoder, &pieces, broken, is_whole);
        if span.length > kept as u64 {
            self.mark_cut(start + kept..start + kept);
            let beyond = part.len().min(part.len().saturating_sub(kept - reached));
            if beyond > 0 {
                self.plain_rest(&part[part.len() - beyond..]);
            }
        }
    }

    fn message(
        &mut self,
        decoder: &'static dyn Decoder,
        pieces: &[&[u8]],
        broken: Option<&DecodeError>,
        is_whole: bool,
    ) {
        let start = self.bytes.len();
        for piece in pieces {
            self.bytes.extend_from_slice(piece);
        }
        let message = &self.bytes[start..];
        let message = &message[..message.len().min(MESSAGE_LIMIT)];
        let mut tree = decode(self.context, decoder, message, broken);
        for field in &mut tree.fields {
            field.shift(start);
        }
        let missing = start + message.len()..self.bytes.len();
        self.roots.push(Root { decoded: tree, span: start..self.bytes.len(), is_whole });
        if !missing.is_empty() {
            self.mark_cut(missing);
        }
    }

    fn plain(&mut self, decoder: &'static dyn Decoder, bytes: &[u8]) {
        self.message(decoder, &[bytes], None, true);
    }

    /// Bytes beyond a message's kept part, or of no protocol: as they look.
    fn plain_rest(&mut self, bytes: &[u8]) {
        self.message(probe::plain(self.context, bytes), &[bytes], None, true);
    }

    fn mark_cut(&mut self, missing: Range<usize>) {
        self.cut = true;
        if let Some(root) = self.roots.last_mut() {
            root.decoded.fields.push(Field::cut_here("only the first MiB of a message is decoded", missing));
        }
    }

    fn not_decoded(&mut self, decoder: &'static dyn Decoder, count: usize, bytes: &[u8]) {
        let span = self.bytes.len()..self.bytes.len() + bytes.len();
        self.bytes.extend_from_slice(bytes);
        let summary = format!("{count} more messages");
        let fields = vec![Field::cut_here("more than 200 messages in a frame", span.clone())];
        let tree = Decoded { protocol: decoder.name(), summary, fields };
        self.roots.push(Root { decoded: tree, span, is_whole: true });
    }
}

/// Decodes a message; where it is none, shows what the bytes look like. A wrong byte is always told.
fn decode(context: Context, decoder: &'static dyn Decoder, message: &[u8], broken: Option<&DecodeError>) -> Decoded {
    let (mut tree, error) = match decoder.decode(context, message) {
        Ok(tree) => (tree, broken.cloned()),
        Err(error) => {
            let other = probe::plain(context, message);
            let summary = other.summarize(context, message);
            let otherwise = Decoded { protocol: other.name(), summary, fields: Vec::new() };
            (other.decode(context, message).unwrap_or(otherwise), Some(error))
        }
    };
    if let Some(error) = error {
        let at = error.at.min(message.len());
        if !tells(&tree.fields, at) {
            let span = at..(at + 1).min(message.len());
            tree.fields.insert(0, Field::malformed(error.to_string(), span));
        }
    }
    tree
}

/// Whether the tree says that the byte at a place is wrong.
fn tells(fields: &[Field], at: usize) -> bool {
    fields.iter().any(|field| {
        let is_it = matches!(field.value, Value::Malformed(_)) && field.span.start == at;
        is_it || tells(&field.children, at)
    })
}
