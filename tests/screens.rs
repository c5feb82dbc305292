//! Golden screens, and every size from 1x1.

#[path = "support/stage.rs"]
mod stage;

use stage::Stage;
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
    let states: [&[&str]; 8] = [
        &[],
        &["f1"],
        &["ctrl-p"],
        &["esc", "1", "n"],
        &["esc", "1", "enter"],
        &["esc", "4", "enter"],
        &["esc", "4", "]"],
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
fn the_form_of_a_new_server() {
    let mut stage = Stage::with_traffic();
    stage.press("esc").press("1").press("n");
    insta::assert_snapshot!("form_80x24", stage.screen(80, 24));
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
