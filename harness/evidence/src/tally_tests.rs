//! Facts about tallies: what they count, and that neither order nor split changes it.

use super::*;
use compare::difference::Place;
use compare::limits::{LimitsTold, Misfit};
use compare::sight::Sight;
use compare::verdict::{Circumstances, Reason};
use compare::volatile::Volatility;
use proptest::prelude::*;

fn difference(field: &str, kind: Kind, tolerance: Option<usize>) -> Difference {
    Difference {
        place: Place::Body,
        path: field.replace('*', "3"),
        new_path: None,
        field: field.into(),
        kind,
        legacy: Some("1".to_owned()),
        new: None,
        tolerance,
        legacy_context: None,
        new_context: None,
        blame: None,
    }
}

fn judgement(pair: &str, verdict: Verdict, differences: Vec<Difference>) -> Judgement {
    Judgement {
        pair: pair.to_owned(),
        operation: pair.split('/').next().unwrap_or_default().to_owned(),
        account: None,
        integration: None,
        verdict,
        differences_total: differences.len() as u64,
        differences,
        notes: Vec::new(),
        in_doubt: Vec::new(),
        volatility: Volatility::default(),
        legacy_status: Some(200),
        new_status: Some(200),
        location: format!("recordings/{pair}.json"),
        circumstances: Circumstances::default(),
    }
}

fn tally(judgements: &[Judgement]) -> Tally {
    let mut tally = Tally::default();
    for judgement in judgements {
        tally.add(judgement);
    }
    tally
}

/// The whole tally as lines a person reads.
fn check(judgements: &[Judgement], expected: &str) {
    let tally = tally(judgements);
    let mut lines = vec![totals("all", &tally.totals)];
    for (name, operation) in tally.operations.iter() {
        describe(name, operation, &mut lines);
    }
    if let Some(rest) = tally.operations.rest() {
        describe("(rest)", rest, &mut lines);
    }
    assert_eq!(lines.join("\n"), expected);
}

fn totals(name: &str, totals: &Totals) -> String {
    let Totals { pairs, same, tolerated, different, undecided } = totals;
    format!(
        "{name}: {pairs} = {same} same + {tolerated} tolerated + {different} different + {undecided} undecided"
    )
}

fn describe(name: &str, operation: &OperationTally, lines: &mut Vec<String>) {
    lines.push(totals(name, &operation.totals));
    for (Field { path, kind }, tally) in operation.fields.iter() {
        let examples: Vec<String> =
            tally.examples.iter().map(|example| format!("{}{}", example.pair, example.path)).collect();
        lines.push(format!(
            "  {path} {}: {} in {} pairs, {} open in {}, e.g. {}",
            kind.name(),
            tally.differences,
            tally.pairs,
            tally.open(),
            tally.pairs_open,
            examples.join(" ")
        ));
    }
    for (index, tally) in &operation.tolerances {
        lines.push(format!("  tolerance {index}: {} in {} pairs", tally.differences, tally.pairs));
    }
    for (code, tally) in &operation.undecided {
        let details: Vec<&str> = tally.examples.iter().map(|case| case.detail.as_str()).collect();
        lines.push(format!("  {}: {} pairs, e.g. {}", code.name(), tally.pairs, details.join(" ")));
    }
    for (note, tally) in operation.notes.iter() {
        lines.push(format!("  note {note:?}: {} pairs", tally.pairs));
    }
    if operation.unlisted > 0 {
        lines.push(format!("  unlisted: {} of {}", operation.unlisted, operation.differences));
    }
}

#[test]
fn nothing_adds_up_to_nothing() {
    check(&[], "all: 0 = 0 same + 0 tolerated + 0 different + 0 undecided");
}

#[test]
fn every_verdict_is_counted_once() {
    let timeout = Reason { code: ReasonCode::Failed, detail: "new: timeout".to_owned() };
    check(
        &[
            judgement("a/1", Verdict::Same, vec![]),
            judgement("a/2", Verdict::Tolerated, vec![difference("$.x", Kind::Case, Some(1))]),
            judgement("b/1", Verdict::Different, vec![difference("$.x", Kind::Value, None)]),
            judgement("b/2", Verdict::Undecided(timeout), vec![]),
        ],
        "all: 4 = 1 same + 1 tolerated + 1 different + 1 undecided\n\
         a: 2 = 1 same + 1 tolerated + 0 different + 0 undecided\n\
         \x20 $.x case: 1 in 1 pairs, 0 open in 0, e.g. a/2$.x\n\
         \x20 tolerance 1: 1 in 1 pairs\n\
         b: 2 = 0 same + 0 tolerated + 1 different + 1 undecided\n\
         \x20 $.x value: 1 in 1 pairs, 1 open in 1, e.g. b/1$.x\n\
         \x20 failed: 1 pairs, e.g. new: timeout",
    );
}

