//! Where a text's quotes and backslashes lie: what the quick parser jumps by.
//!
//! Sixty-four bytes at a time become three masks; a quote that no backslash escapes is written down. With this the
//! parser never looks at a string's inside: its end is the next mark.

use crate::simd;

/// So many bytes are searched at a time: when the parser comes to them, they are still in the near caches.
pub(crate) const WINDOW_BYTES: usize = 64 << 10;

/// Positions in a text, found window by window; kept and reused from one text to the next.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Room for positions; only the first `quotes_len` count.
    pub(crate) quotes: Vec<u32>,
    quotes_len: usize,
    backslashes: Vec<u32>,
    /// A control character stands inside a string.
    spoilt: bool,
    /// So many bytes were searched.
    searched: usize,
    carry: Carry,
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
#[derive(Clone, Copy, Debug, Default)]
struct Carry {
    /// All ones where the block begins inside a string.
    in_string: u64,
    /// 1 where the block's first byte is escaped.
    escaped: u64,
}

impl Marks {
    /// How many quotes that are not escaped are known, the first of `quotes`.
    pub(crate) fn quotes_len(&self) -> usize {
        self.quotes_len
    }

    /// Positions of the known backslashes.
    pub(crate) fn backslashes(&self) -> &[u32] {
        &self.backslashes
    }

    /// The text is no JSON.
    pub(crate) fn is_spoilt(&self) -> bool {
        self.spoilt
    }

    /// Forgets the last text.
    pub(crate) fn begin(&mut self) {
        (self.quotes_len, self.searched) = (0, 0);
        self.backslashes.clear();
        self.spoilt = false;
        self.carry = Carry::default();
    }

    /// Finds the marks of a text's next window, behind those that are known but for the first few that were used;
    /// `false` where all was searched.
    pub(crate) fn find_more(&mut self, text: &[u8], quotes_used: usize, backslashes_used: usize) -> bool {
        if self.searched >= text.len() {
            return false;
        }
        self.quotes.copy_within(quotes_used..self.quotes_len, 0);
        self.quotes_len -= quotes_used;
        self.backslashes.drain(..backslashes_used);
        simd::find(self, text);
        true
    }

    /// The work of [`Marks::find_more`], with whatever gives the masks of a block.
    #[inline(always)]
    pub(crate) fn find_by(&mut self, text: &[u8], masks: impl Fn(&[u8; 64]) -> Masks) {
        let (from, mut carry) = (self.searched, self.carry);
        // A window is a whole number of blocks, but for the last.
        let end = (from + WINDOW_BYTES).min(text.len());
        let (blocks, rest) = text[from..end].as_chunks::<64>();
        for (index, block) in blocks.iter().enumerate() {
            self.add(from + index * 64, masks(block), &mut carry);
        }
        if !rest.is_empty() {
            let mut block = [b' '; 64];
            block[..rest.len()].copy_from_slice(rest);
            self.add(from + blocks.len() * 64, masks(&block), &mut carry);
        }
        (self.searched, self.carry) = (end, carry);
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

/// Sixteen bits of a name, by its first eight bytes, its last eight and its length: short, without a branch that
/// depends on the length (which no processor can predict where names come in any order), and good enough for one object.
#[inline(always)]
pub(crate) fn name_tag(text: &[u8], start: usize, end: usize) -> u16 {
    let length = end - start;
    let word = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    match (word(text[start..].first_chunk()), word(text[..end].last_chunk())) {
        (Some(head), Some(tail)) => {
            let outside = 8 * (8 - length.clamp(1, 8));
            tag_of_words(head << outside, tail >> outside << outside, length)
        }
        _ => short_name_tag(&text[start..end]),
    }
}

#[inline(always)]
fn tag_of_words(head: u64, tail: u64, length: usize) -> u16 {
    let hash = (head ^ tail.rotate_left(23) ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> 48) as u16
}

/// The same of a name at the very begin or end of a text, where eight bytes cannot be read at once.
#[cold]
fn short_name_tag(name: &[u8]) -> u16 {
    let length = name.len().clamp(1, 8);
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word) << (8 * (8 - length))
    };
    let near = name.len().min(8);
    tag_of_words(word(&name[..near]), word(&name[name.len() - near..]), name.len())
}

/// Are two texts the same? For short ones, by a few words of them: a call costs more than that.
#[inline(always)]
pub(crate) fn is_same_text(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match (one.first_chunk::<8>(), other.first_chunk::<8>(), one.last_chunk::<8>(), other.last_chunk::<8>()) {
        (Some(head), Some(other_head), Some(tail), Some(other_tail)) => {
            head == other_head && tail == other_tail && (one.len() <= 16 || is_same_inside(one, other))
        }
        _ => match (
            one.first_chunk::<4>(),
            other.first_chunk::<4>(),
            one.last_chunk::<4>(),
            other.last_chunk::<4>(),
        ) {
            (Some(head), Some(other_head), Some(tail), Some(other_tail)) => {
                head == other_head && tail == other_tail
            }
            _ => one.iter().eq(other),
        },
    }
}

/// Are two texts of one length the same, of which the first and last eight bytes are?
#[inline(always)]
fn is_same_inside(one: &[u8], other: &[u8]) -> bool {
    match one.len() <= 32 {
        true => {
            one.first_chunk::<16>() == other.first_chunk::<16>()
                && one.last_chunk::<16>() == other.last_chunk::<16>()
        }
        false => one == other,
    }
}

