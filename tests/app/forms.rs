//! Forms: what they complete, what they remember, and what they say while they are filled in.

use wirelab::app::overlay::Overlay;
use wirelab::app::paths::{Extent, Listing};
use wirelab::app::{Effect, Kept, Msg};
use wirelab::contract::NetCommand;
use wirelab::model::Trouble;

use crate::desk::Desk;

/// What stands in the field of that label.
fn text(desk: &Desk, label: &str) -> String {
    desk.form().text(label).to_owned()
}

fn problem(desk: &Desk) -> String {
    desk.form().problem.clone().unwrap_or_default()
}

/// The folders asked for since effects were last looked at, as they were written.
fn asked(desk: &mut Desk) -> Vec<String> {
    let asked = |effect| if let Effect::ListFolder { folder, .. } = effect { Some(folder) } else { None };
    desk.effects().into_iter().filter_map(asked).collect()
}

fn listed(desk: &mut Desk, folder: &str, names: &[&str]) {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    desk.tell(Msg::FolderListed { folder: folder.into(), outcome: Ok(Listing { names, extent: Extent::Whole }) });
}

#[test]
fn addresses_are_completed_from_what_is_free() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.fill("listen", "u");
    assert!(desk.form().offers.iter().any(|offer| offer == "udp://127.0.0.1:7004"), "{:?}", desk.form().offers);
    desk.press("ctrl-n");
    assert_eq!(text(&desk, "listen"), "udp://127.0.0.1:7004");
    assert_eq!(desk.form().problem, None);
    desk.press("ctrl-n");
    assert_eq!(text(&desk, "listen"), "unix:///tmp/wirelab-7004.sock", "the next");
    desk.press("ctrl-p");
    assert_eq!(text(&desk, "listen"), "udp://127.0.0.1:7004", "the one before");
}

#[test]
fn what_stands_there_first_gives_way_to_all_others() {
    let mut desk = Desk::new();
    desk.press("esc 1 n ctrl-n");
    assert_eq!(text(&desk, "listen"), "udp://127.0.0.1:7004");
}

#[test]
fn a_behaviour_s_example_is_taken_whole() {
    let mut desk = Desk::new();
    desk.press("esc 1 n tab");
    desk.type_text("rules");
    desk.press("tab ctrl-n");
    let example = wirelab::behaviour::kind("rules").expect("it is one").example;
    assert_eq!(text(&desk, "with"), example);
    assert_eq!(desk.form().problem, None);
    let screen = desk.screen().join("\n");
    assert!(screen.contains("^BYE"), "all its lines are shown:\n{screen}");
}

#[test]
fn headers_and_their_values_are_completed() {
    let mut desk = Desk::new();
    desk.press("esc 3 esc ] ] ] a");
    desk.type_text("conte");
    desk.press("ctrl-n tab");
    assert_eq!(text(&desk, "name"), "Content-Type");
    desk.type_text("app");
    desk.press("ctrl-n enter");
    assert_eq!(desk.state.http.headers[0].value, "application/json");
    desk.press("M");
    desk.retype("pa");
    desk.press("ctrl-n enter");
    assert_eq!(desk.state.http.method, "PATCH");
}

#[test]
fn paths_are_completed_folder_by_folder() {
    let mut desk = Desk::new();
    desk.press("esc F");
    assert_eq!(asked(&mut desk), [""]);
    desk.type_text("/et");
    assert_eq!(asked(&mut desk), ["/"], "once for a folder");
    listed(&mut desk, "/", &["etc/", "home/"]);
    desk.press("ctrl-n");
    assert_eq!(text(&desk, "file"), "/etc/", "an only folder is gone into");
    assert_eq!(asked(&mut desk), ["/etc/"]);
    listed(&mut desk, "/etc/", &[".pwd.lock", "hostname", "hosts", "ssl/"]);
    assert_eq!(desk.form().offers, ["/etc/hostname", "/etc/hosts", "/etc/ssl/"], "hidden files are");
    desk.type_text("hosts");
    desk.press("enter");
    let effects = desk.effects();
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::ReadFile { path, .. } if path.ends_with("etc/hosts")))
    );
}

