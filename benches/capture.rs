//! What recording costs a frame, and how fast captures are read.
//!
//! `cargo bench` measures; nothing here decides whether it was fast enough.

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use etherparse::PacketBuilder;

use wirelab::capture::{Indexer, Writer};
use wirelab::model::{Address, Direction, Flow, FlowId, Frame, FrameKind, NodeId, Timestamp, Transport};

/// Frames written by one round.
const ROUND: usize = 1024;

/// Packets of the captures that are read.
const PACKETS: u32 = 100_000;

fn main() {
    divan::main();
}

fn flow() -> Flow {
    Flow {
        id: FlowId(1),
        transport: Transport::Tcp,
        client: Address::Ip(([127, 0, 0, 1], 50_000).into()),
        server: Address::Ip(([127, 0, 0, 1], 7001).into()),
        client_node: Some(NodeId(1)),
        server_node: Some(NodeId(2)),
        began: Timestamp(0),
        last: Timestamp(0),
        to_server: 0,
        to_client: 0,
        frames: 0,
        is_open: true,
    }
}

fn frame(number: u64, size: usize) -> Frame {
    let kind = FrameKind::Data { direction: Direction::Out, payload: Bytes::from(vec![b'x'; size]) };
    let node = NodeId(1 + number % 2);
    let at = Timestamp(1_769_860_980_000_000_000 + number as i64 * 1000);
    Frame {
        number,
        at,
        arrived: None,
        node,
        flow: Some(FlowId(1)),
        kind,
        cut: 0,
        protocol: "raw",
        summary: String::new(),
    }
}

fn recording(frames: usize, size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    for number in 1..=frames {
        writer.frame(&frame(number as u64, size), Some(&flow()), &mut out);
    }
    out
}

#[divan::bench(args = [16, 1024, 65_536])]
fn write(bencher: Bencher<'_, '_>, size: usize) {
    let frames: Vec<Frame> = (1..=ROUND as u64).map(|number| frame(number, size)).collect();
    let flow = flow();
    let mut out = Vec::with_capacity(ROUND * (size + 256));
    let mut writer = Writer::new(&mut out);
    bencher.counter(ItemsCount::new(ROUND)).counter(BytesCount::new(ROUND * size)).bench_local(|| {
        out.clear();
        for frame in &frames {
            writer.frame(frame, Some(&flow), &mut out);
        }
        black_box(out.len())
    });
}

#[divan::bench(args = [16, 1024, 65_536])]
fn read_our_own(bencher: Bencher<'_, '_>, size: usize) {
    read(bencher, &recording(ROUND, size), ROUND);
}

/// A thousand conversations of small segments, as a server's capture has them.
#[divan::bench]
fn read_small_packets_of_others(bencher: Bencher<'_, '_>) {
    let numbers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = numbers(&[0xA1B2_C3D4, 0x0004_0002, 0, 0, 262_144, 1]);
    for number in 0..PACKETS {
        let (flow, turn) = (number % 1000, number / 1000);
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
        let builder = builder.tcp(20_000 + flow as u16, 80, 1 + turn * 20, 1000);
        let mut packet = Vec::with_capacity(128);
        builder.write(&mut packet, &[b'x'; 20]).expect("memory takes all");
        let length = packet.len() as u32;
        file.extend(numbers(&[1_769_860_980, number, length, length]));
        file.extend(packet);
    }
    read(bencher, &file, PACKETS as usize);
}

fn read(bencher: Bencher<'_, '_>, file: &[u8], items: usize) {
    bencher.counter(ItemsCount::new(items)).counter(BytesCount::new(file.len())).bench_local(|| {
        let (mut indexer, mut told) = (Indexer::new(), 0_usize);
        for piece in file.chunks(256 * 1024) {
            indexer.push(piece, &mut |seen| {
                black_box(seen);
                told += 1;
            });
        }
        indexer.finish(&mut |_| told += 1);
        told
    });
}
