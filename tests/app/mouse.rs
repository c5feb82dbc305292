//! The mouse: borders dragged, rows opened, bytes selected, bars pulled, and keys on the screen pressed.

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEventKind};
use wirelab::app::overlay::Overlay;
use wirelab::app::pane::inspector::{Fold, Half};
use wirelab::app::pane::{PaneId, servers};
use wirelab::app::{Effect, Zoom};
use wirelab::contract::NetCommand;

use crate::desk::Desk;

const REQUEST: &str = "POST /form HTTP/1.1\r\nHost: lab\r\nContent-Length: 7\r\n\r\na=1&b=2";

/// A guest of the echo server has said this; its pane has the keys.
fn desk(said: &str) -> Desk {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    desk.received("echo", guest, said);
    desk.press("esc 5");
    desk.screen();
    desk
}

/// Many frames, many enough for a scroll bar.
fn crowded() -> Desk {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for number in 0..200 {
        desk.received("echo", guest, &format!("word{number}.\n"));
    }
    desk.press("esc 4");
    desk.screen();
    desk
}

fn selected(desk: &mut Desk) -> Vec<Effect> {
    desk.effects();
    desk.press("y");
    desk.effects()
}

fn shows(desk: &mut Desk, text: &str) -> bool {
    desk.screen().iter().any(|row| row.contains(text))
}

#[test]
fn the_line_between_the_columns_is_dragged_as_far_as_both_can_give() {
    let mut desk = Desk::new();
    let (x, y) = desk.place_of("┬");
    desk.drag((x, y + 3), (x + 10, y + 4));
    assert_eq!(desk.place_of("┬").0, x + 10);
    desk.drag((x + 10, y + 3), (0, y + 3));
    assert_eq!(desk.place_of("┬").0, 30, "the left column keeps its least width");
    desk.drag((30, y + 3), (119, y + 3));
    assert_eq!(desk.place_of("┬").0, 89, "and so does the right one");
    let divider = (89, y + 3);
    for _ in 0..2 {
        desk.mouse(MouseEventKind::Down(MouseButton::Left), divider.0, divider.1);
    }
    assert_eq!(desk.place_of("┬").0, x, "a double click gives it back its place");
}

#[test]
fn a_title_is_dragged_and_only_the_border_above_it_moves() {
    let mut desk = Desk::new();
    let (client, http, inspector) =
        (desk.place_of(" 2 Client"), desk.place_of(" 3 HTTP"), desk.place_of(" 5 Inspector"));
    desk.drag(client, (client.0, client.1 + 2));
    assert_eq!((desk.place_of(" 2 Client").1, desk.place_of(" 3 HTTP").1), (client.1 + 2, http.1));
    desk.drag(inspector, (inspector.0, 0));
    let traffic = desk.place_of(" 4 Traffic").1;
    assert_eq!(desk.place_of(" 5 Inspector").1, traffic + 3, "a pane keeps its least height");
    assert_eq!(desk.place_of(" 3 HTTP").1, http.1);
}

#[test]
fn the_glimpse_of_traffic_in_an_accordion_is_as_high_as_it_is_dragged() {
    let mut desk = Desk::new();
    let row = |desk: &mut Desk| desk.draw((80, 24)).iter().position(|row| row.contains(" 4 Traffic")).unwrap() as u16;
    let before = row(&mut desk);
    desk.drag((3, before), (3, before - 3));
    assert_eq!(row(&mut desk), before - 3);
    assert_eq!(desk.state.focus, PaneId::Client, "a drag leaves the keys where they are");
    desk.drag((3, before - 3), (3, 0));
    assert!(row(&mut desk) > 4, "the pane that has the keys keeps its least height");
    let at = row(&mut desk);
    desk.mouse(MouseEventKind::Down(MouseButton::Left), 3, at);
    desk.mouse(MouseEventKind::Up(MouseButton::Left), 3, at);
    assert_eq!(desk.state.focus, PaneId::Traffic, "a click gives them");
}

