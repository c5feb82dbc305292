//! The program's state and view without terminal or network: events and keys go in, a screen comes out.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use crossterm::event::KeyEvent;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use wirelab::app::look::Symbols;
use wirelab::app::recording::{Keeping, Leftover, Recorded, Told};
use wirelab::app::{Msg, State, keys, update};
use wirelab::contract::{Beginning, ExchangeFact, NetEvent, NetFact};
use wirelab::model::{
    Address, ClockZone, Closing, ConnId, Direction, ExchangeId, NodeId, Step, TcpInfo, TcpSocket, TcpState, Timestamp,
    Transport, Trouble,
};
use wirelab::ui::{
    self,
    theme::{Depth, Theme, Themes},
};

/// 2026-01-31T12:03:00Z.
const START: i64 = 1_769_860_980_000_000_000;
const MICROSECOND: i64 = 1000;

/// A state whose clock moves only as told.
pub struct Stage {
    state: State,
    now: Timestamp,
}

fn ip(port: u16) -> Address {
    Address::Ip(([127, 0, 0, 1], port).into())
}

impl Stage {
    /// The same with traffic, of which so much is recorded.
    pub fn recorded(data: u64, bytes: u64) -> Self {
        let mut stage = Self::with_traffic();
        let file: Arc<Path> =
            Arc::from(Path::new("/home/me/.local/state/wirelab/recordings/2026-01-31T12-03-00-7.pcapng"));
        stage.tell(Msg::Recording(Told::Began(file.clone(), Keeping::Temporary)));
        stage.tell(Msg::Recording(Told::Recorded(Recorded { file, frames: Vec::new(), data, left_out: 0, bytes })));
        stage
    }

    /// Earlier runs left these behind: when they began, their files and how many bytes these have.
    pub fn left(&mut self, runs: &[(&str, &[&str], u64)]) {
        let path = |file: &&str| format!("/home/me/.local/state/wirelab/recordings/{file}").into();
        let leftover = |(began, files, bytes): &(&str, &[&str], u64)| {
            let files = files.iter().map(path).collect();
            Leftover { files, began: (*began).to_owned(), bytes: *bytes }
        };
        self.tell(Msg::Recording(Told::Leftovers(runs.iter().map(leftover).collect())));
    }

    /// The built-in lab, listening.
    pub fn opened() -> Self {
        let now = Timestamp(START);
        let mut stage = Self { state: State::new(now, ClockZone::utc(), 7), now };
        stage.tell(Msg::Started);
        let servers: Vec<_> =
            stage.state.world.servers.iter().map(|server| (server.id, server.life.is_wanted())).collect();
        for ((node, is_wanted), (transport, port)) in servers.into_iter().zip([
            (Transport::Tcp, 7001),
            (Transport::Udp, 7002),
            (Transport::Tcp, 8080),
            (Transport::Tcp, 7003),
        ]) {
            if is_wanted {
                stage.net(node, NetFact::Step(Step::Made(transport)), 300);
                stage.net(node, NetFact::Step(Step::Bound(ip(port))), 20);
                stage.net(node, NetFact::Step(Step::Listening(ip(port))), 5);
                stage.net(node, NetFact::Listening(ip(port)), 1);
            }
        }
        stage
    }

    /// `hello` sent and answered, then a page fetched; the cursor is on the request.
    pub fn with_traffic() -> Self {
        let mut stage = Self::opened();
        stage.hello();
        stage.page();
        stage
    }

    /// The same, after some more rounds through the echo server, with what the kernel says of the sockets.
    pub fn measured() -> Self {
        let mut stage = Self::with_traffic();
        let (client, echo) = (stage.state.client.tabs[0].node, stage.server("echo"));
        let (at_client, at_server) = (ConnId(1), ConnId(2));
        let bytes = Bytes::from_static(b"hello\n");
        for round in 0..200 {
            // One in twenty is slow.
            let slow = if round % 20 == 7 { 4000 } else { round * 37 % 200 };
            stage.net(client, NetFact::Data(at_client, Direction::Out, bytes.clone()), 290_000 + round * 400);
            stage.net(echo, NetFact::Data(at_server, Direction::In, bytes.clone()), 50 + round % 40);
            stage.net(echo, NetFact::Data(at_server, Direction::Out, bytes.clone()), 20 + slow);
            stage.net(client, NetFact::Data(at_client, Direction::In, bytes.clone()), 40 + round % 30);
        }
        let at = |port: u16| ([127, 0, 0, 1], port).into();
        let info = |rtt| TcpInfo {
            rtt: Duration::from_micros(rtt),
            rttvar: Duration::from_micros(rtt / 4),
            min_rtt: Some(Duration::from_micros(12)),
            rto: Duration::from_millis(204),
            cwnd: 10,
            mss: 32_768,
            bytes_acked: 1207,
            bytes_received: 1206,
            delivery_rate: Some(1_310_720_000),
            pacing_rate: Some(37_000_000_000),
            ..TcpInfo::default()
        };
        let ends = [(at(50210), at(7001)), (at(7001), at(50210))];
        let socket = |ends, rtt| TcpSocket { ends, state: TcpState::Established, info: Some(info(rtt)) };
        let told = vec![socket(ends[0], 28), socket(ends[1], 31)];
        stage.net(client, NetFact::Kernel(Ok(told)), 1000);
        stage
    }

