//! A desk for tests of the pure heart: keys in, effects out, a clock that only the test moves, and a network that is told.

use std::time::Duration;

use bytes::Bytes;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use wirelab::app::form::Form;
use wirelab::app::overlay::Overlay;
use wirelab::app::{Alarm, Effect, Msg, State, keys, update};
use wirelab::contract::{Beginning, ExchangeFact, NetCommand, NetEvent, NetFact};
use wirelab::model::{
    Address, ClockZone, Closing, ConnId, Direction, ExchangeId, Frame, FrameKind, NodeId, Timestamp, Transport, Trouble,
};
use wirelab::ui::{self, theme::Theme};

/// 2026-01-31T12:03:00Z.
pub const NOON: Timestamp = Timestamp(1_769_860_980_000_000_000);

/// How far the clock goes on with each thing that happens.
pub const STEP: Duration = Duration::from_millis(1);

/// The screen of the design's picture.
const SCREEN: (u16, u16) = (120, 36);

/// Both ends of a conversation within the lab: what the client calls it, and what the server does.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub client: ConnId,
    pub server: ConnId,
}

/// The program as its user has it, without a terminal and a network.
pub struct Desk {
    pub state: State,
    pub now: Timestamp,
    effects: Vec<Effect>,
    alarms: Vec<(Timestamp, Alarm)>,
    next_conn: u64,
    next_port: u16,
}

impl Desk {
    /// Before anything has happened.
    pub fn empty() -> Self {
        let state = State::new(NOON, ClockZone::utc(), 7);
        Self { state, now: NOON, effects: Vec::new(), alarms: Vec::new(), next_conn: 1, next_port: 50001 }
    }

    /// With the built-in lab, its three servers listening.
    pub fn new() -> Self {
        let mut desk = Self::empty();
        desk.tell(Msg::Started);
        desk.listens("echo", "127.0.0.1:7001");
        desk.listens("echo-udp", "127.0.0.1:7002");
        desk.listens("web", "127.0.0.1:8080");
        desk.effects.clear();
        desk
    }

    /// Tells one message, a step later, and keeps what it asks for.
    pub fn tell(&mut self, msg: Msg) {
        self.now = self.now.plus(STEP);
        for effect in update(&mut self.state, msg, self.now) {
            if let Effect::Wake { after, alarm } = &effect {
                self.alarms.push((self.now.plus(*after), *alarm));
            }
            self.effects.push(effect);
        }
    }

    /// What was asked for since this was last called.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// What was asked of the network since effects were last looked at.
    pub fn commands(&mut self) -> Vec<NetCommand> {
        let asked = |effect| if let Effect::Net(command) = effect { Some(command) } else { None };
        self.effects().into_iter().filter_map(asked).collect()
    }

    /// The payloads asked to be sent since effects were last looked at, as text.
    pub fn sends(&mut self) -> Vec<String> {
        let sent = |command| if let NetCommand::Send(_, _, bytes) = command { Some(bytes) } else { None };
        self.commands().into_iter().filter_map(sent).map(|bytes| text(&bytes)).collect()
    }

    /// Presses keys, written as in the key table with blanks between them.
    pub fn press(&mut self, written: &str) {
        for name in written.split_whitespace() {
            let (code, modifiers) = keys::parse(name).unwrap_or_else(|| panic!("no key is written {name}"));
            // Terminals tell a shift-tab and a capital letter with the shift that made them.
            let shift = code == KeyCode::BackTab || matches!(code, KeyCode::Char(letter) if letter.is_uppercase());
            let held = if shift { modifiers | KeyModifiers::SHIFT } else { modifiers };
            self.tell(Msg::Key(KeyEvent::new(code, held)));
        }
    }

