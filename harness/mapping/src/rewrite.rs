//! Edits to a mapping's text that make the native engine do what JavaScript does, and the way back from a place
//! in the edited text to the place that the author wrote.
//!
//! Three things are edited. A method on a date, a duration or a URL (`x.toISO()`) becomes a call of a host
//! function on the same context (`x.$cutover_toISO()`): in JSON nothing is a function, so such a call can mean
//! nothing else. A built-in that is partially applied becomes a function, because the engine does not check its
//! arguments otherwise. And where the order of keys can be seen, an object whose keys are computed is put in
//! JavaScript's order as soon as it is built.

use std::collections::BTreeSet;

use jlens_core::ast::{Ast, Node, NodeKind};

use crate::functions::objects_of_ours;
use crate::order;
use crate::survey::Survey;

/// The host function that puts an object in JavaScript's order.
pub(crate) const IN_ORDER: &str = "cutover_in_order";

/// An edited text.
#[derive(Debug)]
pub(crate) struct Rewritten {
    pub(crate) text: String,
    edits: Vec<Edit>,
    /// Built-ins are partially applied. JavaScript does not check what they are given then.
    pub(crate) partials: bool,
}

#[derive(Clone, Debug)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// Edits the text of a tree; `None` where nothing is to be edited.
pub(crate) fn rewrite(ast: &Ast, survey: &Survey, methods: bool) -> Option<Rewritten> {
    let mut edits = Vec::new();
    let mut applied = BTreeSet::new();
    let mut partials = false;
    ast.root.walk(&mut |node| {
        if methods {
            edit_method(node, &mut edits);
        }
        if let Some(edit) = partial(node, survey) {
            edits.push(edit);
            partials = true;
        }
        // `x ~> $merge()` is no call by itself: what is on the left becomes its first argument.
        if let NodeKind::Apply { rhs, .. } = &node.kind {
            applied.insert(rhs.id);
        }
        if survey.sees_built_order && !applied.contains(&node.id) {
            edit_object(node, &mut edits);
        }
    });
    if edits.is_empty() {
        return None;
    }
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut text = String::with_capacity(ast.source.len() + edits.len() * 24);
    let mut from = 0;
    for edit in &edits {
        text.push_str(&ast.source[from..edit.start]);
        text.push_str(&edit.text);
        from = edit.end;
    }
    text.push_str(&ast.source[from..]);
    Some(Rewritten { text, edits, partials })
}

impl Rewritten {
    /// The place in the author's text, in UTF-16 units, of a place in the edited one.
    pub(crate) fn back(&self, source: &str, position: usize) -> usize {
        let mut units = 0;
        let at = self
            .text
            .char_indices()
            .find(|(_, character)| {
                let found = units >= position;
                units += character.len_utf16();
                found
            })
            .map_or(self.text.len(), |(at, _)| at);
        utf16_length(&source[..self.back_byte(at).min(source.len())])
    }

    /// The byte of the author's text for a byte of the edited one.
    pub(crate) fn back_byte(&self, at: usize) -> usize {
        let (mut new, mut old) = (0, 0);
        for edit in &self.edits {
            let begins = new + (edit.start - old);
            if at < begins {
                break;
            }
            if at == begins {
                return edit.start;
            }
            let ends = begins + edit.text.len();
            (new, old) = (ends, edit.end);
            if at <= ends {
                return edit.end;
            }
        }
        old + (at - new)
    }
}

fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn edit_method(node: &Node, edits: &mut Vec<Edit>) {
    if let Some((name, procedure)) = method_call(node)
        && objects_of_ours::METHODS.contains(&name)
    {
        let span = procedure.span;
        edits.push(Edit {
            start: span.start,
            end: span.end,
            text: format!("${}{name}", objects_of_ours::METHOD_PREFIX),
        });
    }
}

/// A call of a field: `toISO()`.
pub(crate) fn method_call(node: &Node) -> Option<(&str, &Node)> {
    let NodeKind::Function { procedure, .. } = &node.kind else { return None };
    let name = match &procedure.kind {
        NodeKind::Name { name } => name,
        NodeKind::Path { steps, .. } => match steps.as_slice() {
            [Node { kind: NodeKind::Name { name }, .. }] => name,
            _ => return None,
        },
        _ => return None,
    };
    Some((name, procedure))
}

/// `$substring(?, 0, 2)` as a function, where what is given are literals.
fn partial(node: &Node, survey: &Survey) -> Option<Edit> {
    let NodeKind::Partial { procedure, args } = &node.kind else { return None };
    let NodeKind::Variable { name } = &procedure.kind else { return None };
    let attrs = &node.attrs;
    let plain = attrs.stages.is_empty() && attrs.predicate.is_empty() && attrs.group.is_none();
    if !plain || !survey.calls(name) || !jlens_core::function_catalog().iter().any(|known| known.name == name)
    {
        return None;
    }
    let (mut params, mut given) = (Vec::new(), Vec::new());
    for argument in args {
        given.push(match &argument.kind {
            NodeKind::Placeholder => {
                params.push(format!("$cutover_{}", params.len()));
                params.last().cloned().unwrap_or_default()
            }
            NodeKind::String { value } if !value.contains(['"', '\\']) => format!("\"{value}\""),
            NodeKind::Number { value } => format!("{value}"),
            NodeKind::Bool { value } => value.to_string(),
            NodeKind::Null => "null".to_owned(),
            _ => return None,
        });
    }
    let text = format!("function({}){{${name}({})}}", params.join(","), given.join(","));
    Some(Edit { start: node.span.start, end: node.span.end, text })
}

fn edit_object(node: &Node, edits: &mut Vec<Edit>) {
    let attrs = &node.attrs;
    if attrs.focus.is_some() || attrs.index.is_some() || !attrs.stages.is_empty() || attrs.tuple {
        return;
    }
    let merges = matches!(&node.kind, NodeKind::Function { procedure, .. }
        if matches!(&procedure.kind, NodeKind::Variable { name } if name == "merge"));
    let builds = match (&attrs.group, &node.kind) {
        (Some(group), _) => may_have_index_keys(&group.pairs),
        (None, NodeKind::Object { pairs }) => may_have_index_keys(pairs),
        _ => merges,
    };
    if builds {
        let (start, end) = (node.span.start, node.span.end);
        edits.push(Edit { start, end: start, text: format!("${IN_ORDER}(") });
        edits.push(Edit { start: end, end, text: ")".to_owned() });
    }
}

/// Some key is computed, or is itself like an index; and no value is a function, which would be lost.
fn may_have_index_keys(pairs: &[(Node, Node)]) -> bool {
    let open = pairs.iter().any(|(key, _)| match &key.kind {
        NodeKind::String { value } => order::index(value).is_some(),
        _ => true,
    });
    open && pairs.iter().all(|(_, value)| !matches!(value.kind, NodeKind::Lambda(_)))
}
