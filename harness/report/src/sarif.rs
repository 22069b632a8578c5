//! `results.sarif`: what is to be mended in mappings, for code scanning (SARIF 2.1.0, OASIS).
//!
//! Differences at the expression that made them, cases that fail, and findings of mappings' readers. What was accepted is a
//! note, `unchanged` against the baseline that the snapshot is. Lines and columns are from 1, columns count characters
//! (`unicodeCodePoints`). The texts are plain; files are relative, with forward slashes, percent-encoded.

use crate::causes::{CauseInfo, State};
use crate::findings::meaning;
use crate::mappings::{CaseFailure, Finding, MappingInfo};
use crate::visible::short;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

/// Results of one file: a code-scanning service refuses more than a few thousand.
pub const RESULTS_MAX: usize = 5_000;

const TEXT_CHARS_MAX: usize = 1_000;

/// The rule that failing cases are reported under.
const CASE: (&str, &str) = ("case", "A case beside a mapping fails.");

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [SarifRun<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRun<'a> {
    tool: Tool<'a>,
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
struct Driver<'a> {
    name: &'static str,
    version: &'a str,
    rules: Vec<SarifRule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRule<'a> {
    id: &'a str,
    short_description: Text,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

/// Writes the file.
pub fn write(
    mut out: impl io::Write,
    tool: &str,
    mappings: &[MappingInfo],
    causes: &[CauseInfo],
) -> io::Result<()> {
    let mut rules: BTreeMap<&str, &str> = BTreeMap::new();
    rules.extend(causes.iter().map(|cause| (cause.kind.name(), meaning(cause.kind))));
    for finding in mappings.iter().flat_map(|mapping| &mapping.findings) {
        rules.insert(&finding.rule, &finding.about);
    }
    if mappings.iter().any(|mapping| !mapping.failures.is_empty()) {
        rules.insert(CASE.0, CASE.1);
    }
    let index = |rule: &str| rules.keys().position(|known| *known == rule).unwrap_or_default();
    let mut results: Vec<SarifResult<'_>> =
        causes.iter().map(|cause| cause_result(cause, index(cause.kind.name()))).collect();
    for mapping in mappings {
        results.extend(mapping.failures.iter().map(|failure| case_result(failure, index(CASE.0))));
        results.extend(mapping.findings.iter().map(|one| finding_result(mapping, one, index(&one.rule))));
    }
    results.truncate(RESULTS_MAX);
    let rules = rules
        .iter()
        .map(|(id, about)| SarifRule { id, short_description: Text { text: short(about, TEXT_CHARS_MAX) } });
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [SarifRun {
            tool: Tool { driver: Driver { name: "cutover", version: tool, rules: rules.collect() } },
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    serde_json::to_writer_pretty(&mut out, &log)?;
    writeln!(out)
}

fn cause_result(cause: &CauseInfo, rule_index: usize) -> SarifResult<'_> {
    let (level, baseline_state) = match cause.state {
        State::New => ("error", Some("new")),
        State::Other => ("error", Some("updated")),
        State::NotCompared => ("error", None),
        State::Gone => ("error", Some("absent")),
        State::Accepted => ("note", Some("unchanged")),
    };
    let (file, region) = match &cause.made_at {
        Some(at) => (&at.file, (at.line, at.column, Some(at.end_line), Some(at.end_column))),
        None => (&cause.declared.file, (cause.declared.line, 1, None, None)),
    };
    let (start_line, start_column, end_line, end_column) = region;
    let region = Region { start_line, start_column, end_line, end_column };
    let one = result(cause.kind.name(), rule_index, level, &cause.sentence(), file, region);
    SarifResult { baseline_state, ..one }
}

fn case_result(failure: &CaseFailure, rule_index: usize) -> SarifResult<'static> {
    let region = Region { start_line: 1, start_column: 1, end_line: None, end_column: None };
    let text = format!("the case {} fails: {}", failure.name, failure.message);
    result(CASE.0, rule_index, "error", &text, &failure.file, region)
}

fn finding_result<'a>(mapping: &MappingInfo, finding: &'a Finding, rule_index: usize) -> SarifResult<'a> {
    let region = Region {
        start_line: finding.line,
        start_column: finding.column,
        end_line: Some(finding.end_line),
        end_column: Some(finding.end_column),
    };
    let text = format!("{}: {}", finding.message, finding.help);
    result(&finding.rule, rule_index, finding.level.name(), &text, &mapping.file, region)
}

fn result<'a>(
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    text: &str,
    file: &str,
    region: Region,
) -> SarifResult<'a> {
    let artifact_location = ArtifactLocation { uri: uri(file) };
    SarifResult {
        rule_id,
        rule_index,
        level,
        message: Text { text: short(text, TEXT_CHARS_MAX) },
        locations: [Location { physical_location: PhysicalLocation { artifact_location, region } }],
        baseline_state: None,
    }
}

