//! A profile: what is known of a provider, as a TOML file says it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use compare::path::Path;
use serde::Deserialize;
use serde::de::Error as _;

use crate::inventory::Inventory;
use crate::pattern::Pattern;
use crate::tokens::Tokens;

/// A profile is written by people; a larger file is not one.
pub const PROFILE_BYTES_MAX: u64 = 1024 * 1024;
/// Nobody waits longer without being told to.
pub const WAIT_S_MAX: u64 = 3_600;

/// What is known of a provider. Unknown keys are refused: a misspelt one would be a limit that nobody keeps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// As people call it.
    pub title: String,
    /// Where its API begins; the configuration may name another (a region, a host of one's own).
    pub base_url: Option<String>,
    /// What every request carries.
    pub auth: Auth,
    /// How a request says whose account it is about.
    pub account: AccountPlace,
    /// How lists come.
    pub list: List,
    /// How a single record comes.
    pub single: Single,
    /// How errors come.
    pub error: ErrorShape,
    /// Which answers mean that the caller asked too often.
    #[serde(default)]
    pub throttled: Vec<Throttled>,
    /// What is told of limits before they are reached.
    pub rate_limits: RateLimits,
    /// The provider's own limits, beside those of upstreams.
    #[serde(default)]
    pub own_limit: Vec<OwnLimit>,
    /// What hurts who does not know it.
    #[serde(default)]
    pub hazard: Vec<Hazard>,
    /// How credentials leave it and come in.
    pub tokens: Option<Tokens>,
    /// What it tells of linked accounts without touching their tokens.
    pub inventory: Option<Inventory>,
}

/// How it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Confidence {
    /// Read in the provider's own documents or code.
    V,
    /// From others.
    S,
    /// Known without a document at hand.
    K,
    /// Not known: assumed.
    U,
}

impl Confidence {
    /// In words.
    pub fn told(self) -> &'static str {
        match self {
            Confidence::V => "documented",
            Confidence::S => "from others",
            Confidence::K => "known, not documented here",
            Confidence::U => "assumed",
        }
    }
}

/// What every request carries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// How it is known.
    pub confidence: Confidence,
    /// By lower-case name; `{name}` is a credential of the configuration.
    pub headers: BTreeMap<HeaderName, Pattern>,
    /// For people.
    pub note: Option<String>,
}

/// How a request says whose account it is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountPlace {
    /// How it is known.
    pub confidence: Confidence,
    /// `{account}` is the account's id on this side, `{integration}` its integration, other names are columns of the accounts' file.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, Pattern>,
    /// Likewise.
    #[serde(default)]
    pub query: BTreeMap<String, Pattern>,
    /// Whether `{account}` stands in the paths of operations.
    #[serde(default)]
    pub path: bool,
    /// For people.
    pub note: Option<String>,
}

/// How lists come.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// How it is known.
    pub confidence: Confidence,
    /// Where the items lie.
    pub items: Place,
    /// How a page says where the next one is.
    pub next: Option<Next>,
    /// How many items a page has.
    pub page_size: Option<PageSize>,
    /// For people.
    pub note: Option<String>,
}

