//! Two long texts of one difference, as lines that show what changed: `[-gone-]` and `{+come+}` among what stayed.
//!
//! Beginnings and ends that both have are set aside first and the rest is compared up to a limit, so that no text takes
//! longer than its length allows. What is unchanged is shown for a little way only.

use crate::side_by_side::{Line, Piece, Row, changed_rows};
use crate::visible::{one_line, short};

/// Shorter strings are read at a glance, beside each other.
pub const LONG_CHARS_MIN: usize = 80;

/// Unchanged characters shown on each side of a change.
const CONTEXT_CHARS: usize = 32;

/// Of one changed piece no more is shown.
const PIECE_CHARS_MAX: usize = 400;

/// Lines compared with each other: comparing takes time with their number times the number of changes.
const LINES_MAX: usize = 1_000;

/// Lines shown; what follows is counted.
const SHOWN_LINES_MAX: usize = 30;

/// The lines that show how two values differ, where both are strings and one of them is long.
pub fn of_values(legacy: Option<&str>, new: Option<&str>) -> Option<Vec<String>> {
    let text = |json: Option<&str>| serde_json::from_str::<String>(json?).ok();
    let (legacy, new) = (text(legacy)?, text(new)?);
    let is_long = |text: &str| text.chars().nth(LONG_CHARS_MIN).is_some();
    (is_long(&legacy) || is_long(&new)).then(|| lines(&legacy, &new))
}

fn lines(legacy: &str, new: &str) -> Vec<String> {
    let (left, right): (Vec<&str>, Vec<&str>) = (split(legacy), split(new));
    let shorter = left.len().min(right.len());
    let head = (0..shorter).take_while(|&at| left[at] == right[at]).count();
    let same_end = |at: &usize| left[left.len() - 1 - at] == right[right.len() - 1 - at];
    let tail = (0..shorter - head).take_while(same_end).count();
    let (left, right) = (&left[head..left.len() - tail], &right[head..right.len() - tail]);
    let mut shown = Vec::new();
    shown.extend(equal(head));
    if left.len().max(right.len()) > LINES_MAX {
        shown.push(format!("{} lines became {}, too many to compare one by one", left.len(), right.len()));
    } else {
        let rows = changed_rows(left, right);
        let left_out = rows.len().saturating_sub(SHOWN_LINES_MAX);
        for row in rows.iter().take(SHOWN_LINES_MAX) {
            shown.extend(row_line(row));
        }
        if left_out > 0 {
            shown.push(format!("… {left_out} more lines"));
        }
    }
    shown.extend(equal(tail));
    shown
}

/// The lines with their ends, so that one more or less at the end is seen.
fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn equal(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("… 1 equal line".to_owned()),
        count => Some(format!("… {count} equal lines")),
    }
}

fn row_line(row: &Row) -> Option<String> {
    match row {
        Row::Changed { left: Some(left), right: Some(right) } => Some(merged(left, right)),
        Row::Changed { left: Some(left), right: None } => Some(gone(&text(left))),
        Row::Changed { left: None, right: Some(right) } => Some(come(&text(right))),
        Row::Changed { left: None, right: None } => None,
        Row::Same { text, .. } => Some(short(text, 2 * CONTEXT_CHARS)),
        Row::Folded(count) | Row::Cut(count) => equal(*count),
    }
}

fn text(line: &Line) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Kept(text) | Piece::Changed(text) => text.clone(),
    };
    line.pieces.iter().map(piece).collect()
}

fn gone(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("[-{}-]", short(text, PIECE_CHARS_MAX)) }
}

fn come(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{{+{}+}}", short(text, PIECE_CHARS_MAX)) }
}

/// A line that changed: by words, where it was compared so; else what both begin and end with stays.
fn merged(left: &Line, right: &Line) -> String {
    let is_changed = |piece: &Piece| matches!(piece, Piece::Changed(_));
    if left.pieces.iter().chain(&right.pieces).any(is_changed) {
        return woven(&left.pieces, &right.pieces);
    }
    let (left, right) = (text(left), text(right));
    let head = shared(left.char_indices().map(|(at, c)| (at + c.len_utf8(), c)), right.chars());
    let (left_rest, right_rest) = (&left[head..], &right[head..]);
    let same = left_rest.chars().rev().zip(right_rest.chars().rev()).take_while(|(one, other)| one == other);
    let tail: usize = same.map(|(character, _)| character.len_utf8()).sum();
    let (left_middle, right_middle) =
        (&left_rest[..left_rest.len() - tail], &right_rest[..right_rest.len() - tail]);
    let after = &left_rest[left_rest.len() - tail..];
    ending(&left[..head]) + &gone(left_middle) + &come(right_middle) + &beginning(after)
}

