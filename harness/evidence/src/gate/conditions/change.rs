//! What a change of mappings must show.

pub mod snapshot;
pub mod cases;
pub mod lint;
pub mod tolerances;
pub mod coverage;
pub mod engines;

use crate::gate::Case;
use crate::gate::fact::Fact;
use crate::gate::mapping_change::MappingChange;
use crate::gate::reading::{Reading, Way};

/// Nobody says it.
const NO_SOURCE: Way = Way::inconclusive("no_source");

/// Reads one fact of the change, or says that nobody says it.
fn fact<T>(
    case: &Case<'_>,
    of: impl Fn(&MappingChange) -> &Fact<T>,
    read: impl Fn(&T) -> Vec<Reading>,
) -> Vec<Reading> {
    match case.facts.change.known().and_then(|change| of(change).known()) {
        Ok(fact) => read(fact),
        Err(missing) => vec![Reading::new(NO_SOURCE, &missing.what).settles(&missing.mend)],
    }
}
