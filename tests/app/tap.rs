//! Taps as their user has them: made, told what to do to what passes, and asked what they hold.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use wirelab::app::overlay::Overlay;
use wirelab::app::world::Server;
use wirelab::contract::{
    Decision, Held, Hold, Motion, NetCommand, NetFact, ServerSpec, Shaping, To, WhenDown, WhenTaken,
};
use wirelab::filter::Filter;
use wirelab::impair::{HOLD, Impairment, profile};
use wirelab::model::{ConnId, Deed, Direction, NodeId, Side};

use crate::desk::Desk;

/// The built-in lab with a tap before echo, which listens; the keys are in the servers pane, on it.
fn desk() -> Desk {
    let mut desk = Desk::new();
    run(&mut desk, "serve tcp://127.0.0.1:9001 tap tcp://127.0.0.1:7001");
    desk.listens("tap", "127.0.0.1:9001");
    desk.press("esc 1");
    desk.effects();
    desk
}

/// Runs a line on the command line.
fn run(desk: &mut Desk, line: &str) {
    desk.press("esc :");
    desk.type_text(line);
    desk.press("enter");
}

fn tap(desk: &Desk) -> &Server {
    desk.state.world.server(desk.node("tap")).expect("it is a server")
}

fn impairments(lines: &[&str]) -> Vec<Impairment> {
    lines.iter().map(|line| Impairment::parse(line).expect("it is written right")).collect()
}

/// The shapings asked of the tap since effects were last looked at.
fn shapings(desk: &mut Desk) -> Vec<Shaping> {
    let id = desk.node("tap");
    let shaping = |command| {
        let NetCommand::Shape(node, shaping) = command else { panic!("{command:?} was not asked for") };
        assert_eq!(node, id);
        shaping
    };
    desk.commands().into_iter().map(shaping).collect()
}

/// Chooses one of a field's values, which has the keys after it.
fn choose(desk: &mut Desk, label: &str, value: &str) {
    let at = desk.form().fields.iter().position(|field| field.label == label).expect("it asks for one");
    while desk.form().at != at {
        desk.press("tab");
    }
    while desk.form().text(label) != value {
        desk.press("right");
    }
}

fn serves(id: NodeId, listen: &str, target: &str) -> NetCommand {
    let listen = listen.parse().expect("an endpoint");
    NetCommand::Serve(
        id,
        ServerSpec { listen, behaviour: "tap".into(), argument: target.into(), when_taken: WhenTaken::Fail },
    )
}

#[test]
fn a_tap_is_made_by_the_form_and_by_a_command_line() {
    let mut desk = Desk::new();
    desk.press("esc 1 n");
    choose(&mut desk, "behaviour", "tap");
    desk.fill("listen", "udp://127.0.0.1:9000");
    desk.fill("with", "nonsense://x");
    assert!(desk.form().problem.is_some(), "the target is checked while it is typed");
    desk.fill("with", "udp://127.0.0.1:7002");
    assert_eq!(desk.form().problem, None);
    desk.press("enter");
    let id = desk.node("tap");
    assert_eq!(desk.commands(), [serves(id, "udp://127.0.0.1:9000", "udp://127.0.0.1:7002")]);
    run(&mut desk, "serve tcp://:9001 tap tcp://127.0.0.1:7001");
    let id = desk.node("tap-2");
    assert_eq!(desk.commands(), [serves(id, "tcp://:9001", "tcp://127.0.0.1:7001")]);
}

#[test]
fn the_form_says_which_line_is_wrong_and_what_would_be_right() {
    let mut desk = desk();
    desk.press("i");
    desk.fill("does", "");
    desk.paste("loss 5%\ndealy 50ms");
    let problem = desk.form().problem.clone().unwrap_or_default();
    assert!(problem.contains("line 2") && problem.contains("did you mean delay?"), "{problem}");
    desk.press("enter");
    assert_eq!(desk.form().text("does"), "loss 5%\ndealy 50ms", "what was typed stays");
    assert_eq!(desk.commands(), []);
    desk.fill("does", "");
    desk.press("ctrl-u backspace ctrl-u");
    desk.paste("loss 5%\ndelay 50ms jitter 10ms toward server");
    desk.fill("holds", "frame contains");
    assert!(desk.form().problem.is_some());
    desk.fill("holds", "all");
    desk.fill("seed", "7");
    choose(&mut desk, "if down", "hold");
    desk.press("enter");
    let asked = Shaping {
        seed: 7,
        impairments: impairments(&["loss 5%", "delay 50ms jitter 10ms toward server"]),
        hold: Hold::Everything,
        motion: Motion::Running,
        when_down: WhenDown::Hold,
    };
    assert_eq!(shapings(&mut desk), std::slice::from_ref(&asked));
    desk.press("i");
    assert_eq!(desk.form().text("does"), "loss 5%\ndelay 50ms jitter 10ms toward server");
    assert_eq!(
        (desk.form().text("holds"), desk.form().text("seed"), desk.form().text("if down")),
        ("all", "7", "hold")
    );
    assert_eq!(tap(&desk).shaping, asked);
}

