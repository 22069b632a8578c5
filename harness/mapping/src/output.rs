//! Writes an engine's result as JSON text: numbers as JavaScript prints them, keys in JavaScript's order.

use std::ops::Range;

use jlens_core::output::Builder;

use crate::functions::{self, objects_of_ours};
use crate::order;
use crate::referral;

/// Holds the texts of a result until all of it is known: the engine tells a key after its value.
#[derive(Default)]
pub(crate) struct Text {
    texts: String,
}

/// A value of the result.
pub(crate) enum Node {
    Null,
    Bool(bool),
    Number(f64),
    Text(Range<usize>),
    Array(Vec<Node>),
    Object(Vec<(Range<usize>, Node)>),
}

impl Text {
    /// Writes a value as compact JSON.
    pub(crate) fn write(&self, node: &Node) -> String {
        let mut out = String::with_capacity(self.texts.len() * 2);
        self.write_to(node, &mut out);
        out
    }

    fn write_to(&self, node: &Node, out: &mut String) {
        match node {
            Node::Null => out.push_str("null"),
            Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Node::Number(value) => push_number(*value, out),
            Node::Text(text) => push_string(&self.texts[text.clone()], out),
            Node::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.write_to(item, out);
                }
                out.push(']');
            }
            // A date or a URL of ours stands for the text that JavaScript serialises it to.
            Node::Object(entries) if self.is_of_ours(entries) => match &entries[0].1 {
                Node::Text(text) if self.texts[text.clone()] == *functions::REFER => {
                    referral::refer("an object of JavaScript is in the output");
                }
                text => self.write_to(text, out),
            },
            Node::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    push_string(&self.texts[key.clone()], out);
                    out.push(':');
                    self.write_to(value, out);
                }
                out.push('}');
            }
        }
    }

    fn is_of_ours(&self, entries: &[(Range<usize>, Node)]) -> bool {
        entries.first().is_some_and(|(key, _)| self.texts[key.clone()] == *objects_of_ours::TEXT_KEY)
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.texts.len();
        self.texts.push_str(text);
        start..self.texts.len()
    }
}

impl Builder for Text {
    type Value = Node;
    type Array = Vec<Node>;
    type Object = Vec<(Range<usize>, Node)>;

    fn null(&mut self) -> Node {
        Node::Null
    }

    fn bool(&mut self, value: bool) -> Node {
        Node::Bool(value)
    }

    fn number(&mut self, value: f64) -> Node {
        Node::Number(value)
    }

    fn string(&mut self, value: &str) -> Node {
        Node::Text(self.keep(value))
    }

    fn array(&mut self, len: usize) -> Vec<Node> {
        Vec::with_capacity(len)
    }

    fn push(&mut self, array: &mut Vec<Node>, item: Node) {
        array.push(item);
    }

    fn end_array(&mut self, array: Vec<Node>) -> Node {
        Node::Array(array)
    }

    fn object(&mut self, len: usize) -> Self::Object {
        Vec::with_capacity(len)
    }

    fn insert(&mut self, object: &mut Self::Object, key: &str, value: Node) {
        let key = self.keep(key);
        object.push((key, value));
    }

    fn end_object(&mut self, mut object: Self::Object) -> Node {
        let is_index = |(key, _): &(Range<usize>, Node)| order::index(&self.texts[key.clone()]).is_some();
        if object.iter().any(is_index) {
            object.sort_by_key(|(key, _)| order::rank(&self.texts[key.clone()]));
        }
        Node::Object(object)
    }
}

/// A number as `JSON.stringify` writes it.
pub(crate) fn push_number(value: f64, out: &mut String) {
    // JSON.stringify(-0) is "0".
    let value = if value == 0.0 { 0.0 } else { value };
    if value.is_finite() {
        out.push_str(ryu_js::Buffer::new().format_finite(value));
    } else {
        out.push_str("null");
    }
}

pub(crate) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.push_str(&text[from..at]);
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            control => out.push_str(&format!("\\u{control:04x}")),
        }
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}
