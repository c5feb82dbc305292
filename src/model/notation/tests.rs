//! Notations as they are taken apart.

use super::*;
use std::net::Ipv4Addr;

/// What the fact of that name says; the first of several.
fn value(text: &str, name: &str) -> String {
    let parts = explain(text);
    let facts: Vec<&Fact> = parts.iter().flat_map(|part| &part.facts).collect();
    let found = facts.iter().find(|fact| fact.name == name);
    found.unwrap_or_else(|| panic!("{text}: no {name}: {facts:#?}")).value.clone()
}

#[test]
fn one_address_in_all_the_notations_of_inet_aton() {
    let spellings =
        ["127.0.0.1", "0x7f000001", "2130706433", "127.1", "127.0.1", "0177.0.0.01", "0x7f.0.0.0x1", "0177.1"];
    for spelling in spellings {
        assert_eq!(inet_aton(spelling), Ok(Ipv4Addr::LOCALHOST), "{spelling}");
        assert_eq!(value(spelling, "dotted"), "127.0.0.1");
    }
    assert_eq!(value("127.1", "inet_aton"), r#"socket.inet_aton("127.1") → b'\x7f\x00\x00\x01'"#);
    assert_eq!(value("127.0.0.1", "inet_pton"), r#"socket.inet_pton(AF_INET, "127.0.0.1") → b'\x7f\x00\x00\x01'"#);
    assert!(value("127.1", "inet_pton").ends_with("it wants exactly 4 parts, and here are 2"));
    assert!(value("0177.0.0.1", "inet_pton").contains("leading zero"));
    assert!(value("127.0.0.1", "ntohl").contains("0x0100007f"));
}

#[test]
fn every_notation_of_an_address_is_read_as_the_same_address() {
    for address in ["127.0.0.1", "10.20.0.30", "192.168.1.255", "0.0.0.0", "255.255.255.255", "8.8.8.8"] {
        for name in ["hexadecimal", "decimal", "octal", "dotted hex", "dotted octal", "short"] {
            let written = value(address, name);
            assert_eq!(inet_aton(&written).map(|read| read.to_string()), Ok(address.to_owned()), "{name} {written}");
        }
    }
    for address in ["::1", "2001:db8::7", "fe80::1", "::ffff:10.0.0.1", "::"] {
        assert_eq!(value(&value(address, "in full"), "compressed"), address);
    }
}

#[test]
fn what_inet_aton_refuses_is_told() {
    for (text, word) in [
        ("256.0.0.1", "0 to 255"),
        ("1.2.3.4.5", "at most 4"),
        ("1..2", "empty"),
        ("08", "octal"),
        ("0x", "empty"),
        ("4294967296", "too large"),
        ("1.16777216", "too large"),
    ] {
        let why = inet_aton(text).expect_err(text);
        assert!(why.contains(word), "{text}: {why}");
        assert!(value(text, "why").contains(word), "{text}");
        assert!(value(text, "inet_aton").contains("OSError"), "{text}");
    }
}

#[test]
fn scopes_and_classes_are_told() {
    for (text, words) in [
        ("127.0.0.1", "loopback"),
        ("10.1.2.3", "private"),
        ("172.31.0.1", "private"),
        ("172.32.0.1", "global"),
        ("192.168.0.1", "private"),
        ("169.254.1.1", "link-local"),
        ("100.64.0.1", "shared by carriers' NAT, CGNAT"),
        ("192.0.2.1", "for documentation"),
        ("224.0.0.1", "multicast: all hosts"),
        ("239.1.1.1", "multicast of administrative scope"),
        ("255.255.255.255", "limited broadcast"),
        ("240.0.0.1", "reserved"),
        ("0.0.0.0", "unspecified"),
        ("::1", "loopback"),
        ("fe80::1%lo", "link-local"),
        ("fd00::1", "unique local, ULA"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "for documentation"),
        ("2606:4700::1", "global"),
        ("::ffff:10.0.0.1", "IPv4-mapped"),
    ] {
        assert!(value(text, "scope").starts_with(words), "{text}: {}", value(text, "scope"));
    }
    assert!(value("10.0.0.1", "class").starts_with("A:"));
    assert!(value("191.0.0.1", "class").starts_with("B:"));
    assert!(value("223.0.0.1", "class").starts_with("C:"));
    assert!(value("224.0.0.1", "class").starts_with("D:"));
    assert!(value("ff02::1", "reach").starts_with("this link (scope 2, RFC 7346): all nodes"));
    assert!(value("::ffff:10.0.0.1", "IPv4 inside").starts_with("10.0.0.1, private"));
    assert!(value("fe80::1%lo", "zone").starts_with("lo: "));
    assert!(value("fe80::a8bb:ccff:fedd:eeff", "MAC inside").starts_with("aa:bb:cc:dd:ee:ff"));
}

#[test]
fn networks_are_told_with_their_ends() {
    assert_eq!(value("10.1.2.3/8", "network"), "10.0.0.0/8");
    assert_eq!(value("10.1.2.3/255.0.0.0", "network"), "10.0.0.0/8");
    assert_eq!(value("10.1.2.3/8", "netmask"), "255.0.0.0 = 0xff000000");
    assert_eq!(value("10.1.2.3/8", "wildcard"), "0.255.255.255");
    assert_eq!(value("10.1.2.3/8", "broadcast"), "10.255.255.255");
    assert_eq!(value("10.1.2.3/8", "first host"), "10.0.0.1");
    assert_eq!(value("10.1.2.3/8", "last host"), "10.255.255.254");
    assert_eq!(value("10.1.2.3/8", "host part"), "24 bits: 0.1.2.3 (number 66051)");
    assert_eq!(value("192.168.1.7/30", "binary"), "110000001010100000000001000001 | 11");
    assert_eq!(value("192.0.2.0/31", "broadcast"), "none (RFC 3021)");
    assert_eq!(value("192.0.2.0/31", "hosts"), "2");
    assert_eq!(value("0.0.0.0/0", "hosts"), "4294967294");
    assert_eq!(value("2001:db8::7/32", "network"), "2001:db8::/32");
    assert_eq!(value("::/0", "last"), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    assert!(value("10.0.0.0/33", "why").contains("0 to 32"));
    assert!(value("10.0.0.0/+8", "why").contains("0 to 32"));
    assert!(value("10.0.0.0/255.0.255.0", "why").contains("no netmask"));
    assert!(value("example.org/index.html", "why").contains("scheme"));
}

#[test]
fn endpoints_are_a_host_and_a_port() {
    assert_eq!(value("127.0.0.1:8080", "service"), "http-alt");
    assert_eq!(value("127.0.0.1:8080", "dotted"), "127.0.0.1");
    assert_eq!(value("[::1]:80", "bytes"), "00 50 (network order); htons(80) on a PC is 20480 = 0x5000");
    assert_eq!(value("[::1]:80", "compressed"), "::1");
    assert_eq!(value("localhost:22", "name"), "localhost");
    assert!(value("localhost:70000", "why").contains("0 to 65535"));
}

#[test]
fn a_url_is_taken_apart_and_its_password_is_masked() {
    let url = "https://me:se%20cret@example.org/caf%C3%A9?q=a+b&x=%26#top";
    assert_eq!((value(url, "path"), value(url, "· encoded")), ("/café".into(), "/caf%C3%A9".into()));
    assert_eq!(value(url, "query"), "q=a+b&x=%26");
    assert_eq!(value(url, "· pair"), "q = a b");
    assert_eq!(value(url, "port"), "443 (the scheme's own; not written)");
    assert_eq!(value(url, "fragment"), "top (never sent)");
    assert_eq!(value(url, "user"), "me");
    let all = format!("{:?}", explain(url));
    assert!(!all.contains("cret"), "{all}");
    assert_eq!(value("http://[::1]:8080/", "compressed"), "::1");
    assert_eq!(value("http://0x7f.1/", "dotted"), "127.0.0.1");
    assert_eq!(value("tcp://10.0.0.1:7001", "dotted"), "10.0.0.1");
}

#[test]
fn only_a_name_is_worth_asking_the_resolver_for() {
    let names = [
        ("localhost", Some("localhost")),
        ("localhost:80", Some("localhost")),
        ("https://example.org:8443/x", Some("example.org")),
        ("münchen.example", Some("münchen.example")),
        ("127.1", None),
        ("256.0.0.1", None),
        ("[::1]:80", None),
        ("10.0.0.0/8", None),
        ("http://127.0.0.1/", None),
        ("two words", None),
        ("", None),
    ];
    for (text, name) in names {
        assert_eq!(name_in(text).as_deref(), name, "{text}");
    }
    assert_eq!(value("münchen.example", "in DNS"), "xn--mnchen-3ya.example (punycode, RFC 3492)");
    assert!(value("fe80::1%", "why").contains("colons"));
    assert!(value("a..b", "why").contains("has 0"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_explained(text in r"([0-9a-fx.:/%\[\]@#?-]|\PC){0,40}") {
        let parts = explain(&text);
        proptest::prop_assert!(parts.iter().any(|part| !part.facts.is_empty()));
        name_in(&text);
    }
}
