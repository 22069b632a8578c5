//! Says in one short line what a JSON parser found wrong, with the nearest valid key where one was meant.

use std::fmt::Write;

/// A longer message hides its point: what a hostile file put in a key or a string is cut out of the middle.
pub(crate) const MESSAGE_CHARS_MAX: usize = 240;

/// The parser's complaint without its position.
pub(crate) fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    one_line(&with_nearest(text).unwrap_or_else(|| text.to_owned()))
}

/// Control characters escaped, and the middle cut where it is long.
pub(crate) fn one_line(text: &str) -> String {
    let half = MESSAGE_CHARS_MAX / 2;
    let count = text.chars().count();
    let mut line = String::new();
    for (index, character) in text.chars().enumerate() {
        let kept = count <= MESSAGE_CHARS_MAX || index < half || index >= count - half;
        if index == half && !kept {
            line.push('…');
        }
        if kept && (character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')) {
            // A `String` never fails to be written to.
            let _ = write!(line, "{}", character.escape_default());
        } else if kept {
            line.push(character);
        }
    }
    line
}

/// Rewrites serde's `unknown field` and `unknown variant`, which list every valid word, to name the nearest.
fn with_nearest(text: &str) -> Option<String> {
    let (noun, rest) = text
        .strip_prefix("unknown field `")
        .map(|rest| ("key", rest))
        .or_else(|| text.strip_prefix("unknown variant `").map(|rest| ("word", rest)))?;
    let (found, expected) = rest.rsplit_once("`, expected ")?;
    let valid: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    // A long word is no slip of the pen, and its distance would be costly.
    let nearest = valid
        .iter()
        .filter(|_| found.len() <= 64)
        .map(|word| (distance(found, word), *word))
        .filter(|(distance, word)| *distance <= word.len().max(3) / 2)
        .min();
    Some(match nearest {
        Some((_, word)) => format!("unknown {noun} `{found}`, did you mean `{word}`?"),
        None => format!("unknown {noun} `{}`, expected one of {}", one_line(found), valid.join(", ")),
    })
}

/// How many letters must be put in, taken out or changed to make one word the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, one_line};

    #[test]
    fn a_message_is_one_short_line() {
        assert_eq!(one_line("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        let long = one_line(&"x".repeat(1_000_000));
        assert_eq!(long, format!("{}…{}", "x".repeat(120), "x".repeat(120)));
    }

    #[test]
    fn the_distance_counts_single_letters() {
        assert_eq!(distance("legcy", "legacy"), 1);
        assert_eq!(distance("", "new"), 3);
        assert_eq!(distance("same", "same"), 0);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
