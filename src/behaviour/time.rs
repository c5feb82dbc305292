//! Time (RFC 868): the seconds since 1900 as four bytes, then goodbye.

use bytes::Bytes;

use super::daytime::Clock;
use super::{Behaviour, Carrier, Kind, Made, Make, argument};
use crate::model::Timestamp;

/// Seconds from 1900-01-01 to 1970-01-01, both 00:00 UTC (RFC 868).
const FROM_1900_TO_1970: i64 = 2_208_988_800;

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "time",
    words: "tells seconds since 1900 in 4 bytes, then closes (RFC 868)",
    argument: "",
    example: "",
    make: Make::Bytes(make),
};

fn make(carrier: Carrier, argument: &str) -> Made<dyn Behaviour> {
    argument::none(KIND.name, argument)?;
    Ok(Box::new(Clock { carrier, tell: seconds_since_1900 }))
}

/// Big-endian and unsigned. Four bytes hold 136 years: on 2036-02-07 at 06:28:16 UTC the count begins
/// anew at 0, as it does in every server of this protocol.
fn seconds_since_1900(at: Timestamp) -> Bytes {
    let seconds = at.utc().timestamp() + FROM_1900_TO_1970;
    Bytes::copy_from_slice(&(seconds as u32).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::conversation::Conversation;

    fn at(seconds: i64) -> Vec<u8> {
        seconds_since_1900(Timestamp(seconds * 1_000_000_000)).to_vec()
    }

    #[test]
    fn tells_the_rfcs_own_examples() {
        for (unix, told) in [(0, 2_208_988_800), (189_302_400, 2_398_291_200), (420_595_200, 2_629_584_000_u32)] {
            assert_eq!(at(unix), told.to_be_bytes());
        }
        assert_eq!(at(-2_208_988_800), [0; 4]);
    }

    #[test]
    fn begins_anew_in_2036() {
        assert_eq!(at(2_085_978_495), [0xff; 4]);
        assert_eq!(at(2_085_978_496), [0; 4]);
    }

    #[test]
    fn a_connection_gets_four_bytes_and_is_closed_and_a_datagram_four_bytes() {
        let mut talk = Conversation::stream("time", "");
        talk.opens(1).hears(3_978_849_781_u32.to_be_bytes()).is_closed();
        let mut talk = Conversation::datagrams("time", "");
        talk.opens(1).hears_nothing().says("").hears(3_978_849_781_u32.to_be_bytes()).is_open();
    }
}