/// Which of sixty-four bytes differ, bit by bit, at the end of a text too; what lies behind an end differs.
#[inline(always)]
pub(crate) fn differing(
    one: &[u8],
    other: &[u8],
    differing_bytes: impl Fn(&[u8; 64], &[u8; 64]) -> u64,
) -> u64 {
    match (one.first_chunk(), other.first_chunk()) {
        (Some(near), Some(other_near)) => differing_bytes(near, other_near),
        _ => differing_end(one, other),
    }
}

#[cold]
fn differing_end(one: &[u8], other: &[u8]) -> u64 {
    let is_same = |at: &usize| one.get(*at).is_some_and(|byte| other.get(*at) == Some(byte));
    (0..64).filter(is_same).fold(u64::MAX, |bits, at| bits & !(1 << at))
}

/// Are so many bytes from here on the same? Both texts have as many. Where more follow, as almost everywhere, what is
/// short is compared without a branch that depends on how short.
#[inline(always)]
pub(crate) fn is_same_stretch(one: &[u8], other: &[u8], length: usize) -> bool {
    match (one.first_chunk::<32>(), other.first_chunk::<32>()) {
        (Some(near), Some(other_near)) => {
            let same = simd::equal_bytes(near, other_near);
            // As many ones from the lowest bit on.
            let wanted = ((1_u64 << length.min(32)) - 1) as u32;
            same & wanted == wanted && (length <= 32 || one[32..length] == other[32..length])
        }
        _ => one[..length] == other[..length],
    }
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
            all(&mut marks, text, portable);
            assert_eq!(found(&marks), plainly(text), "{text:?}");
        }
    }

    /// Every window, with none of the marks used meanwhile.
    fn all(marks: &mut Marks, text: &[u8], portable: bool) {
        marks.begin();
        match portable {
            true => {
                while marks.searched < text.len() {
                    marks.find_by(text, portable_masks);
                }
            }
            false => while marks.find_more(text, 0, 0) {},
        }
    }

    fn found(marks: &Marks) -> (Vec<u32>, Vec<u32>) {
        (marks.quotes[..marks.quotes_len].to_vec(), marks.backslashes.clone())
    }

    #[test]
    fn marks_are_found_across_windows() {
        for length in WINDOW_BYTES - 3..WINDOW_BYTES + 3 {
            let text: Vec<u8> = b"\"a\\\\\\\"b\",".iter().copied().cycle().take(3 * length).collect();
            check(&text);
        }
        // Used ones go as the next window comes.
        let text = "\"a\",".repeat(WINDOW_BYTES / 2);
        let (mut marks, mut seen, mut used) = (Marks::default(), Vec::new(), 0);
        marks.begin();
        while marks.find_more(text.as_bytes(), used, 0) {
            used = marks.quotes_len() - 1;
            seen.extend_from_slice(&marks.quotes[..used]);
        }
        seen.extend_from_slice(&marks.quotes[used..marks.quotes_len()]);
        assert_eq!(seen, plainly(text.as_bytes()).0);
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
            all(&mut marks, &text, false);
            all(&mut other, &text, true);
            assert_eq!((found(&marks), marks.is_spoilt()), (found(&other), other.is_spoilt()), "{byte}");
        }
    }

    #[test]
    fn a_name_has_one_tag_wherever_it_stands() {
        let name = "\"custom_field_10__c\"";
        for length in 1..=name.len() {
            let name = &name[..length];
            let tag = name_tag(name.as_bytes(), 0, length);
            for (before, after) in [("", "::::::::"), ("{{{{{{{{{", ""), ("[1,2,3,4,5", ":1234567890")] {
                let text = format!("{before}{name}{after}");
                let start = before.len();
                assert_eq!(name_tag(text.as_bytes(), start, start + length), tag, "{text}");
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
        fn short_texts_are_the_same_when_they_are(text in "[ab]{0,40}", at in 0..40_usize) {
            let mut other = text.clone().into_bytes();
            proptest::prop_assert!(is_same_text(text.as_bytes(), &other));
            if let Some(byte) = other.get_mut(at) {
                *byte ^= 1;
                proptest::prop_assert!(!is_same_text(text.as_bytes(), &other));
            }
            other.push(b'a');
            proptest::prop_assert!(!is_same_text(text.as_bytes(), &other));
        }

        #[test]
        fn stretches_are_the_same_when_they_are(text in "[ab]{0,80}", behind in "[ab]{0,40}", at in 0..80_usize) {
            let one = [text.as_bytes(), b"1", behind.as_bytes()].concat();
            let mut other = [text.as_bytes(), b"22", behind.as_bytes()].concat();
            proptest::prop_assert!(is_same_stretch(&one, &other, text.len()));
            if at < text.len() {
                other[at] ^= 1;
                proptest::prop_assert!(!is_same_stretch(&one, &other, text.len()));
            }
        }

        #[test]
        fn marks_are_those_of_the_plain_search(text in proptest::collection::vec(
            proptest::sample::select(&b"\"\\ab\n{"[..]), 0..300,
        )) {
            check(&text);
        }
    }
}
