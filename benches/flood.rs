//! What a flood costs: taking its events in, drawing the screen while it lasts, and reading its frames.
//!
//! `cargo bench` measures; nothing here decides whether it was fast enough.

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use wirelab::app::{Msg, State, update};
use wirelab::contract::{Beginning, NetEvent, NetFact};
use wirelab::model::{Address, ClockZone, ConnId, Direction, NodeId, Side, Timestamp, Transport};
use wirelab::proto::Dissector;
use wirelab::ui::{self, theme::Theme};

/// Frames taken in by one round; a full report queue.
const ROUND: u64 = 256;

/// 2026-01-31T12:03:00Z.
const START: Timestamp = Timestamp(1_769_860_980_000_000_000);

fn main() {
    divan::main();
}

/// The built-in lab with so many clients at its echo server.
fn lab(clients: u64) -> (State, NodeId) {
    let mut state = State::new(START, ClockZone::utc(), 7);
    update(&mut state, Msg::Started, START);
    let echo = state.world.servers[0].id;
    for client in 1..=clients {
        let port = u16::try_from(20_000 + client).expect("fewer clients than ports");
        let fact = NetFact::Opened {
            conn: ConnId(client),
            transport: Transport::Tcp,
            how: Beginning::Accepted,
            local: Address::Ip(([127, 0, 0, 1], 7001).into()),
            peer: Address::Ip(([127, 0, 0, 1], port).into()),
        };
        update(&mut state, Msg::Net(NetEvent { at: START, node: echo, fact }), START);
    }
    (state, echo)
}

/// Lines of text, so many bytes of them.
fn text(bytes: usize) -> Bytes {
    b"The quick brown fox says hello to the lazy dog, 0123456789 abc.\n".iter().copied().cycle().take(bytes).collect()
}

/// Tells one round of data frames, spread over the clients.
fn flood(state: &mut State, echo: NodeId, clients: u64, payload: &Bytes) {
    for number in 0..ROUND {
        let direction = if number % 2 == 0 { Direction::In } else { Direction::Out };
        let fact = NetFact::Data(ConnId(1 + number / 2 % clients), direction, payload.clone());
        update(state, Msg::Net(NetEvent { at: START, node: echo, fact }), START);
    }
}

/// Tells enough for the log to be full, so that every frame pushes an older one out.
fn full(clients: u64, payload: &Bytes) -> (State, NodeId) {
    let (mut state, echo) = lab(clients);
    while state.world.log.forgotten() == 0 {
        flood(&mut state, echo, clients, payload);
    }
    (state, echo)
}

#[divan::bench(args = [(64, 1), (64, 64), (64, 10_000), (65_536, 1)])]
fn update_data(bencher: Bencher<'_, '_>, (size, clients): (usize, u64)) {
    let payload = text(size);
    let (mut state, echo) = full(clients, &payload);
    bencher.counter(ItemsCount::new(ROUND)).bench_local(|| flood(&mut state, echo, clients, &payload));
}

#[divan::bench(args = [64, 65_536])]
fn render_screen(bencher: Bencher<'_, '_>, size: usize) {
    let (mut state, _) = full(1, &text(size));
    update(&mut state, Msg::Settle, START);
    let (theme, mut terminal) = (Theme::dark(), Terminal::new(TestBackend::new(120, 36)).expect("a screen in memory"));
    bencher.bench_local(|| {
        terminal.draw(|frame| drop(black_box(ui::render(&state, &theme, frame)))).expect("it draws");
    });
}

/// The newest frame is another one each time, as it is when the list follows a flood.
#[divan::bench(args = ["text", "chunk", "lines", "page"])]
fn settle_on_the_newest(bencher: Bencher<'_, '_>, what: &str) {
    let (mut state, echo) = lab(1);
    let payload = match what {
        "text" => text(64),
        "chunk" => text(65_536),
        "lines" => Bytes::from(vec![b'\n'; 65_536]),
        // More of a response than a message is kept of.
        _ => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000000000000\r\n\r\n";
            say(&mut state, echo, &Bytes::from(head));
            (0..20).for_each(|_| say(&mut state, echo, &text(65_536)));
            text(65_536)
        }
    };
    bencher.bench_local(|| {
        say(&mut state, echo, &payload);
        update(&mut state, Msg::Settle, START);
    });
}

/// The server says something to its first client.
fn say(state: &mut State, echo: NodeId, payload: &Bytes) {
    let fact = NetFact::Data(ConnId(1), Direction::Out, payload.clone());
    update(state, Msg::Net(NetEvent { at: START, node: echo, fact }), START);
}

#[divan::bench(args = [64, 65_536])]
fn dissect_text(bencher: Bencher<'_, '_>, size: usize) {
    dissect(bencher, &text(size));
}

#[divan::bench]
fn dissect_http(bencher: Bencher<'_, '_>) {
    let request = "GET /index.html?page=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: */*\r\n\r\n";
    dissect(bencher, &request.repeat(20).into());
}

fn dissect(bencher: Bencher<'_, '_>, payload: &Bytes) {
    let mut dissector = Dissector::new(Transport::Tcp);
    let mut number = 0;
    bencher.counter(BytesCount::new(payload.len())).bench_local(|| {
        number += 1;
        dissector.forget(number);
        dissector.push(Side::Client, number, payload)
    });
}
