//! From a recorded pair to its verdict: pages drained, new mapped, answers compared, witnesses heard.

mod circumstances;
mod limits;
mod moved;
mod noise;
mod prepare;
mod witnesses;

use compare::answer::{self, Answer, Content};
use compare::diff::{Comparer, Comparison, Contexts, Scope};
use compare::difference::Kind;
use compare::entities::{Entities, EntityLink};
use compare::model::{Effect, Exchange, Outcome, Pair, Redacted, Redaction};
use compare::tape::{Json, Tape};
use compare::verdict::{Circumstances, DIFFERENCES_MAX, Judgement, Reason, ReasonCode, Verdict};

use crate::plan::Plan;
use prepare::prepare_in;
pub use prepare::{Body, MappingInput, Prepared, Which, inputs, prepare};

/// Which ids stand for each other, over the run that a pair is judged in.
#[derive(Debug)]
pub enum Ids {
    /// No rule asks for it.
    NotAsked,
    /// What all pairs say together.
    Known(Entities),
    /// More ids than can be remembered.
    TooMany {
        /// So many at most, of both sides.
        ids_max: usize,
        /// So long at most, together.
        bytes_max: usize,
    },
}

/// What one thread judges with; buffers and the paths met are kept from pair to pair.
pub struct Judge<'p> {
    plan: &'p Plan,
    ids: &'p Ids,
    comparers: Vec<Comparer<'p>>,
    /// The same for pairs that are shown: contexts cost more than finding the difference.
    showing: Vec<Option<Comparer<'p>>>,
    legacy_tape: Tape,
    new_tape: Tape,
}

