//! A few examples of what was counted, the same whatever the order of counting.

use crate::bounded::Merge;
use compare::blame::Blame;
use compare::difference::Difference;
use compare::pretty;
use std::collections::BTreeSet;

/// More than five of one kind teach a reader nothing.
pub const EXAMPLES_MAX: usize = 5;

/// The smallest [`EXAMPLES_MAX`] examples by their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples<T>(BTreeSet<T>);

impl<T> Default for Examples<T> {
    fn default() -> Self {
        Examples(BTreeSet::new())
    }
}

impl<T: Ord> Examples<T> {
    /// The examples in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    /// The first example.
    pub fn first(&self) -> Option<&T> {
        self.0.first()
    }

    /// Keeps the example if it is among the smallest.
    pub fn offer(&mut self, example: T) {
        if self.0.len() >= EXAMPLES_MAX && self.0.last().is_some_and(|last| *last <= example) {
            return;
        }
        self.0.insert(example);
        if self.0.len() > EXAMPLES_MAX {
            self.0.pop_last();
        }
    }

    /// Whether an example that sorts like `wanted` says would be kept; spares the caller from copying what is not.
    pub fn has_room(&self, sorts_after: impl Fn(&T) -> bool) -> bool {
        self.0.len() < EXAMPLES_MAX || self.0.last().is_none_or(|last| !sorts_after(last))
    }
}

impl<T: Ord> Merge for Examples<T> {
    fn merge(&mut self, other: Self) {
        for example in other.0 {
            self.offer(example);
        }
    }
}

/// One difference of one pair, with what a person needs to see it.
///
/// Sorts by tolerance first, so that a cell shows what is not excused before what is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    /// The index of the tolerance that excuses it, among the operation's tolerances.
    pub tolerance: Option<usize>,
    /// The pair's id.
    pub pair: String,
    /// The whole path, with indices.
    pub path: String,
    /// Where new has the value, if at another place.
    pub new_path: Option<String>,
    /// Legacy's value as JSON text; `None` where absent.
    pub legacy: Option<String>,
    /// New's, likewise.
    pub new: Option<String>,
    /// Legacy's nearest enclosing object or list.
    pub legacy_context: Option<String>,
    /// New's, likewise.
    pub new_context: Option<String>,
    /// Who is to blame, where the upstream's own answer was at hand.
    pub blame: Option<Blame>,
}

impl Example {
    /// The example that a pair's difference makes.
    pub fn of(pair: &str, difference: &Difference) -> Example {
        Example {
            tolerance: difference.tolerance,
            pair: pair.to_owned(),
            path: cut(&difference.path),
            new_path: difference.new_path.as_deref().map(cut),
            legacy: difference.legacy.as_deref().map(str::to_owned),
            new: difference.new.as_deref().map(str::to_owned),
            legacy_context: difference.legacy_context.clone(),
            new_context: difference.new_context.clone(),
            blame: difference.blame,
        }
    }
}

/// A pair and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// The pair's id.
    pub pair: String,
    /// What exactly, for people; may be empty.
    pub detail: String,
    /// The file, and the line for JSON Lines.
    pub location: String,
}

/// Longer paths and notes are cut: they come from recorded keys, and a tally must not grow with them.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// The text, cut at [`TEXT_BYTES_MAX`] with an ellipsis.
pub fn cut(text: &str) -> String {
    pretty::cut(text, TEXT_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(offered: &[u32], expected: &[u32]) {
        let mut examples = Examples::default();
        for number in offered {
            examples.offer(*number);
        }
        assert_eq!(examples.iter().copied().collect::<Vec<u32>>(), expected);
    }

    #[test]
    fn the_five_smallest_are_kept_in_whatever_order_they_come() {
        check(&[3, 1, 2], &[1, 2, 3]);
        check(&[7, 6, 5, 4, 3, 2, 1], &[1, 2, 3, 4, 5]);
        check(&[1, 2, 3, 4, 5, 6, 7], &[1, 2, 3, 4, 5]);
        check(&[1, 1, 1, 1, 1, 1, 2], &[1, 2]);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        let long = format!("x{}", "é".repeat(TEXT_BYTES_MAX));
        assert_eq!(cut(&long).len(), TEXT_BYTES_MAX - 1 + '…'.len_utf8());
    }
}
