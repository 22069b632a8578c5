//! What the upstream's own OAuth server says of tokens (RFC 7662), where `mappings/upstreams.toml` says how it is asked: whether they are good, and whose.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use handover::credentials::{Credentials, Kind};
use handover::edge::Trouble;
use handover::machine::Cure;
use providers::asked::encoded;
use providers::client::{Call, Client};
use providers::secret::Secret;
use providers::upstream::{ClientAuth, Introspection};
use serde_json::Value;
use zeroize::Zeroizing;

use super::calls::person;
use crate::config::template::Template;
use crate::options::Global;
use crate::profiles;

/// An endpoint that takes longer is not there.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The introspection endpoint of an upstream, ready to be asked.
pub struct Endpoint {
    client: Client,
    url: Secret,
    auth: ClientAuth,
    client_id: Secret,
    client_secret: Secret,
}

/// What is said of a token. What is not said is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Whether it is good now.
    pub is_active: bool,
    /// The OAuth client that it was issued to.
    pub client: Option<String>,
    /// Whose it is.
    pub subject: Option<String>,
}

/// What the accounts' file expects of an account's tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// The column `client_id`.
    pub client: Option<&'a str>,
    /// The column `subject`.
    pub subject: Option<&'a str>,
}

impl Endpoint {
    /// With the variables of the environment in its texts.
    pub fn new(of: &Introspection, global: &Global) -> anyhow::Result<Endpoint> {
        let variable = |name: &str| global.environment.get(name);
        let resolved = |text: &str| anyhow::Ok(Secret::new(Template::parse(text)?.resolve(&variable)?));
        let url = resolved(&of.url)?;
        Ok(Endpoint {
            client: profiles::client(url.expose(), TIMEOUT, global)?,
            url,
            auth: of.auth,
            client_id: resolved(&of.client_id)?,
            client_secret: resolved(of.client_secret.expose())?,
        })
    }

    /// What it says of a token; that it does not say anything is a reason to ask again, or for a person.
    pub async fn ask(&self, token: &Secret, hint: &'static str) -> Result<Said, Trouble> {
        let (id, secret) =
            (encoded(self.client_id.expose()), Zeroizing::new(encoded(self.client_secret.expose())));
        let mut body = Zeroizing::new(format!("token_type_hint={hint}&token={}", encoded(token.expose())));
        let mut headers = vec![
            ("accept".to_owned(), Secret::new("application/json".to_owned())),
            ("content-type".to_owned(), Secret::new("application/x-www-form-urlencoded".to_owned())),
        ];
        match self.auth {
            // RFC 6749, 2.3.1: both parts are encoded as in a form before they are joined.
            ClientAuth::Basic => {
                let pair = Zeroizing::new(format!("{id}:{}", secret.as_str()));
                let basic = format!("Basic {}", STANDARD.encode(pair.as_bytes()));
                headers.push(("authorization".to_owned(), Secret::new(basic)));
            }
            ClientAuth::Post => {
                body.push_str(&format!("&client_id={id}&client_secret="));
                body.push_str(&secret);
            }
        }
        let call = Call {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers,
            body: Some(Bytes::copy_from_slice(body.as_bytes())),
        };
        let answer = self.client.call(&call).await.outcome.map_err(|failure| Trouble::Refused {
            why: format!("the upstream's introspection endpoint: {}", failure.detail),
            cure: Cure::Again,
        })?;
        match (answer.status, said(&answer.body)) {
            (200, Some(said)) => Ok(said),
            (200, None) => {
                Err(person("the upstream's introspection endpoint does not say `active` (RFC 7662)"))
            }
            (429 | 500..=599, _) => Err(Trouble::Refused {
                why: format!("the upstream's introspection endpoint answered {}", answer.status),
                cure: Cure::Again,
            }),
            (status, _) => Err(person(format!("the upstream's introspection endpoint answered {status}"))),
        }
    }
}

fn said(body: &[u8]) -> Option<Said> {
    let told: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    Some(Said { is_active: told["active"].as_bool()?, client: text("client_id"), subject: text("sub") })
}

