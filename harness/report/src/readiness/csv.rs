//! `readiness.csv`: a row for each reading of each gate, for whoever tracks what is open in a spreadsheet.

use std::io;

use super::Readiness;
use crate::differences::cell;
use crate::visible::one_line;

/// New columns come last.
pub const COLUMNS: [&str; 10] = [
    "gate",
    "answer",
    "condition",
    "about",
    "reading",
    "says",
    "settles",
    "waived_because",
    "waiver_owner",
    "waived_until",
];

pub(super) fn write(out: impl io::Write, readiness: &Readiness<'_>) -> io::Result<()> {
    let mut rows = ::csv::Writer::from_writer(out);
    rows.write_record(COLUMNS)?;
    for decision in &readiness.decisions {
        for reading in &decision.readings {
            let waiver = reading.waived.as_ref();
            let cells = [
                decision.gate.text(),
                decision.answer.name(),
                &reading.condition,
                &reading.about,
                reading.answer().name(),
                &reading.says,
                reading.settles.as_deref().unwrap_or_default(),
                waiver.map_or("", |waiver| &waiver.reason),
                waiver.map_or("", |waiver| &waiver.owner),
                waiver.map_or("", |waiver| &waiver.until),
            ];
            rows.write_record(cells.map(|text| cell(&one_line(text)).into_owned()))?;
        }
    }
    rows.flush()
}
