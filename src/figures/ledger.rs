//! The figures of all conversations and nodes, kept as their frames come.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::account::Account;
use crate::model::{Deed, Flow, FlowId, NodeId, Side, Timestamp, Transport};

/// Conversations whose figures are kept, at about a kilobyte each; of more, the oldest are forgotten.
const FLOWS_KEPT: usize = 10_000;

/// Nodes whose figures are kept; a lab has a few, and a hostile file must not grow memory.
const NODES_KEPT: usize = 1024;

/// Frames on their way between nodes of ours whose arrival may yet be told: more than one direction of a flow awaits.
const ON_THEIR_WAY: usize = 16_384;

/// What is known of all.
#[derive(Debug, Default)]
pub struct Ledger {
    flows: BTreeMap<FlowId, Box<Measured>>,
    nodes: BTreeMap<NodeId, Account>,
    /// Conversations with a tap that goes on to its target.
    tapped: BTreeSet<FlowId>,
    /// Conversations whose figures are not kept any more.
    forgotten: u64,
    /// Frames sent between nodes of ours, by their numbers.
    sent: VecDeque<Sent>,
}

/// A frame that carries bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The frame's number.
    pub number: u64,
    /// Who sent it.
    pub from: Side,
    /// How many bytes.
    pub bytes: u64,
    /// When.
    pub at: Timestamp,
}

/// A conversation.
#[derive(Debug)]
struct Measured {
    account: Account,
    ends: [Option<NodeId>; 2],
    /// What the client said last that the server has not answered.
    asked: Option<Asked>,
    /// Of a conversation with a tap: what came there last from the client, and what from the server.
    passing: [Option<Passing>; 2],
}

/// What is not answered yet.
#[derive(Debug, Clone, Copy)]
struct Asked {
    at: Timestamp,
    /// Messages since the last answer: of several datagrams nobody can tell which is answered.
    messages: u32,
}

/// A frame at a tap, which may yet do something to it.
#[derive(Debug, Clone, Copy)]
struct Passing {
    number: u64,
    /// How long its way has taken so far; None when that is not to be counted.
    time: Option<Duration>,
    /// How long after the question it came there, if it is the first of an answer.
    answers: Option<Duration>,
}

/// A frame between nodes of ours. Of a recording its arrival may be told after much else.
#[derive(Debug, Clone, Copy)]
struct Sent {
    number: u64,
    flow: FlowId,
    from: Side,
    at: Timestamp,
    /// When that was asked of which it is the first answer.
    asked: Option<Timestamp>,
    /// What a tap has added to its way; None when that is not to be counted.
    added: Option<Duration>,
}

impl Measured {
    fn new(at: Timestamp) -> Self {
        let account = Account::new(at);
        Self { account, ends: [None; 2], asked: None, passing: [None; 2] }
    }

    fn account(&self) -> Cow<'_, Account> {
        let mut account = Cow::Borrowed(&self.account);
        for side in [Side::Client, Side::Server] {
            if let Some(passing) = self.passing[side as usize] {
                passing.note(side, account.to_mut());
            }
        }
        account
    }

    /// A frame has come to a tap; of the one before it that way no more will be told.
    fn pass(&mut self, from: Side, passing: Passing, nodes: &mut BTreeMap<NodeId, Account>) {
        if let Some(before) = self.passing[from as usize].replace(passing) {
            if let Some(time) = before.time {
                self.account.took(from, time);
            }
            self.round_trip(before.round_trip(), nodes);
        }
    }

    /// Counts a round trip, for its ends too; None is one between whose ends the clock has jumped back, or that a tap has
    /// spoilt.
    fn round_trip(&mut self, time: Option<Duration>, nodes: &mut BTreeMap<NodeId, Account>) {
        let Some(time) = time else { return };
        self.account.round_trips.record(time);
        for node in self.ends.into_iter().flatten() {
            if let Some(account) = nodes.get_mut(&node) {
                account.round_trips.record(time);
            }
        }
    }

    /// Somebody speaks: how long ago that was asked of which it is the first answer.
    fn turn(&mut self, said: Said, transport: Transport) -> Option<Timestamp> {
        match said.from {
            Side::Client => {
                let messages = self.asked.map_or(0, |asked| asked.messages).saturating_add(1);
                self.asked = Some(Asked { at: said.at, messages });
                None
            }
            Side::Server => {
                let is_certain = |asked: &Asked| transport != Transport::Udp || asked.messages == 1;
                self.asked.take().filter(is_certain).map(|asked| asked.at)
            }
        }
    }
}

