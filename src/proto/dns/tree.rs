//! A DNS message as a tree, and in one line.

use super::data;
use super::message::{Entry, HEAD, Head, Message, Section};
use super::names;
use crate::proto::reader::{Allowance, Reader, Stop};
use crate::proto::{Field, Value, shorten};

/// How many bytes and entries the one-line form reads.
const SUMMARY_READS: usize = 4096;
const SUMMARY_ENTRIES: usize = 32;

/// The flags that are a bit each.
const FLAGS: [(u16, &str); 8] = [
    (0x8000, "dns.flags.response"),
    (0x0400, "dns.flags.authoritative"),
    (0x0200, "dns.flags.truncated"),
    (0x0100, "dns.flags.recdesired"),
    (0x0080, "dns.flags.recavail"),
    (0x0040, "dns.flags.z"),
    (0x0020, "dns.flags.authenticated"),
    (0x0010, "dns.flags.checkdisable"),
];

const COUNTS: [&str; 4] = ["dns.count.queries", "dns.count.answers", "dns.count.auth_rr", "dns.count.add_rr"];

/// The message in one line, as Wireshark has it: `Standard query 0x1a2b A example.org`.
pub fn summarize(message: &[u8]) -> String {
    let bytes = &message[..message.len().min(SUMMARY_READS)];
    let Ok(Some(head)) = Head::read(bytes, usize::MAX) else { return "incomplete".to_owned() };
    let mut line = vec![names::opcode(head.opcode()).unwrap_or("Unknown operation").to_owned()];
    line.extend(head.is_response().then(|| "response".to_owned()));
    line.push(format!("0x{:04x}", head.id));
    if head.is_response() && head.rcode() != 0 {
        line.push(names::rcode_name(head.rcode()).to_owned());
    }
    let allowance = Allowance::new();
    let mut parts = Message::new(bytes, usize::MAX, head, &allowance);
    for _ in 0..SUMMARY_ENTRIES {
        let Some(Ok(entry)) = parts.next_entry() else { break };
        let words = match entry.section {
            Section::Questions => entry.name,
            Section::Answers | Section::Authorities | Section::Additional => {
                let mut words = String::new();
                // What is wrong is told in the tree.
                let _ = data::read(entry.kind, &mut parts.data(&entry), &mut Vec::new(), &mut words);
                words
            }
        };
        line.push(names::kind_name(entry.kind));
        line.extend(Some(words).filter(|words| !words.is_empty()));
    }
    shorten(&line.join(" "))
}

/// The fields of a message of so many declared bytes.
pub fn fields(message: &[u8], declared: usize) -> Vec<Field> {
    let allowance = Allowance::new();
    let mut fields = Vec::new();
    let mut reader = Reader::new(message, 0, declared.max(HEAD), &allowance);
    let stop = head(&mut reader, &mut fields).and_then(|()| {
        let Ok(Some(head)) = Head::read(message, usize::MAX) else { return Err(Stop::Incomplete) };
        let mut parts = Message::new(message, declared, head, &allowance);
        while let Some(entry) = parts.next_entry() {
            add_entry(&entry?, &mut parts, &reader, &mut fields)?;
        }
        if parts.at() < message.len() {
            reader.go_to(parts.at());
            return reader.wrong("bytes after the last record");
        }
        Ok(())
    });
    if let Err(stop) = stop {
        stop.tell(message.len(), &mut fields);
    }
    fields
}

