//! What is under test, as functions: this crate evaluates nothing itself, so that it stays pure.

use crate::tree::Tree;

/// What came of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// JSON text.
    Value(String),
    /// Undefined.
    Nothing,
    /// An error, or a limit that was reached.
    Failed {
        /// The engine's code.
        code: String,
        /// What it says.
        message: String,
        /// Line and column, from 1.
        at: Option<(usize, usize)>,
    },
    /// Nobody here can evaluate it as production does.
    Undecided(String),
}

/// Evaluates an input; the second is what `$now()` answers, in milliseconds since 1970.
pub type Evaluate<'s> = &'s (dyn Fn(&str, i64) -> Answer + Sync);

/// A predicate over input and output, JSON texts, with a name and a sentence.
pub struct Predicate<'s> {
    /// The word for it.
    pub name: String,
    /// What it demands.
    pub about: String,
    /// Whether it holds; what the engine said where it cannot be told.
    pub holds: Box<Holds<'s>>,
}

/// Whether something holds of an input and an output; what the engine said where it cannot be told.
pub type Holds<'s> = dyn Fn(&str, &str) -> Result<bool, String> + Sync + 's;

/// Says how two engines differ on an input, if they do.
pub type Disagreement<'s> = &'s (dyn Fn(&str, i64) -> Option<String> + Sync);

/// What is under test.
#[derive(Default)]
pub struct Others<'s> {
    /// The mapping as it was.
    pub previous: Option<Evaluate<'s>>,
    /// The request's mapping, from what the response's mapping made.
    pub request: Option<Evaluate<'s>>,
    /// The other engine.
    pub disagreement: Option<Disagreement<'s>>,
    /// Users' own properties.
    pub predicates: Vec<Predicate<'s>>,
    /// Bodies that a schema allows.
    pub bodies: Vec<Tree>,
    /// What the mapping tests for.
    pub literals: Vec<String>,
}
