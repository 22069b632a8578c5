//! Words to words, one to one: a keyed permutation of all words of the same letters' alphabets and the same length.
//!
//! A balanced Feistel network over the word's letters: a half's letters are moved along their alphabets by what HMAC
//! makes of the other half, ten times. Each step can be undone, so no two words have one pseudonym, whatever the
//! letters, and nothing has to be remembered. A word of one letter is split into two digits of a number, and what
//! leaves the alphabet goes round again (cycle walking).
//!
//! What it does not give: with few words of a kind there is little to hide in. There are 26 words of one letter and
//! 9 of one digit; who sees enough pairs can tell which is which by how often they come.

use super::alphabet::Alphabet;
use super::prf::{DIGEST_BYTES, Message, Prf};

/// As many rounds as NIST's FF1 has: fewer let small domains be told from random ones.
const ROUNDS: u8 = 10;

/// A letter's step along its alphabet is made of this many bytes, so that no letter is noticeably likelier.
const STEP_BYTES: usize = 4;

/// The word that stands for a word; both as base letters, one for each alphabet.
pub(super) fn permuted(prf: &Prf, alphabets: &[Alphabet], word: &[char]) -> Vec<char> {
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
        [size] => values[0] = walked(prf, &tweak, *size, values[0]),
        sizes => feistel(prf, &tweak, sizes, &mut values),
    }
    alphabets.iter().zip(values).map(|(alphabet, value)| alphabet.letter(value)).collect()
}

/// One letter, as a number of two digits.
fn walked(prf: &Prf, tweak: &[u8], size: u32, value: u32) -> u32 {
    let mut root = 1;
    while root * root < size {
        root += 1;
    }
    let mut value = value;
    // Values from `size` on stand between two values below it on a cycle, so one below it is always reached.
    loop {
        let mut digits = [value / root, value % root];
        feistel(prf, tweak, &[root, root], &mut digits);
        value = digits[0] * root + digits[1];
        if value < size {
            return value;
        }
    }
}

fn feistel(prf: &Prf, tweak: &[u8], sizes: &[u32], values: &mut [u32]) {
    let half = values.len() / 2;
    for round in 0..ROUNDS {
        let (left, right) = values.split_at_mut(half);
        let (left_sizes, right_sizes) = sizes.split_at(half);
        if round % 2 == 0 {
            shift(prf, tweak, round, right, left_sizes, left);
        } else {
            shift(prf, tweak, round, left, right_sizes, right);
        }
    }
}

/// Moves one half's letters along their alphabets by what the other half's say.
fn shift(prf: &Prf, tweak: &[u8], round: u8, from: &[u32], sizes: &[u32], to: &mut [u32]) {
    each_step(prf, tweak, round, from, sizes, |index, step| to[index] = (to[index] + step) % sizes[index]);
}

/// By how much each letter of one half is moved by what the other half's say.
fn each_step(
    prf: &Prf,
    tweak: &[u8],
    round: u8,
    from: &[u32],
    sizes: &[u32],
    mut each: impl FnMut(usize, u32),
) {
    let mut message = Message::default();
    message.add(tweak);
    message.add(&[round]);
    for value in from {
        message.add(&value.to_le_bytes());
    }
    const STEPS: usize = DIGEST_BYTES / STEP_BYTES;
    for (block, sizes) in sizes.chunks(STEPS).enumerate() {
        let digest = prf.digest(&message, &(block as u32).to_le_bytes());
        for (index, (size, step)) in sizes.iter().zip(digest.chunks_exact(STEP_BYTES)).enumerate() {
            let step = u32::from_le_bytes(step.try_into().expect("a chunk has the length of a step"));
            each(block * STEPS + index, step % size);
        }
    }
}

/// Longer numbers have halves of so many values that they hardly come again.
const DIGITS_MAX: usize = 8;

/// How many digits may stand at each place: the first is no zero.
const NUMBER_SIZES: [u32; DIGITS_MAX] = [9, 10, 10, 10, 10, 10, 10, 10];

/// What the halves of short numbers say, once it was asked: ids, zip codes and amounts are many, and their halves few.
#[derive(Clone, Default)]
pub(super) struct Rounds {
    /// By the number's length; the left halves in every odd round, then the right ones in every even round.
    steps: [Vec<u16>; DIGITS_MAX + 1],
}

