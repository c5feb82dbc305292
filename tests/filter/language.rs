//! The language itself: what tshark does not know or has otherwise, and what holds of any text.

use proptest::prelude::*;
use wirelab::filter::{Filter, Needs, Validity, complete};

use crate::packets::Capture;
use crate::scene::capture;

thread_local! {
    static CAPTURE: Capture = capture();
}

fn selected(text: &str) -> Vec<u64> {
    passing(&Filter::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}")))
}

fn passing(filter: &Filter) -> Vec<u64> {
    CAPTURE.with(|capture| capture.selected(filter))
}

/// Texts that newer versions of Wireshark take, or that only we do, with the same as tshark has it.
#[test]
fn newer_and_kinder_spellings_mean_the_same() {
    let same = [
        ("tcp xor ip", "(tcp and not ip) or (ip and not tcp)"),
        ("tcp ^^ ip", "tcp xor ip"),
        ("80 == tcp.dstport", "tcp.dstport == 80"),
        ("1 < tcp.dstport < 100", "tcp.dstport > 1 and tcp.dstport < 100"),
        ("(tcp.dstport + 1) * 2 == 162", "{tcp.dstport + 1} * 2 == 162"),
        ("2 * tcp.dstport == 160", "tcp.dstport * 2 == 160"),
        ("ip.src == \"10.0.0.1\"", "ip.src == 10.0.0.1"),
        ("tcp.flags.syn == true", "tcp.flags.syn == 1"),
        ("frame[0:2] == 0x4500", "frame[0:2] == 45:00"),
        ("len(lower(http.host)) == 11", "len(http.host) == 11"),
        ("upper(http.request.method) in {\"GET\"}", "http.request.method == \"GET\""),
        ("frame.time_relative == 5000ms", "frame.time_relative == 5s"),
        ("frame.time_delta > 1000500us", "frame.time_delta > 1.0005"),
        ("frame.time >= 1769861000", "frame.time >= \"2026-01-31 12:03:20\""),
        ("dns.qry.type == \"A\"", "dns.qry.type == 1"),
        ("dns.qry.type == a", "dns.qry.type == 1"),
        ("dns.flags.rcode == \"No such name\"", "dns.flags.rcode == 3"),
        ("all tcp.port in {80, 50000..50009}", "!(any tcp.port < 80) and !(any tcp.port > 50009) and tcp.port == 80"),
    ];
    for (one, other) in same {
        assert_eq!(selected(one), selected(other), "{one}");
    }
    assert_eq!(selected("dns.qry.type == \"A\"").len(), 3);
}

#[test]
fn a_message_counts_at_the_frame_it_ends_in() {
    assert_eq!(selected("http.response.code == 201"), [14]);
    assert_eq!(selected("http.request.method == HEAD"), selected("http.request.method == DELETE"));
}

#[test]
fn a_filter_says_whether_it_must_decode() {
    let needs = |text| Filter::parse(text).expect("a filter").needs();
    for cheap in ["tcp.port == 80", "frame contains \"x\" && !ip", "len(frame) > 4 || wl.node == echo", "frame[0] == 1"]
    {
        assert_eq!(needs(cheap), Needs::Frame, "{cheap}");
    }
    for dear in ["http", "tcp and http.request", "tcp.port == dns.srv.port", "tcp.port in {1, dns.srv.port}"] {
        assert_eq!(needs(dear), Needs::Decode, "{dear}");
    }
}

#[test]
fn what_needs_no_decoding_is_asked_first() {
    struct OnPort80;
    impl wirelab::filter::Facts for OnPort80 {
        fn each(
            &self,
            field: &'static wirelab::filter::Known,
            take: &mut wirelab::filter::Take<'_>,
        ) -> std::ops::ControlFlow<()> {
            assert_eq!(field.name, "tcp.port", "nothing else need be known");
            take(wirelab::filter::Value::number(80_u16))
        }
    }
    assert!(!Filter::parse("http.host contains \"x\" && tcp.port == 81").expect("a filter").matches(&OnPort80));
    assert!(
        Filter::parse("http or not udp.port or tcp.port == 80").is_ok_and(|filter| filter.needs() == Needs::Decode)
    );
    assert!(Filter::parse("http or tcp.port == 80").expect("a filter").matches(&OnPort80));
}

#[test]
fn depth_length_and_work_are_bounded() {
    let deep = format!("{}tcp{}", "(".repeat(5000), ")".repeat(5000));
    assert!(Filter::parse(&deep).is_err());
    assert!(Filter::parse(&"!".repeat(5000)).is_err());
    assert!(Filter::parse(&format!("tcp.port{} == 1", " + tcp.port".repeat(500))).is_err());
    assert!(Filter::parse(&format!("frame{}", "[0]".repeat(500))).is_err());
    assert!(Filter::parse(&format!("{} == 1", "-".repeat(3000))).is_err());
    assert!(Filter::parse(&"tcp or ".repeat(10_000)).is_err());
    let wide = format!("tcp{}", " or tcp".repeat(2000));
    assert_eq!(selected(&wide), selected("tcp"));
    // Each sum has twice as many values as the one before; this would not end.
    assert!(selected(&format!("tcp.port{} == 1", " + tcp.port".repeat(40))).is_empty());
}

