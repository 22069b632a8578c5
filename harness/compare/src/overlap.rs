//! Can two paths name the same place? Asked of rules when they are compiled, before any document is seen.

use crate::path::{Selector, Step};

/// Is there a document in which `inner` names something below what `outer` names?
pub(crate) fn may_enclose(outer: &[Step], inner: &[Step]) -> bool {
    reach(outer, inner).iter().any(|&(at, inner_at)| at == outer.len() && inner_at < inner.len())
}

/// Is there a document in which both name one value?
pub(crate) fn may_meet(one: &[Step], other: &[Step]) -> bool {
    reach(one, other).contains(&(one.len(), other.len()))
}

/// How far the two can get along one concrete path: every pair of counts of matched steps.
fn reach(one: &[Step], other: &[Step]) -> Vec<(usize, usize)> {
    let mut reached = vec![(0, 0)];
    let mut next = 0;
    while let Some(&(at, other_at)) = reached.get(next) {
        next += 1;
        let (Some(step), Some(other_step)) = (one.get(at), other.get(other_at)) else { continue };
        // One concrete step: each of the two either takes it as its next, or is a descendant and passes over it.
        let meets = step.selectors.iter().any(|a| other_step.selectors.iter().any(|b| may_select_one(a, b)));
        let candidates = [
            (meets, (at + 1, other_at + 1)),
            (other_step.descendant, (at + 1, other_at)),
            (step.descendant, (at, other_at + 1)),
        ];
        for (possible, to) in candidates {
            if possible && !reached.contains(&to) {
                reached.push(to);
            }
        }
    }
    reached
}

fn may_select_one(one: &Selector, other: &Selector) -> bool {
    match (one, other) {
        (Selector::Wildcard, _) | (_, Selector::Wildcard) => true,
        (Selector::Name(one), Selector::Name(other)) => one == other,
        (Selector::Name(_), Selector::Index(_) | Selector::Slice { .. })
        | (Selector::Index(_) | Selector::Slice { .. }, Selector::Name(_)) => false,
        // From the end or from the start: that depends on the length.
        (Selector::Index(one), Selector::Index(other)) => one == other || (*one < 0) != (*other < 0),
        (Selector::Index(_) | Selector::Slice { .. }, Selector::Index(_) | Selector::Slice { .. }) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Path;

    fn steps(path: &str) -> Vec<Step> {
        match Path::parse(path) {
            Ok(Path::Steps(steps)) => steps,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn paths_that_can_enclose_are_told_from_those_that_cannot() {
        for (outer, inner, expected) in [
            ("$.data", "$.data[*].total", true),
            ("$.data", "$.data", false),
            ("$.data", "$.meta.total", false),
            ("$..lines", "$.data[*].lines[*].total", true),
            ("$.data", "$..total", true),
            ("$", "$[0].x", true),
            ("$.data[0].lines", "$.data[1].lines[*].x", false),
            ("$.data[-1].lines", "$.data[1].lines[*].x", true),
            ("$.data[*].lines", "$.data[*].total", false),
            ("$..a..b", "$.a.x.b.c", true),
        ] {
            assert_eq!(may_enclose(&steps(outer), &steps(inner)), expected, "{outer} over {inner}");
        }
        assert!(may_meet(&steps("$..lines"), &steps("$.data[*].lines")));
        assert!(!may_meet(&steps("$.data"), &steps("$.data[*]")));
    }
}
