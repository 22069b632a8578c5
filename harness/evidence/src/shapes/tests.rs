//! What pairs show of shapes, by pairs of one legacy answer each.

use compare::model::{Failure, FailureKind, Request, Response};

use super::*;
use crate::cover::Cells;

fn exchange(status: u16, body: &str) -> Exchange {
    let body = Body::Json(body.to_owned());
    let outcome = Outcome::Response(Response { status, headers: Default::default(), body });
    Exchange { started_at: None, elapsed_ms: None, request: None, outcome }
}

fn pair(status: u16, body: &str) -> Pair {
    Pair { operation: "o".to_owned(), legacy: vec![exchange(status, body)], ..Pair::default() }
}

fn shapes(pairs: &[Pair]) -> Shapes {
    let (mut shapes, mut tape) = (Shapes::default(), Tape::new());
    pairs.iter().for_each(|pair| shapes.look(pair, &mut tape).expect("there are few paths"));
    shapes
}

/// What each pair shows, by path: `status path: case, case`.
fn told(outline: &Outline, pairs: &[Pair]) -> Vec<Vec<String>> {
    let (mut tape, mut sheet) = (Tape::new(), Sheet::default());
    let mut lines = |pair: &Pair| {
        let cells: Cells = outline.cells(pair, &mut tape, &mut sheet);
        let mut lines: Vec<(String, Vec<String>)> = Vec::new();
        for shown in outline.told(&cells, &Facts::behind(outline)) {
            let Shown::Case { whose, status, path, case } = shown else { panic!("{shown:?}") };
            let status = status.map_or("-".to_owned(), |status| status.to_string());
            let at = format!("{} {status} {path}", whose.name());
            match lines.last_mut().filter(|(last, _)| *last == at) {
                Some((_, cases)) => cases.push(case),
                None => lines.push((at, vec![case])),
            }
        }
        lines.into_iter().map(|(at, cases)| format!("{at}: {}", cases.join(", "))).collect()
    };
    pairs.iter().map(&mut lines).collect()
}

#[track_caller]
fn check(pairs: &[Pair], expected: &[&[&str]]) {
    let outline = Outline::of(shapes(pairs));
    assert_eq!(told(&outline, pairs), expected);
}

