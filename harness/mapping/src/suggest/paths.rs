//! The places of a source that a mapping may read, each with its value in every example.

use std::collections::BTreeSet;

use serde_json::Value;

use super::names::Name;

/// More places than this are no record; the rest is not looked at, and the draft says so.
pub(super) const PATHS_MAX: usize = 2_000;

/// Deeper places are not looked at.
const DEPTH_MAX: usize = 6;

/// A field with more values than this does not tell the elements of a list apart by kind.
const KINDS_MAX: usize = 8;

/// One place.
#[derive(Debug)]
pub(super) struct SourcePath<'e> {
    /// As JSONata.
    pub(super) expression: String,
    /// The names on the way.
    pub(super) names: Vec<Name>,
    /// What lies there in each example.
    pub(super) values: Vec<Option<&'e Value>>,
}

/// All places of the sources, the source itself first, outer ones before inner ones.
pub(super) fn paths<'e>(sources: &[Option<&'e Value>]) -> Vec<SourcePath<'e>> {
    let root = SourcePath { expression: "$".into(), names: Vec::new(), values: sources.to_vec() };
    let mut out = vec![root];
    let mut at = 0;
    while at < out.len() && out.len() < PATHS_MAX {
        if out[at].names.len() < DEPTH_MAX {
            let inner = inner(&out[at]);
            out.extend(inner);
        }
        at += 1;
    }
    out.truncate(PATHS_MAX);
    out
}

fn inner<'e>(path: &SourcePath<'e>) -> Vec<SourcePath<'e>> {
    let mut keys: Vec<&'e str> = Vec::new();
    let mut known: BTreeSet<&'e str> = BTreeSet::new();
    for map in path.values.iter().filter_map(|value| value.and_then(Value::as_object)) {
        keys.extend(map.keys().map(String::as_str).filter(|key| known.insert(key)));
    }
    let fields = keys.into_iter().filter_map(|key| {
        let values = path.values.iter().map(|value| value.and_then(|value| value.get(key))).collect();
        step(path, &quoted(key)?, Some(key), values)
    });
    let mut out: Vec<SourcePath<'e>> = fields.collect();
    out.extend(kinds(path));
    out
}

/// The one element of a list that has a certain value in a certain field: `emails[type = "work"]`.
fn kinds<'e>(path: &SourcePath<'e>) -> Vec<SourcePath<'e>> {
    let elements = path.values.iter().filter_map(|value| value.and_then(Value::as_array)).flatten();
    let objects: Vec<_> = elements.filter_map(Value::as_object).collect();
    let fields: BTreeSet<&str> =
        objects.iter().flat_map(|object| object.keys().map(String::as_str)).collect();
    let mut out = Vec::new();
    for field in fields {
        let kinds: BTreeSet<&str> =
            objects.iter().filter_map(|object| object.get(field).and_then(Value::as_str)).collect();
        let Some(name) = quoted(field) else { continue };
        if kinds.len() > KINDS_MAX || kinds.len() * 2 > objects.len() {
            continue;
        }
        for kind in kinds {
            let values = path.values.iter().map(|value| {
                let list = value.and_then(Value::as_array)?;
                let mut found =
                    list.iter().filter(|one| one.get(field).and_then(Value::as_str) == Some(kind));
                found.next().filter(|_| found.next().is_none())
            });
            let filter = format!("[{name} = {}]", text(kind));
            let expression = format!("{}{filter}", path.expression);
            out.push(SourcePath { expression, names: path.names.clone(), values: values.collect() });
            let last = out.last_mut().expect("it was pushed above");
            last.names.push(Name::new(kind));
        }
    }
    out
}

fn step<'e>(
    path: &SourcePath<'e>,
    quoted: &str,
    name: Option<&str>,
    values: Vec<Option<&'e Value>>,
) -> Option<SourcePath<'e>> {
    let expression =
        if path.expression == "$" { quoted.to_owned() } else { format!("{}.{quoted}", path.expression) };
    let mut names = path.names.clone();
    names.extend(name.map(Name::new));
    Some(SourcePath { expression, names, values })
}

/// A name as JSONata reads it; none for what it cannot spell.
pub(super) fn quoted(name: &str) -> Option<String> {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !["and", "or", "in", "function", "true", "false", "null"].contains(&name);
    match plain {
        true => Some(name.to_owned()),
        false if name.contains('`') || name.is_empty() => None,
        false => Some(format!("`{name}`")),
    }
}

/// A text as JSONata writes it.
pub(super) fn text(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_place_is_listed_with_its_value_in_each_example() {
        let sources = [
            json!({"a": {"b-c": 1}, "list": [{"type": "x", "n": 1}, {"type": "y", "n": 2}]}),
            json!({"a": null, "list": [{"type": "y", "n": 3}, {"type": "x", "n": 4}], "and": 2}),
        ];
        let sources: Vec<_> = sources.iter().map(Some).collect();
        let shown: Vec<String> = paths(&sources)
            .iter()
            .skip(1)
            .map(|path| {
                let value = |value: &Option<&Value>| value.map_or("-".into(), Value::to_string);
                format!("{} {}", path.expression, path.values.iter().map(value).collect::<Vec<_>>().join(" "))
            })
            .filter(|line| !line.contains("{"))
            .collect();
        assert_eq!(
            shown,
            [
                "`and` - 2",
                "a.`b-c` 1 -",
                "list[type = \"x\"].type \"x\" \"x\"",
                "list[type = \"x\"].n 1 4",
                "list[type = \"y\"].type \"y\" \"y\"",
                "list[type = \"y\"].n 2 3",
            ]
        );
    }
}
