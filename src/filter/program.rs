//! A checked filter, ready to be asked of frames.

use std::cell::Cell;
use std::cmp::Ordering;
use std::ops::ControlFlow::{self, Break, Continue};

use memchr::memmem::{self, Finder};
use regex::bytes::Regex;

use super::field::{Known, Needs};
use super::syntax::{Comparison, Function, Operation, Part};
use super::value::Value;

/// How many values one test looks at in one frame; a calculation with itself would make no end of them.
const VALUES: u32 = 100_000;

/// Takes a value, and says whether to go on.
pub type Take<'t> = dyn FnMut(Value<'_>) -> ControlFlow<()> + 't;

/// What there is to know of one frame.
pub trait Facts {
    /// Gives every value a field has in the frame, in order, until `take` breaks off; gives that break on.
    fn each(&self, field: &'static Known, take: &mut Take<'_>) -> ControlFlow<()>;
}

/// A test, or what several come to.
#[derive(Debug)]
pub enum Node {
    /// All of them.
    And(Vec<Node>),
    /// One or more of them.
    Or(Vec<Node>),
    /// One of the two and not the other.
    Xor(Box<[Node; 2]>),
    /// Not it.
    Not(Box<Node>),
    /// Whether it has a value.
    Exists(Source),
    /// Whether a value is not 0.
    IsNotZero(Source),
    /// Whether values of two pass.
    Pair(Scope, Source, Comparison, Source),
    /// Whether values hold bytes that never change.
    Contains(Scope, Source, Box<Finder<'static>>),
    /// Whether an expression finds something in values.
    Matches(Scope, Source, Box<Regex>),
    /// Whether values are equal to one of these or between two.
    In(Scope, Source, Vec<(Source, Option<Source>)>),
}

/// How many of the values must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One or more.
    Any,
    /// All, and there is one.
    All,
}

/// Where values come from.
#[derive(Debug)]
pub enum Source {
    /// One that never changes.
    Constant(Value<'static>),
    /// A field.
    Field(&'static Known),
    /// Some of the bytes.
    Slice(Box<Source>, Vec<Part>),
    /// How many bytes each has; the number where the sort of value has it.
    Length(Box<Source>, Option<u8>),
    /// What a function makes of them.
    Call(Function, Vec<Source>),
    /// The same below 0.
    Minus(Box<Source>),
    /// A calculation with each of the left and each of the right.
    Calculation(Box<Source>, Operation, Box<Source>),
}

impl Source {
    /// What must be done to know its values; None when they never change.
    pub fn needs(&self) -> Option<Needs> {
        match self {
            Source::Constant(_) => None,
            Source::Field(known) => Some(known.needs),
            Source::Slice(of, _) | Source::Length(of, _) | Source::Minus(of) => of.needs(),
            Source::Call(_, arguments) => arguments.iter().filter_map(Source::needs).max(),
            Source::Calculation(left, _, right) => left.needs().max(right.needs()),
        }
    }

    fn each(&self, run: &Run<'_>, take: &mut Take<'_>) -> ControlFlow<()> {
        run.count()?;
        match self {
            Source::Constant(value) => take(value.borrowed()),
            Source::Field(known) => run.facts.each(known, take),
            Source::Slice(of, parts) => of.each(run, &mut |value| match sliced(&value, parts) {
                Some(bytes) => take(Value::bytes(bytes)),
                None => Continue(()),
            }),
            Source::Length(of, width) => of.each(run, &mut |value| {
                let length = value.octets().map_or(width.map(usize::from), |bytes| Some(bytes.len()));
                length.map_or(Continue(()), |length| take(Value::Number(length as i128)))
            }),
            Source::Call(function, arguments) => call(*function, arguments, run, take),
            Source::Minus(of) => of.each(run, &mut |value| value.negated().map_or(Continue(()), &mut *take)),
            Source::Calculation(left, operation, right) => left.each(run, &mut |left| {
                right.each(run, &mut |right| match calculated(&left, *operation, &right) {
                    Some(value) => take(value),
                    None => Continue(()),
                })
            }),
        }
    }
}

impl Node {
    /// What must be done to answer it.
    pub fn needs(&self) -> Needs {
        let needs = match self {
            Node::And(all) | Node::Or(all) => all.iter().map(Node::needs).max(),
            Node::Xor(both) => both.iter().map(Node::needs).max(),
            Node::Not(inner) => Some(inner.needs()),
            Node::Exists(of) | Node::IsNotZero(of) | Node::Contains(_, of, _) | Node::Matches(_, of, _) => of.needs(),
            Node::Pair(_, left, _, right) => left.needs().max(right.needs()),
            Node::In(_, of, set) => {
                let items = set.iter().flat_map(|(first, last)| std::iter::once(first).chain(last));
                items.map(Source::needs).max().flatten().max(of.needs())
            }
        };
        needs.unwrap_or(Needs::Frame)
    }

    /// Gathers the bytes that values are to contain, save where that is what they are not to.
    pub fn sought<'a>(&'a self, into: &mut Vec<&'a [u8]>) {
        match self {
            Node::And(all) | Node::Or(all) => all.iter().for_each(|node| node.sought(into)),
            Node::Xor(both) => both.iter().for_each(|node| node.sought(into)),
            Node::Contains(_, _, finder) => into.push(finder.needle()),
            Node::Not(_) | Node::Exists(_) | Node::IsNotZero(_) | Node::Pair(..) | Node::Matches(..) | Node::In(..) => {
            }
        }
    }

    /// Whether the frame passes.
    pub fn passes(&self, facts: &dyn Facts) -> bool {
        match self {
            Node::And(all) => all.iter().all(|node| node.passes(facts)),
            Node::Or(all) => all.iter().any(|node| node.passes(facts)),
            Node::Xor(both) => both[0].passes(facts) != both[1].passes(facts),
            Node::Not(inner) => !inner.passes(facts),
            Node::Exists(of) => of.each(&Run::new(facts), &mut |_| Break(())).is_break(),
            Node::IsNotZero(of) => passes(Scope::Any, of, facts, |_, value| !value.is_zero()),
            Node::Pair(scope, left, comparison, right) => pair(*scope, left, *comparison, right, facts),
            Node::Contains(scope, of, finder) => passes(*scope, of, facts, |_, value| {
                !finder.needle().is_empty() && value.octets().is_some_and(|bytes| finder.find(&bytes).is_some())
            }),
            Node::Matches(scope, of, regex) => {
                passes(*scope, of, facts, |_, value| value.octets().is_some_and(|bytes| regex.is_match(&bytes)))
            }
            Node::In(scope, of, set) => passes(*scope, of, facts, |run, value| is_among(value, set, run)),
        }
    }
}

/// One test of one frame.
struct Run<'a> {
    facts: &'a dyn Facts,
    left: Cell<u32>,
}