/// How a page says where the next one is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "NextKeys")]
pub enum Next {
    /// A cursor in the body goes into a query parameter.
    Cursor {
        /// Where it lies; the list ends where it is absent, null or empty.
        cursor: Place,
        /// The parameter.
        query: String,
    },
    /// A URL in the body.
    Url {
        /// Where it lies.
        url: Place,
    },
    /// A `link` header with `rel="next"` (RFC 8288).
    Link,
    /// A query parameter counts the items so far; a page shorter than the one before ends the list.
    Offset {
        /// The parameter.
        query: String,
        /// Where the body says that there is more, if it does.
        more: Option<Place>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextKeys {
    cursor: Option<Place>,
    query: Option<String>,
    url: Option<Place>,
    link: Option<bool>,
    offset: Option<String>,
    more: Option<Place>,
}

impl TryFrom<NextKeys> for Next {
    type Error = &'static str;

    fn try_from(keys: NextKeys) -> Result<Next, &'static str> {
        match keys {
            NextKeys {
                cursor: Some(cursor),
                query: Some(query),
                url: None,
                link: None,
                offset: None,
                more: None,
            } => Ok(Next::Cursor { cursor, query }),
            NextKeys { cursor: None, query: None, url: Some(url), link: None, offset: None, more: None } => {
                Ok(Next::Url { url })
            }
            NextKeys { cursor: None, query: None, url: None, link: Some(true), offset: None, more: None } => {
                Ok(Next::Link)
            }
            NextKeys { cursor: None, query: None, url: None, link: None, offset: Some(query), more } => {
                Ok(Next::Offset { query, more })
            }
            _ => Err("expected { cursor, query }, { url }, { link = true } or { offset }"),
        }
    }
}

/// How many items a page has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageSize {
    /// The parameter.
    pub query: String,
    /// The most that is given, where it is known.
    pub max: Option<u32>,
}

/// How a single record comes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Single {
    /// How it is known.
    pub confidence: Confidence,
    /// Where the record lies.
    pub item: Place,
    /// For people.
    pub note: Option<String>,
}

/// How errors come.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorShape {
    /// How it is known.
    pub confidence: Confidence,
    /// What people read.
    pub message: Option<Place>,
    /// What machines read.
    pub code: Option<Place>,
    /// What tells an error of the upstream's from one of the provider's own.
    pub upstream: Option<Is>,
    /// Where the upstream's own body lies.
    pub upstream_body: Option<Place>,
    /// For people.
    pub note: Option<String>,
}

/// A value at a place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Is {
    /// Where.
    pub path: Place,
    /// What stands there, as text; any one of several suffices.
    pub is: String,
}

/// An answer that means that the caller asked too often.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttled {
    /// How it is known.
    pub confidence: Confidence,
    /// HTTP's.
    pub status: u16,
    /// What the body must say beside the status.
    pub body: Option<Is>,
    /// How long to wait where the answer does not say it.
    pub wait: Seconds,
    /// For people.
    pub note: Option<String>,
}

/// What is told of limits before they are reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// How it is known.
    pub confidence: Confidence,
    /// Names of `mappings/rate-limits.toml`.
    pub dialects: Vec<String>,
    /// For people.
    pub note: Option<String>,
}

/// A limit of the provider's own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLimit {
    /// How it is known.
    pub confidence: Confidence,
    /// Who is limited.
    pub per: Per,
    /// So many requests …
    pub requests: u32,
    /// … in so many seconds.
    pub seconds: u32,
    /// For people.
    pub note: Option<String>,
}

/// Who is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// All who ask with one credential.
    Token,
    /// Each linked account.
    Account,
}

/// What hurts who does not know it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hazard {
    /// How it is known.
    pub confidence: Confidence,
    /// In one sentence.
    pub what: String,
}

/// A place in a body, in RFC 9535 JSONPath.
#[derive(Clone, Debug)]
pub struct Place {
    /// As written.
    pub text: String,
    /// As it is matched.
    pub path: Path,
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        self.text == other.text
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Place, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Path::parse(&text) {
            Ok(path) => Ok(Place { text, path }),
            Err(error) => Err(D::Error::custom(error)),
        }
    }
}

/// A header's name, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeaderName(pub String);

impl<'de> Deserialize<'de> for HeaderName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<HeaderName, D::Error> {
        let name = String::deserialize(deserializer)?.to_ascii_lowercase();
        match reqwest::header::HeaderName::try_from(name.as_str()) {
            Ok(_) => Ok(HeaderName(name)),
            Err(_) => Err(D::Error::custom(format!("`{name}` is not the name of a header"))),
        }
    }
}

