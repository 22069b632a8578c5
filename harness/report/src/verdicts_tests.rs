//! Facts about `verdicts.json`: its bytes, and that it keeps to its schema.

use super::*;
use crate::fixture::{self, Shape};

fn document(shapes: &[Shape], change: impl Fn(&mut Run)) -> String {
    let judgements = fixture::judgements(shapes);
    let tally = fixture::tally(&judgements);
    let mut run = fixture::run(&tally);
    change(&mut run);
    let mut writer = VerdictsWriter::new(Vec::new(), &run.head).expect("memory does not fail");
    for judgement in &judgements {
        writer.pair(judgement).expect("memory does not fail");
    }
    String::from_utf8(writer.finish(&run).expect("memory does not fail")).expect("JSON is UTF-8")
}

fn check(shapes: &[Shape], expected: &str) {
    assert_eq!(document(shapes, |_| ()), expected);
}

#[test]
fn a_run_without_pairs_is_a_whole_document() {
    check(
        &[],
        r#"{
  "version": 1,
  "tool": "0.1.0",
  "migration": "acme: Apideck to Truto",
  "as_of": "2026-11-24",
  "pairs": [],
  "totals": {"pairs":0,"same":0,"tolerated":0,"different":0,"undecided":0},
  "operations": [
    {"operation":"crm.contacts.list","mapping":"mappings/crm/contacts.list.response.jsonata","scope":"body","totals":{"pairs":0,"same":0,"tolerated":0,"different":0,"undecided":0},"differences":0,"differences_unlisted":0,"fields_left_out":null,"notes":[],"latency_ms":{"legacy":null,"new":null},"limits":null}
  ],
  "operations_left_out": null,
  "fields": [],
  "tolerances": [
    {"path":"$.data[*].updated_at","rule":"same_instant","reason":"legacy writes SQL style, new RFC 3339","owner":"integrations@acme.example","until":"2027-03-31","expired":false,"file":"mappings/crm/contacts.tolerances.toml","line":1,"operations":["crm.contacts.list"],"pairs":0,"differences":0,"examples":[]},
    {"path":"$.data[*].nickname","rule":"ignore","reason":"legacy writes SQL style, new RFC 3339","owner":"integrations@acme.example","until":"2027-03-31","expired":false,"file":"mappings/crm/contacts.tolerances.toml","line":8,"operations":["crm.contacts.list"],"pairs":0,"differences":0,"examples":[]}
  ],
  "mappings": [],
  "undecided": [],
  "noise": [],
  "suggestions": [],
  "entities": null,
  "warnings": [],
  "problems": [],
  "interrupted": null
}
"#,
    );
}

#[test]
fn a_line_a_pair_then_what_they_add_up_to() {
    check(
        &[Shape::Same, Shape::Different, Shape::Undecided],
        r#"{
  "version": 1,
  "tool": "0.1.0",
  "migration": "acme: Apideck to Truto",
  "as_of": "2026-11-24",
  "pairs": [
    {"pair":"crm.contacts.list/acme-0000","operation":"crm.contacts.list","account":"acme-hubspot","integration":"hubspot","verdict":"same","differences":0,"tolerated":0,"location":"recordings/crm.contacts.list/acme-0000.json"},
    {"pair":"crm.contacts.list/acme-0001","operation":"crm.contacts.list","account":"acme-hubspot","integration":"hubspot","verdict":"different","differences":2,"tolerated":1,"findings":[{"field":"$.data[*].email","kind":"value","differences":1,"tolerated":0},{"field":"$.data[*].updated_at","kind":"instant_text","differences":1,"tolerated":1}],"location":"recordings/crm.contacts.list/acme-0001.json"},
    {"pair":"crm.contacts.list/acme-0002","operation":"crm.contacts.list","account":"acme-hubspot","integration":"hubspot","verdict":"undecided","reason":{"code":"failed","detail":"new: no answer in 10 s"},"differences":0,"tolerated":0,"location":"recordings/crm.contacts.list/acme-0002.json"}
  ],
  "totals": {"pairs":3,"same":1,"tolerated":0,"different":1,"undecided":1},
  "operations": [
    {"operation":"crm.contacts.list","mapping":"mappings/crm/contacts.list.response.jsonata","scope":"body","totals":{"pairs":3,"same":1,"tolerated":0,"different":1,"undecided":1},"differences":2,"differences_unlisted":0,"fields_left_out":null,"notes":[],"latency_ms":{"legacy":null,"new":null},"limits":null}
  ],
  "operations_left_out": null,
  "fields": [
    {"operation":"crm.contacts.list","field":"$.data[*].email","kind":"value","pairs":1,"differences":1,"tolerated":0,"examples":[{"pair":"crm.contacts.list/acme-0001","path":"$.data[3].email","legacy":"\"zoe@acme.example\"","new":"\"zoë@acme.example\"","tolerance":null}]},
    {"operation":"crm.contacts.list","field":"$.data[*].updated_at","kind":"instant_text","pairs":1,"differences":1,"tolerated":1,"examples":[{"pair":"crm.contacts.list/acme-0001","path":"$.data[3].updated_at","legacy":"\"2026-11-20 09:30:00\"","new":"\"2026-11-20T09:30:00Z\"","tolerance":0}]}
  ],
  "tolerances": [
    {"path":"$.data[*].updated_at","rule":"same_instant","reason":"legacy writes SQL style, new RFC 3339","owner":"integrations@acme.example","until":"2027-03-31","expired":false,"file":"mappings/crm/contacts.tolerances.toml","line":1,"operations":["crm.contacts.list"],"pairs":1,"differences":1,"examples":[{"pair":"crm.contacts.list/acme-0001","path":"$.data[3].updated_at","legacy":"\"2026-11-20 09:30:00\"","new":"\"2026-11-20T09:30:00Z\"","tolerance":0}]},
    {"path":"$.data[*].nickname","rule":"ignore","reason":"legacy writes SQL style, new RFC 3339","owner":"integrations@acme.example","until":"2027-03-31","expired":false,"file":"mappings/crm/contacts.tolerances.toml","line":8,"operations":["crm.contacts.list"],"pairs":0,"differences":0,"examples":[]}
  ],
  "mappings": [],
  "undecided": [
    {"operation":"crm.contacts.list","code":"failed","pairs":1,"examples":[{"pair":"crm.contacts.list/acme-0002","detail":"new: no answer in 10 s","location":"recordings/crm.contacts.list/acme-0002.json"}]}
  ],
  "noise": [],
  "suggestions": [],
  "entities": null,
  "warnings": [],
  "problems": [],
  "interrupted": null
}
"#,
    );
}

