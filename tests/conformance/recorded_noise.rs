//! Noise learned on a real service that was recorded three times over five years, scored against what its own maintainers
//! normalised.
//!
//! Each scenario stands as recorded (raw) and as upstream normalised it. What they changed is taken for the truth: a field
//! is volatile where raw and normalised of one date differ. Where normalised answers of two dates differ the service has
//! changed; such fields are drift and left out. We learn from raw recordings alone: each pair of dates is an answer and its
//! repeat.
//!
//! A miss is a field that upstream normalised although it was the same in all recordings (the id of the one user that
//! recorded, the repository that is never made anew, the constant `server`): no repeat can show that, and the test demands
//! that every miss is of this kind. Without them recall is 1. Precision tests the bookkeeping more than the idea: a field
//! that changes in raw recordings and that upstream left alone has changed in their files too, so that it counts as drift.

use std::collections::{BTreeMap, BTreeSet};

use compare::answer::{Answer, Content};
use compare::diff::{Comparer, Comparison, Scope};
use compare::difference::Difference;
use compare::model::Headers;
use compare::noise;
use compare::rules::Rules;
use compare::tape::Tape;
use compare::volatile::{Advice, Volatility};
use serde_json::{Map, Value, json};

use crate::data;

/// No field that upstream left alone may be called volatile.
const PRECISION_MIN: f64 = 0.99;

/// Measured: 0.8. The rest never changed.
const RECALL_MIN: f64 = 0.78;

/// One answer of a scenario, by date.
#[derive(Default)]
struct Step {
    raw: Vec<String>,
    normalised: Vec<String>,
}

#[derive(Default)]
struct Fields {
    truth: BTreeSet<String>,
    drift: BTreeSet<String>,
    learned: BTreeSet<String>,
    suggested: BTreeSet<String>,
    refused: usize,
}

#[test]
fn noise_learned_from_repeats_is_what_upstream_normalised() {
    let Some(folder) = data::find("4-version-pairs/github-recorded") else { return };
    let (mut right, mut wrong, mut missed, mut scenarios) = (0, Vec::new(), Vec::new(), 0);
    let (mut suggested, mut refused) = (0, 0);
    for scenario in names(&folder) {
        let raw = recordings(&folder.join(&scenario), "raw");
        let normalised = recordings(&folder.join(&scenario), "normalized");
        if raw.len() < 3 {
            continue;
        }
        scenarios += 1;
        for (at, step) in steps(&raw, &normalised).iter().enumerate() {
            let fields = learn(step);
            let counted = |set: &BTreeSet<String>| -> BTreeSet<String> {
                set.difference(&fields.drift).cloned().collect()
            };
            let (truth, learned) = (counted(&fields.truth), counted(&fields.learned));
            right += truth.intersection(&learned).count();
            wrong.extend(learned.difference(&truth).map(|field| format!("{scenario} {at} {field}")));
            for field in truth.difference(&learned) {
                assert!(never_changed(step, field), "{scenario} {at} {field} changed and was not learned");
                missed.push(format!("{scenario} {at} {field}"));
            }
            suggested += counted(&fields.suggested).len();
            refused += fields.refused;
        }
    }
    let precision = right as f64 / (right + wrong.len()) as f64;
    let recall = right as f64 / (right + missed.len()) as f64;
    data::report(&format!(
        "noise: {scenarios} scenarios, {right} volatile fields learned, {} wrongly (precision {precision:.3}), {} missed \
         (recall {recall:.3}), each of which never changed; {suggested} would be suggested as tolerances, {refused} refused",
        wrong.len(),
        missed.len()
    ));
    let mut by_field: BTreeMap<&str, usize> = BTreeMap::new();
    for field in missed.iter().filter_map(|text| text.rsplit(' ').next()) {
        *by_field.entry(field).or_default() += 1;
    }
    let shown: Vec<String> = by_field.iter().map(|(field, count)| format!("{field} ×{count}")).collect();
    data::report(&format!("noise: missed {}", shown.join(", ")));
    assert_eq!(scenarios, 9);
    assert!(precision >= PRECISION_MIN, "{precision}: {wrong:?}");
    assert!(recall >= RECALL_MIN, "{recall}: {missed:?}");
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("list {}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The recordings of a scenario of one sort, by date.
fn recordings(folder: &std::path::Path, sort: &str) -> BTreeMap<String, Vec<Value>> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("list {}: {error}", folder.display()));
    let mut recordings = BTreeMap::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(date) = name.strip_suffix(&format!(".{sort}.json")) {
            let text =
                std::fs::read_to_string(entry.path()).unwrap_or_else(|error| panic!("read {name}: {error}"));
            recordings.insert(date.to_owned(), serde_json::from_str(&text).expect("a recording is a list"));
        }
    }
    recordings
}

/// The answers that upstream kept, each with the raw answer it was made from. Raw recordings have more: those that set the
/// scenario up and take it down.
fn steps(raw: &BTreeMap<String, Vec<Value>>, normalised: &BTreeMap<String, Vec<Value>>) -> Vec<Step> {
    let length = normalised.values().map(Vec::len).max().unwrap_or(0);
    let mut steps: Vec<Step> = (0..length).map(|_| Step::default()).collect();
    for (date, answers) in normalised {
        let mut candidates = raw[date].iter();
        for (step, answer) in steps.iter_mut().zip(answers) {
            let origin = candidates
                .find(|candidate| asked(candidate) == asked(answer))
                .unwrap_or_else(|| panic!("{date}: no raw answer for {:?}", asked(answer)));
            step.raw.push(answered(origin).to_string());
            step.normalised.push(answered(answer).to_string());
        }
    }
    steps
}

