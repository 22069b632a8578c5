//! The choice against all choices there are, on sets small enough to try them all.

use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

use super::*;

/// One word's cells as a set.
fn set(bits: u64) -> Cells {
    Cells::new(vec![(3, bits & 0xff), (1, bits >> 8 & 0xff)])
}

fn chosen(sets: &[u64]) -> Vec<Chosen<usize>> {
    let mut cover = Cover::default();
    sets.iter().enumerate().for_each(|(index, bits)| cover.offer(|| index, &set(*bits)));
    cover.choose()
}

/// The fewest sets that come to the same union, found by trying all choices.
fn fewest(sets: &[u64]) -> u32 {
    let union = |choice: u32| {
        let taken = sets.iter().enumerate().filter(|(index, _)| choice >> index & 1 == 1);
        taken.fold(0, |union, (_, bits)| union | bits)
    };
    let all = union(u32::MAX);
    let choices = 0..1_u32 << sets.len();
    choices.filter(|choice| union(*choice) == all).map(u32::count_ones).min().unwrap_or(0)
}

#[test]
fn the_set_that_adds_most_comes_first_and_says_what_it_adds() {
    let told: Vec<_> = chosen(&[0b0011, 0b0110, 0b1111_0000, 0b0001])
        .into_iter()
        .map(|Chosen { key, adds }| (key, adds))
        .collect();
    assert_eq!(told, [(2, set(0b1111_0000)), (0, set(0b0011)), (1, set(0b0100))]);
}

#[test]
fn a_first_pick_that_the_others_make_superfluous_is_taken_back() {
    // Greedy takes the four in the middle first; the two others hold all six.
    let keys: Vec<usize> =
        chosen(&[0b01_1110, 0b00_0111, 0b11_1000]).into_iter().map(|chosen| chosen.key).collect();
    assert_eq!(keys, [1, 2]);
}

#[test]
fn what_is_covered_before_needs_no_set() {
    let mut cover = Cover::default();
    cover.cover(&set(0b0111));
    assert_eq!(cover.covered(), 3);
    [0b0011, 0b1001, 0b1000].iter().enumerate().for_each(|(index, bits)| cover.offer(|| index, &set(*bits)));
    assert_eq!(cover.choose(), [Chosen { key: 1, adds: set(0b1000) }]);
}

/// Sets as they might come from recordings: some cells everywhere, some in few, drawn from a seed.
fn drawn(seed: u64, sets: usize) -> Vec<u64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..sets).map(|_| next() & next() & next() & 0xffff).collect()
}

#[test]
fn on_a_thousand_small_problems_one_set_in_a_hundred_is_too_many_at_most() {
    let (mut least, mut taken, mut worst) = (0, 0, 0);
    for seed in 1..=1_000 {
        let sets = drawn(seed, 12);
        let (fewest, chosen) = (fewest(&sets) as usize, chosen(&sets).len());
        least += fewest;
        taken += chosen;
        worst = worst.max(chosen - fewest);
    }
    assert!(taken * 100 <= least * 101 && worst <= 1, "{taken} sets where {least} do; {worst} at worst");
}

#[test]
fn where_not_all_sets_can_be_kept_every_cell_is_covered_all_the_same() {
    let sets: Vec<u64> = (1..=40).flat_map(|seed| drawn(seed, 25)).collect();
    let all = sets.iter().fold(0, |union, bits| union | bits);
    let (mut cover, mut most) = (Cover::within(64), 0);
    for (index, bits) in sets.iter().enumerate() {
        cover.offer(|| index, &set(*bits));
        most = most.max(cover.sets.len());
    }
    assert!(most < 100, "{most} sets were held");
    let union = cover.choose().iter().fold(Cells::default(), |mut union, chosen| {
        union.add(&chosen.adds);
        union
    });
    assert_eq!(union, set(all));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_is_covered_nothing_is_superfluous_and_it_is_near_the_fewest(
        sets in proptest::collection::vec(any::<u16>(), 0..10)
    ) {
        let sets: Vec<u64> = sets.into_iter().map(u64::from).collect();
        let chosen = chosen(&sets);
        let union = |left_out: Option<usize>| {
            let taken = chosen.iter().filter(|chosen| Some(chosen.key) != left_out);
            taken.fold(0, |union, chosen| union | sets[chosen.key])
        };
        let all = sets.iter().fold(0, |union, bits| union | bits);
        prop_assert_eq!(union(None), all);
        for one in &chosen {
            prop_assert!(union(Some(one.key)) != all, "{} is superfluous", one.key);
        }
        prop_assert!(chosen.len() <= fewest(&sets) as usize + 1);
    }
}
