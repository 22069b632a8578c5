//! What is known of upstreams' tokens: how a refresh token changes, when it ends, and what must travel beside it. `mappings/upstreams.toml`.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::profile::{Confidence, ProfileError, told};
use crate::secret::Secret;
use crate::span::Span;

/// What is known of an upstream's tokens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// The integrations that reach it, as providers and the accounts' file call them.
    pub integrations: Vec<String>,
    /// As people call it.
    pub title: String,
    /// How it is known.
    pub confidence: Confidence,
    /// What a refresh does to the refresh token.
    pub rotation: Rotation,
    /// So long an access token is good, where that is known.
    pub access: Option<Span>,
    /// So long an old refresh token is good after a rotation.
    pub leeway: Option<Span>,
    /// A refresh token ends that nobody used for so long.
    pub idle: Option<Span>,
    /// It ends so long after the user's consent, used or not.
    pub absolute: Option<Span>,
    /// What must travel beside the token, by the names that providers use; any name of a list suffices.
    #[serde(default)]
    pub context: Vec<Vec<String>>,
    /// What it says, beside the standard's `invalid_grant`, when it refuses a refresh token.
    #[serde(default)]
    pub refused: Vec<String>,
    /// How its OAuth server says of a token whether it is good, and whose (RFC 7662).
    pub introspection: Option<Introspection>,
    /// For people.
    pub note: Option<String>,
}

/// How an upstream's OAuth server is asked of a token. In each text `${NAME}` stands for a variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Introspection {
    /// Where.
    pub url: String,
    /// How the client that asks says who it is.
    #[serde(default)]
    pub auth: ClientAuth,
    /// Which client asks.
    pub client_id: String,
    /// Its secret.
    #[serde(deserialize_with = "secret")]
    pub client_secret: Secret,
}

/// How a client says who it is (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// In a header: what every server must understand.
    #[default]
    Basic,
    /// In the form.
    Post,
}

fn secret<'d, D: serde::Deserializer<'d>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// The same one comes back.
    Never,
    /// A new one may come, with the old one soon useless; some apps, or sometimes.
    Sometimes,
    /// A new one comes each time.
    Always,
}

impl Rotation {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Rotation::Never => "never",
            Rotation::Sometimes => "sometimes",
            Rotation::Always => "always",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    upstream: Vec<Upstream>,
}

/// Reads the file; an integration that stands in it twice is refused.
pub fn parse_upstreams(text: &str) -> Result<Vec<Upstream>, ProfileError> {
    let file: File = toml::from_str(text).map_err(|error| told(&error))?;
    let mut seen = BTreeSet::new();
    for name in file.upstream.iter().flat_map(|upstream| &upstream.integrations) {
        if !seen.insert(name) {
            let message = format!("two upstreams are reached by the integration `{name}`");
            return Err(ProfileError { message, span: None });
        }
    }
    Ok(file.upstream)
}

/// The upstream of an integration.
pub fn upstream_of<'u>(upstreams: &'u [Upstream], integration: &str) -> Option<&'u Upstream> {
    upstreams.iter().find(|upstream| upstream.integrations.iter().any(|name| name == integration))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded;

    #[test]
    fn the_embedded_upstreams_are_whole_and_say_what_the_services_say() {
        let upstreams = embedded::upstreams();
        let told = |name: &str| {
            let upstream = upstream_of(&upstreams, name).unwrap_or_else(|| panic!("{name} is known"));
            let span = |span: Option<Span>| span.map_or("-".to_owned(), Span::text);
            let spans = [upstream.access, upstream.leeway, upstream.idle, upstream.absolute].map(span);
            format!("{} {}", upstream.rotation.name(), spans.join(" "))
        };
        assert_eq!(told("hubspot"), "never 30m - - -");
        assert_eq!(told("jira"), "always 1h 10m 90d 365d");
        assert_eq!(told("quickbooks"), "sometimes 1h - 100d 1825d");
        assert_eq!(told("xero"), "always 30m 30m 60d -");
        assert_eq!(told("netsuite"), "never 1h - - 7d");
        assert_eq!(told("salesforce"), "sometimes - - - -");
    }

    #[test]
    fn an_integration_has_one_upstream() {
        let one =
            "[[upstream]]\nintegrations = [\"a\"]\ntitle = \"A\"\nconfidence = \"K\"\nrotation = \"never\"\n";
        let error = parse_upstreams(&format!("{one}{one}")).expect_err("it is there twice");
        assert_eq!(error.message, "two upstreams are reached by the integration `a`");
    }
}
