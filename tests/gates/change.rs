//! `mapping-change` asks git what was there before.

use std::process::Command;

use super::{project, readings, tolerances};
use crate::real::project::{Project, json};

fn git(project: &Project, arguments: &[&str]) {
    let status = Command::new("git").arg("-C").arg(project.path("")).args(arguments).status();
    assert!(
        status.expect("git is installed where this repository was cloned").success(),
        "git {arguments:?}"
    );
}

/// Everything committed.
fn committed(name: &str) -> Project {
    let project = project(name, "[gates.mapping-change]\nbase = \"HEAD\"\n");
    project.write(".gitignore", "/reports\n");
    git(&project, &["init", "-q"]);
    git(&project, &["add", "."]);
    git(&project, &["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all"]);
    project
}

/// What one condition of the gate says, after a change.
fn said(project: &Project, condition: &str) -> Vec<(String, String)> {
    let run = project.run(&["gate", "mapping-change"]);
    assert!(run.code == 1 || run.code == 3, "{}{}", run.stdout, run.stderr);
    readings(&json(&project.path("reports/gates/mapping-change.json")), condition)
}

fn one(answer: &str, about: &str) -> Vec<(String, String)> {
    vec![(answer.to_owned(), about.to_owned())]
}

#[test]
fn a_tolerance_that_holds_longer_is_not_reviewed_until_somebody_says_so() {
    let project = committed("widened");
    assert_eq!(said(&project, "tolerances-widened"), one("pass", ""));
    project.write("mappings/crm/contacts.tolerances.toml", tolerances("2027-12-31"));
    let at = "mappings/crm/contacts.tolerances.toml:1";
    assert_eq!(said(&project, "tolerances-widened"), one("inconclusive", at));
    let configuration = std::fs::read_to_string(project.path("cutover.toml")).expect("it is text");
    let waiver = "waivers = [{ condition = \"tolerances-widened\", reason = \"agreed\", owner = \"lead\", until = 2026-12-31 }]";
    project.write("cutover.toml", format!("{configuration}{waiver}\n"));
    assert_eq!(said(&project, "tolerances-widened"), one("pass", at));
}

#[test]
fn a_mapping_of_which_less_is_exercised_than_before_fails() {
    let project = committed("coverage");
    assert_eq!(said(&project, "coverage-kept"), one("pass", ""));
    let mapping = "mappings/crm/contacts.list.response.jsonata";
    let branches = "{\"id\": id, \"status\": state = \"x\" ? \"never\" : state, \"at\": at}";
    project.write(mapping, branches);
    assert_eq!(said(&project, "coverage-kept"), one("fail", mapping));
    assert!(!project.path("reports/gates/.before").exists(), "the base's mappings are gone again");
}

#[test]
fn a_base_that_git_does_not_have_is_inconclusive() {
    let project = committed("no-base");
    let run = project.run(&["gate", "mapping-change", "--base", "no-such-branch"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let bundle = json(&project.path("reports/gates/mapping-change.json"));
    assert_eq!(readings(&bundle, "tolerances-widened"), one("inconclusive", ""));
    assert_eq!(readings(&bundle, "coverage-kept"), one("inconclusive", ""));
    project.expect(&["gate", "mapping-change", "--base=--output=x"], 2);
}

#[test]
fn a_case_that_fails_fails_the_gate() {
    let project = committed("case");
    assert_eq!(said(&project, "cases"), one("pass", ""));
    let expected = "mappings/crm/cases/contacts.list.response/one.expected.json";
    project.write(expected, r#"{"id":2,"status":"open","at":"x"}"#);
    assert_eq!(said(&project, "cases"), one("fail", expected));
}
