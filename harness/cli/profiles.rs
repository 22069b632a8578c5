//! Profiles: the user's own before those that come with the program; and the providers that are asked by them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use compare::model::Side;
use providers::budget::SHARE_DEFAULT;
use providers::client::{Client, Settings};
use providers::embedded;
use providers::profile::{PROFILE_BYTES_MAX, Profile, is_base};
use providers::provider::{Parts, Provider};
use providers::rate::dialect::{Dialect, parse_dialects};
use providers::secret::Secret;
use providers::upstream::{Upstream, parse_upstreams, upstream_of};

use crate::config::nearest::nearest;
use crate::config::{self, Config, Problem, SourceText};
use crate::options::Global;

/// A profile's text, and where it comes from.
#[derive(Clone, Debug)]
pub struct ProfileFile {
    /// As people are told it.
    pub shown: String,
    /// The text.
    pub text: String,
}

/// The profile of a provider: `mappings/profiles/<name>.toml` beside the configuration, else the one that is embedded.
pub fn find(config: &Config, provider: &config::Provider) -> Result<(ProfileFile, Profile), Box<Problem>> {
    let name = &provider.profile.value;
    let file = config.profiles().join(format!("{name}.toml"));
    let shown = format!("mappings/profiles/{name}.toml");
    let at = |problem: Problem, label: &str| {
        Box::new(problem.at(&config.source, provider.profile.span.clone(), label.to_owned()))
    };
    let text = match own_text(&file, &shown) {
        Ok(Some(text)) => text,
        Ok(None) => match embedded::profile_text(name) {
            Some(text) => text.to_owned(),
            None => {
                let names: Vec<&str> = embedded::names().collect();
                let near =
                    nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`? "));
                let help = format!(
                    "{}There are {}; one of your own goes into {shown}",
                    near.unwrap_or_default(),
                    names.join(", ")
                );
                let message = format!("there is no profile called `{name}`");
                return Err(at(Problem::error(message).help(help), "no such profile"));
            }
        },
        Err(message) => return Err(at(Problem::error(message), "named here")),
    };
    match Profile::parse(&text) {
        Ok(profile) => Ok((ProfileFile { shown, text }, profile)),
        Err(error) => {
            let source = Arc::new(SourceText::new(&shown, &text));
            let problem =
                Problem::error(format!("the profile `{name}` is not what it should be: {}", error.message));
            Err(Box::new(match error.span {
                Some(span) => problem.at(&source, span, "here"),
                None => problem.at(&source, 0..0, "in this file"),
            }))
        }
    }
}

/// The dialects of rate limits: the user's own, and those of the program that they do not replace by their name.
pub fn dialects(config: &Config) -> Result<Vec<Dialect>, Box<Problem>> {
    let shown = "mappings/rate-limits.toml";
    let text =
        own_text(&config.folder.join(shown), shown).map_err(|message| Box::new(Problem::error(message)))?;
    let Some(text) = text else { return Ok(embedded::dialects()) };
    let mut own = parse_dialects(&text).map_err(|error| {
        let source = Arc::new(SourceText::new(shown, &text));
        let problem = Problem::error(format!("the dialects are not what they should be: {}", error.message));
        Box::new(problem.at(&source, error.span.unwrap_or(0..0), "here"))
    })?;
    for dialect in embedded::dialects() {
        if !own.iter().any(|known| known.name == dialect.name) {
            own.push(dialect);
        }
    }
    Ok(own)
}

/// What is known of upstreams' tokens: the user's own entries, and those of the program that they do not replace.
pub fn upstreams(config: &Config) -> Result<Vec<Upstream>, Box<Problem>> {
    let shown = "mappings/upstreams.toml";
    let text =
        own_text(&config.folder.join(shown), shown).map_err(|message| Box::new(Problem::error(message)))?;
    let Some(text) = text else { return Ok(embedded::upstreams()) };
    let mut own = parse_upstreams(&text).map_err(|error| {
        let source = Arc::new(SourceText::new(shown, &text));
        let problem =
            Problem::error(format!("what is said of upstreams is not what it should be: {}", error.message));
        Box::new(problem.at(&source, error.span.unwrap_or(0..0), "here"))
    })?;
    for mut upstream in embedded::upstreams() {
        upstream.integrations.retain(|name| upstream_of(&own, name).is_none());
        own.push(upstream);
    }
    Ok(own)
}

/// The text of a file of the user's own, where there is one; else why it cannot be read.
fn own_text(file: &Path, shown: &str) -> Result<Option<String>, String> {
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{shown} cannot be read: {error}")),
        Ok(data) if data.len() > PROFILE_BYTES_MAX => {
            return Err(format!("{shown} has more than {PROFILE_BYTES_MAX} bytes"));
        }
        Ok(_) => {}
    }
    match fs::read(file).map(String::from_utf8) {
        Ok(Ok(text)) => Ok(Some(text)),
        Ok(Err(_)) => Err(format!("{shown} is not UTF-8")),
        Err(error) => Err(format!("{shown} cannot be read: {error}")),
    }
}

/// A side's provider, ready to be asked: with its credentials, which are read from the environment now.
pub fn open(config: &Config, side: Side, global: &Global) -> anyhow::Result<Provider> {
    let name = side.name();
    let provider = match side {
        Side::Legacy => &config.legacy,
        Side::New => &config.new,
    };
    let provider = provider.as_ref().with_context(|| {
        format!("ask {name}: the configuration has no [providers.{name}], which says who that is")
    })?;
    let (_, profile) =
        find(config, provider).map_err(|problem| config::ConfigError::Invalid(vec![*problem]))?;
    let dialects = dialects(config).map_err(|problem| config::ConfigError::Invalid(vec![*problem]))?;
    let variable = |name: &str| global.environment.get(name);
    let base = match &provider.base_url {
        Some(template) => Some(template.resolve(&variable).with_context(|| format!("find where {name} is"))?),
        None => profile.base_url.clone(),
    };
    let base = base.with_context(|| {
        format!("ask {name}: nothing says where it is; add base_url to [providers.{name}]")
    })?;
    anyhow::ensure!(
        is_base(&base),
        "ask {name}: its base_url is not http:// or https:// with a host, without a query"
    );
    let mut credentials = BTreeMap::new();
    for (credential, template) in &provider.credentials {
        let secret = template
            .resolve(&variable)
            .with_context(|| format!("read the credential `{credential}` of {name}"))?;
        credentials.insert(credential.clone(), secret);
    }
    let client = Client::new(&settings(provider, &base, global)?, global.clock)?;
    Ok(Provider::new(Parts {
        profile,
        base,
        credentials,
        client,
        share: provider.share.unwrap_or(SHARE_DEFAULT),
        dialects,
        seed: (global.clock)().as_nanosecond() as u64,
    }))
}

/// A client for an address that is no provider's.
pub fn client(url: &str, timeout: Duration, global: &Global) -> anyhow::Result<Client> {
    let variable = |name: &str| global.environment.get(name);
    let settings = Settings { timeout, proxy: environment_proxy(url, &variable), ..Settings::default() };
    Ok(Client::new(&settings, global.clock)?)
}

fn settings(provider: &config::Provider, base: &str, global: &Global) -> anyhow::Result<Settings> {
    let variable = |name: &str| global.environment.get(name);
    let mut settings = Settings::default();
    if let Some(timeout_s) = provider.timeout_s {
        settings.timeout = Duration::from_secs_f64(timeout_s);
    }
    settings.proxy = match &provider.proxy {
        Some(template) => Some(template.resolve(&variable).context("find the proxy")?),
        None => environment_proxy(base, &variable),
    };
    if let Some(file) = &provider.ca {
        settings.ca_pem =
            Some(fs::read(&file.full).with_context(|| format!("read the certificates {}", file.written))?);
    }
    Ok(settings)
}

/// The proxy of the environment, as other programs take it; none for hosts of `NO_PROXY`, and none for this machine.
fn environment_proxy(base: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<Secret> {
    let (scheme, rest) = base.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or(bracketed),
        None => authority.split(':').next().unwrap_or(authority),
    };
    let is_here = ["localhost", "::1"].contains(&host) || host.starts_with("127.");
    let spared = ["NO_PROXY", "no_proxy"].into_iter().find_map(variable).unwrap_or_default();
    let is_spared = spared.split(',').map(str::trim).filter(|name| !name.is_empty()).any(|name| {
        let name = name.trim_start_matches('.');
        name == "*" || host == name || host.ends_with(&format!(".{name}"))
    });
    if is_here || is_spared {
        return None;
    }
    let names: &[&str] = match scheme {
        "https" => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        // `HTTP_PROXY` in upper case may be a request's header where the program is run by a web server.
        _ => &["http_proxy", "ALL_PROXY", "all_proxy"],
    };
    names.iter().copied().find_map(variable).map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environments_proxy_is_taken_but_for_spared_hosts_and_this_machine() {
        let check = |base: &str, variables: &[(&str, &str)], expected: Option<&str>| {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            let proxy = environment_proxy(base, &variable);
            assert_eq!(proxy.as_ref().map(Secret::expose), expected, "{base}");
        };
        let proxy = ("HTTPS_PROXY", "http://proxy.test:3128");
        check("https://api.x.test/v2", &[proxy], Some("http://proxy.test:3128"));
        check("https://api.x.test", &[proxy, ("NO_PROXY", "y.test, x.test")], None);
        check("https://ax.test", &[proxy, ("NO_PROXY", ".x.test")], Some("http://proxy.test:3128"));
        check("https://api.x.test", &[proxy, ("NO_PROXY", "*")], None);
        check("http://api.x.test", &[proxy, ("HTTP_PROXY", "http://evil.test")], None);
        for here in ["https://127.0.0.1:8443", "https://localhost/x", "https://[::1]:9"] {
            check(here, &[proxy], None);
        }
    }
}
