//! Sizes as people write them: `500MB`, `2 GiB`, `65,536`.

/// Units and how many bytes each is, in the order in which they are offered.
const UNITS: [(&str, u64); 10] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
    ("", 1),
];

/// Reads a size; a number alone is bytes. Capital or small letters are the same.
///
/// # Errors
/// It is no number, its unit is not known, or it is too large.
pub fn parse(written: &str) -> Result<u64, String> {
    let written = written.trim();
    let end = written.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(written.len());
    let (number, unit) = written.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let bad = || format!("\"{written}\" is no size; write it as 500MB or 2GiB");
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() {
        return Err(bad());
    }
    let too_large = || format!("\"{written}\" is larger than any disk");
    let whole: u64 = whole.parse().map_err(|_| bad())?;
    let part = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse::<f64>().map_err(|_| bad())? };
    let bytes = whole.checked_mul(*factor).ok_or_else(too_large)?;
    bytes.checked_add((part * *factor as f64) as u64).ok_or_else(too_large)
}

/// A number with its thousands apart: `65,536`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_units_of_both_sorts() {
        for (written, bytes) in [
            ("512", 512),
            ("1KiB", 1024),
            ("1 kb", 1000),
            ("1.5MiB", 1_572_864),
            (" 2GiB ", 2_147_483_648),
            ("3gb", 3_000_000_000),
            ("7b", 7),
        ] {
            assert_eq!(parse(written), Ok(bytes), "{written}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_an_example() {
        for written in ["", "GiB", "1.2.3", "-1", "3 bananas", "1e9", ".5MB"] {
            assert!(parse(written).is_err_and(|why| why.contains("500MB")), "{written}");
        }
        assert!(parse("99999999999TiB").is_err_and(|why| why.contains("larger")));
    }
}
