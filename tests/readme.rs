//! The README is held to the program: its commands, its tables, its links and its examples.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use wirelab::app::command::{COMMANDS, Place};
use wirelab::app::config;
use wirelab::app::keymap::Keymap;
use wirelab::behaviour::{KINDS, Make, machine};
use wirelab::model::Scheme;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("there is a README")
}

/// What stands between the two marks of that name.
fn between(text: &str, name: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let from = text.find(&open).unwrap_or_else(|| panic!("no {open}")) + open.len();
    let to = text[from..].find(&close).unwrap_or_else(|| panic!("no {close}"));
    text[from..from + to].trim().to_owned()
}

fn key_table() -> String {
    let mut table = String::from("| where | keys | command | what |\n|---|---|---|---|\n");
    let keymap = Keymap::default();
    for place in Place::ALL {
        for command in COMMANDS.iter().filter(|command| command.place == place) {
            let keys: Vec<String> = keymap.keys_of(command.name).map(|keys| format!("`{}`", keys.shown())).collect();
            let _ = writeln!(
                table,
                "| {} | {} | `{}` | {} |",
                place.words(),
                keys.join(" "),
                command.usage(),
                command.words
            );
        }
    }
    table.trim().to_owned()
}

fn behaviour_table() -> String {
    let mut table =
        String::from("| behaviour | what it does | what stands behind `with` | example |\n|---|---|---|---|\n");
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ⏎ ");
    for kind in KINDS {
        let example = if kind.example.is_empty() { String::new() } else { format!("`{}`", cell(kind.example)) };
        let _ = writeln!(table, "| `{}` | {} | {} | {example} |", kind.name, cell(kind.words), cell(kind.argument));
    }
    table.trim().to_owned()
}

#[test]
fn the_two_commands_stand_alone_in_fences() {
    for command in ["cargo run --release", "cargo test"] {
        assert!(readme().contains(&format!("```sh\n{command}\n```")), "{command}");
    }
}

#[test]
fn the_key_table_is_the_program_s_own() {
    let wanted = key_table();
    assert!(between(&readme(), "keys") == wanted, "put this between the marks:\n{wanted}");
}

#[test]
fn the_behaviour_table_is_the_program_s_own() {
    let wanted = behaviour_table();
    assert!(between(&readme(), "behaviours") == wanted, "put this between the marks:\n{wanted}");
}

#[test]
fn the_impairment_table_is_the_program_s_own() {
    let mut wanted = String::from("| impairment | what it does | example |\n|---|---|---|\n");
    for kind in wirelab::impair::KINDS {
        let _ = writeln!(wanted, "| `{}` | {} | `{}` |", kind.name, kind.words, kind.example);
    }
    let wanted = wanted.trim();
    assert!(between(&readme(), "impairments") == wanted, "put this between the marks:\n{wanted}");
}

#[test]
fn the_example_of_a_config_is_one() {
    let text = readme();
    let (_, rest) = text.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let (_, problems) = config::read(example);
    assert_eq!(problems, []);
}

#[test]
fn every_example_of_a_behaviour_makes_a_machine() {
    for kind in KINDS {
        let scheme = match kind.make {
            Make::Bytes(_) | Make::Tap(_) | Make::Replay(_) => Scheme::Tcp,
            Make::Http(_) => Scheme::Http,
        };
        assert!(machine(scheme, kind.name, kind.example).is_ok(), "{}", kind.name);
    }
}

#[test]
fn every_picture_and_link_is_there() {
    let text = readme();
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let own = targets.filter(|target| !target.starts_with("http") && !target.starts_with('#'));
    let mut count = 0;
    for target in own {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(target).exists(), "{target}");
        count += 1;
    }
    assert!(count > 2, "a picture and some links");
}
