//! What the documentation publishes as schemas is what the program writes and reads.

use super::project::{MIGRATION, Project, argument, json, pair};
use crate::data;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// As many as the sample's README promises; a schema that saw no pair proves nothing.
const SAMPLE_PAIRS: usize = 138;

#[test]
fn the_sample_s_verdicts_are_what_their_schema_says() {
    let project = Project::new("schema-sample", MIGRATION);
    let configuration = repository("cutover.toml");
    project
        .expect(&["check", "--config", argument(&configuration), "--out", argument(&project.path("out"))], 0);
    check("verdicts.schema.json", &json(&project.path("out/verdicts.json")), "the sample");
}

#[test]
fn verdicts_of_broken_and_different_pairs_are_what_their_schema_says() {
    let project = Project::new("schema-broken", &format!("{MIGRATION}[[operations]]\nname = \"a.b\"\n"));
    project.write("recordings/a.b/torn.json", "{");
    project.write("recordings/a.b/different.json", pair("a.b/different", b"[1,{\"a\":null}]", b"{\"a\":1}"));
    project.write("recordings/a.b/unreadable.json", pair("a.b/unreadable", b"[1", b"[1"));
    project.expect(&["check"], 1);
    check("verdicts.schema.json", &project.verdicts(), "broken pairs");
}

#[test]
fn every_pair_of_the_sample_is_what_its_schema_says() {
    let mut pairs = 0;
    for folder in data::files(&repository("recordings")) {
        for file in
            data::files(&folder).iter().filter(|file| file.extension().is_some_and(|end| end == "json"))
        {
            check("pair.schema.json", &json(file), &file.display().to_string());
            pairs += 1;
        }
    }
    assert_eq!(pairs, SAMPLE_PAIRS);
}

fn check(schema: &str, document: &Value, what: &str) {
    let schema = json(&repository("docs").join(schema));
    let validator = jsonschema::validator_for(&schema).expect("the published schema is a schema");
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}\n{}", errors.join("\n"));
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
