//! Documents to try laws on: generated ones, every one of the data folder, and changed copies of either.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::data;

/// Any document: small alphabets, so that lists share elements and objects share keys.
pub fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..5_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop_oneof![Just(1.0), Just(1.5), Just(2.0), Just(1e300)].prop_map(Value::from),
        "[abAB ~/\"\\\\é]{0,3}".prop_map(Value::from),
        "[a-e]{9,12}".prop_map(Value::from),
        Just(Value::from("2024-01-02T03:04:05Z")),
        Just(Value::from("2024-01-02 03:04:05")),
    ];
    let records = proptest::collection::vec((0..6_i64, "[a-f]{4,8}", 0..3_i64), 0..8).prop_map(|rows| {
        let record =
            |(id, name, kind): (i64, String, i64)| serde_json::json!({"id": id, "name": name, "kind": kind});
        rows.into_iter().map(record).collect::<Value>()
    });
    prop_oneof![3 => leaf, 1 => records].prop_recursive(4, 48, 7, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::vec(("[ab~/\"é.]{0,2}", inner), 0..7)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A sequence of numbers that depends on its seed alone (SplitMix64).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) as usize % end.max(1)
    }
}

/// A copy with this many changes, each at a place and of a kind that the dice choose.
pub fn mutate(document: &Value, changes: usize, dice: &mut Dice) -> Value {
    let mut changed = document.clone();
    for _ in 0..changes {
        change(&mut changed, dice);
    }
    changed
}

/// Walks down by the dice and changes what it stops at.
fn change(value: &mut Value, dice: &mut Dice) {
    let goes_on = dice.below(4) > 0;
    match value {
        Value::Object(members) if goes_on && !members.is_empty() => {
            let at = dice.below(members.len());
            let key = members.keys().nth(at).cloned();
            if let Some(member) = key.and_then(|key| members.get_mut(&key)) {
                change(member, dice);
            }
        }
        Value::Array(elements) if goes_on && !elements.is_empty() => {
            let at = dice.below(elements.len());
            change(&mut elements[at], dice);
        }
        Value::Object(members) => change_members(members, dice),
        Value::Array(elements) => change_elements(elements, dice),
        scalar => *scalar = changed_scalar(scalar, dice),
    }
}

fn change_members(members: &mut Map<String, Value>, dice: &mut Dice) {
    let picked = members.keys().nth(dice.below(members.len())).cloned();
    match (dice.below(4), picked) {
        (0, Some(key)) => {
            members.shift_remove(&key);
        }
        (1, Some(key)) => {
            let value = members.shift_remove(&key).unwrap_or_default();
            members.insert(format!("{key}2"), value);
        }
        (2, Some(key)) => {
            members.insert(key, Value::Null);
        }
        (_, picked) => {
            let copy = picked.and_then(|key| members.get(&key).cloned()).unwrap_or_default();
            members.insert(format!("added{}", dice.below(3)), copy);
        }
    }
}

fn change_elements(elements: &mut Vec<Value>, dice: &mut Dice) {
    let (at, to) = (dice.below(elements.len()), dice.below(elements.len()));
    match dice.below(5) {
        _ if elements.is_empty() => elements.push(Value::from("added")),
        0 => {
            elements.remove(at);
        }
        1 => elements.swap(at, to),
        2 => elements.insert(to, elements[at].clone()),
        3 => elements.rotate_left(at),
        _ => elements.reverse(),
    }
}

fn changed_scalar(scalar: &Value, dice: &mut Dice) -> Value {
    match (dice.below(5), scalar) {
        (0, _) => Value::Null,
        (1, _) => Value::Array(vec![scalar.clone()]),
        (2, Value::String(text)) => text.to_uppercase().into(),
        (2, Value::Number(number)) => number.to_string().into(),
        (3, Value::String(text)) => format!("{text} ").into(),
        (3, Value::Number(number)) => number.as_f64().unwrap_or(0.5).into(),
        (_, Value::Bool(flag)) => (!flag).into(),
        _ => format!("changed {}", dice.below(1_000)).into(),
    }
}

/// The same document with every object's keys in another order.
pub fn with_other_key_order(value: &Value, dice: &mut Dice) -> Value {
    match value {
        Value::Object(members) => {
            let mut pairs: Vec<(String, Value)> = members
                .iter()
                .map(|(key, member)| (key.clone(), with_other_key_order(member, dice)))
                .collect();
            for at in (1..pairs.len()).rev() {
                pairs.swap(at, dice.below(at + 1));
            }
            pairs.into_iter().collect()
        }
        Value::Array(elements) => {
            elements.iter().map(|element| with_other_key_order(element, dice)).collect()
        }
        scalar => scalar.clone(),
    }
}

/// Every JSON document of the data folder that `serde_json` reads, with a name: files, and lines of JSON Lines.
/// Empty where the folder is absent.
pub fn of_data() -> Vec<(String, Value)> {
    let Some(folder) = data::find("") else { return Vec::new() };
    let mut files = Vec::new();
    collect_files(&folder, &mut files);
    files.sort();
    let mut documents = Vec::new();
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let name = file.strip_prefix(&folder).unwrap_or(&file).display().to_string();
        if file.extension().is_some_and(|extension| extension == "jsonl") {
            for (line, text) in text.lines().enumerate() {
                documents.extend(
                    serde_json::from_str(text)
                        .ok()
                        .map(|document| (format!("{name}:{}", line + 1), document)),
                );
            }
        } else {
            documents.extend(serde_json::from_str(&text).ok().map(|document| (name, document)));
        }
    }
    documents
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("list {}: {error}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect_files(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| ["json", "jsonl", "har"].iter().any(|known| extension == *known))
        {
            files.push(path);
        }
    }
}
