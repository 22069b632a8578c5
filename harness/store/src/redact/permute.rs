//! Words to words, one to one: a keyed permutation of all words of the same letters' alphabets and the same length.
//!
//! A balanced Feistel network over the word's letters: a half's letters are moved along their alphabets by what HMAC
//! makes of the other half, ten times. Each step can be undone, so no two words have one pseudonym, whatever the
//! letters, and nothing has to be remembered. A word of one letter is split into two digits of a number, and what
//! leaves the alphabet goes round again (cycle walking).
//!
//! What it does not give: with few words of a kind there is little to hide in. There are 26 words of one letter and
//! 9 of one digit; who sees enough pairs can tell which is which by how often they come.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::alphabet::Alphabet;

/// As many rounds as NIST's FF1 has: fewer let small domains be told from random ones.
const ROUNDS: u8 = 10;

/// A letter's step along its alphabet is made of this many bytes, so that no letter is noticeably likelier.
const STEP_BYTES: usize = 4;

/// What an HMAC gives at once.
const DIGEST_BYTES: usize = 32;

/// The word that stands for a word; both as base letters, one for each alphabet.
pub(super) fn permuted(mac: &Hmac<Sha256>, alphabets: &[Alphabet], word: &[char]) -> Vec<char> {
    let mut values: Vec<u32> =
        alphabets.iter().zip(word).map(|(alphabet, letter)| alphabet.index(*letter)).collect();
    let sizes: Vec<u32> = alphabets.iter().map(Alphabet::len).collect();
    let mut tweak = Vec::with_capacity(2 + 4 * alphabets.len());
    tweak.extend_from_slice(b"w1");
    for alphabet in alphabets {
        tweak.extend_from_slice(&alphabet.id().to_le_bytes());
    }
    match sizes.as_slice() {
        [] => {}
        [size] => values[0] = walked(mac, &tweak, *size, values[0]),
        sizes => feistel(mac, &tweak, sizes, &mut values),
    }
    alphabets.iter().zip(values).map(|(alphabet, value)| alphabet.letter(value)).collect()
}

/// One letter, as a number of two digits.
fn walked(mac: &Hmac<Sha256>, tweak: &[u8], size: u32, value: u32) -> u32 {
    let mut root = 1;
    while root * root < size {
        root += 1;
    }
    let mut value = value;
    // Values from `size` on stand between two values below it on a cycle, so one below it is always reached.
    loop {
        let mut digits = [value / root, value % root];
        feistel(mac, tweak, &[root, root], &mut digits);
        value = digits[0] * root + digits[1];
        if value < size {
            return value;
        }
    }
}

fn feistel(mac: &Hmac<Sha256>, tweak: &[u8], sizes: &[u32], values: &mut [u32]) {
    let half = values.len() / 2;
    for round in 0..ROUNDS {
        let (left, right) = values.split_at_mut(half);
        let (left_sizes, right_sizes) = sizes.split_at(half);
        if round % 2 == 0 {
            shift(mac, tweak, round, right, left_sizes, left);
        } else {
            shift(mac, tweak, round, left, right_sizes, right);
        }
    }
}

/// Moves one half's letters along their alphabets by what the other half's say.
fn shift(mac: &Hmac<Sha256>, tweak: &[u8], round: u8, from: &[u32], sizes: &[u32], to: &mut [u32]) {
    let mut message = mac.clone();
    message.update(tweak);
    message.update(&[round]);
    for value in from {
        message.update(&value.to_le_bytes());
    }
    for (block, (sizes, values)) in
        sizes.chunks(DIGEST_BYTES / STEP_BYTES).zip(to.chunks_mut(DIGEST_BYTES / STEP_BYTES)).enumerate()
    {
        let digest = message.clone().chain_update((block as u32).to_le_bytes()).finalize().into_bytes();
        for ((value, size), step) in values.iter_mut().zip(sizes).zip(digest.chunks_exact(STEP_BYTES)) {
            let step = u32::from_le_bytes(step.try_into().expect("a chunk has the length of a step"));
            *value = (*value + step % size) % size;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::key::RedactionKey;
    use super::*;

    fn all(alphabets: &[Alphabet], key: u8) -> Vec<String> {
        let mac = RedactionKey::from_bytes([key; 32]).mac();
        let mut words = vec![String::new()];
        for alphabet in alphabets {
            words = words
                .iter()
                .flat_map(|word| {
                    (0..alphabet.len()).map(move |index| format!("{word}{}", alphabet.letter(index)))
                })
                .collect();
        }
        let pseudonym = |word: &String| {
            permuted(&mac, alphabets, &word.chars().collect::<Vec<_>>()).into_iter().collect::<String>()
        };
        words.iter().map(pseudonym).collect()
    }

    #[test]
    fn no_two_words_have_one_pseudonym() {
        let kinds: [&[Alphabet]; 6] = [
            &[Alphabet::Latin],
            &[Alphabet::FirstDigits],
            &[Alphabet::Latin, Alphabet::Latin],
            &[Alphabet::FirstDigits, Alphabet::Digits, Alphabet::Digits],
            &[Alphabet::Latin, Alphabet::Fixed('ß'), Alphabet::Latin],
            &[Alphabet::of('я'), Alphabet::Latin],
        ];
        for alphabets in kinds {
            let pseudonyms = all(alphabets, 7);
            let different: BTreeSet<&String> = pseudonyms.iter().collect();
            assert_eq!(different.len(), pseudonyms.len());
            assert_ne!(pseudonyms, all(alphabets, 8), "another key, other pseudonyms");
        }
    }

    #[test]
    fn letters_come_about_as_often_in_each_place() {
        let pseudonyms = all(&[Alphabet::Latin, Alphabet::FirstDigits, Alphabet::Digits], 3);
        // Of words that begin with one letter, each first letter of a pseudonym is as likely as another.
        let mut counts = [0_u32; 26];
        for pseudonym in &pseudonyms[..5 * 90] {
            counts[(pseudonym.as_bytes()[0] - b'a') as usize] += 1;
        }
        assert!(counts.iter().all(|count| (4..=40).contains(count)), "{counts:?}, about 17 each");
    }

    #[test]
    fn a_word_of_any_length_is_permuted() {
        let mac = RedactionKey::from_bytes([1; 32]).mac();
        for length in [1, 2, 31, 64, 10_000] {
            let alphabets = vec![Alphabet::Latin; length];
            let pseudonym = permuted(&mac, &alphabets, &vec!['a'; length]);
            assert_eq!(pseudonym.len(), length);
            assert!(pseudonym.iter().all(char::is_ascii_lowercase));
        }
    }
}
