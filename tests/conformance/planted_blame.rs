//! Blame on real records with faults planted on purpose: three hundred records of two services, each as the upstream sent it and
//! as a unified API (its own open-sourced mapper) answered it.
//!
//! The upstream's record is the source. A fault is planted in one witness at a time, in each text that legacy took from upstream
//! as it is; then it is known who is to blame. Texts that stand in the record more than once are left out: the rules look for
//! values anywhere, and would be told right or wrong by chance. Composed values are the business of the unit tests.

use compare::blame::{Blame, Witnesses};
use compare::diff::{Comparer, Comparison, Scope};
use compare::rules::Rules;
use compare::tape::Tape;
use serde_json::Value;

use crate::data;

/// Texts of a record that are tried.
const TEXTS_MAX: usize = 12;

#[derive(Debug, Default, PartialEq)]
struct Score {
    right: usize,
    unknown: usize,
    wrong: Vec<String>,
}

#[test]
fn planted_faults_are_blamed_on_who_made_them() {
    let Some(folder) = data::find("1-raw-to-unified/three-way") else { return };
    let mut score = Score::default();
    let mut records = 0;
    for service in [
        "hubspot/companies",
        "hubspot/contacts",
        "hubspot/deals",
        "salesforce/contacts",
        "salesforce/opportunities",
    ] {
        let file = folder.join(format!("{service}.jsonl"));
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()));
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).expect("a record is JSON");
            records += 1;
            plant(&record["legacy"], &record["raw"], &mut score);
        }
    }
    let all = score.right + score.unknown + score.wrong.len();
    data::report(&format!(
        "blame: {all} faults planted in {records} records, {} blamed rightly, {} left unknown, {} blamed wrongly",
        score.right,
        score.unknown,
        score.wrong.len()
    ));
    assert_eq!(score.wrong, Vec::<String>::new());
    assert!(score.right as f64 >= 0.95 * all as f64, "{} of {all}", score.right);
}

fn plant(legacy: &Value, raw: &Value, score: &mut Score) {
    let mut texts = Vec::new();
    // What legacy passes on whole is the source itself.
    let mut legacy = legacy.clone();
    legacy.as_object_mut().map(|members| members.shift_remove("raw_data"));
    collect(&legacy, &mut String::new(), &mut texts);
    for (pointer, text) in texts.into_iter().filter(|(_, text)| count(raw, text) == 1).take(TEXTS_MAX) {
        let other = format!("{text}, but otherwise");
        let mut changed = legacy.clone();
        *changed.pointer_mut(&pointer).expect("the pointer was made from this value") = other.clone().into();
        let raw_changed = replaced(raw, &text, &other);
        // Legacy, new as mapped, new's raw answer; the source is right.
        for (expected, legacy, mapped, new_raw) in [
            (Blame::Mapping, &legacy, &changed, raw),
            (Blame::NewProvider, &legacy, &changed, &raw_changed),
            (Blame::LegacyQuirk, &changed, &legacy, raw),
        ] {
            match judge(legacy, mapped, new_raw, raw) {
                blame if blame == expected => score.right += 1,
                Blame::Unknown => score.unknown += 1,
                blame => score.wrong.push(format!(
                    "{pointer} `{text}`: {} instead of {}",
                    blame.name(),
                    expected.name()
                )),
            }
        }
    }
}

fn judge(legacy: &Value, mapped: &Value, new_raw: &Value, source: &Value) -> Blame {
    let (legacy, mapped, new_raw, source) =
        (legacy.to_string(), mapped.to_string(), new_raw.to_string(), source.to_string());
    let mut tapes = [Tape::new(), Tape::new(), Tape::new(), Tape::new()];
    let [one, two, three, four] = &mut tapes;
    let (rules, mut out) = (Rules::none(), Comparison::default());
    let legacy = one.parse(&legacy).expect("legacy is JSON");
    let mapped = two.parse(&mapped).expect("new is JSON");
    Comparer::new(&rules).bodies(legacy, mapped, Scope::default(), &mut out);
    let witnesses = Witnesses::new(four.parse(&source).ok(), three.parse(&new_raw).ok(), &[]);
    let [difference] = &out.differences[..] else {
        panic!("one change is one difference: {:?}", out.differences)
    };
    witnesses.blame(difference)
}

/// Texts with the pointers that lead to them.
fn collect(value: &Value, pointer: &mut String, texts: &mut Vec<(String, String)>) {
    let length = pointer.len();
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                collect(member, pointer, texts);
                pointer.truncate(length);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                collect(element, pointer, texts);
                pointer.truncate(length);
            }
        }
        Value::String(text) if text.chars().count() >= 3 => texts.push((pointer.clone(), text.clone())),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn count(value: &Value, text: &str) -> usize {
    match value {
        Value::Object(members) => members.values().map(|member| count(member, text)).sum(),
        Value::Array(elements) => elements.iter().map(|element| count(element, text)).sum(),
        Value::String(found) => usize::from(found == text),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn replaced(value: &Value, text: &str, other: &str) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(key, member)| (key.clone(), replaced(member, text, other))).collect()
        }
        Value::Array(elements) => elements.iter().map(|element| replaced(element, text, other)).collect(),
        Value::String(found) if found == text => other.into(),
        scalar => scalar.clone(),
    }
}
