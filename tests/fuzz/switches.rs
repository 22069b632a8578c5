//! What else a mapping is held against: an older revision, schemas, the way back, another engine, and how a long run ends.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::command::{RIGHT, project};
use crate::real::project::Project;

const MAPPING: &str = "mappings/m/b.list.response.jsonata";

/// The findings of a run, each with its property.
fn findings(project: &Project, more: &[&str], code: i32) -> Vec<(String, Value)> {
    let arguments: Vec<&str> =
        ["fuzz", "--cases", "300", "--format", "json"].iter().chain(more).copied().collect();
    let run = project.expect(&arguments, code);
    let report: Value = serde_json::from_str(&run.stdout).expect("it prints JSON");
    let all = report["mappings"][0]["findings"].as_array().expect("there is a list").clone();
    all.into_iter().map(|one| (one["property"].as_str().unwrap_or_default().to_owned(), one)).collect()
}

fn properties(found: &[(String, Value)]) -> Vec<&str> {
    found.iter().map(|(property, _)| property.as_str()).collect()
}

fn git(project: &Project, arguments: &[&str]) {
    let status = Command::new("git").arg("-C").arg(project.path("")).args(arguments).status();
    assert!(
        status.expect("git is installed where this repository was cloned").success(),
        "git {arguments:?}"
    );
}

#[test]
fn a_change_is_told_by_example_and_none_is_not() {
    let project = project("fuzz-against", RIGHT);
    git(&project, &["init", "-q"]);
    git(&project, &["add", "."]);
    git(&project, &["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all"]);
    assert_eq!(findings(&project, &["--against", "HEAD"], 0), Vec::new());
    project.write(MAPPING, RIGHT.replace("town : null", "$uppercase(town) : null"));
    let found = findings(&project, &["--against", "HEAD", "--without", "legacy", "--without", "nulls"], 1);
    assert_eq!(properties(&found), ["against"]);
    let town = &found[0].1["input"]["rows"][0]["town"];
    assert!(town.is_string(), "the example has what the change changes: {}", found[0].1);
    project.expect(&["fuzz", "--against", "nowhere"], 2);
}

#[test]
fn bodies_that_a_schema_allows_are_tried_too() {
    let project = project("fuzz-schema", RIGHT);
    // No recording has a key that is a number: the mapping does not care, unless it asks for a text.
    let schema = |key: Value| {
        let row = json!({"type": "object", "required": ["key", "labels"], "properties": {
            "key": {"type": key}, "town": {"type": "string"},
            "labels": {"type": "array", "items": {"type": "string"}},
        }});
        let page = json!({"type": "object", "required": ["rows"],
            "properties": {"rows": {"type": "array", "minItems": 1, "items": row}}});
        json!({"components": {"schemas": {"Page": page}}}).to_string()
    };
    let at = ["--schema", "openapi.json#/components/schemas/Page"];
    project.write(MAPPING, RIGHT.replace("\"id\": key", "\"id\": $trim(key)"));
    project.write("openapi.json", schema(json!("string")));
    assert_eq!(findings(&project, &at, 0), Vec::new());
    project.write("openapi.json", schema(json!(["string", "integer"])));
    let found = findings(&project, &at, 1);
    assert!(properties(&found).contains(&"answers"), "{found:?}");
    project.expect(&["fuzz", "--schema", "openapi.json#/nowhere"], 2);
}

#[test]
fn an_answer_that_its_schema_refuses_is_found() {
    let project = project("fuzz-answers", RIGHT);
    let schema = |kind: &str| {
        json!({"type": "object", "properties": {"data": {"type": "array", "items": {"type": "object",
            "properties": {"id": {"type": kind}}}}}})
        .to_string()
    };
    project.write("answers.json", schema("string"));
    assert_eq!(findings(&project, &["--answer-schema", "answers.json"], 0), Vec::new());
    project.write("answers.json", schema("integer"));
    assert_eq!(properties(&findings(&project, &["--answer-schema", "answers.json"], 1)), ["schema"]);
}

#[test]
fn what_is_read_and_written_back_is_what_it_was() {
    let project = project("fuzz-back", RIGHT);
    project.write("back.jsonata", r#"{"key": body.id, "town": body.city, "labels": [body.tags]}"#);
    assert_eq!(findings(&project, &["--round-trip", "back.jsonata"], 0), Vec::new());
    // It changes the town, and fails where there is none.
    project.write("back.jsonata", r#"{"key": body.id, "town": $lowercase(body.city)}"#);
    let found = findings(&project, &["--round-trip", "back.jsonata"], 1);
    assert_eq!(properties(&found), ["round-trip"; 2]);
    assert_eq!([&found[0].1["path"], &found[1].1["path"]], ["", "$.town"]);
}

#[test]
fn a_run_ends_when_its_time_is_over_or_it_is_interrupted_and_says_how_far_it_came() {
    let project = project("fuzz-time", RIGHT);
    let begun = Instant::now();
    let run = project.expect(&["fuzz", "--cases", "1000000000", "--time", "1s"], 0);
    assert!(begun.elapsed() < Duration::from_secs(30), "it took {:?}", begun.elapsed());
    assert!(run.stdout.contains(": nothing found"), "{}", run.stdout);

    let mut command = project.command(&["fuzz", "--cases", "1000000000"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
    std::thread::sleep(Duration::from_secs(2));
    // The shell's own `kill`: the program of that name is not on every machine.
    let sent = Command::new("sh").arg("-c").arg(format!("kill -INT {}", child.id())).status();
    assert!(sent.expect("there is a shell").success(), "the interrupt could not be sent");
    let interrupted = Instant::now();
    let output = child.wait_with_output().expect("it ends");
    assert!(interrupted.elapsed() < Duration::from_secs(20), "it took {:?}", interrupted.elapsed());
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("Interrupted: more may be found."), "{said}");
}
