//! The only unsafe code of the crate: vector instructions where the processor has them.
//!
//! Each function has a portable form beside it in safe code that tests compare it with, and falls back to it.

#![expect(unsafe_code, reason = "vector instructions double the speed of the search for quotes (bench-diff)")]

use crate::scan::{self, Marks};

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
        && std::arch::is_x86_feature_detected!("popcnt")
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_max_epu8, _mm256_movemask_epi8,
        _mm256_set1_epi8,
    };

    use crate::scan::{self, Marks, Masks};

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
