//! A Unified.to-shaped provider: bare lists by offset, the connection in the path. Its errors and limits are not documented.

pub mod connections;

use serde_json::{Value, json};

use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::paging::by_offset;
use crate::reply::{Reply, phrase};
use crate::upstream::Record;
use crate::world::World;

const PAGE_MAX: usize = 100;

/// Answers.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    if asked.bearer() != Some(KEY) {
        return error(401, "Unauthorized");
    }
    if !world.meter.hit("unified.to", world.limits.other_key, now_ms).is_within {
        return error(429, "Too Many Requests");
    }
    let ("GET" | "HEAD", ["crm", connection, "contact", rest @ ..]) =
        (asked.method.as_str(), &asked.parts()[..])
    else {
        return error(404, "Not Found");
    };
    let reached = asked.reaches.as_deref().unwrap_or(connection);
    let Some(account) = world.upstream.by_name(reached) else { return error(404, "Connection not found") };
    match rest {
        [] => {
            let limit = match asked.count("limit", PAGE_MAX, PAGE_MAX) {
                Ok(limit) => limit,
                Err(why) => return error(400, &why),
            };
            let offset = asked.parameter("offset").unwrap_or("0").parse().unwrap_or(0);
            let (records, _) = by_offset(account.collection("contacts"), offset, limit);
            Reply::json(200, records.into_iter().map(contact).collect())
        }
        [id] => match account.record("contacts", id) {
            Some(record) => Reply::json(200, contact(record)),
            None => error(404, "Not Found"),
        },
        _ => error(404, "Not Found"),
    }
}

fn contact(record: &Record) -> Value {
    let text = |field: &str| record.text(field).filter(|text| !text.is_empty());
    let mails = text("email").map(|email| json!({"email": email, "type": "WORK"}));
    let phones = text("phone").map(|number| json!({"telephone": number, "type": "WORK"}));
    json!({
        "id": record.id.to_string(),
        "created_at": rfc3339(record.created_ms),
        "updated_at": rfc3339(record.updated_ms),
        "first_name": text("firstname"),
        "last_name": text("lastname"),
        "title": text("jobtitle"),
        "company": text("company"),
        "emails": mails.into_iter().collect::<Vec<Value>>(),
        "telephones": phones.into_iter().collect::<Vec<Value>>(),
    })
}

/// An error.
pub fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({"error": phrase(status), "message": message}))
}