    /// A server of a hostile name, to which somebody says all of this, and then a very long line.
    pub fn hostile(said: &[&str], line: &str) -> Self {
        let mut stage = Self::opened();
        let (echo, guest) = (stage.server("echo"), ConnId(9));
        stage.state.world.rename(echo, said[0]);
        let how = Beginning::Accepted;
        let opened = NetFact::Opened { conn: guest, transport: Transport::Tcp, how, local: ip(7001), peer: ip(50300) };
        stage.net(echo, opened, 100);
        for text in said.iter().chain([&line]) {
            let bytes = Bytes::copy_from_slice(text.as_bytes());
            stage.net(echo, NetFact::Data(guest, Direction::In, bytes), 100);
        }
        let trouble = Trouble::new("bind", said[0], said[said.len() - 1], said.concat());
        let chat = stage.server("chat");
        stage.net(chat, NetFact::Failed(trouble), 100);
        stage
    }

    /// Pastes a text.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.tell(Msg::Paste(text.into()));
        self
    }

    fn server(&self, name: &str) -> NodeId {
        self.state.world.servers.iter().find(|server| server.name == name).expect("a server of that name").id
    }

    fn hello(&mut self) {
        self.press("enter");
        let (client, echo) = (self.state.client.tabs[0].node, self.server("echo"));
        let (at_client, at_server) = (ConnId(1), ConnId(2));
        let opened = |conn, how, local, peer| NetFact::Opened { conn, transport: Transport::Tcp, how, local, peer };
        self.net(client, NetFact::Step(Step::Made(Transport::Tcp)), 1_200_000);
        self.net(client, NetFact::Step(Step::Connecting(ip(7001))), 10);
        self.net(echo, opened(at_server, Beginning::Accepted, ip(7001), ip(50210)), 200);
        self.net(client, opened(at_client, Beginning::Connected, ip(50210), ip(7001)), 100);
        let hello = Bytes::from_static(b"hello\n");
        self.net(client, NetFact::Data(at_client, Direction::Out, hello.clone()), 500);
        self.net(echo, NetFact::Data(at_server, Direction::In, hello.clone()), 80);
        self.net(echo, NetFact::Data(at_server, Direction::Out, hello.clone()), 20);
        self.net(client, NetFact::Data(at_client, Direction::In, hello), 70);
    }

    fn page(&mut self) {
        self.press("tab").press("enter");
        let (http, web, exchange) = (self.state.http.node, self.server("web"), ExchangeId(1));
        let (at_client, at_server) = (ConnId(3), ConnId(4));
        let opened = |conn, how, local, peer| NetFact::Opened { conn, transport: Transport::Tcp, how, local, peer };
        let request = Bytes::from_static(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: wirelab\r\n\r\n");
        let body = "<!doctype html><title>Hi</title><p>A page</p>";
        let response =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let response = Bytes::from(response);
        self.net(http, NetFact::Exchange(exchange, ExchangeFact::Started), 900_000);
        self.net(http, NetFact::Exchange(exchange, ExchangeFact::Resolved), 10);
        self.net(web, opened(at_server, Beginning::Accepted, ip(8080), ip(50211)), 200);
        self.net(http, opened(at_client, Beginning::Connected, ip(50211), ip(8080)), 90);
        self.net(http, NetFact::Exchange(exchange, ExchangeFact::Connected), 5);
        self.net(http, NetFact::Data(at_client, Direction::Out, request.clone()), 400);
        self.net(http, NetFact::Exchange(exchange, ExchangeFact::Sent), 5);
        self.net(web, NetFact::Data(at_server, Direction::In, request), 60);
        self.net(web, NetFact::Data(at_server, Direction::Out, response.clone()), 300);
        self.net(http, NetFact::Data(at_client, Direction::In, response), 80);
        let headers =
            vec![("content-type".into(), "text/html".into()), ("content-length".into(), body.len().to_string())];
        let head = ExchangeFact::Head { version: "HTTP/1.1", status: 200, reason: "OK".into(), headers };
        self.net(http, NetFact::Exchange(exchange, head), 10);
        self.net(http, NetFact::Exchange(exchange, ExchangeFact::Body(Bytes::from(body))), 5);
        self.net(http, NetFact::Exchange(exchange, ExchangeFact::Done), 5);
        self.net(http, NetFact::Closed(at_client, Closing::Ours), 50);
        self.press("esc").press("4").press("up").press("up");
        self.press("3");
    }

    /// The chat server cannot have its port.
    pub fn port_taken(&mut self) -> &mut Self {
        let why = "it is in use by another program";
        let trouble = Trouble::new("bind", "127.0.0.1:7003", why, "choose another port, or 0 for any free one");
        let chat = self.server("chat");
        self.net(chat, NetFact::Failed(trouble), 100);
        self
    }

    /// Presses the key of that name.
    pub fn press(&mut self, name: &str) -> &mut Self {
        let (code, modifiers) = keys::parse(name).expect("a key of that name");
        self.tell(Msg::Key(KeyEvent::new(code, modifiers)));
        self
    }

    fn net(&mut self, node: NodeId, fact: NetFact, microseconds_later: i64) {
        self.now = Timestamp(self.now.0 + microseconds_later * MICROSECOND);
        let event = NetEvent { at: self.now, node, fact };
        self.tell(Msg::Net(event));
    }

    fn tell(&mut self, msg: Msg) {
        update(&mut self.state, msg, self.now);
    }

    /// What a terminal of that size shows.
    pub fn screen(&mut self, width: u16, height: u16) -> String {
        let shown = self.shown(&Theme::dark(), width, height);
        lines(&shown, |cell| cell.symbol().to_owned())
    }

    /// The same, and where the cursor stands.
    pub fn screen_and_cursor(&mut self, width: u16, height: u16) -> (String, Position) {
        let mut terminal = self.drawn(&Theme::dark(), width, height);
        let screen = lines(terminal.backend().buffer(), |cell| cell.symbol().to_owned());
        (screen, terminal.get_cursor_position().expect("a backend in memory"))
    }

    /// The same on a terminal of that depth whose user has chosen that theme: signs, then styles, each style a
    /// letter that is explained below.
    pub fn styled(&mut self, theme: &str, depth: Depth, width: u16, height: u16) -> String {
        let themes = Themes::built_in(depth);
        self.state.look.themes = themes.names();
        self.state.look.choose_theme(theme).expect("a theme of that name");
        let shown = self.shown(&themes.chosen(&self.state.look), width, height);
        let mut styles = vec![commonest(&shown)];
        let letters = lines(&shown, |cell| {
            let style = cell.style();
            let at = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            if at == 0 { " ".to_owned() } else { char::from(b'a' + at as u8 - 1).to_string() }
        });
        let legend = styles.iter().enumerate().map(|(at, style)| {
            let letter = if at == 0 { ' ' } else { char::from(b'a' + at as u8 - 1) };
            let colours = format!("{:?} on {:?}", style.fg.unwrap_or_default(), style.bg.unwrap_or_default());
            let modifiers = style.add_modifier.iter_names().map(|(name, _)| name.to_lowercase()).collect::<Vec<_>>();
            format!("{letter} {colours} {}", modifiers.join(" ")).trim_end().to_owned()
        });
        let text = lines(&shown, |cell| cell.symbol().to_owned());
        format!("{text}\n{letters}\n{}\n", legend.collect::<Vec<_>>().join("\n"))
    }

    /// Draws signs in ASCII from now on.
    pub fn in_ascii(&mut self) -> &mut Self {
        self.state.look.symbols = Symbols::Ascii;
        self
    }

    fn shown(&mut self, theme: &Theme, width: u16, height: u16) -> Buffer {
        self.drawn(theme, width, height).backend().buffer().clone()
    }

    fn drawn(&mut self, theme: &Theme, width: u16, height: u16) -> Terminal<TestBackend> {
        self.tell(Msg::Settle);
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a backend in memory");
        let mut regions = None;
        terminal.draw(|frame| regions = Some(ui::render(&self.state, theme, frame))).expect("it draws");
        let regions = regions.expect("it was drawn");
        self.tell(Msg::Drawn(regions));
        terminal
    }
}

/// The style most cells have: the page's.
fn commonest(buffer: &Buffer) -> Style {
    let styles: Vec<Style> = buffer.content().iter().map(Cell::style).collect();
    let count = |style: &Style| styles.iter().filter(|other| *other == style).count();
    styles.iter().copied().max_by_key(count).unwrap_or_default()
}

/// Each row of a screen as text, without trailing blanks.
fn lines(buffer: &Buffer, mut shown: impl FnMut(&Cell) -> String) -> String {
    let width = usize::from(buffer.area.width);
    let rows = buffer.content().chunks(width).map(|row| {
        // The cell behind a wide letter is that letter's.
        let (mut text, mut taken) = (String::new(), 0);
        for (x, cell) in row.iter().enumerate() {
            if x >= taken {
                text.push_str(&shown(cell));
                taken = x + cell.symbol().width().max(1);
            }
        }
        text.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n") + "\n"
}
