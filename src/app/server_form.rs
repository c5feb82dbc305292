//! The form in which a server is made or changed.

use super::command::Kind;
use super::form::{Entry, Field, Form, Purpose};
use super::overlay::{Overlay, Question};
use super::pane::servers;
use super::text_field::TextField;
use super::world::Server;
use super::{Effect, State};
use crate::behaviour;
use crate::contract::{NetCommand, ServerSpec, WhenTaken};
use crate::model::{Endpoint, NodeId, Scheme};

const NAME: &str = "name";
const LISTEN: &str = "listen";
const BEHAVIOUR: &str = "behaviour";
const ARGUMENT: &str = "with";

/// The name under which the last used entries are kept.
const LAST: &str = "new-server";

/// The behaviour that gives whoever connects a program.
pub const EXEC: &str = "exec";

/// The behaviour that serves a folder.
const FILES: &str = "files";

const LISTEN_HINT: &str =
    "tcp:// udp:// http:// host:port, or unix:///path, unixgram:///path; port 0 lets the system pick";

/// A form with what a server is that is like the last that was made, at a free port.
pub fn new(state: &State) -> Form {
    let last = |label| state.forms.last(LAST, label);
    let scheme = last(LISTEN).and_then(|listen| Endpoint::parse(listen, Scheme::Tcp).ok()).map(|listen| listen.scheme);
    let scheme = scheme.filter(|scheme| !scheme.is_unix()).unwrap_or(Scheme::Tcp);
    let listen = format!("{}://127.0.0.1:{}", scheme.name(), state.world.free_port());
    let kind = last(BEHAVIOUR).unwrap_or("echo");
    let mut form = Form::new("New server", Purpose::NewServer, fields("", &listen, kind, last(ARGUMENT).unwrap_or("")));
    if let Some(field) = form.fields.iter_mut().find(|field| field.label == LISTEN) {
        *field = Field::offering(LISTEN, listen, LISTEN_HINT).of(Kind::Listen);
    }
    check(&mut form);
    form.at = 1;
    form
}

/// The form of a server that exists.
pub fn edit(server: &Server) -> Form {
    let listen = server.spec.listen.to_string();
    let fields = fields(&server.name, &listen, &server.spec.behaviour, &server.spec.argument);
    let mut form = Form::new(format!("Edit server {}", server.name), Purpose::EditServer(server.id), fields);
    check(&mut form);
    form.at = 1;
    form
}

fn fields(name: &str, listen: &str, kind: &str, argument: &str) -> Vec<Field> {
    let kinds = behaviour::KINDS.iter().map(|kind| (kind.name, kind.words)).collect();
    vec![
        Field::text_field(NAME, name, "left empty, it is named after its behaviour"),
        Field::text_field(LISTEN, listen, LISTEN_HINT).of(Kind::Listen),
        Field::choice(BEHAVIOUR, kinds, kind),
        Field::text_field(ARGUMENT, argument, "").of(Kind::With).beside(BEHAVIOUR).with_lines(),
    ]
}

/// Keeps the hint of the argument in step with the chosen behaviour, and checks while typing.
pub fn check(form: &mut Form) {
    fit_behaviour(form);
    let chosen = behaviour::kind(form.text(BEHAVIOUR));
    // What stands there for another behaviour means nothing to this one.
    if form.had(BEHAVIOUR) != form.text(BEHAVIOUR) && form.had(ARGUMENT) == form.text(ARGUMENT) {
        form.fill(ARGUMENT, "");
    }
    if let Some(field) = form.fields.iter_mut().find(|field| field.label == ARGUMENT) {
        field.hint = match chosen {
            Some(kind) if kind.argument.is_empty() => format!("{} takes nothing more", kind.name),
            Some(kind) => kind.argument.to_owned(),
            None => String::new(),
        };
    }
    form.problem = read(form).err();
}

/// While the address is written, the behaviour follows what it speaks.
fn fit_behaviour(form: &mut Form) {
    let is_at_address = form.fields.get(form.at).is_some_and(|field| field.label == LISTEN);
    let Ok(listen) = Endpoint::parse(form.text(LISTEN), Scheme::Tcp) else { return };
    let answers_http = behaviour::kind(form.text(BEHAVIOUR)).is_some_and(|kind| match kind.make {
        behaviour::Make::Http(_) => true,
        behaviour::Make::Bytes(_) => false,
        behaviour::Make::Tap(_) | behaviour::Make::Replay(_) => listen.scheme == Scheme::Http,
    });
    match (is_at_address, listen.scheme == Scheme::Http, answers_http) {
        (true, true, false) => form.choose(BEHAVIOUR, FILES),
        (true, false, true) => form.choose(BEHAVIOUR, "echo"),
        _ => {}
    }
}

/// The server a form describes.
///
/// # Errors
/// Says what is wrong, in a sentence.
pub fn read(form: &Form) -> Result<(String, ServerSpec), String> {
    let kind = behaviour::kind(form.text(BEHAVIOUR)).ok_or("choose a behaviour")?;
    let plain = match kind.make {
        behaviour::Make::Bytes(_) | behaviour::Make::Tap(_) | behaviour::Make::Replay(_) => Scheme::Tcp,
        behaviour::Make::Http(_) => Scheme::Http,
    };
    let listen = Endpoint::parse(form.text(LISTEN), plain).map_err(|error| error.to_string())?;
    behaviour::machine(listen.scheme, kind.name, form.text(ARGUMENT))?;
    let name = match form.text(NAME).trim() {
        "" => kind.name,
        name => name,
    };
    let spec = ServerSpec {
        listen,
        behaviour: kind.name.to_owned(),
        argument: form.text(ARGUMENT).to_owned(),
        when_taken: WhenTaken::Fail,
    };
    Ok((name.to_owned(), spec))
}

