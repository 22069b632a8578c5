//! What an expression read of the input, each time that it was evaluated.

use std::ops::Range;

use jlens_core::ast::{Node, NodeKind};
use jlens_core::audit::{CaptureLimits, Outcome, Tracer, ValueRef};
use serde_json::Value;

use super::{Place, place_of};
use crate::jlens::Program;
use crate::mapping::{Limits, MapError, Mapping};

/// Evaluations of one expression that are kept: a list has as many elements.
pub const EVALUATIONS_MAX: usize = 10_000;

/// Values read in one evaluation that are kept: nobody reads more.
pub const READS_MAX: usize = 12;

/// A value that was read is cut: the recording has it whole.
const CAPTURE: CaptureLimits = CaptureLimits {
    max_items: 5,
    max_string: 200,
    max_depth: 3,
    max_rejected: 0,
    max_nodes: 0,
    max_source: 0,
};

/// One evaluation of an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// What came of it; `None` where that is nothing.
    pub value: Option<Value>,
    /// What it read, in the order in which it did.
    pub reads: Vec<ReadValue>,
}

/// A value that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadValue {
    /// As written, e.g. `$record.updatedAt`.
    pub expression: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// Cut; `None` where there is nothing.
    pub value: Option<Value>,
}

/// Evaluates a mapping on an input and watches the expression at a place; empty where the native engine does not
/// evaluate the mapping, and what was seen until then where it fails.
pub fn reads(
    mapping: &Mapping,
    place: &Place,
    input: &str,
    now_ms: i64,
    limits: &Limits,
) -> Result<Vec<Evaluated>, MapError> {
    let Some(program) = mapping.jlens() else { return Ok(Vec::new()) };
    let mut watch = Watch {
        program,
        source: mapping.source(),
        span: place.span.clone(),
        nodes: nodes(program),
        evaluated: Vec::new(),
        inside: 0,
        reading: None,
        reads: Vec::new(),
    };
    match program.trace(input, now_ms, limits, &mut watch) {
        Ok(_) | Err(MapError::Expression { .. } | MapError::Limit { .. } | MapError::NeedsOracle(_)) => {
            Ok(watch.evaluated)
        }
        Err(error @ (MapError::Input(_) | MapError::Refused(_) | MapError::Engine)) => Err(error),
    }
}

/// The addresses of the program's own nodes, by number: the engine also evaluates trees of its own.
fn nodes(program: &Program) -> Vec<usize> {
    let mut nodes = Vec::new();
    program.ast().root.walk(&mut |node| {
        let id = node.id as usize;
        if nodes.len() <= id {
            nodes.resize(id + 1, 0);
        }
        nodes[id] = std::ptr::from_ref(node) as usize;
    });
    nodes
}

struct Watch<'w> {
    program: &'w Program,
    source: &'w str,
    span: Range<usize>,
    nodes: Vec<usize>,
    evaluated: Vec<Evaluated>,
    /// How deep in evaluations of the expression we are: it may call itself.
    inside: usize,
    /// The read that is under way; what it reads on its way belongs to it.
    reading: Option<usize>,
    reads: Vec<ReadValue>,
}

impl Watch<'_> {
    fn span(&self, node: &Node) -> Option<Range<usize>> {
        let is_ours = self.nodes.get(node.id as usize) == Some(&(std::ptr::from_ref(node) as usize));
        is_ours.then(|| self.program.back(node.span.start)..self.program.back(node.span.end))
    }

    fn is_read(&self, node: &Node, span: &Range<usize>) -> bool {
        let is_within = span.start >= self.span.start && span.end <= self.span.end;
        // What is there anyway was read on the way to it.
        let is_context = matches!(&node.kind, NodeKind::Variable { name } if name.is_empty());
        self.inside > 0 && is_within && is_read(node) && (!is_context || *span == self.span)
    }
}

impl Tracer for Watch<'_> {
    fn enter(&mut self, node: &Node, _: ValueRef<'_>) {
        let Some(span) = self.span(node) else { return };
        if span == self.span {
            self.inside += 1;
            if self.inside == 1 {
                self.reads.clear();
            }
        }
        if self.reading.is_none() && self.is_read(node, &span) {
            self.reading = Some(std::ptr::from_ref(node) as usize);
        }
    }

    fn exit(&mut self, node: &Node, outcome: Outcome<'_>) {
        let Some(span) = self.span(node) else { return };
        if self.reading == Some(std::ptr::from_ref(node) as usize) {
            self.reading = None;
            if let Outcome::Value(value) = outcome
                && value.type_name() != "function"
                && self.reads.len() < READS_MAX
            {
                let expression = self.source.get(span.clone()).unwrap_or_default().to_owned();
                let (line, column) = place_of(self.source, span.start);
                let read = ReadValue { expression, line, column, value: value.capture(&CAPTURE) };
                if !self.reads.contains(&read) {
                    self.reads.push(read);
                }
            }
        }
        if span == self.span {
            self.inside = self.inside.saturating_sub(1);
            if self.inside == 0 && self.evaluated.len() < EVALUATIONS_MAX {
                let value = match outcome {
                    Outcome::Value(value) => value.to_json(),
                    Outcome::Error(_) => None,
                };
                self.evaluated.push(Evaluated { value, reads: telling(std::mem::take(&mut self.reads)) });
            }
        }
    }
}

/// Leaves out what a field was taken from, where the field is there too.
fn telling(reads: Vec<ReadValue>) -> Vec<ReadValue> {
    let is_object = |read: &ReadValue| read.value.as_ref().is_some_and(Value::is_object);
    if reads.iter().all(is_object) {
        return reads;
    }
    reads.into_iter().filter(|read| !is_object(read)).collect()
}

/// A field, a variable, or a path of them: it takes what is there.
fn is_read(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Name { .. } | NodeKind::Wildcard | NodeKind::Variable { .. } => true,
        NodeKind::Path { steps, .. } => node.attrs.group.is_none() && steps.iter().all(is_read),
        _ => false,
    }
}
