//! An Apideck-shaped unified API: everything in an envelope, cursors in `meta`, the upstream's limits in headers of its own.

pub mod vault;

use serde_json::{Map, Value, json};

use super::hubspot;
use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::limits::Left;
use crate::paging::{Mark, Order, page};
use crate::reply::{Reply, phrase};
use crate::upstream::{Access, Account, Integration, Record};
use crate::world::World;

const SALT: &str = "em9oby1jcm06OnBhZ2U6";
/// No page is larger.
pub const LIMIT_MAX: usize = 200;
const LIMIT_DEFAULT: usize = 20;

/// Answers; `x-apideck-consumer-id` says whose account.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    let request_id = format!("req_{:08x}", fingerprint(&asked.target));
    if asked.bearer() != Some(KEY) || asked.header("x-apideck-app-id").is_none() {
        return error(401, "UnauthorizedError", "Unauthorized Request").with("Request-Id", request_id);
    }
    let name = asked.reaches.as_deref().or(asked.header("x-apideck-consumer-id")).unwrap_or("").to_owned();
    let Some(account) = world.upstream.by_name(&name) else {
        return error(404, "ConnectionNotFoundError", "Unknown connection").with("Request-Id", request_id);
    };
    let integration = account.integration;
    if asked.header("x-apideck-service-id").is_some_and(|service| service != integration.name()) {
        return error(404, "ConnectionNotFoundError", "Unknown connection").with("Request-Id", request_id);
    }
    let quota = match integration {
        Integration::HubSpot => world.limits.hubspot,
        Integration::NetSuite => world.limits.netsuite,
    };
    let revoked = account.access == Access::Revoked;
    let left = world.meter.hit(&format!("{} {name}", integration.name()), quota, now_ms);
    let reply = if revoked {
        credentials()
    } else if left.is_within {
        within(asked, world, &name, now_ms)
    } else {
        error(429, "ConnectorRateLimitError", "The connector's rate limit was reached")
    };
    // NetSuite tells no limits, so there is nothing to pass on.
    let reply = if integration == Integration::HubSpot { limited(reply, left) } else { reply };
    reply.with("Request-Id", request_id)
}

fn within(asked: &Asked, world: &mut World, name: &str, now_ms: i64) -> Reply {
    let Some(account) = world.upstream.by_name_mut(name) else {
        return error(404, "ConnectionNotFoundError", "Unknown connection");
    };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET" | "HEAD", ["crm", "contacts"]) => list(asked, account, "contacts", "contacts", contact),
        ("GET" | "HEAD", ["crm", "contacts", id]) => one(account, "contacts", "contacts", id, contact),
        ("GET" | "HEAD", ["accounting", "customers"]) => {
            list(asked, account, "customer", "customers", customer)
        }
        ("GET" | "HEAD", ["accounting", "customers", id]) => {
            one(account, "customer", "customers", id, customer)
        }
        ("GET" | "HEAD", ["crm", "custom-objects", kind]) if hubspot::is_custom(kind) => {
            list(asked, account, kind, "custom-objects", subscription)
        }
        ("POST", ["crm", "contacts"]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let id = account.create("contacts", properties(&body), now_ms);
            written(201, account.integration, "add", &id.to_string())
        }
        ("PATCH", ["crm", "contacts", id]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let record =
                id.parse().ok().and_then(|id: u64| account.collections.get_mut("contacts")?.get_mut(&id));
            let Some(record) = record else { return unknown("Contact") };
            record.fields.extend(properties(&body));
            record.updated_ms = now_ms;
            written(200, account.integration, "update", id)
        }
        ("DELETE", ["crm", "contacts", id]) => {
            let records = account.collections.get_mut("contacts");
            let gone = id.parse().ok().and_then(|id: u64| records?.remove(&id));
            if gone.is_some() { written(200, account.integration, "delete", id) } else { unknown("Contact") }
        }
        _ => error(404, "EntityNotFoundError", "Unknown resource"),
    }
}

