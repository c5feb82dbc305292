//! Taps: what they do to what passes, changed while it passes; what they hold, and what becomes of it.

pub mod form;
pub mod held;
pub mod written;

use bytes::Bytes;

use super::form::{Field, Form, Purpose};
use super::overlay::Overlay;
use super::pane::servers;
use super::world::Server;
use super::{Effect, State, forms, server_form};
use crate::contract::{Hold, Motion, NetCommand, Shaping, To};
use crate::filter::Filter;
use crate::impair::{Impairment, When, profile};
use crate::model::{ConnId, NodeId, Side};

/// What can be done with a tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Change what it does to what passes.
    Impair,
    /// Let it play a network by name.
    Profile,
    /// Let it connect those who come from now on to another target.
    Retarget,
    /// Let all pass as it comes.
    Clear,
    /// Stop what passes, or let it go on.
    Pause,
    /// Hold every message, or let all go.
    Hold,
    /// Look at what it holds.
    Held,
    /// Put a text in toward its target.
    Inject,
    /// Let the held message go.
    Forward,
    /// Change the held message and let it go.
    EditHeld,
    /// Throw the held message away.
    DropHeld,
    /// Let all that is held go.
    ReleaseAll,
}

/// The tap that is meant: the server under the cursor, or else the first of all taps.
pub fn current(state: &State) -> Option<&Server> {
    let taps = || state.world.servers.iter().filter(|server| server.is_tap());
    servers::current(state).filter(|server| server.is_tap()).or_else(|| taps().next())
}

/// Performs a command.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let Some((id, shaping)) = current(state).map(|tap| (tap.id, tap.shaping.clone())) else {
        state.say("there is no tap; press n and choose the behaviour tap");
        return Vec::new();
    };
    match verb {
        Verb::Impair => {
            if let Some(form) = current(state).map(form::open) {
                forms::open(state, form);
            }
        }
        Verb::Retarget => {
            if let Some(form) = current(state).map(server_form::edit) {
                forms::open(state, form);
            }
        }
        Verb::Profile => {
            if let Some(form) = current(state).map(form::profiles) {
                forms::open(state, form);
            }
        }
        Verb::Clear => {
            let motion = shaping.motion;
            let plain = Shaping { seed: shaping.seed, when_down: shaping.when_down, motion, ..Shaping::default() };
            state.say("all passes as it comes");
            return shape(state, id, plain);
        }
        Verb::Pause => {
            let (motion, words) = match shaping.motion {
                Motion::Running => (Motion::Paused, "nothing passes until p is pressed again"),
                Motion::Paused => (Motion::Running, "it passes again"),
            };
            state.say(words);
            return shape(state, id, Shaping { motion, ..shaping });
        }
        Verb::Hold => {
            let (hold, words) = match shaping.hold {
                Hold::Nothing => (Hold::Everything, "every message is held; m shows them"),
                Hold::Everything | Hold::Matching(_) => (Hold::Nothing, "nothing is held any more"),
            };
            state.say(words);
            return shape(state, id, Shaping { hold, ..shaping });
        }
        Verb::Held => state.overlay = Some(Overlay::Held(id, 0)),
        Verb::Inject => inject_form(state, id),
        Verb::Forward | Verb::EditHeld | Verb::DropHeld | Verb::ReleaseAll => return held::act(state, id, verb),
    }
    Vec::new()
}

/// Performs a command with what stands behind it.
///
/// # Errors
/// Says what is wrong with it.
pub fn command(
    state: &mut State,
    verb: Verb,
    first: &str,
    second: Option<&str>,
) -> Option<Result<Vec<Effect>, String>> {
    let (id, shaping) = current(state).map(|tap| (tap.id, tap.shaping.clone()))?;
    Some(match verb {
        Verb::Impair => Impairment::parse(first).map_err(|problem| problem.words).map(|one| {
            let mut shaping = shaping;
            // Of one sort there is one toward a side under the same conditions: how much it does is changed.
            shaping.impairments.retain(|other| !differs_in_measure(other, &one));
            shaping.impairments.push(one);
            shape(state, id, shaping)
        }),
        Verb::Retarget => server_form::retarget(state, id, first),
        Verb::Profile => match profile(first) {
            Some(profile) => {
                state.say(format!("{}: {}", profile.name, profile.words));
                Ok(shape(state, id, Shaping { impairments: profile.impairments(), ..shaping }))
            }
            None => Err(form::unknown_profile(first)),
        },
        Verb::Hold => match Filter::parse(first) {
            Ok(filter) => Ok(shape(state, id, Shaping { hold: Hold::Matching(filter.into()), ..shaping })),
            Err(problem) => Err(problem.to_string()),
        },
        Verb::Inject => {
            let (toward, text) = match first {
                "server" => (Side::Server, second.unwrap_or_default()),
                "client" => (Side::Client, second.unwrap_or_default()),
                _ => return Some(Err(format!("{first:?} is no side; write server or client, then the text"))),
            };
            let conn = servers::current_client(state).map(|client| client.conn);
            servers::read_reply(state.now, state.chance(), text).map(|bytes| inject(id, conn, toward, bytes))
        }
        Verb::Clear | Verb::Pause | Verb::Held | Verb::Forward | Verb::EditHeld | Verb::DropHeld | Verb::ReleaseAll => {
            return None;
        }
    })
}

/// Whether both do the same to the same messages, but for how much and how often.
fn differs_in_measure(one: &Impairment, other: &Impairment) -> bool {
    let conditions = |one: &Impairment| When { chance: None, ..one.when.clone() };
    one.kind.name() == other.kind.name() && one.toward == other.toward && conditions(one) == conditions(other)
}

/// Lets a tap do this from now on.
pub fn shape(state: &mut State, id: NodeId, shaping: Shaping) -> Vec<Effect> {
    let Some(tap) = state.world.server_mut(id) else { return Vec::new() };
    tap.shaping = shaping.clone();
    if tap.life.is_wanted() { vec![Effect::Net(NetCommand::Shape(id, shaping))] } else { Vec::new() }
}

/// Puts bytes in toward one side: of one conversation, or of all.
pub fn inject(id: NodeId, conn: Option<ConnId>, toward: Side, bytes: Bytes) -> Vec<Effect> {
    vec![Effect::Net(NetCommand::Inject(id, conn.map_or(To::All, To::One), toward, bytes))]
}

fn inject_form(state: &mut State, id: NodeId) {
    let Some(conn) = servers::current_client(state).filter(|client| client.life.is_open()).map(|client| client.conn)
    else {
        state.say("this conversation has ended already");
        return;
    };
    let field = Field::text_field("text", "", "text with escapes: \\r \\n \\t \\x00; a line feed is added");
    forms::open(state, Form::new("Put in toward the target", Purpose::Inject(id, conn), vec![field]));
}

/// What a tap does, in one line; empty when all passes as it comes.
pub fn in_words(shaping: &Shaping) -> String {
    let mut words: Vec<String> = shaping.impairments.iter().map(ToString::to_string).collect();
    match &shaping.hold {
        Hold::Nothing => {}
        Hold::Everything => words.insert(0, "holds everything".into()),
        Hold::Matching(filter) => words.insert(0, format!("holds {filter}")),
    }
    match shaping.motion {
        Motion::Running => {}
        Motion::Paused => words.insert(0, "paused".into()),
    }
    words.join(" · ")
}
