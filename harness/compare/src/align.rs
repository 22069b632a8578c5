//! Which elements of two lists belong together.
//!
//! By key where one is declared: elements whose key is there and unique on its side. All others by content: equal
//! ends are trimmed, equal elements matched by their hash, changed ones by the rare leaves that they share, and what
//! is then left between the same two neighbours by position. Every step sorts or scans; none compares all with all.

/// A leaf that stands in more elements than this says little about which of them is meant.
const POSTINGS_MAX: usize = 8;

/// This many best candidates are kept for each element.
const CANDIDATES_MAX: usize = 4;

/// Elements that share fewer than one leaf in this many are two records, not one that changed.
const SHARED_LEAVES_DIVISOR: usize = 3;

/// What became of the elements of two lists, by their indices.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Alignment {
    /// Legacy and new index, ordered by legacy's.
    pub(crate) pairs: Vec<(usize, usize)>,
    /// Legacy only.
    pub(crate) missing: Vec<usize>,
    /// New only.
    pub(crate) extra: Vec<usize>,
    /// The longest run of pairs in a common order leaves out this many.
    pub(crate) moved: usize,
}

/// An element as alignment by content sees it.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// Equal contents have equal hashes.
    pub(crate) hash: u64,
    /// Scalars are never told apart by leaves.
    pub(crate) is_scalar: bool,
}

/// Elements by index on one side that are still without a partner.
#[derive(Default)]
struct Left {
    legacy: Vec<usize>,
    new: Vec<usize>,
}

/// What joining by key gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    /// Legacy and new index.
    pub(crate) pairs: Vec<(usize, usize)>,
    /// Legacy's elements without a partner.
    pub(crate) legacy_left: Vec<usize>,
    /// New's elements without a partner.
    pub(crate) new_left: Vec<usize>,
    /// Every key is there and unique on its side.
    pub(crate) is_clean: bool,
}

/// Joins by key: equal keys that are unique on their own side. `None` stands for a key that is not usable.
/// What is not joined is left to [`by_content`] by the caller; the second value lists it.
pub(crate) fn by_key(legacy: &[Option<u64>], new: &[Option<u64>]) -> Joined {
    let usable = |keys: &[Option<u64>]| keys.iter().copied().collect::<Option<Vec<u64>>>();
    if let (Some(legacy), Some(new)) = (usable(legacy), usable(new))
        && let Some(joined) = by_unique_key(&legacy, new.len(), |other| Some(Partner::OfKey(new[other])))
    {
        return joined;
    }
    let sorted = |keys: &[Option<u64>]| {
        let mut sorted: Vec<(u64, usize)> =
            keys.iter().enumerate().filter_map(|(index, key)| Some(((*key)?, index))).collect();
        sorted.sort_unstable();
        sorted
    };
    let (legacy_sorted, new_sorted) = (sorted(legacy), sorted(new));
    let duplicated = |sorted: &[(u64, usize)]| sorted.windows(2).any(|pair| pair[0].0 == pair[1].0);
    let all_usable = |keys: &[Option<u64>]| keys.iter().all(Option::is_some);
    let is_clean =
        all_usable(legacy) && all_usable(new) && !duplicated(&legacy_sorted) && !duplicated(&new_sorted);
    let mut pairs = Vec::new();
    let unique = |sorted: &[(u64, usize)], key: u64| {
        let from = sorted.partition_point(|entry| entry.0 < key);
        match sorted[from..] {
            [(found, _), (next, _), ..] if found == key && next == key => None,
            [(found, index), ..] if found == key => Some(index),
            _ => None,
        }
    };
    let mut legacy_left = Vec::new();
    let mut new_is_taken = vec![false; new.len()];
    for (index, key) in legacy.iter().enumerate() {
        let partner =
            key.filter(|&key| unique(&legacy_sorted, key).is_some()).and_then(|key| unique(&new_sorted, key));
        match partner {
            Some(partner) => {
                new_is_taken[partner] = true;
                pairs.push((index, partner));
            }
            None => legacy_left.push(index),
        }
    }
    let new_left = (0..new.len()).filter(|&index| !new_is_taken[index]).collect();
    Joined { pairs, legacy_left, new_left, is_clean }
}

/// How an element of new is told to belong to one of legacy's.
pub(crate) enum Partner {
    /// By its key.
    OfKey(u64),
    /// It is known that legacy's element of this index has the same key.
    Is(usize),
}

