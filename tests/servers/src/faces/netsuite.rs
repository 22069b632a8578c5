//! NetSuite's SuiteQL by POST: pages by offset, every value a text, nulls left out, and no rate-limit header at all.

use serde_json::{Map, Value, json};

use crate::asked::Asked;
use crate::clock::sql;
use crate::paging::by_offset;
use crate::reply::{Reply, phrase};
use crate::upstream::{Access, Account, Record};
use crate::world::World;

/// No page is larger.
pub const LIMIT_MAX: usize = 1_000;
const HOST: &str = "https://td2917404.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql";

/// Answers; an account is known by its access token, `Bearer at-<account>`.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    let name = asked.bearer().and_then(|token| token.strip_prefix("at-")).unwrap_or("").to_owned();
    let Some(account) = world.upstream.by_name(&name).filter(|account| account.access == Access::Granted)
    else {
        return error(401, "INVALID_LOGIN", "Invalid login attempt.");
    };
    let left = world.meter.hit(&format!("netsuite {name}"), world.limits.netsuite, now_ms);
    if !left.is_within {
        return Reply::json(429, throttled_body());
    }
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("POST", ["services", "rest", "query", "v1", "suiteql"]) => match query(asked, account) {
            Ok(rows) => Reply::json(200, rows),
            Err(why) => error(400, "INVALID_PARAMETER", &why),
        },
        _ => error(404, "NONEXISTENT", "Unknown resource."),
    }
}

/// The rows that a query asks for; SQL is understood as far as `FROM customer` and `c.id IN (…)`.
pub fn query(asked: &Asked, account: &Account) -> Result<Value, String> {
    let body: Value = serde_json::from_slice(&asked.body).map_err(|_| "Invalid request body.".to_owned())?;
    let text = body["q"].as_str().ok_or_else(|| "Missing parameter q.".to_owned())?;
    if !text.to_lowercase().contains("from customer") {
        return Err("Search error occurred: Record was not found.".to_owned());
    }
    let limit = asked.count("limit", LIMIT_MAX, LIMIT_MAX)?;
    let offset: usize =
        asked.parameter("offset").unwrap_or("0").parse().map_err(|_| "offset is no number".to_owned())?;
    let wanted = text
        .split_once("IN (")
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(ids, _)| ids.split(',').filter_map(|id| id.trim().parse::<u64>().ok()).collect::<Vec<_>>());
    let customers = account
        .collection("customer")
        .filter(move |record| wanted.as_ref().is_none_or(|wanted| wanted.contains(&record.id)));
    let (rows, total) = by_offset(customers, offset, limit);
    let link = |rel: &str, offset: usize| json!({"rel": rel, "href": format!("{HOST}?limit={limit}&offset={offset}")});
    let has_more = offset + rows.len() < total;
    let mut links = Vec::new();
    if offset > 0 {
        links.push(link("previous", offset.saturating_sub(limit)));
    }
    if has_more {
        links.push(link("next", offset + limit));
    }
    links.push(link("self", offset));
    let items: Vec<Value> = rows.iter().map(|record| row(record)).collect();
    Ok(json!({
        "links": links, "count": items.len(), "hasMore": has_more, "items": items,
        "offset": offset, "totalResults": total,
    }))
}

fn row(record: &Record) -> Value {
    let mut row = Map::new();
    row.insert("links".to_owned(), json!([]));
    row.insert("id".to_owned(), json!(record.id.to_string()));
    row.extend(record.fields.clone());
    row.insert("datecreated".to_owned(), json!(sql(record.created_ms)));
    row.insert("lastmodifieddate".to_owned(), json!(sql(record.updated_ms)));
    Value::Object(row)
}

/// NetSuite's error body.
pub fn error_body(status: u16, code: &str, detail: &str) -> Value {
    json!({
        "type": "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html",
        "title": phrase(status),
        "status": status,
        "o:errorDetails": [{"detail": detail, "o:errorCode": code}],
    })
}

/// What NetSuite answers to one request too many.
pub fn throttled_body() -> Value {
    error_body(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")
}

/// An error.
pub fn error(status: u16, code: &str, detail: &str) -> Reply {
    Reply::json(status, error_body(status, code, detail))
}
