//! Values at a profile's places in an answer.

use compare::path::{Path, Selector};
use compare::select::select;
use compare::tape::Tape;
use providers::profile::{Is, Place};
use providers::wait::pointer_of;
use serde_json::Value;

/// The values at a place.
pub fn values<'v>(place: &Place, whole: &'v Value) -> Vec<&'v Value> {
    match plain(&place.path) {
        Some(names) => names.iter().try_fold(whole, |value, name| value.get(name)).into_iter().collect(),
        None => {
            let text = whole.to_string();
            let mut tape = Tape::new();
            let Ok(document) = tape.parse(&text) else { return Vec::new() };
            let places = select(&place.path, document);
            places.iter().filter_map(|place| whole.pointer(&pointer_of(place)?)).collect()
        }
    }
}

/// The first text or number at a place, as text.
pub fn text(place: Option<&Place>, whole: &Value) -> Option<String> {
    values(place?, whole).into_iter().find_map(said)
}

/// Whether a place says what it is to say.
pub fn is(is: &Is, whole: &Value) -> bool {
    values(&is.path, whole).into_iter().any(|value| said(value).is_some_and(|text| text == is.is))
}

/// A text that says something, a number, a truth.
pub fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The names of a path that only names.
fn plain(path: &Path) -> Option<Vec<&str>> {
    let Path::Steps(steps) = path else { return None };
    let name = |step: &compare::path::Step| match &step.selectors[..] {
        [Selector::Name(_)] => !step.descendant,
        _ => false,
    };
    let names = steps.iter().flat_map(|step| &step.selectors).filter_map(|selector| match selector {
        Selector::Name(name) => Some(name.as_str()),
        _ => None,
    });
    steps.iter().all(name).then(|| names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn place(text: &str) -> Place {
        Place { text: text.to_owned(), path: Path::parse(text).expect("it is a path") }
    }

    #[test]
    fn values_are_found_by_plain_paths_and_by_others() {
        let whole = json!({"a": {"b": "x", "n": 7, "e": ""}, "errors": [{"type": "auth"}, {"type": "sync"}]});
        let check = |at: &str, expected: &[&str]| {
            let found: Vec<String> = values(&place(at), &whole).into_iter().filter_map(said).collect();
            assert_eq!(found, expected, "{at}");
        };
        check("$.a.b", &["x"]);
        check("$.a.n", &["7"]);
        check("$.a.e", &[]);
        check("$.a.missing", &[]);
        check("$.errors[*].type", &["auth", "sync"]);
        check("$.errors[?@.type == 'auth'].type", &["auth"]);
        assert!(is(&Is { path: place("$.errors[*].type"), is: "auth".to_owned() }, &whole));
        assert!(!is(&Is { path: place("$.errors[*].type"), is: "other".to_owned() }, &whole));
    }
}
