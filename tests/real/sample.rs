//! The sample in this repository: it passes as it stands, and fails with the mapping that is broken on purpose.

use super::project::{MIGRATION, Project, argument, json, totals};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[test]
fn the_sample_passes_with_every_pair_judged() {
    let project = Project::new("sample", MIGRATION);
    let configuration = repository("cutover.toml");
    project
        .expect(&["check", "--config", argument(&configuration), "--out", argument(&project.path("out"))], 0);
    let [pairs, same, tolerated, different, undecided] = totals(&json(&project.path("out/verdicts.json")));
    assert_eq!((pairs, different, undecided), (138, 0, 0));
    assert_eq!(same + tolerated, pairs);
}

#[test]
fn the_broken_mapping_fails_with_the_differences_that_its_readme_lists_and_no_others() {
    let text = std::fs::read_to_string(repository("cutover.toml")).expect("the sample has a configuration");
    let project = Project::new("sample-broken", &text);
    for folder in ["mappings", "recordings"] {
        copy(&repository(folder), &project, folder);
    }
    copy_file(&repository("accounts.csv"), &project, "accounts.csv");
    copy_file(
        &repository("tests/broken/contacts.list.response.jsonata"),
        &project,
        "mappings/crm/contacts.list.response.jsonata",
    );
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

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