/// The same where every key is there and unique; `None` where not, or where keys collide too often in a table.
pub(crate) fn by_unique_key(
    legacy: &[u64],
    new: usize,
    mut told: impl FnMut(usize) -> Option<Partner>,
) -> Option<Joined> {
    let table = KeyTable::of(legacy)?;
    // New's index + 1 of each of legacy's elements; 0 is none.
    let mut partners = vec![0_u32; legacy.len()];
    let (mut new_left, mut left_keys) = (Vec::new(), Vec::new());
    let mut expected = 0;
    for other in 0..new {
        let partner = match told(other)? {
            Partner::Is(index) => Some(index),
            Partner::OfKey(key) => {
                // Most lists are in the same order: the next one is it.
                let partner = match legacy.get(expected) {
                    Some(&next) if next == key => Some(expected),
                    _ => table.find(legacy, key),
                };
                if partner.is_none() {
                    left_keys.push(key);
                }
                partner
            }
        };
        match partner {
            Some(partner) if partners[partner] != 0 => return None,
            Some(partner) => {
                partners[partner] = other as u32 + 1;
                expected = partner + 1;
            }
            None => new_left.push(other),
        }
    }
    left_keys.sort_unstable();
    if left_keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return None;
    }
    let mut pairs = Vec::with_capacity(legacy.len().min(new));
    let mut legacy_left = Vec::new();
    for (index, &partner) in partners.iter().enumerate() {
        match partner {
            0 => legacy_left.push(index),
            other => pairs.push((index, other as usize - 1)),
        }
    }
    Some(Joined { pairs, legacy_left, new_left, is_clean: true })
}

/// A hash table from unique keys to their indices.
struct KeyTable {
    /// Index + 1; 0 is a free slot.
    slots: Vec<u32>,
}

impl KeyTable {
    /// Keys that pass through more slots than this were chosen to collide: sorting is immune to that.
    const PROBES_MAX: usize = 64;

    fn of(keys: &[u64]) -> Option<KeyTable> {
        let mut table = KeyTable { slots: vec![0; (keys.len() * 2).next_power_of_two().max(8)] };
        for (index, &key) in keys.iter().enumerate() {
            let free = table.probe(key).find(|&slot| match table.slots[slot] {
                0 => true,
                known => keys[known as usize - 1] == key,
            })?;
            if table.slots[free] != 0 {
                return None;
            }
            table.slots[free] = index as u32 + 1;
        }
        Some(table)
    }

    fn probe(&self, key: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len() - 1;
        (0..Self::PROBES_MAX).map(move |step| (key as usize).wrapping_add(step) & mask)
    }

    fn find(&self, keys: &[u64], key: u64) -> Option<usize> {
        let found = self.probe(key).map(|slot| self.slots[slot]);
        found
            .take_while(|&known| known != 0)
            .map(|known| known as usize - 1)
            .find(|&index| keys[index] == key)
    }
}

/// The alignment of lists whose keys are all usable: what has no partner is on one side only.
pub(crate) fn keyed(joined: Joined) -> Alignment {
    finish(joined.pairs, Left { legacy: joined.legacy_left, new: joined.new_left })
}

/// Each element with the one in its place.
pub(crate) fn by_position(legacy: usize, new: usize) -> Joined {
    let shorter = legacy.min(new);
    Joined {
        pairs: (0..shorter).map(|index| (index, index)).collect(),
        legacy_left: (shorter..legacy).collect(),
        new_left: (shorter..new).collect(),
        is_clean: true,
    }
}

/// What joining two lists as sets gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SetJoined {
    /// Equal hashes, the k-th with the k-th; what is left has no equal on the other side.
    pub(crate) joined: Joined,
    /// By side, legacy's first: elements that their own side has already, and that are left over.
    pub(crate) surplus: [Vec<usize>; 2],
}

