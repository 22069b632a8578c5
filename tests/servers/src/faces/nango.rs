//! A Nango-shaped provider: synced records with metadata, a proxy to the upstream, limits with a Unix time.

pub mod connections;

use serde_json::{Value, json};

use super::hubspot;
use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::limits::Left;
use crate::paging::{Mark, Order, page};
use crate::reply::Reply;
use crate::upstream::Record;
use crate::world::World;

const SALT: &str = "ng";
const PAGE_MAX: usize = 10_000;
const PAGE_DEFAULT: usize = 100;

/// Answers; the headers `Connection-Id` and `Provider-Config-Key` say whose account.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    if asked.bearer() != Some(KEY) {
        return error(401, "invalid_secret_key", "Authentication failed. The secret key is invalid.");
    }
    let left = world.meter.hit("nango", world.limits.other_key, now_ms);
    let reply = if left.is_within {
        within(asked, world)
    } else {
        error(429, "too_many_request", "Rate limit exceeded").with("Retry-After", left.resets_in_s)
    };
    limited(reply, left, now_ms)
}

fn within(asked: &Asked, world: &World) -> Reply {
    let (connection, integration) = (asked.header("connection-id"), asked.header("provider-config-key"));
    let account = match &asked.reaches {
        Some(name) => world.upstream.by_name(name),
        None => connection
            .and_then(|name| world.upstream.by_name(name))
            .filter(|account| integration == Some(account.integration.name())),
    };
    let Some(account) = account else { return error(404, "unknown_connection", "No connection matches") };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET" | "HEAD", ["records"]) => {
            let Some("Contact") = asked.parameter("model") else {
                return error(400, "missing_model", "Missing model");
            };
            let limit = match asked.count("limit", PAGE_DEFAULT, PAGE_MAX) {
                Ok(limit) => limit,
                Err(why) => return error(400, "invalid_query_params", &why),
            };
            let after = asked.parameter("cursor").map(|cursor| Mark::parse(cursor, SALT));
            if after == Some(None) {
                return error(400, "invalid_cursor_value", "The cursor is invalid");
            }
            let wanted: Vec<&str> =
                asked.query.iter().filter(|(name, _)| name == "ids").map(|(_, id)| id.as_str()).collect();
            let records = account
                .collection("contacts")
                .filter(|record| wanted.is_empty() || wanted.contains(&record.id.to_string().as_str()));
            let (records, next) = page(records, Order::ChangedLast, after.flatten(), limit);
            let list: Vec<Value> = records.into_iter().map(record).collect();
            Reply::json(200, json!({"records": list, "next_cursor": next.map(|next| next.cursor(SALT))}))
        }
        ("GET" | "HEAD", ["proxy", "crm", "v3", "objects", collection, id]) => {
            match account.record(collection, id) {
                Some(record) => Reply::json(200, hubspot::object(record)),
                None => hubspot::error(404, "resource not found"),
            }
        }
        ("GET" | "HEAD", ["proxy", "crm", "v3", "objects", collection]) => {
            let (records, _) = page(account.collection(collection), Order::Id, None, PAGE_DEFAULT);
            Reply::json(200, hubspot::list(records, None, collection, hubspot::object))
        }
        ("GET" | "HEAD", ["proxy", "account-info", "v3", "details"]) => {
            Reply::json(200, hubspot::details(account))
        }
        _ => error(404, "not_found", "Not found"),
    }
}

fn record(record: &Record) -> Value {
    json!({
        "id": record.id.to_string(),
        "first_name": record.text("firstname"),
        "last_name": record.text("lastname"),
        "email": record.text("email"),
        "_nango_metadata": {
            "first_seen_at": rfc3339(record.created_ms), "last_modified_at": rfc3339(record.updated_ms),
            "last_action": "ADDED", "deleted_at": null, "pruned_at": null,
            "cursor": format!("{}", record.id),
        },
    })
}

/// An error.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, json!({"error": {"code": code, "message": message}}))
}

fn limited(reply: Reply, left: Left, now_ms: i64) -> Reply {
    reply
        .with("X-RateLimit-Limit", left.quota.requests)
        .with("X-RateLimit-Remaining", left.remaining)
        .with("X-RateLimit-Reset", now_ms / 1_000 + i64::from(left.resets_in_s))
}
