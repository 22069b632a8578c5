//! Evaluates a mapping on the native engine and on the oracle, and finds the smallest part in which they differ.

use std::fmt;

use jlens_core::ast::{Node, NodeKind, Span};
use serde_json::{Map, Value};

use crate::document::Document;
use crate::engine::{Given, Request, Settings};
use crate::mapping::{Limits, MapError, Mapping};

/// What two engines made of one mapping and one input.
#[derive(Clone, Debug, PartialEq)]
pub enum CrossCheck {
    /// The same value, or an error on both sides: which error it is, they need not agree on. It is the native one.
    Agree(Outcome),
    /// The native engine leaves this mapping or this input to the oracle, which made this of it.
    OracleOnly(Outcome),
    /// They could not be compared: one reached a limit, or the oracle is not there.
    Undecided(MapError),
    /// They differ.
    Disagree(Box<Disagreement>),
}

/// Where two engines differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The smallest part that could be evaluated by itself and differs: its text.
    pub expression: String,
    /// Where it begins in the mapping: line and column, from 1.
    pub position: (usize, usize),
    /// What the native engine makes of that part.
    pub native: Outcome,
    /// What the oracle makes of it.
    pub oracle: Outcome,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position;
        let [native, oracle] = [&self.native, &self.oracle].map(|outcome| match outcome {
            Ok(Some(text)) => shortened(text),
            Ok(None) => "nothing (undefined)".to_owned(),
            // The part was evaluated by itself, so a place within it would be another one in the mapping.
            Err(MapError::Expression { code, message, .. }) => format!("an error: {message} ({code})"),
            Err(error) => format!("an error: {error}"),
        });
        let expression = shortened(&self.expression);
        write!(
            f,
            "`{expression}` at line {line}, column {column} of the mapping: the native engine answers {native}, \
             the oracle {oracle}"
        )
    }
}

/// People see the beginning of a value; the two need not differ there.
const SHOWN_CHARS_MAX: usize = 200;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What an engine made of an expression.
pub type Outcome = Result<Option<String>, MapError>;

/// Parts that are tried when engines differ; each costs two evaluations.
const PARTS_MAX: usize = 64;

/// One question to both engines.
struct Question<'q> {
    settings: &'q Settings,
    request: Request<'q>,
}

/// Evaluates on both engines. The settings of the mapping must have an oracle.
pub fn cross_check(
    mapping: &Mapping,
    input: Option<&str>,
    bindings: &Map<String, Value>,
    now_ms: i64,
    limits: &Limits,
) -> CrossCheck {
    let request = Request { input: Given::new(input), bindings: Some(bindings), now_ms, limits };
    let question = Question { settings: mapping.settings(), request };
    let (native, oracle) = match question.ask(mapping) {
        Ok(outcomes) => outcomes,
        Err(verdict) => return verdict,
    };
    if agree(&native, &oracle) {
        return CrossCheck::Agree(native);
    }
    // Every part is asked on the same input.
    let document = input.map(Document::parse);
    let input = document.as_ref().map_or(Given::Nothing, Given::Document);
    let question = Question { request: Request { input, ..request }, ..question };
    let whole = Part { span: Span::new(0, mapping.source().len()), native, oracle };
    let smallest = match jlens_core::parse(mapping.source()) {
        Ok(ast) => {
            let mut search =
                Search { question: &question, source: mapping.source(), left: PARTS_MAX, found: whole };
            search.node(&ast.root, &|part| part.to_owned());
            search.found
        }
        Err(_) => whole,
    };
    let (line, column) = compare::tape::line_and_column(mapping.source(), smallest.span.start);
    CrossCheck::Disagree(Box::new(Disagreement {
        expression: mapping.source()[smallest.span.start..smallest.span.end].to_owned(),
        position: (line, column),
        native: smallest.native,
        oracle: smallest.oracle,
    }))
}

impl Question<'_> {
    /// What both make of a mapping, or why that cannot be compared.
    fn ask(&self, mapping: &Mapping) -> Result<(Outcome, Outcome), CrossCheck> {
        let native = mapping.on_native(&self.request);
        if let Err(why @ MapError::Limit { .. }) = native {
            return Err(CrossCheck::Undecided(why));
        }
        let oracle = mapping.on_oracle(&self.request, "both engines are asked");
        match (&native, oracle) {
            // Refused is refused by both.
            (_, Err(why @ (MapError::NeedsOracle(_) | MapError::Limit { .. }))) => {
                Err(CrossCheck::Undecided(why))
            }
            (Err(MapError::NeedsOracle(_) | MapError::Refused(_) | MapError::Input(_)), oracle) => {
                Err(CrossCheck::OracleOnly(oracle))
            }
            (_, oracle) => Ok((native, oracle)),
        }
    }

    /// What both make of a part; what cannot be compared, or is no expression by itself, does not differ.
    fn ask_part(&self, source: &str) -> Option<(Outcome, Outcome)> {
        self.ask(&Mapping::compile_with(source, self.settings).ok()?).ok()
    }
}

