//! What lies over the panes, what always works, and the mouse.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};
use wirelab::app::command::COMMANDS;
use wirelab::app::help::Help;
use wirelab::app::overlay::Overlay;
use wirelab::app::pane::PaneId;
use wirelab::app::pane::client::Editing;
use wirelab::app::pane::{http, inspector, traffic};
use wirelab::app::{Effect, Msg, Zoom};
use wirelab::contract::NetCommand;
use wirelab::model::Trouble;

use crate::desk::Desk;

fn is_palette(desk: &Desk) -> bool {
    matches!(desk.state.overlay, Some(Overlay::Palette(_)))
}

/// A fresh desk after each of the ways to have the keys somewhere: a name and the keys that lead there.
fn everywhere() -> Vec<(&'static str, Desk)> {
    let ways = [
        ("the servers", "esc 1"),
        ("a server's clients", "esc 1 enter"),
        ("the payload", ""),
        ("the target", "esc t"),
        ("the client", "esc"),
        ("the URL", "esc 3 i"),
        ("the search", "esc 3 esc /"),
        ("the HTTP rows", "esc 3 esc ] ] ]"),
        ("the HTTP body", "esc 3 esc ] ] ] ] ] e"),
        ("the traffic", "esc 4"),
        ("the filter", "esc 4 /"),
        ("the stream", "esc 4 ]"),
        ("the inspector", "esc 5"),
        ("the palette", "ctrl-p"),
        ("the help", "f1"),
        ("a form", "esc 1 n"),
        ("a question", "esc 1 x"),
        ("the settings", "esc o"),
        ("the address", "esc A"),
    ];
    ways.into_iter()
        .map(|(name, keys)| {
            let mut desk = Desk::new();
            desk.press(keys);
            (name, desk)
        })
        .collect()
}

#[test]
fn ctrl_c_quits_from_everywhere() {
    for (name, mut desk) in everywhere() {
        desk.effects();
        desk.press("ctrl-c");
        assert_eq!(desk.effects(), [Effect::Quit], "{name}");
    }
}

#[test]
fn esc_backs_out_of_everywhere() {
    for (name, mut desk) in everywhere() {
        desk.press("esc esc esc esc");
        assert!(desk.state.overlay.is_none(), "{name}");
        let focus = desk.state.focus;
        desk.press("z");
        assert_eq!((desk.state.zoom, desk.state.focus), (Zoom::On, focus), "letters are commands again: {name}");
        desk.press("esc");
        assert_eq!(desk.state.zoom, Zoom::Off, "{name}");
    }
}

#[test]
fn tab_goes_round_the_panes_from_every_field() {
    let mut desk = Desk::new();
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(desk.state.focus);
        desk.press("tab");
    }
    let [servers, client, http, traffic, inspector] = PaneId::ALL;
    assert_eq!(seen, [client, http, traffic, inspector, servers]);
    desk.press("shift-tab");
    assert_eq!(desk.state.focus, servers);
}

#[test]
fn no_plain_letter_acts_while_one_types() {
    let letters: String = (' '..='~').collect();
    for keys in ["", "esc t", "esc 3 i", "esc 3 esc /", "esc 3 esc ] ] ] ] ] e", "esc 4 /", "ctrl-p"] {
        let mut desk = Desk::new();
        desk.press(keys);
        let focus = desk.state.focus;
        desk.effects();
        desk.type_text(&letters);
        assert_eq!(desk.effects(), [], "{keys}");
        assert_eq!((desk.state.focus, desk.state.zoom), (focus, Zoom::Off), "{keys}");
        assert_eq!(desk.state.world.servers.len(), 4, "{keys}");
        assert!(desk.state.overlay.is_none() || is_palette(&desk), "{keys}");
    }
    let mut desk = Desk::new();
    desk.type_text(&letters);
    assert_eq!(desk.state.client.current().unwrap().payload.text(), letters, "they are all written");
}

#[test]
fn a_key_let_go_does_nothing() {
    let mut desk = Desk::new();
    desk.press("esc");
    let mut key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
    key.kind = crossterm::event::KeyEventKind::Release;
    desk.tell(Msg::Key(key));
    assert_eq!(desk.effects(), []);
}

#[test]
fn the_palette_finds_by_letters_and_runs_in_its_pane() {
    let mut desk = Desk::new();
    desk.press("ctrl-p");
    desk.type_text("certif");
    let Some(Overlay::Palette(palette)) = &desk.state.overlay else { panic!("it is open") };
    assert_eq!(palette.rows.first().map(|row| row.command.name), Some("http-verification"));
    desk.press("enter");
    assert!(desk.state.overlay.is_none());
    assert_eq!(desk.state.focus, PaneId::Http, "its pane has the keys");
    assert!(desk.notice().contains("certificates"), "{}", desk.notice());
}

