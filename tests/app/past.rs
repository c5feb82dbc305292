//! What has left memory is read back from the recording: listed, inspected, read as a stream, filtered, searched.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use wirelab::app::past::{Answer, Purpose, Recalled, Task, passing, relive, seek};
use wirelab::app::recording::{Keeping, Recorded, Told};
use wirelab::app::{Effect, Msg};
use wirelab::capture::index::{Act, Entry};
use wirelab::capture::{Place, Writer};
use wirelab::model::{Frame, FrameKind, Trouble};

use crate::desk::Desk;

/// Bytes of frames that stay in memory: some dozens of the frames below.
const MEMORY: usize = 32 * 1024;

/// Frames that are told.
const FRAMES: u64 = 3000;

/// A recorder and a disk: a recording in memory, and who reads it back.
struct Disk {
    file: Arc<Path>,
    bytes: Vec<u8>,
    writer: Writer,
    next: u64,
}

impl Disk {
    fn begin(desk: &mut Desk) -> Self {
        let file: Arc<Path> = Path::new("/state/one.pcapng").into();
        desk.tell(Msg::Recording(Told::Began(file.clone(), Keeping::Temporary)));
        let mut bytes = Vec::new();
        let writer = Writer::new(&mut bytes);
        Self { file, bytes, writer, next: 1 }
    }

    /// Writes what is new, and tells so.
    fn record(&mut self, desk: &mut Desk) {
        let world = &desk.state.world;
        let mut frames = Vec::new();
        for frame in world.log.iter().filter(|frame| frame.number >= self.next) {
            let flow = frame.flow.and_then(|flow| world.flow(flow));
            let place: Place = self.writer.frame(&beginning(frame), flow, &mut self.bytes);
            frames.push((frame.number, place));
        }
        self.next = world.log.next_number();
        let bytes = self.bytes.len() as u64;
        let recorded = Recorded { file: self.file.clone(), data: frames.len() as u64, left_out: 0, frames, bytes };
        desk.tell(Msg::Recording(Told::Recorded(recorded)));
    }

    fn payload(&self, entry: &Entry) -> Bytes {
        let mut payload = Vec::new();
        if let Act::Data(_) = entry.act {
            for span in entry.place.spans() {
                payload.extend_from_slice(&self.bytes[span.offset as usize..][..span.length as usize]);
            }
        }
        payload.into()
    }

    /// Reads what is asked for; gives for what it was, in order.
    fn read(&self, desk: &mut Desk) -> Vec<Purpose> {
        let mut read = Vec::new();
        for effect in desk.effects() {
            let Effect::Recall(request) = effect else { continue };
            assert!(request.files.iter().all(|(_, path)| *path == self.file));
            let payload = |entry: &Entry| Ok(self.payload(entry));
            let recalled = match &request.task {
                Task::Sift(test) => Recalled::Passed(passing(&request, test, None, payload).expect("it is read").0),
                Task::Seek(slice) => Recalled::Found(seek(&request, slice, payload).expect("it is read")),
                Task::Relive => {
                    Recalled::World(Box::new(relive(&request, None, payload, |_, _| {}).expect("it is read")))
                }
            };
            read.push(request.purpose);
            desk.tell(Msg::Recalled(Answer { id: request.id, purpose: request.purpose, outcome: Ok(recalled) }));
        }
        read
    }

    /// Draws and reads until nothing more is asked for.
    fn settle(&self, desk: &mut Desk) -> String {
        for _ in 0..100 {
            let screen = desk.screen().join("\n");
            let read = self.read(desk);
            if read.is_empty() {
                return screen;
            }
        }
        panic!("it asks for ever");
    }
}

/// The longest payload that is recorded whole here.
const SNAP: usize = 40;

/// A frame as it is recorded in a flood.
fn beginning(frame: &Frame) -> Frame {
    let mut frame = frame.clone();
    if let FrameKind::Data { payload, .. } = &mut frame.kind {
        frame.cut = payload.len().saturating_sub(SNAP) as u64;
        payload.truncate(SNAP);
    }
    frame
}

