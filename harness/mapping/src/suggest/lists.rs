//! Explains a list: an element for each of another list, or built of single fields, or the entries of an object.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::evidence::LABEL_MIN;
use super::names::Likeness;
use super::paths::{self, SourcePath, quoted, text};
use super::record::{self, Element, Node, condition, count, element_target, positions, reads, with_presence};
use super::search::{Target, Within};

/// A built list of more kinds of elements is no built list.
const KINDS_MAX: usize = 12;

/// A field so named tells of what kind an element is.
const LABEL_WORDS: &[&str] = &["type", "label", "kind", "category", "role", "rel"];

/// Lists of the source that are tried as the origin of one list.
const ORIGINS_MAX: usize = 40;

/// Of those that have as many elements as legacy has.
const EXPLAINED_MAX: usize = 4;

/// A field with more values is no filter.
const FILTER_VALUES_MAX: usize = 6;

/// Neighbours in an order; each is as good as a coin, and there are as many fields that may order a list by chance.
const NEIGHBOURS_MIN: usize = 16;

/// Elements in all examples; fewer prove nothing about an element.
const ELEMENTS_MIN: usize = 2;

/// Explains a list of which some example has an element.
pub(super) fn list(target: &Target<'_>, paths: &[SourcePath<'_>]) -> Node {
    let rows = positions(&target.values, |value| value.is_some_and(Value::is_array));
    if let Some(node) = entries(target, &rows, paths) {
        return node;
    }
    let each = each(target, &rows, paths);
    if each.as_ref().is_some_and(|node| count(node).1 == 0) {
        return each.expect("it was looked at above");
    }
    let built = built(target, &rows, paths);
    match (each, built) {
        (Some(each), Ok(built)) if count(&each).0 > count(&built).0 => each,
        (_, Ok(built)) => built,
        (Some(each), Err(_)) => each,
        (None, Err(note)) => Node::Open(note),
    }
}

/// For each element of another list one, in the same order.
fn each(target: &Target<'_>, at: &[usize], paths: &[SourcePath<'_>]) -> Option<Node> {
    let lists = at.iter().filter_map(|at| target.values[*at].and_then(Value::as_array));
    let elements: Vec<&Value> = lists.flatten().collect();
    if elements.len() < ELEMENTS_MIN {
        return None;
    }
    let origins = paths.iter().filter(|path| {
        path.values.iter().flatten().any(|value| value.is_array())
            && path.values.iter().flatten().all(|value| value.is_array() || value.is_null())
    });
    let mut selected: Vec<_> = origins
        .take(ORIGINS_MAX)
        .flat_map(|origin| selections(target, at, origin).into_iter().map(move |one| (origin, one)))
        .collect();
    // Each is explained with all lists in it: the likeliest few must do, or nested lists would multiply.
    selected.sort_by_key(|(origin, _)| std::cmp::Reverse(target.name.likeness(&origin.names)));
    selected.truncate(EXPLAINED_MAX);
    let mut best: Option<((usize, usize, Likeness), Node)> = None;
    let mut is_tied = false;
    for (origin, (expression, sources)) in selected {
        let inner_paths = paths::paths(&sources.iter().map(|source| Some(*source)).collect::<Vec<_>>());
        let inner = Target {
            name: target.name.clone(),
            rows: (0..elements.len()).collect(),
            values: elements.iter().map(|element| Some(*element)).collect(),
            style: target.style,
            within: Within::Record,
        };
        let body = record::value(inner, &inner_paths);
        let (coded, open) = count(&body);
        let mut read = Vec::new();
        reads(&body, &mut read);
        if coded == 0 || read.is_empty() {
            continue;
        }
        let rank = (usize::MAX - open, coded, target.name.likeness(&origin.names));
        is_tied = best.as_ref().map_or(is_tied, |(known, _)| rank == *known || (is_tied && rank < *known));
        if best.as_ref().is_none_or(|(known, _)| rank > *known) {
            let note = format!("{} elements in {} recordings", elements.len(), at.len());
            let node = Node::Each { presence: None, list: expression, body: Box::new(body), note };
            best = Some((rank, node));
        }
    }
    if is_tied {
        return None;
    }
    let (_, node) = best?;
    let Node::Each { ref list, .. } = node else { return None };
    let origin = paths.iter().position(|path| path.expression == list.split('^').next().unwrap_or(list));
    match (at.len() == target.values.len(), origin) {
        (true, _) => Some(node),
        (false, Some(origin)) => {
            let others = positions(&target.values, |value| !value.is_some_and(Value::is_array));
            let rows = |at: &[usize]| at.iter().map(|at| target.rows[*at]).collect::<Vec<_>>();
            condition(&rows(at), &rows(&others), &[origin], paths)?;
            Some(with_presence_of(node, target, at, paths, origin))
        }
        (false, None) => None,
    }
}

