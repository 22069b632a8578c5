//! Evaluates a mapping on the native engine and on the oracle, and finds the smallest part in which they differ.

use jlens_core::ast::{Node, NodeKind, Span};
use serde_json::{Map, Value};

use crate::engine::{EngineName, Settings};
use crate::mapping::{Limits, MapError, Mapping};

/// What two engines made of one mapping and one input.
#[derive(Clone, Debug, PartialEq)]
pub enum CrossCheck {
    /// The same value, or an error on both sides: which error it is, they need not agree on.
    Agree,
    /// The native engine leaves this mapping or this input to the oracle, and says why.
    OracleOnly(MapError),
    /// They could not be compared: the oracle reached a limit, or is not there.
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

/// What an engine made of an expression.
pub type Outcome = Result<Option<String>, MapError>;

/// Parts that are tried when engines differ; each costs two evaluations.
const PARTS_MAX: usize = 64;

/// One question to both engines.
struct Question<'q> {
    settings: Settings,
    input: Option<&'q str>,
    bindings: &'q Map<String, Value>,
    now_ms: i64,
    limits: &'q Limits,
}

/// Evaluates on both engines. The settings of the mapping must have an oracle.
pub fn cross_check(
    mapping: &Mapping,
    input: Option<&str>,
    bindings: &Map<String, Value>,
    now_ms: i64,
    limits: &Limits,
) -> CrossCheck {
    let question = Question { settings: mapping.settings().clone(), input, bindings, now_ms, limits };
    let (native, oracle) = match question.ask(mapping.source()) {
        Ok(outcomes) => outcomes,
        Err(verdict) => return verdict,
    };
    if agree(&native, &oracle) {
        return CrossCheck::Agree;
    }
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
    /// What both make of an expression, or why that cannot be compared.
    fn ask(&self, source: &str) -> Result<(Outcome, Outcome), CrossCheck> {
        let run = |engine| {
            let settings = Settings { engine, ..self.settings.clone() };
            let mapping = Mapping::compile_with(source, &settings).map_err(|error| MapError::Expression {
                code: error.code,
                message: error.message,
                position: Some((error.line, error.column)),
            })?;
            mapping.evaluate_with(self.input, self.bindings, self.now_ms, self.limits)
        };
        let native = run(EngineName::Jlens);
        if let Err(why @ (MapError::NeedsOracle(_) | MapError::Refused(_) | MapError::Input(_))) = native {
            return Err(CrossCheck::OracleOnly(why));
        }
        let oracle = run(EngineName::Oracle);
        if let Err(why @ (MapError::NeedsOracle(_) | MapError::Refused(_) | MapError::Limit { .. })) = oracle
        {
            return Err(CrossCheck::Undecided(why));
        }
        Ok((native, oracle))
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
        match self.question.ask(&expression) {
            Ok((native, oracle)) if !agree(&native, &oracle) => {
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
