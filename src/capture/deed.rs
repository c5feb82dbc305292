//! A tap's deed as members of a JSON object, and back.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::model::Deed;

/// Nanoseconds of a millisecond, in which delays are written.
const NANOSECONDS: f64 = 1e6;

/// Says what was done.
pub(super) fn put(deed: &Deed, say: &mut impl FnMut(&str, Value)) {
    say("deed", name(deed).into());
    match deed {
        Deed::Delayed(time) | Deed::Released(time) => say("delay_ms", milliseconds(*time)),
        Deed::Swapped(with) => say("with", (*with).into()),
        Deed::Corrupted(bits, payload) => {
            say("bits", (*bits).into());
            say("base64", STANDARD.encode(payload).into());
        }
        Deed::Sliced(pieces) => say("pieces", (*pieces).into()),
        Deed::Truncated(kept) => say("kept", (*kept).into()),
        Deed::Edited(payload) | Deed::Injected(payload) => say("base64", STANDARD.encode(payload).into()),
        Deed::Dropped | Deed::Stalled | Deed::Duplicated | Deed::Held | Deed::Closed | Deed::Reset => {}
    }
}

/// Reads what was said.
pub(super) fn read(line: &Map<String, Value>) -> Option<Deed> {
    let number = |name: &str| line.get(name).and_then(Value::as_u64);
    let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    let time = || {
        let milliseconds = line.get("delay_ms").and_then(Value::as_f64)?;
        Some(Duration::from_nanos((milliseconds * NANOSECONDS).round() as u64))
    };
    let payload = || Some(Bytes::from(STANDARD.decode(line.get("base64")?.as_str()?).ok()?));
    Some(match line.get("deed")?.as_str()? {
        "delayed" => Deed::Delayed(time()?),
        "dropped" => Deed::Dropped,
        "stalled" => Deed::Stalled,
        "duplicated" => Deed::Duplicated,
        "swapped" => Deed::Swapped(number("with")?),
        "corrupted" => Deed::Corrupted(small("bits")?, payload()?),
        "sliced" => Deed::Sliced(small("pieces")?),
        "truncated" => Deed::Truncated(number("kept")?),
        "held" => Deed::Held,
        "released" => Deed::Released(time()?),
        "edited" => Deed::Edited(payload()?),
        "injected" => Deed::Injected(payload()?),
        "closed" => Deed::Closed,
        "reset" => Deed::Reset,
        _ => return None,
    })
}

fn name(deed: &Deed) -> &'static str {
    match deed {
        Deed::Delayed(_) => "delayed",
        Deed::Dropped => "dropped",
        Deed::Stalled => "stalled",
        Deed::Duplicated => "duplicated",
        Deed::Swapped(_) => "swapped",
        Deed::Corrupted(..) => "corrupted",
        Deed::Sliced(_) => "sliced",
        Deed::Truncated(_) => "truncated",
        Deed::Held => "held",
        Deed::Released(_) => "released",
        Deed::Edited(_) => "edited",
        Deed::Injected(_) => "injected",
        Deed::Closed => "closed",
        Deed::Reset => "reset",
    }
}

/// Whole ones without a point.
fn milliseconds(time: Duration) -> Value {
    if time.subsec_nanos().is_multiple_of(1_000_000)
        && let Ok(whole) = u64::try_from(time.as_millis())
    {
        return whole.into();
    }
    (time.as_nanos() as f64 / NANOSECONDS).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_is_read_as_it_was_written() {
        let deeds = [
            Deed::Delayed(Duration::from_nanos(52_000_001)),
            Deed::Dropped,
            Deed::Stalled,
            Deed::Duplicated,
            Deed::Swapped(41),
            Deed::Corrupted(2, Bytes::from_static(b"\xff\0")),
            Deed::Sliced(3),
            Deed::Truncated(1000),
            Deed::Held,
            Deed::Released(Duration::from_secs(90)),
            Deed::Edited(Bytes::from_static(b"GET /other")),
            Deed::Injected(Bytes::from_static(b"\0")),
            Deed::Closed,
            Deed::Reset,
        ];
        for deed in deeds {
            let mut line = Map::new();
            put(&deed, &mut |name, value| drop(line.insert(name.to_owned(), value)));
            assert_eq!(read(&line), Some(deed));
        }
    }
}
