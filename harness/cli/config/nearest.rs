//! The word that was probably meant.

/// The candidate that is closest to what was typed, if it is close enough to be meant.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = typed.chars().count().max(3) / 3;
    let distances = candidates.into_iter().map(|candidate| (distance(typed, candidate), candidate));
    distances.filter(|(distance, _)| *distance <= far).min().map(|(_, candidate)| candidate)
}

/// Longer words are not compared: the work grows with the square of the length.
const WORD_CHARS_MAX: usize = 128;

/// How many characters must be put in, left out, replaced or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let left = left.to_lowercase().chars().collect::<Vec<_>>();
    let right = right.to_lowercase().chars().collect::<Vec<_>>();
    if left.len().max(right.len()) > WORD_CHARS_MAX {
        return usize::MAX;
    }
    // Rows of the usual table: the one before the last is for swaps.
    let mut before = vec![0; right.len() + 1];
    let mut last = (0..=right.len()).collect::<Vec<_>>();
    for row in 1..=left.len() {
        let mut this = vec![row; right.len() + 1];
        for column in 1..=right.len() {
            let replaced = last[column - 1] + usize::from(left[row - 1] != right[column - 1]);
            this[column] = replaced.min(last[column] + 1).min(this[column - 1] + 1);
            let swapped = row > 1
                && column > 1
                && left[row - 1] == right[column - 2]
                && left[row - 2] == right[column - 1];
            if swapped {
                this[column] = this[column].min(before[column - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, this);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        assert_eq!(nearest(typed, ["mapping", "map_from", "tolerances", "items"]), expected);
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        check("maping", Some("mapping"));
        check("tolerance", Some("tolerances"));
        check("itmes", Some("items"));
        check("Mapping", Some("mapping"));
    }

    #[test]
    fn what_is_far_from_every_word_finds_none() {
        check("colour", None);
        check("", None);
        check(&"m".repeat(WORD_CHARS_MAX + 1), None);
    }
}
