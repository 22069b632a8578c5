//! The words that were met, each with its pseudonym and whether it is personal in the pair at hand; and the words that are
//! never replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use super::permute::{Rounds, permuted};
use super::prf::Prf;
use super::table::Table;
use super::words::{LONG_WORD_MIN, NUMBER_DIGITS_MIN, WordKind, alphabets, canonical, canonical_into, words};

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

/// Words that are remembered from pair to pair; beyond it the memory is emptied before the next pair, and fills anew.
pub(super) const REMEMBERED_MAX: usize = 1 << 13;

/// Sets of protected words that are told apart: an operation has one.
const SETS_MAX: usize = 16;

/// The words that a program tests, and that must not be replaced: `primary` in `type = "primary"`.
#[derive(Clone, Debug)]
pub struct ProtectedWords {
    words: BTreeSet<String>,
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
        ProtectedWords { words: known, identity: IDENTITY.fetch_add(1, Ordering::Relaxed) }
    }
}

/// What is known of a word.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The last pair that it was personal in.
    personal_in: u32,
    /// Where its pseudonym stands among all.
    pseudonym: Option<(u32, u32)>,
    /// Letters or digits.
    length: usize,
    /// It has as many letters or digits as are not come to by chance.
    is_long: bool,
    /// By set: whether the word is protected, and whether its pseudonym is; each with whether that was asked.
    asked: u16,
    is_protected: u16,
    is_led: u16,
    leads_on: u16,
}

/// The words, and which of them are personal.
#[derive(Clone)]
pub(super) struct Vocabulary {
    prf: Prf,
    rounds: Rounds,
    table: Table,
    known: Vec<Known>,
    pseudonyms: String,
    /// Of words whose pseudonym is protected in a set.
    led_on: BTreeMap<(u32, usize), String>,
    sets: Vec<u64>,
    set: usize,
    pair: u32,
    /// A pair has more than one where what is personal changes.
    round: u32,
    only_long: bool,
    buffer: String,
}

impl Vocabulary {
    pub fn new(prf: Prf, seed: u64) -> Vocabulary {
        Vocabulary {
            prf,
            rounds: Rounds::default(),
            table: Table::new(seed),
            known: Vec::new(),
            pseudonyms: String::new(),
            led_on: BTreeMap::new(),
            sets: Vec::new(),
            set: 0,
            pair: 0,
            round: 0,
            only_long: false,
            buffer: String::new(),
        }
    }

    /// Whether words have to be forgotten before the next pair.
    pub fn is_full(&self, protected: &ProtectedWords) -> bool {
        self.known.len() >= REMEMBERED_MAX
            || self.round > u32::MAX / 2
            || (self.sets.len() == SETS_MAX && !self.sets.contains(&protected.identity))
    }

    /// Forgets all words.
    pub fn clear(&mut self) {
        self.table.clear();
        self.known.clear();
        self.pseudonyms.clear();
        self.led_on.clear();
        self.sets.clear();
        (self.pair, self.round) = (0, 0);
    }

    /// Begins a pair: no word is personal in it yet.
    pub fn begin(&mut self, protected: &ProtectedWords) {
        self.pair += 1;
        self.round += 1;
        self.only_long = false;
        let set = self.sets.iter().position(|known| *known == protected.identity);
        self.set = set.unwrap_or_else(|| {
            self.sets.push(protected.identity);
            self.sets.len() - 1
        });
    }

    /// The number of the pair.
    pub fn pair(&self) -> u32 {
        self.pair
    }

    /// What is personal is the same while this is.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// The set that protects words in this pair.
    pub fn set(&self) -> usize {
        self.set
    }

    /// The number of a text's word; none of one that is nothing but zeros.
    pub fn number(&mut self, word: &str, kind: WordKind) -> Option<u32> {
        let canonical = match kind {
            WordKind::Digits => word.trim_start_matches('0'),
            WordKind::Letters if word.bytes().all(|byte| byte.is_ascii_lowercase()) => word,
            WordKind::Letters => {
                canonical_into(word, kind, &mut self.buffer);
                &self.buffer
            }
        };
        if canonical.is_empty() {
            return None;
        }
        let (number, is_new) = self.table.add(canonical);
        if is_new {
            let length = if canonical.is_ascii() { canonical.len() } else { canonical.chars().count() };
            self.known.push(Known { length, is_long: is_long(canonical, kind), ..Known::default() });
        }
        Some(number)
    }

    /// Letters or digits of a word as it is told from others, and of its pseudonym.
    pub fn length(&self, number: u32) -> usize {
        self.known[number as usize].length
    }

    /// Learns that a word is personal in this pair, unless it is protected.
    pub fn learn(&mut self, number: u32, protected: &ProtectedWords) {
        if !self.is_protected(number, protected) {
            self.known[number as usize].personal_in = self.pair;
        }
    }

    /// From now on short words are not personal: they may be pseudonyms of others by chance.
    pub fn only_long_words(&mut self) {
        self.only_long = true;
        self.round += 1;
    }

