//! Apideck's vault: how connections stand, and an import; a token is never told. Each call through a connection may refresh it, and two
//! calls at once may both.

use serde_json::{Value, json};

use super::{credentials, error};
use crate::KEY;
use crate::asked::Asked;
use crate::links::reach::{legacy_job, reach, revoke};
use crate::links::{At, Credentials, Linked, Margin, Reach, Side, Status};
use crate::reply::Reply;
use crate::world::Shared;

/// How it calls itself at the OAuth server.
pub const BY: &str = "apideck";

/// Answers what is about connections; a read goes on with what its token reaches.
pub async fn answer(asked: &mut Asked, shared: &Shared, now_ms: i64) -> Option<Reply> {
    if asked.bearer() != Some(KEY) || asked.header("x-apideck-app-id").is_none() {
        return None;
    }
    legacy_job(shared, BY, now_ms).await;
    let consumer = asked.header("x-apideck-consumer-id").unwrap_or_default().to_owned();
    let at = At { side: Side::Legacy, key: consumer.clone(), by: BY };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET", ["vault", "connections"]) => Some(shared.links(|links| {
            let all = links.legacy.get(&consumer).map(connection);
            Reply::json(200, wrapped(all.into_iter().collect()))
        })),
        (method, ["vault", "connections", _api, service, rest @ ..]) => {
            let is_there = shared.links(|links| {
                links.legacy.get(&consumer).is_some_and(|linked| linked.integration == *service)
            });
            if !is_there {
                return Some(error(404, "ConnectionNotFoundError", "Unknown connection"));
            }
            match (method, rest) {
                ("GET", []) => {}
                ("PATCH", []) => {
                    let enables = asked.json()["enabled"].as_bool();
                    shared.links(|links| {
                        let due = links.hazards.refreshes_after_pause && enables == Some(false);
                        if let (Some(linked), Some(enables)) = (links.legacy.get_mut(&consumer), enables) {
                            linked.is_paused = !enables;
                        }
                        if due {
                            links.due.push(consumer.clone());
                        }
                    });
                }
                ("POST", ["import"]) => import(asked, shared, &consumer, now_ms),
                ("DELETE", []) => {
                    if shared.links(|links| links.hazards.delete_revokes) {
                        revoke(shared, &at, now_ms).await;
                    }
                    shared.links(|links| links.legacy.remove(&consumer));
                    return Some(Reply::empty(204));
                }
                _ => return Some(error(404, "EntityNotFoundError", "Unknown resource")),
            }
            Some(shared.links(|links| {
                let one = links.legacy.get(&consumer).map(connection);
                Reply::json(200, wrapped(one.unwrap_or_default()))
            }))
        }
        (_, ["crm" | "accounting", ..]) => {
            if shared.links(|links| links.legacy.get(&consumer).is_some_and(|linked| linked.is_paused)) {
                return Some(error(401, "ConnectorDisabledError", "The connection is disabled"));
            }
            match reach(shared, &at, Margin::Within(30_000), now_ms).await {
                Reach::Account(name) => {
                    asked.reaches = Some(name);
                    None
                }
                Reach::Refused | Reach::Expired => Some(credentials()),
                Reach::Unknown => Some(error(404, "ConnectionNotFoundError", "Unknown connection")),
            }
        }
        _ => None,
    }
}

fn wrapped(data: Value) -> Value {
    json!({"status_code": 200, "status": "OK", "data": data})
}

fn import(asked: &Asked, shared: &Shared, consumer: &str, now_ms: i64) {
    let body = asked.json();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let number = |pointer: &str| body.pointer(pointer).and_then(Value::as_i64);
    let issued_s = number("/credentials/issued_at").unwrap_or(now_ms / 1_000);
    let expires_ms = number("/credentials/expires_in").map(|seconds| (issued_s + seconds) * 1_000);
    // Of what nobody says when it expires it makes sure at once.
    let is_queued = expires_ms.is_none() || number("/credentials/issued_at").is_none();
    shared.links(|links| {
        if is_queued {
            links.due.push(consumer.to_owned());
        }
        if let (Some(linked), Some(access)) =
            (links.legacy.get_mut(consumer), text("/credentials/access_token"))
        {
            linked.credentials = Credentials::OAuth2 {
                access,
                refresh: text("/credentials/refresh_token"),
                expires_ms,
                scope: String::new(),
            };
            (linked.status, linked.updated_ms) = (Status::Active, now_ms);
        }
    });
}

fn connection(linked: &Linked) -> Value {
    let is_well = linked.status == Status::Active;
    json!({
        "id": format!("crm+{}", linked.integration), "service_id": linked.integration, "unified_api": "crm",
        "consumer_id": linked.account, "state": if is_well { "callable" } else { "invalid" },
        "integration_state": "configured",
        "auth_type": match linked.credentials {
            Credentials::OAuth2 { .. } | Credentials::ClientCredentials { .. } => "oauth2",
            Credentials::ApiKey(_) => "apiKey",
            Credentials::TokenBased { .. } => "custom",
        },
        "oauth_grant_type": match linked.credentials {
            Credentials::OAuth2 { .. } => Some("authorization_code"),
            Credentials::ClientCredentials { .. } => Some("client_credentials"),
            Credentials::ApiKey(_) | Credentials::TokenBased { .. } => None,
        },
        "enabled": !linked.is_paused, "health": if is_well { "ok" } else { "needs_auth" },
        "credentials_expire_at": 0, "last_refresh_failed_at": if is_well { None } else { Some(linked.updated_ms) },
        // An API key stands in the settings: such connections can be exported.
        "settings": match &linked.credentials {
            Credentials::ApiKey(key) => json!({ "api_key": key }),
            Credentials::OAuth2 { .. } | Credentials::ClientCredentials { .. } | Credentials::TokenBased { .. } => {
                linked.context.clone()
            }
        },
        "created_at": linked.created_ms, "updated_at": linked.updated_ms,
    })
}
