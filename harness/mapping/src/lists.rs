//! Where answers have lists, by path: seen in recordings, so that a mapping can be held against it.

use std::collections::BTreeMap;

use compare::path::push_name;
use serde_json::Value;

/// Paths that are kept; a body with more is keyed by data.
pub const PATHS_MAX: usize = 1_000;

/// A deeper body is not walked.
const DEPTH_MAX: usize = 64;

/// Where answers have lists.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// By path with each index as `[*]`: whether it was a list each time that it was there, but for null.
    paths: BTreeMap<String, bool>,
}

impl Lists {
    /// Looks at one answer; text that is no JSON says nothing.
    pub fn add(&mut self, body: &str) {
        if let Ok(body) = serde_json::from_str::<Value>(body) {
            self.walk(&body, &mut "$".to_owned(), 0);
        }
    }

    /// The paths at which there was a list, and never anything else but null.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().filter(|(_, is_list)| **is_list).map(|(path, _)| path.as_str())
    }

    fn walk(&mut self, value: &Value, path: &mut String, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        let is_list = value.is_array();
        let is_room = self.paths.len() < PATHS_MAX;
        match self.paths.get_mut(path.as_str()) {
            Some(known) => *known &= is_list || value.is_null(),
            None if is_room && !value.is_null() => {
                self.paths.insert(path.clone(), is_list);
            }
            None => {}
        }
        let length = path.len();
        match value {
            Value::Array(items) => {
                path.push_str("[*]");
                items.iter().for_each(|item| self.walk(item, path, depth + 1));
            }
            Value::Object(members) => {
                for (name, member) in members {
                    push_name(path, name);
                    self.walk(member, path, depth + 1);
                    path.truncate(length);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        path.truncate(length);
    }
}
