//! Which parts of a request do not tell it from others, where each side was recorded at a time of its own.

use std::collections::BTreeSet;

use super::nearest::nearest;
use super::problem::Problem;
use super::request::Request;
use super::table::{Problems, Table, list};
use super::{Config, Operation};
use crate::join::route;

/// What does not matter when a side's recorded requests are joined to the other's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Join {
    /// Parameters of paths and queries of which any value goes with any.
    pub ignore: Vec<String>,
    /// Whether bodies must be equal.
    pub body: BodyJoin,
}

/// Whether requests that go together have equal bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyJoin {
    /// They have.
    #[default]
    Equal,
    /// The sides ask in shapes of their own.
    Ignored,
}

pub(super) fn read_join(
    mut table: Table<'_, '_>,
    requests: [Option<&Request>; 3],
    problems: &mut Problems,
) -> Join {
    let known: BTreeSet<String> =
        requests.into_iter().flatten().flat_map(|request| route::of(request).parameters()).collect();
    let mut ignore = Vec::new();
    for text in table.texts("ignore", problems) {
        let name = text.value.trim_matches(['{', '}']);
        if known.contains(name) {
            ignore.push(name.to_owned());
            continue;
        }
        let message = format!("`{}` is no parameter of this operation's requests", text.value);
        let near = nearest(name, known.iter().map(String::as_str));
        let help = match (near, known.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, false) => format!("they have {}", list(known.iter().map(String::as_str))),
            (None, true) => "a parameter stands in braces: path = \"/repos/{owner}\"".to_owned(),
        };
        problems.error(message, text.span, "not in a path or a query", &help);
    }
    let body = match table.text("body", problems) {
        None => BodyJoin::Equal,
        Some(text) if text.value == "equal" => BodyJoin::Equal,
        Some(text) if text.value == "ignored" => BodyJoin::Ignored,
        Some(text) => {
            let message = format!("`body` of `join` cannot be `{}`", text.value);
            problems.error(message, text.span, "expected \"equal\" or \"ignored\"", "");
            BodyJoin::Equal
        }
    };
    table.finish(problems);
    Join { ignore, body }
}

/// Warns of what lets no request of one side go together with one of the other, and of pages that nothing puts together.
pub fn look_over(config: &Config, operation: &Operation, findings: &mut Vec<Problem>) {
    let name = &operation.name;
    let mut warn = |message: String, label: &str, help: &str| {
        findings.push(Problem::warning(message).at(&config.source, operation.span.clone(), label).help(help));
    };
    let parameters = |request: &Request| route::of(request).parameters().into_iter().collect::<BTreeSet<_>>();
    if let (Some(legacy), Some(new)) = (&operation.legacy, &operation.new) {
        let (legacy, new) = (parameters(legacy), parameters(new));
        for parameter in
            legacy.symmetric_difference(&new).filter(|name| !operation.join.ignore.contains(name))
        {
            let side = if legacy.contains(parameter) { "legacy" } else { "new" };
            let message =
                format!("operation `{name}` has the parameter `{parameter}` on the side {side} only");
            let help = "requests that were recorded one side at a time go together by equal parameters: name it on both \
                        sides, or add it to join = { ignore = […] }";
            warn(message, "nothing can be joined", help);
        }
    }
    let requests = [&operation.legacy, &operation.new, &operation.source];
    if operation.items.is_none() && requests.into_iter().flatten().any(|request| request.next_page.is_some())
    {
        let message = format!("operation `{name}` says how pages follow, but not where their items lie");
        warn(message, "no `items`", "add items = \"$.data\": several pages are undecided without it");
    }
}
