//! Facts about snapshots: what is one group, what is a change of it, and that neither order nor split matters.

use super::*;
use crate::bounded::Merge;
use compare::difference::{Difference, Place};
use compare::verdict::{Circumstances, DIFFERENCES_MAX, Judgement, Verdict};
use compare::volatile::Volatility;
use proptest::prelude::*;

const OPERATION: &str = "crm.contacts.list";

fn difference(path: &str, kind: Kind, new: &str) -> Difference {
    Difference {
        place: Place::Body,
        path: path.to_owned(),
        new_path: None,
        field: compare::path::field_of(path).into(),
        kind,
        legacy: Some("1".to_owned()),
        new: Some(new.to_owned()),
        tolerance: None,
        legacy_context: None,
        new_context: None,
        blame: None,
    }
}

fn judgement(pair: usize, differences: Vec<Difference>) -> Judgement {
    Judgement {
        pair: format!("{OPERATION}/{pair}"),
        operation: OPERATION.to_owned(),
        account: None,
        integration: None,
        verdict: Verdict::Different,
        differences_total: differences.len() as u64,
        differences,
        notes: Vec::new(),
        in_doubt: Vec::new(),
        volatility: Volatility::default(),
        legacy_status: Some(200),
        new_status: Some(200),
        location: String::new(),
        circumstances: Circumstances::default(),
    }
}

fn snapshot(judgements: &[Judgement]) -> Snapshot {
    let mut causes = Causes::default();
    judgements.iter().for_each(|judgement| causes.add(judgement));
    snapshot_of(&causes)
}

fn snapshot_of(causes: &Causes) -> Snapshot {
    let mut snapshot = Snapshot::default();
    snapshot.replace(OPERATION, causes.groups(OPERATION, |_| None));
    snapshot
}

/// The groups as lines a person reads.
fn told(snapshot: &Snapshot) -> Vec<String> {
    let groups = snapshot.operations.values().flat_map(|differences| &differences.groups);
    let line = |(identity, group): (&Identity, &Group)| {
        let Identity { field, kind, .. } = identity;
        format!("{field} {} {} in {}", kind.name(), group.differences, group.pairs)
    };
    groups.map(line).collect()
}

#[track_caller]
fn check(accepted: &[Judgement], current: &[Judgement], expected: &[&str]) {
    let comparison = Snapshot::compare(&snapshot(accepted), &snapshot(current));
    let mut lines = vec![format!("{} accepted", comparison.accepted)];
    lines.extend(comparison.changes.iter().map(|changed| {
        format!("{} {} {}", changed.change.name(), changed.identity.field, changed.identity.kind.name())
    }));
    lines.extend(comparison.left_out.values().map(|count| format!("{count} left out")));
    assert_eq!(lines, expected);
    assert_eq!(comparison.is_accepted(), lines.len() == 1);
}

#[test]
fn differences_of_one_field_and_kind_are_one_group() {
    let pairs = [
        judgement(1, vec![difference("$[0].a", Kind::Value, "2"), difference("$[1].a", Kind::Value, "3")]),
        judgement(2, vec![difference("$[7].a", Kind::Value, "2"), difference("$[7].a", Kind::Type, "[]")]),
    ];
    assert_eq!(told(&snapshot(&pairs)), ["$[*].a value 3 in 2", "$[*].a type 1 in 1"]);
}

#[test]
fn what_a_tolerance_excuses_is_in_no_group() {
    let excused = Difference { tolerance: Some(0), ..difference("$.a", Kind::Value, "2") };
    assert_eq!(told(&snapshot(&[judgement(1, vec![excused])])), Vec::<String>::new());
}

#[test]
fn another_expression_of_the_mapping_makes_another_group() {
    let mut causes = Causes::default();
    causes.add(&judgement(1, vec![difference("$.a", Kind::Value, "2")]));
    let made = |expression: &str| {
        let expression = Some(expression.to_owned());
        let mut snapshot = Snapshot::default();
        let groups = causes.groups(OPERATION, |_| {
            Some(MadeBy { mapping: "m.jsonata".to_owned(), expression: expression.clone() })
        });
        snapshot.replace(OPERATION, groups);
        snapshot
    };
    let changes = Snapshot::compare(&made("a + 1"), &made("a + 2")).changes;
    let names: Vec<&str> = changes.iter().map(|changed| changed.change.name()).collect();
    assert_eq!(names, ["gone", "new"]);
}

#[test]
fn a_group_is_accepted_as_it_was_seen() {
    let one = || judgement(1, vec![difference("$.a", Kind::Value, "2")]);
    check(&[one()], &[one()], &["1 accepted"]);
    check(&[], &[one()], &["0 accepted", "new $.a value"]);
    check(&[one()], &[], &["0 accepted", "gone $.a value"]);
    let other_value = judgement(1, vec![difference("$.a", Kind::Value, "3")]);
    check(&[one()], &[other_value], &["0 accepted", "other $.a value"]);
    let other_pair = judgement(2, vec![difference("$.a", Kind::Value, "2")]);
    check(&[one()], &[one(), other_pair], &["0 accepted", "other $.a value"]);
}

