//! A place in binary bytes: numbers, blocks and what is made of them, in order and within declared bounds.

use std::cell::Cell;
use std::ops::Range;

use super::{DecodeError, FIELD_LIMIT, Field, Value};

/// Why reading ended before all was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The bytes that are there end before those that are declared.
    Incomplete,
    /// A byte contradicts what was declared.
    Wrong(DecodeError),
    /// As many fields as a tree may have are made; the place is where it stopped.
    Limit(usize),
}

impl Stop {
    /// Says in the tree why it ends here; `end` is that of the bytes concerned.
    pub fn tell(self, end: usize, into: &mut Vec<Field>) {
        match self {
            Stop::Incomplete => {}
            Stop::Wrong(error) => {
                let at = error.at.min(end);
                into.push(Field::malformed(error.why, at..end));
            }
            Stop::Limit(at) => into.push(Field::cut_here("more than 10,000 fields", at.min(end)..end)),
        }
    }
}

/// How many fields may still be made of one message.
#[derive(Debug)]
pub struct Allowance(Cell<usize>);

impl Allowance {
    /// [`FIELD_LIMIT`] of them.
    pub fn new() -> Self {
        Self(Cell::new(FIELD_LIMIT))
    }
}

/// Reads on from a place. The declared end may lie beyond the bytes that are there.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    allowance: &'a Allowance,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from `at` to the declared end.
    pub fn new(bytes: &'a [u8], at: usize, end: usize, allowance: &'a Allowance) -> Self {
        Self { bytes, at, end, allowance }
    }

    /// All bytes that are there, also before and after the place.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The place.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether all declared bytes are read.
    pub fn is_over(&self) -> bool {
        self.at >= self.end
    }

    /// How many declared bytes are to come.
    pub fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Goes on to a place that was read otherwise.
    pub fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Changes how far bytes are declared.
    pub fn declare_end(&mut self, end: usize) {
        self.end = end;
    }

    /// Reads other bytes, from their beginning, under the same allowance.
    pub fn over<'b>(&self, bytes: &'b [u8], end: usize) -> Reader<'b>
    where
        'a: 'b,
    {
        Reader { bytes, at: 0, end, allowance: self.allowance }
    }

    /// A complaint about the byte at the place.
    pub fn wrong<T>(&self, why: &str) -> Result<T, Stop> {
        Err(Stop::Wrong(DecodeError { at: self.at, why: why.into() }))
    }

    /// The next bytes.
    pub fn take(&mut self, length: usize) -> Result<Range<usize>, Stop> {
        if length > self.left() {
            return self.wrong("more bytes are declared than there is room for");
        }
        if self.at + length > self.bytes.len() {
            return Err(Stop::Incomplete);
        }
        self.at += length;
        Ok(self.at - length..self.at)
    }

    /// The next number, of at most eight bytes, the highest first.
    pub fn number(&mut self, width: usize) -> Result<u64, Stop> {
        let span = self.take(width)?;
        Ok(self.bytes[span].iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Adds a fact.
    pub fn add(&self, field: Field, into: &mut Vec<Field>) -> Result<(), Stop> {
        self.spend(field.span.start)?;
        into.push(field);
        Ok(())
    }

    fn spend(&self, at: usize) -> Result<(), Stop> {
        let left = self.allowance.0.get();
        self.allowance.0.set(left.saturating_sub(1));
        if left == 0 { Err(Stop::Limit(at)) } else { Ok(()) }
    }

    /// Adds the next number as a fact.
    pub fn add_number(&mut self, name: &'static str, width: usize, into: &mut Vec<Field>) -> Result<u64, Stop> {
        let start = self.at;
        let number = self.number(width)?;
        self.add(Field::new(name, Value::Number(number), start..self.at), into)?;
        Ok(number)
    }

    /// Adds the next number as a fact, with what it stands for.
    pub fn add_named(
        &mut self,
        name: &'static str,
        width: usize,
        words: impl FnOnce(u64) -> String,
        into: &mut Vec<Field>,
    ) -> Result<u64, Stop> {
        let start = self.at;
        let number = self.number(width)?;
        self.add(Field::new(name, Value::Named(number, words(number)), start..self.at), into)?;
        Ok(number)
    }

    /// Adds the next bytes as a fact; when not all are there, those that are.
    pub fn add_bytes(&mut self, name: &'static str, length: usize, into: &mut Vec<Field>) -> Result<(), Stop> {
        let start = self.at;
        let taken = self.take(length);
        if taken == Err(Stop::Incomplete) && start < self.bytes.len() {
            self.add(Field::new(name, Value::Bytes, start..self.bytes.len()), into)?;
        }
        self.add(Field::new(name, Value::Bytes, taken?), into)
    }

    /// Adds the next bytes as a fact that is text.
    pub fn add_text(&mut self, name: &'static str, length: usize, into: &mut Vec<Field>) -> Result<String, Stop> {
        let span = self.take(length)?;
        let text = String::from_utf8_lossy(&self.bytes[span.clone()]).into_owned();
        self.add(Field::text(name, text.clone(), span), into)?;
        Ok(text)
    }

    /// Adds a fact over all that `read` reads, even when it breaks off inside; `read` fills in what it says.
    pub fn add_group(
        &mut self,
        name: &'static str,
        into: &mut Vec<Field>,
        read: impl FnOnce(&mut Self, &mut Field) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let start = self.at.min(self.bytes.len());
        self.spend(start)?;
        let mut field = Field::new(name, Value::Heading(String::new()), start..start);
        let result = read(self, &mut field);
        let covered = field.children.iter().map(|child| child.span.end).max().unwrap_or(start);
        field.span.end = self.at.min(self.bytes.len()).max(covered);
        into.push(field);
        result
    }

    /// Reads the next `length` bytes as something of their own. What is wrong in them is told among `into` and
    /// does not hinder what follows.
    pub fn within(
        &mut self,
        length: usize,
        into: &mut Vec<Field>,
        read: impl FnOnce(&mut Self, &mut Vec<Field>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if length > self.left() {
            return self.wrong("more bytes are declared than there is room for");
        }
        let end = self.at + length;
        let mut inner = Reader { bytes: self.bytes, at: self.at, end, allowance: self.allowance };
        let mut result = read(&mut inner, into);
        if result.is_ok() && !inner.is_over() {
            result = if inner.at < self.bytes.len() { inner.wrong("bytes left over") } else { Err(Stop::Incomplete) };
        }
        self.at = end;
        match result {
            Err(stop @ Stop::Wrong(_)) => stop.tell(end.min(self.bytes.len()), into),
            Err(stop @ (Stop::Incomplete | Stop::Limit(_))) => return Err(stop),
            Ok(()) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_missing_from_what_is_wrong() {
        let allowance = Allowance::new();
        let mut reader = Reader::new(&[1, 2, 3], 0, 5, &allowance);
        assert_eq!(reader.number(2), Ok(0x0102));
        assert_eq!(reader.number(3), Err(Stop::Incomplete));
        assert!(matches!(reader.number(4), Err(Stop::Wrong(DecodeError { at: 2, .. }))));
    }

    #[test]
    fn what_is_wrong_inside_does_not_hinder_what_follows() {
        let allowance = Allowance::new();
        let mut reader = Reader::new(&[9, 9, 7], 0, 3, &allowance);
        let mut fields = Vec::new();
        let inside = reader.within(2, &mut fields, |inner, into| inner.add_number("a", 4, into).map(drop));
        assert_eq!(inside, Ok(()));
        assert_eq!(fields[0].span, 0..2);
        assert_eq!(reader.add_number("b", 1, &mut fields), Ok(7));
    }

    #[test]
    fn makes_no_more_fields_than_allowed() {
        let allowance = Allowance::new();
        let bytes = vec![0; FIELD_LIMIT + 1];
        let mut reader = Reader::new(&bytes, 0, bytes.len(), &allowance);
        let mut fields = Vec::new();
        let stop = (0..bytes.len()).find_map(|_| reader.add_number("a", 1, &mut fields).err());
        assert_eq!((stop, fields.len()), (Some(Stop::Limit(FIELD_LIMIT)), FIELD_LIMIT));
    }
}
