//! Form data as `application/x-www-form-urlencoded` (WHATWG URL section 5; Wireshark's `urlencoded-form`).

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::{Context, DecodeError, Decoded, Decoder, FIELD_LIMIT, Field, Likelihood, Value, prefix, shorten};

/// Each item is three fields: itself, its key and its value.
const ITEM_LIMIT: usize = FIELD_LIMIT / 3;

/// The decoder of form data. Nothing but a content type tells that bytes are a form.
#[derive(Debug)]
pub struct Form;

impl Decoder for Form {
    fn name(&self) -> &'static str {
        "form"
    }

    fn probe(&self, _: Context, _: &[u8]) -> Likelihood {
        Likelihood::No
    }

    fn takes_content(&self, media_type: &str) -> bool {
        media_type == "application/x-www-form-urlencoded"
    }

    fn summarize(&self, _: Context, message: &[u8]) -> String {
        shorten(&String::from_utf8_lossy(prefix(message)))
    }

    fn decode(&self, context: Context, message: &[u8]) -> Result<Decoded, DecodeError> {
        let mut fields = Vec::new();
        let mut at = 0;
        while at < message.len() {
            if fields.len() >= ITEM_LIMIT {
                fields.push(Field::cut_here("more than 3,333 form items", at..message.len()));
                break;
            }
            let end = memchr(b'&', &message[at..]).map_or(message.len(), |length| at + length);
            if end > at {
                fields.push(item(message, at..end));
            }
            at = end + 1;
        }
        Ok(Decoded { protocol: self.name(), summary: self.summarize(context, message), fields })
    }
}

fn item(message: &[u8], span: Range<usize>) -> Field {
    let equals = memchr(b'=', &message[span.clone()]).map(|length| span.start + length);
    let key = part("urlencoded-form.key", message, span.start..equals.unwrap_or(span.end));
    let value = equals.map(|equals| part("urlencoded-form.value", message, equals + 1..span.end));
    let words = match (&key.value, value.as_ref().map(|value| &value.value)) {
        (Value::Text(key), Some(Value::Text(value))) => format!("{key} = {value}"),
        (Value::Text(key), _) => key.clone(),
        _ => String::new(),
    };
    let children = [Some(key), value].into_iter().flatten().collect();
    Field::new("urlencoded-form", Value::Heading(words), span).with(children)
}

/// One percent-encoded text. What follows a `%` wrongly is kept as it is, and the first such place is told.
fn part(name: &'static str, message: &[u8], span: Range<usize>) -> Field {
    let mut plain = Vec::with_capacity(span.len());
    let mut wrong = None;
    let mut at = span.start;
    while at < span.end {
        let run = memchr2(b'%', b'+', &message[at..span.end]).map_or(span.end, |length| at + length);
        plain.extend_from_slice(&message[at..run]);
        at = run;
        if at == span.end {
            break;
        }
        match (message[at], hex_pair(&message[at + 1..span.end])) {
            (b'+', _) => plain.push(b' '),
            (_, Some(byte)) => {
                plain.push(byte);
                at += 2;
            }
            (percent, None) => {
                plain.push(percent);
                wrong = wrong.or(Some(at));
            }
        }
        at += 1;
    }
    let field = Field::text(name, String::from_utf8_lossy(&plain), span);
    match wrong {
        None => field,
        Some(at) => field.with(vec![Field::malformed("% without two hexadecimal digits", at..at + 1)]),
    }
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let [high, low, ..] = bytes else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(*high)? * 16 + digit(*low)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Side, Transport};

    fn items(message: &str) -> Vec<Field> {
        let context = Context { transport: Transport::Tcp, from: Side::Client };
        Form.decode(context, message.as_bytes()).expect("a form takes all").fields
    }

    #[test]
    fn decodes_keys_and_values_and_knows_their_bytes() {
        let message = "name=J%C3%BCrgen+K&&x=1";
        let fields = items(message);
        assert_eq!(fields.len(), 2);
        assert_eq!(fields[0].value, Value::Heading("name = Jürgen K".into()));
        assert_eq!(&message[fields[0].children[1].span.clone()], "J%C3%BCrgen+K");
        assert_eq!(&message[fields[1].children[0].span.clone()], "x");
    }

    #[test]
    fn keeps_a_wrong_escape_and_points_at_it() {
        let fields = items("a=5%&b=%zz");
        assert_eq!(fields[0].children[1].value, Value::Text("5%".into()));
        assert_eq!(fields[0].children[1].children[0].span, 3..4);
        assert_eq!(fields[1].children[1].children[0].span, 7..8);
    }
}
