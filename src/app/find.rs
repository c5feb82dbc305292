//! What is searched for in the traffic and the inspector: one field, one pattern, and the search under way.

use super::history::{History, Walk, Way};
use super::pane::{PaneId, inspector, traffic};
use super::text_field::TextField;
use super::{Effect, State};
use crate::model::search::{Notation, Pattern};

/// What can be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Ask what to search for, and go to the first match from here on.
    Forth,
    /// The same, and go to the last match before.
    Back,
    /// To the next match.
    Next,
    /// To the match before.
    Previous,
    /// Leave the field, and stay where the match is.
    Done,
    /// Leave the field, and go back to where it was opened.
    GiveUp,
    /// Write it as text, as a regular expression or as hex.
    Notation,
    /// What was searched for before.
    Older,
    /// What was searched for after.
    Newer,
}

/// The search.
#[derive(Debug, Default)]
pub struct Find {
    /// What is searched for, as it is written.
    pub field: TextField,
    /// How it is written.
    pub notation: Notation,
    /// What is searched for: of the last text that was right.
    pub pattern: Option<Pattern>,
    /// What is wrong with what is written.
    pub problem: Option<String>,
    /// What the last step came to, while the field is there to say it.
    pub outcome: Outcome,
    /// What was searched for, for all runs.
    pub history: History,
    walk: Walk,
    asking: Option<Asking>,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// Nothing was searched for yet, or the search goes on.
    #[default]
    Open,
    /// There is a match.
    Found,
    /// There is one, from the other end.
    FoundRound,
    /// There is none.
    Nothing,
}

/// The field is being filled in.
#[derive(Debug)]
struct Asking {
    pane: PaneId,
    way: Way,
    /// Where the pane stood.
    origin: Origin,
}

/// Where a pane stood when it was asked what to search for.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The traffic pane.
    Traffic(traffic::Stand),
    /// The inspector.
    Inspector(inspector::Stand),
}

/// From where a step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// What is here counts too.
    Here,
    /// Only what is beyond.
    Beyond,
}

impl Find {
    /// Whether that pane asks what to search for.
    pub fn is_asked_in(&self, pane: PaneId) -> bool {
        self.asking.as_ref().is_some_and(|asking| asking.pane == pane)
    }

    /// Lets go of what is searched for. False when nothing is.
    fn drop_pattern(&mut self) -> bool {
        self.asking = None;
        self.problem = None;
        self.outcome = Outcome::Open;
        self.pattern.take().is_some()
    }

    /// Reads what is written.
    fn read(&mut self) {
        match Pattern::read(self.field.text(), self.notation) {
            Ok(pattern) => {
                self.pattern = pattern;
                self.problem = None;
            }
            Err(problem) => self.problem = Some(problem),
        }
        self.outcome = Outcome::Open;
    }
}

/// Performs a command of the search.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Forth => ask(state, Way::Forth),
        Verb::Back => ask(state, Way::Back),
        Verb::Next => next(state, Way::Forth),
        Verb::Previous => next(state, Way::Back),
        Verb::Done => done(state),
        Verb::GiveUp => give_up(state),
        Verb::Notation => {
            state.find.notation = state.find.notation.next();
            edited(state);
        }
        Verb::Older => walk(state, Way::Back),
        Verb::Newer => walk(state, Way::Forth),
    }
    Vec::new()
}

/// The pane that is searched: the focused one, or the traffic.
fn pane(state: &mut State) -> PaneId {
    if state.focus != PaneId::Inspector {
        state.focus = PaneId::Traffic;
    }
    state.focus
}

fn ask(state: &mut State, way: Way) {
    let pane = pane(state);
    let origin = match pane {
        PaneId::Inspector => Origin::Inspector(state.inspector.stand()),
        PaneId::Servers | PaneId::Client | PaneId::Http | PaneId::Traffic => Origin::Traffic(state.traffic.stand()),
    };
    state.traffic.leave_field();
    let find = &mut state.find;
    find.field.set("");
    find.problem = None;
    find.outcome = Outcome::Open;
    find.asking = Some(Asking { pane, way, origin });
}

