//! Which values of a document a rule speaks of: the answer of the same automaton, and of the same evaluation of filters,
//! by which rules are matched when bodies are compared.

use std::collections::BTreeSet;

use crate::path::{self, Path};
use crate::rules::{Effect, to_serde};
use crate::tape::{Json, Type, Value};
use crate::trie::{At, Pattern, ROOT, Trie};

/// The normalized paths (RFC 9535, section 2.7) of the values that a path selects, each once, in the document's order.
pub fn select(path: &Path, document: Json<'_>) -> Vec<String> {
    let steps = match path {
        Path::Steps(steps) => steps.clone(),
        Path::Filter(path) => {
            let document = to_serde(document.root());
            let mut seen = BTreeSet::new();
            let locations = path.query_located(&document);
            let all = locations.locations().map(ToString::to_string);
            return all.filter(|location| seen.insert(location.clone())).collect();
        }
    };
    let patterns = [Pattern { steps, effect: Effect::Tolerance(0), is_loose: false }];
    let trie = Trie::new(&patterns);
    let mut walk = Walk { patterns: &patterns, trie, path: "$".to_owned(), selected: Vec::new() };
    walk.value(document.root(), ROOT);
    walk.selected
}

struct Walk<'w> {
    patterns: &'w [Pattern],
    trie: Trie,
    path: String,
    selected: Vec<String>,
}

impl Walk<'_> {
    fn value(&mut self, value: Value<'_>, at: At) {
        if !self.trie.effects(at).is_empty() {
            self.selected.push(self.path.clone());
        }
        let length = self.path.len();
        match value.kind() {
            Type::Object => {
                for (key, member) in value.members() {
                    let child = self.trie.member(self.patterns, at, &key.text_bytes());
                    path::push_quoted(&mut self.path, &key.text());
                    self.value(member, child);
                    self.path.truncate(length);
                }
            }
            Type::Array => {
                let count = value.elements().count();
                for (index, element) in value.elements().enumerate() {
                    let child = self.trie.element(self.patterns, at, index, count);
                    self.path.push_str(&format!("[{index}]"));
                    self.value(element, child);
                    self.path.truncate(length);
                }
            }
            Type::Null | Type::True | Type::False | Type::Number | Type::String => {}
        }
    }
}
