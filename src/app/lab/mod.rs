//! The lab of a file as it runs: its nodes set going, what is done when, and what comes of what was expected.
//!
//! Time in it is the lab's own: it begins when all servers listen, and stands still while the lab is paused.

mod change;
mod clock;
mod expectation;
mod request;
mod talk;
mod written;

pub use change::change;
pub use written::of as written;

use std::time::Duration;

use super::pane::client;
use super::{Alarm, Effect, State, command_line, recording};
use crate::contract::{NetEvent, NetFact};
use crate::lab::{Lab, Step};
use crate::model::{NodeId, ServerLife, Timestamp};

use clock::Clock;
use expectation::Awaited;
use request::Asked;
use talk::Talk;

/// What the node is called whose remarks tell what the lab does and finds.
const NAME: &str = "lab";

/// What can be done with a lab that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Let its time stand still, or go on.
    Pause,
    /// Go to the next step, and stand still there.
    Step,
    /// Write it to a file, as it is now.
    Write,
}

/// A lab that runs.
#[derive(Debug)]
pub struct Running {
    /// The file it is of.
    pub file: String,
    /// What the file says.
    pub lab: Lab,
    /// What its remarks are told by.
    node: NodeId,
    clock: Clock,
    /// The step that is done next.
    next: usize,
    awaited: Vec<Awaited>,
    talks: Vec<Talk>,
    asked: Vec<Asked>,
    /// The first frame that was not looked at for what is awaited.
    unseen: u64,
    /// When it is to be woken, if it is.
    alarm: Option<Timestamp>,
    /// What was found of what was expected.
    pub verdict: Verdict,
}

/// What was found of what was expected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Expectations that held.
    pub held: u64,
    /// Those that did not, in words.
    pub failed: Vec<String>,
    /// Whether nothing more is done or expected.
    pub is_over: bool,
}

/// One expectation judged.
struct Judged {
    words: String,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Held,
    Failed,
}

impl Running {
    /// How far the lab's time has come; None before all listens.
    pub fn time(&self, now: Timestamp) -> Option<Duration> {
        self.clock.time(now)
    }

    /// Whether its time stands still.
    pub fn is_paused(&self) -> bool {
        self.clock.is_paused()
    }

    /// How many of its steps are done, and how many there are.
    pub fn steps(&self) -> (usize, usize) {
        (self.next, self.lab.steps.len())
    }

    /// Whether it comes to an end by itself.
    pub fn has_an_end(&self) -> bool {
        let talks = self.lab.clients.iter().any(|client| !client.sends.is_empty() || !client.expects.is_empty());
        talks || !self.lab.steps.is_empty() || !self.lab.requests.is_empty()
    }

    /// Whether something it expects was neither found to hold nor to fail yet.
    pub fn is_undecided(&self) -> bool {
        !self.verdict.is_over
            && (!self.awaited.iter().all(Awaited::is_judged)
                || self.talks.iter().any(|talk| !talk.is_done() && talk.expects_more())
                || !self.asked.iter().all(Asked::is_done))
    }

    /// When something of it is due next, in its own time.
    fn due(&self) -> Option<Duration> {
        let step = self.lab.steps.get(self.next).map(|step| step.at);
        let awaited = self.awaited.iter().filter_map(Awaited::due);
        let talks = self.talks.iter().filter_map(Talk::due);
        let asked = self.asked.iter().filter_map(Asked::due);
        step.into_iter().chain(awaited).chain(talks).chain(asked).min()
    }
}

/// Takes in what a lab file says: sets the lab going, or changes the one that runs.
pub fn take(state: &mut State, file: String, lab: Lab) -> Vec<Effect> {
    let name = file.clone();
    if state.lab.is_none() {
        let mut effects = recording::begin(state);
        effects.extend(open(state, file, lab));
        return effects;
    }
    let mut effects = change(state, lab);
    state.say(format!("{name} has changed, and the lab with it"));
    effects.extend(advance(state));
    effects
}

/// Sets a lab going: first what listens, and once that does, all else.
fn open(state: &mut State, file: String, lab: Lab) -> Vec<Effect> {
    let node = state.world.new_node(NAME);
    let unseen = state.world.log.next_number();
    state.lab = Some(Running {
        file,
        lab: Lab::default(),
        node,
        clock: Clock::default(),
        next: 0,
        awaited: Vec::new(),
        talks: Vec::new(),
        asked: Vec::new(),
        unseen,
        alarm: None,
        verdict: Verdict::default(),
    });
    let mut effects = change(state, lab);
    effects.extend(advance(state));
    effects
}

