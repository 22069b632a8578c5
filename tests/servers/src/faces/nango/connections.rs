//! Nango's connections: credentials are handed out, reading them refreshes them, pausing syncs freezes nothing, deleting may revoke.

use serde_json::{Map, Value, json};

use super::{error, hubspot};
use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::links::reach::{self, legacy_job, reach, refresh};
use crate::links::{At, Credentials, Linked, Links, Margin, Reach, Refreshed, Side, Status};
use crate::reply::Reply;
use crate::world::Shared;

/// How it calls itself at the OAuth server.
pub const BY: &str = "nango";
/// A token that expires within this time is refreshed when its connection is read or used.
const REFRESH_MARGIN: Margin = Margin::Within(15 * 60 * 1_000);

/// Answers what is about connections; a proxied request goes on with what its token reaches.
pub async fn answer(asked: &mut Asked, shared: &Shared, now_ms: i64) -> Option<Reply> {
    if asked.bearer() != Some(KEY) {
        return None;
    }
    legacy_job(shared, BY, now_ms).await;
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET", ["connections"]) => Some(list(asked, shared)),
        ("POST", ["connections"]) => Some(import(asked, shared, now_ms)),
        ("POST" | "PATCH", ["connections", "metadata"]) => Some(metadata(asked, shared)),
        ("GET", ["connections", id]) => Some(get(id, asked, shared, now_ms).await),
        ("DELETE", ["connections", id]) => Some(delete(id, asked, shared, now_ms).await),
        ("POST", ["sync", verb @ ("pause" | "start")]) => Some(pause(asked, shared, *verb == "pause")),
        ("GET", ["sync", "status"]) => Some(sync_status(asked, shared)),
        ("GET", ["integrations"]) => Some(shared.links(|links| {
            let all: Vec<Value> = links.apps.keys().map(|key| integration(links, key, false)).collect();
            Reply::json(200, json!({ "data": all }))
        })),
        ("GET", ["integrations", key]) => Some(shared.links(|links| {
            if !links.apps.contains_key(*key) {
                return error(404, "not_found", "Integration does not exist");
            }
            let with_credentials = asked.parameter("include") == Some("credentials");
            Reply::json(200, json!({"data": integration(links, key, with_credentials)}))
        })),
        (_, ["proxy", ..]) => {
            let key = asked.header("connection-id").unwrap_or_default().to_owned();
            let at = At { side: Side::Legacy, key, by: BY };
            if !is_of(asked.header("provider-config-key"), &at, shared) {
                return Some(unknown());
            }
            match reach(shared, &at, REFRESH_MARGIN, now_ms).await {
                Reach::Account(name) => {
                    asked.reaches = Some(name);
                    None
                }
                Reach::Expired => Some(refused()),
                // What the upstream says goes through verbatim.
                Reach::Refused => {
                    let message = "The OAuth token used to make this call expired or was revoked.";
                    Some(hubspot::error(401, message))
                }
                Reach::Unknown => Some(unknown()),
            }
        }
        _ => None,
    }
}

fn list(asked: &Asked, shared: &Shared) -> Reply {
    let wanted = asked.parameter("connectionId");
    shared.links(|links| {
        let all = links.legacy.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name.as_str()));
        let all: Vec<Value> = all
            .enumerate()
            .map(|(index, (name, linked))| {
                json!({
                    "id": index + 1, "connection_id": name, "provider": linked.integration,
                    "provider_config_key": linked.integration, "created": rfc3339(linked.created_ms),
                    "metadata": linked.metadata, "tags": {"end_user_id": linked.account}, "errors": errors(linked),
                })
            })
            .collect();
        Reply::json(200, json!({ "connections": all }))
    })
}