/// What was asked, with the scenario's name for that of the repository that was made for the recording:
/// `tmp-scenario-<name>-<17 digits>-<random>`.
fn asked(answer: &Value) -> (String, String, u64) {
    let path = answer["path"].as_str().unwrap_or_default().to_lowercase();
    let path = match path.split_once("tmp-scenario-") {
        None => path,
        Some((before, rest)) => {
            let end = rest.find(['/', '?', '&', '%']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let mut parts: Vec<&str> = name.rsplitn(3, '-').collect();
            format!("{before}{}{after}", parts.pop().unwrap_or_default())
        }
    };
    let status = &answer["status"];
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok()).unwrap_or(0);
    (answer["method"].as_str().unwrap_or_default().to_owned(), path, status)
}

/// The answer alone: its headers as one object of lower-case names (raw recordings have a list of names and values), and its
/// body.
fn answered(answer: &Value) -> Value {
    let headers = match answer["rawHeaders"].as_array() {
        None => answer["headers"].clone(),
        Some(list) => {
            let mut headers: Map<String, Value> = Map::new();
            for pair in list.chunks(2) {
                let (name, value) = (
                    pair[0].as_str().unwrap_or_default().to_lowercase(),
                    pair[1].as_str().unwrap_or_default(),
                );
                let joined = match headers.get(&name).and_then(Value::as_str) {
                    Some(before) => format!("{before}, {value}"),
                    None => value.to_owned(),
                };
                headers.insert(name, joined.into());
            }
            headers.into()
        }
    };
    json!({"headers": headers, "response": answer["response"]})
}

fn learn(step: &Step) -> Fields {
    let mut fields = Fields::default();
    for (raw, normalised) in step.raw.iter().zip(&step.normalised) {
        fields.truth.extend(differing(raw, normalised));
    }
    for (at, one) in step.normalised.iter().enumerate() {
        for other in &step.normalised[at + 1..] {
            fields.drift.extend(differing(one, other));
        }
    }
    let mut volatility = Volatility::default();
    for (at, one) in step.raw.iter().enumerate() {
        for other in &step.raw[at + 1..] {
            observe(one, other, &mut volatility);
        }
    }
    fields.learned =
        volatility.counts().filter(|counts| counts.noise > 0).map(|counts| counts.field.to_owned()).collect();
    for suggestion in volatility.suggest(&BTreeSet::new(), &BTreeSet::new()) {
        match suggestion.advice {
            Advice::Tolerate(_) => {
                fields.suggested.insert(suggestion.field);
            }
            Advice::Refuse(_) => fields.refused += 1,
        }
    }
    fields
}

fn observe(answer: &str, repeat: &str, volatility: &mut Volatility) {
    let (rules, none) = (Rules::none(), Headers::new());
    let (mut tape, mut repeat_tape) = (Tape::new(), Tape::new());
    let legacy = tape.parse(answer).expect("an answer is JSON");
    let content = |json| Answer::Content { status: None, headers: &none, body: Content::Json(json) };
    let repeat = content(repeat_tape.parse(repeat).expect("a repeat is JSON"));
    let repeats = noise::measure(&mut Comparer::new(&rules), content(legacy), &[repeat], Scope::default());
    volatility.add(Some(legacy), &repeats, &[]);
}

fn differing(one: &str, other: &str) -> BTreeSet<String> {
    differences(one, other).into_iter().map(|difference| difference.field.to_string()).collect()
}

fn differences(one: &str, other: &str) -> Vec<Difference> {
    let (mut tape, mut other_tape) = (Tape::new(), Tape::new());
    let (rules, mut out) = (Rules::none(), Comparison::default());
    let one = tape.parse(one).expect("one is JSON");
    let other = other_tape.parse(other).expect("other is JSON");
    Comparer::new(&rules).bodies(one, other, Scope::default(), &mut out);
    out.differences
}

/// The values of a field are the same in all raw recordings, found without the diff.
fn never_changed(step: &Step, field: &str) -> bool {
    let values = |text: &String| -> Vec<String> {
        let path = compare::path::Path::parse(field).expect("a field is a path");
        let compare::path::Path::Steps(steps) = path else { panic!("{field} has a filter") };
        let document: Value = serde_json::from_str(text).expect("JSON");
        let mut found = vec![&document];
        for step in &steps {
            found = found.into_iter().flat_map(|value| below(value, &step.selectors[0])).collect();
        }
        found.into_iter().map(Value::to_string).collect()
    };
    let first = values(&step.raw[0]);
    step.raw.iter().all(|text| values(text) == first)
}

fn below<'v>(value: &'v Value, selector: &compare::path::Selector) -> Vec<&'v Value> {
    match (selector, value) {
        (compare::path::Selector::Name(name), Value::Object(members)) => {
            members.get(name).into_iter().collect()
        }
        (compare::path::Selector::Wildcard, Value::Array(elements)) => elements.iter().collect(),
        _ => Vec::new(),
    }
}
