//! Truto's functions on objects: lodash's, its own, and the built-ins that it overrides.

use jlens_core::{HostCall, Result};
use serde_json::{Map, Value};

use super::js;
use super::{Answer, Arguments, Function, Takes, argument};
use crate::order;
use crate::referral::refer;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "keys", takes: Takes::Signature("<x-:a<s>>"), call: keys },
    Function { name: "each", takes: Takes::Signature("<o-f:a>"), call: each },
    Function { name: "sift", takes: Takes::Signature("<o-f?:o>"), call: sift },
    Function { name: "pick", takes: Takes::Any(2), call: pick },
    Function { name: "omit", takes: Takes::Any(2), call: omit },
    Function { name: "values", takes: Takes::Any(1), call: values },
    Function { name: "mapValues", takes: Takes::Any(2), call: map_values },
    Function { name: "firstNonEmpty", takes: Takes::Any(0), call: first_non_empty },
    Function { name: "removeEmpty", takes: Takes::Any(1), call: remove_empty },
];

/// Unlike the built-in, the answer is no sequence: none is undefined, one is itself, more are a plain list.
fn collapse(mut items: Vec<Value>) -> Answer {
    Ok(match items.len() {
        0 => None,
        1 => items.pop(),
        _ => Some(Value::Array(items)),
    })
}

fn keys(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let mut names = Vec::new();
    if let Some(value) = argument(arguments, 0) {
        collect_keys(value, &mut names);
    }
    collapse(names)
}

fn collect_keys(value: &Value, names: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            let mut own: Vec<&String> = map.keys().collect();
            own.sort_by_key(|key| order::rank(key));
            names.extend(own.into_iter().map(|key| Value::from(key.as_str())));
        }
        Value::Array(items) => {
            let mut all = Vec::new();
            for item in items {
                collect_keys(item, &mut all);
            }
            let mut seen = std::collections::BTreeSet::new();
            names.extend(all.into_iter().filter(|name| seen.insert(name.to_string())));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The entries in JavaScript's order, with what a callback that declares so many parameters is given.
fn entries(map: &Map<String, Value>, arity: usize) -> Vec<(String, Vec<Option<Value>>)> {
    let whole = || Some(Value::Object(map.clone()));
    let mut entries: Vec<_> = map
        .iter()
        .map(|(key, value)| {
            let mut given = vec![Some(value.clone())];
            if arity >= 2 {
                given.push(Some(Value::from(key.as_str())));
            }
            if arity >= 3 {
                given.push(whole());
            }
            (key.clone(), given)
        })
        .collect();
    entries.sort_by_key(|(key, _)| order::rank(key));
    entries
}

fn each(arguments: Arguments<'_>, call: &HostCall<'_>) -> Answer {
    let Some(Value::Object(map)) = argument(arguments, 0) else { return Ok(None) };
    let callback = call.function(1).ok_or_else(|| refer("$each without a function"))?;
    let mut answers = Vec::new();
    for (_, given) in entries(map, callback.arity()) {
        answers.extend(callback.call(&given)?);
    }
    collapse(answers)
}

fn sift(arguments: Arguments<'_>, call: &HostCall<'_>) -> Answer {
    let Some(Value::Object(map)) = argument(arguments, 0) else { return Ok(None) };
    let callback = call.function(1).ok_or_else(|| refer("$sift without a function"))?;
    let mut kept = Map::new();
    for (key, given) in entries(map, callback.arity()) {
        if effective(callback.call(&given)?.as_ref()) {
            let value = map[&key].clone();
            kept.insert(key, value);
        }
    }
    Ok(if kept.is_empty() { None } else { Some(Value::Object(kept)) })
}

/// JSONata's truth: an empty object is false, a list is true where one of its items is.
fn effective(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Array(items)) => items.iter().any(|item| effective(Some(item))),
        Some(Value::Object(map)) => !map.is_empty(),
        scalar => js::truthy(scalar),
    }
}

/// The keys that `_.pick` and `_.omit` are given: one or a list, in which lists are flattened.
fn wanted(value: Option<&Value>) -> Result<Vec<String>> {
    match value {
        None => Err(refer("a list of keys that is undefined")),
        Some(Value::Array(items)) => {
            let keys: Result<Vec<Vec<String>>> = items.iter().map(|item| wanted(Some(item))).collect();
            Ok(keys?.concat())
        }
        Some(Value::String(key)) => Ok(vec![key.clone()]),
        Some(_) => Err(refer("a key that is no text")),
    }
}

