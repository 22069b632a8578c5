//! Words: runs of letters or of digits, as they are told from one another, and as they are written anew.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::alphabet::{self, Alphabet, Case, is_letter, is_mark};
use super::writing::Read;

/// A word of this many letters or digits is common (an initial, a count): where nothing else says that a place is
/// personal, it is replaced only beside another personal word, or as a whole part of a URL.
pub(super) const SHORT_WORD_MAX: usize = 2;

/// A word of letters that is told as a pseudonym has so many.
pub(super) const LONG_WORD_MIN: usize = 4;

/// A JSON number where nothing is known is a quantity, unless it is a personal word of at least so many digits.
pub(super) const NUMBER_DIGITS_MIN: usize = 5;

/// A word of a text, where it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub span: Range<usize>,
    pub kind: WordKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordKind {
    /// ASCII digits.
    Digits,
    /// Letters of any script, with their marks; digits of other scripts.
    Letters,
}

/// The words of a text, in their order.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at;
            let kind = match bytes.get(at)? {
                b'0'..=b'9' => WordKind::Digits,
                b'a'..=b'z' | b'A'..=b'Z' => WordKind::Letters,
                0x80.. => {
                    let letter = letter_at(text, at);
                    at += letter.len_utf8();
                    if !is_letter(letter) {
                        continue;
                    }
                    WordKind::Letters
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            at = end_of(text, at, kind);
            return Some(Word { span: start..at, kind });
        }
    })
}

fn end_of(text: &str, from: usize, kind: WordKind) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        let length = match (kind, byte) {
            (WordKind::Digits, byte) => usize::from(byte.is_ascii_digit()),
            (WordKind::Letters, 0x80..) => {
                let letter = letter_at(text, at);
                if is_letter(letter) || is_mark(letter) { letter.len_utf8() } else { 0 }
            }
            (WordKind::Letters, byte) => usize::from(byte.is_ascii_alphabetic()),
        };
        if length == 0 {
            break;
        }
        at += length;
    }
    at
}

fn letter_at(text: &str, at: usize) -> char {
    text[at..].chars().next().expect("a byte above ASCII at a character's start begins a character")
}

/// Letters or digits of a word as it is told from others.
pub(super) fn length(word: &str, kind: WordKind) -> usize {
    match kind {
        WordKind::Digits => word.trim_start_matches('0').len(),
        WordKind::Letters => word.chars().filter(|letter| !is_mark(*letter)).count(),
    }
}

/// Whether a word has as many letters or digits as are not come to by chance: there are half a million words of four letters.
pub(super) fn is_long(word: &str, kind: WordKind) -> bool {
    let length = match kind {
        WordKind::Digits => word.trim_start_matches('0').len(),
        WordKind::Letters => word.chars().count(),
    };
    length >= long_min(kind)
}

/// From so many letters or digits on a word is long.
pub(super) fn long_min(kind: WordKind) -> usize {
    match kind {
        WordKind::Digits => NUMBER_DIGITS_MIN,
        WordKind::Letters => LONG_WORD_MIN,
    }
}

/// The word as it is told from others: in lower case and without marks, a number without the zeros in front.
pub(super) fn canonical(word: &str, kind: WordKind) -> String {
    let mut canonical = String::new();
    canonical_into(word, kind, &mut canonical);
    canonical
}

/// As [`canonical`], in the place of what a text held.
pub(super) fn canonical_into(word: &str, kind: WordKind, out: &mut String) {
    out.clear();
    match kind {
        WordKind::Digits => out.push_str(word.trim_start_matches('0')),
        WordKind::Letters if word.is_ascii() => {
            out.push_str(word);
            out.make_ascii_lowercase();
        }
        WordKind::Letters => {
            let mut marks = String::new();
            let letters = word.chars().filter(|letter| !is_mark(*letter));
            out.extend(letters.map(|letter| alphabet::base(letter, &mut marks).letter));
        }
    }
}

