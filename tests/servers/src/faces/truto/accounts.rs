//! Truto's integrated accounts: imported through the management API with seconds until expiry, refreshed by the provider itself, never
//! handed out again.

use serde_json::{Map, Value, json};

use super::{error, refused, remote};
use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::links::reach::{new_job, reach, refresh, revoke};
use crate::links::{At, Credentials, Installed, Linked, Links, Margin, Reach, Refreshed, Side, Status};
use crate::oauth::{CLIENTS, OAuth, Wanted};
use crate::reply::Reply;
use crate::upstream::Integration;
use crate::world::Shared;

/// How it calls itself at the OAuth server.
pub const BY: &str = "truto";
/// What the platform's own lists give at most.
const PAGE_MAX: usize = 5_000;
/// What is never told again.
const REDACTED: &str = "********";
const SECRETS: [&str; 10] = [
    "access_token",
    "refresh_token",
    "access_token_secret",
    "api_key",
    "api_token",
    "token",
    "password",
    "secret",
    "client_secret",
    "token_secret",
];

/// Answers what is about accounts; a read goes on with what its token reaches.
pub async fn answer(asked: &mut Asked, shared: &Shared, now_ms: i64) -> Option<Reply> {
    if asked.bearer() != Some(KEY) {
        return None;
    }
    new_job(shared, BY, now_ms).await;
    let at = |id: &str| At { side: Side::New, key: id.to_owned(), by: BY };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET", ["integrated-account"]) => Some(list(asked, shared)),
        ("POST", ["integrated-account"]) => Some(import(asked, shared, now_ms).await),
        ("POST", ["integrated-account", "refresh-credentials"]) => {
            let id = asked.json()["id"].as_str().unwrap_or_default().to_owned();
            Some(match refresh(shared, &at(&id), Margin::Always, now_ms).await {
                Refreshed::Yes | Refreshed::NotNeeded if has(shared, &id) => {
                    Reply::json(200, json!({"success": true}))
                }
                Refreshed::Yes | Refreshed::NotNeeded => error(404, "Integrated account not found"),
                Refreshed::Refused(word) => remote(401, &json!({"error": word, "message": ""})),
                Refreshed::Impossible => error(400, "The account has no refresh token"),
                Refreshed::Lost => error(502, "The upstream did not answer"),
            })
        }
        ("GET", ["integrated-account", id]) => Some(one(id, shared, |links, linked| told(links, id, linked))),
        ("GET", ["integrated-account", id, "capabilities"]) => Some(one(id, shared, |_, linked| {
            json!({"account": {
                "id": id, "status": linked.status.word(), "authentication_method": method(linked),
                "is_blocked": false,
            }})
        })),
        ("PATCH", ["integrated-account", id, "credentials"]) => Some(update(id, asked, shared, now_ms)),
        ("DELETE", ["integrated-account", id]) => Some(match shared.links(|links| links.new.remove(*id)) {
            Some(_) => Reply::json(200, json!({ "id": id })),
            None => error(404, "Integrated account not found"),
        }),
        ("GET", ["environment-integration"]) => Some(shared.links(|links| {
            let all: Vec<Value> = links.installed.iter().map(|(id, app)| installed(id, app)).collect();
            Reply::json(200, json!({"result": all, "next_cursor": null, "limit": PAGE_MAX}))
        })),
        ("GET", ["environment-integration", id]) => Some(shared.links(|links| {
            let found = links.installed.get(*id).map(|app| Reply::json(200, installed(id, app)));
            found.unwrap_or_else(|| error(404, "Environment integration not found"))
        })),
        ("DELETE", ["environment-integration", id]) => Some(uninstall(id, shared, now_ms).await),
        ("POST", ["link-token"]) => Some(link_token(asked, shared)),
        (_, ["unified" | "proxy" | "custom", ..]) => {
            let id = asked.parameter("integrated_account_id").unwrap_or_default().to_owned();
            let margin = Margin::Within(shared.links(|links| links.hazards.new_margin_ms));
            match reach(shared, &at(&id), margin, now_ms).await {
                Reach::Account(name) => {
                    asked.reaches = Some(name);
                    None
                }
                Reach::Refused | Reach::Expired => Some(remote(401, &refused(Integration::HubSpot))),
                Reach::Unknown => Some(error(404, "Integrated account not found")),
            }
        }
        _ => None,
    }
}

