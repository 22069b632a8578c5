//! Requests that an application made of one side: from an archive, a cassette or an access log.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use capture::place::Place;
use compare::model::{Body, Exchange, Headers, Pair, Request as Recorded};
use providers::asked::Account;
use providers::pattern::Pattern;
use providers::profile::Profile;
use store::import::cassette::{self, CASSETTE_BYTES_MAX};
use store::secrets;

use super::forms::{Form, Forms};
use super::generated::sides;
use super::table;
use super::told::Told;
use super::wanted::{Given, Request, Wanted, make};
use crate::config::Variables;
use crate::join::{AccountOf, Matched, Matcher, Witness};
use crate::options::{Record, RequestsFormat};

/// Shorter ids stand in URLs by chance; where the profile says that an account's id stands, any length is one.
const ACCOUNT_ID_BYTES_MIN: usize = 6;
/// A line of an access log is a request line and a few words.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Reads the file; what is of no operation is told.
pub fn wanted<'c>(
    forms: &Forms<'c>,
    file: &Path,
    format: RequestsFormat,
    options: &Record,
    variable: Variables<'_>,
    told: &mut Told,
) -> anyhow::Result<Vec<Wanted<'c>>> {
    let requests = match format {
        RequestsFormat::Csv => return table::wanted(forms, file, options, told),
        RequestsFormat::Log => of_log(file, told)?,
        RequestsFormat::Cassette(format) => {
            let exchanges = of_cassette(file, format, told)?;
            exchanges.into_iter().filter_map(|exchange| exchange.request).collect()
        }
    };
    let matchers = Matchers::new(forms, Witness::Legacy, options, variable);
    let mut wanted = Vec::new();
    for received in requests {
        let Some((form, matched)) = matchers.matched(forms, &received, options, told) else { continue };
        let sides = sides(form);
        let request = Request {
            account: matched.account,
            bound: matched.bound,
            body: &received.body,
            sides: &sides,
            repeats: options.repeats,
            given: Given::Nothing,
        };
        wanted.extend(make(forms, form, request, told));
    }
    Ok(wanted)
}

/// Finds out what requests of a side are of: first whose account, then which of the operations that concern it.
pub struct Matchers<'c> {
    witness: Witness,
    by_integration: BTreeMap<Option<String>, Matcher<'c>>,
}

impl<'c> Matchers<'c> {
    /// For the operations of a run.
    pub fn new(
        forms: &Forms<'c>,
        witness: Witness,
        options: &Record,
        variable: Variables<'_>,
    ) -> Matchers<'c> {
        let mut ids: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (name, known) in &forms.accounts {
            let account = if witness == Witness::Legacy { &known.legacy } else { &known.new };
            let id = account.as_ref().map(|account| account.id.expose().to_owned());
            if let Some(id) = id.filter(|id| id.len() >= ACCOUNT_ID_BYTES_MIN) {
                // One customer's id with several integrations tells no account.
                ids.entry(id).and_modify(|account| *account = None).or_insert(Some(name.clone()));
            }
        }
        let mut ids: BTreeMap<String, String> =
            ids.into_iter().filter_map(|(id, account)| Some((id, account?))).collect();
        ids.extend(options.map_account.iter().cloned());
        let matcher = |integration: Option<&str>| {
            let concerned = forms.operations.iter().map(|form| form.operation).filter(|operation| {
                integration.is_none_or(|name| {
                    operation.integrations.is_empty()
                        || operation.integrations.iter().any(|known| known == name)
                })
            });
            Matcher::new(concerned, witness, options.base.clone(), AccountOf::Ids(ids.clone()), variable)
        };
        let mut by_integration = BTreeMap::from([(None, matcher(None))]);
        for known in forms.accounts.values() {
            by_integration
                .entry(Some(known.integration.clone()))
                .or_insert_with(|| matcher(Some(&known.integration)));
        }
        Matchers { witness, by_integration }
    }

    /// The operation's form and what its form leaves open; what is of none, or not asked for, is told or passed over.
    pub fn matched<'f>(
        &self,
        forms: &'f Forms<'c>,
        received: &Recorded,
        options: &Record,
        told: &mut Told,
    ) -> Option<(&'f Form<'c>, Matched<'c>)> {
        told.requests += 1;
        let account = by_profile(forms, self.witness, received);
        let integration =
            account.as_ref().and_then(|name| forms.accounts.get(name)).map(|known| known.integration.clone());
        let matcher = self.by_integration.get(&integration).or_else(|| self.by_integration.get(&None))?;
        let without_secrets = without_secrets(received);
        let mut matched = match matcher.matched(&without_secrets, received) {
            Ok(matched) => matched,
            Err(why) => {
                told.unmatched(&without_secrets, &why.to_string());
                return None;
            }
        };
        matched.account = account.or(matched.account);
        let is_chosen = |account: &String| options.accounts.is_empty() || options.accounts.contains(account);
        if !matched.account.as_ref().is_none_or(is_chosen) {
            return None;
        }
        // The account is asked for on each side as its profile says, and is no part of the request.
        let profiles =
            [&forms.sides.legacy, &forms.sides.new].into_iter().flatten().map(|side| &side.profile);
        let names: Vec<&String> = profiles.flat_map(|profile| profile.account.query.keys()).collect();
        matched.bound.query.retain(|(name, value)| !names.contains(&name) && value != secrets::REMOVED);
        if forms.is_later_page(matched.operation, &matched.bound) {
            told.later_pages += 1;
            return None;
        }
        matched.bound.query.retain(|(name, _)| !forms.is_paging(name));
        let form = forms.operations.iter().find(|form| form.operation.name == matched.operation.name)?;
        Some((form, matched))
    }
}