#[test]
fn an_absent_value_is_not_an_empty_one() {
    let empty = difference("$.a", Kind::Value, "");
    let absent = Difference { new: None, ..empty.clone() };
    check(&[judgement(1, vec![empty])], &[judgement(1, vec![absent])], &["0 accepted", "other $.a value"]);
}

#[test]
fn what_no_group_holds_is_never_accepted() {
    let many = |count: usize| {
        let mut one = judgement(1, vec![difference("$.a", Kind::Value, "2")]);
        one.differences_total = count as u64;
        one
    };
    check(&[many(1)], &[many(1)], &["1 accepted"]);
    check(&[many(DIFFERENCES_MAX + 1)], &[many(DIFFERENCES_MAX + 1)], &["1 accepted", "1000 left out"]);
    let fields = |count: usize| {
        let fields = (0..count).map(|index| difference(&format!("$.f{index:04}"), Kind::Value, "2"));
        judgement(1, fields.collect())
    };
    check(&[fields(GROUPS_MAX)], &[fields(GROUPS_MAX)], &[&format!("{GROUPS_MAX} accepted")]);
    check(
        &[fields(GROUPS_MAX + 1)],
        &[fields(GROUPS_MAX + 1)],
        &[&format!("{GROUPS_MAX} accepted"), "1 left out"],
    );
}

#[test]
fn a_decision_about_one_group_leaves_the_others() {
    let current = snapshot(&[judgement(
        1,
        vec![difference("$.a", Kind::Value, "2"), difference("$.b", Kind::Value, "2")],
    )]);
    let mut accepted = Snapshot::default();
    let changes = Snapshot::compare(&accepted, &current).changes;
    accepted.set(OPERATION, &changes[1].identity, changes[1].change.current());
    assert_eq!(told(&accepted), ["$.b value 1 in 1"]);
    accepted.set(OPERATION, &changes[1].identity, None);
    assert_eq!(accepted, Snapshot::default());
}

#[test]
fn the_text_is_read_back_and_another_is_refused_with_its_reason() {
    let mut renamed = difference("$[0].a", Kind::Renamed, "\"é\\u0000\"");
    renamed.new_path = Some("$[0].b".to_owned());
    let whole = snapshot(&[judgement(1, vec![renamed, difference("status", Kind::Value, "500")])]);
    let text = whole.to_text();
    assert_eq!(Snapshot::parse(&text).expect("it was written here"), whole);
    let refused = |text: &str| Snapshot::parse(text).expect_err("it is none").to_string();
    assert_eq!(
        refused(&text.replacen("\"version\": 1", "\"version\": 2", 1)),
        "it is of version 2, and this program reads version 1: take a newer one"
    );
    assert_eq!(refused(&text.replace("renamed", "reworded")), "`reworded` is no kind of difference");
    let group = |field: &str| {
        format!(
            r#"{{"field":"{field}","kind":"value","pairs":1,"differences":1,"digest":"0","examples":[]}}"#
        )
    };
    let twice =
        format!(r#"{{"version":1,"operations":{{"o":{{"groups":[{},{}]}}}}}}"#, group("$.a"), group("$.a"));
    assert_eq!(refused(&twice), "operation `o` has the group $.a value twice: keep one, or accept anew");
    assert!(refused("<<<<<<< HEAD").starts_with("it is no snapshot of version 1: "));
    assert!(refused(&text.replace("\"pairs\"", "\"pears\"")).contains("unknown field `pears`"));
}

#[test]
fn the_text_is_one_that_a_git_diff_shows_group_by_group() {
    let one = snapshot(&[judgement(1, vec![difference("$[3].a", Kind::Value, "2")])]);
    let digest = &one.operations[OPERATION].groups.values().next().expect("there is one").digest;
    let expected = format!(
        r#"{{
  "version": 1,
  "operations": {{
    "crm.contacts.list": {{
      "groups": [
        {{
          "field": "$[*].a",
          "kind": "value",
          "pairs": 1,
          "differences": 1,
          "digest": "{digest}",
          "examples": [
            {{
              "pair": "crm.contacts.list/1",
              "path": "$[3].a",
              "legacy": "1",
              "new": "2"
            }}
          ]
        }}
      ]
    }}
  }}
}}
"#
    );
    assert_eq!(one.to_text(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pairs_in_any_order_and_split_are_one_snapshot(
        pairs in prop::collection::vec((0_u8..4, 0_u8..3, 0_u8..3), 0..20),
        turned in 0_usize..20,
        split in 0_usize..20,
    ) {
        let judgements: Vec<Judgement> = pairs
            .iter()
            .enumerate()
            .map(|(pair, (field, index, new))| {
                let path = format!("$[{index}].f{field}");
                judgement(pair, vec![difference(&path, Kind::Value, &new.to_string())])
            })
            .collect();
        let mut moved = judgements.clone();
        moved.rotate_left(turned.min(judgements.len()));
        let (left, right) = moved.split_at(split.min(moved.len()));
        let of = |judgements: &[Judgement]| {
            let mut causes = Causes::default();
            judgements.iter().for_each(|judgement| causes.add(judgement));
            causes
        };
        let mut merged = of(right);
        merged.merge(of(left));
        prop_assert_eq!(snapshot_of(&merged).to_text(), snapshot(&judgements).to_text());
    }
}
