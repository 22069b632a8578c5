//! The workflow files in docs/ci: what their steps say is run here word for word, on a good mapping and on a bad one.

use super::project::{Project, json};
use crate::data;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The moment that the sample is judged at: the steps name none, and the clock must not decide a test.
const AS_OF: &str = "2026-11-24";

const GITHUB: &str = include_str!("../../docs/ci/github-actions.yml");
const GITLAB: &str = include_str!("../../docs/ci/gitlab-ci.yml");

/// What a job's steps came to.
struct Ran {
    code: i32,
    stdout: String,
    summary: String,
    project: Project,
}

/// The sample in a git repository of its own: first as it is, then with a change of one mapping.
fn changed(name: &str, mapping: &str) -> (Project, String) {
    let project = Project::new(name, "");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["mappings", "recordings"] {
        copy(&root.join(folder), &project.path(folder));
    }
    for file in ["cutover.toml", "accounts.csv"] {
        std::fs::copy(root.join(file), project.path(file)).expect("the sample is there");
    }
    project.write(".gitignore", "/reports\n/bin\n*.accepted.json.new\n");
    git(&project, &["init", "-q"]);
    commit(&project);
    let base = git(&project, &["rev-parse", "HEAD"]);
    project.write("mappings/crm/contacts.list.response.jsonata", mapping);
    commit(&project);
    (project, base.trim().to_owned())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder of the test");
    for entry in std::fs::read_dir(from).expect("a folder of the sample") {
        let entry = entry.expect("an entry of the sample");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("a file of the sample");
        }
    }
}

fn commit(project: &Project) {
    git(project, &["add", "."]);
    git(project, &["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all"]);
}

fn git(project: &Project, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(project.path("")).args(arguments).output();
    let output = output.expect("git is installed where this repository was cloned");
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).expect("git writes UTF-8")
}

/// Runs shell steps as the forge does: each in a shell of its own that stops at the first failure, all in the checkout.
/// Steps after one that failed are run too, for they are those that always tell what was found.
fn run(project: Project, steps: &[String], variables: &[(&str, &str)], oracle: &Path) -> Ran {
    let program = env!("CARGO_BIN_EXE_cutover");
    project.write("bin/cutover", format!("#!/bin/sh\nexec {program} \"$@\" --as-of {AS_OF}\n"));
    let script = project.path("bin/cutover");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(script, mode).expect("it was just written");
    project.write("summary.md", "");
    let path = std::env::var("PATH").unwrap_or_default();
    let (mut code, mut stdout) = (0, String::new());
    for step in steps {
        let output = Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", step])
            .current_dir(project.path(""))
            .env("PATH", format!("{}:{path}", project.path("bin").display()))
            .env("CI", "true")
            .env("GITHUB_STEP_SUMMARY", project.path("summary.md"))
            .env("CUTOVER_ORACLE", oracle)
            .envs(variables.iter().copied())
            .output()
            .expect("bash is installed");
        stdout += &String::from_utf8_lossy(&output.stdout);
        let ended = output.status.code().unwrap_or(-1);
        stdout += &String::from_utf8_lossy(&output.stderr);
        code = if code == 0 { ended } else { code };
    }
    let summary = std::fs::read_to_string(project.path("summary.md")).expect("it was written");
    Ran { code, stdout, summary, project }
}

/// The shell steps of the GitHub job, but those that install a program: it is built here.
fn github_steps() -> Vec<String> {
    let workflow: Value = serde_saphyr::from_str(GITHUB).expect("it is YAML");
    let steps = workflow["jobs"]["mapping-change"]["steps"].as_array().expect("a job has steps").clone();
    let is_here = |step: &Value| {
        step["run"].is_string() && !step["name"].as_str().is_some_and(|name| name.starts_with("Install "))
    };
    let steps: Vec<String> = steps
        .iter()
        .filter(|step| is_here(step))
        .filter_map(|step| Some(step["run"].as_str()?.to_owned()))
        .collect();
    assert_eq!(steps.len(), 2, "the workflow has other steps than this test knows");
    steps
}

fn gitlab_steps() -> Vec<String> {
    let file: Value = serde_saphyr::from_str(GITLAB).expect("it is YAML");
    let script = file["cutover"]["script"].as_array().expect("a job has a script").clone();
    script.iter().map(|line| line.as_str().expect("it is text").to_owned()).collect()
}

