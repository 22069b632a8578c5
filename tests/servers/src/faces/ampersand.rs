//! An Ampersand-shaped provider: connections that hand their credentials out when they are asked to, installations that can be paused,
//! raw objects through a proxy.

use serde_json::{Value, json};

use super::hubspot;
use crate::KEY;
use crate::asked::Asked;
use crate::clock::rfc3339;
use crate::links::reach::{legacy_job, reach, refresh, revoke};
use crate::links::{At, Credentials, Linked, Margin, Reach, Refreshed, Side, Status};
use crate::paging::{Order, page};
use crate::reply::{Reply, phrase};
use crate::world::{Shared, World};

/// How it calls itself at the OAuth server.
pub const BY: &str = "ampersand";
/// The one project that there is.
pub const PROJECT: &str = "project-1";
const PAGE_MAX: usize = 100;

/// Answers a proxied read, of what the connection's token reaches.
pub fn answer(asked: &Asked, world: &mut World) -> Reply {
    let Some(account) = asked.reaches.as_deref().and_then(|name| world.upstream.by_name(name)) else {
        return error(404, "Not Found");
    };
    match &asked.parts()[..] {
        ["proxy", "crm", "v3", "objects", collection] => {
            let (records, _) = page(account.collection(collection), Order::Id, None, PAGE_MAX);
            Reply::json(200, hubspot::list(records, None, collection, hubspot::object))
        }
        ["proxy", "crm", "v3", "objects", collection, id] => match account.record(collection, id) {
            Some(record) => Reply::json(200, hubspot::object(record)),
            None => hubspot::error(404, "resource not found"),
        },
        ["proxy", "account-info", "v3", "details"] => Reply::json(200, hubspot::details(account)),
        _ => error(404, "Not Found"),
    }
}

/// Answers what is about connections and installations.
pub async fn connections(asked: &mut Asked, shared: &Shared, now_ms: i64) -> Option<Reply> {
    if asked.header("x-api-key") != Some(KEY) {
        return Some(error(401, "Unauthorized"));
    }
    legacy_job(shared, BY, now_ms).await;
    let at = |key: &str| At { side: Side::Legacy, key: key.to_owned(), by: BY };
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("GET", ["v1", "projects", PROJECT, "connections"]) => Some(shared.links(|links| {
            let all = links.legacy.iter().map(|(id, linked)| connection(id, linked, Told::Nothing));
            Reply::json(200, all.collect())
        })),
        ("GET", ["v1", "projects", PROJECT, "connections", id]) => {
            let with_refresh = asked.parameter("includeRefreshToken") == Some("true");
            let with_access = with_refresh || asked.parameter("includeCreds") == Some("true");
            let margin = match asked.parameter("refresh") {
                Some("force") => Some(Margin::Always),
                Some("ifExpired") => Some(Margin::Within(0)),
                _ => None,
            };
            if let Some(margin) = margin
                && let Refreshed::Refused(_) = refresh(shared, &at(id), margin, now_ms).await
            {
                return Some(error(400, "The connection's credentials were refused"));
            }
            let told = if with_refresh {
                Told::All
            } else if with_access {
                Told::Access
            } else {
                Told::Nothing
            };
            Some(shared.links(|links| match links.legacy.get(*id) {
                Some(linked) => Reply::json(200, connection(id, linked, told)),
                None => error(404, "Connection not found"),
            }))
        }
        ("POST", ["v1", "projects", PROJECT, "connections:generate"]) => {
            Some(generate(asked, shared, now_ms))
        }
        ("DELETE", ["v1", "projects", PROJECT, "connections", id]) => {
            if shared.links(|links| links.hazards.delete_revokes) {
                revoke(shared, &at(id), now_ms).await;
            }
            Some(match shared.links(|links| links.legacy.remove(*id)) {
                Some(_) => Reply::empty(204),
                None => error(404, "Connection not found"),
            })
        }
        ("POST", ["v1", "projects", PROJECT, "integrations", _, "installations", verb]) => {
            let (id, pauses) = match verb.rsplit_once(':') {
                Some((id, "pause")) => (id, true),
                Some((id, "unpause")) => (id, false),
                _ => return Some(error(404, "Not Found")),
            };
            Some(shared.links(|links| {
                let due = links.hazards.refreshes_after_pause && pauses;
                let Some(linked) = links.legacy.get_mut(id) else {
                    return error(404, "Installation not found");
                };
                linked.is_paused = pauses;
                if due {
                    links.due.push(id.to_owned());
                }
                Reply::json(200, json!({"id": id, "isPaused": pauses}))
            }))
        }
        (_, ["proxy", ..]) => {
            let key = asked.header("x-amp-connection-id").unwrap_or_default().to_owned();
            match reach(shared, &at(&key), Margin::Within(60_000), now_ms).await {
                Reach::Account(name) => {
                    asked.reaches = Some(name);
                    None
                }
                Reach::Refused | Reach::Expired => Some(hubspot::error(
                    401,
                    "The OAuth token used to make this call expired or was revoked.",
                )),
                Reach::Unknown => Some(error(404, "Connection not found")),
            }
        }
        _ => Some(error(404, "Not Found")),
    }
}

