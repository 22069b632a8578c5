//! The cases of RFC 6902: through the program that applies patches, and back through ours that writes them.

use compare::patch::patch;
use compare::tape::Tape;
use serde_json::Value;

use crate::data;

/// Our patch from one document to another, as text.
pub fn patch_text(legacy: &str, new: &str) -> String {
    let (mut tape, mut other) = (Tape::new(), Tape::new());
    patch(tape.parse(legacy).expect("legacy is JSON"), other.parse(new).expect("new is JSON")).text()
}

/// What the crate `json-patch` makes of a document by a patch.
pub fn apply(document: &str, patch: &str) -> Result<Value, String> {
    let mut document: Value = serde_json::from_str(document).map_err(|error| error.to_string())?;
    let operations: json_patch::Patch = serde_json::from_str(patch).map_err(|error| error.to_string())?;
    json_patch::patch(&mut document, &operations).map_err(|error| error.to_string())?;
    Ok(document)
}

#[test]
fn our_patch_gives_what_every_case_expects() {
    let (mut cases, mut expectations, mut errors, mut disabled) = (0, 0, 0, 0);
    for file in ["tests.json", "spec_tests.json"] {
        let Some(text) = data::read(&format!("5-conformance/json-patch/{file}")) else { return };
        let list: Vec<Value> = serde_json::from_str(&text).expect("the cases are JSON");
        for case in list {
            cases += 1;
            if case["disabled"] == true {
                disabled += 1;
                continue;
            }
            let (document, operations) = (case["doc"].to_string(), case["patch"].to_string());
            let applied = apply(&document, &operations);
            if case.get("error").is_some() {
                assert!(applied.is_err(), "{case}");
                errors += 1;
                continue;
            }
            let expected = &case["expected"];
            assert_eq!(applied.as_ref(), Ok(expected), "{case}");
            for (from, to) in [(&document, expected.to_string()), (&expected.to_string(), document.clone())] {
                let ours = patch_text(from, &to);
                let reached = apply(from, &ours).map(|value| value.to_string());
                let wanted = serde_json::from_str::<Value>(&to).map(|value| value.to_string());
                assert_eq!(
                    sorted(&reached.expect("our patch applies")),
                    sorted(&wanted.expect("JSON")),
                    "{ours} on {from}"
                );
            }
            expectations += 1;
        }
    }
    data::report(&format!(
        "json-patch: {cases} cases, {expectations} expectations reached by our patch and back, {errors} errors, {disabled} disabled"
    ));
    assert_eq!(cases, expectations + errors + disabled);
    assert!(expectations >= 35, "the cases are fewer than they were: {expectations}");
}

/// Key order does not count.
fn sorted(text: &str) -> Value {
    fn sort(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut members: Vec<(String, Value)> =
                    members.into_iter().map(|(key, value)| (key, sort(value))).collect();
                members.sort_by(|one, other| one.0.cmp(&other.0));
                Value::Object(members.into_iter().collect())
            }
            Value::Array(elements) => elements.into_iter().map(sort).collect(),
            scalar => scalar,
        }
    }
    sort(serde_json::from_str(text).expect("JSON"))
}
