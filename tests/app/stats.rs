//! The stats tab: its table, what it leads to, and that the kernel is asked only while somebody looks.

use wirelab::app::minds_the_time;
use wirelab::app::pane::traffic::Tab;
use wirelab::app::pane::traffic::stats::{Column, Subject, cursor, rows};
use wirelab::contract::NetCommand;
use wirelab::model::FlowId;

use crate::desk::Desk;

/// Two guests of the echo server, of whom the first said more; the keys are in the stats.
fn desk() -> Desk {
    let mut desk = Desk::new();
    let (first, second) = (desk.guest("echo"), desk.guest("echo"));
    desk.received("echo", first, "a long word");
    desk.received("echo", second, "a word");
    desk.press("esc 4 [");
    desk.draw((120, 36));
    desk
}

fn flows(desk: &Desk) -> Vec<u64> {
    let number = |subject| if let Subject::Flow(id) = subject { id.0 } else { 0 };
    rows(&desk.state).into_iter().map(|row| number(row.subject)).collect()
}

/// How many sockets the network was asked to watch, each time it was.
fn watched(desk: &mut Desk) -> Vec<usize> {
    let ends = |command| if let NetCommand::Watch(_, ends) = command { Some(ends.len()) } else { None };
    desk.commands().into_iter().filter_map(ends).collect()
}

#[test]
fn rows_are_sorted_by_what_is_asked_and_the_cursor_stays_with_its_flow() {
    let mut desk = desk();
    assert_eq!(flows(&desk), [2, 1], "the newest first");
    desk.press("j s");
    assert_eq!((desk.state.traffic.stats.sorted, flows(&desk)), (Column::Bytes, vec![1, 2]));
    assert_eq!(cursor(&desk.state, &rows(&desk.state)), 0, "it went with its flow");
    desk.press("S");
    assert_eq!(flows(&desk), [2, 1]);
}

#[test]
fn enter_on_a_flow_shows_its_frames_alone() {
    let mut desk = desk();
    desk.press("j enter");
    assert_eq!((desk.state.traffic.tab, desk.state.traffic.only), (Tab::List, Some(FlowId(1))));
    desk.press("c [ v o");
    assert_eq!(desk.state.traffic.tab, Tab::Stats, "a node is no flow");
}

#[test]
fn the_kernel_is_asked_of_the_chosen_flow_while_it_is_shown_and_not_else() {
    let mut desk = desk();
    assert_eq!(watched(&mut desk), [2], "both ends of the chosen flow");
    desk.draw((120, 36));
    assert_eq!(watched(&mut desk), [0; 0], "the same is not asked twice");
    desk.press("j");
    desk.draw((120, 36));
    assert_eq!(watched(&mut desk), [2], "another flow");
    desk.press("[");
    desk.draw((120, 36));
    assert_eq!(watched(&mut desk), [0], "another tab");
    desk.press("]");
    desk.draw((120, 36));
    desk.press("5 z");
    desk.draw((120, 36));
    assert_eq!(watched(&mut desk), [2, 0], "out of sight");
}

#[test]
fn rates_are_drawn_anew_for_a_minute_and_then_nothing_is() {
    let mut desk = desk();
    assert!(minds_the_time(&desk.state));
    desk.passes(std::time::Duration::from_secs(62));
    assert!(!minds_the_time(&desk.state));
}
