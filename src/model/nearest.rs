//! The right word for a mistyped one.

/// The candidate nearest to `word` when it is near enough to be a slip of the fingers.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer words are no slips; this also bounds the work.
    const LONGEST_WORD: usize = 40;
    let word = word.trim().to_lowercase();
    if word.is_empty() || word.len() > LONGEST_WORD {
        return None;
    }
    let (distance, best) = candidates.into_iter().map(|it| (distance(&word, it), it)).min_by_key(|(far, _)| *far)?;
    let slips = if best.len() <= 4 { 2 } else { best.len().div_ceil(3) };
    (distance <= slips && distance < best.len().min(word.len())).then_some(best)
}

/// How many letters must be put in, left out, changed or swapped (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row_before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(row_before[j - 2] + 1);
            }
            row.push(least);
        }
        row_before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_only_when_it_is_near() {
        let known = ["after", "close", "times"];
        assert_eq!(nearest("afetr", known), Some("after"));
        assert_eq!(nearest("time", known), Some("times"));
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
        assert_eq!(nearest("", known), None);
    }
}
