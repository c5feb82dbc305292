//! A TLS message as a tree: its records, and the handshake messages in them, also those cut over several records.

use std::ops::Range;

use super::chain::{Chain, Verdict};
use super::hello;
use super::names::{self, CERTIFICATE, CLIENT_HELLO, SERVER_HELLO};
use super::record::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER, HEARTBEAT, Header};
use crate::proto::reader::{Allowance, Reader, Stop};
use crate::proto::{DecodeError, Field, Value, shorten};

/// How many records a handshake message is cut into are shown; the message itself is read from all.
const FRAGMENTS_SHOWN: usize = 200;

/// The fields, and in words what the message holds, item by item.
#[derive(Debug, Default)]
pub struct Tree {
    /// The fields.
    pub fields: Vec<Field>,
    /// Of each item its words.
    pub words: Vec<String>,
}

/// Reads all records.
///
/// # Errors
/// When the bytes do not begin like a record.
pub fn read(message: &[u8]) -> Result<Tree, DecodeError> {
    let allowance = Allowance::new();
    let mut tree = Tree::default();
    let mut reader = Reader::new(message, 0, message.len(), &allowance);
    while !reader.is_over() {
        let at = reader.at();
        let header = match Header::read(&message[at..]) {
            Ok(header) => header,
            Err(error) if at == 0 => return Err(error),
            Err(error) => {
                let wrong = DecodeError { at: at + error.at, why: error.why };
                Stop::Wrong(wrong).tell(message.len(), &mut tree.fields);
                break;
            }
        };
        let end = match header {
            Some(Header { kind: HANDSHAKE, .. }) => tree.handshake(&mut reader),
            Some(Header { length, .. }) => tree.record(&mut reader, length),
            None => tree.record(&mut reader, 0),
        };
        if let Err(stop) = end {
            stop.tell(message.len(), &mut tree.fields);
            break;
        }
    }
    Ok(tree)
}

impl Tree {
    /// A record that is no handshake.
    fn record(&mut self, reader: &mut Reader<'_>, length: usize) -> Result<(), Stop> {
        let open_end = reader.at().saturating_add(HEADER + length);
        reader.declare_end(open_end);
        let words = &mut self.words;
        let result = reader.add_group("tls.record", &mut self.fields, |reader, field| {
            let kind = header(reader, field)?;
            reader.within(length, &mut field.children, |inner, into| {
                let said = content(inner, kind, length, into);
                words.push(said.0);
                if length == 0 && kind != APPLICATION_DATA {
                    return inner.wrong("a record of this type is never empty");
                }
                said.1
            })
        });
        reader.declare_end(reader.bytes().len());
        result
    }

    /// A run of handshake records.
    fn handshake(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let run = Run::find(reader.bytes(), reader.at());
        let mut handshake = Vec::new();
        let result = self.messages(&run, reader, &mut handshake);
        let starts = run.starts();
        for field in &mut handshake {
            place(&starts, field);
        }
        let [only] = &run.contents[..] else {
            return self.fragments(&run, reader, handshake).and(result);
        };
        let end = reader.bytes().len();
        reader.declare_end(usize::MAX);
        let headed = reader.add_group("tls.record", &mut self.fields, |reader, field| {
            let kind = header(reader, field);
            field.children.append(&mut handshake);
            reader.go_to(only.end);
            kind.map(drop)
        });
        reader.declare_end(end);
        headed.and(result)
    }

    /// The records of a run one by one, and then what they hold together.
    fn fragments(&mut self, run: &Run, reader: &mut Reader<'_>, handshake: Vec<Field>) -> Result<(), Stop> {
        let end = reader.bytes().len();
        for (index, content) in run.contents.iter().enumerate() {
            if index >= FRAGMENTS_SHOWN {
                let rest = content.start - HEADER..run.end();
                self.fields.push(Field::cut_here("more than 200 records for a handshake message", rest));
                break;
            }
            reader.declare_end(usize::MAX);
            reader.add_group("tls.record", &mut self.fields, |reader, field| {
                header(reader, field)?;
                reader.add_bytes("tls.handshake.fragment", content.len(), &mut field.children)
            })?;
        }
        self.fields.extend(handshake);
        reader.declare_end(end);
        reader.go_to(run.end());
        Ok(())
    }

