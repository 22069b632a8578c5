//! What must hold of the diff whatever the documents are.
//!
//! `CUTOVER_CASES` says how many generated cases to try (256 where it is not set). A seed that failed is kept beside this
//! file, in `laws.regressions`, and is tried first from then on.

use std::collections::BTreeMap;

use compare::diff::{Comparer, Comparison, Scope};
use compare::difference::{Difference, Kind};
use compare::rules::{Rules, RulesInput};
use compare::tape::Tape;
use compare::tolerance::{Day, parse_tolerances};
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};
use serde_json::Value;

use super::documents::{self, Dice};
use super::json_patch_cases::{apply, patch_text};
use crate::data;

/// A list longer than this is kept only in part by the diff: what is compared here must be whole.
const KEPT_MAX: u64 = compare::verdict::DIFFERENCES_MAX as u64;

fn diff(legacy: &str, new: &str, rules: &Rules) -> Comparison {
    let (mut legacy_tape, mut new_tape) = (Tape::new(), Tape::new());
    let legacy = legacy_tape.parse(legacy).expect("legacy is JSON");
    let new = new_tape.parse(new).expect("new is JSON");
    let mut out = Comparison::default();
    Comparer::new(rules).bodies(legacy, new, Scope::default(), &mut out);
    out
}

/// Differences without what depends on which side is which, counted: paths stand as fields, because the sides number
/// elements differently.
fn told(comparison: &Comparison, is_swapped: bool) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for difference in &comparison.differences {
        let kind = match (difference.kind, is_swapped) {
            (Kind::Missing, true) => Kind::Extra,
            (Kind::Extra, true) => Kind::Missing,
            (kind, _) => kind,
        };
        let (legacy, new) = match is_swapped {
            true => (&difference.new, &difference.legacy),
            false => (&difference.legacy, &difference.new),
        };
        *counts.entry(format!("{} {} {legacy:?} {new:?}", place(difference), kind.name())).or_default() += 1;
    }
    counts
}

/// The field; of what was renamed or moved, both, in one order.
fn place(difference: &Difference) -> String {
    let field = |path: &str| {
        let mut steps = path.split('[').map(|step| match step.split_once(']') {
            Some((index, rest)) if index.bytes().all(|byte| byte.is_ascii_digit()) => format!("*]{rest}"),
            _ => step.to_owned(),
        });
        let first = steps.next().unwrap_or_default();
        steps.fold(first, |path, step| format!("{path}[{step}"))
    };
    let mut places: Vec<String> = [Some(&difference.path), difference.new_path.as_ref()]
        .into_iter()
        .flatten()
        .map(|path| field(path))
        .collect();
    places.sort();
    places.join(" ")
}

/// Where and how, counted, without the values: their text depends on the order of their keys. Indices stand as `[*]`, since it may
/// also decide which of several equal elements is called the one too many.
fn places(comparison: &Comparison) -> Vec<(String, Kind)> {
    let mut places: Vec<_> =
        comparison.differences.iter().map(|difference| (place(difference), difference.kind)).collect();
    places.sort();
    places
}

fn law(holds: bool, says: &str, legacy: &str, new: &str) -> Result<(), TestCaseError> {
    match holds {
        true => Ok(()),
        false => Err(TestCaseError::fail(format!("{says}\nlegacy {legacy}\nnew    {new}"))),
    }
}

/// All laws on one pair of documents.
fn obey(legacy: &Value, new: &Value, dice: &mut Dice) -> Result<(), TestCaseError> {
    let (legacy_text, new_text) = (legacy.to_string(), new.to_string());
    let says = |holds, says| law(holds, says, &legacy_text, &new_text);
    let other_order = documents::with_other_key_order(new, dice).to_string();
    let pretty = serde_json::to_string_pretty(legacy).expect("a value is printed");
    // With a key declared for every list, elements without one or with a repeated one are joined by content.
    for rules in [keyed_by_id(), Rules::none()] {
        let found = diff(&legacy_text, &new_text, &rules);
        says(diff(&legacy_text, &pretty, &rules).total == 0, "a document differs from itself")?;
        says((found.total == 0) == (legacy == new), "some difference exactly when unequal")?;

        let reordered = diff(&legacy_text, &other_order, &rules);
        says(reordered.total == found.total, "key order matters")?;

        let swapped = diff(&new_text, &legacy_text, &rules);
        says(swapped.total == found.total, "swapping sides changes how many differences there are")?;
        if found.total <= KEPT_MAX {
            says(places(&reordered) == places(&found), "key order matters to where the differences are")?;
            says(
                told(&swapped, true) == told(&found, false),
                "swapping sides does not just swap differences",
            )?;
        }
    }

    let patch = patch_text(&legacy_text, &new_text);
    // Read as the patch's values are read: `serde_json` may be off in a double's last bit.
    let wanted: Value = serde_json::from_str(&new_text).expect("new is JSON");
    says(apply(&legacy_text, &patch).as_ref() == Ok(&wanted), "the patch does not give the other side")?;

    let found = diff(&legacy_text, &new_text, &Rules::none());
    let (rules, pairing) = tolerance(&found, dice);
    let tolerated = diff(&legacy_text, &new_text, &rules);
    let left = tolerated.total - tolerated.excused;
    match pairing {
        Pairing::Kept => says(left <= found.total, "a tolerance adds a difference")?,
        Pairing::Changed if legacy_text.contains('[') => {}
        Pairing::Changed => {
            says(left <= found.total, "a tolerance adds a difference where there is no list")?
        }
    }
    says(tolerated.total == 0 || found.total > 0, "a tolerance makes equal documents differ")
}