#[test]
fn the_palette_moves_with_arrows_and_runs_nothing_without_a_match() {
    let mut desk = Desk::new();
    desk.press("esc ctrl-p down down up");
    let Some(Overlay::Palette(palette)) = &desk.state.overlay else { panic!("it is open") };
    assert_eq!(palette.at, 1);
    desk.type_text("zzzzzz");
    desk.press("enter");
    assert!(matches!(desk.state.overlay, Some(Overlay::Palette(_))), "what was typed is not lost");
    assert_eq!(desk.commands(), []);
}

#[test]
fn what_is_pasted_into_the_palette_is_found_from_its_first_match() {
    let mut desk = Desk::new();
    desk.press("ctrl-p down down down down down");
    desk.paste("certif");
    let Some(Overlay::Palette(palette)) = &desk.state.overlay else { panic!("it is open") };
    assert_eq!(palette.at, 0);
    desk.press("enter");
    assert_eq!(desk.state.focus, PaneId::Http);
}

#[test]
fn every_command_can_be_run_by_its_name() {
    let mut desk = Desk::new();
    desk.press("ctrl-p");
    let Some(Overlay::Palette(palette)) = &desk.state.overlay else { panic!("it is open") };
    let names: Vec<&str> = palette.rows.iter().map(|row| row.command.name).collect();
    assert!(names.len() > 80, "only {} are offered", names.len());
    for name in names {
        let mut desk = Desk::new();
        desk.press("ctrl-p");
        desk.paste(name);
        let Some(Overlay::Palette(palette)) = &desk.state.overlay else { panic!("it is open") };
        assert!(palette.rows.iter().any(|row| row.command.name == name), "{name}");
        desk.press("enter");
        desk.screen();
    }
}

#[test]
fn a_paste_goes_where_one_types_and_nowhere_else() {
    let mut desk = Desk::new();
    desk.paste("two\r\nlines\x1b[31m");
    assert_eq!(desk.state.client.current().unwrap().payload.text(), "two\\nlines\\x1b[31m", "nothing hidden");
    desk.press("esc");
    desk.paste("qqq");
    assert_eq!(desk.effects(), []);
    desk.press("3 i");
    desk.retype("");
    desk.paste("http://127.0.0.1:8080/?a=1");
    assert_eq!(desk.state.http.query.len(), 1, "the rows follow a paste too");
    desk.press("esc 4 /");
    desk.paste("needle");
    assert_eq!(desk.state.traffic.filter.text(), "needle");
}

#[test]
fn quitting_asks_when_others_are_connected() {
    let mut desk = Desk::new();
    desk.press("esc q");
    assert_eq!(desk.effects(), [Effect::Quit]);
    desk.guest("echo");
    desk.press("q");
    assert_eq!(desk.effects(), []);
    assert!(matches!(desk.state.overlay, Some(Overlay::Ask(..))));
    desk.press("n q y");
    assert_eq!(desk.effects().pop(), Some(Effect::Quit));
}

#[test]
fn a_job_is_suspended() {
    let mut desk = Desk::new();
    desk.press("ctrl-z");
    assert_eq!(desk.effects(), [Effect::Suspend]);
}

#[test]
fn errors_wait_to_be_read_one_by_one_and_notices_fade() {
    let mut desk = Desk::new();
    for why in ["first", "second", "second"] {
        desk.tell(Msg::Trouble(Trouble::new("open", "/tmp/x", why, "look there")));
    }
    assert_eq!(desk.state.notices.error().map(|(_, count)| count), Some(2), "the same one is not told twice");
    desk.press("esc esc");
    assert!(desk.error().contains("first"), "{}", desk.error());
    desk.press("esc");
    assert_eq!(desk.error(), "");
    desk.state.say("done");
    desk.passes(std::time::Duration::from_secs(3));
    assert_eq!(desk.notice(), "done");
    desk.effects();
    desk.passes(std::time::Duration::from_secs(2));
    assert_eq!(desk.notice(), "");
    assert!(desk.effects().contains(&Effect::Redraw));
}

fn help(desk: &Desk) -> &Help {
    match &desk.state.overlay {
        Some(Overlay::Help(help)) => help,
        other => panic!("no help is open, but {other:?}"),
    }
}

/// The names of the commands that the help lists.
fn helped(desk: &Desk) -> Vec<&'static str> {
    help(desk).groups(&desk.state).iter().flat_map(|(_, commands)| commands).map(|command| command.name).collect()
}

#[test]
fn help_scrolls_and_closes() {
    let mut desk = Desk::new();
    desk.press("esc ?");
    assert_eq!(help(&desk).top, 0);
    desk.press("down pagedown");
    assert!(help(&desk).top > 1);
    desk.press("esc");
    assert!(desk.state.overlay.is_none());
    assert_eq!(desk.effects(), []);
}

