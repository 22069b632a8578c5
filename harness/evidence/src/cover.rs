//! The fewest sets that together hold every cell which any of many sets holds, in memory that does not grow with the sets.
//!
//! Finding the true minimum is NP-hard. The greedy choice, the set that adds most, comes to at most `H(n)` times the
//! minimum, `n` being the size of the largest set (Chvátal 1979, *Math. Oper. Res.* 4, 233). It is made twice, once
//! counting cells and once counting each cell the more the fewer sets hold it, and what the later picks made superfluous
//! is taken back; the smaller result is answered. Sets that equal an earlier one are not kept; beyond [`WORDS_MAX`] only
//! the largest few of each cell are, so that each cell is still held by one of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Sets together may hold so many words, 16 bytes each, before only the largest of each cell are kept.
pub const WORDS_MAX: usize = 4 << 20;

/// So many sets of each cell are kept at first, where not all can be.
const SETS_OF_CELL: u32 = 16;

/// A cell that one set alone holds weighs so much, one that two hold half of it.
const RARITY: u64 = 1 << 20;

/// A set of cells: 64 of them a word, sorted by the word's number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells(Vec<(u32, u64)>);

impl Cells {
    /// From words in any order; words of one number add up.
    pub fn new(mut words: Vec<(u32, u64)>) -> Cells {
        words.sort_unstable_by_key(|(word, _)| *word);
        words.dedup_by(|(word, bits), (before, all)| {
            let is_same = word == before;
            *all |= if is_same { *bits } else { 0 };
            is_same
        });
        words.retain(|(_, bits)| *bits != 0);
        Cells(words)
    }

