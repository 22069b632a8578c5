//! Cases of values that left one path and appeared at another.

use crate::diff_tests::compare;

/// Expected differences: `path kind new path`, excused ones in brackets.
fn check(legacy: &str, new: &str, rules: &[&str], expected: &[&str]) {
    let told = |legacy: &str, new: &str| -> Vec<String> {
        let outcome = compare(legacy, new, rules);
        assert_eq!(outcome.total as usize, outcome.differences.len());
        let show = |d: &crate::difference::Difference| {
            let text = match &d.new_path {
                Some(new_path) => format!("{} {} {new_path}", d.path, d.kind.name()),
                None => format!("{} {}", d.path, d.kind.name()),
            };
            if d.tolerance.is_some() { format!("({text})") } else { text }
        };
        outcome.differences.iter().map(show).collect()
    };
    assert_eq!(told(legacy, new), expected, "{legacy} against {new}");
    if rules.is_empty() {
        let mut swapped: Vec<String> = told(new, legacy)
            .into_iter()
            .map(|text| match text.split(' ').collect::<Vec<_>>()[..] {
                [path, kind, new_path] => format!("{new_path} {kind} {path}"),
                [path, "missing"] => format!("{path} extra"),
                [path, "extra"] => format!("{path} missing"),
                _ => text,
            })
            .collect();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        swapped.sort_unstable();
        assert_eq!(swapped, expected, "{new} against {legacy}");
    }
}

#[test]
fn a_member_under_another_name_is_renamed() {
    check(
        r#"{"first_name":"Ann","x":1}"#,
        r#"{"x":1,"given_name":"Ann"}"#,
        &[],
        &["$.first_name renamed $.given_name"],
    );
    check(
        r#"[{"a":{"b":[1,22,333]}},{"a":{"b":[4,55]}}]"#,
        r#"[{"z":{"b":[1,22,333]}},{"z":{"b":[4,55]}}]"#,
        &[],
        &["$[0].a renamed $[0].z", "$[1].a renamed $[1].z"],
    );
}

#[test]
fn a_value_at_another_place_is_moved() {
    check(
        r#"{"email":"ann@acme.example","contact":{"n":1}}"#,
        r#"{"contact":{"n":1,"mail":"ann@acme.example"}}"#,
        &[],
        &["$.email moved $.contact.mail"],
    );
    check(
        r#"{"open":[{"id":1,"t":"paint the fence"},{"id":2,"t":"mow the lawn"}],"done":[]}"#,
        r#"{"open":[{"id":2,"t":"mow the lawn"}],"done":[{"t":"paint the fence","id":1}]}"#,
        &[],
        &["$.open[0] moved $.done[0]"],
    );
}

#[test]
fn what_is_common_or_ambiguous_stays_two_differences() {
    check(
        r#"{"a":true,"b":12}"#,
        r#"{"c":true,"d":12}"#,
        &[],
        &["$.a missing", "$.b missing", "$.c extra", "$.d extra"],
    );
    check(
        r#"{"a":[],"b":{"x":null}}"#,
        r#"{"c":[],"d":{"x":null}}"#,
        &[],
        &["$.a missing", "$.b missing", "$.c extra", "$.d extra"],
    );
    check(
        r#"{"a":"Berlin"}"#,
        r#"{"b":"Berlin","c":"Berlin"}"#,
        &[],
        &["$.a missing", "$.b extra", "$.c extra"],
    );
    check(r#"{"a":"Berlin","o":{}}"#, r#"{"o":{"b":"Berlin"}}"#, &[], &["$.a missing", "$.o.b extra"]);
    check(r#"{"a":"12345678"}"#, r#"{"b":12345678}"#, &[], &["$.a missing", "$.b extra"]);
}

#[test]
fn a_sibling_is_preferred_to_a_place_elsewhere() {
    check(
        r#"{"a":"Berlin, Mitte","o":{"p":1}}"#,
        r#"{"b":"Berlin, Mitte","o":{"p":1,"c":"Berlin, Mitte"}}"#,
        &[],
        &["$.a renamed $.b", "$.o.c extra"],
    );
}

#[test]
fn an_excused_half_is_not_joined() {
    let (legacy, new) = (r#"{"a":"ann@acme.example"}"#, r#"{"b":"ann@acme.example"}"#);
    check(legacy, new, &["$.a => \"ignore\""], &["($.a missing)", "$.b extra"]);
    check(legacy, new, &["$.* => \"ignore\""], &["($.a missing)", "($.b extra)"]);
}

#[test]
fn counts_are_right_beyond_the_differences_that_are_kept() {
    let records = |name: &str| {
        let record = |n: usize| format!("{{\"id\":{n},\"{name}\":\"person number {n}\"}}");
        format!("[{}]", (0..5_000).map(record).collect::<Vec<_>>().join(","))
    };
    let outcome = compare(&records("name"), &records("full_name"), &["$ key id"]);
    assert_eq!(outcome.total, 5_000);
    assert!(outcome.differences.iter().all(|d| d.kind.name() == "renamed"));
    let many = |from: usize| {
        format!(
            "{{{}}}",
            (from..from + 3_000).map(|n| format!("\"k{n}\":\"v\"")).collect::<Vec<_>>().join(",")
        )
    };
    let outcome = compare(&many(0), &many(3_000), &[]);
    assert_eq!((outcome.total, outcome.differences.len()), (6_000, 1_000));
}