/// What speaks against giving exported credentials to new; nothing where the upstream knows nothing against it.
pub async fn look(
    endpoint: &Endpoint,
    credentials: &Credentials,
    expected: Expected<'_>,
) -> Result<(), Trouble> {
    if credentials.kind != Kind::OAuth2 {
        return Ok(());
    }
    let ask = async |name: &'static str| match credentials.secret(name) {
        Some(token) => endpoint.ask(token, name).await.map(Some),
        None => Ok(None),
    };
    let (access, refresh) = (ask("access_token").await?, ask("refresh_token").await?);
    match objection(access.as_ref(), refresh.as_ref(), expected) {
        Some(why) => Err(person(format!("the upstream says that {why}"))),
        None => Ok(()),
    }
}

/// The same of what was said. An access token may have ended where a refresh token can make another.
fn objection(access: Option<&Said>, refresh: Option<&Said>, expected: Expected<'_>) -> Option<String> {
    match (access, refresh) {
        (_, Some(refresh)) if !refresh.is_active => {
            return Some(
                "its refresh token is not good any more: legacy has lost it, and the customer must connect again"
                    .to_owned(),
            );
        }
        (Some(access), None) if !access.is_active => {
            return Some(
                "its access token is not good any more, and there is none that refreshes".to_owned(),
            );
        }
        _ => {}
    }
    // Of what is not good nothing else is said (RFC 7662, 2.2).
    let good: Vec<&Said> = [access, refresh].into_iter().flatten().filter(|said| said.is_active).collect();
    let is_other = |wanted: Option<&str>, said: Option<&String>| matches!((wanted, said), (Some(wanted), Some(said)) if wanted != said);
    if good.iter().any(|said| is_other(expected.client, said.client.as_ref())) {
        return Some(
            "its tokens were issued to another OAuth client than the column `client_id` names".to_owned(),
        );
    }
    if good.iter().any(|said| is_other(expected.subject, said.subject.as_ref())) {
        return Some("its tokens are of somebody else than the column `subject` names".to_owned());
    }
    match good[..] {
        [access, refresh] if is_other(access.subject.as_deref(), refresh.subject.as_ref()) => {
            Some("its access token and its refresh token are not of the same customer".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(client: &str, subject: &str) -> Said {
        Said { is_active: true, client: Some(client.to_owned()), subject: Some(subject.to_owned()) }
    }

    #[track_caller]
    fn check(access: Option<Said>, refresh: Option<Said>, expected: Expected<'_>, objects: Option<&str>) {
        let found = objection(access.as_ref(), refresh.as_ref(), expected);
        match objects {
            Some(words) => assert!(found.as_deref().is_some_and(|found| found.contains(words)), "{found:?}"),
            None => assert_eq!(found, None),
        }
    }

    #[test]
    fn what_is_good_and_of_whom_it_should_be_is_not_objected_to() {
        let acme = Expected { client: Some("app"), subject: Some("acme") };
        check(Some(good("app", "acme")), Some(good("app", "acme")), acme, None);
        check(Some(Said::default()), Some(good("app", "acme")), acme, None);
        check(Some(Said { is_active: true, ..Said::default() }), None, acme, None);
        check(None, None, acme, None);
    }

    #[test]
    fn what_is_dead_anothers_or_torn_is() {
        let (ours, nobodys) = (Expected { client: Some("app"), subject: None }, Expected::default());
        check(Some(good("app", "acme")), Some(Said::default()), ours, Some("refresh token is not good"));
        check(Some(Said::default()), None, ours, Some("access token is not good"));
        check(Some(good("vendors", "acme")), None, ours, Some("another OAuth client"));
        let brio = Expected { client: None, subject: Some("brio") };
        check(Some(good("app", "acme")), Some(good("app", "acme")), brio, Some("somebody else"));
        check(
            Some(good("app", "acme")),
            Some(good("app", "brio")),
            nobodys,
            Some("not of the same customer"),
        );
    }

    #[test]
    fn an_answer_without_active_says_nothing() {
        assert_eq!(said(b"{\"active\": false, \"sub\": 7}"), Some(Said::default()));
        assert_eq!(said(b"{\"sub\": \"acme\"}"), None);
        assert_eq!(said(b"<html>"), None);
    }
}
