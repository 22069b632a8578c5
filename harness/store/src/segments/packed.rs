//! Pages of ids as version 2 has them: what tells an id is as long as it must be, and no longer.
//!
//! ```text
//! page     4,096 bytes
//!   0      how many of the hash's lowest bits are left off
//!   1      bits of a number
//!   2, 3   zero
//!   4..8   the first hash, cut
//!   8..    for each id: how much its cut hash is above the one before it, in Rice's code; then its pair's number
//!   4088   how many ids there are
//!   4092   the checksum of all before
//! ```
//!
//! The hashes of so many ids are evenly spread, so the steps between them, sorted, take little more than ten bits each where
//! a search may err once in a thousand (R. F. Rice, *Some practical universal noiseless coding techniques*, 1979). Bits fill
//! a byte from its lowest on.

use super::frame::u32_at;
use super::ids::{PAGE_BYTES, Pages};

/// Of a step, so many bits stand as they are; what is above them is counted out in ones.
const STEP_BITS: u32 = 10;

/// After so many ones the whole step stands as it is: nobody can make a page of one id.
const ONES_MAX: u32 = 24;

/// Where the ids begin.
const HEAD_BYTES: usize = 8;

/// Where they end.
const END: usize = PAGE_BYTES - 8;

/// An id's hash and its pair's number.
type Id = (u32, u32);

/// How ids are packed: the same for a whole segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packing {
    /// Bits that are left off at the low end of a hash.
    cut: u32,
    number_bits: u32,
}

impl Packing {
    /// Of so many ids, numbered from 0.
    fn of(count: usize) -> Packing {
        let number_bits = usize::BITS - count.leading_zeros();
        Packing { cut: 32_u32.saturating_sub(number_bits + STEP_BITS), number_bits }
    }

    fn hash(self, hash: u32) -> u32 {
        hash.checked_shr(self.cut).unwrap_or(0)
    }

    /// Bits of an id.
    fn bits(self, step: u32) -> usize {
        let ones = step >> STEP_BITS;
        let of_step = if ones > ONES_MAX { ONES_MAX + 1 + u32::BITS } else { ones + 1 + STEP_BITS };
        (of_step + self.number_bits) as usize
    }
}

/// Makes the pages of ids, each with its pair's number.
pub(super) fn pages(mut ids: Vec<Id>) -> Pages {
    ids.sort_unstable();
    let packing = Packing::of(ids.len());
    let mut pages = Pages { bytes: Vec::new(), firsts: Vec::new() };
    let mut rest = ids.as_slice();
    while let [(first, _), ..] = rest {
        pages.firsts.push(*first);
        let (page, after) = page(rest, packing);
        pages.bytes.extend(page);
        rest = after;
    }
    pages
}

/// A page of as many ids as fit, at least one, and those that follow.
fn page(ids: &[Id], packing: Packing) -> (Vec<u8>, &[Id]) {
    let first = ids.first().map_or(0, |(hash, _)| packing.hash(*hash));
    let mut bits = Bits { bytes: vec![packing.cut as u8, packing.number_bits as u8, 0, 0], used: 0 };
    bits.bytes.extend(first.to_le_bytes());
    bits.used = HEAD_BYTES * 8;
    let (mut last, mut count) = (first, 0);
    for (hash, number) in ids {
        let hash = packing.hash(*hash);
        let step = hash - last;
        if bits.used + packing.bits(step) > END * 8 {
            break;
        }
        bits.push_step(step);
        bits.push(u64::from(*number), packing.number_bits);
        (last, count) = (hash, count + 1);
    }
    let mut page = bits.bytes;
    page.resize(END, 0);
    page.extend((count as u32).to_le_bytes());
    page.extend(crc32fast::hash(&page).to_le_bytes());
    (page, &ids[count..])
}

/// The numbers that a page has for a hash, and for few others that are cut to the same; none where the page is damaged.
pub(super) fn numbers(page: &[u8; PAGE_BYTES], hash: u32) -> Option<Vec<u32>> {
    if crc32fast::hash(&page[..PAGE_BYTES - 4]) != u32_at(page, PAGE_BYTES - 4) {
        return None;
    }
    let packing = Packing { cut: page[0].into(), number_bits: page[1].into() };
    if packing.number_bits > u32::BITS {
        return None;
    }
    let (wanted, mut last) = (packing.hash(hash), u32_at(page, 4));
    let (mut taken, mut numbers) = (Taken { page, at: HEAD_BYTES * 8 }, Vec::new());
    for _ in 0..u32_at(page, END) {
        last = last.checked_add(taken.step()?)?;
        let number = taken.number(packing.number_bits)?;
        if last == wanted {
            numbers.push(number);
        }
        if last > wanted {
            break;
        }
    }
    Some(numbers)
}