/// Joins two lists, by the hashes of their elements, as sets: how often one stands on a side does not count.
/// Whether two elements of one side are the same is asked before one is called surplus: hashes only propose.
pub(crate) fn as_set(
    legacy: &[u64],
    new: &[u64],
    legacy_same: impl Fn(usize, usize) -> bool,
    new_same: impl Fn(usize, usize) -> bool,
) -> SetJoined {
    let sorted = |hashes: &[u64]| {
        let mut sorted: Vec<(u64, usize)> = hashes.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        sorted
    };
    let (legacy_sorted, new_sorted) = (sorted(legacy), sorted(new));
    let (mut here, mut there) = (&legacy_sorted[..], &new_sorted[..]);
    let mut pairs = Vec::new();
    let (mut left, mut surplus) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    while let Some(hash) = here.first().into_iter().chain(there.first()).map(|entry| entry.0).min() {
        let group = |rest: &mut &[(u64, usize)]| -> Vec<usize> {
            let count = rest.partition_point(|entry| entry.0 == hash);
            let (group, behind) = rest.split_at(count);
            *rest = behind;
            group.iter().map(|entry| entry.1).collect()
        };
        let groups = [group(&mut here), group(&mut there)];
        let common = groups[0].len().min(groups[1].len());
        pairs.extend((0..common).map(|at| (groups[0][at], groups[1][at])));
        for (side, group) in groups.iter().enumerate() {
            for (at, &index) in group.iter().enumerate().skip(common) {
                let is_again = at > 0
                    && if side == 0 { legacy_same(group[0], index) } else { new_same(group[0], index) };
                if is_again { surplus[side].push(index) } else { left[side].push(index) }
            }
        }
    }
    pairs.sort_unstable();
    left.iter_mut().chain(&mut surplus).for_each(|indices| indices.sort_unstable());
    let [legacy_left, new_left] = left;
    SetJoined { joined: Joined { pairs, legacy_left, new_left, is_clean: true }, surplus }
}

/// Nothing joined yet of lists of these lengths.
pub(crate) fn unjoined(legacy: usize, new: usize) -> Joined {
    Joined {
        pairs: Vec::new(),
        legacy_left: (0..legacy).collect(),
        new_left: (0..new).collect(),
        is_clean: true,
    }
}

/// Joins what has no partner yet by content.
pub(crate) fn by_content(
    joined: Joined,
    mut legacy: impl FnMut(usize) -> Content,
    mut new: impl FnMut(usize) -> Content,
    mut legacy_leaves: impl FnMut(usize) -> Vec<u64>,
    mut new_leaves: impl FnMut(usize) -> Vec<u64>,
) -> Alignment {
    let mut pairs = joined.pairs;
    let mut left = Left { legacy: joined.legacy_left, new: joined.new_left };
    let legacy_contents: Vec<Content> = left.legacy.iter().map(|&index| legacy(index)).collect();
    let new_contents: Vec<Content> = left.new.iter().map(|&index| new(index)).collect();
    // Where several pairings are as good, which is taken must not depend on which side is called legacy: the side with
    // the smaller hashes goes first.
    let hashes = |contents: &[Content]| contents.iter().map(|content| content.hash).collect::<Vec<_>>();
    if hashes(&new_contents) < hashes(&legacy_contents) {
        transpose(&mut pairs, &mut left);
        join_contents(
            &mut pairs,
            &mut left,
            [&new_contents, &legacy_contents],
            &mut new_leaves,
            &mut legacy_leaves,
        );
        transpose(&mut pairs, &mut left);
    } else {
        join_contents(
            &mut pairs,
            &mut left,
            [&legacy_contents, &new_contents],
            &mut legacy_leaves,
            &mut new_leaves,
        );
    }
    finish(pairs, left)
}

fn join_contents(
    pairs: &mut Vec<(usize, usize)>,
    left: &mut Left,
    [legacy_contents, new_contents]: [&[Content]; 2],
    legacy_leaves: &mut impl FnMut(usize) -> Vec<u64>,
    new_leaves: &mut impl FnMut(usize) -> Vec<u64>,
) {
    let (legacy_rest, new_rest) = match_equal(pairs, left, legacy_contents, new_contents);
    let objects = |rest: &[usize], contents: &[Content], indices: &[usize]| -> Vec<usize> {
        rest.iter().filter(|&&at| !contents[at].is_scalar).map(|&at| indices[at]).collect()
    };
    let legacy_objects = objects(&legacy_rest, legacy_contents, &left.legacy);
    let new_objects = objects(&new_rest, new_contents, &left.new);
    *left = Left {
        legacy: legacy_rest.iter().map(|&at| left.legacy[at]).collect(),
        new: new_rest.iter().map(|&at| left.new[at]).collect(),
    };
    if !legacy_objects.is_empty() && !new_objects.is_empty() {
        let voted = by_rare_leaves(&legacy_objects, &new_objects, legacy_leaves, new_leaves);
        let taken = |indices: &mut Vec<usize>, mut gone: Vec<usize>| {
            gone.sort_unstable();
            indices.retain(|index| gone.binary_search(index).is_err());
        };
        taken(&mut left.legacy, voted.iter().map(|pair| pair.0).collect());
        taken(&mut left.new, voted.iter().map(|pair| pair.1).collect());
        pairs.extend(voted);
    }
    pairs.sort_unstable();
    by_gap(pairs, left);
    if !left.legacy.is_empty() && !left.new.is_empty() {
        // Seen from the other side another run of pairs may be the longest, with other gaps.
        transpose(pairs, left);
        pairs.sort_unstable();
        by_gap(pairs, left);
        transpose(pairs, left);
    }
}

