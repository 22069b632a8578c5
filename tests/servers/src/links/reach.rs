//! What a provider does with an account's credentials: refresh them when it thinks that it must, and open the upstream with them.

use serde_json::Value;

use super::call;
use super::{Credentials, Linked, Links, Status};
use crate::oauth::RESOURCE;
use crate::world::Shared;

/// Which provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that customers move from.
    Legacy,
    /// The one that they move to.
    New,
}

/// One account at one provider, and how the provider calls itself when it refreshes.
#[derive(Clone, Debug)]
pub struct At {
    /// Which provider.
    pub side: Side,
    /// The account's id there.
    pub key: String,
    /// What the OAuth server's log says of who asked.
    pub by: &'static str,
}

/// When a provider refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Margin {
    /// When the access token expires within so many milliseconds.
    Within(i64),
    /// In any case.
    Always,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// It was not needed, or the credentials never refresh.
    NotNeeded,
    /// There are new tokens.
    Yes,
    /// The OAuth server refused, with its word for it.
    Refused(String),
    /// No answer came: whether it was done nobody knows. The provider keeps what it had.
    Lost,
    /// It was needed, and there is no refresh token.
    Impossible,
}

/// What credentials open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The upstream account of this name.
    Account(String),
    /// Nothing: the upstream refuses them.
    Refused,
    /// They had to be refreshed, and the OAuth server refused that.
    Expired,
    /// The provider has no such account.
    Unknown,
}

/// Refreshes an account's credentials where that is due.
pub async fn refresh(shared: &Shared, at: &At, margin: Margin, now_ms: i64) -> Refreshed {
    let Some((turn, in_parallel)) = shared.links(|links| {
        let in_parallel = at.side == Side::Legacy && links.hazards.refreshes_in_parallel;
        links.side(at.side).get(&at.key).map(|linked| (linked.turn.clone(), in_parallel))
    }) else {
        return Refreshed::NotNeeded;
    };
    let read = |links: &mut Links| due(links, at, margin, now_ms);
    // Who does not wait for its turn has read the old refresh token already.
    let early = if in_parallel { Some(shared.links(read)) } else { None };
    let _turn = if in_parallel { None } else { Some(turn.lock().await) };
    let asking = match early.unwrap_or_else(|| shared.links(read)) {
        Due::No => return Refreshed::NotNeeded,
        Due::Impossible => return Refreshed::Impossible,
        Due::Yes(asking) => asking,
    };
    let fields: Vec<(&str, &str)> =
        asking.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = call::form(&asking.oauth, "/token", at.by, now_ms, &fields).await;
    shared.links(|links| {
        let Some(linked) = links.side(at.side).get_mut(&at.key) else { return Refreshed::Lost };
        match answer {
            Ok((200, tokens)) => {
                take(linked, &tokens, now_ms);
                Refreshed::Yes
            }
            Ok((_, error)) => {
                let word = error["error"].as_str().unwrap_or("invalid_grant").to_owned();
                linked.status = Status::NeedsReauth;
                linked.last_error = Some(word.clone());
                linked.updated_ms = now_ms;
                Refreshed::Refused(word)
            }
            Err(_) => Refreshed::Lost,
        }
    })
}

/// Opens the upstream with an account's credentials, refreshed where that is due.
pub async fn reach(shared: &Shared, at: &At, margin: Margin, now_ms: i64) -> Reach {
    match refresh(shared, at, margin, now_ms).await {
        Refreshed::Refused(_) => return Reach::Expired,
        // What the provider has may still be good.
        Refreshed::NotNeeded | Refreshed::Yes | Refreshed::Lost | Refreshed::Impossible => {}
    }
    let opened = shared.links(|links| {
        let oauth = links.oauth.clone().unwrap_or_default();
        let linked = links.side(at.side).get(&at.key)?.clone();
        let (integration, account) = (&linked.integration, &linked.account);
        Some(match &linked.credentials {
            Credentials::OAuth2 { access, .. } => (oauth, Some(access.clone()), None),
            // What such a client sees is its own organisation, whatever the token says.
            Credentials::ClientCredentials { access, client, .. } => {
                let owner = links.keys.get(&format!("{integration} {client} {account}")).cloned();
                (oauth, access.as_ref().map(|(access, _)| access.clone()), owner)
            }
            Credentials::ApiKey(key) | Credentials::TokenBased { id: key, .. } => {
                (oauth, None, links.keys.get(key).cloned())
            }
        })
    });
    match opened {
        None => Reach::Unknown,
        Some((_, None, Some(account))) => Reach::Account(account),
        Some((_, None, None)) => refused(shared, at, now_ms),
        Some((oauth, Some(access), owner)) => match subject(&oauth, &access, now_ms).await {
            Some(subject) => Reach::Account(owner.unwrap_or(subject)),
            None => refused(shared, at, now_ms),
        },
    }
}

/// The upstream says no: an account that was imported needs its user again.
fn refused(shared: &Shared, at: &At, now_ms: i64) -> Reach {
    shared.links(|links| {
        if let Some(linked) = links.side(at.side).get_mut(&at.key) {
            linked.status = Status::NeedsReauth;
            linked.last_error = Some("the upstream refused the token".to_owned());
            linked.updated_ms = now_ms;
        }
    });
    Reach::Refused
}

/// Whose account a token opens: the resource server asks the OAuth server (RFC 7662).
async fn subject(oauth: &str, access: &str, now_ms: i64) -> Option<String> {
    let fields = [("token", access), ("client_id", RESOURCE.id), ("client_secret", RESOURCE.secret)];
    let (_, told) = call::form(oauth, "/token/introspection", RESOURCE.id, now_ms, &fields).await.ok()?;
    if told["active"] != Value::Bool(true) {
        return None;
    }
    let subject = told["sub"].as_str().or(told["client_id"].as_str())?;
    Some(subject.to_owned())
}