fn oracle() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle");
    let folder = std::env::var_os("CUTOVER_ORACLE").map_or(target, PathBuf::from);
    data::existing(folder.join("jsonata-2.2.1"), "install the JavaScript engine, or set CUTOVER_ORACLE")?;
    Some(folder)
}

fn good() -> String {
    let mapping = include_str!("../../mappings/crm/contacts.list.response.jsonata");
    format!("/* The same, said at greater length. */\n{mapping}")
}

const BAD: &str = include_str!("../broken/contacts.list.response.jsonata");

#[test]
fn the_steps_for_github_pass_a_good_change_of_a_mapping() {
    let Some(oracle) = oracle() else { return };
    let (project, base) = changed("ci-github-good", &good());
    let ran = run(project, &github_steps(), &[("BASE", &base)], &oracle);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.summary.starts_with("## ✅ No difference in 138 pairs"), "{}", ran.summary);
    assert!(!ran.stdout.contains("::error"), "{}", ran.stdout);
}

#[test]
fn the_steps_for_github_refuse_a_bad_one_at_its_lines() {
    let Some(oracle) = oracle() else { return };
    let (project, base) = changed("ci-github-bad", BAD);
    let ran = run(project, &github_steps(), &[("BASE", &base)], &oracle);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let file = "mappings/crm/contacts.list.response.jsonata";
    assert!(ran.stdout.contains(&format!("::error file={file},line=64,col=21,")), "{}", ran.stdout);
    let log = json(&ran.project.path("reports/check/results.sarif"));
    let results = log["runs"][0]["results"].as_array().expect("there is a list");
    let line_64 = results.iter().any(|result| {
        let place = &result["locations"][0]["physicalLocation"];
        result["ruleId"] == "value"
            && place["artifactLocation"]["uri"] == file
            && place["region"]["startLine"] == 64
    });
    assert!(line_64, "{results:#?}");
    // In CI nothing waits to be accepted.
    assert!(!ran.project.path("mappings/crm/contacts.list.accepted.json.new").exists());
}

#[test]
fn a_difference_that_was_accepted_passes() {
    let Some(oracle) = oracle() else { return };
    // Company ids as numbers where legacy has texts: a change that somebody may want, with its cases.
    let mapping = include_str!("../../mappings/crm/contacts.list.response.jsonata");
    let changed_mapping = mapping.replace("\"title\": ", "\"title\": \"Dr \" & ");
    assert_ne!(changed_mapping, mapping);
    let (project, base) = changed("ci-accepted", &changed_mapping);
    for arguments in [vec!["check", "-q"], vec!["accept"], vec!["mapping", "test", "--accept"]] {
        let status = Command::new(env!("CARGO_BIN_EXE_cutover"))
            .current_dir(project.path(""))
            .args(&arguments)
            .args(["--as-of", AS_OF])
            .env_remove("CI")
            .status()
            .expect("the program was built for this test");
        let expected = if arguments[0] == "check" { 1 } else { 0 };
        assert_eq!(status.code(), Some(expected), "{arguments:?}");
    }
    commit(&project);
    let ran = run(project, &github_steps(), &[("BASE", &base)], &oracle);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}

#[test]
fn the_script_for_gitlab_passes_a_good_change_and_refuses_a_bad_one() {
    let Some(oracle) = oracle() else { return };
    for (name, mapping, expected) in [("ci-gitlab-good", good(), 0), ("ci-gitlab-bad", BAD.to_owned(), 1)] {
        let (project, base) = changed(name, &mapping);
        let ran = run(project, &gitlab_steps(), &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base)], &oracle);
        assert_eq!(ran.code, expected, "{}", ran.stdout);
        assert!(ran.project.path("reports/check/junit.xml").is_file());
    }
}

/// What both forges demand of the parts that are written; the whole schemas are not at hand.
#[test]
fn the_workflow_files_have_the_shape_that_their_forges_ask() {
    for (text, schema) in [
        (GITHUB, include_str!("ci/github-workflow.subset.schema.json")),
        (GITLAB, include_str!("ci/gitlab-ci.subset.schema.json")),
    ] {
        let file: Value = serde_saphyr::from_str(text).expect("it is YAML");
        let schema: Value = serde_json::from_str(schema).expect("it is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
        let errors: Vec<String> =
            validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new());
        let mut broken = file.clone();
        broken["jobs"] = Value::Null;
        broken["cutover"] = Value::Null;
        assert!(!validator.is_valid(&broken), "a file without a job is accepted");
    }
}
