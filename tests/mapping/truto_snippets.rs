//! Expressions from real mappings of the new provider: natively or by the oracle, always as the oracle.

use std::fs;

use ::mapping::cross_check::agree;
use ::mapping::engine::{Dialect, EngineName, Settings};
use ::mapping::mapping::{LIMITS, MapError, Mapping};
use serde_json::{Map, Value, json};

use super::{data, reference};

const NOW_MS: i64 = 1_705_320_000_000;

/// Evaluates where the engine sends it and on the oracle; says where that was.
fn check(source: &str, input: Option<&str>, bindings: &Map<String, Value>) -> &'static str {
    let oracle = reference::oracle(Dialect::Truto).expect("the caller has it");
    let evaluate = |engine| {
        let settings = Settings { dialect: Dialect::Truto, engine, oracle: Some(oracle.clone()) };
        let mapping = Mapping::compile_with(source, &settings).expect("a real expression compiles");
        mapping.evaluate_with(input, bindings, NOW_MS, &LIMITS)
    };
    let native = evaluate(EngineName::Jlens);
    let (auto, reference) = (evaluate(EngineName::Auto), evaluate(EngineName::Oracle));
    assert!(agree(&auto, &reference), "{source}: {auto:?}, the oracle {reference:?}");
    assert!(reference.is_ok(), "{source}: {reference:?}");
    if matches!(native, Err(MapError::NeedsOracle(_))) { "oracle" } else { "native" }
}

#[test]
fn real_cases_of_the_library_answer_as_the_oracle() {
    let Some(folder) = data::folder("5-conformance/truto-jsonata") else { return };
    if reference::oracle(Dialect::Truto).is_none() {
        return;
    }
    let text = fs::read_to_string(folder.join("datetime-mapping-cases.json")).expect("the cases are there");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("the cases are JSON");
    assert_eq!(cases.len(), 8);
    let mut native = 0;
    for case in &cases {
        let bindings = case["bindings"].as_object().expect("a case has bindings");
        let source = case["expression"].as_str().expect("a case has an expression");
        let input = case["bindings"].to_string();
        let by = check(source, Some(&input), bindings);
        native += usize::from(by == "native");
        println!("{by}: {source}");
    }
    assert_eq!(native, 8, "{native} natively");
}

#[test]
fn real_expressions_answer_as_the_oracle_on_inputs_of_ours() {
    let Some(folder) = data::folder("5-conformance/truto-jsonata") else { return };
    if reference::oracle(Dialect::Truto).is_none() {
        return;
    }
    let text = fs::read_to_string(folder.join("datetime-mapping-expressions.json"))
        .expect("the expressions are there");
    let sources: Vec<String> = serde_json::from_str(&text).expect("the expressions are JSON");
    assert_eq!(sources.len(), 22);
    let dates = ["2024-01-15T12:00:00.000Z", "2024-02-29T23:30:15.5+05:30", "2023-12-31"];
    let mut native = 0;
    for source in &sources {
        let mut by = "native";
        for date in dates {
            let ranges = json!({"gt": date, "gte": date, "lt": date, "lte": date});
            let input = json!({
                "sys_created_on": date.get(..19).map_or(date.to_owned(), |date| date.replace('T', " ")),
                "attributes": {"date": date},
                "body": {"created_at": date, "issue_date": date},
                "created_at": if source.contains("created_at.lt") { ranges.clone() } else { json!(date) },
                "end_date": ranges,
                "query": {
                    "completed_at": date, "created_at": ranges, "end_date": date, "start_date": date, "updated_at": date,
                },
                "response": {"modified_at": date},
                "user": {"created_on": date},
            });
            if check(source, Some(&input.to_string()), &Map::new()) == "oracle" {
                by = "oracle";
            }
        }
        native += usize::from(by == "native");
        println!("{by}: {source}");
    }
    assert!(native >= 20, "{native} natively");
}

#[test]
fn dates_that_a_mapping_looks_into_go_to_the_oracle_and_others_do_not() {
    let Some(oracle) = reference::oracle(Dialect::Truto) else { return };
    let input = json!({"d": "2024-01-15T12:00:00.000Z", "list": [{"at": "2024-02-01"}, {"at": "2023-05-06"}, {}], "x": 5}).to_string();
    for (source, native) in [
        ("($d := $dtFromIso(d); {'iso': $d.toISO(), 'y': $d.year})", true),
        ("list.{'at': $exists(at) ? $dtFromIso(at)}", true),
        ("list.($dtFromIso(at).plus({'days': 1}).toISODate())", true),
        ("$map(list, function($r) { $dtFromIso($r.at).toFormat('yyyy') })", true),
        (
            "($iso := function($t) { $t ? $dtFromIso($t).toUTC().toISO() : null }; list.{'at': $iso(at)})",
            true,
        ),
        ("{'a': [$dtFromIso(d)], 'b': {'c': $dtFromIso(d).toUTC()}}", true),
        ("d & ' ' & $dtFromIso(d).toISODate()", true),
        ("$parseUrl('https://a.example/x?cursor=5').searchParams.get('cursor')", true),
        ("{'next': $parseUrl('https://a.example/x?cursor=5')}", true),
        ("$parseUrl('https://a.example/x?cursor=5').searchParams", false),
        ("$dtFromIso(d) & ''", false),
        ("$string($dtFromIso(d))", false),
        ("$dtFromIso(d) = $dtFromIso(d)", false),
        ("$keys($dtFromIso(d))", false),
        ("$dtFromIso(d).*", false),
        ("($d := $dtFromIso(d); $f := function($v) { $v & '' }; $f($d))", false),
        ("{'d': $dtFromIso(d)}.(d & '')", false),
        ("$merge([{'d': $dtFromIso(d)}, {'x': x}])", false),
        ("$dtFromIso(d).toLocaleString()", false),
        ("$dtFromIso(d).setZone('America/New_York').toISO()", false),
        ("$dtFromIso(d, 'Europe/Paris').toISO()", false),
        ("$dtFromIso('nope').year", false),
        ("$dtFromIso('nope').toMillis()", false),
        ("$eval('$dtFromIso(d).toISO()')", false),
        ("$xmlToJs('<a>1</a>')", false),
    ] {
        let by = check(source, Some(&input), &Map::new());
        assert_eq!(by == "native", native, "{source} was evaluated by the {by}");
    }
    let settings = |oracle| Settings { dialect: Dialect::Truto, engine: EngineName::Auto, oracle };
    let evaluate = |source: &str, oracle| {
        Mapping::compile_with(source, &settings(oracle)).expect("it compiles").evaluate(&input, 0, &LIMITS)
    };
    assert_eq!(
        evaluate("$xmlToJs(d)", None),
        Err(MapError::NeedsOracle("$xmlToJs is not implemented natively".to_owned()))
    );
    assert_eq!(
        evaluate("$parseDocument(d)", Some(oracle)),
        Err(MapError::Refused("parseDocument".to_owned()))
    );
}
