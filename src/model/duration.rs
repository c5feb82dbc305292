//! Lengths of time as people write them: `50ms`, `2s`.

use std::time::Duration;

/// A day: the longest time anything waits.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Reads a length of time: `50ms`, `2s`, `1.5s`, `1m`, `2h`, `300us`. At most a day.
///
/// # Errors
/// Says what would be a duration.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let seconds_a_unit = match unit.trim() {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "" if !number.is_empty() => return Err(format!("{number} of what? write {number}ms or {number}s")),
        _ => return Err(no_duration(text)),
    };
    let number: f64 = number.parse().map_err(|_| no_duration(text))?;
    let span = Duration::try_from_secs_f64(number * seconds_a_unit).map_err(|_| no_duration(text))?;
    if span > LONGEST_WAIT {
        return Err(format!("{} is longer than a day, the longest wait", shown(text)));
    }
    Ok(span)
}

fn no_duration(text: &str) -> String {
    format!("{:?} is no length of time; write 50ms, 2s or 1m", shown(text))
}

/// The beginning of a text, to be named in a sentence.
fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lengths_of_time() {
        for (written, millis) in [
            ("50ms", 50),
            ("2s", 2000),
            ("1.5s", 1500),
            (" 1m ", 60_000),
            ("2 h", 7_200_000),
            ("0ms", 0),
            ("24h", 86_400_000),
        ] {
            assert_eq!(duration(written), Ok(Duration::from_millis(millis)), "{written}");
        }
        assert_eq!(duration("300us"), Ok(Duration::from_micros(300)));
    }

    #[test]
    fn says_what_a_length_of_time_is() {
        for (written, words) in [
            ("50", "write 50ms or 50s"),
            ("", "write 50ms, 2s or 1m"),
            ("-1s", "write 50ms, 2s or 1m"),
            ("1.2.3s", "write 50ms, 2s or 1m"),
            ("5 parsecs", "write 50ms, 2s or 1m"),
            ("ms", "write 50ms, 2s or 1m"),
            ("25h", "longer than a day"),
            ("99999999999999999999999999999h", "write 50ms, 2s or 1m"),
        ] {
            let why = duration(written).expect_err(written);
            assert!(why.contains(words), "{written}: {why}");
        }
    }
}
