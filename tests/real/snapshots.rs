//! Differences that were reviewed: what waits, what a key decides, what is never written in CI.

use super::project::{Project, Run, json, pair};
use serde_json::Value;

const CONFIGURATION: &str = r#"
[migration]
name = "snapshots"

[[operations]]
name = "crm.contacts.list"
mapping = "mappings/crm/contacts.list.response.jsonata"

[[operations]]
name = "crm.deals.list"
"#;

const ACCEPTED: &str = "mappings/crm/contacts.list.accepted.json";
const PENDING: &str = "mappings/crm/contacts.list.accepted.json.new";
const MAPPING: &str = "mappings/crm/contacts.list.response.jsonata";

/// Two groups in one operation (a `name` of another case, a `phone` that is gone), one in the other.
fn project(name: &str) -> Project {
    let project = Project::new(name, CONFIGURATION);
    project.write(MAPPING, "{\n  \"name\": $uppercase(name),\n  \"id\": id\n}\n");
    let mut legacy = br#"{"name":"Ada","id":1,"phone":"5550100"}"#.to_vec();
    project.write("recordings/crm.contacts.list/1.json", pair("crm.contacts.list/1", &legacy, &legacy));
    legacy = br#"{"name":"Bob","id":2,"phone":"5550199"}"#.to_vec();
    project.write("recordings/crm.contacts.list/2.json", pair("crm.contacts.list/2", &legacy, &legacy));
    project
        .write("recordings/crm.deals.list/1.json", pair("crm.deals.list/1", b"{\"sum\":1}", b"{\"sum\":2}"));
    project
}

fn run_in(project: &Project, arguments: &[&str], ci: Option<&str>, typed: &str) -> Run {
    let mut command = project.command(arguments);
    match ci {
        Some(value) => command.env("CI", value),
        None => command.env_remove("CI"),
    };
    Run::told(&mut command, typed)
}