/// A lab that has seen much more than memory holds, all of it recorded; the traffic has the keys.
fn seen_much() -> (Desk, Disk) {
    let mut desk = Desk::new();
    desk.state.world.log.limit(MEMORY);
    let mut store = Disk::begin(&mut desk);
    let guests = [desk.guest("echo"), desk.guest("echo")];
    for number in 0..FRAMES {
        desk.received("echo", guests[(number % 2) as usize], &format!("message {number}\n"));
        store.record(&mut desk);
    }
    desk.press("esc 4");
    store.settle(&mut desk);
    (desk, store)
}

fn frame(desk: &Desk, number: u64) -> &Frame {
    let world = desk.state.past.world_of(&desk.state.world, number).expect("it is at hand");
    world.log.frame(number).expect("it is there")
}

#[test]
fn of_a_frame_of_which_only_the_beginning_was_recorded_the_list_and_the_inspector_say_so() {
    let mut desk = Desk::new();
    desk.state.world.log.limit(MEMORY);
    let mut store = Disk::begin(&mut desk);
    let guest = desk.guest("echo");
    desk.received("echo", guest, &"y".repeat(1234));
    let number = desk.state.world.log.next_number() - 1;
    store.record(&mut desk);
    for line in 0..FRAMES {
        desk.received("echo", guest, &format!("message {line}\n"));
        store.record(&mut desk);
    }
    assert!(desk.state.world.log.first_number() > number, "it has left memory");
    desk.press("esc 4 g");
    store.settle(&mut desk);
    while desk.state.traffic.cursor < number {
        desk.press("j");
        store.settle(&mut desk);
    }
    let screen = store.settle(&mut desk);
    assert!(screen.contains("[40 of 1,234 "), "{screen}");
    desk.press("5");
    let screen = store.settle(&mut desk);
    assert!(screen.contains("40 of 1,234 bytes recorded"), "{screen}");
    let (frame, numbers) = (frame(&desk, number), desk.state.past.index.from(1).map(|entry| entry.number));
    assert_eq!((frame.payload().len(), frame.cut, frame.length()), (SNAP, 1194, 1234));
    assert!(numbers.eq(1..desk.state.past.index.next_number()), "no frame has another number for it");
}

#[test]
fn what_left_memory_is_listed_and_inspected_as_it_was() {
    let (mut desk, store) = seen_much();
    assert!(desk.state.world.log.first_number() > FRAMES / 2, "most have left memory");
    let all = desk.state.timeline().len();
    assert_eq!(all as u64, desk.state.world.log.next_number() - 1, "and yet all are listed");
    desk.press("g");
    let screen = store.settle(&mut desk);
    assert!(screen.contains("message 0") && screen.contains("message 7"), "{screen}");
    assert!(!screen.contains("are gone"), "{screen}");
    desk.press("j j j j j j j j j j j j j j j j j j j j j j j j j j j j j j");
    let screen = store.settle(&mut desk);
    let cursor = desk.state.traffic.cursor;
    let words = frame(&desk, cursor).summary.clone();
    assert!(words.starts_with("message "), "{words}");
    let inspected = screen.lines().filter(|line| line.contains(&words)).count();
    assert!(inspected >= 2, "in the list and in the inspector:\n{screen}");
    assert_eq!(frame(&desk, cursor).protocol, "text");
}

