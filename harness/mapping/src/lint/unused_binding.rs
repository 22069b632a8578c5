//! A variable that is bound and never read.

use jlens_core::ast::{Node, NodeKind};

use super::{Facts, Level, Objection, Rule, span};

pub(super) const RULE: Rule = Rule {
    name: "unused-binding",
    about: "A variable is bound and never read.",
    level: Level::Warning,
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    let mut objections = Vec::new();
    let mut last = std::ptr::null::<Node>();
    // What a block ends with is its value, whoever reads the variable.
    facts.ast.root.walk(&mut |node| {
        if let NodeKind::Block { exprs, .. } = &node.kind
            && let Some(value) = exprs.last()
        {
            last = value;
        }
        let NodeKind::Bind { lhs, rhs } = &node.kind else { return };
        let NodeKind::Variable { name } = &lhs.kind else { return };
        let is_value = std::ptr::eq(last, node) || std::ptr::eq(&facts.ast.root, node);
        let (mut all, mut own) = (0, 0);
        let count = |within: &Node, counter: &mut usize| {
            within.walk(&mut |node| {
                *counter +=
                    usize::from(matches!(&node.kind, NodeKind::Variable { name: read } if read == name));
            });
        };
        count(&facts.ast.root, &mut all);
        // A function that calls itself is not used by that.
        count(rhs, &mut own);
        let binds = binds(&facts.ast.root, name);
        if all <= own + binds && !is_value {
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

/// How often a name stands on the left of `:=`.
fn binds(root: &Node, name: &str) -> usize {
    let mut count = 0;
    root.walk(&mut |node| {
        if let NodeKind::Bind { lhs, .. } = &node.kind {
            count += usize::from(matches!(&lhs.kind, NodeKind::Variable { name: bound } if bound == name));
        }
    });
    count
}
