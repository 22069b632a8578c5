//! The upstreams' OAuth server: token, introspection and revocation endpoints, and a few of the tests' own.

use serde_json::{Value, json};

use crate::asked::Asked;
use crate::oauth::Entry;
use crate::oauth::authority::{Tokens, fingerprint};
use crate::reply::Reply;
use crate::world::World;

/// Answers.
pub fn answer(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    let authority = &mut world.authority;
    match (asked.method.as_str(), &asked.parts()[..]) {
        ("POST", ["token"]) => token(asked, world, now_ms),
        ("POST", ["token", "introspection"]) => Reply::json(
            200,
            match authority.introspect(&form(asked, "token"), now_ms) {
                Some(active) => json!({
                    "active": true, "sub": active.subject, "client_id": active.client, "scope": active.scope,
                    "exp": active.expires_ms / 1_000, "token_type": "Bearer",
                }),
                None => json!({"active": false}),
            },
        ),
        ("POST", ["token", "revocation"]) => {
            let token = form(asked, "token");
            let entry = entry(asked, world, &token, "revocation", now_ms);
            world.authority.log.push(Entry { outcome: "ok".to_owned(), ..entry });
            world.authority.revoke(&token);
            Reply::empty(200)
        }
        ("POST", ["test", "grants"]) => {
            let wanted: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let text = |wanted: &Value, name: &str| wanted[name].as_str().unwrap_or_default().to_owned();
            let grants: Option<Vec<Value>> = wanted
                .as_array()
                .into_iter()
                .flatten()
                .map(|wanted| {
                    let (subject, client) = (text(wanted, "sub"), text(wanted, "client_id"));
                    authority
                        .grant(&subject, &client, &text(wanted, "scope"), now_ms)
                        .map(|tokens| body(&tokens))
                })
                .collect();
            grants.map_or_else(|| error(400, "invalid_client"), |grants| Reply::json(200, grants.into()))
        }
        ("POST", ["test", "lose"]) => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            authority.losing = body["answers"].as_u64().unwrap_or(0);
            Reply::json(200, json!({}))
        }
        ("GET", ["test", "log"]) => Reply::json(200, authority.log.iter().map(Entry::json).collect()),
        _ => error(404, "invalid_request"),
    }
}

/// Whether the answer to this request is to be lost: of the token endpoint, so many times.
pub fn is_lost(asked: &Asked, world: &mut World) -> bool {
    let losing = &mut world.authority.losing;
    let is_lost = asked.method == "POST" && asked.parts()[..] == ["token"] && *losing > 0;
    *losing -= u64::from(is_lost);
    is_lost
}

fn token(asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
    let (client, secret) = (form(asked, "client_id"), form(asked, "client_secret"));
    let (grant_type, presented) = (form(asked, "grant_type"), form(asked, "refresh_token"));
    let entry = entry(asked, world, &presented, &grant_type, now_ms);
    let authority = &mut world.authority;
    let tokens = match grant_type.as_str() {
        "refresh_token" => authority.refresh(&presented, &client, &secret, now_ms),
        "client_credentials" => authority.own_token(&client, &secret, now_ms),
        _ => Err("unsupported_grant_type"),
    };
    let issued = tokens.as_ref().ok().and_then(|tokens| tokens.refresh.as_deref()).map(fingerprint);
    let outcome = tokens.as_ref().map_or_else(|error| *error, |_| "ok").to_owned();
    authority.log.push(Entry { issued: issued.unwrap_or_default(), outcome, ..entry });
    match tokens {
        Ok(tokens) => Reply::json(200, body(&tokens)),
        Err("invalid_client") => error(401, "invalid_client"),
        Err(word) => error(400, word),
    }
}

fn entry(asked: &Asked, world: &World, presented: &str, what: &str, now_ms: i64) -> Entry {
    Entry {
        at_ms: now_ms,
        by: asked.header("user-agent").unwrap_or_default().to_owned(),
        client: form(asked, "client_id"),
        what: what.to_owned(),
        subject: world.authority.subject(presented).unwrap_or_default().to_owned(),
        presented: if presented.is_empty() { String::new() } else { fingerprint(presented) },
        issued: String::new(),
        outcome: String::new(),
    }
}

fn body(tokens: &Tokens) -> Value {
    let mut body = json!({
        "access_token": tokens.access, "expires_in": tokens.expires_in_s, "token_type": "Bearer",
        "scope": tokens.scope,
    });
    if let Some(refresh) = &tokens.refresh {
        body["refresh_token"] = json!(refresh);
    }
    body
}

/// An error (RFC 6749 section 5.2).
pub fn error(status: u16, word: &str) -> Reply {
    Reply::json(status, json!({"error": word, "error_description": "grant request is invalid"}))
}

/// A field of a form; empty where it is absent.
fn form(asked: &Asked, name: &str) -> String {
    asked.form().into_iter().find(|(known, _)| known == name).map_or(String::new(), |(_, value)| value)
}