#[test]
fn what_is_told_of_a_folder_left_meanwhile_does_not_matter() {
    let mut desk = Desk::new();
    desk.press("esc F");
    desk.type_text("/var/");
    desk.press("ctrl-u");
    desk.type_text("/etc/h");
    listed(&mut desk, "/var/", &["h"]);
    assert_eq!(desk.form().offers, Vec::<String>::new());
    assert_eq!(desk.form().problem, None);
    listed(&mut desk, "/etc/", &["hosts"]);
    assert_eq!(desk.form().offers, ["/etc/hosts"]);
}

#[test]
fn paths_that_lead_nowhere_are_told_while_they_are_written() {
    let mut desk = Desk::new();
    desk.press("esc F");
    desk.type_text("/etc/x");
    listed(&mut desk, "/etc/", &["hosts"]);
    assert_eq!(problem(&desk), "there is no \"x\" in /etc/; check the path");
    desk.retype("/nowhere/");
    let why = Trouble::new("list", "/nowhere/", "there is no such file or folder", "check the path");
    desk.tell(Msg::FolderListed { folder: "/nowhere/".into(), outcome: Err(why) });
    assert_eq!(problem(&desk), "/nowhere/: there is no such file or folder");
}

#[test]
fn a_tilde_is_the_home_wherever_a_path_is_written() {
    let mut desk = Desk::new();
    desk.tell(Msg::Kept(Box::new(Kept { home: Some("/home/me".into()), ..Kept::default() })));
    desk.press("esc :");
    desk.type_text("serve http://:0 files ~/si");
    let folder = |effect: &Effect| matches!(effect, Effect::ListFolder { path, .. } if path.ends_with("home/me"));
    assert!(desk.effects().iter().any(folder));
    listed(&mut desk, "~/", &["site/", "song.mp3"]);
    desk.press("tab enter");
    let server = desk.state.world.servers.last().expect("it was added");
    assert_eq!(server.spec.argument, "/home/me/site/");
}

#[test]
fn a_path_with_blanks_is_completed_in_a_line() {
    let mut desk = Desk::new();
    desk.press("esc :");
    desk.type_text("send-file /tmp/my f");
    listed(&mut desk, "/tmp/", &["my file"]);
    desk.effects();
    desk.press("tab enter");
    let effects = desk.effects();
    assert!(matches!(&effects[..], [Effect::ReadFile { path, .. }] if path.ends_with("tmp/my file")), "{effects:?}");
}

#[test]
fn a_new_server_begins_as_the_last_at_another_port() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.fill("listen", "udp://127.0.0.1:7004");
    desk.press("tab");
    desk.type_text("discard");
    desk.press("enter n");
    assert_eq!(
        (text(&desk, "listen").as_str(), text(&desk, "behaviour").as_str()),
        ("udp://127.0.0.1:7005", "discard")
    );
}

#[test]
fn repeat_and_files_begin_with_what_was_used_last() {
    let mut desk = Desk::new();
    desk.press("esc p");
    desk.fill("times", "3");
    desk.fill("every", "200ms");
    desk.press("enter s p");
    assert_eq!((text(&desk, "times").as_str(), text(&desk, "every").as_str()), ("3", "200ms"));
    desk.press("esc F");
    desk.type_text("/tmp/x");
    desk.press("enter F");
    assert_eq!(text(&desk, "file"), "/tmp/x");
}

#[test]
fn settings_begin_with_the_last_but_for_what_makes_tls_unsafe() {
    let mut desk = Desk::new();
    desk.press("esc o");
    desk.fill("own address", ":5000");
    desk.press("tab tab right");
    assert_eq!(text(&desk, "TLS verify"), "off");
    desk.press("enter n esc o");
    assert_eq!((text(&desk, "own address").as_str(), text(&desk, "TLS verify").as_str()), (":5000", "on"));
}

