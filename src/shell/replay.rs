//! `wirelab replay`: one side of a recorded conversation played, each message told as it goes.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::arguments::ReplayArguments;
use super::headless::{self, End, Form, Lab, Teller};
use super::{USAGE, say, script};
use crate::app::Effect;
use crate::app::export::Choice;
use crate::app::world::{Client, Server, World};
use crate::behaviour::replay::{self, Origin};
use crate::contract::{
    CastSpec, ClientSpec, NetCommand, NetEvent, NetFact, Play, Role, ServerSpec, TlsSpec, Verification, WhenTaken,
};
use crate::model::replay::{Answers, Manner, Replayed, Stopped, Tally, Verdict};
use crate::model::{ConnectionLife, Endpoint, FlowId, Scheme, ServerLife, Side, Transport};

/// What the node is called in what is told and recorded.
const NAME: &str = "replay";

/// How messages are told.
struct Messages {
    form: Form,
    own: Side,
    /// What has become of all that was played.
    tally: Option<Tally>,
}

/// `wirelab replay`.
///
/// # Errors
/// The process has no thread left, or cannot hear signals.
pub fn run(asked: &ReplayArguments) -> anyhow::Result<ExitCode> {
    let (role, play) = match read(asked) {
        Ok(read) => read,
        Err(words) => {
            say(&words);
            return Ok(ExitCode::from(USAGE));
        }
    };
    let mut lab = Lab::new(&asked.telling)?;
    let own = add(&mut lab, role, play);
    let mut messages = Messages { form: Form::of(&asked.telling), own, tally: None };
    let end = headless::run(lab, &mut messages)?;
    let tally = messages.tally.unwrap_or_default();
    Ok(match (end, own) {
        (End::Failed(words), _) => {
            say(&words);
            ExitCode::FAILURE
        }
        (End::Enough | End::Unread, Side::Client) if tally.is_whole() => ExitCode::SUCCESS,
        (End::Enough | End::Unread | End::Signal, Side::Client) => ExitCode::FAILURE,
        // A server goes on until it is told to end; how well its clients did is theirs to say, unless it was to stop.
        (End::Enough | End::Unread | End::Signal, Side::Server) if tally.stopped == Some(Stopped::Difference) => {
            ExitCode::FAILURE
        }
        (End::Enough | End::Unread | End::Signal, Side::Server) => ExitCode::SUCCESS,
    })
}

/// What is to be played, and where.
fn read(asked: &ReplayArguments) -> Result<(Role, Play), String> {
    let (file, flow) = match (asked.flow, replay::origin(&asked.file)) {
        // As it is written on the screen, unless a file has such a name.
        (None, Ok(Origin::File(file, Some(flow)))) if !Path::new(&asked.file).exists() => (file, Some(flow)),
        (flow, _) => (asked.file.clone(), flow.map(FlowId)),
    };
    let choice = Choice { filter: asked.filter.clone().unwrap_or_default(), flow, numbers: None };
    // Before the file is read: that may take its time.
    let endpoint = |plain| Endpoint::parse(&asked.target, plain).map_err(|error| error.to_string());
    endpoint(Scheme::Tcp)?;
    let found = script::open(&file, &choice).map_err(|trouble| trouble.to_string())?;
    let place = endpoint(plain(found.script.transport))?;
    for remark in found.script.remarks(place.scheme.transport()) {
        say(&format!("{file}: {remark}"));
    }
    let role = match asked.side {
        Side::Client => {
            let verification = if asked.insecure { Verification::Off } else { Verification::On };
            let (tls, cast) = (TlsSpec { verification, ..TlsSpec::default() }, CastSpec::default());
            Role::Client(ClientSpec { target: place, source: None, tls, cast })
        }
        Side::Server => {
            let (behaviour, argument) = (NAME.to_owned(), asked.file.clone());
            Role::Server(ServerSpec { listen: place, behaviour, argument, when_taken: WhenTaken::Fail })
        }
    };
    let answers = if asked.no_wait { Answers::NotAwaited } else { Answers::AsFits };
    let manner = Manner { pace: asked.speed, on_difference: asked.on_difference, patience: asked.patience, answers };
    Ok((role, Play { script: Arc::new(found.script), manner }))
}

/// What a place without a scheme speaks.
fn plain(transport: Transport) -> Scheme {
    match transport {
        Transport::Udp => Scheme::Udp,
        Transport::UnixDatagram => Scheme::UnixDatagram,
        Transport::Tls => Scheme::Tls,
        Transport::Tcp | Transport::Unix => Scheme::Tcp,
    }
}

