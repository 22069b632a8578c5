//! A sorted map of limited size which adds what does not fit into one rest.
//!
//! It keeps the smallest keys it ever saw. A key among the smallest is never evicted, so its value is whole; a key
//! that was evicted once can never come back, because the map was full of smaller ones. Therefore what is kept, and
//! what the rest adds up to, depend on what was added and not on the order of adding or merging.

use std::collections::BTreeMap;

/// What can be added up in any order.
pub trait Merge: Default {
    /// Adds what `other` counted.
    fn merge(&mut self, other: Self);
}

/// At most `MAX` keys with their values, and the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounded<K, V, const MAX: usize> {
    kept: BTreeMap<K, V>,
    rest: Option<Box<V>>,
}

impl<K, V, const MAX: usize> Default for Bounded<K, V, MAX> {
    fn default() -> Self {
        Bounded { kept: BTreeMap::new(), rest: None }
    }
}

impl<K: Ord, V: Merge, const MAX: usize> Bounded<K, V, MAX> {
    /// What was counted under the kept keys, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        self.kept.iter()
    }

    /// What was counted under a key, where it is kept.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.kept.get(key)
    }

    /// What was counted under all keys that did not fit; `None` where all fitted.
    pub fn rest(&self) -> Option<&V> {
        self.rest.as_deref()
    }

    /// How many keys are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The value to count `key` in: its own, or the rest where only smaller keys are kept.
    pub fn entry(&mut self, key: K) -> &mut V {
        let full = self.kept.len() >= MAX && !self.kept.contains_key(&key);
        if full && self.kept.last_key_value().is_none_or(|(last, _)| *last < key) {
            return self.rest.get_or_insert_default();
        }
        if full && let Some((_, evicted)) = self.kept.pop_last() {
            self.rest.get_or_insert_default().merge(evicted);
        }
        self.kept.entry(key).or_default()
    }
}

impl<K: Ord, V: Merge, const MAX: usize> Merge for Bounded<K, V, MAX> {
    fn merge(&mut self, other: Self) {
        if let Some(rest) = other.rest {
            self.rest.get_or_insert_default().merge(*rest);
        }
        for (key, value) in other.kept {
            self.entry(key).merge(value);
        }
    }
}

impl Merge for u64 {
    fn merge(&mut self, other: Self) {
        *self += other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &str, expected: &str) {
        let mut bounded = Bounded::<char, u64, 2>::default();
        for key in keys.chars() {
            *bounded.entry(key) += 1;
        }
        let mut actual: Vec<String> = bounded.iter().map(|(key, count)| format!("{key}={count}")).collect();
        actual.extend(bounded.rest().map(|count| format!("rest={count}")));
        assert_eq!(actual.join(" "), expected);
    }

    #[test]
    fn what_fits_is_kept() {
        check("", "");
        check("ba", "a=1 b=1");
        check("abab", "a=2 b=2");
    }

    #[test]
    fn at_the_limit_the_largest_key_goes_to_the_rest() {
        check("abc", "a=1 b=1 rest=1");
        check("cba", "a=1 b=1 rest=1");
    }

    #[test]
    fn an_evicted_key_goes_on_counting_in_the_rest() {
        check("cbacc", "a=1 b=1 rest=3");
        check("cccab", "a=1 b=1 rest=3");
    }
}