    /// How many cells.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, bits)| u64::from(bits.count_ones())).sum()
    }

    /// No cell.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each word's number with one of its bits' numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.iter().flat_map(|(word, set)| ones(*set).map(|bit| (*word, bit)))
    }

    /// Adds another's cells.
    pub fn add(&mut self, other: &Cells) {
        let words = std::mem::take(&mut self.0).into_iter().chain(other.0.iter().copied());
        *self = Cells::new(words.collect());
    }

    /// FNV-1a over the words, 64 bits.
    fn hash(&self) -> u64 {
        self.0.iter().fold(0xcbf2_9ce4_8422_2325, |hash, (word, bits)| {
            let hash = (hash ^ u64::from(*word)).wrapping_mul(0x0100_0000_01b3);
            (hash ^ bits ^ (bits >> 32)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

/// The numbers of the bits that are set, from the lowest on.
fn ones(bits: u64) -> impl Iterator<Item = u32> {
    let more = |left: &u64| Some(left & left.wrapping_sub(1)).filter(|left| *left != 0);
    std::iter::successors(Some(bits).filter(|bits| *bits != 0), more).map(u64::trailing_zeros)
}

/// Cells that need no set any more, by word.
#[derive(Clone, Debug, Default)]
struct Covered(Vec<u64>);

impl Covered {
    fn add(&mut self, cells: &Cells) {
        let words = cells.0.last().map_or(0, |(word, _)| *word as usize + 1);
        self.0.resize(self.0.len().max(words), 0);
        for (word, bits) in &cells.0 {
            self.0[*word as usize] |= bits;
        }
    }

    fn lacks(&self, cells: &Cells) -> Cells {
        let of = |word: u32| self.0.get(word as usize).copied().unwrap_or(0);
        let words = cells.0.iter().map(|(word, bits)| (*word, bits & !of(*word)));
        Cells(words.filter(|(_, bits)| *bits != 0).collect())
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }
}

/// A set that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen<K> {
    /// Whose set it is.
    pub key: K,
    /// What it holds that nothing before it does.
    pub adds: Cells,
}

/// Sets to choose from; `K` names one.
#[derive(Debug)]
pub struct Cover<K> {
    covered: Covered,
    sets: Vec<(K, Cells)>,
    /// By their hash, the sets that are kept.
    kept: BTreeMap<u64, usize>,
    words: usize,
    words_max: usize,
}

impl<K> Default for Cover<K> {
    fn default() -> Self {
        Cover::within(WORDS_MAX)
    }
}

impl<K> Cover<K> {
    fn within(words_max: usize) -> Self {
        Cover { covered: Covered::default(), sets: Vec::new(), kept: BTreeMap::new(), words: 0, words_max }
    }

    /// These cells need no set. To be said before any set is offered that holds them.
    pub fn cover(&mut self, cells: &Cells) {
        self.covered.add(cells);
    }

    /// How many cells need no set.
    pub fn covered(&self) -> u64 {
        self.covered.count()
    }

    /// Offers a set. Of two equal ones the first is meant.
    pub fn offer(&mut self, key: impl FnOnce() -> K, cells: &Cells) {
        let cells = self.covered.lacks(cells);
        let hash = cells.hash();
        let is_known = self.kept.get(&hash).is_some_and(|index| self.sets[*index].1 == cells);
        if cells.is_empty() || is_known {
            return;
        }
        self.kept.insert(hash, self.sets.len());
        self.words += cells.0.len();
        self.sets.push((key(), cells));
        if self.words > self.words_max {
            self.keep_the_largest();
        }
    }

    /// Keeps the largest few sets of each cell: the fewer, the more room is needed.
    fn keep_the_largest(&mut self) {
        let cells = Numbers::of(&self.sets);
        let mut order: Vec<usize> = (0..self.sets.len()).collect();
        order.sort_by_key(|index| (Reverse(self.sets[*index].1.count()), *index));
        let mut sets_of_cell = SETS_OF_CELL;
        let mut is_kept = vec![true; self.sets.len()];
        while sets_of_cell > 0 {
            let mut held = vec![0_u32; cells.count];
            let mut words = 0;
            for &index in &order {
                let set = &self.sets[index].1;
                is_kept[index] = cells.each(set).any(|cell| held[cell] < sets_of_cell);
                if is_kept[index] {
                    words += set.0.len();
                    cells.each(set).for_each(|cell| held[cell] += 1);
                }
            }
            self.words = words;
            if words <= self.words_max / 2 {
                break;
            }
            sets_of_cell /= 2;
        }
        let mut kept = is_kept.into_iter();
        self.sets.retain(|_| kept.next().unwrap_or(true));
        self.kept = self.sets.iter().enumerate().map(|(index, (_, set))| (set.hash(), index)).collect();
        // One set of each cell must stay: where that alone fills the room, there has to be more of it.
        self.words_max = self.words_max.max(self.words * 2);
    }

    /// The sets that hold all cells together, in the order in which they add most.
    pub fn choose(self) -> Vec<Chosen<K>> {
        let Cover { sets, covered, .. } = self;
        let cells = Numbers::of(&sets);
        let mut held = vec![0_u64; cells.count];
        sets.iter().for_each(|(_, set)| cells.each(set).for_each(|cell| held[cell] += 1));
        let alike = vec![1; cells.count];
        let rare: Vec<u64> = held.iter().map(|sets| RARITY / sets.max(&1)).collect();
        let choices = [alike, rare].map(|weights| needed(&sets, &cells, greedy(&sets, &cells, &weights)));
        let [counted, weighed] = choices;
        let mut picked = if weighed.len() < counted.len() { weighed } else { counted };
        picked = by_what_they_add(&sets, &cells, picked);
        let mut covered = covered;
        let mut keys: Vec<Option<(K, Cells)>> = sets.into_iter().map(Some).collect();
        let taken = picked.into_iter().filter_map(|index| keys[index].take());
        let chosen = taken.map(|(key, set)| {
            let adds = covered.lacks(&set);
            covered.add(&set);
            Chosen { key, adds }
        });
        chosen.collect()
    }
}

/// Numbers the cells that occur, without a gap.
struct Numbers {
    bits: Vec<u64>,
    /// By word: how many cells occur in the words before.
    before: Vec<usize>,
    count: usize,
}

impl Numbers {
    fn of<K>(sets: &[(K, Cells)]) -> Numbers {
        let mut covered = Covered::default();
        sets.iter().for_each(|(_, set)| covered.add(set));
        let mut count = 0;
        let before = covered.0.iter().map(|bits| {
            let before = count;
            count += bits.count_ones() as usize;
            before
        });
        let before = before.collect();
        Numbers { bits: covered.0, before, count }
    }

    fn each<'a>(&'a self, cells: &'a Cells) -> impl Iterator<Item = usize> + 'a {
        cells.iter().map(|(word, bit)| self.number(word, bit))
    }

    fn number(&self, word: u32, bit: u32) -> usize {
        let word = word as usize;
        self.before[word] + (self.bits[word] & ((1 << bit) - 1)).count_ones() as usize
    }
}

/// Picks the set that weighs most of what is not covered yet, again and again; of two alike the earlier.
fn greedy<K>(sets: &[(K, Cells)], cells: &Numbers, weights: &[u64]) -> Vec<usize> {
    let mut covered = Covered(vec![0; cells.bits.len()]);
    // Most words of most sets are covered soon, and are passed over whole.
    let weight = |index: usize, covered: &Covered| -> u64 {
        let of_word = |(word, bits): &(u32, u64)| -> u64 {
            let left = bits & !covered.0[*word as usize];
            ones(left).map(|bit| weights[cells.number(*word, bit)]).sum()
        };
        sets[index].1.0.iter().map(of_word).sum()
    };
    // What a set adds only shrinks, so one that still adds what it did is the best (Minoux 1978).
    let mut heap: BinaryHeap<(u64, Reverse<usize>)> =
        (0..sets.len()).map(|index| (weight(index, &covered), Reverse(index))).collect();
    let mut picked = Vec::new();
    while let Some((told, Reverse(index))) = heap.pop() {
        match weight(index, &covered) {
            0 => {}
            now if now < told => heap.push((now, Reverse(index))),
            _ => {
                covered.add(&sets[index].1);
                picked.push(index);
            }
        }
    }
    picked
}

/// Takes back what the others hold too, the smallest sets first.
fn needed<K>(sets: &[(K, Cells)], cells: &Numbers, picked: Vec<usize>) -> Vec<usize> {
    let mut held = vec![0_u32; cells.count];
    picked.iter().for_each(|index| cells.each(&sets[*index].1).for_each(|cell| held[cell] += 1));
    let mut order = picked.clone();
    order.sort_by_key(|index| (sets[*index].1.count(), Reverse(*index)));
    let mut superfluous = Vec::new();
    for index in order {
        if cells.each(&sets[index].1).all(|cell| held[cell] > 1) {
            cells.each(&sets[index].1).for_each(|cell| held[cell] -= 1);
            superfluous.push(index);
        }
    }
    picked.into_iter().filter(|index| !superfluous.contains(index)).collect()
}

/// The same sets, each followed by the one that then adds most.
fn by_what_they_add<K>(sets: &[(K, Cells)], cells: &Numbers, mut left: Vec<usize>) -> Vec<usize> {
    left.sort_unstable();
    let alone: Vec<((), Cells)> = left.iter().map(|index| ((), sets[*index].1.clone())).collect();
    greedy(&alone, cells, &vec![1; cells.count]).into_iter().map(|at| left[at]).collect()
}

#[cfg(test)]
mod tests;
