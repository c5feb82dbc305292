//! The form in which it is written what a tap does.

use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::world::Server;
use crate::app::{Effect, State};
use crate::contract::{Hold, Shaping, WhenDown};
use crate::filter::Filter;
use crate::impair::{Impairment, KINDS, PROFILES, profile};
use crate::model::{NodeId, nearest};

const DOES: &str = "does";
const HOLDS: &str = "holds";
const SEED: &str = "seed";
const DOWN: &str = "if down";
const LIKE: &str = "like";

/// What is written in the filter's place when everything is held.
const ALL: &str = "all";

/// The form of a tap.
pub fn open(tap: &Server) -> Form {
    let Shaping { seed, impairments, hold, when_down, motion: _ } = &tap.shaping;
    let lines: Vec<String> = impairments.iter().map(ToString::to_string).collect();
    let hold = match hold {
        Hold::Nothing => String::new(),
        Hold::Everything => ALL.to_owned(),
        Hold::Matching(filter) => filter.to_string(),
    };
    let down = vec![("refuse", "the client is reset at once"), ("hold", "the client waits until the target answers")];
    let down_now = match when_down {
        WhenDown::Refuse => "refuse",
        WhenDown::Hold => "hold",
    };
    let fields = vec![
        Field::text_field(DOES, lines.join("\n"), "one a line: delay 50ms jitter 10ms · loss 5% toward server")
            .of(Kind::Impairment)
            .with_lines(),
        Field::text_field(HOLDS, hold, "a display filter, or all: such messages wait until you let them go"),
        Field::text_field(SEED, seed.to_string(), "the same seed and the same traffic give the same deeds"),
        Field::choice(DOWN, down, down_now),
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
    let mut impairments = Vec::new();
    for (number, line) in form.text(DOES).lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let read = Impairment::parse(line);
        impairments.push(read.map_err(|problem| format!("line {}: {}", number + 1, problem.words))?);
    }
    let hold = match form.text(HOLDS).trim() {
        "" => Hold::Nothing,
        ALL => Hold::Everything,
        filter => Hold::Matching(Filter::parse(filter).map_err(|problem| problem.to_string())?.into()),
    };
    let seed = form.text(SEED).trim();
    let seed = if seed.is_empty() { Ok(0) } else { seed.parse() };
    let seed = seed.map_err(|_| "a seed is a number of 0 or more".to_owned())?;
    let when_down = if form.text(DOWN) == "hold" { WhenDown::Hold } else { WhenDown::Refuse };
    Ok(Shaping { seed, impairments, hold, when_down, ..Shaping::default() })
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
