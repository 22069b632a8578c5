//! Every recording is accounted for: what is torn, unread or dropped was meant to be evidence.

use compare::verdict::ReasonCode;

use super::{EVERY, rates};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, named};
use crate::gate::{Case, Condition};

const WHOLE: Way = Way::pass("whole");
const TORN: Way = Way::inconclusive("torn");
const UNREAD: Way = Way::inconclusive("unread");
const INTERRUPTED: Way = Way::inconclusive("interrupted");
const DROPPED: Way = Way::inconclusive("dropped");

/// Records that are no pairs of this migration.
const NO_PAIRS: [ReasonCode; 4] =
    [ReasonCode::Torn, ReasonCode::UnknownVersion, ReasonCode::UnknownOperation, ReasonCode::DuplicateId];

/// Torn records, unread files, dropped mirrors, an interrupted run.
pub const CONDITION: Condition = Condition {
    name: "recordings",
    about: "every recording is whole and was read",
    gates: EVERY,
    ways: &[WHOLE, TORN, UNREAD, INTERRUPTED, DROPPED],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let mut readings = Vec::new();
    for code in NO_PAIRS {
        let cases = rates::operations(case).filter_map(|operation| operation.undecided.get(&code));
        let (mut pairs, mut first) = (0, None);
        for tally in cases {
            pairs += tally.pairs;
            first =
                first.or(tally.examples.first().map(|case| format!("{}: {}", case.location, case.detail)));
        }
        if pairs > 0 {
            let says = format!(
                "{} ({}): {}",
                counted(pairs, "record", "records"),
                code.name(),
                first.unwrap_or_default()
            );
            readings.push(
                Reading::new(TORN, says)
                    .about(code.name())
                    .count("records", pairs)
                    .settles("mend them, or remove them from the recordings"),
            );
        }
    }
    let facts = &case.facts.recordings;
    if !facts.unread.is_empty() {
        let says = format!(
            "{} by its name no recording and was not read: {}",
            if facts.unread.len() == 1 { "a file is" } else { "files are each" },
            named(&facts.unread)
        );
        readings.push(
            Reading::new(UNREAD, says)
                .about("unread")
                .settles("name it `.json`, `.jsonl` or `.jsonl.zst`, or move it"),
        );
    }
    if let Some(when) = &facts.interrupted {
        readings.push(
            Reading::new(INTERRUPTED, format!("the run was interrupted {when}"))
                .about("interrupted")
                .settles("let it run to its end"),
        );
    }
    if facts.dropped > 0 {
        let says = format!("live capture dropped {}", counted(facts.dropped, "pair", "pairs"));
        readings.push(
            Reading::new(DROPPED, says)
                .about("dropped")
                .count("pairs", facts.dropped)
                .settles("capture a smaller share, or give it more room, and record anew"),
        );
    }
    if readings.is_empty() {
        let says = format!("{} were read, and are whole", counted(case.tally.totals.pairs, "pair", "pairs"));
        readings.push(Reading::new(WHOLE, says));
    }
    readings
}