impl Rounds {
    /// As [`permuted`], of a number without zeros in front; none where it is too long, or too short.
    pub fn permuted(&mut self, prf: &Prf, number: &str) -> Option<String> {
        let length = number.len();
        if !(2..=DIGITS_MAX).contains(&length) {
            return None;
        }
        let half = length / 2;
        let power = |digits: usize| 10_usize.pow(digits as u32);
        // A number's first digit is one of nine.
        let (lefts, rights) = (power(half) / 10 * 9, power(length - half));
        let steps = &mut self.steps[length];
        if steps.is_empty() {
            steps.resize(usize::from(ROUNDS) / 2 * (lefts + rights), 0);
        }
        let mut values = [0; DIGITS_MAX];
        let values = &mut values[..length];
        values.iter_mut().zip(number.bytes()).for_each(|(value, digit)| *value = u32::from(digit - b'0'));
        values[0] -= 1;
        for round in 0..ROUNDS {
            let (left, right) = values.split_at_mut(half);
            let is_even = round % 2 == 0;
            let (from, to) = if is_even { (right, left) } else { (left, right) };
            let value = from.iter().fold(0, |value, digit| value * 10 + *digit as usize);
            let before = if is_even { usize::from(ROUNDS) / 2 * lefts } else { 0 };
            let place = before + usize::from(round) / 2 * if is_even { rights } else { lefts } + value;
            let sizes = if is_even { &NUMBER_SIZES[..half] } else { &NUMBER_SIZES[half..length] };
            if steps[place] == 0 {
                steps[place] = 1 + packed(prf, round, length, from, sizes);
            }
            let mut packed = u32::from(steps[place] - 1);
            for (value, size) in to.iter_mut().zip(sizes) {
                *value = (*value + packed % 10) % size;
                packed /= 10;
            }
        }
        values[0] += 1;
        Some(values.iter().map(|digit| char::from(b'0' + *digit as u8)).collect())
    }
}

/// The steps of a half of a number of so many digits, a decimal digit each.
fn packed(prf: &Prf, round: u8, length: usize, from: &[u32], sizes: &[u32]) -> u16 {
    let alphabet = |place| if place == 0 { Alphabet::FirstDigits } else { Alphabet::Digits };
    let mut tweak = b"w1".to_vec();
    (0..length).for_each(|place| tweak.extend_from_slice(&alphabet(place).id().to_le_bytes()));
    let mut packed = 0;
    each_step(prf, &tweak, round, from, sizes, |place, step| packed += step * 10_u32.pow(place as u32));
    u16::try_from(packed).expect("a half has four digits at most")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::key::RedactionKey;
    use super::*;

    fn all(alphabets: &[Alphabet], key: u8) -> Vec<String> {
        let prf = RedactionKey::from_bytes([key; 32]).prf();
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
            permuted(&prf, alphabets, &word.chars().collect::<Vec<_>>()).into_iter().collect::<String>()
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
    fn a_number_is_the_same_word_whether_its_rounds_are_remembered_or_not() {
        let prf = RedactionKey::from_bytes([5; 32]).prf();
        let mut rounds = Rounds::default();
        for number in (10..2_000_u32).chain((3..90_000_000).step_by(34_567)).chain([99_999_999]) {
            let number = number.to_string();
            let letters: Vec<char> = number.chars().collect();
            let alphabets: Vec<Alphabet> = (0..letters.len())
                .map(|place| if place == 0 { Alphabet::FirstDigits } else { Alphabet::Digits })
                .collect();
            let expected: String = permuted(&prf, &alphabets, &letters).into_iter().collect();
            let expected = (number.len() > 1).then_some(expected);
            assert_eq!(rounds.permuted(&prf, &number), expected);
            assert_eq!(rounds.permuted(&prf, &number), expected, "asked again");
        }
        assert_eq!(rounds.permuted(&prf, "123456789"), None);
    }

    #[test]
    fn a_word_of_any_length_is_permuted() {
        let prf = RedactionKey::from_bytes([1; 32]).prf();
        for length in [1, 2, 31, 64, 10_000] {
            let alphabets = vec![Alphabet::Latin; length];
            let pseudonym = permuted(&prf, &alphabets, &vec!['a'; length]);
            assert_eq!(pseudonym.len(), length);
            assert!(pseudonym.iter().all(char::is_ascii_lowercase));
        }
    }
}
