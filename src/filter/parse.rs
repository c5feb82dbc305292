//! From tokens to the tree of a filter. Total, in bounded depth.

use std::ops::Range;

use super::lex::{Lexeme, Token, lex};
use super::problem::Problem;
use super::syntax::{Comparison, Function, Item, Operand, Operation, Part, Quantifier, Question, Term};

/// How deep a filter may nest; nobody writes half of it by hand.
const DEPTH: usize = 50;

/// How many calculations, slices and xors it may have: each makes the tree deeper.
const LINKS: usize = 100;

/// The longest filter; far more than fits any screen.
const LONGEST: usize = 16 * 1024;

/// Words that are never the name of a field.
pub const WORDS: [&str; 24] = [
    "and",
    "or",
    "xor",
    "not",
    "in",
    "contains",
    "matches",
    "eq",
    "ne",
    "gt",
    "lt",
    "ge",
    "le",
    "any",
    "all",
    "any_eq",
    "all_eq",
    "any_ne",
    "all_ne",
    "bitwise_and",
    "AND",
    "OR",
    "NOT",
    "IN",
];

/// Reads a filter's text.
pub fn parse(text: &str) -> Result<Question, Problem> {
    if text.len() > LONGEST {
        return Err(Problem::new(text.len()..text.len(), "the filter is longer than 16 KiB"));
    }
    let lexemes = lex(text)?;
    let mut parser = Parser { text, lexemes: &lexemes, at: 0, depth: 0, links: 0 };
    let question = parser.either()?;
    match parser.peek() {
        None => Ok(question),
        Some(next) => Err(parser.unexpected(next)),
    }
}