/// Reverse import.
fn generate(asked: &Asked, shared: &Shared, now_ms: i64) -> Reply {
    let body = asked.json();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let at = text("/oauth2AuthorizationCode/accessToken/expiresAt");
    let expires_ms = at.and_then(|at| at.parse::<jiff::Timestamp>().ok()).map(|at| at.as_millisecond());
    let credentials = match (text("/oauth2AuthorizationCode/accessToken/token"), text("/apiKey")) {
        (Some(access), _) => Credentials::OAuth2 {
            access,
            refresh: text("/oauth2AuthorizationCode/refreshToken/token"),
            expires_ms,
            scope: String::new(),
        },
        (None, Some(key)) => Credentials::ApiKey(key),
        (None, None) => return error(400, "no credentials"),
    };
    let (Some(id), Some(provider)) = (text("/groupRef"), text("/provider")) else {
        return error(400, "groupRef and provider are required");
    };
    let linked = Linked::new(&id, &provider, credentials, now_ms);
    let answer = connection(&id, &linked, Told::Nothing);
    shared.links(|links| links.legacy.insert(id, linked));
    Reply::json(201, answer)
}

/// How much is told of credentials.
#[derive(Clone, Copy)]
enum Told {
    Nothing,
    Access,
    All,
}

fn connection(id: &str, linked: &Linked, told: Told) -> Value {
    let mut connection = json!({
        "id": id, "projectId": PROJECT, "provider": linked.integration, "group": {"groupRef": linked.account},
        "consumer": {"consumerRef": linked.account}, "providerWorkspaceRef": linked.context["workspace"],
        "providerMetadata": linked.context,
        "authScheme": match linked.credentials {
            Credentials::OAuth2 { .. } => "oauth2AuthorizationCode",
            Credentials::ClientCredentials { .. } => "oauth2ClientCredentials",
            Credentials::ApiKey(_) | Credentials::TokenBased { .. } => "apiKey",
        },
        "createTime": rfc3339(linked.created_ms), "updateTime": rfc3339(linked.updated_ms),
        "status": match linked.status { Status::Active => "working", Status::NeedsReauth => "bad_credentials" },
    });
    match (&linked.credentials, told) {
        (_, Told::Nothing) | (Credentials::ClientCredentials { .. } | Credentials::TokenBased { .. }, _) => {}
        (Credentials::ApiKey(key), _) => connection["apiKey"] = json!(key),
        (Credentials::OAuth2 { access, refresh, expires_ms, scope }, told) => {
            let issued = rfc3339(linked.refreshed_ms.unwrap_or(linked.created_ms));
            let mut codes = json!({
                "accessToken": {"token": access, "issuedAt": issued, "expiresAt": expires_ms.map(rfc3339)},
                "scopes": scope.split(' ').filter(|scope| !scope.is_empty()).collect::<Vec<_>>(),
            });
            if let (Some(refresh), Told::All) = (refresh, told) {
                codes["refreshToken"] = json!({"token": refresh, "issuedAt": issued});
            }
            connection["oauth2AuthorizationCode"] = codes;
        }
    }
    connection
}

/// An error.
pub fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({"title": phrase(status), "detail": message, "status": status}))
}
