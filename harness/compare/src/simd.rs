//! The only unsafe code of the crate: vector instructions where the processor has them.
//!
//! Each function has a portable form beside it in safe code that tests compare it with, and falls back to it.

#![expect(unsafe_code, reason = "vector instructions double the speed of the search for quotes (bench-diff)")]

use crate::pairs::Pairs;
use crate::scan::{self, Marks};
use crate::shape::Names;
use crate::tape::Value;
use crate::token;

/// Finds the quotes and backslashes of a text.
pub(crate) fn find(marks: &mut Marks, text: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_64_v3() {
        // SAFETY: the processor has what the function is compiled for; this was asked just above.
        return unsafe { x86::find(marks, text) };
    }
    marks.find_by(text, scan::portable_masks);
}

/// How many bytes two texts begin with in common.
pub(crate) fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if is_x86_64_v3() {
        // SAFETY: the processor has what the function is compiled for; this was asked just above.
        return unsafe { x86::common_prefix(one, other) };
    }
    scan::common_prefix_by_words(one, other)
}

/// Which of thirty-two bytes are the same, lowest bit first.
#[inline(always)]
pub(crate) fn equal_bytes(one: &[u8; 32], other: &[u8; 32]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return sse2::equal_bytes(one, other);
    #[cfg(not(target_arch = "x86_64"))]
    equal_bytes_portably(one, other)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn equal_bytes_portably(one: &[u8; 32], other: &[u8; 32]) -> u32 {
    (0..32).fold(0, |same, at| same | u32::from(one[at] == other[at]) << at)
}

/// Pairs the members of two objects.
pub(crate) fn pair(pairs: &mut Pairs, legacy: Value<'_>, new: Value<'_>, names: &Names) -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_64_v3() {
        // SAFETY: the processor has what the function is compiled for; this was asked just above.
        return unsafe { x86::pair(pairs, legacy, new, names) };
    }
    pairs.pair_by(legacy, new, names, differing_bytes_portably)
}

/// Which of sixty-four bytes differ, lowest bit first.
fn differing_bytes_portably(one: &[u8; 64], other: &[u8; 64]) -> u64 {
    (0..64).fold(0, |bits, at| bits | u64::from(one[at] != other[at]) << at)
}

/// Where digits and what ends a scalar lie in sixteen bytes.
#[inline(always)]
pub(crate) fn token_masks(bytes: &[u8; 16]) -> token::Masks {
    #[cfg(target_arch = "x86_64")]
    return sse2::token_masks(bytes);
    #[cfg(not(target_arch = "x86_64"))]
    token::portable_masks(bytes)
}

/// Sixteen bits each of up to sixty-four names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags([[u16; 16]; 4]);

impl Tags {
    /// Notes a name's tag; the index is below 64.
    #[inline(always)]
    pub(crate) fn set(&mut self, index: usize, tag: u16) {
        self.0[index / 16 % 4][index % 16] = tag;
    }

    /// Which of the first so many are this tag, lowest bit first.
    #[inline(always)]
    pub(crate) fn equal(&self, count: usize, tag: u16) -> u64 {
        let mut equal = 0;
        for (index, group) in self.0.iter().take(count.div_ceil(16)).enumerate() {
            equal |= u64::from(equal_tags(group, tag)) << (index * 16);
        }
        // What lies behind the last is none.
        equal & u64::MAX.checked_shr(64 - count as u32).unwrap_or(0)
    }
}

#[inline(always)]
fn equal_tags(group: &[u16; 16], tag: u16) -> u16 {
    #[cfg(target_arch = "x86_64")]
    return sse2::equal_tags(group, tag);
    #[cfg(not(target_arch = "x86_64"))]
    equal_tags_portably(group, tag)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn equal_tags_portably(group: &[u16; 16], tag: u16) -> u16 {
    (0..16).fold(0, |equal, at| equal | u16::from(group[at] == tag) << at)
}

/// Asks for memory that will be read soon; nothing but time depends on it.
pub(crate) fn prefetch<T>(items: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for item in items.iter().step_by((64 / size_of::<T>()).max(1)) {
        // SAFETY: a prefetch reads nothing and faults nowhere; the address is that of a live reference anyway.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(
                std::ptr::from_ref(item).cast(),
            )
        };
    }
}

