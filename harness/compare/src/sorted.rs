//! Members joined by sorting their names: for objects with many members in another order.

use crate::members::Found;
use crate::tape::Value;

/// Joins by sorting the names; legacy's members before the node `done` were handed over.
pub(crate) fn join<'t>(
    legacy: Value<'t>,
    new: Value<'t>,
    done: usize,
    each: &mut impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
) {
    let legacy_members: Vec<_> = legacy.members().collect();
    let new_members: Vec<_> = new.members().collect();
    let matched = match_by_sorting(&legacy_members, &new_members);
    for (&(key, value), partner) in legacy_members.iter().zip(&matched.of_legacy) {
        if key.index() < done {
            continue;
        }
        match *partner {
            Partner::At(index) => {
                let (_, other) = new_members[index];
                if value.raw_bytes() != other.raw_bytes() {
                    each(key, Some(value), Some(other), Found::Member);
                }
            }
            Partner::Only(found) => each(key, Some(value), None, found),
        }
    }
    for (&(key, value), partner) in new_members.iter().zip(&matched.of_new) {
        if let Some(found) = *partner {
            each(key, None, Some(value), found);
        }
    }
}

#[derive(Clone, Copy)]
enum Partner {
    At(usize),
    Only(Found),
}

struct Matched {
    of_legacy: Vec<Partner>,
    /// `None` where it has a partner.
    of_new: Vec<Option<Found>>,
}

type Member<'t> = (Value<'t>, Value<'t>);

fn match_by_sorting(legacy: &[Member<'_>], new: &[Member<'_>]) -> Matched {
    fn sorted<'t>(members: &[Member<'t>]) -> Vec<(std::borrow::Cow<'t, [u8]>, usize)> {
        let mut named: Vec<_> =
            members.iter().enumerate().map(|(index, (key, _))| (key.text_bytes(), index)).collect();
        named.sort_unstable();
        named
    }
    let (legacy_sorted, new_sorted) = (sorted(legacy), sorted(new));
    let mut of_legacy = vec![Partner::Only(Found::Member); legacy.len()];
    let mut of_new = vec![Some(Found::Member); new.len()];
    let (mut at, mut other_at) = (0, 0);
    while at < legacy_sorted.len() && other_at < new_sorted.len() {
        let name = &legacy_sorted[at].0;
        if *name != new_sorted[other_at].0 {
            if *name < new_sorted[other_at].0 {
                at += 1;
            } else {
                other_at += 1;
            }
            continue;
        }
        let here = legacy_sorted[at..].iter().take_while(|entry| entry.0 == *name).count();
        let there = new_sorted[other_at..].iter().take_while(|entry| entry.0 == *name).count();
        for step in 0..here.max(there) {
            match (step < here, step < there) {
                (true, true) => {
                    let partner = new_sorted[other_at + step].1;
                    of_legacy[legacy_sorted[at + step].1] = Partner::At(partner);
                    of_new[partner] = None;
                }
                (true, false) => of_legacy[legacy_sorted[at + step].1] = Partner::Only(Found::Repeated),
                (false, _) => of_new[new_sorted[other_at + step].1] = Some(Found::Repeated),
            }
        }
        at += here;
        other_at += there;
    }
    Matched { of_legacy, of_new }
}
