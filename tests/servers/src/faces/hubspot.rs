//! HubSpot's CRM objects, version 3: pages by `after`, errors with a correlation id, its own rate-limit headers.

use serde_json::{Map, Value, json};

use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::limits::Left;
use crate::paging::{Mark, Order, page};
use crate::reply::Reply;
use crate::upstream::{Access, Account, Record};
use crate::world::World;

const SALT: &str = "hs";
/// No page is larger.
pub const LIMIT_MAX: usize = 100;
const LIMIT_DEFAULT: usize = 10;

/// Answers; an account is known by its access token, `Bearer at-<account>`.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    let Some(name) = asked.bearer().and_then(|token| token.strip_prefix("at-")) else {
        return error(401, "Authentication credentials not found.");
    };
    let name = name.to_owned();
    if world.upstream.by_name(&name).is_none_or(|account| account.access == Access::Revoked) {
        return error(401, "The OAuth token used to make this call expired or was revoked.");
    }
    let left = world.meter.hit(&format!("hubspot {name}"), world.limits.hubspot, now_ms);
    if !left.is_within {
        return limited(throttled(), left);
    }
    limited(within(asked, world, &name, now_ms), left)
}

fn within(asked: &Asked, world: &mut World, name: &str, now_ms: i64) -> Reply {
    let Some(account) = world.upstream.by_name_mut(name) else { return error(401, "unknown account") };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET" | "HEAD", ["crm", "v3", "objects", collection]) => {
            match objects(asked, account, collection, asked.parameter("after")) {
                Ok(list) => Reply::json(200, list),
                Err(why) => error(400, &why),
            }
        }
        ("POST", ["crm", "v3", "objects", collection, "search"]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let limit = body["limit"].as_u64().unwrap_or(10).clamp(1, 200) as usize;
            let after = body["after"].as_str().and_then(|after| Mark::parse(after, SALT));
            let total = account.collection(collection).count();
            let (records, next) = page(account.collection(collection), Order::Id, after, limit);
            let mut found = list(records, next, collection, shape(asked, collection));
            found["total"] = json!(total);
            Reply::json(200, found)
        }
        ("GET" | "HEAD", ["crm", "v3", "objects", collection, id]) => match account.record(collection, id) {
            Some(record) => Reply::json(200, shape(asked, collection)(record)),
            None => error(404, "resource not found"),
        },
        ("POST", ["crm", "v3", "objects", collection]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let fields = body["properties"].as_object().cloned().unwrap_or_default();
            let id = account.create(collection, fields, now_ms);
            let made = account.record(collection, &id.to_string()).map(object);
            Reply::json(201, made.unwrap_or_default())
        }
        _ => error(405, "Method Not Allowed"),
    }
}

/// The page of a collection that is asked for. Of a custom object only those properties and associations come that are asked for.
pub fn objects(
    asked: &Asked,
    account: &Account,
    collection: &str,
    after: Option<&str>,
) -> Result<Value, String> {
    let limit = asked.count("limit", LIMIT_DEFAULT, LIMIT_MAX)?;
    let after = after.map(|after| Mark::parse(after, SALT).ok_or("Invalid input for parameter after"));
    let (records, next) = page(account.collection(collection), Order::Id, after.transpose()?, limit);
    Ok(list(records, next, collection, shape(asked, collection)))
}

/// A list as HubSpot answers it.
pub fn list(
    records: Vec<&Record>,
    next: Option<Mark>,
    collection: &str,
    shape: impl Fn(&Record) -> Value,
) -> Value {
    let mut list = json!({ "results": records.into_iter().map(shape).collect::<Vec<Value>>() });
    if let Some(after) = next.map(|next| next.cursor(SALT)) {
        let link = format!("https://api.hubapi.com/crm/v3/objects/{collection}?after={after}");
        list["paging"] = json!({"next": {"after": after, "link": link}});
    }
    list
}

