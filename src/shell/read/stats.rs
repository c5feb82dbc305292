//! `-z stats`: how much went in each flow and at each node, how fast, and how long things took.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use super::frames::{Frames, Told};
use super::list::Wanted;
use super::{Failure, Telling};
use crate::app::world::{Reading, World};
use crate::figures::{Account, Histogram, Share};
use crate::model::{FlowId, NodeId, Trouble, visible};

/// The names of a histogram's figures, and of those of how much went.
const TIMES: [&str; 7] = ["min", "mean", "p50", "p90", "p95", "p99", "max"];
const VOLUMES: [&str; 6] = ["frames →", "bytes →", "← frames", "← bytes", "seconds", "bytes/s"];
const VOLUMES_OF_NODES: [&str; 6] = ["frames in", "bytes in", "frames out", "bytes out", "seconds", "bytes/s"];

/// Columns of a cell.
const CELL: usize = 9;

/// The percentiles among them.
const PERCENTILES: [u32; 4] = [50, 90, 95, 99];

/// How the figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// As tables.
    Tables,
    /// An object a line.
    Json,
}

/// Measures the flows that are wanted: with a filter, those of which a frame passes.
#[derive(Debug)]
pub struct Stats {
    frames: Frames,
    layout: Layout,
    chosen: Chosen,
}

#[derive(Debug)]
struct Chosen {
    wanted: Wanted,
    flows: BTreeSet<FlowId>,
    nodes: BTreeSet<NodeId>,
}

impl Chosen {
    fn take(&mut self, Told { world, frame, .. }: Told<'_>) {
        let Some(id) = frame.flow.filter(|id| !self.flows.contains(id)) else { return };
        if self.wanted.takes(world, frame) {
            self.flows.insert(id);
            let ends = world.flow(id).map_or([None, None], |flow| [flow.client_node, flow.server_node]);
            self.nodes.extend(ends.into_iter().flatten());
        }
    }
}

impl Stats {
    /// Nothing measured yet.
    pub fn new(layout: Layout, wanted: Wanted) -> Self {
        let reading = if wanted.filter.is_some() { Reading::Decoded } else { Reading::Bare };
        let chosen = Chosen { wanted, flows: BTreeSet::new(), nodes: BTreeSet::new() };
        Self { frames: Frames::new(reading), layout, chosen }
    }

    /// The figures of what is chosen, flows first.
    fn measured(&self) -> Vec<Measured<'_>> {
        let (world, chosen) = (self.frames.world(), &self.chosen);
        let flows = world.ledger.flows().filter(|(id, _)| chosen.flows.contains(id));
        let flows = flows.map(|(id, account)| Measured { world, subject: Subject::Flow(id), account });
        let nodes = world.ledger.nodes().filter(|(id, _)| chosen.nodes.contains(id));
        let node = |(id, account)| Measured { world, subject: Subject::Node(id), account };
        flows.chain(nodes.map(node)).collect()
    }
}

impl Telling for Stats {
    fn push(&mut self, bytes: &[u8], _: &mut dyn Write) -> io::Result<()> {
        let Self { frames, chosen, .. } = self;
        frames.push(bytes, |told| chosen.take(told));
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Self { frames, chosen, .. } = self;
        frames.finish(|told| chosen.take(told));
        let measured = self.measured();
        if measured.is_empty() {
            return Ok(());
        }
        match self.layout {
            Layout::Tables => tables(&measured, out),
            Layout::Json => measured.iter().try_for_each(|one| writeln!(out, "{}", Value::Object(one.object()))),
        }
    }

    fn trouble(&self) -> Option<&str> {
        self.frames.trouble()
    }

    fn undone(&self) -> Option<Failure> {
        if self.chosen.flows.is_empty() && !self.chosen.wanted.is_all() {
            let why = "no frame passes the filter, or belongs to the conversation";
            let remedy = "see what is there with `wirelab read`, without filter and conversation";
            return Some(Failure::Undone(Trouble::new("measure", "the flows", why, remedy)));
        }
        let forgotten = self.frames.world().ledger.forgotten();
        (forgotten > 0).then(|| {
            let why = format!("there are too many; the figures of the {forgotten} oldest are not told");
            Failure::Undone(Trouble::new("measure", "the flows", why, ""))
        })
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Flow(FlowId),
    Node(NodeId),
}

/// Its figures.
struct Measured<'a> {
    world: &'a World,
    subject: Subject,
    account: Cow<'a, Account>,
}

