//! What a body shows of the fields that an application reads: a value, null, nothing, and how long their lists are.
//!
//! A mapping that was never given a null is unproven for nulls, however many pairs there are. So each pair says which cases of
//! each consumed field it is evidence for.

use crate::path::{Path, Selector};
use crate::tape::{Json, Type, Value};

/// A field that the application reads, by the path it is declared with.
#[derive(Clone, Debug)]
pub struct Field {
    /// As declared.
    pub text: String,
    path: Path,
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
    /// There is a list on the way to it, or at it, that has nothing in it.
    pub list_empty: bool,
    /// Likewise one of one element, which JSONata tends to unwrap.
    pub list_of_one: bool,
    /// Likewise one of several elements.
    pub list_of_many: bool,
    /// The values, as JSON text, where they are short scalars: at most [`VALUES_MAX`], in the order of their text.
    pub values: Vec<String>,
}

/// A field with more values than this in one body is not one of a few words.
pub const VALUES_MAX: usize = 20;

/// Longer texts are not words of an enumeration.
pub const VALUE_BYTES_MAX: usize = 40;

impl Field {
    /// A field at a path.
    pub fn new(text: &str, path: Path) -> Field {
        Field { text: text.to_owned(), path }
    }

    /// What a body shows of it. A path with a filter selects or does not: what it leaves out cannot be called absent.
    pub fn sight(&self, body: Json<'_>) -> Sight {
        let mut sight = Sight::default();
        match &self.path {
            Path::Steps(steps) => {
                // A list at the field itself counts as the ones on the way to it do.
                let selectors: Vec<(bool, &[Selector])> =
                    steps.iter().map(|step| (step.descendant, &step.selectors[..])).collect();
                walk(body.root(), &selectors, &mut sight);
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

fn walk(value: Value<'_>, steps: &[(bool, &[Selector])], sight: &mut Sight) {
    let Some(((descendant, selectors), rest)) = steps.split_first() else { return arrive(value, sight) };
    let mut reached = false;
    match value.kind() {
        Type::Object => {
            for (key, member) in value.members() {
                if selectors.iter().any(|selector| selector.selects_member(&key.text_bytes())) {
                    reached = true;
                    walk(member, rest, sight);
                }
                if *descendant {
                    walk_below(member, steps, sight);
                }
            }
        }
        Type::Array => {
            let length = value.elements().count();
            sight.list(length);
            // Of an empty list no element lacks the field.
            reached = length == 0;
            for (index, element) in value.elements().enumerate() {
                if selectors.iter().any(|selector| selector.selects_element(index, length)) {
                    reached = true;
                    walk(element, rest, sight);
                }
                if *descendant {
                    walk_below(element, steps, sight);
                }
            }
        }
        Type::Null | Type::True | Type::False | Type::Number | Type::String => {}
    }
    // Any depth may have it: that one level has it not says nothing.
    sight.absent |= !reached && !*descendant;
}

/// A descendant step is tried anew below, where only containers can have what it looks for.
fn walk_below(value: Value<'_>, steps: &[(bool, &[Selector])], sight: &mut Sight) {
    if !value.is_scalar() {
        walk(value, steps, sight);
    }
}

fn arrive(value: Value<'_>, sight: &mut Sight) {
    match value.kind() {
        Type::Null => sight.null = true,
        Type::Array => {
            sight.value = true;
            sight.list(value.elements().count());
        }
        Type::Object => sight.value = true,
        Type::True | Type::False | Type::Number | Type::String => {
            sight.value = true;
            sight.word(value.raw());
        }
    }
}

impl Sight {
    fn list(&mut self, length: usize) {
        match length {
            0 => self.list_empty = true,
            1 => self.list_of_one = true,
            _ => self.list_of_many = true,
        }
    }

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
            (sight.list_empty, "0"),
            (sight.list_of_one, "1"),
            (sight.list_of_many, "n"),
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
