//! Fields of the input that a mapping never reads: nobody has decided what becomes of them.

use std::collections::{BTreeMap, BTreeSet};

use compare::path::push_name;
use jlens_core::reads::Read;
use serde_json::Value;

use crate::jlens::Program;

/// Fields that are named; a body with more is keyed by data.
pub const UNREAD_MAX: usize = 1_000;

/// Fields of the inputs seen that the mapping does not read, by their paths with each index as `[*]`.
#[derive(Clone, Debug)]
pub struct Unread {
    read: Option<Read>,
    fields: BTreeMap<String, u64>,
    left_out: bool,
}

impl Unread {
    pub(super) fn of(program: &Program) -> Unread {
        Unread { read: program.reads_of_input(), fields: BTreeMap::new(), left_out: false }
    }

    /// Whether it reads its input whole, so that nothing can be said of single fields.
    pub fn reads_whole(&self) -> bool {
        self.read.as_ref().is_some_and(Read::is_whole)
    }

    /// The fields, and in how many inputs each was.
    pub fn fields(&self) -> impl Iterator<Item = (&str, u64)> {
        self.fields.iter().map(|(path, inputs)| (path.as_str(), *inputs))
    }

    /// Whether there were more than are kept.
    pub fn is_cut(&self) -> bool {
        self.left_out
    }

    pub(super) fn in_input(&self, input: &Value) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        match &self.read {
            Some(read) => walk(input, read, &mut "$".to_owned(), &mut found),
            None => walk(input, &Read::Fields(BTreeMap::new()), &mut "$".to_owned(), &mut found),
        }
        found
    }

    pub(super) fn add(&mut self, found: BTreeSet<String>) {
        for path in found {
            let is_room = self.fields.len() < UNREAD_MAX;
            match self.fields.get_mut(&path) {
                Some(inputs) => *inputs += 1,
                None if is_room => drop(self.fields.insert(path, 1)),
                None => self.left_out = true,
            }
        }
    }
}

fn walk(value: &Value, read: &Read, path: &mut String, found: &mut BTreeSet<String>) {
    let Some(fields) = read.fields() else { return };
    let length = path.len();
    match value {
        Value::Array(items) => {
            path.push_str("[*]");
            items.iter().for_each(|item| walk(item, read, path, found));
        }
        Value::Object(members) => {
            for (name, member) in members {
                push_name(path, name);
                match fields.get(name) {
                    Some(read) => walk(member, read, path, found),
                    None if found.len() <= UNREAD_MAX => drop(found.insert(path.clone())),
                    None => {}
                }
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    path.truncate(length);
}
