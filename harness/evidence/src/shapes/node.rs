//! What was seen at one path, and below it.

use std::collections::{BTreeMap, BTreeSet};

use compare::tape::{Type, Value};

use super::{KEYS_MAX, VALUE_BYTES_MAX, VALUES_MAX};

/// What was seen at one path.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) keys: Keys,
    pub(super) element: Option<Box<Node>>,
    pub(super) values: Values,
    /// In so many pairs.
    pub(super) pairs: u64,
    /// The number of the pair that was counted last.
    last: u64,
}

/// An object's keys.
#[derive(Debug)]
pub(super) enum Keys {
    /// Each is a field.
    Fields(BTreeMap<Box<str>, Node>),
    /// They are data, and what lies below them is of one kind.
    Map(Box<Node>),
}

/// The scalars at one path, as JSON text.
#[derive(Debug)]
pub(super) enum Values {
    /// All of them.
    Few(BTreeSet<Box<str>>),
    /// Too many, or too long ones.
    Many,
}

impl Default for Keys {
    fn default() -> Self {
        Keys::Fields(BTreeMap::new())
    }
}

impl Default for Values {
    fn default() -> Self {
        Values::Few(BTreeSet::new())
    }
}

impl Node {
    /// Looks at a value in the pair of this number, from 1; counts the paths that are new.
    pub(super) fn look(&mut self, value: Value<'_>, pair: u64, paths: &mut usize) {
        self.pairs += u64::from(self.last != pair);
        self.last = pair;
        match value.kind() {
            Type::Object => value.members().for_each(|(key, value)| {
                self.keys.at(&key.text(), paths).look(value, pair, paths);
            }),
            Type::Array => {
                for element in value.elements() {
                    let node = self.element.get_or_insert_with(|| {
                        *paths += 1;
                        Box::default()
                    });
                    node.look(element, pair, paths);
                }
            }
            Type::Number | Type::String => self.values.add(value.raw()),
            Type::Null | Type::True | Type::False => {}
        }
    }

    /// Adds what was seen in other pairs.
    pub(super) fn merge(&mut self, other: Node) {
        let Node { keys, element, values, pairs, last: _ } = other;
        self.keys.merge(keys);
        if let Some(element) = element {
            self.element.get_or_insert_default().merge(*element);
        }
        self.values.merge(values);
        self.pairs += pairs;
    }

    /// How many paths there are, this one among them.
    pub(super) fn paths(&self) -> usize {
        let below: usize = match &self.keys {
            Keys::Fields(fields) => fields.values().map(Node::paths).sum(),
            Keys::Map(node) => node.paths(),
        };
        1 + below + self.element.as_ref().map_or(0, |node| node.paths())
    }
}

impl Keys {
    fn at(&mut self, key: &str, paths: &mut usize) -> &mut Node {
        if let Keys::Fields(fields) = self
            && !fields.contains_key(key)
        {
            *paths += 1;
            fields.insert(key.into(), Node::default());
            self.fall_together();
        }
        match self {
            Keys::Fields(fields) => fields.get_mut(key).expect("it was put there where it was missing"),
            Keys::Map(node) => node,
        }
    }

    fn fall_together(&mut self) {
        if let Keys::Fields(fields) = self
            && fields.len() > KEYS_MAX
        {
            *self = Keys::Map(Box::new(together(std::mem::take(fields))));
        }
    }

    fn merge(&mut self, other: Keys) {
        match (&mut *self, other) {
            (Keys::Fields(fields), Keys::Fields(others)) => {
                for (key, node) in others {
                    fields.entry(key).or_default().merge(node);
                }
                self.fall_together();
            }
            (Keys::Map(node), Keys::Map(other)) => node.merge(*other),
            (Keys::Map(node), Keys::Fields(others)) => node.merge(together(others)),
            (Keys::Fields(fields), Keys::Map(mut other)) => {
                other.merge(together(std::mem::take(fields)));
                *self = Keys::Map(other);
            }
        }
    }
}

/// What lies below all keys. In how many pairs that was seen is not known any more: a pair may have several of the keys.
fn together(fields: BTreeMap<Box<str>, Node>) -> Node {
    fields.into_values().fold(Node::default(), |mut all, node| {
        all.merge(node);
        all
    })
}

impl Values {
    fn add(&mut self, raw: &str) {
        let Values::Few(values) = self else { return };
        if !values.contains(raw) {
            if raw.len() > VALUE_BYTES_MAX || values.len() == VALUES_MAX {
                *self = Values::Many;
            } else {
                values.insert(raw.into());
            }
        }
    }

    fn merge(&mut self, other: Values) {
        match other {
            Values::Few(values) => values.iter().for_each(|value| self.add(value)),
            Values::Many => *self = Values::Many,
        }
    }
}
