//! A JSON document that can be changed: numbers keep their text, objects their order. A copy shares what is in it until
//! one of both is changed: most of what a case is made of stays as it was recorded.

use std::sync::Arc;

use compare::path::push_name;
use compare::tape::{Json, Tape, Type, Value};

/// A deeper document is not taken for a sample: it could not be walked safely.
pub const DEPTH_MAX: usize = 64;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(Arc<str>),
    /// A text.
    Text(Arc<str>),
    /// A list.
    List(Arc<Vec<Tree>>),
    /// An object; a name may stand twice.
    Object(Arc<Vec<(Arc<str>, Tree)>>),
}

/// One step down a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seg {
    /// A member.
    Name(Arc<str>),
    /// Every element of a list.
    Each,
    /// One element.
    At(usize),
}

impl Tree {
    /// Reads a text; `None` where it is no JSON, or nested too deep.
    pub fn read(text: &str) -> Option<Tree> {
        let mut tape = Tape::new();
        Tree::of(tape.parse(text).ok()?)
    }

    /// Of a document that was parsed; `None` where it is nested too deep.
    pub fn of(json: Json<'_>) -> Option<Tree> {
        Tree::of_value(json.root(), 0)
    }

    /// Of a part of a document.
    pub fn part(value: Value<'_>) -> Option<Tree> {
        Tree::of_value(value, 0)
    }

    /// Of a part of a document, but for the elements of the list at a path.
    pub fn hollow(value: Value<'_>, list: &[Seg]) -> Option<Tree> {
        let Some((Seg::Name(name), rest)) = list.split_first() else {
            let is_list = list.is_empty() && value.kind() == Type::Array;
            return if is_list { Some(Tree::list(Vec::new())) } else { Tree::part(value) };
        };
        if value.kind() != Type::Object {
            return Tree::part(value);
        }
        let member = |(known, one): (Value<'_>, Value<'_>)| {
            let known = known.text();
            let is_above = *known == **name;
            let one = if is_above { Tree::hollow(one, rest)? } else { Tree::of_value(one, 1)? };
            Some((known.into(), one))
        };
        value.members().map(member).collect::<Option<_>>().map(Tree::members)
    }

    fn of_value(value: Value<'_>, depth: usize) -> Option<Tree> {
        if depth > DEPTH_MAX {
            return None;
        }
        Some(match value.kind() {
            Type::Null => Tree::Null,
            Type::True => Tree::Bool(true),
            Type::False => Tree::Bool(false),
            Type::Number => Tree::Number(value.raw().into()),
            Type::String => Tree::Text(value.text().into()),
            Type::Array => {
                Tree::list(value.elements().map(|one| Tree::of_value(one, depth + 1)).collect::<Option<_>>()?)
            }
            Type::Object => Tree::members(
                value
                    .members()
                    .map(|(name, one)| Some((name.text().into(), Tree::of_value(one, depth + 1)?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Tree {
        Tree::Text(text.into())
    }

    /// An object.
    pub fn object<const N: usize>(members: [(&str, Tree); N]) -> Tree {
        Tree::members(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// An object of these members, in this order.
    pub fn members(members: Vec<(Arc<str>, Tree)>) -> Tree {
        Tree::Object(Arc::new(members))
    }

    /// A list of these elements.
    pub fn list(items: Vec<Tree>) -> Tree {
        Tree::List(Arc::new(items))
    }

    /// Appends the compact JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            Tree::Null => out.push_str("null"),
            Tree::Bool(true) => out.push_str("true"),
            Tree::Bool(false) => out.push_str("false"),
            Tree::Number(text) => out.push_str(text),
            Tree::Text(text) => push_text(text, out),
            Tree::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Tree::Object(members) => {
                out.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    push_text(name, out);
                    out.push(':');
                    member.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The compact JSON text.
    pub fn json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// Values in it, itself among them: how large a person finds it.
    pub fn nodes(&self) -> usize {
        1 + match self {
            Tree::List(items) => items.iter().map(Tree::nodes).sum(),
            Tree::Object(members) => members.iter().map(|(_, member)| member.nodes()).sum(),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => 0,
        }
    }

    /// A member's value; of a name that stands twice the last.
    pub fn member(&self, name: &str) -> Option<&Tree> {
        match self {
            Tree::Object(members) => {
                members.iter().rev().find(|(known, _)| &**known == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The list's elements.
    pub fn items(&self) -> Option<&[Tree]> {
        match self {
            Tree::List(items) => Some(items),
            _ => None,
        }
    }

    /// What lies at a path; nothing where it leads to several values.
    pub fn at(&self, path: &[Seg]) -> Option<&Tree> {
        path.iter().try_fold(self, |tree, seg| match (seg, tree) {
            (Seg::Name(name), _) => tree.member(name),
            (Seg::At(index), Tree::List(items)) => items.get(*index),
            _ => None,
        })
    }

    /// The same, to change it.
    pub fn at_mut(&mut self, path: &[Seg]) -> Option<&mut Tree> {
        path.iter().try_fold(self, |tree, seg| match (seg, tree) {
            (Seg::Name(name), Tree::Object(members)) => {
                let members = Arc::make_mut(members);
                members.iter_mut().rev().find(|(known, _)| known == name).map(|(_, value)| value)
            }
            (Seg::At(index), Tree::List(items)) => Arc::make_mut(items).get_mut(*index),
            _ => None,
        })
    }

    /// Puts a value at a path, or takes away what is there. The member is appended where it was absent; nothing
    /// happens where there is no object to hold it. Answers whether something did.
    pub fn put(&mut self, path: &[Seg], value: Option<Tree>) -> bool {
        let Some((last, above)) = path.split_last() else {
            return value.is_some_and(|value| {
                *self = value;
                true
            });
        };
        match (self.at_mut(above), last, value) {
            (Some(Tree::Object(members)), Seg::Name(name), value) => {
                let members = Arc::make_mut(members);
                let at = members.iter().rposition(|(known, _)| known == name);
                match (at, value) {
                    (Some(at), Some(value)) => members[at].1 = value,
                    (Some(at), None) => drop(members.remove(at)),
                    (None, Some(value)) => members.push((name.clone(), value)),
                    (None, None) => return false,
                }
                true
            }
            (Some(Tree::List(items)), Seg::At(index), value) if *index < items.len() => {
                let items = Arc::make_mut(items);
                match value {
                    Some(value) => items[*index] = value,
                    None => drop(items.remove(*index)),
                }
                true
            }
            _ => false,
        }
    }
}

/// A path as people read it, after `$`.
pub fn path_text(path: &[Seg]) -> String {
    let mut text = String::new();
    push_path(path, &mut text);
    text
}

/// A path with each index as `[*]`.
pub fn normalised(path: &[Seg]) -> Vec<Seg> {
    path.iter().map(|seg| if matches!(seg, Seg::At(_)) { Seg::Each } else { seg.clone() }).collect()
}

/// Appends a path's steps.
pub fn push_path(path: &[Seg], text: &mut String) {
    for seg in path {
        match seg {
            Seg::Name(name) => push_name(text, name),
            Seg::Each => text.push_str("[*]"),
            Seg::At(index) => text.push_str(&format!("[{index}]")),
        }
    }
}

pub(crate) fn push_text(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.push_str(&serde_json::Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}
