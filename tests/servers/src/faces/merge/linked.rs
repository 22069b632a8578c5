//! Merge's linked accounts: how they stand. There is no export, no pause, and a deletion.

use serde_json::{Value, json};

use super::error;
use crate::KEY;
use crate::asked::Asked;
use crate::links::reach::{legacy_job, reach, revoke};
use crate::links::{At, Linked, Margin, Reach, Side, Status};
use crate::reply::Reply;
use crate::world::Shared;

/// How it calls itself at the OAuth server.
pub const BY: &str = "merge";

/// Answers what is about linked accounts; a read is of a copy that a sync just made, which took the token.
pub async fn answer(asked: &mut Asked, shared: &Shared, now_ms: i64) -> Option<Reply> {
    if asked.bearer() != Some(KEY) {
        return None;
    }
    legacy_job(shared, BY, now_ms).await;
    let token = asked.header("x-account-token").and_then(|token| token.strip_prefix("token-"));
    let at = At { side: Side::Legacy, key: token.unwrap_or_default().to_owned(), by: BY };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET", ["api", "crm", "v1", "linked-accounts"]) => Some(shared.links(|links| {
            let results: Vec<Value> = links.legacy.values().map(account).collect();
            Reply::json(200, json!({"next": null, "previous": null, "results": results}))
        })),
        ("GET", ["api", "crm", "v1", "account-details"]) => Some(shared.links(|links| {
            let found = links.legacy.get(&at.key).map(|linked| Reply::json(200, account(linked)));
            found.unwrap_or_else(|| error(401, "Invalid account token."))
        })),
        ("POST", ["api", "crm", "v1", "delete-account"]) => {
            if shared.links(|links| links.hazards.delete_revokes) {
                revoke(shared, &at, now_ms).await;
            }
            shared.links(|links| links.legacy.remove(&at.key));
            Some(Reply::empty(200))
        }
        ("GET" | "HEAD", ["api", "crm", "v1", "contacts", ..]) => {
            match reach(shared, &at, Margin::Within(60_000), now_ms).await {
                Reach::Account(name) => {
                    asked.reaches = Some(name);
                    None
                }
                Reach::Refused | Reach::Expired => Some(error(403, "The linked account must be relinked.")),
                Reach::Unknown => Some(error(401, "Invalid account token.")),
            }
        }
        _ => None,
    }
}

fn account(linked: &Linked) -> Value {
    json!({
        "id": format!("0a1b2c3d-0000-4000-8000-{:0>12}", linked.created_ms % 1_000_000), "integration": linked.integration,
        "integration_slug": linked.integration, "category": "crm", "end_user_origin_id": linked.account,
        "end_user_organization_name": linked.account, "account_type": "PRODUCTION", "is_duplicate": null,
        "status": match linked.status { Status::Active => "COMPLETE", Status::NeedsReauth => "RELINK_NEEDED" },
    })
}