fn list(
    asked: &Asked,
    account: &Account,
    collection: &str,
    resource: &str,
    shape: fn(&Record) -> Value,
) -> Reply {
    let limit = match asked.count("limit", LIMIT_DEFAULT, LIMIT_MAX) {
        Ok(limit) => limit,
        Err(why) => return error(400, "RequestValidationError", &why),
    };
    let cursor = asked.parameter("cursor").filter(|cursor| !cursor.is_empty());
    let after = cursor.map(|cursor| Mark::parse(cursor, SALT));
    if after == Some(None) {
        return error(400, "InvalidCursorError", "Invalid cursor");
    }
    let wanted =
        asked.parameter("filter[ids]").map(|ids| ids.split(',').map(str::to_owned).collect::<Vec<_>>());
    let records = account
        .collection(collection)
        .filter(move |record| wanted.as_ref().is_none_or(|ids| ids.contains(&record.id.to_string())));
    let (records, next) = page(records, Order::Id, after.flatten(), limit);
    let data: Vec<Value> = records.into_iter().map(shape).collect();
    let next = next.map(|next| next.cursor(SALT));
    let link = |cursor: Option<&str>| {
        let query = cursor.map(|cursor| format!("?cursor={cursor}")).unwrap_or_default();
        format!("https://unify.apideck.com/{}{query}", asked.segments.join("/"))
    };
    let mut body = envelope(200, account.integration, resource, "all");
    body.insert("data".to_owned(), json!(data));
    body.insert(
        "meta".to_owned(),
        json!({"items_on_page": data.len(), "cursors": {"previous": null, "current": cursor, "next": next}}),
    );
    if next.is_some() || cursor.is_some() {
        let links = json!({"previous": null, "current": link(cursor), "next": next.as_deref().map(|next| link(Some(next)))});
        body.insert("links".to_owned(), links);
    }
    Reply::json(200, Value::Object(body))
}

fn one(account: &Account, collection: &str, resource: &str, id: &str, shape: fn(&Record) -> Value) -> Reply {
    let Some(record) = account.record(collection, id) else {
        return unknown(if collection == "customer" { "Customer" } else { "Contact" });
    };
    let mut body = envelope(200, account.integration, resource, "one");
    body.insert("data".to_owned(), shape(record));
    Reply::json(200, Value::Object(body))
}

fn written(status: u16, integration: Integration, operation: &str, id: &str) -> Reply {
    let mut body = envelope(status, integration, "contacts", operation);
    body.insert("data".to_owned(), json!({ "id": id }));
    Reply::json(status, Value::Object(body))
}

fn envelope(status: u16, integration: Integration, resource: &str, operation: &str) -> Map<String, Value> {
    let mut envelope = Map::new();
    envelope.insert("status_code".to_owned(), json!(status));
    envelope.insert("status".to_owned(), json!(phrase(status)));
    for (name, value) in [("service", integration.name()), ("resource", resource), ("operation", operation)] {
        envelope.insert(name.to_owned(), json!(value));
    }
    envelope
}

fn text(record: &Record, field: &str) -> Value {
    record.text(field).filter(|text| !text.is_empty()).map_or(Value::Null, |text| json!(text))
}

/// Elements of a list that the record has.
fn listed(items: impl IntoIterator<Item = Option<Value>>) -> Value {
    Value::Array(items.into_iter().flatten().collect())
}

fn contact(record: &Record) -> Value {
    let has = |field: &str| record.text(field).filter(|text| !text.is_empty()).map(str::to_owned);
    let names: Vec<String> = ["firstname", "lastname"].into_iter().filter_map(has).collect();
    let mut tags: Vec<&str> =
        record.text("tags").unwrap_or("").split(';').filter(|tag| !tag.is_empty()).collect();
    tags.sort_unstable();
    let custom = ["is_partner", "lifetime_value", "loyalty_tier"].into_iter().map(|id| {
        let value = match record.text(id)? {
            "true" => json!(true),
            "false" => json!(false),
            text => json!(text),
        };
        Some(json!({"id": id, "name": label(id), "value": value}))
    });
    let address = json!({
        "type": "primary", "line1": text(record, "address"), "city": text(record, "city"),
        "state": text(record, "state"), "postal_code": text(record, "zip"), "country": text(record, "country"),
    });
    json!({
        "id": record.id.to_string(),
        "name": names.join(" "),
        "owner_id": text(record, "hubspot_owner_id"),
        "company_id": text(record, "associatedcompanyid"),
        "company_name": text(record, "company"),
        "first_name": text(record, "firstname"),
        "last_name": text(record, "lastname"),
        "title": text(record, "jobtitle"),
        "description": text(record, "message"),
        "status": text(record, "hs_lead_status"),
        "active": true,
        "websites": listed([has("website").map(|url| json!({"url": url, "type": "primary"}))]),
        "addresses": listed([has("city").map(|_| address)]),
        "phone_numbers": listed([
            has("phone").map(|number| json!({"number": number, "type": "primary"})),
            has("mobilephone").map(|number| json!({"number": number, "type": "mobile"})),
        ]),
        "emails": listed([has("email").map(|email| json!({"email": email, "type": "primary"}))]),
        "custom_fields": listed(custom),
        "tags": tags,
        "updated_at": rfc3339(record.updated_ms),
        "created_at": rfc3339(record.created_ms),
    })
}

/// `loyalty_tier` is shown as `Loyalty Tier`.
fn label(id: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    id.split('_').map(word).collect::<Vec<String>>().join(" ")
}

