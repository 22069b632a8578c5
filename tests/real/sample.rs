//! The sample in this repository: it passes as it stands, and fails with the mapping that is broken on purpose.

use super::project::{MIGRATION, Project, argument, json, totals};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MAPPING: &str = "mappings/crm/contacts.list.response.jsonata";

#[test]
fn the_sample_passes_with_every_pair_judged() {
    let project = Project::new("sample", MIGRATION);
    let configuration = repository("cutover.toml");
    project
        .expect(&["check", "--config", argument(&configuration), "--out", argument(&project.path("out"))], 0);
    let verdicts = json(&project.path("out/verdicts.json"));
    let [pairs, same, tolerated, different, undecided] = totals(&verdicts);
    assert_eq!((pairs, different, undecided), (138, 0, 0));
    assert_eq!(same + tolerated, pairs);
    let mappings = verdicts["mappings"].as_array().expect("mappings are a list");
    let issues = mappings
        .iter()
        .find(|mapping| mapping["mapping"] == "mappings/ticketing/issues.list.response.jsonata");
    let unread =
        issues.expect("the sample maps issues")["coverage"]["unread"].as_array().expect("a list").clone();
    // Query and headers are our own: the source's fields lie in the response.
    let own = |field: &Value| !field["field"].as_str().is_some_and(|path| path.starts_with("$.response"));
    assert_eq!((unread.len(), unread.iter().filter(|field| own(field)).count()), (12, 0));
}

#[test]
fn the_broken_mapping_fails_with_the_differences_that_its_readme_lists_and_no_others() {
    let project = broken("sample-broken");
    project.expect(&["check", "crm.contacts.list"], 1);
    let verdicts = project.verdicts();
    let [pairs, same, tolerated, different, undecided] = totals(&verdicts);
    assert_eq!((pairs, same + tolerated, different, undecided), (29, 3, 26, 0));
    let expected = [
        ("$.data[*].company_name renamed", 58),
        ("$.data[*].created_at value", 58),
        ("$.data[*].emails missing", 8),
        ("$.data[*].emails singleton_vs_list", 40),
        ("$.data[*].owner_id number_as_text", 50),
    ];
    assert_eq!(unexcused(&verdicts), expected.map(|(field, count)| (field.to_owned(), count)).into());
}

/// The sample with the broken mapping in place of the right one.
pub fn broken(name: &str) -> Project {
    let text = std::fs::read_to_string(repository("cutover.toml")).expect("the sample has a configuration");
    let project = Project::new(name, &text);
    for folder in ["mappings", "recordings"] {
        copy(&repository(folder), &project, folder);
    }
    copy_file(&repository("accounts.csv"), &project, "accounts.csv");
    copy_file(&repository("tests/broken/contacts.list.response.jsonata"), &project, MAPPING);
    project
}

#[test]
fn explain_points_at_the_line_of_each_mistake_of_the_broken_mapping() {
    let project = broken("sample-explained");
    let mapping = std::fs::read_to_string(repository("tests/broken/contacts.list.response.jsonata"))
        .expect("the broken mapping is text");
    let line = |start: &str| {
        let at = mapping.lines().position(|line| line.trim_start().starts_with(start));
        at.expect("the broken mapping has the line") as u64 + 1
    };
    let expected = BTreeMap::from([
        ("$.data[*].company_name".to_owned(), (line("\"company\":"), "$p.company".to_owned())),
        ("$.data[*].created_at".to_owned(), (line("\"created_at\":"), "$record.updatedAt".to_owned())),
        ("$.data[*].emails".to_owned(), (line("\"emails\":"), "email[$]".to_owned())),
        ("$.data[*].owner_id".to_owned(), (line("\"owner_id\":"), "$p.hubspot_owner_id".to_owned())),
    ]);
    let mut seen = BTreeMap::new();
    for file in crate::data::files(&project.path("recordings/crm.contacts.list")) {
        let id = file.file_stem().expect("a listed file has a name").to_string_lossy();
        let run = project.run(&["explain", &format!("crm.contacts.list/{id}"), "--format", "json"]);
        let Ok(explained) = serde_json::from_str::<Value>(&run.stdout) else { continue };
        let differences = explained["differences"].as_array().expect("differences are a list");
        for difference in differences.iter().filter(|difference| difference["tolerated_by"].is_null()) {
            let (maker, field) = (&difference["made_by"], difference["field"].as_str().expect("a field"));
            assert_eq!(
                (&maker["exact"], maker["file"].as_str()),
                (&true.into(), Some(MAPPING)),
                "{difference}"
            );
            if field != "$.data[*].emails" {
                // The evaluation of the very record: each of these values is made of nothing else.
                let new = difference["new"].as_str().expect("new has it").trim_matches('"').replace('\\', "");
                assert_eq!(maker["reads"][0]["value"].as_str(), Some(new.as_str()), "{difference}");
            }
            let read = maker["reads"][0]["expression"].as_str().expect("something was read").to_owned();
            let line = maker["line"].as_u64().expect("a line");
            assert_eq!(*seen.entry(field.to_owned()).or_insert_with(|| (line, read.clone())), (line, read));
        }
    }
    assert_eq!(seen, expected);
}

/// Field and kind of what no tolerance excuses, and how often.
fn unexcused(verdicts: &Value) -> BTreeMap<String, u64> {
    let count = |field: &Value, name: &str| field[name].as_u64().expect("a count");
    verdicts["fields"]
        .as_array()
        .expect("fields are a list")
        .iter()
        .map(|field| {
            let name = format!("{} {}", field["field"], field["kind"]).replace('"', "");
            (name, count(field, "differences") - count(field, "tolerated"))
        })
        .filter(|(_, left)| *left > 0)
        .collect()
}

fn copy(from: &Path, project: &Project, to: &str) {
    for path in crate::data::files(from) {
        let to = format!("{to}/{}", path.file_name().expect("a listed file has a name").to_string_lossy());
        if path.is_dir() { copy(&path, project, &to) } else { copy_file(&path, project, &to) }
    }
}

fn copy_file(from: &Path, project: &Project, to: &str) {
    project.write(to, std::fs::read(from).unwrap_or_else(|error| panic!("read {}: {error}", from.display())));
}

pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
