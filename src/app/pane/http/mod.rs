//! The HTTP pane: one request as rows and fields, and its response as it arrives.

mod exchange;
mod pretty;
mod request;
mod rows;
mod saving;

pub use exchange::{Exchange, Head, Life, PHASES, Phase, ShownBody, View};
pub use request::{Body, BodyKind, Row, Written};
pub use rows::{header_problem, header_values, submit_row, value_problem};
pub use saving::save_body;

use bytes::Bytes;
use crossterm::event::KeyEvent;
use ratatui_textarea::TextArea;

use super::{PaneId, moved};
use crate::app::command::Kind;
use crate::app::form::{Field, Form, HttpRows, Purpose};
use crate::app::history::{History, Walk, Way};
use crate::app::text_field::TextField;
use crate::app::{EditUse, Effect, State, copy, forms, page};
use crate::collection::absolute;
use crate::contract::{HttpRequest, NetCommand, NetEvent, NetFact, Verification};
use crate::model::{Endpoint, ExchangeId, FlowId, NodeId, literal};

/// The methods the method key goes through; any other token is typed.
pub const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// What can be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Send the request.
    Send,
    /// Give the running request up.
    Cancel,
    /// Edit the URL.
    EditUrl,
    /// The URL requested before.
    OlderUrl,
    /// The URL requested after.
    NewerUrl,
    /// Leave the field.
    Leave,
    /// The next method.
    NextMethod,
    /// Type a method.
    Method,
    /// The tab after.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// Up a row or line.
    Up,
    /// Down a row or line.
    Down,
    /// Up a page.
    PageUp,
    /// Down a page.
    PageDown,
    /// To the top.
    Top,
    /// To the end.
    Bottom,
    /// Add a row.
    Add,
    /// Edit the row or the body.
    Edit,
    /// Edit the body in `$EDITOR`.
    EditOutside,
    /// Switch the row on or off.
    Switch,
    /// Delete the row.
    Delete,
    /// The next kind of body: text, form, file.
    BodyKind,
    /// The next view of the response: pretty, raw, hex.
    View,
    /// Search the response.
    Search,
    /// The next match.
    NextMatch,
    /// The match before.
    PreviousMatch,
    /// Save the response's body.
    Save,
    /// Copy the response's body as text.
    Copy,
    /// Copy it in a form to be chosen.
    CopyAs,
    /// Read it in the pager.
    Page,
    /// Whether certificates are checked.
    Verification,
    /// Follow the exchange's bytes in the traffic pane.
    Follow,
}

/// The tabs of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The response's body, under its status line.
    Response,
    /// The response's header fields, and trailers.
    Fields,
    /// The phases as a waterfall.
    Timing,
    /// The request's header rows.
    Headers,
    /// The request's query rows.
    Query,
    /// The request's body.
    Body,
}

impl Tab {
    /// All tabs, left to right.
    pub const ALL: [Tab; 6] = [Tab::Response, Tab::Fields, Tab::Timing, Tab::Headers, Tab::Query, Tab::Body];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Tab::Response => "response",
            Tab::Fields => "fields",
            Tab::Timing => "timing",
            Tab::Headers => "headers",
            Tab::Query => "query",
            Tab::Body => "body",
        }
    }

    fn index(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }
}

/// What has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Editing {
    Nothing,
    Url,
    Search,
    Body,
}

/// The request and the exchange it led to.
#[derive(Debug)]
pub struct Model {
    /// Its node.
    pub node: NodeId,
    /// The method.
    pub method: String,
    /// The URL as written.
    pub url: TextField,
    /// Header rows.
    pub headers: Vec<Row>,
    /// Query rows; those switched on stand in the URL too.
    pub query: Vec<Row>,
    /// The body.
    pub body: Body,
    /// Whether an `https` peer's certificate is checked.
    pub verification: Verification,
    /// The tab shown.
    pub tab: Tab,
    /// The row under the cursor.
    pub at: usize,
    /// The first line of the response shown.
    pub top: usize,
    /// The text searched for in the response.
    pub search: TextField,
    /// The newest exchange.
    pub exchange: Option<Exchange>,
    /// Its flow.
    pub flow: Option<FlowId>,
    /// The URLs requested, for all runs.
    pub urls: History,
    walk: Walk,
    editing: Editing,
    next: u64,
}

