//! `wirelab send`: one client without a screen; a text or standard input goes out, and what is answered is told.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::arguments::SendArguments;
use super::engine::Engine;
use super::headless::{self, End, Form, Lab, Teller};
use super::telling::{self, Frames, Heard, Layer, Stage, Wanted};
use super::{USAGE, say};
use crate::app::pane::client;
use crate::app::world::World;
use crate::app::{Msg, Piped};
use crate::contract::{NetEvent, NetFact, Verification};
use crate::model::payload::{Fill, LineEnding, Notation, compose};
use crate::model::{Closing, ConnId, Direction, Endpoint, NodeId, Scheme};
use crate::net::report::now;

/// Bytes of standard input taken at once; a longer line is more than one datagram.
const PIECE: usize = 64 * 1024;

/// Bytes that were read and are not sent yet, before no more is read.
const AHEAD: usize = 1024 * 1024;

/// How long an answer to the last datagram is waited for.
const DATAGRAM_PATIENCE: Duration = Duration::from_secs(1);

/// What is asked of the client.
struct Asked {
    target: Endpoint,
    /// What is sent; None is standard input.
    payload: Option<Bytes>,
    wanted: Wanted,
    wait: Option<Duration>,
}

/// `wirelab send`.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(asked: &SendArguments) -> anyhow::Result<ExitCode> {
    let read = match read(asked) {
        Ok(read) => read,
        Err(words) => {
            say(&words);
            return Ok(ExitCode::from(USAGE));
        }
    };
    let mut lab = Lab::new(&asked.telling)?;
    let state = &mut lab.engine.state;
    let target = read.target.to_string();
    let node = client::open_tab(state, &target);
    if let Some(tab) = state.client.tab_mut(node) {
        tab.settings.source.clone_from(&asked.source);
        tab.settings.tls.verification = if asked.insecure { Verification::Off } else { Verification::On };
    }
    lab.effects = client::connect_to(state, &target).unwrap_or_default();
    let finishes = !asked.no_finish && !read.target.scheme.transport().is_datagram();
    let end = if finishes { Piped::Finish } else { Piped::End };
    let gate = Arc::new(Gate::default());
    pipe(&lab.engine, node, Pipe { payload: read.payload, scheme: read.target.scheme, end }, gate.clone())?;
    let form = if asked.raw { Form::Raw } else { Form::of(&asked.telling) };
    let mut frames = Frames::new(Some(node), form, Stage::Running, read.wanted);
    let layer = if read.target.scheme == Scheme::Tls { Layer::Inside } else { Layer::Outermost };
    frames.listen_to(layer);
    let mut talk = Talk { frames, gate, layer, conn: None, wait: read.wait, last: Instant::now(), lost: None };
    let end = match (headless::run(lab, &mut talk)?, talk.lost.take()) {
        (End::Enough, Some(lost)) => End::Failed(lost),
        (end, _) => end,
    };
    Ok(telling::status(end, &talk.frames))
}

/// What the client says and hears, until it is over.
struct Talk {
    frames: Frames,
    gate: Arc<Gate>,
    /// Which of its conversations it is about: of TLS the plain text, not the records.
    layer: Layer,
    conn: Option<ConnId>,
    /// How long more is waited for once all is sent.
    wait: Option<Duration>,
    /// When something was seen last.
    last: Instant,
    /// What was not sent, and why.
    lost: Option<String>,
}

impl Teller for Talk {
    fn tell(&mut self, world: &World, event: &NetEvent, out: &mut dyn Write) -> Result<(), End> {
        self.last = Instant::now();
        self.frames.tell(world, event, out)?;
        match &event.fact {
            NetFact::Opened { conn, how, .. } if Layer::of(*how) == self.layer => {
                self.conn = Some(*conn);
                self.gate.open();
            }
            NetFact::Data(conn, Direction::Out, bytes) if self.conn == Some(*conn) => self.gate.sent(bytes.len()),
            NetFact::Lost(_, count, why) => {
                self.gate.lost(*count);
                let many = if *count == 1 { "" } else { "s" };
                self.lost = Some(format!("{count} message{many} not sent: {why}"));
            }
            NetFact::Closed(_, Closing::ResetByPeer) => self.lost = Some("the peer reset the connection".into()),
            NetFact::Closed(_, Closing::Failed(why)) => self.lost = Some(format!("the connection failed: {why}")),
            NetFact::Unreachable(_, words) => return Err(End::Failed(words.clone())),
            NetFact::Stopped => return Err(self.lost.take().map_or(End::Enough, End::Failed)),
            NetFact::Closed(_, Closing::Orderly | Closing::Ours | Closing::ResetByUs | Closing::Idle)
            | NetFact::Listening(_)
            | NetFact::Step(_)
            | NetFact::Opened { .. }
            | NetFact::Bridged(..)
            | NetFact::Data(..)
            | NetFact::Finished(..)
            | NetFact::Impaired { .. }
            | NetFact::Note(..)
            | NetFact::Replayed(..)
            | NetFact::Exchange(..)
            | NetFact::LookedUp(..)
            | NetFact::Kernel(_)
            | NetFact::Failed(_) => {}
        }
        Ok(())
    }

    fn enough_at(&self) -> Option<Instant> {
        let wait = self.wait.filter(|_| self.gate.is_over())?;
        Some(self.last + wait)
    }
}

