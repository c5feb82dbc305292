//! From the tree to a program: every name found, every value read, every comparison one that can be made.

use memchr::memmem::Finder;
use regex::bytes::RegexBuilder;

use super::field::{FIELDS, known};
use super::literal::Literal;
use super::parse::quoted;
use super::problem::Problem;
use super::program::{Node, Scope, Source};
use super::syntax::{Comparison, Function, Item, Operand, Operation, Quantifier, Question, Term, quotable};
use super::value::{Kind, Value};
use crate::model::nearest;

/// The most memory a regular expression may take, in bytes.
const REGEX_SIZE: usize = 4 * 1024 * 1024;

/// Makes the program of a filter whose text is so long.
pub fn check(question: &Question, length: usize) -> Result<Node, Problem> {
    Checker { length }.question(question)
}

struct Checker {
    /// Of the text, to know what stands at its end.
    length: usize,
}

/// A source and the sort of its values.
type Typed = (Source, Kind);

impl Checker {
    fn question(&self, question: &Question) -> Result<Node, Problem> {
        match question {
            Question::And(all) => Ok(Node::And(self.cheapest_first(all)?)),
            Question::Or(all) => Ok(Node::Or(self.cheapest_first(all)?)),
            Question::Xor(both) => Ok(Node::Xor(Box::new([self.question(&both[0])?, self.question(&both[1])?]))),
            Question::Not(inner) => Ok(Node::Not(Box::new(self.question(inner)?))),
            Question::Compare(quantifier, left, comparison, right) => {
                self.comparison(*quantifier, left, *comparison, right)
            }
            Question::In(quantifier, left, set) => self.membership(*quantifier, left, set),
            Question::Holds(operand) => self.holds(operand),
        }
    }

    /// What needs no decoding goes first, so that most frames are not decoded.
    fn cheapest_first(&self, all: &[Question]) -> Result<Vec<Node>, Problem> {
        let mut nodes = all.iter().map(|question| self.question(question)).collect::<Result<Vec<_>, _>>()?;
        nodes.sort_by_key(Node::needs);
        Ok(nodes)
    }

    fn holds(&self, operand: &Operand) -> Result<Node, Problem> {
        let (source, kind) = self.typed(operand)?;
        match &operand.term {
            Term::Word(_) | Term::Slice(..) => Ok(Node::Exists(source)),
            Term::Minus(_) | Term::Calculation(..) if source.needs().is_none() => Err(no_frame(operand)),
            Term::Minus(_) | Term::Calculation(..) if kind.is_number() || kind == Kind::Ipv4 => {
                Ok(Node::IsNotZero(source))
            }
            Term::Minus(_) | Term::Calculation(..) | Term::Call(..) | Term::Quoted(_) | Term::Character(_) => {
                let problem = Problem::new(operand.span.clone(), "this has a value and asks nothing");
                Err(problem.hint("compare it, as in len(tcp.payload) > 100").unfinished_at(self.length))
            }
        }
    }

    fn comparison(
        &self,
        quantifier: Quantifier,
        left: &Operand,
        comparison: Comparison,
        right: &Operand,
    ) -> Result<Node, Problem> {
        let scope = scope(quantifier, comparison);
        if comparison == Comparison::Contains || comparison == Comparison::Matches {
            return self.look_inside(scope, left, comparison, right);
        }
        let (first, second) = match (self.source(left)?, self.source(right)?) {
            (None, _) if is_a_name(left) => return Err(self.unknown(left)),
            (None, None) => return Err(no_frame(&whole(left, right))),
            (Some((first, kind)), None) => (first, self.value(right, left, kind)?),
            (None, Some((second, kind))) => (self.value(left, right, kind)?, second),
            (Some((first, kind)), Some((second, other))) => {
                if !kind.compares_with(other) || kind == Kind::Heading {
                    return Err(unlike(left, kind, right, other));
                }
                (first, second)
            }
        };
        if first.needs().is_none() && second.needs().is_none() {
            return Err(no_frame(&whole(left, right)));
        }
        Ok(Node::Pair(scope, first, comparison, second))
    }