fn with_presence_of(
    node: Node,
    target: &Target<'_>,
    at: &[usize],
    paths: &[SourcePath<'_>],
    origin: usize,
) -> Node {
    // The origin stands in for what the body reads, whose places are seen from an element.
    let stand_in = Node::Code { expression: String::new(), reads: vec![origin], note: String::new() };
    let stand_in = Node::Record { presence: None, fields: vec![(String::new(), stand_in)] };
    match (with_presence(stand_in, target, at, paths), node) {
        (Node::Record { presence, .. }, Node::Each { list, body, note, .. }) => {
            Node::Each { presence, list, body, note }
        }
        (_, _) => Node::Open("no place of the source tells when it is there".to_owned()),
    }
}

/// The whole list, or those of its elements that have a certain value in a field, where there are as many as in legacy.
fn selections<'e>(
    target: &Target<'e>,
    at: &[usize],
    origin: &SourcePath<'e>,
) -> Vec<(String, Vec<&'e Value>)> {
    let of_row = |at: &usize| match origin.values[target.rows[*at]] {
        Some(Value::Array(list)) => list.as_slice(),
        _ => &[],
    };
    let select = |keep: &dyn Fn(&Value) -> bool| {
        let mut out: Vec<&'e Value> = Vec::new();
        for row in at {
            let wanted = target.values[*row].and_then(Value::as_array).map_or(0, Vec::len);
            let before = out.len();
            out.extend(of_row(row).iter().filter(|element| keep(element)));
            if out.len() - before != wanted {
                return None;
            }
        }
        Some(out)
    };
    if let Some(all) = select(&|_| true) {
        let sorted = sorted(target, at, origin);
        return std::iter::once((origin.expression.clone(), all)).chain(sorted).collect();
    }
    let all: Vec<&Value> = at.iter().flat_map(|row| of_row(row).iter()).collect();
    let fields: BTreeSet<&str> =
        all.iter().filter_map(|one| one.as_object()).flat_map(|one| one.keys().map(String::as_str)).collect();
    let mut out = Vec::new();
    for field in fields {
        let values: BTreeMap<String, &Value> = all
            .iter()
            .filter_map(|one| one.get(field))
            .filter(|value| value.is_string() || value.is_boolean())
            .map(|value| (value.to_string(), value))
            .collect();
        let Some(name) = quoted(field) else { continue };
        if values.len() <= FILTER_VALUES_MAX {
            out.extend(values.iter().filter_map(|(shown, wanted)| {
                let keep = |one: &Value| one.get(field) == Some(wanted);
                select(&keep).map(|list| (format!("{}[{name} = {shown}]", origin.expression), list))
            }));
        }
    }
    // Several filters that select alike: which one is meant is not known.
    let is_clear = out.windows(2).all(|two: &[(String, Vec<&Value>)]| {
        two[0].1.len() != two[1].1.len() || two[0].1.iter().zip(&two[1].1).any(|(a, b)| !std::ptr::eq(*a, *b))
    });
    if is_clear { out } else { Vec::new() }
}