struct Parser<'a> {
    text: &'a str,
    lexemes: &'a [Lexeme],
    at: usize,
    depth: usize,
    links: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Lexeme> {
        self.lexemes.get(self.at)
    }

    fn written(&self, lexeme: &Lexeme) -> &'a str {
        &self.text[lexeme.span.clone()]
    }

    /// Whether a word or sign stands so many tokens ahead, unquoted.
    fn has(&self, ahead: usize, word: &str) -> bool {
        self.lexemes.get(self.at + ahead).is_some_and(|next| match &next.token {
            Token::Word | Token::Sign(_) => self.written(next) == word,
            Token::Quoted(_) | Token::Character(_) => false,
        })
    }

    /// Goes on behind one of these words or signs, if one is next.
    fn takes(&mut self, words: &[&str]) -> bool {
        let takes = words.iter().any(|word| self.has(0, word));
        self.at += usize::from(takes);
        takes
    }

    fn end_of(&self, start: usize) -> Range<usize> {
        let end = self.at.checked_sub(1).and_then(|last| self.lexemes.get(last)).map_or(start, |last| last.span.end);
        start..end.max(start)
    }

    fn missing(&self, what: &str) -> Problem {
        let end = self.text.trim_end().len();
        Problem::new(end..end, format!("{what} is missing")).unfinished()
    }

    /// What is wrong with a token that may not stand where it does.
    fn unexpected(&self, next: &Lexeme) -> Problem {
        let written = self.written(next);
        let problem = Problem::new(next.span.clone(), format!("{} does not belong here", quoted(written)));
        let problem = match written {
            "=" => problem.hint("write == to compare"),
            "|" => problem.hint("write || for one or the other"),
            "AND" | "OR" | "NOT" | "IN" => problem.hint(format!("write {}", written.to_lowercase())),
            "#" => problem.hint("layers are not told apart here"),
            ")" | "]" | "}" => problem.hint("nothing is open that it could close"),
            _ if matches!(next.token, Token::Word | Token::Quoted(_)) && self.at > 0 => {
                problem.hint("write and, or, or a comparison such as == before it; quote text of several words")
            }
            _ => problem,
        };
        // These may yet become a longer word or sign.
        let is_beginning = matches!(next.token, Token::Word | Token::Sign("=" | "|" | "&" | "!"));
        if is_beginning { problem.unfinished_at(self.text.len()) } else { problem }
    }

    /// Counts a level of nesting while `read` reads inside it.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Problem>) -> Result<T, Problem> {
        if self.depth >= DEPTH {
            let span = self.peek().map_or(self.text.len()..self.text.len(), |next| next.span.clone());
            return Err(Problem::new(span, format!("nested deeper than {DEPTH}")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn either(&mut self) -> Result<Question, Problem> {
        let first = self.one_of_two()?;
        if !(self.has(0, "||") || self.has(0, "or")) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.takes(&["||", "or"]) {
            all.push(self.one_of_two()?);
        }
        Ok(Question::Or(all.into_iter().flat_map(Question::choices).collect()))
    }

    fn one_of_two(&mut self) -> Result<Question, Problem> {
        let mut left = self.both()?;
        while self.takes(&["^^", "xor"]) {
            self.link()?;
            left = Question::Xor(Box::new([left, self.both()?]));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Question, Problem> {
        let first = self.negated()?;
        if !(self.has(0, "&&") || self.has(0, "and")) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.takes(&["&&", "and"]) {
            all.push(self.negated()?);
        }
        Ok(Question::And(all.into_iter().flat_map(Question::demands).collect()))
    }

    fn negated(&mut self) -> Result<Question, Problem> {
        if self.takes(&["!", "not"]) {
            return Ok(Question::Not(Box::new(self.deeper(Self::negated)?)));
        }
        self.deeper(Self::test)
    }

    /// A group, or what is asked of operands.
    fn test(&mut self) -> Result<Question, Problem> {
        if !self.takes(&["("]) {
            let quantifier = self.quantifier();
            let left = self.operand()?;
            return self.relation(quantifier, left);
        }
        let inner = self.either()?;
        self.closes(")")?;
        // What holds one operand alone may be part of a calculation or comparison.
        let Question::Holds(operand) = inner else { return Ok(inner) };
        if !self.goes_on() {
            return Ok(Question::Holds(operand));
        }
        let left = self.calculation_from(operand, 0)?;
        self.relation(Quantifier::Plain, left)
    }

    fn goes_on(&self) -> bool {
        let next = self.peek().map(|next| self.written(next));
        next.is_some_and(|next| operation(next).is_some() || Comparison::spelled(next).is_some() || next == "in")
    }

    fn quantifier(&mut self) -> Quantifier {
        if self.takes(&["any"]) {
            Quantifier::Any
        } else if self.takes(&["all"]) {
            Quantifier::All
        } else {
            Quantifier::Plain
        }
    }

    /// What follows an operand: comparisons in a chain, a set, or nothing.
    fn relation(&mut self, quantifier: Quantifier, left: Operand) -> Result<Question, Problem> {
        let is_negated = self.has(0, "not") && self.has(1, "in");
        self.at += usize::from(is_negated);
        if self.takes(&["in"]) {
            let question = Question::In(quantifier, left, self.set()?);
            return Ok(if is_negated { Question::Not(Box::new(question)) } else { question });
        }
        let mut chain = Vec::new();
        let mut left = left;
        while let Some(comparison) = self.comparison() {
            let right = self.operand()?;
            chain.push(Question::Compare(quantifier, left, comparison, right.clone()));
            left = right;
        }
        match (chain.len(), quantifier) {
            (0, Quantifier::Plain) => Ok(Question::Holds(left)),
            (0, _) => match self.peek() {
                None => Err(self.missing("a comparison after any or all")),
                Some(next) => Err(self.unexpected(next)),
            },
            (1, _) => Ok(chain.remove(0)),
            (_, _) => Ok(Question::And(chain)),
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let next = self.peek().filter(|next| matches!(next.token, Token::Word | Token::Sign(_)))?;
        let comparison = Comparison::spelled(self.written(next))?;
        self.at += 1;
        Some(comparison)
    }

    fn set(&mut self) -> Result<Vec<Item>, Problem> {
        if !self.takes(&["{"]) {
            return Err(self.wants("a set in braces, as in {80, 8000..8080},"));
        }
        let mut items = Vec::new();
        loop {
            let first = self.operand()?;
            let last = if self.takes(&[".."]) { Some(self.operand()?) } else { None };
            items.push(Item { first, last });
            if self.takes(&["}"]) {
                return Ok(items);
            }
            if !self.takes(&[","]) {
                return Err(self.wants("a comma or the closing }"));
            }
        }
    }

    fn closes(&mut self, sign: &str) -> Result<(), Problem> {
        if self.takes(&[sign]) { Ok(()) } else { Err(self.wants(&format!("the closing {sign}"))) }
    }

    /// That something is missing here, where something else stands or nothing.
    fn wants(&self, what: &str) -> Problem {
        let Some(next) = self.peek() else { return self.missing(what) };
        let problem = self.unexpected(next);
        let missing = format!("{what} is missing before {}", quoted(self.written(next)));
        if matches!(next.token, Token::Sign("=" | "|" | "#")) { problem } else { Problem { what: missing, ..problem } }
    }

    fn operand(&mut self) -> Result<Operand, Problem> {
        let first = self.deeper(Self::signed)?;
        self.calculation_from(first, 0)
    }

    /// Goes on with a calculation that has begun, with operations that bind at least so strongly.
    fn calculation_from(&mut self, first: Operand, least: u8) -> Result<Operand, Problem> {
        let mut left = first;
        while let Some((operation, strength)) = self.peek().and_then(|next| operation(self.written(next))) {
            if strength < least {
                break;
            }
            self.link()?;
            self.at += 1;
            let next = self.deeper(Self::signed)?;
            let right = self.deeper(|parser| parser.calculation_from(next, strength + 1))?;
            let span = left.span.start..right.span.end;
            left = Operand { term: Term::Calculation(Box::new(left), operation, Box::new(right)), span };
        }
        Ok(left)
    }

    /// Counts what makes the tree deeper without nesting.
    fn link(&mut self) -> Result<(), Problem> {
        self.links += 1;
        if self.links > LINKS {
            return Err(Problem::new(self.end_of(0), format!("more than {LINKS} calculations, slices or xors")));
        }
        Ok(())
    }

    fn signed(&mut self) -> Result<Operand, Problem> {
        let start = self.peek().map_or(self.text.len(), |next| next.span.start);
        if self.takes(&["-"]) {
            let of = self.deeper(Self::signed)?;
            let span = start..of.span.end;
            return Ok(Operand { term: Term::Minus(Box::new(of)), span });
        }
        if self.takes(&["+"]) {
            return self.deeper(Self::signed);
        }
        let mut operand = self.plain()?;
        while self.takes(&["["]) {
            self.link()?;
            let parts = self.parts()?;
            operand = Operand { term: Term::Slice(Box::new(operand), parts), span: self.end_of(start) };
        }
        Ok(operand)
    }

    fn plain(&mut self) -> Result<Operand, Problem> {
        let Some(next) = self.peek() else {
            let what = if self.at == 0 { "a field" } else { "what comes next" };
            return Err(self.missing(what));
        };
        let written = self.written(next);
        let span = next.span.clone();
        let term = match &next.token {
            Token::Quoted(bytes) => Term::Quoted(bytes.clone()),
            Token::Character(byte) => Term::Character(*byte),
            Token::Word if WORDS.contains(&written) => {
                let problem = Problem::new(span, format!("a field or value is missing before {}", quoted(written)));
                return Err(match written {
                    "AND" | "OR" | "NOT" | "IN" => problem.hint(format!("write {}", written.to_lowercase())),
                    _ => problem.hint(format!("as text it is written \"{written}\"")),
                });
            }
            Token::Word => match self.call(written)? {
                Some(term) => return Ok(Operand { term, span: self.end_of(span.start) }),
                None => Term::Word(written.to_owned()),
            },
            Token::Sign("{") => {
                self.at += 1;
                let inner = self.deeper(Self::operand)?;
                self.closes("}")?;
                return Ok(inner);
            }
            Token::Sign(sign) => {
                let problem = Problem::new(span, format!("a field or value is missing before {}", quoted(written)));
                return Err(match *sign {
                    "@" => problem.hint("raw fields (@) are not kept here; a slice gives bytes"),
                    "$" => problem.hint("references (${…}) are not kept here"),
                    _ => problem,
                });
            }
        };
        self.at += 1;
        Ok(Operand { term, span })
    }

    /// A function with its arguments, if that is what the word begins.
    fn call(&mut self, name: &str) -> Result<Option<Term>, Problem> {
        if !self.has(1, "(") {
            return Ok(None);
        }
        let Some(function) = Function::named(name) else {
            let span = self.peek().map_or(0..0, |next| next.span.clone());
            let near = crate::model::nearest(name, Function::ALL.map(|(_, name, _)| name));
            let all = Function::ALL.map(|(_, name, _)| name).join(", ");
            let hint = near.map_or(format!("there is {all}"), |near| format!("did you mean {near}?"));
            return Err(Problem::new(span, format!("there is no function {}", quoted(name))).hint(hint));
        };
        self.at += 2;
        let mut arguments = vec![self.deeper(Self::operand)?];
        while self.takes(&[","]) {
            arguments.push(self.deeper(Self::operand)?);
        }
        self.closes(")")?;
        Ok(Some(Term::Call(function, arguments)))
    }

    fn parts(&mut self) -> Result<Vec<Part>, Problem> {
        let mut parts = Vec::new();
        loop {
            parts.push(self.part()?);
            if self.takes(&["]"]) {
                return Ok(parts);
            }
            if !self.takes(&[","]) {
                return Err(self.wants("the closing ]"));
            }
        }
    }

    fn part(&mut self) -> Result<Part, Problem> {
        let start = self.peek().map_or(self.text.len(), |next| next.span.start);
        let has_first = !self.has(0, ":");
        let first = if has_first { self.place()? } else { 0 };
        if has_first && self.takes(&["-"]) {
            let last = self.place()?;
            if (first < 0) != (last < 0) || last < first {
                let problem = Problem::new(self.end_of(start), format!("no byte is in {first}-{last}"));
                return Err(problem.hint("both places are counted from the same end, the first one first"));
            }
            return Ok(Part::Through(first, last));
        }
        if !self.takes(&[":"]) {
            return Ok(Part::One(first));
        }
        if self.has(0, "]") || self.has(0, ",") {
            return Ok(Part::From(first));
        }
        let length = self.place()?;
        if length <= 0 {
            let problem = Problem::new(self.end_of(start), "behind the colon stands how many bytes, at least 1");
            return Err(problem.hint("from the first to the last byte is written [1-2]"));
        }
        Ok(Part::Length(first, length))
    }

    fn place(&mut self) -> Result<i64, Problem> {
        let is_negative = self.takes(&["-"]);
        let Some(next) = self.peek() else { return Err(self.missing("a place and the closing ]")) };
        let number = super::literal::integer(self.written(next)).and_then(|number| i32::try_from(number).ok());
        let Some(number) = number else {
            let problem = Problem::new(next.span.clone(), format!("{} is no place", quoted(self.written(next))));
            return Err(problem.hint("write [1], [1:2], [1-2], [1:] or [-1:]"));
        };
        self.at += 1;
        Ok(if is_negative { -i64::from(number) } else { i64::from(number) })
    }
}

/// A calculation's sign or word, and how strongly it binds.
fn operation(written: &str) -> Option<(Operation, u8)> {
    Some(match written {
        "&" | "bitwise_and" => (Operation::And, 0),
        "+" => (Operation::Add, 1),
        "-" => (Operation::Subtract, 1),
        "*" => (Operation::Multiply, 2),
        "/" => (Operation::Divide, 2),
        "%" => (Operation::Remainder, 2),
        _ => return None,
    })
}

/// A text in quotes, safe to show.
pub fn quoted(written: &str) -> String {
    format!("\"{}\"", crate::model::visible::escaped_hidden(&written.chars().take(40).collect::<String>()))
}
