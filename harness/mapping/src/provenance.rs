//! Which expression of a mapping makes the value at a path of its output, and what that expression read.
//!
//! Which one is read off the syntax tree: through objects, lists, steps of paths, conditions, functions of the
//! mapping's own, and the built-ins that hand elements on. Where several could have made the value, or none makes that
//! key, the nearest expression around them is named instead, and said to be. What it read is watched while the native
//! engine evaluates.

mod reads;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use compare::path::{Path, Selector};
use jlens_core::ast::{Ast, Node, NodeKind};

pub use reads::{Evaluated, ReadValue, reads};

/// Functions that call functions that call functions: a recursive mapping must not be followed for ever.
const CALLS_MAX: usize = 64;

/// Nodes that one search looks at: a function that calls itself twice has too many ways.
const NODES_MAX: usize = 100_000;

/// A place in a mapping's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// In bytes.
    pub span: Range<usize>,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Whether it makes the value, or stands around what does.
    pub nearness: Nearness,
}

/// How near a place is to what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// The expression makes the value.
    Exact,
    /// The expression is the smallest around the one that does, or would.
    Enclosing,
}

/// A mapping that can be asked.
#[derive(Clone, Debug)]
pub struct Provenance {
    ast: Ast,
}

impl Provenance {
    /// Of a mapping's text; `None` where it does not parse.
    pub fn of(source: &str) -> Option<Provenance> {
        Some(Provenance { ast: jlens_core::parse(source).ok()? })
    }

    /// The expression that makes what lies at a path of the output, such as `$.data[3].name` or `$.data[*].name`.
    pub fn blame(&self, path: &str) -> Option<Place> {
        let Path::Steps(steps) = Path::parse(path).ok()? else { return None };
        let mut segments = Vec::new();
        for step in &steps {
            match step.selectors.as_slice() {
                [Selector::Name(name)] if !step.descendant => segments.push(Segment::Member(name)),
                [Selector::Index(_) | Selector::Wildcard] if !step.descendant => {
                    segments.push(Segment::Element)
                }
                _ => return None,
            }
        }
        let mut bound: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
        self.ast.root.walk(&mut |node| {
            if let NodeKind::Bind { lhs, rhs } = &node.kind
                && let NodeKind::Variable { name } = &lhs.kind
            {
                bound.entry(name).or_default().push(rhs);
            }
        });
        let search = Search { bound, looked_at: Cell::new(0) };
        let found = search.node(&self.ast.root, &segments, 0);
        let span = found.node.span.start..found.node.span.end;
        let (line, column) = place_of(&self.ast.source, span.start);
        Some(Place { span, line, column, nearness: found.nearness })
    }

    /// The text of a place.
    pub fn text(&self, place: &Place) -> &str {
        self.ast.source.get(place.span.clone()).unwrap_or_default()
    }
}

/// Line and column, from 1, of a byte.
pub(crate) fn place_of(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// One step down the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segment<'p> {
    Member(&'p str),
    Element,
}

#[derive(Clone, Copy)]
struct Found<'a> {
    node: &'a Node,
    nearness: Nearness,
    /// Segments that led there.
    depth: usize,
}

struct Search<'a> {
    /// What each variable is bound to, wherever that is.
    bound: BTreeMap<&'a str, Vec<&'a Node>>,
    looked_at: Cell<usize>,
}