/// The elements in legacy's order, where they are joined by a key and a field of theirs gives that order.
fn sorted<'e>(
    target: &Target<'e>,
    at: &[usize],
    origin: &SourcePath<'e>,
) -> Option<(String, Vec<&'e Value>)> {
    let joined = joined(target, at, origin)?;
    let neighbours: usize = joined.iter().map(|row| row.len().saturating_sub(1)).sum();
    if neighbours < NEIGHBOURS_MIN {
        return None;
    }
    let keys = joined.iter().flatten().find_map(|one| one.as_object())?.keys();
    let mut orders = keys.filter_map(|key| {
        let name = quoted(key)?;
        let holds = |is_before: fn(&Value, &Value) -> bool| {
            joined.iter().all(|row| {
                row.windows(2).all(|two| match (two[0].get(key), two[1].get(key)) {
                    (Some(one), Some(other)) => is_before(one, other),
                    _ => false,
                })
            })
        };
        match (holds(is_less), holds(|one, other| is_less(other, one))) {
            (true, false) => Some(format!("({name})")),
            (false, true) => Some(format!("(>{name})")),
            (true, true) | (false, false) => None,
        }
    });
    let order = orders.next().filter(|_| orders.next().is_none())?;
    Some((format!("{}^{order}", origin.expression), joined.into_iter().flatten().collect()))
}

fn is_less(one: &Value, other: &Value) -> bool {
    match (one, other) {
        // JavaScript compares texts by their UTF-16 units.
        (Value::String(one), Value::String(other)) => one.encode_utf16().lt(other.encode_utf16()),
        (Value::Number(one), Value::Number(other)) => one.as_f64() < other.as_f64(),
        _ => false,
    }
}

/// For each list of legacy the elements of the source with the same keys, in legacy's order; none where that is the
/// source's order everywhere, or where no field of each is a key.
fn joined<'e>(target: &Target<'e>, at: &[usize], origin: &SourcePath<'e>) -> Option<Vec<Vec<&'e Value>>> {
    let rows: Vec<(&'e Vec<Value>, &'e Vec<Value>)> = at
        .iter()
        .map(|at| Some((origin.values[target.rows[*at]]?.as_array()?, target.values[*at]?.as_array()?)))
        .collect::<Option<_>>()?;
    let (source, legacy) = rows.iter().find(|(source, _)| !source.is_empty())?;
    let (source, legacy) = (source.first()?.as_object()?, legacy.first()?.as_object()?);
    for key in legacy.keys() {
        for of_source in source.keys() {
            let join = |(source, legacy): &(&'e Vec<Value>, &'e Vec<Value>)| {
                legacy
                    .iter()
                    .map(|element| {
                        let wanted = element.get(key).filter(|key| key.is_string() || key.is_number())?;
                        let mut found = source.iter().filter(|one| one.get(of_source) == Some(wanted));
                        found.next().filter(|_| found.next().is_none())
                    })
                    .collect::<Option<Vec<&'e Value>>>()
            };
            let Some(joined) = rows.iter().map(join).collect::<Option<Vec<_>>>() else { continue };
            let is_moved = joined
                .iter()
                .zip(&rows)
                .any(|(joined, (source, _))| joined.iter().zip(*source).any(|(a, b)| !std::ptr::eq(*a, b)));
            return is_moved.then_some(joined);
        }
    }
    None
}

