//! Truto's functions on lists, as lodash defines them.

use std::cmp::Ordering;

use jlens_core::{HostCall, Result};
use serde_json::{Map, Value};

use super::js;
use super::{Answer, Arguments, Function, Takes, argument};
use crate::order;
use crate::referral::refer;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "groupBy", takes: Takes::Any(2), call: group_by },
    Function { name: "keyBy", takes: Takes::Any(2), call: key_by },
    Function { name: "compact", takes: Takes::Any(1), call: compact },
    Function { name: "join", takes: Takes::Any(2), call: join },
    Function { name: "orderBy", takes: Takes::Any(3), call: order_by },
    Function { name: "find", takes: Takes::Any(2), call: find },
    Function { name: "lofilter", takes: Takes::Any(2), call: filter },
    Function { name: "chunk", takes: Takes::Any(2), call: chunk },
    Function { name: "difference", takes: Takes::Any(2), call: difference },
    Function { name: "flatten", takes: Takes::Any(1), call: flatten },
    Function { name: "flattenDeep", takes: Takes::Any(1), call: flatten_deep },
    Function { name: "flattenDepth", takes: Takes::Any(2), call: flatten_depth },
    Function { name: "removeEmptyItems", takes: Takes::Any(1), call: remove_empty_items },
    Function { name: "zipSqlResponse", takes: Takes::Any(3), call: zip_sql_response },
];

/// `_.castArray`; undefined becomes an item, which JSON has none for.
fn cast_array(arguments: Arguments<'_>) -> Result<Vec<Value>> {
    match argument(arguments, 0) {
        Some(Value::Array(items)) => Ok(items.clone()),
        Some(value) => Ok(vec![value.clone()]),
        None => Err(refer("a list function of an undefined value answers a list that holds undefined")),
    }
}

/// The same where an undefined item leaves no trace: it is empty, false, and has no members, like null.
fn cast_array_or_null(arguments: Arguments<'_>) -> Vec<Value> {
    match argument(arguments, 0) {
        Some(Value::Array(items)) => items.clone(),
        Some(value) => vec![value.clone()],
        None => vec![Value::Null],
    }
}

fn list(items: Vec<Value>) -> Answer {
    Ok(Some(Value::Array(items)))
}

/// lodash's shorthands for a function of an item.
enum Iteratee {
    Identity,
    Property(String),
    Matches(Map<String, Value>),
    MatchesProperty(String, Value),
}

impl Iteratee {
    fn of(argument: Option<&Value>) -> Result<Iteratee> {
        match argument {
            None | Some(Value::Null) => Ok(Iteratee::Identity),
            Some(Value::String(path)) => Ok(Iteratee::Property(path.clone())),
            Some(Value::Object(source)) => Ok(Iteratee::Matches(source.clone())),
            Some(Value::Array(pair)) => match pair.as_slice() {
                [Value::String(path), wanted] => Ok(Iteratee::MatchesProperty(path.clone(), wanted.clone())),
                _ => Err(refer("a lodash predicate that is an odd list")),
            },
            Some(_) => Err(refer("a lodash predicate that is a scalar")),
        }
    }

    fn value<'v>(&self, item: &'v Value) -> Result<Option<&'v Value>> {
        match self {
            Iteratee::Identity => Ok(Some(item)),
            Iteratee::Property(path) => property(item, path),
            Iteratee::Matches(_) | Iteratee::MatchesProperty(..) => Err(refer("grouping by a predicate")),
        }
    }

    fn holds(&self, item: &Value) -> Result<bool> {
        match self {
            Iteratee::Identity => Ok(js::truthy(Some(item))),
            Iteratee::Property(path) => Ok(js::truthy(property(item, path)?)),
            Iteratee::Matches(source) => matches(item, source),
            Iteratee::MatchesProperty(path, wanted) => {
                if wanted.is_array() || wanted.is_object() {
                    return Err(refer("a lodash predicate that compares objects"));
                }
                js::same(property(item, path)?, Some(wanted))
            }
        }
    }
}

