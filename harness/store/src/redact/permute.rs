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
    let tweak = tweak(prf, alphabets);
    match sizes.as_slice() {
        [] => {}
        [size] => values[0] = walked(prf, &tweak, *size, values[0]),
        sizes => feistel(prf, &tweak, sizes, &mut values),
    }
    alphabets.iter().zip(values).map(|(alphabet, value)| alphabet.letter(value)).collect()
}

/// How each round's message begins: what tells the alphabets from others.
fn tweak(prf: &Prf, alphabets: &[Alphabet]) -> Message {
    let mut tweak = prf.message();
    tweak.add(b"w1");
    add_numbers(alphabets.iter().map(Alphabet::id), &mut tweak);
    tweak
}

/// Adds numbers to a message, many at a time.
fn add_numbers(numbers: impl Iterator<Item = u32>, message: &mut Message) {
    let mut bytes = [0; NUMBERS_TOGETHER * 4];
    let mut used = 0;
    for number in numbers {
        if used == bytes.len() {
            message.add(&bytes);
            used = 0;
        }
        bytes[used..used + 4].copy_from_slice(&number.to_le_bytes());
        used += 4;
    }
    message.add(&bytes[..used]);
}

/// A word has seldom more letters.
const NUMBERS_TOGETHER: usize = 16;

/// One letter, as a number of two digits.
fn walked(prf: &Prf, tweak: &Message, size: u32, value: u32) -> u32 {
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

fn feistel(prf: &Prf, tweak: &Message, sizes: &[u32], values: &mut [u32]) {
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
fn shift(prf: &Prf, tweak: &Message, round: u8, from: &[u32], sizes: &[u32], to: &mut [u32]) {
    each_step(prf, tweak, round, from, sizes, |index, step| to[index] = (to[index] + step) % sizes[index]);
}

/// By how much each letter of one half is moved by what the other half's say.
fn each_step(
    prf: &Prf,
    tweak: &Message,
    round: u8,
    from: &[u32],
    sizes: &[u32],
    mut each: impl FnMut(usize, u32),
) {
    let mut message = tweak.clone();
    message.add(&[round]);
    add_numbers(from.iter().copied(), &mut message);
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
const HALF_MAX: usize = DIGITS_MAX / 2;

/// What the halves of short numbers say, once it was asked: ids, zip codes and amounts are many, and their halves few.
#[derive(Clone, Default)]
pub(super) struct Rounds {
    /// By the number's length; the left halves in every odd round, then the right ones in every even round. Four bits
    /// are the step of a digit, the lowest that of the last.
    steps: [Vec<u16>; DIGITS_MAX + 1],
    /// By the number's length.
    tweaks: [Option<Message>; DIGITS_MAX + 1],
}

/// Steps that were not asked for yet: no digit has a step of more than nine.
const NOT_ASKED: u16 = u16::MAX;

/// Half of a number, a byte for each digit, the last one the lowest.
#[derive(Clone, Copy)]
struct Half {
    digits: u32,
    /// One, where the first digit stands, if that one is the number's, which is one of nine.
    first: u32,
}

impl Half {
    fn of(digits: &[u8]) -> Half {
        Half { digits: digits.iter().fold(0, |all, digit| all << 8 | u32::from(digit - b'0')), first: 0 }
    }

    fn value(self) -> usize {
        let pairs = (self.digits >> 8 & 0x00ff_00ff) * 10 + (self.digits & 0x00ff_00ff);
        ((pairs >> 16) * 100 + (pairs & 0xffff)) as usize
    }

    /// Moves each digit on, and from the last one round to the first.
    fn step(&mut self, steps: u16) {
        const ONES: u32 = 0x0101_0101;
        let steps = u32::from(steps);
        let steps = (steps | steps << 8) & 0x00ff_00ff;
        let steps = (steps | steps << 4) & 0x0f0f_0f0f;
        let moved = self.digits + steps;
        let is_past = (moved + ONES * (0x80 - 10) + self.first) >> 7 & ONES;
        self.digits = moved + (is_past & self.first) - is_past * 10;
    }
}

impl Rounds {
    /// As [`permuted`], of a number without zeros in front, at the end of `out`; not where it is too long, or too short.
    pub fn permuted(&mut self, prf: &Prf, number: &str, out: &mut String) -> bool {
        let length = number.len();
        if !(2..=DIGITS_MAX).contains(&length) {
            return false;
        }
        let half = length / 2;
        let power = |digits: usize| 10_usize.pow(digits as u32);
        // A number's first digit is one of nine.
        let (lefts, rights) = (power(half) / 10 * 9, power(length - half));
        let steps = &mut self.steps[length];
        if steps.is_empty() {
            steps.resize(usize::from(ROUNDS) / 2 * (lefts + rights), NOT_ASKED);
        }
        let (left, right) = number.as_bytes().split_at(half);
        let (mut left, mut right) = (Half::of(left), Half::of(right));
        left.first = 1 << ((half - 1) * 8);
        left.digits -= left.first;
        for round in 0..ROUNDS {
            let is_even = round % 2 == 0;
            let (from, to) = if is_even { (right, &mut left) } else { (left, &mut right) };
            let before = if is_even { usize::from(ROUNDS) / 2 * lefts } else { 0 };
            let place = before + usize::from(round) / 2 * if is_even { rights } else { lefts } + from.value();
            if steps[place] == NOT_ASKED {
                let tweak = self.tweaks[length].get_or_insert_with(|| tweak_of_number(prf, length));
                steps[place] = steps_of(prf, tweak, round, from, length);
            }
            to.step(steps[place]);
        }
        left.digits += left.first;
        let digits = u64::from(left.digits) << ((length - half) * 8) | u64::from(right.digits);
        let letters = digits.to_be_bytes().map(|digit| b'0' + digit);
        out.push_str(std::str::from_utf8(&letters[DIGITS_MAX - length..]).expect("digits are ASCII"));
        true
    }
}

fn tweak_of_number(prf: &Prf, length: usize) -> Message {
    let alphabet = |place| if place == 0 { Alphabet::FirstDigits } else { Alphabet::Digits };
    tweak(prf, &(0..length).map(alphabet).collect::<Vec<_>>())
}

/// The steps of the other half of a number of so many digits.
fn steps_of(prf: &Prf, tweak: &Message, round: u8, from: Half, length: usize) -> u16 {
    let half = length / 2;
    let is_even = round.is_multiple_of(2);
    let (from_length, to_length) = if is_even { (length - half, half) } else { (half, length - half) };
    let mut values = [0; HALF_MAX];
    for (place, value) in values[..from_length].iter_mut().rev().enumerate() {
        *value = from.digits >> (place * 8) & 0xff;
    }
    let mut sizes = [10; HALF_MAX];
    if is_even {
        sizes[0] = 9;
    }
    let (values, sizes) = (&values[..from_length], &sizes[..to_length]);
    let mut steps = 0;
    each_step(prf, tweak, round, values, sizes, |_, step| steps = steps << 4 | step as u16);
    steps
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
            for asked in ["once", "again"] {
                let mut found = String::new();
                let is_found = rounds.permuted(&prf, &number, &mut found);
                assert_eq!(is_found.then_some(found), expected, "{asked}");
            }
        }
        assert!(!rounds.permuted(&prf, "123456789", &mut String::new()));
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