    /// What a run holds, in the coordinates of its contents put together.
    fn messages(&mut self, run: &Run, reader: &Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
        let joined: Vec<u8> =
            run.contents.iter().flat_map(|content| &reader.bytes()[content.clone()]).copied().collect();
        if run.verdict == Verdict::Encrypted {
            self.words.push("Encrypted Handshake Message".into());
            let words = Value::Heading("Encrypted Handshake Message".into());
            return reader.add(Field::new("tls.handshake", words, 0..joined.len()), into);
        }
        let end = if run.verdict == Verdict::Whole && !run.is_cut { joined.len() } else { usize::MAX };
        let mut inner = reader.over(&joined, end);
        let mut result = Ok(());
        while inner.at() < joined.len() && result.is_ok() {
            result = self.message(&mut inner, into);
        }
        match result {
            Err(stop @ Stop::Wrong(_)) => stop.tell(joined.len(), into),
            Err(stop @ Stop::Limit(_)) => return Err(stop),
            Err(Stop::Incomplete) | Ok(()) => {}
        }
        if joined.is_empty() {
            self.words.push("Handshake".into());
        }
        into.extend(run.complaint(joined.len()));
        Ok(())
    }

    /// One handshake message.
    fn message(&mut self, reader: &mut Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
        let words = &mut self.words;
        reader.add_group("tls.handshake", into, |reader, field| {
            let index = words.len();
            words.push("Handshake".into());
            let result = body(reader, field, &mut words[index]);
            if result == Err(Stop::Incomplete) {
                words[index].push_str(" (fragment)");
            }
            words[index] = shorten(&words[index]);
            field.value = Value::Heading(words[index].clone());
            result
        })
    }
}

fn header(reader: &mut Reader<'_>, field: &mut Field) -> Result<u8, Stop> {
    let into = &mut field.children;
    let kind = reader.add_named("tls.record.content_type", 1, names::content_type, into)?;
    field.value = Value::Heading(names::content_type(kind));
    reader.add_named("tls.record.version", 2, names::version, into)?;
    reader.add_number("tls.record.length", 2, into)?;
    Ok(kind as u8)
}

/// The content of a record that is no handshake: its words, and the fields.
fn content(reader: &mut Reader<'_>, kind: u8, length: usize, into: &mut Vec<Field>) -> (String, Result<(), Stop>) {
    match kind {
        CHANGE_CIPHER_SPEC => ("Change Cipher Spec".into(), reader.add_bytes("tls.change_cipher_spec", length, into)),
        ALERT if length == 2 => {
            let mut words = "Alert".to_owned();
            let result = reader.add_group("tls.alert_message", into, |reader, field| {
                reader.add_named("tls.alert_message.level", 1, names::alert_level, &mut field.children)?;
                let told = reader.add_named("tls.alert_message.desc", 1, names::alert_named, &mut field.children)?;
                words = format!("Alert: {}", names::alert(told));
                field.value = Value::Heading(names::alert(told));
                Ok(())
            });
            (words, result)
        }
        ALERT => ("Encrypted Alert".into(), reader.add_bytes("tls.alert_message", length, into)),
        APPLICATION_DATA => ("Application Data".into(), reader.add_bytes("tls.app_data", length, into)),
        HEARTBEAT => ("Heartbeat".into(), reader.add_bytes("tls.heartbeat_message", length, into)),
        _ => ("Handshake".into(), reader.add_bytes("tls.handshake.fragment", length, into)),
    }
}