fn property<'v>(item: &'v Value, path: &str) -> Result<Option<&'v Value>> {
    js::get(Some(item), path)
}

/// Whether an item has all that a source has, at any depth.
fn matches(item: &Value, source: &Map<String, Value>) -> Result<bool> {
    for (key, wanted) in source {
        let found = match item {
            Value::Null => return Ok(false),
            Value::Object(_) => js::member(Some(item), key)?,
            _ => return Err(refer("a predicate of members on an item that is no object")),
        };
        let holds = match (found, wanted) {
            (_, Value::Array(_)) => return Err(refer("a predicate that holds a list")),
            (Some(Value::Object(_)), Value::Object(inner)) => {
                found.map_or(Ok(false), |found| matches(found, inner))?
            }
            (_, Value::Object(_)) => false,
            _ => js::same(found, Some(wanted))?,
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn keyed(arguments: Arguments<'_>, mut put: impl FnMut(&mut Map<String, Value>, String, Value)) -> Answer {
    let iteratee = Iteratee::of(argument(arguments, 1))?;
    let mut groups = Map::new();
    for item in cast_array(arguments)? {
        let key = js::string(iteratee.value(&item)?)?;
        if key == "__proto__" {
            return Err(refer("a key named __proto__"));
        }
        put(&mut groups, key, item);
    }
    Ok(Some(Value::Object(order::object(groups))))
}

fn group_by(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    keyed(arguments, |groups, key, item| {
        match groups.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(group) => group.push(item),
            other => *other = Value::Array(vec![item]),
        }
    })
}

fn key_by(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    keyed(arguments, |groups, key, item| {
        groups.insert(key, item);
    })
}

fn compact(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    list(cast_array_or_null(arguments).into_iter().filter(|item| js::truthy(Some(item))).collect())
}

fn join(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let separator = match argument(arguments, 1) {
        None => ",".to_owned(),
        separator => js::string(separator)?,
    };
    Ok(Some(Value::from(js::join(&cast_array_or_null(arguments), &separator)?)))
}

fn find(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let iteratee = Iteratee::of(argument(arguments, 1))?;
    for item in cast_array_or_null(arguments) {
        if iteratee.holds(&item)? {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn filter(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let iteratee = Iteratee::of(argument(arguments, 1))?;
    let mut kept = Vec::new();
    for item in cast_array_or_null(arguments) {
        if iteratee.holds(&item)? {
            kept.push(item);
        }
    }
    list(kept)
}

fn order_by(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let many = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.clone(),
        Some(value) => vec![value.clone()],
    };
    let mut iteratees = Vec::new();
    for iteratee in many(argument(arguments, 1)) {
        if !iteratee.is_string() {
            return Err(refer("ordering by what is no field"));
        }
        iteratees.push(Iteratee::of(Some(&iteratee))?);
    }
    if iteratees.is_empty() {
        iteratees.push(Iteratee::Identity);
    }
    let orders = many(argument(arguments, 2));
    let items = cast_array(arguments)?;
    let mut rows = Vec::with_capacity(items.len());
    for item in &items {
        let keys: Vec<Option<&Value>> =
            iteratees.iter().map(|iteratee| iteratee.value(item)).collect::<Result<_>>()?;
        rows.push((keys, item));
    }
    for column in 0..iteratees.len() {
        comparable(rows.iter().map(|(keys, _)| keys[column]))?;
    }
    rows.sort_by(|(left, _), (right, _)| {
        let columns = left.iter().zip(right).enumerate();
        columns.fold(Ordering::Equal, |order, (column, (left, right))| {
            order.then_with(|| match orders.get(column).and_then(Value::as_str) {
                Some("desc") => ascending(*right, *left),
                _ => ascending(*left, *right),
            })
        })
    });
    list(rows.into_iter().map(|(_, item)| item.clone()).collect())
}

/// JavaScript compares a text with a number as numbers, which is no order.
fn comparable<'v>(keys: impl Iterator<Item = Option<&'v Value>>) -> Result<()> {
    let mut kinds = [false; 3];
    for key in keys {
        match key {
            None | Some(Value::Null) => {}
            Some(Value::Bool(_)) => kinds[0] = true,
            Some(Value::Number(_)) => kinds[1] = true,
            Some(Value::String(_)) => kinds[2] = true,
            Some(Value::Array(_) | Value::Object(_)) => return Err(refer("ordering by lists or objects")),
        }
    }
    if kinds.iter().filter(|kind| **kind).count() > 1 {
        return Err(refer("ordering by values of several types"));
    }
    Ok(())
}

/// Values, then null, then undefined.
fn ascending(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    let class = |value: Option<&Value>| match value {
        Some(Value::Null) => 1,
        Some(_) => 0,
        None => 2,
    };
    class(left).cmp(&class(right)).then_with(|| match (left, right) {
        (Some(Value::String(left)), Some(Value::String(right))) => js::compare_texts(left, right),
        (Some(Value::Bool(left)), Some(Value::Bool(right))) => left.cmp(right),
        _ => js::number(left).partial_cmp(&js::number(right)).unwrap_or(Ordering::Equal),
    })
}

fn chunk(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let size = match argument(arguments, 1) {
        None => 1.0,
        Some(Value::Number(_)) => js::number(argument(arguments, 1)).unwrap_or(0.0).trunc(),
        Some(_) => return Err(refer("a chunk's size that is no number")),
    };
    let items = cast_array(arguments)?;
    if size < 1.0 {
        return list(Vec::new());
    }
    list(items.chunks(size as usize).map(|chunk| Value::Array(chunk.to_vec())).collect())
}

fn difference(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let Some(Value::Array(items)) = argument(arguments, 0) else { return list(Vec::new()) };
    let without = match argument(arguments, 1) {
        Some(Value::Array(without)) => without.as_slice(),
        _ => &[],
    };
    let mut kept = Vec::new();
    for item in items {
        let mut found = false;
        for other in without {
            found |= js::same(Some(item), Some(other))?;
        }
        if !found {
            kept.push(item.clone());
        }
    }
    list(kept)
}

fn flatten_to(items: Vec<Value>, depth: f64) -> Vec<Value> {
    let mut flat = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::Array(inner) if depth >= 1.0 => flat.extend(flatten_to(inner, depth - 1.0)),
            other => flat.push(other),
        }
    }
    flat
}

fn flatten(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    list(flatten_to(cast_array(arguments)?, 1.0))
}

fn flatten_deep(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    list(flatten_to(cast_array(arguments)?, f64::INFINITY))
}

fn flatten_depth(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let depth = match argument(arguments, 1) {
        None => 1.0,
        Some(Value::Number(_)) => js::number(argument(arguments, 1)).unwrap_or(0.0).trunc(),
        Some(_) => return Err(refer("a depth that is no number")),
    };
    list(flatten_to(cast_array(arguments)?, depth))
}

fn remove_empty_items(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let Some(Value::Array(items)) = argument(arguments, 0) else {
        return Ok(argument(arguments, 0).cloned());
    };
    let kept = items.iter().filter(|item| match item {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        scalar => js::truthy(Some(scalar)),
    });
    list(kept.cloned().collect())
}

fn zip_sql_response(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let (Some(Value::Array(columns)), Some(Value::Array(rows)), Some(Value::String(key))) =
        (argument(arguments, 0), argument(arguments, 1), argument(arguments, 2))
    else {
        return Err(refer("$zipSqlResponse of what are no lists"));
    };
    let mut names = Vec::with_capacity(columns.len());
    for column in columns {
        match column {
            Value::Object(column) if column.contains_key(key) => names.push(js::string(column.get(key))?),
            _ => return Err(refer("a column without the key")),
        }
    }
    let mut zipped = Vec::with_capacity(rows.len());
    for row in rows {
        let Value::Array(cells) = row else { return Err(refer("a row that is no list")) };
        let cells = names.iter().cloned().zip(cells.iter().cloned());
        zipped.push(Value::Object(order::object(cells.collect())));
    }
    list(zipped)
}
