//! What was recorded, listed by operation, account, file and pair, from cassettes, lines and segments alike.

use super::project::{MIGRATION, Project};
use serde_json::{Value, json};

fn line(id: &str, account: Option<&str>, at: Option<&str>, status: u16, mark: &str) -> String {
    let operation = id.split('/').next().expect("splitting gives a first part");
    let account = account.map_or(String::new(), |account| format!("\"account\":\"{account}\","));
    let at = at.map_or(String::new(), |at| format!("\"recorded_at\":\"{at}\","));
    format!(
        "{{\"version\":1,\"id\":\"{id}\",\"operation\":\"{operation}\",{account}{at}\
         \"legacy\":[{{\"response\":{{\"status\":{status},\"body\":{{\"json\":{{\"redaction\":{{\"a\":1}}}}}}}}}}]{mark}}}\n"
    )
}

const REDACTED: &str = ",\"redaction\":{\"version\":1,\"key\":\"0123abcd\"}";
const CLEAR: &str = ",\"redaction\":{\"version\":1,\"none\":true}";

fn project(name: &str) -> Project {
    let project = Project::new(name, MIGRATION);
    let lines = [
        line("a.b/1", Some("acme"), Some("2026-11-01T23:59:59Z"), 200, REDACTED),
        line("a.b/2", Some("acme"), Some("2026-11-02T00:00:00Z"), 404, CLEAR),
        line("c.d/1", Some("globex"), Some("2026-11-03T01:00:00+02:00"), 200, REDACTED),
        "{\"version\":1}\n".to_owned(),
    ];
    project.write("recordings/x/live.jsonl", lines.concat());
    project.write("recordings/a.b/3.json", line("a.b/3", None, None, 200, ""));
    project
}

fn list(project: &Project, more: &[&str], code: i32) -> Value {
    let run = project.expect(&[&["recordings", "ls", "--format", "json"], more].concat(), code);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

/// The ids of the pairs that are listed.
fn pairs(project: &Project, more: &[&str]) -> Vec<String> {
    let arguments = [&["recordings", "ls", "--format", "json", "--pairs"], more].concat();
    let run = project.run(&arguments);
    let told: Value = serde_json::from_str(&run.stdout).expect("it prints JSON");
    let pairs = told["pairs"].as_array().expect("a list");
    // Nothing to list is told by the exit code.
    assert_eq!(run.code, if pairs.is_empty() { 3 } else { 0 }, "{arguments:?}");
    pairs.iter().map(|pair| pair["pair"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn what_was_recorded_is_counted_by_operation_account_and_file() {
    let project = project("ls-counted");
    let told = list(&project, &[], 0);
    let bytes = |row: &Value| row["bytes"].as_u64().expect("a count");
    let rows = told["rows"].as_array().expect("a list");
    let row = |name: &str, pairs: u64, accounts: u64, marks: [u64; 3], ends: [Value; 2], bytes: u64| {
        json!({"name": name, "pairs": pairs, "accounts": accounts, "redacted": marks[0], "clear": marks[1],
               "unsaid": marks[2], "first": ends[0], "last": ends[1], "bytes": bytes})
    };
    let [first, last, other] =
        [json!("2026-11-01T23:59:59Z"), json!("2026-11-02T00:00:00Z"), json!("2026-11-03T01:00:00+02:00")];
    assert_eq!(
        told["rows"],
        json!([
            row("a.b", 3, 1, [1, 1, 1], [first.clone(), last.clone()], bytes(&rows[0])),
            row("c.d", 1, 1, [1, 0, 0], [other.clone(), other.clone()], bytes(&rows[1])),
        ])
    );
    assert_eq!((&told["totals"]["pairs"], &told["totals"]["unreadable"]), (&json!(4), &json!(1)));
    assert_eq!(bytes(&told["totals"]), bytes(&rows[0]) + bytes(&rows[1]));
    let names = |by: &str| -> Vec<Value> {
        let told = list(&project, &["--by", by], 0);
        told["rows"].as_array().expect("a list").iter().map(|row| row["name"].clone()).collect()
    };
    assert_eq!(names("account"), ["", "acme", "globex"]);
    assert_eq!(names("file"), ["a.b/3.json", "x/live.jsonl"]);
    let text = project.expect(&["recordings", "ls"], 0).stdout;
    let lines: Vec<&str> = text.lines().take(3).collect();
    let expected = [
        " Operation   Pairs   Accounts   Redacted   Clear   First        Last          Size",
        "───────────────────────────────────────────────────────────────────────────────────",
        " a.b             3          1          1       1   2026-11-01   2026-11-02   553 B",
    ];
    assert_eq!(lines, expected);
    assert!(text.contains("1 pair does not say whether it was redacted.\n1 record is no pair"), "{text}");
}

#[test]
fn pairs_are_listed_by_what_is_known_of_them_without_their_bodies() {
    let project = project("ls-pairs");
    let check = |more: &[&str], expected: &[&str]| assert_eq!(pairs(&project, more), expected, "{more:?}");
    check(&[], &["a.b/3", "a.b/1", "a.b/2", "c.d/1"]);
    check(&["a.b"], &["a.b/3", "a.b/1", "a.b/2"]);
    check(&["--account", "globex"], &["c.d/1"]);
    check(&["--since", "2026-11-02"], &["a.b/2", "c.d/1"]);
    check(&["--until", "2026-11-01"], &["a.b/1"]);
    check(&["--until", "2026-11-02T23:00:00Z"], &["a.b/1", "a.b/2"]);
    check(&["--redacted"], &["a.b/1", "c.d/1"]);
    check(&["--clear"], &["a.b/2"]);
    check(&["--unsaid"], &["a.b/3"]);
    check(&["--kind", "event"], &[]);
    check(&["--status", "404"], &["a.b/2"]);
    check(&["--lacks", "new"], &["a.b/3", "a.b/1", "a.b/2", "c.d/1"]);
    check(&["--lacks", "legacy"], &[]);
    check(&["--since", "2027-01-01"], &[]);
    let text = project.expect(&["recordings", "ls", "--pairs", "c.d"], 0).stdout;
    assert!(text.starts_with("c.d/1  globex  2026-11-03T01:00:00+02:00  redacted  "), "{text}");
    let run = project.expect(&["recordings", "ls", "--since", "tomorrow"], 2);
    assert!(run.stderr.starts_with("error: --since tomorrow: not a day "), "{}", run.stderr);
}
