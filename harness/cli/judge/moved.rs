//! Rows that moved while lists were walked: both lists walked again agree where the first walks differ.
//!
//! A row that was deleted, made or changed between legacy's walk and new's is neither side's fault, and no repeat of legacy alone
//! shows it. What the second walks say alike proves nothing of what the first ones said, so it is undecided, never the same.

use std::collections::{BTreeMap, BTreeSet};

use compare::diff::{Comparer, Comparison, Scope};
use compare::difference::{Difference, Kind};
use compare::model::{Exchange, Pair, PairKind};
use compare::tape::Tape;
use compare::verdict::{DIFFERENCES_MAX, Reason, ReasonCode};

use super::{Ids, Reading, answers, compared, prepare};
use crate::config::MapFrom;
use crate::plan::Planned;

/// So many fields are named.
const FIELDS_NAMED_MAX: usize = 3;

/// The last walk of both lists after the first; nothing where one side alone, or neither, was walked again. The source is
/// never walked again, so what is mapped from it has no second walk.
pub fn second_walk(pair: &Pair, operation: &Planned) -> Option<Pair> {
    if pair.kind != PairKind::Collection || operation.map_from == MapFrom::Source {
        return None;
    }
    let last = |repeats: &[Vec<Exchange>]| repeats.last().filter(|pages| !pages.is_empty()).cloned();
    Some(Pair {
        id: pair.id.clone(),
        operation: pair.operation.clone(),
        kind: pair.kind,
        account: pair.account.clone(),
        recorded_at: pair.recorded_at.clone(),
        legacy: last(&pair.legacy_repeats)?,
        new: last(&pair.new_repeats)?,
        ..Pair::default()
    })
}

/// What differs between the second walks and nothing excuses; lists that cannot be compared are an error, as they are for the first.
pub fn open_differences(
    comparer: &mut Comparer<'_>,
    ids: &Ids,
    again: &Pair,
    operation: &Planned,
    now_ms: i64,
    scope: Scope<'_>,
) -> Result<Vec<Difference>, Reason> {
    let prepared = prepare(again, operation, now_ms)?;
    let (mut legacy_tape, mut new_tape) = (Tape::new(), Tape::new());
    let (legacy, new) = answers(&prepared, Reading::Whole, &mut legacy_tape, &mut new_tape)?;
    let free = operation.free_list(again.kind);
    let found = compared(comparer, ids, legacy.0, new.0, scope, free)?;
    Ok(found.differences.into_iter().filter(|difference| difference.tolerance.is_none()).collect())
}

/// Takes out of what was found what the second walks do not show any more, and answers it.
pub fn set_aside(found: &mut Comparison, second: &[Difference]) -> Vec<Difference> {
    if found.differences.len() >= DIFFERENCES_MAX || second.len() >= DIFFERENCES_MAX {
        // More differ than are told: which of them are left cannot be known.
        return Vec::new();
    }
    let mut left: BTreeMap<What, usize> = BTreeMap::new();
    for difference in second {
        *left.entry(what(difference)).or_insert(0) += 1;
    }
    let mut is_left = |difference: &Difference| match left.get_mut(&what(difference)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        Some(_) | None => false,
    };
    let (kept, moved): (Vec<Difference>, Vec<Difference>) = std::mem::take(&mut found.differences)
        .into_iter()
        .partition(|difference| difference.tolerance.is_some() || is_left(difference));
    found.total = found.total.saturating_sub(moved.len() as u64);
    found.differences = kept;
    moved
}

/// Why the pair is undecided, where nothing is left that nothing excuses; where something is, it differs by that alone.
pub fn reason(moved: &[Difference], left: &Comparison) -> Option<Reason> {
    if moved.is_empty() || left.total > left.excused {
        return None;
    }
    let fields: BTreeSet<&str> = moved.iter().map(|difference| &*difference.field).collect();
    let named = fields.iter().take(FIELDS_NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    let detail = format!(
        "rows moved while the lists were walked: walked again, both sides agree where they differed, at {named}"
    );
    Some(Reason { code: ReasonCode::Moved, detail })
}

/// What differs, wherever the row stands now: the field, the kind, both values.
type What = (std::sync::Arc<str>, Kind, Option<String>, Option<String>);

fn what(difference: &Difference) -> What {
    (difference.field.clone(), difference.kind, difference.legacy.clone(), difference.new.clone())
}