async fn get(id: &str, asked: &Asked, shared: &Shared, now_ms: i64) -> Reply {
    let at = At { side: Side::Legacy, key: id.to_owned(), by: BY };
    let Some(key) = asked.parameter("provider_config_key") else {
        return error(400, "missing_provider_config", "Missing provider_config_key");
    };
    if !is_of(Some(key), &at, shared) {
        return unknown();
    }
    let margin = match asked.parameter("force_refresh") {
        Some("true") => Margin::Always,
        _ => REFRESH_MARGIN,
    };
    match refresh(shared, &at, margin, now_ms).await {
        // HTTP's status of this error is not documented.
        Refreshed::Refused(_) => return refused(),
        Refreshed::Lost | Refreshed::NotNeeded | Refreshed::Yes | Refreshed::Impossible => {}
    }
    let with_refresh = asked.parameter("refresh_token") == Some("true");
    shared.links(|links| match links.legacy.get_mut(id) {
        Some(linked) => {
            linked.fetched_ms = now_ms;
            Reply::json(200, connection(id, linked, with_refresh))
        }
        None => unknown(),
    })
}

fn connection(id: &str, linked: &Linked, with_refresh: bool) -> Value {
    let credentials = match &linked.credentials {
        Credentials::OAuth2 { access, refresh, expires_ms, scope } => {
            let mut raw = json!({"access_token": access, "scope": scope, "token_type": "Bearer"});
            let mut credentials = json!({"type": "OAUTH2", "access_token": access});
            if let Some(at) = expires_ms {
                credentials["expires_at"] = json!(rfc3339(*at));
            }
            if let Some(refresh) = refresh.as_ref().filter(|_| with_refresh) {
                credentials["refresh_token"] = json!(refresh);
                raw["refresh_token"] = json!(refresh);
            }
            credentials["raw"] = raw;
            credentials
        }
        Credentials::ClientCredentials { client, secret, access } => {
            let (token, at) = access.clone().unwrap_or_default();
            json!({
                "type": "OAUTH2_CC", "token": token, "client_id": client, "client_secret": secret,
                "expires_at": rfc3339(at), "raw": {},
            })
        }
        Credentials::ApiKey(key) => json!({"type": "API_KEY", "apiKey": key}),
        Credentials::TokenBased { id, secret } => {
            json!({"type": "TBA", "token_id": id, "token_secret": secret, "config_override": {}})
        }
    };
    json!({
        "id": 1, "connection_id": id, "provider_config_key": linked.integration, "provider": linked.integration,
        "errors": errors(linked), "end_user": {"id": linked.account}, "tags": {"end_user_id": linked.account},
        "metadata": linked.metadata, "connection_config": linked.context,
        "created_at": rfc3339(linked.created_ms), "updated_at": rfc3339(linked.updated_ms),
        "last_fetched_at": rfc3339(linked.fetched_ms), "credentials": credentials,
    })
}

fn errors(linked: &Linked) -> Value {
    match linked.status {
        Status::Active => json!([]),
        Status::NeedsReauth => json!([{"type": "auth", "log_id": "VrnbtykXJFckCm3HP93t"}]),
    }
}

/// An import: what makes a rollback possible.
fn import(asked: &Asked, shared: &Shared, now_ms: i64) -> Reply {
    let body = asked.json();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let Some(integration) = text("/provider_config_key") else {
        return error(400, "missing_provider_config", "Missing provider_config_key");
    };
    let expires_ms = text("/credentials/expires_at")
        .and_then(|at| at.parse::<jiff::Timestamp>().ok())
        .map(|at| at.as_millisecond());
    let credentials = match (text("/credentials/type").as_deref(), text("/credentials/access_token")) {
        (Some("OAUTH2"), Some(access)) => Credentials::OAuth2 {
            access,
            refresh: text("/credentials/refresh_token"),
            expires_ms,
            scope: text("/credentials/raw/scope").unwrap_or_default(),
        },
        (Some("API_KEY"), _) => Credentials::ApiKey(
            text("/credentials/apiKey").or(text("/credentials/api_key")).unwrap_or_default(),
        ),
        _ => return error(400, "invalid_body", "credentials are not valid"),
    };
    shared.links(|links| {
        if !links.apps.contains_key(&integration) {
            return error(400, "unknown_provider_config", "No such integration");
        }
        let id = text("/connection_id").unwrap_or_else(|| links.next_id());
        let mut linked = Linked::new(&id, &integration, credentials, now_ms);
        linked.metadata = body["metadata"].clone();
        if let Some(context) = body["connection_config"].as_object() {
            linked.context = Value::Object(context.clone());
        }
        let answer = connection(&id, &linked, true);
        links.legacy.insert(id, linked);
        Reply::json(201, answer)
    })
}

