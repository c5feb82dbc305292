//! What asking frames costs: a million of them, with filters that need no decoding.
//!
//! `cargo bench --bench filter` measures; nothing here decides whether it was fast enough.

use std::ops::ControlFlow::{self, Continue};

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use wirelab::filter::{Facts, Filter, Known, Take, Value};

const FRAMES: usize = 1_000_000;

/// As little of a frame as a filter can ask for.
struct Record {
    number: u64,
    ports: [u16; 2],
    payload: &'static [u8],
}

impl Facts for Record {
    fn each(&self, field: &'static Known, take: &mut Take<'_>) -> ControlFlow<()> {
        match field.name {
            "frame.number" => take(Value::number(self.number)),
            "tcp.port" => {
                take(Value::number(self.ports[0]))?;
                take(Value::number(self.ports[1]))
            }
            "tcp.dstport" => take(Value::number(self.ports[1])),
            "frame" => take(Value::bytes(self.payload)),
            _ => Continue(()),
        }
    }
}

fn main() {
    divan::main();
}

#[divan::bench(args = [
    "tcp.port == 7001",
    "tcp.port in {80, 443, 7000..7005}",
    "tcp.dstport == 7001 && frame.number > 500000",
    "frame contains \"lazy cat\"",
    "frame matches r\"cat\\s\\d\"",
    "http.host == \"a\" && tcp.port == 1",
])]
fn a_million_frames(bencher: Bencher<'_, '_>, text: &str) {
    let filter = Filter::parse(text).expect("a filter");
    let payload = b"The quick brown fox says hello to the lazy dog, 0123456789 abc.\n";
    let frame = |number: usize| Record {
        number: number as u64,
        ports: [20_000 + (number % 1000) as u16, 7000 + (number % 4) as u16],
        payload,
    };
    let frames: Vec<Record> = (1..=FRAMES).map(frame).collect();
    bencher
        .counter(ItemsCount::new(FRAMES))
        .bench_local(|| black_box(&frames).iter().filter(|frame| filter.matches(*frame)).count());
}

#[divan::bench]
fn reading_a_filter() -> bool {
    Filter::parse(black_box("tcp.port == 7001 && http.request.method in {\"GET\", \"POST\"}")).is_ok()
}
