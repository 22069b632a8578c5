//! Real records in three forms: raw, and as two unified APIs give them, a legacy and a new one.

use super::project::{MIGRATION, Project, argument, mapping, totals};
use crate::data;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// Each model: the folder and file of the data, and how many records it has.
const MODELS: [(&str, &str, u64); 6] = [
    ("hubspot", "companies", 57),
    ("hubspot", "contacts", 26),
    ("hubspot", "deals", 21),
    ("hubspot", "owners", 2),
    ("salesforce", "contacts", 213),
    ("salesforce", "opportunities", 31),
];
const RECORDS: u64 = 350;

#[test]
fn our_mappings_turn_every_raw_record_into_what_legacy_gave_with_no_tolerance_at_all() {
    let Some(folder) = data::find("1-raw-to-unified/three-way") else { return };
    let project = Project::new(
        "three-way-mapped",
        &configuration(|provider, model| {
            let file = mapping(&format!("{provider}-{model}"));
            format!(
                "source = {{ method = \"GET\", path = \"/{model}\" }}\nmap_from = \"source\"\nmapping = \"{file}\"\n"
            )
        }),
    );
    import(&project, &folder);
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts()), [RECORDS, RECORDS, 0, 0, 0]);
}

#[test]
fn without_a_mapping_every_record_differs_and_every_differing_field_is_named() {
    let Some(folder) = data::find("1-raw-to-unified/three-way") else { return };
    let project = Project::new("three-way-plain", &configuration(|_, _| String::new()));
    import(&project, &folder);
    project.expect(&["check"], 1);
    let verdicts = project.verdicts();
    assert_eq!(totals(&verdicts), [RECORDS, 0, 0, RECORDS, 0]);
    let rows = differences(&project);
    for (provider, model, _) in MODELS {
        let operation = format!("crm.{provider}-{model}");
        let records = read(&folder, provider, model);
        let mut told = named(&verdicts, &operation);
        // A renamed field stands once, at legacy's name, and says where new has the value.
        let renamed = rows.iter().filter(|row| row.operation == operation && !row.new_path.is_empty());
        told.extend(renamed.map(|row| top_level(&row.new_path)));
        let expected: BTreeSet<String> = records.iter().flat_map(differing).collect();
        assert_eq!(told, expected, "{operation}");
    }
}

fn configuration(more: impl Fn(&str, &str) -> String) -> String {
    MODELS.iter().fold(MIGRATION.to_owned(), |text, (provider, model, _)| {
        let more = more(provider, model);
        format!("{text}\n[[operations]]\nname = \"crm.{provider}-{model}\"\n{more}")
    })
}

fn import(project: &Project, folder: &Path) {
    for (provider, model, records) in MODELS {
        let file = folder.join(provider).join(format!("{model}.jsonl"));
        let operation = format!("crm.{provider}-{model}");
        let run = project.expect(
            &[
                "import",
                "jsonl",
                argument(&file),
                "--operation",
                &operation,
                "--id",
                "/id",
                "--legacy",
                "/legacy",
                "--new",
                "/new",
                "--source",
                "/raw",
            ],
            0,
        );
        // Where the program says nothing when it is quiet, the count is proved by the verdicts.
        if !run.stdout.is_empty() {
            assert!(run.stdout.starts_with(&format!("{records} pairs imported")), "{}", run.stdout);
        }
    }
}

/// The top-level fields of an operation's differences.
fn named(verdicts: &Value, operation: &str) -> BTreeSet<String> {
    let fields = verdicts["fields"].as_array().expect("fields are a list");
    fields
        .iter()
        .filter(|field| field["operation"] == operation)
        .map(|field| top_level(field["field"].as_str().expect("a text")))
        .collect()
}

fn top_level(path: &str) -> String {
    path.trim_start_matches("$.").split(['.', '[']).next().expect("a first part").to_owned()
}

#[derive(serde::Deserialize)]
struct Row {
    operation: String,
    new_path: String,
}

fn differences(project: &Project) -> Vec<Row> {
    let path = project.path("reports/check/differences.csv");
    let mut reader = csv::Reader::from_path(&path).expect("the report has its differences");
    reader.deserialize().map(|row| row.expect("a row has all columns")).collect()
}

/// The top-level keys whose values differ, from the record alone, by another road than the program's.
fn differing(record: &Value) -> BTreeSet<String> {
    let [legacy, new] = sides(record);
    legacy.keys().chain(new.keys()).filter(|key| legacy.get(*key) != new.get(*key)).cloned().collect()
}

fn sides(record: &Value) -> [&Map<String, Value>; 2] {
    ["legacy", "new"].map(|side| record[side].as_object().expect("a record is an object"))
}

fn read(folder: &Path, provider: &str, model: &str) -> Vec<Value> {
    let file = folder.join(provider).join(format!("{model}.jsonl"));
    let text =
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("each line is a record")).collect()
}
