//! Figures from tables and from plain sums, and the laws that bounds keep.

use proptest::prelude::*;

use super::accounts::AccountsBound;
use super::noise::Discordant;
use super::*;

const ONCE: Question = Question { confidence: 0.95, look: Look::Once, target: 0.001 };
const WATCHED: Question = Question { look: Look::Watched, ..ONCE };

/// Accounts with as many pairs each.
fn spread(accounts: u64, pairs: u64, events: &[u64]) -> Vec<Cluster> {
    (0..accounts)
        .map(|account| Cluster { pairs, events: events.get(account as usize).copied().unwrap_or(0) })
        .collect()
}

#[track_caller]
fn check_upper(pairs: u64, events: u64, question: Question, expected: &str) {
    let bound = RateBound::of(&[Cluster { pairs, events }], question);
    assert_eq!(format!("{:.5}", bound.upper), expected, "{events} of {pairs}");
}

#[test]
fn one_look_gives_the_bounds_of_clopper_and_pearson() {
    // Without an event: 1 − 0.05^(1/n).
    check_upper(299, 0, ONCE, "0.00997");
    check_upper(2_995, 0, ONCE, "0.00100");
    check_upper(50, 0, ONCE, "0.05816");
    // Printed in tables of exact one-sided limits.
    check_upper(10, 1, ONCE, "0.39416");
    check_upper(100, 5, ONCE, "0.10225");
    check_upper(0, 0, ONCE, "1.00000");
    check_upper(7, 7, ONCE, "1.00000");
}

#[test]
fn watching_costs_pairs() {
    check_upper(2_995, 0, WATCHED, "0.00126");
    check_upper(100, 5, WATCHED, "0.13743");
    check_upper(0, 0, WATCHED, "1.00000");
}

#[track_caller]
fn check_more(clusters: &[Cluster], question: Question, expected: Option<u64>) {
    let bound = RateBound::of(clusters, question);
    assert_eq!(bound.more_pairs, expected, "{bound:?}");
    assert_eq!(bound.meets(question), expected == Some(0) && bound.pairs > 0, "{bound:?}");
}

#[test]
fn the_pairs_that_lack_are_counted() {
    check_more(&[], ONCE, Some(2_995));
    check_more(&spread(50, 60, &[]), ONCE, Some(0));
    check_more(&spread(1, 2_994, &[]), ONCE, Some(1));
    check_more(&spread(1, 2_995, &[]), ONCE, Some(0));
    check_more(&[], WATCHED, Some(3_787));
    check_more(&spread(1, 2_995, &[1]), ONCE, Some(1_747));
    check_more(&[], Question { target: 0.0, ..ONCE }, None);
    check_more(&spread(1, 5, &[5]), Question { target: 1.0, ..ONCE }, Some(0));
}

#[test]
fn fifty_accounts_with_three_thousand_clean_pairs_show_a_rate_below_a_thousandth() {
    let bound = RateBound::of(&spread(50, 60, &[]), ONCE);
    assert!(bound.meets(ONCE), "{bound:?}");
    assert_eq!((bound.pairs, bound.accounts, bound.design_effect), (3_000, 50, 1.0));
    assert!(!RateBound::of(&spread(50, 60, &[]), WATCHED).meets(WATCHED));
    assert!(AccountsBound::of(50, 50, 0, 0.95).is_census());
    // Had the missing account been drawn by lot, one of fifty would be missed with a chance of 2 % only; it was not drawn by
    // lot, so a gate asks for a census or a waiver and shows this number beside it.
    assert_eq!(AccountsBound::of(50, 49, 0, 0.95).differing_max, 0);
    assert!(!AccountsBound::of(50, 49, 0, 0.95).is_census());
}

#[test]
fn differences_in_one_account_weigh_more_than_the_same_number_spread() {
    let together = RateBound::of(&spread(50, 60, &[10]), ONCE);
    let apart = RateBound::of(&spread(50, 60, &[1; 10]), ONCE);
    assert_eq!((together.events, apart.events), (10, 10));
    assert_eq!(format!("{:.2} {:.2}", together.design_effect, apart.design_effect), "10.03 1.00");
    assert!(together.upper > 1.5 * apart.upper, "{together:?} {apart:?}");
}

