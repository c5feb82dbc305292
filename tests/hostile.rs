//! Files made to do harm: floods are read in bounded memory, and wrong numbers wherever a number stands are told, not
//! believed. What is read becomes a world as any capture does.

#[path = "support/foreign.rs"]
#[expect(dead_code, reason = "what other tests need of it")]
mod foreign;
#[path = "support/recording.rs"]
#[expect(dead_code, reason = "what other tests need of it")]
mod recording;

use std::alloc::System;
use std::sync::{Mutex, PoisonError};

use cap::Cap;
use wirelab::app::world::World;
use wirelab::capture::Indexer;

use foreign::{big_block, big_interface, big_option, big_packet, big_section, fragment};
use recording::segment;

/// Counts what is held, in this process that does nothing else.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// The tests count the memory of the whole process, so one waits for the other.
static ALONE: Mutex<()> = Mutex::new(());

const MEBIBYTE: usize = 1024 * 1024;

/// The memory a world keeps frames in, and what its tables take beside that.
const WORLD: usize = 8 * MEBIBYTE;

/// Bytes of a file given at a time.
const PIECE: usize = 64 * 1024;

/// Writes one of the things that come again and again.
type Part = Box<dyn Fn(u32, &mut Vec<u8>)>;

/// A flood: how it begins, what comes again and again, how often, and the most that reading it may hold. That is more
/// than the limits let it be, and less than it would be without any one of them.
struct Flood {
    name: &'static str,
    most: usize,
    head: Vec<u8>,
    part: Part,
    count: u32,
}