    fn look_inside(
        &self,
        scope: Scope,
        left: &Operand,
        comparison: Comparison,
        right: &Operand,
    ) -> Result<Node, Problem> {
        let (source, kind) = self.typed(left)?;
        let word = if comparison == Comparison::Matches { "matches" } else { "contains" };
        if !kind.is_text_or_bytes() {
            let what = format!("{word} looks into text and bytes; {left} is {}", kind.words());
            let hint = if kind == Kind::Heading {
                "write its name alone to ask for it".to_owned()
            } else {
                format!("compare it with ==, or write string({left}) {word} …")
            };
            return Err(Problem::new(left.span.clone(), what).hint(hint));
        }
        if comparison == Comparison::Matches {
            return self.matches(scope, source, right);
        }
        match self.source(right)? {
            Some((other, other_kind)) if other_kind.is_text_or_bytes() => {
                Ok(Node::Pair(scope, source, comparison, other))
            }
            Some((_, other_kind)) => Err(unlike(left, kind, right, other_kind)),
            None => {
                let needle = self.literal(right, left, kind)?;
                let finder = Finder::new(&needle.octets().unwrap_or_default()).into_owned();
                Ok(Node::Contains(scope, source, Box::new(finder)))
            }
        }
    }

    fn matches(&self, scope: Scope, source: Source, pattern: &Operand) -> Result<Node, Problem> {
        let Term::Quoted(bytes) = &pattern.term else {
            let problem = Problem::new(pattern.span.clone(), "a regular expression is written in quotes");
            return Err(problem.hint(format!("write matches r\"{pattern}\"")).unfinished_at(self.length));
        };
        let text = String::from_utf8_lossy(bytes);
        // Case is ignored and any byte may be met, as Wireshark has it; (?-i) takes case into account.
        let build = |unicode| {
            let mut builder = RegexBuilder::new(&text);
            builder.case_insensitive(true).unicode(unicode).size_limit(REGEX_SIZE).dfa_size_limit(REGEX_SIZE).build()
        };
        let regex = build(!text.is_ascii()).or_else(|_| build(true));
        let regex = regex.map_err(|error| {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Problem::new(pattern.span.clone(), format!("this is no regular expression: {why}"))
        })?;
        Ok(Node::Matches(scope, source, Box::new(regex)))
    }

    fn membership(&self, quantifier: Quantifier, left: &Operand, set: &[Item]) -> Result<Node, Problem> {
        let (source, kind) = self.typed(left)?;
        let member = |operand: &Operand| match self.source(operand)? {
            Some((member, other)) if kind.compares_with(other) => Ok(member),
            Some((_, other)) => Err(unlike(left, kind, operand, other)),
            None => self.value(operand, left, kind),
        };
        let mut items = Vec::new();
        for item in set {
            items.push((member(&item.first)?, item.last.as_ref().map(member).transpose()?));
        }
        Ok(Node::In(scope(quantifier, Comparison::Equal), source, items))
    }

    /// The source of something that is no mere value.
    fn typed(&self, operand: &Operand) -> Result<Typed, Problem> {
        match self.source(operand)? {
            Some(typed) => Ok(typed),
            None if is_a_name(operand) => Err(self.unknown(operand)),
            None => {
                let problem = Problem::new(operand.span.clone(), format!("{operand} is a value, not a field"));
                Err(problem.hint("begin with a field, such as tcp.port == 80").unfinished_at(self.length))
            }
        }
    }

