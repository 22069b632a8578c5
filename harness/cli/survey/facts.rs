//! What a pair shows that has no path in a body: its verdict, each kind of difference, statuses, failures, who was asked.

use compare::difference::Difference;
use compare::model::{Body, Exchange, Outcome, Pair, PairKind};
use compare::verdict::{Judgement, Verdict};

use crate::plan::{Plan, Planned};

/// Each fact as a few words; none is told twice.
pub fn of(pair: &Pair, judgement: &Judgement, plan: &Plan) -> Vec<String> {
    let mut facts = vec![match &judgement.verdict {
        Verdict::Undecided(reason) => format!("undecided ({})", reason.code.name()),
        Verdict::Same | Verdict::Tolerated | Verdict::Different => judgement.verdict.name().to_owned(),
    }];
    let operation = plan.find(&pair.operation).map(|index| &plan.operations[index]);
    facts.extend(judgement.differences.iter().map(|difference| told(difference, operation)));
    let in_doubt = judgement.in_doubt.iter();
    facts.extend(in_doubt.map(|difference| format!("{}, in doubt", told(difference, operation))));
    if let Some(integration) = &judgement.integration {
        facts.push(format!("integration {integration}"));
    }
    if pair.kind != PairKind::Request {
        facts.push(format!("a {}", pair.kind.name()));
    }
    for (whose, exchanges) in [("legacy", &pair.legacy), ("new", &pair.new), ("source", &pair.source)] {
        if exchanges.is_empty() {
            facts.push(format!("{whose} is absent"));
        }
        if exchanges.len() > 1 {
            facts.push(format!("{whose} has several pages"));
        }
        facts.extend(exchanges.iter().map(|exchange| answered(whose, exchange)));
    }
    for (whose, repeats) in [("legacy", &pair.legacy_repeats), ("new", &pair.new_repeats)] {
        if !repeats.is_empty() {
            facts.push(format!("{whose} was asked again"));
        }
    }
    facts.sort();
    facts.dedup();
    facts
}

fn told(difference: &Difference, operation: Option<&Planned>) -> String {
    let Difference { field, kind, .. } = difference;
    let rules = operation.map_or(&[][..], |operation| &operation.info.tolerances);
    match difference.tolerance.and_then(|index| rules.get(index)) {
        Some(rule) => format!("{} at {field}, excused by {} at {}", kind.name(), rule.rule, rule.path),
        None => format!("{} at {field}", kind.name()),
    }
}

fn answered(whose: &str, exchange: &Exchange) -> String {
    match &exchange.outcome {
        Outcome::Failure(failure) => format!("{whose} failed ({})", failure.kind.name()),
        Outcome::Response(response) => {
            let body = match response.body {
                Body::Json(_) => "JSON",
                Body::Text(_) => "text",
                Body::Base64(_) => "bytes",
                Body::Absent => "no body",
            };
            format!("{whose} answered {} with {body}", response.status)
        }
    }
}
