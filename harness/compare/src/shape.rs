//! The names of the last object at a path: the next object there mostly has the same, in whatever order.
//!
//! It only proposes which member a name may be. Whoever asks compares the names, and learns the shape anew where it
//! does not fit, so no outcome depends on what was compared before.

use crate::pairs::Pairs;
use crate::trie::At;

/// Objects with more members are joined otherwise.
pub(crate) const MEMBERS_MAX: usize = 64;

/// The member of a name that is not known.
const NO_MEMBER: u8 = MEMBERS_MAX as u8;

/// A table of more places would not stay near.
const TABLE_BITS_MAX: u32 = 10;

/// Where so many tables have two names in one place, two names have one tag, or nearly all tables are full.
const TABLES_TRIED_MAX: usize = 24;

/// So many objects that follow one that cannot be learned are not tried.
const OBJECTS_PASSED: u32 = 31;

/// What is kept for a path where names came in another order.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    pub(crate) names: Names,
    /// Room for the pairs of one object.
    pub(crate) pairs: Pairs,
}

/// Sixteen bits of each name, and a table of which member they stand for.
#[derive(Debug)]
pub(crate) struct Names {
    tags: [u16; MEMBERS_MAX],
    count: usize,
    /// Members by a hash of their tag, each in a place of its own.
    table: [u8; 1 << TABLE_BITS_MAX],
    factor: u32,
    shift: u32,
    /// So many objects are not tried.
    passing: u32,
}

impl Default for Names {
    fn default() -> Names {
        Names {
            tags: [0; MEMBERS_MAX],
            count: 0,
            table: [NO_MEMBER; 1 << TABLE_BITS_MAX],
            factor: 0x9e37_79b1,
            shift: 32 - TABLE_BITS_MAX,
            passing: 0,
        }
    }
}

impl Names {
    /// May an object be tried?
    #[inline(always)]
    pub(crate) fn is_open(&mut self) -> bool {
        let is_open = self.passing == 0;
        self.passing = self.passing.saturating_sub(1);
        is_open
    }

    /// How many members it has.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Is this the tag of a member's name?
    pub(crate) fn is_tag_of(&self, member: usize, tag: u16) -> bool {
        self.tags[member % MEMBERS_MAX] == tag
    }

    /// The only member that a name with this tag can be; [`MEMBERS_MAX`] where there is none.
    #[inline(always)]
    pub(crate) fn member(&self, tag: u16) -> usize {
        usize::from(self.table[place(tag, self.factor, self.shift)])
    }

    /// Takes over the names of an object; `false` where two of them cannot be told apart by their tags.
    pub(crate) fn learn(&mut self, tags: impl ExactSizeIterator<Item = u16>) -> bool {
        (self.count, self.passing) = (tags.len().min(MEMBERS_MAX), 0);
        self.tags.iter_mut().zip(tags).for_each(|(place, tag)| *place = tag);
        // With so many places, one table of four or five has each name in a place of its own.
        let bits = (self.count * self.count / 4).max(1).next_power_of_two().ilog2();
        self.shift = 32 - bits.clamp(6, TABLE_BITS_MAX);
        for _ in 0..TABLES_TRIED_MAX {
            if self.fill() {
                return true;
            }
            self.factor = self.factor.wrapping_mul(0x85eb_ca6b) ^ 0x27d4_eb2e;
        }
        (self.count, self.passing) = (0, OBJECTS_PASSED);
        false
    }

    fn fill(&mut self) -> bool {
        self.table[..1 << (32 - self.shift)].fill(NO_MEMBER);
        for (member, &tag) in self.tags[..self.count].iter().enumerate() {
            let known = &mut self.table[place(tag, self.factor, self.shift)];
            if *known != NO_MEMBER {
                return false;
            }
            *known = member as u8;
        }
        true
    }
}

#[inline(always)]
fn place(tag: u16, factor: u32, shift: u32) -> usize {
    (u32::from(tag).wrapping_add(1).wrapping_mul(factor) >> (shift & 31)) as usize % (1 << TABLE_BITS_MAX)
}

/// Shapes by path.
#[derive(Debug, Default)]
pub(crate) struct Shapes(Vec<Option<Box<Shape>>>);

impl Shapes {
    /// The shape of a path, to be put back.
    pub(crate) fn take(&mut self, at: At) -> Option<Box<Shape>> {
        self.0.get_mut(at as usize).and_then(Option::take)
    }

    /// Keeps the shape of a path, if there is one.
    pub(crate) fn put(&mut self, at: At, shape: Option<Box<Shape>>) {
        if shape.is_none() {
            return;
        }
        if self.0.len() <= at as usize {
            self.0.resize_with(at as usize + 1, || None);
        }
        self.0[at as usize] = shape;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(tags: &[u16]) -> Option<Names> {
        let mut names = Names::default();
        names.learn(tags.iter().copied()).then_some(names)
    }

    proptest::proptest! {
        #[test]
        fn every_tag_that_was_learned_is_told(tags in proptest::collection::btree_set(0..=u16::MAX, 0..=MEMBERS_MAX)) {
            let tags: Vec<u16> = tags.into_iter().collect();
            // Nearly all sets fit one of the tables; the others are joined otherwise.
            if let Some(names) = learned(&tags) {
                proptest::prop_assert_eq!(names.count(), tags.len());
                for (member, &tag) in tags.iter().enumerate() {
                    proptest::prop_assert!(names.member(tag) == member && names.is_tag_of(member, tag));
                }
            }
        }
    }

    #[test]
    fn as_many_names_as_fit_are_learned_in_turn() {
        let mut names = Names::default();
        for count in (0..=MEMBERS_MAX as u16).chain((0..=MEMBERS_MAX as u16).rev()) {
            assert!(names.learn((0..count).map(|name| name.wrapping_mul(40_503))), "{count}");
            assert!(names.is_open());
        }
    }

    #[test]
    fn names_of_one_tag_are_not_learned_nor_tried_again_at_once() {
        let mut names = Names::default();
        assert!(!names.learn([1, 2, 1].into_iter()));
        let passed = (0..100).take_while(|_| !names.is_open()).count();
        assert_eq!(passed, OBJECTS_PASSED as usize);
        assert!(names.learn([1, 2, 3].into_iter()));
    }
}
