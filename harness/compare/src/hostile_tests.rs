//! Input that was made to be slow or to be mistaken: each within its limit, and with the right answer.
//!
//! `CUTOVER_HOSTILE=1` makes them as large as `docs/differences.md` says (`just fuzz-diff` does, in a release build);
//! else each is a fiftieth of that, which a way that is quadratic would still not survive.

use std::fmt::Write as _;

use crate::diff::{Comparer, Comparison, Contexts, Scope};
use crate::hash;
use crate::rules::{Rules, RulesInput};
use crate::tape::{DEPTH_MAX, ParseError, STACK_BYTES, Tape};
use crate::tolerance::{Day, parse_tolerances};
use crate::verdict::DIFFERENCES_MAX;

#[expect(clippy::disallowed_methods, reason = "a test may be told how large to be")]
fn sized(full: usize) -> usize {
    if std::env::var_os("CUTOVER_HOSTILE").is_some() { full } else { full / 50 }
}

fn compare(rules: &Rules, legacy: &str, new: &str) -> Comparison {
    let mut out = Comparison::default();
    let mut comparer = Comparer::new(rules).with_contexts(Contexts::None);
    comparer.texts(legacy, new, Scope::default(), &mut out).expect("both are JSON, and within the limits");
    out
}

/// How many differences there are under no rule.
fn count(legacy: &str, new: &str) -> u64 {
    compare(&Rules::none(), legacy, new).total
}

fn object(keys: impl Iterator<Item = usize>) -> String {
    let mut text = "{".to_owned();
    for key in keys {
        write!(text, "\"k{key}\":{key},").expect("a string takes all");
    }
    text.pop();
    text + "}"
}

fn list(elements: impl Iterator<Item = String>) -> String {
    format!("[{}]", elements.collect::<Vec<_>>().join(","))
}

#[test]
fn ten_million_keys_are_joined_in_any_order() {
    let keys = sized(10_000_000);
    let legacy = object(0..keys);
    assert_eq!(count(&legacy, &object((1..keys).chain([keys]))), 2);
    assert_eq!(count(&legacy, &object((0..keys).rev())), 0);
}

#[test]
fn keys_that_one_side_has_behind_many_that_both_have_are_not_searched_for_one_by_one() {
    let keys = sized(5_000_000);
    let legacy = object(0..2 * keys);
    let new = object((0..keys).chain([3 * keys, 3 * keys + 1]));
    assert_eq!(count(&legacy, &new), keys as u64 + 2);
    assert_eq!(count(&new, &legacy), keys as u64 + 2);
    // The k-th of a name still belongs to the k-th.
    let again = legacy.replacen(&format!("\"k{keys}\""), "\"k0\"", 1);
    let out = compare(&Rules::none(), &again, &new);
    assert_eq!((out.total, out.differences[0].kind.name()), (keys as u64 + 2, "duplicate_key"));
}

#[test]
fn a_string_of_a_hundred_megabytes_is_a_string() {
    let size = sized(100_000_000);
    let text = |end: &str| format!("{{\"a\":\"{}{end}\",\"b\":1}}", "x\\n".repeat(size / 3));
    let out = compare(&Rules::none(), &text("1"), &text("2"));
    assert_eq!(out.total, 1);
    assert!(out.differences[0].legacy.as_ref().is_some_and(|sample| sample.len() < 3_000));
    assert_eq!(count(&text(""), &text("").replace("\"b\":1", "\"b\":2")), 1);
}

#[test]
fn ten_thousand_nested_arrays_are_refused_whichever_parser_meets_them() {
    let nested =
        |open: &str, depth: usize, close: &str| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let refused = ParseError { offset: DEPTH_MAX, what: "nested deeper than 512 levels", limit: true };
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":[", "]}]")] {
        let (deep, deepest) =
            (nested(open, 10_000, close), nested(open, DEPTH_MAX / open.len().min(3), close));
        let mut tape = Tape::new();
        let error = tape.parse(&deep).map(|_| ()).expect_err("too deep");
        assert!(error.limit, "{error}");
        if open == "[" {
            assert_eq!(error, refused);
        }
        let Ok(guide) = tape.parse(&deepest) else { continue };
        let error = Tape::new().parse_like(&deep, guide).map(|_| ()).expect_err("too deep, though guided");
        assert!(error.limit, "{error}");
    }
}

