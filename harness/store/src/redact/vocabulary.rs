//! The words that were met, each with its pseudonym and whether it is personal in the pair at hand.

use std::collections::BTreeMap;
use std::ops::Range;

use super::bits::Bits;
use super::key::hexadecimal;
use super::permute::{Rounds, permuted};
use super::prf::Prf;
use super::protected::ProtectedWords;
use super::table::{SHORT_BYTES_MAX, Table};
use super::words::{self, WordKind, alphabets, canonical_into, is_long, long_min};

/// Words that are remembered from pair to pair; beyond it the memory is emptied before the next pair, and fills anew.
pub(super) const REMEMBERED_MAX: usize = 1 << 12;

/// Sets of protected words that are told apart: an operation has one.
const SETS_MAX: usize = 16;

/// What is known of a word.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Where its pseudonym stands among all.
    pseudonym: Option<(u32, u32)>,
    /// It has as many letters or digits as are not come to by chance.
    is_long: bool,
    /// By set: whether the word's pseudonym is protected, and whether that was asked.
    is_led: u16,
    leads_on: u16,
}

/// The words that one [`ProtectedWords`] protects.
#[derive(Clone, Default)]
struct Set {
    identity: u64,
    protected: Bits,
    /// Those that were asked for and are not protected.
    free: Bits,
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
    sets: Vec<Set>,
    set: usize,
    /// Those that are personal in this pair.
    personal: Bits,
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
            personal: Bits::default(),
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
            || (self.sets.len() == SETS_MAX && self.set_of(protected).is_none())
    }

    fn set_of(&self, protected: &ProtectedWords) -> Option<usize> {
        self.sets.iter().position(|known| known.identity == protected.identity())
    }

    /// Forgets all words.
    pub fn clear(&mut self) {
        self.table.clear();
        self.known.clear();
        self.pseudonyms.clear();
        self.led_on.clear();
        self.sets.clear();
        self.personal = Bits::default();
        (self.pair, self.round) = (0, 0);
    }

    /// Begins a pair: no word is personal in it yet.
    pub fn begin(&mut self, protected: &ProtectedWords) {
        self.pair += 1;
        self.round += 1;
        self.only_long = false;
        self.personal.clear();
        self.set = self.set_of(protected).unwrap_or_else(|| {
            self.sets.push(Set { identity: protected.identity(), ..Set::default() });
            self.sets.len() - 1
        });
    }

    /// A keyed digest, in hexadecimal digits: so many bytes of it.
    pub fn digest(&self, text: &str, bytes: usize) -> String {
        let mut message = self.prf.message();
        message.add(b"cutover name ");
        message.add(text.as_bytes());
        hexadecimal(&self.prf.digest(&message, b"")[..bytes])
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
    pub fn set(&self) -> u8 {
        self.set as u8
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
            self.known.push(Known { is_long: is_long(canonical, kind), ..Known::default() });
        }
        Some(number)
    }

    /// As [`Vocabulary::number`], of a span of ASCII letters or digits of a text, whose eight bytes from its start on are these;
    /// with how many letters or digits it has.
    pub fn number_of_plain(
        &mut self,
        text: &str,
        span: Range<usize>,
        first: u64,
        kind: WordKind,
    ) -> Option<(u32, usize)> {
        if span.len() > SHORT_BYTES_MAX {
            let word = &text[span];
            return Some((self.number(word, kind)?, words::length(word, kind)));
        }
        let all = (1 << (span.len() as u32 * u8::BITS)) - 1;
        let (own, length) = match kind {
            WordKind::Letters => ((first | SMALL) & all, span.len()),
            WordKind::Digits => {
                let zeros = ((first & all ^ ZEROS).trailing_zeros() / u8::BITS).min(span.len() as u32);
                ((first & all) >> (zeros * u8::BITS), span.len() - zeros as usize)
            }
        };
        if length == 0 {
            return None;
        }
        let (number, is_new) = self.table.add_short(own, length);
        if is_new {
            self.known.push(Known { is_long: length >= long_min(kind), ..Known::default() });
        }
        Some((number, length))
    }

    /// Learns that a word is personal in this pair, unless it is protected.
    #[inline]
    pub fn learn(&mut self, number: u32, protected: &ProtectedWords) {
        if self.sets[self.set].free.has(number) || !self.is_protected(number, protected) {
            self.personal.add(number);
        }
    }

    /// From now on short words are not personal: they may be pseudonyms of others by chance.
    pub fn only_long_words(&mut self) {
        self.only_long = true;
        self.round += 1;
    }

    /// Whether the word is personal in this pair.
    #[inline]
    pub fn is_personal(&self, number: u32) -> bool {
        self.personal.has(number) && (!self.only_long || self.known[number as usize].is_long)
    }

    /// Whether the word is never replaced in this pair.
    pub fn is_protected(&mut self, number: u32, protected: &ProtectedWords) -> bool {
        let set = &mut self.sets[self.set];
        if set.free.has(number) || set.protected.has(number) {
            return set.protected.has(number);
        }
        let is_protected = protected.has(self.table.text(number));
        if is_protected {
            set.protected.add(number)
        } else {
            set.free.add(number)
        }
        is_protected
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
            if protected.has(&self.pseudonyms[start..end]) {
                known.leads_on |= bit;
                let mut pseudonym = next(&self.prf, &self.pseudonyms[start..end]);
                while protected.has(&pseudonym) {
                    pseudonym = next(&self.prf, &pseudonym);
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
        let start = self.pseudonyms.len();
        let Vocabulary { prf, rounds, table, pseudonyms, .. } = self;
        let word = table.text(number);
        let is_number = word.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if !(is_number && rounds.permuted(prf, word, pseudonyms)) {
            pseudonyms.push_str(&next(prf, word));
        }
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
}

fn next(prf: &Prf, word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    permuted(prf, &alphabets(&letters), &letters).into_iter().collect()
}

/// What makes ASCII letters small.
const SMALL: u64 = 0x2020_2020_2020_2020;
const ZEROS: u64 = 0x3030_3030_3030_3030;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
