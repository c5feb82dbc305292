//! The address tool: a text taken apart while it is typed. A name is asked of the resolver only on request, so
//! that no half-typed name leaves this machine.

use std::net::IpAddr;

use super::{Overlay, Verb, step};
use crate::app::pane::{PaneId, moved, servers};
use crate::app::text_field::TextField;
use crate::app::{Effect, State, copy};
use crate::contract::{NetEvent, NetFact};
use crate::model::notation::{self, Fact, Part};
use crate::model::{LookupId, Trouble};

/// What opens when the pane has no address of its own.
const EXAMPLE: &str = "127.0.0.1";

/// The address tool as it is used.
#[derive(Debug)]
pub struct Address {
    /// What is typed.
    pub field: TextField,
    /// The fact under the cursor; None while the field has the keys.
    pub at: Option<usize>,
    /// What the resolver said.
    pub answer: Answer,
}

/// How a question to the resolver stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing was asked.
    NotAsked,
    /// It is under way.
    Awaited(LookupId, String),
    /// The name has these addresses.
    Found(String, Vec<IpAddr>),
    /// The name has none, or the resolver does not answer.
    Failed(Trouble),
}

impl Address {
    /// What is known of the text, the resolver's answer first.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = self.answer_part().into_iter().collect();
        parts.extend(notation::explain(self.field.text()));
        parts
    }

    /// The name that ⏎ would ask the resolver for.
    pub fn name(&self) -> Option<String> {
        notation::name_in(self.field.text())
    }

    fn answer_part(&self) -> Option<Part> {
        let facts = match &self.answer {
            Answer::NotAsked => return None,
            Answer::Awaited(_, name) => vec![Fact { name: "resolver", value: format!("looking up {name} …") }],
            Answer::Found(_, addresses) => addresses.iter().map(found).collect(),
            Answer::Failed(trouble) => vec![
                Fact { name: "failed", value: format!("{}: {}", trouble.address, trouble.why) },
                Fact { name: "remedy", value: trouble.remedy.clone() },
            ],
        };
        Some(Part { title: "What the resolver says", facts })
    }

    /// What was typed has changed: an answer to what stood there before is of no interest.
    pub(super) fn edited(&mut self) {
        self.answer = Answer::NotAsked;
        self.at = None;
    }

    fn move_by(&mut self, by: isize) {
        let count: usize = self.parts().iter().map(|part| part.facts.len()).sum();
        self.at = match self.at {
            None if by < 0 || count == 0 => None,
            None => Some(moved(0, by - 1, count)),
            Some(at) if at.checked_add_signed(by).is_none() => None,
            Some(at) => Some(moved(at, by, count)),
        };
    }

    fn value(&self) -> Option<String> {
        let at = self.at?;
        let value = self.parts().into_iter().flat_map(|part| part.facts).nth(at)?.value;
        // The remark in brackets behind a value is for reading.
        Some(value.split(" (").next().unwrap_or_default().to_owned())
    }
}

fn found(address: &IpAddr) -> Fact {
    match address {
        IpAddr::V4(address) => Fact { name: "IPv4", value: address.to_string() },
        IpAddr::V6(address) => Fact { name: "IPv6", value: address.to_string() },
    }
}

/// Opens the tool on a text.
pub fn open(state: &mut State, text: &str) {
    let field = TextField::offering(text);
    state.overlay = Some(Overlay::Address(Address { field, at: None, answer: Answer::NotAsked }));
}

/// Opens it on the address that the focused pane shows.
pub fn open_here(state: &mut State) {
    let shown = match state.focus {
        PaneId::Servers => servers::current(state).map(crate::app::world::Server::address),
        PaneId::Client => state.client.current().map(|tab| tab.target.text().to_owned()),
        PaneId::Http => Some(state.http.url.text().to_owned()),
        PaneId::Traffic | PaneId::Inspector => {
            let flow = state.traffic.flow(&state.past, &state.world).and_then(|flow| state.world.flow(flow));
            flow.map(|flow| flow.server.to_string())
        }
    };
    let shown = shown.filter(|text| !text.trim().is_empty());
    open(state, shown.as_deref().unwrap_or(EXAMPLE));
}

/// Performs a command.
pub(super) fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let Some(Overlay::Address(tool)) = &mut state.overlay else { return Vec::new() };
    match (verb, tool.at) {
        (Verb::Close, _) if matches!(tool.answer, Answer::Awaited(..)) => tool.answer = Answer::NotAsked,
        (Verb::Close, _) => state.overlay = None,
        (Verb::Choose, None) => return ask(state),
        (Verb::Choose, Some(_)) => {
            if let Some(text) = tool.value() {
                return copy::text(state, text);
            }
        }
        (other, _) => tool.move_by(step(other)),
    }
    Vec::new()
}

/// Moves by turns of the wheel.
pub fn on_wheel(tool: &mut Address, by: isize) {
    tool.move_by(by);
}

/// Asks the resolver for the name that stands in the field; an address has its rows chosen instead.
fn ask(state: &mut State) -> Vec<Effect> {
    let State { overlay, lookups, .. } = state;
    let Some(Overlay::Address(tool)) = overlay else { return Vec::new() };
    let Some(name) = tool.name() else {
        tool.move_by(1);
        return Vec::new();
    };
    let (id, effect) = lookups.ask(&name);
    tool.answer = Answer::Awaited(id, name);
    vec![effect]
}

/// Takes the resolver's answer, if it is still waited for.
pub fn on_net(state: &mut State, event: &NetEvent) {
    if let (NetFact::LookedUp(id, outcome), Some(Overlay::Address(tool))) = (&event.fact, &mut state.overlay)
        && let Answer::Awaited(awaited, name) = &tool.answer
        && awaited == id
    {
        tool.answer = match outcome {
            Ok(addresses) => Answer::Found(name.clone(), addresses.clone()),
            Err(trouble) => Answer::Failed(trouble.clone()),
        };
    }
}
