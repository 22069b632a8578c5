//! A fact that a gate rests on, or that nobody could say it: absence is a value, and never passes.

/// What somebody says, or why nobody does.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact<T> {
    /// It was said.
    Known(T),
    /// Nobody could say it.
    Absent(Missing),
}

/// Why a fact is not known, and what would make it known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is not known and why, in a sentence without a full stop.
    pub what: String,
    /// What to do, likewise.
    pub mend: String,
}

impl<T> Fact<T> {
    /// A fact that is not known.
    pub fn absent(what: impl Into<String>, mend: impl Into<String>) -> Fact<T> {
        Fact::Absent(Missing { what: what.into(), mend: mend.into() })
    }

    /// What was said, or why nothing was.
    pub fn known(&self) -> Result<&T, &Missing> {
        match self {
            Fact::Known(value) => Ok(value),
            Fact::Absent(missing) => Err(missing),
        }
    }
}
