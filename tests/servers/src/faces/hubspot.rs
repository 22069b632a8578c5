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
            let limit = match asked.count("limit", LIMIT_DEFAULT, LIMIT_MAX) {
                Ok(limit) => limit,
                Err(why) => return error(400, &why),
            };
            let after = asked.parameter("after").map(|after| Mark::parse(after, SALT));
            if after == Some(None) {
                return error(400, "Invalid input for parameter after");
            }
            let (records, next) = page(account.collection(collection), Order::Id, after.flatten(), limit);
            Reply::json(200, list(&records, next.map(|next| next.cursor(SALT)), collection))
        }
        ("POST", ["crm", "v3", "objects", collection, "search"]) => {
            let asked: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let limit = asked["limit"].as_u64().unwrap_or(10).clamp(1, 200) as usize;
            let after = asked["after"].as_str().and_then(|after| Mark::parse(after, SALT));
            let total = account.collection(collection).count();
            let (records, next) = page(account.collection(collection), Order::Id, after, limit);
            let mut found = list(&records, next.map(|next| next.cursor(SALT)), collection);
            found["total"] = json!(total);
            Reply::json(200, found)
        }
        ("GET" | "HEAD", ["crm", "v3", "objects", collection, id]) => match account.record(collection, id) {
            Some(record) => Reply::json(200, object(record)),
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

/// A list as HubSpot answers it.
pub fn list(records: &[&Record], after: Option<String>, collection: &str) -> Value {
    let results: Vec<Value> = records.iter().map(|record| object(record)).collect();
    let mut list = json!({ "results": results });
    if let Some(after) = after {
        let link = format!("https://api.hubapi.com/crm/v3/objects/{collection}?after={after}");
        list["paging"] = json!({"next": {"after": after, "link": link}});
    }
    list
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