/// How a collection's records look, as far as the query says it.
fn shape(asked: &Asked, collection: &str) -> impl Fn(&Record) -> Value {
    let names = |parameter| asked.parameter(parameter).into_iter().flat_map(|names| names.split(','));
    let properties: Vec<&str> = names("properties").collect();
    let has_contacts = names("associations").any(|name| name == "contacts");
    let is_custom = is_custom(collection);
    move |record| if is_custom { custom_object(record, &properties, has_contacts) } else { object(record) }
}

/// The types of custom objects are numbers: `2-` and the portal's own.
pub fn is_custom(collection: &str) -> bool {
    collection.starts_with("2-")
}

/// A record of a custom object.
pub fn custom_object(record: &Record, asked: &[&str], has_contacts: bool) -> Value {
    let mut properties = Map::new();
    properties.insert("hs_createdate".to_owned(), json!(rfc3339(record.created_ms)));
    properties.insert("hs_lastmodifieddate".to_owned(), json!(rfc3339(record.updated_ms)));
    properties.insert("hs_object_id".to_owned(), json!(record.id.to_string()));
    let known = record.fields.iter().filter(|(name, _)| asked.contains(&name.as_str()));
    properties.extend(known.map(|(name, value)| (name.clone(), value.clone())));
    let mut object = json!({
        "id": record.id.to_string(),
        "properties": properties,
        "createdAt": rfc3339(record.created_ms),
        "updatedAt": rfc3339(record.updated_ms),
        "archived": false,
    });
    // Left out where nothing is associated.
    if has_contacts && !record.contacts.is_empty() {
        let contacts = record.contacts.iter();
        let results: Vec<Value> =
            contacts.map(|id| json!({"id": id.to_string(), "type": "subscription_to_contact"})).collect();
        object["associations"] = json!({"contacts": {"results": results}});
    }
    object
}

/// A record as HubSpot answers it: every property a text.
pub fn object(record: &Record) -> Value {
    let mut properties = Map::new();
    properties.insert("createdate".to_owned(), json!(rfc3339(record.created_ms)));
    properties.insert("hs_object_id".to_owned(), json!(record.id.to_string()));
    properties.insert("lastmodifieddate".to_owned(), json!(rfc3339(record.updated_ms)));
    properties.extend(record.fields.clone());
    json!({
        "id": record.id.to_string(),
        "properties": properties,
        "createdAt": rfc3339(record.created_ms),
        "updatedAt": rfc3339(record.updated_ms),
        "archived": false,
    })
}

/// Whose system it is: the portal's number, made of the account's name.
pub fn details(account: &Account) -> Value {
    let portal = account.name.bytes().fold(7_u64, |hash, byte| (hash * 31 + u64::from(byte)) % 90_000_017);
    json!({"portalId": 10_000_000 + portal, "accountType": "STANDARD", "timeZone": "US/Eastern"})
}

/// HubSpot's error body.
pub fn error_body(message: &str) -> Value {
    json!({
        "status": "error",
        "message": message,
        "correlationId": "e0a7719d-84c3-4f5e-8b60-71d2f4c9a30b",
        "category": "OBJECT_NOT_FOUND",
    })
}

/// What HubSpot answers to one request too many.
pub fn throttled_body() -> Value {
    json!({
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": "c033cdaa-2c40-4a64-ae48-b4cec88dad24",
        "policyName": "TEN_SECONDLY_ROLLING",
    })
}

/// An error.
pub fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, error_body(message))
}

fn throttled() -> Reply {
    Reply::json(429, throttled_body())
}

fn limited(reply: Reply, left: Left) -> Reply {
    reply
        .with("X-HubSpot-RateLimit-Max", left.quota.requests)
        .with("X-HubSpot-RateLimit-Remaining", left.remaining)
        .with("X-HubSpot-RateLimit-Interval-Milliseconds", left.quota.seconds * 1_000)
}