    /// Types a text, key by key.
    pub fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            self.tell(Msg::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)));
        }
    }

    /// Replaces what stands in the field that has the keys.
    pub fn retype(&mut self, text: &str) {
        self.press("end ctrl-u");
        self.type_text(text);
    }

    pub fn paste(&mut self, text: &str) {
        self.tell(Msg::Paste(text.into()));
    }

    /// Goes to the field of a form with that label and writes this in its place.
    pub fn fill(&mut self, label: &str, text: &str) {
        let form = self.form();
        let at = form.fields.iter().position(|field| field.label == label).unwrap_or_else(|| panic!("no {label}"));
        for _ in 0..(at + form.fields.len() - form.at) % form.fields.len() {
            self.press("tab");
        }
        self.retype(text);
    }

    /// The form that is open.
    pub fn form(&self) -> &Form {
        match &self.state.overlay {
            Some(Overlay::Form(form)) => form,
            other => panic!("no form is open, but {other:?}"),
        }
    }

    /// Lets time go by: what asked to be woken is, and at the end it ticks if that is minded.
    pub fn passes(&mut self, span: Duration) {
        let end = self.now.plus(span);
        while let Some(next) = self.alarms.iter().enumerate().min_by_key(|(_, (due, _))| *due).map(|(at, _)| at) {
            if self.alarms[next].0 > end {
                break;
            }
            let (due, alarm) = self.alarms.remove(next);
            self.now = self.now.max(Timestamp(due.0 - STEP.as_nanos() as i64));
            self.tell(Msg::Woken(alarm));
        }
        self.now = Timestamp(end.0 - STEP.as_nanos() as i64);
        if wirelab::app::minds_the_time(&self.state) {
            self.tell(Msg::Tick);
        }
    }
}

/// The network's part.
impl Desk {
    /// The node of a server or client, or `http`.
    pub fn node(&self, name: &str) -> NodeId {
        let world = &self.state.world;
        let servers = world.servers.iter().map(|server| (&server.name, server.id));
        let mut nodes = servers.chain(world.clients.iter().map(|client| (&client.name, client.id)));
        let found = nodes.find(|(other, _)| *other == name).map(|(_, id)| id);
        found.or((name == "http").then_some(self.state.http.node)).unwrap_or_else(|| panic!("nothing is called {name}"))
    }

    pub fn net(&mut self, name: &str, fact: NetFact) {
        let node = self.node(name);
        self.net_at(node, self.now.plus(STEP), fact);
    }

    /// A report about a node, of something seen at that time.
    pub fn net_at(&mut self, node: NodeId, at: Timestamp, fact: NetFact) {
        self.tell(Msg::Net(NetEvent { at, node, fact }));
    }

    pub fn listens(&mut self, name: &str, at: &str) {
        self.net(name, NetFact::Listening(ip(at)));
    }

    pub fn stopped(&mut self, name: &str) {
        self.net(name, NetFact::Stopped);
    }

    pub fn fails(&mut self, name: &str, why: &str, remedy: &str) {
        self.net(name, NetFact::Failed(Trouble::new("connect", "127.0.0.1:7001", why, remedy)));
    }

    /// One end reports a conversation.
    pub fn opened(&mut self, name: &str, transport: Transport, how: Beginning, local: &str, peer: &str) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        self.net(name, NetFact::Opened { conn, transport, how, local: ip(local), peer: ip(peer) });
        conn
    }

    /// The client's end of a connection to that address stands.
    pub fn connected(&mut self, name: &str, to: &str) -> ConnId {
        let own = self.own_address();
        self.opened(name, Transport::Tcp, Beginning::Connected, &own, to)
    }

    /// A connection within the lab stands, and both ends have told of it.
    pub fn connects(&mut self, client: &str, server: &str) -> Pair {
        let node = self.node(server);
        let server_life = self.state.world.server(node).map(|server| (server.address(), server.spec.listen.scheme));
        let (address, scheme) = server_life.expect("it is a server");
        let (own, transport) = (self.own_address(), scheme.transport());
        let client = self.opened(client, transport, Beginning::Connected, &own, &address);
        let server = self.opened(server, transport, Beginning::Accepted, &address, &own);
        Pair { client, server }
    }

    /// A program that is not of the lab connects to a server.
    pub fn guest(&mut self, server: &str) -> ConnId {
        let address = self.state.world.server(self.node(server)).expect("it is a server").address();
        let own = self.own_address();
        self.opened(server, Transport::Tcp, Beginning::Accepted, &address, &own)
    }

    pub fn sent(&mut self, name: &str, conn: ConnId, bytes: &str) {
        self.net(name, NetFact::Data(conn, Direction::Out, Bytes::copy_from_slice(bytes.as_bytes())));
    }

    pub fn received(&mut self, name: &str, conn: ConnId, bytes: &str) {
        self.net(name, NetFact::Data(conn, Direction::In, Bytes::copy_from_slice(bytes.as_bytes())));
    }

    pub fn closed(&mut self, name: &str, conn: ConnId, how: Closing) {
        self.net(name, NetFact::Closed(conn, how));
    }

    pub fn exchange(&mut self, id: u64, fact: ExchangeFact) {
        self.net("http", NetFact::Exchange(ExchangeId(id), fact));
    }

    fn own_address(&mut self) -> String {
        self.next_port += 1;
        format!("127.0.0.1:{}", self.next_port)
    }
}