#[test]
fn of_accounts_drawn_from_a_list_the_rest_is_bounded() {
    #[track_caller]
    fn check(listed: u64, observed: u64, differing: u64, expected: u64) {
        let bound = AccountsBound::of(listed, observed, differing, 0.95);
        assert_eq!(bound.differing_max, expected, "{bound:?}");
    }
    check(50, 50, 0, 0);
    check(50, 50, 3, 3);
    check(50, 0, 0, 50);
    // Two may differ: the chance to have drawn neither is 10 · 9 / (50 · 49), below 5 %; of one it is 20 %.
    check(50, 40, 0, 1);
    check(100, 50, 0, 4);
    check(10, 20, 30, 10);
    check(0, 0, 0, 0);
    check(1_000_000, 1_000, 0, 2_989);
}

/// `P(Binomial(pairs, rate) ≤ events)`, added up term by term.
fn plain_tail(pairs: u64, events: u64, rate: f64) -> f64 {
    let mut log_term = pairs as f64 * (-rate).ln_1p();
    let mut sum = log_term.exp();
    for event in 1..=events {
        log_term += ((pairs - event + 1) as f64 / event as f64).ln() + rate.ln() - (-rate).ln_1p();
        sum += log_term.exp();
    }
    sum
}

#[test]
fn the_tail_is_that_of_the_plain_sum() {
    for (pairs, events) in [(10, 0), (10, 3), (3_000, 2), (100_000, 150), (1_000_000, 1_900), (20_000, 9_000)]
    {
        let bound = RateBound::of(&[Cluster { pairs, events }], ONCE);
        let tail = plain_tail(pairs, events, bound.upper);
        if events as f64 <= exact::EVENTS_EXACT_MAX {
            assert!((tail - 0.05).abs() < 1e-6, "{events} of {pairs}: {tail}");
        } else {
            assert!(tail < 0.05 && tail > 0.001, "{events} of {pairs}: {tail}");
        }
    }
}

#[test]
fn noise_is_told_from_a_change_by_the_pairs_that_only_one_of_them_differs_in() {
    #[track_caller]
    fn check(only_new: u64, only_repeat: u64, expected: &str) {
        assert_eq!(format!("{:.4}", Discordant { only_new, only_repeat }.chance()), expected);
    }
    check(0, 0, "1.0000");
    check(1, 0, "0.5000");
    check(5, 0, "0.0312");
    check(4, 0, "0.0625");
    check(8, 2, "0.0547");
    check(9, 2, "0.0327");
    check(2, 8, "0.9893");
    check(1_000_000, 900_000, "0.0000");
    check(900_000, 1_000_000, "1.0000");
    check(5_000, 4_900, "0.6035");
}

proptest! {
    #[test]
    fn more_events_never_lower_a_bound_and_more_clean_pairs_never_raise_it(
        pairs in 1_u64..20_000, events in 0_u64..50, more in 1_u64..5_000,
        look in prop_oneof![Just(Look::Once), Just(Look::Watched)], confidence in 0.5_f64..0.999,
    ) {
        let events = events.min(pairs);
        let question = Question { confidence, look, target: 0.01 };
        let upper = |pairs, events| RateBound::of(&[Cluster { pairs, events }], question).upper;
        let here = upper(pairs, events);
        prop_assert!(here >= events as f64 / pairs as f64);
        prop_assert!(upper(pairs + more, events) <= here + 1e-9);
        prop_assert!(upper(pairs, (events + 1).min(pairs)) >= here - 1e-9);
        let watched = Question { look: Look::Watched, ..question };
        let watched = RateBound::of(&[Cluster { pairs, events }], watched).upper;
        prop_assert!(here <= watched + 1e-9);
    }

    #[test]
    fn the_order_of_accounts_never_matters(mut clusters in prop::collection::vec((0_u64..200, 0_u64..20), 0..30)) {
        let of = |clusters: &[(u64, u64)]| {
            let clusters: Vec<Cluster> =
                clusters.iter().map(|(pairs, events)| Cluster { pairs: *pairs, events: *events.min(pairs) }).collect();
            let bound = RateBound::of(&clusters, ONCE);
            (bound.pairs, bound.events, format!("{:.9} {:.9}", bound.upper, bound.design_effect))
        };
        let before = of(&clusters);
        clusters.reverse();
        prop_assert_eq!(before, of(&clusters));
    }
}
