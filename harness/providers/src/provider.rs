//! A provider that can be asked: its profile, its address, our credentials, the budgets, and the patience to ask again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use compare::model::{Body, FailureKind, Response};

use crate::asked::{Account, Asked, Effect, encoded, encoded_query};
use crate::budget::Budgets;
use crate::client::{Answer, Call, Called, Client};
use crate::pattern::Pattern;
use crate::profile::Profile;
use crate::rate::dialect::Dialect;
use crate::rate::{self, RateLimit};
use crate::secret::Secret;
use crate::wait::{WAIT_MAX_MS, throttled, wait};

/// A provider that can be asked.
#[derive(Debug)]
pub struct Provider {
    /// What is known of it.
    pub profile: Profile,
    base: String,
    credentials: BTreeMap<String, Secret>,
    client: Client,
    budgets: Budgets,
    dialects: Vec<Dialect>,
    dice: AtomicU64,
}

/// What a provider is made of.
#[derive(Debug)]
pub struct Parts {
    /// What is known of it.
    pub profile: Profile,
    /// Where paths begin.
    pub base: String,
    /// What it is asked with.
    pub credentials: BTreeMap<String, Secret>,
    /// By which it is asked.
    pub client: Client,
    /// Which share of its own limits we take.
    pub share: f64,
    /// All that are known; the profile names some.
    pub dialects: Vec<Dialect>,
    /// For jitter.
    pub seed: u64,
}

/// Why a request cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The configuration gives no such credential.
    #[error("the profile needs the credential `{name}`, which the configuration does not give")]
    Credential {
        /// Its name.
        name: String,
    },
    /// The account has no such thing.
    #[error("the account `{account}` has no `{name}`, which the profile needs")]
    Account {
        /// The account.
        account: String,
        /// A column of the accounts' file.
        name: String,
    },
    /// No account is known, and the provider must be told one.
    #[error("the provider must be told whose account it is, and none is known")]
    NoAccount,
}

/// How often and how long one asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Attempts in all; 1: never again.
    pub attempts: u32,
    /// A longer wait is not waited.
    pub wait_max_ms: u64,
}

impl Patience {
    /// For what nobody waits for, such as a mirror: what came first is what is told.
    pub const NONE: Patience = Patience { attempts: 1, wait_max_ms: 0 };
    /// For what is collected.
    pub const LONG: Patience = Patience { attempts: 5, wait_max_ms: WAIT_MAX_MS };
}

/// What came of asking.
#[derive(Debug)]
pub struct Asking {
    /// The last attempt.
    pub called: Called,
    /// Path and query as they were sent, from the base on.
    pub target: String,
    /// How often it was asked.
    pub attempts: u32,
    /// How often the answer was that we ask too often.
    pub throttled: u32,
    /// What the last answer said of limits.
    pub limit: Option<RateLimit>,
}

impl Provider {
    /// Makes a provider; dialects that the profile does not name are left out.
    pub fn new(parts: Parts) -> Provider {
        let Parts { profile, base, credentials, client, share, dialects, seed } = parts;
        let named = |dialect: &Dialect| profile.rate_limits.dialects.contains(&dialect.name);
        Provider {
            budgets: Budgets::new(&profile.own_limit, share),
            dialects: dialects.into_iter().filter(named).collect(),
            base: base.trim_end_matches('/').to_owned(),
            credentials,
            client,
            dice: AtomicU64::new(seed),
            profile,
        }
    }

