//! Two texts beside each other, line by line, with what changed marked: what a person reads to see a difference.

use crate::key_order::align;
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff};

/// Unchanged lines shown around a change; longer runs of them are folded.
const CONTEXT_LINES: usize = 3;

/// Fewer lines than this are shown rather than folded: the fold would save nothing.
const FOLD_LINES_MIN: usize = 4;

/// Rows of one comparison; what follows is cut, and said to be.
pub const ROWS_MAX: usize = 60;

/// Longer lines are not compared piece by piece: it takes time with the square of their pieces, and nobody reads them.
const PIECES_BYTES_MAX: usize = 1_200;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// The line is on both sides.
    Same {
        /// Legacy's line number, from 1.
        left: usize,
        /// New's line number, from 1.
        right: usize,
        /// The line.
        text: String,
    },
    /// The sides differ here; at least one of them has a line.
    Changed {
        /// Legacy's line.
        left: Option<Line>,
        /// New's line.
        right: Option<Line>,
    },
    /// This many unchanged lines are not shown.
    Folded(usize),
    /// Rows beyond [`ROWS_MAX`] are not shown: this many.
    Cut(usize),
}

/// A changed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// The line in pieces.
    pub pieces: Vec<Piece>,
}

/// A piece of a changed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// It is on the other side's line too.
    Kept(String),
    /// It is not.
    Changed(String),
}

/// The rows of two texts.
pub fn rows(legacy: &str, new: &str) -> Vec<Row> {
    let whole = || (legacy.lines().map(str::to_owned).collect(), new.lines().map(str::to_owned).collect());
    let (left, right): (Vec<String>, Vec<String>) = align(legacy, new).unwrap_or_else(whole);
    let left: Vec<&str> = left.iter().map(String::as_str).collect();
    let right: Vec<&str> = right.iter().map(String::as_str).collect();
    let mut rows = changed_rows(&left, &right);
    if rows.len() > ROWS_MAX {
        let cut = rows.len() - ROWS_MAX;
        rows.truncate(ROWS_MAX);
        rows.push(Row::Cut(cut));
    }
    rows
}

/// The rows of two lists of lines, however many.
pub(crate) fn changed_rows(left: &[&str], right: &[&str]) -> Vec<Row> {
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_slices(left, right);
    let mut rows = Vec::new();
    let last = diff.ops().len().saturating_sub(1);
    for (index, op) in diff.ops().iter().enumerate() {
        match *op {
            DiffOp::Equal { old_index, new_index, len } => {
                let before = if index == 0 { 0 } else { CONTEXT_LINES };
                let after = if index == last { 0 } else { CONTEXT_LINES };
                // Two equal texts are shown from their start, not folded away.
                let before = if last == 0 { len } else { before };
                let fold = before..len.saturating_sub(after);
                for offset in 0..len {
                    if fold.len() >= FOLD_LINES_MIN && fold.contains(&offset) {
                        if offset == fold.start {
                            rows.push(Row::Folded(fold.len()));
                        }
                        continue;
                    }
                    let text = left[old_index + offset].to_owned();
                    rows.push(Row::Same {
                        left: old_index + offset + 1,
                        right: new_index + offset + 1,
                        text,
                    });
                }
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                changed(&mut rows, old_index, &left[old_index..][..old_len], 0, &[])
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                changed(&mut rows, 0, &[], new_index, &right[new_index..][..new_len])
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                changed(
                    &mut rows,
                    old_index,
                    &left[old_index..][..old_len],
                    new_index,
                    &right[new_index..][..new_len],
                );
            }
        }
    }
    rows
}

fn changed(rows: &mut Vec<Row>, left_from: usize, left: &[&str], right_from: usize, right: &[&str]) {
    for index in 0..left.len().max(right.len()) {
        let (left_pieces, right_pieces) = match (left.get(index), right.get(index)) {
            (Some(left), Some(right)) => {
                let (left, right) = pieces(left, right);
                (Some(left), Some(right))
            }
            (left, right) => (left.map(|line| whole(line)), right.map(|line| whole(line))),
        };
        let line = |from: usize, pieces| Line { number: from + index + 1, pieces };
        rows.push(Row::Changed {
            left: left_pieces.map(|pieces| line(left_from, pieces)),
            right: right_pieces.map(|pieces| line(right_from, pieces)),
        });
    }
}

fn whole(line: &str) -> Vec<Piece> {
    vec![Piece::Kept(line.to_owned())]
}