fn list(asked: &Asked, shared: &Shared) -> Reply {
    let limit = match asked.count("limit", PAGE_MAX, PAGE_MAX) {
        Ok(limit) => limit,
        Err(why) => return error(400, &why),
    };
    let after = asked.parameter("next_cursor").filter(|cursor| !cursor.is_empty()).unwrap_or_default();
    shared.links(|links| {
        let is_wanted = |linked: &Linked| {
            asked.parameter("tenant_id").is_none_or(|tenant| tenant == linked.account)
                && asked.parameter("status").is_none_or(|status| status == linked.status.word())
                && asked.parameter("integration.name").is_none_or(|name| name == linked.integration)
        };
        let mut found = links.new.iter().filter(|(id, linked)| id.as_str() > after && is_wanted(linked));
        let page: Vec<(&String, &Linked)> = found.by_ref().take(limit).collect();
        let next = found.next().and_then(|_| page.last()).map(|(id, _)| (*id).clone());
        let result: Vec<Value> = page.into_iter().map(|(id, linked)| told(links, id, linked)).collect();
        Reply::json(200, json!({"result": result, "next_cursor": next, "limit": limit}))
    })
}

async fn import(asked: &Asked, shared: &Shared, now_ms: i64) -> Reply {
    let key = asked.header("idempotency-key").map(str::to_owned);
    let before = shared.links(|links| {
        let key = key.as_ref().filter(|_| links.hazards.imports_once)?;
        links.imports.get(key).cloned()
    });
    if let Some((status, body)) = before {
        return Reply::json(status, body);
    }
    let (status, body) = match imported(asked, shared, now_ms) {
        Ok((id, body)) => {
            if shared.links(|links| links.hazards.refreshes_on_import) {
                let at = At { side: Side::New, key: id, by: BY };
                refresh(shared, &at, Margin::Always, now_ms).await;
            }
            (201, body)
        }
        Err(reply) => return reply,
    };
    if let Some(key) = key {
        shared.links(|links| links.imports.insert(key, (status, body.clone())));
    }
    Reply::json(status, body)
}

fn imported(asked: &Asked, shared: &Shared, now_ms: i64) -> Result<(String, Value), Reply> {
    let body = asked.json();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let needed =
        |name: &str| text(&format!("/{name}")).ok_or_else(|| error(400, &format!("{name} is required")));
    let (tenant, place) = (needed("tenant_id")?, needed("environment_integration_id")?);
    let credentials = credentials(&body, now_ms)?;
    shared.links(|links| {
        let Some(app) = links.installed.get(&place).cloned() else {
            return Err(error(404, "Environment integration not found"));
        };
        let id = links.next_id();
        let mut linked = Linked::new(&tenant, &app.integration, credentials, now_ms);
        linked.installed = place;
        linked.context = context_of(&body);
        let body = told(links, &id, &linked);
        links.new.insert(id.clone(), linked);
        Ok((id, body))
    })
}