/// Asks the OAuth server to revoke an account's grant (RFC 7009).
pub async fn revoke(shared: &Shared, at: &At, now_ms: i64) {
    let asking = shared.links(|links| {
        let oauth = links.oauth.clone()?;
        let linked = links.side(at.side).get(&at.key)?.clone();
        let app = links.app(at.side, &linked)?;
        Some((oauth, linked.refresh_token()?.to_owned(), app.client.clone(), app.secret.clone()))
    });
    if let Some((oauth, token, client, secret)) = asking {
        let fields = [("token", token.as_str()), ("client_id", &client), ("client_secret", &secret)];
        // A revocation that does not arrive leaves the grant as it is.
        let _ = call::form(&oauth, "/token/revocation", at.by, now_ms, &fields).await;
    }
}

/// Legacy's job: refreshes what nobody fetched for a day, and what is due after a pause; whether syncs are paused is no matter.
pub async fn legacy_job(shared: &Shared, by: &'static str, now_ms: i64) {
    const DAY_MS: i64 = 86_400_000;
    let stale = shared.links(|links| {
        let mut names = std::mem::take(&mut links.due);
        let stale = links.legacy.iter().filter(|(_, linked)| linked.fetched_ms + DAY_MS <= now_ms);
        names.extend(stale.map(|(name, _)| name.clone()));
        names
    });
    for key in stale {
        let at = At { side: Side::Legacy, key, by };
        refresh(shared, &at, Margin::Always, now_ms).await;
        shared.links(|links| {
            if let Some(linked) = links.legacy.get_mut(&at.key) {
                linked.fetched_ms = now_ms;
            }
        });
    }
}

/// New's alarms: refreshes what expires soon.
pub async fn new_job(shared: &Shared, by: &'static str, now_ms: i64) {
    let (keys, margin) = shared.links(|links| {
        let margin = links.hazards.new_margin_ms;
        let is_due = |linked: &Linked| match linked.credentials {
            Credentials::OAuth2 { refresh: Some(_), expires_ms, .. } => {
                expires_ms.is_none_or(|at| at <= now_ms + margin)
            }
            Credentials::OAuth2 { refresh: None, .. }
            | Credentials::ClientCredentials { .. }
            | Credentials::ApiKey(_)
            | Credentials::TokenBased { .. } => false,
        };
        let due = links.new.iter().filter(|(_, linked)| linked.status == Status::Active && is_due(linked));
        (due.map(|(key, _)| key.clone()).collect::<Vec<_>>(), margin)
    });
    for key in keys {
        refresh(shared, &At { side: Side::New, key, by }, Margin::Within(margin), now_ms).await;
    }
}

enum Due {
    No,
    Impossible,
    Yes(Asking),
}

struct Asking {
    oauth: String,
    fields: Vec<(&'static str, String)>,
}

fn due(links: &mut Links, at: &At, margin: Margin, now_ms: i64) -> Due {
    let (Some(oauth), Some(linked)) = (links.oauth.clone(), links.side(at.side).get(&at.key).cloned()) else {
        return Due::No;
    };
    let is_due = |expires_ms: Option<i64>| match margin {
        Margin::Always => true,
        // What expires nobody knows when may have expired.
        Margin::Within(ms) => expires_ms.is_none_or(|at| at <= now_ms + ms),
    };
    match &linked.credentials {
        Credentials::ApiKey(_) | Credentials::TokenBased { .. } => Due::No,
        Credentials::OAuth2 { expires_ms, .. } if !is_due(*expires_ms) => Due::No,
        Credentials::OAuth2 { refresh: None, .. } => Due::Impossible,
        Credentials::OAuth2 { refresh: Some(refresh), .. } => match links.app(at.side, &linked) {
            Some(app) => Due::Yes(Asking {
                oauth,
                fields: vec![
                    ("grant_type", "refresh_token".to_owned()),
                    ("refresh_token", refresh.clone()),
                    ("client_id", app.client.clone()),
                    ("client_secret", app.secret.clone()),
                ],
            }),
            None => Due::Impossible,
        },
        Credentials::ClientCredentials { access: Some((_, at)), .. } if !is_due(Some(*at)) => Due::No,
        Credentials::ClientCredentials { client, secret, .. } => Due::Yes(Asking {
            oauth,
            fields: vec![
                ("grant_type", "client_credentials".to_owned()),
                ("client_id", client.clone()),
                ("client_secret", secret.clone()),
            ],
        }),
    }
}

fn take(linked: &mut Linked, tokens: &Value, now_ms: i64) {
    let text = |name: &str| tokens[name].as_str().map(str::to_owned);
    let until = now_ms + tokens["expires_in"].as_i64().unwrap_or(0) * 1_000;
    match &mut linked.credentials {
        Credentials::OAuth2 { access, refresh, expires_ms, .. } => {
            *access = text("access_token").unwrap_or_default();
            // RFC 6749 section 6: where none comes, the old one stays.
            *refresh = text("refresh_token").or(refresh.take());
            *expires_ms = Some(until);
        }
        Credentials::ClientCredentials { access, .. } => {
            *access = text("access_token").map(|token| (token, until));
        }
        Credentials::ApiKey(_) | Credentials::TokenBased { .. } => {}
    }
    linked.status = Status::Active;
    linked.last_error = None;
    linked.refreshed_ms = Some(now_ms);
    linked.updated_ms = now_ms;
}