impl<'p> Judge<'p> {
    /// For every operation of the plan.
    pub fn new(plan: &'p Plan, ids: &'p Ids) -> Judge<'p> {
        let comparer = |rules| Comparer::new(rules).with_contexts(Contexts::None);
        Judge {
            plan,
            ids,
            comparers: plan.operations.iter().map(|operation| comparer(&operation.rules)).collect(),
            showing: plan.operations.iter().map(|_| None).collect(),
            legacy_tape: Tape::new(),
            new_tape: Tape::new(),
        }
    }

    /// Judges one pair that was read at a location. What stands around its differences is looked up only where they
    /// are to be shown.
    pub fn judge(
        &mut self,
        pair: &Pair,
        location: String,
        is_shown: impl Fn(&Judgement) -> bool,
    ) -> Judgement {
        let account = pair.account.as_deref().and_then(|name| self.plan.accounts.get(name));
        let mut judgement = Judgement {
            integration: account.map(|account| account.integration.clone()),
            account: pair.account.clone(),
            legacy_status: status(&pair.legacy),
            new_status: status(&pair.new),
            circumstances: circumstances::of(pair),
            ..blank(pair.id.clone(), pair.operation.clone(), Verdict::Same, location)
        };
        if let Err(reason) = self.decide(pair, &mut judgement, is_shown) {
            judgement.verdict = Verdict::Undecided(reason);
        }
        judgement
    }

    /// The ids that one pair links; none where it has none, or cannot be compared.
    pub fn links(&mut self, pair: &Pair) -> Vec<EntityLink> {
        let index = self.plan.find(&pair.operation);
        let Some(index) = index.filter(|&index| self.plan.operations[index].rules.has_entities()) else {
            return Vec::new();
        };
        let Ok(prepared) = prepare(pair, &self.plan.operations[index], self.plan.now_ms) else {
            return Vec::new();
        };
        let (legacy_tape, new_tape) = (&mut self.legacy_tape, &mut self.new_tape);
        let Ok((legacy, new)) = answers(&prepared, Reading::Whole, legacy_tape, new_tape) else {
            return Vec::new();
        };
        let account = pair.account.as_deref().and_then(|name| self.plan.accounts.get(name));
        let integration = account.map(|account| account.integration.as_str());
        let scope = Scope { account: pair.account.as_deref(), integration };
        let mut out = Comparison::default();
        answer::answers(&mut self.comparers[index], legacy.0, new.0, scope, &mut out);
        out.links
    }

    fn decide(
        &mut self,
        pair: &Pair,
        judgement: &mut Judgement,
        is_shown: impl Fn(&Judgement) -> bool,
    ) -> Result<(), Reason> {
        let index = self.plan.find(&pair.operation).ok_or_else(|| Reason {
            code: ReasonCode::UnknownOperation,
            detail: format!("the configuration has no operation `{}`", pair.operation),
        })?;
        if let Some(reason) = redacted_otherwise(pair) {
            return Err(reason);
        }
        let operation = &self.plan.operations[index];
        let (prepared, envelope) = prepare_in(pair, operation, self.plan.now_ms)?;
        // What is asked again, or linked, must be read even where both texts are the same.
        let reading = match pair.legacy_repeats.is_empty() && !operation.rules.has_entities() {
            true if operation.consumes.is_empty() => Reading::WhereUnlike,
            true => Reading::Legacy,
            false => Reading::Whole,
        };
        let (legacy_tape, new_tape) = (&mut self.legacy_tape, &mut self.new_tape);
        let (legacy, new) = answers(&prepared, reading, legacy_tape, new_tape)?;
        judgement.circumstances.sights = circumstances::sights(&operation.consumes, &prepared.0, legacy.1);
        let integration = judgement.integration.clone();
        let scope = Scope { account: pair.account.as_deref(), integration: integration.as_deref() };
        let comparer = &mut self.comparers[index];
        let free = operation.free_list(pair.kind);
        let mut found = compared(comparer, self.ids, legacy.0, new.0, scope, free)?;
        let mut second = None;
        if let Some(again) = moved::second_walk(pair, operation).filter(|_| found.total > found.excused) {
            let open =
                moved::open_differences(comparer, self.ids, &again, operation, self.plan.now_ms, scope)?;
            let moved = moved::set_aside(&mut found, &open);
            let reason = moved::reason(&moved, &found);
            judgement.in_doubt = moved;
            if let Some(reason) = reason {
                witnesses::blame(pair, operation, &mut judgement.in_doubt);
                return Err(reason);
            }
            second = Some(open);
        }
        if !pair.legacy_repeats.is_empty() {
            let heard = noise::hear(comparer, (pair, operation, envelope.as_ref()), legacy, scope, &found);
            judgement.volatility = heard.volatility;
            judgement.notes = heard.notes;
            if let Some(reason) = heard.reason {
                witnesses::blame(pair, operation, &mut found.differences);
                judgement.in_doubt = found.differences;
                return Err(reason);
            }
        }
        judgement.verdict = match (found.total, found.excused) {
            (0, _) => Verdict::Same,
            (total, excused) if total == excused => Verdict::Tolerated,
            _ => Verdict::Different,
        };
        judgement.differences_total = found.total;
        judgement.notes.append(&mut found.notes);
        judgement.differences = found.differences;
        if found.total > 0 && is_shown(judgement) {
            let showing = self.showing[index].get_or_insert_with(|| Comparer::new(&operation.rules));
            let mut shown = compared(showing, self.ids, legacy.0, new.0, scope, free)?;
            if let Some(second) = &second {
                drop(moved::set_aside(&mut shown, second));
            }
            judgement.differences = shown.differences;
        }
        witnesses::blame(pair, operation, &mut judgement.differences);
        Ok(())
    }
}

/// A judgement of which nothing is known yet but the verdict.
pub fn blank(pair: String, operation: String, verdict: Verdict, location: String) -> Judgement {
    Judgement {
        pair,
        operation,
        account: None,
        integration: None,
        verdict,
        differences: Vec::new(),
        differences_total: 0,
        in_doubt: Vec::new(),
        volatility: Default::default(),
        notes: Vec::new(),
        legacy_status: None,
        new_status: None,
        location,
        circumstances: Circumstances::default(),
    }
}

/// Compares, and holds the ids that were linked against all that the run linked. The order of a list that is free is none: whoever
/// walked it to its end has all of it, and its key says which record is which.
fn compared(
    comparer: &mut Comparer<'_>,
    ids: &Ids,
    legacy: Answer<'_>,
    new: Answer<'_>,
    scope: Scope<'_>,
    free: Option<&str>,
) -> Result<Comparison, Reason> {
    let mut found = Comparison::default();
    answer::answers(comparer, legacy, new, scope, &mut found);
    if let Some(free) = free {
        found.forget(|difference| difference.kind == Kind::Order && *difference.field == *free);
    }
    match ids {
        _ if found.links.is_empty() => {}
        Ids::NotAsked => {}
        Ids::Known(entities) => {
            let settled = entities.settle(&found.links, &mut found.differences);
            found.total += settled.added;
            found.excused = found.excused.saturating_sub(settled.reopened);
            keep_open(&mut found);
        }
        Ids::TooMany { ids_max, bytes_max } => {
            let detail = format!(
                "the recordings link more than {ids_max} ids that differ by design, or {bytes_max} bytes of them: too \
                 many to see whether they stay one-to-one"
            );
            return Err(Reason { code: ReasonCode::Limit, detail });
        }
    }
    Ok(found)
}

