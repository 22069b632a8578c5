//! Numbers, `true`, `false` and `null` read without a branch that depends on which of them it is or how long.
//!
//! Where keys come in any order, no processor can predict what comes next, and a wrong guess costs as much as reading
//! several values.

use crate::simd;
use crate::tape::Type;

/// As much of a text as is looked at.
pub(crate) const TOKEN_BYTES: usize = 16;

/// And the byte behind it, which may end what is as long.
pub(crate) const AHEAD_BYTES: usize = TOKEN_BYTES + 1;

/// Where in sixteen bytes, lowest bit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Masks {
    pub(crate) digits: u32,
    /// `0`
    pub(crate) zeros: u32,
    /// `.`
    pub(crate) dots: u32,
    /// What ends a scalar.
    pub(crate) ends: u32,
}

/// A scalar that ends within these bytes, and its length. `None` where it does not, is a number with an exponent, or
/// none at all: others will tell.
#[inline(always)]
pub(crate) fn read(ahead: &[u8; AHEAD_BYTES]) -> Option<(Type, usize)> {
    let [bytes @ .., behind_all] = ahead;
    let masks = simd::token_masks(bytes);
    let length = (masks.ends | 1 << TOKEN_BYTES).trailing_zeros();
    let behind = 1_u32 << length;
    let digits = masks.digits & (behind - 1);
    let first = u32::from(bytes[0] == b'-');
    // All that is neither a digit nor the sign: nothing, or one dot between digits.
    let others = !masks.digits & (behind - 1) & !first;
    let has_ends = (digits >> first) & u32::from(digits & (behind >> 1) != 0) & 1;
    let has_zero_ahead = (masks.zeros >> first) & (digits >> 1 >> first) & 1;
    let is_wrong = (others & !masks.dots) | (others & others.wrapping_sub(1)) | has_zero_ahead;
    let is_number = has_ends & u32::from(is_wrong == 0);
    let [word @ .., _, _, _, _, _, _, _, _] = *bytes;
    let word = u64::from_le_bytes(word);
    let is_word = |text: [u8; 8], bytes: u32| {
        let mask = u64::MAX >> (64 - 8 * bytes);
        u32::from(word & mask == u64::from_le_bytes(text)) & u32::from(length == bytes)
    };
    let is_true = is_word(*b"true\0\0\0\0", 4);
    let is_false = is_word(*b"false\0\0\0", 5);
    let is_null = is_word(*b"null\0\0\0\0", 4);
    const KINDS: [Type; 4] = [Type::Null, Type::True, Type::False, Type::Number];
    let kind = KINDS[(is_true + 2 * is_false + 3 * is_number) as usize % 4];
    let is_read = is_number | is_true | is_false | is_null;
    let is_ended = (masks.ends | u32::from(is_end(*behind_all)) << TOKEN_BYTES) >> length & 1;
    (is_read & is_ended != 0).then_some((kind, length as usize))
}

/// White space and other controls, a comma, a closing bracket.
#[inline(always)]
fn is_end(byte: u8) -> bool {
    (byte <= b' ') | (byte == b',') | (byte | 0x20 == b'}')
}

/// The masks without any special instruction.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(crate) fn portable_masks(bytes: &[u8; TOKEN_BYTES]) -> Masks {
    let mask =
        |is_it: fn(u8) -> bool| (0..TOKEN_BYTES).fold(0, |bits, at| bits | u32::from(is_it(bytes[at])) << at);
    Masks {
        digits: mask(|byte| byte.is_ascii_digit()),
        zeros: mask(|byte| byte == b'0'),
        dots: mask(|byte| byte == b'.'),
        ends: mask(is_end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Tape;

    fn bytes(text: &str) -> [u8; AHEAD_BYTES] {
        let mut bytes = [b' '; AHEAD_BYTES];
        let length = text.len().min(AHEAD_BYTES);
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        bytes
    }

    /// What is read is what the plain parser reads; what is not, it need not be.
    fn check(text: &str) -> bool {
        let read = read(&bytes(text));
        if let Some((kind, length)) = read {
            let mut tape = Tape::new();
            tape.parse_plainly(&text[..length]).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            let root = tape.json(text).root();
            assert_eq!((root.kind(), root.raw()), (kind, &text[..length]), "{text:?}");
        }
        read.is_some()
    }

    #[test]
    fn what_is_common_is_read() {
        for text in [
            "0",
            "7",
            "-1",
            "-0",
            "0.5",
            "-0.25",
            "10",
            "100000",
            "123456789012345",
            "-123456789012345",
            "1234567890123456,",
            "9.0,",
            "12]",
            "3}",
            "4\n,",
            "true",
            "true,",
            "false}",
            "null]",
            "null\n",
        ] {
            assert!(check(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_or_long_is_not_read() {
        for text in [
            "",
            "-",
            "-,",
            ".",
            ".5",
            "5.",
            "-.5",
            "1..2",
            "1.2.3",
            "01",
            "-01",
            "00",
            "00.5",
            "1-2",
            "--1",
            "+1",
            "1e5",
            "1E5",
            "tru",
            "true1",
            "truefalse",
            "nulls",
            "nul",
            "False",
            "12345678901234567",
            "1234567890123456:",
            "1a",
            "1\"",
            "1:",
            ",",
            "]",
            "\u{e9}",
            "1\u{e9}",
        ] {
            assert!(!check(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_what_the_plain_parser_reads(text in "[-0-9.eE+,\\]} \ntrufalsn]{0,20}", other in "-?[0-9]{1,9}(\\.[0-9]{1,5})?[,} x]?") {
            check(&text);
            check(&other);
        }
    }
}
