//! Golden screens, and every size from 1x1.

#[path = "support/stage.rs"]
mod stage;

use stage::Stage;
use wirelab::model::visible::work;
use wirelab::ui::theme::Depth;

#[test]
fn the_first_screen_says_what_to_do() {
    insta::assert_snapshot!("first_120x36", Stage::opened().screen(120, 36));
}

#[test]
fn an_exchange_on_a_wide_screen() {
    insta::assert_snapshot!("exchange_120x36", Stage::with_traffic().screen(120, 36));
}

#[test]
fn an_exchange_on_a_small_screen_is_an_accordion() {
    insta::assert_snapshot!("exchange_80x24", Stage::with_traffic().screen(80, 24));
}

#[test]
fn an_exchange_on_a_large_screen() {
    insta::assert_snapshot!("exchange_200x60", Stage::with_traffic().screen(200, 60));
}

#[test]
fn the_themes_in_their_colours() {
    for (theme, depth) in [
        ("dark", Depth::TrueColor),
        ("light", Depth::TrueColor),
        ("blueprint", Depth::TrueColor),
        ("mono", Depth::Mono),
        ("dark", Depth::Ansi16),
    ] {
        let mut stage = Stage::with_traffic();
        stage.press("esc").press("4").press("enter").screen(80, 24);
        stage.press("j").press("j");
        let name = format!("{theme}_{depth:?}_80x24").to_lowercase();
        insta::assert_snapshot!(name, stage.styled(theme, depth, 80, 24));
    }
}

#[test]
fn a_poor_font_needs_no_more_than_ascii() {
    let states: [&[&str]; 9] = [
        &[],
        &["f1"],
        &["ctrl-p"],
        &["esc", "1", "n"],
        &["esc", "1", "enter"],
        &["esc", "4", "enter"],
        &["esc", "4", "]"],
        &["esc", "4", "]", "]"],
        &["esc", "3", "]", "]"],
    ];
    for keys in states {
        let mut stage = Stage::with_traffic();
        stage.port_taken();
        for key in keys {
            stage.press(key);
        }
        for (width, height) in [(120, 36), (80, 24), (40, 10)] {
            let ascii = stage.in_ascii().screen(width, height);
            let strange: String = ascii.chars().filter(|letter| !letter.is_ascii()).collect();
            assert_eq!(strange, "", "{keys:?} at {width}x{height}:\n{ascii}");
        }
    }
    insta::assert_snapshot!("ascii_80x24", Stage::with_traffic().in_ascii().screen(80, 24));
}

#[test]
fn the_figures_of_a_flow_and_what_the_kernel_says_of_it() {
    let mut stage = Stage::measured();
    stage.press("esc").press("4").press("[");
    stage.press("j").screen(120, 36);
    insta::assert_snapshot!("stats_120x36", stage.screen(120, 36));
    stage.press("z").press(">").press(">").press(">").press(">");
    insta::assert_snapshot!("stats_zoomed_120x36", stage.screen(120, 36));
    insta::assert_snapshot!("stats_80x24", stage.screen(80, 24));
    stage.press("v");
    insta::assert_snapshot!("stats_nodes_80x24", stage.screen(80, 24));
}

#[test]
fn without_figures_the_stats_say_how_to_get_some() {
    let mut stage = Stage::opened();
    stage.press("esc").press("4").press("[");
    assert!(stage.screen(80, 24).contains("press ⏎ in the client or HTTP pane"));
}

#[test]
fn the_form_of_a_new_server() {
    let mut stage = Stage::with_traffic();
    stage.press("esc").press("1").press("n");
    insta::assert_snapshot!("form_80x24", stage.screen(80, 24));
}

#[test]
fn two_frames_beside_each_other() {
    let mut stage = Stage::with_traffic();
    stage.press("esc").press("4").screen(80, 24);
    stage.press("m").press("k").press("k").press("D");
    insta::assert_snapshot!("diff_80x24", stage.screen(80, 24));
    stage.press("i").press("f");
    insta::assert_snapshot!("diff_flows_120x36", stage.screen(120, 36));
}

#[test]
fn an_error_names_the_act_the_address_and_the_remedy() {
    let mut stage = Stage::opened();
    stage.port_taken();
    insta::assert_snapshot!("error_80x24", stage.screen(80, 24));
}