#[test]
fn until_it_is_read_a_row_says_so_and_the_same_is_not_asked_for_twice() {
    let (mut desk, store) = seen_much();
    desk.press("g");
    desk.effects();
    let screen = desk.screen().join("\n");
    assert!(screen.contains("1 …"), "{screen}");
    let asked = |desk: &mut Desk| {
        let effects = desk.effects();
        let requests =
            effects.into_iter().filter_map(|effect| if let Effect::Recall(it) = effect { Some(it) } else { None });
        requests.collect::<Vec<_>>()
    };
    let requests = asked(&mut desk);
    assert!(!requests.is_empty());
    desk.screen();
    assert_eq!(asked(&mut desk), [], "what is awaited is not asked for again");
    for request in requests {
        let trouble = Trouble::new("read", "the recording", "the disk is gone", "");
        desk.tell(Msg::Recalled(Answer { id: request.id, purpose: request.purpose, outcome: Err(trouble) }));
    }
    let screen = desk.screen().join("\n");
    assert!(screen.contains("the disk is gone"), "{screen}");
    assert_eq!(asked(&mut desk), [], "what cannot be read is not asked for for ever");
    desk.press("esc esc G k g");
    let screen = store.settle(&mut desk);
    assert!(!screen.contains("message 0"), "the same page is not tried again: {screen}");
    desk.press("pagedown");
    let screen = store.settle(&mut desk);
    assert!(screen.contains("message "), "another one is: {screen}");
}

#[test]
fn a_filter_finds_what_is_on_disk_and_new_frames_as_they_come() {
    let (mut desk, mut store) = seen_much();
    desk.press("/");
    desk.paste("frame contains \"message 17\"");
    desk.press("enter");
    store.settle(&mut desk);
    let expected = (0..FRAMES).filter(|number| number.to_string().starts_with("17")).count();
    assert_eq!(desk.state.traffic.count(&desk.state.timeline()), expected);
    assert_eq!(desk.state.traffic.progress(&desk.state.timeline()), None);
    let guest = desk.guest("echo");
    desk.received("echo", guest, "message 17 again");
    store.record(&mut desk);
    store.settle(&mut desk);
    assert_eq!(desk.state.traffic.count(&desk.state.timeline()), expected + 1);
    // The rows of a filter lie far apart; each of them is read.
    desk.press("g");
    let screen = store.settle(&mut desk);
    assert!(
        screen.contains("message 17") && screen.contains("message 170") && screen.contains("message 179"),
        "{screen}"
    );
}

#[test]
fn one_conversation_alone_goes_on_beyond_memory() {
    let (mut desk, store) = seen_much();
    desk.press("g");
    store.settle(&mut desk);
    desk.press("j j j j j j j j j j j j j j j");
    store.settle(&mut desk);
    let flow = frame(&desk, desk.state.traffic.cursor).flow;
    desk.press("o");
    store.settle(&mut desk);
    assert_eq!((desk.state.traffic.only, flow.is_some()), (flow, true));
    let count = desk.state.traffic.count(&desk.state.timeline());
    assert_eq!(count as u64, FRAMES / 2 + 1, "its messages and its beginning");
}

#[test]
fn a_stream_is_read_from_its_first_byte_to_its_last() {
    let (mut desk, store) = seen_much();
    desk.press("] ]");
    let screen = store.settle(&mut desk);
    let last = |number: u64| format!("message {}", FRAMES - number);
    assert!(screen.contains(&last(1)) || screen.contains(&last(2)), "{screen}");
    let said = |screen: &str| -> Vec<u64> {
        let numbers = screen.lines().filter_map(|line| line.split("message ").nth(1));
        numbers.filter_map(|rest| rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()).collect()
    };
    let mut seen = std::collections::BTreeSet::new();
    let mut screen = screen;
    for _ in 0..400 {
        seen.extend(said(&screen));
        desk.press("pageup");
        screen = store.settle(&mut desk);
    }
    let first = *seen.first().unwrap();
    assert!(first <= 1, "the first byte is reached, not {first}");
    let missed: Vec<u64> = (first..FRAMES).step_by(2).filter(|number| !seen.contains(number)).collect();
    assert_eq!(missed, Vec::<u64>::new(), "every message came by");
    for _ in 0..400 {
        desk.press("pagedown");
        screen = store.settle(&mut desk);
    }
    assert!(said(&screen).contains(&(FRAMES - 2 + first % 2)), "and back to the end: {screen}");
}