/// A pcap file's header: Ethernet.
fn pcap_head() -> Vec<u8> {
    [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 262_144, 1].iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn record(packet: &[u8], out: &mut Vec<u8>) {
    let length = packet.len() as u32;
    out.extend([1_769_860_980_u32, 0, length, length].iter().flat_map(|number| number.to_le_bytes()));
    out.extend_from_slice(packet);
}

/// So many packets of pcap.
fn packets(name: &'static str, (count, most): (u32, usize), make: impl Fn(u32, &mut Vec<u8>) + 'static) -> Flood {
    Flood { name, most, head: pcap_head(), part: Box::new(make), count }
}

/// So many blocks of pcapng.
fn blocks(name: &'static str, (count, most): (u32, usize), make: impl Fn(u32) -> Vec<u8> + 'static) -> Flood {
    let head = [big_section(), big_interface(101, &[])].concat();
    Flood { name, most, head, part: Box::new(move |number, out| out.extend(make(number))), count }
}

fn floods() -> Vec<Flood> {
    [conversations(), numbers_and_names()].into_iter().flatten().collect()
}

fn conversations() -> Vec<Flood> {
    let (syn, late) = (segment((1, 2), (1, 0), "S", b""), segment((1, 2), (1000, 0), "A", &[7; 1400]));
    let byte = segment((1, 2), (0, 0), "A", b"x");
    // The sequence number stands where UDP has its length.
    let mut datagram = segment((1, 2), (8 << 16, 0), "", b"");
    datagram[23] = 17;
    let from = |number: u32, packet: &[u8], out: &mut Vec<u8>| {
        let mut packet = packet.to_vec();
        packet[26..30].copy_from_slice(&number.wrapping_mul(0x9E37_79B1).to_be_bytes());
        record(&packet, out);
    };
    let begin = syn.clone();
    vec![
        packets("beginnings, and datagrams from anywhere", (235_000, 100 * MEBIBYTE), move |number, out| {
            from(number, if number % 2 == 0 { &begin } else { &datagram }, out);
        }),
        packets("segments that wait in every conversation", (80_000, 180 * MEBIBYTE), {
            let syn = syn.clone();
            move |number, out| {
                from(number, &syn, out);
                from(number, &late, out);
            }
        }),
        packets("segments of a byte that wait", (80_000, 6 * MEBIBYTE), move |number, out| {
            if number == 0 {
                return record(&syn, out);
            }
            let mut packet = byte.clone();
            packet[38..42].copy_from_slice(&(1_000_000_000 - number * 2).to_be_bytes());
            record(&packet, out);
        }),
        packets("fragments", (10_000, 9 * MEBIBYTE), |number, out| {
            record(&fragment(number as u16, 8, false, &[1; 1400]), out);
        }),
        packets("fragments of a byte", (80_000, 7 * MEBIBYTE), |number, out| {
            record(&fragment((number / 2000) as u16, (number % 2000 * 8) as u16, false, &[1]), out);
        }),
    ]
}

fn numbers_and_names() -> Vec<Flood> {
    let name = big_option(2, &[b'n'; 200]);
    let datagram = [&[0x45, 0, 0, 28, 0, 0, 0, 0, 9, 17, 0, 0][..], &[10; 8], &[0, 9, 0, 9, 0, 8, 0, 0]].concat();
    let me = big_interface(101, &big_option(1, b"wl:{\"node\":1,\"name\":\"me\"}"));
    vec![
        blocks("interfaces", (80_000, 5 * MEBIBYTE), |number| big_interface(number % 300, &[])),
        blocks("sections with an interface", (30_000, MEBIBYTE / 2), move |_| {
            [big_section(), big_interface(1, &name)].concat()
        }),
        blocks("nodes with long names", (3000, 3 * MEBIBYTE), |number| {
            let name = format!("wl:{{\"node\":{number},\"name\":\"{}\"}}", "n".repeat(2000));
            big_interface(101, &big_option(1, name.as_bytes()))
        }),
        blocks("conversations of nobody's among those of a recording", (10_000, 4 * MEBIBYTE), move |number| {
            let flow = format!(
                "wl:{{\"flow\":{{\"id\":{number},\"transport\":\"udp\",\"client\":\"10.0.0.1:{}\",\
                 \"server\":\"10.0.{}.2:9\"}}}}",
                number % 65_536,
                number >> 16
            );
            let recorded = big_packet(1, &datagram, &big_option(1, flow.as_bytes()));
            match number {
                0 => [me.clone(), big_packet(0, &datagram, &[])].concat(),
                _ => recorded,
            }
        }),
        blocks("blocks of a megabyte", (50, 4 * MEBIBYTE), |_| big_block(0x99, &[0; 1_000_000])),
        blocks("names", (1000, MEBIBYTE / 2), |_| big_block(4, &[0, 1, 0, 8, 10, 0, 0, 1, b'a', 0, 0, 0].repeat(100))),
    ]
}

#[test]
fn no_flood_is_kept_beyond_what_its_limits_let_it_be() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut beyond = Vec::new();
    for flood in floods() {
        let before = ALLOCATOR.allocated();
        let (mut indexer, mut told, mut file, mut most) = (Indexer::new(), 0_usize, flood.head.clone(), 0);
        for number in 0..flood.count {
            (flood.part)(number, &mut file);
            if file.len() >= PIECE || number + 1 == flood.count {
                indexer.push(&file, &mut |_| told += 1);
                file.clear();
                most = most.max(ALLOCATOR.allocated().saturating_sub(before));
            }
        }
        indexer.finish(&mut |_| told += 1);
        assert!(told > 0, "{}: nothing is told", flood.name);
        if most > flood.most {
            beyond.push(format!("{}: {most} bytes, not {}", flood.name, flood.most));
        }
    }
    assert!(beyond.is_empty(), "{}", beyond.join("\n"));
}

/// Numbers that a length, a count, an offset or a time must not be believed in.
const ABSURD: [u32; 7] = [0, 1, 28, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX];

#[test]
fn a_number_that_is_wrong_anywhere_harms_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut frames = 0;
    for sample in foreign::captures() {
        for at in (0..sample.len().saturating_sub(4)).step_by(2) {
            for number in ABSURD {
                let mut file = sample.clone();
                file[at..at + 4].copy_from_slice(&number.to_le_bytes());
                frames += recall(&file);
            }
        }
    }
    assert!(frames > 100_000, "most of each file is read all the same: {frames}");
}

/// Makes a world of a capture; how many frames it has told.
fn recall(file: &[u8]) -> u64 {
    let (mut world, mut indexer) = (World::new(WORLD), Indexer::new());
    let mut take = |seen| {
        world.recall(seen);
    };
    indexer.push(file, &mut take);
    indexer.finish(&mut take);
    world.log.next_number() - 1
}