/// Bits that are being written.
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn push(&mut self, value: u64, bits: u32) {
        for bit in 0..bits {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= ((value >> bit & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }

    fn push_step(&mut self, step: u32) {
        let ones = step >> STEP_BITS;
        if ones > ONES_MAX {
            self.push(u64::MAX, ONES_MAX + 1);
            self.push(u64::from(step), u32::BITS);
        } else {
            self.push((1 << ones) - 1, ones + 1);
            self.push(u64::from(step), STEP_BITS);
        }
    }
}

/// Bits that are being read.
struct Taken<'p> {
    page: &'p [u8; PAGE_BYTES],
    at: usize,
}

impl Taken<'_> {
    /// The next bits, at most 57 that may be looked at; nothing behind the ids.
    fn ahead(&self) -> Option<u64> {
        let from = self.at / 8;
        let bytes = if from < END { self.page.get(from..from + 8)? } else { return None };
        Some(u64::from_le_bytes(bytes.try_into().ok()?) >> (self.at % 8))
    }

    fn number(&mut self, bits: u32) -> Option<u32> {
        let number = self.ahead()? & ((1 << bits) - 1);
        self.at += bits as usize;
        u32::try_from(number).ok().filter(|_| self.at <= END * 8)
    }

    fn step(&mut self) -> Option<u32> {
        let ones = self.ahead()?.trailing_ones();
        if ones > ONES_MAX {
            self.at += ONES_MAX as usize + 1;
            return self.number(u32::BITS);
        }
        self.at += ones as usize + 1;
        Some(ones << STEP_BITS | self.number(STEP_BITS)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use super::super::ids::candidates;
    use super::*;

    fn found(pages: &Pages, hash: u32) -> Vec<u32> {
        let page = |index: usize| &pages.bytes[index * PAGE_BYTES..][..PAGE_BYTES];
        let page = |index: usize| page(index).try_into().expect("a page");
        let numbers = candidates(&pages.firsts, hash).map(|index| numbers(page(index), hash));
        numbers.flat_map(|numbers| numbers.expect("it is whole")).collect()
    }

    /// Evenly spread, as hashes are.
    fn spread(count: u32) -> Vec<Id> {
        (0..count).map(|number| (number.wrapping_mul(0x9e37_79b9) ^ number >> 3, number)).collect()
    }

    #[test]
    fn an_id_takes_little_more_than_it_must_and_few_others_are_found_with_it() {
        for count in [1, 2, 1_000, 20_000, 1 << 18] {
            let ids = spread(count);
            let pages = pages(ids.clone());
            let bits = (pages.bytes.len() * 8) as f64 / f64::from(count);
            let number_bits = f64::from(count).log2();
            assert!(count < 20_000 || bits < number_bits + 14.5, "{count}: {bits} bits an id");
            let mut others = 0;
            for (hash, number) in ids.iter().step_by(1 + count as usize / 1_000) {
                let found = found(&pages, *hash);
                assert!(found.contains(number), "{count}: {hash}");
                others += found.len() - 1;
            }
            assert!(others < 10, "{count}: {others} others");
        }
    }

    #[test]
    fn every_number_of_a_hash_is_found_over_pages() {
        // Of 5,000 numbers, a third have one hash and fill more than a page.
        let ids: Vec<Id> = (0..5_000_u32).map(|n| (if n % 3 == 0 { 77 } else { n << 19 | n }, n)).collect();
        let pages = pages(ids.clone());
        for (hash, _) in &ids {
            let known = ids.iter().filter(|(known, _)| known == hash).map(|(_, number)| *number);
            let found = found(&pages, *hash);
            assert!(known.into_iter().all(|number| found.contains(&number)), "{hash}");
        }
        assert_eq!(found(&super::pages(Vec::new()), 1), Vec::<u32>::new());
    }

    #[test]
    fn a_damaged_page_is_not_believed() {
        let pages = pages(spread(10));
        for bit in (0..PAGE_BYTES * 8).step_by(5) {
            let mut page: [u8; PAGE_BYTES] = pages.bytes[..].try_into().expect("one page");
            page[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(numbers(&page, 3), None, "bit {bit}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn any_ids_are_found(hashes in proptest::collection::vec(
            prop_oneof![any::<u32>(), 0_u32..4, (u32::MAX - 3)..=u32::MAX], 1..3_000,
        )) {
            let ids: Vec<Id> = hashes.iter().copied().zip(0..).collect();
            let pages = pages(ids.clone());
            for (hash, number) in ids.into_iter().step_by(13) {
                prop_assert!(found(&pages, hash).contains(&number));
            }
        }

        #[test]
        fn bytes_that_are_no_ids_are_read_without_a_panic(
            mut bytes in proptest::collection::vec(any::<u8>(), PAGE_BYTES), hash in any::<u32>(),
        ) {
            let checksum = crc32fast::hash(&bytes[..PAGE_BYTES - 4]);
            bytes[PAGE_BYTES - 4..].copy_from_slice(&checksum.to_le_bytes());
            let page: [u8; PAGE_BYTES] = bytes.try_into().expect("a page");
            if let Some(numbers) = numbers(&page, hash) {
                prop_assert_eq!(numbers.len(), numbers.iter().filter(|number| u64::from(**number) >> page[1] == 0).count());
            }
        }
    }
}
