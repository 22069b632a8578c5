//! Whether the profiles that a configuration names are there, are whole, and get what they need.

use std::collections::BTreeSet;
use std::sync::Arc;

use providers::profile::{Profile, is_base};

use super::nearest::nearest;
use super::problem::{Problem, SourceText};
use super::table::list;
use super::{Accounts, Config, Provider, Variables};
use crate::profiles::{self, ProfileFile};

/// Adds what is wrong with both sides' profiles. A profile that is not there is an error: nothing could be asked.
pub(super) fn look_over(
    config: &Config,
    accounts: Option<&Accounts>,
    variable: Variables<'_>,
    findings: &mut Vec<Problem>,
) {
    let known: Vec<String> = match profiles::dialects(config) {
        Ok(dialects) => dialects.into_iter().map(|dialect| dialect.name).collect(),
        Err(problem) => {
            findings.push(*problem);
            Vec::new()
        }
    };
    for (side, provider) in [("legacy", &config.legacy), ("new", &config.new)] {
        let Some(provider) = provider else { continue };
        match profiles::find(config, provider) {
            Ok((file, profile)) => {
                fits(config, (side, provider), &profile, variable, findings);
                columns(config, side, &profile, accounts, findings);
                dialects(&file, &profile, &known, findings);
            }
            Err(problem) => findings.push(*problem),
        }
    }
}

fn fits(
    config: &Config,
    (side, provider): (&str, &Provider),
    profile: &Profile,
    variable: Variables<'_>,
    findings: &mut Vec<Problem>,
) {
    let at = |problem: Problem, label: &str| {
        problem.at(&config.source, provider.profile.span.clone(), label.to_owned())
    };
    let needed = profile.credentials();
    for name in needed.iter().filter(|name| !provider.credentials.contains_key(**name)) {
        let message = format!("the profile of {side} needs the credential `{name}`");
        let help = format!(
            "add it to credentials = {{ {name} = \"${{…}}\" }}; only commands that ask the provider need it"
        );
        findings.push(at(Problem::warning(message), "needs more").help(help));
    }
    for name in provider.credentials.keys().filter(|name| !needed.contains(name.as_str())) {
        let message = format!("the profile of {side} does not use the credential `{name}`");
        let help = match nearest(name, needed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it uses {}", list(needed.iter().copied())),
        };
        findings.push(at(Problem::warning(message), "does not use it").help(help));
    }
    match &provider.base_url {
        None if profile.base_url.is_none() => {
            let message = format!("nothing says where {side} is: its profile has no address");
            let help = "add base_url = \"https://…\"; only commands that ask the provider need it";
            findings.push(at(Problem::warning(message), "has no `base_url`").help(help));
        }
        None => {}
        Some(template) => {
            if let Ok(text) = template.resolve(variable)
                && !is_base(&text)
            {
                let message =
                    format!("`base_url` of {side} is not http:// or https:// with a host, without a query");
                findings.push(at(Problem::error(message), "of this provider"));
            }
        }
    }
}

/// The accounts' file must have the columns that the profile names.
fn columns(
    config: &Config,
    side: &str,
    profile: &Profile,
    accounts: Option<&Accounts>,
    findings: &mut Vec<Problem>,
) {
    let Some(first) = accounts.and_then(|accounts| accounts.iter().next()) else { return };
    let has: BTreeSet<&str> = first.more.keys().map(String::as_str).collect();
    for name in profile.account_columns().into_iter().filter(|name| !has.contains(name)) {
        let message = format!("the profile of {side} needs the column `{name}` in the accounts' file");
        let problem = Problem::warning(message);
        findings.push(match &config.accounts {
            Some(file) => problem.at(&config.source, file.span.clone(), "has no such column"),
            None => problem,
        });
    }
}

fn dialects(file: &ProfileFile, profile: &Profile, known: &[String], findings: &mut Vec<Problem>) {
    for name in profile.rate_limits.dialects.iter().filter(|name| !known.contains(name)) {
        let source = Arc::new(SourceText::new(&file.shown, &file.text));
        let message = format!("there is no dialect of rate limits called `{name}`");
        let help = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", list(known.iter().map(String::as_str))),
        };
        let problem = Problem::error(message).help(help);
        findings.push(match source.find(&format!("\"{name}\"")) {
            Some(span) => problem.at(&source, span, "named here"),
            None => problem,
        });
    }
}
