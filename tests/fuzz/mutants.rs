//! Mechanical mistakes: every operator at every sub-expression of a mapping.

use jlens_core::ast::{BinaryOp, Node, NodeKind, Stage};
use mapping::mapping::Mapping;

/// A mapping with one mechanical mistake.
pub struct Mutant {
    /// The operator.
    pub operator: &'static str,
    /// Where: line and column, from 1.
    pub place: (usize, usize),
    /// The mapping.
    pub text: String,
}

/// All that still are mappings and differ from the text.
pub fn of(source: &str) -> Vec<Mutant> {
    let ast = jlens_core::parse(source).expect("a mapping of the sample parses");
    let mut edits: Vec<(&'static str, usize, usize, String)> = Vec::new();
    ast.root.walk(&mut |node| visit(source, node, &mut edits));
    edits.sort_by_key(|(operator, start, end, _)| (*start, *end, *operator));
    edits.dedup();
    let mutant = |(operator, start, end, with): (&'static str, usize, usize, String)| {
        let text = format!("{}{with}{}", &source[..start], &source[end..]);
        let is_one = text != source && Mapping::compile(&text).is_ok();
        let before = &source[..start];
        let column = before.rfind('\n').map_or(start, |at| start - at - 1) + 1;
        is_one.then(|| Mutant { operator, place: (before.matches('\n').count() + 1, column), text })
    };
    edits.into_iter().filter_map(mutant).collect()
}

type Edits = Vec<(&'static str, usize, usize, String)>;

fn visit(source: &str, node: &Node, edits: &mut Edits) {
    let (start, end) = (node.span.start, node.span.end);
    let text = |node: &Node| source[node.span.start..node.span.end].to_owned();
    for stage in node.attrs.stages.iter().chain(&node.attrs.predicate) {
        if let Stage::Filter { expr, .. } = stage {
            let open = source[..expr.span.start].rfind('[');
            let close = source[expr.span.end..].find(']').map(|at| expr.span.end + at + 1);
            if let (Some(open), Some(close)) = (open, close) {
                edits.push(("drop a filter", open, close, String::new()));
            }
        }
    }
    match &node.kind {
        NodeKind::Name { name } if source[start..end] == *name => {
            edits.push(("misspell a field", start, end, format!("{name}x")));
        }
        NodeKind::String { value } => {
            edits.push(("another text", start, end, format!("{:?}", format!("{value}~"))))
        }
        NodeKind::Number { value } => edits.push(("another number", start, end, (value + 1.0).to_string())),
        NodeKind::Bool { value } => edits.push(("the other truth", start, end, (!value).to_string())),
        NodeKind::Null => edits.push(("an empty text for null", start, end, "\"\"".to_owned())),
        NodeKind::Binary { op, lhs, rhs } => {
            let (left, right) = (text(lhs), text(rhs));
            edits.push(("the left side alone", start, end, left.clone()));
            edits.push(("the right side alone", start, end, right.clone()));
            if let Some(other) = other(*op) {
                edits.push(("another operator", start, end, format!("{left} {other} {right}")));
            }
        }
        NodeKind::Condition { condition, then, otherwise } => {
            let (condition, then) = (text(condition), text(then));
            edits.push(("a condition that always holds", start, end, then.clone()));
            match otherwise {
                Some(otherwise) => {
                    let otherwise = text(otherwise);
                    edits.push(("a condition that never holds", start, end, otherwise.clone()));
                    edits.push((
                        "branches swapped",
                        start,
                        end,
                        format!("{condition} ? {otherwise} : {then}"),
                    ));
                    edits.push(("no else", start, end, format!("{condition} ? {then}")));
                }
                None => edits.push((
                    "a condition turned round",
                    start,
                    end,
                    format!("$not({condition}) ? {then}"),
                )),
            }
        }
        NodeKind::Array { items } => {
            if let [item] = items.as_slice() {
                edits.push(("no brackets", start, end, text(item)));
            }
            if let [.., before, last] = items.as_slice() {
                edits.push(("the last element lost", before.span.end, last.span.end, String::new()));
            }
        }
        NodeKind::Object { pairs } => {
            for (at, (key, value)) in pairs.iter().enumerate() {
                let next = pairs.get(at + 1).map(|(key, _)| key.span.start);
                let (from, to) = match (next, at.checked_sub(1)) {
                    (Some(next), _) => (key.span.start, next),
                    (None, Some(before)) => (pairs[before].1.span.end, value.span.end),
                    (None, None) => (key.span.start, value.span.end),
                };
                edits.push(("a member lost", from, to, String::new()));
            }
        }
        NodeKind::Function { args, .. } => {
            if let Some(first) = args.first() {
                edits.push(("no function", start, end, text(first)));
            }
            if let [first, second, ..] = args.as_slice() {
                let between = &source[first.span.end..second.span.start];
                let swapped = format!("{}{between}{}", text(second), text(first));
                edits.push(("arguments swapped", first.span.start, second.span.end, swapped));
            }
            edits.push(("null for a call", start, end, "null".to_owned()));
        }
        NodeKind::Path { steps, .. } => {
            if let [.., before, _] = steps.as_slice() {
                edits.push(("the last step lost", before.span.end.max(start), end, String::new()));
            }
            edits.push(("null for a path", start, end, "null".to_owned()));
        }
        _ => {}
    }
}

fn other(op: BinaryOp) -> Option<&'static str> {
    Some(match op {
        BinaryOp::Add => "-",
        BinaryOp::Sub => "+",
        BinaryOp::Mul => "/",
        BinaryOp::Div => "*",
        BinaryOp::Eq => "!=",
        BinaryOp::Ne => "=",
        BinaryOp::Lt => "<=",
        BinaryOp::Le => "<",
        BinaryOp::Gt => ">=",
        BinaryOp::Ge => ">",
        BinaryOp::And => "or",
        BinaryOp::Or => "and",
        BinaryOp::Mod | BinaryOp::Concat | BinaryOp::In | BinaryOp::Range => return None,
    })
}
