//! Files that are not needed any more go, each whole or not at all, and never the last pair of an operation unasked.

use super::project::{MIGRATION, Project};
use serde_json::{Value, json};

const OPERATIONS: &str = "\n[[operations]]\nname = \"a.b\"\n[[operations]]\nname = \"c.d\"\n";

fn line(id: &str, day: u32, body: &str) -> String {
    let operation = id.split('/').next().expect("splitting gives a first part");
    let at =
        if day == 0 { String::new() } else { format!("\"recorded_at\":\"2026-11-{day:02}T12:00:00Z\",") };
    let answer = format!("[{{\"response\":{{\"status\":200,\"body\":{{\"json\":{body}}}}}}}]");
    format!(
        "{{\"version\":1,\"id\":\"{id}\",\"operation\":\"{operation}\",{at}\"legacy\":{answer},\"new\":{answer},\
         \"redaction\":{{\"version\":1,\"key\":\"0123abcd\"}}}}\n"
    )
}

fn project(name: &str) -> Project {
    let project = Project::new(name, &format!("{MIGRATION}{OPERATIONS}"));
    let write = |file: &str, lines: &[String]| project.write(&format!("recordings/{file}"), lines.concat());
    write("old.jsonl", &[line("a.b/1", 1, "1"), line("a.b/2", 2, "2")]);
    write("mixed.jsonl", &[line("a.b/3", 3, "3"), line("c.d/1", 3, "[1]")]);
    write("half.jsonl", &[line("a.b/4", 4, "4"), line("a.b/5", 19, "5")]);
    write("undated.jsonl", &[line("a.b/6", 0, "6")]);
    write("torn.jsonl", &[line("a.b/7", 1, "7"), "{\n".to_owned()]);
    write("new.jsonl", &[line("a.b/8", 20, "8")]);
    write("a.b/9.json", &[line("a.b/9", 1, "null")]);
    write("c.d/9.json", &[line("c.d/9", 1, "null")]);
    project
}

fn prune(project: &Project, more: &[&str], code: i32) -> Value {
    let run = project.expect(&[&["recordings", "prune", "--format", "json"], more].concat(), code);
    serde_json::from_str(&run.stdout).expect("it prints JSON")
}

/// The files that went, or would.
fn removed(told: &Value) -> Vec<&str> {
    let removed = told["removed"].as_array().expect("a list");
    removed.iter().map(|removed| removed["file"].as_str().expect("a text")).collect()
}

#[test]
fn files_go_whole_by_age_and_operation_and_what_stays_says_why() {
    let project = project("prune-age");
    let told = prune(&project, &["--older-than", "10d", "--dry-run"], 0);
    assert_eq!(removed(&told), ["mixed.jsonl", "old.jsonl"]);
    assert_eq!(
        told["kept"],
        json!([
            {"file": "half.jsonl", "why": "1 pair is too young"},
            {"file": "torn.jsonl", "why": "1 record is no pair: `cutover check` says why"},
            {"file": "undated.jsonl", "why": "1 pair does not say when recorded"},
        ])
    );
    // The same by the day itself; of one operation only a file that has no pair of another goes.
    assert_eq!(
        removed(&prune(&project, &["--before", "2026-11-04", "--dry-run"], 0)),
        ["mixed.jsonl", "old.jsonl"]
    );
    let told = prune(&project, &["a.b", "--before", "2026-11-04", "--dry-run", "--cassettes"], 0);
    assert_eq!(removed(&told), ["a.b/9.json", "old.jsonl"]);
    assert!(project.path("recordings/old.jsonl").exists(), "a dry run removes nothing");

    let run = project.expect(&["recordings", "prune", "a.b", "--older-than", "10d"], 0);
    let first = run.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("recordings/old.jsonl  2 pairs, "), "{}", run.stdout);
    assert!(!project.path("recordings/old.jsonl").exists());
    assert!(
        project.path("recordings/a.b/9.json").exists() && project.path("recordings/mixed.jsonl").exists()
    );
}

#[test]
fn an_operation_is_not_emptied_unless_that_is_asked_for() {
    let project = project("prune-empties");
    let told = prune(&project, &["--older-than", "10d", "--cassettes"], 2);
    assert_eq!((removed(&told), &told["emptied"], &told["refused"]), (vec![], &json!(["c.d"]), &json!(true)));
    assert!(project.path("recordings/mixed.jsonl").exists() && project.path("recordings/old.jsonl").exists());
    let told = prune(&project, &["--older-than", "10d", "--cassettes", "--may-empty"], 0);
    assert_eq!(removed(&told), ["a.b/9.json", "c.d/9.json", "mixed.jsonl", "old.jsonl"]);
    assert!(!project.path("recordings/a.b/9.json").exists());
    project.expect(&["recordings", "prune"], 2);
}

#[test]
fn what_shows_something_that_nothing_else_shows_is_kept_where_that_is_asked_for() {
    let project = project("prune-needed");
    // The torn file stays and shows a number; only the mixed one shows a list.
    let told = prune(&project, &["--keep-needed", "--dry-run"], 0);
    assert_eq!(removed(&told), ["half.jsonl", "new.jsonl", "old.jsonl", "undated.jsonl"]);
    // Once cassettes show it all, nothing else is needed.
    project.expect(&["recordings", "promote"], 0);
    let told = prune(&project, &["--keep-needed"], 0);
    assert_eq!(removed(&told), ["half.jsonl", "mixed.jsonl", "new.jsonl", "old.jsonl", "undated.jsonl"]);
    let again = project.expect(&["recordings", "promote"], 0);
    assert!(again.stdout.contains(" show all "), "{}", again.stdout);
}
