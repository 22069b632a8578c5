//! Mappings that never end, or grow without bound, stop at a limit: on the native engine and on the oracle.

use std::time::{Duration, Instant};

use ::mapping::cross_check::{CrossCheck, cross_check};
use ::mapping::engine::{Dialect, EngineName, Settings};
use ::mapping::mapping::{LIMITS, Limits, MapError, Mapping};
use serde_json::Map;

use super::reference;

/// Runs away in one way each; the last one is a bug of the reference.
const RUNAWAYS: [(&str, &str); 4] = [
    ("an endless tail call", "($f := function($n) { $f($n + 1) }; $f(1))"),
    (
        "a catastrophic regular expression",
        "$replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/, 'b')",
    ),
    ("a recursion 100,000 deep", "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(100000))"),
    (
        "a text of 1 GB",
        "($d := function($t, $n) { $n = 0 ? $t : $d($t & $t, $n - 1) }; $d('0123456789abcdef', 26))",
    ),
];

fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[test]
fn a_runaway_mapping_stops_at_a_limit_natively() {
    let limits = Limits { time: Duration::from_secs(5), ..LIMITS };
    let before = memory_kb();
    for (what, source) in RUNAWAYS {
        let began = Instant::now();
        let outcome = Mapping::compile(source).expect("it compiles").evaluate("{}", 0, &limits);
        assert!(matches!(outcome, Err(MapError::Limit { .. })), "{what}: {outcome:?}");
        assert!(began.elapsed() < limits.time + Duration::from_secs(5), "{what} took {:?}", began.elapsed());
    }
    assert!(memory_kb() < before + 700_000, "{} kB before, {} kB at most", before, memory_kb());
}

#[test]
fn a_runaway_mapping_stops_at_a_limit_in_the_oracle_which_then_answers_again() {
    let Some(oracle) = reference::oracle(Dialect::Jsonata) else { return };
    let settings = Settings { engine: EngineName::Oracle, oracle: Some(oracle), ..Settings::default() };
    let limits = Limits { time: Duration::from_secs(2), ..LIMITS };
    let evaluate = |source: &str, limits: &Limits| {
        Mapping::compile_with(source, &settings).expect("it compiles").evaluate("{\"a\":1}", 0, limits)
    };
    for (what, source) in RUNAWAYS {
        let outcome = evaluate(source, &limits);
        assert!(matches!(outcome, Err(MapError::Limit { .. })), "{what}: {outcome:?}");
        assert_eq!(evaluate("a + 1", &LIMITS), Ok(Some("2".to_owned())), "after {what}");
    }
}

#[test]
fn a_disagreement_is_narrowed_to_the_smallest_part() {
    let Some(oracle) = reference::oracle(Dialect::Jsonata) else { return };
    let check = |source: &str, input: &str| {
        let settings = Settings { oracle: Some(oracle.clone()), ..Settings::default() };
        let mapping = Mapping::compile_with(source, &settings).expect("it compiles");
        cross_check(&mapping, Some(input), &Map::new(), 0, &LIMITS)
    };
    assert_eq!(
        check("{'a': items.(n * 2)}", r#"{"items":[{"n":2}]}"#),
        CrossCheck::Agree(Ok(Some(r#"{"a":4}"#.to_owned())))
    );
    let CrossCheck::Disagree(found) =
        check("(\n  $d := 0;\n  {'a': items.{'n': n, 'bad': n / $d}, 'b': 1}\n)", r#"{"items":[{"n":2}]}"#)
    else {
        panic!("the engines agree on a division by zero")
    };
    assert_eq!((found.expression.as_str(), found.position), ("n / $d", (3, 31)));
    assert_eq!(found.oracle, Ok(Some("null".to_owned())));
    // The part without its context agrees, so the whole is all that can be told.
    let whole = check("$sum(items.n) / zero.z", r#"{"items":[{"n":2}],"zero":{"z":0}}"#);
    assert!(matches!(whole, CrossCheck::Disagree(found) if found.expression == "$sum(items.n) / zero.z"));
    assert!(matches!(check("$power(n, 2.5)", r#"{"n":3}"#), CrossCheck::OracleOnly(Ok(Some(_)))));
}
