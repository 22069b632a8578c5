//! What a pair is evidence of beside its verdict: when it was recorded, how long it took, which cases of fields it shows.

use compare::instant;
use compare::model::{Exchange, Pair, Redacted, Redaction};
use compare::sight::{Field, Sight};
use compare::tape::Json;
use compare::verdict::Circumstances;

use super::prepare::Prepared;

const NANOSECONDS: i128 = 1_000_000_000;

/// What can be told without looking into bodies.
pub fn of(pair: &Pair) -> Circumstances {
    let recorded_at = pair.recorded_at.as_deref().and_then(instant::of_text);
    let times =
        |exchanges: &[Exchange]| exchanges.iter().filter_map(|exchange| exchange.elapsed_ms).collect();
    Circumstances {
        recorded_at: recorded_at.and_then(|at| i64::try_from(at.div_euclid(NANOSECONDS)).ok()),
        legacy_ms: times(&pair.legacy),
        new_ms: times(&pair.new),
        new_limits: super::limits::told(&pair.new),
        is_paged: pair.legacy.len() > 1 || pair.new.len() > 1,
        redacted_with: match &pair.redaction {
            Some(Redaction { by: Redacted::Key { fingerprint, .. }, .. }) => Some(fingerprint.clone()),
            Some(Redaction { by: Redacted::Nothing, .. }) | None => None,
        },
        sights: Vec::new(),
    }
}

/// What legacy's answer shows of the consumed fields. An error has another shape: it shows the fields that it has, and
/// says nothing of those that it has not.
pub fn sights(fields: &[Field], legacy: &Prepared<'_>, body: Option<Json<'_>>) -> Vec<(String, Sight)> {
    let Prepared::Content { status, .. } = legacy else { return Vec::new() };
    let is_good = status.is_none_or(|status| (200..300).contains(&status));
    let Some(body) = body else { return Vec::new() };
    let sight = |field: &Field| {
        let sight = field.sight(body);
        let sight = if is_good { sight } else { Sight { absent: false, lists: Vec::new(), ..sight } };
        (field.text.clone(), sight)
    };
    fields.iter().map(sight).collect()
}
