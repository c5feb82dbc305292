//! The dissector of one flow: frames in, a list row for each at once, and their trees on demand.
//!
//! Each direction begins undecided: its first bytes are kept, at most [`PROBE_LIMIT`], until a decoder with
//! messages of its own is sure of them, or none can be. From then on the decoder's framer finds the
//! messages, or every frame is a message of its own. Until the first start line is whole the decision
//! can be taken back without a trace; after that, bytes that do not fit are shown as what they are.

use std::collections::VecDeque;

use bytes::Bytes;

use super::parts::{Entry, Framed, Parts, Span, SpanEnd};
use super::pieces::Pieces;
use super::probe::{self, Verdict};
use super::subject::{self, Standing, Subject};
use super::{Context, Cut, DecodeError, Decoder, Ending, Framer, PROBE_LIMIT, shorten, size_in_words};
use crate::model::{Side, Transport};

/// How many bytes of one message are kept and decoded; what is beyond is shown undecoded.
pub const MESSAGE_LIMIT: usize = 1024 * 1024;

/// What a frame says, as its row in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The protocol's name: `HTTP`, `text`.
    pub protocol: &'static str,
    /// What it says in one line; raw, to be made visible when shown.
    pub summary: String,
}

/// Reads one flow, both directions, in the order of observation.
///
/// Payloads are shared, never copied as a whole. Of a message that spans frames the first
/// [`MESSAGE_LIMIT`] bytes are held until its last frame is forgotten.
#[derive(Debug)]
pub struct Dissector {
    transport: Transport,
    decoder: Option<(&'static dyn Decoder, Box<dyn Framer>)>,
    /// Whether a message of the decoder's protocol has been seen beyond doubt.
    is_recognised: bool,
    client: Way,
    server: Way,
    entries: VecDeque<Entry>,
}

/// One direction.
#[derive(Debug)]
struct Way {
    life: Life,
    /// Messages that are not whole within one frame, by their first frame; only the last may be open.
    spans: VecDeque<Span>,
    /// Whether the open message's headline has been in a row.
    is_announced: bool,
}

#[derive(Debug)]
enum Life {
    /// The frames so far, and the beginning of what they hold.
    Undecided(Vec<(u64, Bytes)>, Vec<u8>),
    /// The framer finds the messages.
    Framed,
    /// Every frame is a message.
    Plain,
}

impl Dissector {
    /// For a flow of which nothing has been seen.
    pub fn new(transport: Transport) -> Self {
        let way = || {
            let life = if transport.is_datagram() { Life::Plain } else { Life::Undecided(Vec::new(), Vec::new()) };
            Way { life, spans: VecDeque::new(), is_announced: false }
        };
        Self { transport, decoder: None, is_recognised: false, client: way(), server: way(), entries: VecDeque::new() }
    }

    /// Takes a frame's payload, and says what its row in the list says. Frame numbers must grow.
    pub fn push(&mut self, from: Side, frame: u64, payload: &Bytes) -> Reading {
        let (parts, reading) = match self.way(from).life {
            Life::Plain => self.plain(from, payload),
            Life::Framed => self.framed(from, frame, payload),
            Life::Undecided(..) => self.undecided(from, frame, payload),
        };
        self.entries.push_back(Entry { number: frame, from, payload: payload.clone(), parts });
        reading
    }

    /// Takes note that this side sends no more (FIN): what lasts until then is whole.
    pub fn finish(&mut self, from: Side) {
        let Some((_, framer)) = &mut self.decoder else { return };
        let ending = framer.finish(from);
        let way = self.way_mut(from);
        way.is_announced = false;
        if let Some(span) = way.open() {
            span.end = match ending {
                Ending::Whole => SpanEnd::Whole,
                Ending::Short => SpanEnd::Short,
            };
        }
    }

    /// What the inspector shows of a frame; None when it was never pushed or has been forgotten.
    pub fn subject(&self, frame: u64) -> Option<Subject> {
        let index = self.entries.binary_search_by_key(&frame, |entry| entry.number).ok()?;
        let entry = &self.entries[index];
        let context = self.context(entry.from);
        Some(match (&entry.parts, &self.decoder) {
            (Parts::Framed(framed), Some((decoder, _))) => {
                let spans = &self.way(entry.from).spans;
                subject::of_messages(context, *decoder, entry, framed, spans)
            }
            (Parts::Plain(decoder), _) => subject::of_frame(context, *decoder, entry),
            (Parts::Framed(_), None) => subject::of_frame(context, probe::plain(context, &entry.payload), entry),
        })
    }

