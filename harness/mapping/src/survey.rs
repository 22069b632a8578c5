//! What a mapping touches, read off its syntax tree: the functions it names, and whether it can see the order of keys.

use std::collections::BTreeSet;

use jlens_core::ast::{Ast, BinaryOp, Node, NodeKind, Stage};

/// What a mapping touches.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Variables and functions that are named and nowhere bound.
    pub(crate) free: BTreeSet<String>,
    /// Variables that are bound somewhere.
    pub(crate) bound: BTreeSet<String>,
    /// Field names.
    pub(crate) fields: BTreeSet<String>,
    /// The order of keys can be seen by the mapping itself, not only in its output.
    pub(crate) sees_order: bool,
    /// So can the order of keys of objects that the mapping builds.
    pub(crate) sees_built_order: bool,
    /// A function is stored in an object.
    pub(crate) stores_functions: bool,
}

/// Functions whose result depends on the order of keys. `values` and the like are of the Truto dialect.
const ORDER_SEEING: [&str; 9] =
    ["keys", "each", "spread", "string", "eval", "values", "stringifyQuery", "lookup", "zip"];

impl Survey {
    pub(crate) fn of(ast: &Ast) -> Survey {
        let mut survey = Survey::default();
        let mut named = BTreeSet::new();
        ast.root.walk(&mut |node| survey.visit(node, &mut named));
        survey.free = named.difference(&survey.bound).cloned().collect();
        survey
    }

    /// Whether a function is named that nothing in the mapping binds.
    pub(crate) fn calls(&self, name: &str) -> bool {
        self.free.contains(name)
    }

    fn visit(&mut self, node: &Node, named: &mut BTreeSet<String>) {
        self.bound.extend(node.attrs.focus.iter().chain(&node.attrs.index).cloned());
        for stage in node.attrs.stages.iter().chain(&node.attrs.predicate) {
            if let Stage::Index { var, .. } = stage {
                self.bound.insert(var.clone());
            }
        }
        let built =
            |pairs: &[(Node, Node)]| pairs.iter().any(|(_, value)| matches!(value.kind, NodeKind::Lambda(_)));
        if node.attrs.group.as_ref().is_some_and(|group| built(&group.pairs)) {
            self.stores_functions = true;
        }
        match &node.kind {
            NodeKind::Variable { name } => {
                named.insert(name.clone());
                if ORDER_SEEING.contains(&name.as_str()) {
                    self.sees_order = true;
                    self.sees_built_order = true;
                }
            }
            NodeKind::Name { name } => {
                self.fields.insert(name.clone());
            }
            NodeKind::Bind { lhs, .. } => {
                if let NodeKind::Variable { name } = &lhs.kind {
                    self.bound.insert(name.clone());
                }
            }
            NodeKind::Lambda(definition) if !definition.thunk => {
                self.bound.extend(definition.params.iter().cloned());
            }
            NodeKind::Wildcard | NodeKind::Descendant => {
                self.sees_order = true;
                self.sees_built_order = true;
            }
            // Text made of an object; rare, but looking at the input costs little.
            NodeKind::Binary { op: BinaryOp::Concat, lhs, rhs } => {
                self.sees_order = true;
                self.sees_built_order |= may_be_built(lhs) || may_be_built(rhs);
            }
            NodeKind::Object { pairs } if built(pairs) => self.stores_functions = true,
            _ => {}
        }
    }
}

/// Whether an operand of `&` may be an object that the mapping itself built.
fn may_be_built(operand: &Node) -> bool {
    match &operand.kind {
        NodeKind::String { .. } | NodeKind::Number { .. } | NodeKind::Bool { .. } | NodeKind::Null => false,
        NodeKind::Binary { .. } | NodeKind::Negate { .. } | NodeKind::Regex { .. } => false,
        NodeKind::Name { .. } => false,
        NodeKind::Variable { name } => !matches!(name.as_str(), "" | "$"),
        NodeKind::Path { steps, .. } => operand.attrs.group.is_some() || steps.iter().any(may_be_built),
        NodeKind::Condition { then, otherwise, .. } => {
            may_be_built(then) || otherwise.as_ref().is_some_and(|otherwise| may_be_built(otherwise))
        }
        NodeKind::Block { exprs, .. } => exprs.last().is_some_and(may_be_built),
        NodeKind::Function { procedure, .. } => {
            const TEXTS: [&str; 12] = [
                "string",
                "join",
                "uppercase",
                "lowercase",
                "substring",
                "substringBefore",
                "substringAfter",
                "trim",
                "replace",
                "now",
                "fromMillis",
                "count",
            ];
            !matches!(&procedure.kind, NodeKind::Variable { name } if TEXTS.contains(&name.as_str()))
        }
        _ => true,
    }
}
