//! The recording: begun unasked, shown, saved, asked about at the end, and offered when a run ended badly.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use wirelab::app::overlay::Overlay;
use wirelab::app::recording::{Keeping, Leftover, Order, Recorded, Told, Unasked};
use wirelab::app::{Content, Effect, Msg, WhenThere};
use wirelab::model::Trouble;

use crate::desk::Desk;

const FILE: &str = "/state/2026-01-31T12-03-00-7.pcapng";

fn tell(desk: &mut Desk, told: Told) {
    desk.tell(Msg::Recording(told));
}

/// The recorder has written so many frames with data.
fn wrote(desk: &mut Desk, file: &str, data: u64, bytes: u64) {
    tell(
        desk,
        Told::Recorded(Recorded { file: Arc::from(Path::new(file)), frames: Vec::new(), data, left_out: 0, bytes }),
    );
}

/// A lab that is being recorded, its keys free.
fn recording() -> Desk {
    let mut desk = Desk::new();
    tell(&mut desk, Told::Began(Arc::from(Path::new(FILE)), Keeping::Temporary));
    wrote(&mut desk, FILE, 0, 2100);
    desk.press("esc");
    desk.effects();
    desk
}

fn leftover(minute: u8) -> Leftover {
    let began = format!("2026-01-30 09:{minute:02}:00");
    Leftover { files: vec![PathBuf::from(format!("/state/{minute}.pcapng"))], began, bytes: 3_600 }
}

fn header(desk: &mut Desk) -> String {
    desk.screen()[0].clone()
}

#[test]
fn everything_is_recorded_before_the_first_server_runs_and_nothing_when_the_user_does_not_want_it() {
    let mut desk = Desk::empty();
    desk.tell(Msg::Started);
    let effects = desk.effects();
    assert_eq!(effects[..2], [Effect::Record(Order::Start(None)), Effect::Record(Order::FindLeftovers)]);
    assert!(matches!(effects[2], Effect::Net(_)));
    let mut desk = Desk::empty();
    desk.state.recording.settings.unasked = Unasked::No;
    desk.tell(Msg::Started);
    assert_eq!(desk.effects()[0], Effect::Record(Order::FindLeftovers));
    assert!(!header(&mut desk).contains("rec"));
}

#[test]
fn the_header_shows_how_much_is_recorded_and_whether_it_goes_on() {
    let mut desk = recording();
    assert!(header(&mut desk).contains("● rec 2.1 kB"));
    wrote(&mut desk, FILE, 10, 1_240_000);
    assert!(header(&mut desk).contains("● rec 1.2 MB"));
    tell(&mut desk, Told::Missed(1234));
    assert!(header(&mut desk).contains("1.2k frames missing") && desk.error().contains("slower than the traffic"));
    tell(&mut desk, Told::Stopped);
    assert!(header(&mut desk).contains("○ rec 1.2 MB"));
    tell(&mut desk, Told::Failed(Trouble::new("record to", "/x", "the disk is full", "make room")));
    assert!(header(&mut desk).contains("✗ rec 1.2 MB"));
}

#[test]
fn what_a_flood_leaves_out_is_told_once_and_counted_in_the_header() {
    let mut desk = recording();
    let flooded = |desk: &mut Desk, left_out| {
        let file = Arc::from(Path::new(FILE));
        tell(desk, Told::Recorded(Recorded { file, frames: Vec::new(), data: 5, left_out, bytes: 9000 }));
    };
    flooded(&mut desk, 0);
    assert!(!header(&mut desk).contains("left out"));
    flooded(&mut desk, 5_000_000_000);
    assert!(header(&mut desk).contains("● rec 9.0 kB, 5.0 GB left out"), "{}", header(&mut desk));
    let told = desk.screen().join("\n");
    assert!(told.contains("faster than 300 MB/s"), "{told}");
    flooded(&mut desk, 7_000_000_000);
    assert!(header(&mut desk).contains("12 GB left out"));
}