/// The two lines in pieces; where little is common, marking the rest would mark nearly all, so nothing is marked.
fn pieces(left: &str, right: &str) -> (Vec<Piece>, Vec<Piece>) {
    const COMMON_MIN: f32 = 0.35;
    if left.len().max(right.len()) > PIECES_BYTES_MAX {
        return (whole(left), whole(right));
    }
    let (left_words, right_words) = (words(left), words(right));
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_slices(&left_words, &right_words);
    if diff.ratio() < COMMON_MIN {
        return (whole(left), whole(right));
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for change in diff.iter_all_changes() {
        let text = change.value();
        match change.tag() {
            ChangeTag::Equal => {
                append(&mut left, Piece::Kept(text.to_owned()));
                append(&mut right, Piece::Kept(text.to_owned()));
            }
            ChangeTag::Delete => append(&mut left, Piece::Changed(text.to_owned())),
            ChangeTag::Insert => append(&mut right, Piece::Changed(text.to_owned())),
        }
    }
    (left, right)
}

/// Runs of letters and digits, and every other character alone: finer than words, calmer than characters.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut previous_is_word = false;
    for (index, character) in line.char_indices() {
        let is_word = character.is_alphanumeric();
        if index > start && !(is_word && previous_is_word) {
            words.push(&line[start..index]);
            start = index;
        }
        previous_is_word = is_word;
    }
    if start < line.len() {
        words.push(&line[start..]);
    }
    words
}

fn append(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (Some(Piece::Kept(last)), Piece::Kept(text)) | (Some(Piece::Changed(last)), Piece::Changed(text)) => {
            last.push_str(&text);
        }
        (_, piece) => pieces.push(piece),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a row: `=` same, `~` changed, with `[changed pieces]` in brackets.
    fn check(legacy: &str, new: &str, expected: &[&str]) {
        let side = |line: &Option<Line>| match line {
            None => "-".to_owned(),
            Some(line) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Kept(text) => text.clone(),
                    Piece::Changed(text) => format!("[{text}]"),
                };
                format!("{} {}", line.number, line.pieces.iter().map(piece).collect::<String>())
            }
        };
        let actual: Vec<String> = rows(legacy, new)
            .iter()
            .map(|row| match row {
                Row::Same { left, right, text } => format!("= {left} {right} {text}"),
                Row::Changed { left, right } => format!("~ {} | {}", side(left), side(right)),
                Row::Folded(lines) => format!("folded {lines}"),
                Row::Cut(rows) => format!("cut {rows}"),
            })
            .collect();
        assert_eq!(actual, expected);
    }

    #[test]
    fn equal_texts_are_shown_as_they_are() {
        check("{\n}", "{\n}", &["= 1 1 {", "= 2 2 }"]);
        check("", "", &[]);
    }

    #[test]
    fn a_changed_line_marks_what_changed() {
        check(
            "{\n  \"at\": \"2026-11-20 09:30\"\n}",
            "{\n  \"at\": \"2026-11-20T09:30\"\n}",
            &[
                "= 1 1 {",
                "~ 2   \"at\": \"2026-11-[20 09]:30\" | 2   \"at\": \"2026-11-[20T09]:30\"",
                "= 3 3 }",
            ],
        );
    }

    #[test]
    fn lines_with_little_in_common_are_not_marked() {
        check("alpha", "42", &["~ 1 alpha | 1 42"]);
    }

    #[test]
    fn very_long_lines_are_not_marked() {
        let [left, right] = ["a", "b"].map(|end| format!("{}{end}", "x ".repeat(PIECES_BYTES_MAX)));
        check(&left, &right, &[&format!("~ 1 {left} | 1 {right}")]);
    }

    #[test]
    fn a_line_of_one_side_stands_alone() {
        check("a\nb\nc", "a\nc", &["= 1 1 a", "~ 2 b | -", "= 3 2 c"]);
        check("a", "a\nb", &["= 1 1 a", "~ - | 2 b"]);
    }

    #[test]
    fn long_unchanged_runs_are_folded() {
        check(
            "a\n1\n2\n3\n4\n5\n6\n7\n8\n9\n0\nz",
            "b\n1\n2\n3\n4\n5\n6\n7\n8\n9\n0\ny",
            &[
                "~ 1 a | 1 b",
                "= 2 2 1",
                "= 3 3 2",
                "= 4 4 3",
                "folded 4",
                "= 9 9 8",
                "= 10 10 9",
                "= 11 11 0",
                "~ 12 z | 12 y",
            ],
        );
    }

    #[test]
    fn rows_over_the_limit_are_cut() {
        let many = |word: &str| (0..ROWS_MAX + 5).map(|line| format!("{word}{line}\n")).collect::<String>();
        assert_eq!(rows(&many("a"), &many("b")).last(), Some(&Row::Cut(5)));
    }
}
