//! A call of a function that nobody has: an error as soon as it is evaluated.

use super::{Facts, Level, Objection, Rule, called, nearest, span};
use crate::engine::Dialect;
use crate::functions::names_of_truto;

pub(super) const RULE: Rule = Rule {
    name: "unknown-function",
    about: "A function is called that neither the mapping nor the dialect has.",
    level: Level::Warning,
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Objection> {
    let unknown = called(facts.ast).into_iter().filter(|(name, _)| {
        !name.is_empty()
            && *name != "$"
            && !facts.survey.bound.contains(*name)
            && !facts.functions.contains(name)
    });
    unknown
        .map(|(name, node)| {
            let known = facts.functions.iter().copied().chain(facts.survey.bound.iter().map(String::as_str));
            let help = match nearest(name, known) {
                Some(near) => format!("did you mean `${near}`?"),
                None if facts.dialect == Dialect::Jsonata && names_of_truto().contains(&name) => {
                    "Truto's library has it: set `dialect = \"truto\"` where it is evaluated there".to_owned()
                }
                None => "bind it in the mapping, or call one that there is".to_owned(),
            };
            let message = format!("the dialect {} has no function `${name}`", facts.dialect.name());
            Objection { span: span(node), message, help, level: None }
        })
        .collect()
}
