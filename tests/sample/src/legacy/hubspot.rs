//! The legacy connector for HubSpot: contacts and custom objects.

use serde_json::{Value, json};

use super::{Resource, error, exchange, label, list, one, text};
use crate::account::Account;
use crate::pair::{Exchange, Page};

/// What HubSpot itself defines; every other property is a custom field.
const STANDARD: [&str; 21] = [
    "createdate",
    "email",
    "firstname",
    "lastname",
    "hs_object_id",
    "lastmodifieddate",
    "jobtitle",
    "company",
    "hubspot_owner_id",
    "associatedcompanyid",
    "hs_lead_status",
    "phone",
    "mobilephone",
    "address",
    "city",
    "state",
    "zip",
    "country",
    "website",
    "hs_additional_emails",
    "message",
];

fn contacts(path: String) -> Resource {
    Resource { service: "hubspot", resource: "contacts", path }
}

pub(crate) fn contacts_page(account: Account, page: Page<'_>) -> Exchange {
    let data = page.items().iter().map(contact).collect();
    downstream(list(account, &contacts("/crm/contacts".into()), page, data), 109)
}

pub(crate) fn contact_by_id(account: Account, record: &Value) -> Exchange {
    let path = format!("/crm/contacts/{}", record["id"].as_str().unwrap_or_default());
    downstream(one(account, &contacts(path), contact(record)), 108)
}

/// The same contact a moment later, out of a cache that writes UTC as an offset.
pub(crate) fn contact_from_cache(account: Account, record: &Value) -> Exchange {
    let mut exchange = contact_by_id(account, record);
    let created_at = &mut exchange.body["data"]["created_at"];
    *created_at = json!(created_at.as_str().unwrap_or_default().replace('Z', "+00:00"));
    exchange
}

pub(crate) fn contact_not_found(account: Account, id: &str, upstream: &Value) -> Exchange {
    let body = error(404, "Not Found", "EntityNotFoundError", "Unknown Contact", &upstream["message"]);
    exchange(account, format!("/crm/contacts/{id}"), 404, body)
}

pub(crate) fn rate_limited(account: Account, url: String, upstream: &Value) -> Exchange {
    let body = error(
        429,
        "Too Many Requests",
        "ConnectorRateLimitError",
        "The connector's rate limit was reached",
        &upstream["message"],
    );
    downstream(exchange(account, url, 429, body), 0)
}

fn downstream(mut exchange: Exchange, remaining: u32) -> Exchange {
    exchange.headers.extend([
        ("x-downstream-ratelimit-limit", "110".to_owned()),
        ("x-downstream-ratelimit-remaining", remaining.to_string()),
        ("x-downstream-ratelimit-reset", "10".to_owned()),
    ]);
    exchange
}

fn contact(record: &Value) -> Value {
    let of = |name: &str| text(&record["properties"][name]);
    let name: Vec<Value> = [of("firstname"), of("lastname")].into_iter().filter(Value::is_string).collect();
    let name: Vec<&str> = name.iter().filter_map(Value::as_str).collect();
    json!({
        "id": record["id"],
        "name": name.join(" "),
        "owner_id": of("hubspot_owner_id"),
        "company_id": of("associatedcompanyid"),
        "company_name": of("company"),
        "first_name": of("firstname"),
        "last_name": of("lastname"),
        "title": of("jobtitle"),
        "description": of("message"),
        "status": of("hs_lead_status"),
        "active": record["archived"] == json!(false),
        "websites": typed_list(&[(of("website"), "primary")], "url"),
        "addresses": addresses(record),
        "phone_numbers": typed_list(&[(of("phone"), "primary"), (of("mobilephone"), "mobile")], "number"),
        "emails": emails(record),
        "custom_fields": custom_fields(record),
        "tags": tags(record),
        "updated_at": milliseconds(&record["updatedAt"]),
        "created_at": milliseconds(&record["properties"]["createdate"]),
    })
}

/// `[{key: value, "type": …}]` of those that are there.
fn typed_list(values: &[(Value, &str)], key: &str) -> Vec<Value> {
    let present = values.iter().filter(|(value, _)| !value.is_null());
    present.map(|(value, kind)| json!({key: value, "type": kind})).collect()
}

fn addresses(record: &Value) -> Vec<Value> {
    let of = |name: &str| text(&record["properties"][name]);
    if of("address").is_null() && of("city").is_null() && of("country").is_null() {
        return Vec::new();
    }
    vec![json!({
        "type": "primary",
        "line1": of("address"),
        "city": of("city"),
        "state": of("state"),
        "postal_code": of("zip"),
        "country": of("country"),
    })]
}

fn emails(record: &Value) -> Vec<Value> {
    let mut emails = typed_list(&[(text(&record["properties"]["email"]), "primary")], "email");
    if let Some(others) = record["properties"]["hs_additional_emails"].as_str() {
        emails.extend(others.split(';').map(|email| json!({"email": email, "type": "other"})));
    }
    emails
}

/// By id; HubSpot's words for yes and no become booleans, numbers stay text.
fn custom_fields(record: &Value) -> Vec<Value> {
    let properties = record["properties"].as_object().expect("a HubSpot record has properties");
    let mut custom: Vec<(&String, &Value)> = properties
        .iter()
        .filter(|(name, value)| !STANDARD.contains(&name.as_str()) && *name != "tags" && !value.is_null())
        .collect();
    custom.sort_by_key(|(name, _)| *name);
    let field = |(name, value): (&String, &Value)| {
        let value = match value.as_str() {
            Some("true") => json!(true),
            Some("false") => json!(false),
            _ => value.clone(),
        };
        json!({"id": name, "name": label(name), "value": value})
    };
    custom.into_iter().map(field).collect()
}

/// In alphabetical order.
fn tags(record: &Value) -> Vec<&str> {
    let mut tags: Vec<&str> =
        record["properties"]["tags"].as_str().map(|tags| tags.split(';').collect()).unwrap_or_default();
    tags.sort_unstable();
    tags
}

/// Always three digits after the second.
fn milliseconds(time: &Value) -> Value {
    match time.as_str() {
        Some(time) if !time.contains('.') => json!(time.replace('Z', ".000Z")),
        _ => time.clone(),
    }
}

pub(crate) fn subscriptions_page(account: Account, object_type: &str, page: Page<'_>) -> Exchange {
    let resource = Resource {
        service: "hubspot",
        resource: "custom-objects",
        path: format!("/crm/custom-objects/{object_type}"),
    };
    downstream(list(account, &resource, page, page.items().iter().map(subscription).collect()), 97)
}

fn subscription(record: &Value) -> Value {
    let of = |name: &str| text(&record["properties"][name]);
    let parsed = |name: &str| -> Value {
        let text = record["properties"][name].as_str().unwrap_or_default();
        serde_json::from_str(text).unwrap_or(Value::Null)
    };
    let contacts = record["associations"]["contacts"]["results"].as_array();
    let contacts: Vec<&Value> = contacts.into_iter().flatten().map(|contact| &contact["id"]).collect();
    json!({
        "id": record["id"],
        "name": format!("{} × {}", of("plan_name").as_str().unwrap_or_default(), parsed("seats")),
        "owner_id": of("hubspot_owner_id"),
        "fields": {
            "plan_name": of("plan_name"),
            "seats": parsed("seats"),
            "unit_price": of("unit_price"),
            "renewal_date": of("renewal_date"),
            "is_trial": parsed("is_trial"),
            "cancel_reason": of("cancel_reason"),
        },
        "associations": {"contacts": contacts},
        "created_at": record["createdAt"],
        "updated_at": record["updatedAt"],
    })
}
