//! The verdict of every record, and what they add up to.

use std::io;
use std::sync::{PoisonError, RwLock};

use compare::verdict::{Judgement, Reason, ReasonCode, Verdict};
use evidence::tally::Tally;
use store::format::FormatError;
use store::recordings::{RawRecord, ReadProblem, RecordError, Records};

use super::changed::Changed;
use crate::exercise::{Asked, Exercise};
use crate::judge::{Ids, Judge, blank};
use crate::options::Global;
use crate::pipeline::{self, Ended};
use crate::plan::Plan;
use crate::seen::Seen;

/// What a run comes to.
#[derive(Default)]
pub struct Judged {
    /// All verdicts, added up.
    pub tally: Tally,
    /// Where Ctrl-C ended it: what was done until then.
    pub interrupted: Option<String>,
}

/// Which records are judged.
pub struct Wanted<'w> {
    /// Operations were named: pairs of others are none of this run's business.
    pub is_named: bool,
    /// What has changed.
    pub changed: &'w Changed,
    /// Older pairs do not count in the census: seconds since 1970.
    pub since: Option<i64>,
}

/// Judges every record; `each` gets every judgement in the order of the files.
pub fn judge(
    (plan, ids): (&Plan, &Ids),
    records: Records,
    wanted: &Wanted<'_>,
    exercise: &RwLock<Exercise>,
    global: &Global,
    mut each: impl FnMut(&Judgement) -> io::Result<()> + Send,
) -> anyhow::Result<Judged> {
    let tally = RwLock::new(Tally::since(wanted.since));
    // A read that comes before what is being added only shows a pair too many.
    let is_shown =
        |judgement: &Judgement| tally.read().unwrap_or_else(PoisonError::into_inner).shows(judgement);
    let one = |record: &RawRecord, judge: &mut Judge<'_>| {
        let judgement = one(record, judge, is_shown);
        let is_planned = !wanted.is_named || plan.find(&judgement.operation).is_some();
        let is_wanted =
            is_planned && wanted.changed.concerns_pair(&record.location.file, &judgement.operation);
        let sampled =
            exercise.read().unwrap_or_else(PoisonError::into_inner).may_take(plan, asked(&judgement));
        let is_kept = sampled || is_disagreement(&judgement);
        is_wanted.then(|| (judgement, is_kept.then(|| record.clone())))
    };
    let mut seen = Seen::default();
    let add = |(mut judgement, record): (Judgement, Option<RawRecord>)| {
        if !seen.insert(&judgement.pair) {
            judgement = duplicate(judgement);
        } else if let Some(record) = record {
            watch(exercise, plan, &judgement, &record);
        }
        exercise.write().unwrap_or_else(PoisonError::into_inner).count(plan, &judgement);
        tally.write().unwrap_or_else(PoisonError::into_inner).add(&judgement);
        each(&judgement)
    };
    let ended = pipeline::each((plan, ids), records, global, "judged", one, add)?;
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let interrupted = (ended == Ended::Interrupted).then(|| format!("after {} pairs", tally.totals.pairs));
    Ok(Judged { tally, interrupted })
}

fn one(record: &RawRecord, judge: &mut Judge<'_>, is_shown: impl Fn(&Judgement) -> bool) -> Judgement {
    let location = record.location.to_string();
    match record.pair() {
        Ok(pair) => judge.judge(&pair, location, is_shown),
        Err(error) => unreadable(&error, record, location),
    }
}

/// Two engines make different values of its mapping.
fn is_disagreement(judgement: &Judgement) -> bool {
    matches!(&judgement.verdict, Verdict::Undecided(reason) if reason.code == ReasonCode::EngineDisagreement)
}

/// Evaluates the mappings of a pair that belongs to the sample once more, and counts what it exercises. Where engines
/// disagree, it finds out where.
fn watch(exercise: &RwLock<Exercise>, plan: &Plan, judgement: &Judgement, record: &RawRecord) {
    if is_disagreement(judgement)
        && let Ok(pair) = record.pair()
    {
        exercise.write().unwrap_or_else(PoisonError::into_inner).narrow(plan, &pair);
    }
    let bytes = record.text.as_ref().map_or(0, String::len);
    if !exercise.write().unwrap_or_else(PoisonError::into_inner).takes(plan, asked(judgement), bytes) {
        return;
    }
    let Ok(pair) = record.pair() else { return };
    // Others ask meanwhile whether a pair may belong to the sample.
    let observed = exercise.read().unwrap_or_else(PoisonError::into_inner).observe(plan, &pair);
    if let Some(observed) = observed {
        exercise.write().unwrap_or_else(PoisonError::into_inner).add(observed, judgement.account.as_deref());
    }
}

fn asked(judgement: &Judgement) -> Asked<'_> {
    Asked { operation: &judgement.operation, account: judgement.account.as_deref() }
}

/// A record that is no pair is judged all the same: it was meant to be evidence.
fn unreadable(error: &RecordError, record: &RawRecord, location: String) -> Judgement {
    let code = match error {
        RecordError::Format(FormatError::UnknownVersion { .. }) => ReasonCode::UnknownVersion,
        RecordError::Unread(ReadProblem::TooLarge { .. }) => ReasonCode::Limit,
        RecordError::Unread(_) | RecordError::Format(_) | RecordError::Misplaced { .. } => ReasonCode::Torn,
    };
    let operation = super::operation_of(&record.location.file).unwrap_or_default().to_owned();
    let reason = Reason { code, detail: error.to_string() };
    blank(location.clone(), operation, Verdict::Undecided(reason), location)
}

/// Of two pairs with one id the second says nothing: which is meant is not known.
fn duplicate(judgement: Judgement) -> Judgement {
    let detail = format!("another pair has the id {}: this one is at {}", judgement.pair, judgement.location);
    let reason = Reason { code: ReasonCode::DuplicateId, detail };
    Judgement {
        verdict: Verdict::Undecided(reason),
        differences: Vec::new(),
        differences_total: 0,
        in_doubt: Vec::new(),
        volatility: Default::default(),
        ..judgement
    }
}