impl<'a> Run<'a> {
    fn new(facts: &'a dyn Facts) -> Self {
        Self { facts, left: Cell::new(VALUES) }
    }

    fn count(&self) -> ControlFlow<()> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        if left == 0 { Break(()) } else { Continue(()) }
    }
}

/// Whether so many of the values pass.
fn passes(scope: Scope, of: &Source, facts: &dyn Facts, test: impl Fn(&Run<'_>, &Value<'_>) -> bool) -> bool {
    let run = Run::new(facts);
    let (mut has_passed, mut has_failed) = (false, false);
    let _ = of.each(&run, &mut |value| {
        if test(&run, &value) {
            has_passed = true;
        } else {
            has_failed = true;
        }
        let is_known = match scope {
            Scope::Any => has_passed,
            Scope::All => has_failed,
        };
        if is_known { Break(()) } else { Continue(()) }
    });
    has_passed && (scope == Scope::Any || !has_failed)
}

fn pair(scope: Scope, left: &Source, comparison: Comparison, right: &Source, facts: &dyn Facts) -> bool {
    if let Source::Constant(right) = right {
        return passes(scope, left, facts, |_, left| holds(left, comparison, right));
    }
    let run = Run::new(facts);
    let (mut has_passed, mut has_failed) = (false, false);
    let _ = left.each(&run, &mut |left| {
        right.each(&run, &mut |right| {
            if holds(&left, comparison, &right) {
                has_passed = true;
            } else {
                has_failed = true;
            }
            let is_known = match scope {
                Scope::Any => has_passed,
                Scope::All => has_failed,
            };
            if is_known { Break(()) } else { Continue(()) }
        })
    });
    has_passed && (scope == Scope::Any || !has_failed)
}

fn holds(left: &Value<'_>, comparison: Comparison, right: &Value<'_>) -> bool {
    let order = || left.compare(right);
    match comparison {
        Comparison::Equal | Comparison::AllEqual => order() == Some(Ordering::Equal),
        Comparison::NotEqual | Comparison::AnyNotEqual => order() != Some(Ordering::Equal),
        Comparison::Greater => order() == Some(Ordering::Greater),
        Comparison::Less => order() == Some(Ordering::Less),
        Comparison::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
        Comparison::LessOrEqual => order().is_some_and(Ordering::is_le),
        Comparison::Contains => match (left.octets(), right.octets()) {
            (Some(bytes), Some(needle)) => !needle.is_empty() && memmem::find(&bytes, &needle).is_some(),
            _ => false,
        },
        // A pattern is compiled beforehand, into a node of its own.
        Comparison::Matches => false,
    }
}