/// `"10s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub u64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Seconds, D::Error> {
        let text = String::deserialize(deserializer)?;
        let seconds = text.strip_suffix('s').and_then(|digits| digits.parse().ok());
        match seconds.filter(|seconds| (1..=WAIT_S_MAX).contains(seconds)) {
            Some(seconds) => Ok(Seconds(seconds)),
            None => Err(D::Error::custom(format!("expected seconds from \"1s\" to \"{WAIT_S_MAX}s\""))),
        }
    }
}

/// Why a text is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProfileError {
    /// What is wrong, in one line.
    pub message: String,
    /// The bytes of the text where it is, where that is known.
    pub span: Option<Range<usize>>,
}

impl Profile {
    /// Reads a profile.
    pub fn parse(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text).map_err(|error| told(&error))?;
        let refuse = |message: &str| Err(ProfileError { message: message.to_owned(), span: None });
        if profile.throttled.is_empty() {
            return refuse("the profile does not say which answers mean `throttled`");
        }
        if profile.own_limit.iter().any(|limit| limit.requests == 0 || limit.seconds == 0) {
            return refuse("an `own_limit` of zero lets nothing pass");
        }
        if let Some(base) = &profile.base_url
            && !is_base(base)
        {
            return refuse("`base_url` is not http:// or https:// with a host, without a query");
        }
        Ok(profile)
    }

    /// The credentials that it needs, sorted.
    pub fn credentials(&self) -> BTreeSet<&str> {
        self.auth.headers.values().flat_map(Pattern::names).collect()
    }

    /// The columns of the accounts' file that it needs beside the id and the integration, sorted.
    pub fn account_columns(&self) -> BTreeSet<&str> {
        let patterns = self.account.headers.values().chain(self.account.query.values());
        patterns.flat_map(Pattern::names).filter(|name| !["account", "integration"].contains(name)).collect()
    }
}

/// Whether a text is an address below which paths can lie.
pub fn is_base(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| {
        ["http", "https"].contains(&url.scheme())
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

pub(crate) fn told(error: &toml::de::Error) -> ProfileError {
    ProfileError { message: error.message().lines().collect::<Vec<_>>().join(" "), span: error.span() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded;

    fn edited(from: &str, to: &str) -> String {
        let text = embedded::profile_text("truto").expect("it is embedded");
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    }

    #[track_caller]
    fn refused(from: &str, to: &str, expected: &str) {
        let error = Profile::parse(&edited(from, to)).expect_err("it is no profile");
        assert_eq!(error.message, expected);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        refused(
            "[single]",
            "[singel]",
            "unknown field `singel`, expected one of `title`, `base_url`, `auth`, `account`, `list`, `single`, `error`, `throttled`, `rate_limits`, `own_limit`, `hazard`, `tokens`, `inventory`",
        );
        refused(
            "confidence = \"S\"",
            "confidence = \"X\"",
            "unknown variant `X`, expected one of `V`, `S`, `K`, `U`",
        );
        refused(
            "next = { cursor = \"$.next_cursor\", query = \"next_cursor\" }",
            "next = { cursor = \"$.next_cursor\" }",
            "expected { cursor, query }, { url }, { link = true } or { offset }",
        );
        refused("wait = \"60s\"", "wait = \"0s\"", "expected seconds from \"1s\" to \"3600s\"");
        refused(
            "https://api.truto.one",
            "https://user@api.truto.one",
            "`base_url` is not http:// or https:// with a host, without a query",
        );
        refused("requests = 500", "requests = 0", "an `own_limit` of zero lets nothing pass");
        let text = edited("items = \"$.result\"", "items = \"result\"");
        let error = Profile::parse(&text).expect_err("it is no path");
        assert_eq!(&text[error.span.expect("it has a place")], "\"result\"");
    }

    #[test]
    fn credentials_and_columns_are_named() {
        let profile = embedded::profile("apideck").expect("it is embedded").expect("it is whole");
        assert_eq!(profile.credentials(), ["api_key", "app_id"].into());
        assert_eq!(profile.account_columns(), BTreeSet::new());
    }
}
