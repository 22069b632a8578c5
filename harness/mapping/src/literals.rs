//! The constants that a mapping is written with: what it may test, and what must therefore stay what it is.

use jlens_core::ast::{BinaryOp, Node, NodeKind, Stage};

use crate::mapping::Mapping;

impl Mapping {
    /// Every text, number and regular expression in it, but for the names of the fields that it builds, and for indices. Nothing where
    /// only the reference can read it.
    pub fn literals(&self) -> Vec<String> {
        let Ok(ast) = jlens_core::parse(self.source()) else { return Vec::new() };
        let mut names = std::collections::BTreeSet::new();
        let mut literals = Vec::new();
        ast.root.walk(&mut |node| {
            if let NodeKind::Binary { op: BinaryOp::Range, lhs, rhs } = &node.kind {
                names.extend([lhs.id, rhs.id]);
            }
            if let NodeKind::Object { pairs } = &node.kind {
                names.extend(pairs.iter().map(|(name, _)| name.id));
            }
            if let Some(group) = &node.attrs.group {
                names.extend(group.pairs.iter().map(|(name, _)| name.id));
            }
            let stages = node.attrs.stages.iter().chain(&node.attrs.predicate);
            names.extend(stages.filter_map(|stage| match stage {
                // The second element of something says nothing of any value.
                Stage::Filter { expr, .. } if matches!(expr.kind, NodeKind::Number { .. }) => Some(expr.id),
                _ => None,
            }));
            // A name is visited after the object that it is a name in.
            if !names.contains(&node.id) {
                literals.extend(literal(node));
            }
        });
        literals
    }

    /// The texts that it compares a value with: operands of `=`, `!=` and `in`, and the names of a table, which is an object
    /// of nothing but constants. Nothing where only the reference can read it.
    pub fn tested(&self) -> Vec<String> {
        let Ok(ast) = jlens_core::parse(self.source()) else { return Vec::new() };
        let mut tested = std::collections::BTreeSet::new();
        ast.root.walk(&mut |node| match &node.kind {
            NodeKind::Binary { op: BinaryOp::Eq | BinaryOp::Ne | BinaryOp::In, lhs, rhs } => {
                for operand in [lhs, rhs] {
                    match &operand.kind {
                        NodeKind::Array { items } => tested.extend(items.iter().filter_map(text)),
                        _ => tested.extend(text(operand)),
                    }
                }
            }
            NodeKind::Object { pairs } if pairs.iter().all(|(_, value)| is_constant(value)) => {
                tested.extend(pairs.iter().filter_map(|(name, _)| text(name)));
            }
            _ => {}
        });
        tested.into_iter().collect()
    }
}

fn text(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::String { value } => Some(value.clone()),
        _ => None,
    }
}

fn is_constant(node: &Node) -> bool {
    literal(node).is_some() || matches!(node.kind, NodeKind::Bool { .. } | NodeKind::Null)
}

fn literal(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::String { value } => Some(value.clone()),
        NodeKind::Number { value } => Some(value.to_string()),
        NodeKind::Regex { pattern, .. } => Some(pattern.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::mapping::Mapping;

    #[test]
    fn what_a_mapping_tests_and_writes_is_found_and_names_of_fields_are_not() {
        let source = r#"{
            "first_name": $p.firstname[[0..2]],
            "emails": $p.email[type = "work"].{ "kind": 'Primary', "rank": 42 },
            "ok": $contains(name[7], /^(Mr|Mrs) /) ? "https://x.example/c/" & id : $lookup({"a": "b"}, "k")
        }"#;
        let mapping = Mapping::compile(source).expect("it is JSONata");
        let mut literals = mapping.literals();
        literals.sort();
        assert_eq!(literals, ["42", "Primary", "^(Mr|Mrs) ", "b", "https://x.example/c/", "k", "work"]);
    }

    #[test]
    fn only_what_a_value_is_compared_with_is_tested() {
        let source = r#"{
            "amount": $number($replace(text, /^(-?)\./, "$10.")),
            "stage": $lookup({"won": "closed", "lost": "closed"}, stage),
            "kind": kind = "work" or kind in ["home", "other"] ? 'Primary' : "none",
            "names": {"first": first, "last": "x"}
        }"#;
        let mapping = Mapping::compile(source).expect("it is JSONata");
        assert_eq!(mapping.tested(), ["home", "lost", "other", "won", "work"]);
    }
}
