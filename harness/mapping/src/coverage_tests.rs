//! Facts about coverage: what is counted, and what each evaluation adds.

use super::*;
use crate::engine::{Dialect, Settings};
use crate::mapping::LIMITS;

fn covered(source: &str, inputs: &[&str], settings: &Settings) -> Coverage {
    let mapping = Mapping::compile_with(source, settings).expect("the mappings of these tests compile");
    let mut coverage = Coverage::of(&mapping).expect("the native engine evaluates it");
    for (index, input) in inputs.iter().enumerate() {
        let observation = coverage.observe(input, 0, &LIMITS).expect("the inputs of these tests are read");
        let account = format!("account {}", index % 2);
        coverage.add(observation, Some(&account));
    }
    coverage
}

/// Each point as `text: evaluated/undefined on accounts`, a branch with its kind.
fn check(source: &str, inputs: &[&str], expected: &[&str]) {
    let coverage = covered(source, inputs, &Settings::default());
    let shown = |(point, count): (&Point, &Count)| {
        let kind = match point.kind {
            PointKind::Expression => "",
            PointKind::Then => "then ",
            PointKind::Else => "else ",
            PointKind::Kept => "kept ",
            PointKind::Fallback => "fallback ",
        };
        let text = &source[point.span.clone()];
        format!("{kind}{text}: {}/{} on {}", count.evaluated, count.undefined, count.accounts())
    };
    assert_eq!(coverage.points().map(shown).collect::<Vec<_>>(), expected, "{source}");
}

