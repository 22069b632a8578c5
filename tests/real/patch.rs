//! `diff --format patch`: another program that applies the patch gets the new side, and other commands refuse to patch.

use serde_json::Value;

use super::project::{MIGRATION, Project};

/// What `diff` printed, after the crate `json-patch` has applied it to legacy.
#[track_caller]
fn check(project: &Project, legacy: &str, new: &str, extra: &[&str], expected: &str, code: i32) {
    project.write("legacy.json", legacy);
    project.write("new.json", new);
    let arguments = [&["diff", "legacy.json", "new.json", "--format", "patch"], extra].concat();
    let run = project.expect(&arguments, code);
    let patch: json_patch::Patch = serde_json::from_str(&run.stdout).expect("stdout is a patch alone");
    let mut document: Value = serde_json::from_str(legacy).expect("legacy of the test");
    json_patch::patch(&mut document, &patch).unwrap_or_else(|error| panic!("{error}: {}", run.stdout));
    let expected: Value = serde_json::from_str(expected).expect("what the test expects");
    assert_eq!(document, expected, "{}", run.stdout);
}

#[test]
fn a_patch_applied_to_legacy_gives_new() {
    let project = Project::new("patch", MIGRATION);
    let whole = |legacy: &str, new: &str| check(&project, legacy, new, &[], new, 1);
    whole(r#"{"id":9007199254740993,"a":1}"#, r#"{"id":9007199254740995,"a":1}"#);
    whole(r#"{"id":9223372036854775807,"a":1}"#, r#"{"id":18446744073709551615,"a":1}"#);
    whole(
        r#"{"a/b":{"m~n":1,"long":"so long that naming one member is shorter than all of them"},"~1":2,"\"":3}"#,
        r#"{"a/b":{"m~n":2,"long":"so long that naming one member is shorter than all of them"},"~1":4,"é\\":5}"#,
    );
    whole("[1,2,3]", r#"{"now":"an object"}"#);
    whole(r#"{"a":[{"id":1},{"id":2}]}"#, r#"{"a":[{"id":2},{"id":3},{"id":1,"n":null}]}"#);
    check(&project, r#"{"a":1,"b":[]}"#, r#"{ "b": [], "a": 1 }"#, &[], r#"{"a":1,"b":[]}"#, 0);
    project.write("names.jsonata", r#"{"name": first & " " & last}"#);
    check(
        &project,
        r#"{"name":"Ann Ames"}"#,
        r#"{"first":"Ann","last":"Byrd"}"#,
        &["--mapping", "names.jsonata"],
        r#"{"name":"Ann Byrd"}"#,
        1,
    );
}

#[test]
fn what_cannot_be_a_patch_is_refused_with_its_reason() {
    let project = Project::new("no-patch", MIGRATION);
    project.write("a.json", "{}");
    project.write("nothing.jsonata", "absent");
    let refused = |arguments: &[&str], expected: &str| {
        let run = project.expect(arguments, 2);
        assert_eq!((run.stdout.as_str(), run.stderr.contains(expected)), ("", true), "{}", run.stderr);
    };
    refused(&["check", "--format", "patch"], "--format patch: only `cutover diff` prints a patch");
    refused(
        &["diff", "a.json", "a.json", "--format", "patch", "--tolerances", "a.toml"],
        "--format patch: a patch gives new as it is, so --tolerances cannot speak in it",
    );
    refused(
        &["diff", "a.json", "a.json", "--format", "patch", "--mapping", "nothing.jsonata"],
        "the mapping answers nothing (undefined) for a.json: no patch leads to what is no document",
    );
}
