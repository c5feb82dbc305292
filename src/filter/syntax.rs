//! A filter as written: its tree, with the place of every leaf, and its canonical text.

use std::fmt;
use std::ops::Range;

use crate::model::visible;

/// What is asked of a frame.
#[derive(Debug, Clone)]
pub enum Question {
    /// All of these.
    And(Vec<Question>),
    /// One or more of these.
    Or(Vec<Question>),
    /// One of the two and not the other.
    Xor(Box<[Question; 2]>),
    /// Not this.
    Not(Box<Question>),
    /// How two operands compare.
    Compare(Quantifier, Operand, Comparison, Operand),
    /// Whether one is in a set.
    In(Quantifier, Operand, Vec<Item>),
    /// Whether it is there; of a calculation, whether it is not 0.
    Holds(Operand),
}

/// Of the values a field has in a frame, how many must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// As the operator has it.
    Plain,
    /// One or more.
    Any,
    /// All.
    All,
}

/// A way to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`: any value is equal.
    Equal,
    /// `!=`: no value is equal.
    NotEqual,
    /// `===`: all values are equal.
    AllEqual,
    /// `!==`: any value is not equal.
    AnyNotEqual,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `>=`
    GreaterOrEqual,
    /// `<=`
    LessOrEqual,
    /// `contains`: it holds these bytes.
    Contains,
    /// `matches`: a regular expression finds something in it.
    Matches,
}

impl Comparison {
    /// How they are written: canonical first, then the words and signs that mean the same.
    pub const SPELLINGS: [(Comparison, &'static [&'static str]); 10] = [
        (Comparison::Equal, &["==", "eq", "any_eq"]),
        (Comparison::NotEqual, &["!=", "ne", "all_ne"]),
        (Comparison::AllEqual, &["===", "all_eq"]),
        (Comparison::AnyNotEqual, &["!==", "any_ne", "~="]),
        (Comparison::Greater, &[">", "gt"]),
        (Comparison::Less, &["<", "lt"]),
        (Comparison::GreaterOrEqual, &[">=", "ge"]),
        (Comparison::LessOrEqual, &["<=", "le"]),
        (Comparison::Contains, &["contains"]),
        (Comparison::Matches, &["matches", "~"]),
    ];

    /// The comparison written so.
    pub fn spelled(text: &str) -> Option<Self> {
        Self::SPELLINGS.into_iter().find(|(_, names)| names.contains(&text)).map(|(comparison, _)| comparison)
    }

    fn canonical(self) -> &'static str {
        Self::SPELLINGS.into_iter().find(|(comparison, _)| *comparison == self).map_or("==", |(_, names)| names[0])
    }
}

/// Something with values.
#[derive(Debug, Clone)]
pub struct Operand {
    /// What it is.
    pub term: Term,
    /// Where it is.
    pub span: Range<usize>,
}

/// What an operand is.
#[derive(Debug, Clone)]
pub enum Term {
    /// The name of a field, or an unquoted value.
    Word(String),
    /// Quoted text.
    Quoted(Vec<u8>),
    /// A character's number.
    Character(u8),
    /// Some of an operand's bytes.
    Slice(Box<Operand>, Vec<Part>),
    /// A function of operands.
    Call(Function, Vec<Operand>),
    /// `-x`
    Minus(Box<Operand>),
    /// A calculation.
    Calculation(Box<Operand>, Operation, Box<Operand>),
}

/// A calculation with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The bits both have.
    And,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, towards 0.
    Divide,
    /// `%`
    Remainder,
}

impl Operation {
    /// Its sign.
    pub fn sign(self) -> &'static str {
        match self {
            Operation::And => "&",
            Operation::Add => "+",
            Operation::Subtract => "-",
            Operation::Multiply => "*",
            Operation::Divide => "/",
            Operation::Remainder => "%",
        }
    }
}

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// How many bytes a value has.
    Len,
    /// How many values a field has in a frame.
    Count,
    /// Text in lower case.
    Lower,
    /// Text in upper case.
    Upper,
    /// A value as text.
    String,
    /// The least of all values.
    Min,
    /// The greatest of all values.
    Max,
    /// A number without its sign.
    Abs,
}

impl Function {
    /// All of them, with their names and what they give.
    pub const ALL: [(Function, &'static str, &'static str); 8] = [
        (Function::Len, "len", "how many bytes a value has"),
        (Function::Count, "count", "how many values a field has in the frame"),
        (Function::Lower, "lower", "text in lower case"),
        (Function::Upper, "upper", "text in upper case"),
        (Function::String, "string", "a value as text"),
        (Function::Min, "min", "the least value"),
        (Function::Max, "max", "the greatest value"),
        (Function::Abs, "abs", "a number without its sign"),
    ];

