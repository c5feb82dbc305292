//! Whatever is pressed, pasted, clicked and told, in whatever order and on whatever screen: the program stands.

use std::time::Duration;

use bytes::Bytes;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};
use wirelab::app::command::COMMANDS;
use wirelab::app::{Alarm, EditUse, Effect, FileUse, Msg};
use wirelab::contract::{Beginning, ExchangeFact, NetCommand, NetFact};
use wirelab::model::{Closing, ConnId, Direction, ExchangeId, NodeId, Step, Transport, Trouble};

use crate::desk::{Desk, ip};

/// Things that happen in one walk.
const STEPS: usize = 20_000;

/// Every so many steps the screen is drawn, at a size of its own.
const DRAW_EVERY: u64 = 40;

/// What is pasted and said: words that mean something, and bytes that mean harm.
const TEXTS: [&str; 12] = [
    "hello",
    "tcp://127.0.0.1:7003",
    "udp://127.0.0.1:7002",
    "\u{1b}[2J\u{202e}\0\u{7f}",
    "日本語 👩‍👩‍👧 é",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "{\"a\": [1, 2, {\"b\": null}]}",
    "a=1&b=%zz",
    "{{counter}} {{random 9}}\\x",
    "",
    "one\ntwo\nthree\n",
];

/// Chance that is the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count.max(1) as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A walk: the desk, and what a network would know of what runs.
struct Walk {
    desk: Desk,
    chance: Chance,
    open: Vec<(NodeId, ConnId)>,
    fetched: Option<ExchangeId>,
    next_conn: u64,
}

impl Walk {
    fn new(seed: u64) -> Self {
        Self { desk: Desk::new(), chance: Chance(seed), open: Vec::new(), fetched: None, next_conn: 1000 }
    }

    fn step(&mut self) {
        match self.chance.below(20) {
            0..=8 => self.key_of_the_table(),
            9 | 10 => self.any_key(),
            11 => self.desk.paste(TEXTS[self.chance.below(TEXTS.len())]),
            12 => self.mouse(),
            13 => self.desk.passes(Duration::from_millis(self.chance.below(3000) as u64)),
            14 => self.shell(),
            15..=17 => self.conversation(),
            _ => self.fact(),
        }
        self.follow_commands();
    }

    fn key_of_the_table(&mut self) {
        let with_keys: Vec<_> = COMMANDS.iter().filter(|command| !command.keys.is_empty()).collect();
        let command = with_keys[self.chance.below(with_keys.len())];
        let key = command.keys[self.chance.below(command.keys.len())];
        if !["ctrl-c", "ctrl-z"].contains(&key) {
            self.desk.press(key);
        }
    }

    fn any_key(&mut self) {
        let codes = [
            KeyCode::Char((b' ' + self.chance.below(95) as u8) as char),
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::Left,
            KeyCode::Home,
            KeyCode::Char('é'),
            KeyCode::Insert,
            KeyCode::F(9),
        ];
        let code = self.chance.one(&codes);
        let held = [KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::ALT, KeyModifiers::CONTROL];
        let is_quit = code == KeyCode::Char('c');
        let held = if is_quit { KeyModifiers::NONE } else { held[self.chance.below(4)] };
        self.desk.tell(Msg::Key(KeyEvent::new(code, held)));
    }

    fn mouse(&mut self) {
        let left = MouseEventKind::Down(MouseButton::Left);
        let drag = MouseEventKind::Drag(MouseButton::Left);
        let up = MouseEventKind::Up(MouseButton::Left);
        let kinds = [left, left, drag, drag, up, MouseEventKind::ScrollDown, MouseEventKind::ScrollUp];
        let (column, row) = (self.chance.below(205) as u16, self.chance.below(62) as u16);
        self.desk.mouse(self.chance.one(&kinds), column, row);
    }

    /// What the shell says of files and editors.
    fn shell(&mut self) {
        let text = self.chance.one(&TEXTS);
        let client = self.desk.state.client.current().map_or(NodeId(99), |tab| tab.node);
        let trouble = Trouble::new("open", text, "it is not there", "look elsewhere");
        let number = self.chance.below(4) as u64;
        let msg = match self.chance.below(6) {
            0 => Msg::FileRead {
                purpose: FileUse::Payload(client, number),
                outcome: Ok(Bytes::from_static(text.as_bytes())),
            },
            1 => Msg::FileRead { purpose: FileUse::Payload(client, number), outcome: Err(trouble) },
            2 => Msg::Edited { purpose: EditUse::Payload(client), outcome: Ok(text.into()) },
            3 => Msg::Edited { purpose: EditUse::HttpBody, outcome: Ok(text.into()) },
            4 => Msg::FileSaved { outcome: Err(trouble) },
            _ => Msg::Woken(Alarm::Repeat(self.chance.below(20) as u64)),
        };
        self.desk.tell(msg);
    }

    /// Something on a conversation that is open.
    fn conversation(&mut self) {
        if self.open.is_empty() {
            return self.opens();
        }
        let at = self.chance.below(self.open.len());
        let (node, conn) = self.open[at];
        let direction = self.chance.one(&[Direction::In, Direction::Out]);
        let text = self.chance.one(&TEXTS).as_bytes();
        let fact = match self.chance.below(24) {
            0..=17 => {
                let times = if self.chance.below(50) == 0 { 2000 } else { 1 };
                NetFact::Data(conn, direction, Bytes::from(text.repeat(times)))
            }
            18 | 19 => NetFact::Finished(conn, direction),
            20 => NetFact::Lost(Some(conn), 3, "there was no room".into()),
            21 => NetFact::Note(Some(conn), "a remark".into()),
            _ => {
                self.open.swap_remove(at);
                let ends = [Closing::Orderly, Closing::Ours, Closing::ResetByPeer, Closing::Idle];
                NetFact::Closed(conn, ends[self.chance.below(4)].clone())
            }
        };
        self.tell(node, fact);
    }

