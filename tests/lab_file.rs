//! Lab files: what they say, all that is wrong with them at once, and the schema that editors complete them from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;
use wirelab::behaviour;
use wirelab::collection::{self, Operator, Piece, Subject};
use wirelab::contract::{CastSpec, ClientSpec, Hold, Shaping, TlsSpec};
use wirelab::impair::Impairment;
use wirelab::lab::{
    Asked, Client, Count, Expect, Expectation, Lab, Request, Send, Server, Sources, Start, Step, Then, read, schema,
};
use wirelab::model::Endpoint;

/// Files and variables of a test's own.
#[derive(Default)]
struct Held {
    files: BTreeMap<String, Bytes>,
    variables: BTreeMap<String, String>,
}

impl collection::Sources for Held {
    fn read(&self, path: &str) -> Result<Bytes, String> {
        self.files.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn beside(&self, file: &str, path: &str) -> String {
        file.rsplit_once('/').map_or_else(|| path.to_owned(), |(folder, _)| format!("{folder}/{path}"))
    }
}

impl Sources for Held {
    fn command(&self, line: &str) -> Option<String> {
        let known = ["zoom", "impair", "server-stop"];
        let name = line.split_whitespace().next()?;
        (!known.contains(&name)).then(|| format!("there is no command {name:?}"))
    }
}

fn lab(text: &str) -> Lab {
    read("lab.toml", text, &Held::default()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems(text: &str, sources: &Held) -> Vec<String> {
    let problems = read("lab.toml", text, sources).expect_err("it is wrong");
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_its_place_and_what_would_be_right() {
    let told = problems(include_str!("samples/bad-lab.toml"), &Held::default());
    let wanted = [
        r#"lab.toml:1:1: lab has no "titel"; did you mean title?"#,
        "lab.toml:2:8: seed is a whole number from 0",
        "lab.toml:5:8: a name is a word without blanks",
        "lab.toml:6:10: a port is missing",
        "lab.toml:12:9: start is true or false",
        r#"lab.toml:14:1: line 1: the pattern "(" is wrong: unclosed group"#,
        r#"lab.toml:15:8: there is a node called "echo" already, in lab.toml"#,
        r#"lab.toml:16:1: "echo" listens on tcp://127.0.0.1:7001 already"#,
        r#"lab.toml:20:1: rule has no "repply"; did you mean reply?"#,
        "lab.toml:22:1: this tap has no target: where it passes all on to",
        r#"lab.toml:25:11: no impairment is called "deley"; did you mean delay?"#,
        "lab.toml:25:24: 200% cannot be: a chance is 0% to 100%",
        r#"lab.toml:26:11: no network is called "sattelite"; did you mean satellite?"#,
        r#"lab.toml:27:8: there is no field "tcp.prot"; did you mean tcp.port?"#,
        r#"lab.toml:31:11: "ftp://" is not known"#,
        "lab.toml:32:9: write one of text, hex, base64 and file",
        r#"lab.toml:32:47: "1 fortnight" is no length of time"#,
        "lab.toml:32:76: the variable NOT_SET is not set",
        "lab.toml:33:10: this is no regular expression: unclosed group",
        "lab.toml:34:8: then is one of stay, finish, close, reset",
        "lab.toml:37:7: gopher:// is not HTTP",
        "lab.toml:38:1: a status is 100 to 599",
        r#"lab.toml:42:8: there is no node "ech"; did you mean echo?"#,
        r#"lab.toml:42:21: there is no command "stopp""#,
        r#"lab.toml:43:10: "containz" does not belong here"#,
        "lab.toml:45:1: how many is said twice",
        "lab.toml:47:1: this step does nothing",
    ];
    for (told, wanted) in told.iter().zip(wanted) {
        assert!(told.starts_with(wanted), "{told}\nand not\n{wanted}");
    }
    assert_eq!(told.len(), wanted.len(), "{told:#?}");
}

#[test]
fn a_tap_says_the_same_in_tables_and_in_lines() {
    let table = lab("[[tap]]\nname = 'bad'\nlisten = 'tcp://:9001'\ntarget = ':7001'\n\
                     [[tap.impair]]\nkind = 'delay'\ntime = '50ms'\njitter = '10ms'\ntoward = 'server'\n\
                     when = 'frame contains \"again\"'\n[[tap.impair]]\nkind = 'loss'\nshare = '5%'\n");
    let lines = lab("[[tap]]\nname = 'bad'\nlisten = 'tcp://:9001'\ntarget = ':7001'\n\
                     impair = ['delay 50ms jitter 10ms toward server if frame contains \"again\"', 'loss 5%']\n");
    assert_eq!(table, lines);
    assert_eq!(table.servers[0].shaping.impairments.len(), 2);
}

#[test]
fn rules_in_tables_are_rules_of_the_behaviour() {
    let lab = lab("[[server]]\nname = 'greeter'\nlisten = ':7003'\n[[server.rule]]\nmatch = '^HELLO (\\w+)'\n\
                   reply = 'Hi $1\\r\\n'\nafter = '50ms'\n[[server.rule]]\nmatch = '.*'\nreply = \"a|b\\n\"\nclose = true\n");
    let server = &lab.servers[0];
    assert_eq!(server.behaviour, "rules");
    assert_eq!(server.argument, "^HELLO (\\w+) => Hi $1\\r\\n | after 50ms\n.* => a\\|b\\n | close");
    behaviour::machine(server.listen.scheme, &server.behaviour, &server.argument).expect("they are rules");
}

#[test]
fn variables_are_filled_in_and_a_dollar_stays_one() {
    let variables = BTreeMap::from([("PORT".to_owned(), "7009".to_owned())]);
    let sources = Held { variables, ..Held::default() };
    let text = "title = '$5 and $${x} at ${PORT}'\n[[server]]\nname = 'echo'\nlisten = 'tcp://:${PORT:-1}'\n\
                [[client]]\nname = 'me'\nconnect = 'tcp://:${OTHER:-7010}'\n";
    let lab = read("lab.toml", text, &sources).expect("it is right");
    assert_eq!(lab.title, "$5 and ${x} at 7009");
    assert_eq!(lab.servers[0].listen.port(), Some(7009));
    assert_eq!(lab.clients[0].spec.target.port(), Some(7010));
}

#[test]
fn included_files_belong_to_the_lab_and_tell_their_own_mistakes() {
    let file = |text: &'static str| Bytes::from_static(text.as_bytes());
    let files = BTreeMap::from([
        ("labs/base.toml".to_owned(), file("[[server]]\nname = 'echo'\nlisten = ':7001'\n")),
        ("labs/round.toml".to_owned(), file("include = 'lab.toml'\n")),
        ("labs/wrong.toml".to_owned(), file("\n[[server]]\nname = 'echo'\nlisten = 'nowhere'\n")),
    ]);
    let sources = Held { files, ..Held::default() };
    let text = "include = 'base.toml'\n[[step]]\nrun = '@echo server-stop'\n";
    let lab = read("labs/lab.toml", text, &sources).expect("it is right");
    assert_eq!((lab.servers.len(), lab.steps.len()), (1, 1));
    let told = |text: &str| read("labs/lab.toml", text, &sources).expect_err("wrong").remove(0).to_string();
    assert_eq!(told("include = 'round.toml'"), "labs/round.toml:1:11: lab.toml is included twice, or by itself");
    assert!(told("include = 'wrong.toml'").starts_with("labs/wrong.toml:4:10: a port is missing"));
    assert_eq!(told("include = 'none.toml'"), "labs/lab.toml:1:11: cannot include none.toml: there is no such file");
}

#[test]
fn the_schema_that_is_shipped_is_that_of_the_parser() {
    let shipped: Value = serde_json::from_str(include_str!("../assets/lab.schema.json")).expect("it is JSON");
    assert_eq!(shipped, schema(), "write it anew: wirelab check --schema > assets/lab.schema.json");
}

#[test]
fn the_schema_and_the_parser_agree_on_what_may_stand_in_a_lab() {
    // Whatever the schema knows the parser takes, and what it does not know the parser refuses.
    let schema = schema();
    for (section, inner) in [("server", "rule"), ("tap", "impair"), ("client", "send"), ("http", ""), ("step", "")] {
        let properties = &schema["properties"][section]["items"]["properties"];
        for name in properties.as_object().expect("a table").keys().chain([&"nonsense".to_owned()]) {
            let text = format!("[[{section}]]\n{name} = 1979-05-27\n");
            let told = problems(&text, &Held::default()).join("\n");
            assert_eq!(told.contains(&format!("has no \"{name}\"")), name == "nonsense", "{section}.{name}: {told}");
        }
        assert!(inner.is_empty() || properties[inner].is_object(), "{section}.{inner}");
    }
}

#[test]
fn the_shipped_labs_are_right_and_short() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/labs");
    let files = std::fs::read_dir(folder).expect("they are there").map(|entry| entry.expect("a file").path());
    let text = |path: PathBuf| (path.to_string_lossy().into_owned(), std::fs::read_to_string(path).expect("a text"));
    let (labs, others): (Vec<_>, Vec<_>) =
        files.map(text).partition(|(path, _)| path.rsplit('.').next() == Some("toml"));
    let files = others.into_iter().map(|(path, text)| (path, text.into())).collect();
    let held = Held { files, ..Held::default() };
    for (path, text) in &labs {
        assert!(text.lines().count() < 40, "{path}");
        read(path, text, &held).unwrap_or_else(|problems| panic!("{problems:#?}"));
    }
    assert_eq!(labs.len(), 4);
}

#[test]
fn hostile_files_are_refused_in_bounded_time_and_memory() {
    let deep = format!("x = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let many = "[[server]]\nname = 'a'\nlisten = ':0'\n".repeat(5000);
    let often = "[[client]]\nname = 'a'\nconnect = ':1'\nsend = [{ text = 'x', times = 1000000000 }]\n";
    for text in [deep.as_str(), &many, often, "\0", "title = \"\u{1b}[31m\""] {
        assert!(read("lab.toml", text, &Held::default()).is_err_and(|all| all.len() <= 100), "{text:.60}");
    }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,20}", "[a-z\\r\\n\\t\u{e9}\u{1F600}$\\{\\}\"'\\\\]{0,12}"]
}

fn times() -> impl Strategy<Value = Duration> {
    prop_oneof![(0_u64..100_000).prop_map(Duration::from_millis), (0_u64..5_000).prop_map(Duration::from_micros)]
}

prop_compose! {
    fn sends()(after in times(), payload in prop::collection::vec(any::<u8>(), 0..20), times in 1_u32..9, every in times())
        -> Send
    {
        let every = if times == 1 { Duration::ZERO } else { every };
        Send { after, payload: payload.into(), times, every }
    }
}

prop_compose! {
    fn clients()(sends in prop::collection::vec(sends(), 0..4), within in times(), then in 0_usize..4, waits: bool) -> Client {
        let target: Endpoint = "tcp://127.0.0.1:7001".parse().expect("an endpoint");
        let (tls, cast) = (TlsSpec::default(), CastSpec::default());
        let spec = ClientSpec { target, source: None, tls, cast };
        let expects = vec![Expect { pattern: r"^a\d+$".into(), within }];
        let start = if waits { Start::Waits } else { Start::AtOnce };
        Client { name: "me".into(), spec, start, sends, expects, then: Then::ALL[then] }
    }
}

prop_compose! {
    fn labs()(title in words(), reply in words(), caption in words(), body in words(), client in clients(), at in times(),
        count in 0_u64..9, seed: u32) -> Lab
    {
        let server = |name: &str, listen: &str, behaviour: &str, argument: &str, shaping| Server {
            name: name.into(),
            listen: listen.parse().expect("an endpoint"),
            behaviour: behaviour.into(),
            argument: argument.into(),
            start: Start::AtOnce,
            shaping,
        };
        let impairments = ["delay 50ms jitter 10ms normal", "loss burst 1% 30% toward client if frame contains \"x'y\""];
        let impairments = impairments.map(|line| Impairment::parse(line).expect("an impairment")).to_vec();
        let shaping = Shaping { seed: seed.into(), impairments, hold: Hold::Everything, ..Shaping::default() };
        // An escape or option that is none would be no argument of the behaviour's.
        let reply = reply.replace(['\\', '|'], "");
        let expect = Expectation { filter: "tcp.port == 7001".into(), count: Count::Exactly(count), within: at };
        Lab {
            title,
            record: None,
            servers: vec![
                server("hello", "tcp://127.0.0.1:7001", "reply", &reply, Shaping::default()),
                server("bad", "udp://127.0.0.1:7002", "tap", "udp://127.0.0.1:7003", shaping),
            ],
            clients: vec![client],
            requests: vec![Request {
                name: "get".into(),
                at,
                asked: Asked::One(Box::new(collection::Request {
                    line: 1,
                    method: "POST".into(),
                    target: "http://127.0.0.1/".into(),
                    headers: vec![("X-A".into(), body.clone())],
                    body: vec![Piece::Text(body)],
                    expectations: vec![expected(Subject::Status, Operator::Is, "200"), expected(Subject::Body, Operator::Matches, "x")],
                    ..collection::Request::default()
                })),
            }],
            steps: vec![Step { at, caption: Some(caption), run: vec!["@bad impair loss 5%".into()], expect: Some(expect) }],
        }
    }
}

fn expected(subject: Subject, operator: Operator, value: &str) -> (usize, collection::Expectation) {
    (1, collection::Expectation { subject, operator, value: value.into() })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_lab(lab in labs()) {
        let written = lab.write();
        let again = read("lab.toml", &written, &Held::default());
        prop_assert_eq!(again.as_ref().ok(), Some(&lab), "{}\n{:#?}", written, again);
    }

    #[test]
    fn whatever_a_file_holds_no_reading_panics(at in 0_usize..1500, with in "[\\[\\]{}=\"'a-z0-9$.\\n]{0,6}") {
        let good = include_str!("../assets/labs/tcp-vs-udp.toml");
        let at = (0..=at.min(good.len())).rev().find(|at| good.is_char_boundary(*at)).unwrap_or_default();
        let text = format!("{}{with}{}", &good[..at], &good[at..]);
        let _ = read("lab.toml", &text, &Held::default());
    }
}

#[test]
fn the_lab_in_the_readme_is_one() {
    let readme = include_str!("../README.md");
    let section = readme.split("## Labs in a file").nth(1).expect("it is there");
    let text = section.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let sources = Held::default();
    let read = read("lab.toml", &text.replace("@me send", "@me zoom"), &sources);
    assert!(read.is_ok_and(|lab| lab.servers.len() == 2 && lab.steps.len() == 1), "{text}");
}
