//! The heads of a segment's parts: to bytes and back, and never back from bytes that are not whole.

use crc32fast::Hasher;

use super::VERSION;

/// Bytes of a segment's header.
pub(super) const HEADER_BYTES: usize = 24;
/// Bytes of a part's head.
pub(super) const HEAD_BYTES: usize = 24;
/// Bytes of a closed segment's trailer.
pub(super) const TRAILER_BYTES: usize = 48;

const HEADER_MAGIC: &[u8; 8] = b"cutovseg";
const TRAILER_MAGIC: &[u8; 8] = b"cutovend";

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lines, at the beginning of a block.
    Begins,
    /// Further lines of a block.
    GoesOn,
    /// Rows of the catalogue.
    Catalogue,
    /// Pages of ids.
    Ids,
    /// Where blocks and pages begin.
    Directory,
}

impl Kind {
    const ALL: [(Kind, u8); 5] =
        [(Kind::Begins, 1), (Kind::GoesOn, 2), (Kind::Catalogue, 3), (Kind::Ids, 4), (Kind::Directory, 5)];

    fn code(self) -> u8 {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or(0, |(_, code)| *code)
    }
}

/// What stands before a part's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub kind: Kind,
    /// Bytes that follow.
    pub bytes: u32,
    /// Bytes when they are decompressed; 0 for what is not compressed.
    pub raw_bytes: u32,
    /// Pairs, or rows, in it.
    pub pairs: u32,
    /// Of the bytes that follow.
    pub checksum: u32,
}

/// A part as it is appended.
pub(super) fn part(
    (identity, offset): (u64, u64),
    kind: Kind,
    raw_bytes: u32,
    pairs: u32,
    bytes: &[u8],
    out: &mut Vec<u8>,
) {
    let checksum = crc32fast::hash(bytes);
    let length = u32::try_from(bytes.len()).expect("a part is bounded by a block and one record");
    let start = out.len();
    for number in [length, raw_bytes, pairs, u32::from(kind.code()), checksum] {
        out.extend(number.to_le_bytes());
    }
    let seal = seeded(identity, offset, &out[start..]);
    out.extend(seal.to_le_bytes());
    out.extend(bytes);
}

impl Head {
    /// Reads a head that stands at this place of this file.
    pub(super) fn read(bytes: &[u8; HEAD_BYTES], identity: u64, offset: u64) -> Option<Head> {
        let number = |index: usize| u32_at(bytes, index * 4);
        if seeded(identity, offset, &bytes[..20]) != number(5) {
            return None;
        }
        let code = number(3);
        let (kind, _) = Kind::ALL.into_iter().find(|(_, known)| u32::from(*known) == code)?;
        Some(Head { kind, bytes: number(0), raw_bytes: number(1), pairs: number(2), checksum: number(4) })
    }

    /// Whether the bytes that follow are whole.
    pub(super) fn fits(&self, bytes: &[u8]) -> bool {
        bytes.len() == self.bytes as usize && crc32fast::hash(bytes) == self.checksum
    }
}

/// A segment's header as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// Ours.
    Known {
        /// Of its format.
        version: u32,
        /// What its parts' heads are seeded with.
        identity: u64,
    },
    /// Of a later program.
    Unknown { version: u32 },
    /// Not whole, or no segment.
    Torn,
}

/// The header of a new segment.
pub(super) fn header(identity: u64) -> Vec<u8> {
    let mut out = HEADER_MAGIC.to_vec();
    out.extend(VERSION.to_le_bytes());
    out.extend(identity.to_le_bytes());
    out.extend(crc32fast::hash(&out).to_le_bytes());
    out
}

impl Header {
    /// Reads a header. The version is believed even where the rest has another shape.
    pub(super) fn read(bytes: &[u8; HEADER_BYTES]) -> Header {
        if &bytes[..8] != HEADER_MAGIC {
            return Header::Torn;
        }
        match u32_at(bytes, 8) {
            version @ 1..=VERSION if crc32fast::hash(&bytes[..20]) == u32_at(bytes, 20) => {
                Header::Known { version, identity: u64_at(bytes, 12) }
            }
            0..=VERSION => Header::Torn,
            version => Header::Unknown { version },
        }
    }
}

/// What stands at the end of a closed segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    /// Where the directory lies.
    pub directory_at: u64,
    /// Pairs in the segment.
    pub pairs: u64,
    /// Bytes that were no whole chunk when it was closed.
    pub unread: u64,
}

impl Trailer {
    pub(super) fn write(&self, version: u32, identity: u64, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend(TRAILER_MAGIC);
        for number in [identity, self.directory_at, self.pairs, self.unread] {
            out.extend(number.to_le_bytes());
        }
        out.extend(version.to_le_bytes());
        out.extend(crc32fast::hash(&out[start..]).to_le_bytes());
    }

    pub(super) fn read(bytes: &[u8; TRAILER_BYTES], version: u32, identity: u64) -> Option<Trailer> {
        let is_whole = &bytes[..8] == TRAILER_MAGIC
            && crc32fast::hash(&bytes[..44]) == u32_at(bytes, 44)
            && u64_at(bytes, 8) == identity
            && u32_at(bytes, 40) == version;
        is_whole.then(|| Trailer {
            directory_at: u64_at(bytes, 16),
            pairs: u64_at(bytes, 24),
            unread: u64_at(bytes, 32),
        })
    }
}

fn seeded(identity: u64, offset: u64, bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&identity.to_le_bytes());
    hasher.update(&offset.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

/// The number at a place that is there.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// The number at a place that is there.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_at_its_own_place_of_its_own_file_only() {
        let mut bytes = Vec::new();
        part((7, 24), Kind::GoesOn, 10, 2, b"abc", &mut bytes);
        let head: [u8; HEAD_BYTES] = bytes[..HEAD_BYTES].try_into().expect("a head");
        let expected = Head { kind: Kind::GoesOn, bytes: 3, raw_bytes: 10, pairs: 2, checksum: 0x3524_41c2 };
        assert_eq!(Head::read(&head, 7, 24), Some(expected));
        assert_eq!(Head::read(&head, 8, 24), None);
        assert_eq!(Head::read(&head, 7, 25), None);
        assert!(expected.fits(b"abc") && !expected.fits(b"abd") && !expected.fits(b"ab"));
    }

    #[test]
    fn one_changed_bit_anywhere_in_a_head_a_header_or_a_trailer_is_noticed() {
        let mut head = Vec::new();
        part((7, 24), Kind::Begins, 10, 2, b"", &mut head);
        let mut trailer = Vec::new();
        Trailer { directory_at: 1, pairs: 2, unread: 3 }.write(VERSION, 7, &mut trailer);
        let header = header(7);
        let is_read = |bytes: &[u8], which: u8| match which {
            0 => Head::read(bytes.try_into().expect("a head"), 7, 24).is_some(),
            1 => {
                Header::read(bytes.try_into().expect("a header"))
                    == Header::Known { version: VERSION, identity: 7 }
            }
            _ => Trailer::read(bytes.try_into().expect("a trailer"), VERSION, 7).is_some(),
        };
        for (which, whole) in [(0, head), (1, header), (2, trailer)] {
            assert!(is_read(&whole, which), "{which} as it was written");
            for bit in 0..whole.len() * 8 {
                let mut changed = whole.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_read(&changed, which), "{which}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_header_of_a_later_version_is_told_by_its_version() {
        let mut header = header(7);
        header[8] = 3;
        let header: [u8; HEADER_BYTES] = header.try_into().expect("a header");
        assert_eq!(Header::read(&header), Header::Unknown { version: 3 });
    }
}
