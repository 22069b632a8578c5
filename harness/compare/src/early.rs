//! What differs between two records, found as soon as the second was read along the first: both are in the nearest
//! caches then, and a long list has left all of them by the time that the walk comes to it.
//!
//! It is only kept, and the walk tells it where its lists' alignment says that just these two belong together; what was
//! kept of others is dropped. It never names a path that was not met before, since which names share the path of a
//! dictionary depends on the order in which they are met: where it would have to, the record is left to the walk.

use std::num::NonZeroU32;

use crate::diff::{Comparer, Comparison};
use crate::difference::Kind;
use crate::guide::Pair;
use crate::node::HEAD;
use crate::runs::{Run, Runs};
use crate::tape::{Json, Type};
use crate::trie::{At, ROOT};
use crate::walk::{PathStep, Use, Walk};

/// Two records with more differences are two different ones more often than not.
const TOLD_MAX: usize = 64;

/// One difference, as it will be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kind: Kind,
    pub(crate) at: At,
    /// The values' nodes, neither of which is a document's root.
    pub(crate) legacy: Option<NonZeroU32>,
    pub(crate) new: Option<NonZeroU32>,
    /// The nodes of the list or object around, on both sides.
    pub(crate) around: (u32, u32),
    /// The `ignore` that covers it within its record.
    pub(crate) ignored_by: Option<u32>,
    /// The hash under which it is left over, if it is.
    pub(crate) left: Option<u64>,
}

/// Two records that were looked at.
#[derive(Clone, Copy, Debug)]
struct Record {
    own: u32,
    guide: u32,
    /// So many of their first slots are the same text.
    same: u32,
    /// As many differences, and steps of their paths, were kept before the next.
    told_to: u32,
    steps_to: u32,
}

/// What was kept of one pair of documents, in the order of new's.
#[derive(Debug, Default)]
pub(crate) struct Early {
    records: Vec<Record>,
    /// Each with where its steps end.
    told: Vec<(Told, u32)>,
    /// From the record on.
    steps: Vec<PathStep>,
    /// New's node of the list whose records came last, and their path if it was met before.
    list: Option<(u32, Option<At>)>,
}

impl Early {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.told.clear();
        self.steps.clear();
        self.list = None;
    }

    /// Looks at two records, the second just read along the first.
    #[inline(never)]
    pub(crate) fn look(&mut self, comparer: &mut Comparer<'_>, pair: &Pair<'_>) {
        let Some(&list) = pair.open.last() else { return };
        if self.list.is_none_or(|(last, _)| last != list) {
            self.list = Some((list, element_path(pair.new, pair.open, comparer)));
        }
        let Some((_, Some(at))) = self.list else { return };
        let (told, steps) = (self.told.len(), self.steps.len());
        let (legacy, new) = (pair.legacy.value(pair.guide as usize), pair.new.value(pair.own as usize));
        let mut runs = Runs::of(pair.runs);
        runs.start_at(pair.runs_before);
        let mut unused = Comparison::default();
        let known = (runs, pair.marks);
        let mut walk = Walk::new(comparer, (pair.legacy, pair.new), known, Use::Keep(self), &mut unused);
        if !walk.records(legacy, new, at) {
            self.told.truncate(told);
            self.steps.truncate(steps);
            return;
        }
        let head = HEAD as u32;
        let begins = |run: &&Run| (run.own, run.guide) == (pair.own + head, pair.guide + head);
        let first = pair.runs.get(pair.runs_before as usize).filter(begins);
        self.records.push(Record {
            own: pair.own,
            guide: pair.guide,
            same: first.map_or(0, |run| head + run.nodes),
            told_to: self.told.len() as u32,
            steps_to: self.steps.len() as u32,
        });
    }

    /// Keeps a difference of the record that is looked at; `false` where it has too many.
    pub(crate) fn keep(&mut self, told: Told, steps: &[PathStep]) -> bool {
        self.steps.extend_from_slice(steps);
        self.told.push((told, self.steps.len() as u32));
        let before = self.records.last().map_or(0, |record| record.told_to as usize);
        self.told.len() - before <= TOLD_MAX
    }

    /// Writes, for each of new's elements, which record it is, + 1; 0 for none. Nothing where none is.
    pub(crate) fn find(&self, elements: &[u32], found: &mut Vec<u32>) {
        let (Some(&first), Some(&last)) = (elements.first(), elements.last()) else { return };
        let from = self.records.partition_point(|record| record.own < first);
        let mut records = self.records[from..].iter().zip(from as u32 + 1..).peekable();
        if records.peek().is_none_or(|(record, _)| record.own > last) {
            return;
        }
        found.extend(elements.iter().map(|&element| {
            while records.next_if(|(record, _)| record.own < element).is_some() {}
            records.next_if(|(record, _)| record.own == element).map_or(0, |(_, number)| number)
        }));
    }

    /// The node of the record in legacy that a record was looked at with.
    #[inline]
    pub(crate) fn guide_of(&self, record: usize) -> u32 {
        self.records[record].guide
    }

    /// The same, and how many of their first slots are the same text.
    pub(crate) fn begin_of(&self, record: usize) -> (u32, u32) {
        (self.records[record].guide, self.records[record].same)
    }

    /// What differs in a record, with the steps from it on.
    pub(crate) fn of(&self, record: usize) -> impl Iterator<Item = (&Told, &[PathStep])> {
        let before = record.checked_sub(1).map(|before| self.records[before]);
        let (from, mut step) = before.map_or((0, 0), |before| (before.told_to, before.steps_to));
        self.told[from as usize..self.records[record].told_to as usize].iter().map(move |(told, to)| {
            let steps = &self.steps[step as usize..*to as usize];
            step = *to;
            (told, steps)
        })
    }
}

