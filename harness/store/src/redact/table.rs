//! Texts to small numbers, each text once: what was found out about a text is not found out again.

/// Texts, numbered in the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Of the redaction key, so that nobody can make texts that all lie in one place.
    seed: u64,
    /// By hash; at least half are free.
    slots: Vec<Slot>,
    /// All texts, one behind the other.
    texts: String,
    /// Where each of them begins and ends.
    spans: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: Key,
    /// The number and one more; a zero is free.
    number: u32,
}

/// What is compared of a text first: most texts that are looked for are there, and most of them are short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Key {
    /// The text itself with its length, where it is short; else a part of its hash.
    sign: u64,
    hash: u32,
}

/// A text of so many bytes is all in its key.
pub(super) const SHORT_BYTES_MAX: usize = 7;

/// Where a key says how long a short text is; no length says that it is none.
const LENGTH_SHIFT: u32 = 56;

impl Key {
    fn of(seed: u64, bytes: &[u8]) -> Key {
        if bytes.len() <= SHORT_BYTES_MAX {
            return Key::of_short(seed, packed(bytes), bytes.len());
        }
        let hash = hash(seed, bytes);
        Key { sign: hash | 0xff << LENGTH_SHIFT, hash: (hash >> 32) as u32 ^ hash as u32 }
    }

    /// Of a short text, its first byte the lowest of a number.
    fn of_short(seed: u64, packed: u64, length: usize) -> Key {
        let sign = packed | (length as u64) << LENGTH_SHIFT;
        let hash = fold(fold(seed ^ sign).wrapping_add(seed));
        Key { sign, hash: (hash >> 32) as u32 ^ hash as u32 }
    }

    fn is_short(self) -> bool {
        self.sign >> LENGTH_SHIFT <= SHORT_BYTES_MAX as u64
    }
}

/// A table begins with so many slots.
const SLOTS_MIN: usize = 1 << 10;

impl Table {
    pub fn new(seed: u64) -> Table {
        Table { seed, slots: vec![Slot::default(); SLOTS_MIN], texts: String::new(), spans: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn clear(&mut self) {
        self.slots.fill(Slot::default());
        self.texts.clear();
        self.spans.clear();
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        let (start, end) = self.spans[number as usize];
        &self.texts[start..end]
    }

    /// The text's number, where it has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.place(Key::of(self.seed, text.as_bytes()), text).ok()
    }

    /// The text's number, and whether it is new.
    pub fn add(&mut self, text: &str) -> (u32, bool) {
        let key = Key::of(self.seed, text.as_bytes());
        match self.place(key, text) {
            Ok(number) => (number, false),
            Err(place) => (self.put(place, key, text), true),
        }
    }

    /// As [`Table::add`], of a short text of ASCII, its first byte the lowest of a number.
    pub fn add_short(&mut self, packed: u64, length: usize) -> (u32, bool) {
        let key = Key::of_short(self.seed, packed, length);
        match self.place_of(key, |_| true) {
            Ok(number) => (number, false),
            Err(place) => {
                let bytes = packed.to_le_bytes();
                let text = std::str::from_utf8(&bytes[..length]).expect("it is ASCII");
                (self.put(place, key, text), true)
            }
        }
    }

    fn put(&mut self, place: usize, key: Key, text: &str) -> u32 {
        let number = u32::try_from(self.spans.len()).expect("memory ends before a table does");
        let start = self.texts.len();
        self.texts.push_str(text);
        self.spans.push((start, self.texts.len()));
        self.slots[place] = Slot { key, number: number + 1 };
        if self.spans.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    /// The number of the text, or the place where it would stand.
    fn place(&self, key: Key, text: &str) -> Result<u32, usize> {
        self.place_of(key, |number| key.is_short() || self.text(number) == text)
    }

    /// The number of the text that has this key and is this one, or the place where it would stand.
    #[inline]
    fn place_of(&self, key: Key, is: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut place = key.hash as usize & mask;
        loop {
            let known = &self.slots[place];
            if known.number == 0 {
                return Err(place);
            }
            if known.key == key && is(known.number - 1) {
                return Ok(known.number - 1);
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); mask + 1]);
        for slot in old.into_iter().filter(|slot| slot.number > 0) {
            let mut place = slot.key.hash as usize & mask;
            while self.slots[place].number > 0 {
                place = (place + 1) & mask;
            }
            self.slots[place] = slot;
        }
    }
}

/// Eight bytes at most as one number, the first the lowest; of one length, no two texts have the same.
fn packed(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let before = bytes.len() - 4;
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (before * 8)
        }
        _ => bytes.iter().rev().fold(0, |packed, byte| packed << 8 | u64::from(*byte)),
    }
}

fn fold(word: u64) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let product = u128::from(word) * u128::from(FACTOR);
    (product >> 64) as u64 ^ product as u64
}

/// Multiplies and folds, eight bytes at a time: texts are short, and a secret seed is enough here.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = seed ^ bytes.len() as u64;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        hash = fold(hash ^ u64::from_le_bytes(*word)).wrapping_add(seed);
        rest = after;
    }
    fold(fold(hash ^ packed(rest)).wrapping_add(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_however_many_come() {
        let mut table = Table::new(7);
        let text = |n: u32| "x".repeat((n % 40) as usize) + &n.to_string();
        for n in 0..5_000 {
            assert_eq!(table.add(&text(n)), (n, true));
        }
        for n in 0..5_000 {
            assert_eq!((table.add(&text(n)), table.text(n)), ((n, false), text(n).as_str()));
        }
        assert_eq!((table.find("none"), table.find(""), table.len()), (None, None, 5_000));
        table.clear();
        assert_eq!((table.find(&text(1)), table.add(""), table.len()), (None, (0, true), 1));
    }

    #[test]
    fn texts_that_differ_in_one_byte_lie_in_different_places() {
        for length in [1, 3, 4, 7, 8, 9, 15, 16, 40] {
            let texts = (0..length * 8).map(|bit| {
                let mut bytes = vec![0_u8; length];
                bytes[bit / 8] ^= 1 << (bit % 8);
                Key::of(3, &bytes).hash
            });
            let different: std::collections::BTreeSet<u32> = texts.collect();
            assert_eq!(different.len(), length * 8, "{length} bytes");
        }
    }
}
