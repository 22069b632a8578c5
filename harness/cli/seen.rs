//! Which pair ids a run has met, in memory that does not grow with the pairs until there are millions.
//!
//! Ids are kept as 64-bit hashes in an open-addressed table that begins at its usual size: one of a million ids takes
//! the pages that one of a hundred thousand takes. Two ids with one hash are told to be one with a chance of one in
//! thirty million at a million pairs; that pair is then undecided, never passed.

/// Slots at the beginning: 16 MiB, for one and a half million ids.
const SLOTS: usize = 1 << 21;

/// Ids that were met.
pub struct Seen {
    slots: Vec<u64>,
    count: usize,
}

impl Default for Seen {
    fn default() -> Self {
        Seen { slots: vec![0; SLOTS], count: 0 }
    }
}

impl Seen {
    /// Remembers an id; false where it was met before.
    pub fn insert(&mut self, id: &str) -> bool {
        if self.count * 4 >= self.slots.len() * 3 {
            let doubled = vec![0; self.slots.len() * 2];
            let old = std::mem::replace(&mut self.slots, doubled);
            old.into_iter().filter(|&hash| hash != 0).for_each(|hash| {
                place(&mut self.slots, hash);
            });
        }
        let is_new = place(&mut self.slots, hash(id));
        self.count += usize::from(is_new);
        is_new
    }
}

fn place(slots: &mut [u64], hash: u64) -> bool {
    let mut at = hash as usize % slots.len();
    loop {
        match slots[at] {
            0 => {
                slots[at] = hash;
                return true;
            }
            known if known == hash => return false,
            _ => at = (at + 1) % slots.len(),
        }
    }
}

/// FNV-1a with a final mix; never 0, which marks an empty slot.
fn hash(id: &str) -> u64 {
    let mut hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash ^ (hash >> 29)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_also_after_the_table_has_grown() {
        let mut seen = Seen::default();
        let ids = 0..SLOTS * 4 / 5;
        assert!(ids.clone().all(|id| seen.insert(&format!("crm.contacts.list/{id}"))));
        assert!(ids.step_by(1_000).all(|id| !seen.insert(&format!("crm.contacts.list/{id}"))));
        assert!(seen.slots.len() > SLOTS);
    }
}
