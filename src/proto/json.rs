//! JSON (RFC 8259) with the bytes of every value; several values after each other are taken too, as in JSON lines.

use std::ops::Range;
use std::str;

use super::{Context, DecodeError, Decoded, Decoder, FIELD_LIMIT, Field, Likelihood, Value, prefix, shorten};

/// How deep containers may stand in each other; serde_json's limit too, and far from any stack's end.
const DEPTH_LIMIT: usize = 128;

/// The decoder of JSON.
#[derive(Debug)]
pub struct Json;

impl Decoder for Json {
    fn name(&self) -> &'static str {
        "JSON"
    }

    /// Only objects and arrays count: `5` or `"x"` alone are text just as well.
    fn probe(&self, _: Context, first_bytes: &[u8]) -> Likelihood {
        let start = prefix(first_bytes);
        if !matches!(start.trim_ascii_start().first(), Some(b'{' | b'[')) {
            return Likelihood::No;
        }
        let (fields, end) = parse(start);
        match end {
            None | Some(Stop::Limit(..)) => Likelihood::Certain,
            Some(Stop::Incomplete) if fields.iter().any(|field| !field.children.is_empty()) => Likelihood::Certain,
            Some(Stop::Incomplete) => Likelihood::Possible,
            Some(Stop::Wrong(_)) => Likelihood::No,
        }
    }

    fn takes_content(&self, media_type: &str) -> bool {
        matches!(media_type, "application/json" | "text/json" | "application/x-ndjson" | "application/jsonl")
            || media_type.ends_with("+json")
    }

    /// All on one line: indented JSON begins with a line that says nothing.
    fn summarize(&self, _: Context, message: &[u8]) -> String {
        let text = String::from_utf8_lossy(prefix(message));
        shorten(&text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn decode(&self, context: Context, message: &[u8]) -> Result<Decoded, DecodeError> {
        let (mut fields, end) = parse(message);
        match end {
            Some(Stop::Wrong(error)) if fields.is_empty() => return Err(error),
            Some(Stop::Wrong(error)) => fields.push(Field::malformed(error.why, error.at..message.len())),
            Some(Stop::Limit(limit, at)) => fields.push(Field::cut_here(limit, at..message.len())),
            Some(Stop::Incomplete) | None => {}
        }
        Ok(Decoded { protocol: self.name(), summary: self.summarize(context, message), fields })
    }
}

/// Why reading ended before the end of the last value.
#[derive(Debug, PartialEq)]
enum Stop {
    Incomplete,
    Wrong(DecodeError),
    Limit(&'static str, usize),
}

/// All values, and why there are no more when the bytes are not simply used up.
fn parse(bytes: &[u8]) -> (Vec<Field>, Option<Stop>) {
    let mut reader = Reader { bytes, at: 0, made: 0 };
    let mut fields = Vec::new();
    loop {
        reader.skip_space();
        if reader.at == bytes.len() {
            return (fields, None);
        }
        if let Err(stop) = reader.value(0, &mut fields) {
            return (fields, Some(stop));
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    made: usize,
}

/// What is read is put `into` the list even when it breaks off inside, so that nothing is lost.
impl Reader<'_> {
    fn value(&mut self, depth: usize, into: &mut Vec<Field>) -> Result<(), Stop> {
        self.made += 1;
        if self.made > FIELD_LIMIT {
            return Err(Stop::Limit("more than 10,000 fields", self.at));
        }
        match self.peek()? {
            b'{' | b'[' if depth >= DEPTH_LIMIT => Err(Stop::Limit("nested deeper than 128", self.at)),
            b'{' => self.container("json.object", depth, into),
            b'[' => self.container("json.array", depth, into),
            b'"' => {
                let start = self.at;
                let (text, end) = self.string();
                into.push(Field::text("json.value.string", text, start..self.at));
                end
            }
            b'-' | b'0'..=b'9' => self.number(into),
            b't' => self.literal("true", "json.value.true", Value::Flag(true), into),
            b'f' => self.literal("false", "json.value.false", Value::Flag(false), into),
            b'n' => self.literal("null", "json.value.null", Value::Text("null".into()), into),
            _ => self.wrong("not the beginning of a JSON value"),
        }
    }

    fn container(&mut self, name: &'static str, depth: usize, into: &mut Vec<Field>) -> Result<(), Stop> {
        let start = self.at;
        let mut children = Vec::new();
        let end = match name {
            "json.object" => self.items(b'}', &mut children, |reader, into| reader.member(depth, into)),
            _ => self.items(b']', &mut children, |reader, into| reader.value(depth + 1, into)),
        };
        let words = match children.len() {
            0 => "empty".to_owned(),
            1 => "1 item".to_owned(),
            count => format!("{count} items"),
        };
        into.push(Field::new(name, Value::Heading(words), start..self.at).with(children));
        end
    }

    fn items(
        &mut self,
        closing: u8,
        into: &mut Vec<Field>,
        item: impl Fn(&mut Self, &mut Vec<Field>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.at += 1;
        self.skip_space();
        if self.peek()? == closing {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_space();
            item(self, into)?;
            self.skip_space();
            match self.peek()? {
                b',' => self.at += 1,
                byte if byte == closing => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.wrong("neither a comma nor the end of the object or array"),
            }
        }
    }

    fn member(&mut self, depth: usize, into: &mut Vec<Field>) -> Result<(), Stop> {
        if self.peek()? != b'"' {
            return self.wrong("a member's name must be a string");
        }
        self.made += 2;
        let start = self.at;
        let (key, end) = self.string();
        let mut children = vec![Field::text("json.key", key.clone(), start..self.at)];
        let end = end.and_then(|()| self.member_value(depth, &mut children));
        into.push(Field::text("json.member", key, start..self.at).with(children));
        end
    }

    fn member_value(&mut self, depth: usize, into: &mut Vec<Field>) -> Result<(), Stop> {
        self.skip_space();
        if self.peek()? != b':' {
            return self.wrong("a colon must follow a member's name");
        }
        self.at += 1;
        self.skip_space();
        self.value(depth + 1, into)
    }

    /// The text up to where it goes wrong or ends; `at` is left there.
    fn string(&mut self) -> (String, Result<(), Stop>) {
        let mut text = String::new();
        self.at += 1;
        loop {
            let run = self.at;
            while self.bytes.get(self.at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            if let Err(stop) = self.take_run(run..self.at, &mut text) {
                return (text, Err(stop));
            }
            let end = match self.bytes.get(self.at) {
                None => Err(Stop::Incomplete),
                Some(b'"') => {
                    self.at += 1;
                    return (text, Ok(()));
                }
                Some(b'\\') => self.escape().map(|char| text.push(char)),
                Some(_) => self.wrong("a control character must be escaped in a string"),
            };
            if let Err(stop) = end {
                return (text, Err(stop));
            }
        }
    }

    fn take_run(&mut self, run: Range<usize>, text: &mut String) -> Result<(), Stop> {
        let bytes = &self.bytes[run.clone()];
        let error = match str::from_utf8(bytes) {
            Ok(valid) => {
                text.push_str(valid);
                return Ok(());
            }
            Err(error) => error,
        };
        text.push_str(str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default());
        if error.error_len().is_none() && run.end == self.bytes.len() {
            return Err(Stop::Incomplete);
        }
        self.at = run.start + error.valid_up_to();
        self.wrong("not UTF-8")
    }

    fn escape(&mut self) -> Result<char, Stop> {
        let kind = *self.bytes.get(self.at + 1).ok_or(Stop::Incomplete)?;
        let char = match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return self.wrong("no such escape"),
        };
        self.at += 2;
        Ok(char)
    }

    /// A surrogate without its other half stands for no character and is shown as U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, Stop> {
        let first = self.code_unit(self.at)?;
        self.at += 6;
        if !(0xD800..0xDC00).contains(&first) || !self.bytes[self.at..].starts_with(b"\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let second = self.code_unit(self.at)?;
        if !(0xDC00..0xE000).contains(&second) {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        self.at += 6;
        Ok(char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
            .unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn code_unit(&self, escape: usize) -> Result<u32, Stop> {
        let mut unit = 0;
        for at in escape + 2..escape + 6 {
            let byte = *self.bytes.get(at).ok_or(Stop::Incomplete)?;
            let why = || Stop::Wrong(DecodeError { at, why: "four hexadecimal digits must follow \\u".into() });
            unit = unit * 16 + char::from(byte).to_digit(16).ok_or_else(why)?;
        }
        Ok(unit)
    }

    fn number(&mut self, into: &mut Vec<Field>) -> Result<(), Stop> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = String::from_utf8_lossy(&self.bytes[start..self.at]);
        let value = text.parse().map_or_else(|_| Value::Text(text.into_owned()), Value::Number);
        into.push(Field::new("json.value.number", value, start..self.at));
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Stop> {
        if !self.peek()?.is_ascii_digit() {
            return self.wrong("a digit is missing");
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, word: &str, name: &'static str, value: Value, into: &mut Vec<Field>) -> Result<(), Stop> {
        let start = self.at;
        for expected in word.bytes() {
            if self.peek()? != expected {
                return self.wrong("not the beginning of a JSON value");
            }
            self.at += 1;
        }
        into.push(Field::new(name, value, start..self.at));
        Ok(())
    }

    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, Stop> {
        self.bytes.get(self.at).copied().ok_or(Stop::Incomplete)
    }

    fn wrong<T>(&self, why: &str) -> Result<T, Stop> {
        Err(Stop::Wrong(DecodeError { at: self.at, why: why.into() }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Side, Transport};

    const CONTEXT: Context = Context { transport: Transport::Tcp, from: Side::Client };

    fn decode(message: &str) -> Vec<Field> {
        Json.decode(CONTEXT, message.as_bytes()).expect("JSON").fields
    }

    /// Our tree as serde_json's value.
    fn value(field: &Field, message: &[u8]) -> serde_json::Value {
        match (field.name, &field.value) {
            ("json.object", _) => field
                .children
                .iter()
                .map(|member| {
                    let Value::Text(key) = &member.value else { panic!("a key is text") };
                    (key.clone(), value(&member.children[1], message))
                })
                .collect::<serde_json::Map<_, _>>()
                .into(),
            ("json.array", _) => field.children.iter().map(|item| value(item, message)).collect(),
            ("json.value.string", Value::Text(text)) => text.clone().into(),
            _ => serde_json::from_slice(&message[field.span.clone()]).expect("a scalar's span is JSON itself"),
        }
    }

    fn agrees_with_serde(message: &[u8]) {
        let (fields, end) = parse(message);
        match serde_json::from_slice::<serde_json::Value>(message) {
            Ok(theirs) => {
                assert_eq!((fields.len(), end), (1, None));
                assert_eq!(value(&fields[0], message), theirs);
            }
            Err(error) if error.to_string().contains("out of range") || error.to_string().contains("surrogate") => {}
            Err(error) => {
                assert!(fields.len() != 1 || end.is_some(), "{error}: {}", String::from_utf8_lossy(message));
            }
        }
    }

    #[test]
    fn knows_the_bytes_of_keys_and_values() {
        let message = r#" {"a": [1, "x\n"], "b": {"c": null}} "#;
        let fields = decode(message);
        let text = |field: &Field| message[field.span.clone()].to_owned();
        assert_eq!(text(&fields[0]), message.trim());
        let [a, b] = &fields[0].children[..] else { panic!("two members") };
        assert_eq!(text(a), r#""a": [1, "x\n"]"#);
        assert_eq!(text(&a.children[0]), r#""a""#);
        assert_eq!(a.children[1].children[0].value, Value::Number(1));
        assert_eq!(a.children[1].children[1].value, Value::Text("x\n".into()));
        assert_eq!(text(&b.children[1].children[0].children[1]), "null");
    }

    #[test]
    fn an_incomplete_value_gives_what_is_there() {
        let fields = decode(r#"{"a": 1, "b": [true, "hel"#);
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].children[1].children[1].children[1].value, Value::Text("hel".into()));
    }

    #[test]
    fn a_wrong_byte_is_told_after_all_that_was_before_it() {
        let fields = decode(r#"{"a": 1, b: 2}"#);
        assert_eq!(fields[0].children.len(), 1);
        assert_eq!(fields[1], Field::malformed("a member's name must be a string", 9..14));
        assert_eq!(Json.decode(CONTEXT, b"hello").map_err(|error| error.at), Err(0));
    }

    #[test]
    fn stops_visibly_at_the_depth_and_field_limits() {
        let deep = decode(&"[".repeat(100_000));
        assert_eq!(deep[1], Field::cut_here("nested deeper than 128", 128..100_000));
        let wide = decode(&format!("[{}1]", "1,".repeat(20_000)));
        assert_eq!(wide[0].children.len(), FIELD_LIMIT - 1);
        assert_eq!(wide[1].name, crate::proto::CUT);
    }

    #[test]
    fn log_lines_in_brackets_are_not_json() {
        for text in ["[12:03:01] hello", "[INFO] x", "{hello}", "hello", "5"] {
            assert_eq!(Json.probe(CONTEXT, text.as_bytes()), Likelihood::No, "{text}");
        }
        for text in ["{}", "[1,2]", "{\"a\":", "{\"a\":1}\n{\"b\":2}\n"] {
            assert_eq!(Json.probe(CONTEXT, text.as_bytes()), Likelihood::Certain, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn takes_what_serde_json_takes_and_reads_the_same(
            message in r#"([\[\]{}:,"0-9.eE+ -]|true|false|null|"[a-z\\u00e9]{0,6}"|"a":|"b": |\\n|é){0,24}"#
        ) {
            agrees_with_serde(message.as_bytes());
        }

        #[test]
        fn reads_generated_values_as_serde_json_does(
            pairs in prop::collection::vec((".{0,8}", any::<f64>(), any::<i64>(), any::<bool>()), 0..6), cut in 0usize..200,
        ) {
            let value = serde_json::json!(pairs);
            for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("it prints")] {
                agrees_with_serde(text.as_bytes());
                agrees_with_serde(&text.as_bytes()[..cut.min(text.len())]);
            }
        }
    }
}