#[test]
fn the_command_line_adds_impairments_plays_networks_and_holds() {
    let mut desk = desk();
    run(&mut desk, "impair loss 5%");
    run(&mut desk, "impair delay 1s every 3");
    let asked = shapings(&mut desk);
    assert_eq!(asked[0].impairments, impairments(&["loss 5%"]));
    assert_eq!(asked[1].impairments, impairments(&["loss 5%", "delay 1s every 3"]));
    run(&mut desk, "profile 3g");
    let network = profile("3g").expect("there is one").impairments();
    assert_eq!(shapings(&mut desk)[0].impairments, network);
    run(&mut desk, "hold frame contains \"x\"");
    let filter = Arc::new(Filter::parse("frame contains \"x\"").unwrap());
    let asked = Shaping { impairments: network, hold: Hold::Matching(filter), ..Shaping::default() };
    assert_eq!(shapings(&mut desk), [asked]);
    desk.press("esc 1 X");
    assert_eq!(shapings(&mut desk), [Shaping::default()]);
}

#[test]
fn a_wrong_command_line_says_why_and_changes_nothing() {
    for (line, words) in [
        ("impair los 5%", "did you mean loss?"),
        ("impair loss 105%", "105%"),
        ("profile 33g", "did you mean 3g?"),
        ("hold frame conatins 1", "conatins"),
    ] {
        let mut desk = desk();
        run(&mut desk, line);
        let shown = desk.screen().join("\n");
        assert!(shown.contains(words), "{line}: {words:?} is not in\n{shown}");
        assert_eq!(desk.commands(), [], "{line}");
        assert_eq!(tap(&desk).shaping, Shaping::default());
    }
}

#[test]
fn one_key_holds_everything_and_lets_go_and_another_pauses() {
    let mut desk = desk();
    desk.press("H p");
    let asked = shapings(&mut desk);
    assert_eq!((&asked[0].hold, asked[0].motion), (&Hold::Everything, Motion::Running));
    assert_eq!((&asked[1].hold, asked[1].motion), (&Hold::Everything, Motion::Paused));
    desk.press("H p");
    assert_eq!(shapings(&mut desk).last(), Some(&Shaping::default()));
}

/// A guest whose messages the tap holds, the oldest first.
fn held(desk: &mut Desk, messages: &[&str]) -> ConnId {
    let guest = desk.guest("tap");
    for (number, text) in messages.iter().enumerate() {
        desk.received("tap", guest, text);
        done(desk, guest, number as u64, HOLD, Deed::Held);
    }
    guest
}

/// The tap did something to a message toward the server.
fn done(desk: &mut Desk, conn: ConnId, message: u64, by: &'static str, deed: Deed) {
    desk.net("tap", NetFact::Impaired { conn, direction: Direction::In, message: Some(message), by, deed });
}

fn decides(desk: &Desk, conn: ConnId, message: u64, decision: Decision) -> NetCommand {
    NetCommand::Decide(desk.node("tap"), Held { conn, toward: Side::Server, message }, decision)
}

#[test]
fn held_messages_are_looked_at_let_go_changed_and_thrown_away() {
    let mut desk = desk();
    let guest = held(&mut desk, &["first", "second", "third"]);
    desk.press("m");
    assert!(matches!(desk.state.overlay, Some(Overlay::Held(..))));
    let shown = desk.screen().join("\n");
    assert!(shown.contains("forward") && shown.contains("first"), "{shown}");
    desk.press("enter");
    assert_eq!(desk.commands(), [decides(&desk, guest, 0, Decision::Forward)]);
    done(&mut desk, guest, 0, HOLD, Deed::Released(Duration::from_secs(1)));
    assert_eq!(tap(&desk).held.len(), 2, "it is held no more once the tap says so");

    desk.press("e");
    assert_eq!((desk.form().text("text"), desk.form().text("as")), ("second", "text"));
    desk.retype("other\\r\\n");
    desk.press("enter");
    assert_eq!(desk.commands(), [decides(&desk, guest, 1, Decision::Replace(Bytes::from_static(b"other\r\n")))]);
    done(&mut desk, guest, 1, HOLD, Deed::Edited(Bytes::from_static(b"other\r\n")));

    assert!(matches!(desk.state.overlay, Some(Overlay::Held(..))), "the list comes back");
    desk.press("x");
    assert_eq!(desk.commands(), [decides(&desk, guest, 2, Decision::Drop)]);
    done(&mut desk, guest, 2, HOLD, Deed::Dropped);
    assert!(tap(&desk).held.is_empty());
    desk.press("enter");
    assert_eq!(desk.commands(), [], "nothing is held");
}

