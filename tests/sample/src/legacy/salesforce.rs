//! The legacy connector for Salesforce: contacts.

use serde_json::{Value, json};

use super::{Resource, label, list, number, text};
use crate::account::Account;
use crate::pair::{Exchange, Page};

/// A page; its records are fetched again by id, so they come in the order of their ids.
pub(crate) fn contacts_page(account: Account, page: Page<'_>) -> Exchange {
    let resource = Resource { service: "salesforce", resource: "contacts", path: "/crm/contacts".into() };
    let mut records: Vec<&Value> = page.items().iter().collect();
    records.sort_by_key(|record| record["Id"].to_string());
    let mut exchange = list(account, &resource, page, records.into_iter().map(contact).collect());
    // `sforce-limit-info` counts what was used; Apideck answers what is left.
    exchange.headers.extend([
        ("x-downstream-ratelimit-limit", "15000".to_owned()),
        ("x-downstream-ratelimit-remaining", (14_900 - page.offset).to_string()),
    ]);
    exchange
}

fn contact(record: &Value) -> Value {
    let of = |name: &str| text(&record[name]);
    let phone = |name: &str, kind: &str| match of(name) {
        Value::Null => None,
        number => Some(json!({"number": number, "type": kind})),
    };
    let emails: Vec<Value> = match of("Email") {
        Value::Null => vec![],
        email => vec![json!({"email": email, "type": "primary"})],
    };
    let phones = [phone("Phone", "work"), phone("MobilePhone", "mobile")];
    json!({
        "id": of("Id"),
        "name": of("Name"),
        "owner_id": short_id(&of("OwnerId")),
        "company_id": of("AccountId"),
        "company_name": text(&record["Account"]["Name"]),
        "first_name": of("FirstName"),
        "last_name": of("LastName"),
        "title": of("Title"),
        "department": of("Department"),
        "birthday": of("Birthdate"),
        "lead_source": of("LeadSource"),
        "description": of("Description"),
        "addresses": addresses(record),
        "phone_numbers": phones.into_iter().flatten().collect::<Vec<_>>(),
        "emails": emails,
        "custom_fields": custom_fields(record),
        "opportunity_ids": opportunities(record),
        "last_activity_at": of("LastActivityDate"),
        "updated_at": utc(&record["LastModifiedDate"]),
        "created_at": utc(&record["CreatedDate"]),
    })
}

/// Users are remembered by their ids of fifteen characters, from before Salesforce gave eighteen.
fn short_id(id: &Value) -> Value {
    id.as_str().map_or(Value::Null, |id| json!(id[..15]))
}

fn addresses(record: &Value) -> Vec<Value> {
    let Some(street) = record["MailingStreet"].as_str() else { return vec![] };
    let mut lines = street.split("\r\n");
    vec![json!({
        "type": "primary",
        "line1": lines.next(),
        "line2": lines.next(),
        "city": record["MailingCity"],
        "state": record["MailingState"],
        "postal_code": record["MailingPostalCode"],
        "country": record["MailingCountry"],
    })]
}

fn custom_fields(record: &Value) -> Vec<Value> {
    let fields = record.as_object().expect("a Salesforce record is an object");
    let mut list = Vec::new();
    for (id, value) in fields {
        let Some(name) = id.strip_suffix("__c") else { continue };
        let value = value.as_f64().map_or_else(|| value.clone(), number);
        if !value.is_null() {
            list.push(json!({"id": id, "name": label(name), "value": value}));
        }
    }
    list
}

/// The opportunities among what the open tasks are about, each once for each task.
fn opportunities(record: &Value) -> Vec<&Value> {
    let tasks = record["Tasks"]["records"].as_array();
    let about = tasks.into_iter().flatten().map(|task| &task["What"]);
    about.filter(|what| what["attributes"]["type"] == "Opportunity").map(|what| &what["Id"]).collect()
}

fn utc(time: &Value) -> Value {
    json!(time.as_str().map(|time| time.replace("+0000", "Z")))
}