/// Only `expires_in` is documented; a moment of expiry is not read.
fn credentials(body: &Value, now_ms: i64) -> Result<Credentials, Reply> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    match text("/authentication_method").as_deref() {
        Some("oauth2") => Ok(Credentials::OAuth2 {
            access: text("/context/oauth/token/access_token")
                .ok_or_else(|| error(400, "context.oauth.token.access_token is required"))?,
            refresh: text("/context/oauth/token/refresh_token"),
            expires_ms: body
                .pointer("/context/oauth/token/expires_in")
                .and_then(Value::as_f64)
                .map(|seconds| now_ms + (seconds * 1_000.0) as i64),
            scope: text("/context/oauth/token/scope").unwrap_or_default(),
        }),
        Some("oauth2_client_credentials") => Ok(Credentials::ClientCredentials {
            client: text("/context/client_id").ok_or_else(|| error(400, "context.client_id is required"))?,
            secret: text("/context/client_secret")
                .ok_or_else(|| error(400, "context.client_secret is required"))?,
            access: None,
        }),
        Some("api_key") => {
            match (text("/context/api_key"), text("/context/token_id"), text("/context/token_secret")) {
                (Some(key), _, _) => Ok(Credentials::ApiKey(key)),
                (None, Some(id), Some(secret)) => Ok(Credentials::TokenBased { id, secret }),
                _ => Err(error(400, "context.api_key is required")),
            }
        }
        _ => Err(error(400, "authentication_method is not valid")),
    }
}

/// What was sent beside the secrets.
fn context_of(body: &Value) -> Value {
    let mut context = body["context"].as_object().cloned().unwrap_or_default();
    context.retain(|name, _| name != "oauth" && !SECRETS.contains(&name.as_str()));
    Value::Object(context)
}

/// New credentials for an account that there is.
fn update(id: &str, asked: &Asked, shared: &Shared, now_ms: i64) -> Reply {
    let mut body = asked.json();
    shared.links(|links| {
        let Some(linked) = links.new.get_mut(id) else { return error(404, "Integrated account not found") };
        body["authentication_method"] = json!(method(linked));
        let mut given = match credentials(&body, now_ms) {
            Ok(given) => given,
            Err(reply) => return reply,
        };
        // `context.oauth` is merged one level deep: a token that is not sent stays.
        if let (Credentials::OAuth2 { refresh: given, .. }, Credentials::OAuth2 { refresh: kept, .. }) =
            (&mut given, &linked.credentials)
            && body.pointer("/context/oauth/token/refresh_token").is_none()
        {
            given.clone_from(kept);
        }
        linked.credentials = given;
        (linked.status, linked.last_error, linked.updated_ms) = (Status::Active, None, now_ms);
        let linked = linked.clone();
        Reply::json(200, told(links, id, &linked))
    })
}

fn told(links: &Links, id: &str, linked: &Linked) -> Value {
    let mut context = linked.context.as_object().cloned().unwrap_or_default();
    match &linked.credentials {
        Credentials::OAuth2 { refresh, expires_ms, .. } => {
            let mut token = Map::new();
            token.insert("access_token".to_owned(), json!(REDACTED));
            if refresh.is_some() {
                token.insert("refresh_token".to_owned(), json!(REDACTED));
            }
            if let Some(at) = expires_ms {
                token.insert("expires_at".to_owned(), json!(rfc3339(*at)));
            }
            context.insert("oauth".to_owned(), json!({ "token": token }));
        }
        Credentials::ClientCredentials { client, .. } => {
            context.insert("client_id".to_owned(), json!(client));
            context.insert("client_secret".to_owned(), json!(REDACTED));
        }
        Credentials::ApiKey(_) => drop(context.insert("api_key".to_owned(), json!(REDACTED))),
        Credentials::TokenBased { .. } => drop(context.insert("token".to_owned(), json!(REDACTED))),
    }
    let place = links.installed.get(&linked.installed).map(|app| installed(&linked.installed, app));
    json!({
        "id": id, "tenant_id": linked.account, "environment_integration_id": linked.installed,
        "context": context, "status": linked.status.word(), "last_error": linked.last_error,
        "is_sandbox": false, "authentication_method": method(linked), "region": "wnam",
        "integration": {"name": linked.integration, "category": "crm"}, "environment_integration": place,
        "created_at": rfc3339(linked.created_ms), "updated_at": rfc3339(linked.updated_ms),
    })
}

