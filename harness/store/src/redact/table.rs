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
    hash: u32,
    /// The number and one more; a zero is free.
    number: u32,
    length: usize,
    /// The text itself, where it is short: most are, and need not be looked for elsewhere.
    short: u64,
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
        self.place(self.slot(text), text).ok()
    }

    /// The text's number, and whether it is new.
    pub fn add(&mut self, text: &str) -> (u32, bool) {
        let slot = self.slot(text);
        let place = match self.place(slot, text) {
            Ok(number) => return (number, false),
            Err(place) => place,
        };
        let number = u32::try_from(self.spans.len()).expect("memory ends before a table does");
        let start = self.texts.len();
        self.texts.push_str(text);
        self.spans.push((start, self.texts.len()));
        self.slots[place] = Slot { number: number + 1, ..slot };
        if self.spans.len() * 2 > self.slots.len() {
            self.grow();
        }
        (number, true)
    }

    /// What the text's slot has, but for its number.
    fn slot(&self, text: &str) -> Slot {
        let bytes = text.as_bytes();
        let hash = hash(self.seed, bytes);
        let short = if bytes.len() <= 8 { tail(bytes) } else { 0 };
        Slot { hash, number: 0, length: bytes.len(), short }
    }

    /// The number of the text, or the place where it would stand.
    fn place(&self, slot: Slot, text: &str) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut place = slot.hash as usize & mask;
        loop {
            let known = &self.slots[place];
            if known.number == 0 {
                return Err(place);
            }
            let is_alike = (known.hash, known.length, known.short) == (slot.hash, slot.length, slot.short);
            if is_alike && (slot.length <= 8 || self.text(known.number - 1) == text) {
                return Ok(known.number - 1);
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); mask + 1]);
        for slot in old.into_iter().filter(|slot| slot.number > 0) {
            let mut place = slot.hash as usize & mask;
            while self.slots[place].number > 0 {
                place = (place + 1) & mask;
            }
            self.slots[place] = slot;
        }
    }
}

/// Eight bytes at most as one number; of one length, no two texts have the same.
fn tail(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => bytes.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
    }
}

/// Multiplies and folds, eight bytes at a time: texts are short, and a secret seed is enough here.
fn hash(seed: u64, bytes: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |word: u64| {
        let product = u128::from(word) * u128::from(FACTOR);
        (product >> 64) as u64 ^ product as u64
    };
    let mut hash = seed ^ bytes.len() as u64;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        hash = fold(hash ^ u64::from_le_bytes(*word)).wrapping_add(seed);
        rest = after;
    }
    let hash = fold(fold(hash ^ tail(rest)).wrapping_add(seed));
    (hash >> 32) as u32 ^ hash as u32
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
                hash(3, &bytes)
            });
            let different: std::collections::BTreeSet<u32> = texts.collect();
            assert_eq!(different.len(), length * 8, "{length} bytes");
        }
    }
}
