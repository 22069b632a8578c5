//! `mapping lint` from outside: on the sample, on the broken mapping, and on mappings of real records.

use super::project::{MIGRATION, Project, argument, json, pair};
use super::sample::{broken, repository};
use crate::data;
use serde_json::{Value, json};

fn findings(document: &Value) -> Vec<String> {
    let mappings = document["mappings"].as_array().expect("mappings are a list");
    let of_mapping = |mapping: &Value| {
        let findings = mapping["findings"].as_array().expect("findings are a list").clone();
        findings.into_iter().map(|one| {
            let text = |name: &str| one[name].as_str().expect("a text").to_owned();
            let level = if text("level") == "note" { "note, " } else { "" };
            format!("{}:{} {level}{}: {}", one["line"], one["column"], text("rule"), text("message"))
        })
    };
    mappings.iter().flat_map(of_mapping).collect()
}

#[test]
fn our_own_mappings_are_clean() {
    let project = Project::new("lint-sample", MIGRATION);
    let configuration = repository("cutover.toml");
    let run = project.expect(&["mapping", "lint", "--config", argument(&configuration)], 0);
    assert_eq!(run.stdout, "8 mappings: nothing to object.\n");
}

#[test]
fn the_list_that_the_broken_mapping_does_not_ask_for_is_found_at_its_line() {
    let project = broken("lint-broken");
    let run = project.expect(&["mapping", "lint", "--format", "json", "--sarif", "lint.sarif"], 1);
    let document: Value = serde_json::from_str(&run.stdout).expect("stdout is one JSON document");
    let message = "legacy has a list at $.data[*].emails, and a list of one comes out bare here";
    assert_eq!(findings(&document), [format!("57:17 singleton: {message}")]);
    let log = json(&project.path("lint.sarif"));
    let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region, &json!({"startLine": 57, "startColumn": 17, "endLine": 60, "endColumn": 8}));
    project.expect(&["check", "crm.contacts.list"], 1);
    let verdicts = project.verdicts();
    let warnings = verdicts["mappings"][0]["findings"].as_array().map(Vec::len);
    assert_eq!(warnings, Some(1));
    let log = json(&project.path("reports/check/results.sarif"));
    let results = log["runs"][0]["results"].as_array().expect("there is a list");
    let lines = results.iter().map(|result| {
        let place = &result["locations"][0]["physicalLocation"];
        let file = place["artifactLocation"]["uri"].as_str().and_then(|uri| uri.rsplit('/').next());
        format!("{} {}:{}", result["ruleId"], file.unwrap_or_default(), place["region"]["startLine"])
            .replace('"', "")
    });
    let mapping = "contacts.list.response.jsonata";
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            format!("renamed {mapping}:37"),
            format!("value {mapping}:64"),
            format!("singleton_vs_list {mapping}:57"),
            format!("number_as_text {mapping}:35"),
            format!("missing {mapping}:57"),
            "case a-page-in-the-middle.expected.json:1".to_owned(),
            "case one-contact.expected.json:1".to_owned(),
            format!("singleton {mapping}:57"),
        ]
    );
}

#[test]
fn a_mapping_that_no_operation_names_is_looked_over_too() {
    let project = Project::new("lint-unnamed", MIGRATION);
    project.write("mappings/m.jsonata", "{'a': $uppercas(x),\n 'b': first-name}");
    let run = project.expect(&["mapping", "lint", "mappings/m.jsonata", "--format", "json"], 1);
    let document: Value = serde_json::from_str(&run.stdout).expect("stdout is one JSON document");
    assert_eq!(
        findings(&document),
        [
            "1:7 unknown-function: the dialect jsonata has no function `$uppercas`",
            "2:7 hyphenated-key: `first-name` is `first` minus `name`",
        ]
    );
}

/// Each of the six is held against its one record. The one warning is a misspelling that its authors published:
/// the service says `requester_id`. The notes are fields that the record's account does not have.
#[test]
fn the_mappings_of_real_records_are_objected_to_where_their_record_says_so() {
    let Some(folder) = data::find("6-jsonata-mappings") else { return };
    let mut found = Vec::new();
    for folder in data::files(&folder) {
        let [input, expected, mapping] =
            ["input.json", "expected.json", "mapping.jsonata"].map(|name| folder.join(name));
        if !mapping.exists() {
            continue;
        }
        let name = folder.file_name().expect("a listed folder has a name").to_string_lossy().into_owned();
        let read = |path| std::fs::read(path).expect("the data is readable");
        let operation = format!("[[operations]]\nname = \"a.b\"\nmapping = \"{name}.jsonata\"\n");
        let project = Project::new(&format!("lint-{name}"), &format!("{MIGRATION}{operation}"));
        project.write(&format!("{name}.jsonata"), read(&mapping));
        project.write("recordings/a.b.jsonl", one_line(&pair("a.b/1", &read(&expected), &read(&input))));
        let run = project.run(&["mapping", "lint", "--format", "json"]);
        let document: Value = serde_json::from_str(&run.stdout).expect("stdout is one JSON document");
        found.extend(findings(&document).into_iter().map(|finding| format!("{name} {finding}")));
    }
    found.iter().for_each(|finding| data::report(finding));
    let (notes, warnings): (Vec<&String>, Vec<&String>) =
        found.iter().partition(|finding| finding.contains(" note, never-matched: "));
    assert_eq!(
        warnings,
        [
            "zendesk-tickets-jupiterone 28:20 never-matched: `requested_id` found nothing in any of 25 evaluations"
        ]
    );
    assert_eq!(notes.len(), 13);
}

/// The bodies of the data are pretty-printed.
fn one_line(pair: &[u8]) -> Vec<u8> {
    let pair: Value = serde_json::from_slice(pair).expect("a pair of JSON bodies is JSON");
    pair.to_string().into_bytes()
}
