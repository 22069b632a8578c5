//! The words of one pair that are personal, each with its pseudonym; and the words that are never replaced.

use std::collections::BTreeSet;
#[expect(
    clippy::disallowed_types,
    reason = "asked for single words only: no order of it reaches anything"
)]
use std::collections::HashMap;

use hmac::Hmac;
use sha2::Sha256;

use super::key::RedactionKey;
use super::permute::permuted;
use super::words::{WordKind, alphabets, canonical, canonical_into, words};

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

/// Pseudonyms that are remembered from pair to pair; beyond it the memory is emptied and fills anew.
const REMEMBERED_MAX: usize = 1 << 16;

#[expect(clippy::disallowed_types, reason = "asked for single words only: no order of it reaches anything")]
type Words = HashMap<String, String>;

/// The words that a program tests, and that must not be replaced: `primary` in `type = "primary"`.
#[derive(Clone, Debug)]
pub struct ProtectedWords(BTreeSet<String>);

impl Default for ProtectedWords {
    fn default() -> Self {
        ProtectedWords(COMMON.iter().map(|word| (*word).to_owned()).collect())
    }
}

impl ProtectedWords {
    /// Every word of these texts, such as the literals of a mapping.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut protected = ProtectedWords::default();
        for text in texts {
            protected.0.extend(words(text).map(|word| canonical(&text[word.span.clone()], word.kind)));
        }
        protected
    }

    pub(super) fn contains(&self, word: &str, kind: WordKind) -> bool {
        self.0.contains(&canonical(word, kind))
    }
}

/// Makes pseudonyms, and remembers them.
#[derive(Clone)]
pub(super) struct Pseudonyms {
    mac: Hmac<Sha256>,
    remembered: Words,
}

impl Pseudonyms {
    pub fn new(key: &RedactionKey) -> Self {
        Pseudonyms { mac: key.mac(), remembered: Words::new() }
    }

    /// What stands for a word. Where it would be a protected word, what stands for that one: the permutation leads on
    /// until it leaves the protected words, and no two words come to the same one.
    pub fn of(&mut self, word: &str, protected: &ProtectedWords) -> String {
        let mut pseudonym = self.next(word);
        while protected.0.contains(&pseudonym) {
            pseudonym = self.next(&pseudonym);
        }
        pseudonym
    }

    fn next(&mut self, word: &str) -> String {
        if let Some(pseudonym) = self.remembered.get(word) {
            return pseudonym.clone();
        }
        let letters: Vec<char> = word.chars().collect();
        let pseudonym: String = permuted(&self.mac, &alphabets(&letters), &letters).into_iter().collect();
        if self.remembered.len() == REMEMBERED_MAX {
            self.remembered.clear();
        }
        self.remembered.insert(word.to_owned(), pseudonym.clone());
        pseudonym
    }
}

/// The personal words of a pair.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    pseudonyms: Words,
    /// The word that is looked up.
    buffer: String,
}

impl Vocabulary {
    /// Adds a word of a text that is personal, unless it is protected or nothing but zeros.
    pub fn add(
        &mut self,
        word: &str,
        kind: WordKind,
        pseudonyms: &mut Pseudonyms,
        protected: &ProtectedWords,
    ) {
        canonical_into(word, kind, &mut self.buffer);
        let word = &self.buffer;
        if !word.is_empty() && !self.pseudonyms.contains_key(word) && !protected.0.contains(word) {
            let pseudonym = pseudonyms.of(word, protected);
            self.pseudonyms.insert(word.clone(), pseudonym);
        }
    }

    /// Keeps the words that are such.
    pub fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.pseudonyms.retain(|word, _| is_kept(word));
    }

    /// What stands for a word of a text, where it is personal.
    pub fn pseudonym(&self, word: &str, kind: WordKind, buffer: &mut String) -> Option<&str> {
        canonical_into(word, kind, buffer);
        self.pseudonyms.get(buffer.as_str()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_never_a_protected_word_and_stays_one_to_one() {
        let key = RedactionKey::from_bytes([9; 32]);
        let mut pseudonyms = Pseudonyms::new(&key);
        let plain = |letter: u8| char::from(letter).to_string();
        // Most letters are protected, so that the permutation has to lead on.
        let protected: Vec<String> = (b'a'..b'u').map(plain).collect();
        let protected = ProtectedWords::of(protected.iter().map(String::as_str));
        let free: Vec<String> = (b'u'..=b'z').map(plain).collect();
        let mut found: Vec<String> = free.iter().map(|word| pseudonyms.of(word, &protected)).collect();
        found.sort();
        assert_eq!(found, free);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut pseudonyms = Pseudonyms::new(&RedactionKey::from_bytes([9; 32]));
        pseudonyms.remembered =
            (0..REMEMBERED_MAX).map(|index| (format!("x{index}"), String::new())).collect();
        let first = pseudonyms.next("ada");
        assert_eq!(pseudonyms.remembered.len(), 1);
        assert_eq!(pseudonyms.next("ada"), first);
    }
}