/// A list whose elements come from single fields, each kind under its condition.
fn built(target: &Target<'_>, at: &[usize], paths: &[SourcePath<'_>]) -> Result<Node, String> {
    let lists: Vec<(usize, &Vec<Value>)> = at
        .iter()
        .filter_map(|at| target.values[*at].and_then(Value::as_array).map(|list| (target.rows[*at], list)))
        .collect();
    let total: usize = lists.iter().map(|(_, list)| list.len()).sum();
    let told = format!("{total} elements in {} recordings", lists.len());
    if lists.iter().any(|(_, list)| list.iter().any(|element| !element.is_object())) {
        return Err(format!("no list of the source explains it ({told})"));
    }
    let label = label(&lists);
    if label.is_none() && lists.iter().any(|(_, list)| list.len() > 1) {
        return Err(format!(
            "no list of the source explains it, and no field tells its elements apart ({told})"
        ));
    }
    let kinds = kinds(&lists, label).ok_or("its elements have no one order")?;
    let mut elements = Vec::new();
    for kind in kinds {
        let of_kind: Vec<(usize, &Value)> = lists
            .iter()
            .flat_map(|(row, list)| list.iter().map(move |element| (*row, element)))
            .filter(|(_, element)| kind_of(element, label) == kind)
            .collect();
        let shown = kind.map_or(String::new(), |kind| format!(" of kind {}", text(kind)));
        if of_kind.len() < LABEL_MIN {
            return Err(format!(
                "elements{shown} were seen only {} times, too few to explain",
                of_kind.len()
            ));
        }
        let present: Vec<usize> = of_kind.iter().map(|(row, _)| *row).collect();
        let absent: Vec<usize> = target.rows.iter().filter(|row| !present.contains(row)).copied().collect();
        let inner = element_target(target, of_kind);
        let all: Vec<usize> = (0..inner.values.len()).collect();
        let body = Node::Record { presence: None, fields: record::fields(&inner, &all, paths) };
        let mut used = Vec::new();
        reads(&body, &mut used);
        let condition = condition(&present, &absent, &used, paths)
            .ok_or_else(|| format!("no place of the source tells when an element{shown} is there"))?;
        elements.push(Element { label: kind.map(str::to_owned), condition, body });
    }
    let node = Node::Built { presence: None, label: label.map(str::to_owned), elements };
    Ok(with_presence(node, target, at, paths))
}

/// The field whose text is another one in each element of a list, and one of a few over all.
fn label<'e>(lists: &[(usize, &'e Vec<Value>)]) -> Option<&'e str> {
    let first = lists.iter().find_map(|(_, list)| list.first())?.as_object()?;
    let fits = |field: &&String| {
        let mut all = BTreeSet::new();
        let is_own = lists.iter().all(|(_, list)| {
            let texts: Vec<Option<&str>> =
                list.iter().map(|element| element.get(field.as_str()).and_then(Value::as_str)).collect();
            let own: BTreeSet<&str> = texts.iter().flatten().copied().collect();
            all.extend(own.iter().copied());
            own.len() == list.len()
        });
        (is_own && all.len() <= KINDS_MAX).then_some(all.len())
    };
    let fields = first.keys().filter_map(|field| fits(&field).map(|kinds| (kinds, field)));
    // A value that repeats by chance has more kinds than a label has.
    let names_a_kind = |field: &str| LABEL_WORDS.iter().any(|word| field.to_lowercase().contains(word));
    fields.min_by_key(|(kinds, field)| (*kinds, !names_a_kind(field))).map(|(_, field)| field.as_str())
}

fn kind_of<'e>(element: &'e Value, label: Option<&str>) -> Option<&'e str> {
    label.and_then(|label| element.get(label)).and_then(Value::as_str)
}

/// The kinds in an order that all lists keep.
fn kinds<'e>(lists: &[(usize, &'e Vec<Value>)], label: Option<&str>) -> Option<Vec<Option<&'e str>>> {
    let mut left: Vec<Option<&str>> = Vec::new();
    let mut before: BTreeSet<(Option<&str>, Option<&str>)> = BTreeSet::new();
    for (_, list) in lists {
        let kinds: Vec<Option<&str>> = list.iter().map(|element| kind_of(element, label)).collect();
        for (at, kind) in kinds.iter().enumerate() {
            if !left.contains(kind) {
                left.push(*kind);
            }
            before.extend(kinds[..at].iter().map(|earlier| (*earlier, *kind)));
        }
    }
    let mut out = Vec::new();
    while !left.is_empty() {
        let at = left.iter().position(|kind| !left.iter().any(|other| before.contains(&(*other, *kind))))?;
        out.push(left.remove(at));
    }
    Some(out)
}