/// What is to be sent, and where.
fn read(asked: &SendArguments) -> Result<Asked, String> {
    let target = Endpoint::parse(&asked.url, Scheme::Tcp).map_err(|error| error.to_string())?;
    let is_datagram = target.scheme.transport().is_datagram();
    let notation = if asked.hex { Notation::Hex } else { Notation::Text };
    let ending = match asked.ending.as_str() {
        "none" => LineEnding::None,
        "crlf" => LineEnding::CrLf,
        "nul" => LineEnding::Nul,
        _ => LineEnding::Lf,
    };
    let at = now();
    let fill = Fill { counter: 1, at, seed: at.0.unsigned_abs() };
    let composed = asked.text.as_deref().map(|text| compose(text, notation, ending, &fill));
    let payload =
        composed.transpose().map_err(|error| format!("{:?}: {error}", asked.text.as_deref().unwrap_or("")))?;
    let wanted = Wanted::of(&asked.end, Heard::In)?;
    let wait = asked.wait.or(is_datagram.then_some(DATAGRAM_PATIENCE));
    Ok(Asked { target, payload, wanted, wait })
}

/// How much of what is to be sent is on its way: no more is read than the peer takes.
#[derive(Default)]
struct Gate {
    way: Mutex<Way>,
    moved: Condvar,
}

/// What is between standard input and the peer.
#[derive(Debug, Clone, Default)]
struct Way {
    /// Whether the connection stands.
    is_open: bool,
    /// Bytes that were read and are not sent yet, and the pieces they came in.
    ahead: usize,
    pieces: VecDeque<usize>,
    /// Whether nothing more is read.
    has_ended: bool,
}

impl Gate {
    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the connection stands and so many bytes more may be on their way.
    fn pass(&self, bytes: usize) {
        let is_full = |way: &mut Way| !way.is_open || way.ahead > AHEAD;
        let mut way = self.moved.wait_while(self.way(), is_full).unwrap_or_else(PoisonError::into_inner);
        way.ahead += bytes;
        way.pieces.push_back(bytes);
    }

    /// The connection stands.
    fn open(&self) {
        self.way().is_open = true;
        self.moved.notify_one();
    }

    /// So many bytes are sent.
    fn sent(&self, bytes: usize) {
        let mut way = self.way();
        way.ahead = way.ahead.saturating_sub(bytes);
        let mut left = bytes;
        while let Some(piece) = way.pieces.front_mut() {
            if *piece > left {
                *piece -= left;
                break;
            }
            left -= *piece;
            way.pieces.pop_front();
        }
        self.moved.notify_one();
    }

    /// So many pieces will not be sent.
    fn lost(&self, count: u64) {
        let mut way = self.way();
        for _ in 0..count {
            let Some(piece) = way.pieces.pop_front() else { break };
            way.ahead = way.ahead.saturating_sub(piece);
        }
        self.moved.notify_one();
    }

    /// Nothing more comes.
    fn end(&self) {
        self.way().has_ended = true;
    }

    /// Whether all is sent.
    fn is_over(&self) -> bool {
        let way = self.way();
        way.has_ended && way.ahead == 0
    }
}

/// What goes through the pipe into the client.
struct Pipe {
    /// What is sent; None is standard input.
    payload: Option<Bytes>,
    scheme: Scheme,
    /// What comes behind it.
    end: Piped,
}

/// Sends it once the connection stands: standard input as it comes, of datagrams a line each.
fn pipe(engine: &Engine, node: NodeId, pipe: Pipe, gate: Arc<Gate>) -> io::Result<()> {
    let mut tell = engine.teller();
    thread::Builder::new().name("stdin".into()).spawn(move || {
        let Pipe { payload, scheme, end } = pipe;
        let mut send = |piece: Bytes| {
            gate.pass(piece.len());
            tell(Msg::Piped(node, Piped::Bytes(piece)))
        };
        if let Some(payload) = payload {
            send(payload);
        } else {
            let unit = if scheme.transport().is_datagram() { Unit::Line } else { Unit::Piece };
            if let Err(error) = pass_on(&mut BufReader::with_capacity(PIECE, io::stdin()), unit, &mut send) {
                say(&format!("cannot read standard input: {error}"));
            }
        }
        gate.end();
        tell(Msg::Piped(node, end));
    })?;
    Ok(())
}

/// Reads to the end, or until nobody takes it any more.
fn pass_on(input: &mut impl BufRead, unit: Unit, send: &mut dyn FnMut(Bytes) -> bool) -> io::Result<()> {
    loop {
        let piece = next(input, unit)?;
        if piece.is_empty() || !send(piece) {
            return Ok(());
        }
    }
}

/// What is sent at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// A line, with its end.
    Line,
    /// What is there.
    Piece,
}

/// The next bytes; none at the end.
fn next(input: &mut impl BufRead, unit: Unit) -> io::Result<Bytes> {
    if unit == Unit::Line {
        let mut line = Vec::new();
        input.take(PIECE as u64).read_until(b'\n', &mut line)?;
        return Ok(line.into());
    }
    let piece = loop {
        match input.fill_buf() {
            Ok(piece) => break Bytes::copy_from_slice(piece),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    input.consume(piece.len());
    Ok(piece)
}