impl Measured<'_> {
    /// What it is, in words.
    fn who(&self) -> String {
        let words = match self.subject {
            Subject::Flow(id) => match self.world.flow(id) {
                Some(flow) => {
                    let (client, server) = self.world.end_names(flow);
                    format!("flow {id} {} {client} → {server}", flow.transport.name())
                }
                None => format!("flow {id}"),
            },
            Subject::Node(id) => format!("node {}", self.world.name(id)),
        };
        visible::escaped_hidden(&words)
    }

    fn seconds(&self) -> f64 {
        self.account.last.since(self.account.began).as_secs_f64()
    }

    fn volumes(&self) -> [String; 6] {
        let Account { to_server, to_client, .. } = &*self.account;
        [
            to_server.frames.to_string(),
            to_server.bytes.to_string(),
            to_client.frames.to_string(),
            to_client.bytes.to_string(),
            format!("{:.3}", self.seconds()),
            self.account.mean_rate().map_or_else(|| "–".to_owned(), |rate| rate.to_string()),
        ]
    }

    /// The times that were measured, each with its names in JSON and in words.
    fn times(&self) -> impl Iterator<Item = (&'static str, &'static str, &Histogram)> {
        let Account { round_trips, there, back, .. } = &*self.account;
        let all = [
            ("round_trip", "round trip", round_trips),
            ("one_way_to_server", "one way →", there),
            ("one_way_to_client", "← one way", back),
        ];
        all.into_iter().filter(|(_, _, times)| times.count() > 0)
    }

    fn object(&self) -> Map<String, Value> {
        let mut object = Map::new();
        let mut say = |name: &str, value: Value| object.insert(name.to_owned(), value);
        let (mut there, mut back) = ("to_server", "to_client");
        match self.subject {
            Subject::Flow(id) => {
                say("flow", json!(id.0));
                if let Some(flow) = self.world.flow(id) {
                    let (client, server) = self.world.end_names(flow);
                    say("transport", json!(flow.transport.name()));
                    say("client", json!(flow.client.to_string()));
                    say("server", json!(flow.server.to_string()));
                    say("client_name", json!(client));
                    say("server_name", json!(server));
                }
            }
            Subject::Node(id) => {
                say("node", json!(self.world.name(id)));
                (there, back) = ("in", "out");
            }
        }
        say("began", json!(self.account.began.rfc3339()));
        say("seconds", json!(self.seconds()));
        let share = |Share { frames, bytes }: Share| json!({ "frames": frames, "bytes": bytes });
        say(there, share(self.account.to_server));
        say(back, share(self.account.to_client));
        say("bytes_per_second", json!(self.account.mean_rate()));
        for (name, _, times) in self.times() {
            let mut told = Map::from_iter([("count".to_owned(), json!(times.count()))]);
            told.extend(TIMES.iter().zip(figures(times)).map(|(name, figure)| (format!("{name}_ms"), json!(figure))));
            say(name, Value::Object(told));
        }
        object
    }
}

/// The figures of [`TIMES`], in milliseconds.
fn figures(times: &Histogram) -> impl Iterator<Item = f64> {
    let ends = [times.shortest(), times.mean()];
    let percentiles = PERCENTILES.map(|percent| times.percentile(percent));
    let all = ends.into_iter().chain(percentiles).chain([times.longest()]);
    all.map(|time| time.unwrap_or(Duration::ZERO).as_micros() as f64 / 1000.0)
}

/// A table of how much went, and one of how long it took.
fn tables(measured: &[Measured<'_>], out: &mut dyn Write) -> io::Result<()> {
    let whos: Vec<String> = measured.iter().map(Measured::who).collect();
    let width = whos.iter().map(|who| who.width()).max().unwrap_or(0).max("milliseconds".len());
    let mut line = |who: &str, cells: &mut dyn Iterator<Item = String>| {
        // Nothing is filled up behind the last cell.
        let mut gap = width.saturating_sub(who.width());
        write!(out, "{who}")?;
        for cell in cells {
            write!(out, "{}  {}{cell}", " ".repeat(gap), " ".repeat(CELL.saturating_sub(cell.width())))?;
            gap = 0;
        }
        writeln!(out)
    };
    for (titles, is_flows) in [(VOLUMES, true), (VOLUMES_OF_NODES, false)] {
        let of_kind = |one: &Measured<'_>| matches!(one.subject, Subject::Flow(_)) == is_flows;
        line(if is_flows { "flows" } else { "nodes" }, &mut titles.map(str::to_owned).into_iter())?;
        for (who, one) in whos.iter().zip(measured).filter(|(_, one)| of_kind(one)) {
            line(who, &mut one.volumes().into_iter())?;
        }
        line("", &mut std::iter::empty())?;
    }
    line("milliseconds", &mut ["count"].iter().chain(&TIMES).map(ToString::to_string))?;
    for (who, one) in whos.iter().zip(measured).filter(|(_, one)| one.times().next().is_some()) {
        line(who, &mut std::iter::empty())?;
        for (_, name, times) in one.times() {
            let figures = figures(times).map(|figure| format!("{figure:.3}"));
            line(&format!("  {name}"), &mut std::iter::once(times.count().to_string()).chain(figures))?;
        }
    }
    Ok(())
}
