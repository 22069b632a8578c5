//! Same input, same bytes: whatever is printed or written does not depend on the run.

use super::project::{MIGRATION, Project, json, pair};
use crate::data;
use std::collections::BTreeMap;
use std::path::Path;

const OPERATION: &str = "crm.contacts.list";

#[test]
fn what_is_printed_as_json_is_what_stands_in_verdicts_json() {
    let project = with_differences("printed");
    let run = project.expect(&["check", "--format", "json"], 1);
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).expect("stdout is one JSON document");
    assert_eq!(printed, json(&project.path("reports/check/verdicts.json")));
    let written =
        std::fs::read_to_string(project.path("reports/check/verdicts.json")).expect("it was written");
    assert_eq!(run.stdout, written);
}

#[test]
fn two_runs_at_one_moment_write_the_same_bytes_with_any_number_of_jobs() {
    let project = with_differences("twice");
    project.expect(&["check", "--jobs", "1", "--out", "once"], 1);
    project.expect(&["check", "--jobs", "1", "--out", "again"], 1);
    project.expect(&["check", "--jobs", "2", "--out", "two-jobs"], 1);
    let once = contents(&project, "once");
    let names: Vec<&str> = once.keys().map(String::as_str).collect();
    for name in [
        "differences.csv",
        "index.html",
        "junit.xml",
        "mappings/m.html",
        "results.sarif",
        "summary.md",
        "verdicts.json",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    for other in ["again", "two-jobs"] {
        let other_contents = contents(&project, other);
        assert_eq!(names, other_contents.keys().collect::<Vec<_>>());
        for (name, bytes) in &once {
            assert!(
                other_contents[name] == *bytes,
                "{name} of {other} is another than that of the first run"
            );
        }
    }
}

/// Enough pairs that two workers overtake one another: same, different and undecided ones.
fn with_differences(name: &str) -> Project {
    let operation = format!("[[operations]]\nname = \"{OPERATION}\"\nmapping = \"mappings/m.jsonata\"\n");
    let project = Project::new(name, &format!("{MIGRATION}{operation}"));
    project.write("mappings/m.jsonata", r#"{"id": id, "number": number, "name": name, "tags": tags}"#);
    let mut lines = Vec::new();
    for number in 0..500 {
        let legacy = format!(r#"{{"id":{number},"name":"n{number}","tags":["a","b"]}}"#);
        let new = match number % 4 {
            0 | 1 => legacy.clone(),
            2 => legacy.replace("\"id\":", "\"number\":"),
            _ => legacy.replace("[\"a\",\"b\"]", "\"a\""),
        };
        lines.push(pair(&format!("{OPERATION}/{number}"), legacy.as_bytes(), new.as_bytes()));
    }
    lines.push(b"{".to_vec());
    project.write("recordings/rows.jsonl", lines.join(&b'\n'));
    project
}

fn contents(project: &Project, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let (folders, files): (Vec<_>, Vec<_>) =
        data::files(&project.path(folder)).into_iter().partition(|path| path.is_dir());
    let name =
        |path: &Path| path.file_name().expect("a listed file has a name").to_string_lossy().into_owned();
    let mut contents: BTreeMap<String, Vec<u8>> =
        files.iter().map(|file| (name(file), std::fs::read(file).expect("a report is a file"))).collect();
    for inner in folders {
        let inner = name(&inner);
        let below = self::contents(project, &format!("{folder}/{inner}"));
        contents.extend(below.into_iter().map(|(name, bytes)| (format!("{inner}/{name}"), bytes)));
    }
    contents
}
