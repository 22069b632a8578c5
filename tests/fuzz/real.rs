//! The six real mappings of the data, fuzzed on their bare files.

use std::process::Command;

use crate::data;
use crate::real::project::{Run, argument};

/// The mappings of which nothing is found, and what is found of the others: the property and the path or place.
const FOUND: [(&str, &[&str]); 6] = [
    ("hubspot-companies-supaglue", &[]),
    ("hubspot-contacts-nango", &[]),
    ("jira-issues-nango", &[]),
    ("quickbooks-invoices-nango-legacy", &[]),
    ("salesforce-contacts-nango", &[]),
    ("zendesk-tickets-jupiterone", &[]),
];

#[test]
fn what_is_found_of_the_real_mappings_is_what_the_documentation_tells() {
    let Some(folder) = data::find("6-jsonata-mappings") else { return };
    for (name, expected) in FOUND {
        let folder = folder.join(name);
        let [mapping, input, legacy] =
            ["mapping.jsonata", "input.json", "expected.json"].map(|file| folder.join(file));
        let arguments = [
            "fuzz",
            argument(&mapping),
            "--inputs",
            argument(&input),
            "--expected",
            argument(&legacy),
            "--cases",
            &super::CASES.max(300).to_string(),
            "--format",
            "json",
            "--as-of",
            "2026-11-20",
        ];
        let output = Command::new(env!("CARGO_BIN_EXE_cutover")).args(arguments).output();
        let run = Run::of(output.expect("the program was built for this test"));
        let report: serde_json::Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{name}: {}", run.stderr));
        let findings = report["mappings"][0]["findings"].as_array().expect("there is a list of findings");
        let found: Vec<String> = findings
            .iter()
            .map(|finding| {
                format!(
                    "{} {}",
                    finding["property"].as_str().unwrap_or(""),
                    finding["key"].as_str().unwrap_or("")
                )
            })
            .collect();
        assert_eq!(found, expected, "{name}: {}", run.stdout);
    }
}
