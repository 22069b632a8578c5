//! A service that follows the standards: `link` headers (RFC 8288), problem details (RFC 9457), the IETF's `RateLimit` fields.

use serde_json::{Value, json};

use crate::KEY;
use crate::asked::Asked;
use crate::limits::Left;
use crate::paging::{Mark, Order, page};
use crate::reply::{Content, Reply, phrase};
use crate::upstream::Record;
use crate::world::World;

const SALT: &str = "g";
const PAGE_MAX: usize = 500;

/// Answers; the account stands in the path.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    if asked.bearer() != Some(KEY) {
        return error(401, "the token is not known").with("WWW-Authenticate", "Bearer");
    }
    let left = world.meter.hit("generic", world.limits.other_key, now_ms);
    let reply = if left.is_within {
        within(asked, world)
    } else {
        error(429, "the quota is used up").with("Retry-After", left.resets_in_s)
    };
    limited(reply, left)
}

fn within(asked: &Asked, world: &World) -> Reply {
    let ("GET" | "HEAD", ["accounts", name, "contacts", rest @ ..]) =
        (asked.method.as_str(), &asked.parts()[..])
    else {
        return error(404, "there is no such resource");
    };
    let Some(account) = world.upstream.by_name(name) else { return error(404, "there is no such account") };
    match rest {
        [] => {
            let limit = match asked.count("limit", 100, PAGE_MAX) {
                Ok(limit) => limit,
                Err(why) => return error(400, &why),
            };
            let after = asked.parameter("after").map(|after| Mark::parse(after, SALT));
            if after == Some(None) {
                return error(400, "after is no cursor of ours");
            }
            let (records, next) = page(account.collection("contacts"), Order::Id, after.flatten(), limit);
            let data: Vec<Value> = records.into_iter().map(contact).collect();
            let reply = Reply::json(200, json!({ "data": data }));
            let Some(next) = next else { return reply };
            let next = format!(
                "</accounts/{name}/contacts?limit={limit}&after={}>; rel=\"next\"",
                next.cursor(SALT)
            );
            reply.with("Link", next)
        }
        [id] => match account.record("contacts", id) {
            Some(record) => Reply::json(200, contact(record)),
            None => error(404, "there is no such contact"),
        },
        _ => error(404, "there is no such resource"),
    }
}

fn contact(record: &Record) -> Value {
    json!({
        "id": record.id.to_string(), "first_name": record.text("firstname"), "last_name": record.text("lastname"),
        "email": record.text("email"),
    })
}

/// An error.
pub fn error(status: u16, detail: &str) -> Reply {
    let body = json!({"type": "about:blank", "title": phrase(status), "status": status, "detail": detail});
    Reply {
        headers: vec![("content-type".to_owned(), "application/problem+json".to_owned())],
        status,
        content: Content::Json(body),
    }
}

fn limited(reply: Reply, left: Left) -> Reply {
    reply
        .with("RateLimit-Policy", format!("\"default\";q={};w={}", left.quota.requests, left.quota.seconds))
        .with("RateLimit", format!("\"default\";r={};t={}", left.remaining, left.resets_in_s))
}
