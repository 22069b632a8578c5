//! The proxy: the upstream's own records in Truto's list envelope.

use serde_json::Value;

use super::{exchange, list};
use crate::account::Account;
use crate::pair::{Exchange, Page};

/// A page of a proxied resource.
pub(crate) fn page(account: Account, path: &str, page: Page<'_>) -> Exchange {
    list(account, path, page, page.items().to_vec())
}

/// One proxied record: the upstream's body as it is, without an envelope.
pub(crate) fn record(account: Account, path: &str, record: &Value) -> Exchange {
    exchange(account, format!("{path}?integrated_account_id={}", account.new), 200, record.clone())
}
