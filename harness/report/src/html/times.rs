//! The page's table of times and limits.

use crate::html::budget::Budget;
use crate::html::page::{LIST_BYTES_MAX, List, ROW_MARKUP_BYTES, collect, named, shown};
use crate::limits::{self, Times};
use crate::run::{Run, grouped};

/// How long an operation's answers took, and what new's say of limits.
pub struct TimesRow {
    pub operation: String,
    pub legacy: String,
    pub new: String,
    pub fields: String,
    pub throttled: String,
}

pub fn times_rows(run: &Run) -> List<TimesRow> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let known = limits::rows(run);
    let rows = known.iter().map(|known| {
        let row = TimesRow {
            operation: named(known.operation),
            legacy: Times::told(known.legacy),
            new: Times::told(known.new),
            fields: shown(&known.fields()),
            throttled: grouped(known.limits.throttled),
        };
        budget.take(ROW_MARKUP_BYTES, &[&row.operation, &row.fields]).then_some(row)
    });
    collect(known.len(), rows, "operation", "operations")
}