/// Settling may have added differences beyond the limit: those that are excused go first.
fn keep_open(found: &mut Comparison) {
    let mut over = found.differences.len().saturating_sub(DIFFERENCES_MAX);
    if over > 0 {
        let mut kept = Vec::with_capacity(found.differences.len());
        for difference in std::mem::take(&mut found.differences).into_iter().rev() {
            match difference.tolerance.is_some() && over > 0 {
                true => over -= 1,
                false => kept.push(difference),
            }
        }
        kept.reverse();
        kept.truncate(DIFFERENCES_MAX);
        found.differences = kept;
    }
}

/// Why a pair whose verdict redaction changed cannot be judged any more.
fn redacted_otherwise(pair: &Pair) -> Option<Reason> {
    let Some(Redaction { by: Redacted::Key { effect: Effect::Differs(what), .. }, .. }) = &pair.redaction
    else {
        return None;
    };
    Some(Reason { code: ReasonCode::Redaction, detail: what.clone() })
}

fn status(exchanges: &[Exchange]) -> Option<u16> {
    exchanges.iter().find_map(|exchange| match &exchange.outcome {
        Outcome::Response(response) => Some(response.status),
        Outcome::Failure(_) => None,
    })
}

/// What is read of texts that are the same byte for byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Both.
    Whole,
    /// Legacy's, for what it shows of the fields that the application reads.
    Legacy,
    /// Neither.
    WhereUnlike,
}

/// An answer, with its body where that is JSON and was read.
type Read<'a> = (Answer<'a>, Option<Json<'a>>);

/// Both answers, new's body read with legacy's as its guide.
fn answers<'a>(
    (legacy, new): &'a (Prepared<'_>, Prepared<'_>),
    reading: Reading,
    legacy_tape: &'a mut Tape,
    new_tape: &'a mut Tape,
) -> Result<(Read<'a>, Read<'a>), Reason> {
    if let (Some(one), Some(other)) = (json_text(legacy), json_text(new))
        && reading != Reading::Whole
        && one == other
    {
        let seen = if reading == Reading::Legacy { parse("legacy", legacy, legacy_tape)? } else { None };
        // As text they are compared, and found to be the same, without a look at what they say.
        let text = |prepared: &'a Prepared<'_>, text| match answer(prepared, None) {
            Answer::Content { status, headers, .. } => {
                Answer::Content { status, headers, body: Content::Text(text) }
            }
            failure @ Answer::Failure(_) => failure,
        };
        return Ok(((text(legacy, one), seen), (text(new, other), None)));
    }
    let legacy_json = parse("legacy", legacy, legacy_tape)?;
    let new_json = match (json_text(new), legacy_json) {
        (Some(text), Some(guide)) => {
            Some(new_tape.parse_like(text, guide).map_err(|error| unread("the mapped new", &error))?)
        }
        _ => parse("the mapped new", new, new_tape)?,
    };
    Ok(((answer(legacy, legacy_json), legacy_json), (answer(new, new_json), new_json)))
}

fn json_text<'a>(prepared: &'a Prepared<'_>) -> Option<&'a str> {
    match prepared {
        Prepared::Content { body: Body::Json(text), .. } => Some(text),
        Prepared::Content { .. } | Prepared::Failure(_) => None,
    }
}

fn parse<'t>(side: &str, prepared: &'t Prepared<'_>, tape: &'t mut Tape) -> Result<Option<Json<'t>>, Reason> {
    let Some(text) = json_text(prepared) else { return Ok(None) };
    tape.parse(text).map(Some).map_err(|error| unread(side, &error))
}

fn unread(side: &str, error: &compare::tape::ParseError) -> Reason {
    Reason {
        code: if error.limit { ReasonCode::Limit } else { ReasonCode::Unreadable },
        detail: format!("{side} body: {error}"),
    }
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
