//! What of that which the application relies on has evidence: cells, each with the pairs that show it.
//!
//! A thousand clean pairs in which a field never was null prove nothing of nulls. Only decided pairs that count for the
//! gate (young enough) show a cell.

use std::collections::{BTreeMap, BTreeSet};

use crate::census::{Census, LengthTally};
use crate::gate::fact::Fact;
use crate::gate::facts::{Facts, OperationFacts};
use crate::tally::Tally;

/// One thing that must have been seen, and in how many pairs it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The operation.
    pub operation: String,
    /// What of it.
    pub what: What,
    /// Decided pairs that show it.
    pub pairs: u64,
}

/// What must have been seen of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An account of this integration.
    Integration(String),
    /// A consumed field with a value that is not null.
    Value(String),
    /// A consumed field that is null, or absent where it should be: each provider has its own way to say nothing.
    Empty(String),
    /// A word of an enumeration, as JSON text.
    Word(String, String),
    /// A list of none.
    NoElement(String),
    /// A list of one.
    OneElement(String),
    /// A list of several.
    ManyElements(String),
    /// A list that was joined from several pages.
    Pages,
    /// An answer of both sides that is an error.
    Error,
}

impl What {
    /// As sentences call it.
    pub fn says(&self) -> String {
        match self {
            What::Integration(name) => format!("an account of {name}"),
            What::Value(field) => format!("a value at {field}"),
            What::Empty(field) => format!("a null or nothing at {field}"),
            What::Word(field, word) => format!("{word} at {field}"),
            What::NoElement(list) => format!("an empty list at {list}"),
            What::OneElement(list) => format!("a list of one at {list}"),
            What::ManyElements(list) => format!("a list of several at {list}"),
            What::Pages => "a list of several pages".to_owned(),
            What::Error => "an error that both sides answer".to_owned(),
        }
    }

    /// As waivers name it.
    fn name(&self) -> String {
        match self {
            What::Integration(name) => format!("integration {name}"),
            What::Value(field) => format!("{field} value"),
            What::Empty(field) => format!("{field} empty"),
            What::Word(field, word) => format!("{field} {word}"),
            What::NoElement(list) => format!("{list} none"),
            What::OneElement(list) => format!("{list} one"),
            What::ManyElements(list) => format!("{list} several"),
            What::Pages => "pages".to_owned(),
            What::Error => "error".to_owned(),
        }
    }
}

impl Cell {
    /// As waivers name it: the operation, and what of it.
    pub fn name(&self) -> String {
        format!("{} {}", self.operation, self.what.name())
    }
}

/// Every cell of every operation, in the order of the operations.
pub fn cells(tally: &Tally, facts: &Facts) -> Vec<Cell> {
    cells_of(tally, &facts.accounts, &facts.operations)
}

/// The same, from the two facts that it rests on.
pub fn cells_of(
    tally: &Tally,
    accounts: &Fact<BTreeMap<String, String>>,
    operations: &BTreeMap<String, OperationFacts>,
) -> Vec<Cell> {
    let nothing = Census::default();
    let mut cells = Vec::new();
    let integrations: BTreeSet<&String> = match accounts.known() {
        Ok(accounts) => accounts.values().collect(),
        Err(_) => BTreeSet::new(),
    };
    for (name, operation) in operations {
        let census = tally.operations.get(name.as_str()).map_or(&nothing, |tally| &tally.census);
        let mut add = |what: What, pairs: u64| cells.push(Cell { operation: name.clone(), what, pairs });
        of_integrations(operation, &integrations, census, &mut add);
        of_fields(operation, census, &mut add);
        if operation.is_list {
            add(What::Pages, census.paged);
        }
        add(What::Error, errors(census));
    }
    cells
}

fn of_integrations(
    operation: &OperationFacts,
    listed: &BTreeSet<&String>,
    census: &Census,
    add: &mut impl FnMut(What, u64),
) {
    let asked = match operation.integrations.is_empty() {
        true => listed.iter().copied().collect::<Vec<_>>(),
        false => operation.integrations.iter().collect(),
    };
    for name in asked {
        let pairs = census.integrations.get(name.as_str()).map_or(0, |totals| totals.decided());
        add(What::Integration(name.clone()), pairs);
    }
}

fn of_fields(operation: &OperationFacts, census: &Census, add: &mut impl FnMut(What, u64)) {
    let mut lists: BTreeMap<&str, LengthTally> = BTreeMap::new();
    for field in &operation.consumes {
        let sight = census.fields.get(&field.path);
        add(What::Value(field.path.clone()), sight.map_or(0, |sight| sight.value));
        if !field.is_identity {
            add(What::Empty(field.path.clone()), sight.map_or(0, |sight| sight.null + sight.absent));
        }
        for word in &field.words {
            let pairs = sight.and_then(|sight| sight.values.get(word.as_str())).copied().unwrap_or(0);
            add(What::Word(field.path.clone(), word.clone()), pairs);
        }
        for (path, seen) in sight.iter().flat_map(|sight| &sight.lists) {
            // Several fields lie in one list, and each of them saw the same of it.
            let known = lists.entry(path).or_default();
            known.empty = known.empty.max(seen.empty);
            known.one = known.one.max(seen.one);
            known.many = known.many.max(seen.many);
        }
        for list in lists_of(&field.path) {
            lists.entry(list).or_default();
        }
    }
    for (path, seen) in lists {
        add(What::NoElement(path.to_owned()), seen.empty);
        add(What::OneElement(path.to_owned()), seen.one);
        add(What::ManyElements(path.to_owned()), seen.many);
    }
}

/// The lists that a path says that it leads through: what stands before each `[*]`.
fn lists_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices("[*]").map(|(at, _)| &path[..at])
}

fn errors(census: &Census) -> u64 {
    let is_error = |status: Option<u16>| status.is_some_and(|status| status >= 400);
    let both = census.statuses.iter().filter(|(status, _)| is_error(status.legacy) && is_error(status.new));
    both.map(|(_, pairs)| pairs).sum()
}
