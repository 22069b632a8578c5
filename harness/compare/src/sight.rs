//! What a body shows of the fields that an application reads: a value, null, nothing, and how long their lists are.
//!
//! A mapping that was never given a null is unproven for nulls, however many pairs there are. So each pair says which cases of
//! each consumed field it is evidence for.

use std::sync::Arc;

use crate::path::{self, Path, Selector, Step};
use crate::tape::{Json, Type, Value};

/// A field that the application reads, by the path it is declared with.
#[derive(Clone, Debug)]
pub struct Field {
    /// As declared.
    pub text: String,
    path: Path,
    /// The path up to before each of its steps, and the whole: what lists on the way to the field are called.
    ways: Vec<Arc<str>>,
}

/// Which cases of a field a body, or several, show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// There is a value that is not null.
    pub value: bool,
    /// There is a null.
    pub null: bool,
    /// Where the field should be, it is not.
    pub absent: bool,
    /// The lists on the way to it, and at it, each by its path: which lengths they have.
    pub lists: Vec<(Arc<str>, Lengths)>,
    /// The values, as JSON text, where they are short scalars: at most [`VALUES_MAX`], in the order of their text.
    pub values: Vec<String>,
}

/// Which lengths of a list a body, or several, show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// There is one that has nothing in it.
    pub empty: bool,
    /// There is one of one element, which JSONata tends to unwrap.
    pub one: bool,
    /// There is one of several elements.
    pub many: bool,
}

/// A field with more values than this in one body is not one of a few words.
pub const VALUES_MAX: usize = 20;

/// Longer texts are not words of an enumeration.
pub const VALUE_BYTES_MAX: usize = 40;

impl Field {
    /// A field at a path.
    pub fn new(text: &str, path: Path) -> Field {
        let ways = match &path {
            Path::Steps(steps) => ways(steps, text),
            Path::Filter(_) => Vec::new(),
        };
        Field { text: text.to_owned(), path, ways }
    }

    /// What a body shows of it. A path with a filter selects or does not: what it leaves out cannot be called absent.
    pub fn sight(&self, body: Json<'_>) -> Sight {
        let mut sight = Sight::default();
        match &self.path {
            Path::Steps(steps) => {
                // A list at the field itself counts as the ones on the way to it do.
                Walk { ways: &self.ways, sight: &mut sight }.walk(body.root(), steps);
            }
            Path::Filter(path) => {
                let document = crate::rules::to_serde(body.root());
                let found = path.query(&document).all();
                sight.absent = found.is_empty();
                sight.value = found.iter().any(|value| !value.is_null());
                sight.null = found.iter().any(|value| value.is_null());
            }
        }
        sight
    }
}

/// The path up to before each step, as differences write it; where a step names several members, as the field is declared.
fn ways(steps: &[Step], declared: &str) -> Vec<Arc<str>> {
    let mut way = Some("$".to_owned());
    let mut ways: Vec<Arc<str>> = vec!["$".into()];
    for step in steps {
        way = way.and_then(|mut way| {
            match step.selectors.as_slice() {
                [Selector::Name(name)] if !step.descendant => path::push_name(&mut way, name),
                [Selector::Index(_) | Selector::Slice { .. } | Selector::Wildcard] if !step.descendant => {
                    way.push_str("[*]");
                }
                _ => return None,
            }
            Some(way)
        });
        ways.push(way.as_deref().unwrap_or(declared).into());
    }
    ways
}

struct Walk<'f, 's> {
    ways: &'f [Arc<str>],
    sight: &'s mut Sight,
}

impl Walk<'_, '_> {
    fn walk(&mut self, value: Value<'_>, steps: &[Step]) {
        let Some((step, rest)) = steps.split_first() else { return self.arrive(value) };
        let mut reached = false;
        match value.kind() {
            Type::Object => {
                for (key, member) in value.members() {
                    if step.selectors.iter().any(|selector| selector.selects_member(&key.text_bytes())) {
                        reached = true;
                        self.walk(member, rest);
                    }
                    if step.descendant {
                        self.walk_below(member, steps);
                    }
                }
            }
            Type::Array => {
                let length = value.elements().count();
                self.list(steps.len(), length);
                // Of an empty list no element lacks the field.
                reached = length == 0;
                for (index, element) in value.elements().enumerate() {
                    if step.selectors.iter().any(|selector| selector.selects_element(index, length)) {
                        reached = true;
                        self.walk(element, rest);
                    }
                    if step.descendant {
                        self.walk_below(element, steps);
                    }
                }
            }
            Type::Null | Type::True | Type::False | Type::Number | Type::String => {}
        }
        // Any depth may have it: that one level has it not says nothing.
        self.sight.absent |= !reached && !step.descendant;
    }

    /// A descendant step is tried anew below, where only containers can have what it looks for.
    fn walk_below(&mut self, value: Value<'_>, steps: &[Step]) {
        if !value.is_scalar() {
            self.walk(value, steps);
        }
    }

