//! Packets and bytes counted for each conversation, as they were captured.
//!
//! What an end was told twice, what only acknowledges, and all headers count: it is about packets, as Wireshark's
//! table of conversations is, and not about what was said.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::fragments::Fragments;
use super::link::ip_within;
use super::packet::{self, Carried, IpPacket};
use super::place::Place;
use super::reader::{Packet, Reader, What};
use crate::model::{Timestamp, Transport};

/// The most conversations that are counted, of about 200 bytes each.
const CONVERSATIONS_LIMIT: usize = 1 << 20;

/// What went one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// How many packets.
    pub packets: u64,
    /// How many bytes they had on the wire, headers and all.
    pub bytes: u64,
}

impl Count {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Count) -> Count {
        Count { packets: self.packets + other.packets, bytes: self.bytes + other.bytes }
    }

    fn add(&mut self, length: u32) {
        self.packets += 1;
        self.bytes += u64::from(length);
    }
}

/// Between whom packets went, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The end that sent the first packet.
    pub one: SocketAddr,
    /// The other end.
    pub other: SocketAddr,
    /// From the one to the other.
    pub there: Count,
    /// From the other to the one.
    pub back: Count,
    /// When its first packet was captured.
    pub began: Timestamp,
    /// When its newest was.
    pub last: Timestamp,
    /// The number its first SYN had.
    first: Option<u32>,
}

/// Counts the packets of one transport in a capture, in any pieces.
#[derive(Debug)]
pub struct Tally {
    reader: Reader,
    fragments: Fragments,
    transport: Transport,
    newest: HashMap<(SocketAddr, SocketAddr), usize>,
    conversations: Vec<Conversation>,
    began: Option<Timestamp>,
    left_out: u64,
    trouble: Option<String>,
}

impl Tally {
    /// Nothing counted yet. What is neither TCP nor UDP has no packets of its own.
    pub fn new(transport: Transport) -> Self {
        Self {
            reader: Reader::new(),
            fragments: Fragments::default(),
            transport,
            newest: HashMap::new(),
            conversations: Vec::new(),
            began: None,
            left_out: 0,
            trouble: None,
        }
    }

    /// Takes the next bytes of the file in.
    pub fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        let mut reader = std::mem::take(&mut self.reader);
        while let Some(item) = reader.next() {
            match item.what {
                What::Packet(packet) => self.packet(&packet),
                What::Trouble(words) => self.trouble = Some(format!("{words} (at byte {})", item.offset)),
                What::Section(_) | What::Interface(_) | What::Block(_) => {}
            }
        }
        self.reader = reader;
    }

    /// The file has ended.
    pub fn finish(&mut self) {
        if let Some(item) = self.reader.finish()
            && let What::Trouble(words) = item.what
        {
            self.trouble = Some(format!("{words} (at byte {})", item.offset));
        }
    }

    /// The conversations, in the order in which they began.
    pub fn conversations(&self) -> &[Conversation] {
        &self.conversations
    }

    /// When the first packet of all was captured.
    pub fn began(&self) -> Timestamp {
        self.began.unwrap_or_default()
    }

    /// Packets that belong to more conversations than are counted.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// What could not be read of the file, in words.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn packet(&mut self, captured: &Packet<'_>) {
        self.began.get_or_insert(captured.at);
        let data = captured.data;
        let Ok(within) = ip_within(captured.link, data, captured.length as usize) else { return };
        let Ok(packet) = packet::ip(data.get(within.start..).unwrap_or_default(), within.len()) else { return };
        let Some(fragment) = packet.fragment else {
            return self.carried(captured, &packet, packet.payload, packet.length);
        };
        let key = (packet.from, packet.to, packet.protocol, fragment.id);
        // Where the bytes lie is of no interest here.
        let place = Place::at(0, packet.payload.len());
        if let Some(whole) = self.fragments.take(key, fragment, (packet.payload, place), |_| {}) {
            self.carried(captured, &packet, &whole.bytes, whole.bytes.len());
        }
    }

    fn carried(&mut self, captured: &Packet<'_>, packet: &IpPacket<'_>, bytes: &[u8], length: usize) {
        let (ports, asked) = match (packet::carried(packet.protocol, bytes, length), self.transport) {
            (Carried::Tcp(segment), Transport::Tcp) => {
                let is_first = segment.flags.syn && segment.acknowledged.is_none();
                (segment.ports, is_first.then_some(segment.sequence))
            }
            (Carried::Udp(datagram), Transport::Udp) => (datagram.ports, None),
            (Carried::Tcp(_) | Carried::Udp(_) | Carried::Other(_), _) => return,
        };
        let from = SocketAddr::new(packet.from, ports.0);
        let to = SocketAddr::new(packet.to, ports.1);
        let Some(conversation) = self.conversation(from, to, asked, captured.at) else {
            self.left_out += 1;
            return;
        };
        conversation.last = conversation.last.max(captured.at);
        let count = if conversation.one == from { &mut conversation.there } else { &mut conversation.back };
        count.add(captured.length);
    }

    /// The conversation a packet belongs to; a SYN with another number begins a new one.
    fn conversation(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        asked: Option<u32>,
        at: Timestamp,
    ) -> Option<&mut Conversation> {
        let key = (from.min(to), from.max(to));
        let known = self.newest.get(&key).copied();
        let is_another = |known: &Conversation| asked.is_some() && known.first != asked;
        if let Some(index) = known.filter(|index| !self.conversations.get(*index).is_some_and(is_another)) {
            return self.conversations.get_mut(index);
        }
        if self.conversations.len() >= CONVERSATIONS_LIMIT {
            return None;
        }
        self.newest.insert(key, self.conversations.len());
        let (there, back) = (Count::default(), Count::default());
        self.conversations.push(Conversation { one: from, other: to, there, back, began: at, last: at, first: asked });
        self.conversations.last_mut()
    }
}