#[test]
fn a_ring_counts_what_it_still_has() {
    let mut desk = recording();
    wrote(&mut desk, FILE, 10, 1_000_000);
    tell(&mut desk, Told::Began(Arc::from(Path::new("/state/2")), Keeping::Temporary));
    wrote(&mut desk, "/state/2", 5, 500_000);
    assert_eq!((desk.state.recording.bytes(), desk.state.recording.unsaved()), (1_500_000, 15));
    tell(&mut desk, Told::Removed(Arc::from(Path::new(FILE))));
    assert_eq!((desk.state.recording.bytes(), desk.state.recording.unsaved()), (500_000, 5));
}

#[test]
fn quitting_asks_once_data_is_recorded_and_a_second_q_quits() {
    let mut desk = recording();
    desk.press("q");
    assert_eq!(desk.effects(), [Effect::Quit], "only servers have started");
    wrote(&mut desk, FILE, 2, 3000);
    desk.press("q");
    assert_eq!(desk.effects(), []);
    assert!(desk.screen().join("\n").contains("Quit? 2 messages are recorded and not saved."));
    desk.press("esc");
    assert!(desk.state.overlay.is_none());
    for key in ["q", "enter", "y"] {
        desk.press("q");
        desk.press(key);
        assert_eq!(desk.effects(), [Effect::Record(Order::Forget), Effect::Quit], "{key}");
    }
}

#[test]
fn what_the_user_named_is_kept_without_a_question() {
    let mut desk = Desk::new();
    tell(&mut desk, Told::Began(Arc::from(Path::new("/mine.pcapng")), Keeping::Named));
    wrote(&mut desk, "/mine.pcapng", 100, 10_000);
    desk.press("esc");
    desk.effects();
    desk.press("q");
    assert_eq!(desk.effects(), [Effect::Quit]);
}

#[test]
fn ctrl_c_quits_at_once_and_what_is_recorded_stays() {
    let mut desk = recording();
    wrote(&mut desk, FILE, 2, 3000);
    desk.press("ctrl-c");
    assert_eq!(desk.effects(), [Effect::Quit], "nothing is forgotten");
}

#[test]
fn the_whole_recording_is_saved_and_what_comes_later_is_asked_about_again() {
    let mut desk = recording();
    wrote(&mut desk, FILE, 2, 3000);
    desk.press("4 w");
    desk.fill("file", "/tmp/mine.pcapng");
    desk.press("enter");
    let saving =
        |when_there| Effect::SaveFile { path: "/tmp/mine.pcapng".into(), content: Content::Recording, when_there };
    assert!(desk.effects().contains(&saving(WhenThere::Ask)));
    desk.tell(Msg::FileIsThere { path: "/tmp/mine.pcapng".into(), content: Content::Recording });
    desk.press("y");
    assert_eq!(desk.effects(), [saving(WhenThere::Replace)]);
    wrote(&mut desk, FILE, 3, 4000);
    tell(&mut desk, Told::Saved(Ok("/tmp/mine.pcapng".into())));
    assert_eq!(desk.notice(), "wrote /tmp/mine.pcapng");
    desk.press("q");
    assert!(desk.screen().join("\n").contains("3 messages are recorded and not saved"));
}

#[test]
fn it_is_saved_on_the_way_out_and_the_program_ends_only_when_that_is_done() {
    let mut desk = recording();
    wrote(&mut desk, FILE, 2, 3000);
    desk.press("q s");
    assert_eq!(desk.form().title, "Save the traffic, then quit");
    desk.fill("file", "/tmp/mine.pcapng");
    desk.press("enter");
    assert!(!desk.effects().contains(&Effect::Quit));
    tell(&mut desk, Told::Saved(Ok("/tmp/mine.pcapng".into())));
    assert!(desk.effects().contains(&Effect::Quit));
}

#[test]
fn a_save_that_fails_or_is_given_up_does_not_quit_later() {
    let failed = || Told::Saved(Err(Trouble::new("save", "/tmp/mine", "the disk is full", "make room")));
    let there = || Msg::FileIsThere { path: "/tmp/mine".into(), content: Content::Recording };
    for gives_up in [true, false] {
        let mut desk = recording();
        wrote(&mut desk, FILE, 2, 3000);
        desk.press("q s enter");
        if gives_up {
            desk.tell(there());
            desk.press("n");
        } else {
            tell(&mut desk, failed());
            assert!(desk.error().contains("the disk is full"));
        }
        desk.effects();
        desk.press("esc 4 w enter");
        tell(&mut desk, Told::Saved(Ok("/tmp/mine".into())));
        assert!(!desk.effects().contains(&Effect::Quit));
    }
}