impl Model {
    /// A GET request to the built-in site.
    pub fn new(node: NodeId) -> Self {
        Self {
            node,
            method: "GET".into(),
            url: TextField::offering("http://127.0.0.1:8080/"),
            headers: Vec::new(),
            query: Vec::new(),
            body: Body::default(),
            verification: Verification::On,
            tab: Tab::Response,
            at: 0,
            top: 0,
            search: TextField::default(),
            exchange: None,
            flow: None,
            urls: History::default(),
            walk: Walk::default(),
            editing: Editing::Url,
            next: 1,
        }
    }

    /// Whether a connection is being made.
    pub fn is_opening(&self) -> bool {
        self.exchange.as_ref().is_some_and(Exchange::is_opening)
    }

    /// Whether a field has the keys.
    pub fn is_editing(&self) -> bool {
        match self.editing {
            Editing::Url | Editing::Search => true,
            Editing::Nothing | Editing::Body => false,
        }
    }

    /// Whether the search field has the keys.
    pub fn is_searching(&self) -> bool {
        self.editing == Editing::Search
    }

    /// Whether the body's editor has the keys.
    pub fn is_body_edited(&self) -> bool {
        self.editing == Editing::Body
    }

    /// Gives the keys to the URL.
    pub fn edit_url(&mut self) {
        self.editing = Editing::Url;
        self.url.offer();
    }

    /// The field that has the keys.
    pub fn field(&mut self) -> Option<&mut TextField> {
        match self.editing {
            Editing::Url => Some(&mut self.url),
            Editing::Search => Some(&mut self.search),
            Editing::Nothing | Editing::Body => None,
        }
    }

    /// Keeps the query rows in step with the URL, and the match with the search.
    pub fn after_edit(&mut self) {
        match self.editing {
            Editing::Url => request::query_from_url(self.url.text(), &mut self.query),
            Editing::Search => self.find(1, 0),
            Editing::Nothing | Editing::Body => {}
        }
    }

    /// Writes another URL.
    pub fn set_url(&mut self, url: &str) {
        self.url.set(url);
        request::query_from_url(url, &mut self.query);
    }

    fn walk_urls(&mut self, way: Way) {
        self.editing = Editing::Url;
        if let Some(url) = self.walk.step(&self.urls, self.url.text(), way) {
            self.set_url(&url);
        }
    }

    /// Points it to where a server really is.
    pub fn repoint(&mut self, asked: &Endpoint, got: &Endpoint) {
        let asked = format!("{asked}/");
        if let Some(rest) = self.url.text().strip_prefix(&asked) {
            let url = format!("{got}/{rest}");
            self.set_url(&url);
        }
    }

    /// Replaces the body's text.
    pub fn set_body(&mut self, text: &str) {
        self.body.text = TextArea::from(text.lines());
        self.body.kind = BodyKind::Text;
    }

    /// Puts text in at the cursor of the body's editor.
    pub fn paste_body(&mut self, text: &str) {
        self.body.text.insert_str(text);
    }

    /// The rows of the tab shown, if it has rows.
    pub fn rows(&self) -> Option<(HttpRows, &[Row])> {
        match self.tab {
            Tab::Headers => Some((HttpRows::Headers, &self.headers)),
            Tab::Query => Some((HttpRows::Query, &self.query)),
            Tab::Body if self.body.kind == BodyKind::Form => Some((HttpRows::Form, &self.body.form)),
            Tab::Body | Tab::Response | Tab::Fields | Tab::Timing => None,
        }
    }

    fn rows_of(&mut self, which: HttpRows) -> &mut Vec<Row> {
        match which {
            HttpRows::Headers => &mut self.headers,
            HttpRows::Query => &mut self.query,
            HttpRows::Form => &mut self.body.form,
        }
    }

    /// Shows a tab.
    pub fn choose_tab(&mut self, tab: usize) {
        if let Some(tab) = Tab::ALL.get(tab) {
            self.tab = *tab;
            self.at = 0;
            self.top = 0;
            self.editing = Editing::Nothing;
        }
    }

    /// Puts the cursor on a row. False when there is no such row.
    pub fn choose_row(&mut self, row: usize) -> bool {
        let is_there = self.rows().is_some_and(|(_, rows)| row < rows.len());
        if is_there {
            self.at = row;
            self.editing = Editing::Nothing;
        }
        is_there
    }

    /// Scrolls the response so that this line stands first.
    pub fn scroll_to(&mut self, line: usize) {
        self.top = moved(line, 0, self.lines());
    }

    /// Moves the cursor among rows, or scrolls the response.
    pub fn scroll(&mut self, by: isize) {
        let lines = self.lines();
        match self.rows().map(|(_, rows)| rows.len()) {
            Some(count) => self.at = moved(self.at, by, count),
            None => self.top = moved(self.top, by, lines),
        }
    }

