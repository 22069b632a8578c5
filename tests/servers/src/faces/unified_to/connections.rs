//! Unified.to's connections. Whether the tokens are told when one is read depends on the plan and is not documented: here they are.

use serde_json::{Value, json};

use super::error;
use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::links::reach::{legacy_job, reach, revoke};
use crate::links::{At, Credentials, Linked, Margin, Reach, Side, Status};
use crate::reply::Reply;
use crate::world::Shared;

/// How it calls itself at the OAuth server.
pub const BY: &str = "unified.to";

/// Answers what is about connections; a read goes on with what its token reaches.
pub async fn answer(asked: &mut Asked, shared: &Shared, now_ms: i64) -> Option<Reply> {
    if asked.bearer() != Some(KEY) {
        return None;
    }
    legacy_job(shared, BY, now_ms).await;
    let at = |key: &str| At { side: Side::Legacy, key: key.to_owned(), by: BY };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET", ["unified", "connection"]) => {
            let limit = asked.count("limit", 100, 100).unwrap_or(100);
            let offset = asked.parameter("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0_usize);
            Some(shared.links(|links| {
                let tells = links.hazards.tells_tokens;
                let page = links.legacy.iter().skip(offset).take(limit);
                Reply::json(200, page.map(|(id, linked)| connection(id, linked, tells)).collect())
            }))
        }
        ("GET", ["unified", "connection", id]) => Some(shared.links(|links| match links.legacy.get(*id) {
            Some(linked) => Reply::json(200, connection(id, linked, links.hazards.tells_tokens)),
            None => error(404, "Connection not found"),
        })),
        ("POST", ["unified", "connection"]) => Some(import(asked, shared, now_ms)),
        ("PUT" | "PATCH", ["unified", "connection", id]) => {
            let pauses = asked.json()["is_paused"].as_bool();
            Some(shared.links(|links| {
                let due = links.hazards.refreshes_after_pause && pauses == Some(true);
                let tells = links.hazards.tells_tokens;
                let Some(linked) = links.legacy.get_mut(*id) else {
                    return error(404, "Connection not found");
                };
                linked.is_paused = pauses.unwrap_or(linked.is_paused);
                let answer = connection(id, linked, tells);
                if due {
                    links.due.push((*id).to_owned());
                }
                Reply::json(200, answer)
            }))
        }
        ("DELETE", ["unified", "connection", id]) => {
            if shared.links(|links| links.hazards.delete_revokes) {
                revoke(shared, &at(id), now_ms).await;
            }
            Some(match shared.links(|links| links.legacy.remove(*id)) {
                Some(_) => Reply::json(200, json!({})),
                None => error(404, "Connection not found"),
            })
        }
        (_, ["crm" | "passthrough", id, ..]) => {
            match reach(shared, &at(id), Margin::Within(60_000), now_ms).await {
                Reach::Account(name) => {
                    asked.reaches = Some(name);
                    None
                }
                Reach::Refused | Reach::Expired => {
                    Some(error(401, "The connection's credentials were refused"))
                }
                Reach::Unknown => Some(error(404, "Connection not found")),
            }
        }
        _ => None,
    }
}

fn import(asked: &Asked, shared: &Shared, now_ms: i64) -> Reply {
    let body = asked.json();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let (Some(integration), Some(access)) = (text("/integration_type"), text("/auth/access_token")) else {
        return error(400, "integration_type and auth.access_token are required");
    };
    let expires_ms = text("/auth/expiry_date")
        .and_then(|at| at.parse::<jiff::Timestamp>().ok())
        .map(|at| at.as_millisecond());
    let credentials = Credentials::OAuth2 {
        access,
        refresh: text("/auth/refresh_token"),
        expires_ms,
        scope: String::new(),
    };
    shared.links(|links| {
        let named = text("/external_xref");
        let is_free = |id: &String| links.hazards.imports_over || !links.legacy.contains_key(id);
        let id = named.filter(is_free).unwrap_or_else(|| links.next_id());
        let linked = Linked::new(&id, &integration, credentials, now_ms);
        let answer = connection(&id, &linked, links.hazards.tells_tokens);
        links.legacy.insert(id, linked);
        Reply::json(200, answer)
    })
}

fn connection(id: &str, linked: &Linked, tells_tokens: bool) -> Value {
    let auth = match &linked.credentials {
        _ if !tells_tokens => json!({}),
        Credentials::OAuth2 { access, refresh, expires_ms, .. } => {
            json!({"access_token": access, "refresh_token": refresh, "expiry_date": expires_ms.map(rfc3339)})
        }
        Credentials::ClientCredentials { client, secret, .. } => {
            json!({"client_id": client, "client_secret": secret})
        }
        Credentials::ApiKey(key) => json!({ "token": key }),
        Credentials::TokenBased { id, secret } => json!({"token": id, "token_secret": secret}),
    };
    let is_well = linked.status == Status::Active;
    json!({
        "id": id, "integration_type": linked.integration, "integration_name": linked.integration,
        "permissions": ["crm_contact_read"], "categories": ["crm"], "auth": auth, "external_xref": linked.account,
        "environment": "Production", "is_paused": linked.is_paused,
        "last_healthy_at": if is_well { Some(rfc3339(linked.updated_ms)) } else { None },
        "last_unhealthy_at": if is_well { None } else { Some(rfc3339(linked.updated_ms)) },
        "created_at": rfc3339(linked.created_ms), "updated_at": rfc3339(linked.updated_ms),
    })
}