fn transpose(pairs: &mut [(usize, usize)], left: &mut Left) {
    std::mem::swap(&mut left.legacy, &mut left.new);
    pairs.iter_mut().for_each(|pair| *pair = (pair.1, pair.0));
}

/// Orders the result and counts what moved.
fn finish(mut pairs: Vec<(usize, usize)>, left: Left) -> Alignment {
    if !pairs.is_sorted() {
        pairs.sort_unstable();
    }
    let moved = match pairs.is_sorted_by_key(|pair| pair.1) {
        true => 0,
        false => pairs.len() - longest_increasing(&pairs).len(),
    };
    Alignment { pairs, missing: left.legacy, extra: left.new, moved }
}

/// Matches elements with equal hashes: equal ends first, then the k-th of a hash with the k-th.
/// Answers positions in `left` that found no partner.
fn match_equal(
    pairs: &mut Vec<(usize, usize)>,
    left: &Left,
    legacy: &[Content],
    new: &[Content],
) -> (Vec<usize>, Vec<usize>) {
    let shorter = legacy.len().min(new.len());
    let head = (0..shorter).take_while(|&at| legacy[at].hash == new[at].hash).count();
    let tail = (0..shorter - head)
        .take_while(|&at| legacy[legacy.len() - 1 - at].hash == new[new.len() - 1 - at].hash)
        .count();
    pairs.extend((0..head).map(|at| (left.legacy[at], left.new[at])));
    pairs.extend((0..tail).map(|at| (left.legacy[legacy.len() - 1 - at], left.new[new.len() - 1 - at])));
    let middle = |contents: &[Content]| {
        let mut middle: Vec<(u64, usize)> =
            (head..contents.len() - tail).map(|at| (contents[at].hash, at)).collect();
        middle.sort_unstable();
        middle
    };
    let (legacy_middle, new_middle) = (middle(legacy), middle(new));
    let (mut legacy_rest, mut new_rest) = (Vec::new(), Vec::new());
    let (mut from_legacy, mut from_new) = (legacy_middle.iter().peekable(), new_middle.iter().peekable());
    loop {
        match (from_legacy.peek(), from_new.peek()) {
            (Some(&&(one, at)), Some(&&(other, other_at))) if one == other => {
                pairs.push((left.legacy[at], left.new[other_at]));
                from_legacy.next();
                from_new.next();
            }
            (Some(&&(one, at)), other) if other.is_none_or(|&&(other, _)| one < other) => {
                legacy_rest.push(at);
                from_legacy.next();
            }
            (_, Some(&&(_, at))) => {
                new_rest.push(at);
                from_new.next();
            }
            (_, None) => break,
        }
    }
    legacy_rest.sort_unstable();
    new_rest.sort_unstable();
    (legacy_rest, new_rest)
}

/// Matches changed elements by leaves that few elements have: each shared rare leaf is a vote.
fn by_rare_leaves(
    legacy: &[usize],
    new: &[usize],
    legacy_leaves: &mut impl FnMut(usize) -> Vec<u64>,
    new_leaves: &mut impl FnMut(usize) -> Vec<u64>,
) -> Vec<(usize, usize)> {
    let sorted = |mut leaves: Vec<u64>| {
        leaves.sort_unstable();
        leaves
    };
    let of_new: Vec<Vec<u64>> = new.iter().map(|&index| sorted(new_leaves(index))).collect();
    let mut postings: Vec<(u64, usize)> = of_new
        .iter()
        .enumerate()
        .flat_map(|(at, leaves)| leaves.iter().map(move |&leaf| (leaf, at)))
        .collect();
    postings.sort_unstable();
    let mut candidates: Vec<(u64, usize, usize)> = Vec::new();
    for (at, &index) in legacy.iter().enumerate() {
        let leaves = sorted(legacy_leaves(index));
        for (score, other) in best_candidates(&leaves, &postings) {
            let shared = count_shared(&leaves, &of_new[other]);
            if shared * SHARED_LEAVES_DIVISOR >= leaves.len().max(of_new[other].len()) {
                candidates.push((score, at, other));
            }
        }
    }
    // The best votes first; among equals the nearest positions, so that the outcome depends on nothing else.
    candidates.sort_by_key(|&(score, at, other)| (std::cmp::Reverse(score), at.abs_diff(other), at, other));
    let (mut legacy_taken, mut new_taken) = (vec![false; legacy.len()], vec![false; new.len()]);
    let mut pairs = Vec::new();
    for (_, at, other) in candidates {
        if !legacy_taken[at] && !new_taken[other] {
            legacy_taken[at] = true;
            new_taken[other] = true;
            pairs.push((legacy[at], new[other]));
        }
    }
    pairs
}