/// A relative reference (RFC 3986): what is not unreserved is percent-encoded, byte by byte.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use serde_json::{Value, json};

    fn written(mappings: &[MappingInfo]) -> Value {
        let mut out = Vec::new();
        write(&mut out, "0.1.0", mappings, &[fixture::cause()]).expect("memory does not fail");
        serde_json::from_slice(&out).expect("SARIF is JSON")
    }

    #[test]
    fn findings_and_failing_cases_are_results_with_their_places() {
        let log = written(&[fixture::mapping()]);
        let place = |uri: &str, region: Value| json!([{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}]);
        assert_eq!(
            log["runs"][0]["results"],
            json!([
                {
                    "ruleId": "value", "ruleIndex": 2, "level": "error",
                    "message": {"text": "value at $.data[*].email of crm.contacts.list: 2 differences in 1 pair, not as \
                        accepted. Both have it, with different values. \"zoe@acme.example\" became (absent) in \
                        crm.contacts.list/acme-0002."},
                    "locations": place(
                        "mappings/crm/contacts.list.response.jsonata",
                        json!({"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 8}),
                    ),
                    "baselineState": "updated",
                },
                {
                    "ruleId": "case", "ruleIndex": 0, "level": "error",
                    "message": {"text": "the case one fails: 1 difference, first value at $.a: expected 1, mapped 2"},
                    "locations": place(
                        "mappings/crm/cases/contacts.list.response/one.expected.json",
                        json!({"startLine": 1, "startColumn": 1}),
                    ),
                },
                {
                    "ruleId": "never-matched", "ruleIndex": 1, "level": "warning",
                    "message": {"text": "`d` found nothing in any of 4 evaluations on recordings: look for its spelling"},
                    "locations": place(
                        "mappings/crm/contacts.list.response.jsonata",
                        json!({"startLine": 1, "startColumn": 12, "endLine": 1, "endColumn": 13}),
                    ),
                },
            ])
        );
        let rules: Vec<&Value> = log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|rule| &rule["id"])
            .collect();
        assert_eq!(rules, ["case", "never-matched", "value"]);
    }

    #[test]
    fn every_log_keeps_to_what_the_standard_demands_of_the_parts_that_are_written() {
        let schema: Value =
            serde_json::from_str(include_str!("sarif_subset.schema.json")).expect("it is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
        let mut hostile = fixture::mapping();
        hostile.file = fixture::HOSTILE.to_owned();
        hostile.failures[0].file = "mappings/a b/é%.json".to_owned();
        for mappings in [vec![], vec![fixture::mapping()], vec![hostile, MappingInfo::default()]] {
            let log = written(&mappings);
            let errors: Vec<String> = validator
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new());
        }
        let mut broken = written(&[fixture::mapping()]);
        broken["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] = json!(0);
        assert!(!validator.is_valid(&broken), "a line 0 is accepted");
    }

    #[test]
    fn what_was_accepted_is_a_note_and_what_no_mapping_made_stands_at_its_operation() {
        let mut cause = fixture::cause();
        cause.made_at = None;
        let told = |state: State| {
            let cause = CauseInfo { state, ..cause.clone() };
            let mut out = Vec::new();
            write(&mut out, "0.1.0", &[], &[cause]).expect("memory does not fail");
            let log: Value = serde_json::from_slice(&out).expect("SARIF is JSON");
            let result = &log["runs"][0]["results"][0];
            let place = &result["locations"][0]["physicalLocation"];
            let place = (&place["artifactLocation"]["uri"], &place["region"]["startLine"]);
            json!([result["level"], result["baselineState"], place.0, place.1])
        };
        assert_eq!(told(State::New), json!(["error", "new", "cutover.toml", 7]));
        assert_eq!(told(State::Accepted), json!(["note", "unchanged", "cutover.toml", 7]));
        assert_eq!(told(State::Gone), json!(["error", "absent", "cutover.toml", 7]));
        assert_eq!(told(State::NotCompared), json!(["error", null, "cutover.toml", 7]));
    }

    #[test]
    fn results_beyond_the_limit_are_left_out() {
        let mut mapping = fixture::mapping();
        mapping.findings = vec![mapping.findings[0].clone(); RESULTS_MAX + 1];
        let log = written(&[mapping]);
        assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(RESULTS_MAX));
    }

    #[test]
    fn a_file_is_a_relative_reference() {
        assert_eq!(uri("mappings/a b/é%.jsonata"), "mappings/a%20b/%C3%A9%25.jsonata");
    }
}