fn metadata(asked: &Asked, shared: &Shared) -> Reply {
    let body = asked.json();
    let ids: Vec<String> = match &body["connection_id"] {
        Value::String(id) => vec![id.clone()],
        ids => ids.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    };
    let merges = asked.method == "PATCH";
    shared.links(|links| {
        for id in &ids {
            let Some(linked) = links.legacy.get_mut(id) else { return unknown() };
            let mut kept = linked.metadata.as_object().filter(|_| merges).cloned().unwrap_or_default();
            kept.extend(body["metadata"].as_object().cloned().unwrap_or_else(Map::new));
            linked.metadata = Value::Object(kept);
        }
        Reply::json(200, body.clone())
    })
}

async fn delete(id: &str, asked: &Asked, shared: &Shared, now_ms: i64) -> Reply {
    let at = At { side: Side::Legacy, key: id.to_owned(), by: BY };
    if !is_of(asked.parameter("provider_config_key"), &at, shared) {
        return unknown();
    }
    let revokes = shared.links(|links| {
        let keeps = links.legacy.get(id).is_some_and(|linked| linked.metadata["skipTokenRevocation"] == true);
        links.hazards.delete_revokes && !keeps
    });
    if revokes {
        reach::revoke(shared, &at, now_ms).await;
    }
    shared.links(|links| links.legacy.remove(id));
    Reply::json(200, json!({"success": true}))
}

/// Stops the schedule of syncs, and nothing else.
fn pause(asked: &Asked, shared: &Shared, pauses: bool) -> Reply {
    let body = asked.json();
    let Some(key) = body["provider_config_key"].as_str() else {
        return error(400, "missing_provider_config", "Missing provider_config_key");
    };
    let wanted = body["connection_id"].as_str();
    shared.links(|links| {
        let Links { legacy, hazards, due, .. } = links;
        for (name, linked) in legacy.iter_mut() {
            if linked.integration == key && wanted.is_none_or(|wanted| wanted == name.as_str()) {
                linked.is_paused = pauses;
                if pauses && hazards.refreshes_after_pause {
                    due.push(name.clone());
                }
            }
        }
        Reply::json(200, json!({"success": true}))
    })
}

fn sync_status(asked: &Asked, shared: &Shared) -> Reply {
    let key = asked.parameter("provider_config_key");
    let wanted = asked.parameter("connection_id");
    shared.links(|links| {
        let all = links.legacy.iter().filter(|(name, linked)| {
            key == Some(linked.integration.as_str()) && wanted.is_none_or(|wanted| wanted == name.as_str())
        });
        let syncs: Vec<Value> = all
            .map(|(name, linked)| {
                json!({
                    "id": name, "name": "contacts", "variant": "base", "connection_id": name,
                    "status": if linked.is_paused { "PAUSED" } else { "SUCCESS" }, "frequency": "every hour",
                })
            })
            .collect();
        Reply::json(200, json!({ "syncs": syncs }))
    })
}

fn integration(links: &Links, key: &str, with_credentials: bool) -> Value {
    let mut told = json!({"unique_key": key, "display_name": key, "provider": key, "forward_webhooks": true});
    if let Some(app) = links.apps.get(key).filter(|_| with_credentials) {
        // Where the app is the provider's own, its credentials are nobody's business.
        told["credentials"] = if app.is_ours {
            json!({
                "type": "OAUTH2", "client_id": app.client, "client_secret": app.secret,
                "scopes": app.scopes.join(","), "webhook_secret": null,
            })
        } else {
            Value::Null
        };
    }
    told
}

fn is_of(key: Option<&str>, at: &At, shared: &Shared) -> bool {
    shared.links(|links| {
        links.legacy.get(&at.key).is_some_and(|linked| key == Some(linked.integration.as_str()))
    })
}

fn refused() -> Reply {
    error(
        400,
        "invalid_credentials",
        "The external API returned an error when trying to refresh the access token",
    )
}

fn unknown() -> Reply {
    error(404, "unknown_connection", "No connection matches")
}
