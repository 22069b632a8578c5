//! Drafts a mapping from examples: for each field of the legacy side the place of the source that gives it, and how.
//!
//! A wrong line is worse than none: a line is code only where every example bears it out, where that proves enough
//! (see `evidence`), and where no other explanation fits as well, unless the fields' names tell them apart. All
//! else is a comment. What is written was evaluated on every example by the engine that `check` uses.

mod compose;
mod draft;
mod evidence;
mod lists;
mod names;
mod paths;
mod record;
mod search;
mod style;
mod transform;
mod verify;

use serde_json::Value;

use record::Node;
use search::{Target, Within};

/// A source and what legacy made of it.
#[derive(Clone, Copy, Debug)]
pub struct Example<'e> {
    /// The body that the mapping is to be given.
    pub source: &'e Value,
    /// The body that it is to answer.
    pub legacy: &'e Value,
}

/// A drafted mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// JSONata that compiles.
    pub text: String,
    /// Each field of the legacy side, in its order.
    pub lines: Vec<Line>,
}

/// One field of the legacy side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it lies, e.g. `$.addresses[*].city`.
    pub path: String,
    /// What is proposed for it.
    pub state: State,
}

/// What is proposed for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// An expression that all examples bear out.
    Coded {
        /// As JSONata, seen from the record it is in.
        expression: String,
        /// On what it rests.
        note: String,
    },
    /// Nothing, for this reason.
    Open(String),
}

/// More examples prove little more, and all are held in memory.
pub const EXAMPLES_MAX: usize = 5_000;

/// Drafts the mapping that turns each source into its legacy body. `what` names them in the comment at its head;
/// `now_ms` is what `$now()` answers. Of more than [`EXAMPLES_MAX`] the first are looked at.
pub fn suggest(examples: &[Example<'_>], what: &str, now_ms: i64) -> Draft {
    let examples = &examples[..examples.len().min(EXAMPLES_MAX)];
    let sources: Vec<Option<&Value>> = examples.iter().map(|example| Some(example.source)).collect();
    let paths = paths::paths(&sources);
    let legacy: Vec<&Value> = examples.iter().map(|example| example.legacy).collect();
    let target = Target {
        name: names::Name::new(""),
        rows: (0..examples.len()).collect(),
        values: examples.iter().map(|example| Some(example.legacy)).collect(),
        style: style::overall(&legacy, &paths),
        within: Within::Record,
    };
    let node = if examples.is_empty() {
        Node::Open("there is no example".to_owned())
    } else {
        record::value(target, &paths)
    };
    let texts: Vec<(String, &Value)> =
        examples.iter().map(|example| (example.source.to_string(), example.legacy)).collect();
    let node = verify::verified(node, &texts, now_ms);
    let mut lines = Vec::new();
    list_lines(&node, "$", &mut lines);
    let coded = lines.iter().filter(|line| matches!(line.state, State::Coded { .. })).count();
    let limited =
        if paths.len() == paths::PATHS_MAX { " Not all places of the source were looked at." } else { "" };
    let head = format!(
        "A draft from {} of {what}: {coded} of {} fields are explained, and every recording bears them out. \
         What the recordings do not show, it does not know.{limited}",
        counted(examples.len()),
        lines.len()
    );
    Draft { text: draft::write(&node, &head), lines }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 recording".to_owned() } else { format!("{count} recordings") }
}

fn list_lines(node: &Node, path: &str, out: &mut Vec<Line>) {
    match node {
        Node::Code { expression, note, .. } => out.push(Line {
            path: path.to_owned(),
            state: State::Coded { expression: expression.clone(), note: note.clone() },
        }),
        Node::Open(note) => out.push(Line { path: path.to_owned(), state: State::Open(note.clone()) }),
        Node::Record { fields, .. } => {
            fields.iter().for_each(|(name, field)| list_lines(field, &format!("{path}.{name}"), out));
        }
        Node::Built { elements, label, .. } => {
            for element in elements {
                let path = match (&element.label, label) {
                    (Some(kind), Some(label)) => format!("{path}[?@.{label}=={}]", paths::text(kind)),
                    _ => format!("{path}[*]"),
                };
                list_lines(&element.body, &path, out);
            }
        }
        Node::Each { body, .. } => list_lines(body, &format!("{path}[*]"), out),
    }
}

#[cfg(test)]
mod tests;