impl<'a> Search<'a> {
    fn node(&self, node: &'a Node, path: &[Segment<'_>], calls: usize) -> Found<'a> {
        let exact = Found { node, nearness: Nearness::Exact, depth: 0 };
        self.looked_at.set(self.looked_at.get() + 1);
        if path.is_empty() || calls > CALLS_MAX || self.looked_at.get() > NODES_MAX {
            return exact;
        }
        if let Some(group) = &node.attrs.group {
            return self.object(node, &group.pairs, path, calls);
        }
        match &node.kind {
            NodeKind::Block { exprs, .. } => match exprs.last() {
                Some(last) => self.node(last, path, calls),
                None => exact,
            },
            NodeKind::Bind { rhs, .. } => self.node(rhs, path, calls),
            NodeKind::Object { pairs } => self.object(node, pairs, path, calls),
            NodeKind::Array { items } => {
                let (skipped, path) = elements(path);
                let items: Vec<&Node> = items.iter().collect();
                deeper(self.one_of(node, &items, path, calls), skipped)
            }
            NodeKind::Path { steps, .. } => {
                let (skipped, path) = elements(path);
                match steps.last() {
                    Some(step) if !path.is_empty() && !is_plain(step) => {
                        deeper(self.node(step, path, calls), skipped)
                    }
                    _ => exact,
                }
            }
            NodeKind::Condition { then, otherwise, .. } => {
                let branches: Vec<&Node> = std::iter::once(&**then).chain(otherwise.as_deref()).collect();
                self.one_of(node, &branches, path, calls)
            }
            NodeKind::Fallback { lhs, rhs, .. } => self.one_of(node, &[lhs, rhs], path, calls),
            NodeKind::Function { procedure, args } => {
                self.call(node, procedure, &args.iter().collect::<Vec<_>>(), path, calls)
            }
            NodeKind::Apply { lhs, rhs } => match &rhs.kind {
                NodeKind::Function { procedure, args } => {
                    let args: Vec<&Node> = std::iter::once(&**lhs).chain(args).collect();
                    self.call(node, procedure, &args, path, calls)
                }
                _ => self.call(node, rhs, &[lhs], path, calls),
            },
            NodeKind::Lambda(definition) if definition.thunk => self.node(&definition.body, path, calls),
            NodeKind::Variable { name } => match self.bound.get(name.as_str()).map(Vec::as_slice) {
                Some([value]) if !matches!(value.kind, NodeKind::Lambda(_)) => {
                    self.node(value, path, calls + 1)
                }
                _ => exact,
            },
            NodeKind::String { .. } | NodeKind::Number { .. } | NodeKind::Bool { .. } | NodeKind::Null => {
                Found { nearness: Nearness::Enclosing, ..exact }
            }
            // Whatever else makes a value makes all that is in it.
            _ => exact,
        }
    }

    fn object(
        &self,
        node: &'a Node,
        pairs: &'a [(Node, Node)],
        path: &[Segment<'_>],
        calls: usize,
    ) -> Found<'a> {
        let (skipped, path) = elements(path);
        let Some((Segment::Member(name), rest)) = path.split_first() else {
            return Found { node, nearness: Nearness::Exact, depth: skipped };
        };
        let named =
            pairs.iter().find(|(key, _)| matches!(&key.kind, NodeKind::String { value } if value == name));
        let computed: Vec<&(Node, Node)> =
            pairs.iter().filter(|(key, _)| !matches!(key.kind, NodeKind::String { .. })).collect();
        match (named, computed.as_slice()) {
            (Some((_, value)), _) | (None, [(_, value)]) => {
                deeper(self.node(value, rest, calls), skipped + 1)
            }
            (None, _) => Found { node, nearness: Nearness::Enclosing, depth: skipped },
        }
    }

    /// The one of several that makes it; all of them where that cannot be told.
    fn one_of(&self, all: &'a Node, each: &[&'a Node], path: &[Segment<'_>], calls: usize) -> Found<'a> {
        if path.is_empty() {
            let nearness = if each.len() == 1 { Nearness::Exact } else { Nearness::Enclosing };
            return Found { node: if each.len() == 1 { each[0] } else { all }, nearness, depth: 0 };
        }
        let found: Vec<Found<'a>> = each.iter().map(|node| self.node(node, path, calls)).collect();
        let exact: Vec<&Found<'a>> = found.iter().filter(|found| found.nearness == Nearness::Exact).collect();
        let nearest = found.iter().max_by_key(|found| found.depth);
        match (exact.as_slice(), nearest, found.as_slice()) {
            ([one], ..) => **one,
            ([], _, [one]) => *one,
            ([], Some(nearest), _) if nearest.depth > 0 => *nearest,
            _ => Found { node: all, nearness: Nearness::Enclosing, depth: 0 },
        }
    }

    fn call(
        &self,
        node: &'a Node,
        procedure: &'a Node,
        args: &[&'a Node],
        path: &[Segment<'_>],
        calls: usize,
    ) -> Found<'a> {
        let exact = Found { node, nearness: Nearness::Exact, depth: 0 };
        if let Some(body) = self.body(procedure) {
            return self.node(body, path, calls + 1);
        }
        let NodeKind::Variable { name } = &procedure.kind else { return exact };
        match (name.as_str(), args) {
            ("map" | "each", [.., function]) => match self.body(function) {
                Some(body) => {
                    let (skipped, path) = elements(path);
                    deeper(self.node(body, path, calls + 1), skipped)
                }
                None => exact,
            },
            ("filter" | "sort" | "reverse" | "distinct" | "shuffle" | "single" | "sift", [first, ..]) => {
                self.node(first, path, calls)
            }
            ("append", [..]) => {
                let (skipped, path) = elements(path);
                deeper(self.one_of(node, args, path, calls), skipped)
            }
            ("merge", [Node { kind: NodeKind::Array { items }, .. }]) => {
                // The last that has the key wins.
                let found = items.iter().rev().map(|item| self.node(item, path, calls));
                let mut exact_ones = found.filter(|found| found.nearness == Nearness::Exact);
                exact_ones.next().unwrap_or(Found { nearness: Nearness::Enclosing, ..exact })
            }
            _ => exact,
        }
    }

    /// The body of a function that is written in the mapping.
    fn body(&self, procedure: &'a Node) -> Option<&'a Node> {
        match &procedure.kind {
            NodeKind::Lambda(definition) => Some(&definition.body),
            NodeKind::Variable { name } => match self.bound.get(name.as_str())?.as_slice() {
                [Node { kind: NodeKind::Lambda(definition), .. }] => Some(&definition.body),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A step that takes a field, or what is there: it makes nothing of its own.
fn is_plain(step: &Node) -> bool {
    match &step.kind {
        NodeKind::Name { .. } | NodeKind::Wildcard | NodeKind::Descendant | NodeKind::Parent { .. } => true,
        NodeKind::Variable { name } => name.is_empty() || name == "$",
        _ => false,
    }
}

/// Leaves out the indices at the beginning: a sequence's elements are made by one expression.
fn elements<'s, 'p>(path: &'s [Segment<'p>]) -> (usize, &'s [Segment<'p>]) {
    let skipped = path.iter().take_while(|segment| **segment == Segment::Element).count();
    (skipped, &path[skipped..])
}

fn deeper(found: Found<'_>, by: usize) -> Found<'_> {
    Found { depth: found.depth + by, ..found }
}

#[cfg(test)]
#[path = "provenance_tests.rs"]
mod tests;
