//! Cases beside mappings and what of a mapping is exercised, as people and CI meet them.

use super::project::{MIGRATION, Project, Run, pair};

const OPERATION: &str = "[[operations]]\nname = \"a.b\"\nmapping = \"mappings/m/b.list.response.jsonata\"\n";
const CASES: &str = "mappings/m/cases/b.list.response";

/// One operation whose mapping renames a field, one pair that is the same, and one case.
fn project(name: &str) -> Project {
    let project = Project::new(name, &format!("{MIGRATION}{OPERATION}"));
    project.write("mappings/m/b.list.response.jsonata", "{'id': key, 'kind': old ? 'old' : 'new'}");
    project.write(
        "recordings/a.b/one.json",
        pair("a.b/one", br#"{"id":1,"kind":"new"}"#, br#"{"key":1,"extra":true}"#),
    );
    project.write(&format!("{CASES}/one.input.json"), r#"{"key": 7}"#);
    project.write(&format!("{CASES}/one.expected.json"), "{\"id\": 7,\n \"kind\": \"new\"}");
    project
}

fn accept(project: &Project, ci: Option<&str>) -> Run {
    let mut command = project.command(&["mapping", "test", "--accept"]);
    match ci {
        Some(value) => command.env("CI", value),
        None => command.env_remove("CI"),
    };
    Run::of(command.output().expect("the program was built for this test"))
}

#[test]
fn cases_that_pass_are_counted_and_the_pairs_say_what_was_exercised() {
    let project = project("cases-pass");
    let run = project.expect(&["check"], 0);
    let line = "1 mapping: 1 case, none fails; 3 of 4 expressions came to a value, 1 of 2 branches taken.";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    let mapping = &project.verdicts()["mappings"][0];
    let coverage = &mapping["coverage"];
    let figures = ["inputs", "expressions", "covered", "never_a_value", "branches", "branches_covered"];
    assert_eq!(figures.map(|name| coverage[name].as_u64()), [1, 4, 3, 1, 2, 1].map(Some));
    assert_eq!(coverage["unread"][0]["field"], "$.extra");
    assert!(project.path("reports/check/mappings/m.b.list.response.html").is_file());
    assert_eq!(
        project.expect(&["mapping", "test"], 0).stdout,
        "mappings/m/b.list.response.jsonata  1 case passes\n1 mapping, 1 case: none fails.\n"
    );
}

#[test]
fn a_case_that_fails_fails_the_check_in_every_report() {
    let project = project("cases-fail");
    project.write(&format!("{CASES}/one.expected.json"), r#"{"id": 8, "kind": "new"}"#);
    let message = "1 difference, first value at $.id: expected 8, mapped 7";
    let run = project.expect(&["check"], 1);
    assert!(run.stdout.contains("None of 1 pair differs, but 1 case of a mapping fails."), "{}", run.stdout);
    let sentence = format!("the case {CASES}/one.expected.json fails: {message}");
    assert!(run.stdout.contains(&sentence), "{}", run.stdout);
    for report in
        ["index.html", "junit.xml", "summary.md", "verdicts.json", "mappings/m.b.list.response.html"]
    {
        let text = std::fs::read_to_string(project.path(&format!("reports/check/{report}")))
            .expect("the report is text");
        assert!(text.contains(message), "{report} does not say it:\n{text}");
    }
    let run = project.expect(&["mapping", "test"], 1);
    assert_eq!(
        run.stdout,
        "mappings/m/b.list.response.jsonata  1 of 1 case fails\n  one  1 difference\n    $.id  value\n      \
         expected  8\n      mapped    7\n1 mapping, 1 case: 1 case fails.\n"
    );
}

#[test]
fn what_is_expected_is_written_where_it_is_missing_or_not_met_and_never_in_ci() {
    let project = project("cases-accept");
    let kept = format!("{CASES}/one.expected.json");
    let before = std::fs::read(project.path(&kept)).expect("it was written");
    project.write(&format!("{CASES}/two.input.json"), r#"{"key": "x", "old": true}"#);
    let refused = accept(&project, Some("true"));
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    let written = accept(&project, None);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let expected = std::fs::read_to_string(project.path(&format!("{CASES}/two.expected.json")));
    assert_eq!(expected.expect("it was accepted"), "{\n  \"id\": \"x\",\n  \"kind\": \"old\"\n}\n");
    // A case that passes keeps the text that its author gave it.
    assert_eq!(std::fs::read(project.path(&kept)).expect("it is still there"), before);
    project.expect(&["mapping", "test"], 0);
}

#[test]
fn a_case_that_is_not_whole_is_an_error_with_its_path() {
    let project = project("cases-torn");
    project.write(&format!("{CASES}/two.input.json"), "{}");
    project.write(&format!("{CASES}/three.expected.json"), "{}");
    project.write(&format!("{CASES}/four.input.json"), "{");
    project.write(&format!("{CASES}/four.expected.json"), "{}");
    project.write(&format!("{CASES}/notes.txt"), "");
    for arguments in [&["check"][..], &["mapping", "test"], &["config", "check"]] {
        let run = project.expect(arguments, 2);
        let errors = [
            format!("{CASES}/two.input.json has no two.expected.json beside it"),
            format!("{CASES}/three.expected.json has no three.input.json beside it"),
            format!("{CASES}/four.input.json:1:2: not JSON"),
            format!("{CASES}/notes.txt belongs to no case"),
            "4 errors".to_owned(),
        ];
        let said = run.stdout + &run.stderr;
        let missing: Vec<&String> = errors.iter().filter(|error| !said.contains(*error)).collect();
        assert!(missing.is_empty(), "{missing:?}\n{said}");
    }
}

#[test]
fn a_mapping_without_a_case_is_listed_and_no_case_at_all_is_nothing_to_judge() {
    let project = Project::new("cases-none", &format!("{MIGRATION}{OPERATION}"));
    project.write("mappings/m/b.list.response.jsonata", "$");
    project.write("mappings/m/other.jsonata", "1");
    let run = project.expect(&["mapping", "test"], 3);
    assert_eq!(
        run.stdout,
        "mappings/m/b.list.response.jsonata  no case\nmappings/m/other.jsonata  no case\n\
         2 mappings, 0 cases, 2 mappings without a case: none fails.\n"
    );
    project.write("recordings/a.b/one.json", pair("a.b/one", b"1", b"1"));
    let run = project.expect(&["check"], 0);
    assert!(
        run.stdout.contains("the mapping mappings/m/b.list.response.jsonata has no case"),
        "{}",
        run.stdout
    );
}

#[test]
fn the_sample_of_pairs_for_coverage_is_bounded_and_says_so() {
    let project = project("cases-sampled");
    let lines: Vec<u8> = (0..30)
        .flat_map(|index| {
            let body = r#"{"id":1,"kind":"new"}"#;
            let mut line = pair(&format!("a.b/{index}"), body.as_bytes(), br#"{"key":1}"#);
            line.push(b'\n');
            line
        })
        .collect();
    project.write("recordings/a.b.jsonl", lines);
    project.expect(&["check"], 0);
    let coverage = project.verdicts()["mappings"][0]["coverage"].clone();
    assert_eq!(coverage["inputs"], 20);
    assert_eq!(
        coverage["sample"],
        "The first 20 pairs of each account, up to 500 pairs and 16 MiB an operation."
    );
}

/// A recording of one pair a line, each of an account of its own; how many of them were watched.
fn watched(name: &str, pairs: usize, new: &str) -> u64 {
    let project = project(name);
    let line = |index: usize| {
        format!(
            r#"{{"version":1,"id":"a.b/{index}","operation":"a.b","account":"n{index}","legacy":[{{"response":{{"status":200,"body":{{"json":{{"kind":"new"}}}}}}}}],"new":[{{"response":{{"status":200,"body":{{"json":{new}}}}}}}]}}"#
        )
    };
    let lines: Vec<String> = (0..pairs).map(line).collect();
    project.write("recordings/a.b.jsonl", lines.join("\n"));
    std::fs::remove_file(project.path("recordings/a.b/one.json")).expect("it was written");
    project.expect(&["check"], 0);
    project.verdicts()["mappings"][0]["coverage"]["inputs"].as_u64().expect("a count")
}

#[test]
fn an_operation_s_sample_is_bounded_over_all_its_accounts_in_pairs_and_in_bytes() {
    assert_eq!(watched("cases-accounts", 510, "{}"), 500);
    let long = format!(r#"{{"note":"{}"}}"#, "x".repeat(6 << 20));
    assert_eq!(watched("cases-bytes", 3, &long), 2);
}
