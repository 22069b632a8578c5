//! The differences of a run by cause: which expression of which mapping made them, and whether they were accepted.

use compare::difference::Kind;
use evidence::snapshot::Example;

use crate::findings::meaning;
use crate::run::counted;

/// The open differences of one operation, field, kind and expression.
#[derive(Clone, Debug)]
pub struct CauseInfo {
    /// The operation's name.
    pub operation: String,
    /// The path with each index as `[*]`.
    pub field: String,
    /// How the values differ.
    pub kind: Kind,
    /// For `renamed` and `moved`: where new has the value.
    pub now_at: Option<String>,
    /// What made new's value; `None` where no mapping did.
    pub made_at: Option<MadeAt>,
    /// Where the operation is declared: the place of what no mapping made.
    pub declared: Declared,
    /// Against what was accepted.
    pub state: State,
    /// Pairs that have such a difference.
    pub pairs: u64,
    /// All of them.
    pub differences: u64,
    /// The first few.
    pub examples: Vec<Example>,
}

impl CauseInfo {
    /// The cause in a sentence or two, for machines that show one text at a line.
    pub fn sentence(&self) -> String {
        let differences = counted(self.differences, "difference", "differences");
        let pairs = counted(self.pairs, "pair", "pairs");
        let (field, kind, operation) = (&self.field, self.kind.name(), &self.operation);
        let now_at = self.now_at.as_ref().map_or(String::new(), |field| format!(", now at {field}"));
        if self.state == State::Gone {
            return format!(
                "{kind} at {field} of {operation} was accepted and is not there any more: `cutover review` takes it out"
            );
        }
        let value = |value: &Option<String>| value.clone().unwrap_or("(absent)".to_owned());
        let example = self.examples.first().map_or(String::new(), |example| {
            format!(" {} became {} in {}.", value(&example.legacy), value(&example.new), example.pair)
        });
        format!(
            "{kind} at {field} of {operation}{now_at}: {differences} in {pairs}, {}. {}{example}",
            self.state.told(),
            meaning(self.kind)
        )
    }
}

/// A line of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The file.
    pub file: String,
    /// From 1.
    pub line: usize,
}

/// A part of a mapping's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeAt {
    /// The mapping's file, as the configuration writes it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// The column behind its last character.
    pub end_column: usize,
    /// Its text on one line; `None` where it only stands around what makes the value.
    pub expression: Option<String>,
}

impl MadeAt {
    /// `file:line:column`.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

/// How a cause stands against what was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is as it was accepted.
    Accepted,
    /// It was not accepted.
    New,
    /// It was accepted, and has other differences now.
    Other,
    /// It was accepted, and is not there any more.
    Gone,
    /// Not all pairs of its operation were judged.
    NotCompared,
}

impl State {
    /// What somebody has to look at comes first.
    pub fn rank(self) -> u8 {
        match self {
            State::New => 0,
            State::Other => 1,
            State::NotCompared => 2,
            State::Gone => 3,
            State::Accepted => 4,
        }
    }

    /// As part of a sentence.
    fn told(self) -> &'static str {
        match self {
            State::Accepted => "as accepted",
            State::New => "not accepted",
            State::Other => "not as accepted",
            State::Gone => "accepted, and gone",
            State::NotCompared => "of some of its pairs",
        }
    }

    /// The word that reports use.
    pub fn name(self) -> &'static str {
        match self {
            State::Accepted => "accepted",
            State::New => "new",
            State::Other => "other",
            State::Gone => "gone",
            State::NotCompared => "not compared",
        }
    }
}
