//! `differences.csv`: one row a difference, excused or not, for spreadsheets.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` (or a tab or carriage return before them) as a
//! formula, and recorded text is hostile. Such a cell gets a single quote in front, unless it is a JSON number: `-5` is
//! no formula, and stays one. Values are JSON text, so an absent value is an empty cell and a text stands in quotes.
//! New columns come last, so that those who read by position keep what they have.

use crate::run::OperationInfo;
use compare::blame::Blame;
use compare::verdict::Judgement;
use std::borrow::Cow;
use std::io;

/// The columns. `new_path` is empty where new has the value at the same place, or not at all; `blame` where the
/// upstream's own answer was not recorded.
pub const HEADER: [&str; 11] = [
    "pair",
    "operation",
    "account",
    "path",
    "field",
    "kind",
    "legacy",
    "new",
    "tolerated_by",
    "new_path",
    "blame",
];

/// Writes rows while the pairs are judged.
pub struct DifferencesWriter<W: io::Write> {
    out: csv::Writer<W>,
}

impl<W: io::Write> DifferencesWriter<W> {
    /// Begins with the header.
    pub fn new(out: W) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(HEADER)?;
        Ok(DifferencesWriter { out })
    }

    /// Adds a pair's differences. `operation` says what its tolerances are, where the configuration has it.
    pub fn pair(&mut self, judgement: &Judgement, operation: Option<&OperationInfo>) -> io::Result<()> {
        for difference in &judgement.differences {
            let tolerance = difference.tolerance.and_then(|index| operation?.tolerances.get(index));
            let tolerated_by = match (difference.tolerance, tolerance) {
                (None, _) => String::new(),
                (Some(_), Some(info)) => format!("{}:{} {}", info.file, info.line, info.rule),
                (Some(index), None) => format!("tolerance {index}"),
            };
            let blame = difference.blame.map_or("", Blame::name);
            let row = [
                judgement.pair.as_str(),
                &judgement.operation,
                judgement.account.as_deref().unwrap_or_default(),
                &difference.path,
                &difference.field,
                difference.kind.name(),
                difference.legacy.as_deref().unwrap_or_default(),
                difference.new.as_deref().unwrap_or_default(),
                &tolerated_by,
                difference.new_path.as_deref().unwrap_or_default(),
                blame,
            ];
            self.out.write_record(row.map(cell).iter().map(|text| text.as_bytes()))?;
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(self) -> io::Result<W> {
        self.out.into_inner().map_err(|error| io::Error::other(error.to_string()))
    }
}

/// A cell that no spreadsheet takes for a formula.
pub fn cell(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if formula && serde_json::from_str::<serde_json::Number>(text).is_err() {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, Shape};

    fn check(shapes: &[Shape], expected: &str) {
        let judgements = fixture::judgements(shapes);
        let tally = fixture::tally(&judgements);
        let run = fixture::run(&tally);
        let mut writer = DifferencesWriter::new(Vec::new()).expect("memory does not fail");
        for judgement in &judgements {
            let operation = run.operations.iter().find(|known| known.name == judgement.operation);
            writer.pair(judgement, operation).expect("memory does not fail");
        }
        let bytes = writer.finish().expect("memory does not fail");
        assert_eq!(String::from_utf8(bytes).expect("csv of text is text"), expected);
    }

    #[test]
    fn a_row_a_difference_and_none_for_other_pairs() {
        check(
            &[Shape::Same, Shape::Undecided, Shape::Different],
            r#"pair,operation,account,path,field,kind,legacy,new,tolerated_by,new_path,blame
crm.contacts.list/acme-0002,crm.contacts.list,acme-hubspot,$.data[3].updated_at,$.data[*].updated_at,instant_text,"""2026-11-20 09:30:00""","""2026-11-20T09:30:00Z""",mappings/crm/contacts.tolerances.toml:1 same_instant,,
crm.contacts.list/acme-0002,crm.contacts.list,acme-hubspot,$.data[3].email,$.data[*].email,value,"""zoe@acme.example""","""zoë@acme.example""",,,
"#,
        );
    }

    #[test]
    fn a_renamed_value_has_its_new_place_in_the_last_column() {
        check(
            &[Shape::Renamed],
            r#"pair,operation,account,path,field,kind,legacy,new,tolerated_by,new_path,blame
crm.contacts.list/acme-0000,crm.contacts.list,acme-hubspot,$.data[3].phone,$.data[*].phone,renamed,"""+1 555 0100""","""+1 555 0100""",,$.data[3].phone_number,
"#,
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        let cells =
            ["=1+1", "+1", "-1", "-1.5e3", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "＝1", "\"=1\"", ""];
        let shown: Vec<String> = cells.iter().map(|text| cell(text).into_owned()).collect();
        assert_eq!(
            shown,
            [
                "'=1+1",
                "'+1",
                "-1",
                "-1.5e3",
                "'-1+cmd|' /C calc'!A0",
                "'@SUM(A1)",
                "'\t=1",
                "'＝1",
                "\"=1\"",
                ""
            ]
        );
    }
}