    /// Whether the word is personal in this pair.
    pub fn is_personal(&self, number: u32) -> bool {
        let known = &self.known[number as usize];
        known.personal_in == self.pair && (known.is_long || !self.only_long)
    }

    /// Whether the word is never replaced in this pair.
    pub fn is_protected(&mut self, number: u32, protected: &ProtectedWords) -> bool {
        let bit = 1 << self.set;
        let known = &mut self.known[number as usize];
        if known.asked & bit == 0 {
            known.asked |= bit;
            if protected.words.contains(self.table.text(number)) {
                known.is_protected |= bit;
            }
        }
        known.is_protected & bit != 0
    }

    /// What stands for a word. Where it would be a protected word, what stands for that one: the permutation leads on
    /// until it leaves the protected words, and no two words come to the same one.
    pub fn pseudonym(&mut self, number: u32, protected: &ProtectedWords) -> &str {
        let bit = 1 << self.set;
        let (start, end) = self.made(number);
        let known = &mut self.known[number as usize];
        if known.is_led & bit == 0 {
            known.is_led |= bit;
            // A permuted word has the letters of a word's kind, so it is a word as they are told.
            if protected.words.contains(&self.pseudonyms[start..end]) {
                known.leads_on |= bit;
                let mut pseudonym = self.next(&self.pseudonyms[start..end]);
                while protected.words.contains(&pseudonym) {
                    pseudonym = self.next(&pseudonym);
                }
                self.led_on.insert((number, self.set), pseudonym);
            }
        }
        if self.known[number as usize].leads_on & bit == 0 {
            return &self.pseudonyms[start..end];
        }
        &self.led_on[&(number, self.set)]
    }

    /// Where the pseudonym of a word stands among all, made where it was not before.
    fn made(&mut self, number: u32) -> (usize, usize) {
        if let Some((start, end)) = self.known[number as usize].pseudonym {
            return (start as usize, end as usize);
        }
        let word = self.table.text(number);
        let is_number = word.as_bytes().first().is_some_and(u8::is_ascii_digit);
        let pseudonym = if is_number { self.rounds.permuted(&self.prf, word) } else { None };
        let pseudonym = pseudonym.unwrap_or_else(|| self.next(self.table.text(number)));
        let start = self.pseudonyms.len();
        self.pseudonyms.push_str(&pseudonym);
        let end = self.pseudonyms.len();
        // Where memory is larger than that, it is made anew each time.
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
            self.known[number as usize].pseudonym = Some((start, end));
        }
        (start, end)
    }

    /// The number of the word that stands for a word, where that was met.
    pub fn number_of_pseudonym(&mut self, number: u32, protected: &ProtectedWords) -> Option<u32> {
        let pseudonym = self.pseudonym(number, protected).to_owned();
        self.table.find(&pseudonym)
    }

    fn next(&self, word: &str) -> String {
        let letters: Vec<char> = word.chars().collect();
        permuted(&self.prf, &alphabets(&letters), &letters).into_iter().collect()
    }
}

/// Words of this length are not come to by chance: there are half a million of four letters.
pub(super) fn is_long(word: &str, kind: WordKind) -> bool {
    match kind {
        WordKind::Digits => word.trim_start_matches('0').len() >= NUMBER_DIGITS_MIN,
        WordKind::Letters => word.chars().count() >= LONG_WORD_MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::RedactionKey;
    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary::new(RedactionKey::from_bytes([9; 32]).prf(), 1)
    }

    #[test]
    fn a_pseudonym_is_never_a_protected_word_and_stays_one_to_one() {
        let mut vocabulary = vocabulary();
        let plain = |letter: u8| char::from(letter).to_string();
        // Most letters are protected, so that the permutation has to lead on.
        let protected: Vec<String> = (b'a'..b'u').map(plain).collect();
        let protected = ProtectedWords::of(protected.iter().map(String::as_str));
        let all = ProtectedWords::default();
        let free: Vec<String> = (b'u'..=b'z').map(plain).collect();
        let mut found = Vec::new();
        let mut others = BTreeSet::new();
        for word in &free {
            vocabulary.begin(&protected);
            let number = vocabulary.number(word, WordKind::Letters).expect("it is a word");
            found.push(vocabulary.pseudonym(number, &protected).to_owned());
            // Another set is asked anew.
            vocabulary.begin(&all);
            others.insert(vocabulary.pseudonym(number, &all).to_owned());
        }
        found.sort();
        assert_eq!(found, free);
        assert_eq!(others.len(), free.len());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut vocabulary = vocabulary();
        let protected = ProtectedWords::default();
        vocabulary.begin(&protected);
        for n in 1..=REMEMBERED_MAX {
            assert!(!vocabulary.is_full(&protected));
            vocabulary.number(&n.to_string(), WordKind::Digits);
        }
        assert!(vocabulary.is_full(&protected));
        vocabulary.clear();
        assert!(!vocabulary.is_full(&protected));
        for _ in 0..SETS_MAX {
            let another = ProtectedWords::default();
            assert!(!vocabulary.is_full(&another));
            vocabulary.begin(&another);
        }
        assert!(vocabulary.is_full(&protected));
    }
}
