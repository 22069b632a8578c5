//! A Truto-shaped provider: unified, proxy and custom API; limits of its own beside the upstream's, told apart by a flag.

pub mod accounts;

use serde_json::{Map, Value, json};

use super::{hubspot, netsuite};
use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::limits::{Left, Quota};
use crate::paging::{Mark, Order, page};
use crate::reply::{Reply, phrase};
use crate::seed::SUBSCRIPTION_TYPE;
use crate::upstream::{Access, Account, Integration, Record};
use crate::world::World;

const SALT: &str = "tr";
/// No page is larger.
pub const LIMIT_MAX: usize = 100;
const LIMIT_DEFAULT: usize = 50;
/// What the integration's resource `subscriptions` asks HubSpot for.
const SUBSCRIPTION_PROPERTIES: [&str; 7] =
    ["plan_name", "seats", "unit_price", "renewal_date", "is_trial", "cancel_reason", "hubspot_owner_id"];
/// Seconds that a caller waits who was over a limit of the provider's own.
const OWN_RETRY_AFTER_S: u32 = 10;

/// Answers; `integrated_account_id` says whose account.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    if asked.bearer() != Some(KEY) {
        return error(401, "Unauthorized");
    }
    let Some(id) = asked.parameter("integrated_account_id").map(str::to_owned) else {
        return error(400, "integrated_account_id is required");
    };
    let account = match &asked.reaches {
        Some(name) => world.upstream.by_name(name),
        None => world.upstream.by_new_id(&id),
    };
    let Some(account) = account else { return error(404, "Integrated account not found") };
    let (name, integration, access) = (account.name.clone(), account.integration, account.access);
    let own = [("token", world.limits.truto_token), (id.as_str(), world.limits.truto_account)];
    for (caller, quota) in own {
        if !world.meter.hit(&format!("truto {caller}"), quota, now_ms).is_within {
            // No flag and no ratelimit headers: this limit is not the upstream's.
            return error(429, "Rate limit exceeded").with("Retry-After", OWN_RETRY_AFTER_S);
        }
    }
    let quota = match integration {
        Integration::HubSpot => world.limits.hubspot,
        Integration::NetSuite => world.limits.netsuite,
    };
    let left = world.meter.hit(&format!("{} {name}", integration.name()), quota, now_ms);
    let reply = match (left.is_within, access) {
        (false, _) => throttled(integration),
        (true, Access::Revoked) => remote(401, &refused(integration)),
        (true, Access::Granted) => within(asked, world, &name, now_ms),
    };
    // The headers are absent entirely where the upstream tells nothing.
    if integration == Integration::HubSpot { limited(reply, left) } else { reply }
}

fn within(asked: &Asked, world: &mut World, name: &str, now_ms: i64) -> Reply {
    let Some(account) = world.upstream.by_name_mut(name) else {
        return error(404, "Integrated account not found");
    };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET" | "HEAD", ["unified", "crm", "contacts"]) => {
            list(asked, account, "contacts", |record| unified(record, asked))
        }
        ("GET" | "HEAD", ["unified", "crm", "contacts", id]) => match account.record("contacts", id) {
            Some(record) => Reply::json(200, unified(record, asked)),
            None => remote(404, &hubspot::error_body("resource not found")),
        },
        ("POST", ["proxy", "suiteql", "query"]) => match netsuite::query(asked, account) {
            // A single proxied answer is the upstream's own, verbatim.
            Ok(rows) => Reply::json(200, rows),
            Err(why) => remote(400, &netsuite::error_body(400, "INVALID_PARAMETER", &why)),
        },
        ("POST", ["custom", "services", "rest", "query", "v1", "suiteql"]) => custom(asked, account),
        ("GET", ["custom", "account-info", "v3", "details"]) => Reply::json(200, hubspot::details(account)),
        ("GET" | "HEAD", ["custom", "crm", "v3", "objects", kind]) => custom_objects(asked, account, kind),
        ("GET" | "HEAD", ["proxy", "subscriptions"]) => {
            let properties = SUBSCRIPTION_PROPERTIES;
            let shape = |record: &Record| hubspot::custom_object(record, &properties, true);
            list(asked, account, SUBSCRIPTION_TYPE, shape)
        }
        ("GET" | "HEAD", ["proxy", resource]) if is_resource(account, resource) => {
            list(asked, account, resource, hubspot::object)
        }
        ("GET" | "HEAD", ["proxy", resource, id]) if is_resource(account, resource) => {
            match account.record(resource, id) {
                Some(record) => Reply::json(200, hubspot::object(record)),
                None => remote(404, &hubspot::error_body("resource not found")),
            }
        }
        ("POST", ["unified", "crm", "contacts"]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let id = account.create("contacts", properties(&body), now_ms);
            let made = account.record("contacts", &id.to_string()).map(|record| unified(record, asked));
            Reply::json(201, made.unwrap_or_default())
        }
        ("PATCH", ["unified", "crm", "contacts", id]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let record =
                id.parse().ok().and_then(|id: u64| account.collections.get_mut("contacts")?.get_mut(&id));
            let Some(record) = record else { return remote(404, &hubspot::error_body("resource not found")) };
            record.fields.extend(properties(&body));
            record.updated_ms = now_ms;
            Reply::json(200, unified(record, asked))
        }
        ("DELETE", ["unified", "crm", "contacts", id]) => {
            let records = account.collections.get_mut("contacts");
            match id.parse().ok().and_then(|id: u64| records?.remove(&id)) {
                Some(_) => Reply::json(200, json!({ "id": id })),
                None => remote(404, &hubspot::error_body("resource not found")),
            }
        }
        _ => error(404, "Not Found"),
    }
}

