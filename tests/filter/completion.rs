//! What is offered at the cursor.

use wirelab::filter::{FIELDS, Filter, Validity, complete};
use wirelab::impair::{HOLD, KINDS};

/// What is offered at `|`, each as the whole text it would make.
fn offered(text: &str) -> Vec<String> {
    let cursor = text.find('|').expect("a cursor");
    let text = text.replacen('|', "", 1);
    let completion = complete(&text, cursor);
    let make = |offer: &str| format!("{}{offer}{}", &text[..completion.span.start], &text[completion.span.end..]);
    completion.offers.iter().map(|offer| make(&offer.text)).collect()
}

fn begins(text: &str, expected: &[&str]) {
    let offered = offered(text);
    assert_eq!(offered.iter().take(expected.len()).collect::<Vec<_>>(), expected, "{text}: {offered:?}");
}

#[test]
fn fields_are_offered_where_one_may_stand() {
    begins("tcp.p|", &["tcp.port", "tcp.payload"]);
    begins("http.request.m|", &["http.request.method"]);
    begins("tcp.port == 80 && udp.p|", &["tcp.port == 80 && udp.port"]);
    begins("!(dns.q|", &["!(dns.qry", "!(dns.qry.name"]);
    begins("cou|", &["count("]);
    assert!(offered("method|").contains(&"http.request.method".to_owned()), "a part in the middle is met");
    assert_eq!(offered("|").len(), 100);
}

#[test]
fn operators_follow_a_field_and_joins_follow_a_value() {
    begins("tcp.port |", &["tcp.port ==", "tcp.port !=", "tcp.port >"]);
    assert!(offered("http.host |").contains(&"http.host contains".to_owned()));
    assert!(!offered("tcp.port |").contains(&"tcp.port contains".to_owned()));
    begins("tcp.port == 80 |", &["tcp.port == 80 &&", "tcp.port == 80 ||"]);
    begins("http.host co|", &["http.host contains"]);
    begins("http.host == \"a\" |", &["http.host == \"a\" &&"]);
}

#[test]
fn values_are_offered_where_there_are_few() {
    begins("http.request.method == |", &["http.request.method == \"GET\""]);
    begins("http.request.method == \"P|", &["http.request.method == \"POST\"", "http.request.method == \"PUT\""]);
    begins("http.request.method in {\"GET\", |", &["http.request.method in {\"GET\", \"GET\""]);
    begins("tcp.flags.syn == |", &["tcp.flags.syn == True", "tcp.flags.syn == False"]);
    begins("wl.kind == o|", &["wl.kind == \"opened\""]);
    begins("wl.kind == im|", &["wl.kind == \"impaired\""]);
    begins("wl.by == d|", &["wl.by == \"delay\"", "wl.by == \"duplicate\"", "wl.by == \"down\""]);
    assert!(offered("tcp.port == |").is_empty());
}

#[test]
fn all_that_a_tap_can_do_is_offered() {
    let offered = offered("wl.by == |");
    let names = KINDS.iter().map(|kind| kind.name).chain([HOLD]);
    assert_eq!(offered, names.map(|name| format!("wl.by == \"{name}\"")).collect::<Vec<_>>());
}

#[test]
fn every_field_is_known_once_and_said_in_few_words() {
    for known in FIELDS {
        assert_eq!(FIELDS.iter().filter(|other| other.name == known.name).count(), 1, "{}", known.name);
        assert!(!known.about.is_empty() && known.about.len() <= 60, "{}: {}", known.name, known.about);
        assert!(Filter::parse(known.name).is_ok(), "{} asks for itself", known.name);
        for value in known.values {
            assert_eq!(Validity::of(&format!("{} == {value}", known.name)), Validity::Valid);
        }
    }
}