fn best_candidates(leaves: &[u64], postings: &[(u64, usize)]) -> Vec<(u64, usize)> {
    /// The whole vote of a leaf, shared among the elements that have it; divisible by 1 to 8.
    const VOTE: u64 = 840;
    let mut votes: Vec<(usize, u64)> = Vec::new();
    for &leaf in leaves {
        let from = postings.partition_point(|posting| posting.0 < leaf);
        let having =
            postings[from..].iter().take(POSTINGS_MAX + 1).take_while(|posting| posting.0 == leaf).count();
        if having <= POSTINGS_MAX {
            votes.extend(
                postings[from..from + having].iter().map(|posting| (posting.1, VOTE / having as u64)),
            );
        }
    }
    votes.sort_unstable();
    let mut scores: Vec<(u64, usize)> = Vec::new();
    for (element, vote) in votes {
        match scores.last_mut() {
            Some((score, last)) if *last == element => *score += vote,
            _ => scores.push((vote, element)),
        }
    }
    scores.sort_unstable_by_key(|&(score, element)| (std::cmp::Reverse(score), element));
    scores.truncate(CANDIDATES_MAX);
    scores
}

/// How many leaves two sorted lists share, with multiplicity.
fn count_shared(one: &[u64], other: &[u64]) -> usize {
    let (mut at, mut other_at, mut shared) = (0, 0, 0);
    while at < one.len() && other_at < other.len() {
        match one[at].cmp(&other[other_at]) {
            std::cmp::Ordering::Equal => {
                shared += 1;
                at += 1;
                other_at += 1;
            }
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => other_at += 1,
        }
    }
    shared
}

/// Pairs by position what is left between the same two pairs of the common order, where both sides left as many.
fn by_gap(pairs: &mut Vec<(usize, usize)>, left: &mut Left) {
    let anchors = longest_increasing(pairs);
    let gap_of =
        |index: usize, side: fn(&(usize, usize)) -> usize| anchors.partition_point(|pair| side(pair) < index);
    let gaps = |indices: &[usize], side: fn(&(usize, usize)) -> usize| -> Vec<(usize, usize)> {
        indices.iter().map(|&index| (gap_of(index, side), index)).collect()
    };
    let (legacy, new) = (gaps(&left.legacy, |pair| pair.0), gaps(&left.new, |pair| pair.1));
    let (mut legacy_rest, mut new_rest) = (Vec::new(), Vec::new());
    let (mut at, mut other_at) = (0, 0);
    while at < legacy.len() || other_at < new.len() {
        let gap = match (legacy.get(at), new.get(other_at)) {
            (Some(one), Some(other)) => one.0.min(other.0),
            (Some(one), None) => one.0,
            (None, other) => other.map_or(0, |other| other.0),
        };
        let here = legacy[at..].iter().take_while(|entry| entry.0 == gap).count();
        let there = new[other_at..].iter().take_while(|entry| entry.0 == gap).count();
        let together = if here == there { here } else { 0 };
        pairs.extend((0..together).map(|offset| (legacy[at + offset].1, new[other_at + offset].1)));
        legacy_rest.extend(legacy[at + together..at + here].iter().map(|entry| entry.1));
        new_rest.extend(new[other_at + together..other_at + there].iter().map(|entry| entry.1));
        at += here;
        other_at += there;
    }
    *left = Left { legacy: legacy_rest, new: new_rest };
}

