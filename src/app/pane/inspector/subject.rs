//! What the pane is about: the frame under the traffic pane's cursor, taken apart.

use ::bytes::Bytes;

use super::Model;
use crate::app::State;
use crate::app::scroll::Top;
use crate::app::world::{World, explain};
use crate::model::{ClockZone, Frame, FrameKind, Mark, Remark, visible};
use crate::proto::{Decoded, Field, Root, Standing, Value};

/// The longest line of an explanation; it fits a pane of 60 columns.
const EXPLANATION_WIDTH: usize = 56;

/// The same beside a dump of bytes.
const BESIDE_BYTES: usize = 24;

/// Shows the frame under the traffic pane's cursor, as it now is.
pub fn settle(state: &mut State) {
    let number = state.traffic.cursor;
    let State { inspector: model, world, past, zone, tops, .. } = state;
    // A world that was read back knows nothing of what was said since.
    let remark = world.remarks.of(number);
    let at_hand = past.world_of(world, number).and_then(|world| Some((world, world.log.frame(number)?)));
    let Some((world, frame)) = at_hand else {
        if model.frame != 0 {
            *model = Model { tab: model.tab, half: model.half, ..Model::default() };
        }
        return;
    };
    // A message may go on in later frames of its flow; what it is read as then changes.
    let track = frame.flow.and_then(|flow| world.flows.track(flow));
    let of = ShownOf {
        frame: number,
        has_arrived: frame.arrived.is_some(),
        deeds: world.deeds(number).count(),
        standing: track.and_then(|track| track.standing(number)),
        mark: remark.mark,
        note: remark.note.map(str::to_owned),
    };
    model.origin = origin(number, of.standing.as_ref());
    model.recorded = frame.recorded();
    if model.shown_of.is_same(&of) {
        return;
    }
    let is_other = model.frame != number;
    model.shown_of = of;
    model.frame = number;
    show(model, world, (frame, remark), *zone);
    if is_other {
        model.closed.clear();
        // The frame's own facts come last; what it carries is what one looks for.
        model.at = 0;
        model.byte = 0;
        model.text_top = 0;
        model.selection = None;
        model.found = None;
        tops.fields = Top::default();
        tops.hex = Top::default();
    }
    model.lay_rows();
}

/// What is shown was made of this; while it is so, nothing is made anew.
#[derive(Debug, Default)]
pub(super) struct ShownOf {
    frame: u64,
    has_arrived: bool,
    deeds: usize,
    standing: Option<Standing>,
    mark: Mark,
    note: Option<String>,
}

impl ShownOf {
    fn is_same(&self, other: &ShownOf) -> bool {
        let messages = self.standing.as_ref().zip(other.standing.as_ref());
        messages.is_none_or(|(one, other)| one.shows_the_same(other))
            && (self.frame, self.has_arrived, self.deeds) == (other.frame, other.has_arrived, other.deeds)
            && self.mark == other.mark
            && self.note == other.note
            && self.standing.is_some() == other.standing.is_some()
    }
}

/// The frames the bytes are from, in words.
fn origin(number: u64, standing: Option<&Standing>) -> String {
    let frames = standing.map_or(number..=number, |standing| standing.frames.clone());
    let (first, last) = (frames.start(), frames.end());
    if first == last { format!("frame {number}") } else { format!("frames {first} to {last}") }
}

fn show(model: &mut Model, world: &World, (frame, remark): (&Frame, Remark<'_>), zone: ClockZone) {
    model.bytes = Bytes::new();
    model.roots.clear();
    if let Some(bytes) = frame.bytes() {
        model.bytes = bytes.clone();
    }
    let subject = frame.flow.and_then(|flow| world.flows.track(flow)).and_then(|track| track.subject(frame.number));
    if let Some(subject) = subject {
        model.bytes = subject.bytes;
        model.roots = subject.roots.into_iter().map(root).collect();
    }
    let lines = explain(&frame.kind);
    if !lines.is_empty() {
        let width = if model.bytes.is_empty() { EXPLANATION_WIDTH } else { BESIDE_BYTES };
        let children = lines.iter().flat_map(|line| visible::folded(line, width)).map(|line| fact("", line)).collect();
        let value = Value::Heading(frame.summary.clone());
        model.roots.push(Field { name: frame.protocol, value, span: 0..0, children });
    }
    model.roots.extend(remark.note.map(note));
    model.roots.push(about(world, (frame, remark.mark), zone));
}

/// What the user noted: a line as it is, a longer one folded below.
fn note(note: &str) -> Field {
    let mut lines = note.lines().flat_map(|line| visible::folded(line, EXPLANATION_WIDTH));
    let first = lines.next().unwrap_or_default();
    let children = lines.map(|line| fact("", line)).collect();
    Field { name: "wl.note", value: Value::Text(first), span: 0..0, children }
}

/// A message as the root of a tree: the protocol over its fields.
fn root(root: Root) -> Field {
    let Decoded { protocol, summary, fields } = root.decoded;
    Field { name: protocol, value: Value::Heading(summary), span: root.span, children: fields }
}

fn fact(name: &'static str, text: String) -> Field {
    Field { name, value: Value::Text(text), span: 0..0, children: Vec::new() }
}

/// What the lab knows of the frame itself.
fn about(world: &World, (frame, mark): (&Frame, Mark), zone: ClockZone) -> Field {
    let mut children = vec![
        fact("frame.number", frame.number.to_string()),
        fact("frame.time", frame.at.clock(zone)),
        fact("wl.node", world.name(frame.node).to_owned()),
    ];
    if let FrameKind::Data { payload, .. } = &frame.kind {
        children.push(fact("frame.len", frame.length().to_string()));
        if frame.cut > 0 {
            children.push(fact("frame.cap_len", payload.len().to_string()));
        }
    }
    children.extend(world.deeds(frame.number).map(|words| fact("wl.deed", words)));
    if mark == Mark::On {
        children.push(fact("wl.mark", "marked".to_owned()));
    }
    if let Some(arrived) = frame.arrived {
        let took = arrived.since(frame.at).as_secs_f64() * 1000.0;
        children.push(fact("wl.arrived", format!("{} · {took:.3} ms on the way", arrived.clock(zone))));
    }
    if let Some(flow) = frame.flow.and_then(|flow| world.flow(flow)) {
        let ends = format!("{} · {} → {}", flow.transport.name(), flow.client, flow.server);
        children.push(fact("wl.flow", format!("{} · {ends}", flow.id)));
    }
    Field {
        name: "frame",
        value: Value::Heading(format!("{} · {}", frame.number, frame.at.clock(zone))),
        span: 0..0,
        children,
    }
}