    /// The source of an operand; None when it is a mere value, whose sort depends on what it is compared with.
    fn source(&self, operand: &Operand) -> Result<Option<Typed>, Problem> {
        Ok(Some(match &operand.term {
            Term::Word(word) => match known(word) {
                Some(known) => (Source::Field(known), known.kind),
                None => return Ok(None),
            },
            Term::Quoted(_) | Term::Character(_) => return Ok(None),
            Term::Minus(of) => {
                let Some((source, kind)) = self.source(of)? else { return Ok(None) };
                let kind = if kind == Kind::Span { kind } else { calculable(of, kind)? };
                (Source::Minus(Box::new(source)), kind)
            }
            Term::Slice(of, parts) => {
                let (source, kind) = self.typed(of)?;
                let is_sliced = kind.is_text_or_bytes() || matches!(kind, Kind::Ipv4 | Kind::Ipv6 | Kind::Ether);
                if !is_sliced {
                    let what = format!("{of} is {} and has no bytes to choose from", kind.words());
                    return Err(Problem::new(operand.span.clone(), what).hint("slices are taken of text and bytes"));
                }
                (Source::Slice(Box::new(source), parts.clone()), Kind::Bytes)
            }
            Term::Call(function, arguments) => self.call(operand, *function, arguments)?,
            Term::Calculation(left, operation, right) => self.calculation(left, *operation, right)?,
        }))
    }

    fn call(&self, operand: &Operand, function: Function, arguments: &[Operand]) -> Result<Typed, Problem> {
        let mut typed = arguments.iter().map(|argument| self.typed(argument)).collect::<Result<Vec<_>, _>>()?;
        let name = function.name();
        let kind = typed[0].1;
        let takes = |is_taken: bool, what: &str| {
            let problem = || Problem::new(arguments[0].span.clone(), format!("{name}() takes {what}"));
            if is_taken { Ok(()) } else { Err(problem().hint(format!("{} is {}", arguments[0], kind.words()))) }
        };
        if !matches!(function, Function::Min | Function::Max) && typed.len() > 1 {
            return Err(Problem::new(operand.span.clone(), format!("{name}() takes one field")));
        }
        let is_alike = typed.iter().all(|(_, other)| kind.compares_with(*other));
        match function {
            Function::Len => takes(kind.is_text_or_bytes() || kind.width().is_some(), "a field with bytes")?,
            Function::Count => takes(true, "a field")?,
            Function::Lower | Function::Upper => takes(kind == Kind::Text, "text")?,
            Function::String => takes(!matches!(kind, Kind::Heading | Kind::Protocol), "a field with a value")?,
            Function::Min | Function::Max => takes(is_alike && kind != Kind::Heading, "values of one sort")?,
            Function::Abs => takes(kind.is_number() || kind == Kind::Span, "a number")?,
        }
        Ok(match function {
            Function::Len => (Source::Length(Box::new(typed.remove(0).0), kind.width()), Kind::Signed),
            Function::Count => (call(function, typed), Kind::Signed),
            Function::Lower | Function::Upper | Function::String => (call(function, typed), Kind::Text),
            Function::Min | Function::Max => (call(function, typed), kind),
            Function::Abs => (call(function, typed), if kind == Kind::Span { kind } else { Kind::Signed }),
        })
    }

    fn calculation(&self, left: &Operand, operation: Operation, right: &Operand) -> Result<Typed, Problem> {
        let (first, second) = (self.source(left)?, self.source(right)?);
        let kind = first.as_ref().or(second.as_ref()).map_or(Kind::Signed, |(_, kind)| *kind);
        let kind = match (kind, operation) {
            (Kind::Span, Operation::Add | Operation::Subtract) | (Kind::Ipv4, Operation::And) => kind,
            _ => calculable(if first.is_some() { left } else { right }, kind)?,
        };
        let side = |typed: Option<Typed>, operand: &Operand, other: &Operand| match typed {
            None if is_a_name(operand) => Err(self.unknown(operand)),
            None => self.value(operand, other, kind),
            Some((source, other)) if other == kind || (other.is_number() && kind.is_number()) => Ok(source),
            Some((_, sort)) => Err(unlike(other, kind, operand, sort)),
        };
        let first = side(first, left, right)?;
        let second = side(second, right, left)?;
        Ok((Source::Calculation(Box::new(first), operation, Box::new(second)), kind))
    }