#[track_caller]
fn expect(project: &Project, arguments: &[&str], typed: &str, code: i32) -> String {
    let run = run_in(project, arguments, None, typed);
    assert_eq!(run.code, code, "cutover {arguments:?}\n{}\n{}", run.stdout, run.stderr);
    run.stdout
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// The groups of a snapshot as `operation field kind`.
fn groups(project: &Project, file: &str) -> Vec<String> {
    if !project.path(file).exists() {
        return vec!["no file".to_owned()];
    }
    let snapshot = json(&project.path(file));
    let operations = snapshot["operations"].as_object().expect("there are operations");
    let of = |(name, operation): (&String, &Value)| {
        let groups = operation["groups"].as_array().expect("there are groups").clone();
        let line = |group: Value| {
            let text = |key: &str| group[key].as_str().expect("it is text").to_owned();
            format!("{name} {} {}", text("field"), text("kind"))
        };
        groups.into_iter().map(line).collect::<Vec<_>>()
    };
    operations.iter().flat_map(of).collect()
}

#[test]
fn what_differs_waits_beside_its_mapping_until_each_group_is_decided() {
    let project = project("snapshot-review");
    let said = expect(&project, &["check"], "", 1);
    assert_eq!(
        last_line(&said),
        "3 groups of differences: 0 accepted, 3 new. `cutover review` goes through them."
    );
    let both = ["crm.contacts.list $.name case", "crm.contacts.list $.phone missing"];
    assert_eq!(groups(&project, PENDING), both);
    assert_eq!(groups(&project, ACCEPTED), ["no file"]);
    assert_eq!(groups(&project, "mappings/crm/deals.list.accepted.json.new"), ["crm.deals.list $.sum value"]);

    // The first is skipped, an unknown key asks again, the second is accepted, the third rejected.
    let said = expect(&project, &["review"], "s\nx\na\nr\n", 1);
    assert_eq!(last_line(&said), "1 group accepted, 1 rejected, 1 left to review.");
    assert!(
        said.contains("made by  mappings/crm/contacts.list.response.jsonata:2:11  $uppercase(name)"),
        "{said}"
    );
    assert_eq!(groups(&project, ACCEPTED), [both[1]]);
    assert_eq!(groups(&project, PENDING), both);
    // What was rejected waits no longer, until the next check finds it.
    assert_eq!(groups(&project, "mappings/crm/deals.list.accepted.json.new"), ["no file"]);
    assert_eq!(groups(&project, "mappings/crm/deals.list.accepted.json"), ["no file"]);

    let said = expect(&project, &["check"], "", 1);
    assert_eq!(
        last_line(&said),
        "3 groups of differences: 1 accepted, 2 new. `cutover review` goes through them."
    );
    let said = expect(&project, &["review"], "A", 0);
    assert_eq!(last_line(&said), "2 groups accepted, 0 rejected, 0 left to review.");
    assert_eq!(groups(&project, PENDING), ["no file"]);

    // An accepted difference is a difference still.
    let said = expect(&project, &["check"], "", 1);
    assert_eq!(last_line(&said), "3 groups of differences, as accepted.");
    let said = expect(&project, &["review"], "", 0);
    assert_eq!(said, "Nothing waits to be reviewed: `cutover check` finds what does.\n");
}

#[test]
fn a_mapping_that_is_mended_leaves_an_obsolete_group() {
    let project = project("snapshot-gone");
    expect(&project, &["check"], "", 1);
    expect(&project, &["accept", "crm.contacts.list"], "", 0);
    assert_eq!(groups(&project, "mappings/crm/deals.list.accepted.json"), ["no file"]);
    project.write(MAPPING, "{\n\n  \"name\": name,\n  \"id\": id\n}\n");
    // Of the other operation nothing is said: it was not judged.
    let said = expect(&project, &["check", "crm.contacts.list"], "", 1);
    assert_eq!(
        last_line(&said),
        "1 group of differences: 1 accepted, 1 accepted and gone. `cutover review` goes through them."
    );
    let listed = expect(&project, &["review", "crm.contacts.list", "--format", "json"], "", 1);
    let listed: Value = serde_json::from_str(&listed).expect("it is JSON");
    assert_eq!(listed["waiting"][0]["change"], "gone");
    assert_eq!(listed["waiting"][0]["snapshot"], ACCEPTED);
    let said = expect(&project, &["accept"], "", 0);
    assert!(said.starts_with("gone   crm.contacts.list  $.name  case\n"), "{said}");
    assert_eq!(groups(&project, ACCEPTED), ["crm.contacts.list $.phone missing"]);
}

#[test]
fn one_more_pair_or_another_value_is_not_what_was_accepted() {
    let project = project("snapshot-other");
    expect(&project, &["check"], "", 1);
    expect(&project, &["accept"], "", 0);
    let legacy = br#"{"name":"Eve","id":3,"phone":"5550100"}"#;
    project.write("recordings/crm.contacts.list/3.json", pair("crm.contacts.list/3", legacy, legacy));
    let said = expect(&project, &["check"], "", 1);
    assert_eq!(
        last_line(&said),
        "3 groups of differences: 1 accepted, 2 not as accepted. `cutover review` goes through them."
    );
}

#[test]
fn a_snapshot_that_no_operation_is_for_any_more_is_obsolete() {
    let project = project("snapshot-stray");
    expect(&project, &["check"], "", 1);
    expect(&project, &["accept"], "", 0);
    let without = CONFIGURATION.split("[[operations]]\nname = \"crm.deals").next().expect("it begins so");
    project.write("cutover.toml", without);
    std::fs::remove_dir_all(project.path("recordings/crm.deals.list")).expect("it is there");
    let said = expect(&project, &["check"], "", 1);
    assert_eq!(
        last_line(&said),
        "2 groups of differences: 2 accepted, 1 accepted and gone. `cutover review` goes through them."
    );
    expect(&project, &["accept"], "", 0);
    assert_eq!(groups(&project, "mappings/crm/deals.list.accepted.json"), ["no file"]);
    let said = expect(&project, &["check"], "", 1);
    assert_eq!(last_line(&said), "2 groups of differences, as accepted.");
}

#[test]
fn in_ci_nothing_waits_and_nothing_is_accepted() {
    let project = project("snapshot-ci");
    for ci in ["true", "1"] {
        assert_eq!(run_in(&project, &["check"], Some(ci), "").code, 1);
        assert_eq!(groups(&project, PENDING), ["no file"]);
    }
    expect(&project, &["check"], "", 1);
    for command in ["accept", "review"] {
        let refused = run_in(&project, &[command], Some("true"), "A");
        assert_eq!(refused.code, 2, "{}", refused.stdout);
        assert!(refused.stderr.contains(&format!("{command}: not in CI")), "{}", refused.stderr);
    }
    assert_eq!(groups(&project, ACCEPTED), ["no file"]);
    // `false` is how some systems say that this is none.
    assert_eq!(run_in(&project, &["accept"], Some("false"), "").code, 0);
}

#[test]
fn nothing_is_written_beside_a_mapping_of_somebody_else() {
    let project = project("snapshot-outside");
    let outside = project.path("../real-snapshot-outside-mapping.jsonata");
    std::fs::copy(project.path(MAPPING), &outside).expect("it is there");
    let moved = CONFIGURATION.replace(MAPPING, "../real-snapshot-outside-mapping.jsonata");
    project.write("cutover.toml", moved);
    expect(&project, &["check"], "", 1);
    assert_eq!(
        groups(&project, PENDING),
        ["crm.contacts.list $.name case", "crm.contacts.list $.phone missing"]
    );
    assert!(!project.path("../real-snapshot-outside-mapping.accepted.json.new").exists());
    std::fs::remove_file(outside).expect("it was made here");
}

#[test]
fn a_snapshot_that_a_merge_left_torn_is_told_with_its_file() {
    let project = project("snapshot-torn");
    project.write(ACCEPTED, "<<<<<<< HEAD\n{}\n");
    for command in [["check"], ["review"], ["accept"]] {
        let run = run_in(&project, &command, None, "");
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(
            run.stderr.contains(&format!("the snapshot {ACCEPTED}: it is no snapshot")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn equal_runs_leave_equal_bytes() {
    let project = project("snapshot-bytes");
    let mut texts = Vec::new();
    for jobs in ["1", "4"] {
        expect(&project, &["check", "--jobs", jobs], "", 1);
        texts.push(std::fs::read_to_string(project.path(PENDING)).expect("it waits"));
    }
    assert_eq!(texts[0], texts[1]);
}
