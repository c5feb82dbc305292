//! All forms: how they are opened, checked, completed, handed in and given up, and what they remember.

use std::collections::BTreeMap;

use super::form::{Form, HttpRows, Purpose};
use super::history::{LONGEST, Way};
use super::overlay::{Overlay, Verb};
use super::pane::{client, http, servers, traffic};
use super::paths::Need;
use super::text_field::Verb as Edit;
use super::world::note_problem;
use super::{Effect, State, complete, overlay, replay, server_form, tap};
use crate::model::Side;

/// Forms given up whose text is kept; more are not open in anybody's mind.
const DRAFTS_KEPT: usize = 16;

/// What was handed in last, by form and label.
pub type Used = BTreeMap<String, BTreeMap<String, String>>;

/// What forms remember.
#[derive(Debug, Default)]
pub struct Forms {
    /// What was handed in last.
    pub used: Used,
    drafts: Vec<Draft>,
}

/// What was typed into a form that was given up.
#[derive(Debug)]
struct Draft {
    purpose: Purpose,
    began: Vec<String>,
    texts: Vec<(&'static str, String)>,
}

impl Forms {
    /// What was last handed in there, by the form's name and the label of the field.
    pub fn last(&self, form: &str, label: &str) -> Option<&str> {
        self.used.get(form)?.get(label).map(String::as_str)
    }

    fn remember(&mut self, form: &Form) {
        self.drafts.retain(|draft| draft.purpose != form.purpose);
        let Some(name) = form.purpose.name() else { return };
        let fits = form.fields.iter().filter(|field| field.text().len() <= LONGEST);
        let texts = fits.map(|field| (field.label.to_owned(), field.text().to_owned())).collect();
        self.used.insert(name.to_owned(), texts);
    }

    fn give_up(&mut self, form: &Form) {
        self.drafts.retain(|draft| draft.purpose != form.purpose);
        let texts = form.changed();
        if !texts.is_empty() {
            self.drafts.push(Draft { purpose: form.purpose, began: form.began().to_vec(), texts });
        }
        if self.drafts.len() > DRAFTS_KEPT {
            self.drafts.remove(0);
        }
    }

    fn draft(&mut self, form: &Form) -> Option<Draft> {
        let at = self.drafts.iter().position(|draft| draft.purpose == form.purpose)?;
        let draft = self.drafts.remove(at);
        // A row is known by its place, where another may stand by now.
        let is_a_row = matches!(form.purpose, Purpose::HttpRow(_, Some(_)));
        (!is_a_row || form.began_as(&draft.began)).then_some(draft)
    }
}

/// Opens a form. What was typed into it before it was given up is there again.
pub fn open(state: &mut State, mut form: Form) {
    if let Some(draft) = state.forms.draft(&form) {
        for (label, text) in &draft.texts {
            form.fill(label, text);
        }
        form.title.push_str(", as you left it");
        check(state, &mut form);
    }
    state.overlay = Some(Overlay::Form(form));
}

/// Performs a command of the form that is open.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let Some(Overlay::Form(mut form)) = state.overlay.take() else { return Vec::new() };
    match verb {
        Verb::Choose => return hand_in(state, form),
        Verb::Close => {
            state.forms.give_up(&form);
            // Back to the list it was called from.
            if let Purpose::EditHeld(id, _) = form.purpose {
                state.overlay = Some(Overlay::Held(id, 0));
            }
            return Vec::new();
        }
        Verb::Next => form.step(1),
        Verb::Previous => form.step(-1),
        Verb::Up => form.line_or_field(Edit::Up),
        Verb::Down => form.line_or_field(Edit::Down),
        Verb::Left => form.change_choice(-1),
        Verb::Right => form.change_choice(1),
        Verb::NewLine => form.new_line(),
        Verb::Complete => complete(state, &mut form, Way::Forth),
        Verb::CompleteBack => complete(state, &mut form, Way::Back),
        Verb::PageUp
        | Verb::PageDown
        | Verb::Top
        | Verb::Bottom
        | Verb::All
        | Verb::Search
        | Verb::Save
        | Verb::Remove => {}
    }
    check(state, &mut form);
    state.overlay = Some(Overlay::Form(form));
    Vec::new()
}

/// After a field was edited: what could stand there is found anew, and what is wrong.
pub fn edited(state: &State, form: &mut Form) {
    form.taken = None;
    found(state, form);
    check(state, form);
}

/// Offers what there is for what is written, unless an offer is taken already.
pub fn found(state: &State, form: &mut Form) {
    if form.taken.is_none()
        && let Some(sought) = form.sought()
    {
        let offers = complete::offers(state, sought);
        // What is written whole needs no offer of itself.
        let is_whole = matches!(&offers[..], [only] if *only == sought.written);
        form.offers = if is_whole { Vec::new() } else { offers };
    }
    check(state, form);
}

/// Puts in what could be meant: what begins as what is written, or else whatever there is.
fn complete(state: &State, form: &mut Form, way: Way) {
    let Some(sought) = form.sought() else {
        form.change_choice(if way == Way::Forth { 1 } else { -1 });
        return;
    };
    if form.taken.is_none() {
        let others = |offers: Vec<String>| -> Vec<String> {
            offers.into_iter().filter(|offer| offer != sought.written).collect()
        };
        let mut offers = others(complete::offers(state, sought));
        if offers.is_empty() {
            offers = others(complete::all(state, sought.kind, sought.beside));
        }
        form.offers = offers;
    }
    form.take_next(way);
    if form.taken.is_none() {
        // Gone into a folder: what it holds comes next.
        form.offers.clear();
    }
}