/// The figures of a conversation that are to be added to; of too many conversations the oldest is forgotten.
fn measured<'a>(
    flows: &'a mut BTreeMap<FlowId, Box<Measured>>,
    forgotten: &mut u64,
    flow: FlowId,
    at: Timestamp,
) -> &'a mut Measured {
    if flows.len() >= FLOWS_KEPT && !flows.contains_key(&flow) {
        flows.pop_first();
        *forgotten += 1;
    }
    flows.entry(flow).or_insert_with(|| Box::new(Measured::new(at)))
}

impl Passing {
    /// Counts what is known of it.
    fn note(self, side: Side, account: &mut Account) {
        if let Some(time) = self.time {
            account.took(side, time);
        }
        if let Some(round_trip) = self.round_trip() {
            account.round_trips.record(round_trip);
        }
    }

    fn round_trip(self) -> Option<Duration> {
        Some(self.time? + self.answers?)
    }
}

impl Ledger {
    /// The figures of a conversation.
    pub fn flow(&self, id: FlowId) -> Option<Cow<'_, Account>> {
        self.flows.get(&id).map(|measured| measured.account())
    }

    /// All conversations that carried bytes, oldest first.
    pub fn flows(&self) -> impl DoubleEndedIterator<Item = (FlowId, Cow<'_, Account>)> {
        let said = self.flows.iter().filter(|(_, measured)| measured.account.total().frames > 0);
        said.map(|(id, measured)| (*id, measured.account()))
    }

    /// All nodes that had part in one.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, Cow<'_, Account>)> {
        let mut nodes: BTreeMap<NodeId, Cow<'_, Account>> =
            self.nodes.iter().map(|(id, account)| (*id, Cow::Borrowed(account))).collect();
        let tapped = self.tapped.iter().filter_map(|id| self.flows.get(id));
        for (measured, passing) in tapped.flat_map(|measured| measured.passing.map(|passing| (measured, passing))) {
            let Some(round_trip) = passing.and_then(Passing::round_trip) else { continue };
            for node in measured.ends.into_iter().flatten() {
                if let Some(account) = nodes.get_mut(&node) {
                    account.to_mut().round_trips.record(round_trip);
                }
            }
        }
        nodes.into_iter()
    }

    /// How many conversations there were whose figures are not kept any more.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Whether figures change as time goes on, though nothing comes.
    pub fn is_moving(&self, now: Timestamp) -> bool {
        self.nodes.values().any(|account| account.course.is_moving(now))
    }

    /// What is said in that conversation comes to a tap, and goes on from there.
    pub fn tapped(&mut self, flow: FlowId) {
        self.tapped.insert(flow);
        if self.tapped.len() > FLOWS_KEPT {
            self.tapped.pop_first();
        }
    }

    /// Bytes went.
    pub fn said(&mut self, flow: &Flow, said: Said) {
        let Said { number, from, bytes, at } = said;
        let is_within_lab = flow.is_within_lab();
        let is_tapped = !self.tapped.is_empty() && self.tapped.contains(&flow.id);
        let measured = measured(&mut self.flows, &mut self.forgotten, flow.id, at);
        measured.ends = [flow.client_node, flow.server_node];
        measured.account.said(from, bytes, at);
        let asked = measured.turn(said, flow.transport);
        if is_within_lab {
            let added = Some(Duration::ZERO);
            self.sent.push_back(Sent { number, flow: flow.id, from, at, asked, added });
            if self.sent.len() > ON_THEIR_WAY {
                self.sent.pop_front();
            }
        } else if is_tapped {
            // Of a program that is not ours the tap is the first to see what it sends, and the last to have what it gets.
            let answers = asked.and_then(|asked| at.checked_since(asked));
            measured.pass(from, Passing { number, time: Some(Duration::ZERO), answers }, &mut self.nodes);
        } else if let Some(asked) = asked {
            measured.round_trip(at.checked_since(asked), &mut self.nodes);
        }
        // What is inside TLS went as its records already.
        if flow.transport == Transport::Tls {
            return;
        }
        for (node, side) in [(flow.client_node, Side::Client), (flow.server_node, Side::Server)] {
            // A node's figures are those of a server: what it is sent, and what it sends.
            let from = if side == from { Side::Server } else { Side::Client };
            if let Some(account) = node.and_then(|node| self.account_of(node, at)) {
                account.said(from, bytes, at);
            }
        }
    }

    /// All of a frame has arrived.
    pub fn arrived(&mut self, number: u64, at: Timestamp) {
        let Some(Sent { flow, from, at: sent, asked, added, .. }) = self.sent(number).copied() else { return };
        let is_tapped = from == Side::Client && self.tapped.contains(&flow);
        let time = added.and_then(|added| Some((at.checked_since(sent)?, added)));
        let Some(measured) = self.flows.get_mut(&flow) else { return };
        if is_tapped {
            let time = time.map(|(way, added)| way + added);
            measured.pass(from, Passing { number, time, answers: None }, &mut self.nodes);
        } else if let Some((time, _)) = time {
            measured.account.took(from, time);
        }
        if let Some(asked) = asked {
            measured.round_trip(at.checked_since(asked), &mut self.nodes);
        }
    }

    /// A tap did that to a frame of a conversation, on its way to the other end.
    pub fn impaired(&mut self, flow: FlowId, number: u64, deed: &Deed) {
        let add = |time: Duration| match deed {
            Deed::Delayed(delay) => Some(time + *delay),
            Deed::Held | Deed::Dropped | Deed::Stalled => None,
            Deed::Duplicated
            | Deed::Swapped(_)
            | Deed::Corrupted(..)
            | Deed::Sliced(_)
            | Deed::Truncated(_)
            | Deed::Released(_)
            | Deed::Edited(_)
            | Deed::Injected(_)
            | Deed::Closed
            | Deed::Reset => Some(time),
        };
        let measured = self.flows.get_mut(&flow);
        let mut passing = measured.into_iter().flat_map(|measured| measured.passing.iter_mut().flatten());
        if let Some(passing) = passing.find(|passing| passing.number == number) {
            passing.time = passing.time.and_then(add);
        } else if let Some(sent) = self.sent(number) {
            sent.added = sent.added.and_then(add);
        }
    }

    fn sent(&mut self, number: u64) -> Option<&mut Sent> {
        let place = self.sent.binary_search_by_key(&number, |sent| sent.number).ok()?;
        self.sent.get_mut(place)
    }

    fn account_of(&mut self, node: NodeId, at: Timestamp) -> Option<&mut Account> {
        let has_room = self.nodes.len() < NODES_KEPT || self.nodes.contains_key(&node);
        has_room.then(|| self.nodes.entry(node).or_insert_with(|| Account::new(at)))
    }
}

