//! Whose a caller's request is: by the places where the legacy provider is told an account.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use capture::place::Place;
use capture::route::Bound;
use http::{HeaderMap, HeaderName};
use providers::asked::Account;
use providers::profile::AccountPlace;

/// Answers that are remembered: more callers than accounts are strangers.
const REMEMBERED_MAX: usize = 100_000;

/// A legacy id that begins so is not the id, but its keyed fingerprint.
pub const FINGERPRINT: &str = "hmac:";

/// Makes a keyed fingerprint of a value.
type Fingerprint = Box<dyn Fn(&str) -> String + Send + Sync>;

/// What stands at each place; none where a request leaves it open.
type Given = Vec<Option<String>>;

/// Tells whose a request is.
pub struct Callers {
    headers: Vec<HeaderName>,
    query: Vec<String>,
    in_path: bool,
    /// Of each account, what stands at each place, in their order.
    accounts: Vec<Option<Vec<String>>>,
    /// What makes a fingerprint of a value, where accounts are told by theirs.
    fingerprint: Option<Fingerprint>,
    remembered: Mutex<BTreeMap<Given, Option<usize>>>,
}

/// It is nobody's that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown;

impl Callers {
    /// The accounts as legacy knows them, in the order of their file; `None`: legacy does not know it.
    pub fn new(
        place: &AccountPlace,
        accounts: &[Option<Account>],
        fingerprint: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Callers {
        let headers: Vec<_> =
            place.headers.iter().filter(|(_, pattern)| pattern.names().next().is_some()).collect();
        let query: Vec<_> =
            place.query.iter().filter(|(_, pattern)| pattern.names().next().is_some()).collect();
        let patterns =
            || headers.iter().map(|(_, pattern)| *pattern).chain(query.iter().map(|(_, pattern)| *pattern));
        let values = |account: &Account| {
            let value = |pattern: &providers::pattern::Pattern| {
                let filled = pattern.fill(&|name| account.value(name)).ok()?;
                Some(filled.expose().to_owned())
            };
            let mut values = patterns().map(value).collect::<Option<Vec<_>>>()?;
            if place.path {
                values.push(account.id.expose().to_owned());
            }
            Some(values)
        };
        let accounts: Vec<_> = accounts.iter().map(|account| account.as_ref().and_then(values)).collect();
        let by_fingerprint = accounts.iter().flatten().flatten().any(|value| value.starts_with(FINGERPRINT));
        let names = headers.iter().filter_map(|(name, _)| HeaderName::from_bytes(name.0.as_bytes()).ok());
        Callers {
            headers: names.collect(),
            query: query.iter().map(|(name, _)| (*name).clone()).collect(),
            in_path: place.path,
            accounts,
            fingerprint: by_fingerprint.then(|| Box::new(fingerprint) as Fingerprint),
            remembered: Mutex::default(),
        }
    }

    /// The account's place in its file; none where the provider is told no account.
    pub fn of(&self, headers: &HeaderMap, place: &Place, bound: &Bound) -> Result<Option<usize>, Unknown> {
        // Where no account is listed, all requests are of one that has no name.
        if self.accounts.is_empty() || (self.headers.is_empty() && self.query.is_empty() && !self.in_path) {
            return Ok(None);
        }
        let header =
            |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let parameter = |name: &String| {
            place.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let mut given: Given =
            self.headers.iter().map(header).chain(self.query.iter().map(parameter)).collect();
        if self.in_path {
            given.push(bound.account.clone());
        }
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered.get(&given) {
            return known.map(Some).ok_or(Unknown);
        }
        let found = self.look(&given);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(given, found);
        found.map(Some).ok_or(Unknown)
    }

    /// The only account that has what is given at every place; a place that is left open fits any.
    fn look(&self, given: &[Option<String>]) -> Option<usize> {
        if given.iter().all(Option::is_none) {
            return None;
        }
        let printed: Vec<Option<String>> = given
            .iter()
            .map(|value| Some(format!("{FINGERPRINT}{}", self.fingerprint.as_ref()?(value.as_deref()?))))
            .collect();
        let fits = |known: &Vec<String>| {
            let mut places = known.iter().zip(given).zip(&printed);
            places.all(|((known, given), printed)| match given {
                None => true,
                Some(given) => known == given || printed.as_ref() == Some(known),
            })
        };
        let fitting = |(index, known): (usize, &Option<Vec<String>>)| {
            known.as_ref().filter(|known| fits(known)).map(|_| index)
        };
        let mut all = self.accounts.iter().enumerate().filter_map(fitting);
        match (all.next(), all.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use providers::secret::Secret;

    use super::*;

    fn account(name: &str, id: &str, integration: &str) -> Option<Account> {
        Some(Account {
            name: name.to_owned(),
            id: Secret::new(id.to_owned()),
            integration: integration.to_owned(),
            columns: BTreeMap::new(),
        })
    }

    fn callers(profile: &str, accounts: &[Option<Account>]) -> Callers {
        let profile = providers::embedded::profile(profile).expect("it is embedded").expect("it is one");
        Callers::new(&profile.account, accounts, |value| format!("<{value}>"))
    }

    fn of(callers: &Callers, headers: &[(&'static str, &'static str)]) -> Result<Option<usize>, Unknown> {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), http::HeaderValue::from_static(value))
        };
        callers.of(&headers.iter().map(header).collect(), &Place::of("/a"), &Bound::default())
    }

    #[test]
    fn an_account_is_told_by_the_headers_of_the_profile() {
        let accounts = [
            account("a", "acme", "hubspot"),
            account("b", "acme", "salesforce"),
            None,
            account("c", "globex", "hubspot"),
        ];
        let callers = callers("apideck", &accounts);
        let consumer = "x-apideck-consumer-id";
        assert_eq!(of(&callers, &[(consumer, "acme"), ("x-apideck-service-id", "salesforce")]), Ok(Some(1)));
        assert_eq!(of(&callers, &[(consumer, "globex")]), Ok(Some(3)), "only one account fits");
        assert_eq!(of(&callers, &[(consumer, "acme")]), Err(Unknown), "two fit");
        assert_eq!(of(&callers, &[(consumer, "nobody")]), Err(Unknown));
        assert_eq!(of(&callers, &[]), Err(Unknown));
    }

    #[test]
    fn a_token_is_known_by_its_fingerprint() {
        let callers = callers("merge", &[account("a", "plain-1", "x"), account("b", "hmac:<token-2>", "x")]);
        assert_eq!(of(&callers, &[("x-account-token", "token-2")]), Ok(Some(1)));
        assert_eq!(of(&callers, &[("x-account-token", "plain-1")]), Ok(Some(0)));
        assert_eq!(of(&callers, &[("x-account-token", "token-3")]), Err(Unknown));
    }

    #[test]
    fn where_the_provider_is_told_no_account_there_is_none() {
        let callers = callers("generic", &[]);
        assert_eq!(of(&callers, &[]), Ok(None));
    }
}