#[cfg(target_arch = "x86_64")]
fn is_x86_64_v3() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("popcnt")
}

/// What every processor of this family has.
#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmpeq_epi16, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8,
        _mm_or_si128, _mm_packs_epi16, _mm_set1_epi8, _mm_set1_epi16, _mm_sub_epi8,
    };

    use crate::token;

    #[inline(always)]
    pub(super) fn equal_bytes(one: &[u8; 32], other: &[u8; 32]) -> u32 {
        let (ones, _) = one.as_chunks::<16>();
        let (others, _) = other.as_chunks::<16>();
        let equal = |at: usize| {
            // SAFETY: the instructions belong to every processor of this family.
            unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(load(&ones[at]), load(&others[at]))) as u32 }
        };
        equal(0) | equal(1) << 16
    }

    #[inline(always)]
    pub(super) fn token_masks(bytes: &[u8; 16]) -> token::Masks {
        // SAFETY: the instructions belong to every processor of this family.
        unsafe {
            let bytes = load(bytes);
            let all = |byte: u8| _mm_set1_epi8(byte as i8);
            let equal = |byte: u8| _mm_cmpeq_epi8(bytes, all(byte));
            let mask = |bytes: __m128i| _mm_movemask_epi8(bytes) as u32;
            let from_zero = _mm_sub_epi8(bytes, all(b'0'));
            let digits = _mm_cmpeq_epi8(_mm_min_epu8(from_zero, all(9)), from_zero);
            let spaces = _mm_cmpeq_epi8(_mm_min_epu8(bytes, all(b' ')), bytes);
            // The closing brackets differ in one bit, which no other byte turns into one of them.
            let brackets = _mm_cmpeq_epi8(_mm_or_si128(bytes, all(0x20)), all(b'}'));
            let ends = _mm_or_si128(_mm_or_si128(spaces, brackets), equal(b','));
            token::Masks {
                digits: mask(digits),
                zeros: mask(equal(b'0')),
                dots: mask(equal(b'.')),
                ends: mask(ends),
            }
        }
    }

    #[inline(always)]
    pub(super) fn equal_tags(group: &[u16; 16], tag: u16) -> u16 {
        let (halves, _) = group.as_chunks::<8>();
        // SAFETY: the instructions belong to every processor of this family.
        unsafe {
            let wanted = _mm_set1_epi16(tag as i16);
            let equal = |half: &[u16; 8]| _mm_cmpeq_epi16(load(half), wanted);
            _mm_movemask_epi8(_mm_packs_epi16(equal(&halves[0]), equal(&halves[1]))) as u16
        }
    }

    #[inline(always)]
    fn load<const N: usize, T>(items: &[T; N]) -> __m128i {
        const { assert!(size_of::<T>() * N == 16, "what is loaded is sixteen bytes long") };
        // SAFETY: 16 bytes are read from a reference to 16 bytes; the instruction asks for no alignment.
        unsafe { _mm_loadu_si128(items.as_ptr().cast()) }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_max_epu8, _mm256_movemask_epi8,
        _mm256_set1_epi8,
    };

    use crate::pairs::Pairs;
    use crate::scan::{self, Marks, Masks};
    use crate::shape::Names;
    use crate::tape::Value;

    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    pub(super) fn pair(pairs: &mut Pairs, legacy: Value<'_>, new: Value<'_>, names: &Names) -> bool {
        pairs.pair_by(legacy, new, names, |one, other| differing_bytes(one, other))
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    #[inline]
    pub(super) fn differing_bytes(one: &[u8; 64], other: &[u8; 64]) -> u64 {
        let (ones, _) = one.as_chunks::<32>();
        let (others, _) = other.as_chunks::<32>();
        let equal =
            |at: usize| _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(&ones[at]), load(&others[at]))) as u32;
        !(u64::from(equal(0)) | u64::from(equal(1)) << 32)
    }

    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub(super) fn find(marks: &mut Marks, text: &[u8]) {
        marks.find_by(text, |block| masks(block));
    }

    #[target_feature(enable = "avx2,bmi1,popcnt")]
    #[inline]
    fn masks(block: &[u8; 64]) -> Masks {
        let (halves, _) = block.as_chunks::<32>();
        let (low, high) = (load(&halves[0]), load(&halves[1]));
        let both = |low: __m256i, high: __m256i| {
            u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << 32
        };
        let equal = |byte: u8| {
            let wanted = _mm256_set1_epi8(byte as i8);
            both(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted))
        };
        let last_control = _mm256_set1_epi8(0x1f);
        let is_control = |half| _mm256_cmpeq_epi8(_mm256_max_epu8(half, last_control), last_control);
        Masks {
            quotes: equal(b'"'),
            backslashes: equal(b'\\'),
            controls: both(is_control(low), is_control(high)),
        }
    }

    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub(super) fn common_prefix(one: &[u8], other: &[u8]) -> usize {
        let mut same = 0;
        for (left, right) in one.as_chunks::<32>().0.iter().zip(other.as_chunks::<32>().0) {
            let equal = _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(left), load(right))) as u32;
            if equal != u32::MAX {
                return same + equal.trailing_ones() as usize;
            }
            same += 32;
        }
        same + scan::common_prefix_by_words(&one[same..], &other[same..])
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: 32 bytes are read from a reference to 32 bytes; the instruction asks for no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn equal_bytes_are_those_of_the_plain_way(one in "[ab]{32}", other in "[ab]{32}") {
            let chunk = |text: &str| *text.as_bytes().first_chunk::<32>().expect("thirty-two letters");
            let (one, other) = (chunk(&one), chunk(&other));
            proptest::prop_assert_eq!(equal_bytes(&one, &other), equal_bytes_portably(&one, &other));
        }

        #[test]
        fn differing_bytes_are_those_of_the_plain_way(one in "[ab]{64}", other in "[ab]{64}") {
            let chunk = |text: &str| *text.as_bytes().first_chunk::<64>().expect("sixty-four letters");
            let (one, other) = (chunk(&one), chunk(&other));
            #[cfg(target_arch = "x86_64")]
            if is_x86_64_v3() {
                // SAFETY: the processor has what the function is compiled for; this was asked just above.
                let differing = unsafe { x86::differing_bytes(&one, &other) };
                proptest::prop_assert_eq!(differing, differing_bytes_portably(&one, &other));
            }
        }

        #[test]
        fn token_masks_are_those_of_the_plain_way(bytes: [u8; 16], text in "[-0-9.,\\]} \n]{16}") {
            proptest::prop_assert_eq!(token_masks(&bytes), token::portable_masks(&bytes));
            let text = text.as_bytes().first_chunk::<16>().expect("sixteen letters");
            proptest::prop_assert_eq!(token_masks(text), token::portable_masks(text));
        }

        #[test]
        fn equal_tags_are_those_of_the_plain_way(tags in proptest::collection::vec(0..3_u16, 0..=64), tag in 0..3_u16) {
            let mut all = Tags::default();
            tags.iter().enumerate().for_each(|(index, &tag)| all.set(index, tag));
            let expected = tags.iter().enumerate().fold(0, |equal, (index, &known)| equal | u64::from(known == tag) << index);
            proptest::prop_assert_eq!(all.equal(tags.len(), tag), expected);
            for group in &all.0 {
                proptest::prop_assert_eq!(equal_tags(group, tag), equal_tags_portably(group, tag));
            }
        }
    }
}