/// What may stand for each letter of a canonical word.
pub(super) fn alphabets(canonical: &[char]) -> Vec<Alphabet> {
    let of = |(index, letter): (usize, &char)| match (index, letter) {
        (0, '1'..='9') => Alphabet::FirstDigits,
        (_, '0'..='9') => Alphabet::Digits,
        (_, letter) => Alphabet::of(*letter),
    };
    canonical.iter().enumerate().map(of).collect()
}

/// Writes a canonical word in the place of another: with its zeros in front, its capitals, its marks and its escapes.
pub(super) fn write_in_place(read: &Read<'_>, word: &Word, pseudonym: &str, out: &mut String) {
    let text = &read.text[word.span.clone()];
    if read.is_as_written() && text.is_ascii() && pseudonym.is_ascii() {
        write_plain_in_place(text, pseudonym, out);
        return;
    }
    let mut letters = pseudonym.chars();
    let zeros = match word.kind {
        WordKind::Digits => text.len() - text.trim_start_matches('0').len(),
        WordKind::Letters => 0,
    };
    let mut marks = String::new();
    for (at, letter) in text.char_indices() {
        let place = word.span.start + at;
        marks.clear();
        if at < zeros || is_mark(letter) {
            read.write_like(place, letter.encode_utf8(&mut [0; 4]), out);
            continue;
        }
        let case = match word.kind {
            WordKind::Digits => Case::Lower,
            WordKind::Letters => alphabet::base(letter, &mut marks).case,
        };
        let base = letters.next().expect("a word and its pseudonym have as many letters");
        let base = alphabet::in_case(base, case);
        if marks.is_empty() {
            read.write_like(place, base.encode_utf8(&mut [0; 4]), out);
        } else {
            let composed: String = std::iter::once(base).chain(marks.chars()).nfc().collect();
            read.write_like(place, &composed, out);
        }
    }
}

/// As [`write_in_place`], of a word of ASCII that is written as it reads.
pub(super) fn write_plain_in_place(word: &str, pseudonym: &str, out: &mut String) {
    let zeros = word.len() - pseudonym.len();
    out.push_str(&word[..zeros]);
    let start = out.len();
    out.push_str(pseudonym);
    for (index, like) in word.as_bytes()[zeros..].iter().enumerate() {
        if like.is_ascii_uppercase() {
            out[start + index..=start + index].make_ascii_uppercase();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::writing::Writing;
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> =
            words(text).map(|word| canonical(&text[word.span.clone()], word.kind)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_word_is_a_run_of_letters_or_of_digits() {
        check("John O'Brien-Smith 3rd", &["john", "o", "brien", "smith", "3", "rd"]);
        check("003dM00001vWOXJQA4", &["3", "dm", "1", "vwoxjqa", "4"]);
        check("José JOSE\u{301} Łódź", &["jose", "jose", "łodz"]);
        check("李小龍 Иван ٠١", &["李小龍", "иван", "٠١"]);
        check("000 +1 (555)", &["", "1", "555"]);
        check("\u{301}a 👍", &["a"]);
    }

    #[test]
    fn a_pseudonym_takes_on_the_look_of_what_it_stands_for() {
        let check = |text: &str, pseudonym: &str, expected: &str| {
            let read = Read::of(text, Writing::Json);
            let word = words(&read.text).next().expect("there is a word");
            let mut out = String::new();
            write_in_place(&read, &word, pseudonym, &mut out);
            assert_eq!(out, expected);
        };
        check("McDonald", "abcdefgh", "AbCdefgh");
        check("007", "3", "003");
        check("José", "abco", "Abcó");
        check("Jose\u{301}", "abco", "Abco\u{301}");
        check(r"Jos\u00e9", "abco", r"Abc\u00f3");
        check("Jos%C3%89", "abco", "Abc%C3%93");
        check("é", "q", "q\u{301}");
        check("ЖУК", "дом", "ДОМ");
    }
}