#[cfg(test)]
mod tests {
    use Side::{Client, Server};

    use super::*;
    use crate::model::Address;

    const MILLISECOND: i64 = 1_000_000;

    fn flow(id: u64, client_node: Option<NodeId>, server_node: Option<NodeId>) -> Flow {
        Flow {
            id: FlowId(id),
            transport: Transport::Tcp,
            client: Address::Unnamed(1),
            server: Address::Unnamed(2),
            client_node,
            server_node,
            began: Timestamp(0),
            last: Timestamp(0),
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        }
    }

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp(milliseconds * MILLISECOND)
    }

    fn said(number: u64, from: Side, milliseconds: i64) -> Said {
        Said { number, from, bytes: 5, at: at(milliseconds) }
    }

    fn node(ledger: &Ledger, id: u64) -> Account {
        ledger.nodes().find(|(node, _)| *node == NodeId(id)).unwrap().1.into_owned()
    }

    /// The longest of some times in milliseconds, and how many they are.
    fn longest(times: &super::super::Histogram) -> (u64, Option<u128>) {
        (times.count(), times.longest().map(|time| time.as_millis()))
    }

    #[test]
    fn a_round_trip_is_from_the_last_of_the_question_to_the_first_of_the_answer() {
        let (mut ledger, flow) = (Ledger::default(), flow(1, None, Some(NodeId(1))));
        for (number, from, when) in
            [(1, Server, 0), (2, Client, 10), (3, Client, 20), (4, Server, 50), (5, Server, 90), (6, Client, 1000)]
        {
            ledger.said(&flow, said(number, from, when));
        }
        let account = ledger.flow(FlowId(1)).unwrap();
        assert_eq!(longest(&account.round_trips), (1, Some(30)));
        assert_eq!(account.to_server, super::super::Share { frames: 3, bytes: 15 });
        assert_eq!(longest(&node(&ledger, 1).round_trips), (1, Some(30)));
    }

    #[test]
    fn within_the_lab_the_answer_must_have_arrived_and_each_way_has_its_time() {
        let (mut ledger, flow) = (Ledger::default(), flow(1, Some(NodeId(1)), Some(NodeId(2))));
        ledger.said(&flow, said(1, Side::Client, 0));
        ledger.arrived(1, at(3));
        ledger.said(&flow, said(2, Side::Server, 4));
        assert_eq!(ledger.flow(FlowId(1)).unwrap().round_trips.count(), 0);
        ledger.arrived(2, at(9));
        let account = ledger.flow(FlowId(1)).unwrap();
        assert_eq!(longest(&account.round_trips), (1, Some(9)));
        assert_eq!((longest(&account.there), longest(&account.back)), ((1, Some(3)), (1, Some(5))));
        // Of a recording it is told when much else has been.
        ledger.said(&flow, said(3, Side::Client, 20));
        ledger.said(&flow, said(4, Side::Server, 40));
        ledger.said(&flow, said(5, Side::Client, 50));
        ledger.arrived(4, at(48));
        assert_eq!(longest(&ledger.flow(FlowId(1)).unwrap().round_trips), (2, Some(28)));
        // What a node is sent, and what it sends.
        let node = node(&ledger, 1);
        assert_eq!((node.to_server.frames, node.to_client.frames), (2, 3));
    }

    #[test]
    fn a_tap_adds_its_delay_and_what_a_person_held_is_not_counted() {
        for (client, is_told_late) in [(Some(NodeId(1)), false), (Some(NodeId(1)), true), (None, false)] {
            let (mut ledger, flow) = (Ledger::default(), flow(1, client, Some(NodeId(2))));
            ledger.tapped(FlowId(1));
            for number in [1, 2, 3] {
                ledger.said(&flow, said(number, Side::Client, 0));
                let deed = if number == 2 { Deed::Held } else { Deed::Delayed(Duration::from_millis(50)) };
                if is_told_late {
                    ledger.impaired(FlowId(1), number, &deed);
                    ledger.arrived(number, at(0));
                } else {
                    ledger.arrived(number, at(0));
                    ledger.impaired(FlowId(1), number, &deed);
                }
            }
            assert_eq!(longest(&ledger.flow(FlowId(1)).unwrap().there), (2, Some(50)));
        }
    }

    #[test]
    fn through_a_tap_between_others_the_answer_is_there_when_the_tap_has_let_it_go() {
        let (mut ledger, flow) = (Ledger::default(), flow(1, None, Some(NodeId(1))));
        ledger.tapped(FlowId(1));
        let delayed = Deed::Delayed(Duration::from_millis(50));
        for round in 0..3 {
            let (asked, answered) = (2 * round + 1, 2 * round + 2);
            ledger.said(&flow, said(asked, Client, round as i64 * 1000));
            ledger.impaired(FlowId(1), asked, &delayed);
            ledger.said(&flow, said(answered, Server, round as i64 * 1000 + 52));
            // What a person holds, or what is lost, is no time of the network.
            ledger.impaired(FlowId(1), answered, if round == 1 { &Deed::Held } else { &delayed });
        }
        let account = ledger.flow(FlowId(1)).unwrap();
        assert_eq!((longest(&account.there), longest(&account.back)), ((3, Some(50)), (2, Some(50))));
        assert_eq!(longest(&account.round_trips), (2, Some(102)));
        assert_eq!(longest(&node(&ledger, 1).round_trips), (2, Some(102)));
    }

    #[test]
    fn which_of_several_datagrams_is_answered_nobody_can_tell_and_a_clock_that_jumps_back_measures_nothing() {
        let mut ledger = Ledger::default();
        let datagrams = Flow { transport: Transport::Udp, ..flow(1, None, None) };
        for (number, from, when) in [
            (1, Client, 0),
            (2, Server, 7),
            (3, Client, 20),
            (4, Client, 21),
            (5, Server, 25),
            (6, Server, 26),
            (7, Client, 90),
            (8, Server, 30),
        ] {
            ledger.said(&datagrams, said(number, from, when));
        }
        assert_eq!(longest(&ledger.flow(FlowId(1)).unwrap().round_trips), (1, Some(7)));
    }

    #[test]
    fn conversations_without_end_are_kept_in_bounded_memory_the_newest_of_them() {
        let mut ledger = Ledger::default();
        for id in 1..=FLOWS_KEPT as u64 + 1 {
            ledger.said(&flow(id, Some(NodeId(id)), Some(NodeId(id))), said(id, Side::Client, 0));
        }
        assert_eq!((ledger.flows().count(), ledger.nodes().count()), (FLOWS_KEPT, NODES_KEPT));
        assert!(ledger.flow(FlowId(1)).is_none() && ledger.sent.len() <= ON_THEIR_WAY);
    }
}
