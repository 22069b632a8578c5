//! From a recorded pair to its verdict: pages drained, new mapped, answers compared.

mod prepare;

use compare::answer::{self, Answer, Content};
use compare::diff::{Comparer, Comparison, Scope};
use compare::model::{Exchange, Outcome, Pair};
use compare::tape::{Json, Tape};
use compare::verdict::{Judgement, Reason, ReasonCode, Verdict};

use crate::plan::Plan;
pub use prepare::{Body, Prepared, Which, inputs, prepare};

/// What one thread judges with; buffers and the paths met are kept from pair to pair.
pub struct Judge<'p> {
    plan: &'p Plan,
    comparers: Vec<Comparer<'p>>,
    legacy_tape: Tape,
    new_tape: Tape,
}

impl<'p> Judge<'p> {
    /// For every operation of the plan.
    pub fn new(plan: &'p Plan) -> Judge<'p> {
        let comparers = plan.operations.iter().map(|operation| Comparer::new(&operation.rules)).collect();
        Judge { plan, comparers, legacy_tape: Tape::new(), new_tape: Tape::new() }
    }

    /// Judges one pair that was read at a location.
    pub fn judge(&mut self, pair: &Pair, location: String) -> Judgement {
        let account = pair.account.as_deref().and_then(|name| self.plan.accounts.get(name));
        let mut judgement = Judgement {
            pair: pair.id.clone(),
            operation: pair.operation.clone(),
            account: pair.account.clone(),
            integration: account.map(|account| account.integration.clone()),
            verdict: Verdict::Same,
            differences: Vec::new(),
            differences_total: 0,
            notes: Vec::new(),
            legacy_status: status(&pair.legacy),
            new_status: status(&pair.new),
            location,
        };
        match self.compare(pair, judgement.integration.as_deref()) {
            Err(reason) => judgement.verdict = Verdict::Undecided(reason),
            Ok(comparison) => {
                judgement.verdict = match (comparison.total, comparison.excused) {
                    (0, _) => Verdict::Same,
                    (total, excused) if total == excused => Verdict::Tolerated,
                    _ => Verdict::Different,
                };
                judgement.differences = comparison.differences;
                judgement.differences_total = comparison.total;
                judgement.notes = comparison.notes;
            }
        }
        judgement
    }

    fn compare(&mut self, pair: &Pair, integration: Option<&str>) -> Result<Comparison, Reason> {
        let index = self.plan.find(&pair.operation).ok_or_else(|| Reason {
            code: ReasonCode::UnknownOperation,
            detail: format!("the configuration has no operation `{}`", pair.operation),
        })?;
        let (legacy, new) = prepare(pair, &self.plan.operations[index], self.plan.now_ms)?;
        let legacy_body = parse("legacy", &legacy, &mut self.legacy_tape)?;
        let new_body = parse("the mapped new", &new, &mut self.new_tape)?;
        let scope = Scope { account: pair.account.as_deref(), integration };
        let mut out = Comparison::default();
        let (legacy, new) = (answer(&legacy, legacy_body), answer(&new, new_body));
        answer::answers(&mut self.comparers[index], legacy, new, scope, &mut out);
        Ok(out)
    }
}

fn status(exchanges: &[Exchange]) -> Option<u16> {
    exchanges.iter().find_map(|exchange| match &exchange.outcome {
        Outcome::Response(response) => Some(response.status),
        Outcome::Failure(_) => None,
    })
}

fn parse<'t>(side: &str, prepared: &'t Prepared<'_>, tape: &'t mut Tape) -> Result<Option<Json<'t>>, Reason> {
    let Prepared::Content { body: Body::Json(text), .. } = prepared else { return Ok(None) };
    tape.parse(text).map(Some).map_err(|error| Reason {
        code: if error.limit { ReasonCode::Limit } else { ReasonCode::Unreadable },
        detail: format!("{side} body: {error}"),
    })
}

fn answer<'a>(prepared: &'a Prepared<'_>, json: Option<Json<'a>>) -> Answer<'a> {
    match prepared {
        Prepared::Failure(kind) => Answer::Failure(*kind),
        Prepared::Content { status, headers, body } => {
            let body = match (json, body) {
                (Some(json), _) => Content::Json(json),
                (None, Body::Text(text)) => Content::Text(text),
                (None, Body::Base64(text)) => Content::Base64(text),
                (None, Body::Absent | Body::Json(_)) => Content::Absent,
            };
            Answer::Content { status: *status, headers, body }
        }
    }
}