#[test]
fn a_pair_counts_once_in_a_cell_and_gives_it_one_example_the_least_excused() {
    check(
        &[judgement(
            "a/1",
            Verdict::Different,
            vec![
                difference("$.l[*]", Kind::Value, Some(0)),
                difference("$.l[*]", Kind::Value, None),
                difference("$.l[*]", Kind::Value, Some(0)),
            ],
        )],
        "all: 1 = 0 same + 0 tolerated + 1 different + 0 undecided\n\
         a: 1 = 0 same + 0 tolerated + 1 different + 0 undecided\n\
         \x20 $.l[*] value: 3 in 1 pairs, 1 open in 1, e.g. a/1$.l[3]\n\
         \x20 tolerance 0: 2 in 1 pairs",
    );
}

#[test]
fn differences_beyond_a_pairs_list_are_counted() {
    let mut cut_off = judgement("a/1", Verdict::Different, vec![difference("$.x", Kind::Value, None)]);
    cut_off.differences_total = 1_500;
    cut_off.notes.push("key not usable".to_owned());
    check(
        &[cut_off],
        "all: 1 = 0 same + 0 tolerated + 1 different + 0 undecided\n\
         a: 1 = 0 same + 0 tolerated + 1 different + 0 undecided\n\
         \x20 $.x value: 1 in 1 pairs, 1 open in 1, e.g. a/1$.x\n\
         \x20 note \"key not usable\": 1 pairs\n\
         \x20 unlisted: 1499 of 1500",
    );
}

#[test]
fn fields_over_the_limit_are_counted_in_the_rest() {
    let differences =
        (0..FIELDS_MAX + 7).map(|index| difference(&format!("$.k{index:04}"), Kind::Extra, None));
    let tally = tally(&[judgement("a/1", Verdict::Different, differences.collect())]);
    let operation = tally.operations.get("a").expect("the operation was counted");
    assert_eq!(operation.fields.len(), FIELDS_MAX);
    assert_eq!(operation.fields.rest().map(|rest| rest.differences), Some(7));
}

#[test]
fn operations_over_the_limit_are_counted_in_the_rest() {
    let judgements: Vec<Judgement> = (0..OPERATIONS_MAX + 3)
        .map(|index| judgement(&format!("o{index:04}/1"), Verdict::Same, vec![]))
        .collect();
    let tally = tally(&judgements);
    assert_eq!(tally.operations.len(), OPERATIONS_MAX);
    assert_eq!(tally.operations.rest().map(|rest| rest.totals.pairs), Some(3));
    assert_eq!(tally.totals.pairs, (OPERATIONS_MAX + 3) as u64);
}

#[test]
fn what_is_older_than_a_gate_allows_counts_as_stale_and_nothing_else_in_the_census() {
    let at = |pair: &str, recorded_at: Option<i64>| {
        let mut made = judgement(pair, Verdict::Same, vec![]);
        made.circumstances.recorded_at = recorded_at;
        made
    };
    let mut tally = Tally::since(Some(1_000));
    for made in [at("a/1", Some(999)), at("a/2", Some(1_000)), at("a/3", None), at("a/4", Some(90_000))] {
        tally.add(&made);
    }
    let operation = tally.operations.get("a").expect("the operation was counted");
    let days: Vec<(Option<i64>, u64)> =
        operation.census.days.iter().map(|(day, totals)| (day.0, totals.pairs)).collect();
    assert_eq!((operation.totals.pairs, operation.census.stale), (4, 2));
    assert_eq!(days, [(Some(1), 1), (Some(0), 1)]);
}

#[test]
fn latencies_are_known_to_two_digits() {
    let mut slow = judgement("a/1", Verdict::Same, vec![]);
    slow.circumstances.new_ms = (1..=100).collect();
    let tally = tally(&[slow]);
    let census = &tally.operations.get("a").expect("the operation was counted").census;
    let quantiles = [0.0, 0.5, 0.95, 1.0].map(|share| census.new_latency.quantile_ms(share));
    assert_eq!(quantiles, [Some(1), Some(50), Some(95), Some(100)]);
    assert_eq!((census.legacy_latency.quantile_ms(0.5), census.new_latency.count()), (None, 100));
}

#[test]
fn notes_over_the_limit_are_counted_in_the_rest() {
    let mut noisy = judgement("a/1", Verdict::Same, vec![]);
    noisy.notes = (0..NOTES_MAX + 2).map(|index| format!("note {index:03}")).collect();
    let tally = tally(&[noisy]);
    let operation = tally.operations.get("a").expect("the operation was counted");
    assert_eq!((operation.notes.len(), operation.notes.rest().map(|rest| rest.pairs)), (NOTES_MAX, Some(2)));
}

