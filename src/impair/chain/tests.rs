//! What leaves, when, and what is told of it.

use proptest::prelude::*;

use super::*;
use crate::impair::PROFILES;

fn chain(lines: &[&str], seed: u64, medium: Medium) -> Chain {
    let read = |line: &&str| Impairment::parse(line).unwrap_or_else(|problem| panic!("{line}: {problem}"));
    let impairments: Vec<Impairment> = lines.iter().map(read).collect();
    Chain::new(&impairments, seed, 0, Side::Server, medium)
}

fn milliseconds(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// What left, and when, in milliseconds.
type Left = (u128, String);

/// Passes a message on that no filter matches; gives what leaves, each with its time in milliseconds.
fn pass(chain: &mut Chain, now: u64, message: &'static str) -> (Vec<Left>, Vec<(u64, Deed)>) {
    let passed = chain.pass(milliseconds(now), &Bytes::from_static(message.as_bytes()), &mut |_| false);
    let said =
        |departure: Departure| (departure.at.as_millis(), String::from_utf8_lossy(&departure.bytes).into_owned());
    let deeds = passed.deeds.into_iter().map(|act| (act.message, act.deed)).collect();
    (passed.departures.into_iter().map(said).collect(), deeds)
}

fn leaves(at: u128, what: &str) -> Left {
    (at, what.to_owned())
}

#[test]
fn a_delay_moves_a_message_and_says_by_how_much() {
    let mut chain = chain(&["delay 50ms"], 0, Medium::Datagram);
    assert_eq!(pass(&mut chain, 7, "a"), (vec![leaves(57, "a")], vec![(0, Deed::Delayed(milliseconds(50)))]));
    assert_eq!(
        chain.finish(milliseconds(8)),
        Some(milliseconds(58)),
        "the end comes no sooner than what was before it"
    );
}

#[test]
fn a_stream_keeps_its_order_where_datagrams_overtake() {
    let lines = ["delay 100ms every 2", "delay 1ms"];
    let mut stream = chain(&lines, 0, Medium::Stream);
    let mut datagrams = chain(&lines, 0, Medium::Datagram);
    let leave = |chain: &mut Chain| [0, 10, 20].map(|now| pass(chain, now, "x").0[0].0);
    assert_eq!(leave(&mut stream), [1, 111, 111]);
    assert_eq!(leave(&mut datagrams), [1, 111, 21]);
}

#[test]
fn a_lost_datagram_is_gone_and_a_lost_chunk_of_a_stream_is_late() {
    let mut datagrams = chain(&["loss first 1"], 0, Medium::Datagram);
    assert_eq!(pass(&mut datagrams, 0, "a"), (vec![], vec![(0, Deed::Dropped)]));
    assert_eq!(pass(&mut datagrams, 1, "b").0, [leaves(1, "b")]);
    let mut stream = chain(&["loss first 1"], 0, Medium::Stream);
    assert_eq!(pass(&mut stream, 0, "a"), (vec![leaves(200, "a")], vec![(0, Deed::Delayed(milliseconds(200)))]));
    assert_eq!(pass(&mut stream, 1, "b").0, [leaves(200, "b")], "what is behind it waits");
}

#[test]
fn a_duplicate_leaves_twice_and_one_held_back_is_told_with_who_overtook_it() {
    let mut twice = chain(&["duplicate"], 0, Medium::Datagram);
    assert_eq!(pass(&mut twice, 3, "a"), (vec![leaves(3, "a"), leaves(3, "a")], vec![(0, Deed::Duplicated)]));
    let mut held = chain(&["reorder 20ms first 1"], 0, Medium::Datagram);
    assert_eq!(pass(&mut held, 0, "a").0, [leaves(20, "a")]);
    assert_eq!(pass(&mut held, 5, "b"), (vec![leaves(5, "b")], vec![(0, Deed::Swapped(1))]));
    assert_eq!(pass(&mut held, 6, "c").1, [], "it is told once");
    let mut lonely = chain(&["reorder 20ms first 1"], 0, Medium::Datagram);
    pass(&mut lonely, 0, "a");
    assert_eq!(pass(&mut lonely, 30, "b").1, [], "it had left by then");
}

#[test]
fn bandwidth_lets_so_many_bytes_through_in_a_second() {
    let mut chain = chain(&["bandwidth 1000B/s burst 0B"], 0, Medium::Stream);
    let chunk = Bytes::from(vec![0; 10_000]);
    let passed = chain.pass(Duration::ZERO, &chunk, &mut |_| false);
    let last = passed.departures.last().expect("something leaves");
    assert_eq!(last.at, Duration::from_secs(10));
    assert!(passed.departures.len() > 5, "it trickles");
    assert_eq!(passed.departures.iter().flat_map(|departure| departure.bytes.clone()).count(), 10_000);
    assert_eq!(passed.deeds[0].deed, Deed::Delayed(Duration::from_secs(10)));
}

#[test]
fn corruption_flips_as_many_bits_as_it_says_and_shows_what_left() {
    let mut chain = chain(&["corrupt 3"], 7, Medium::Stream);
    let message = Bytes::from_static(b"abcdefgh");
    let passed = chain.pass(Duration::ZERO, &message, &mut |_| false);
    let Deed::Corrupted(3, left) = &passed.deeds[0].deed else { panic!("{:?}", passed.deeds) };
    assert_eq!(*left, passed.departures[0].bytes);
    let flipped: u32 = left.iter().zip(&message).map(|(one, other)| (one ^ other).count_ones()).sum();
    assert_eq!(flipped, 3);
}

#[test]
fn slices_leave_one_after_the_other() {
    let mut chain = chain(&["slice 2 pause 5ms"], 0, Medium::Stream);
    let (left, deeds) = pass(&mut chain, 1, "abcde");
    assert_eq!(left, [leaves(1, "ab"), leaves(6, "cd"), leaves(11, "e")]);
    assert_eq!(deeds, [(0, Deed::Sliced(3))]);
    assert_eq!(pass(&mut chain, 2, "f").0, [leaves(11, "f")]);
}

#[test]
fn a_limit_closes_and_a_reset_resets_after_so_many_bytes() {
    let mut limited = chain(&["limit 4B"], 0, Medium::Stream);
    assert_eq!(pass(&mut limited, 0, "abc").1, []);
    let passed = limited.pass(Duration::ZERO, &Bytes::from_static(b"def"), &mut |_| false);
    assert_eq!((&passed.departures[0].bytes[..], passed.ending), (&b"d"[..], Some(Ending::Close)));
    let mut reset = chain(&["reset after 4B"], 0, Medium::Stream);
    assert_eq!(reset.pass(Duration::ZERO, &Bytes::from_static(b"abc"), &mut |_| false).ending, None);
    let passed = reset.pass(Duration::ZERO, &Bytes::from_static(b"d"), &mut |_| false);
    assert_eq!((passed.departures.len(), passed.ending), (0, Some(Ending::Reset)));
}

#[test]
fn a_black_hole_swallows_for_as_long_as_it_is_there() {
    let mut chain = chain(&["blackhole from 1s to 2s"], 0, Medium::Stream);
    assert_eq!(pass(&mut chain, 999, "a").0, [leaves(999, "a")]);
    // TCP would send it again until it comes through.
    assert_eq!(pass(&mut chain, 1200, "b"), (vec![leaves(2000, "b")], vec![(1, Deed::Delayed(milliseconds(800)))]));
    assert_eq!(chain.finish(milliseconds(1500)), Some(milliseconds(2000)));
    assert_eq!(pass(&mut chain, 2000, "c").0, [leaves(2000, "c")]);
    assert_eq!(chain.finish(milliseconds(2500)), Some(milliseconds(2500)));
}

#[test]
fn behind_what_a_black_hole_has_of_a_stream_nothing_passes_and_datagrams_do() {
    let hole = || ["blackhole every 2", "bandwidth 1MB/s", "delay 5ms"];
    let mut stream = chain(&hole(), 0, Medium::Stream);
    assert_eq!(pass(&mut stream, 0, "a").0.len(), 1);
    let never = STALLED.as_millis();
    assert_eq!(pass(&mut stream, 10, "b"), (vec![leaves(never, "b")], vec![(1, Deed::Stalled)]));
    assert_eq!(pass(&mut stream, 20, "c").0, [leaves(never, "c")], "in its order");
    assert_eq!(stream.finish(milliseconds(30)), None);
    let mut datagrams = chain(&["blackhole every 2"], 0, Medium::Datagram);
    assert_eq!(pass(&mut datagrams, 0, "a").0.len(), 1);
    assert_eq!(pass(&mut datagrams, 0, "b"), (vec![], vec![(1, Deed::Dropped)]));
    assert_eq!(pass(&mut datagrams, 0, "c").0.len(), 1);
}

#[test]
fn a_stream_has_nothing_twice_and_nothing_is_told_of_it() {
    let mut stream = chain(&["duplicate"], 0, Medium::Stream);
    assert_eq!(pass(&mut stream, 5, "a"), (vec![leaves(5, "a")], vec![]));
}

#[test]
fn only_what_goes_that_way_and_what_the_filter_sees_is_meant() {
    let other = chain(&["loss toward client"], 0, Medium::Datagram);
    assert!(other.is_clear());
    let mut chain = chain(&[r#"loss if frame contains "token""#], 0, Medium::Datagram);
    let mut passes = |sees| !chain.pass(Duration::ZERO, &Bytes::new(), &mut |_| sees).departures.is_empty();
    assert_eq!([passes(false), passes(true), passes(false)], [true, false, true]);
}

/// Deeds and departures of so many datagrams.
fn run(lines: &[&str], seed: u64, count: u64, step: u64) -> (Vec<Act>, usize) {
    let mut chain = chain(lines, seed, Medium::Datagram);
    let (mut deeds, mut left) = (Vec::new(), 0);
    for number in 0..count {
        let message = Bytes::copy_from_slice(&number.to_be_bytes());
        let passed = chain.pass(milliseconds(number * step), &message, &mut |_| false);
        deeds.extend(passed.deeds);
        left += passed.departures.len();
    }
    (deeds, left)
}

const LOSSY: [&str; 3] = ["loss 10%", "duplicate 2%", "reorder 5%"];

#[test]
fn the_same_seed_does_the_same_and_another_does_not() {
    assert_eq!(run(&LOSSY, 7, 10_000, 1), run(&LOSSY, 7, 10_000, 1));
    assert_ne!(run(&LOSSY, 7, 10_000, 1), run(&LOSSY, 8, 10_000, 1));
}

#[test]
fn how_fast_messages_come_does_not_change_what_chance_does_to_them() {
    let chosen = |step| {
        let (deeds, _) = run(&LOSSY, 7, 2_000, step);
        let by_chance = deeds.into_iter().filter(|act| !matches!(act.deed, Deed::Swapped(_)));
        by_chance.map(|act| (act.message, act.by)).collect::<Vec<_>>()
    };
    assert_eq!(chosen(0), chosen(1000));
}

#[test]
fn a_change_of_one_impairment_leaves_what_the_others_do() {
    let lost = |lines: &[&str]| {
        let (deeds, _) = run(lines, 7, 5_000, 1);
        deeds.into_iter().filter(|act| act.by == "loss").map(|act| act.message).collect::<Vec<_>>()
    };
    assert_eq!(lost(&["loss 10%"]), lost(&["loss 10%", "delay 5ms jitter 5ms", "duplicate 50%"]));
}

/// Whether so many of `count` are as likely as `chance` says, within five deviations.
fn is_likely(found: usize, count: u64, chance: f64) -> bool {
    let mean = count as f64 * chance;
    (found as f64 - mean).abs() < 5.0 * (mean * (1.0 - chance)).sqrt()
}

#[test]
fn rates_are_those_asked_for() {
    let (deeds, left) = run(&LOSSY, 7, 10_000, 1);
    let count = |by| deeds.iter().filter(|act| act.by == by && !matches!(act.deed, Deed::Swapped(_))).count();
    assert!(is_likely(count("loss"), 10_000, 0.1), "{}", count("loss"));
    assert!(is_likely(count("duplicate"), 9_000, 0.02), "{}", count("duplicate"));
    assert!(is_likely(count("reorder"), 9_000, 0.05), "{}", count("reorder"));
    assert_eq!(left, 10_000 - count("loss") + count("duplicate"));
}

proptest! {
    /// Whatever a network does to a stream without touching its bytes, they come whole and in order.
    #[test]
    fn a_stream_stays_whole(
        seed: u64,
        profile in 0..PROFILES.len(),
        messages in proptest::collection::vec((0..200_u64, proptest::collection::vec(any::<u8>(), 1..300)), 1..20),
    ) {
        let lines = [PROFILES[profile].lines, &["duplicate 30%", "reorder 30%", "slice 7 pause 1ms", "loss 30%"]].concat();
        let mut chain = chain(&lines, seed, Medium::Stream);
        let (mut now, mut last, mut left, mut came) = (0, Duration::ZERO, Vec::new(), Vec::new());
        for (gap, message) in messages {
            now += gap;
            came.extend_from_slice(&message);
            for departure in chain.pass(milliseconds(now), &message.into(), &mut |_| false).departures {
                prop_assert!(departure.at >= last && departure.at >= milliseconds(now));
                last = departure.at;
                left.extend_from_slice(&departure.bytes);
            }
        }
        prop_assert_eq!(left, came);
        prop_assert!(chain.finish(milliseconds(now)).is_some_and(|end| end >= last));
    }
}

#[test]
fn what_ends_a_conversation_lets_no_datagram_pass_any_more() {
    let passed = |lines: &[&str]| {
        let mut chain = chain(lines, 0, Medium::Datagram);
        (0..5).map(|_| pass(&mut chain, 0, "four").0.len()).collect::<Vec<_>>()
    };
    assert_eq!(passed(&["limit 10"]), [1, 1, 0, 0, 0]);
    assert_eq!(passed(&["reset after 10"]), [1, 1, 0, 0, 0]);
}

#[test]
fn the_end_of_what_was_said_is_no_message_that_a_filter_or_a_count_could_mean() {
    let finish = |line| chain(&[line], 0, Medium::Stream).finish(milliseconds(10));
    assert_eq!(finish("slow-close 600ms"), Some(milliseconds(610)));
    for line in
        ["slow-close 600ms 0%", "slow-close 600ms if frame.len > 0", "blackhole if frame.len > 0", "delay 1s every 2"]
    {
        assert_eq!(finish(line), Some(milliseconds(10)), "{line}");
    }
}
