//! The legacy side: connectors that turn raw upstream records into Apideck's unified answers.
//!
//! It knows nothing of the new side and nothing of the mappings.

use serde_json::{Value, json};

use crate::account::Account;
use crate::pair::{Exchange, Page};

pub(crate) mod hubspot;
pub(crate) mod jira;
pub(crate) mod netsuite;
pub(crate) mod quickbooks;
pub(crate) mod salesforce;

/// Where an answer comes from, as its envelope says.
struct Resource {
    service: &'static str,
    resource: &'static str,
    path: String,
}

/// A page in the list envelope.
fn list(account: Account, resource: &Resource, page: Page<'_>, data: Vec<Value>) -> Exchange {
    let url = page_url(resource, page, page.offset);
    let link = |url: String| format!("https://unify.apideck.com{url}");
    let next = page.has_next().then(|| page.end());
    let previous = (page.offset > 0).then(|| page.offset.saturating_sub(page.limit));
    let cursor_of = |offset: Option<usize>| offset.map(|offset| cursor(resource.service, offset));
    let link_of = |offset: Option<usize>| offset.map(|offset| link(page_url(resource, page, offset)));
    let mut body = json!({
        "status_code": 200,
        "status": "OK",
        "service": resource.service,
        "resource": resource.resource,
        "operation": "all",
        "data": data,
        "meta": {
            "items_on_page": page.items().len(),
            "cursors": {"previous": cursor_of(previous), "current": null, "next": cursor_of(next)},
        },
    });
    // A list that fits one page has nothing to link to.
    if previous.is_some() || next.is_some() {
        body["links"] =
            json!({"previous": link_of(previous), "current": link(url.clone()), "next": link_of(next)});
    }
    exchange(account, url, 200, body)
}

/// One record in the envelope of a single answer.
fn one(account: Account, resource: &Resource, data: Value) -> Exchange {
    let body = json!({
        "status_code": 200,
        "status": "OK",
        "service": resource.service,
        "resource": resource.resource,
        "operation": "one",
        "data": data,
    });
    exchange(account, resource.path.clone(), 200, body)
}

fn exchange(account: Account, url: String, status: u16, body: Value) -> Exchange {
    let request_id =
        format!("req_{:08x}", url.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(131) + u32::from(byte)));
    Exchange {
        method: "GET",
        url,
        request_headers: vec![
            ("accept", "application/json".into()),
            ("authorization", "[removed]".into()),
            ("x-apideck-consumer-id", account.legacy.into()),
            ("x-apideck-service-id", account.integration.into()),
        ],
        request_body: None,
        status,
        headers: vec![("content-type", "application/json; charset=utf-8".into()), ("request-id", request_id)],
        body,
    }
}

fn page_url(resource: &Resource, page: Page<'_>, offset: usize) -> String {
    let mut url = format!("{}?limit={}", resource.path, page.limit);
    if let Some((name, value)) = page.filter.split_once('=') {
        url.push_str(&format!("&filter%5B{name}%5D={value}"));
    }
    if offset > 0 {
        url.push_str(&format!("&cursor={}", cursor(resource.service, offset)));
    }
    url
}

/// Opaque to callers; here the offset in hexadecimal letters.
fn cursor(service: &str, offset: usize) -> String {
    format!("{service}::offset::{offset}").bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Apideck's own error body.
fn error(status: u16, title: &str, kind: &str, message: &str, detail: &Value) -> Value {
    json!({
        "status_code": status,
        "error": title,
        "type_name": kind,
        "message": message,
        "detail": detail,
        "ref": format!("https://developers.apideck.com/errors#{}", kind.to_lowercase()),
    })
}

/// A text that is there and not empty, else `null`.
fn text(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !text.is_empty() => json!(text),
        _ => Value::Null,
    }
}

/// `loyalty_tier` → `Loyalty Tier`.
fn label(id: &str) -> String {
    let words = id.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    words.map(capital).collect::<Vec<_>>().join(" ")
}

/// A number without a fraction where it has none.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}
