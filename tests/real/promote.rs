//! The fewest pairs become cassettes: they show all that was recorded, say what each is there for, and are counted once.

use super::project::{MIGRATION, Project, argument, json, mapping, totals};
use crate::data;
use serde_json::{Value, json};

/// A key of the tests; it protects nothing.
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const OPERATION: &str = "\n[[operations]]\nname = \"a.list\"\ntolerances = [\"t.toml\"]\n";
const TOLERANCE: &str = "[[tolerance]]\npath = \"$.n\"\nrule = \"number_text\"\nreason = \"r\"\nowner = \"o\"\nuntil = 9999-12-31\n";

fn project(name: &str) -> Project {
    let project = Project::new(name, &format!("{MIGRATION}{OPERATION}"));
    project.write("t.toml", TOLERANCE);
    project
}

/// A pair as a line, with these bodies and an answer of this status on legacy's side.
fn line(name: &str, status: u16, legacy: &str, new: &str) -> String {
    let answer = |status: u16, body: &str| {
        format!(r#"[{{"response":{{"status":{status},"body":{{"json":{body}}}}}}}]"#)
    };
    format!(
        "{{\"version\":1,\"id\":\"a.list/{name}\",\"operation\":\"a.list\",\"legacy\":{},\"new\":{},\
         \"redaction\":{{\"version\":1,\"key\":\"0123abcd\"}}}}\n",
        answer(status, legacy),
        answer(200, new)
    )
}

fn promote(project: &Project, more: &[&str], code: i32) -> Value {
    let run = project.expect(&[&["recordings", "promote", "--format", "json"], more].concat(), code);
    serde_json::from_str(&run.stdout).expect("it prints JSON")
}

/// By promoted pair, what is told of what it shows, one a line.
fn shown(told: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let cell = |cell: &Value| match cell.get("fact") {
        Some(fact) => text(fact),
        None => format!(
            "{} {} {} {}",
            text(&cell["side"]),
            cell["status"],
            text(&cell["path"]),
            text(&cell["case"])
        ),
    };
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let one = |one: &Value| (text(&one["pair"]), list(&one["shows"]).iter().map(cell).collect());
    list(&told["promoted"]).iter().map(one).collect()
}

#[test]
fn the_fewest_pairs_that_show_everything_become_cassettes_and_say_what_they_are_there_for() {
    let project = project("promote-fewest");
    let lines = [
        line("1", 200, r#"{"l":[],"n":1}"#, r#"{"l":[],"n":1}"#),
        line("2", 200, r#"{"l":[1],"n":1}"#, r#"{"l":[1],"n":1}"#),
        line("3", 200, r#"{"l":[1,2],"n":1}"#, r#"{"l":[1,2],"n":1.0}"#),
        line("4", 200, r#"{"l":[1,2],"n":1}"#, r#"{"l":[1,2],"n":2}"#),
        line("5", 404, r#"{"message":"gone"}"#, r#"{"l":[],"n":1}"#),
        line("6", 200, r#"{"l":[1],"n":1}"#, r#"{"l":[1],"n":1}"#),
    ];
    project.write("recordings/live.jsonl", lines.concat());
    let dry = promote(&project, &["--dry-run"], 0);
    assert!(!project.path("recordings/a.list").exists(), "a dry run writes nothing");
    let told = promote(&project, &[], 0);
    assert_eq!(told["promoted"], dry["promoted"]);
    let named = |text: &[&str]| text.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let expected = [
        (
            "a.list/3",
            named(&[
                "legacy 200 $ object",
                "legacy 200 $.l list of several",
                "legacy 200 $.l[*] number",
                "legacy 200 $.n 1",
                "legacy 200 $.n number",
                "new 200 $ object",
                "new 200 $.l list of several",
                "new 200 $.l[*] number",
                "new 200 $.n number with fraction or exponent",
                "legacy answered 200 with JSON",
                "new answered 200 with JSON",
                "number_text at $.n, excused by number_text at $.n",
                "source is absent",
                "tolerated",
            ]),
        ),
        (
            "a.list/5",
            named(&[
                "legacy 404 $ object",
                "legacy 404 $.message text",
                "new 200 $.l list of none",
                "new 200 $.n number",
                "different",
                "extra at $.l",
                "extra at $.n",
                "legacy answered 404 with JSON",
                "missing at $.message",
                "value at status",
            ]),
        ),
        ("a.list/2", named(&["legacy 200 $.l list of one", "new 200 $.l list of one", "same"])),
        ("a.list/1", named(&["legacy 200 $.l list of none"])),
        ("a.list/4", named(&["value at $.n"])),
    ];
    assert_eq!(shown(&told), expected.map(|(pair, cells)| (pair.to_owned(), cells)));
    assert_eq!(
        told["totals"],
        json!({"cassettes": 0, "pairs": 6, "unreadable": 0, "of_other_operations": 0, "duplicates": 0, "refused": 0,
               "cells": 29, "covered_before": 0, "promoted": 5, "facts_left_out": 0})
    );
    let cassette = json(&project.path("recordings/a.list/4.json"));
    assert_eq!(cassette["new"][0]["response"]["body"]["json"], json!({"l": [1, 2], "n": 2}));
    // The pairs lie twice now, and are judged once.
    project.expect(&["check"], 1);
    assert_eq!(totals(&project.verdicts()), [6, 3, 1, 2, 0]);

    // What cassettes show already is not promoted again, and a later pair only for what is new in it.
    let again = project.expect(&["recordings", "promote"], 0);
    assert_eq!(again.stdout, "5 cassettes show all 29 cells: 1 other pair shows nothing more.\n");
    let later = line("7", 200, r#"{"l":null,"n":1}"#, r#"{"l":null,"n":1}"#);
    project.write("recordings/live.jsonl", format!("{}{later}", lines.concat()));
    let told = promote(&project, &[], 0);
    let expected = named(&["legacy 200 $.l null", "new 200 $.l null"]);
    assert_eq!(shown(&told), [("a.list/7".to_owned(), expected)]);
}

#[test]
fn what_was_kept_in_clear_is_promoted_with_pseudonyms() {
    let project = project("promote-clear");
    let line = line("ada@lovelace.example", 200, r#"{"email":"ada@lovelace.example"}"#, "null");
    let clear = r#""redaction":{"version":1,"none":true}"#;
    let line = line.replace(r#""redaction":{"version":1,"key":"0123abcd"}"#, clear);
    assert!(line.contains(clear));
    project.write("recordings/live.jsonl", line);
    let mut command = project.command(&["recordings", "promote"]);
    let output =
        command.env("CUTOVER_REDACTION_KEY", KEY).output().expect("the program was built for this test");
    let said = String::from_utf8(output.stdout).expect("the program writes UTF-8");
    assert!(output.status.success() && !said.contains("lovelace"), "{said}");
    let files = data::files(&project.path("recordings/a.list"));
    assert_eq!(files.len(), 1);
    let text = std::fs::read_to_string(&files[0]).expect("it was written");
    assert!(!text.contains("lovelace") && text.contains("\"key\": \"41e0cc39\""), "{text}");
}

#[test]
fn a_file_that_is_in_the_way_is_not_written_over() {
    let project = project("promote-in-the-way");
    project.write("captured/live.jsonl", line("1", 200, "1", "1"));
    // No pair is in it, so that it is no cassette of anything.
    project.write("recordings/a.list/1.json", "{}");
    let run = project.expect(&["recordings", "promote", "--from", "captured"], 2);
    assert!(run.stdout.contains("a.list/1: not written, "), "{}", run.stdout);
    assert!(run.stdout.contains("1 record could not be read"), "{}", run.stdout);
    assert_eq!(std::fs::read_to_string(project.path("recordings/a.list/1.json")).expect("it is there"), "{}");
}

#[test]
fn nothing_to_choose_from_is_said_and_is_no_success() {
    let project = project("promote-nothing");
    let run = project.expect(&["recordings", "promote"], 3);
    assert_eq!(run.stdout, "There is no pair to choose from beside 0 cassettes.\n");
    let run = project.expect(&["recordings", "promote", "a.lst"], 2);
    assert_eq!(run.stderr, "error: the configuration has no operation `a.lst`: did you mean `a.list`?\n");
}

#[test]
fn the_same_pairs_are_promoted_with_any_number_of_threads() {
    let Some(folder) = data::find("1-raw-to-unified/three-way") else { return };
    let operation = format!(
        "{MIGRATION}\n[[operations]]\nname = \"crm.contacts\"\nmap_from = \"source\"\nmapping = \"{}\"\n\
         source = {{ method = \"GET\", path = \"/contacts\" }}\n",
        mapping("hubspot-contacts")
    );
    let project = Project::new("promote-threads", &operation);
    let rows = folder.join("hubspot/contacts.jsonl");
    let text = std::fs::read_to_string(&rows).expect("the rows are text");
    let numbered = text.lines().enumerate().map(|(n, line)| format!("{{\"n\":{n},{}\n", &line[1..]));
    project.write("rows.jsonl", numbered.collect::<String>());
    let file = project.path("rows.jsonl");
    let import = ["import", "jsonl", argument(&file), "--operation", "crm.contacts", "--id", "/n"];
    let sides = ["--legacy", "/legacy", "--new", "/new", "--source", "/raw"];
    project.expect(&[&import[..], &sides].concat(), 0);
    let [one, eight] = ["1", "8"].map(|jobs| promote(&project, &["--dry-run", "--jobs", jobs], 0));
    assert_eq!(one, eight);
    let count = |name: &str| one["totals"][name].as_u64().expect("the totals are counts");
    data::report(&format!(
        "three-way contacts: {} of {} pairs show all {} cells",
        count("promoted"),
        count("pairs"),
        count("cells")
    ));
    assert!(count("promoted") > 1 && count("promoted") * 2 < count("pairs"), "{}", one["totals"]);
    // What was promoted shows it all: nothing is left to promote.
    promote(&project, &[], 0);
    let again = promote(&project, &[], 0);
    assert_eq!(
        (&again["totals"]["promoted"], &again["totals"]["cells"]),
        (&json!(0), &one["totals"]["cells"])
    );
}
