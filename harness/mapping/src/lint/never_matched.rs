//! A path that was evaluated on recordings and was never there: misspelt, or of data that nobody has.

use std::collections::BTreeSet;

use jlens_core::ast::{Node, NodeKind};

use super::{Facts, Level, Objection, Rule, nearest};
use crate::coverage::{Point, PointKind};

pub(super) const RULE: Rule = Rule {
    name: "never-matched",
    about: "A path of the input was evaluated on recordings and never found anything.",
    // Data that nobody has may be as it should be; a name that is nearly another is not.
    level: Level::Note,
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    let Some(seen) = facts.seen else { return Vec::new() };
    let text = |span: &std::ops::Range<usize>| facts.source.get(span.clone()).unwrap_or_default();
    let expressions = || seen.coverage.points().filter(|(point, _)| point.kind == PointKind::Expression);
    let mut paths = BTreeSet::new();
    facts.ast.root.walk(&mut |node| {
        if is_path(node) {
            paths.insert((node.span.start, node.span.end));
        }
    });
    let is_path = |point: &Point| paths.contains(&(point.span.start, point.span.end));
    // The same path may be asked for where it cannot be and found elsewhere (`a or b`, then `b`).
    let matched: BTreeSet<&str> = expressions()
        .filter(|(point, count)| is_path(point) && count.evaluated > count.undefined + count.failed)
        .map(|(point, _)| text(&point.span))
        .collect();
    let unread = seen.coverage.unread().fields().map(|(path, _)| last_name(path));
    let fields: BTreeSet<&str> = matched.iter().map(|path| last_name(path)).chain(unread).collect();
    let mut told = BTreeSet::new();
    expressions()
        .filter(|(point, count)| {
            let is_unmatched = count.evaluated > 0 && count.evaluated == count.undefined;
            let is_dead = is_unmatched && is_path(point) && !matched.contains(text(&point.span));
            // Once is enough.
            is_dead && told.insert(text(&point.span))
        })
        .map(|(point, count)| {
            let path = text(&point.span);
            let near =
                nearest(last_name(path), fields.iter().copied()).filter(|near| *near != last_name(path));
            Objection {
                span: point.span.clone(),
                message: format!("`{path}` found nothing in any of {} evaluations", count.evaluated),
                help: match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "record an account that has it, or leave it out".to_owned(),
                },
                level: near.map(|_| Level::Warning),
            }
        })
        .collect()
}

/// The last name of a path.
fn last_name(path: &str) -> &str {
    path.rsplit(['.', '[', ']', '\'', '`']).find(|name| !name.is_empty()).unwrap_or(path)
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
