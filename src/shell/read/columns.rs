//! `-T fields`: the values of chosen fields, a frame a line, written as tshark writes them.

use std::fmt::Write;
use std::ops::ControlFlow::Continue;

use super::Failure;
use crate::filter::{FIELDS, Facts, Kind, Known, Needs, Value, known};
use crate::model::{Timestamp, nearest, payload, visible};

/// Numbers that are written in hexadecimal.
const HEXADECIMAL: &[&str] = &[
    "dns.flags",
    "dns.id",
    "dns.qry.class",
    "dns.resp.class",
    "dns.resp.ext_rcode",
    "dns.resp.z",
    "eth.type",
    "ip.checksum",
    "ip.id",
    "tcp.checksum",
    "tcp.flags",
    "tls.handshake.ciphersuite",
    "tls.handshake.extensions.supported_version",
    "tls.handshake.extensions_supported_group",
    "tls.handshake.version",
    "tls.record.version",
    "udp.checksum",
];

/// What `-E` takes, for whoever wrote something else.
const OPTIONS: &str = "header=y|n, separator=/t|/s|X, occurrence=f|l|a, aggregator=/s|X, quote=d|s|n";

/// The columns of a line.
#[derive(Debug)]
pub struct Columns {
    fields: Vec<&'static Known>,
    style: Style,
}

/// How columns are written.
#[derive(Debug)]
struct Style {
    header: bool,
    separator: char,
    occurrence: Occurrence,
    aggregator: char,
    quote: Option<char>,
}

/// Which of several values of a field are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occurrence {
    First,
    Last,
    All,
}

impl Columns {
    /// Those fields, written with those options.
    ///
    /// # Errors
    /// A field or an option is not known.
    pub fn new(fields: &[String], options: &[String]) -> Result<Self, Failure> {
        let field = |name: &String| {
            known(name).ok_or_else(|| {
                let near = nearest(name, FIELDS.iter().map(|known| known.name));
                let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
                Failure::usage(format!("-e: there is no field {name}{near}"))
            })
        };
        let fields = fields.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        let mut style =
            Style { header: false, separator: '\t', occurrence: Occurrence::All, aggregator: ',', quote: None };
        for option in options {
            style
                .set(option)
                .ok_or_else(|| Failure::usage(format!("-E: {option} is no option; there are {OPTIONS}")))?;
        }
        Ok(Self { fields, style })
    }

    /// What must be done with a frame to write its line.
    pub fn needs(&self) -> Needs {
        self.fields.iter().map(|known| known.needs).max().unwrap_or(Needs::Frame)
    }

    /// The line of names, where one is asked for.
    pub fn header(&self) -> Option<String> {
        let names: Vec<&str> = self.fields.iter().map(|known| known.name).collect();
        self.style.header.then(|| names.join(&self.style.separator.to_string()))
    }

    /// Writes what a frame says.
    pub fn write(&self, facts: &impl Facts, line: &mut String) {
        let Style { separator, occurrence, aggregator, quote, .. } = self.style;
        let mut value = String::new();
        for (index, known) in self.fields.iter().enumerate() {
            if index > 0 {
                line.push(separator);
            }
            let begin = line.len();
            // `take` never breaks off.
            let _ = facts.each(known, &mut |found| {
                value.clear();
                write_value(known, &found, &mut value);
                match occurrence {
                    Occurrence::First if line.len() > begin => return Continue(()),
                    Occurrence::Last => line.truncate(begin),
                    Occurrence::All if line.len() > begin => line.push(aggregator),
                    Occurrence::First | Occurrence::All => {}
                }
                line.push_str(&value);
                Continue(())
            });
            if let Some(quote) = quote.filter(|_| line.len() > begin) {
                line.insert(begin, quote);
                line.push(quote);
            }
        }
    }
}

impl Style {
    /// Takes an option in; None when it is none.
    fn set(&mut self, option: &str) -> Option<()> {
        let (name, value) = option.split_once('=')?;
        match (name, value) {
            ("header", "y" | "Y") => self.header = true,
            ("header", "n" | "N") => self.header = false,
            ("occurrence", "f") => self.occurrence = Occurrence::First,
            ("occurrence", "l") => self.occurrence = Occurrence::Last,
            ("occurrence", "a") => self.occurrence = Occurrence::All,
            ("quote", "d") => self.quote = Some('"'),
            ("quote", "s") => self.quote = Some('\''),
            ("quote", "n") => self.quote = None,
            ("separator", value) => self.separator = sign(value)?,
            ("aggregator", value) => self.aggregator = sign(value)?,
            _ => return None,
        }
        Some(())
    }
}

/// The sign that an option's value stands for.
fn sign(value: &str) -> Option<char> {
    match value {
        "/t" => Some('\t'),
        "/s" => Some(' '),
        _ => value.chars().next(),
    }
}

/// A value of a field as tshark 4.0 writes it.
fn write_value(known: &Known, value: &Value<'_>, out: &mut String) {
    let digits = known.kind.width().filter(|_| HEXADECIMAL.contains(&known.name)).map(|width| usize::from(width) * 2);
    match value {
        Value::Heading | Value::Flag(true) => out.push('1'),
        Value::Flag(false) => out.push('0'),
        Value::Number(number) | Value::Named(number, _) => match digits {
            // Memory takes all.
            Some(digits) => drop(write!(out, "0x{number:0digits$x}")),
            None => out.push_str(&number.to_string()),
        },
        Value::Text(text) => escape(text, out),
        // A protocol has no value of its own: its name tells that it is there.
        Value::Bytes(_) if known.kind == Kind::Protocol && known.name != "data" => out.push_str(known.name),
        Value::Bytes(bytes) => out.push_str(&payload::hex(bytes).replace(' ', "")),
        Value::Moment(at) => out.push_str(&moment(Timestamp(*at))),
        Value::Ipv4(..) | Value::Ipv6(..) | Value::Ether(_) | Value::Span(_) => out.push_str(&value.to_string()),
    }
}

/// A point in time: `Jan 31, 2026 12:03:00.100001000 UTC`, the day two letters wide.
fn moment(at: Timestamp) -> String {
    at.utc().format("%b %e, %Y %H:%M:%S%.9f UTC").to_string()
}

/// Text on one line, as C would have it in a string; nothing in it acts on a terminal.
fn escape(text: &str, out: &mut String) {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\u{7}' => escaped.push_str(r"\a"),
            '\u{8}' => escaped.push_str(r"\b"),
            '\u{b}' => escaped.push_str(r"\v"),
            '\u{c}' => escaped.push_str(r"\f"),
            _ => escaped.push(sign),
        }
    }
    out.push_str(&visible::escaped_hidden(&escaped));
}