/// The proxy knows what the integration names; the type of a custom object is no name.
fn is_resource(account: &Account, name: &str) -> bool {
    account.collections.contains_key(name) && !hubspot::is_custom(name)
}

fn list(asked: &Asked, account: &Account, collection: &str, shape: impl Fn(&Record) -> Value) -> Reply {
    let limit = match asked.count("limit", LIMIT_DEFAULT, LIMIT_MAX) {
        Ok(limit) => limit,
        Err(why) => return error(400, &why),
    };
    // An empty cursor asks for the first page: the provider's own library sends it so.
    let cursor = asked.parameter("next_cursor").filter(|cursor| !cursor.is_empty());
    let after = cursor.map(|cursor| Mark::parse(cursor, SALT));
    if after == Some(None) {
        return error(400, "next_cursor is invalid");
    }
    let wanted = asked.parameter("ids").map(|ids| ids.split(',').map(str::to_owned).collect::<Vec<_>>());
    let records = account
        .collection(collection)
        .filter(move |record| wanted.as_ref().is_none_or(|ids| ids.contains(&record.id.to_string())));
    let (records, next) = page(records, Order::ChangedLast, after.flatten(), limit);
    let result: Vec<Value> = records.into_iter().map(shape).collect();
    let count = result.len();
    Reply::json(
        200,
        json!({
            "result": result, "next_cursor": next.map(|next| next.cursor(SALT)), "prev_cursor": null,
            "result_count": count,
        }),
    )
}

/// The custom API wraps what the upstream's list holds.
fn custom(asked: &Asked, account: &Account) -> Reply {
    match netsuite::query(asked, account) {
        Ok(mut rows) => {
            let next = rows["hasMore"].as_bool().unwrap_or(false).then(|| {
                let limit = rows["count"].as_u64().unwrap_or(0);
                (rows["offset"].as_u64().unwrap_or(0) + limit).to_string()
            });
            Reply::json(
                200,
                json!({"result": rows["items"].take(), "next_cursor": next, "prev_cursor": null}),
            )
        }
        Err(why) => remote(400, &netsuite::error_body(400, "INVALID_PARAMETER", &why)),
    }
}

/// The path and the query go to HubSpot; what its list holds is wrapped, and its own cursor is the next one.
fn custom_objects(asked: &Asked, account: &Account, kind: &str) -> Reply {
    let cursor = asked.parameter("next_cursor").or(asked.parameter("after"));
    match hubspot::objects(asked, account, kind, cursor.filter(|cursor| !cursor.is_empty())) {
        Ok(mut page) => Reply::json(
            200,
            json!({
                "result": page["results"].take(),
                "next_cursor": page["paging"]["next"]["after"].take(),
                "prev_cursor": null,
            }),
        ),
        Err(why) => remote(400, &hubspot::error_body(&why)),
    }
}