#[test]
fn help_tells_the_keys_that_count_and_again_all() {
    let mut desk = Desk::new();
    desk.press("esc 4 ?");
    assert!(helped(&desk).contains(&"only-flow") && helped(&desk).contains(&"quit"));
    assert!(!helped(&desk).contains(&"server-edit"), "it counts elsewhere");
    desk.press("?");
    let names = helped(&desk);
    for command in COMMANDS {
        assert!(names.contains(&command.name), "{}", command.name);
    }
    desk.press("?");
    assert!(!helped(&desk).contains(&"server-edit"));
}

#[test]
fn help_is_searched_by_words_and_by_key() {
    let mut desk = Desk::new();
    desk.press("esc ? /");
    desk.type_text("half-close");
    assert_eq!(helped(&desk), ["finish"]);
    desk.retype("ctrl-z");
    assert_eq!(helped(&desk), ["suspend"]);
    desk.press("enter q q");
    assert!(desk.state.overlay.is_none());
}

#[test]
fn a_click_gives_a_pane_the_keys() {
    let mut desk = Desk::new();
    for (title, pane) in [("Traffic", PaneId::Traffic), ("Servers", PaneId::Servers), ("Inspector", PaneId::Inspector)]
    {
        desk.click(title);
        assert_eq!(desk.state.focus, pane);
    }
}

#[test]
fn a_click_on_a_tab_shows_it() {
    let mut desk = Desk::new();
    desk.click(" stream ");
    assert_eq!((desk.state.focus, desk.state.traffic.tab), (PaneId::Traffic, traffic::Tab::Stream));
    desk.click(" hex ");
    assert_eq!((desk.state.focus, desk.state.inspector.tab), (PaneId::Inspector, inspector::Tab::Hex));
    desk.click(" timing ");
    assert_eq!((desk.state.focus, desk.state.http.tab), (PaneId::Http, http::Tab::Timing));
}

#[test]
fn a_click_chooses_a_row() {
    let mut desk = Desk::new();
    desk.click("127.0.0.1:7002");
    assert_eq!((desk.state.focus, desk.state.servers.at), (PaneId::Servers, 1));
    let guest = desk.guest("echo");
    for text in ["alpha", "beta", "gamma"] {
        desk.received("echo", guest, text);
    }
    desk.click("beta");
    assert_eq!(desk.state.focus, PaneId::Traffic);
    assert_eq!(&desk.look().inspector.bytes[..], b"beta");
}

#[test]
fn a_click_on_a_field_lets_one_type_there() {
    let mut desk = Desk::new();
    desk.press("esc 5");
    desk.click("tcp://127.0.0.1:7001");
    assert_eq!((desk.state.focus, desk.state.client.editing()), (PaneId::Client, Some(Editing::Target)));
    desk.click("http://127.0.0.1:8080/");
    assert!(desk.state.focus == PaneId::Http && desk.state.http.is_editing());
}

#[test]
fn a_click_on_a_key_of_the_footer_presses_it() {
    let mut desk = Desk::new();
    desk.press("esc 1");
    desk.click("start/stop");
    assert!(matches!(&desk.commands()[..], [NetCommand::Stop(_)]));
}

#[test]
fn a_click_beside_a_form_does_not_throw_away_what_was_typed() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.fill("name", "precious");
    let screen = desk.screen();
    for row in 0..screen.len() as u16 - 1 {
        for column in [0, 3, 22, 97, 119] {
            desk.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
        }
    }
    assert_eq!(desk.form().text("name"), "precious");
    assert_eq!(desk.commands(), []);
}

#[test]
fn a_click_in_the_palette_runs_the_row() {
    let mut desk = Desk::new();
    desk.press("ctrl-p");
    desk.type_text("certif");
    desk.click("certificates");
    assert!(desk.state.overlay.is_none());
    assert_eq!(desk.state.focus, PaneId::Http);
}

#[test]
fn the_wheel_scrolls_what_is_under_it_and_leaves_the_keys_where_they_are() {
    let mut desk = Desk::new();
    let guest = desk.guest("echo");
    for number in 0..100 {
        desk.received("echo", guest, &format!("n{number}"));
    }
    let newest = desk.look().traffic.cursor;
    let (column, row) = desk.place_of("Traffic");
    desk.mouse(MouseEventKind::ScrollUp, column, row + 3);
    assert!(desk.look().traffic.cursor < newest);
    assert_eq!(desk.state.focus, PaneId::Client);
    desk.mouse(MouseEventKind::ScrollDown, column, row + 3);
    assert_eq!(desk.look().traffic.cursor, newest);
}
