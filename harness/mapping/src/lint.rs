//! What a careful reader of a mapping objects to, each with its place. One rule a file; one list names them all.
//!
//! Most rules read the syntax tree. Two also ask what recordings showed: which paths never matched, and where legacy
//! answers with a list. Without recordings they are silent.

mod hyphenated_key;
mod needs_oracle;
mod never_matched;
mod singleton;
mod unbound_variable;
mod unknown_function;
mod unused_binding;

use std::collections::BTreeSet;
use std::ops::Range;

use jlens_core::ast::{Ast, Node, NodeKind};

use crate::coverage::Coverage;
use crate::engine::Dialect;
use crate::lists::Lists;
use crate::mapping::Mapping;
use crate::provenance::place_of;
use crate::survey::Survey;

/// Findings of one mapping that are kept: who has more begins with the first.
pub const FINDINGS_MAX: usize = 100;

/// One rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// What it is called, in settings and reports.
    pub name: &'static str,
    /// What it objects to, in one sentence.
    pub about: &'static str,
    /// How bad that is.
    pub level: Level,
    check: fn(&Facts<'_>) -> Vec<Objection>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Probably a mistake.
    Warning,
    /// Good to know.
    Note,
}

impl Level {
    /// The word that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

/// Every rule.
pub const RULES: [Rule; 7] = [
    unknown_function::RULE,
    unbound_variable::RULE,
    hyphenated_key::RULE,
    singleton::RULE,
    never_matched::RULE,
    unused_binding::RULE,
    needs_oracle::RULE,
];

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Bytes of the mapping's text.
    pub span: Range<usize>,
    /// Where it begins, from 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// What recordings showed of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'s> {
    /// What of it was evaluated, and to what.
    pub coverage: &'s Coverage,
    /// Where legacy answers with lists.
    pub lists: &'s Lists,
}

/// What a rule says before its place is known by line.
struct Objection {
    span: Range<usize>,
    message: String,
    help: String,
    /// Where it is another than the rule's.
    level: Option<Level>,
}

/// What rules look at.
struct Facts<'f> {
    mapping: &'f Mapping,
    source: &'f str,
    ast: &'f Ast,
    survey: Survey,
    dialect: Dialect,
    /// Functions that the mapping may call without binding them.
    functions: BTreeSet<&'static str>,
    seen: Option<Seen<'f>>,
}

/// Looks a mapping over; in the order of its text. At most [`FINDINGS_MAX`].
pub fn lint(mapping: &Mapping, seen: Option<Seen<'_>>) -> Vec<Finding> {
    let Ok(ast) = jlens_core::parse(mapping.source()) else { return Vec::new() };
    let dialect = mapping.settings().dialect;
    let mut functions: BTreeSet<&'static str> =
        jlens_core::function_catalog().iter().map(|function| function.name).collect();
    if dialect == Dialect::Truto {
        functions.extend(crate::functions::names_of_truto());
    }
    let facts = Facts {
        mapping,
        source: mapping.source(),
        ast: &ast,
        survey: Survey::of(&ast),
        dialect,
        functions,
        seen,
    };
    let mut findings = Vec::new();
    for rule in RULES {
        findings.extend((rule.check)(&facts).into_iter().map(|objection| {
            let (line, column) = place_of(facts.source, objection.span.start);
            let Objection { span, message, help, level } = objection;
            let level = level.unwrap_or(rule.level);
            Finding { rule: rule.name, level, span, line, column, message, help }
        }));
    }
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
    findings.truncate(FINDINGS_MAX);
    findings
}

/// The rule of a name.
pub fn rule(name: &str) -> Option<Rule> {
    RULES.into_iter().find(|rule| rule.name == name)
}

fn span(node: &Node) -> Range<usize> {
    node.span.start..node.span.end
}

/// Functions that are called by name: the name's node, whether the mapping binds it or not.
fn called(ast: &Ast) -> Vec<(&str, &Node)> {
    let mut found = Vec::new();
    ast.root.walk(&mut |node| {
        let named = match &node.kind {
            NodeKind::Function { procedure, .. } | NodeKind::Partial { procedure, .. } => Some(&**procedure),
            NodeKind::Apply { rhs, .. } => Some(&**rhs),
            _ => None,
        };
        if let Some(node) = named
            && let NodeKind::Variable { name } = &node.kind
        {
            found.push((name.as_str(), node));
        }
    });
    found
}

/// The known name that was probably meant: one edit away, or another case.
fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let lower = name.to_lowercase();
    known.into_iter().find(|known| known.to_lowercase() == lower || is_one_edit_away(name, known))
}

fn is_one_edit_away(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    let same = short.iter().zip(long.iter()).take_while(|(left, right)| left == right).count();
    match long.len() - short.len() {
        0 => short.get(same + 1..) == long.get(same + 1..) || is_swapped(&short[same..], &long[same..]),
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

fn is_swapped(left: &[char], right: &[char]) -> bool {
    matches!((left, right), ([a, b, rest @ ..], [c, d, others @ ..]) if a == d && b == c && rest == others)
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