/// Puts the offer that was clicked in.
pub fn take(state: &mut State, at: usize) {
    let Some(Overlay::Form(mut form)) = state.overlay.take() else { return };
    form.take(at);
    form.offers.clear();
    form.taken = None;
    check(state, &mut form);
    state.overlay = Some(Overlay::Form(form));
}

/// Checks a form while it is filled in. What is still empty is not wrong until it is handed in.
pub fn check(state: &State, form: &mut Form) {
    form.problem = problem(state, form);
    if matches!(form.purpose, Purpose::NewServer | Purpose::EditServer(_)) {
        server_form::check(form);
    }
    if matches!(form.purpose, Purpose::Shape(_)) {
        tap::form::check(form);
    }
}

fn problem(state: &State, form: &Form) -> Option<String> {
    let unless_empty = |label: &str, problem: &dyn Fn(&str) -> Option<String>| {
        Some(form.text(label)).filter(|text| !text.trim().is_empty()).and_then(problem)
    };
    match form.purpose {
        Purpose::RenameServer(id) => unless_empty("name", &|name| overlay::name_problem(state, id, name)),
        Purpose::EditHeld(..) => tap::held::read(state, form).err(),
        Purpose::Replay(_) => replay::form::problem(form),
        Purpose::Reply(..) | Purpose::Inject(..) => servers::read_reply(state.now, 0, form.text("text")).err(),
        Purpose::ClientSettings(_) => client::read_settings(form).err(),
        Purpose::Repeat(_) => client::read_repeat(form).err(),
        Purpose::SendFile(_) | Purpose::HttpBodyFile => {
            unless_empty("file", &|path| state.paths.problem(path, Need::File))
        }
        Purpose::SaveTraffic => {
            let place = unless_empty("file", &|path| state.paths.problem(path, Need::Place));
            place.or_else(|| unless_empty("file", &|_| traffic::save_problem(form)))
        }
        Purpose::SaveBody | Purpose::SaveAndQuit | Purpose::SaveLeftover(_) => {
            unless_empty("file", &|path| state.paths.problem(path, Need::Place))
        }
        Purpose::NewServer
        | Purpose::EditServer(_)
        | Purpose::SavePayload(_)
        | Purpose::Shape(_)
        | Purpose::Profile(_) => None,
        Purpose::Note(_) => note_problem(form.text("note")),
        Purpose::HttpRow(which, _) => {
            let header = |name: &str| if which == HttpRows::Headers { http::header_problem(name) } else { None };
            unless_empty("name", &header).or_else(|| http::value_problem(which, form.text("value")))
        }
        Purpose::HttpMethod => unless_empty("method", &|method| http::method_problem(method)),
    }
}

fn hand_in(state: &mut State, mut form: Form) -> Vec<Effect> {
    match submit(state, &form) {
        Ok(effects) => {
            state.forms.remember(&form);
            effects
        }
        Err(problem) => {
            // What was typed is never lost: the form stays, and says what is wrong.
            form.problem = Some(problem);
            state.overlay = Some(Overlay::Form(form));
            Vec::new()
        }
    }
}

fn submit(state: &mut State, form: &Form) -> Result<Vec<Effect>, String> {
    let nothing = |()| Vec::new();
    match form.purpose {
        Purpose::NewServer => server_form::submit_new(state, form),
        Purpose::EditServer(id) => server_form::submit_edit(state, id, form),
        Purpose::RenameServer(id) => overlay::rename(state, id, form.text("name")).map(nothing),
        Purpose::Reply(id, to) => servers::send_reply(state, id, to, form.text("text")),
        Purpose::ClientSettings(node) => client::submit_settings(state, node, form).map(nothing),
        Purpose::Repeat(node) => client::start_repeat(state, node, form),
        Purpose::SendFile(node) => client::send_file(state, node, form.text("file")),
        Purpose::SavePayload(node) => client::save_payload(state, node, form.text("name")),
        Purpose::HttpRow(which, at) => http::submit_row(state, which, at, form).map(nothing),
        Purpose::HttpMethod => http::submit_method(state, form.text("method")).map(nothing),
        Purpose::HttpBodyFile => {
            form.text("file").clone_into(&mut state.http.body.file);
            Ok(Vec::new())
        }
        Purpose::SaveBody => http::save_body(state, form.text("file")),
        Purpose::SaveTraffic => traffic::submit_save(state, form),
        Purpose::SaveAndQuit => traffic::save_and_quit(state, form.text("file")),
        Purpose::SaveLeftover(at) => overlay::leftovers::save(state, at, form.text("file")),
        Purpose::Shape(id) => tap::form::submit(state, id, form),
        Purpose::Profile(id) => tap::form::submit_profile(state, id, form),
        Purpose::Inject(id, conn) => {
            let bytes = servers::read_reply(state.now, state.chance(), form.text("text"))?;
            Ok(tap::inject(id, Some(conn), Side::Server, bytes))
        }
        Purpose::EditHeld(id, held) => tap::held::submit(state, id, held, form),
        Purpose::Replay(meant) => replay::form::submit(state, meant, form),
        Purpose::Note(frame) => traffic::submit_note(state, frame, form.text("note")).map(nothing),
    }
}
