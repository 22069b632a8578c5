//! Where a text's quotes and backslashes lie: what the quick parser jumps by.
//!
//! Sixty-four bytes at a time become three masks; a quote that no backslash escapes is written down. With this the
//! parser never looks at a string's inside: its end is the next mark.

use crate::simd;

/// Positions in a text; kept and reused from one text to the next.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Room for positions; only the first `quotes_len` count.
    quotes: Vec<u32>,
    quotes_len: usize,
    backslashes: Vec<u32>,
    /// A control character stands inside a string.
    spoilt: bool,
}

/// Where in sixty-four bytes, lowest bit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Masks {
    pub(crate) quotes: u64,
    pub(crate) backslashes: u64,
    /// Below 0x20.
    pub(crate) controls: u64,
}

/// What is carried from one block to the next.
#[derive(Default)]
struct Carry {
    /// All ones where the block begins inside a string.
    in_string: u64,
    /// 1 where the block's first byte is escaped.
    escaped: u64,
}

impl Marks {
    /// Positions of the quotes that are not escaped.
    pub(crate) fn quotes(&self) -> &[u32] {
        &self.quotes[..self.quotes_len]
    }

    /// Positions of all backslashes.
    pub(crate) fn backslashes(&self) -> &[u32] {
        &self.backslashes
    }

    /// The text is no JSON.
    pub(crate) fn is_spoilt(&self) -> bool {
        self.spoilt
    }

    /// Finds the marks of a text, replacing those of the last.
    pub(crate) fn find(&mut self, text: &[u8]) {
        simd::find(self, text);
    }

    /// The work of [`Marks::find`], with whatever gives the masks of a block.
    #[inline(always)]
    pub(crate) fn find_by(&mut self, text: &[u8], masks: impl Fn(&[u8; 64]) -> Masks) {
        self.quotes_len = 0;
        self.backslashes.clear();
        self.spoilt = false;
        let mut carry = Carry::default();
        let (blocks, rest) = text.as_chunks::<64>();
        for (index, block) in blocks.iter().enumerate() {
            self.add(index * 64, masks(block), &mut carry);
        }
        if !rest.is_empty() {
            let mut block = [b' '; 64];
            block[..rest.len()].copy_from_slice(rest);
            self.add(blocks.len() * 64, masks(&block), &mut carry);
        }
    }

    #[inline(always)]
    fn add(&mut self, base: usize, masks: Masks, carry: &mut Carry) {
        let escaped =
            if masks.backslashes | carry.escaped == 0 { 0 } else { self.escaped(base, masks, carry) };
        let mut quotes = masks.quotes & !escaped;
        let count = quotes.count_ones() as usize;
        if masks.controls != 0 {
            let inside = prefix_xor(quotes) ^ carry.in_string;
            self.spoilt |= masks.controls & inside != 0;
        }
        carry.in_string ^= 0_u64.wrapping_sub(count as u64 & 1);
        if self.quotes.len() < self.quotes_len + 64 {
            self.grow();
        }
        let Some(room) = self.quotes[self.quotes_len..].first_chunk_mut::<64>() else { return };
        // Eight at once without asking how many there are: most blocks have fewer, and what is too much is overwritten.
        let mut at = 0;
        while at < count {
            for place in &mut room[at..(at + 8).min(64)] {
                *place = base as u32 + quotes.trailing_zeros();
                quotes &= quotes.wrapping_sub(1);
            }
            at += 8;
        }
        self.quotes_len += count;
    }

    #[cold]
    fn grow(&mut self) {
        self.quotes.resize((self.quotes.len() * 2).max(1024), 0);
    }

    /// Writes down the backslashes of a block and answers which of its bytes are escaped by one.
    #[cold]
    fn escaped(&mut self, base: usize, masks: Masks, carry: &mut Carry) -> u64 {
        let mut escaped = carry.escaped;
        carry.escaped = 0;
        let mut left = masks.backslashes;
        while left != 0 {
            let at = left.trailing_zeros();
            left &= left - 1;
            self.backslashes.push(base as u32 + at);
            if escaped >> at & 1 == 1 {
                continue;
            }
            match at {
                63 => carry.escaped = 1,
                _ => escaped |= 2 << at,
            }
        }
        escaped
    }
}

/// Hashes a name by its first eight bytes, its last eight and its length: short, without a branch that depends on
/// the length (which no processor can predict where names come in any order), and good enough for one object.
#[inline(always)]
pub(crate) fn name_hash(text: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    let outside = 8 * (8 - length.clamp(1, 8));
    let word = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    let (head, tail) = match (word(text[start..].first_chunk()), word(text[..end].last_chunk())) {
        (Some(head), Some(tail)) => (head << outside, tail >> outside << outside),
        _ => short_name(&text[start..end]),
    };
    let hash = (head ^ tail.rotate_left(23) ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ hash >> 32
}

/// The same words of a name at the very begin or end of a text, where eight bytes cannot be read at once.
#[cold]
fn short_name(name: &[u8]) -> (u64, u64) {
    let length = name.len().clamp(1, 8);
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word) << (8 * (8 - length))
    };
    (word(&name[..name.len().min(8)]), word(&name[name.len() - name.len().min(8)..]))
}

