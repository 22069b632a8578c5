//! A variable that is bound and never read.

use std::collections::{BTreeMap, BTreeSet};

use jlens_core::ast::{Node, NodeKind};

use super::{Facts, Level, Objection, Rule, span};

pub(super) const RULE: Rule = Rule {
    name: "unused-binding",
    about: "A variable is bound and never read.",
    level: Level::Warning,
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    let root = &facts.ast.root;
    let named = counts(root);
    let mut bound: BTreeMap<&str, usize> = BTreeMap::new();
    // What a block ends with is its value, whoever reads the variable.
    let mut values = BTreeSet::from([root.id]);
    root.walk(&mut |node| {
        if let Some((name, ..)) = binding(node) {
            *bound.entry(name).or_default() += 1;
        }
        if let NodeKind::Block { exprs, .. } = &node.kind {
            values.extend(exprs.last().map(|last| last.id));
        }
    });
    let mut objections = Vec::new();
    root.walk(&mut |node| {
        let Some((name, lhs, rhs)) = binding(node) else { return };
        // A function that calls itself is not used by that.
        let own = counts(rhs).get(name).copied().unwrap_or(0);
        let is_read = named.get(name).copied().unwrap_or(0) > own + bound.get(name).copied().unwrap_or(0);
        if !is_read && !values.contains(&node.id) {
            objections.push(Objection {
                span: span(lhs),
                message: format!("`${name}` is bound and never read"),
                help: "leave it out".to_owned(),
                level: None,
            });
        }
    });
    objections
}

/// A name, where it is bound, and to what.
fn binding(node: &Node) -> Option<(&str, &Node, &Node)> {
    let NodeKind::Bind { lhs, rhs } = &node.kind else { return None };
    let NodeKind::Variable { name } = &lhs.kind else { return None };
    Some((name, lhs, rhs))
}

/// How often each variable is named, bindings included.
fn counts(node: &Node) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    node.walk(&mut |node| {
        if let NodeKind::Variable { name } = &node.kind {
            *counts.entry(name.as_str()).or_default() += 1;
        }
    });
    counts
}