/// The same server, with the user's home for `~` where it serves a folder.
fn at_home(state: &State, mut spec: ServerSpec) -> ServerSpec {
    let folder = spec.argument.trim();
    if spec.behaviour == FILES && folder.starts_with('~') {
        spec.argument = state.paths.meant(folder).to_string_lossy().into_owned();
    }
    spec
}

/// Makes the server and starts it.
///
/// # Errors
/// Says what is wrong, in a sentence.
pub fn submit_new(state: &mut State, form: &Form) -> Result<Vec<Effect>, String> {
    let (name, spec) = read(form)?;
    let spec = at_home(state, spec);
    let id = servers::add(state, &name, spec);
    state.servers.clients = None;
    state.servers.at = state.world.servers.len().saturating_sub(1);
    Ok(start_or_ask(state, id))
}

/// Makes the server of a command line and starts it: `serve tcp://:7005 chat`.
///
/// # Errors
/// Says what is wrong, in a sentence.
pub fn serve(state: &mut State, listen: &str, behaviour: Option<&str>, with: &str) -> Result<Vec<Effect>, String> {
    submit_new(state, &filled(listen, behaviour, with)?)
}

/// The name and the server that such a command line describes.
///
/// # Errors
/// Says what is wrong, in a sentence.
pub fn described(listen: &str, behaviour: Option<&str>, with: &str) -> Result<(String, ServerSpec), String> {
    read(&filled(listen, behaviour, with)?)
}

/// The form as a command line fills it in.
fn filled(listen: &str, behaviour: Option<&str>, with: &str) -> Result<Form, String> {
    let scheme = Endpoint::parse(listen, Scheme::Tcp).map_err(|error| error.to_string())?.scheme;
    let usual = if scheme == Scheme::Http { FILES } else { "echo" };
    let kind = behaviour::named(behaviour.unwrap_or(usual))?;
    Ok(Form::new("", Purpose::NewServer, fields("", listen, kind.name, with)))
}

/// Changes the server; when it runs, it is started anew.
///
/// # Errors
/// Says what is wrong, in a sentence.
pub fn submit_edit(state: &mut State, id: NodeId, form: &Form) -> Result<Vec<Effect>, String> {
    let (name, spec) = read(form)?;
    let mut spec = at_home(state, spec);
    if let Some(server) = state.world.server(id).filter(|server| server.spec.listen == spec.listen) {
        spec.when_taken = server.spec.when_taken;
    }
    if let Some(server) = state.world.server(id).filter(|server| server.is_tap())
        && let (Some(own), Ok(target)) = (&server.last_address, Endpoint::parse(&spec.argument, spec.listen.scheme))
        && target.is_at(own, spec.listen.scheme.transport())
    {
        return Err("the target is the tap itself, which would connect to itself without end".into());
    }
    if state.world.name(id) != name {
        let name = state.world.free_name(&name);
        state.world.rename(id, &name);
    }
    let Some(server) = state.world.server_mut(id) else { return Err("this server is gone".into()) };
    let is_changed = server.spec != spec;
    let was_tap = server.is_tap();
    let same_place = server.spec.listen == spec.listen;
    server.spec = spec;
    if is_changed && server.life.is_wanted() && was_tap && server.is_tap() && same_place {
        // Who is connected stays so.
        let target = Endpoint::parse(&server.spec.argument, server.spec.listen.scheme);
        return target
            .map(|target| vec![Effect::Net(NetCommand::Retarget(id, target))])
            .map_err(|error| error.to_string());
    }
    if !is_changed || !server.life.is_wanted() {
        return Ok(Vec::new());
    }
    let mut effects = servers::stop(state, id);
    effects.extend(start_or_ask(state, id));
    Ok(effects)
}

/// Lets a tap connect those who come from now on to another target.
///
/// # Errors
/// Says what is wrong, in a sentence.
pub fn retarget(state: &mut State, id: NodeId, target: &str) -> Result<Vec<Effect>, String> {
    let server = state.world.server(id).ok_or("this tap is gone")?;
    let mut form = edit(server);
    if let Some(field) = form.fields.iter_mut().find(|field| field.label == ARGUMENT) {
        field.entry = Entry::Text(TextField::new(target));
    }
    submit_edit(state, id, &form)
}

/// Starts a server; one that runs programs for whoever connects only after a yes.
fn start_or_ask(state: &mut State, id: NodeId) -> Vec<Effect> {
    let Some(server) = state.world.server(id).filter(|server| server.spec.behaviour == EXEC) else {
        return servers::start(state, id);
    };
    let words = format!("Run `{}` for everyone who can connect to {}?", server.spec.argument, server.spec.listen);
    state.overlay = Some(Overlay::Ask(Question::RunPrograms(id), words));
    Vec::new()
}