#[test]
fn the_deepest_bodies_are_compared_within_the_stack_of_a_thread() {
    let nested = |open: &str, levels: usize, close: &str, inside: &str| {
        format!("{}{inside}{}", open.repeat(levels), close.repeat(levels))
    };
    let deepest = DEPTH_MAX - 1;
    let cases = [
        (nested("[", deepest, "]", "1"), nested("[", deepest, "]", "2"), 1),
        (nested("{\"a\":", deepest, "}", "1"), nested("{\"a\":", deepest, "}", "2"), 1),
        // In another order at each level: looked up in a table, or joined by content.
        (nested("{\"a\":", deepest, ",\"b\":0}", "1"), nested("{\"b\":0,\"a\":", deepest, "}", "2"), 1),
        (nested("[", deepest, ",0,5]", "1"), nested("[", deepest, ",5,0]", "1"), deepest as u64),
        (
            nested("[{\"a\":", deepest / 2, ",\"id\":1},2,2]", "1"),
            nested("[2,{\"id\":1,\"a\":", deepest / 2, "}]", "2"),
            511,
        ),
    ];
    for (legacy, new, expected) in cases {
        let compared = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
            let total = count(&legacy, &new);
            let sets = rules("$..* => as_set", Vec::new());
            compare(&sets, &legacy, &new);
            assert_eq!(count(&new, &legacy), total);
            assert_eq!(total, expected, "{}", &legacy[..40]);
        });
        compared.expect("a thread starts").join().expect("it is compared");
    }
}

/// Ids whose hashes end in the same bits: they all want the same place of a table.
fn colliding_ids(count: usize) -> Vec<String> {
    let mask = (count * 4).next_power_of_two() as u64 - 1;
    let ids = (0_u64..).map(|number| format!("{number:x}"));
    ids.filter(|id| hash::bytes(11, id.as_bytes()) & mask == 0).take(count).collect()
}

#[test]
fn ids_that_were_chosen_to_collide_are_sorted_instead() {
    let ids = colliding_ids(sized(100_000).min(4_000));
    let record = |id: &String| format!("{{\"id\":\"{id}\",\"n\":\"name of {id}\"}}");
    let (legacy, new) = (list(ids.iter().map(record)), list(ids.iter().rev().map(record)));
    assert_eq!(count(&legacy, &new), 1, "only the order differs");
    let keyed = rules("", vec![("$".into(), vec!["id".into()])]);
    assert_eq!(compare(&keyed, &legacy, &new).total, 1);
    let changed = new.replacen("name of", "no name of", 1);
    assert_eq!(compare(&keyed, &legacy, &changed).total, 2);
}

#[test]
fn names_that_were_chosen_to_collide_are_told_apart() {
    // A name is looked up by its first eight bytes, its last eight and its length: these share all of that.
    let name = |at: usize| format!("\"beginning{at:07}the_end_\":{at}");
    let object = |names: &mut dyn Iterator<Item = usize>| {
        format!("{{{}}}", names.map(name).collect::<Vec<_>>().join(","))
    };
    for names in [8, 60, 500, sized(1_000_000)] {
        assert_eq!(count(&object(&mut (0..names)), &object(&mut (0..names).rev())), 0);
        assert_eq!(count(&object(&mut (0..names)), &object(&mut (1..=names).rev())), 2);
    }
}

#[test]
fn elements_that_are_nearly_alike_do_not_vote_for_each_other_without_end() {
    let elements = sized(500_000);
    let same = |factor: usize| {
        list((0..elements).map(move |at| format!("{{\"a\":{},\"b\":[1,2]}}", at * factor % 7)))
    };
    let out = compare(&Rules::none(), &same(1), &same(3));
    assert!(out.total <= elements as u64, "{}", out.total);
    let scalars = |from: usize| list((from..from + elements).map(|number| number.to_string()));
    assert_eq!(count(&scalars(0), &scalars(elements)), elements as u64);
    let sets = rules("$ => as_set", Vec::new());
    let few = |from: usize| list((0..elements).map(move |at| ((from + at) % 3).to_string()));
    let out = compare(&sets, &few(0), &few(1));
    assert_eq!(out.total, out.excused);
}

#[test]
fn millions_of_differences_behind_excused_ones_are_counted_and_not_searched() {
    let half = sized(2_000_000);
    let members = |value: &str| {
        let all = (0..half).map(|at| format!("\"case{at}\":\"{value}\"")).collect::<Vec<_>>().join(",");
        format!("{{\"loose\":{{{all}}},\"strict\":{{{all}}}}}")
    };
    let rules = rules("$.loose.* => case", Vec::new());
    let out = compare(&rules, &members("a"), &members("A"));
    assert_eq!((out.total, out.excused), (2 * half as u64, half as u64));
    assert_eq!(out.differences.len(), DIFFERENCES_MAX);
    assert!(
        out.differences.iter().all(|difference| difference.tolerance.is_none()),
        "those that count are kept"
    );
}

fn rules(tolerance: &str, keys: Vec<(String, Vec<String>)>) -> Rules {
    let tolerances = tolerance.split_once(" => ").map_or(String::new(), |(path, rule)| {
        format!("[[tolerance]]\npath = {path:?}\nrule = {rule:?}\nreason = \"r\"\nowner = \"o\"\nuntil = 2030-01-01\n")
    });
    Rules::compile(RulesInput {
        operation: "o",
        as_of: Day { year: 2026, month: 11, day: 24 },
        tolerances: parse_tolerances(&tolerances).expect("the tolerance of the test"),
        keys,
        headers: Vec::new(),
        compile_when: &|_| Err("not here".into()),
    })
    .expect("the rules of the test")
}