#[test]
fn one_key_lets_all_go_and_bytes_that_are_no_text_are_changed_in_digits() {
    let mut desk = desk();
    let guest = held(&mut desk, &["one", "two"]);
    desk.press("m a");
    let all = [0, 1].map(|message| decides(&desk, guest, message, Decision::Forward));
    assert_eq!(desk.commands(), all);
    let mut desk = self::desk();
    let guest = desk.guest("tap");
    desk.net("tap", NetFact::Data(guest, Direction::In, Bytes::from_static(b"\xff\x00")));
    done(&mut desk, guest, 0, HOLD, Deed::Held);
    desk.press("m e");
    assert_eq!((desk.form().text("text"), desk.form().text("as")), ("ff 00", "hex"));
    desk.retype("f");
    assert!(desk.form().problem.is_some(), "half a byte is none");
    desk.retype("fe 01");
    desk.press("enter");
    assert_eq!(desk.commands(), [decides(&desk, guest, 0, Decision::Replace(Bytes::from_static(b"\xfe\x01")))]);
}

#[test]
fn a_new_target_is_told_to_the_running_tap_and_nobody_is_cut_off() {
    let mut desk = desk();
    desk.press("e");
    desk.fill("with", "tcp://127.0.0.1:8080");
    desk.press("enter");
    let id = desk.node("tap");
    assert_eq!(desk.commands(), [NetCommand::Retarget(id, "tcp://127.0.0.1:8080".parse().unwrap())]);
    desk.press("e");
    desk.fill("listen", "tcp://127.0.0.1:9002");
    desk.press("enter");
    let asked = desk.commands();
    assert!(matches!(&asked[..], [NetCommand::Stop(..), NetCommand::Serve(..)]), "another place is another socket");
}

#[test]
fn a_text_is_put_in_toward_either_side() {
    let mut desk = desk();
    let guest = held(&mut desk, &["hello"]);
    let id = desk.node("tap");
    let puts = |to, side, text: &'static [u8]| NetCommand::Inject(id, to, side, Bytes::from_static(text));
    desk.press("enter t");
    desk.retype("ping");
    desk.press("enter");
    assert_eq!(desk.commands(), [puts(To::One(guest), Side::Server, b"ping\n")]);
}

/// The rows of the inspector with that name.
fn rows(desk: &mut Desk, name: &str) -> Vec<String> {
    let rows = &desk.look().inspector.rows;
    rows.iter().filter(|row| row.full_name == name).map(|row| row.value.clone()).collect()
}

#[test]
fn a_frame_says_what_was_done_to_it_and_a_deed_shows_the_bytes_that_left() {
    let mut desk = desk();
    let guest = desk.guest("tap");
    desk.received("tap", guest, "hello");
    let frame = desk.state.world.log.next_number() - 1;
    desk.press("5");
    desk.screen();
    assert_eq!(rows(&mut desk, "wl.deed"), Vec::<String>::new());
    assert_eq!(desk.look().inspector.frame, frame);
    done(&mut desk, guest, 0, "delay", Deed::Delayed(Duration::from_millis(50)));
    done(&mut desk, guest, 0, "corrupt", Deed::Corrupted(1, Bytes::from_static(b"hellp")));
    desk.press("4 G up up 5");
    assert_eq!(desk.look().inspector.frame, frame);
    assert_eq!(rows(&mut desk, "wl.deed"), ["delay +50.0ms", "corrupt 1 bit flipped"]);

    desk.press("4 down 5");
    let shown = desk.screen().join("\n");
    assert!(shown.contains(&format!("frame {frame}, toward the server")), "{shown}");
    assert!(shown.contains("50.0ms later than it came"), "{shown}");
    assert!(desk.state.inspector.bytes.is_empty(), "nothing else left");
    desk.press("4 down 5");
    assert_eq!(&desk.look().inspector.bytes[..], b"hellp");
    let shown = desk.screen().join("\n");
    for words in ["One of its bits is ", "flipped", "68 65 6c 6c 70", "hellp"] {
        assert!(shown.contains(words), "{words}:\n{shown}");
    }
}
