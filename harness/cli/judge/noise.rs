//! What legacy's repeats say of one pair: whether it is decided at all, and which fields waver.

use std::collections::BTreeSet;

use compare::answer::Answer;
use compare::diff::{Comparer, Comparison, Scope};
use compare::drain::Envelope;
use compare::model::Pair;
use compare::noise::{self, Repeats};
use compare::tape::{Json, Tape};
use compare::verdict::Reason;
use compare::volatile::Volatility;

use super::prepare;
use super::{answer, parse};
use crate::plan::Planned;

/// A note names so many fields.
const FIELDS_NAMED_MAX: usize = 3;

/// What the repeats of one pair come to.
pub struct Heard {
    /// Why the pair is undecided, if it differs only where legacy wavers.
    pub reason: Option<Reason>,
    /// To be added up over the run.
    pub volatility: Volatility,
    /// What a person should know of the repeats.
    pub notes: Vec<String>,
}

/// Compares legacy with its repeats, under the operation's rules, and says what that means for the comparison with new.
pub fn hear(
    comparer: &mut Comparer<'_>,
    (pair, operation, envelope): (&Pair, &Planned, Option<&Envelope>),
    legacy: (Answer<'_>, Option<Json<'_>>),
    scope: Scope<'_>,
    comparison: &Comparison,
) -> Heard {
    let mut notes = Vec::new();
    let prepared = usable(prepare::repeats(pair, operation, envelope), &mut notes);
    let mut tapes: Vec<Tape> = prepared.iter().map(|_| Tape::new()).collect();
    let parsed = prepared.iter().zip(&mut tapes).map(|(repeat, tape)| {
        let json = parse("a repeat's", repeat, tape)?;
        Ok(answer(repeat, json))
    });
    let answers = usable(parsed.collect(), &mut notes);
    let repeats = noise::measure(comparer, legacy.0, &answers, scope);
    let reason = repeats.noise.reason(comparison);
    if reason.is_none() {
        notes.extend(covered(&repeats, comparison));
    }
    let mut volatility = Volatility::default();
    volatility.add(legacy.1, &repeats, &comparison.differences);
    Heard { reason, volatility, notes }
}

/// A repeat that cannot be compared says nothing; that it was there is noted.
fn usable<T>(repeats: Vec<Result<T, Reason>>, notes: &mut Vec<String>) -> Vec<T> {
    let mut left = Vec::with_capacity(repeats.len());
    for repeat in repeats {
        match repeat {
            Ok(repeat) => left.push(repeat),
            Err(reason) => {
                let note = format!("a repeat of legacy says nothing ({})", reason.code.name());
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    left
}

/// The fields in which a pair differs where legacy wavers, though it differs elsewhere too.
fn covered(repeats: &Repeats, comparison: &Comparison) -> Option<String> {
    let open = comparison.differences.iter().filter(|difference| difference.tolerance.is_none());
    let wavering = open.filter(|difference| repeats.noise.covers(difference));
    let fields: BTreeSet<&str> = wavering.map(|difference| &*difference.field).collect();
    if fields.is_empty() {
        return None;
    }
    let named = fields.iter().take(FIELDS_NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    let others = match fields.len().saturating_sub(FIELDS_NAMED_MAX) {
        0 => String::new(),
        left_out => format!(" and {left_out} more fields"),
    };
    Some(format!(
        "legacy, asked again, differs from itself at {named}{others}: differences there prove nothing"
    ))
}