#[test]
fn a_pair_shows_types_nulls_absences_and_how_long_lists_are() {
    check(
        &[
            pair(200, r#"{"a":null,"l":[],"n":1}"#),
            pair(200, r#"{"l":[{"b":""}],"n":1.5,"o":{}}"#),
            pair(200, r#"{"a":true,"l":[{"b":"x"},{"c":false}],"o":{"p":1e3}}"#),
        ],
        &[
            &[
                "legacy 200 $: object",
                "legacy 200 $.a: null",
                "legacy 200 $.l: list of none",
                "legacy 200 $.n: number",
                "legacy 200 $.o: absent",
            ],
            &[
                "legacy 200 $: object",
                "legacy 200 $.a: absent",
                "legacy 200 $.l: list of one",
                "legacy 200 $.l[*]: object",
                "legacy 200 $.l[*].b: empty text",
                "legacy 200 $.l[*].c: absent",
                "legacy 200 $.n: number with fraction or exponent",
                "legacy 200 $.o: empty object",
                "legacy 200 $.o.p: absent",
            ],
            &[
                "legacy 200 $: object",
                "legacy 200 $.a: true",
                "legacy 200 $.l: list of several",
                "legacy 200 $.l[*]: object",
                "legacy 200 $.l[*].b: absent, text",
                "legacy 200 $.l[*].c: absent, false",
                "legacy 200 $.n: absent",
                "legacy 200 $.o: object",
                "legacy 200 $.o.p: number with fraction or exponent",
            ],
        ],
    );
}

#[test]
fn bodies_of_another_status_or_side_have_a_shape_of_their_own() {
    let both = Pair {
        new: vec![exchange(200, "[1]"), exchange(200, "[]")],
        source: vec![exchange(200, r#""x""#)],
        ..pair(404, r#"{"message":"gone"}"#)
    };
    check(
        &[pair(200, r#"{"id":"1"}"#), both],
        &[
            &["legacy 200 $: object", "legacy 200 $.id: text"],
            &[
                "legacy 404 $: object",
                "legacy 404 $.message: text",
                "new 200 $: list of none, list of one",
                "new 200 $[*]: number",
                "source 200 $: text",
            ],
        ],
    );
}

#[test]
fn a_webhook_s_delivery_has_a_shape_and_a_failure_has_none() {
    let request = Request {
        method: "POST".to_owned(),
        url: "/".to_owned(),
        headers: Default::default(),
        body: Body::Json("1".to_owned()),
    };
    let failure = Outcome::Failure(Failure { kind: FailureKind::Timeout, detail: String::new() });
    let delivery = Exchange { started_at: None, elapsed_ms: None, request: Some(request), outcome: failure };
    let event = Pair { kind: PairKind::Event, legacy: vec![delivery.clone()], ..pair(200, "1") };
    let failed = Pair { legacy: vec![delivery], ..pair(200, "1") };
    let torn = pair(200, "{");
    check(&[event, failed, torn], &[&["legacy - $: number"], &[], &[]]);
}

#[test]
fn a_field_of_few_values_in_many_pairs_is_an_enumeration() {
    let body = |n: u32| {
        let stage = if n == 7 { "lost" } else { "won" };
        format!(r#"{{"stage":"{stage}","name":"n{n}","level":{}}}"#, n % 2)
    };
    let pairs: Vec<Pair> = (0..30).map(|n| pair(200, &body(n))).collect();
    let outline = Outline::of(shapes(&pairs));
    let expected = [
        "legacy 200 $: object",
        "legacy 200 $.level: 1, number",
        "legacy 200 $.name: text",
        "legacy 200 $.stage: \"lost\", text",
    ];
    assert_eq!(told(&outline, &pairs[7..8]), [expected]);
    // With nine pairs of two values nobody can tell.
    let few = Outline::of(shapes(&pairs[..9]));
    assert_eq!(told(&few, &pairs[7..8])[0][3], "legacy 200 $.stage: text");
    let ten = Outline::of(shapes(&pairs[..10]));
    assert_eq!(told(&ten, &pairs[7..8])[0][3], "legacy 200 $.stage: \"lost\", text");
}

#[test]
fn a_field_of_more_values_than_an_enumeration_has_is_none() {
    let values = |count: usize| -> Vec<Pair> {
        (0..count * 10).map(|n| pair(200, &format!("\"{}\"", n % count))).collect()
    };
    let cases = |pairs: &[Pair]| told(&Outline::of(shapes(pairs)), &pairs[..1])[0].clone();
    assert_eq!(cases(&values(VALUES_MAX)), ["legacy 200 $: \"0\", text"]);
    assert_eq!(cases(&values(VALUES_MAX + 1)), ["legacy 200 $: text"]);
    let long = |length: usize| vec![pair(200, &format!("\"{}\"", "x".repeat(length - 2))); 10];
    assert_eq!(cases(&long(VALUE_BYTES_MAX))[0].len(), "legacy 200 $: , text".len() + VALUE_BYTES_MAX);
    assert_eq!(cases(&long(VALUE_BYTES_MAX + 1)), ["legacy 200 $: text"]);
}

#[test]
fn an_object_of_very_many_keys_is_a_map_whose_values_are_looked_at_as_one() {
    let object = |from: usize, keys: usize| {
        let members: Vec<String> = (from..from + keys).map(|n| format!("\"k{n}\":{{\"a\":{n}}}")).collect();
        pair(200, &format!("{{{}}}", members.join(",")))
    };
    let pairs = [object(0, KEYS_MAX), object(KEYS_MAX, 1)];
    let shown = ["legacy 200 $: object", "legacy 200 $.*: object", "legacy 200 $.*.a: number"];
    check(&pairs, &[&shown, &shown]);
    let fields = Outline::of(shapes(&pairs[..1]));
    assert_eq!(fields.paths(), 1 + 2 * KEYS_MAX);
}

#[test]
fn parts_that_were_looked_at_apart_merge_to_the_same_in_any_order() {
    let map: Vec<String> = (0..KEYS_MAX).map(|n| format!("\"m{n}\":1")).collect();
    let pairs: Vec<Pair> = (0..40)
        .map(|n| {
            let map = if n % 2 == 0 { map[..KEYS_MAX / 2].join(",") } else { map[KEYS_MAX / 2..].join(",") };
            pair(200 + n % 2, &format!(r#"{{"a":"{}","m":{{"x{n}":0,{map}}},"l":[{}]}}"#, n % 4, n % 3))
        })
        .collect();
    let whole = Outline::of(shapes(&pairs));
    for parts in [[0, 1, 2, 3], [3, 1, 0, 2]] {
        let mut merged = Shapes::default();
        for part in parts {
            merged.merge(shapes(&pairs[part * 10..][..10])).expect("there are few paths");
        }
        let merged = Outline::of(merged);
        assert_eq!(merged.paths(), whole.paths());
        assert_eq!(told(&merged, &pairs), told(&whole, &pairs));
    }
}

#[test]
fn more_paths_than_can_be_told_apart_are_refused_whether_looked_at_or_merged() {
    // Every object has as many keys as a field may be one of, and so has each of them.
    let keys: Vec<String> = (0..KEYS_MAX).map(|n| format!("\"k{n}\":0")).collect();
    let inner = format!("{{{}}}", keys.join(","));
    let body = format!("{{{}}}", keys.join(",").replace(":0", &format!(":{inner}")));
    let wide = |whose: u16| pair(200 + whose, &body);
    let half = shapes(&[wide(0)]);
    assert_eq!(half.paths, 1 + KEYS_MAX + KEYS_MAX * KEYS_MAX);
    let mut shapes_of_both = shapes(&[wide(0)]);
    assert_eq!(shapes_of_both.look(&wide(1), &mut Tape::new()), Err(TooManyPaths));
    let mut merged = shapes(&[wide(2)]);
    assert_eq!(merged.merge(half), Err(TooManyPaths));
}

#[test]
fn facts_have_cells_of_their_own_up_to_their_limit() {
    let outline = Outline::of(shapes(&[pair(200, "1")]));
    let mut numbered = Facts::behind(&outline);
    let facts = ["verdict same".to_owned(), "kind collection".to_owned()];
    let one = numbered.cells("a.b", &facts);
    let other = numbered.cells("c.d", &facts[..1]);
    assert_eq!((one.count(), other.count()), (2, 1));
    let fact = |text: &str| Shown::Fact(text.to_owned());
    assert_eq!(outline.told(&one, &numbered), [fact("kind collection"), fact("verdict same")].into());
    assert_ne!(numbered.cells("a.b", &facts[..1]), other, "another operation's");
    let many: Vec<String> = (0..FACTS_MAX).map(|n| n.to_string()).collect();
    assert_eq!(numbered.cells("e", &many).count(), FACTS_MAX as u64 - 3);
    assert_eq!(numbered.left_out(), 3);
}