/// Performs a command.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Pause => {
            let now = state.now;
            let Some(running) = &mut state.lab else { return Vec::new() };
            running.clock.turn(now);
            let words = if running.is_paused() { "the lab's time stands still" } else { "the lab's time goes on" };
            state.say(words);
            advance(state)
        }
        Verb::Step => step(state),
        Verb::Write => {
            let Some(file) = state.lab.as_ref().map(|running| running.file.clone()) else {
                state.complain("write: name a file behind it: write lab.toml");
                return Vec::new();
            };
            written::save(state, &file).unwrap_or_default()
        }
    }
}

/// `write FILE`.
///
/// # Errors
/// Says why not.
pub fn write(state: &mut State, file: &str) -> Result<Vec<Effect>, String> {
    written::save(state, file)
}

/// Why a command cannot be performed now.
pub fn hindrance(state: &State, verb: Verb) -> Option<&'static str> {
    match (verb, &state.lab) {
        (Verb::Pause | Verb::Step, None) => Some("no lab file runs; start wirelab with one"),
        (Verb::Step, Some(running)) if running.next >= running.lab.steps.len() => Some("all steps are done"),
        (Verb::Write, _) | (Verb::Pause | Verb::Step, Some(_)) => None,
    }
}

/// Goes to the moment of the next step, does it, and stands still there.
fn step(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    if let Some(running) = &mut state.lab
        && let Some(step) = running.lab.steps.get(running.next)
    {
        running.clock.jump(now, step.at);
    }
    advance(state)
}

/// Follows what the network says of the lab's nodes.
pub fn on_net(state: &mut State, event: &NetEvent) -> Vec<Effect> {
    let Some(running) = &mut state.lab else { return Vec::new() };
    let now = running.clock.time(state.now).unwrap_or_default();
    let mut judged = Vec::new();
    if let Some(talk) = running.talks.iter_mut().find(|talk| talk.node == event.node) {
        judged.extend(talk.on_net(&event.fact, now));
    }
    if let (NetFact::Exchange(_, fact), Some(asked)) =
        (&event.fact, running.asked.iter_mut().find(|asked| asked.node() == event.node))
    {
        judged.extend(asked.on_exchange(fact, event.at));
    }
    judge(state, judged);
    advance(state)
}

/// It is time for something.
pub fn woken(state: &mut State) -> Vec<Effect> {
    if let Some(running) = &mut state.lab {
        running.alarm = None;
    }
    advance(state)
}

/// Does all that is due, and asks to be woken for what comes next.
fn advance(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if !begins(state) {
        return effects;
    }
    look(state);
    let Some(now) = state.lab.as_ref().and_then(|running| running.time(state.now)) else { return effects };
    while let Some(step) = next_step(state, now) {
        effects.extend(perform(state, &step));
    }
    let Some(running) = &mut state.lab else { return effects };
    let connecting: Vec<NodeId> =
        running.talks.iter_mut().filter_map(|talk| talk.connects().then_some(talk.node)).collect();
    for node in connecting {
        effects.extend(client::connect(state, node));
    }
    let Some(running) = &mut state.lab else { return effects };
    let mut judged = Vec::new();
    for talk in &mut running.talks {
        let (done, found) = talk.advance(now);
        effects.extend(done);
        judged.extend(found);
    }
    let mut asked = std::mem::take(&mut running.asked);
    for asked in &mut asked {
        for words in asked.remarks(now) {
            remark(state, words);
        }
        let (effect, found) = asked.advance(now, state);
        effects.extend(effect);
        judged.extend(found);
    }
    let Some(running) = &mut state.lab else { return effects };
    running.asked = asked;
    judged.extend(running.awaited.iter_mut().filter_map(|awaited| awaited.judge(now)));
    judge(state, judged);
    effects.extend(wake(state, now));
    effects
}

