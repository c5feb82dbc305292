//! Points in time as the lab notes them: wall clock, to the nanosecond.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Nanoseconds since 1970-01-01T00:00:00Z; good until the year 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(pub i64);

/// The offset from UTC in which times of day are shown; found once, by the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockZone(pub FixedOffset);

impl ClockZone {
    /// UTC itself.
    pub fn utc() -> Self {
        Self(chrono::Offset::fix(&Utc))
    }
}

impl Timestamp {
    /// The time from `earlier` to this, zero when the clock has jumped back between them.
    pub fn since(self, earlier: Timestamp) -> Duration {
        self.checked_since(earlier).unwrap_or(Duration::ZERO)
    }

    /// The time from `earlier` to this, None when the clock has jumped back between them.
    pub fn checked_since(self, earlier: Timestamp) -> Option<Duration> {
        u64::try_from(self.0.saturating_sub(earlier.0)).ok().map(Duration::from_nanos)
    }

    /// This moment moved on by `span`.
    #[must_use]
    pub fn plus(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// The moment as a UTC date and time.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.0)
    }

    /// Time of day with milliseconds: `12:03:01.204`.
    pub fn clock(self, zone: ClockZone) -> String {
        let millis = self.0.div_euclid(1_000_000) + i64::from(zone.0.local_minus_utc()) * 1000;
        // Digits by hand: lists have one of these in every row.
        let of_day = millis.rem_euclid(DAY);
        let mut clock = *b"00:00:00.000";
        let parts = [
            (of_day / 3_600_000, 0, 2),
            (of_day / 60_000 % 60, 3, 2),
            (of_day / 1000 % 60, 6, 2),
            (of_day % 1000, 9, 3),
        ];
        for (mut number, place, digits) in parts {
            for digit in clock[place..place + digits].iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
        String::from_utf8_lossy(&clock).into_owned()
    }

    /// RFC 3339 with microseconds, in UTC: `2026-01-31T12:03:01.204417Z`.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// A span of time in seven letters at most: `80µs`, `1.2ms`, `914ms`, `3.1s`, `2m05s`, `3h07m`, `41d06h`, `1200d`.
pub fn span(span: Duration) -> String {
    let micros = span.as_micros();
    let seconds = span.as_secs_f64();
    match micros {
        0..1000 => format!("{micros}µs"),
        1000..100_000 => format!("{:.1}ms", seconds * 1000.0),
        100_000..1_000_000 => format!("{:.0}ms", seconds * 1000.0),
        1_000_000..60_000_000 => format!("{seconds:.1}s"),
        60_000_000..3_600_000_000 => format!("{}m{:02}s", span.as_secs() / 60, span.as_secs() % 60),
        3_600_000_000..360_000_000_000 => format!("{}h{:02}m", span.as_secs() / 3600, span.as_secs() / 60 % 60),
        360_000_000_000..86_400_000_000_000 => {
            format!("{}d{:02}h", span.as_secs() / 86_400, span.as_secs() / 3600 % 24)
        }
        _ => format!("{}d", span.as_secs() / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_time_of_day_in_the_zone_asked_for() {
        let moment = Timestamp(1_769_860_981_204_417_000);
        assert_eq!(moment.clock(ClockZone::utc()), "12:03:01.204");
        assert_eq!(moment.rfc3339(), "2026-01-31T12:03:01.204417Z");
        let east = ClockZone(FixedOffset::east_opt(3600).expect("one hour is an offset"));
        assert_eq!(moment.clock(east), "13:03:01.204");
    }

    #[test]
    fn the_time_of_day_goes_round_at_midnight_before_and_after_1970() {
        let clock = |nanos, east| {
            let zone = ClockZone(FixedOffset::east_opt(east).expect("less than a day is an offset"));
            Timestamp(nanos).clock(zone)
        };
        assert_eq!(clock(-1, 0), "23:59:59.999");
        assert_eq!(clock(0, 0), "00:00:00.000");
        assert_eq!(clock(86_399_999_999_999, 0), "23:59:59.999");
        assert_eq!(clock(86_399_999_999_999, 1), "00:00:00.999");
        assert_eq!(clock(0, -5 * 3600 - 1800), "18:30:00.000");
        for nanos in [i64::MIN, i64::MAX, 1_769_860_981_204_417_000] {
            let by_library = Timestamp(nanos).utc().format("%H:%M:%S%.3f").to_string();
            assert_eq!(clock(nanos, 0), by_library);
        }
    }

    #[test]
    fn a_clock_that_jumps_back_gives_no_negative_span() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
        assert_eq!(Timestamp(9).since(Timestamp(5)), Duration::from_nanos(4));
    }

    #[test]
    fn spans_of_time_are_told_in_few_letters() {
        let times = [(80, "80µs"), (1_200, "1.2ms"), (914_000, "914ms"), (3_100_000, "3.1s"), (125_000_000, "2m05s")];
        for (micros, text) in times {
            assert_eq!(span(Duration::from_micros(micros)), text);
        }
    }
}
