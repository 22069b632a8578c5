//! What of a mapping is counted, and which node of the engine's tree counts for it.

use std::collections::BTreeMap;
use std::ops::Range;

use jlens_core::ast::{Node, NodeKind};

use super::{Point, PointKind};
use crate::jlens::Program;
use crate::rewrite::IN_ORDER;

/// What is counted of one mapping.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    /// In the order of the text; what encloses comes before what it encloses.
    pub(super) points: Vec<Point>,
    /// By a node's number in the tree that is evaluated.
    nodes: Vec<Counted>,
}

/// What a node counts for. Trees of the engine's own have numbers of their own: the address tells them apart.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    address: usize,
    expression: Option<usize>,
    branches: Option<[usize; 2]>,
}

/// Where a node stands in the author's text, and what it is.
type Place = (usize, usize, &'static str);

impl Outline {
    /// `None` where the text does not parse, which was compiled before.
    pub(super) fn of(source: &str, program: &Program) -> Option<Outline> {
        let ast = jlens_core::parse(source).ok()?;
        let mut found = Found::default();
        found.node(&ast.root, Role::Value);
        let mut order: Vec<usize> = (0..found.points.len()).collect();
        let key = |point: &Point| (point.span.start, usize::MAX - point.span.end, point.kind);
        order.sort_by_key(|index| key(&found.points[*index]));
        let mut rank = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            rank[*old] = new;
        }
        let points = order.iter().map(|old| found.points[*old].clone()).collect();
        let mut nodes = Vec::new();
        program.ast().root.walk(&mut |node| {
            let mut counted = Counted { address: address(node), ..Counted::default() };
            let (start, end) = (program.back(node.span.start), program.back(node.span.end));
            if !is_wrapper(node) {
                let place = (start, end, node.type_name());
                let known = |places: &BTreeMap<Place, usize>| places.get(&place).copied();
                counted.expression = known(&found.expressions).map(|old| rank[old]);
                counted.branches = found.branches.get(&place).map(|pair| pair.map(|old| rank[old]));
            }
            let id = node.id as usize;
            if nodes.len() <= id {
                nodes.resize(id + 1, Counted::default());
            }
            nodes[id] = counted;
        });
        Some(Outline { points, nodes })
    }

    /// The point that an evaluation of a node counts for.
    pub(super) fn expression(&self, node: &Node) -> Option<usize> {
        self.counted(node)?.expression
    }

    /// The points of a condition: where it holds, and where it does not.
    pub(super) fn branches(&self, node: &Node) -> Option<[usize; 2]> {
        self.counted(node)?.branches
    }

    fn counted(&self, node: &Node) -> Option<&Counted> {
        self.nodes.get(node.id as usize).filter(|counted| counted.address == address(node))
    }
}

fn address(node: &Node) -> usize {
    std::ptr::from_ref(node) as usize
}

/// The call that we put around an object to order its keys.
fn is_wrapper(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Function { procedure, .. }
        if matches!(&procedure.kind, NodeKind::Variable { name } if name == IN_ORDER))
}

/// What a node is to the one above it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Its value is used.
    Value,
    /// A step of a path: where it is a mere name, the path speaks for it.
    Step,
    /// Called, bound to or applied: it is not evaluated by itself.
    Named,
}

#[derive(Default)]
struct Found {
    points: Vec<Point>,
    expressions: BTreeMap<Place, usize>,
    branches: BTreeMap<Place, [usize; 2]>,
}

impl Found {
    fn push(&mut self, span: Range<usize>, kind: PointKind) -> usize {
        self.points.push(Point { span, kind });
        self.points.len() - 1
    }

    fn node(&mut self, node: &Node, role: Role) {
        let place = (node.span.start, node.span.end, node.type_name());
        if is_counted(node, role) && !self.expressions.contains_key(&place) {
            let point = self.push(node.span.start..node.span.end, PointKind::Expression);
            self.expressions.insert(place, point);
        }
        match &node.kind {
            NodeKind::Condition { then, otherwise, .. } => {
                let otherwise = otherwise.as_ref().map_or(node.span, |otherwise| otherwise.span);
                let spans = [then.span, otherwise].map(|span| span.start..span.end);
                self.branch(place, spans, [PointKind::Then, PointKind::Else]);
            }
            NodeKind::Fallback { lhs, rhs, .. } => {
                let spans = [lhs.span, rhs.span].map(|span| span.start..span.end);
                self.branch(place, spans, [PointKind::Kept, PointKind::Fallback]);
            }
            _ => {}
        }
        self.children(node);
    }

    fn branch(&mut self, place: Place, spans: [Range<usize>; 2], kinds: [PointKind; 2]) {
        let [first, second] = spans;
        let pair = [self.push(first, kinds[0]), self.push(second, kinds[1])];
        self.branches.insert(place, pair);
    }

    fn children(&mut self, node: &Node) {
        let named: Vec<u32> = match &node.kind {
            NodeKind::Function { procedure, .. } | NodeKind::Partial { procedure, .. } => vec![procedure.id],
            NodeKind::Bind { lhs, .. } => vec![lhs.id],
            // A call in tail position is wrapped, and the wrapper is what is evaluated.
            NodeKind::Lambda(definition) if definition.thunk => vec![definition.body.id],
            // The call on the right is made with the left side's value, not evaluated by itself.
            NodeKind::Apply { rhs, .. } if matches!(rhs.kind, NodeKind::Function { .. }) => vec![rhs.id],
            _ => Vec::new(),
        };
        let steps: Vec<u32> = match &node.kind {
            NodeKind::Path { steps, .. } => steps.iter().map(|step| step.id).collect(),
            _ => Vec::new(),
        };
        let mut children = Vec::new();
        node.for_each_child(|child| children.push(child));
        for child in children {
            let role = match () {
                () if named.contains(&child.id) => Role::Named,
                () if steps.contains(&child.id) => Role::Step,
                () => Role::Value,
            };
            self.node(child, role);
        }
    }
}

fn is_counted(node: &Node, role: Role) -> bool {
    let literal = match &node.kind {
        NodeKind::String { .. } | NodeKind::Number { .. } | NodeKind::Bool { .. } | NodeKind::Null => true,
        NodeKind::Regex { .. } | NodeKind::Placeholder | NodeKind::Sort { .. } | NodeKind::Error { .. } => {
            true
        }
        // The definition is no evaluation of the body; one for a call in tail position is the call's own.
        NodeKind::Lambda(definition) => !definition.thunk,
        NodeKind::Variable { name } => name.is_empty() || name == "$",
        _ => false,
    };
    let plain_step = matches!(node.kind, NodeKind::Name { .. } | NodeKind::Variable { .. })
        || matches!(node.kind, NodeKind::Wildcard | NodeKind::Descendant | NodeKind::Parent { .. });
    !literal && role != Role::Named && !(role == Role::Step && plain_step)
}