    /// The function of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, other, _)| *other == name).map(|(function, ..)| function)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(function, ..)| *function == self).map_or("len", |(_, name, _)| name)
    }
}

/// Which bytes of an operand; from the end when negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `[1]`: one byte.
    One(i64),
    /// `[1:2]`: where, and how many.
    Length(i64, i64),
    /// `[1-2]`: the first and the last.
    Through(i64, i64),
    /// `[1:]`: all from there.
    From(i64),
}

/// Part of a set.
#[derive(Debug, Clone)]
pub struct Item {
    /// The value, or the least.
    pub first: Operand,
    /// The greatest.
    pub last: Option<Operand>,
}

/// The canonical text: every question inside another one of another sort is in parentheses.
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Question::And(all) => joined(f, all, " && "),
            Question::Or(all) => joined(f, all, " || "),
            Question::Xor(both) => joined(f, &both[..], " xor "),
            Question::Not(inner) => {
                f.write_str("!")?;
                inner.inside(f)
            }
            Question::Compare(quantifier, left, comparison, right) => {
                write!(f, "{quantifier}{left} {} {right}", comparison.canonical())
            }
            Question::In(quantifier, left, set) => {
                write!(f, "{quantifier}{left} in {{")?;
                for (index, item) in set.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    item.first.fmt(f)?;
                    if let Some(last) = &item.last {
                        write!(f, "..{last}")?;
                    }
                }
                f.write_str("}")
            }
            Question::Holds(operand) => operand.fmt(f),
        }
    }
}

impl Question {
    /// Its alternatives: itself, unless it is made of some.
    pub fn choices(self) -> Vec<Question> {
        if let Question::Or(all) = self { all } else { vec![self] }
    }

    /// What it demands: itself, unless it is made of several demands.
    pub fn demands(self) -> Vec<Question> {
        if let Question::And(all) = self { all } else { vec![self] }
    }

    fn inside(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Question::Not(_) | Question::Holds(_) => fmt::Display::fmt(self, f),
            Question::And(_) | Question::Or(_) | Question::Xor(_) | Question::Compare(..) | Question::In(..) => {
                write!(f, "({self})")
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, all: &[Question], between: &str) -> fmt::Result {
    for (index, question) in all.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { between })?;
        match question {
            Question::Compare(..) | Question::In(..) => fmt::Display::fmt(question, f)?,
            Question::And(_) | Question::Or(_) | Question::Xor(_) | Question::Not(_) | Question::Holds(_) => {
                question.inside(f)?;
            }
        }
    }
    Ok(())
}

impl fmt::Display for Quantifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Quantifier::Plain => "",
            Quantifier::Any => "any ",
            Quantifier::All => "all ",
        })
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Word(word) => f.write_str(word),
            Term::Quoted(bytes) => write!(f, "\"{}\"", quotable(bytes)),
            Term::Character(byte) => write!(f, "'\\x{byte:02x}'"),
            Term::Slice(of, parts) => {
                write!(f, "{of}[")?;
                for (index, part) in parts.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    match part {
                        Part::One(at) => at.fmt(f)?,
                        Part::Length(at, length) => write!(f, "{at}:{length}")?,
                        Part::Through(first, last) => write!(f, "{first}-{last}")?,
                        Part::From(at) => write!(f, "{at}:")?,
                    }
                }
                f.write_str("]")
            }
            Term::Call(function, arguments) => {
                write!(f, "{}(", function.name())?;
                for (index, argument) in arguments.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    argument.fmt(f)?;
                }
                f.write_str(")")
            }
            Term::Minus(of) => {
                f.write_str("-")?;
                of.grouped(f)
            }
            Term::Calculation(left, operation, right) => {
                left.grouped(f)?;
                write!(f, " {} ", operation.sign())?;
                right.grouped(f)
            }
        }
    }
}

impl Operand {
    fn grouped(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Calculation(..) | Term::Minus(_) => write!(f, "{{{self}}}"),
            Term::Word(_) | Term::Quoted(_) | Term::Character(_) | Term::Slice(..) | Term::Call(..) => {
                fmt::Display::fmt(self, f)
            }
        }
    }
}

/// Bytes as they are written between double quotes.
pub fn quotable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) && visible::escaped_hidden(text) == text => {
            text.replace('\\', r"\\").replace('"', "\\\"")
        }
        _ => {
            let escaped = |byte: &u8| match byte {
                b'"' | b'\\' => format!("\\{}", char::from(*byte)),
                0x20..0x7f => char::from(*byte).to_string(),
                _ => format!("\\x{byte:02x}"),
            };
            bytes.iter().map(escaped).collect()
        }
    }
}
