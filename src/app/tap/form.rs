//! The form in which it is written what a tap does.

use super::written::{HOLD, REFUSE, Written};
use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::world::Server;
use crate::app::{Effect, State};
use crate::contract::Shaping;
use crate::impair::{KINDS, PROFILES, profile};
use crate::model::{NodeId, nearest};

const DOES: &str = "does";
const HOLDS: &str = "holds";
const SEED: &str = "seed";
const DOWN: &str = "if down";
const LIKE: &str = "like";

/// The form of a tap.
pub fn open(tap: &Server) -> Form {
    let Written { does, holds, seed, when_down } = Written::of(&tap.shaping);
    let down = vec![(REFUSE, "the client is reset at once"), (HOLD, "the client waits until the target answers")];
    let fields = vec![
        Field::text_field(DOES, does, "one a line: delay 50ms jitter 10ms · loss 5% toward server")
            .of(Kind::Impairment)
            .with_lines(),
        Field::text_field(HOLDS, holds, "a display filter, or all: such messages wait until you let them go"),
        Field::text_field(SEED, seed.to_string(), "the same seed and the same traffic give the same deeds"),
        Field::choice(DOWN, down, &when_down),
    ];
    let mut form = Form::new(format!("What {} does to what passes", tap.name), Purpose::Shape(tap.id), fields);
    check(&mut form);
    form
}

/// The form that asks for a network by name.
pub fn profiles(tap: &Server) -> Form {
    let names = PROFILES.iter().map(|profile| (profile.name, profile.words)).collect();
    let field = Field::choice(LIKE, names, PROFILES[0].name);
    Form::new(format!("Which network {} plays", tap.name), Purpose::Profile(tap.id), vec![field])
}

/// Checks while it is written, and explains the impairment that is being written.
pub fn check(form: &mut Form) {
    form.problem = read(form).err();
    let last = form.text(DOES).lines().last().unwrap_or_default().trim_start().to_owned();
    let word = last.split_whitespace().next().unwrap_or_default();
    let offer = KINDS.iter().find(|offer| offer.name == word);
    if let (Some(offer), Some(field)) = (offer, form.fields.iter_mut().find(|field| field.label == DOES)) {
        field.hint = format!("{}: {}; {}", offer.name, offer.words, offer.example);
    }
}

/// What a form says, without whether it is paused.
///
/// # Errors
/// Says what is wrong, in a sentence.
fn read(form: &Form) -> Result<Shaping, String> {
    let seed = form.text(SEED).trim();
    let seed = if seed.is_empty() { Ok(0) } else { seed.parse() };
    let seed = seed.map_err(|_| "a seed is a number of 0 or more".to_owned())?;
    let text = |label| form.text(label).to_owned();
    Written { does: text(DOES), holds: text(HOLDS), seed, when_down: text(DOWN) }.read()
}

/// Lets the tap do what the form says.
///
/// # Errors
/// Says what is wrong, in a sentence.
pub fn submit(state: &mut State, id: NodeId, form: &Form) -> Result<Vec<Effect>, String> {
    let motion = state.world.server(id).ok_or("this tap is gone")?.shaping.motion;
    let shaping = Shaping { motion, ..read(form)? };
    Ok(super::shape(state, id, shaping))
}

/// Lets the tap play the network that was chosen.
///
/// # Errors
/// The tap is gone.
pub fn submit_profile(state: &mut State, id: NodeId, form: &Form) -> Result<Vec<Effect>, String> {
    let shaping = state.world.server(id).ok_or("this tap is gone")?.shaping.clone();
    let profile = profile(form.text(LIKE)).ok_or_else(|| unknown_profile(form.text(LIKE)))?;
    Ok(super::shape(state, id, Shaping { impairments: profile.impairments(), ..shaping }))
}

/// That there is no such network, and which there are.
pub fn unknown_profile(name: &str) -> String {
    let names = || PROFILES.iter().map(|profile| profile.name);
    match nearest(name, names()) {
        Some(meant) => format!("no network is called {name:?}; did you mean {meant}?"),
        None => format!("no network is called {name:?}; there are {}", names().collect::<Vec<_>>().join(", ")),
    }
}
