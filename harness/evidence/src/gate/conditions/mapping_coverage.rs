//! What of the mappings no pair exercises is unproven, however many pairs there are.

use super::WRITE_CUTOVER;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{grouped, percent};
use crate::gate::{Case, Condition};

const EXERCISED: Way = Way::pass("exercised");
const NO_MAPPING: Way = Way::pass("no_mapping");
const UNEXERCISED: Way = Way::inconclusive("unexercised");
const UNWATCHED: Way = Way::inconclusive("unwatched");

/// Sub-expressions that came to a value and branches that were taken, of each mapping.
pub const CONDITION: Condition = Condition {
    name: "mapping-coverage",
    about: "pairs exercise most of each mapping",
    gates: WRITE_CUTOVER,
    ways: &[EXERCISED, NO_MAPPING, UNEXERCISED, UNWATCHED],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let needed = case.demands.min_mapping_coverage;
    if case.facts.mappings.is_empty() {
        return vec![Reading::new(NO_MAPPING, "no operation has a mapping")];
    }
    let of = |mapping: &crate::gate::facts::MappingFacts| match mapping.exercised.known() {
        Err(missing) => Reading::new(UNWATCHED, &missing.what).settles(&missing.mend),
        Ok(exercised) => {
            let says = format!(
                "{} of {} sub-expressions and branches are exercised; {} is needed",
                grouped(exercised.covered),
                grouped(exercised.parts),
                percent(needed)
            );
            let reading = match exercised.share() >= needed {
                true => Reading::new(EXERCISED, says),
                false => Reading::new(UNEXERCISED, says).settles(
                    "record pairs that need the rest (the report marks it), or take it out of the mapping",
                ),
            };
            reading.count("parts", exercised.parts).count("covered", exercised.covered).rate("needed", needed)
        }
    };
    case.facts.mappings.iter().map(|mapping| of(mapping).about(&mapping.file)).collect()
}
