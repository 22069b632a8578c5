//! Which letters may stand for a letter: those of its own script, so that a word keeps its look and its length.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// A letter without its case and its marks, as words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base {
    /// In lower case.
    pub letter: char,
    pub case: Case,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    /// Or none.
    Lower,
}

/// How many code points share one alphabet, where the script has no range of its own below.
const BLOCK: u32 = 128;

/// Chinese characters, and Korean syllables: one alphabet each.
const HAN: std::ops::Range<u32> = 0x4e00..0x9fd6;
const HANGUL: std::ops::Range<u32> = 0xac00..0xd7a4;

/// The letters that may stand for one another; the letter's place among them is what is permuted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// a to z.
    Latin,
    /// 0 to 9.
    Digits,
    /// 1 to 9: the first digit of a number, whose zeros in front stay.
    FirstDigits,
    /// Neighbouring code points.
    Range(std::ops::Range<u32>),
    /// The letters of a block.
    Letters(Vec<char>),
    /// A letter that nothing may stand for: it is not told from its upper case, or its block has no other.
    Fixed(char),
}

impl Alphabet {
    /// The alphabet of a base letter.
    pub fn of(letter: char) -> Alphabet {
        if letter.is_ascii_lowercase() {
            return Alphabet::Latin;
        }
        let code = u32::from(letter);
        if let Some(range) = [HAN, HANGUL].into_iter().find(|range| range.contains(&code)) {
            return Alphabet::Range(range);
        }
        let block = code - code % BLOCK;
        let alike = |other: &char| is_stable(*other) && other.is_alphabetic() == letter.is_alphabetic();
        let letters: Vec<char> = (block..block + BLOCK).filter_map(char::from_u32).filter(alike).collect();
        if letters.contains(&letter) { Alphabet::Letters(letters) } else { Alphabet::Fixed(letter) }
    }

    pub fn len(&self) -> u32 {
        match self {
            Alphabet::Latin => 26,
            Alphabet::Digits => 10,
            Alphabet::FirstDigits => 9,
            Alphabet::Range(range) => range.end - range.start,
            Alphabet::Letters(letters) => letters.len() as u32,
            Alphabet::Fixed(_) => 1,
        }
    }

    pub fn index(&self, letter: char) -> u32 {
        let code = u32::from(letter);
        match self {
            Alphabet::Latin => code - u32::from('a'),
            Alphabet::Digits => code - u32::from('0'),
            Alphabet::FirstDigits => code - u32::from('1'),
            Alphabet::Range(range) => code - range.start,
            Alphabet::Letters(letters) => {
                letters.iter().position(|other| *other == letter).map_or(0, |index| index as u32)
            }
            Alphabet::Fixed(_) => 0,
        }
    }

    pub fn letter(&self, index: u32) -> char {
        let code = |first: u32| char::from_u32(first + index);
        let letter = match self {
            Alphabet::Latin => code(u32::from('a')),
            Alphabet::Digits => code(u32::from('0')),
            Alphabet::FirstDigits => code(u32::from('1')),
            Alphabet::Range(range) => code(range.start),
            Alphabet::Letters(letters) => letters.get(index as usize).copied(),
            Alphabet::Fixed(letter) => Some(*letter),
        };
        letter.expect("an index that an alphabet gave leads to a letter of it")
    }

    /// What tells this alphabet from another, for the permutation.
    pub fn id(&self) -> u32 {
        match self {
            Alphabet::Latin => u32::from('a'),
            Alphabet::Digits => u32::from('0'),
            Alphabet::FirstDigits => u32::from('1'),
            Alphabet::Range(range) => range.start,
            Alphabet::Letters(letters) => letters.first().map_or(0, |first| u32::from(*first)),
            Alphabet::Fixed(letter) => u32::from(*letter),
        }
    }
}

/// Whether the character is part of a word of letters.
pub(super) fn is_letter(letter: char) -> bool {
    letter.is_alphabetic() || (letter.is_numeric() && !letter.is_ascii_digit())
}

/// Whether the character belongs to the letter before it.
pub(super) fn is_mark(letter: char) -> bool {
    !letter.is_ascii() && is_combining_mark(letter)
}

/// The letter without case and marks; the marks follow in `marks`.
pub(super) fn base(letter: char, marks: &mut String) -> Base {
    let mut first = letter;
    if !letter.is_ascii() && !HANGUL.contains(&u32::from(letter)) {
        let mut seen = None;
        decompose_canonical(letter, |part| match seen {
            None => seen = Some(part),
            Some(_) => marks.push(part),
        });
        first = seen.unwrap_or(letter);
    }
    let lower = one(first.to_lowercase()).unwrap_or(first);
    Base { letter: lower, case: if lower == first { Case::Lower } else { Case::Upper } }
}

/// The letter in a case, where it has that case as one letter.
pub(super) fn in_case(letter: char, case: Case) -> char {
    match case {
        Case::Lower => letter,
        Case::Upper => one(letter.to_uppercase()).unwrap_or(letter),
    }
}

/// A letter that comes back from its upper case, is no capital, and has no marks.
fn is_stable(letter: char) -> bool {
    let mut parts = 0;
    decompose_canonical(letter, |_| parts += 1);
    let upper = one(letter.to_uppercase());
    is_letter(letter)
        && !is_combining_mark(letter)
        && parts == 1
        && one(letter.to_lowercase()) == Some(letter)
        && upper.is_some_and(|upper| one(upper.to_lowercase()) == Some(letter))
}

fn one(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    if letters.next().is_none() { first } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Alphabet, Case, base, in_case};

    #[test]
    fn every_alphabet_leads_from_a_letter_to_its_index_and_back() {
        for letter in ['a', 'q', 'я', 'λ', 'ø', 'ł', '日', '한', 'ש', 'ع', 'か', 'ก', '٣', 'ß'] {
            let alphabet = Alphabet::of(letter);
            let index = alphabet.index(letter);
            assert_eq!(alphabet.letter(index), letter);
            assert!(index < alphabet.len(), "{letter}");
            let letters: std::collections::BTreeSet<char> =
                (0..alphabet.len()).map(|index| alphabet.letter(index)).collect();
            assert_eq!(letters.len() as u32, alphabet.len(), "{letter}: each letter once");
        }
    }

    #[test]
    fn a_letter_is_a_base_with_case_and_marks() {
        let check = |letter, expected, case, expected_marks: &str| {
            let mut marks = String::new();
            let base = base(letter, &mut marks);
            assert_eq!((base.letter, base.case, marks.as_str()), (expected, case, expected_marks));
        };
        check('é', 'e', Case::Lower, "\u{301}");
        check('É', 'e', Case::Upper, "\u{301}");
        check('ệ', 'e', Case::Lower, "\u{323}\u{302}");
        check('Я', 'я', Case::Upper, "");
        check('한', '한', Case::Lower, "");
        assert_eq!(in_case('ß', Case::Upper), 'ß');
        assert_eq!(in_case('ж', Case::Upper), 'Ж');
    }
}
