//! The parts of a DNS message and their places: its head, its names, its questions and records (RFC 1035 section 4.1).

use std::ops::Range;

use super::names;
use crate::proto::DecodeError;
use crate::proto::reader::{Allowance, Reader, Stop};

/// How many bytes the head has.
pub const HEAD: usize = 12;

/// The fewest bytes of a question, and of a record.
const QUESTION: usize = 5;
const RECORD: usize = 11;

/// How many questions are plausible: multicast DNS asks a few at once, all others one.
const QUESTIONS: u16 = 32;

/// The most bytes of a name (RFC 1035 section 3.1), and how many pointers one may follow.
const NAME_LIMIT: usize = 255;
const HOPS_LIMIT: usize = 127;

/// What the head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number that a response has in common with its query.
    pub id: u16,
    /// All flags.
    pub flags: u16,
    /// How many questions, answers, authorities and additional records there are.
    pub counts: [u16; 4],
}

impl Head {
    /// Reads the head of a message of so many declared bytes; None when it is not there as a whole.
    ///
    /// # Errors
    /// When no message begins so. The first wrong byte is the same however many follow.
    pub fn read(bytes: &[u8], declared: usize) -> Result<Option<Self>, DecodeError> {
        if bytes.get(2).is_some_and(|high| names::opcode(high >> 3 & 15).is_none()) {
            return Err(DecodeError { at: 2, why: "no operation of DNS".into() });
        }
        let mut words = [0_u16; HEAD / 2];
        let mut least = HEAD;
        for (index, word) in words.iter_mut().enumerate() {
            let Some([high, low]) = bytes.get(index * 2..index * 2 + 2) else { return Ok(None) };
            *word = u16::from_be_bytes([*high, *low]);
            least += usize::from(*word) * [0, 0, QUESTION, RECORD, RECORD, RECORD][index];
            if index >= 2 && *word > 0 && least > declared {
                return Err(DecodeError { at: index * 2 + 1, why: "more is counted than there is room for".into() });
            }
        }
        let [id, flags, counts @ ..] = words;
        Ok(Some(Self { id, flags, counts }))
    }

    /// Whether it is a response.
    pub fn is_response(self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// What is asked for.
    pub fn opcode(self) -> u8 {
        (self.flags >> 11 & 15) as u8
    }

    /// How it went.
    pub fn rcode(self) -> u8 {
        (self.flags & 15) as u8
    }

    /// Whether it is so usual that bytes beginning so can be held to be DNS.
    pub fn is_plausible(self) -> bool {
        let [questions, answers, ..] = self.counts;
        let has_reserved = self.flags & 0x40 != 0;
        let says_something = questions > 0 || (self.is_response() && answers > 0);
        !has_reserved && says_something && questions <= QUESTIONS && (self.is_response() || self.rcode() == 0)
    }
}

/// A part of the message in which entries stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What is asked.
    Questions,
    /// What answers it.
    Answers,
    /// Who would know.
    Authorities,
    /// What may help.
    Additional,
}

impl Section {
    const ALL: [Section; 4] = [Section::Questions, Section::Answers, Section::Authorities, Section::Additional];
}

/// A question or a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub section: Section,
    /// Its owner.
    pub name: String,
    /// The owner's bytes, without those a pointer points at. The type, the class, the time to live and the
    /// data's length follow.
    pub name_span: Range<usize>,
    /// Its type.
    pub kind: u16,
    /// Its class.
    pub class: u16,
    /// How many seconds it holds; 0 of a question.
    pub ttl: u32,
    /// Its data, as declared; nothing of a question.
    pub data: Range<usize>,
}

impl Entry {
    /// Whether it is so usual that the message can be held to be DNS.
    pub fn is_plausible(&self) -> bool {
        let is_known_class = self.kind == names::OPT || names::class_name(self.class & 0x7fff).is_some();
        let fits = match (self.kind, self.section) {
            (0, _) => false,
            (_, Section::Questions) => true,
            (names::A, _) => matches!(self.data.len(), 0 | 4),
            (names::AAAA, _) => matches!(self.data.len(), 0 | 16),
            (names::OPT, _) => self.name_span.len() == 1,
            _ => true,
        };
        is_known_class && fits && !self.name.chars().any(char::is_control)
    }
}

