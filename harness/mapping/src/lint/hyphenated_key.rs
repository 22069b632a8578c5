//! `a-b` is a subtraction: a key with a hyphen needs backticks.

use jlens_core::ast::{BinaryOp, Node, NodeKind};

use super::{Facts, Level, Objection, Rule};

pub(super) const RULE: Rule = Rule {
    name: "hyphenated-key",
    about: "Two names are subtracted without a space, which looks like one key with a hyphen.",
    level: Level::Warning,
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    let mut objections = Vec::new();
    facts.ast.root.walk(&mut |node| {
        let NodeKind::Binary { op: BinaryOp::Sub, lhs, rhs } = &node.kind else { return };
        let (Some(left), Some(right)) = (last_name(lhs), first_name(rhs)) else { return };
        let between = facts.source.get(left.span.end..right.span.start);
        if between == Some("-") {
            let key = format!("{}-{}", name(left), name(right));
            objections.push(Objection {
                span: left.span.start..right.span.end,
                message: format!("`{key}` is `{}` minus `{}`", name(left), name(right)),
                help: format!("write `` `{key}` `` with backticks for the key, or spaces around the minus"),
                level: None,
            });
        }
    });
    objections
}

fn last_name(node: &Node) -> Option<&Node> {
    match &node.kind {
        NodeKind::Name { .. } => Some(node),
        NodeKind::Path { steps, .. } => last_name(steps.last()?),
        // `a-b-c` is (a-b)-c.
        NodeKind::Binary { op: BinaryOp::Sub, rhs, .. } => last_name(rhs),
        _ => None,
    }
}

fn first_name(node: &Node) -> Option<&Node> {
    match &node.kind {
        NodeKind::Name { .. } => Some(node),
        NodeKind::Path { steps, .. } => first_name(steps.first()?),
        _ => None,
    }
}

fn name(node: &Node) -> &str {
    match &node.kind {
        NodeKind::Name { name } => name,
        _ => "",
    }
}