/// The words of the frame under the cursor.
fn at_cursor(desk: &Desk) -> String {
    frame(desk, desk.state.traffic.cursor).summary.clone()
}

/// Presses keys and reads what is asked for, key by key.
fn press(desk: &mut Desk, store: &Disk, keys: &str) {
    for key in keys.split_whitespace() {
        desk.press(key);
        store.settle(desk);
    }
}

#[test]
fn a_search_goes_on_from_memory_into_the_recording_both_ways() {
    let (mut desk, store) = seen_much();
    press(&mut desk, &store, "F");
    desk.type_text("message 17");
    store.settle(&mut desk);
    press(&mut desk, &store, "enter");
    assert_eq!(at_cursor(&desk), "message 1799", "the last before the end, long gone from memory");
    press(&mut desk, &store, "N");
    assert_eq!(at_cursor(&desk), "message 1798");
    press(&mut desk, &store, "g n");
    assert_eq!(at_cursor(&desk), "message 17", "the first from the beginning on");
    press(&mut desk, &store, "n");
    assert_eq!(at_cursor(&desk), "message 170");
    press(&mut desk, &store, "N N");
    assert_eq!(at_cursor(&desk), "message 1799", "round the beginning");
    assert!(desk.notice().contains("wrapped"), "{}", desk.notice());
    let screen = store.settle(&mut desk);
    assert!(screen.lines().filter(|line| line.contains("message 1799")).count() >= 2, "list and inspector: {screen}");
}

#[test]
fn a_search_that_began_in_the_recording_comes_to_what_is_in_memory_and_round() {
    let (mut desk, store) = seen_much();
    let last = format!("message {}", FRAMES - 1);
    press(&mut desk, &store, "g f");
    desk.type_text(&last);
    store.settle(&mut desk);
    press(&mut desk, &store, "enter");
    assert_eq!(at_cursor(&desk), last);
    assert!(desk.state.world.log.frame(desk.state.traffic.cursor).is_some(), "it is in memory");
    press(&mut desk, &store, "n");
    assert_eq!(at_cursor(&desk), last, "the only one, found again from the other end");
    press(&mut desk, &store, "f");
    desk.type_text("no such words");
    store.settle(&mut desk);
    press(&mut desk, &store, "enter");
    assert_eq!(desk.notice(), "nothing found for no such words");
    assert!(!desk.state.traffic.is_hunting());
}

#[test]
fn only_what_the_filter_shows_of_a_recording_is_searched() {
    let (mut desk, store) = seen_much();
    desk.press("/");
    desk.paste("frame contains \"message 1\"");
    press(&mut desk, &store, "enter g f");
    desk.type_text("9");
    store.settle(&mut desk);
    press(&mut desk, &store, "enter");
    // Numbers and ports are no words of a frame; its text is.
    assert_eq!(at_cursor(&desk), "message 19", "9 alone is not in the list");
    press(&mut desk, &store, "N");
    assert_eq!(at_cursor(&desk), "message 1999");
}

#[test]
fn what_has_no_match_any_more_while_it_is_typed_is_not_read_for_ever() {
    let (mut desk, store) = seen_much();
    press(&mut desk, &store, "g");
    let began = desk.state.traffic.cursor;
    desk.press("f");
    desk.type_text("message 29");
    desk.screen();
    let asked = desk.effects().into_iter().filter(|effect| matches!(effect, Effect::Recall(_))).count();
    assert_eq!(asked, 1, "the letters typed meanwhile wait for the first answer");
    assert!(desk.state.traffic.is_hunting());
    let screen = desk.screen().join("\n");
    assert!(screen.contains("searching 0 %"), "{screen}");
    desk.press("esc");
    assert!(!desk.state.traffic.is_hunting());
    assert_eq!(desk.state.traffic.cursor, began);
    store.settle(&mut desk);
    assert_eq!(desk.state.traffic.cursor, began, "an answer that comes late moves nothing");
}

