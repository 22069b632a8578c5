//! Names as they stand as keys, compared without being looked for: objects alike have their names in the same order.

use crate::json_text;

/// A short name with the quote and the colon that follow it as a key, in numbers, so that it is told from others in no time.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsKey {
    words: [u64; KEY_WORDS],
    /// Of the name; none where it is too long, or has escapes.
    length: Option<u8>,
}

pub(super) const KEY_WORDS: usize = 4;
pub(super) const KEY_BYTES: usize = KEY_WORDS * 8;

/// What follows on a name.
const KEY_END: &[u8] = b"\":";

impl AsKey {
    pub fn of(written: &str) -> AsKey {
        let length = written.len() + KEY_END.len();
        let is_plain = json_text::plain_bytes(written.as_bytes()) == written.len();
        if !is_plain || length > KEY_BYTES {
            return AsKey { words: [0; KEY_WORDS], length: None };
        }
        let mut bytes = [0; KEY_BYTES];
        bytes[..written.len()].copy_from_slice(written.as_bytes());
        bytes[written.len()..length].copy_from_slice(KEY_END);
        AsKey { words: words_of(&bytes), length: Some(written.len() as u8) }
    }

    /// The name's length, where a text that begins so begins with the key.
    #[inline]
    pub fn length_in(&self, text: &[u64; KEY_WORDS]) -> Option<usize> {
        let length = usize::from(self.length?);
        let words = text.iter().zip(&FIRST_BYTES[length + KEY_END.len()]);
        words.zip(&self.words).all(|((word, first), own)| word & first == *own).then_some(length)
    }
}

#[inline]
pub(super) fn words_of(bytes: &[u8; KEY_BYTES]) -> [u64; KEY_WORDS] {
    let mut words = [0; KEY_WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// By number of bytes: the bits of so many first ones.
const FIRST_BYTES: [[u64; KEY_WORDS]; KEY_BYTES + 1] = {
    let mut first = [[0; KEY_WORDS]; KEY_BYTES + 1];
    let mut length = 0;
    while length <= KEY_BYTES {
        let mut byte = 0;
        while byte < length {
            first[length][byte / 8] |= 0xff << (byte % 8 * 8);
            byte += 1;
        }
        length += 1;
    }
    first
};

#[cfg(test)]
mod tests {
    use super::{AsKey, words_of};

    #[test]
    fn a_name_is_told_by_its_quote_and_its_colon_too() {
        let length_in = |name: &str, text: &str| {
            let padded = format!("{text:<32}");
            let words = padded.as_bytes().first_chunk().map(words_of).expect("it is long enough");
            AsKey::of(name).length_in(&words)
        };
        assert_eq!(length_in("email", r#"email":"ada""#), Some(5));
        assert_eq!(length_in("", r#"":1"#), Some(0));
        for text in [r#"email_type":1"#, r#"emai":1"#, r#"email" :1"#, r#"Email":1"#, "email"] {
            assert_eq!(length_in("email", text), None, "{text}");
        }
        let longest = "x".repeat(30);
        assert_eq!(length_in(&longest, &format!("{longest}\":")), Some(30));
        for name in [&"x".repeat(31), r"caf\u00e9", r"a\"] {
            assert_eq!(length_in(name, &format!("{name}\":")), None, "{name} is looked up");
        }
    }
}
