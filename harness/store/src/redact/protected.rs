//! The words that are never replaced: those that a mapping tests, and those that are nobody's.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use super::words::{canonical, words};

/// Words that are nobody's, wherever they stand: what JSON and URLs are made of, and our own marker.
const COMMON: [&str; 19] = [
    "true",
    "false",
    "null",
    "undefined",
    "none",
    "http",
    "https",
    "www",
    "mailto",
    "com",
    "net",
    "org",
    "edu",
    "gov",
    "io",
    "html",
    "json",
    "removed",
    "binary",
];

/// So many marks leave most words without one that are not protected.
const MARKS: usize = 1 << 10;

/// The words that a program tests, and that must not be replaced: `primary` in `type = "primary"`.
#[derive(Clone, Debug)]
pub struct ProtectedWords {
    words: BTreeSet<String>,
    /// Marks of all of them: a word whose mark is missing is none of them.
    marks: [u64; MARKS / 64],
    /// The same for the same words only, so that what was found out of words is asked once.
    identity: u64,
}

impl Default for ProtectedWords {
    fn default() -> Self {
        ProtectedWords::of([])
    }
}

impl ProtectedWords {
    /// Every word of these texts, such as the literals of a mapping.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        static IDENTITY: AtomicU64 = AtomicU64::new(0);
        let mut known: BTreeSet<String> = COMMON.iter().map(|word| (*word).to_owned()).collect();
        for text in texts {
            known.extend(words(text).map(|word| canonical(&text[word.span.clone()], word.kind)));
        }
        let mut marks = [0; MARKS / 64];
        for word in &known {
            let mark = mark(word);
            marks[mark / 64] |= 1 << (mark % 64);
        }
        ProtectedWords { words: known, marks, identity: IDENTITY.fetch_add(1, Ordering::Relaxed) }
    }

    /// Whether the word, as it is told from others, is one of them.
    pub(super) fn has(&self, word: &str) -> bool {
        let mark = mark(word);
        self.marks[mark / 64] >> (mark % 64) & 1 == 1 && self.words.contains(word)
    }

    /// What tells these words from others.
    pub(super) fn identity(&self) -> u64 {
        self.identity
    }
}

/// By a word's length, its first and its last byte.
fn mark(word: &str) -> usize {
    let bytes = word.as_bytes();
    let byte = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
    (bytes.len() * 73 + byte(bytes.first()) * 37 + byte(bytes.last()) * 7) % MARKS
}

#[cfg(test)]
mod tests {
    use super::ProtectedWords;

    #[test]
    fn every_word_of_the_texts_is_protected_and_no_other() {
        let protected = ProtectedWords::of(["primary = 'Élan 42'"]);
        for word in ["primary", "elan", "42", "http"] {
            assert!(protected.has(word), "{word}");
        }
        for word in ["", "primar", "secondary", "paimary", "4", "Primary"] {
            assert!(!protected.has(word), "{word}");
        }
    }
}