/// Words for yes and no become booleans, and the count a number; a price stays a text, for `1.10` is not `1.1`.
fn subscription(record: &Record) -> Value {
    let seats = record.text("seats").and_then(|text| text.parse::<u64>().ok());
    let plan = record.text("plan_name").unwrap_or_default();
    let contacts: Vec<String> = record.contacts.iter().map(u64::to_string).collect();
    json!({
        "id": record.id.to_string(),
        "name": format!("{plan} × {}", seats.unwrap_or_default()),
        "owner_id": text(record, "hubspot_owner_id"),
        "fields": {
            "plan_name": text(record, "plan_name"),
            "seats": seats,
            "unit_price": text(record, "unit_price"),
            "renewal_date": text(record, "renewal_date"),
            "is_trial": record.text("is_trial") == Some("true"),
            "cancel_reason": text(record, "cancel_reason"),
        },
        "associations": {"contacts": contacts},
        "created_at": rfc3339(record.created_ms),
        "updated_at": rfc3339(record.updated_ms),
    })
}

fn customer(record: &Record) -> Value {
    let is_person = record.text("isperson") == Some("T");
    let has = |field: &str| record.text(field).map(str::to_owned);
    let names: Vec<String> = ["firstname", "lastname"].into_iter().filter_map(has).collect();
    // As JavaScript prints numbers: 170, and 170.5.
    let balance = record.text("balance").and_then(|text| format!("0{text}").parse::<f64>().ok());
    let balance =
        balance.map(|number| if number.fract() == 0.0 { json!(number as i64) } else { json!(number) });
    let seconds = |ms: i64| rfc3339(ms - ms.rem_euclid(1_000)).replace(".000Z", "Z");
    json!({
        "id": record.id.to_string(),
        "display_id": text(record, "entityid"),
        "display_name": if is_person { json!(names.join(" ")) } else { text(record, "companyname") },
        "company_name": text(record, "companyname"),
        "first_name": text(record, "firstname"),
        "last_name": text(record, "lastname"),
        "individual": is_person,
        "addresses": listed([has("addr1").map(|line1| json!({
            "type": "billing", "line1": line1, "line2": text(record, "addr2"), "city": text(record, "city"),
            "state": text(record, "state"), "postal_code": text(record, "zip"), "country": text(record, "country"),
        }))]),
        "emails": listed([has("email").map(|email| json!({"email": email, "type": "primary"}))]),
        "phone_numbers": listed([has("phone").map(|number| json!({"number": number, "type": "primary"}))]),
        "websites": listed([has("url").map(|url| json!({"url": url, "type": "work"}))]),
        "tax_number": text(record, "vatregnumber"),
        "notes": text(record, "comments"),
        "currency": text(record, "currency"),
        "balance": balance,
        "status": if record.text("isinactive") == Some("T") { "archived" } else { "active" },
        "custom_fields": listed([has("custentity_tier").map(|tier| json!({"id": "custentity_tier", "value": tier}))]),
        "updated_at": seconds(record.updated_ms),
        "created_at": seconds(record.created_ms),
    })
}

/// What is written, in the upstream's fields.
fn properties(body: &Value) -> Map<String, Value> {
    let names = [
        ("first_name", "firstname"),
        ("last_name", "lastname"),
        ("title", "jobtitle"),
        ("description", "message"),
    ];
    let mut fields = Map::new();
    for (ours, theirs) in names {
        if let Some(value) = body.get(ours) {
            fields.insert(theirs.to_owned(), value.clone());
        }
    }
    if let Some(email) = body.pointer("/emails/0/email") {
        fields.insert("email".to_owned(), email.clone());
    }
    fields
}

fn unknown(what: &str) -> Reply {
    error(404, "EntityNotFoundError", &format!("Unknown {what}"))
}

/// An error.
pub fn error(status: u16, type_name: &str, message: &str) -> Reply {
    Reply::json(
        status,
        json!({
            "status_code": status, "error": phrase(status), "type_name": type_name, "message": message,
            "detail": if status == 404 { "resource not found" } else { message },
            "ref": format!("https://developers.apideck.com/errors#{}", type_name.to_lowercase()),
        }),
    )
}

/// The upstream took the refresh token back.
fn credentials() -> Reply {
    let mut reply = error(401, "ConnectorCredentialsError", "The connector's credentials were refused");
    if let crate::reply::Content::Json(body) = &mut reply.content {
        body["detail"] = json!({
            "type": "refresh_token_connector_error", "message": "Failed to refresh token",
            "debug": {"response": {"statusCode": 401, "data": {"error": "invalid_grant"}}},
        });
    }
    reply
}

fn limited(reply: Reply, left: Left) -> Reply {
    reply
        .with("x-downstream-ratelimit-limit", left.quota.requests)
        .with("x-downstream-ratelimit-remaining", left.remaining)
        .with("x-downstream-ratelimit-reset", left.resets_in_s)
}

/// FNV-1a: short, and the same for the same request.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