fn body(reader: &mut Reader<'_>, field: &mut Field, words: &mut String) -> Result<(), Stop> {
    let into = &mut field.children;
    let kind = reader.add_named("tls.handshake.type", 1, names::handshake_named, into)? as u8;
    *words = names::handshake(kind.into());
    let length = reader.add_number("tls.handshake.length", 3, into)? as usize;
    reader.within(length, into, |inner, into| match kind {
        CLIENT_HELLO => hello::client(inner, into, words),
        SERVER_HELLO => hello::server(inner, into, words),
        CERTIFICATE => certificates(inner, into),
        _ if length == 0 => Ok(()),
        _ => inner.add_bytes("data.data", length, into),
    })
}

/// The certificates of TLS 1.2 (RFC 5246 section 7.4.2); those of 1.3 are encrypted.
fn certificates(reader: &mut Reader<'_>, into: &mut Vec<Field>) -> Result<(), Stop> {
    let length = reader.add_number("tls.handshake.certificates_length", 3, into)? as usize;
    reader.within(length, into, |inner, into| {
        while !inner.is_over() {
            let length = inner.add_number("tls.handshake.certificate_length", 3, into)? as usize;
            inner.add_bytes("tls.handshake.certificate", length, into)?;
        }
        Ok(())
    })
}

/// Handshake records that belong together.
struct Run {
    /// The content of each, as far as it is there.
    contents: Vec<Range<usize>>,
    verdict: Verdict,
    /// Whether the bytes end inside the last one.
    is_cut: bool,
    /// Whether a record of another type follows though a message goes on.
    is_interrupted: bool,
}

impl Run {
    fn find(message: &[u8], start: usize) -> Self {
        let mut chain = Chain::default();
        let mut run = Self { contents: Vec::new(), verdict: Verdict::GoesOn, is_cut: false, is_interrupted: false };
        let mut at = start;
        while let Some(Ok(Some(header))) = message.get(at..).map(Header::read) {
            if header.kind != HANDSHAKE {
                run.is_interrupted = true;
                break;
            }
            let content = at + HEADER..message.len().min(at + HEADER + header.length);
            at = content.end;
            run.is_cut = content.len() < header.length;
            chain.feed(&message[content.clone()]);
            run.contents.push(content);
            run.verdict = chain.verdict();
            if run.is_cut || run.verdict != Verdict::GoesOn {
                break;
            }
        }
        run
    }

    /// What is wrong with the run as such, over so many bytes of content.
    fn complaint(&self, length: usize) -> Option<Field> {
        match self.verdict {
            _ if length == 0 && !self.is_cut => Some(Field::malformed("a record of this type is never empty", 0..0)),
            Verdict::GoesOn if self.is_interrupted => {
                Some(Field::malformed("another record stands within a handshake message", 0..length))
            }
            Verdict::TooLong => Some(Field::cut_here("handshake messages of over 128 KiB", 0..length)),
            Verdict::GoesOn | Verdict::Whole | Verdict::Encrypted => None,
        }
    }

    fn end(&self) -> usize {
        self.contents.last().map_or(0, |content| content.end)
    }

    /// Where each content begins: in all of them put together, and in the message.
    fn starts(&self) -> Vec<(usize, usize)> {
        let mut joined = 0;
        let contents = self.contents.iter().map(|content| {
            let start = (joined, content.start);
            joined += content.len();
            start
        });
        contents.collect()
    }
}

/// Moves a field from the coordinates of the contents put together to those of the message.
fn place(starts: &[(usize, usize)], field: &mut Field) {
    let locate = |at: usize| {
        let index = starts.partition_point(|(joined, _)| *joined <= at).saturating_sub(1);
        starts.get(index).map_or(at, |(joined, start)| start + (at - joined))
    };
    let Range { start, end } = field.span;
    let placed = locate(start);
    field.span = placed..if end > start { locate(end - 1) + 1 } else { placed };
    for child in &mut field.children {
        place(starts, child);
    }
}
