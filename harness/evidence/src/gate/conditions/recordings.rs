//! Every recording is accounted for: what is torn, unread or dropped was meant to be evidence.

use compare::verdict::ReasonCode;

use super::{EVERY, rates};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, grouped, named, percent};
use crate::gate::{Case, Condition};

const WHOLE: Way = Way::pass("whole");
const TORN: Way = Way::inconclusive("torn");
const UNREAD: Way = Way::inconclusive("unread");
const INTERRUPTED: Way = Way::inconclusive("interrupted");
const DROPPED: Way = Way::inconclusive("dropped");
const UNFINISHED: Way = Way::inconclusive("unfinished");

/// Records that are no pairs of this migration.
const NO_PAIRS: [ReasonCode; 4] =
    [ReasonCode::Torn, ReasonCode::UnknownVersion, ReasonCode::UnknownOperation, ReasonCode::DuplicateId];

/// Torn records, unread files, dropped mirrors, an interrupted run.
pub const CONDITION: Condition = Condition {
    name: "recordings",
    about: "every recording is whole and was read",
    gates: EVERY,
    ways: &[WHOLE, TORN, UNREAD, INTERRUPTED, DROPPED, UNFINISHED],
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
    if !facts.unfinished.is_empty() {
        let says = format!(
            "live capture did not end, or goes on, and may have dropped more than it says: {}",
            named(&facts.unfinished)
        );
        readings.push(
            Reading::new(UNFINISHED, says)
                .about("unfinished")
                .count("runs", facts.unfinished.len() as u64)
                .settles("stop `cutover serve`; where it was killed, waive it"),
        );
    }
    let dropped = dropped(case);
    let is_told = dropped.pairs > 0;
    if is_told && dropped.share > case.demands.max_undecided_rate {
        readings.push(
            Reading::new(DROPPED, dropped.says())
                .about("dropped")
                .count("pairs", dropped.pairs)
                .rate("share", dropped.share)
                .rate("allowed", case.demands.max_undecided_rate)
                .settles("capture a smaller share, or give it more room, and record anew"),
        );
    }
    if readings.is_empty() {
        let pairs = counted(case.tally.totals.pairs, "pair", "pairs");
        let says = match is_told {
            false => format!("{pairs} were read, and are whole"),
            true => format!("{pairs} were read, and are whole; {}", dropped.says()),
        };
        readings.push(Reading::new(WHOLE, says));
    }
    readings
}

/// What live capture dropped, with what could not be decided: a pair that was lost is evidence of nothing, and may hide anything.
struct DroppedPairs {
    pairs: u64,
    /// Of all pairs that were to be.
    share: f64,
    reasons: String,
    allowed: f64,
}

fn dropped(case: &Case<'_>) -> DroppedPairs {
    let facts = &case.facts.recordings;
    let pairs: u64 = facts.dropped.values().sum();
    let totals = case.tally.totals;
    let reasons = facts.dropped.iter().filter(|(_, pairs)| **pairs > 0);
    let reasons = reasons.map(|(reason, pairs)| format!("{reason} {}", grouped(*pairs))).collect::<Vec<_>>();
    DroppedPairs {
        pairs,
        share: (totals.undecided + pairs) as f64 / (totals.pairs + pairs).max(1) as f64,
        reasons: reasons.join(", "),
        allowed: case.demands.max_undecided_rate,
    }
}

impl DroppedPairs {
    fn says(&self) -> String {
        format!(
            "live capture dropped {} ({}): with the undecided ones {} of all; {} is allowed",
            counted(self.pairs, "pair", "pairs"),
            self.reasons,
            percent(self.share),
            percent(self.allowed)
        )
    }
}