fn is_among(value: &Value<'_>, set: &[(Source, Option<Source>)], run: &Run<'_>) -> bool {
    set.iter().any(|(first, last)| {
        match (first, last) {
            (Source::Constant(first), None) => return value.compare(first) == Some(Ordering::Equal),
            (Source::Constant(first), Some(Source::Constant(last))) => {
                return value.compare(first).is_some_and(Ordering::is_ge)
                    && value.compare(last).is_some_and(Ordering::is_le);
            }
            _ => {}
        }
        let found = first.each(run, &mut |first| match last {
            None if value.compare(&first) == Some(Ordering::Equal) => Break(()),
            Some(last) if value.compare(&first).is_some_and(Ordering::is_ge) => last.each(run, &mut |last| {
                if value.compare(&last).is_some_and(Ordering::is_le) { Break(()) } else { Continue(()) }
            }),
            None | Some(_) => Continue(()),
        });
        found.is_break()
    })
}

fn call(function: Function, arguments: &[Source], run: &Run<'_>, take: &mut Take<'_>) -> ControlFlow<()> {
    let Some(first) = arguments.first() else { return Continue(()) };
    match function {
        Function::Len => Continue(()),
        Function::Count => {
            let mut count = 0;
            first.each(run, &mut |_| {
                count += 1;
                Continue(())
            })?;
            if count == 0 { Continue(()) } else { take(Value::Number(count)) }
        }
        Function::Lower => first.each(run, &mut |value| take(Value::text(value.to_string().to_ascii_lowercase()))),
        Function::Upper => first.each(run, &mut |value| take(Value::text(value.to_string().to_ascii_uppercase()))),
        Function::String => first.each(run, &mut |value| take(Value::text(value.to_string()))),
        Function::Min => extreme(Ordering::Less, arguments, run, take),
        Function::Max => extreme(Ordering::Greater, arguments, run, take),
        Function::Abs => first.each(run, &mut |value| value.absolute().map_or(Continue(()), &mut *take)),
    }
}

/// The value that is so to all others.
fn extreme(wanted: Ordering, arguments: &[Source], run: &Run<'_>, take: &mut Take<'_>) -> ControlFlow<()> {
    let mut best: Option<Value<'static>> = None;
    for argument in arguments {
        argument.each(run, &mut |value| {
            if best.as_ref().is_none_or(|best| value.compare(best) == Some(wanted)) {
                best = Some(value.into_owned());
            }
            Continue(())
        })?;
    }
    best.map_or(Continue(()), take)
}

/// The parts of a value's bytes that it has, one behind the other; None when it has none of them.
fn sliced(value: &Value<'_>, parts: &[Part]) -> Option<Vec<u8>> {
    let bytes = value.octets()?;
    let from_start = |at: i64| {
        let length = i64::try_from(bytes.len()).ok()?;
        usize::try_from(if at < 0 { length + at } else { at }).ok()
    };
    let range = |part: &Part| {
        Some(match *part {
            Part::One(at) => from_start(at)?..from_start(at)? + 1,
            Part::Length(at, length) => from_start(at)?..from_start(at)? + usize::try_from(length).ok()?,
            Part::Through(first, last) => from_start(first)?..from_start(last)? + 1,
            Part::From(at) => from_start(at)?..bytes.len(),
        })
    };
    let found: Vec<u8> = parts.iter().filter_map(|part| bytes.get(range(part)?)).flatten().copied().collect();
    (!found.is_empty()).then_some(found)
}

/// None where it has no result: a division by 0, an overflow.
fn calculated(left: &Value<'_>, operation: Operation, right: &Value<'_>) -> Option<Value<'static>> {
    match (left, operation, right) {
        (Value::Span(left), Operation::Add, Value::Span(right)) => Some(Value::Span(left.checked_add(*right)?)),
        (Value::Span(left), Operation::Subtract, Value::Span(right)) => Some(Value::Span(left.checked_sub(*right)?)),
        (Value::Ipv4(left, _), Operation::And, Value::Ipv4(right, _)) => Some(Value::Ipv4(*left & *right, 32)),
        _ => {
            let (left, right) = (left.as_number()?, right.as_number()?);
            Some(Value::Number(match operation {
                Operation::And => left & right,
                Operation::Add => left.checked_add(right)?,
                Operation::Subtract => left.checked_sub(right)?,
                Operation::Multiply => left.checked_mul(right)?,
                Operation::Divide => left.checked_div(right)?,
                Operation::Remainder => left.checked_rem(right)?,
            }))
        }
    }
}