/// The path of the elements of a list of new, which is the last of the open containers; `None` where it was not met before.
fn element_path(new: Json<'_>, open: &[u32], comparer: &mut Comparer<'_>) -> Option<At> {
    let trie = &mut comparer.trie;
    let mut at = ROOT;
    for pair in open.windows(2) {
        at = match new.value(pair[0] as usize).kind() {
            // A member's key stands before it.
            Type::Object => trie.known_member(at, &new.value(pair[1] as usize - 1).text_bytes())?,
            _ => trie.known_element(at)?,
        };
    }
    trie.known_element(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Comparison, Scope};
    use crate::diff_tests::try_compile;

    /// How many records were looked at, and how many differences kept, when two lists are compared for the first time
    /// and once more; the outcome is the same.
    fn check(legacy: &[String], new: &[String], expected: [(usize, usize); 2]) {
        let list = |records: &[String]| format!(r#"{{"data":[{}]}}"#, records.join(","));
        let rules = try_compile(&["$.data key id"]).expect("rules of the test");
        let mut comparer = Comparer::new(&rules);
        let mut outcomes = Vec::new();
        let kept = expected.map(|_| {
            let mut out = Comparison::default();
            comparer.texts(&list(legacy), &list(new), Scope::default(), &mut out).expect("both are JSON");
            outcomes.push(out);
            (comparer.early.records.len(), comparer.early.told.len())
        });
        assert_eq!(kept, expected, "{}", list(new));
        assert_eq!(outcomes[0], outcomes[1]);
        assert!(outcomes[0].total > 0);
    }

    fn records(field: impl Fn(usize) -> String) -> Vec<String> {
        let text = "text ".repeat(40);
        (0..20).map(|id| format!(r#"{{"id":{id},"text":"{text}",{},"z":0}}"#, field(id))).collect()
    }

    #[test]
    fn records_are_looked_at_where_their_paths_are_known() {
        let legacy = records(|id| format!(r#""a":[{{"b":{id}}}],"c":1"#));
        let new = records(|id| format!(r#""a":[{{"b":{}}}]"#, id + id % 2));
        check(&legacy, &new, [(0, 0), (20, 30)]);
        let reordered: Vec<String> = new.iter().rev().cloned().collect();
        check(&legacy, &reordered, [(0, 0), (20, 30)]);
    }

    #[test]
    fn what_names_a_new_path_or_hashes_contents_is_left_to_the_walk() {
        let legacy = records(|_| r#""a":[1,2,3]"#.to_owned());
        let new = records(|id| if id < 5 { r#""a":[3,1,2]"# } else { r#""a":[1,2,4]"# }.to_owned());
        check(&legacy, &new, [(0, 0), (15, 15)]);
        let rules = try_compile(&[]).expect("rules of the test");
        let mut comparer = Comparer::new(&rules);
        let list = |records: &[String]| format!(r#"{{"data":[{}]}}"#, records.join(","));
        for (new, kept) in [(records(|_| r#""a":[]"#.to_owned()), 0), (records(|_| r#""b":1"#.to_owned()), 0)]
        {
            let mut out = Comparison::default();
            comparer.texts(&list(&legacy), &list(&new), Scope::default(), &mut out).expect("both are JSON");
            assert_eq!((out.total >= 20, comparer.early.records.len()), (true, kept));
        }
    }

    #[test]
    fn records_with_too_many_differences_are_left_to_the_walk() {
        let members = |count: usize, id: usize| -> String {
            let member = |at: usize| format!(r#""m{at}":"{}""#, if at < count { id + 1 } else { 0 });
            (0..TOLD_MAX + 9).map(member).collect::<Vec<_>>().join(",")
        };
        let legacy = records(|_| members(0, 0));
        let few = |id: usize| if id < 18 { 3 } else { TOLD_MAX + id - 18 };
        let new = records(|id| members(few(id), id));
        check(&legacy, &new, [(0, 0), (19, 18 * 3 + TOLD_MAX)]);
    }
}
