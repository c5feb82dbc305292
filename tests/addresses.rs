//! Addresses as Python's `socket` and `ipaddress` have them: what we say of one must be what they say.

use std::io::Write;
use std::process::{Command, Stdio};

use wirelab::model::notation::{Part, explain, inet_aton, inet_pton_v4};

/// Written in every way that is taken, and in many that are not.
const WRITTEN: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f000001",
    "0X7F.1",
    "2130706433",
    "0177.1",
    "0177.0.0.01",
    "017700000001",
    "0",
    "0.0.0.0",
    "255.255.255.255",
    "4294967295",
    "4294967296",
    "256.0.0.1",
    "1.256.0.1",
    "1.65536.1",
    "1.2.65536",
    "1.16777215",
    "1.16777216",
    "1.2.3.4.5",
    "1..2",
    "1.",
    ".1",
    "08",
    "0x",
    "0xg",
    "00",
    "000.0.0.0",
    "1.2.3.04",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.255",
    "8.8.8.8",
    "65.66.67.39",
    "34.39.92.10",
    "224.0.0.251",
    "1,2",
    "a.b.c.d",
    "-1",
    "+1",
    "1.2.3.-4",
    "localhost",
    "::1",
];

const V6: &[&str] = &[
    "::",
    "::1",
    "::1.2.3.4",
    "::ffff:10.0.0.1",
    "fe80::1",
    "fe80::a8bb:ccff:fedd:eeff",
    "2001:db8::7",
    "1:0:0:2::3",
    "1:0:2:3:4:5:6:7",
    "ff02::1",
    "64:ff9b::192.0.2.1",
    "2002:c000:204::",
    "fd00:1:2:3:4:5:6:7",
    "::2:0:0",
];

const NETWORKS: &[&str] = &[
    "10.0.0.0/8",
    "10.1.2.3/8",
    "192.168.1.7/30",
    "192.0.2.0/31",
    "192.0.2.9/32",
    "0.0.0.0/0",
    "172.16.200.1/12",
    "10.0.0.0/255.255.255.0",
    "2001:db8::7/32",
    "::/0",
    "fe80::1/64",
    "::1/128",
    "2001:db8::/127",
];

/// Prints what Python says of each line, a line each; `-` where it refuses.
const SCRIPT: &str = r#"
import ipaddress, socket, sys

def tried(call):
    try:
        return call()
    except (OSError, ValueError):
        return "-"

for line in sys.stdin.read().splitlines():
    kind, text = line.split(" ", 1)
    if kind == "written":
        aton = tried(lambda: socket.inet_aton(text).hex())
        pton = tried(lambda: socket.inet_pton(socket.AF_INET, text).hex())
        print(aton, pton)
    elif kind == "v4":
        packed = socket.inet_aton(text)
        address = ipaddress.IPv4Address(packed)
        print(address, int(address), address.reverse_pointer, f"{packed!r}", socket.inet_ntoa(packed), sep="|")
    elif kind == "v6":
        packed = socket.inet_pton(socket.AF_INET6, text)
        address = ipaddress.IPv6Address(text)
        print(address.exploded, int(address), address.reverse_pointer, f"{packed!r}", socket.inet_ntop(socket.AF_INET6, packed), sep="|")
    else:
        net = ipaddress.ip_network(text, strict=False)
        first, last = (net[1], net[-2]) if net.version == 4 and net.prefixlen < 31 else (net[0], net[-1])
        print(net.with_prefixlen, net.netmask, net.hostmask, net.broadcast_address, first, last, net.num_addresses, sep="|")
"#;

/// What Python prints for these lines; None where there is no python3, which is said.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn python(lines: &[String]) -> Option<Vec<String>> {
    let mut command = Command::new("python3");
    command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let Ok(mut child) = command.spawn() else {
        println!("skipped: no python3");
        return None;
    };
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(lines.join("\n").as_bytes()).expect("it reads");
    drop(input);
    let run = child.wait_with_output().expect("it ends");
    assert!(run.status.success(), "{}", run.status);
    let said: Vec<String> = String::from_utf8(run.stdout).expect("text").lines().map(str::to_owned).collect();
    assert_eq!(said.len(), lines.len());
    Some(said)
}

