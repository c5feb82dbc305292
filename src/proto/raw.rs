//! Bytes of no known protocol, as they are.

use super::{Context, DecodeError, Decoded, Decoder, Field, Likelihood, Value};

/// How many bytes the one-line form shows in hexadecimal.
const SHOWN: usize = 16;

/// The decoder of last resort: it takes anything.
#[derive(Debug)]
pub struct Raw;

impl Decoder for Raw {
    fn name(&self) -> &'static str {
        "raw"
    }

    fn probe(&self, _: Context, _: &[u8]) -> Likelihood {
        Likelihood::Possible
    }

    fn summarize(&self, _: Context, message: &[u8]) -> String {
        if message.is_empty() {
            return "no bytes".to_owned();
        }
        let shown = crate::model::payload::hex(message.get(..SHOWN).unwrap_or(message));
        if message.len() > SHOWN { shown + " …" } else { shown }
    }

    fn decode(&self, context: Context, message: &[u8]) -> Result<Decoded, DecodeError> {
        let span = 0..message.len();
        let fields = vec![
            Field::new("data.data", Value::Bytes, span.clone()),
            Field::new("data.len", Value::Number(message.len() as u64), span),
        ];
        Ok(Decoded { protocol: self.name(), summary: self.summarize(context, message), fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Side, Transport};

    #[test]
    fn shows_the_first_bytes_and_that_there_are_more() {
        let context = Context { transport: Transport::Udp, from: Side::Client };
        assert_eq!(Raw.summarize(context, &[0, 1, 255]), "00 01 ff");
        assert_eq!(Raw.summarize(context, &[]), "no bytes");
        assert!(Raw.summarize(context, &[7; 2000]).starts_with("07 07 07"));
        assert!(Raw.summarize(context, &[7; 2000]).ends_with(" …"));
    }
}