fn method(linked: &Linked) -> &'static str {
    match linked.credentials {
        Credentials::OAuth2 { .. } => "oauth2",
        Credentials::ClientCredentials { .. } => "oauth2_client_credentials",
        Credentials::ApiKey(_) | Credentials::TokenBased { .. } => "api_key",
    }
}

fn installed(id: &str, app: &Installed) -> Value {
    let override_ = if app.is_ours {
        json!({"credentials": {"oauth2": {"format": "oauth2", "config": {
            "client": {"id": app.client, "secret": REDACTED},
        }}}})
    } else {
        json!({})
    };
    json!({
        "id": id, "integration_id": format!("integration-{}", app.integration), "is_enabled": true,
        "show_in_catalog": true, "override": override_, "integration": {"name": app.integration, "category": "crm"},
    })
}

/// Takes an integration away, and with it all its accounts, upstream too.
async fn uninstall(id: &str, shared: &Shared, now_ms: i64) -> Reply {
    let keys: Vec<String> = shared.links(|links| {
        let of_it = links.new.iter().filter(|(_, linked)| linked.installed == id);
        of_it.map(|(key, _)| key.clone()).collect()
    });
    for key in keys {
        revoke(shared, &At { side: Side::New, key: key.clone(), by: BY }, now_ms).await;
        shared.links(|links| links.new.remove(&key));
    }
    match shared.links(|links| links.installed.remove(id)) {
        Some(_) => Reply::json(200, json!({ "id": id })),
        None => error(404, "Environment integration not found"),
    }
}

fn link_token(asked: &Asked, shared: &Shared) -> Reply {
    let body = asked.json();
    shared.links(|links| {
        let account = body["integrated_account_id"].as_str().unwrap_or_default().to_owned();
        if !account.is_empty() && !links.new.contains_key(&account) {
            return error(404, "Integrated account not found");
        }
        if account.is_empty() && body["tenant_id"].as_str().is_none() {
            return error(400, "tenant_id is required");
        }
        let token = links.next_id();
        links.link_tokens.insert(token.clone(), account);
        Reply::json(201, json!({ "link_token": token }))
    })
}

/// What happens when somebody clicks a link and says yes upstream: the account has a grant of its own again. A link works once.
pub fn click(shared: &Shared, oauth: &OAuth, link_token: &str) -> std::io::Result<()> {
    let now_ms = shared.clock.now_ms();
    let found = shared.links(|links| {
        let id = links.link_tokens.remove(link_token)?;
        let linked = links.new.get(&id)?.clone();
        let app = links.installed.get(&linked.installed)?.clone();
        Some((id, linked, app))
    });
    let (id, linked, app) = found.ok_or_else(|| std::io::Error::other("no such link"))?;
    let client = CLIENTS.iter().find(|client| client.id == app.client).map_or("", |client| client.id);
    let scope = app.scopes.join(" ");
    let wanted = Wanted { subject: linked.account.clone(), client, scope: scope.clone() };
    let minted = oauth.mint(&[wanted], now_ms)?.pop().ok_or_else(|| std::io::Error::other("no grant"))?;
    shared.links(|links| {
        if let Some(linked) = links.new.get_mut(&id) {
            linked.credentials = Credentials::OAuth2 {
                access: minted.access,
                refresh: Some(minted.refresh),
                expires_ms: Some(now_ms + minted.expires_in_s * 1_000),
                scope,
            };
            (linked.status, linked.last_error, linked.updated_ms) = (Status::Active, None, now_ms);
        }
    });
    Ok(())
}

fn has(shared: &Shared, id: &str) -> bool {
    shared.links(|links| links.new.contains_key(id))
}

fn one(id: &str, shared: &Shared, shape: impl FnOnce(&Links, &Linked) -> Value) -> Reply {
    shared.links(|links| match links.new.get(id) {
        Some(linked) => Reply::json(200, shape(links, linked)),
        None => error(404, "Integrated account not found"),
    })
}