    /// The response's body, as far as it was kept.
    fn meant(&self) -> Option<Bytes> {
        self.exchange.as_ref().map(|exchange| exchange.body.kept())
    }

    /// The response's body as the pager shows it: as it is viewed here.
    fn page_text(&self) -> String {
        let Some(body) = self.exchange.as_ref().map(|exchange| &exchange.body) else { return String::new() };
        match body.view {
            View::Pretty => page::text(body.laid_out()),
            View::Raw => page::text(body.raw()),
            View::Hex => page::hex(body.raw()),
        }
    }

    /// How many lines the tab shown has to scroll through.
    pub fn lines(&self) -> usize {
        let Some(exchange) = &self.exchange else { return 0 };
        match self.tab {
            Tab::Response => exchange.body.lines(),
            Tab::Fields => exchange.head.as_ref().map_or(0, |head| head.headers.len() + exchange.trailers.len() + 1),
            Tab::Timing | Tab::Headers | Tab::Query | Tab::Body => 0,
        }
    }

    /// Searches the response for a text.
    pub fn search_for(&mut self, text: &str) {
        self.choose_tab(Tab::Response.index());
        self.search.set(text);
        self.find(1, 0);
    }

    /// Goes to the next match of the search, or the one before, beginning `skip` lines from the top.
    fn find(&mut self, step: isize, skip: usize) {
        let needle = self.search.text().to_lowercase();
        let Some(exchange) = &self.exchange else { return };
        if let Some(line) = exchange.body.find(&needle, self.top, step, skip) {
            self.top = line;
        }
    }

    fn request(&self) -> Result<HttpRequest, String> {
        let method = self.method.trim();
        if !request::is_token(method) {
            return Err(format!("\"{method}\" is no method; use letters, such as GET"));
        }
        let mut headers: Vec<(String, String)> =
            self.headers.iter().filter(|row| row.is_on).map(|row| (row.name.clone(), row.value.clone())).collect();
        let body = self.body.content()?;
        let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some(media) = self.body.media_type()
            && !has_type
        {
            headers.push(("Content-Type".into(), media));
        }
        let url = absolute(self.url.text())?;
        Ok(HttpRequest {
            method: method.to_owned(),
            url,
            headers,
            body,
            verification: self.verification,
            patience: HttpRequest::PATIENCE,
        })
    }
}

/// Performs a command of this pane.
pub fn act(state: &mut State, verb: Verb) -> Vec<Effect> {
    let page = state.regions.page(PaneId::Http) as isize;
    let model = &mut state.http;
    match verb {
        Verb::Send => return send(state),
        Verb::Cancel => {
            if model.exchange.as_ref().is_some_and(Exchange::is_running) {
                return vec![Effect::Net(NetCommand::CancelFetch(model.node))];
            }
            state.say("no request is under way");
        }
        Verb::EditUrl => model.edit_url(),
        Verb::OlderUrl => model.walk_urls(Way::Back),
        Verb::NewerUrl => model.walk_urls(Way::Forth),
        Verb::Leave => model.editing = Editing::Nothing,
        Verb::NextMethod => {
            let at = METHODS.iter().position(|method| *method == model.method).map_or(0, |at| (at + 1) % METHODS.len());
            METHODS[at].clone_into(&mut model.method);
        }
        Verb::NextTab => model.choose_tab((model.tab.index() + 1) % Tab::ALL.len()),
        Verb::PreviousTab => model.choose_tab((model.tab.index() + Tab::ALL.len() - 1) % Tab::ALL.len()),
        Verb::Up => model.scroll(-1),
        Verb::Down => model.scroll(1),
        Verb::PageUp => model.scroll(-page),
        Verb::PageDown => model.scroll(page),
        Verb::Top => model.scroll(isize::MIN / 2),
        Verb::Bottom => model.scroll(isize::MAX / 2),
        Verb::View => {
            if let Some(exchange) = &mut model.exchange {
                exchange.body.next_view();
            }
            model.top = 0;
        }
        Verb::Search => {
            model.tab = Tab::Response;
            model.editing = Editing::Search;
        }
        Verb::NextMatch => model.find(1, 1),
        Verb::PreviousMatch => model.find(-1, 1),
        Verb::Verification => switch_verification(state),
        Verb::Follow => match model.flow {
            Some(flow) => super::traffic::follow(state, flow),
            None => state.say("send the request first; its bytes are then a flow"),
        },
        Verb::Method => {
            let field =
                Field::text_field("method", model.method.clone(), "any token (RFC 9110): GET, POST, PROPFIND …")
                    .of(Kind::Method);
            forms::open(state, Form::new("Method", Purpose::HttpMethod, vec![field]));
        }
        Verb::Save => saving::ask(state),
        Verb::Copy => {
            let meant = state.http.meant();
            let form = if meant.as_ref().is_some_and(|bytes| is_text(bytes)) {
                literal::Form::Text
            } else {
                literal::Form::Escaped
            };
            return copy::bytes(state, meant, form);
        }
        Verb::CopyAs => {
            let meant = state.http.meant();
            copy::offer(state, meant);
        }
        Verb::Page => {
            let text = state.http.page_text();
            return page::show(state, text);
        }
        Verb::Add => rows::add(state),
        Verb::Edit => rows::edit(state),
        Verb::Switch => model.change_row(|rows, at| {
            if let Some(row) = rows.get_mut(at) {
                row.is_on = !row.is_on;
            }
        }),
        Verb::Delete => model.change_row(|rows, at| {
            if at < rows.len() {
                rows.remove(at);
            }
        }),
        Verb::BodyKind => {
            model.choose_tab(Tab::Body.index());
            model.body.kind = model.body.kind.next();
        }
        Verb::EditOutside => {
            let text = model.body.text.lines().join("\n");
            return vec![Effect::Edit { text, purpose: EditUse::HttpBody }];
        }
    }
    Vec::new()
}

