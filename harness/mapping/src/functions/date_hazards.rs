//! Where a mapping could see that our dates are not JavaScript's objects: such a mapping goes to the oracle.
//!
//! Durations and URLs are told as dates here. A date may be stored, passed on, chosen, and have its methods called and its members read. It may not be made
//! text of, compared, or walked through, because there the JavaScript object shows its functions. What may hold
//! a date is over-estimated from the syntax: through variables, arguments and contexts.

use std::collections::BTreeSet;

use jlens_core::ast::{Ast, BinaryOp, Node, NodeKind};

use super::dates::{GETTERS, HARD_GETTERS};
use super::objects_of_ours::{ANSWER_OBJECTS, METHODS, SOURCES};
use super::urls;
use crate::rewrite::method_call;
use crate::survey::Survey;

/// Functions that only pass on, count or test what they are given.
const TRANSPARENT: [&str; 16] = [
    "map",
    "filter",
    "reduce",
    "append",
    "reverse",
    "single",
    "zip",
    "exists",
    "count",
    "boolean",
    "not",
    "type",
    "firstNonEmpty",
    "compact",
    "flatten",
    "assert",
];

/// Of those, the functions whose answer is a scalar.
const SCALAR: [&str; 5] = ["exists", "count", "boolean", "not", "type"];

struct Flow<'s> {
    survey: &'s Survey,
    tainted: BTreeSet<String>,
    params: BTreeSet<String>,
    /// A date may be the context of some expression.
    context: bool,
}

/// Says why the mapping cannot be evaluated natively, if so.
pub(super) fn check(ast: &Ast, survey: &Survey) -> Result<(), String> {
    if survey.stores_functions {
        return Err("a function is stored in an object beside dates".to_owned());
    }
    let mut flow = Flow { survey, tainted: BTreeSet::new(), params: BTreeSet::new(), context: false };
    ast.root.walk(&mut |node| {
        if let NodeKind::Lambda(definition) = &node.kind {
            flow.params.extend(definition.params.iter().cloned());
        }
    });
    loop {
        let before = (flow.tainted.len(), flow.context);
        ast.root.walk(&mut |node| flow.spread(node));
        if before == (flow.tainted.len(), flow.context) {
            break;
        }
    }
    let mut hazard = None;
    ast.root.walk(&mut |node| {
        if hazard.is_none() {
            hazard = flow.hazard(node);
        }
    });
    hazard.map_or(Ok(()), |what| Err(format!("a date object is {what}")))
}

