//! SuiteQL through Truto's custom API, and NetSuite's own answer as the proxy API passes it on.

use serde_json::{Map, Value, json};

use super::exchange;
use crate::account::Account;
use crate::pair::{Exchange, Page};

const PATH: &str = "/services/rest/query/v1/suiteql";
/// The resource and its method, as the integration names them.
const PROXIED: &str = "/proxy/suiteql/query";

/// The answer of the custom API: NetSuite's JSON is wrapped.
pub(crate) fn suiteql(account: Account, query: &str, page: Page<'_>) -> Exchange {
    let url = format!(
        "/custom{PATH}?integrated_account_id={}&limit={}&offset={}",
        account.new, page.limit, page.offset
    );
    // NetSuite's own way to go on is an offset.
    let next = page.has_next().then(|| page.end().to_string());
    let body = json!({"result": page.items(), "next_cursor": next, "prev_cursor": null});
    posted(exchange(account, url, 200, body), query)
}

/// NetSuite's own answer, verbatim.
pub(crate) fn suiteql_source(account: Account, query: &str, page: Page<'_>) -> Exchange {
    let url = |offset: usize| format!("{PATH}?limit={}&offset={offset}", page.limit);
    let host = "https://td2917404.suitetalk.api.netsuite.com";
    let link = |rel: &str, offset: usize| json!({"rel": rel, "href": format!("{host}{}", url(offset))});
    let mut links = vec![link("self", page.offset)];
    if page.has_next() {
        links.push(link("next", page.end()));
    }
    if page.offset > 0 {
        links.push(link("previous", page.offset.saturating_sub(page.limit)));
    }
    let mut body = Map::new();
    body.insert("links".into(), json!(links));
    body.insert("count".into(), json!(page.items().len()));
    body.insert("hasMore".into(), json!(page.has_next()));
    body.insert("items".into(), json!(page.items()));
    body.insert("offset".into(), json!(page.offset));
    body.insert("totalResults".into(), json!(page.records.len()));
    let proxied = format!(
        "{PROXIED}?integrated_account_id={}&limit={}&offset={}",
        account.new, page.limit, page.offset
    );
    posted(exchange(account, proxied, 200, Value::Object(body)), query)
}

fn posted(mut exchange: Exchange, query: &str) -> Exchange {
    exchange.method = "POST";
    exchange.request_headers.push(("prefer", "transient".into()));
    exchange.request_body = Some(json!({"q": query}));
    exchange
}
