//! Requests and responses of HTTP/1 found in conversations, paired and written as an HTTP archive.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;

use crate::app::export::Choice;
use crate::app::world::Reading;
use crate::capture::har::{self, Exchange, Message};
use crate::model::{Address, Flow, FlowId, Frame, FrameKind, Side, Timestamp, Transport};
use crate::proto::{Cut, DECODERS, Ending, Framer};

use super::input::Input;
use super::watch::{Chosen, Scene, Sight, watch};
use super::{Done, Failure};

/// The most that is kept of one message; what a longer one says further is left out.
const MESSAGE_LIMIT: usize = 64 * 1024 * 1024;

/// The most that is kept of all messages that are under way.
const KEPT_LIMIT: usize = 256 * 1024 * 1024;

/// Conversations followed at a time; of more, the oldest are taken for ended.
const CONNECTIONS: usize = 65_536;

/// Writes the exchanges of which a frame is chosen.
///
/// # Errors
/// The input is no capture, or the output takes no more.
pub fn write(input: &mut Input, choice: &Choice, out: &mut dyn Write) -> Result<Done, Failure> {
    let mut archive = Archive { out, written: 0, kept: 0, connections: BTreeMap::new(), orphans: 0 };
    archive.out.write_all(har::beginning().as_bytes())?;
    watch(input, choice, Reading::Bare, &mut |scene, sight| match sight {
        Sight::Frame(frame, _, chosen) => match frame.flow.and_then(|flow| scene.world.flow(flow)) {
            Some(flow) if !flow.transport.is_datagram() => archive.frame(scene, frame, flow, chosen),
            Some(_) | None => Ok(()),
        },
        Sight::Pause => Ok(archive.out.flush()?),
        Sight::Packet(..)
        | Sight::Arrived(..)
        | Sight::Remarked(_)
        | Sight::Secrets(_)
        | Sight::Own
        | Sight::Foreign => Ok(()),
    })?;
    while let Some((_, connection)) = archive.connections.pop_first() {
        archive.ended(connection)?;
    }
    archive.out.write_all(har::END.as_bytes())?;
    let orphans = archive.orphans;
    let remarks = (orphans > 0).then(|| format!("{orphans} responses are left out, for their requests are not there"));
    Ok(Done { count: archive.written, of: "exchanges", remarks: remarks.into_iter().collect() })
}

struct Archive<'a> {
    out: &'a mut dyn Write,
    written: u64,
    /// Bytes of messages that are under way.
    kept: usize,
    connections: BTreeMap<FlowId, Connection>,
    /// Responses without their requests.
    orphans: u64,
}

/// One conversation.
struct Connection {
    server: Address,
    scheme: &'static str,
    flow: FlowId,
    /// Finds the messages; None once it is known to speak something else.
    framer: Option<Box<dyn Framer>>,
    /// The messages that are under way.
    request: Option<Underway>,
    response: Option<Underway>,
    /// Requests that wait for their response.
    waiting: VecDeque<Underway>,
}

/// A message, and whether a frame of it was chosen.
struct Underway {
    message: Message,
    chosen: Chosen,
    /// The number of its last frame.
    last: u64,
}