    fn opens(&mut self) {
        let servers = self.desk.state.world.servers.iter().map(|server| server.id);
        let clients = self.desk.state.world.clients.iter().map(|client| client.id);
        let nodes: Vec<NodeId> = servers.chain(clients).chain([self.desk.state.http.node, NodeId(77)]).collect();
        let node = self.chance.one(&nodes);
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        let outer = self.open.first().map_or(conn, |(_, conn)| *conn);
        let how = self.chance.one(&[Beginning::Accepted, Beginning::Connected, Beginning::Inside(outer)]);
        let transport = self.chance.one(&[Transport::Tcp, Transport::Udp, Transport::Tls, Transport::Unix]);
        // Few addresses, so that some conversations have both ends here.
        let (one, other) = (self.chance.below(3), self.chance.below(3));
        let (local, peer) = (ip(&format!("127.0.0.1:700{one}")), ip(&format!("127.0.0.1:700{other}")));
        self.open.push((node, conn));
        self.tell(node, NetFact::Opened { conn, transport, how, local, peer });
    }

    fn fact(&mut self) {
        let servers: Vec<NodeId> = self.desk.state.world.servers.iter().map(|server| server.id).collect();
        let clients: Vec<NodeId> = self.desk.state.world.clients.iter().map(|client| client.id).collect();
        let all: Vec<NodeId> = servers.into_iter().chain(clients).chain([NodeId(77)]).collect();
        let node = self.chance.one(&all);
        let address = ip(&format!("127.0.0.1:{}", 7000 + self.chance.below(5)));
        let fact = match self.chance.below(9) {
            0 => NetFact::Listening(address),
            1 => NetFact::Stopped,
            2 => NetFact::Failed(Trouble::new("bind", "127.0.0.1:80", "it is taken", "pick another")),
            3 => NetFact::Step(Step::Securing("lab".into())),
            4 => NetFact::Step(Step::Connecting(address)),
            5 => NetFact::Lost(None, 1, "there was no room".into()),
            6 => return self.exchange(),
            _ => return self.opens(),
        };
        self.tell(node, fact);
    }

    fn exchange(&mut self) {
        let id = self.fetched.unwrap_or(ExchangeId(1));
        let text = self.chance.one(&TEXTS);
        let headers =
            vec![("Content-Type".into(), self.chance.one(&["application/json", "text/html", "\u{1b}"]).into())];
        let fact = match self.chance.below(10) {
            0 => ExchangeFact::Resolved,
            1 => ExchangeFact::Connected,
            2 => ExchangeFact::Sent,
            3 => ExchangeFact::Head { version: "HTTP/1.1", status: 200, reason: text.into(), headers },
            4..=7 => ExchangeFact::Body(Bytes::from_static(text.as_bytes())),
            8 => ExchangeFact::Trailers(headers),
            _ => ExchangeFact::Done,
        };
        let node = self.desk.state.http.node;
        self.tell(node, NetFact::Exchange(id, fact));
    }

    fn tell(&mut self, node: NodeId, fact: NetFact) {
        let at = self.desk.now;
        self.desk.net_at(node, at, fact);
    }

    /// Some of what was asked is done, as a network would.
    fn follow_commands(&mut self) {
        for effect in self.desk.effects() {
            if let Effect::Net(NetCommand::Fetch(_, id, _)) = effect {
                self.fetched = Some(id);
            }
        }
    }

    fn draw(&mut self) {
        let size = (self.chance.below(200) as u16 + 1, self.chance.below(60) as u16 + 1);
        self.desk.draw(size);
        self.holds();
    }

    /// What is true whatever happened.
    fn holds(&self) {
        let state = &self.desk.state;
        for server in &state.world.servers {
            let open = server.connections.values().filter(|connection| connection.life.is_open()).count();
            assert_eq!(server.open, open, "{} counts its clients", server.name);
        }
        let is_on_a_frame = state.world.log.frame(state.traffic.cursor).is_some();
        assert!(is_on_a_frame || state.traffic.count(&state.timeline()) == 0, "the cursor is on a frame");
        assert!(state.http.rows().is_none_or(|(_, rows)| state.http.at < rows.len().max(1)), "the cursor is on a row");
        let listed = state.inspector.rows.len().max(1);
        assert!(state.inspector.at < listed, "the cursor is on a field");
        assert!(state.inspector.byte < state.inspector.bytes.len().max(1), "the cursor is on a byte");
        let ends = state.world.flows.iter().filter(|track| track.flow.is_open).count();
        assert!(state.world.flows.open_count() <= ends, "no flow that is over is counted");
    }
}

#[test]
fn no_walk_falls_over() {
    for seed in [1, 2] {
        let mut walk = Walk::new(seed);
        for step in 0..STEPS as u64 / 2 {
            walk.step();
            if step % DRAW_EVERY == 0 {
                walk.draw();
            }
        }
        assert!(walk.desk.state.world.log.next_number() > 1000, "it was a walk through traffic");
    }
}

#[test]
fn every_pane_is_drawn_at_every_small_size() {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    desk.received("echo", guest, TEXTS[5]);
    for keys in ["esc 1", "esc 2", "esc 3", "esc 4", "esc 5", "f1", "esc 1 n"] {
        desk.press(keys);
        for width in (1..=24).chain([40, 80]) {
            for height in (1..=12).step_by(3) {
                desk.draw((width, height));
            }
        }
    }
}