#[test]
fn keys_move_the_borders_of_the_pane_that_has_them_and_give_them_back() {
    let mut desk = Desk::new();
    desk.press("esc 1");
    let (x, _) = desk.place_of("┬");
    desk.press(">");
    assert_eq!(desk.place_of("┬").0, x + 4);
    desk.press("5 >");
    assert_eq!(desk.place_of("┬").0, x, "the right column grows to the left");
    let y = desk.place_of(" 5 Inspector").1;
    desk.press("+");
    assert_eq!(desk.place_of(" 5 Inspector").1, y - 2);
    desk.press("4 +");
    assert_eq!(desk.place_of(" 5 Inspector").1, y);
    desk.press("1 > > + =");
    assert_eq!((desk.place_of("┬").0, desk.place_of(" 5 Inspector").1), (x, y));
}

#[test]
fn a_double_click_opens_what_is_there() {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    desk.received("echo", guest, REQUEST);
    desk.press("esc 5");
    desk.double_click("127.0.0.1:7001");
    assert!(desk.state.servers.is_on_clients(), "a server: its clients");
    assert!(servers::current_client(&desk.state).is_some());
    desk.double_click("seen");
    assert!(matches!(desk.state.overlay, Some(Overlay::Form(_))), "a client: a reply to it");
    desk.press("esc");
    desk.double_click("POST /form");
    assert_eq!(desk.state.focus, PaneId::Inspector, "a frame: the inspector");
    let is_open = |desk: &Desk| desk.state.inspector.rows[0].fold == Fold::Open;
    assert!(is_open(&desk));
    desk.double_click("▾");
    assert!(!is_open(&desk), "a field: folded");
    desk.double_click(" 4 Traffic");
    assert_eq!((desk.state.zoom, desk.state.focus), (Zoom::On, PaneId::Traffic), "a title: the pane fills the screen");
    desk.double_click(" 4 Traffic");
    assert_eq!(desk.state.zoom, Zoom::Off);
}

#[test]
fn two_presses_far_apart_in_time_or_place_open_nothing() {
    let mut desk = Desk::new();
    desk.press("esc 5");
    desk.click("127.0.0.1:7001");
    desk.passes(Duration::from_millis(500));
    desk.click("127.0.0.1:7001");
    assert!(!desk.state.servers.is_on_clients());
    desk.passes(Duration::from_millis(500));
    desk.click("127.0.0.1:7001");
    desk.click("127.0.0.1:7002");
    assert!(!desk.state.servers.is_on_clients());
}

#[test]
fn a_drag_selects_bytes_in_the_dump_and_they_are_copied() {
    let mut desk = desk(REQUEST);
    desk.press("] z");
    let (x, y) = desk.place_of("50 4f 53 54");
    desk.drag((x, y), (x + 10, y));
    assert_eq!(desk.state.inspector.half, Half::Bytes);
    assert_eq!(selected(&mut desk), [Effect::Copy("50 4f 53 54".into())]);
    desk.press("Y enter");
    assert_eq!(desk.effects(), [Effect::Copy("POST".into())], "the forms are of the selection too");
    desk.press("esc");
    assert_eq!(desk.state.inspector.selection, None);
    desk.drag((x + 9, y), (0, 0));
    assert_eq!(selected(&mut desk), [Effect::Copy("50 4f 53 54".into())], "a drag out of the pane stays within it");
    desk.mouse(MouseEventKind::Down(MouseButton::Left), x, y);
    assert_eq!(desk.state.inspector.selection, None, "a click drops it");
}

#[test]
fn a_double_click_on_a_byte_selects_its_field() {
    let mut desk = desk(REQUEST);
    desk.press("] z");
    desk.double_click("2f 66 6f");
    desk.press("Y");
    desk.effects();
    desk.press("enter");
    assert_eq!(desk.effects(), [Effect::Copy("/form".into())]);
}

#[test]
fn keys_select_bytes_too() {
    let mut desk = desk(REQUEST);
    desk.press("] z v right right right");
    assert_eq!(selected(&mut desk), [Effect::Copy("50 4f 53 54".into())]);
    desk.press("esc shift-right");
    assert_eq!(selected(&mut desk), [Effect::Copy("54 20".into())]);
    desk.press("v g v v G");
    let all = desk.state.inspector.selection.as_ref().map(wirelab::app::selection::Selection::span);
    assert_eq!(all, None, "v ends what v has begun");
    desk.press("esc z [");
    desk.press("g down v");
    let model = &desk.state.inspector;
    assert_eq!(model.lit(), model.rows[1].span, "in the tree the field's bytes are selected");
}

