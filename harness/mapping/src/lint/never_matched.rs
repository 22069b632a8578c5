//! A path that was evaluated on recordings and was never there: misspelt, or of data that nobody has.

use std::collections::BTreeSet;

use jlens_core::ast::{Node, NodeKind};

use super::{Facts, Level, Objection, Rule};
use crate::coverage::PointKind;

pub(super) const RULE: Rule = Rule {
    name: "never-matched",
    about: "A path of the input was evaluated on recordings and never found anything.",
    level: Level::Warning,
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    let Some(seen) = facts.seen else { return Vec::new() };
    let text = |span: &std::ops::Range<usize>| facts.source.get(span.clone()).unwrap_or_default();
    let expressions = || seen.coverage.points().filter(|(point, _)| point.kind == PointKind::Expression);
    // The same path may be asked for where it cannot be and found elsewhere (`a or b`, then `b`).
    let matched: BTreeSet<&str> = expressions()
        .filter(|(_, count)| count.evaluated > count.undefined + count.failed)
        .map(|(point, _)| text(&point.span))
        .collect();
    let mut paths = BTreeSet::new();
    facts.ast.root.walk(&mut |node| {
        if is_path(node) {
            paths.insert((node.span.start, node.span.end));
        }
    });
    expressions()
        .filter(|(point, count)| {
            let is_unmatched = count.evaluated > 0 && count.evaluated == count.undefined;
            is_unmatched
                && paths.contains(&(point.span.start, point.span.end))
                && !matched.contains(text(&point.span))
        })
        .map(|(point, count)| Objection {
            span: point.span.clone(),
            message: format!(
                "`{}` found nothing in any of {} evaluations on recordings",
                text(&point.span),
                count.evaluated
            ),
            help: "look for its spelling, or record an account that has it".to_owned(),
        })
        .collect()
}

/// A field, or a path of fields.
fn is_path(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Name { .. } => true,
        NodeKind::Path { steps, .. } => {
            let is_plain =
                |step: &Node| matches!(step.kind, NodeKind::Name { .. } | NodeKind::Variable { .. });
            steps.iter().all(is_plain) && steps.iter().any(|step| matches!(step.kind, NodeKind::Name { .. }))
        }
        _ => false,
    }
}