fn any_judgement() -> impl Strategy<Value = Judgement> {
    let differences = prop::collection::vec((0..4u32, 0..3usize, prop::option::of(0..2usize)), 0..5);
    (0..3u32, 0..30u32, 0..4u32, differences, 0..450u32).prop_map(
        |(operation, pair, verdict, differences, wide)| {
            let differences = differences
                .into_iter()
                .map(|(field, kind, tolerance)| {
                    let field = if field < 2 { format!("$.wide{wide}") } else { format!("$.f{field}[*]") };
                    difference(&field, Kind::ALL[kind].0, tolerance)
                })
                .collect();
            let verdict = match verdict {
                0 => Verdict::Same,
                1 => Verdict::Tolerated,
                2 => Verdict::Different,
                _ => Verdict::Undecided(Reason { code: ReasonCode::Torn, detail: format!("line {pair}") }),
            };
            let operation = if operation == 0 { format!("wide{wide}") } else { "narrow".to_owned() };
            let mut judgement = judgement(&format!("{operation}/{pair}"), verdict, differences);
            judgement.notes = vec![format!("note {}", wide % 130)];
            judgement.account = (wide % 3 > 0).then(|| format!("account {}", wide % 50));
            judgement.integration = (wide % 5 > 0).then(|| format!("integration {}", wide % 310));
            judgement.legacy_status = (wide % 7 > 0).then_some(200 + wide as u16);
            judgement.circumstances = circumstances(wide);
            judgement
        },
    )
}

fn circumstances(wide: u32) -> Circumstances {
    let sight = Sight {
        value: !wide.is_multiple_of(2),
        null: !wide.is_multiple_of(3),
        values: vec![wide.to_string()],
        ..Sight::default()
    };
    Circumstances {
        recorded_at: (!wide.is_multiple_of(11)).then(|| i64::from(wide) * 86_400),
        legacy_ms: vec![u64::from(wide)],
        new_ms: vec![u64::from(wide * wide), u64::MAX],
        new_limits: vec![LimitsTold {
            is_throttled: wide.is_multiple_of(5),
            has: [wide.is_multiple_of(2), true, wide.is_multiple_of(3)],
            misfits: Misfit::ALL.iter().map(|(misfit, _)| *misfit).take(wide as usize % 3).collect(),
        }],
        is_paged: !wide.is_multiple_of(2),
        redacted_with: None,
        sights: vec![("$.a".to_owned(), sight)],
    }
}

// Wide enough that operations, fields and notes all overflow.
proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_in_any_order_adds_up_alike(
        judgements in prop::collection::vec((any_judgement(), 0..4usize, any::<u32>()), 0..1_500),
    ) {
        let all: Vec<Judgement> = judgements.iter().map(|(judgement, _, _)| judgement.clone()).collect();
        let whole = tally(&all);

        let mut shuffled = judgements;
        shuffled.sort_by_key(|(_, _, order)| *order);
        let mut parts: Vec<Tally> = vec![Tally::default(); 4];
        for (judgement, part, _) in &shuffled {
            parts[*part].add(judgement);
        }
        let [a, b, c, d] = <[Tally; 4]>::try_from(parts).expect("there are four parts");
        let left = a.clone().merge(b.clone()).merge(c.clone()).merge(d.clone());
        let right = d.merge(c.merge(b.merge(a)));
        prop_assert_eq!(&left, &whole);
        prop_assert_eq!(&right, &whole);
        // What a bundle digests is the same too, byte for byte.
        let bytes = |tally: &Tally| crate::bundle::canonical(&crate::tally_document::document(tally));
        prop_assert_eq!(bytes(&left), bytes(&whole));
        prop_assert_eq!(bytes(&right), bytes(&whole));
    }
    #[test]
    fn a_pair_that_is_not_shown_becomes_no_example_whatever_is_added_later(
        judgements in prop::collection::vec((any_judgement(), any::<u16>()), 0..400),
    ) {
        let mut counted = Tally::default();
        let mut hidden = std::collections::BTreeSet::new();
        for (index, (judgement, order)) in judgements.into_iter().enumerate() {
            // Each pair's id is its own, and they come in no order.
            let judgement = Judgement { pair: format!("{order}-{index}"), ..judgement };
            if !counted.shows(&judgement) {
                hidden.insert(judgement.pair.clone());
            }
            counted.add(&judgement);
        }
        for (_, operation) in counted.operations.iter() {
            let fields = operation.fields.iter().map(|(_, tally)| &tally.examples);
            let examples = fields.chain(operation.tolerances.values().map(|tally| &tally.examples));
            for example in examples.flat_map(Examples::iter) {
                prop_assert!(!hidden.contains(&example.pair), "{} is shown", example.pair);
            }
        }
    }
}