/// The same value whatever the order of keys and the spelling of numbers, or an error on both sides.
pub fn agree(native: &Outcome, oracle: &Outcome) -> bool {
    match (native, oracle) {
        (Ok(None), Ok(None)) | (Err(_), Err(_)) => true,
        (Ok(Some(native)), Ok(Some(oracle))) => native == oracle || same_value(native, oracle),
        _ => false,
    }
}

fn same_value(left: &str, right: &str) -> bool {
    match (serde_json::from_str::<Value>(left), serde_json::from_str::<Value>(right)) {
        (Ok(left), Ok(right)) => same(&left, &right),
        _ => false,
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

/// A part that differs.
struct Part {
    span: Span,
    native: Outcome,
    oracle: Outcome,
}

struct Search<'s> {
    question: &'s Question<'s>,
    source: &'s str,
    left: usize,
    found: Part,
}

/// Puts a part where it has the variables and the context that it has in the mapping.
type Setting<'a> = &'a dyn Fn(&str) -> String;

impl Search<'_> {
    fn text(&self, span: Span) -> &str {
        &self.source[span.start..span.end]
    }

    /// Tries a part; goes into it where it differs, and says whether it did.
    fn part(&mut self, node: &Node, setting: Setting<'_>) -> bool {
        if self.left == 0 || node.span.start >= node.span.end {
            return false;
        }
        self.left -= 1;
        let expression = setting(self.text(node.span));
        match self.question.ask_part(&expression) {
            Some((native, oracle)) if !agree(&native, &oracle) => {
                self.found = Part { span: node.span, native, oracle };
                self.node(node, setting);
                true
            }
            _ => false,
        }
    }

    /// Tries the parts of a node, until one differs.
    fn node(&mut self, node: &Node, setting: Setting<'_>) -> bool {
        let pairs = |pairs: &[(Node, Node)]| {
            pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect()
        };
        let parts: Vec<Node> = match &node.kind {
            NodeKind::Path { steps, .. } => return self.path(node, steps, setting),
            NodeKind::Block { exprs, .. } => return self.block(exprs, setting),
            NodeKind::Object { pairs: entries } => pairs(entries),
            NodeKind::Array { items } => items.clone(),
            NodeKind::Function { args, .. } => args.clone(),
            NodeKind::Binary { lhs, rhs, .. }
            | NodeKind::Fallback { lhs, rhs, .. }
            | NodeKind::Apply { lhs, rhs } => vec![(**lhs).clone(), (**rhs).clone()],
            NodeKind::Bind { rhs, .. } => vec![(**rhs).clone()],
            NodeKind::Negate { expr } => vec![(**expr).clone()],
            NodeKind::Condition { condition, then, otherwise } => {
                let branches = [Some(condition), Some(then), otherwise.as_ref()];
                branches.into_iter().flatten().map(|branch| (**branch).clone()).collect()
            }
            _ => Vec::new(),
        };
        parts.iter().any(|part| self.part(part, setting))
    }

    /// First the path as far as each step; then, where only its last step differs, that step's parts in its context.
    fn path(&mut self, path: &Node, steps: &[Node], setting: Setting<'_>) -> bool {
        let Some((last, before)) = steps.split_last() else { return false };
        let Some(previous) = before.last() else { return self.node(last, setting) };
        let prefix = Span::new(path.span.start, previous.span.end.max(path.span.start));
        let shorter = Node { span: prefix, kind: path_of(before), ..path.clone() };
        if self.part(&shorter, setting) {
            return true;
        }
        let prefix = self.text(prefix).to_owned();
        self.node(last, &|part| setting(&format!("{prefix}.({part})")))
    }

    fn block(&mut self, expressions: &[Node], setting: Setting<'_>) -> bool {
        let mut before = String::new();
        for expression in expressions {
            let bound = before.clone();
            if self.part(expression, &|part| setting(&format!("({bound}{part})"))) {
                return true;
            }
            before.push_str(self.text(expression.span));
            before.push_str("; ");
        }
        false
    }
}

fn path_of(steps: &[Node]) -> NodeKind {
    NodeKind::Path { steps: steps.to_vec(), keep_singleton_array: false }
}
