//! Explains a value of the legacy side with all that lies in it: records field by field, lists element by element.

use std::collections::BTreeSet;

use serde_json::Value;

use super::lists;
use super::names::Name;
use super::paths::SourcePath;
use super::search::{Found, Style, Target, Within, explain};
use super::transform::{Otherwise, is_filled};

/// An explanation, and what of it stays open.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// An expression.
    Code {
        /// As JSONata.
        expression: String,
        /// The places that it reads.
        reads: Vec<usize>,
        /// On what it rests.
        note: String,
    },
    /// A record.
    Record {
        /// When there is one.
        presence: Option<Presence>,
        /// In legacy's order.
        fields: Vec<(String, Node)>,
    },
    /// A list that is built of single fields.
    Built {
        /// When there is one.
        presence: Option<Presence>,
        /// The field whose text tells the elements apart.
        label: Option<String>,
        /// The elements: label, when there is one, and the element.
        elements: Vec<Element>,
    },
    /// A list with an element for each of another one.
    Each {
        /// When there is one.
        presence: Option<Presence>,
        /// The other list, as JSONata.
        list: String,
        /// What becomes of an element; places are seen from there.
        body: Box<Node>,
        /// On what it rests.
        note: String,
    },
    /// Nothing is proposed, for this reason.
    Open(String),
}

/// An element of a built list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    /// Its label's text.
    pub(super) label: Option<String>,
    /// When there is one.
    pub(super) condition: String,
    /// The element.
    pub(super) body: Node,
}

/// When something is there, and what stands in its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Presence {
    /// As JSONata.
    pub(super) condition: String,
    /// What stands in its place.
    pub(super) otherwise: Otherwise,
}

/// More fields are a dictionary, not a record.
const FIELDS_MAX: usize = 400;

/// Explains a value and what lies in it.
pub(super) fn value(target: Target<'_>, paths: &[SourcePath<'_>]) -> Node {
    let filled = || target.values.iter().flatten().filter(|value| !value.is_null());
    let is_record = filled().next().is_some() && filled().all(|value| value.is_object());
    let is_list = filled().next().is_some() && filled().all(|value| value.is_array());
    let whole = match explain(&target, paths) {
        // A record that never changes is explained by its fields, of which some may change one day.
        Found::Coded { reads, .. } if reads.is_empty() && filled().any(holds_fields) => String::new(),
        Found::Coded { expression, reads, note } => return Node::Code { expression, reads, note },
        Found::Open(note) => note,
    };
    if is_record {
        return lists::merged(&target, paths).unwrap_or_else(|| record(&target, paths));
    }
    if is_list && filled().any(|value| value.as_array().is_some_and(|list| !list.is_empty())) {
        return lists::list(&target, paths);
    }
    Node::Open(whole)
}

fn holds_fields(value: &&Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(list) => list.iter().any(|element| holds_fields(&element)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn record(target: &Target<'_>, paths: &[SourcePath<'_>]) -> Node {
    let rows: Vec<usize> = positions(&target.values, |value| value.is_some_and(Value::is_object));
    let fields = fields(target, &rows, paths);
    if fields.len() > FIELDS_MAX {
        return Node::Open(format!("more than {FIELDS_MAX} fields"));
    }
    let node = Node::Record { presence: None, fields };
    with_presence(node, target, &rows, paths)
}

/// The fields of the records in these rows, each explained.
pub(super) fn fields(target: &Target<'_>, at: &[usize], paths: &[SourcePath<'_>]) -> Vec<(String, Node)> {
    let records: Vec<_> = at.iter().filter_map(|at| target.values[*at].and_then(Value::as_object)).collect();
    let mut known = BTreeSet::new();
    let mut names: Vec<&str> = Vec::new();
    for record in &records {
        names.extend(record.keys().map(String::as_str).filter(|name| known.insert(*name)));
    }
    let any = |test: fn(Option<&Value>) -> bool| {
        names.iter().any(|name| records.iter().any(|r| test(r.get(*name))))
    };
    let style = match (any(|value| value.is_some_and(Value::is_null)), any(|value| value.is_none())) {
        (true, false) => Style::Null,
        (false, true) => Style::Absent,
        (false, false) => target.style,
        (true, true) => Style::Unknown,
    };
    let field = |name: &str| {
        let values: Vec<_> = records.iter().map(|record| record.get(name)).collect();
        let own = match (
            values.iter().any(|v| v.is_some_and(Value::is_null)),
            values.iter().any(Option::is_none),
        ) {
            (true, false) => Style::Null,
            (false, true) => Style::Absent,
            (true, true) => Style::Unknown,
            (false, false) => style,
        };
        let rows = at.iter().map(|at| target.rows[*at]).collect();
        let inner = Target { name: Name::new(name), rows, values, style: own, within: target.within };
        value(inner, paths)
    };
    names.into_iter().take(FIELDS_MAX + 1).map(|name| (name.to_owned(), field(name))).collect()
}

