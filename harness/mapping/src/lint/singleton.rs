//! Legacy has a list there, and JSONata makes a bare value of a list of one.

use jlens_core::ast::{Node, NodeKind, Stage};

use super::{Facts, Level, Objection, Rule};
use crate::provenance::{Nearness, Provenance};

pub(super) const RULE: Rule = Rule {
    name: "singleton",
    about: "Legacy has a list where the mapping answers a bare value for a list of one, and nothing for an empty one.",
    level: Level::Warning,
    check,
};

/// Functions that answer a bare value for a sequence of one.
const COLLAPSING: [&str; 10] =
    ["append", "distinct", "each", "filter", "keys", "lookup", "map", "sift", "sort", "spread"];

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    let Some(seen) = facts.seen else { return Vec::new() };
    let Some(provenance) = Provenance::of(facts.source) else { return Vec::new() };
    let mut objections: Vec<Objection> = Vec::new();
    for path in seen.lists.paths() {
        let Some(place) = provenance.blame(path) else { continue };
        let is_known = objections.iter().any(|known| known.span == place.span);
        if place.nearness != Nearness::Exact || is_known {
            continue;
        }
        let mut collapses = false;
        facts.ast.root.walk(&mut |node| {
            if (node.span.start..node.span.end) == place.span {
                collapses |= may_collapse(node);
            }
        });
        if collapses {
            objections.push(Objection {
                span: place.span,
                message: format!("legacy has a list at {path}, and a list of one comes out bare here"),
                help: "put brackets around it: `[…]`".to_owned(),
                level: None,
            });
        }
    }
    objections
}

/// Whether a sequence of one would come out as its element. Where that is not certain the rule is silent.
fn may_collapse(node: &Node) -> bool {
    if node.attrs.keep_array {
        return false;
    }
    match &node.kind {
        NodeKind::Path { steps, keep_singleton_array } => {
            !keep_singleton_array && node.attrs.group.is_none() && steps.last().is_some_and(makes_a_sequence)
        }
        NodeKind::Function { procedure, .. } => {
            matches!(&procedure.kind, NodeKind::Variable { name } if COLLAPSING.contains(&name.as_str()))
        }
        NodeKind::Apply { rhs, .. } => may_collapse(rhs),
        NodeKind::Condition { then, otherwise, .. } => {
            may_collapse(then) || otherwise.as_ref().is_some_and(|otherwise| may_collapse(otherwise))
        }
        NodeKind::Block { exprs, .. } => exprs.last().is_some_and(may_collapse),
        _ => false,
    }
}

/// A last step that is evaluated for each element, or chooses among them; a mere field may hold the list itself.
fn makes_a_sequence(step: &Node) -> bool {
    let is_filtered = step.attrs.stages.iter().any(|stage| match stage {
        // An index chooses one element: that is no list.
        Stage::Filter { expr, .. } => !matches!(expr.kind, NodeKind::Number { .. } | NodeKind::Negate { .. }),
        Stage::Index { .. } => false,
    });
    match &step.kind {
        NodeKind::Object { .. } | NodeKind::Block { .. } => true,
        // What a function answers may be a list of its own.
        NodeKind::Function { .. } => false,
        _ => is_filtered,
    }
}
