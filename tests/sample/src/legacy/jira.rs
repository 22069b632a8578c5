//! The legacy connector for Jira: issues as tickets, with rich text rendered as plain text.

use serde_json::{Value, json};

use super::{Resource, list, text};
use crate::account::Account;
use crate::pair::{Exchange, Page};

pub(crate) fn tickets_page(account: Account, project: &str, page: Page<'_>) -> Exchange {
    let resource = Resource {
        service: "jira",
        resource: "tickets",
        path: format!("/issue-tracking/collections/{project}/tickets"),
    };
    list(account, &resource, page, page.items().iter().map(|issue| ticket(project, issue)).collect())
}

fn ticket(project: &str, issue: &Value) -> Value {
    let fields = &issue["fields"];
    let labels = fields["labels"].as_array();
    let tags: Vec<Value> =
        labels.into_iter().flatten().map(|label| json!({"id": label, "name": label})).collect();
    let assignees: Vec<Value> = match &fields["assignee"] {
        Value::Null => vec![],
        person => vec![json!({
            "id": person["accountId"],
            "name": person["displayName"],
            "email": person["emailAddress"],
        })],
    };
    json!({
        "id": issue["id"],
        "parent_id": fields["parent"]["id"],
        "collection_id": project,
        "key": issue["key"],
        "type": fields["issuetype"]["name"],
        "subject": fields["summary"],
        "description": description(&fields["description"]),
        "status": if fields["status"]["statusCategory"]["key"] == "done" { "closed" } else { "open" },
        "priority": priority(&fields["priority"]),
        "assignees": assignees,
        "tags": tags,
        "due_date": fields["duedate"],
        "created_by": fields["reporter"]["accountId"],
        "completed_at": utc(&fields["resolutiondate"]),
        "updated_at": utc(&fields["updated"]),
        "created_at": utc(&fields["created"]),
    })
}

fn priority(priority: &Value) -> Value {
    match priority["name"].as_str() {
        Some("Highest") => json!("urgent"),
        Some("Lowest") => json!("low"),
        Some(name) => json!(name.to_lowercase()),
        None => Value::Null,
    }
}

/// The blocks of a document, a line each; `null` for none.
fn description(document: &Value) -> Value {
    let blocks = document["content"].as_array();
    blocks.map_or(Value::Null, |blocks| json!(blocks.iter().map(plain).collect::<Vec<_>>().join("\n")))
}

fn plain(node: &Value) -> String {
    let kind = node["type"].as_str().unwrap_or_default();
    let children = node["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let parts = || children.iter().map(plain).collect::<Vec<_>>();
    match kind {
        "text" => node["text"].as_str().unwrap_or_default().to_owned(),
        "hardBreak" => "\n".to_owned(),
        "mention" | "emoji" => text(&node["attrs"]["text"]).as_str().unwrap_or_default().to_owned(),
        "bulletList" | "orderedList" => parts().join("\n"),
        "listItem" => format!("- {}", parts().join("\n")),
        _ => parts().concat(),
    }
}

/// The same instant in UTC; the upstream's hours are such that the day stays.
fn utc(time: &Value) -> Value {
    let Some(time) = time.as_str() else { return Value::Null };
    let (local, zone) = time.split_at(time.len() - "+0000".len());
    let east: u32 = zone[1..3].parse().expect("a zone has two digits of hours");
    let hour: u32 = local[11..13].parse().expect("a time has two digits of hours");
    json!(format!("{}{:02}{}Z", &local[..11], hour - east, &local[13..]))
}