/// Whether the lab's time runs; it begins when all that is to listen does.
fn begins(state: &mut State) -> bool {
    let Some(running) = &mut state.lab else { return false };
    let is_coming = |life: &ServerLife| matches!(life, ServerLife::Starting);
    if !running.clock.has_begun() && !state.world.servers.iter().any(|server| is_coming(&server.life)) {
        running.clock.begin(state.now);
    }
    running.clock.has_begun()
}

/// Looks at the new frames for what is awaited.
fn look(state: &mut State) {
    let Some(running) = &mut state.lab else { return };
    let next = state.world.log.next_number();
    for number in running.unseen..next {
        let Some(frame) = state.world.log.frame(number) else { continue };
        if frame.node != running.node {
            running.awaited.iter_mut().for_each(|awaited| awaited.look(&state.world, frame));
        }
    }
    running.unseen = next;
}

/// The next step, when its time has come.
fn next_step(state: &mut State, now: Duration) -> Option<Step> {
    let running = state.lab.as_mut()?;
    let step = running.lab.steps.get(running.next).filter(|step| step.at <= now)?.clone();
    running.next += 1;
    Some(step)
}

fn perform(state: &mut State, step: &Step) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(caption) = &step.caption {
        state.presenting.caption.clone_from(caption);
        remark(state, caption.clone());
    }
    for line in &step.run {
        remark(state, format!("does {line}"));
        match command_line::perform_line(state, line) {
            Ok(done) => effects.extend(done),
            Err(why) => judge(state, vec![Judged { words: format!("{line}: {why}"), outcome: Outcome::Failed }]),
        }
    }
    effects
}

/// Tells what was found, and counts it.
fn judge(state: &mut State, judged: Vec<Judged>) {
    for Judged { words, outcome } in judged {
        let told = match outcome {
            Outcome::Held => format!("as expected: {words}"),
            Outcome::Failed => format!("failed: {words}"),
        };
        remark(state, told);
        let Some(running) = &mut state.lab else { return };
        match outcome {
            Outcome::Held => running.verdict.held += 1,
            Outcome::Failed => running.verdict.failed.push(words),
        }
    }
    finish(state);
}

/// Notes it once nothing more is done or expected.
fn finish(state: &mut State) {
    let Some(running) = &mut state.lab else { return };
    let is_over = running.clock.has_begun()
        && running.has_an_end()
        && running.next >= running.lab.steps.len()
        && running.awaited.iter().all(Awaited::is_judged)
        && running.talks.iter().all(Talk::is_done)
        && running.asked.iter().all(Asked::is_done);
    if !is_over || running.verdict.is_over {
        return;
    }
    running.verdict.is_over = true;
    let words = running.verdict.words();
    remark(state, words.clone());
    let has_failed = state.lab.as_ref().is_some_and(|running| !running.verdict.failed.is_empty());
    if has_failed {
        state.complain(words);
    } else {
        state.say(words);
    }
}

impl Verdict {
    /// The same of a lab that was ended before its end.
    pub fn words_before_the_end(&self) -> String {
        let failed = self.failed.len();
        format!(
            "the lab was ended before it was over: {} expectations held, {failed} failed, others were open",
            self.held
        )
    }

    /// Such as `the lab is over: 5 of 6 expectations held`.
    pub fn words(&self) -> String {
        let all = self.held + self.failed.len() as u64;
        match (all, self.failed.len()) {
            (0, _) => "the lab is over; it expected nothing".to_owned(),
            (1, 0) => "the lab is over: its expectation held".to_owned(),
            (all, 0) => format!("the lab is over: all {all} expectations held"),
            (all, _) => format!("the lab is over: {} of {all} expectations held", self.held),
        }
    }
}

/// A remark among the frames.
fn remark(state: &mut State, words: String) {
    let Some(running) = &state.lab else { return };
    let event = NetEvent { at: state.now, node: running.node, fact: NetFact::Note(None, words) };
    state.world.observe(&event);
}

/// Asks to be woken for what comes next.
fn wake(state: &mut State, now: Duration) -> Option<Effect> {
    finish(state);
    let running = state.lab.as_mut()?;
    if running.clock.is_paused() {
        return None;
    }
    let after = running.due()?.saturating_sub(now);
    let at = state.now.plus(after);
    if running.alarm.is_some_and(|alarm| alarm <= at && alarm > state.now) {
        return None;
    }
    running.alarm = Some(at);
    Some(Effect::Wake { after, alarm: Alarm::Lab })
}