/// The entries of an object as a list of its keys and values.
fn entries(target: &Target<'_>, at: &[usize], paths: &[SourcePath<'_>]) -> Option<Node> {
    let lists: Vec<(usize, &Vec<Value>)> = at
        .iter()
        .filter_map(|at| target.values[*at].and_then(Value::as_array).map(|list| (target.rows[*at], list)))
        .collect();
    let first = lists.iter().find_map(|(_, list)| list.first())?.as_object()?;
    let total: usize = lists.iter().map(|(_, list)| list.len()).sum();
    if first.len() != 2 || total < LABEL_MIN || at.len() < target.values.len() {
        return None;
    }
    let names: Vec<&String> = first.keys().collect();
    for (key, value) in [(names[0], names[1]), (names[1], names[0])] {
        let fits = |path: &&SourcePath<'_>| {
            lists.iter().all(|(row, list)| {
                let Some(object) = path.values[*row].and_then(Value::as_object) else { return false };
                object.len() == list.len()
                    && object.iter().zip(list.iter()).all(|((name, inner), element)| {
                        element.as_object().is_some_and(|element| element.len() == 2)
                            && element.get(key).and_then(Value::as_str) == Some(name)
                            && element.get(value) == Some(inner)
                    })
            })
        };
        let Some(index) = paths.iter().position(|path| fits(&path)) else { continue };
        let path = &paths[index].expression;
        let [k, v] = [text(key), text(value)];
        let (first, second) = if *key == *names[0] {
            (format!("{k}: $key"), format!("{v}: $value"))
        } else {
            (format!("{v}: $value"), format!("{k}: $key"))
        };
        let expression = format!("[$each({path}, function($value, $key) {{ {{ {first}, {second} }} }})]");
        let note = format!("{total} entries in {} recordings", lists.len());
        return Some(Node::Code { expression, reads: vec![index], note });
    }
    None
}

/// An object whose keys and values are two fields of a list's elements.
pub(super) fn merged(target: &Target<'_>, paths: &[SourcePath<'_>]) -> Option<Node> {
    let total: usize =
        target.values.iter().flatten().filter_map(|value| value.as_object()).map(|object| object.len()).sum();
    if total < LABEL_MIN || target.values.iter().any(|value| !value.is_some_and(Value::is_object)) {
        return None;
    }
    for (index, path) in paths.iter().enumerate() {
        let list = |at: usize| path.values[target.rows[at]].and_then(Value::as_array);
        let Some(first) = (0..target.values.len()).find_map(|at| list(at)?.first()?.as_object()) else {
            continue;
        };
        for key in first.keys().filter(|key| first[*key].is_string()) {
            for value in first.keys().filter(|value| *value != key) {
                let fits = (0..target.values.len()).all(|at| {
                    let (Some(list), Some(object)) = (list(at), target.values[at].and_then(Value::as_object))
                    else {
                        return false;
                    };
                    list.len() == object.len()
                        && list.iter().all(|one| {
                            let name = one.get(key).and_then(Value::as_str);
                            name.is_some_and(|name| {
                                object.get(name).is_some() && object.get(name) == one.get(value)
                            })
                        })
                });
                let (Some(key), Some(value)) = (quoted(key), quoted(value)) else { continue };
                if fits {
                    let path = &path.expression;
                    let expression = format!("$merge({path}.{{ {key}: {value} }})");
                    let note = format!("{total} entries in {} recordings", target.values.len());
                    return Some(Node::Code { expression, reads: vec![index], note });
                }
            }
        }
    }
    None
}
