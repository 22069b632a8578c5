//! The letters, digits and signs of a text, found in one go: what most texts have not need not be looked for.

use super::shapes::FIGURE_LETTERS_MAX;

/// Of a text that is no longer than this, it is known where its letters and digits stand.
pub(super) const SHORT_BYTES_MAX: usize = 64;

/// Behind a short text, so that eight bytes can be read from each of its places.
const PADDING: usize = 8;

/// The shortest name of a month has so many.
const MONTH_LETTERS: usize = 3;

/// What a text is made of.
pub(super) struct Signs {
    /// Of ASCII.
    pub digits: usize,
    /// Of ASCII.
    pub letters: usize,
    kinds: u16,
    pub short: Option<Short>,
}

/// A short text's bytes, and where its letters and digits of ASCII stand: a bit each.
pub(super) struct Short {
    pub bytes: [u8; SHORT_BYTES_MAX + PADDING],
    pub digits: u64,
    pub letters: u64,
}

pub(super) const AT: u16 = 1;
pub(super) const EQUALS: u16 = 1 << 1;
pub(super) const BACKSLASH: u16 = 1 << 2;
pub(super) const PERCENT: u16 = 1 << 3;
pub(super) const NOT_ASCII: u16 = 1 << 4;
pub(super) const UNDERSCORE: u16 = 1 << 5;
pub(super) const COLON: u16 = 1 << 6;
pub(super) const SLASH: u16 = 1 << 7;
pub(super) const PLUS: u16 = 1 << 8;
pub(super) const OPENING: u16 = 1 << 9;
/// What stands between the digits of a phone number, but for slashes.
pub(super) const OF_PHONE: u16 = 1 << 10;
pub(super) const OTHER: u16 = 1 << 11;

/// By byte: what sort of sign it is; nothing for letters and digits.
const KINDS: [u16; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < kinds.len() {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => 0,
            b'@' => AT,
            b'=' => EQUALS,
            b'\\' => BACKSLASH,
            b'%' => PERCENT,
            0x80.. => NOT_ASCII,
            b'_' => UNDERSCORE,
            b':' => COLON,
            b'/' => SLASH,
            b'+' => PLUS,
            b'{' | b'[' => OPENING,
            b' ' | b'(' | b')' | b'-' | b'.' => OF_PHONE,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};

impl Signs {
    pub fn of(text: &str) -> Signs {
        if text.len() <= SHORT_BYTES_MAX {
            return Signs::of_short(text.as_bytes());
        }
        let (mut digits, mut letters, mut kinds) = (0, 0, 0);
        for byte in text.bytes() {
            digits += usize::from(byte.is_ascii_digit());
            letters += usize::from(byte.is_ascii_alphabetic());
            kinds |= KINDS[usize::from(byte)];
        }
        Signs { digits, letters, kinds, short: None }
    }

    fn of_short(text: &[u8]) -> Signs {
        let mut bytes = [0; SHORT_BYTES_MAX + PADDING];
        bytes[..text.len()].copy_from_slice(text);
        let (mut digits, mut letters) = (0, 0);
        for (index, word) in bytes.as_chunks().0.iter().take(text.len().div_ceil(8)).enumerate() {
            let word = u64::from_le_bytes(*word);
            digits |= bits(between(word, b'0', b'9')) << (index * 8);
            letters |= bits(between(word | (ONES * 0x20), b'a', b'z') & !word) << (index * 8);
        }
        let all = if text.len() == SHORT_BYTES_MAX { u64::MAX } else { (1 << text.len()) - 1 };
        let mut kinds = 0;
        let mut others = all & !(digits | letters);
        while others != 0 {
            kinds |= KINDS[usize::from(bytes[others.trailing_zeros() as usize])];
            others &= others - 1;
        }
        let short = Some(Short { bytes, digits, letters });
        Signs { digits: digits.count_ones() as usize, letters: letters.count_ones() as usize, kinds, short }
    }

    /// Whether it has one of these signs.
    pub fn has(&self, kinds: u16) -> bool {
        self.kinds & kinds != 0
    }

    /// Whether it has no signs but these.
    pub fn has_only(&self, kinds: u16) -> bool {
        self.kinds & !kinds == 0
    }

    /// Whether it reads as it is written, in ASCII.
    pub fn is_plain(&self) -> bool {
        !self.has(NOT_ASCII | BACKSLASH | PERCENT)
    }

    /// Whether a text that reads as it is written is a figure: a number, with the signs of money and of thousands.
    pub fn is_figure(&self) -> bool {
        self.letters <= FIGURE_LETTERS_MAX && self.digits > 0
    }

    /// Whether it has what every date has: digits, and signs at their places or the name of a month.
    pub fn may_be_date(&self) -> bool {
        match &self.short {
            // Any sign may be escaped.
            _ if !self.is_plain() => self.digits > 0,
            Some(Short { bytes, .. }) => {
                let has_rest = bytes[4] == b'-' || bytes[2] == b'/' || self.letters >= MONTH_LETTERS;
                self.digits > 0 && has_rest
            }
            None => false,
        }
    }

    /// Whether it has a sign that every URL with a secret has, and every e-mail address.
    pub fn may_have_secret(&self) -> bool {
        self.has(EQUALS | AT | BACKSLASH)
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The high bits of those of eight bytes that lie between two of ASCII.
fn between(word: u64, first: u8, last: u8) -> u64 {
    // With its high bit set no byte borrows from the next one.
    let from = |byte: u8| (word | HIGHS) - ONES * u64::from(byte);
    from(first) & !from(last + 1) & !word & HIGHS
}

/// The high bits of eight bytes, side by side.
fn bits(highs: u64) -> u64 {
    (highs >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn letters_and_digits_are_told_as_the_library_tells_them(text in "[ -~é日]{0,64}", more in "[ -~é日\u{0}]{0,40}") {
            for text in [text.clone(), text + &more] {
                let signs = Signs::of(&text);
                let count = |is: fn(&u8) -> bool| text.bytes().filter(is).count();
                prop_assert_eq!(signs.digits, count(u8::is_ascii_digit));
                prop_assert_eq!(signs.letters, count(u8::is_ascii_alphabetic));
                prop_assert_eq!(signs.is_plain(), text.is_ascii() && !text.contains(['\\', '%']));
                prop_assert_eq!(signs.may_have_secret(), text.contains(['=', '@', '\\']));
                if let Some(short) = signs.short {
                    for (index, byte) in text.bytes().enumerate() {
                        prop_assert_eq!(short.digits >> index & 1 == 1, byte.is_ascii_digit());
                        prop_assert_eq!(short.letters >> index & 1 == 1, byte.is_ascii_alphabetic());
                    }
                } else {
                    prop_assert!(text.len() > SHORT_BYTES_MAX);
                }
            }
        }
    }
}
