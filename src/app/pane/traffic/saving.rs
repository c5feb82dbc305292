//! The traffic saved: all that was recorded or else what is in memory, or a choice of it, in the form the name asks for.

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;

use crate::app::command::{Kind, unquoted};
use crate::app::export::{Choice, Export, Form as Written, Origin};
use crate::app::form::{Field, Form, Purpose};
use crate::app::{Content, Effect, State, WhenThere, forms, recording};
use crate::capture;
use crate::model::Side;

/// The name that is offered first.
const NAME: &str = "traffic.pcapng";

/// The label of the field with the choice.
const WHAT: &str = "what";

/// What of the traffic is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    All,
    Shown,
    Marked,
    Conversation,
    Sent(Side),
}

impl What {
    /// All choices: a name for the command line, and a few words.
    const ALL: [(&'static str, &'static str, What); 6] = [
        ("all", "all that was seen", What::All),
        ("shown", "the frames that the list shows", What::Shown),
        ("marked", "the marked frames", What::Marked),
        ("conversation", "all of this conversation", What::Conversation),
        ("client", "the bytes that this conversation's client sent, raw", What::Sent(Side::Client)),
        ("server", "the bytes that this conversation's server sent, raw", What::Sent(Side::Server)),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _, _)| *known == name).map(|(_, _, what)| what)
    }
}

/// Asks where the traffic is to be saved, and what of it.
pub fn ask(state: &mut State, purpose: Purpose) {
    let log = &state.world.log;
    let of = match log.forgotten() {
        _ if state.past.opened.is_some() => "the capture".to_owned(),
        _ if state.recording.is_there() => "all that was recorded".to_owned(),
        0 => format!("{} frames", log.len()),
        gone => format!("the newest {} frames; {gone} have left memory", log.len()),
    };
    let name = state.forms.last("save", "file").unwrap_or(NAME).to_owned();
    let field = |hint: String| Field::text_field("file", name, hint).of(Kind::File);
    let form = if purpose == Purpose::SaveAndQuit {
        let hint = format!("{of}, as pcapng: Wireshark and `wirelab read` open it");
        Form::new("Save the traffic, then quit", purpose, vec![field(hint)])
    } else {
        let hint = format!("{of}; its name ends in {}", Written::names());
        let what = What::ALL.map(|(name, words, _)| (name, words)).to_vec();
        Form::new("Save the traffic", purpose, vec![field(hint), Field::choice(WHAT, what, "all")])
    };
    forms::open(state, form);
}

/// Saves what the form says.
///
/// # Errors
/// As of saving under a path.
pub fn submit(state: &mut State, form: &Form) -> Result<Vec<Effect>, String> {
    let what = What::named(form.text(WHAT)).unwrap_or(What::All);
    save(state, form.text("file"), what)
}

/// Saves what stands behind the command: a path, and a word for what of the traffic when that is not all.
///
/// # Errors
/// As of saving under a path.
pub fn command(state: &mut State, written: &str) -> Result<Vec<Effect>, String> {
    let cut = written.rsplit_once(char::is_whitespace).and_then(|(path, last)| Some((path, What::named(last)?)));
    let (path, what) = cut.unwrap_or((written, What::All));
    save(state, unquoted(path.trim()), what)
}

/// What is wrong with the name of a file that is saved.
pub fn problem(form: &Form) -> Option<String> {
    written(form.text("file"), What::named(form.text(WHAT))?).err()
}

/// Saves under a path.
///
/// # Errors
/// No path is written, its end names no form, nothing was seen yet, or no conversation is chosen.
fn save(state: &mut State, path: &str, what: What) -> Result<Vec<Effect>, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("write a path".into());
    }
    let form = written(path, what)?;
    let path = state.paths.meant(path);
    let choice = choice(state, what)?;
    let is_opened = state.past.opened.is_some();
    let is_plain = choice.is_all() && form == Written::Pcapng && !is_opened;
    if is_plain && state.recording.is_there() {
        return Ok(vec![recording::save(state, path, WhenThere::Ask)]);
    }
    let content = match origin(state)? {
        Origin::Memory(bytes) if is_plain => Content::Bytes(bytes),
        origin @ (Origin::Memory(_) | Origin::Recorded) => Content::Export(Export { form, choice, origin }),
    };
    Ok(vec![Effect::SaveFile { path, content, when_there: WhenThere::Ask }])
}

/// The form that a name asks for.
fn written(path: &str, what: What) -> Result<Written, String> {
    if let What::Sent(side) = what {
        return Ok(Written::Sent(side));
    }
    let path = Path::new(path.trim());
    match (Written::of(path), path.extension()) {
        (Some(form), _) => Ok(form),
        (None, None) => Ok(Written::Pcapng),
        (None, Some(_)) => Err(format!("let the name end in {}", Written::names())),
    }
}

fn choice(state: &State, what: What) -> Result<Choice, String> {
    let traffic = &state.traffic;
    let this = || traffic.flow(&state.past, &state.world).ok_or("go to a frame of the conversation first");
    Ok(match what {
        What::All => Choice::default(),
        What::Shown => Choice { filter: traffic.sifted_by.clone(), flow: traffic.only, numbers: None },
        What::Marked => marked(state)?,
        What::Conversation | What::Sent(_) => Choice { flow: Some(this()?), ..Choice::default() },
    })
}

/// The marked frames.
///
/// # Errors
/// There are none.
pub fn marked(state: &State) -> Result<Choice, String> {
    let marked: BTreeSet<u64> = state.world.remarks.marked_after(0).collect();
    if marked.is_empty() {
        return Err("no frame is marked; mark some first".into());
    }
    Ok(Choice { numbers: Some(marked.into()), ..Choice::default() })
}

/// Where the traffic is.
///
/// # Errors
/// Nothing was seen yet.
pub fn origin(state: &State) -> Result<Origin, String> {
    let is_recorded = state.past.opened.is_some() || state.recording.is_there();
    if is_recorded { Ok(Origin::Recorded) } else { memory(state).map(Origin::Memory) }
}

/// All frames in memory as a recording.
fn memory(state: &State) -> Result<Bytes, String> {
    let world = &state.world;
    if world.log.is_empty() {
        return Err("nothing was seen yet".into());
    }
    let servers = world.servers.iter().map(|server| (server.id, server.name.as_str()));
    let clients = world.clients.iter().map(|client| (client.id, client.name.as_str()));
    let http = [(state.http.node, world.name(state.http.node))];
    let bytes = capture::whole(
        servers.chain(clients).chain(http),
        world.log.iter(),
        |flow| world.flow(flow),
        |frame| world.remarks.of(frame),
    );
    Ok(bytes.into())
}

/// Saves all that was recorded, and then quits.
///
/// # Errors
/// No path is written.
pub fn save_and_quit(state: &mut State, path: &str) -> Result<Vec<Effect>, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("write a path".into());
    }
    let path = state.paths.meant(path);
    Ok(vec![recording::save_and_quit(state, path)])
}
