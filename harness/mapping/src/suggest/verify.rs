//! Holds a draft against every example by evaluating it: what turns out different is proposed no longer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::draft;
use super::record::Node;
use crate::mapping::{LIMITS, Mapping};

/// Where a node lies: the positions of fields and elements on the way.
type Place = Vec<usize>;

/// After so many rounds what is left is not worth another; the whole is open then.
const ROUNDS_MAX: usize = 50;

/// The draft without what its own evaluation does not bear out.
pub(super) fn verified(mut node: Node, examples: &[(String, &Value)], now_ms: i64) -> Node {
    for _ in 0..ROUNDS_MAX {
        let wrong = match evaluate(&node, examples, now_ms) {
            Ok(wrong) => wrong,
            Err(why) => failing(&node, examples, now_ms, &why),
        };
        if wrong.is_empty() {
            return node;
        }
        for (place, note) in wrong {
            demote(&mut node, &place, &note);
        }
    }
    Node::Open("its evaluation does not agree with its explanation".to_owned())
}

/// The places that differ in some example.
fn evaluate(node: &Node, examples: &[(String, &Value)], now_ms: i64) -> Result<Vec<(Place, String)>, String> {
    let mapping = Mapping::compile(&draft::write(node, "draft")).map_err(|error| error.to_string())?;
    let mut wrong: Vec<(Place, usize)> = Vec::new();
    for (source, legacy) in examples {
        let mapped = mapping.evaluate(source, now_ms, &LIMITS).map_err(|error| error.to_string())?;
        let mapped: Option<Value> = match mapped {
            Some(text) => Some(serde_json::from_str(&text).map_err(|error| error.to_string())?),
            None => None,
        };
        let mut places = BTreeSet::new();
        hold(node, mapped.as_ref(), Some(legacy), &mut Vec::new(), &mut places);
        for place in places {
            match wrong.iter_mut().find(|(known, _)| *known == place) {
                Some((_, count)) => *count += 1,
                None => wrong.push((place, 1)),
            }
        }
    }
    let told = |(place, count): (Place, usize)| (place, format!("differs in {count} when it is evaluated"));
    Ok(wrong.into_iter().map(told).collect())
}

/// Where the whole fails: the expressions that do, found by halves.
fn failing(node: &Node, examples: &[(String, &Value)], now_ms: i64, why: &str) -> Vec<(Place, String)> {
    let mut leaves = Vec::new();
    places(node, &mut Vec::new(), &mut leaves);
    let alone = |some: &[Place]| {
        let mut alone = node.clone();
        for other in leaves.iter().filter(|leaf| !some.contains(leaf)) {
            demote(&mut alone, other, "");
        }
        evaluate(&alone, examples, now_ms).err()
    };
    let mut found = Vec::new();
    let mut left: Vec<&[Place]> = vec![&leaves];
    while let Some(some) = left.pop() {
        match (some, alone(some)) {
            ([], _) | (_, None) => {}
            ([one], Some(why)) => found.push((one.clone(), format!("fails: {why}"))),
            (some, Some(_)) => {
                let (first, second) = some.split_at(some.len() / 2);
                left.extend([second, first]);
            }
        }
    }
    if found.is_empty() { vec![(Vec::new(), format!("fails: {why}"))] } else { found }
}

fn places(node: &Node, here: &mut Place, out: &mut Vec<Place>) {
    let mut inner = |at: usize, node: &Node| {
        here.push(at);
        places(node, here, out);
        here.pop();
    };
    match node {
        Node::Record { fields, .. } => {
            fields.iter().enumerate().for_each(|(at, (_, field))| inner(at, field))
        }
        Node::Built { elements, .. } => {
            elements.iter().enumerate().for_each(|(at, element)| inner(at, &element.body));
        }
        Node::Each { body, .. } => inner(0, body),
        Node::Code { .. } => out.push(here.clone()),
        Node::Open(_) => {}
    }
}

/// Compares what a node made with what legacy has, open places left out.
fn hold(
    node: &Node,
    mapped: Option<&Value>,
    legacy: Option<&Value>,
    here: &mut Place,
    out: &mut BTreeSet<Place>,
) {
    let agrees = match (node, mapped, legacy) {
        (Node::Open(_), _, _) => true,
        (Node::Record { fields, .. }, Some(Value::Object(mapped)), Some(Value::Object(legacy))) => {
            for (at, (name, field)) in fields.iter().enumerate() {
                here.push(at);
                hold(field, mapped.get(name), legacy.get(name), here, out);
                here.pop();
            }
            true
        }
        (Node::Built { label, elements, .. }, Some(Value::Array(mapped)), Some(Value::Array(legacy)))
            if mapped.len() == legacy.len() =>
        {
            for (mapped, legacy) in mapped.iter().zip(legacy) {
                let kind = label.as_ref().and_then(|label| legacy.get(label)).and_then(Value::as_str);
                let at = elements.iter().position(|element| element.label.as_deref() == kind);
                here.push(at.unwrap_or(0));
                hold(&elements[at.unwrap_or(0)].body, Some(mapped), Some(legacy), here, out);
                here.pop();
            }
            true
        }
        (Node::Each { body, .. }, Some(Value::Array(mapped)), Some(Value::Array(legacy)))
            if mapped.len() == legacy.len() =>
        {
            here.push(0);
            for (mapped, legacy) in mapped.iter().zip(legacy) {
                hold(body, Some(mapped), Some(legacy), here, out);
            }
            here.pop();
            true
        }
        (_, mapped, legacy) => mapped == legacy,
    };
    if !agrees {
        out.insert(here.clone());
    }
}

fn demote(node: &mut Node, place: &[usize], note: &str) {
    let Some((at, rest)) = place.split_first() else {
        *node = Node::Open(note.to_owned());
        return;
    };
    match node {
        Node::Record { fields, .. } => demote(&mut fields[*at].1, rest, note),
        Node::Built { elements, .. } => demote(&mut elements[*at].body, rest, note),
        Node::Each { body, .. } => demote(body, rest, note),
        Node::Code { .. } | Node::Open(_) => *node = Node::Open(note.to_owned()),
    }
}