#[test]
fn the_command_stops_and_starts_and_names_a_file() {
    let mut desk = recording();
    let run = |desk: &mut Desk, line: &str| {
        desk.press(":");
        desk.retype(line);
        desk.press("enter");
        let orders = desk
            .effects()
            .into_iter()
            .filter_map(|effect| if let Effect::Record(order) = effect { Some(order) } else { None });
        orders.collect::<Vec<_>>()
    };
    assert_eq!(run(&mut desk, "record start"), [], "it is on");
    assert!(desk.screen().join("\n").contains("everything is being recorded"));
    desk.press("esc");
    assert_eq!(run(&mut desk, "record stop"), [Order::Stop]);
    tell(&mut desk, Told::Stopped);
    assert_eq!(run(&mut desk, "record start"), [Order::Start(None)]);
    assert_eq!(run(&mut desk, "record start /tmp/a.pcapng"), [Order::Start(Some("/tmp/a.pcapng".into()))]);
    assert_eq!(run(&mut desk, "record /tmp/my lab.pcapng"), [Order::Start(Some("/tmp/my lab.pcapng".into()))]);
    desk.press("W");
    assert_eq!(desk.effects(), [Effect::Record(Order::Start(None))]);
}

#[test]
fn leftovers_are_offered_with_their_time_size_and_how_to_open_them() {
    let mut desk = Desk::new();
    tell(&mut desk, Told::Leftovers(vec![leftover(2), leftover(1)]));
    let screen = desk.screen().join("\n");
    for words in ["2026-01-30 09:02:00", "3.6 kB", "wirelab open /state/2.pcapng", "2026-01-30 09:01:00"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    desk.press("j");
    assert!(desk.screen().join("\n").contains("wirelab open /state/1.pcapng"));
    desk.press("s");
    desk.fill("file", "/tmp/found.pcapng");
    desk.effects();
    desk.press("enter");
    let (path, content) = ("/tmp/found.pcapng".into(), Content::Leftover(leftover(1)));
    assert!(desk.effects().contains(&Effect::SaveFile { path, content, when_there: WhenThere::Ask }));
    tell(&mut desk, Told::LeftoverSaved(leftover(1), Ok("/tmp/found.pcapng".into())));
    assert_eq!(desk.state.recording.leftovers, [leftover(2)]);
}

#[test]
fn a_leftover_is_thrown_away_only_after_a_yes() {
    let mut desk = Desk::new();
    tell(&mut desk, Told::Leftovers(vec![leftover(2), leftover(1)]));
    desk.effects();
    desk.press("x n");
    assert_eq!(desk.effects(), []);
    desk.press("x y");
    assert_eq!(desk.effects(), [Effect::Record(Order::Remove(leftover(2)))]);
    assert!(matches!(desk.state.overlay, Some(Overlay::Leftovers(0))), "the other is shown again");
    tell(&mut desk, Told::LeftoverRemoved(leftover(2)));
    desk.press("x y");
    assert_eq!(desk.effects(), [Effect::Record(Order::Remove(leftover(1)))]);
    assert!(desk.state.overlay.is_none());
}

#[test]
fn leftovers_kept_for_later_can_be_shown_again_and_nothing_being_done_is_covered_by_them() {
    let mut desk = Desk::new();
    desk.press("esc");
    desk.press("?");
    tell(&mut desk, Told::Leftovers(vec![leftover(1)]));
    assert!(matches!(desk.state.overlay, Some(Overlay::Help(_))));
    assert!(desk.notice().contains(":leftovers"), "{}", desk.notice());
    desk.press("esc O");
    assert!(matches!(desk.state.overlay, Some(Overlay::Leftovers(_))));
    desk.press("esc");
    assert_eq!(desk.state.recording.leftovers.len(), 1);
}