    fn arrive(&mut self, value: Value<'_>) {
        match value.kind() {
            Type::Null => self.sight.null = true,
            Type::Array => {
                self.sight.value = true;
                self.list(0, value.elements().count());
            }
            Type::Object => self.sight.value = true,
            Type::True | Type::False | Type::Number | Type::String => {
                self.sight.value = true;
                self.sight.word(value.raw());
            }
        }
    }

    /// A list that is met when so many steps are left.
    fn list(&mut self, steps_left: usize, length: usize) {
        let way = &self.ways[self.ways.len() - 1 - steps_left];
        let lists = &mut self.sight.lists;
        // A path has few steps, so few lists: looking for one is cheaper than any map.
        let at = lists.iter().position(|(known, _)| Arc::ptr_eq(known, way)).unwrap_or_else(|| {
            lists.push((Arc::clone(way), Lengths::default()));
            lists.len() - 1
        });
        let lengths = &mut lists[at].1;
        match length {
            0 => lengths.empty = true,
            1 => lengths.one = true,
            _ => lengths.many = true,
        }
    }
}

impl Sight {
    fn word(&mut self, raw: &str) {
        if raw.len() > VALUE_BYTES_MAX || self.values.len() > VALUES_MAX {
            return;
        }
        if let Err(at) = self.values.binary_search_by(|known| known.as_str().cmp(raw)) {
            self.values.insert(at, raw.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Tape;

    #[track_caller]
    fn check(path: &str, body: &str, expected: &str) {
        let field = Field::new(path, Path::parse(path).expect("the path is one"));
        let mut tape = Tape::new();
        let sight = field.sight(tape.parse(body).expect("the body is JSON"));
        let cases = [
            (sight.value, "value"),
            (sight.null, "null"),
            (sight.absent, "absent"),
            (sight.lists.iter().any(|(_, lengths)| lengths.empty), "0"),
            (sight.lists.iter().any(|(_, lengths)| lengths.one), "1"),
            (sight.lists.iter().any(|(_, lengths)| lengths.many), "n"),
        ];
        let seen: Vec<&str> = cases.iter().filter(|(seen, _)| *seen).map(|(_, word)| *word).collect();
        assert_eq!(
            format!("{} {}", seen.join(" "), sight.values.join(",")).trim(),
            expected,
            "{path} in {body}"
        );
    }

    #[test]
    fn a_body_shows_which_cases_of_a_field_it_has() {
        check("$.a", r#"{"a":1}"#, "value 1");
        check("$.a", r#"{"a":null}"#, "null");
        check("$.a", "{}", "absent");
        check("$.a", "[]", "0");
        check("$.a", "7", "absent");
        check("$.a.b", r#"{"a":null}"#, "absent");
        check("$.data[*].id", r#"{"data":[{"id":2},{"id":"x"},{"id":2}]}"#, r#"value n "x",2"#);
        check("$.data[*].id", r#"{"data":[{"id":null}]}"#, "null 1");
        check("$.data[*].id", r#"{"data":[{},{"id":1}]}"#, "value absent n 1");
        check("$.data[*].id", r#"{"data":[]}"#, "0");
        check("$.data[*].id", "{}", "absent");
        check("$.data[*].tags", r#"{"data":[{"tags":[]},{"tags":["a"]}]}"#, "value 0 1 n");
        check("$.data[0].id", r#"{"data":[{"id":1},{"id":2}]}"#, "value n 1");
        check("$..id", r#"{"a":[{"id":1},{"b":{"id":null}}]}"#, "value null n 1");
        check("$..id", "{}", "");
        check("$.data[?@.x].id", r#"{"data":[{"x":1,"id":5}]}"#, "value");
        check("$.data[?@.x].id", r#"{"data":[]}"#, "absent");
    }

    #[test]
    fn each_list_on_the_way_is_told_by_its_path() {
        let field =
            Field::new("$.data[*].tags[*].id", Path::parse("$.data[*].tags[*].id").expect("it is a path"));
        let mut tape = Tape::new();
        let sight =
            field.sight(tape.parse(r#"{"data":[{"tags":[]},{"tags":[{"id":1}]}]}"#).expect("it is JSON"));
        let lists = sight.lists.iter().map(|(path, lengths)| (&**path, *lengths)).collect::<Vec<_>>();
        let (data, tags) = (
            Lengths { many: true, ..Lengths::default() },
            Lengths { empty: true, one: true, ..Lengths::default() },
        );
        assert_eq!(lists, [("$.data", data), ("$.data[*].tags", tags)]);
    }

    #[test]
    fn long_texts_and_many_words_are_no_enumeration() {
        let long = "x".repeat(VALUE_BYTES_MAX);
        check("$.a", &format!(r#"{{"a":"{long}"}}"#), "value");
        let many: Vec<String> = (10..99).map(|number| number.to_string()).collect();
        let field = Field::new("$[*]", Path::parse("$[*]").expect("the path is one"));
        let body = format!("[{}]", many.join(","));
        let mut tape = Tape::new();
        let sight = field.sight(tape.parse(&body).expect("the body is JSON"));
        assert_eq!(sight.values.len(), VALUES_MAX + 1, "one more than the limit says that there are more");
    }
}