    /// A mere value, of the sort that what it is compared with has.
    fn value(&self, operand: &Operand, beside: &Operand, kind: Kind) -> Result<Source, Problem> {
        self.literal(operand, beside, kind).map(Source::Constant)
    }

    fn literal(&self, operand: &Operand, beside: &Operand, kind: Kind) -> Result<Value<'static>, Problem> {
        let problem = |(what, hint): (String, &str)| {
            let problem = Problem::new(operand.span.clone(), what).hint(hint);
            match (&operand.term, near(operand)) {
                (Term::Word(word), Some(near)) if word.contains('.') && is_a_name(operand) => {
                    problem.hint(format!("did you mean {near}?"))
                }
                _ => problem,
            }
            .unfinished_at(self.length)
        };
        match Literal::of(operand) {
            Some(literal) => literal.read(&beside.to_string(), kind).map_err(problem),
            None => Err(problem((format!("{operand} is no value"), ""))),
        }
    }

    /// That there is no such field.
    fn unknown(&self, operand: &Operand) -> Problem {
        let name = operand.to_string();
        let problem = Problem::new(operand.span.clone(), format!("there is no field {}", quoted(&name)));
        let hint = match near(operand) {
            Some(near) => format!("did you mean {near}?"),
            None if name.contains('-') => "for a subtraction put blanks around the -".to_owned(),
            None if name.contains('.') => String::new(),
            None => format!("to look for the text write frame contains \"{}\"", quotable(name.as_bytes())),
        };
        let begins = FIELDS.iter().any(|known| known.name.starts_with(&name));
        let problem = problem.hint(hint);
        if begins { problem.unfinished_at(self.length) } else { problem }
    }
}

/// The sort of what is calculated from it, a number.
fn calculable(operand: &Operand, kind: Kind) -> Result<Kind, Problem> {
    let what = format!("{operand} is {}; only numbers can be calculated with", kind.words());
    if kind.is_number() { Ok(Kind::Signed) } else { Err(Problem::new(operand.span.clone(), what)) }
}

fn call(function: Function, typed: Vec<Typed>) -> Source {
    Source::Call(function, typed.into_iter().map(|(source, _)| source).collect())
}

/// The field whose name is nearest to what was written.
fn near(operand: &Operand) -> Option<&'static str> {
    nearest(&operand.to_string(), FIELDS.iter().map(|known| known.name))
}

/// Whether it looks like the name of a field rather than like a value.
fn is_a_name(operand: &Operand) -> bool {
    match &operand.term {
        Term::Word(word) => {
            let is_address = word.parse::<std::net::IpAddr>().is_ok() || word.contains([':', '/']);
            word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') && !is_address
        }
        Term::Minus(of) => is_a_name(of),
        Term::Quoted(_) | Term::Character(_) | Term::Slice(..) | Term::Call(..) | Term::Calculation(..) => false,
    }
}

/// How many values must pass, as the operator has it or as it is asked for.
fn scope(quantifier: Quantifier, comparison: Comparison) -> Scope {
    match (quantifier, comparison) {
        (Quantifier::All, _) | (Quantifier::Plain, Comparison::NotEqual | Comparison::AllEqual) => Scope::All,
        (Quantifier::Any | Quantifier::Plain, _) => Scope::Any,
    }
}

/// An operand over the place of two.
fn whole(left: &Operand, right: &Operand) -> Operand {
    Operand { span: left.span.start..right.span.end, ..left.clone() }
}

fn no_frame(operand: &Operand) -> Problem {
    let problem = Problem::new(operand.span.clone(), "this is the same for every frame");
    problem.hint("name a field, such as tcp.port")
}

fn unlike(left: &Operand, kind: Kind, right: &Operand, other: Kind) -> Problem {
    let span = left.span.start.min(right.span.start)..left.span.end.max(right.span.end);
    let what = format!("{left} is {}, {right} is {}; they cannot be compared", kind.words(), other.words());
    Problem::new(span, what)
}