/// Text that is nearly a filter.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "tcp",
        "tcp.port",
        "http.host",
        "frame",
        "ip.addr",
        "dns.qry.type",
        "frame.time",
        "==",
        "!=",
        "===",
        "!==",
        ">",
        "<=",
        "~",
        "contains",
        "matches",
        "in",
        "not",
        "!",
        "and",
        "||",
        "xor",
        "any",
        "all",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ",",
        "..",
        ":",
        "-",
        "+",
        "&",
        "80",
        "0x50",
        "-1",
        "1.5",
        "10.0.0.0/8",
        "::1",
        "47:45",
        "\"a\"",
        "\"\\x",
        "r\"a\\.b\"",
        "'c'",
        "len(",
        "count(",
        "max(",
        "é",
        "\u{202e}",
        "\"",
        "'",
        "True",
        "0:4",
        "$",
        "@",
        "#",
        "/",
    ]);
    prop::collection::vec((piece, prop::bool::ANY), 0..14).prop_map(|pieces| {
        pieces.into_iter().flat_map(|(piece, apart)| [piece, if apart { " " } else { "" }]).collect()
    })
}

/// Filters that are right.
fn filters() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("tcp.port"),
        Just("frame.len"),
        Just("len(frame)"),
        Just("tcp.port + 1"),
        Just("{udp.port - 1} * 2"),
        Just("-tcp.len"),
        Just("max(tcp.port, udp.port)"),
        Just("abs(tcp.dstport - 100)"),
        Just("tcp.flags & 2"),
    ];
    let text = prop_oneof![
        Just("http.host"),
        Just("lower(http.host)"),
        Just("frame[0:4]"),
        Just("frame[-4:,0,1-2,:3]"),
        Just("tcp.payload"),
    ];
    let sign = prop::sample::select(vec![
        "==", "eq", "!=", "ne", "===", "!==", "~=", ">", "lt", ">=", "le", "all_eq", "any_ne",
    ]);
    let each = prop::sample::select(vec!["", "any ", "all "]);
    let quoted = prop_oneof!["[a-z]{0,6}", r"(\\n|\\x00|\\xff|\\\\|é|\\u00e9|\\101){0,4}"];
    let leaf = prop_oneof![
        (each.clone(), number.clone(), sign.clone(), 0_u16..400).prop_map(|(q, n, s, v)| format!("{q}{n} {s} {v}")),
        (each.clone(), text.clone(), sign, quoted.clone()).prop_map(|(q, t, s, v)| format!("{q}{t} {s} \"{v}\"")),
        (each.clone(), text, quoted).prop_map(|(q, t, v)| format!("{q}{t} contains \"{v}\"")),
        (each, number, 0_u16..99, 99_u16..999).prop_map(|(q, n, a, b)| format!("{q}{n} in {{{a}, {a}..{b}}}")),
        prop::sample::select(vec![
            "tcp",
            "http.request",
            "frame[100]",
            "tcp.flags & 2",
            "ip.addr == 10.0.0.0/8",
            "ipv6.addr == ::1",
            "http.host matches r\"^a\\.\"",
            "1 < tcp.port < 99",
            "tcp.port not in {1}",
            "frame contains 'a'",
            "udp.payload contains 00:ff",
            "tcp.flags.syn == True",
            "frame.time_relative > 1.5",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["&&", "or", "xor", "and", "||"]), inner.clone())
                .prop_map(|(a, word, b)| format!("{a} {word} {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && (({b}) or tcp)")),
            inner.clone().prop_map(|a| format!("!({a})")),
            inner.prop_map(|a| format!("not {a}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_judged_and_its_problem_points_into_it(text in prop_oneof![nearly(), ".{0,40}", "[ -~]{0,60}"]) {
        if let Err(problem) = Filter::parse(&text) {
            prop_assert!(problem.span.start <= problem.span.end && problem.span.end <= text.len());
            prop_assert!(text.is_char_boundary(problem.span.start) && text.is_char_boundary(problem.span.end));
            prop_assert!(!problem.to_string().chars().any(char::is_control), "{problem}");
            prop_assert!(!problem.what.is_empty());
        }
        let is_filter = Filter::parse(&text).is_ok();
        prop_assert_eq!(Validity::of(&text) == Validity::Valid, is_filter);
        for cursor in 0..=text.len() + 1 {
            let completion = complete(&text, cursor);
            prop_assert!(text.get(completion.span.clone()).is_some(), "{:?}", completion.span);
        }
    }

    #[test]
    fn what_is_printed_reads_as_the_same_filter(text in filters()) {
        let filter = Filter::parse(&text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        let printed = filter.to_string();
        let again = Filter::parse(&printed).unwrap_or_else(|problem| panic!("{text}: {printed}: {problem}"));
        prop_assert_eq!(again.to_string(), printed);
        prop_assert_eq!(passing(&again), passing(&filter), "{}", text);
    }

    #[test]
    fn a_filter_cut_anywhere_is_a_filter_or_is_not_finished_or_wrong_at_a_place(text in filters(), at in 0_usize..400) {
        let cut: String = text.chars().take(at).collect();
        match Validity::of(&cut) {
            Validity::Empty => prop_assert!(cut.trim().is_empty()),
            Validity::Valid => {}
            Validity::Incomplete(problem) => prop_assert!(problem.span.end <= cut.len()),
            // The end of a word may be a word of its own that is wrong; what is before it is not.
            Validity::Invalid(problem) => prop_assert!(problem.span.end > 0, "{cut}: {problem}"),
        }
    }
}