/// A contact of the unified model; with what the upstream said, unless that is not wanted.
fn unified(record: &Record, asked: &Asked) -> Value {
    let has = |field: &str| record.text(field).filter(|text| !text.is_empty());
    let mut contact = Map::new();
    let mut set = |name: &str, value: Value| drop(contact.insert(name.to_owned(), value));
    set("id", json!(record.id.to_string()));
    // What is missing is left out: a mapping that finds nothing makes no key.
    for (name, field) in [("first_name", "firstname"), ("last_name", "lastname")] {
        if let Some(text) = has(field) {
            set(name, json!(text));
        }
    }
    let names: Vec<&str> = ["firstname", "lastname"].into_iter().filter_map(has).collect();
    set("name", json!(names.join(" ")));
    if let Some(title) = has("jobtitle") {
        set("title", json!(title));
    }
    for (name, field) in [("account", "associatedcompanyid"), ("owner", "hubspot_owner_id")] {
        if let Some(id) = has(field) {
            set(name, json!({ "id": id }));
        }
    }
    let mails = has("email").map(|email| json!({"email": email, "type": "primary"}));
    set("email_addresses", json!(mails.into_iter().collect::<Vec<Value>>()));
    let phones = [("mobilephone", "mobile"), ("phone", "work")];
    let phones =
        phones.into_iter().filter_map(|(field, kind)| Some(json!({"number": has(field)?, "type": kind})));
    set("phone_numbers", json!(phones.collect::<Vec<Value>>()));
    let mut address = Map::new();
    for (name, field) in [
        ("street_1", "address"),
        ("city", "city"),
        ("state", "state"),
        ("postal_code", "zip"),
        ("country", "country"),
    ] {
        if let Some(text) = has(field) {
            address.insert(name.to_owned(), json!(text));
        }
    }
    set("addresses", if has("city").is_some() { json!([address]) } else { json!([]) });
    let urls = has("website").map(|url| json!({"url": url, "type": "website"}));
    set("urls", json!(urls.into_iter().collect::<Vec<Value>>()));
    let tags = has("tags").map(|tags| tags.split(';').collect::<Vec<_>>());
    set("tags", json!(tags.unwrap_or_default()));
    set("created_at", json!(rfc3339(record.created_ms)));
    set("updated_at", json!(rfc3339(record.updated_ms)));
    set("is_archived", json!(false));
    let mut custom = Map::new();
    for field in ["company", "hs_lead_status", "message", "is_partner", "lifetime_value", "loyalty_tier"] {
        if let Some(text) = has(field) {
            custom.insert(field.to_owned(), json!(text));
        }
    }
    set("custom_fields", Value::Object(custom));
    if asked.parameter("truto_ignore_remote_data") != Some("true") {
        set("remote_data", hubspot::object(record));
    }
    Value::Object(contact)
}

/// What is written, in the upstream's fields.
fn properties(body: &Value) -> Map<String, Value> {
    let mut fields = Map::new();
    for (ours, theirs) in [("first_name", "firstname"), ("last_name", "lastname"), ("title", "jobtitle")] {
        if let Some(value) = body.get(ours) {
            fields.insert(theirs.to_owned(), value.clone());
        }
    }
    if let Some(email) = body.pointer("/email_addresses/0/email") {
        fields.insert("email".to_owned(), email.clone());
    }
    fields
}

/// An error of the provider's own.
pub fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({"statusCode": status, "error": phrase(status), "message": message}))
}

/// An error that the upstream gave.
fn remote(status: u16, raw: &Value) -> Reply {
    let message = raw["message"].as_str().unwrap_or("");
    let body = json!({
        "statusCode": status, "error": phrase(status), "message": message,
        "truto_is_remote_error": true, "raw_response": raw,
    });
    Reply::json(status, body)
}

fn throttled(integration: Integration) -> Reply {
    remote(
        429,
        &match integration {
            Integration::HubSpot => hubspot::throttled_body(),
            Integration::NetSuite => netsuite::throttled_body(),
        },
    )
}

fn refused(integration: Integration) -> Value {
    match integration {
        Integration::HubSpot => {
            hubspot::error_body("The OAuth token used to make this call expired or was revoked.")
        }
        Integration::NetSuite => netsuite::error_body(401, "INVALID_LOGIN", "Invalid login attempt."),
    }
}

fn limited(reply: Reply, left: Left) -> Reply {
    let Quota { requests, seconds } = left.quota;
    reply
        .with("ratelimit-limit", format!("{requests};w={seconds}"))
        .with("ratelimit-remaining", left.remaining)
        .with("ratelimit-reset", left.resets_in_s)
}