#[test]
fn a_search_whose_recording_cannot_be_read_ends_and_says_so() {
    let (mut desk, store) = seen_much();
    press(&mut desk, &store, "g f");
    desk.type_text("message 1500");
    desk.screen();
    for effect in desk.effects() {
        let Effect::Recall(request) = effect else { continue };
        assert_eq!(request.purpose, Purpose::Seek);
        let trouble = Trouble::new("read", "the recording", "the disk is gone", "");
        desk.tell(Msg::Recalled(Answer { id: request.id, purpose: request.purpose, outcome: Err(trouble) }));
    }
    assert!(!desk.state.traffic.is_hunting());
    assert!(desk.screen().join("\n").contains("the disk is gone"));
}

#[test]
fn frames_that_left_memory_are_marked_and_found_by_their_marks() {
    let (mut desk, store) = seen_much();
    press(&mut desk, &store, "g j j m");
    let marked = desk.state.traffic.cursor;
    assert!(desk.state.world.log.frame(marked).is_none(), "it is in the recording only");
    press(&mut desk, &store, "/");
    desk.paste("wl.mark");
    press(&mut desk, &store, "enter");
    let shown = |desk: &Desk| {
        let all = desk.state.timeline();
        (0..desk.state.traffic.count(&all))
            .filter_map(|row| desk.state.traffic.number_at(&all, row))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&desk), [marked]);
    press(&mut desk, &store, "m");
    assert_eq!(shown(&desk), Vec::<u64>::new(), "no longer marked, it leaves the list");
    press(&mut desk, &store, "c g a");
    desk.type_text("the beginning");
    press(&mut desk, &store, "enter");
    assert_eq!(desk.state.world.remarks.of(desk.state.traffic.cursor).note, Some("the beginning"));
    let screen = store.settle(&mut desk);
    assert!(screen.contains("wl.note    the beginning"), "the inspector tells it: {screen}");
    desk.press("f");
    desk.type_text("the beginning");
    store.settle(&mut desk);
    press(&mut desk, &store, "enter");
    assert_eq!(desk.notice(), "", "a note is searched for too, and this is the frame it stands on");
}

#[test]
fn a_stream_is_searched_beyond_what_is_at_hand() {
    let (mut desk, store) = seen_much();
    press(&mut desk, &store, "] ] g f");
    desk.press("ctrl-t");
    // The guest that spoke last said every second message; the match begins in one frame and ends in the next.
    desk.type_text("message 1501\\nmessage 1503");
    store.settle(&mut desk);
    press(&mut desk, &store, "enter");
    let screen = store.settle(&mut desk);
    assert!(screen.contains("message 1501") && screen.contains("message 1503"), "{screen}");
    let found = desk.state.traffic.found.clone().expect("there is a match");
    assert!(found.start.frame < found.end.frame, "{found:?}");
    let stood = found.start;
    press(&mut desk, &store, "n");
    assert_eq!(desk.state.traffic.found.clone().map(|found| found.start), Some(stood), "round the end to the only one");
    press(&mut desk, &store, "N");
    assert_eq!(desk.state.traffic.found.clone().map(|found| found.start), Some(stood), "and back");
    assert!(desk.notice().contains("wrapped"), "{}", desk.notice());
}

#[test]
fn frames_of_a_file_that_was_dropped_are_gone_and_said_to_be() {
    let (mut desk, store) = seen_much();
    let first_in_memory = desk.state.world.log.first_number();
    desk.tell(Msg::Recording(Told::Removed(store.file.clone())));
    let all = desk.state.timeline();
    assert_eq!((all.first_number(), all.len()), (first_in_memory, desk.state.world.log.len()));
    let screen = desk.screen().join("\n");
    assert!(screen.contains("are gone"), "{screen}");
}