/// The account whose id stands where the profile of the side says.
fn by_profile(forms: &Forms<'_>, witness: Witness, received: &Recorded) -> Option<String> {
    let side = if witness == Witness::Legacy { &forms.sides.legacy } else { &forms.sides.new };
    let profile: &Profile = &side.as_ref()?.profile;
    let place = Place::of(&received.url);
    let header = |name: &str| received.headers.get(name).and_then(|values| values.first()).cloned();
    let parameter =
        |name: &str| place.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let told = profile.account.headers.iter().map(|(name, pattern)| (pattern, header(&name.0)));
    let told = told.chain(profile.account.query.iter().map(|(name, pattern)| (pattern, parameter(name))));
    let told: Vec<(&Pattern, String)> = told.filter_map(|(pattern, value)| Some((pattern, value?))).collect();
    if !told.iter().any(|(pattern, _)| pattern.names().any(|name| name == "account")) {
        return None;
    }
    let fits = |account: &Account| {
        told.iter().all(|(pattern, value)| {
            pattern.fill(&|name| account.value(name)).is_ok_and(|filled| filled.expose() == value)
        })
    };
    let known = forms.accounts.iter().filter_map(|(name, known)| {
        let account = if witness == Witness::Legacy { &known.legacy } else { &known.new };
        account.as_ref().filter(|account| fits(account)).map(|_| name.clone())
    });
    let fitting: Vec<String> = known.take(2).collect();
    match &fitting[..] {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// The exchanges of another recorder's file; entries that cannot be read are told.
pub fn of_cassette(file: &Path, format: cassette::Format, told: &mut Told) -> anyhow::Result<Vec<Exchange>> {
    let name = file.display().to_string();
    let size = std::fs::metadata(file).with_context(|| format!("read {name}"))?.len();
    anyhow::ensure!(size <= CASSETTE_BYTES_MAX, "read {name}: it is larger than {CASSETTE_BYTES_MAX} bytes");
    let bytes = std::fs::read(file).with_context(|| format!("read {name}"))?;
    let beside = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let cassette = cassette::read(format, &bytes, &beside);
    for refusal in cassette.refusals {
        told.refuse("", None, &format!("{name}: {refusal}"));
    }
    Ok(cassette.entries.into_iter().map(|entry| entry.exchange).collect())
}

/// The requests of an access log, common or combined: `… "GET /path HTTP/1.1" 200 …`. Lines without one are counted.
fn of_log(file: &Path, told: &mut Told) -> anyhow::Result<Vec<Recorded>> {
    let name = file.display().to_string();
    let mut reader = BufReader::new(std::fs::File::open(file).with_context(|| format!("read {name}"))?);
    let mut requests = Vec::new();
    loop {
        let mut line = Vec::new();
        let mut limited = std::io::Read::take(&mut reader, LINE_BYTES_MAX);
        if limited.read_until(b'\n', &mut line).with_context(|| format!("read {name}"))? == 0 {
            return Ok(requests);
        }
        match logged(&String::from_utf8_lossy(&line)) {
            Some(request) => requests.push(request),
            None => told.not_logged += 1,
        }
    }
}

/// The request of a log's line.
fn logged(line: &str) -> Option<Recorded> {
    let quoted = line.split('"').nth(1)?;
    let mut words = quoted.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_request = version.starts_with("HTTP/") && (target.starts_with('/') || target.contains("://"));
    is_request.then(|| Recorded {
        method: method.to_owned(),
        url: target.to_owned(),
        headers: Headers::new(),
        body: Body::Absent,
    })
}

fn without_secrets(request: &Recorded) -> Recorded {
    let exchange = Exchange {
        started_at: None,
        elapsed_ms: None,
        request: Some(request.clone()),
        outcome: compare::model::Outcome::Response(compare::model::Response {
            status: 200,
            headers: Headers::new(),
            body: Body::Absent,
        }),
    };
    let mut pair = Pair { legacy: vec![exchange], ..Pair::default() };
    secrets::remove(&mut pair);
    pair.legacy.pop().and_then(|exchange| exchange.request).unwrap_or_else(|| request.clone())
}

#[cfg(test)]
mod tests {
    use super::logged;

    #[test]
    fn a_line_of_an_access_log_is_its_request() {
        let told = |line: &str| logged(line).map(|request| format!("{} {}", request.method, request.url));
        let common =
            r#"10.0.0.1 - frank [10/Oct/2026:13:55:36 -0700] "GET /crm/contacts?limit=50 HTTP/1.1" 200 2326"#;
        assert_eq!(told(common).as_deref(), Some("GET /crm/contacts?limit=50"));
        let combined = format!(r#"{common} "https://x.test/" "agent""#);
        assert_eq!(told(&combined).as_deref(), Some("GET /crm/contacts?limit=50"));
        for none in ["", "- \"-\" 400 0", "x \"GET /a\" 200", "x \"\\x16\\x03 HTTP/1.1\" 400"] {
            assert_eq!(told(none), None, "{none}");
        }
    }
}