/// The longest run of pairs (ordered by legacy's index) whose new indices increase.
pub(crate) fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    for (at, pair) in pairs.iter().enumerate() {
        let length = tails.partition_point(|&tail| pairs[tail].1 < pair.1);
        before[at] = length.checked_sub(1).map(|previous| tails[previous]);
        match tails.get_mut(length) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut run = Vec::with_capacity(tails.len());
    let mut at = tails.last().copied();
    while let Some(index) = at {
        run.push(pairs[index]);
        at = before[index];
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists of scalars, as hashes.
    fn check(
        legacy: &[u64],
        new: &[u64],
        pairs: &[(usize, usize)],
        missing: &[usize],
        extra: &[usize],
        moved: usize,
    ) {
        let content = |hash: u64| Content { hash, is_scalar: true };
        let alignment = by_content(
            unjoined(legacy.len(), new.len()),
            |index| content(legacy[index]),
            |index| content(new[index]),
            |_| Vec::new(),
            |_| Vec::new(),
        );
        let expected =
            Alignment { pairs: pairs.to_vec(), missing: missing.to_vec(), extra: extra.to_vec(), moved };
        assert_eq!(alignment, expected);
    }

    #[test]
    fn scalars_are_aligned_by_value_and_then_by_gap() {
        check(&[1, 2, 3], &[1, 5, 3], &[(0, 0), (1, 1), (2, 2)], &[], &[], 0);
        check(&[1, 2, 3], &[2, 3], &[(1, 0), (2, 1)], &[0], &[], 0);
        check(&[1, 2, 3], &[2, 3, 9], &[(1, 0), (2, 1)], &[0], &[2], 0);
        check(&[1, 2], &[2, 1], &[(0, 1), (1, 0)], &[], &[], 1);
        check(&[1, 1, 2], &[1, 2, 2], &[(0, 0), (1, 1), (2, 2)], &[], &[], 0);
        check(&[], &[7], &[], &[], &[0], 0);
    }

    #[test]
    fn keys_join_what_has_one_and_leave_the_rest() {
        let some = |keys: &[u64]| keys.iter().map(|&key| (key > 0).then_some(key)).collect::<Vec<_>>();
        let check =
            |legacy: &[u64], new: &[u64], pairs: &[(usize, usize)], left: [&[usize]; 2], is_clean: bool| {
                let [legacy_left, new_left] = left.map(<[usize]>::to_vec);
                assert_eq!(
                    by_key(&some(legacy), &some(new)),
                    Joined { pairs: pairs.to_vec(), legacy_left, new_left, is_clean }
                );
            };
        check(&[1, 2], &[2, 1], &[(0, 1), (1, 0)], [&[], &[]], true);
        check(&[1, 0, 3], &[3, 1], &[(0, 1), (2, 0)], [&[1], &[]], false);
        check(&[5, 5], &[5, 6], &[], [&[0, 1], &[0, 1]], false);
    }

    #[test]
    fn a_partner_that_is_known_needs_no_key() {
        let joined = |told: [Partner; 3]| {
            let mut told = told.into_iter();
            by_unique_key(&[1, 2, 3], 3, |_| told.next())
                .map(|joined| (joined.pairs, joined.legacy_left, joined.new_left))
        };
        use Partner::{Is, OfKey};
        assert_eq!(joined([Is(2), OfKey(1), Is(1)]), Some((vec![(0, 1), (1, 2), (2, 0)], vec![], vec![])));
        assert_eq!(joined([OfKey(9), Is(0), OfKey(3)]), Some((vec![(0, 1), (2, 2)], vec![1], vec![0])));
        for twice in [[Is(0), Is(0), Is(1)], [Is(0), OfKey(1), Is(2)], [OfKey(7), OfKey(7), Is(0)]] {
            assert_eq!(joined(twice), None);
        }
    }

    #[test]
    fn a_changed_record_is_found_by_its_rare_leaves() {
        let leaves = |records: &'static [&'static [u64]]| move |index: usize| records[index].to_vec();
        const LEGACY: &[&[u64]] = &[&[1, 100, 7], &[2, 101, 7], &[3, 102, 7]];
        const NEW: &[&[u64]] = &[&[9, 900, 8], &[3, 102, 8], &[1, 100, 8]];
        let content = |records: &[&[u64]], index: usize| Content {
            hash: crate::hash::mix(records[index][0], records[index][2]),
            is_scalar: false,
        };
        let alignment = by_content(
            unjoined(3, 3),
            |index| content(LEGACY, index),
            |index| content(NEW, index),
            leaves(LEGACY),
            leaves(NEW),
        );
        // The two that share nothing are left over, one on each side, in the same place: they are compared as one.
        assert_eq!(
            alignment,
            Alignment { pairs: vec![(0, 2), (1, 0), (2, 1)], missing: vec![], extra: vec![], moved: 1 }
        );
    }
}
