//! Recordings of real services, kept in clear and redacted: both are judged alike, and where not, that is counted.

use super::project::{MIGRATION, Project, argument, mapping, totals};
use crate::data;
use std::collections::BTreeMap;
use std::path::Path;

/// A key of the tests; it protects nothing.
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Each model of the three-way data.
const THREE_WAY: [(&str, &str); 6] = [
    ("hubspot", "companies"),
    ("hubspot", "contacts"),
    ("hubspot", "deals"),
    ("hubspot", "owners"),
    ("salesforce", "contacts"),
    ("salesforce", "opportunities"),
];

/// Each entity of the graph's data.
const GRAPH: [(&str, &str); 15] = [
    ("gitlab", "gitlab_account"),
    ("hubspot", "hubspot_account"),
    ("hubspot", "hubspot_company"),
    ("hubspot", "hubspot_role"),
    ("hubspot", "hubspot_user"),
    ("jira", "jira_issue"),
    ("jira", "jira_project"),
    ("jira", "jira_user"),
    ("servicenow", "service_now_cmdb_object"),
    ("servicenow", "service_now_group"),
    ("servicenow", "service_now_incident"),
    ("servicenow", "service_now_user"),
    ("zendesk", "zendesk_account"),
    ("zendesk", "zendesk_group"),
    ("zendesk", "zendesk_ticket"),
];

/// Of a hundred pairs at most so many may be undecided for redaction's sake.
const UNDECIDED_PERCENT_MAX: u64 = 2;

#[test]
fn mapped_records_of_three_forms_are_judged_alike_in_clear_and_redacted() {
    let Some(folder) = data::find("1-raw-to-unified/three-way") else { return };
    check("three-way-mapped", THREE_WAY.map(|(provider, model)| Import {
        operation: format!("crm.{provider}-{model}"),
        more: format!(
            "source = {{ method = \"GET\", path = \"/{model}\" }}\nmap_from = \"source\"\nmapping = \"{}\"\n",
            mapping(&format!("{provider}-{model}"))
        ),
        file: folder.join(provider).join(format!("{model}.jsonl")),
        sides: ["/legacy", "/new", "/raw"],
    }));
}

#[test]
fn records_of_two_unified_apis_differ_alike_in_clear_and_redacted() {
    let Some(folder) = data::find("1-raw-to-unified/three-way") else { return };
    check(
        "three-way-plain",
        THREE_WAY.map(|(provider, model)| Import {
            operation: format!("crm.{provider}-{model}"),
            more: String::new(),
            file: folder.join(provider).join(format!("{model}.jsonl")),
            sides: ["/legacy", "/new", "/raw"],
        }),
    );
}

#[test]
fn entities_of_a_graph_with_names_put_together_and_urls_built_are_judged_alike_in_clear_and_redacted() {
    let Some(folder) = data::find("1-raw-to-unified/jupiterone") else { return };
    check(
        "graph",
        GRAPH.map(|(provider, entity)| Import {
            operation: format!("graph.{entity}"),
            more: format!("mapping = \"{}\"\n", mapping(&format!("jupiterone-{entity}"))),
            file: folder.join(provider).join(format!("{entity}.pairs.jsonl")),
            sides: ["/unified", "/raw", "/raw"],
        }),
    );
}

struct Import {
    operation: String,
    more: String,
    file: std::path::PathBuf,
    sides: [&'static str; 3],
}

fn check<const N: usize>(name: &str, imports: [Import; N]) {
    let configuration = imports.iter().fold(MIGRATION.to_owned(), |text, Import { operation, more, .. }| {
        format!("{text}\n[[operations]]\nname = \"{operation}\"\n{more}")
    });
    let [clear, redacted] = [["--no-redact", "--i-may-keep-personal-data"].as_slice(), &[]].map(|flags| {
        let project = Project::new(&format!("redaction-{name}-{}", flags.len()), &configuration);
        for import in &imports {
            run(&project, import, flags);
        }
        project.run(&["check"]);
        (project.verdicts(), rows(&project), texts(&project))
    });
    let [before, after] = [totals(&clear.0), totals(&redacted.0)];
    let reasons = redacted.0["operations"].to_string();
    let undecided = after[4] - before[4];
    data::report(&format!(
        "{name}: in clear {before:?}, redacted {after:?} (pairs, same, tolerated, different, undecided)"
    ));
    assert!(undecided * 100 <= after[0] * UNDECIDED_PERCENT_MAX, "{undecided} of {}: {reasons}", after[0]);
    // What stays decided is decided alike: each field differs in as many pairs, in the same way.
    if undecided == 0 {
        assert_eq!(after, before);
        assert_eq!(redacted.1, clear.1);
    } else {
        assert!(after[1..4].iter().zip(&before[1..4]).all(|(after, before)| after <= before));
    }
    assert_ne!(redacted.2, clear.2, "something was redacted");
}

fn run(project: &Project, import: &Import, flags: &[&str]) {
    // The records have no ids of their own that are unique.
    let text = std::fs::read_to_string(&import.file)
        .unwrap_or_else(|error| panic!("read {}: {error}", import.file.display()));
    let lines = text.lines().enumerate();
    let lines: Vec<String> =
        lines.map(|(index, line)| format!("{{\"n\":\"row-{index}\",{}", &line[1..])).collect();
    project.write("rows.jsonl", lines.join("\n"));
    let file = project.path("rows.jsonl");
    let [legacy, new, source] = import.sides;
    let typed = ["import", "jsonl", argument(&file), "--operation", &import.operation, "--id", "/n"];
    let sides = ["--legacy", legacy, "--new", new, "--source", source];
    let arguments: Vec<&str> = typed.into_iter().chain(sides).chain(flags.iter().copied()).collect();
    let output = project.command(&arguments).env("CUTOVER_REDACTION_KEY", KEY).output();
    let output = output.expect("the program was built for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    if flags.is_empty() {
        data::report(String::from_utf8_lossy(&output.stdout).trim_end());
    }
    std::fs::remove_file(&file).expect("it was written");
}

/// How often each field of each operation differs in each way.
fn rows(project: &Project) -> BTreeMap<[String; 4], u64> {
    let path = project.path("reports/check/differences.csv");
    let mut reader = csv::Reader::from_path(&path).expect("the report has its differences");
    let mut rows = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row has all columns");
        let row = [1, 3, 4, 5].map(|column| row[column].to_owned());
        *rows.entry(row).or_default() += 1;
    }
    rows
}

/// All that was recorded.
fn texts(project: &Project) -> Vec<String> {
    let mut texts = Vec::new();
    let mut folders = vec![project.path("recordings")];
    while let Some(folder) = folders.pop() {
        for path in data::files(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else {
                texts.push(read(&path));
            }
        }
    }
    texts
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}