#[test]
fn an_address_is_taken_apart() {
    let mut stage = Stage::opened();
    stage.press("esc").press("A");
    for letter in ["1", "2", "7", ".", "1"] {
        stage.press(letter);
    }
    insta::assert_snapshot!("address_80x24", stage.screen(80, 24));
}

#[test]
fn the_forms_to_copy_in() {
    let mut stage = Stage::with_traffic();
    stage.press("4").press("Y");
    insta::assert_snapshot!("copy_80x24", stage.screen(80, 24));
}

#[test]
fn the_recording_and_the_question_before_it_goes() {
    let mut stage = Stage::recorded(12, 1_240_000);
    stage.press("esc").press("q");
    insta::assert_snapshot!("recording_80x24", stage.screen(80, 24));
}

#[test]
fn recordings_that_earlier_runs_left() {
    let mut stage = Stage::recorded(0, 2_100);
    stage.left(&[
        ("2026-01-30 21:05:31", &["2026-01-30T21-05-31-1234.pcapng", "2026-01-30T21-05-31-1234.2.pcapng"], 310_000_000),
        ("2026-01-29 08:00:02", &["2026-01-29T08-00-02-77.pcapng"], 3_600),
    ]);
    insta::assert_snapshot!("leftovers_120x36", stage.screen(120, 36));
    insta::assert_snapshot!("leftovers_80x24", stage.screen(80, 24));
}

#[test]
fn every_size_from_one_cell_draws() {
    let overlays: [&[&str]; 8] = [
        &[],
        &["f1"],
        &["ctrl-p"],
        &["esc", "1", "n"],
        &["esc", "4", "enter"],
        &["esc", "A", "down", "down"],
        &["esc", "L"],
        &["esc", "4", "Y"],
    ];
    for keys in overlays {
        let mut stage = Stage::with_traffic();
        stage.port_taken();
        for key in keys {
            stage.press(key);
        }
        for width in (1..=24).chain([40, 63, 80, 100, 131, 200]) {
            for height in (1..=13).chain([18, 24, 28, 36, 60]) {
                let screen = stage.screen(width, height);
                assert_eq!(screen.lines().count(), usize::from(height), "{width}x{height}");
            }
        }
    }
}

#[test]
fn each_pane_draws_alone_at_every_size() {
    for pane in ["1", "2", "3", "4", "5"] {
        let mut stage = Stage::with_traffic();
        stage.press("esc").press(pane);
        if pane == "2" || pane == "3" {
            stage.press("esc");
        }
        stage.press("z");
        for width in (1..=12).chain([40, 80, 200]) {
            for height in (1..=8).chain([24, 60]) {
                stage.screen(width, height);
            }
        }
    }
}

/// Text that would do harm, or takes more or less room than it has letters.
const HOSTILE: [&str; 7] = [
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\0\u{7f}\r\u{8}",
    "\u{202e}desrever\u{2066}\u{200f}\u{061c}",
    "a\u{200b}b\u{200d}c\u{feff}d\u{2060}",
    "日本語テキスト",
    "👩\u{200d}👩\u{200d}👧 e\u{301}\u{301}\u{301} 한글",
    "שלום עולם مرحبا",
    "z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
];

