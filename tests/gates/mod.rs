//! Gates and bundles from outside: what is decided, what it rests on, and what is found when that changes.

mod bundles;
mod change;
mod deciding;

use serde_json::{Value, json};

use crate::real::project::Project;

/// One operation of one account: small enough that every file of it can be changed.
const CONFIGURATION: &str = r#"
# The migration of these tests, with a comment in which a letter may change.
[migration]
name = "gates"

[accounts]
file = "accounts.csv"

[[operations]]
name = "crm.contacts.list"
mapping = "mappings/crm/contacts.list.response.jsonata"
tolerances = ["mappings/crm/contacts.tolerances.toml"]
consumes = ["$.status", "$.id"]
critical = ["$.id"]
values = { "$.status" = ["open", "closed"] }
"#;

/// A project with pairs of its accounts, a case and a tolerance.
fn project(name: &str, gates: &str) -> Project {
    let project = Project::new(&format!("gates-{name}"), &format!("{CONFIGURATION}\n{gates}"));
    project.write("accounts.csv", "account,integration,legacy,new\nacme,some-crm,1,2\nglobex,some-crm,3,4\n");
    project
        .write("mappings/crm/contacts.list.response.jsonata", "{\"id\": id, \"status\": state, \"at\": at}");
    let cases = "mappings/crm/cases/contacts.list.response/one";
    project.write(&format!("{cases}.input.json"), r#"{"id":1,"state":"open","at":"x"}"#);
    project.write(&format!("{cases}.expected.json"), r#"{"id":1,"status":"open","at":"x"}"#);
    project.write("mappings/crm/contacts.tolerances.toml", tolerances("2027-03-31"));
    for (index, account) in ["acme", "globex"].into_iter().enumerate() {
        let id = format!("crm.contacts.list/{index}");
        project.write(&format!("recordings/{id}.json"), pair(&id, account).to_string());
    }
    project
}

fn tolerances(until: &str) -> String {
    format!(
        "[[tolerance]]\npath = \"$.at\"\nrule = \"same_instant\"\nreason = \"two spellings\"\nowner = \"crm@acme.example\"\nuntil = {until}\n"
    )
}

/// A pair in which a tolerance excuses how an instant is written.
fn pair(id: &str, account: &str) -> Value {
    let exchange = |body: Value, ms: u64| json!([{"elapsed_ms": ms, "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": {"json": body}}}]);
    json!({
        "version": 1,
        "id": id,
        "operation": "crm.contacts.list",
        "account": account,
        "recorded_at": "2026-11-19T12:00:00Z",
        "legacy": exchange(json!({"id": 7, "status": "open", "at": "2026-01-01T00:00:00Z"}), 100),
        "new": exchange(json!({"id": 7, "state": "open", "at": "2026-01-01T00:00:00.000Z"}), 110),
    })
}

/// What a condition says, each as its answer and what it is about.
fn readings(bundle: &Value, condition: &str) -> Vec<(String, String)> {
    let all = bundle["readings"].as_array().expect("a bundle has readings");
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    let of = all.iter().filter(|reading| reading["condition"] == condition);
    of.map(|reading| (text(&reading["answer"]), text(&reading["about"]))).collect()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}