/// The end, in bytes, of what two texts begin with.
fn shared(left: impl Iterator<Item = (usize, char)>, right: impl Iterator<Item = char>) -> usize {
    left.zip(right).take_while(|((_, one), other)| one == other).last().map_or(0, |((end, _), _)| end)
}

/// Pieces of both sides, kept ones once: they come in the same order on both.
fn woven(left: &[Piece], right: &[Piece]) -> String {
    let mut shown = String::new();
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        if let Some(Piece::Changed(text)) = left.next_if(|piece| matches!(piece, Piece::Changed(_))) {
            shown.push_str(&gone(text));
        }
        if let Some(Piece::Changed(text)) = right.next_if(|piece| matches!(piece, Piece::Changed(_))) {
            shown.push_str(&come(text));
        }
        right.next();
        let Some(Piece::Kept(text) | Piece::Changed(text)) = left.next() else { return shown };
        let is_last = left.peek().is_none() && right.peek().is_none();
        shown.push_str(&match (shown.is_empty(), is_last) {
            (true, _) => ending(text),
            (false, true) => beginning(text),
            (false, false) => middle(text),
        });
    }
}

fn ending(text: &str) -> String {
    let start = text.char_indices().rev().nth(CONTEXT_CHARS - 1).map_or(0, |(at, _)| at);
    format!("{}{}", if start > 0 { "…" } else { "" }, one_line(&text[start..]))
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(CONTEXT_CHARS) {
        Some((end, _)) => format!("{}…", one_line(&text[..end])),
        None => one_line(text),
    }
}

fn middle(text: &str) -> String {
    match text.chars().nth(2 * CONTEXT_CHARS) {
        Some(_) => {
            format!("{}…{}", beginning(text).trim_end_matches('…'), ending(text).trim_start_matches('…'))
        }
        None => one_line(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(legacy: &str, new: &str, expected: Option<&[&str]>) {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let shown = of_values(Some(&json(legacy)), Some(&json(new)));
        let shown = shown.as_ref().map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(shown.as_deref(), expected);
    }

    const LONG: &str =
        "The quick brown fox jumps over the lazy dog, and the lazy dog does not mind it at all today.";

    #[test]
    fn short_strings_and_other_values_are_read_as_they_are() {
        check("short", "shorter", None);
        assert_eq!(of_values(Some("1"), Some(&format!("\"{LONG}\""))), None);
        assert_eq!(of_values(None, Some(&format!("\"{LONG}\""))), None);
        assert_eq!(of_values(Some("\"cut…"), Some(&format!("\"{LONG}\""))), None);
    }

    #[test]
    fn what_changed_stands_among_what_stayed() {
        check(
            LONG,
            &LONG.replace("lazy dog does", "old dog did"),
            Some(&[
                "…umps over the lazy dog, and the [-lazy-]{+old+} dog [-does-]{+did+} not mind it at all today.",
            ]),
        );
        check(LONG, &format!("{LONG} Or so."), Some(&["…g does not mind it at all today.{+ Or so.+}"]));
    }

    #[test]
    fn lines_that_stayed_are_counted() {
        let lines =
            |changed: &str| format!("{}{changed}\n{}", "the same line\n".repeat(7), "the end\n".repeat(3));
        check(
            &lines("one"),
            &lines("two\u{7}"),
            Some(&["… 7 equal lines", "[-one-]{+two\\u{7}+}\\n", "… 3 equal lines"]),
        );
        check(
            &lines("one"),
            &lines("one\nmore"),
            Some(&["… 8 equal lines", "{+more\\n+}", "… 3 equal lines"]),
        );
    }

    #[test]
    fn texts_over_the_limits_are_told_and_not_compared() {
        let many = |word: &str| (0..=LINES_MAX).map(|line| format!("{word}{line}\n")).collect::<String>();
        check(&many("a"), &many("b"), Some(&["1001 lines became 1001, too many to compare one by one"]));
        let (left, right) = ("a".repeat(100_000), "b".repeat(100_000));
        let cut = |letter: &str| format!("{}…", letter.repeat(PIECE_CHARS_MAX - 1));
        check(&left, &right, Some(&[&format!("[-{}-]{{+{}+}}", cut("a"), cut("b"))]));
        let some = |word: &str| (0..40).map(|line| format!("{word}{line}\n")).collect::<String>();
        let shown = of_values(Some(&format!("{:?}", some("a"))), Some(&format!("{:?}", some("b"))));
        assert_eq!(shown.and_then(|lines| lines.last().cloned()).as_deref(), Some("… 10 more lines"));
    }
}
