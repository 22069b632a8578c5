//! One pair shown: readable, as a document, to the letter; by its id, by its file, from wherever it lies.

use super::project::{MIGRATION, Project};
use serde_json::{Value, json};

const LINE: &str = r#"{"version":1,"id":"a.b/1","operation":"a.b","account":"acme","recorded_at":"2026-01-02T03:04:05Z","legacy":[{"elapsed_ms":12,"request":{"method":"GET","url":"/a?x=1","headers":{"accept":"*/*"}},"response":{"status":200,"headers":{"content-type":"application/json"},"body":{"json":{"n":1.10,"l":[]}}}}],"new":[{"failure":{"kind":"timeout","detail":"no answer\nin 10 s"}}],"redaction":{"version":1,"key":"0123abcd","commutes":true}}"#;

const READABLE: &str = "\
a.b/1
  read from  live.jsonl:2
  kind       request
  account    acme
  recorded   2026-01-02T03:04:05Z
  redacted   with the key 0123abcd; judged the same before and after

legacy, 12 ms
  GET /a?x=1
    accept: */*
  200
    content-type: application/json
    {
      \"n\": 1.10,
      \"l\": []
    }

new
  failed: timeout (no answer\\nin 10 s)
";

fn project(name: &str) -> Project {
    let project = Project::new(name, &format!("{MIGRATION}\n[[operations]]\nname = \"a.b\"\n"));
    project.write("recordings/live.jsonl", format!("\n{LINE}\n"));
    project
}

#[test]
fn a_pair_is_shown_readable_as_a_document_and_to_the_letter() {
    let project = project("show");
    let show = |more: &[&str]| project.expect(&[&["recordings", "show", "a.b/1"], more].concat(), 0).stdout;
    assert_eq!(show(&[]), READABLE);
    assert_eq!(show(&["--raw"]), format!("{LINE}\n"));
    let document: Value = serde_json::from_str(&show(&["--format", "json"])).expect("it prints JSON");
    let pair: Value = serde_json::from_str(LINE).expect("it is JSON");
    assert_eq!(
        (&document["version"], &document["file"], &document["line"]),
        (&json!(1), &json!("live.jsonl"), &json!(2))
    );
    assert_eq!(document["pair"]["legacy"], pair["legacy"]);
    assert!(show(&["--format", "json"]).contains("\"n\": 1.10"), "numbers keep their text");
}

#[test]
fn a_cassette_is_shown_by_its_file_and_what_is_nowhere_is_usage() {
    let project = project("show-file");
    let cassette = LINE.replace("a.b/1", "a.b/2").replace("1.10", "\"\\u001b[31m\"");
    project.write("recordings/a.b/2.json", cassette);
    let shown = project.expect(&["recordings", "show", "recordings/a.b/2.json"], 0).stdout;
    assert!(shown.starts_with("a.b/2\n  read from  a.b/2.json\n"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "what acts on a terminal is not printed as it is");
    let run = project.expect(&["recordings", "show", "a.b/3"], 2);
    assert_eq!(
        run.stderr,
        "error: no recording has the pair `a.b/3`: `cutover recordings ls --pairs` lists all\n"
    );
}