#[test]
fn an_example_of_a_renamed_value_says_where_new_has_it() {
    let document = document(&[Shape::Renamed], |_| ());
    let expected =
        r#""path":"$.data[3].phone","new_path":"$.data[3].phone_number","legacy":"\"+1 555 0100\"""#;
    assert_eq!(document.matches(expected).count(), 1, "{document}");
}

#[test]
fn findings_over_the_limit_of_a_line_are_counted() {
    let mut judgements = fixture::judgements(&[Shape::Different]);
    let judgement = &mut judgements[0];
    let first = judgement.differences.remove(0);
    judgement.differences = (0..PAIR_FINDINGS_MAX + 3)
        .map(|index| compare::difference::Difference {
            field: format!("$.k{index:02}").into(),
            ..first.clone()
        })
        .collect();
    let line = PairLine::of(judgement);
    assert_eq!((line.findings.len(), line.findings_left_out), (PAIR_FINDINGS_MAX, 3));
}

fn reads_whole() -> MappingInfo {
    let mut mapping = fixture::mapping();
    if let Coverage::Measured(measured) = &mut mapping.coverage {
        measured.unread = Unread::ReadsWhole;
    }
    mapping
}

#[test]
fn a_mapping_has_its_failing_cases_and_what_of_it_was_exercised() {
    let document = document(&[Shape::Same], |run| run.mappings = vec![fixture::mapping()]);
    let line = document.lines().skip_while(|line| *line != "  \"mappings\": [").nth(1);
    assert_eq!(
        line,
        Some(
            r#"    {"mapping":"mappings/crm/contacts.list.response.jsonata","cases":3,"failing":[{"case":"one","file":"mappings/crm/cases/contacts.list.response/one.expected.json","message":"1 difference, first value at $.a: expected 1, mapped 2"}],"findings":[{"rule":"never-matched","level":"warning","line":1,"column":12,"message":"`d` found nothing in any of 4 evaluations on recordings","help":"look for its spelling"}],"coverage":{"sample":"Every pair that was mapped.","inputs":4,"expressions":5,"covered":2,"never_a_value":1,"branches":2,"branches_covered":1,"unread_fields":1,"unread":[{"field":"$.result[*].nickname","inputs":3}]}}"#
        )
    );
}

fn keeps_to_the_schema(shapes: &[Shape], change: impl Fn(&mut Run)) {
    let schema = include_str!("../../../docs/verdicts.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let document: serde_json::Value =
        serde_json::from_str(&document(shapes, change)).expect("verdicts are JSON");
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn every_document_keeps_to_the_schema() {
    keeps_to_the_schema(&[], |_| ());
    keeps_to_the_schema(
        &[Shape::Same, Shape::Tolerated, Shape::Different, Shape::Undecided, Shape::Renamed, Shape::Hostile],
        |run| {
            run.interrupted = Some("after 5 of 9 pairs".to_owned());
            run.warnings.push("a warning".to_owned());
            run.problems.push("a problem".to_owned());
            run.operations[0].mapping = None;
            run.mappings = vec![
                fixture::mapping(),
                MappingInfo { coverage: Coverage::default(), ..fixture::mapping() },
                reads_whole(),
            ];
        },
    );
}

#[test]
fn the_schema_refuses_what_it_does_not_describe() {
    let schema = include_str!("../../../docs/verdicts.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let document = document(&[Shape::Same], |_| ());
    let broken = [
        ("\"version\": 1", "\"version\": 2"),
        ("\"verdict\":\"same\"", "\"verdict\":\"fine\""),
        ("\"interrupted\": null", "\"interrupted\": 7"),
    ];
    for (from, to) in broken {
        let document = serde_json::from_str(&document.replace(from, to)).expect("still JSON");
        assert!(!validator.is_valid(&document), "{to} is accepted");
    }
}
