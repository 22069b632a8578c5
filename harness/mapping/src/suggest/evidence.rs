//! How much a candidate's agreement proves, in bits, and how much is asked for.
//!
//! The thresholds were fixed on one service's records and judged on another's; they are not to be tuned on the latter.

use std::collections::BTreeMap;

use serde_json::Value;

/// A path among a hundred, under one of thirty transformations, agrees by chance with 12 bits of values.
pub(super) const BITS_MIN: f64 = 20.0;

/// With two or three paths, or a table, there are a thousand times as many candidates.
pub(super) const BITS_OF_MANY_MIN: f64 = 30.0;

/// Where the name is much alike, it has told most of it already.
pub(super) const BITS_OF_PART_MIN: f64 = 8.0;

/// In so many recordings a field that is null or empty in all of them is taken to be so.
pub(super) const EMPTY_MIN: usize = 20;

/// A constant that says something (`"OPEN"`) is rather a state that did not change; by the rule of three, after a
/// hundred recordings it changes in at most 3 %.
pub(super) const CONSTANT_MIN: usize = 100;

/// So many elements make a text that all have in common their label (`"type": "primary"`).
pub(super) const LABEL_MIN: usize = 8;

/// A table's entry that was seen once may be a coincidence.
pub(super) const ENTRY_MIN: usize = 2;

/// Below this share of the recordings an explanation is not worth a comment.
pub(super) const NEARLY: f64 = 0.8;

/// One value's share of what a coincidence would have to hit.
fn specificity(value: &Value) -> f64 {
    const VALUE_BITS_MAX: f64 = 32.0;
    const TREE_BITS_MAX: f64 = 64.0;
    match value {
        Value::Null | Value::Bool(_) => 0.0,
        Value::Number(number) => (number.to_string().len() as f64 * 3.0).min(VALUE_BITS_MAX),
        Value::String(text) => (text.len() as f64 * 2.0).min(VALUE_BITS_MAX),
        Value::Array(list) => list.iter().map(specificity).sum::<f64>().min(TREE_BITS_MAX),
        Value::Object(map) => map.values().map(specificity).sum::<f64>().min(TREE_BITS_MAX),
    }
}

/// How often each value is met, an absent one among them; by its text.
pub(super) fn frequencies<'v>(values: impl Iterator<Item = Option<&'v Value>>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value.map_or(String::new(), Value::to_string)).or_default() += 1;
    }
    counts
}

/// What agreement on all these values proves: how special the distinct ones are, or how often they change.
pub(super) fn bits(values: &[Option<&Value>]) -> f64 {
    let counts = frequencies(values.iter().copied());
    let distinct: BTreeMap<String, f64> =
        values.iter().flatten().map(|value| (value.to_string(), specificity(value))).collect();
    let special: f64 = distinct.values().sum();
    special.max(surprise(&counts, values.len(), 0))
}

/// What remains where a table was learned from the values: the first of each entry proves nothing.
pub(super) fn bits_of_table(values: &[Option<&Value>], entries: usize) -> f64 {
    let counts = frequencies(values.iter().copied());
    let all = surprise(&counts, values.len(), 0);
    // Each entry's first sight was free; what it cost is at most the mean of all.
    all - entries as f64 * (all / values.len().max(1) as f64).max(1.0)
}

fn surprise(counts: &BTreeMap<String, usize>, total: usize, free: usize) -> f64 {
    let total = total.max(1) as f64;
    counts.values().map(|count| (count - free) as f64 * -(*count as f64 / total).log2()).sum()
}

/// How many distinct values there are, null and absent left out.
pub(super) fn distinct(values: &[Option<&Value>]) -> usize {
    let filled = values.iter().flatten().filter(|value| !value.is_null());
    filled.map(|value| value.to_string()).collect::<std::collections::BTreeSet<_>>().len()
}
