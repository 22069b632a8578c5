//! The public JSONata suite: how many cases each engine passes, and which it fails and why.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use ::mapping::cross_check::agree;
use ::mapping::engine::{Dialect, EngineName, Settings};
use ::mapping::mapping::{LIMITS, Limits, MapError, Mapping};
use compare::tape::Tape;
use serde_json::{Map, Value};

use super::{data, reference};

/// The cases that the default engine fails: a name and a reason a line.
const FAILURES: &str = include_str!("suite_failures.txt");

/// What the bare engine passes.
const NATIVE_FLOOR: usize = 1_166;

struct Case {
    name: String,
    source: String,
    input: Option<String>,
    bindings: Map<String, Value>,
    limits: Limits,
    expected: Expected,
}

enum Expected {
    Value(Value),
    Undefined,
    Code(String),
    AnyError,
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut groups: Vec<_> = fs::read_dir(folder.join("groups"))
        .expect("the suite has groups")
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    groups.sort();
    let mut cases = Vec::new();
    for group in groups {
        let name = group.file_stem().expect("a group has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&group).expect("a group is text");
        let mut tape = Tape::new();
        let json = tape.parse(&text).expect("a group is JSON");
        for packed in json.root().elements() {
            let file = packed.get("file").expect("a case has a file").text().into_owned();
            let expressions = packed.get("expr_files");
            let case = packed.get("case").expect("a file has a case");
            let many = case.elements().collect::<Vec<_>>();
            let list = if many.is_empty() { vec![case] } else { many };
            for (index, case) in list.iter().enumerate() {
                let text_of = |key: &str| case.get(key).map(|value| value.text().into_owned());
                let source = text_of("expr").unwrap_or_else(|| {
                    let file = text_of("expr-file").expect("a case has an expression");
                    expressions
                        .and_then(|files| files.get(&file))
                        .expect("the file is packed")
                        .text()
                        .into_owned()
                });
                let input = case.get("data").map(|data| data.raw().to_owned()).or_else(|| {
                    let name = text_of("dataset").filter(|name| !name.is_empty())?;
                    Some(
                        fs::read_to_string(folder.join(format!("datasets/{name}.json")))
                            .expect("a dataset is there"),
                    )
                });
                let lossy = |key: &str| case.get(key).map(data::lossy);
                let bindings = match lossy("bindings") {
                    Some(Value::Object(bindings)) => bindings,
                    _ => Map::new(),
                };
                let number = |key: &str| lossy(key).and_then(|value| value.as_u64());
                let limits = Limits {
                    depth: number("depth").map_or(LIMITS.depth, |depth| depth as usize),
                    time: number("timelimit").map_or(LIMITS.time, Duration::from_millis),
                    ..LIMITS
                };
                let expected = if let Some(result) = lossy("result") {
                    Expected::Value(result)
                } else if case.get("undefinedResult").is_some() {
                    Expected::Undefined
                } else {
                    let error = case.get("error").and_then(|error| error.get("code"));
                    let code = text_of("code").or_else(|| error.map(|code| code.text().into_owned()));
                    code.map_or(Expected::AnyError, Expected::Code)
                };
                let name = format!("{name}/{file}#{index}");
                cases.push(Case { name, source, input, bindings, limits, expected });
            }
        }
    }
    cases
}

/// What is wrong with an engine's answer, if anything.
fn fault(case: &Case, settings: &Settings) -> Option<String> {
    let outcome = match Mapping::compile_with(&case.source, settings) {
        Ok(mapping) => mapping.evaluate_with(case.input.as_deref(), &case.bindings, 0, &case.limits),
        Err(error) => Err(MapError::Expression { code: error.code, message: error.message, position: None }),
    };
    let passes = match (&case.expected, &outcome) {
        (Expected::Value(value), Ok(_)) => agree(&outcome, &Ok(Some(value.to_string()))),
        (Expected::Undefined, Ok(None)) | (Expected::AnyError, Err(_)) => true,
        (Expected::Code(wanted), Err(MapError::Expression { code, .. } | MapError::Limit { code, .. })) => {
            wanted == code
        }
        _ => false,
    };
    (!passes).then(|| format!("{outcome:?}"))
}

fn faults(cases: &[Case], settings: &Settings) -> BTreeMap<String, String> {
    cases.iter().filter_map(|case| Some((case.name.clone(), fault(case, settings)?))).collect()
}

#[test]
fn the_default_engine_passes_the_public_suite_but_for_the_listed_cases() {
    let Some(folder) = data::folder("5-conformance/jsonata-test-suite") else { return };
    let cases = cases(&folder);
    assert_eq!(cases.len(), 1_169);
    let faults = faults(&cases, &Settings { engine: EngineName::Jlens, ..Settings::default() });
    let listed: BTreeMap<&str, &str> = FAILURES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect();
    let unlisted: Vec<_> = faults.iter().filter(|(name, _)| !listed.contains_key(name.as_str())).collect();
    assert!(unlisted.is_empty(), "these fail and are not listed: {unlisted:#?}");
    let passing: Vec<_> = listed.keys().filter(|name| !faults.contains_key(**name)).collect();
    assert!(passing.is_empty(), "these are listed as failing, but pass: {passing:?}");
    let passed = cases.len() - faults.len();
    println!("suite: jlens passes {passed} of {}", cases.len());
    assert!(passed >= NATIVE_FLOOR, "{passed}");
}

#[test]
fn the_oracle_passes_the_public_suite() {
    let Some(folder) = data::folder("5-conformance/jsonata-test-suite") else { return };
    let Some(oracle) = reference::oracle(Dialect::Jsonata) else { return };
    let settings = Settings { engine: EngineName::Oracle, oracle: Some(oracle), ..Settings::default() };
    // What runs until it is stopped costs its time limit and a process, so each such case is left to the limits' test.
    let mut cases = cases(&folder);
    cases.retain(|case| case.limits.time == LIMITS.time);
    let faults = faults(&cases, &settings);
    for (name, what) in &faults {
        println!("oracle fails {name}: {what}");
    }
    println!("suite: the oracle passes {} of {}", cases.len() - faults.len(), cases.len());
    assert!(faults.len() <= 6, "{}", faults.len());
}

#[cfg(feature = "jsonata-rs")]
#[test]
fn the_engine_jsonata_rs_passes_what_it_passed() {
    const FLOOR: usize = 860;
    let Some(folder) = data::folder("5-conformance/jsonata-test-suite") else { return };
    let mut cases = cases(&folder);
    cases.retain(|case| case.limits.time == LIMITS.time);
    let faults = faults(&cases, &Settings { engine: EngineName::JsonataRs, ..Settings::default() });
    println!("suite: jsonata-rs passes {} of {}", cases.len() - faults.len(), cases.len());
    assert!(cases.len() - faults.len() >= FLOOR);
}