/// The node as it is where all examples have it, else with the condition under which they do.
pub(super) fn with_presence(
    node: Node,
    target: &Target<'_>,
    present: &[usize],
    paths: &[SourcePath<'_>],
) -> Node {
    if present.len() == target.values.len() {
        return node;
    }
    let others: Vec<_> = positions_not(present, target.values.len());
    let otherwise = match target.values[others[0]] {
        None => Otherwise::Absent,
        Some(value) => Otherwise::Value(value.clone()),
    };
    if others.iter().any(|at| target.values[*at] != target.values[others[0]]) {
        return Node::Open("where it is absent legacy does not always tell it in the same way".to_owned());
    }
    let mut used = Vec::new();
    reads(&node, &mut used);
    let rows = |at: &[usize]| at.iter().map(|at| target.rows[*at]).collect::<Vec<_>>();
    let Some(condition) = condition(&rows(present), &rows(&others), &used, paths) else {
        return Node::Open("no place of the source tells when it is there".to_owned());
    };
    let presence = Some(Presence { condition, otherwise });
    match node {
        Node::Record { fields, .. } => Node::Record { presence, fields },
        Node::Built { label, elements, .. } => Node::Built { presence, label, elements },
        Node::Each { list, body, note, .. } => Node::Each { presence, list, body, note },
        Node::Code { .. } | Node::Open(_) => node,
    }
}

/// What is filled in exactly these rows and in none of the others: any of the places that are read there, or one.
pub(super) fn condition(
    present: &[usize],
    absent: &[usize],
    used: &[usize],
    paths: &[SourcePath<'_>],
) -> Option<String> {
    let filled = |index: &usize, row: &usize| paths[*index].values[*row].is_some_and(is_filled);
    let tells = |indices: &[usize]| {
        present.iter().all(|row| indices.iter().any(|index| filled(index, row)))
            && absent.iter().all(|row| !indices.iter().any(|index| filled(index, row)))
    };
    if used.is_empty() {
        return None;
    }
    if tells(used) {
        let names: Vec<&str> = used.iter().map(|index| paths[*index].expression.as_str()).collect();
        return Some(names.join(" or "));
    }
    let single = used.iter().filter(|index| tells(&[**index])).collect::<Vec<_>>();
    if let [index] = single[..] {
        return Some(paths[*index].expression.clone());
    }
    let first = &paths[used[0]].expression;
    let holder = paths.iter().enumerate().find(|(index, path)| {
        first.strip_prefix(&path.expression).is_some_and(|rest| rest.starts_with('.')) && tells(&[*index])
    });
    holder.map(|(_, path)| path.expression.clone())
}

/// The places that a node reads, each once, in order.
pub(super) fn reads(node: &Node, out: &mut Vec<usize>) {
    match node {
        Node::Code { reads, .. } => {
            for index in reads {
                if !out.contains(index) {
                    out.push(*index);
                }
            }
        }
        Node::Record { fields, .. } => fields.iter().for_each(|(_, field)| reads(field, out)),
        Node::Built { elements, .. } => elements.iter().for_each(|element| reads(&element.body, out)),
        // Its places are seen from an element.
        Node::Each { .. } | Node::Open(_) => {}
    }
}

/// Where a test holds.
pub(super) fn positions<'e>(
    values: &[Option<&'e Value>],
    test: impl Fn(Option<&'e Value>) -> bool,
) -> Vec<usize> {
    (0..values.len()).filter(|at| test(values[*at])).collect()
}

fn positions_not(positions: &[usize], total: usize) -> Vec<usize> {
    (0..total).filter(|at| positions.binary_search(at).is_err()).collect()
}

/// How many expressions a node has, and how many open places.
pub(super) fn count(node: &Node) -> (usize, usize) {
    let add = |a: (usize, usize), b: (usize, usize)| (a.0 + b.0, a.1 + b.1);
    match node {
        Node::Code { .. } => (1, 0),
        Node::Open(_) => (0, 1),
        Node::Record { fields, .. } => fields.iter().map(|(_, field)| count(field)).fold((0, 0), add),
        Node::Built { elements, .. } => elements.iter().map(|one| count(&one.body)).fold((0, 0), add),
        Node::Each { body, .. } => count(body),
    }
}

/// A target within an element, for the fields of a built list.
pub(super) fn element_target<'e>(target: &Target<'e>, at: Vec<(usize, &'e Value)>) -> Target<'e> {
    Target {
        name: target.name.clone(),
        rows: at.iter().map(|(row, _)| *row).collect(),
        values: at.into_iter().map(|(_, element)| Some(element)).collect(),
        style: target.style,
        within: Within::Element,
    }
}