fn head(reader: &mut Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
    reader.add_named("dns.id", 2, |id| format!("0x{id:04x}"), into)?;
    reader.add_group("dns.flags", into, |reader, field| {
        let start = reader.at();
        let flags = reader.number(2)? as u16;
        let span = start..reader.at();
        field.value = Value::Named(flags.into(), format!("0x{flags:04x}"));
        for (bit, name) in FLAGS {
            let flag = Field::new(name, Value::Flag(flags & bit != 0), span.clone());
            reader.add(flag, &mut field.children)?;
        }
        let opcode = Value::Named(u64::from(flags >> 11 & 15), names::opcode_named((flags >> 11 & 15) as u8));
        field.children.insert(1, Field::new("dns.flags.opcode", opcode, span.clone()));
        let rcode = Value::Named(u64::from(flags & 15), names::rcode((flags & 15) as u8));
        reader.add(Field::new("dns.flags.rcode", rcode, span), &mut field.children)
    })?;
    for name in COUNTS {
        reader.add_number(name, 2, into)?;
    }
    Ok(())
}

/// A question or a record with its parts, whose spans follow from that of the name.
fn add_entry(entry: &Entry, parts: &mut Message<'_>, reader: &Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
    let is_question = entry.section == Section::Questions;
    let heading = if is_question { "dns.qry" } else { "dns.resp" };
    let span = entry.name_span.start..parts.at().min(reader.bytes().len());
    let mut children = Vec::new();
    let mut words = String::new();
    let result = owner(entry, reader, &mut children).and_then(|()| match entry.section {
        Section::Questions => Ok(()),
        Section::Answers | Section::Authorities | Section::Additional => {
            let mut data = parts.data(entry);
            let read = |inner: &mut Reader<'_>, into: &mut _| data::read(entry.kind, inner, into, &mut words);
            data.within(entry.data.len(), &mut children, read)
        }
    });
    let words = format!("{} {} {words}", entry.name, names::kind_name(entry.kind));
    let heading = Field::new(heading, Value::Heading(shorten(words.trim_ascii_end())), span);
    reader.add(heading.with(children), into)?;
    result
}

/// All but the data.
fn owner(entry: &Entry, reader: &Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
    let is_question = entry.section == Section::Questions;
    let [name, kind, class] = if is_question {
        ["dns.qry.name", "dns.qry.type", "dns.qry.class"]
    } else {
        ["dns.resp.name", "dns.resp.type", "dns.resp.class"]
    };
    let at = entry.name_span.end;
    let named = |number: u16, words| Value::Named(number.into(), words);
    reader.add(Field::text(name, entry.name.clone(), entry.name_span.clone()), into)?;
    reader.add(Field::new(kind, named(entry.kind, names::kind(entry.kind)), at..at + 2), into)?;
    if entry.kind == names::OPT && !is_question {
        extended(entry, at + 2, reader, into)?;
    } else {
        reader.add(Field::new(class, named(entry.class, names::class(entry.class)), at + 2..at + 4), into)?;
        if !is_question {
            reader.add(Field::new("dns.resp.ttl", Value::Number(entry.ttl.into()), at + 4..at + 8), into)?;
        }
    }
    if !is_question {
        let length = Value::Number(entry.data.len() as u64);
        reader.add(Field::new("dns.resp.len", length, at + 8..at + 10), into)?;
    }
    Ok(())
}

/// What stands in the place of class and time to live (RFC 6891 section 6.1.3).
fn extended(entry: &Entry, at: usize, reader: &Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
    let [rcode, version, high, low] = entry.ttl.to_be_bytes();
    let z = u16::from_be_bytes([high, low]);
    let wants_proofs = Field::new("dns.resp.z.do", Value::Flag(z & 0x8000 != 0), at + 4..at + 6);
    for field in [
        Field::new("dns.rr.udp_payload_size", Value::Number(entry.class.into()), at..at + 2),
        Field::new("dns.resp.ext_rcode", Value::Number(rcode.into()), at + 2..at + 3),
        Field::new("dns.resp.edns0_version", Value::Number(version.into()), at + 3..at + 4),
        Field::new("dns.resp.z", Value::Named(z.into(), format!("0x{z:04x}")), at + 4..at + 6).with(vec![wants_proofs]),
    ] {
        reader.add(field, into)?;
    }
    Ok(())
}