/// Fails when a cell holds what acts on a terminal or has no place of its own.
fn assert_harmless(screen: &str, what: &str) {
    let acts = |letter: char| {
        letter != '\n' && letter.is_control()
            || matches!(letter, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!screen.contains(acts), "{what}:\n{}", screen.escape_debug());
}

/// Every small size there is, and larger ones around where the layout changes.
fn every_size() -> impl Iterator<Item = (u16, u16)> {
    let widths = || (1..=24).chain([39, 63, 80, 109, 110, 120, 201]);
    (1..=13).chain([18, 24, 27, 28, 36, 50]).flat_map(move |height| widths().map(move |width| (width, height)))
}

#[test]
fn hostile_content_is_harmless_in_every_pane_and_overlay_at_every_size() {
    let line = "x\u{202e}日".repeat(150_000);
    let mut stage = Stage::hostile(&HOSTILE, &line);
    let panes: [&[&str]; 14] = [
        &["esc", "1"],
        &["enter"],
        &["esc", "2", "esc"],
        &["i"],
        &["esc", "3", "esc"],
        &["]"],
        &["]", "]", "]"],
        &["esc", "4"],
        &["]"],
        &["]"],
        &["v"],
        &["[", "5"],
        &["]"],
        &["]"],
    ];
    for keys in panes {
        for key in keys {
            stage.press(key);
        }
        for zoom in ["z", "z"] {
            for (width, height) in every_size() {
                let screen = stage.screen(width, height);
                assert_harmless(&screen, &format!("{keys:?} at {width}x{height}"));
            }
            stage.press("esc").press(zoom);
        }
    }
    let overlays: [&[&str]; 11] = [
        &["f1"],
        &["ctrl-p"],
        &["esc", "5", "Y"],
        &["1", "n"],
        &["e"],
        &["x"],
        &["R"],
        &["2", "esc", "b"],
        &["4", "[", "G", "U", "m", "k", "k", "D"],
        &["D", "tab"],
        &["D", "f", "e"],
    ];
    for keys in overlays {
        stage.press("esc").press("esc");
        for key in keys {
            stage.press(key);
        }
        stage.paste(&HOSTILE.concat());
        for (width, height) in every_size() {
            assert_harmless(&stage.screen(width, height), &format!("{keys:?} at {width}x{height}"));
        }
        stage.press("esc");
    }
}

#[test]
fn the_stats_are_harmless_at_every_size_whatever_was_said() {
    let mut hostile = Stage::hostile(&HOSTILE, "x");
    let mut ascii = Stage::measured();
    ascii.in_ascii();
    for stage in [&mut hostile, &mut ascii] {
        stage.press("esc").press("4").press("[");
    }
    for keys in [&["z"][..], &[">", "s"], &["v"], &["z", "S"]] {
        for key in keys {
            hostile.press(key);
            ascii.press(key);
        }
        for (width, height) in every_size() {
            assert_harmless(&hostile.screen(width, height), &format!("{keys:?} at {width}x{height}"));
            let screen = ascii.screen(width, height);
            assert!(screen.is_ascii(), "{keys:?} at {width}x{height}:\n{screen}");
        }
    }
}

#[test]
fn a_screen_costs_what_is_seen_and_not_what_there_is() {
    const SIZE: (u16, u16) = (120, 36);
    /// Characters laid out a cell: some are laid out to learn how wide they are, and a stream looks for its last page.
    const A_CELL: u64 = 8;
    let megabytes = format!("{}\n{}", "x\u{202e}日".repeat(200_000), "one line of many\n".repeat(60_000));
    let mut stage = Stage::hostile(&HOSTILE, &megabytes);
    for keys in ["esc 1", "enter", "esc 2 esc", "esc 3 esc", "4 up", "]", "v", "v", "[ 5", "]", "]", "f1", "esc ctrl-p"]
    {
        for key in keys.split(' ') {
            stage.press(key);
        }
        // What follows from new facts is worked out once, by the first of these.
        stage.screen(SIZE.0, SIZE.1);
        work::taken();
        stage.screen(SIZE.0, SIZE.1);
        let laid = work::taken();
        let cells = u64::from(SIZE.0) * u64::from(SIZE.1);
        assert!(laid < cells * A_CELL, "{keys}: {laid} characters laid out for {cells} cells");
    }
}

#[test]
fn wide_and_right_to_left_text_stays_in_its_columns() {
    let mut stage = Stage::hostile(&["日本語テキスト\n", "שלום\n", "한글 e\u{301}\n"], "");
    insta::assert_snapshot!("wide_text_120x36", stage.screen(120, 36));
    insta::assert_snapshot!("wide_text_80x24", stage.screen(80, 24));
}

#[test]
fn the_cursor_stands_right_behind_wide_letters_and_what_is_cut_has_a_sign() {
    let mut stage = Stage::opened();
    stage.press("esc").press("i").press("end").press("ctrl-u");
    stage.paste("日本語");
    let (screen, cursor) = stage.screen_and_cursor(120, 36);
    let row = screen.lines().nth(usize::from(cursor.y)).unwrap_or_default();
    assert!(row.starts_with(" › 日本語"), "{row}");
    assert_eq!(cursor.x, 3 + 6);
    stage.paste(&"語".repeat(100));
    let (screen, cursor) = stage.screen_and_cursor(120, 36);
    let row = screen.lines().nth(usize::from(cursor.y)).unwrap_or_default();
    assert!(row.starts_with(" › ‹語"), "{row}");
    assert!(cursor.x < 48, "{cursor}");
}
