//! Writes an explanation as a mapping that people read: an expression a field, and why, in comments.

use std::fmt::Write;

use super::paths::text;
use super::record::{Element, Node, Presence};
use super::transform::Otherwise;

const OR_NULL: &str = "  $orNull := function($value) { $exists($value) ? $value : null };\n";
const GIVEN: &str = "  $given := function($value) { $value != null ? $value };\n";

/// The mapping, with a comment at its head.
pub(super) fn write(node: &Node, head: &str) -> String {
    let body = value(node, 2);
    let mut out = String::new();
    let _ = writeln!(out, "/* {} */", comment(head));
    out.push_str("(\n");
    for (name, helper) in [("$orNull(", OR_NULL), ("$given(", GIVEN)] {
        if body.contains(name) {
            out.push_str(helper);
        }
    }
    let _ = write!(out, "  {body}\n)\n");
    out
}

fn value(node: &Node, indent: usize) -> String {
    match node {
        Node::Code { expression, .. } => expression.clone(),
        // Stands only where the whole is open: nothing is proposed.
        Node::Open(note) => format!("$nothing /* open: {} */", comment(note)),
        Node::Record { presence, fields } => guarded(presence.as_ref(), record(fields, indent)),
        Node::Built { presence, elements, .. } => guarded(presence.as_ref(), built(elements, indent)),
        Node::Each { presence, list, body, .. } => {
            let body = match body.as_ref() {
                Node::Record { presence: None, fields } => record(fields, indent),
                other => format!("({})", value(other, indent)),
            };
            guarded(presence.as_ref(), format!("[{list}.{body}]"))
        }
    }
}

fn guarded(presence: Option<&Presence>, body: String) -> String {
    let Some(Presence { condition, otherwise }) = presence else { return body };
    match otherwise {
        Otherwise::Absent => format!("{condition} ? {body}"),
        Otherwise::Value(value) => format!("{condition} ? {body} : {value}"),
    }
}

fn built(elements: &[Element], indent: usize) -> String {
    let pad = " ".repeat(indent + 2);
    let elements: Vec<String> = elements
        .iter()
        .map(|element| format!("{pad}{} ? {}", element.condition, value(&element.body, indent + 2)))
        .collect();
    format!("[\n{}\n{}]", elements.join(",\n"), " ".repeat(indent))
}

fn record(fields: &[(String, Node)], indent: usize) -> String {
    let pad = " ".repeat(indent + 2);
    let last = fields.iter().rposition(|(_, node)| !is_open(node));
    let mut out = String::from("{\n");
    for (at, (name, node)) in fields.iter().enumerate() {
        if let Node::Open(note) = node {
            let _ = writeln!(out, "{pad}/* open: {}: {} */", comment(&text(name)), comment(note));
            continue;
        }
        let comma = if Some(at) == last { "" } else { "," };
        let _ = write!(out, "{pad}{}: {}{comma}", text(name), value(node, indent + 2));
        let note = match node {
            Node::Code { note, .. } | Node::Each { note, .. } => Some(note),
            Node::Record { .. } | Node::Built { .. } | Node::Open(_) => None,
        };
        let note = note.map_or(String::new(), |note| format!("  /* {} */", comment(note)));
        let _ = writeln!(out, "{note}");
    }
    let _ = write!(out, "{}}}", " ".repeat(indent));
    out
}

/// Whether a node writes nothing but a comment.
pub(super) fn is_open(node: &Node) -> bool {
    matches!(node, Node::Open(_))
}

/// A text that cannot end the comment it stands in.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace(['\n', '\r'], " ")
}
