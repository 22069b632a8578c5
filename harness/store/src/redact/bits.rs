//! Sets of small numbers, a bit each: a thousand words are two cache lines.

/// A set of numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    #[inline]
    pub fn has(&self, number: u32) -> bool {
        let (word, bit) = place(number);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    #[inline]
    pub fn add(&mut self, number: u32) {
        let (word, bit) = place(number);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    pub fn clear(&mut self) {
        self.words.fill(0);
    }
}

/// The word that a number's bit is in, and the bit.
fn place(number: u32) -> (usize, u64) {
    ((number / u64::BITS) as usize, 1 << (number % u64::BITS))
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn what_was_added_is_in_it_until_it_is_cleared() {
        let mut bits = Bits::default();
        let numbers = [0, 1, 63, 64, 1_000];
        numbers.iter().for_each(|number| bits.add(*number));
        let found = || (0..2_000).filter(|number| bits.has(*number)).collect::<Vec<_>>();
        assert_eq!(found(), numbers);
        bits.clear();
        assert!(!(0..2_000).any(|number| bits.has(number)));
    }
}
