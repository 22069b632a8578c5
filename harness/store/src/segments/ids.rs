//! Where an id's pair is: hashes in sorted pages, of which a search reads one.

use super::frame::{u32_at, u64_at};
use super::packed;
use crate::fnv::fnv1a;

/// Bytes of a page: what a disk reads anyway.
pub(super) const PAGE_BYTES: usize = 4_096;

/// In version 1 a hash and a number take eight bytes; a page ends with how many there are, and its checksum.
const PAGE_IDS_MAX: usize = PAGE_BYTES / 8 - 1;

/// Four bytes are enough: what an id's hash leads to is looked at before it is believed.
pub(super) fn hash(id: &str) -> u32 {
    let hash = fnv1a(id.as_bytes());
    (hash >> 32) as u32 ^ hash as u32
}

/// Sorted pages.
pub(super) struct Pages {
    pub bytes: Vec<u8>,
    /// The first hash of each page.
    pub firsts: Vec<u32>,
}

/// Makes the pages of hashes, each with its pair's number, as a version has them.
pub(super) fn pages(version: u32, ids: Vec<(u32, u32)>) -> Pages {
    if version == 1 { pages_1(ids) } else { packed::pages(ids) }
}

fn pages_1(mut ids: Vec<(u32, u32)>) -> Pages {
    ids.sort_unstable();
    let mut pages = Pages { bytes: Vec::new(), firsts: Vec::new() };
    for page in ids.chunks(PAGE_IDS_MAX) {
        let start = pages.bytes.len();
        pages.firsts.push(page[0].0);
        for (hash, number) in page {
            pages.bytes.extend(hash.to_le_bytes());
            pages.bytes.extend(number.to_le_bytes());
        }
        pages.bytes.resize(start + PAGE_BYTES - 8, 0);
        let count = u32::try_from(page.len()).expect("a page is short");
        pages.bytes.extend(count.to_le_bytes());
        let checksum = crc32fast::hash(&pages.bytes[start..]);
        pages.bytes.extend(checksum.to_le_bytes());
    }
    pages
}

/// The pages that may hold a hash.
pub(super) fn candidates(firsts: &[u32], hash: u32) -> std::ops::Range<usize> {
    let end = firsts.partition_point(|first| *first <= hash);
    // A page that begins with the hash may follow on one that ends with it.
    let start = firsts.partition_point(|first| *first < hash).saturating_sub(1);
    start..end
}

/// The numbers that a page has for a hash, perhaps with a few of others; none where the page is damaged.
pub(super) fn numbers(version: u32, page: &[u8; PAGE_BYTES], hash: u32) -> Option<Vec<u32>> {
    if version == 1 { numbers_1(page, hash) } else { packed::numbers(page, hash) }
}

fn numbers_1(page: &[u8; PAGE_BYTES], hash: u32) -> Option<Vec<u32>> {
    let count = u32_at(page, PAGE_BYTES - 8) as usize;
    if crc32fast::hash(&page[..PAGE_BYTES - 4]) != u32_at(page, PAGE_BYTES - 4) || count > PAGE_IDS_MAX {
        return None;
    }
    let ids = (0..count).map(|index| (u32_at(page, index * 8), u32_at(page, index * 8 + 4)));
    Some(ids.filter(|(known, _)| *known == hash).map(|(_, number)| number).collect())
}

/// Where a closed segment's parts begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directory {
    /// Where the last whole chunk ends.
    pub chunks_end: u64,
    /// Where the catalogue begins.
    pub catalogue_at: u64,
    /// Where the pages begin, behind their head.
    pub pages_at: u64,
    /// The first hash of each page.
    pub firsts: Vec<u32>,
    /// Where each block begins, and the number of its first pair.
    pub blocks: Vec<(u64, u32)>,
}

impl Directory {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for number in [self.chunks_end, self.catalogue_at, self.pages_at] {
            out.extend(number.to_le_bytes());
        }
        for count in [self.firsts.len(), self.blocks.len()] {
            out.extend(u32::try_from(count).expect("both are fewer than pairs").to_le_bytes());
        }
        self.firsts.iter().for_each(|first| out.extend(first.to_le_bytes()));
        for (place, number) in &self.blocks {
            out.extend(place.to_le_bytes());
            out.extend(number.to_le_bytes());
        }
        out
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Directory> {
        let (numbers, rest) = bytes.split_at_checked(32)?;
        let (firsts, blocks) = (u32_at(numbers, 24) as usize, u32_at(numbers, 28) as usize);
        let (firsts, blocks) = match rest.split_at_checked(firsts.checked_mul(4)?)? {
            (firsts, rest) if rest.len() == blocks.checked_mul(12)? => (firsts, rest),
            _ => return None,
        };
        Some(Directory {
            chunks_end: u64_at(numbers, 0),
            catalogue_at: u64_at(numbers, 8),
            pages_at: u64_at(numbers, 16),
            firsts: firsts.chunks_exact(4).map(|first| u32_at(first, 0)).collect(),
            blocks: blocks.chunks_exact(12).map(|block| (u64_at(block, 0), u32_at(block, 8))).collect(),
        })
    }

    /// The block of a pair.
    pub(super) fn block_of(&self, number: u64) -> Option<(u64, u32)> {
        let after = self.blocks.partition_point(|(_, first)| u64::from(*first) <= number);
        after.checked_sub(1).and_then(|index| self.blocks.get(index)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pages: &Pages, hash: u32) -> Vec<u32> {
        let pages_of = candidates(&pages.firsts, hash);
        let page = |index: usize| &pages.bytes[index * PAGE_BYTES..][..PAGE_BYTES];
        let page = |index: usize| page(index).try_into().expect("a page");
        pages_of.flat_map(|index| numbers(1, page(index), hash).expect("it is whole")).collect()
    }

    #[test]
    fn every_number_of_a_hash_is_found_over_pages() {
        // Of 5,000 numbers, a third have one hash and fill more than three pages.
        let ids: Vec<(u32, u32)> = (0..5_000_u32).map(|n| (if n % 3 == 0 { 77 } else { n * 7 }, n)).collect();
        let pages = pages(1, ids.clone());
        for hash in (0..36_000).chain([u32::MAX]) {
            let expected: Vec<u32> =
                ids.iter().filter(|(known, _)| *known == hash).map(|(_, number)| *number).collect();
            assert_eq!(found(&pages, hash), expected, "{hash}");
        }
        let none = super::pages(1, Vec::new());
        assert_eq!(found(&none, 1), Vec::<u32>::new());
    }

    #[test]
    fn a_damaged_page_is_not_believed() {
        let pages = pages(1, (0..10).map(|n| (n, n)).collect());
        for bit in (0..PAGE_BYTES * 8).step_by(5) {
            let mut page: [u8; PAGE_BYTES] = pages.bytes[..].try_into().expect("one page");
            page[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(numbers(1, &page, 3), None, "bit {bit}");
        }
    }

    #[test]
    fn a_directory_reads_back_and_a_cut_one_does_not() {
        let directory = Directory {
            chunks_end: 5,
            catalogue_at: 9,
            pages_at: 11,
            firsts: vec![1, 2, 3],
            blocks: vec![(24, 0), (100, 7)],
        };
        let bytes = directory.write();
        assert_eq!(Directory::read(&bytes), Some(directory.clone()));
        for length in 0..bytes.len() {
            assert_eq!(Directory::read(&bytes[..length]), None);
        }
        let blocks = [0, 6, 7, 8].map(|number| directory.block_of(number));
        assert_eq!(blocks, [Some((24, 0)), Some((24, 0)), Some((100, 7)), Some((100, 7))]);
    }
}
