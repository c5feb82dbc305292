//! Who takes part, from left to right: clients, taps, servers.

use std::collections::HashMap;

use super::{End, Part};
use crate::model::FlowId;

/// What one does, and so where the lifeline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It begins conversations: to the left.
    Client,
    /// It stands between two others.
    Tap,
    /// It answers: to the right.
    Server,
}

/// A lifeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifeline {
    /// Whose it is.
    pub end: End,
    /// What it does.
    pub role: Role,
    /// The name at its head.
    pub name: String,
    since: FlowId,
    /// How many rungs it has part in.
    parts: usize,
}

/// The lifelines, from left to right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cast {
    lines: Vec<Lifeline>,
    places: HashMap<End, usize>,
}

impl Cast {
    /// All who take part in anything: each once, clients before taps before servers, and who was first before who came
    /// later. Who both asks and answers stands in the middle, as a tap does.
    pub fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut lines: Vec<Lifeline> = Vec::new();
        let mut places: HashMap<End, usize> = HashMap::new();
        for Part { end, role, name, flow } in parts {
            if let Some(line) = places.get(&end).and_then(|place| lines.get_mut(*place)) {
                line.since = line.since.min(flow);
                line.parts += 1;
                if line.role != role {
                    line.role = Role::Tap;
                }
            } else {
                places.insert(end.clone(), lines.len());
                lines.push(Lifeline { end, role, name, since: flow, parts: 1 });
            }
        }
        lines.sort_by(|one, other| (one.role, one.since, &one.end).cmp(&(other.role, other.since, &other.end)));
        let places = lines.iter().enumerate().map(|(place, line)| (line.end.clone(), place)).collect();
        Self { lines, places }
    }

    /// The lifelines, from left to right.
    pub fn lines(&self) -> &[Lifeline] {
        &self.lines
    }

    /// The place of the one with whom most of the others speak, if there is such a one.
    pub fn hub(&self) -> Option<usize> {
        let all: usize = self.lines.iter().map(|line| line.parts).sum();
        self.lines.iter().position(|line| line.parts * 3 > all)
    }

    /// The place of one, from the left.
    pub fn place(&self, end: &End) -> Option<usize> {
        self.places.get(end).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, NodeId};

    fn part(end: End, role: Role, flow: u64) -> Part {
        Part { name: format!("{end:?}"), end, role, flow: FlowId(flow) }
    }

    #[test]
    fn clients_stand_left_and_servers_right_and_who_came_first_before_the_others() {
        let (web, tap, me, guest) =
            (End::Node(NodeId(1)), End::Node(NodeId(2)), End::Node(NodeId(3)), End::Address(Address::Unnamed(1)));
        let parts = [
            part(web.clone(), Role::Server, 1),
            part(guest.clone(), Role::Client, 2),
            part(tap.clone(), Role::Server, 3),
            part(me.clone(), Role::Client, 1),
            part(tap.clone(), Role::Client, 4),
        ];
        let cast = Cast::of(parts);
        let ends: Vec<&End> = cast.lines().iter().map(|line| &line.end).collect();
        assert_eq!(ends, [&me, &guest, &tap, &web]);
        assert_eq!((cast.place(&tap), cast.place(&End::Node(NodeId(9)))), (Some(2), None));
    }
}
