//! What the native engine refers to the oracle, or what nobody may run here.

use super::{Facts, Level, Objection, Rule, called, span};
use crate::engine::Dialect;
use crate::functions::{is_of_oracle, is_service};
use crate::mapping::MapError;

pub(super) const RULE: Rule = Rule {
    name: "needs-oracle",
    about: "The native engine does not evaluate it as production does: it needs the oracle, or calls a service.",
    level: Level::Note,
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    if facts.dialect == Dialect::Jsonata {
        return Vec::new();
    }
    let free = called(facts.ast).into_iter().filter(|(name, _)| facts.survey.calls(name));
    let mut objections: Vec<Objection> = free
        .filter_map(|(name, node)| {
            let (message, help) = if is_service(name) {
                (format!("`${name}` calls a service"), "pairs that reach it are undecided")
            } else if is_of_oracle(name) || name == "eval" {
                (format!("`${name}` needs the oracle"), "`cutover oracle install` brings it")
            } else {
                return None;
            };
            Some(Objection { span: span(node), message, help: help.to_owned(), level: None })
        })
        .collect();
    if objections.is_empty()
        && let Some(MapError::NeedsOracle(why)) = facts.mapping.not_native()
    {
        let message = format!("the mapping needs the oracle: {why}");
        let help = "`cutover oracle install` brings it".to_owned();
        objections.push(Objection { span: span(&facts.ast.root), message, help, level: None });
    }
    objections
}
