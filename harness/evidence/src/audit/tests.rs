//! Facts about planting: each defect is at its place and nowhere else, the same of the same seed, and never a guess.

use super::*;

const LIST: &str = r#"{ "data": [ {"id": 1, "at": "2024-02-29T10:00:00Z", "tags": ["a","b"]},
  {"id": "x9", "at": "2023-05-01", "tags": []} ], "ok": true }"#;

#[track_caller]
fn check(body: &str, field: &str, defect: Defect, expected: &[(&str, &str)]) {
    let field = Field::new(field).expect("it is a path");
    // Every place is chosen by some seed.
    let mut found: Vec<(String, String)> = (0..64)
        .filter_map(|seed| plant(body, &field, defect, seed, "pair"))
        .map(|planted| (planted.body, planted.what))
        .collect();
    found.sort();
    found.dedup();
    let mut expected: Vec<(String, String)> =
        expected.iter().map(|(body, what)| ((*body).to_owned(), (*what).to_owned())).collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_dropped_field_takes_one_comma_with_it() {
    let field = "$.b";
    check(r#"{"a":1,"b":2,"c":3}"#, field, Defect::Dropped, &[(r#"{"a":1,"c":3}"#, "$.b dropped, was 2")]);
    check(r#"{"b":2,"c":3}"#, field, Defect::Dropped, &[(r#"{"c":3}"#, "$.b dropped, was 2")]);
    check(r#"{"a":1,"b":2}"#, field, Defect::Dropped, &[(r#"{"a":1}"#, "$.b dropped, was 2")]);
    check(r#"{"b":2}"#, field, Defect::Dropped, &[("{}", "$.b dropped, was 2")]);
    check(r#"{"b":1,"b":2}"#, field, Defect::Dropped, &[(r#"{"b":1}"#, "$.b dropped, was 2")]);
    check(
        "[1,2]",
        "$[*]",
        Defect::Dropped,
        &[("[2]", "$[0] dropped, was 1"), ("[1]", "$[1] dropped, was 2")],
    );
    check("1", "$", Defect::Dropped, &[]);
    check("{}", field, Defect::Dropped, &[]);
}

#[test]
fn a_changed_value_is_the_nearest_other_of_its_type() {
    let changed = |body: &str| {
        let planted = plant(body, &Field::new("$.a").expect("it is a path"), Defect::Changed, 1, "pair");
        planted.map_or("nothing".to_owned(), |planted| planted.body)
    };
    let cases = [
        (r#"{"a":true}"#, r#"{"a":false}"#),
        (r#"{"a":19.90}"#, r#"{"a":19.91}"#),
        (r#"{"a":-9}"#, r#"{"a":-0}"#),
        (r#"{"a":1e5}"#, r#"{"a":1e6}"#),
        (r#"{"a":9007199254740993}"#, r#"{"a":9007199254740994}"#),
        (r#"{"a":"Zoë 9!"}"#, r#"{"a":"Zoë 0!"}"#),
        (r#"{"a":"\u00e9z"}"#, r#"{"a":"éa"}"#),
        (r#"{"a":""}"#, r#"{"a":"x"}"#),
        (r#"{"a":"é"}"#, r#"{"a":"éx"}"#),
        (r#"{"a":null}"#, r#"{"a":"planted"}"#),
        (r#"{"a":[1]}"#, r#"{"a":[]}"#),
        (r#"{"a":[]}"#, r#"{"a":null}"#),
        (r#"{"a":{"b":1}}"#, r#"{"a":{}}"#),
        (r#"{"b":1}"#, "nothing"),
        (r#"{"a":1"#, "nothing"),
    ];
    for (body, expected) in cases {
        assert_eq!(changed(body), expected, "{body}");
    }
}

#[test]
fn lists_around_a_field_lose_their_last_element_or_their_order() {
    let last = LIST.replace(",\n  {\"id\": \"x9\", \"at\": \"2023-05-01\", \"tags\": []}", "");
    check(LIST, "$.data[*].id", Defect::Truncated, &[(&last, "the last of $.data dropped")]);
    let without_b = LIST.replace(r#"["a","b"]"#, r#"["a"]"#);
    let both =
        [(last.as_str(), "the last of $.data dropped"), (&without_b, "the last of $.data[0].tags dropped")];
    check(LIST, "$.data[*].tags", Defect::Truncated, &both);
    check("[1,2,3]", "$[*]", Defect::Reordered, &[("[2,3,1]", "the first of $ moved to its end")]);
    // Of equal elements no order can be told.
    check("[1,1]", "$[*]", Defect::Reordered, &[]);
    check(r#"{"a":1}"#, "$.a", Defect::Reordered, &[]);
}

#[test]
fn two_records_get_each_others_value() {
    let body = r#"[{"n":"Ada"},{"n":"Ada"},{"n":"Bob, long"}]"#;
    check(
        body,
        "$[*].n",
        Defect::Swapped,
        &[
            (r#"[{"n":"Bob, long"},{"n":"Ada"},{"n":"Ada"}]"#, "$[0].n and $[2].n swapped"),
            (r#"[{"n":"Ada"},{"n":"Bob, long"},{"n":"Ada"}]"#, "$[1].n and $[2].n swapped"),
        ],
    );
    check(r#"[{"n":1},{"n":1}]"#, "$[*].n", Defect::Swapped, &[]);
    check(r#"[{"n":1}]"#, "$[*].n", Defect::Swapped, &[]);
}

#[test]
fn an_instant_becomes_a_year_older_and_nothing_else_is_one() {
    let leap = LIST.replace("2024-02-29", "2023-02-28");
    let bare = LIST.replace("2023-05-01", "2022-05-01");
    check(
        LIST,
        "$.data[*].at",
        Defect::Stale,
        &[
            (&leap, r#"$.data[0].at made a year older: "2024-02-29T10:00:00Z" is "2023-02-28T10:00:00Z""#),
            (&bare, r#"$.data[1].at made a year older: "2023-05-01" is "2022-05-01""#),
        ],
    );
    check(LIST, "$.data[*].id", Defect::Stale, &[]);
    check(r#"{"a":"2024-01-01x"}"#, "$.a", Defect::Stale, &[]);
    check(r#"{"a":"0000-01-01"}"#, "$.a", Defect::Stale, &[]);
    check(r#"{"a":"é-é-é-é-é"}"#, "$.a", Defect::Stale, &[]);
}

#[test]
fn the_same_seed_plants_the_same() {
    let field = Field::new("$[*]").expect("it is a path");
    let body = format!("[{}]", (0..1000).map(|number| number.to_string()).collect::<Vec<_>>().join(","));
    let of = |seed, pair| plant(&body, &field, Defect::Dropped, seed, pair);
    assert_eq!(of(1, "a"), of(1, "a"));
    assert_ne!(of(1, "a"), of(2, "a"));
    assert_ne!(of(1, "a"), of(1, "b"));
}

#[test]
fn a_cell_is_full_at_its_limit_and_keeps_the_first_of_what_a_rule_hid() {
    let cell = || Cell { operation: "o".to_owned(), field: "$.a".to_owned(), defect: Defect::Dropped };
    let mut audit = Audit::default();
    for pair in 0..PLANTED_MAX + 1 {
        assert_eq!(audit.is_full(&cell()), pair == PLANTED_MAX);
        let found = if pair % 2 == 0 { Found::Caught } else { Found::Missed("ignore".to_owned()) };
        audit.add(cell(), &pair.to_string(), "what", found);
    }
    let tally = &audit.cells[&cell()];
    assert_eq!((tally.planted, tally.caught), (PLANTED_MAX, PLANTED_MAX / 2));
    let first = Missed { count: PLANTED_MAX / 2, pair: "1".to_owned(), what: "what".to_owned() };
    assert_eq!(tally.missed["ignore"], first);
}

#[test]
fn a_body_that_is_deeper_than_a_body_may_be_is_left_alone() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let field = Field::new("$[*]").expect("it is a path");
    assert!(plant(&nested(100), &field, Defect::Dropped, 1, "a").is_some());
    assert_eq!(plant(&nested(10_000), &field, Defect::Dropped, 1, "a"), None);
}