    /// How far what a frame is about has come; None as of [`Dissector::subject`]. It costs nothing, and while it is the
    /// same but for its frames, so is the subject.
    pub fn standing(&self, frame: u64) -> Option<Standing> {
        let index = self.entries.binary_search_by_key(&frame, |entry| entry.number).ok()?;
        let entry = &self.entries[index];
        Some(match &entry.parts {
            Parts::Framed(framed) => subject::standing(entry, framed, &self.way(entry.from).spans),
            Parts::Plain(decoder) => Standing::of_frame(frame, decoder.name()),
        })
    }

    /// Drops all that belongs to frames before this one alone.
    pub fn forget(&mut self, before: u64) {
        while self.entries.front().is_some_and(|entry| entry.number < before) {
            self.entries.pop_front();
        }
        for way in [&mut self.client, &mut self.server] {
            while way.spans.front().is_some_and(|span| span.last < before && span.end != SpanEnd::Open) {
                way.spans.pop_front();
            }
        }
    }

    fn context(&self, from: Side) -> Context {
        Context { transport: self.transport, from }
    }

    fn way(&self, from: Side) -> &Way {
        match from {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    fn way_mut(&mut self, from: Side) -> &mut Way {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn plain(&self, from: Side, payload: &Bytes) -> (Parts, Reading) {
        let context = self.context(from);
        let decoder = probe::plain(context, payload);
        let summary = decoder.summarize(context, payload);
        (Parts::Plain(decoder), Reading { protocol: decoder.name(), summary })
    }
}

/// Deciding what a stream is.
impl Dissector {
    fn undecided(&mut self, from: Side, frame: u64, payload: &Bytes) -> (Parts, Reading) {
        let context = self.context(from);
        let Life::Undecided(frames, start) = &mut self.way_mut(from).life else { return self.plain(from, payload) };
        if payload.is_empty() {
            return self.plain(from, payload);
        }
        let room = PROBE_LIMIT - start.len();
        start.extend_from_slice(&payload[..payload.len().min(room)]);
        frames.push((frame, payload.clone()));
        match probe::judge(context, start) {
            Verdict::Open => return self.plain(from, payload),
            Verdict::Plain => {
                self.way_mut(from).life = Life::Plain;
                return self.plain(from, payload);
            }
            Verdict::Take(decoder, new_framer) => self.decoder = Some((decoder, new_framer())),
        }
        let last = self.replay(from);
        if self.decoder.is_some() {
            self.replay(from.other());
        }
        last.unwrap_or_else(|| self.plain(from, payload))
    }

    /// Gives the framer what came before the decision; the result is that of the newest frame.
    fn replay(&mut self, from: Side) -> Option<(Parts, Reading)> {
        let way = self.way_mut(from);
        if !matches!(way.life, Life::Undecided(..)) {
            return None;
        }
        let Life::Undecided(frames, _) = std::mem::replace(&mut way.life, Life::Framed) else { return None };
        let mut newest = None;
        for (number, payload) in frames {
            let done = match self.way(from).life {
                Life::Framed => self.framed(from, number, &payload),
                Life::Plain | Life::Undecided(..) => self.plain(from, &payload),
            };
            if let Ok(index) = self.entries.binary_search_by_key(&number, |entry| entry.number) {
                self.entries[index].parts = done.0;
                newest = None;
            } else {
                newest = Some(done);
            }
        }
        newest
    }

    /// Takes the decision back: it was no message of that protocol, so every frame is one of its own.
    fn take_back(&mut self) {
        self.decoder = None;
        for way in [&mut self.client, &mut self.server] {
            way.life = Life::Plain;
            way.spans.clear();
        }
        for entry in &mut self.entries {
            if matches!(entry.parts, Parts::Framed(_)) {
                let context = Context { transport: self.transport, from: entry.from };
                entry.parts = Parts::Plain(probe::plain(context, &entry.payload));
            }
        }
    }
}

/// Finding the messages in a frame.
impl Dissector {
    fn framed(&mut self, from: Side, frame: u64, payload: &Bytes) -> (Parts, Reading) {
        let mut walk = Walk { from, frame, payload, at: 0, framed: Framed::default(), tally: Tally::default() };
        let before = self.way_mut(from).open().map(|span| (span.first, span.length));
        walk.framed.reached = before.map_or(0, |(_, length)| length);
        walk.framed.own = payload.len();
        while walk.at < payload.len() {
            let Some((_, framer)) = &mut self.decoder else { break };
            let cut = framer.cut(from, &payload[walk.at..]);
            self.announce(&mut walk, &cut);
            match cut {
                Cut::Continues => {
                    self.keep(&mut walk, payload.len(), SpanEnd::Open);
                    break;
                }
                Cut::Ends(length) => {
                    let end = (walk.at + length.max(1)).min(payload.len());
                    self.keep(&mut walk, end, SpanEnd::Whole);
                }
                Cut::Foreign if walk.at == 0 => {
                    self.way_mut(from).life = Life::Plain;
                    return self.plain(from, payload);
                }
                Cut::Foreign => {
                    walk.framed.own = walk.at;
                    self.way_mut(from).life = Life::Plain;
                    break;
                }
                Cut::Broken(_) if !self.is_recognised => {
                    self.take_back();
                    return self.plain(from, payload);
                }
                Cut::Broken(error) => {
                    self.break_off(&mut walk, error);
                    break;
                }
            }
        }
        let reading = self.row(&walk, before);
        (Parts::Framed(walk.framed), reading)
    }

    /// Counts the message that is being read, once, as soon as its first line is known. Of several in a
    /// frame only the first needs its headline in words.
    fn announce(&mut self, walk: &mut Walk<'_>, cut: &Cut) {
        let is_over = match cut {
            Cut::Foreign => return,
            Cut::Ends(_) => true,
            Cut::Continues | Cut::Broken(_) => false,
        };
        if self.way(walk.from).is_announced {
            return;
        }
        if !is_over || walk.tally.headline.is_none() {
            let headline = self.decoder.as_ref().and_then(|(_, framer)| framer.headline(walk.from));
            let Some(headline) = headline else { return };
            walk.tally.headline.get_or_insert(headline);
        }
        walk.tally.messages += 1;
        self.is_recognised = true;
        self.way_mut(walk.from).is_announced = true;
    }

    /// Puts the bytes up to `end` to the message they belong to.
    fn keep(&mut self, walk: &mut Walk<'_>, end: usize, state: SpanEnd) {
        let (frame, start) = (walk.frame, walk.at);
        let piece = walk.payload.slice(start..end);
        let is_over = state != SpanEnd::Open;
        let way = self.way_mut(walk.from);
        if let Some(span) = way.open() {
            span.add(&piece, frame);
            span.end = state;
            walk.framed.head = end;
        } else if state == SpanEnd::Whole {
            walk.framed.whole.push(start..end);
        } else {
            let mut span = Span { first: frame, last: frame, held: Pieces::default(), length: 0, end: state };
            span.add(&piece, frame);
            way.spans.push_back(span);
        }
        if is_over {
            way.is_announced = false;
        }
        walk.at = end;
    }

    /// Ends the direction's messages at a wrong byte. When even the first line is wrong, the rest of the
    /// frame stays together; otherwise what follows the wrong byte is shown for itself.
    fn break_off(&mut self, walk: &mut Walk<'_>, error: DecodeError) {
        let way = self.way_mut(walk.from);
        let before = way.open().map_or(0, |span| span.length);
        let wrong = usize::try_from((error.at as u64).saturating_sub(before)).unwrap_or(usize::MAX);
        let end = if way.is_announced { walk.at.saturating_add(wrong).saturating_add(1) } else { usize::MAX };
        let end = end.min(walk.payload.len());
        walk.tally.broken = Some(error.to_string());
        self.keep(walk, end, SpanEnd::Broken(error));
        walk.framed.own = end;
        self.way_mut(walk.from).life = Life::Plain;
    }

    fn row(&self, walk: &Walk<'_>, before: Option<(u64, u64)>) -> Reading {
        let protocol = self.decoder.as_ref().map_or("raw", |(decoder, _)| decoder.name());
        let tally = &walk.tally;
        let mut summary = match (&tally.headline, before) {
            (Some(headline), _) if tally.messages > 1 => format!("{headline} (+{} more)", tally.messages - 1),
            (Some(headline), _) => headline.clone(),
            (None, Some((first, _))) => {
                let does =
                    if walk.framed.head < walk.framed.own || self.has_ended(walk) { "ends" } else { "continues" };
                format!("… {does} {first} · {}", size_in_words(walk.payload.len()))
            }
            (None, None) => self.plain(walk.from, walk.payload).1.summary,
        };
        if let Some(broken) = &tally.broken {
            summary = format!("{summary} · malformed: {broken}");
        } else if walk.framed.own < walk.payload.len() {
            let rest = size_in_words(walk.payload.len() - walk.framed.own);
            summary = format!("{summary} · then {rest} of another protocol");
        }
        Reading { protocol, summary: shorten(&summary) }
    }

    fn has_ended(&self, walk: &Walk<'_>) -> bool {
        self.way(walk.from).spans.back().is_some_and(|span| span.end != SpanEnd::Open)
    }
}

/// The way through one frame.
struct Walk<'a> {
    from: Side,
    frame: u64,
    payload: &'a Bytes,
    at: usize,
    framed: Framed,
    tally: Tally,
}

/// What the row has to tell.
#[derive(Default)]
struct Tally {
    headline: Option<String>,
    messages: usize,
    broken: Option<String>,
}

impl Way {
    fn open(&mut self) -> Option<&mut Span> {
        self.spans.back_mut().filter(|span| span.end == SpanEnd::Open)
    }
}
