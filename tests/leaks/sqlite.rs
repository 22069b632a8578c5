//! The contents of a SQLite file's cells, each put together from the pages that it runs over.
//!
//! After <https://www.sqlite.org/fileformat2.html>. Pages that no tree uses any more are parsed like the others.

const MAGIC: &[u8] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
const TABLE_LEAF: u8 = 13;
const INDEX_LEAF: u8 = 10;
const INDEX_INTERIOR: u8 = 2;

/// Every cell's payload; nothing where the bytes are no SQLite file.
pub fn contents(bytes: &[u8]) -> Vec<Vec<u8>> {
    if !bytes.starts_with(MAGIC) || bytes.len() < HEADER_BYTES {
        return Vec::new();
    }
    let size = match u16::from_be_bytes([bytes[16], bytes[17]]) {
        1 => 65_536,
        size => usize::from(size),
    };
    if size < 512 {
        return Vec::new();
    }
    let file = File { bytes, size, usable: size - usize::from(bytes[20]) };
    (0..bytes.len() / size).flat_map(|page| file.cells(page)).collect()
}

struct File<'b> {
    bytes: &'b [u8],
    size: usize,
    usable: usize,
}

impl File<'_> {
    fn page(&self, index: usize) -> Option<&[u8]> {
        self.bytes.get(index.checked_mul(self.size)?..)?.get(..self.size)
    }

    fn cells(&self, index: usize) -> Vec<Vec<u8>> {
        let Some(page) = self.page(index) else { return Vec::new() };
        let header = if index == 0 { HEADER_BYTES } else { 0 };
        let kind = page[header];
        let pointers = header + if kind == INDEX_INTERIOR { 12 } else { 8 };
        if ![TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR].contains(&kind) {
            return Vec::new();
        }
        let count = usize::from(u16::from_be_bytes([page[header + 3], page[header + 4]]));
        let cell = |number: usize| {
            let pointer = page.get(pointers + 2 * number..pointers + 2 * number + 2)?;
            let mut at = usize::from(u16::from_be_bytes([pointer[0], pointer[1]]));
            at += if kind == INDEX_INTERIOR { 4 } else { 0 };
            let length = varint(page, &mut at)?;
            if kind == TABLE_LEAF {
                varint(page, &mut at)?;
            }
            self.payload(page, at, length, kind)
        };
        (0..count).filter_map(cell).collect()
    }

    fn payload(&self, page: &[u8], at: usize, length: usize, kind: u8) -> Option<Vec<u8>> {
        let most = if kind == TABLE_LEAF { self.usable - 35 } else { (self.usable - 12) * 64 / 255 - 23 };
        let least = (self.usable - 12) * 32 / 255 - 23;
        let here = if length <= most {
            length
        } else {
            let here = least + (length - least) % (self.usable - 4);
            if here <= most { here } else { least }
        };
        let mut payload = page.get(at..at + here)?.to_vec();
        let mut next = page.get(at + here..at + here + 4).map(number);
        // A chain that comes back to itself ends when the length is reached.
        while payload.len() < length {
            let Some(page) = next.filter(|next| *next > 0).and_then(|next| self.page(next - 1)) else {
                break;
            };
            let left = (length - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(page.get(4..4 + left)?);
            next = Some(number(&page[..4]));
        }
        Some(payload)
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

fn varint(page: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0_usize;
    for index in 0..9 {
        let byte = *page.get(*at)?;
        *at += 1;
        if index == 8 {
            return Some(value << 8 | usize::from(byte));
        }
        value = value << 7 | usize::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(value)
}
