//! How the screen looks: themes by key and by the terminal's background, and what moves for a moment.

use std::time::Duration;

use wirelab::app::look::{Motion, ThemeChoice};
use wirelab::app::{Effect, Msg};
use wirelab::model::Rgb;
use wirelab::ui::theme::{Depth, Themes};

use crate::desk::Desk;

const WHITE: Rgb = Rgb(255, 255, 255);

fn lively() -> Desk {
    let mut desk = Desk::new();
    // What the opening showed has come to rest.
    desk.passes(Duration::from_secs(10));
    desk.state.look.motion = Motion::Full;
    desk.effects();
    desk
}

fn wakes(desk: &mut Desk) -> usize {
    desk.effects().iter().filter(|effect| matches!(effect, Effect::Wake { .. })).count()
}

#[test]
fn a_key_goes_from_theme_to_theme_and_says_which() {
    let mut desk = Desk::new();
    desk.state.look.themes = Themes::built_in(Depth::TrueColor).names();
    desk.press("esc T");
    assert_eq!(desk.notice(), "theme dark");
    desk.press("T T T");
    assert_eq!(desk.notice(), "theme mono");
    desk.press("T");
    assert_eq!(desk.notice(), "theme auto: dark on this terminal");
}

#[test]
fn the_terminal_s_background_is_drawn_on_only_when_it_changes_something() {
    let mut desk = Desk::new();
    desk.effects();
    desk.tell(Msg::Background(Rgb(0, 0, 0)));
    assert_eq!(desk.effects(), [], "dark was taken for granted");
    desk.tell(Msg::Background(WHITE));
    assert_eq!(desk.effects(), [Effect::Redraw]);
    assert_eq!(desk.state.look.theme_name(), "light");
    desk.state.look.theme = ThemeChoice::Named("dark".into());
    desk.tell(Msg::Background(WHITE));
    assert_eq!(desk.effects(), [], "what was chosen stays");
}

#[test]
fn a_frame_that_arrives_asks_for_one_waking_and_then_there_is_rest() {
    let mut desk = lively();
    let pair = desk.connects("client", "echo");
    desk.sent("client", pair.client, "hello");
    desk.received("echo", pair.server, "hello");
    assert_eq!(wakes(&mut desk), 1, "however many frames arrive in a moment");
    desk.passes(Duration::from_secs(5));
    assert!(wakes(&mut desk) <= 1, "the last frame came a little after the first");
    desk.passes(Duration::from_mins(1));
    desk.press("tab");
    assert_eq!(wakes(&mut desk), 0);
}

#[test]
fn a_flood_costs_no_more_wakings_than_moments() {
    let mut desk = lively();
    let pair = desk.connects("client", "echo");
    // The desk's clock goes a millisecond on with each.
    for _ in 0..2000 {
        desk.sent("client", pair.client, "hello");
    }
    assert_eq!(wakes(&mut desk), 1, "the one asked for is still awaited");
}

#[test]
fn a_connection_that_is_being_opened_moves_until_it_stands() {
    let mut desk = lively();
    desk.press("esc c");
    let mut signs = Vec::new();
    for _ in 0..4 {
        desk.passes(Duration::from_millis(120));
        let row = desk.screen().into_iter().find(|row| row.contains(" connecting")).expect("it says so");
        let sign = row.split(" connecting").next().and_then(|before| before.chars().last());
        signs.push(sign.expect("a sign before it"));
    }
    signs.sort_unstable();
    signs.dedup();
    assert!(signs.len() > 2, "{signs:?}");
    desk.connected("client", "127.0.0.1:7001");
    desk.passes(Duration::from_secs(5));
    desk.effects();
    desk.passes(Duration::from_mins(1));
    assert_eq!(wakes(&mut desk), 0);
}

#[test]
fn nothing_moves_where_motion_is_reduced() {
    let mut desk = lively();
    desk.state.look.motion = Motion::Reduced;
    desk.press("esc c");
    assert!(desk.screen().iter().any(|row| row.contains("◌ connecting")));
    let conn = desk.connected("client", "127.0.0.1:7001");
    desk.sent("client", conn, "hello");
    assert_eq!(wakes(&mut desk), 0);
}