impl Flow<'_> {
    /// Follows dates into variables, parameters and contexts.
    fn spread(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Bind { lhs, rhs } => {
                if let NodeKind::Variable { name } = &lhs.kind
                    && self.holds(rhs)
                {
                    self.tainted.insert(name.clone());
                }
            }
            NodeKind::Function { args, .. } | NodeKind::Partial { args, .. }
                if args.iter().any(|argument| self.holds(argument)) =>
            {
                self.tainted.extend(self.params.iter().cloned());
            }
            NodeKind::Apply { lhs, .. } if self.holds(lhs) => {
                self.tainted.extend(self.params.iter().cloned())
            }
            NodeKind::Path { steps, .. } => {
                for pair in steps.windows(2) {
                    self.context |= self.holds(&pair[0]) && !reads_member(&pair[1]);
                }
                for step in steps {
                    if let (Some(name), true) = (&step.attrs.focus, steps.iter().any(|step| self.holds(step)))
                    {
                        self.tainted.insert(name.clone());
                    }
                }
            }
            _ => {}
        }
        if let Some(group) = &node.attrs.group {
            self.context |= !group.pairs.is_empty()
                && matches!(&node.kind, NodeKind::Path { steps, .. }
                if steps.iter().any(|step| self.holds(step)));
        }
        if !(node.attrs.stages.is_empty() && node.attrs.predicate.is_empty()) && self.bare_holds(node) {
            self.context = true;
        }
    }

    /// Whether the value of an expression may be a date, or hold one.
    fn holds(&self, node: &Node) -> bool {
        let group = node.attrs.group.as_ref();
        group.is_some_and(|group| group.pairs.iter().any(|(_, value)| self.holds(value)))
            || self.bare_holds(node)
    }

    fn bare_holds(&self, node: &Node) -> bool {
        match &node.kind {
            NodeKind::Function { procedure, args } => match (method_call(node), &procedure.kind) {
                (Some((name, _)), _) => ANSWER_OBJECTS.contains(&name),
                (None, NodeKind::Variable { name }) if SOURCES.contains(&name.as_str()) => true,
                (None, NodeKind::Variable { name })
                    if self.survey.calls(name) && SCALAR.contains(&name.as_str()) =>
                {
                    false
                }
                _ => self.holds(procedure) || args.iter().any(|argument| self.holds(argument)),
            },
            NodeKind::Path { steps, .. } => self.path_holds(steps),
            NodeKind::Name { .. } => self.context,
            NodeKind::Variable { name } if name.is_empty() => self.context,
            NodeKind::Variable { name } => SOURCES.contains(&name.as_str()) || self.tainted.contains(name),
            NodeKind::Wildcard | NodeKind::Descendant | NodeKind::Parent { .. } => self.context,
            NodeKind::Lambda(definition) => self.holds(&definition.body),
            NodeKind::Bind { rhs, .. } => self.holds(rhs),
            NodeKind::Condition { then, otherwise, .. } => {
                self.holds(then) || otherwise.as_ref().is_some_and(|otherwise| self.holds(otherwise))
            }
            NodeKind::Block { exprs, .. } => exprs.last().is_some_and(|last| self.holds(last)),
            NodeKind::Object { pairs } => pairs.iter().any(|(_, value)| self.holds(value)),
            NodeKind::Array { items } => items.iter().any(|item| self.holds(item)),
            NodeKind::Fallback { lhs, rhs, .. } | NodeKind::Apply { lhs, rhs } => {
                self.holds(lhs) || self.holds(rhs)
            }
            NodeKind::Partial { procedure, args } => {
                self.holds(procedure) || args.iter().any(|argument| self.holds(argument))
            }
            NodeKind::Transform(_) => true,
            NodeKind::Binary { .. }
            | NodeKind::Negate { .. }
            | NodeKind::String { .. }
            | NodeKind::Number { .. }
            | NodeKind::Bool { .. }
            | NodeKind::Null
            | NodeKind::Regex { .. }
            | NodeKind::Placeholder
            | NodeKind::Sort { .. }
            | NodeKind::Error { .. } => false,
        }
    }

    fn path_holds(&self, steps: &[Node]) -> bool {
        let Some((last, before)) = steps.split_last() else { return false };
        match &last.kind {
            NodeKind::Name { name } if is_getter(name) && !before.is_empty() => false,
            NodeKind::Name { .. } => {
                before.iter().any(|step| self.holds(step)) || (before.is_empty() && self.context)
            }
            NodeKind::Function { .. } if method_call(last).is_some() => self.holds(last),
            _ => steps.iter().any(|step| self.holds(step)),
        }
    }

    /// What is done to a date that shows what it is.
    fn hazard(&self, node: &Node) -> Option<&'static str> {
        match &node.kind {
            NodeKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. } => None,
            NodeKind::Binary { lhs, rhs, .. } => {
                (self.holds(lhs) || self.holds(rhs)).then_some("compared or made text of")
            }
            NodeKind::Negate { expr } => self.holds(expr).then_some("negated"),
            NodeKind::Transform(_) => Some("perhaps transformed"),
            NodeKind::Sort { terms } => {
                terms.iter().any(|term| self.holds(&term.expr)).then_some("sorted by")
            }
            NodeKind::Function { procedure, args } if method_call(node).is_none() => {
                let held = args.iter().any(|argument| self.holds(argument));
                match &procedure.kind {
                    NodeKind::Variable { name }
                        if self.survey.bound.contains(name) || TRANSPARENT.contains(&name.as_str()) =>
                    {
                        None
                    }
                    NodeKind::Variable { .. } => {
                        (held || (args.is_empty() && self.context)).then_some("given to a function")
                    }
                    _ => None,
                }
            }
            NodeKind::Apply { lhs, rhs } => match &rhs.kind {
                NodeKind::Lambda(_) => None,
                _ => self.holds(lhs).then_some("given to a function"),
            },
            NodeKind::Path { steps, .. } => self.hazard_in_path(steps),
            NodeKind::Wildcard | NodeKind::Descendant => self.context.then_some("walked through"),
            _ => None,
        }
    }

    fn hazard_in_path(&self, steps: &[Node]) -> Option<&'static str> {
        let mut held = self.context;
        for step in steps {
            if let NodeKind::Name { name } = &step.kind
                && held
                && (METHODS.contains(&name.as_str()) || HARD_GETTERS.contains(&name.as_str()))
            {
                return Some("asked for a member that is not implemented natively");
            }
            if held && matches!(step.kind, NodeKind::Wildcard | NodeKind::Descendant) {
                return Some("walked through");
            }
            held |= self.holds(step);
        }
        None
    }
}

/// A member that is a scalar.
fn is_getter(name: &str) -> bool {
    GETTERS.contains(&name) || urls::GETTERS.contains(&name)
}

/// A step that only reads a member or calls a method of its context.
fn reads_member(step: &Node) -> bool {
    match &step.kind {
        NodeKind::Name { name } => is_getter(name) || name == "searchParams",
        _ => method_call(step).is_some_and(|(name, _)| METHODS.contains(&name)),
    }
}

/// Whether some member of a date is read: those of an invalid date are not numbers.
pub(super) fn reads_getters(survey: &Survey) -> bool {
    GETTERS.iter().any(|name| *name != "isValid" && survey.fields.contains(*name))
}
