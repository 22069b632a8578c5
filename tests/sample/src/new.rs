//! The new side: Truto's answers over the same raw upstream records, unified or as they are through the proxy.
//!
//! It knows nothing of the legacy side and nothing of the mappings.

use serde_json::{Value, json};

use crate::account::Account;
use crate::pair::{Exchange, Page};

pub(crate) mod hubspot;
pub(crate) mod netsuite;
pub(crate) mod proxy;
pub(crate) mod quickbooks;

/// A page in Truto's list envelope.
fn list(account: Account, path: &str, page: Page<'_>, result: Vec<Value>) -> Exchange {
    let token = |offset: usize| {
        // An opaque token; its start looks like a UUID's.
        let mixed = (offset as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{:08x}-{:04x}-{offset}", mixed >> 32, mixed & 0xffff)
    };
    let mut url = format!("{path}?integrated_account_id={}&limit={}", account.new, page.limit);
    for part in page.filter.split('&').filter(|part| !part.is_empty()) {
        url.push('&');
        url.push_str(part);
    }
    if page.offset > 0 {
        url.push_str(&format!("&next_cursor={}", token(page.offset)));
    }
    let result_count = result.len();
    let body = json!({
        "result": result,
        "next_cursor": page.has_next().then(|| token(page.end())),
        "prev_cursor": (page.offset > 0).then(|| token(page.offset.saturating_sub(page.limit))),
        "result_count": result_count,
    });
    exchange(account, url, 200, body)
}

fn exchange(account: Account, url: String, status: u16, body: Value) -> Exchange {
    // Absent where the upstream says nothing of its limits.
    let limits: &[(&str, &str)] = match account.integration {
        "hubspot" => {
            &[("ratelimit-limit", "110;w=10"), ("ratelimit-remaining", "109"), ("ratelimit-reset", "10")]
        }
        "salesforce" => &[("ratelimit-limit", "15000"), ("ratelimit-remaining", "14861")],
        _ => &[],
    };
    let mut headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
    headers.extend(limits.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Exchange {
        method: "GET",
        url,
        request_headers: vec![("accept", "application/json".into()), ("authorization", "[removed]".into())],
        request_body: None,
        status,
        headers,
        body,
    }
}

/// An error that the upstream gave, as Truto passes it on.
fn remote_error(status: u16, error: &str, upstream: &Value) -> Value {
    json!({
        "statusCode": status,
        "error": error,
        "message": upstream["message"],
        "truto_is_remote_error": true,
        "raw_response": upstream,
    })
}
