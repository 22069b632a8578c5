//! Which expression of an operation's mappings makes the values of a field, looked up once a field and not once a pair.

use std::sync::Arc;

use evidence::snapshot::{Cause, Made, MadeBy};
use mapping::mapping::Mapping;
use mapping::provenance::{Nearness, Provenance};
use report::causes::MadeAt;

use crate::config::SourceText;
use crate::plan::Planned;

/// The mappings of one operation, ready to be asked.
pub struct FieldMakers {
    good: Option<Maker>,
    error: Option<Maker>,
}

struct Maker {
    file: String,
    text: Arc<SourceText>,
    provenance: Provenance,
}

impl FieldMakers {
    /// Of an operation.
    pub fn of(operation: &Planned) -> FieldMakers {
        let maker = |file: &Option<String>, mapping: &Option<Mapping>| {
            Maker::of(file.as_deref()?, mapping.as_ref()?.source())
        };
        FieldMakers {
            good: maker(&operation.info.mapping, &operation.mapping),
            error: maker(&operation.error_mapping_file, &operation.error_mapping),
        }
    }

    /// Where the values of a cause are made; `None` where no mapping made them, or it is not known which part.
    pub fn place(&self, cause: &Cause) -> Option<MadeAt> {
        let maker = match cause.made {
            Made::Good => self.good.as_ref(),
            Made::Error => self.error.as_ref(),
        };
        maker?.place(cause.now_at.as_deref().unwrap_or(&cause.field))
    }

    /// The same without lines, as a snapshot keeps it.
    pub fn made_by(&self, cause: &Cause) -> Option<MadeBy> {
        self.place(cause).map(|at| MadeBy { mapping: at.file, expression: at.expression })
    }
}

impl Maker {
    fn of(file: &str, source: &str) -> Option<Maker> {
        let provenance = Provenance::of(source)?;
        Some(Maker { file: file.to_owned(), text: Arc::new(SourceText::new(file, source)), provenance })
    }

    fn place(&self, field: &str) -> Option<MadeAt> {
        let place = self.provenance.blame(field)?;
        let (end_line, end_column) = self.text.position(place.span.end);
        let words = self.provenance.text(&place).split_whitespace().collect::<Vec<_>>().join(" ");
        Some(MadeAt {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            end_line,
            end_column,
            expression: match place.nearness {
                Nearness::Exact => Some(words),
                // What stands around the place changes with every edit near it.
                Nearness::Enclosing => None,
            },
        })
    }
}

/// Where a mapping's text makes a field; for a mapping that no plan holds.
pub fn place_in(file: &str, source: &str, field: &str) -> Option<MadeAt> {
    Maker::of(file, source)?.place(field)
}