/// What the user sees.
impl Desk {
    /// Brings what follows from the facts up to date, as before each draw.
    pub fn look(&mut self) -> &State {
        self.tell(Msg::Settle);
        &self.state
    }

    /// Draws the screen and hands back where things are, as the shell does.
    pub fn draw(&mut self, (width, height): (u16, u16)) -> Vec<String> {
        self.look();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test's terminal");
        let mut regions = None;
        terminal.draw(|frame| regions = Some(ui::render(&self.state, &Theme::dark(), frame))).expect("it draws");
        self.tell(Msg::Drawn(regions.expect("it was drawn")));
        let buffer = terminal.backend().buffer();
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(row).collect()
    }

    /// The whole screen, a line each.
    pub fn screen(&mut self) -> Vec<String> {
        self.draw(SCREEN)
    }

    /// Clicks on the first place of the screen where that text stands.
    pub fn click(&mut self, text: &str) {
        let (column, row) = self.place_of(text);
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    }

    /// Presses the mouse twice on the first place of the screen where that text stands.
    pub fn double_click(&mut self, text: &str) {
        let (column, row) = self.place_of(text);
        for _ in 0..2 {
            self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
            self.mouse(MouseEventKind::Up(MouseButton::Left), column, row);
            self.screen();
        }
    }

    /// Drags the mouse from one place to another.
    pub fn drag(&mut self, from: (u16, u16), to: (u16, u16)) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), from.0, from.1);
        self.mouse(MouseEventKind::Drag(MouseButton::Left), to.0, to.1);
        self.mouse(MouseEventKind::Up(MouseButton::Left), to.0, to.1);
    }

    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.tell(Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    /// Column and row of the first place of the screen where that text stands.
    pub fn place_of(&mut self, text: &str) -> (u16, u16) {
        let screen = self.screen();
        let places = screen.iter().enumerate().filter_map(|(row, line)| {
            let column = line.find(text).map(|at| line[..at].chars().count())?;
            Some((column as u16, row as u16))
        });
        places.into_iter().next().unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{}", screen.join("\n")))
    }

    /// The notice now shown; empty when there is none.
    pub fn notice(&self) -> &str {
        self.state.notices.notice().unwrap_or("")
    }

    /// The newest unread error; empty when there is none.
    pub fn error(&self) -> &str {
        self.state.notices.error().map_or("", |(words, _)| words)
    }

    /// The frames that carry bytes, as the list has them: `client → echo: hello`. Who is not of the lab is told by its
    /// port.
    pub fn said(&self) -> Vec<String> {
        let frames = self.state.world.log.iter().filter(|frame| !frame.payload().is_empty());
        frames.map(|frame| self.line(frame)).collect()
    }

    /// How many frames of a sort are in the list.
    pub fn listed(&self, is_meant: impl Fn(&FrameKind) -> bool) -> usize {
        self.state.world.log.iter().filter(|frame| is_meant(&frame.kind)).count()
    }

    fn line(&self, frame: &Frame) -> String {
        let (one, other, forward) = self.state.world.ends(frame);
        let arrow = if forward { "→" } else { "←" };
        let line = format!("{one} {arrow} {}: {}", other.unwrap_or_default(), text(frame.payload()));
        line.replace("127.0.0.1:", ":")
    }
}

/// An IP address and port.
pub fn ip(written: &str) -> Address {
    Address::Ip(written.parse().unwrap_or_else(|_| panic!("{written} is no address")))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