fn asked(kind: &str, texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| format!("{kind} {text}")).collect()
}

/// What the fact of that name says; the first of several.
fn value(parts: &[Part], name: &str) -> String {
    let found = parts.iter().flat_map(|part| &part.facts).find(|fact| fact.name == name);
    found.unwrap_or_else(|| panic!("no {name}: {parts:#?}")).value.clone()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().concat()
}

#[test]
fn what_is_taken_and_refused_is_as_in_python() {
    let Some(said) = python(&asked("written", WRITTEN)) else { return };
    for (text, said) in WRITTEN.iter().zip(said) {
        let ours = [inet_aton(text), inet_pton_v4(text)].map(|read| read.map_or("-".into(), |it| hex(&it.octets())));
        assert_eq!(ours.join(" "), said, "{text}");
    }
}

#[test]
fn every_notation_of_an_ipv4_address_is_python_s() {
    let taken: Vec<&str> = WRITTEN.iter().copied().filter(|text| inet_aton(text).is_ok()).collect();
    assert!(taken.len() > 20);
    let Some(said) = python(&asked("v4", &taken)) else { return };
    for (text, said) in taken.into_iter().zip(said) {
        let parts = explain(text);
        let [dotted, number, reverse, packed, ntoa] = said.split('|').collect::<Vec<_>>()[..] else { panic!("{said}") };
        assert_eq!(value(&parts, "dotted"), dotted, "{text}");
        assert_eq!(value(&parts, "decimal"), number, "{text}");
        assert_eq!(value(&parts, "reverse DNS"), reverse, "{text}");
        assert_eq!(value(&parts, "inet_aton"), format!("socket.inet_aton(\"{text}\") → {packed}"));
        assert_eq!(value(&parts, "inet_ntoa"), format!("socket.inet_ntoa({packed}) → '{ntoa}'"));
    }
}

#[test]
fn every_notation_of_an_ipv6_address_is_python_s() {
    let Some(said) = python(&asked("v6", V6)) else { return };
    for (text, said) in V6.iter().zip(said) {
        let parts = explain(text);
        let [full, number, reverse, packed, ntop] = said.split('|').collect::<Vec<_>>()[..] else { panic!("{said}") };
        assert_eq!(value(&parts, "in full"), full, "{text}");
        assert_eq!(value(&parts, "decimal"), number, "{text}");
        assert_eq!(value(&parts, "reverse DNS"), reverse, "{text}");
        assert_eq!(value(&parts, "inet_pton"), format!("socket.inet_pton(AF_INET6, \"{text}\") → {packed}"));
        assert_eq!(value(&parts, "inet_ntop"), format!("socket.inet_ntop(AF_INET6, {packed}) → '{ntop}'"));
    }
}

#[test]
fn the_ends_of_a_network_are_python_s() {
    let Some(said) = python(&asked("net", NETWORKS)) else { return };
    for (text, said) in NETWORKS.iter().zip(said) {
        let parts = explain(text);
        let [network, netmask, wildcard, broadcast, first, last, count] = said.split('|').collect::<Vec<_>>()[..]
        else {
            panic!("{said}")
        };
        assert_eq!(value(&parts, "network"), network, "{text}");
        assert!(value(&parts, "netmask").starts_with(netmask), "{text}");
        assert!(value(&parts, "addresses").ends_with(count), "{text}");
        if text.contains(':') {
            assert_eq!((value(&parts, "first").as_str(), value(&parts, "last").as_str()), (first, last), "{text}");
            continue;
        }
        assert_eq!(value(&parts, "wildcard"), wildcard, "{text}");
        assert_eq!(
            (value(&parts, "first host").as_str(), value(&parts, "last host").as_str()),
            (first, last),
            "{text}"
        );
        // RFC 3021: two addresses are two hosts; Python calls the second a broadcast all the same.
        if value(&parts, "broadcast") != "none (RFC 3021)" {
            assert_eq!(value(&parts, "broadcast"), broadcast, "{text}");
        }
    }
}
