//! A Merge-shaped unified API: ids of its own, answers from a synced copy, the upstream's id as `remote_id`.

pub mod linked;

use serde_json::{Value, json};

use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::paging::{Mark, Order, page};
use crate::reply::Reply;
use crate::upstream::Record;
use crate::world::World;

const SALT: &str = "mg";
const PAGE_MAX: usize = 100;
const PAGE_DEFAULT: usize = 30;
/// The copy is younger than the record by this much.
const SYNCED_AFTER_MS: i64 = 5_000;

/// Answers; `X-Account-Token: token-<account>` says whose account.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    if asked.bearer() != Some(KEY) {
        return error(401, "Invalid API key.");
    }
    let name = asked
        .header("x-account-token")
        .and_then(|token| token.strip_prefix("token-"))
        .unwrap_or("")
        .to_owned();
    let reached = asked.reaches.as_ref().unwrap_or(&name);
    let Some(account) = world.upstream.by_name(reached) else { return error(401, "Invalid account token.") };
    if !world.meter.hit(&format!("merge {name}"), world.limits.merge_account, now_ms).is_within {
        // What headers it sends then is not documented: none.
        return error(429, "Request was throttled.");
    }
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET" | "HEAD", ["api", "crm", "v1", "contacts"]) => {
            let limit = match asked.count("page_size", PAGE_DEFAULT, PAGE_MAX) {
                Ok(limit) => limit,
                Err(why) => return error(400, &why),
            };
            let after = asked.parameter("cursor").map(|cursor| Mark::parse(cursor, SALT));
            if after == Some(None) {
                return error(400, "Invalid cursor.");
            }
            let (records, next) =
                page(account.collection("contacts"), Order::ChangedLast, after.flatten(), limit);
            let results: Vec<Value> = records.into_iter().map(contact).collect();
            let next = next.map(|next| next.cursor(SALT));
            Reply::json(200, json!({"next": next, "previous": null, "results": results}))
        }
        ("GET" | "HEAD", ["api", "crm", "v1", "contacts", id]) => {
            match account.collection("contacts").find(|record| uuid(record.id) == *id) {
                Some(record) => Reply::json(200, contact(record)),
                None => error(404, "Not found."),
            }
        }
        _ => error(404, "Not found."),
    }
}

/// The provider's own id of a record.
pub fn uuid(id: u64) -> String {
    format!("0f3c9a10-77aa-4b5e-9c00-{id:012x}")
}

fn contact(record: &Record) -> Value {
    let text = |field: &str| record.text(field).filter(|text| !text.is_empty());
    let mails = text("email").map(|email| json!({"email_address": email, "email_address_type": "primary"}));
    let phones = text("phone").map(|number| json!({"phone_number": number, "phone_number_type": "primary"}));
    json!({
        "id": uuid(record.id),
        "remote_id": record.id.to_string(),
        "created_at": rfc3339(record.created_ms + SYNCED_AFTER_MS),
        "modified_at": rfc3339(record.updated_ms + SYNCED_AFTER_MS),
        "first_name": text("firstname"),
        "last_name": text("lastname"),
        "email_addresses": mails.into_iter().collect::<Vec<Value>>(),
        "phone_numbers": phones.into_iter().collect::<Vec<Value>>(),
        "addresses": [],
        "remote_created_at": rfc3339(record.created_ms),
        "remote_was_deleted": false,
        "field_mappings": {},
        "remote_data": null,
    })
}

/// An error; the shape is that of the framework it is known to run on, and not documented.
pub fn error(status: u16, detail: &str) -> Reply {
    Reply::json(status, json!({ "detail": detail }))
}
