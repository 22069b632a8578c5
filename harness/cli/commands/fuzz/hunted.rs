//! What came of one mapping's run, as it is told and kept.

use std::collections::BTreeSet;

use fuzz::tree::Tree;
use mapping::coverage::{Coverage, PointKind};

/// What came of it.
#[derive(Debug, Default)]
pub struct Hunted {
    /// Recorded bodies that it was learned from.
    pub samples: usize,
    /// Their items.
    pub items: usize,
    /// Cases that were judged.
    pub cases: u64,
    /// Of them, those that nobody here can evaluate.
    pub undecided: u64,
    /// Why, for one of them.
    pub why_undecided: Option<String>,
    /// What fails.
    pub findings: Vec<Finding>,
    /// Kinds of failures beyond those that are shown.
    pub left_out: u64,
    /// By property: its name, its sentence, how many cases fail.
    pub properties: Vec<(String, String, u64)>,
    /// What of the mapping was reached; nothing where it cannot be watched.
    pub reached: Option<Reached>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// What of a mapping was reached.
#[derive(Debug, Default)]
pub struct Reached {
    /// Sub-expressions and branches.
    pub points: usize,
    /// Those that came to a value, or were taken.
    pub reached: usize,
    /// Line, column and text of what was not, what lies within another left out.
    pub unreached: Vec<(usize, usize, String)>,
}

/// What fails, with the smallest input that has it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The property.
    pub property: String,
    /// Its sentence.
    pub about: String,
    /// What tells it from others of the property.
    pub key: String,
    /// Other properties that fail of the same field.
    pub also: BTreeSet<String>,
    /// Where in the answer.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// Cases that fail so.
    pub count: u64,
    /// Where it was found first.
    pub origin: Origin,
    /// How the page was made, and why it is plausible.
    pub arrangement: (&'static str, &'static str),
    /// Each change: the mutation, the place, why it is plausible.
    pub edits: Vec<(String, String, String)>,
    /// The recorded page that it was made of.
    pub sample: String,
    /// The smallest input.
    pub input: Tree,
    /// The mapping's answer for it.
    pub output: Option<String>,
    /// What should be at the path.
    pub expected: Option<String>,
    /// What is there.
    pub actual: Option<String>,
    /// The expression to blame.
    pub blame: Option<Blame>,
    /// The smallest page that a provider could send, and legacy's answer for it where that is known.
    pub page: (Tree, Option<String>),
}

/// Where a failure was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A generated case.
    Case {
        /// The seed.
        seed: u64,
        /// The number.
        index: u64,
    },
    /// A counterexample that was kept.
    Kept(String),
}

/// A place in the mapping.
#[derive(Clone, Debug)]
pub struct Blame {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// In bytes.
    pub span: std::ops::Range<usize>,
    /// Its text.
    pub text: String,
    /// It stands around what is to blame.
    pub is_around: bool,
}

impl Hunted {
    /// Counts the cases in which a property fails.
    pub fn tell_property(&mut self, name: &str, about: &str, failing: u64) {
        match self.properties.iter_mut().find(|(known, ..)| known == name) {
            Some((.., count)) => *count += failing,
            None => self.properties.push((name.to_owned(), about.to_owned(), failing)),
        }
    }
}

/// What was not reached; what lies within something that was not reached is part of it.
pub fn reached(coverage: &Coverage) -> Reached {
    let mut told = Reached::default();
    let mut end = 0;
    for (point, count) in coverage.points() {
        told.points += 1;
        let is_branch = point.kind != PointKind::Expression;
        let is_reached = count.evaluated > 0 && (is_branch || !count.is_never_a_value());
        told.reached += usize::from(is_reached);
        if is_reached || point.span.start < end {
            continue;
        }
        end = point.span.end;
        let source = coverage.mapping().source();
        let (line, column) = compare::tape::line_and_column(source, point.span.start);
        let text = source.get(point.span.clone()).unwrap_or_default().to_owned();
        told.unreached.push((line, column, text));
    }
    told
}

/// Failures of one field are one finding: the first property's, with the names of the others.
pub fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    for finding in findings {
        let field = field(&finding.key);
        let known = merged.iter_mut().find(|known| {
            field.is_some() && self::field(&known.key) == field && known.origin != finding.origin
                || field.is_some() && self::field(&known.key) == field && known.property != finding.property
                || known.property == finding.property && known.key == finding.key
        });
        match known {
            Some(known) => {
                if known.property != finding.property {
                    known.also.insert(finding.property);
                }
                known.count = known.count.max(finding.count);
            }
            None => merged.push(finding),
        }
    }
    merged
}

/// The field that a failure is about: the path at the beginning of its key.
fn field(key: &str) -> Option<&str> {
    key.starts_with('$').then(|| key.rsplit_once(' ').map_or(key, |(field, _)| field))
}
