//! A variable that nothing binds: it is nothing, without a word.

use std::collections::BTreeSet;

use jlens_core::ast::NodeKind;

use super::{Facts, Level, Objection, Rule, called, nearest, span};

pub(super) const RULE: Rule = Rule {
    name: "unbound-variable",
    about: "A variable is read that nothing binds, so that it is always nothing.",
    level: Level::Warning,
    check,
};

/// Names that authors give to nothing on purpose: `$v = null ? $missing : $v` leaves a key out.
const DELIBERATE: [&str; 5] = ["missing", "undefined", "nothing", "absent", "omit"];

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    let called: BTreeSet<usize> = called(facts.ast).into_iter().map(|(_, node)| node.span.start).collect();
    let mut objections = Vec::new();
    facts.ast.root.walk(&mut |node| {
        let NodeKind::Variable { name } = &node.kind else { return };
        let is_known = name.is_empty()
            || name == "$"
            || DELIBERATE.contains(&name.as_str())
            || facts.survey.bound.contains(name)
            || facts.functions.contains(name.as_str());
        if is_known || called.contains(&node.span.start) {
            return;
        }
        let help = match nearest(name, facts.survey.bound.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `${near}`?"),
            None => format!("bind it before: `${name} := …;`"),
        };
        objections.push(Objection {
            span: span(node),
            message: format!("nothing binds `${name}`"),
            help,
            level: None,
        });
    });
    objections
}