#[test]
fn a_form_given_up_comes_back_as_it_was_left() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.fill("name", "precious");
    desk.press("esc");
    assert!(desk.state.overlay.is_none());
    desk.press("n");
    assert_eq!(text(&desk, "name"), "precious");
    assert!(desk.form().title.contains("as you left it"));
    desk.fill("name", "");
    desk.press("esc n");
    assert_eq!((text(&desk, "name").as_str(), desk.form().title.as_str()), ("", "New server"), "it was cleared");
    desk.fill("name", "used");
    desk.press("enter n");
    assert_eq!(text(&desk, "name"), "", "what was handed in is no draft");
}

#[test]
fn nothing_typed_is_lost_to_what_happens_meanwhile() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.fill("name", "precious");
    let guest = desk.guest("echo");
    desk.received("echo", guest, "hello");
    desk.fails("web", "address in use", "pick another");
    desk.tell(Msg::Resized);
    for size in [(40, 10), (1, 1), (80, 24)] {
        desk.draw(size);
    }
    assert_eq!(text(&desk, "name"), "precious");
}

#[test]
fn every_form_says_what_would_be_right_while_it_is_filled_in() {
    let mut desk = Desk::new();
    for (keys, label, wrong, told) in [
        ("esc o", "own address", "x", "127.0.0.1:5000"),
        ("esc o", "TTL", "256", "0 to 255"),
        ("esc o", "TLS name", "https://x", "example.org"),
        ("esc p", "times", "0", "from 1 up"),
        ("esc p", "every", "1h", "use ms, s or m"),
        ("esc 1 R", "name", "web", "write one that is new"),
        ("esc 3 esc M", "method", "GET /", "such as GET"),
    ] {
        desk.press(keys);
        desk.fill(label, wrong);
        assert!(problem(&desk).contains(told), "{label}: {:?}", problem(&desk));
        desk.fill(label, "");
        desk.press("esc esc 2");
    }
    desk.press("esc 3 esc ] ] ] a");
    desk.type_text("X Y");
    assert!(problem(&desk).contains("' ' cannot stand in a header's name"), "{}", problem(&desk));
    desk.retype("X");
    assert_eq!(desk.form().problem, None);
}

#[test]
fn offers_cover_neither_the_field_nor_what_is_wrong() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.fill("listen", "tcp:/");
    let told = problem(&desk);
    let first = told.split_whitespace().next().expect("something is wrong").to_owned();
    for size in [(80, 24), (40, 10), (120, 36)] {
        let screen = desk.draw(size);
        let row = |text: &str| screen.iter().position(|row| row.contains(text));
        let field = row("listen  tcp:/").expect("the field");
        let sentence = row(&first).expect("what is wrong");
        let behaviour = row("behaviour").expect("the next field");
        assert!(field < behaviour && behaviour < sentence, "{size:?}\n{}", screen.join("\n"));
        assert!(row("done").is_some(), "the keys: {size:?}\n{}", screen.join("\n"));
    }
    assert_eq!(desk.draw((80, 24)).iter().filter(|row| row.contains("tcp://")).count(), 3);
}

#[test]
fn an_offer_is_taken_by_a_click() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    desk.fill("listen", "udp:/");
    desk.click("udp://127.0.0.1:7004");
    assert_eq!(text(&desk, "listen"), "udp://127.0.0.1:7004");
    desk.effects();
    desk.press("enter");
    assert!(matches!(&desk.commands()[..], [NetCommand::Serve(..)]));
}

#[test]
fn a_line_completes_urls_and_keeps_to_small_screens() {
    let mut desk = Desk::new();
    desk.press("esc :");
    desk.type_text("http PO");
    desk.press("tab");
    desk.type_text("http:");
    desk.press("tab");
    let Some(Overlay::CommandLine(line)) = &desk.state.overlay else { panic!("it is open") };
    assert_eq!(line.field.text(), "http POST http://127.0.0.1:8080/");
    for (size, footer) in [((80, 24), 1), ((40, 10), 0)] {
        let screen = desk.draw(size);
        let last = usize::from(size.1) - 1 - footer;
        assert!(screen[last].contains(": http POST http"), "{}", screen.join("\n"));
        assert!(screen[last - 1].contains("http [METHOD]"), "{}", screen.join("\n"));
    }
}