    /// Where its paths begin.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The path of the base address, which next pages' addresses have before ours.
    pub fn base_path(&self) -> &str {
        let rest = self.base.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |slash| &rest[slash..])
    }

    /// Why it could not be asked at all, where a credential that its profile needs is not there.
    pub fn unready(&self) -> Option<CallError> {
        let needed = self.profile.credentials();
        let missing = needed.into_iter().find(|name| !self.credentials.contains_key(*name))?;
        Some(CallError::Credential { name: missing.to_owned() })
    }

    /// The budgets of its token and accounts.
    pub fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What headers say of limits, in the standard fields and the dialects that the profile names.
    pub fn limit(&self, headers: &rate::Headers) -> Option<RateLimit> {
        rate::read(headers, &self.dialects, self.client.now())
    }

    /// Whether a header of this lower-case name may tell of limits.
    pub fn tells_of_limits(&self, name: &str) -> bool {
        name.starts_with("ratelimit") || self.dialects.iter().any(|dialect| dialect.reads(name))
    }

    /// A path of the profile in which `{name}` stands for what the configuration gives under that name beside the keys, such as a project.
    pub fn path(&self, written: &str) -> String {
        let fill = |path: String, (name, value): (&String, &Secret)| {
            path.replace(&format!("{{{name}}}"), &encoded(value.expose()))
        };
        self.credentials.iter().fold(written.to_owned(), fill)
    }

    /// The request as it is sent, and its path and query from the base on.
    pub fn call(&self, asked: &Asked, account: Option<&Account>) -> Result<(Call, String), CallError> {
        let of_account = |pattern: &Pattern| match account {
            Some(account) => pattern
                .fill(&|name| account.value(name))
                .map_err(|name| CallError::Account { account: account.name.clone(), name }),
            None => Err(CallError::NoAccount),
        };
        let mut headers = self.auth()?;
        for (name, pattern) in &self.profile.account.headers {
            headers.push((name.0.clone(), of_account(pattern)?));
        }
        if asked.body.is_some() && !asked.headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), Secret::new("application/json".to_owned())));
        }
        // What the operation says holds against what the profile says.
        headers.retain(|(name, _)| !asked.headers.iter().any(|(other, _)| other == name));
        headers.extend(asked.headers.iter().cloned());
        let mut query: Vec<(&str, Secret)> = Vec::new();
        for (name, pattern) in &self.profile.account.query {
            query.push((name, of_account(pattern)?));
        }
        let own = query.iter().map(|(name, value)| (*name, value.expose()));
        let names: Vec<&str> = query.iter().map(|(name, _)| *name).collect();
        let others = asked.query.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        let query = encoded_query(own.chain(others.map(|(name, value)| (name.as_str(), value.as_str()))));
        let path = match asked.path.contains("{account}") {
            true => {
                let id = account.ok_or(CallError::NoAccount)?.id.expose();
                asked.path.replace("{account}", &encoded(id))
            }
            false => asked.path.clone(),
        };
        let target = format!("{path}{query}");
        let call = Call {
            method: asked.method.clone(),
            url: Secret::new(format!("{}{target}", self.base)),
            headers,
            body: asked.body.as_ref().map(|body| Bytes::from(body.clone())),
        };
        Ok((call, target))
    }

    /// Asks within the budgets, and again where that makes sense and reads only.
    pub async fn ask(
        &self,
        asked: &Asked,
        account: Option<&Account>,
        patience: Patience,
    ) -> Result<Asking, CallError> {
        let (call, target) = self.call(asked, account)?;
        let name = account.map_or("", |account| account.name.as_str());
        Ok(self.asking(asked.effect, (call, target), name, patience).await)
    }

    /// The same of what is about an account and not in its name: the profile's headers and parameters of accounts are not sent.
    pub async fn manage(
        &self,
        asked: &Asked,
        account: &str,
        patience: Patience,
    ) -> Result<Asking, CallError> {
        let mut headers = self.auth()?;
        headers.retain(|(name, _)| !asked.headers.iter().any(|(other, _)| other == name));
        headers.extend(asked.headers.iter().cloned());
        if asked.body.is_some() && !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), Secret::new("application/json".to_owned())));
        }
        let query = asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let target = format!("{}{}", asked.path, encoded_query(query));
        let call = Call {
            method: asked.method.clone(),
            url: Secret::new(format!("{}{target}", self.base)),
            headers,
            body: asked.body.as_ref().map(|body| Bytes::from(body.clone())),
        };
        Ok(self.asking(asked.effect, (call, target), account, patience).await)
    }

    /// What every request carries.
    fn auth(&self) -> Result<Vec<(String, Secret)>, CallError> {
        let mut headers = vec![("accept".to_owned(), Secret::new("application/json".to_owned()))];
        for (name, pattern) in &self.profile.auth.headers {
            let value = pattern.fill(&|name| self.credentials.get(name).cloned());
            headers.push((name.0.clone(), value.map_err(|name| CallError::Credential { name })?));
        }
        Ok(headers)
    }

    async fn asking(
        &self,
        effect: Effect,
        (call, target): (Call, String),
        name: &str,
        patience: Patience,
    ) -> Asking {
        let (mut attempts, mut throttled) = (0, 0);
        loop {
            self.budgets.wait(name, self.client.clock()).await;
            let called = self.client.call(&call).await;
            attempts += 1;
            let limit = called.outcome.as_ref().ok().and_then(|answer| self.limit(&answer.headers));
            if let Some(limit) = &limit {
                self.budgets.learn(name, limit, self.client.now());
            }
            let again = self.again(&called, limit.as_ref(), attempts);
            throttled += u32::from(matches!(again, Again::After { is_throttle: true, .. }));
            let can = effect == Effect::Reads && attempts < patience.attempts;
            match again {
                Again::After { ms, is_throttle } if can && ms <= patience.wait_max_ms => {
                    if is_throttle {
                        let until =
                            self.client.now().checked_add(jiff::SignedDuration::from_millis(ms as i64)).ok();
                        self.budgets.hold(name, until);
                    }
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                }
                _ => return Asking { called, target, attempts, throttled, limit },
            }
        }
    }

    /// How long whoever was refused for asking too often waits; `None`: it was not for that.
    pub fn throttled_ms(&self, answer: &Answer) -> Option<u64> {
        let rule = throttled(&self.profile, &as_response(answer, &self.profile))?;
        let limit = self.limit(&answer.headers);
        Some(wait(&answer.headers, limit.as_ref(), Some(rule.wait.0), 1, self.roll(), self.client.now()).ms)
    }

    fn again(&self, called: &Called, limit: Option<&RateLimit>, attempt: u32) -> Again {
        let now = self.client.now();
        let wait = |headers: &rate::Headers, profile_s| {
            wait(headers, limit, profile_s, attempt, self.roll(), now).ms
        };
        match &called.outcome {
            Err(failure) => match failure.kind {
                FailureKind::Connect | FailureKind::Reset | FailureKind::Timeout => {
                    Again::After { ms: wait(&rate::Headers::new(), None), is_throttle: false }
                }
                FailureKind::Tls
                | FailureKind::TooLarge
                | FailureKind::Protocol
                | FailureKind::Refused
                | FailureKind::Dropped => Again::No,
            },
            Ok(answer) => match throttled(&self.profile, &as_response(answer, &self.profile)) {
                Some(rule) => {
                    Again::After { ms: wait(&answer.headers, Some(rule.wait.0)), is_throttle: true }
                }
                None if matches!(answer.status, 502..=504) => {
                    Again::After { ms: wait(&answer.headers, None), is_throttle: false }
                }
                None => Again::No,
            },
        }
    }

    /// From 0 up to 1 (SplitMix64): jitter needs no better.
    fn roll(&self) -> f64 {
        let mut mixed = self.dice.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Whether asking again makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    No,
    After { ms: u64, is_throttle: bool },
}

/// As rules of a profile read it; the body is copied only where a rule speaks of the status.
fn as_response(answer: &Answer, profile: &Profile) -> Response {
    if !profile.throttled.iter().any(|rule| rule.status == answer.status) {
        return Response { status: answer.status, headers: rate::Headers::new(), body: Body::Absent };
    }
    let text = String::from_utf8(answer.body.clone()).ok();
    let body = text.map_or(Body::Absent, Body::Json);
    Response { status: answer.status, headers: answer.headers.clone(), body }
}