/// Does a rule change which elements of a list are compared with which? One that leaves something out of what makes two
/// elements the same does, by design: then another pairing is nearest, and its differences are others, perhaps more.
enum Pairing {
    Kept,
    Changed,
}

/// A rule for the place of one of the differences, or for a place near it.
fn tolerance(found: &Comparison, dice: &mut Dice) -> (Rules, Pairing) {
    const RULES: [&str; 15] = [
        "\"ignore\"",
        "\"same_instant\"",
        "\"number_text\"",
        "\"number_as_text\"",
        "\"null_is_absent\"",
        "\"singleton_is_list\"",
        "\"case\"",
        "\"whitespace\"",
        "\"same_url\"",
        "\"nfc\"",
        "\"same_html\"",
        "{ within = { abs = 2 } }",
        "{ same_entity = \"x\" }",
        "\"any_order\"",
        "\"as_set\"",
    ];
    let picked = found.differences.get(dice.below(found.differences.len()));
    let field = picked.map_or("$..*", |difference| &*difference.field);
    let path = match dice.below(3) {
        0 => "$..*".to_owned(),
        _ => field.to_owned(),
    };
    let rule = RULES[dice.below(RULES.len())];
    let text = format!(
        "[[tolerance]]\npath = {path:?}\nrule = {rule}\nreason = \"r\"\nowner = \"o\"\nuntil = 2030-01-01\n"
    );
    let pairing = match rule {
        "\"ignore\"" | "\"any_order\"" | "\"as_set\"" | "{ same_entity = \"x\" }" => Pairing::Changed,
        _ => Pairing::Kept,
    };
    (compile(&text, Vec::new()), pairing)
}

fn keyed_by_id() -> Rules {
    let key = |path: &str| (path.to_owned(), vec!["id".to_owned()]);
    compile("", vec![key("$"), key("$..*")])
}

fn compile(tolerances: &str, keys: Vec<(String, Vec<String>)>) -> Rules {
    Rules::compile(RulesInput {
        operation: "o",
        as_of: Day { year: 2026, month: 1, day: 1 },
        tolerances: parse_tolerances(tolerances).unwrap_or_else(|error| panic!("{error}: {tolerances}")),
        keys,
        headers: Vec::new(),
        compile_when: &|_| Err("none".into()),
    })
    .expect("one rule contradicts nothing")
}

#[test]
fn the_laws_hold_of_generated_documents() {
    let cases = std::env::var("CUTOVER_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(256);
    let config = Config {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        source_file: Some(file!()),
        ..Config::default()
    };
    let strategy = {
        use proptest::prelude::*;
        (documents::document(), documents::document(), 0..6_usize, any::<u64>())
    };
    let outcome = TestRunner::new(config).run(&strategy, |(legacy, other, changes, seed)| {
        let mut dice = Dice(seed);
        let new = if changes == 5 { other } else { documents::mutate(&legacy, changes, &mut dice) };
        obey(&legacy, &new, &mut dice)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn the_laws_hold_of_every_recorded_document_changed() {
    let documents = documents::of_data();
    for (at, (name, document)) in documents.iter().enumerate() {
        for changes in [1, 20] {
            let mut dice = Dice(at as u64 * 1_000 + changes as u64);
            let new = documents::mutate(document, changes, &mut dice);
            if let Err(error) = obey(document, &new, &mut dice) {
                panic!("{name} with {changes} changes: {error}");
            }
        }
    }
    data::report(&format!("laws: {} recorded documents, each with 1 and with 20 changes", documents.len()));
}