/// What is written has changed: it is searched for anew, from where the field was opened.
pub fn edited(state: &mut State) {
    state.find.read();
    let Some(Asking { way, origin, .. }) = &state.find.asking else { return };
    let (way, origin) = (*way, origin.clone());
    go_back(state, origin);
    if state.find.pattern.is_some() && state.find.problem.is_none() {
        step(state, way, From::Here);
    }
}

fn go_back(state: &mut State, origin: Origin) {
    match origin {
        Origin::Traffic(stand) => traffic::stand_again(state, stand),
        Origin::Inspector(stand) => state.inspector.stand_again(stand),
    }
}

/// Searches for a text as if it had been typed.
///
/// # Errors
/// It is none in the notation that is chosen.
pub fn search_for(state: &mut State, text: &str) -> Result<(), String> {
    pane(state);
    state.find.asking = None;
    state.find.field.set(text);
    state.find.read();
    if let Some(problem) = &state.find.problem {
        return Err(problem.clone());
    }
    state.find.history.push(text);
    step(state, Way::Forth, From::Here);
    Ok(())
}

fn next(state: &mut State, way: Way) {
    let pane = pane(state);
    if state.find.pattern.is_none() {
        return ask(state, way);
    }
    // What is searched for is the same in both panes; what was found is each pane's own. Where letters are text, only the
    // control socket gets here: what is written so far is searched for.
    if state.find.is_asked_in(pane) {
        state.find.asking = None;
    }
    step(state, way, From::Beyond);
}

fn step(state: &mut State, way: Way, from: From) {
    match state.focus {
        PaneId::Inspector => inspector::search(state, way, from),
        PaneId::Servers | PaneId::Client | PaneId::Http | PaneId::Traffic => traffic::search(state, way, from),
    }
}

/// A step has come to its end. What the field cannot say any more is told as a notice.
pub fn came_to(state: &mut State, outcome: Outcome, way: Way) {
    state.find.outcome = outcome;
    if state.find.asking.is_some() {
        return;
    }
    match (outcome, way) {
        (Outcome::Open | Outcome::Found, _) => {}
        (Outcome::FoundRound, Way::Forth) => state.say("wrapped: on from the beginning"),
        (Outcome::FoundRound, Way::Back) => state.say("wrapped: on from the end"),
        (Outcome::Nothing, _) => {
            let words = crate::model::visible::escaped_hidden(state.find.field.text());
            state.say(format!("nothing found for {words}"));
        }
    }
}

fn done(state: &mut State) {
    let Some(Asking { way, .. }) = state.find.asking else { return };
    let text = state.find.field.text().to_owned();
    if text.is_empty() {
        // Nothing written means what was searched for last.
        let Some(last) = state.find.history.newest_first().next().map(str::to_owned) else { return give_up(state) };
        state.find.field.set(last);
        state.find.read();
        if state.find.problem.is_none() {
            state.find.asking = None;
            step(state, way, From::Beyond);
        }
        return;
    }
    // What is wrong stays to be mended.
    if state.find.problem.is_some() {
        return;
    }
    state.find.history.push(&text);
    state.find.asking = None;
    let outcome = state.find.outcome;
    came_to(state, outcome, way);
}

fn give_up(state: &mut State) {
    if let Some(Asking { origin, .. }) = state.find.asking.take() {
        go_back(state, origin);
    }
    drop_pattern(state);
}

/// Gives up what is searched for, in the pane that has the keys. False when nothing is.
pub fn drop_pattern(state: &mut State) -> bool {
    let was_hunting = state.traffic.give_up_hunt();
    let was_there = matches!(state.focus, PaneId::Traffic | PaneId::Inspector) && state.find.drop_pattern();
    state.traffic.found = None;
    state.inspector.found = None;
    was_hunting || was_there
}

fn walk(state: &mut State, way: Way) {
    let Find { field, history, walk, .. } = &mut state.find;
    if let Some(text) = walk.step(history, field.text(), way) {
        field.set(text);
        edited(state);
    }
}