#[test]
fn text_is_selected_by_letters_and_by_lines() {
    let mut desk = desk("日本語 text\nsecond line\nthird\n");
    desk.press("] ] z");
    desk.screen();
    let (x, y) = desk.place_of("second");
    desk.drag((x - 1 + 5, y - 1), (x + 5, y));
    assert_eq!(selected(&mut desk), [Effect::Copy("語 text\nsecond".into())]);
    desk.press("esc shift-down");
    assert_eq!(selected(&mut desk), [Effect::Copy("日本語 text\nsecond line\n".into())]);
    desk.press("esc v");
    assert_eq!(selected(&mut desk), [Effect::Copy("日本語 text\n".into())]);
    desk.press("esc");
    desk.passes(Duration::from_secs(1));
    desk.double_click("second");
    assert_eq!(selected(&mut desk), [Effect::Copy("second line\n".into())], "a double click selects the line");
}

#[test]
fn the_stream_is_selected_across_frames_by_mouse_and_keys() {
    let mut desk = crowded();
    desk.press("] ]");
    desk.screen();
    desk.press("g");
    desk.screen();
    let (x, y) = desk.place_of("word1.");
    desk.drag((x + 4, y), (x + 5, y + 1));
    assert_eq!(selected(&mut desk), [Effect::Copy("1.\nword2.".into())]);
    desk.press("esc");
    assert_eq!(desk.state.traffic.selection, None);
    desk.press("shift-down shift-down");
    assert_eq!(selected(&mut desk), [Effect::Copy("word0.\nword1.\n".into())]);
    desk.press("G");
    desk.screen();
    assert!(shows(&mut desk, "word199."), "the end of the selection stays in sight");
}

#[test]
fn a_scroll_bar_is_there_only_when_there_is_more_and_is_dragged_to_either_end() {
    let mut desk = crowded();
    let bar = desk.place_of("┃");
    assert!(shows(&mut desk, "word199."));
    desk.drag(bar, (bar.0, 0));
    assert!(shows(&mut desk, "word0.") && !shows(&mut desk, "word199."));
    let (_, top) = desk.place_of("┃");
    desk.drag((bar.0, top), (bar.0, 35));
    assert!(shows(&mut desk, "word199."));
    let mut few = Desk::new();
    assert!(!shows(&mut few, "┃"));
}

#[test]
fn the_wheel_scrolls_a_menu_and_chooses_nothing() {
    let mut desk = Desk::new();
    desk.press("ctrl-p");
    let first = desk.screen()[8].clone();
    desk.mouse(MouseEventKind::ScrollDown, 60, 12);
    assert_ne!(desk.screen()[8], first);
    assert!(matches!(&desk.state.overlay, Some(Overlay::Palette(palette)) if palette.at == 0));
    desk.mouse(MouseEventKind::ScrollUp, 60, 12);
    assert_eq!(desk.screen()[8], first);
}

#[test]
fn what_is_written_on_a_form_and_a_question_can_be_pressed() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.click("behaviour");
    let chosen = desk.form().text("behaviour").to_owned();
    desk.click(" ›");
    let (x, y) = desk.place_of("›");
    desk.mouse(MouseEventKind::Down(MouseButton::Left), x, y);
    assert_ne!(desk.form().text("behaviour"), chosen);
    desk.click("name");
    assert_eq!(desk.form().fields[desk.form().at].label, "name");
    desk.click("give up");
    assert!(desk.state.overlay.is_none());
    desk.press("x");
    desk.click("no");
    assert_eq!(desk.commands(), []);
    desk.press("x");
    desk.click("yes");
    assert!(matches!(&desk.commands()[..], [NetCommand::Stop(_)]));
}

#[test]
fn a_row_of_a_menu_is_chosen_and_a_click_beside_closes_it() {
    let mut desk = desk("a\tb");
    desk.press("g Y");
    desk.effects();
    desk.click("base64");
    assert_eq!(desk.effects(), [Effect::Copy("YQli".into())]);
    desk.press("Y");
    desk.screen();
    desk.mouse(MouseEventKind::Down(MouseButton::Left), 0, 0);
    assert!(desk.state.overlay.is_none());
}
