//! Jira Cloud: issues as API v3 answers them, with rich text in the Atlassian document format.

use serde_json::{Value, json};

use super::people::PEOPLE;
use crate::seed::Seed;

/// An account's project key.
pub(crate) fn project(account: &str) -> &'static str {
    if account.starts_with("globex") { "ENG" } else { "OPS" }
}

/// The issues of an account's project, oldest first.
pub(crate) fn issues(account: &str) -> Vec<Value> {
    let mut seed = Seed::of(account);
    (0..14).map(|index| issue(account, index, &mut seed)).collect()
}

fn issue(account: &str, index: usize, seed: &mut Seed) -> Value {
    let key = project(account);
    // One site lies in UTC, the other an hour east of it.
    let zone = if key == "ENG" { "+0000" } else { "+0100" };
    let number = 101 + index;
    let id = (10_400 + 7 * index).to_string();
    let done = index % 3 == 2;
    let reporter = PEOPLE[(index * 5) % PEOPLE.len()];
    let mut fields = json!({
        "summary": seed.pick(&["Export times out", "Rename \"Plan\" to “Tier”", "Größe wird falsch angezeigt", "Crash on <script> in title"]),
        "issuetype": {"id": "10002", "name": seed.pick(&["Bug", "Task", "Story"]), "subtask": false},
        "project": {"id": "10010", "key": key, "name": "Delivery"},
        "status": {
            "id": if done { "10003" } else { "3" },
            "name": if done { "Done" } else { "In Progress" },
            "statusCategory": {"id": if done { 3 } else { 4 }, "key": if done { "done" } else { "indeterminate" }},
        },
        "priority": if index % 7 == 6 { Value::Null } else { json!({"id": "2", "name": seed.pick(&["High", "Medium", "Lowest"])}) },
        "labels": match index % 3 { 0 => json!([]), 1 => json!(["export"]), _ => json!(["ui", "regression", "2026-q4"]) },
        "assignee": if index % 4 == 3 { Value::Null } else { person(index, seed) },
        "reporter": {"accountId": account_id(index * 5), "displayName": format!("{} {}", reporter.0, reporter.1), "active": true},
        "description": description(index),
        "duedate": if index.is_multiple_of(2) { json!(seed.moment(2027).date()) } else { Value::Null },
        "resolutiondate": if done { json!(seed.moment(2026).with_zone(zone)) } else { Value::Null },
        "created": seed.moment(2025).with_zone(zone),
        "updated": seed.moment(2026).with_zone(zone),
    });
    if index % 5 == 4 {
        fields["parent"] = json!({"id": "10400", "key": format!("{key}-101")});
    }
    json!({
        "expand": "names,schema",
        "id": id,
        "self": format!("https://api.atlassian.com/ex/jira/7d0e5c1a/rest/api/3/issue/{id}"),
        "key": format!("{key}-{number}"),
        "fields": fields,
    })
}

fn person(index: usize, seed: &mut Seed) -> Value {
    let (first, last, handle) = PEOPLE[(index * 3 + 1) % PEOPLE.len()];
    let mut person = json!({
        "accountId": account_id(index * 3 + 1),
        "displayName": format!("{first} {last}"),
        "active": true,
        "timeZone": "Europe/Oslo",
    });
    // People may hide their address.
    if seed.below(3) > 0 {
        person["emailAddress"] = json!(format!("{handle}@example.com"));
    }
    person
}

fn account_id(person: usize) -> String {
    format!("712020:5b1f-{:04x}", 4_096 + person * 37)
}

fn description(index: usize) -> Value {
    let content = match index % 5 {
        0 => json!([
            {"type": "paragraph", "content": [
                {"type": "text", "text": "The export stops at "},
                {"type": "text", "text": "10 000 rows", "marks": [{"type": "strong"}]},
                {"type": "text", "text": "; see "},
                {"type": "text", "text": "the log", "marks": [{"type": "link", "attrs": {"href": "https://example.com/log?id=7&full=1"}}]},
                {"type": "text", "text": "."},
            ]},
        ]),
        1 => json!([
            {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Steps"}]},
            {"type": "bulletList", "content": [
                {"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "open “Pläne”"}]}]},
                {"type": "listItem", "content": [{"type": "paragraph", "content": [
                    {"type": "text", "text": "ask "},
                    {"type": "mention", "attrs": {"id": account_id(1), "text": "@Åsa Lindqvist"}},
                ]}]},
            ]},
            {"type": "paragraph", "content": []},
        ]),
        2 => json!([
            {"type": "codeBlock", "attrs": {"language": "js"}, "content": [{"type": "text", "text": "if (a < b) {\n  throw \"x\";\n}"}]},
            {"type": "paragraph", "content": [
                {"type": "text", "text": "first line"},
                {"type": "hardBreak"},
                {"type": "text", "text": "second line "},
                {"type": "emoji", "attrs": {"shortName": ":fox:", "text": "🦊"}},
            ]},
        ]),
        3 => return Value::Null,
        _ => {
            json!([{"type": "paragraph", "content": [{"type": "text", "text": "Wie in der vorigen Aufgabe, aber für alle Standorte. ".repeat(12).trim_end()}]}])
        }
    };
    json!({"type": "doc", "version": 1, "content": content})
}
