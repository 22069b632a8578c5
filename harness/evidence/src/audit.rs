//! The power of a test: known defects are planted, and what the rules miss is counted, per field and by the rule that hid it.
//!
//! Planting shares no code with the comparison: it has a reader of JSON of its own, and splices texts. Two that read alike
//! would err alike, and nobody would see it.

mod spans;
mod plant;

use std::collections::BTreeMap;

pub use plant::{Field, FieldError, Planted, plant};

/// Defects of one operation, field and kind that are planted, each in a pair of its own. A rule that misses one of a
/// hundred is as bad as one that misses a hundred of a thousand.
pub const PLANTED_MAX: u64 = 100;

/// A defect, as the new side may have it after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// The field is gone.
    Dropped,
    /// Its value is another one, as near as can be: the last letter or digit, the other of two truths.
    Changed,
    /// The elements of a list around it, or of itself, come in another order.
    Reordered,
    /// The last element of such a list is gone.
    Truncated,
    /// Two records have each other's value.
    Swapped,
    /// An instant is a year old.
    Stale,
}

impl Defect {
    /// Every defect with its word.
    pub const ALL: [(Defect, &'static str); 6] = [
        (Defect::Dropped, "dropped"),
        (Defect::Changed, "changed"),
        (Defect::Reordered, "reordered"),
        (Defect::Truncated, "truncated"),
        (Defect::Swapped, "swapped"),
        (Defect::Stale, "stale"),
    ];

    /// The word that reports and files use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(defect, _)| *defect == self).map_or("", |(_, name)| name)
    }

    /// The defect of a word.
    pub fn of(name: &str) -> Option<Defect> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(defect, _)| *defect)
    }
}

/// Where a defect is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The operation's name.
    pub operation: String,
    /// The consumed field, as the configuration writes it.
    pub field: String,
    /// The defect.
    pub defect: Defect,
}

/// What became of the defects of one cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellTally {
    /// All of them.
    pub planted: u64,
    /// Those that made the pair differ.
    pub caught: u64,
    /// Those that did not, by what hid them.
    pub missed: BTreeMap<String, Missed>,
}

/// Defects that one rule hid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// How many.
    pub count: u64,
    /// The first, in the order of the files: its pair.
    pub pair: String,
    /// Where in it, and what was done there.
    pub what: String,
}

/// What the rules did with one planted defect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The pair differs.
    Caught,
    /// It does not; what hid the defect, for people.
    Missed(String),
}

/// All defects of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// By cell.
    pub cells: BTreeMap<Cell, CellTally>,
}

impl Audit {
    /// Whether no more of this cell are wanted. Once it says so it stays so.
    pub fn is_full(&self, cell: &Cell) -> bool {
        self.cells.get(cell).is_some_and(|tally| tally.planted >= PLANTED_MAX)
    }

    /// Counts a defect that was planted in a pair, unless enough are.
    pub fn add(&mut self, cell: Cell, pair: &str, what: &str, found: Found) {
        let tally = self.cells.entry(cell).or_default();
        if tally.planted >= PLANTED_MAX {
            return;
        }
        tally.planted += 1;
        match found {
            Found::Caught => tally.caught += 1,
            Found::Missed(by) => {
                let first = || Missed { count: 0, pair: pair.to_owned(), what: what.to_owned() };
                tally.missed.entry(by).or_insert_with(first).count += 1;
            }
        }
    }
}

#[cfg(test)]
#[path = "audit/tests.rs"]
mod tests;
