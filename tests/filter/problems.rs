//! What is said of a text that is no filter: where it is wrong, and what would be right.

use wirelab::filter::{Filter, Validity};

/// The text the problem points at, and what is said.
fn problem(text: &str) -> (&str, String) {
    let problem = Filter::parse(text).expect_err(text);
    (&text[problem.span.clone()], problem.to_string())
}

#[test]
fn every_problem_is_told_with_its_place_and_its_remedy() {
    let told = [
        ("tcp.prt == 80", "tcp.prt", "there is no field \"tcp.prt\"; did you mean tcp.port?"),
        ("Tcp.port == 80", "Tcp.port", "there is no field \"Tcp.port\"; did you mean tcp.port?"),
        ("http.request.metod", "http.request.metod", "did you mean http.request.method?"),
        ("tcp.port = 80", "=", "\"=\" does not belong here; write == to compare"),
        ("tcp.port == 99999", "99999", "tcp.port is at most 65535; \"99999\" is more"),
        ("tcp.port == -1", "-1", "tcp.port is never below 0"),
        ("tcp.port == \"80\"", "\"80\"", "\"80\" is not a number; tcp.port is; write it without quotes"),
        ("tcp.port == abc and ip", "abc", "\"abc\" is not a number; tcp.port is; write 80, 0x50 or 0b1010000"),
        ("tcp.srcport == tcp.dstprt and ip", "tcp.dstprt", "did you mean tcp.dstport?"),
        ("frame contains hello", "hello", "text goes in quotes: \"text\"; bytes are written 47:45:54"),
        ("http.host matches abc", "abc", "a regular expression is written in quotes; write matches r\"abc\""),
        ("http.host matches \"(\"", "\"(\"", "this is no regular expression: unclosed group"),
        ("http.host == \"\\d\"", "\\d", "\\d is no escape; write \\\\, or a raw string r\"…\""),
        ("tcp.port contains \"8\"", "tcp.port", "contains looks into text and bytes; tcp.port is a number"),
        (
            "ip.addr == 300.1.1.1 or tcp",
            "300.1.1.1",
            "is not an IPv4 address; ip.addr is; write 127.0.0.1 or 10.0.0.0/8",
        ),
        ("ip.src == tcp.port", "ip.src == tcp.port", "ip.src is an IPv4 address, tcp.port is a number; they cannot"),
        ("tcp AND udp", "AND", "write and"),
        ("tcp tcp", "tcp", "write and, or, or a comparison such as == before it"),
        ("tcp.port in 80", "80", "a set in braces, as in {80, 8000..8080}, is missing before \"80\""),
        ("tcp.port in {80 443}", "443", "a comma or the closing } is missing before \"443\""),
        ("tcp.port in {80 443", "443", "a comma or the closing } is missing"),
        ("(tcp", "", "the closing ) is missing"),
        ("tcp)", ")", "nothing is open that it could close"),
        ("tcp and", "", "what comes next is missing"),
        ("\"abc", "\"abc", "the closing quote is missing"),
        ("hello", "hello", "to look for the text write frame contains \"hello\""),
        ("1 == 1", "1 == 1", "this is the same for every frame; name a field, such as tcp.port"),
        ("80", "80", "80 is a value, not a field; begin with a field"),
        ("len(tcp.payload)", "len(tcp.payload)", "this has a value and asks nothing; compare it"),
        ("legnth(tcp) == 1", "legnth", "there is no function \"legnth\""),
        ("cuont(tcp) == 1", "cuont", "did you mean count?"),
        ("frame[0:0]", "0:0", "behind the colon stands how many bytes"),
        ("tcp.port[0]", "tcp.port[0]", "tcp.port is a number and has no bytes to choose from"),
        ("frame.time > \"yesterday\" and ip", "\"yesterday\"", "write \"2026-01-31 12:03:01\" in UTC"),
        ("tcp.flags.syn == maybe && ip", "maybe", "write True or False, 1 or 0"),
        ("tls.record == 1 and ip", "1", "tls.record has no value to compare; write its name alone"),
        ("@ip.src", "@", "raw fields (@) are not kept here"),
        ("tcp.dstport-1 == 2", "tcp.dstport-1", "did you mean tcp.dstport?"),
    ];
    for (text, place, words) in told {
        let (pointed, said) = problem(text);
        assert!(pointed == place && said.contains(words), "{text}\n  at {pointed:?}: {said}");
    }
}

#[test]
fn while_it_is_typed_only_what_cannot_become_right_is_wrong() {
    let text = "http.request.method in {\"GET\", \"POST\"} && !(tcp.port == 8080 || frame[0:4] matches r\"^a\")";
    for end in 1..text.len() {
        let state = Validity::of(&text[..end]);
        assert!(!matches!(state, Validity::Invalid(_)), "{}: {state:?}", &text[..end]);
    }
    assert_eq!(Validity::of(text), Validity::Valid);
    assert_eq!(Validity::of("  "), Validity::Empty);
    for wrong in ["tcp.port = 8", "tcp.prt == 80", "tcp.port == abc && ip", "zzz.q", "tcp)"] {
        assert!(matches!(Validity::of(wrong), Validity::Invalid(_)), "{wrong}");
    }
}
