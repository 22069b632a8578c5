//! What the application relies on was seen: integrations, cases of fields, lengths of lists, pages, errors.

use super::WRITE_CUTOVER;
use crate::coverage::{self, Cell};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, grouped};
use crate::gate::{Case, Condition};

const COVERED: Way = Way::pass("covered");
const UNSEEN: Way = Way::inconclusive("unseen");
const NO_CELLS: Way = Way::inconclusive("nothing_declared");

/// Every cell has evidence.
pub const CONDITION: Condition = Condition {
    name: "coverage",
    about: "everything that the application relies on was seen",
    gates: WRITE_CUTOVER,
    ways: &[COVERED, UNSEEN, NO_CELLS],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let cells = coverage::cells(case.tally, case.facts);
    if cells.is_empty() {
        let says = "no operation says what the application reads";
        return vec![Reading::new(NO_CELLS, says).settles("say it with `consumes`")];
    }
    let unseen = cells.iter().filter(|cell| cell.pairs == 0).collect::<Vec<&Cell>>();
    let seen = (cells.len() - unseen.len()) as u64;
    if unseen.is_empty() {
        let says = format!("all {} have evidence", counted(seen, "cell", "cells"));
        return vec![Reading::new(COVERED, says).about("cells").count("cells", seen)];
    }
    let mut readings = Vec::new();
    if seen > 0 {
        let says =
            format!("{} of {} have evidence", grouped(seen), counted(cells.len() as u64, "cell", "cells"));
        readings.push(Reading::new(COVERED, says).about("cells").count("cells", seen));
    }
    for cell in unseen {
        let says = format!("no decided pair that counts shows {}", cell.what.says());
        readings.push(
            Reading::new(UNSEEN, says).about(cell.name()).settles("record a pair that shows it, or waive it"),
        );
    }
    readings
}
