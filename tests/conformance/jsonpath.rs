//! The compliance suite of RFC 9535 through the engine that matches rules.

use std::collections::BTreeSet;

use compare::path::Path;
use compare::select::select;
use compare::tape::Tape;
use serde_json::Value;

use crate::data;

/// At most this share of the valid selectors may be refused as unsupported.
const REFUSED_SHARE_MAX: f64 = 0.05;

#[derive(Debug, Default)]
struct Score {
    right: usize,
    unsupported: Vec<String>,
    refused_as_invalid: usize,
    wrong: Vec<String>,
}

#[test]
fn every_selector_of_the_compliance_suite_selects_what_it_should_or_is_refused() {
    let Some(text) = data::read("5-conformance/jsonpath/cts.json") else { return };
    let suite: Value = serde_json::from_str(&text).expect("the suite is JSON");
    let cases = suite["tests"].as_array().expect("the suite has tests");
    let mut score = Score::default();
    for case in cases {
        judge(case, &mut score);
    }
    let valid = score.right + score.unsupported.len();
    data::report(&format!(
        "jsonpath: {} cases, {} selected right, {} refused as unsupported, {} invalid refused with their place, {} wrong",
        cases.len(),
        score.right,
        score.unsupported.len(),
        score.refused_as_invalid,
        score.wrong.len()
    ));
    assert_eq!(score.wrong, Vec::<String>::new());
    assert_eq!(score.right + score.unsupported.len() + score.refused_as_invalid, cases.len());
    assert!(score.unsupported.len() as f64 <= REFUSED_SHARE_MAX * valid as f64, "{:?}", score.unsupported);
    assert!(score.unsupported.iter().all(|selector| uses_a_function(selector)), "{:?}", score.unsupported);
}

/// Names, indices, slices, wildcards, descendants and comparisons must all be supported.
fn uses_a_function(selector: &str) -> bool {
    ["length(", "count(", "match(", "search(", "value("].iter().any(|function| selector.contains(function))
}

fn judge(case: &Value, score: &mut Score) {
    let name = case["name"].as_str().expect("a case has a name");
    let selector = case["selector"].as_str().expect("a case has a selector");
    let is_invalid = case["invalid_selector"].as_bool().unwrap_or(false);
    match (Path::parse(selector), is_invalid) {
        (Err(error), true) => {
            let characters = selector.chars().count();
            if (1..=characters + 1).contains(&error.column) && !error.what.is_empty() {
                score.refused_as_invalid += 1;
            } else {
                score.wrong.push(format!("{name}: refused without a place: {error:?}"));
            }
        }
        (Ok(_), true) => score.wrong.push(format!("{name}: `{selector}` is invalid and was accepted")),
        (Err(_), false) => score.unsupported.push(selector.to_owned()),
        (Ok(path), false) => {
            let document = case["document"].to_string();
            let mut tape = Tape::new();
            let selected: BTreeSet<String> =
                select(&path, tape.parse(&document).expect("a case's document is JSON"))
                    .into_iter()
                    .collect();
            if allowed(case).contains(&selected) {
                score.right += 1;
            } else {
                score.wrong.push(format!("{name}: `{selector}` on {document} selected {selected:?}"));
            }
        }
    }
}

/// The sets of places that are right: a rule speaks at a place or does not, so order and repetition do not count.
fn allowed(case: &Value) -> Vec<BTreeSet<String>> {
    let places = |paths: &Value| -> BTreeSet<String> {
        let paths = paths.as_array().expect("paths are a list");
        paths.iter().map(|path| path.as_str().expect("a path is text").to_owned()).collect()
    };
    match case.get("results_paths").and_then(Value::as_array) {
        Some(alternatives) => alternatives.iter().map(places).collect(),
        None => vec![places(&case["result_paths"])],
    }
}