/// Makes the node that plays; says which side it is.
fn add(lab: &mut Lab, role: Role, play: Play) -> Side {
    let node = lab.engine.state.world.new_node(NAME);
    let own = match &role {
        Role::Client(_) => {
            let (name, life) = (NAME.to_owned(), ConnectionLife::Connecting);
            lab.engine.state.world.clients.push(Client { id: node, name, life, runs: 1, conn: None, flow: None });
            Side::Client
        }
        Role::Server(spec) => {
            let mut server = Server::new(node, NAME.to_owned(), spec.clone());
            (server.runs, server.life) = (1, ServerLife::Starting);
            lab.engine.state.world.servers.push(server);
            Side::Server
        }
    };
    lab.effects = vec![Effect::Net(NetCommand::Replay(node, role, play))];
    own
}

impl Teller for Messages {
    fn tell(&mut self, world: &World, event: &NetEvent, out: &mut dyn Write) -> Result<(), End> {
        match &event.fact {
            NetFact::Failed(trouble) => return Err(End::Failed(trouble.to_string())),
            NetFact::Listening(_) => return headless::tell_where(world, event.node, self.form, out),
            // A client has ended, and its socket with it.
            NetFact::Stopped if self.own == Side::Client => return Err(End::Enough),
            NetFact::Replayed(conn, told) => {
                if let Replayed::Over(tally) = told {
                    self.count(tally);
                }
                let written = match (self.form, told) {
                    (Form::Quiet | Form::Raw, Replayed::Message { .. }) => Ok(()),
                    (Form::Text | Form::Quiet | Form::Raw, _) => writeln!(out, "{told}"),
                    (Form::Json, _) => {
                        let mut line = Map::new();
                        line.insert("at".into(), event.at.rfc3339().into());
                        line.insert("node".into(), world.name(event.node).into());
                        line.insert("flow".into(), world.flow_of(*conn).map(|flow| flow.0).into());
                        line.insert("kind".into(), "replayed".into());
                        line.extend(fields(told));
                        writeln!(out, "{}", Value::Object(line))
                    }
                };
                written.map_err(|error| End::of_writing(&error))?;
                if let (Replayed::Over(Tally { stopped: Some(Stopped::Difference), .. }), Side::Server) =
                    (told, self.own)
                {
                    return Err(End::Enough);
                }
            }
            NetFact::Stopped
            | NetFact::Step(_)
            | NetFact::Opened { .. }
            | NetFact::Bridged(..)
            | NetFact::Data(..)
            | NetFact::Finished(..)
            | NetFact::Closed(..)
            | NetFact::Lost(..)
            | NetFact::Unreachable(..)
            | NetFact::Impaired { .. }
            | NetFact::Note(..)
            | NetFact::Exchange(..)
            | NetFact::LookedUp(..)
            | NetFact::Kernel(_) => {}
        }
        Ok(())
    }
}

impl Messages {
    /// Of several connections the last that did not end well counts.
    fn count(&mut self, tally: &Tally) {
        if self.tally.as_ref().is_none_or(|before| before.stopped.is_none()) {
            self.tally = Some(tally.clone());
        }
    }
}

/// What is told, in the names of the event schema.
fn fields(told: &Replayed) -> Map<String, Value> {
    let told = match told {
        Replayed::Message { number, of, from, verdict } => {
            let from = match from {
                Side::Client => "client",
                Side::Server => "server",
            };
            let mut told = json!({ "message": number, "of": of, "from": from, "verdict": verdict.name() });
            told["words"] = verdict.to_string().into();
            match verdict {
                Verdict::Said(length) => told["len"] = (*length).into(),
                Verdict::Alike(Some((took, was))) => {
                    told["took_ms"] = (took.as_secs_f64() * 1000.0).into();
                    told["was_ms"] = (was.as_secs_f64() * 1000.0).into();
                    told["slower"] = verdict.is_slower().into();
                }
                Verdict::Alike(None) | Verdict::Different(_) | Verdict::Missing(_) => {}
            }
            told
        }
        Replayed::Over(tally) => {
            let Tally { said, to_say, alike, slower, different, missing, stopped } = tally;
            let stopped = stopped.map(Stopped::name);
            json!({
                "verdict": "over", "said": said, "to_say": to_say, "alike": alike, "slower": slower,
                "different": different, "missing": missing, "stopped": stopped, "words": tally.to_string(),
            })
        }
    };
    match told {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
