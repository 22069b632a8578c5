//! Cases of suggestions and refusals, through one door.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::answer::{self, Answer, Content};
use crate::diff::{Comparer, Comparison, Scope};
use crate::model::Headers;
use crate::noise;
use crate::rules::Rules;
use crate::tape::Tape;
use crate::volatile::{Advice, Volatility, diffy_flags, key_fields};

/// Legacy, its repeat, new.
type Asked<'a> = [&'a str; 3];

fn volatility(pairs: &[Asked<'_>]) -> Volatility {
    let rules = Rules::none();
    let (mut comparer, headers) = (Comparer::new(&rules), Headers::new());
    let mut volatility = Volatility::default();
    for texts in pairs {
        let mut tapes = [Tape::new(), Tape::new(), Tape::new()];
        let [legacy, repeat, new] = &mut tapes;
        let legacy = legacy.parse(texts[0]).expect("legacy of the test");
        let answer =
            |json| Answer::Content { status: Some(200), headers: &headers, body: Content::Json(json) };
        let repeat = answer(repeat.parse(texts[1]).expect("repeat of the test"));
        let new = answer(new.parse(texts[2]).expect("new of the test"));
        let repeats = noise::measure(&mut comparer, answer(legacy), &[repeat], Scope::default());
        let mut out = Comparison::default();
        answer::answers(&mut comparer, answer(legacy), new, Scope::default(), &mut out);
        volatility.add(Some(legacy), &repeats, &out.differences);
    }
    volatility
}

/// Suggestions as `field: rule or refusal (volatile of pairs)`; `$.data` has the key `id`, `$.critical` and all of `$.vault` are critical.
fn check(pairs: &[Asked<'_>], expected: &[&str]) {
    let mut identity: BTreeSet<String> = key_fields("$.data", &["id".to_owned()]).collect();
    identity.extend(["$.critical", "$.vault.*"].map(str::to_owned));
    let shown: Vec<String> = volatility(pairs)
        .suggest(&identity, &BTreeSet::from(["$.data".to_owned()]))
        .into_iter()
        .map(|s| {
            let advice = match s.advice {
                Advice::Tolerate(rule) => rule.to_owned(),
                Advice::Refuse(refusal) => format!("refused, {}", refusal.name()),
            };
            format!("{}: {advice} ({} of {})", s.field, s.volatile, s.pairs)
        })
        .collect();
    assert_eq!(shown, expected);
}

fn same(text: &str) -> Asked<'_> {
    [text; 3]
}

#[test]
fn a_critical_path_with_a_wildcard_refuses_the_fields_that_it_selects_and_those_below() {
    let text = |pin: u32| {
        format!(r#"{{"vault":{{"pin":{pin},"box":{{"n":{pin}}}}},"n":{pin},"a":1,"b":2,"c":3,"d":4}}"#)
    };
    let (one, other) = (text(1), text(2));
    check(
        &[same(&one), [&one, &other, &one]],
        &[
            "$.n: \"ignore\" (1 of 2)",
            "$.vault.box.n: refused, identity (1 of 2)",
            "$.vault.pin: refused, identity (1 of 2)",
        ],
    );
}

#[test]
fn the_narrowest_rule_is_suggested_with_its_evidence() {
    let steady = r#"{"seen":"2024-01-02T03:04:05Z","n":1,"tags":["a","b"],"x":"y","z":"w"}"#;
    check(
        &[
            same(steady),
            [steady, r#"{"seen":"2024-01-02 03:04:05","n":1,"tags":["b","a"],"x":"y","z":"w"}"#, steady],
            [steady, r#"{"seen":"2024-01-02 03:04:05","n":2,"tags":["a","b"],"x":"Y","z":"w"}"#, steady],
        ],
        &[
            "$.n: \"ignore\" (1 of 3)",
            "$.seen: \"same_instant\" (2 of 3)",
            "$.tags: \"any_order\" (1 of 3)",
            "$.x: \"case\" (1 of 3)",
        ],
    );
}

#[test]
fn what_would_hide_too_much_is_refused_with_its_reason() {
    let rest = r#""a":1,"b":2,"c":3,"d":4"#;
    let with = |extra: &str| format!("{{{rest}{extra}}}");
    let one = |legacy: &str, repeat: &str, expected: &[&str]| {
        let (legacy, repeat) = (with(legacy), with(repeat));
        check(&[[&legacy, &repeat, &legacy]], expected);
    };
    one(r#","m":{"x":1}"#, "", &["$.m: refused, structural (1 of 1)"]);
    one(r#","m":1"#, r#","m":"x""#, &["$.m: refused, structural (1 of 1)"]);
    one(r#","critical":1"#, r#","critical":2"#, &["$.critical: refused, identity (1 of 1)"]);
    one(r#","l":["one","two"]"#, r#","l":["one"]"#, &["$.l[*]: refused, array_length (1 of 1)"]);
    check(&[["1", "2", "1"]], &["$: refused, structural (1 of 1)"]);
    check(
        &[[r#"{"a":1,"b":2,"c":3}"#, r#"{"a":5,"b":6,"c":3}"#, r#"{"a":1,"b":2,"c":3}"#]],
        &["$.a: refused, over_broad (1 of 1)", "$.b: refused, over_broad (1 of 1)"],
    );
    let record = |id: u8, at: u8| {
        format!("{{\"id\":\"id-{id}\",\"name\":\"name {id}\",\"more\":\"more {id}\",\"at\":{at}}}")
    };
    let list = |name: &str, records: [String; 2]| format!("{{\"{name}\":[{}]}}", records.join(","));
    for (name, order) in [("rows", "refused, order_ambiguous"), ("data", "\"any_order\"")] {
        let legacy = list(name, [record(1, 0), record(2, 0)]);
        let repeat = list(name, [record(2, 5), record(1, 6)]);
        check(
            &[[&legacy, &repeat, &legacy]],
            &[&format!("$.{name}: {order} (1 of 1)"), &format!("$.{name}[*].at: \"ignore\" (1 of 1)")],
        );
    }
}

#[test]
fn counts_stand_beside_what_diffy_would_say() {
    let pairs = [["{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":1}", "{\"a\":3,\"b\":2}"], same("{\"a\":1,\"b\":1}")];
    let volatility = volatility(&pairs);
    let counts: Vec<_> = volatility
        .counts()
        .map(|c| (c.field, c.pairs, c.raw, c.noise, c.certain, c.is_flagged_by_diffy))
        .collect();
    assert_eq!(counts, [("$.a", 2, 1, 1, 0, false), ("$.b", 2, 1, 0, 1, true)]);
}

#[test]
fn diffy_compares_the_two_counts_and_not_the_pairs() {
    for (raw, noise, requests, expected) in [
        (0, 0, 100, false),
        (1, 0, 100, true),
        (15, 10, 100, false),
        (16, 10, 100, true),
        (1, 0, 10_000, false),
        (5, 9, 100, false),
        (1, 0, 0, false),
    ] {
        assert_eq!(diffy_flags(raw, noise, requests), expected, "{raw} {noise} {requests}");
    }
}

proptest! {
    #[test]
    fn tallies_add_up_alike_in_any_order(values in proptest::collection::vec((0..3_u8, 0..3_u8, 0..3_u8), 1..20), cut in 0..20_usize) {
        let texts: Vec<[String; 3]> = values.iter().map(|&(a, b, c)| [a, b, c].map(|n| format!("{{\"v{n}\":{n},\"w\":{n}}}"))).collect();
        let pairs: Vec<Asked<'_>> = texts.iter().map(|[a, b, c]| [a.as_str(), b.as_str(), c.as_str()]).collect();
        let whole = volatility(&pairs);
        let cut = cut.min(pairs.len());
        let (head, tail) = (volatility(&pairs[..cut]), volatility(&pairs[cut..]));
        let (mut one, mut other) = (head.clone(), tail.clone());
        one.merge(tail);
        other.merge(head);
        prop_assert_eq!(&one, &whole);
        prop_assert_eq!(&other, &whole);
    }
}