/// Reads the entries one by one.
#[derive(Debug)]
pub struct Message<'a> {
    reader: Reader<'a>,
    section: usize,
    left: [u16; 4],
}

impl<'a> Message<'a> {
    /// A message of so many declared bytes.
    pub fn new(bytes: &'a [u8], declared: usize, head: Head, allowance: &'a Allowance) -> Self {
        Self { reader: Reader::new(bytes, HEAD, declared, allowance), section: 0, left: head.counts }
    }

    /// The place after the entries read so far.
    pub fn at(&self) -> usize {
        self.reader.at()
    }

    /// A reader of an entry's data.
    pub fn data(&self, entry: &Entry) -> Reader<'a> {
        let mut reader = self.reader.clone();
        reader.go_to(entry.data.start);
        reader.declare_end(entry.data.end);
        reader
    }

    /// The next one; None after the last that is counted.
    pub fn next_entry(&mut self) -> Option<Result<Entry, Stop>> {
        while *self.left.get(self.section)? == 0 {
            self.section += 1;
        }
        self.left[self.section] -= 1;
        Some(self.entry(Section::ALL[self.section]))
    }

    fn entry(&mut self, section: Section) -> Result<Entry, Stop> {
        let reader = &mut self.reader;
        let start = reader.at();
        let name = name(reader)?;
        let name_span = start..reader.at();
        let kind = reader.number(2)? as u16;
        let class = reader.number(2)? as u16;
        if section == Section::Questions {
            let data = reader.at()..reader.at();
            return Ok(Entry { section, name, name_span, kind, class, ttl: 0, data });
        }
        let ttl = reader.number(4)? as u32;
        let length = reader.number(2)? as usize;
        let data = reader.at()..reader.at() + length;
        if length > reader.left() {
            return reader.wrong("a record's data is longer than the message");
        }
        reader.go_to(data.end);
        Ok(Entry { section, name, name_span, kind, class, ttl, data })
    }
}

/// Reads a name, following pointers (RFC 1035 section 4.1.4). Each must point further back than the one before, so
/// that there is an end; and a name is short, so that it comes soon.
pub fn name(reader: &mut Reader<'_>) -> Result<String, Stop> {
    let mut label = reader.clone();
    let mut text = String::new();
    let (mut after, mut segment, mut octets, mut hops) = (None, reader.at(), 1, 0);
    loop {
        let at = label.at();
        let size = label.number(1)? as usize;
        let wrong = |why: &str| Err(Stop::Wrong(DecodeError { at, why: why.into() }));
        match size {
            0 => break,
            1..=63 => {
                let span = label.take(size)?;
                octets += size + 1;
                if octets > NAME_LIMIT {
                    return wrong("a name is longer than 255 bytes");
                }
                push(&mut text, &label.bytes()[span]);
            }
            0xc0..=0xff => {
                let target = (size & 0x3f) << 8 | label.number(1)? as usize;
                after.get_or_insert(label.at());
                hops += 1;
                if target >= segment || hops > HOPS_LIMIT {
                    return wrong("a name's pointer must point to an earlier name");
                }
                segment = target;
                label.go_to(target);
            }
            _ => return wrong("neither a label nor a pointer"),
        }
    }
    reader.go_to(after.unwrap_or(label.at()));
    Ok(if text.is_empty() { "<Root>".to_owned() } else { text })
}

/// A dot inside a label is escaped, as in zone files.
fn push(text: &mut String, label: &[u8]) {
    if !text.is_empty() {
        text.push('.');
    }
    for char in String::from_utf8_lossy(label).chars() {
        if matches!(char, '.' | '\\') {
            text.push('\\');
        }
        text.push(char);
    }
}