/// How many bytes two texts begin with in common.
#[inline]
pub(crate) fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    /// Longer stretches are worth the call.
    const NEAR: usize = 64;
    let near = common_prefix_by_words(&one[..one.len().min(NEAR)], &other[..other.len().min(NEAR)]);
    if near < NEAR {
        return near;
    }
    NEAR + simd::common_prefix(&one[NEAR..], &other[NEAR..])
}

/// The same without any special instruction.
#[inline]
pub(crate) fn common_prefix_by_words(one: &[u8], other: &[u8]) -> usize {
    let mut same = 0;
    let (words, _) = one.as_chunks::<8>();
    let (other_words, _) = other.as_chunks::<8>();
    for (word, other_word) in words.iter().zip(other_words) {
        let differing = u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other_word);
        if differing != 0 {
            return same + differing.trailing_zeros() as usize / 8;
        }
        same += 8;
    }
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

/// Each bit becomes the parity of the bits up to it: ones from an opening quote up to before the closing one.
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// The masks of a block without any special instruction.
pub(crate) fn portable_masks(block: &[u8; 64]) -> Masks {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let (mut quotes, mut backslashes, mut controls) = (0, 0, 0);
    let (words, _) = block.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let is_zero = |word: u64| !(((word & LOW) + LOW) | word | LOW);
        // One bit a byte, gathered into the lowest byte.
        let gather = |flags: u64| ((flags >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (index * 8);
        quotes |= gather(is_zero(word ^ 0x2222_2222_2222_2222));
        backslashes |= gather(is_zero(word ^ 0x5c5c_5c5c_5c5c_5c5c));
        controls |= gather(is_zero(word & 0xe0e0_e0e0_e0e0_e0e0));
    }
    Masks { quotes, backslashes, controls }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by looking at every byte.
    fn plainly(text: &[u8]) -> (Vec<u32>, Vec<u32>) {
        let (mut quotes, mut backslashes) = (Vec::new(), Vec::new());
        let mut is_escaped = false;
        for (at, &byte) in text.iter().enumerate() {
            if byte == b'\\' {
                backslashes.push(at as u32);
            }
            if byte == b'"' && !is_escaped {
                quotes.push(at as u32);
            }
            is_escaped = byte == b'\\' && !is_escaped;
        }
        (quotes, backslashes)
    }

    fn check(text: &[u8]) {
        let mut marks = Marks::default();
        for portable in [false, true] {
            match portable {
                true => marks.find_by(text, portable_masks),
                false => marks.find(text),
            }
            assert_eq!((marks.quotes().to_vec(), marks.backslashes().to_vec()), plainly(text), "{text:?}");
        }
    }

    #[test]
    fn marks_are_found_wherever_blocks_end() {
        for length in 0..200 {
            for piece in [&b"\\\""[..], b"\"", b"\\", b"\\\\\"x", b"a\"\\n\"", b"\xc3\xa9\""] {
                check(&piece.iter().copied().cycle().take(length).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn both_ways_give_the_same_masks_for_every_byte() {
        let mut marks = Marks::default();
        let mut other = Marks::default();
        for byte in 0..=255_u8 {
            let text: Vec<u8> = (0..64).map(|at| byte.wrapping_add(at)).chain([b'"', byte, b'"']).collect();
            marks.find(&text);
            other.find_by(&text, portable_masks);
            assert_eq!((marks.quotes(), marks.is_spoilt()), (other.quotes(), other.is_spoilt()), "{byte}");
        }
    }

    #[test]
    fn a_name_has_one_hash_wherever_it_stands() {
        let name = "\"custom_field_10__c\"";
        for length in 1..=name.len() {
            let name = &name[..length];
            let hash = name_hash(name.as_bytes(), 0, length);
            for (before, after) in [("", "::::::::"), ("{{{{{{{{{", ""), ("[1,2,3,4,5", ":1234567890")] {
                let text = format!("{before}{name}{after}");
                let start = before.len();
                assert_eq!(name_hash(text.as_bytes(), start, start + length), hash, "{text}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn a_common_prefix_is_that_of_the_plain_search(same in 0..300_usize, rest in 0..70_usize, other_rest in 0..70_usize) {
            let text = |rest: usize, byte: u8| -> Vec<u8> {
                (0..same).map(|at| (at * 7) as u8).chain(std::iter::repeat_n(byte, rest)).collect()
            };
            let (one, other) = (text(rest, 1), text(other_rest, 2));
            proptest::prop_assert_eq!(common_prefix(&one, &other), same);
            proptest::prop_assert_eq!(common_prefix(&one, &one), one.len());
            proptest::prop_assert_eq!(common_prefix_by_words(&other, &one), same);
        }

        #[test]
        fn marks_are_those_of_the_plain_search(text in proptest::collection::vec(
            proptest::sample::select(&b"\"\\ab\n{"[..]), 0..300,
        )) {
            check(&text);
        }
    }
}