impl Archive<'_> {
    fn frame(&mut self, scene: Scene<'_>, frame: &Frame, flow: &Flow, chosen: Chosen) -> Result<(), Failure> {
        if !self.connections.contains_key(&flow.id) {
            if !matches!(frame.kind, FrameKind::Data { .. }) {
                return Ok(());
            }
            if self.connections.len() >= CONNECTIONS
                && let Some((_, oldest)) = self.connections.pop_first()
            {
                self.ended(oldest)?;
            }
            self.connections.insert(flow.id, Connection::new(flow));
        }
        let Some(mut connection) = self.connections.remove(&flow.id) else { return Ok(()) };
        match &frame.kind {
            FrameKind::Data { direction, payload } => {
                let from = flow.sender(frame.node, *direction).unwrap_or(Side::Client);
                self.data(&mut connection, from, payload, frame, chosen)?;
                if frame.cut > 0 {
                    connection.framer = None;
                }
            }
            FrameKind::Finished(direction) => {
                if let Some(from) = flow.sender(frame.node, *direction) {
                    self.finished(scene, &mut connection, from)?;
                }
            }
            FrameKind::Closed(_) => return self.closed(scene, connection),
            // What is missing is missing in a message, and where the next begins is not known.
            FrameKind::Lost { .. } => connection.framer = None,
            FrameKind::Step(_)
            | FrameKind::Opened { .. }
            | FrameKind::Impaired { .. }
            | FrameKind::Error(_)
            | FrameKind::Note(_) => {}
        }
        self.connections.insert(flow.id, connection);
        Ok(())
    }

    fn data(
        &mut self,
        connection: &mut Connection,
        from: Side,
        payload: &[u8],
        frame: &Frame,
        chosen: Chosen,
    ) -> Result<(), Failure> {
        let mut rest = payload;
        while !rest.is_empty() {
            let Some(framer) = &mut connection.framer else { return Ok(()) };
            let cut = framer.cut(from, rest);
            let length = match cut {
                Cut::Continues => rest.len(),
                Cut::Ends(length) => length,
                Cut::Foreign | Cut::Broken(_) => {
                    connection.framer = None;
                    return Ok(());
                }
            };
            let (own, after) = rest.split_at(length);
            let room = KEPT_LIMIT.saturating_sub(self.kept);
            self.kept += connection.underway(from, frame.at).take(own, frame, chosen, room);
            if matches!(cut, Cut::Ends(_)) {
                self.message_ended(connection, from)?;
            }
            rest = after;
        }
        Ok(())
    }

    fn finished(&mut self, scene: Scene<'_>, connection: &mut Connection, from: Side) -> Result<(), Failure> {
        let ending = connection.framer.as_mut().map(|framer| framer.finish(from));
        let underway = match from {
            Side::Client => &mut connection.request,
            Side::Server => &mut connection.response,
        };
        // That it is whole is known only now.
        let is_under_way = underway.as_mut().map(|underway| underway.ask_again(scene)).is_some();
        match ending {
            // A response may end with its connection. One that is cut off tells something, too.
            Some(Ending::Whole | Ending::Short) if is_under_way => self.message_ended(connection, from),
            Some(Ending::Whole | Ending::Short) | None => Ok(()),
        }
    }

    fn message_ended(&mut self, connection: &mut Connection, from: Side) -> Result<(), Failure> {
        match from {
            Side::Client => connection.waiting.extend(connection.request.take()),
            Side::Server => {
                let Some(response) = connection.response.take() else { return Ok(()) };
                if response.is_informational() {
                    self.kept -= response.message.bytes.len();
                    return Ok(());
                }
                // It may be answered before all of it was sent.
                let request = connection.waiting.pop_front().or_else(|| connection.request.take());
                match request {
                    Some(request) => self.exchange(connection, &request, Some(&response))?,
                    None => self.orphans += 1,
                }
                self.kept -= response.message.bytes.len();
            }
        }
        Ok(())
    }

    fn closed(&mut self, scene: Scene<'_>, mut connection: Connection) -> Result<(), Failure> {
        self.finished(scene, &mut connection, Side::Client)?;
        self.finished(scene, &mut connection, Side::Server)?;
        self.ended(connection)
    }

    /// Nothing more comes of it, or nothing more is kept.
    fn ended(&mut self, mut connection: Connection) -> Result<(), Failure> {
        // Of a response that was not heard out there is at least its beginning.
        self.message_ended(&mut connection, Side::Server)?;
        while let Some(request) = connection.waiting.pop_front().or_else(|| connection.request.take()) {
            self.exchange(&connection, &request, None)?;
        }
        Ok(())
    }

    fn exchange(
        &mut self,
        connection: &Connection,
        request: &Underway,
        response: Option<&Underway>,
    ) -> Result<(), Failure> {
        self.kept -= request.message.bytes.len();
        let is_chosen = [Some(request), response].into_iter().flatten().any(|message| message.chosen == Chosen::Yes);
        let exchange = Exchange {
            request: &request.message,
            response: response.map(|response| &response.message),
            scheme: connection.scheme,
            server: &connection.server,
            connection: &connection.flow.to_string(),
        };
        if let (true, Some(entry)) = (is_chosen, har::entry(exchange)) {
            if self.written > 0 {
                self.out.write_all(har::BETWEEN.as_bytes())?;
            }
            self.written += 1;
            serde_json::to_writer(&mut *self.out, &entry).map_err(std::io::Error::from)?;
        }
        Ok(())
    }
}

impl Connection {
    fn new(flow: &Flow) -> Self {
        let decoder = DECODERS.iter().find(|decoder| decoder.name() == "HTTP");
        Self {
            server: flow.server.clone(),
            scheme: if flow.transport == Transport::Tls { "https" } else { "http" },
            flow: flow.id,
            framer: decoder.and_then(|decoder| decoder.framer()).map(|new| new()),
            request: None,
            response: None,
            waiting: VecDeque::new(),
        }
    }

    fn underway(&mut self, from: Side, at: Timestamp) -> &mut Underway {
        let place = match from {
            Side::Client => &mut self.request,
            Side::Server => &mut self.response,
        };
        place.get_or_insert_with(|| Underway {
            message: Message { began: at, ended: at, bytes: Vec::new(), length: 0 },
            chosen: Chosen::No,
            last: 0,
        })
    }
}

impl Underway {
    /// Takes bytes in, and keeps as many as there is room for; gives how many.
    fn take(&mut self, bytes: &[u8], frame: &Frame, chosen: Chosen, room: usize) -> usize {
        let message = &mut self.message;
        let is_whole_so_far = message.length == message.bytes.len() as u64;
        let room = if is_whole_so_far { room.min(MESSAGE_LIMIT - message.bytes.len()) } else { 0 };
        let kept = bytes.len().min(room);
        message.bytes.extend_from_slice(&bytes[..kept]);
        message.length += bytes.len() as u64;
        message.ended = frame.at;
        self.last = frame.number;
        if chosen == Chosen::Yes {
            self.chosen = Chosen::Yes;
        }
        kept
    }

    fn ask_again(&mut self, scene: Scene<'_>) {
        if self.chosen == Chosen::No {
            self.chosen = scene.ask_again(self.last);
        }
    }

    /// Whether it only says that another one follows (RFC 9110 section 15.2).
    fn is_informational(&self) -> bool {
        let status = self.message.bytes.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        status.len() == 3 && status.starts_with(b"1") && status != b"101"
    }
}