#[test]
fn sub_expressions_are_counted_with_what_came_of_them() {
    check(
        "{'a': x.y, 'b': 1}",
        &[r#"{"x":{"y":1}}"#, "{}", r#"{"x":{}}"#],
        &["{'a': x.y, 'b': 1}: 3/0 on 2", "x.y: 3/2 on 2"],
    );
    check("a and b", &[r#"{"a":false,"b":1}"#], &["a and b: 1/0 on 1", "a: 1/0 on 1", "b: 0/0 on 0"]);
}

#[test]
fn both_branches_of_a_condition_are_counted() {
    check(
        "a ? b : c",
        &[r#"{"a":true,"b":1}"#],
        &[
            "a ? b : c: 1/0 on 1",
            "a: 1/0 on 1",
            "b: 1/0 on 1",
            "then b: 1/0 on 1",
            "c: 0/0 on 0",
            "else c: 0/0 on 0",
        ],
    );
    // The branch that is not written is one too.
    check(
        "a ? 'x'",
        &["{}"],
        &["a ? 'x': 1/1 on 1", "else a ? 'x': 1/0 on 1", "a: 1/1 on 1", "then 'x': 0/0 on 0"],
    );
    check(
        "a ?? 'x'",
        &["{}", "{}"],
        &["a ?? 'x': 2/0 on 2", "a: 2/2 on 2", "kept a: 0/0 on 0", "fallback 'x': 2/0 on 2"],
    );
}

#[test]
fn bodies_of_functions_are_counted_as_they_are_called() {
    check(
        "($f := function($v) { $uppercase($v) }; [list.$f($)])",
        &[r#"{"list":["a","b"]}"#],
        &[
            "($f := function($v) { $uppercase($v) }; [list.$f($)]): 1/0 on 1",
            "$f := function($v) { $uppercase($v) }: 1/0 on 1",
            "$uppercase($v): 2/0 on 1",
            "$v: 2/0 on 1",
            "[list.$f($)]: 1/0 on 1",
            "list.$f($): 1/0 on 1",
            "$f($): 2/0 on 1",
        ],
    );
    check("a ~> $f", &["{}"], &["a ~> $f: 1/0 on 1", "a: 1/1 on 1", "$f: 1/1 on 1"]);
}

#[test]
fn trees_of_the_engine_s_own_are_not_taken_for_the_mapping_s() {
    // Functions are composed by a function that the engine brings; its parts have the numbers of ours.
    check(
        "($f := $uppercase ~> $trim; $f(a))",
        &[r#"{"a":" x "}"#],
        &[
            "($f := $uppercase ~> $trim; $f(a)): 1/0 on 1",
            "$f := $uppercase ~> $trim: 1/0 on 1",
            "$uppercase ~> $trim: 1/0 on 1",
            "$uppercase: 1/0 on 1",
            "$trim: 1/0 on 1",
            "$f(a): 1/0 on 1",
            "a: 1/0 on 1",
        ],
    );
}

#[test]
fn what_was_done_before_an_error_counts() {
    check("[a, 'x' + 1]", &["{}"], &["[a, 'x' + 1]: 1/0 on 1", "a: 1/1 on 1", "'x' + 1: 1/0 on 1"]);
}

#[test]
fn an_edited_mapping_is_counted_where_the_author_wrote() {
    let source = "{'at': $dtFromIso(created).toISO(), $string(k): $keys($)}";
    let truto = Settings { dialect: Dialect::Truto, ..Settings::default() };
    let coverage = covered(source, &[r#"{"created":"2026-01-05T09:12:00Z","k":1}"#], &truto);
    let texts: Vec<(&str, u64)> =
        coverage.points().map(|(point, count)| (&source[point.span.clone()], count.evaluated)).collect();
    assert_eq!(
        texts,
        [
            (source, 1),
            ("$dtFromIso(created).toISO()", 1),
            ("$dtFromIso(created)", 1),
            ("created", 1),
            ("toISO()", 1),
            ("$string(k)", 1),
            ("k", 1),
            ("$keys($)", 1),
        ]
    );
}

#[test]
fn the_sums_tell_values_from_nothing() {
    let coverage = covered("{'a': x, 'b': y, 'c': z ? 1 : 2}", &[r#"{"x":1,"z":1}"#], &Settings::default());
    assert_eq!(
        coverage.totals(),
        Totals { expressions: 5, covered: 4, never_a_value: 1, branches: 2, branches_covered: 1 }
    );
}

#[test]
fn fields_that_are_never_read_are_named() {
    let input = r#"{"result":[{"id":1,"p":{"a":1,"b c":2}},{"id":2,"q":[]}],"next":null}"#;
    let coverage = covered("{'ids': result.id, 'a': result.p.a}", &[input, input], &Settings::default());
    let unread: Vec<(&str, u64)> = coverage.unread().fields().collect();
    assert_eq!(unread, [("$.next", 2), ("$.result[*].p['b c']", 2), ("$.result[*].q", 2)]);
    let whole = covered("$string($)", &[input], &Settings::default());
    assert!(whole.unread().reads_whole());
}

#[test]
fn fields_beyond_the_limit_are_said_to_be_left_out() {
    let members: Vec<String> = (0..=unread::UNREAD_MAX).map(|index| format!("\"k{index}\":0")).collect();
    let input = format!("{{{}}}", members.join(","));
    let coverage = covered("id", &[&input], &Settings::default());
    assert_eq!((coverage.unread().fields().count(), coverage.unread().is_cut()), (unread::UNREAD_MAX, true));
}

#[test]
fn a_mapping_that_runs_into_its_limits_is_watched_no_more() {
    let mapping = Mapping::compile("($f := function($n){ $f($n) }; $f(1))").expect("it compiles");
    let limits = Limits { steps: 1_000, ..LIMITS };
    let mut coverage = Coverage::of(&mapping).expect("it is native");
    let mut observed = 0;
    while let Some(observation) = coverage.observe("{}", 0, &limits) {
        coverage.add(observation, None);
        observed += 1;
    }
    assert_eq!((observed, coverage.inputs(), coverage.is_given_up()), (LIMITED_MAX, LIMITED_MAX, true));
}

#[test]
fn accounts_beyond_the_limit_are_many() {
    let mapping = Mapping::compile("id").expect("it compiles");
    let mut coverage = Coverage::of(&mapping).expect("it is native");
    for account in 0..=ACCOUNTS_MAX {
        let observation = coverage.observe("{}", 0, &LIMITS).expect("it is read");
        coverage.add(observation, Some(&account.to_string()));
    }
    let accounts: Vec<usize> = coverage.points().map(|(_, count)| count.accounts()).collect();
    assert_eq!(accounts, [ACCOUNTS_MAX]);
}
