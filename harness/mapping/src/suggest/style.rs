//! How legacy tells, over all its fields, that there is nothing: by null, or by leaving the field out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::paths::SourcePath;
use super::search::Style;

/// So many examples show it.
const EXAMPLES_MAX: usize = 200;

/// How often an object lies at a place, and each of its fields.
#[derive(Default)]
struct Seen<'e> {
    objects: usize,
    fields: BTreeMap<&'e str, usize>,
    nulls: usize,
}

/// The style of all fields together, where they agree. What is copied whole from the source shows the source's.
pub(super) fn overall(legacy: &[&Value], paths: &[SourcePath<'_>]) -> Style {
    let mut seen = BTreeMap::new();
    for (row, value) in legacy.iter().take(EXAMPLES_MAX).enumerate() {
        walk(value, row, String::from("$"), paths, &mut seen);
    }
    let nulls = seen.values().any(|seen| seen.nulls > 0);
    let absent = seen.values().any(|seen| seen.fields.values().any(|count| *count < seen.objects));
    match (nulls, absent) {
        (true, false) => Style::Null,
        (false, true) => Style::Absent,
        (true, true) | (false, false) => Style::Unknown,
    }
}

fn walk<'e>(
    value: &'e Value,
    row: usize,
    place: String,
    paths: &[SourcePath<'_>],
    seen: &mut BTreeMap<String, Seen<'e>>,
) {
    match value {
        Value::Object(fields) => {
            if paths.iter().any(|path| path.values[row] == Some(value)) {
                return;
            }
            let here = seen.entry(place.clone()).or_default();
            here.objects += 1;
            for (name, inner) in fields {
                *here.fields.entry(name).or_default() += 1;
                here.nulls += usize::from(inner.is_null());
            }
            for (name, inner) in fields {
                walk(inner, row, format!("{place}.{name}"), paths, seen);
            }
        }
        Value::Array(list) => {
            for inner in list {
                walk(inner, row, format!("{place}[*]"), paths, seen);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