/// Whether bytes are text that a clipboard takes as it is.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')))
}

fn switch_verification(state: &mut State) {
    let (next, words) = match state.http.verification {
        Verification::On => {
            (Verification::Off, "certificates are only shown now, not checked: for this pane, until you switch it back")
        }
        Verification::Off => (Verification::On, "certificates are checked again"),
    };
    state.http.verification = next;
    state.say(words);
}

/// Takes a typed method over.
///
/// # Errors
/// Says what a method is.
pub fn submit_method(state: &mut State, method: &str) -> Result<(), String> {
    let method = method.trim();
    if method.is_empty() {
        return Err("a method is one word, such as GET".into());
    }
    if let Some(problem) = method_problem(method) {
        return Err(problem);
    }
    method.clone_into(&mut state.http.method);
    Ok(())
}

/// What is wrong with a method.
pub fn method_problem(method: &str) -> Option<String> {
    let wrong = method.trim().chars().find(|letter| !request::is_token(letter.encode_utf8(&mut [0; 4])))?;
    Some(format!("{wrong:?} cannot stand in a method; a method is one word, such as GET"))
}

/// Takes a key into the body's editor.
pub fn edit_body(state: &mut State, key: KeyEvent) {
    state.http.body.text.input(key);
}

fn send(state: &mut State) -> Vec<Effect> {
    match state.http.request() {
        Ok(request) => {
            let model = &mut state.http;
            model.urls.push(model.url.text());
            let id = ExchangeId(model.next);
            model.next += 1;
            let after_connect = if request.url.starts_with("https:") { Phase::Tls } else { Phase::Send };
            model.url.offer();
            model.exchange = Some(Exchange::new(id, after_connect, state.now));
            model.flow = None;
            model.top = 0;
            if model.rows().is_some() || model.tab == Tab::Body {
                model.tab = Tab::Response;
            }
            // A text that is no longer in sight takes no letters.
            if model.editing == Editing::Body {
                model.editing = Editing::Nothing;
            }
            vec![Effect::Net(NetCommand::Fetch(model.node, id, request))]
        }
        Err(why) => {
            state.complain(why);
            Vec::new()
        }
    }
}

/// Follows what the network says of the exchange.
pub fn on_net(state: &mut State, event: &NetEvent) {
    if event.node != state.http.node {
        return;
    }
    match &event.fact {
        NetFact::Exchange(id, fact) => {
            if let Some(exchange) = state.http.exchange.as_mut().filter(|exchange| exchange.id == *id) {
                exchange.observe(fact, event.at);
            }
        }
        NetFact::Opened { conn, .. } => state.http.flow = state.world.flow_of(*conn),
        NetFact::Step(_)
        | NetFact::Listening(_)
        | NetFact::Stopped
        | NetFact::Failed(_)
        | NetFact::Bridged(..)
        | NetFact::Data(..)
        | NetFact::Finished(..)
        | NetFact::Closed(..)
        | NetFact::Lost(..)
        | NetFact::Unreachable(..)
        | NetFact::Impaired { .. }
        | NetFact::Note(..)
        | NetFact::Replayed(..)
        | NetFact::LookedUp(..)
        | NetFact::Kernel(_) => {}
    }
}