fn pick(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let object = match argument(arguments, 0) {
        None | Some(Value::Null) => return Ok(Some(Value::Object(Map::new()))),
        Some(object @ Value::Object(_)) => object,
        Some(_) => return Err(refer("$pick of what is no object")),
    };
    let mut picked = Map::new();
    for key in wanted(argument(arguments, 1))? {
        let path = js::path_in(&key, Some(object))?;
        let mut found = Some(object);
        for part in &path {
            if !matches!(found, Some(Value::Object(_)) | None) {
                return Err(refer("$pick of a path through what is no object"));
            }
            found = js::member(found, part)?;
        }
        if let Some(found) = found {
            set(&mut picked, &path, found.clone())?;
        }
    }
    Ok(Some(Value::Object(order::object(picked))))
}

fn set(map: &mut Map<String, Value>, path: &[String], value: Value) -> Result<()> {
    let [first, rest @ ..] = path else { return Ok(()) };
    if rest.is_empty() {
        map.insert(first.clone(), value);
        return Ok(());
    }
    match map.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => set(inner, rest, value),
        _ => Err(refer("$pick of a path and of what it goes through")),
    }
}

fn omit(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let mut object = match argument(arguments, 0) {
        None | Some(Value::Null) => return Ok(Some(Value::Object(Map::new()))),
        Some(Value::Object(object)) => object.clone(),
        Some(_) => return Err(refer("$omit of what is no object")),
    };
    if argument(arguments, 1).is_none() {
        return Err(refer("a list of keys that is undefined"));
    }
    let original = Value::Object(object.clone());
    for key in wanted(argument(arguments, 1))? {
        let path = js::path_in(&key, Some(&original))?;
        unset(&mut object, &path)?;
    }
    Ok(Some(Value::Object(order::object(object))))
}

fn unset(map: &mut Map<String, Value>, path: &[String]) -> Result<()> {
    match path {
        [] => {}
        [last] => {
            map.shift_remove(last);
        }
        [first, rest @ ..] => match map.get_mut(first) {
            Some(Value::Object(inner)) => unset(inner, rest)?,
            Some(Value::Array(_)) => return Err(refer("$omit of a path through a list")),
            _ => {}
        },
    }
    Ok(())
}

fn values(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    Ok(Some(Value::Array(match argument(arguments, 0) {
        None | Some(Value::Null | Value::Bool(_) | Value::Number(_)) => Vec::new(),
        Some(Value::Array(items)) => items.clone(),
        Some(Value::Object(map)) => {
            // An object with a length is taken for a list.
            if map.contains_key("length") {
                return Err(refer("$values of an object that has a length"));
            }
            order::object(map.clone()).into_iter().map(|(_, value)| value).collect()
        }
        Some(Value::String(text)) => {
            if !text.is_ascii() {
                return Err(refer("$values of a text beyond ASCII"));
            }
            text.chars().map(|character| Value::from(character.to_string())).collect()
        }
    })))
}

fn map_values(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let original = argument(arguments, 0);
    let default = argument(arguments, 3).filter(|default| !default.is_null());
    if let (None | Some(Value::Null), Some(default)) = (original, default) {
        return Ok(Some(default.clone()));
    }
    let mapping = match argument(arguments, 1) {
        None | Some(Value::Null) => return Ok(original.cloned()),
        Some(Value::Object(mapping)) => mapping,
        Some(_) => return Err(refer("$mapValues with a mapping that is no object")),
    };
    let keeps_case = js::truthy(argument(arguments, 2));
    let mut table = Map::new();
    for (key, value) in order::object(mapping.clone()) {
        table.insert(if keeps_case { key } else { key.to_lowercase() }, value);
    }
    original.map(|original| mapped(original, &table)).transpose()
}

fn mapped(value: &Value, table: &Map<String, Value>) -> Result<Value> {
    Ok(match value {
        Value::String(_) | Value::Number(_) => {
            let key = js::string(Some(value))?.to_lowercase();
            match table.get(&key) {
                None if key == "constructor" || key == "__proto__" => {
                    return Err(refer("a value named like a method"));
                }
                None | Some(Value::Null) => value.clone(),
                Some(found) => found.clone(),
            }
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| mapped(item, table)).collect::<Result<_>>()?)
        }
        Value::Object(map) => {
            let entries = map.iter().map(|(key, item)| Ok((key.clone(), mapped(item, table)?)));
            Value::Object(order::object(entries.collect::<Result<_>>()?))
        }
        Value::Null | Value::Bool(_) => value.clone(),
    })
}

fn first_non_empty(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    Ok(arguments.iter().flatten().find(|argument| !argument.is_null()).cloned())
}

fn remove_empty(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let argument = argument(arguments, 0);
    let has_length = match argument {
        None | Some(Value::Null) => return Err(js::type_error("$removeEmpty of an undefined or null value")),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Object(map)) => js::truthy(map.get("length")),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    };
    Ok(argument.filter(|_| has_length).cloned())
}
