//! Joins what was recorded of one side at a time: which operation an exchange is of, which account's, and which request of it.
//!
//! The name of a pair is made of these alone, so that the second side finds what the first has left on the disk.

pub mod route;
pub mod pages;

use std::collections::BTreeMap;

use capture::place::Place;
use capture::route::{Bound, Fit, Route};
use compare::model::{Body, Exchange, Request};
use serde_json::json;
use store::json_text;
use store::secrets::REMOVED;

use crate::config::join::BodyJoin;
use crate::config::{self, Operation, RequestBody, Variables};

/// So many digits of a request's digest name it: ten million requests collide with a chance of one in five million.
const NAME_DIGITS: usize = 16;

/// Whose recording is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// The provider that customers are served by today.
    Legacy,
    /// The provider that they are moved to.
    New,
    /// The upstream itself.
    Source,
}

impl Witness {
    /// Every one with its word.
    pub const ALL: [(Witness, &'static str); 3] =
        [(Witness::Legacy, "legacy"), (Witness::New, "new"), (Witness::Source, "source")];

    /// The word that recordings use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(witness, _)| *witness == self).map_or("", |(_, name)| name)
    }

    /// How an operation is asked there.
    pub fn request(self, operation: &Operation) -> Option<&config::Request> {
        match self {
            Witness::Legacy => operation.legacy.as_ref(),
            Witness::New => operation.new.as_ref(),
            Witness::Source => operation.source.as_ref(),
        }
    }
}

/// What an exchange is one of.
#[derive(Clone, Debug)]
pub struct Matched<'c> {
    /// The operation.
    pub operation: &'c Operation,
    /// The account, where known.
    pub account: Option<String>,
    /// What tells the request from others of the operation and account; the same on every side.
    pub identity: String,
    /// What its form leaves open.
    pub bound: Bound,
}

/// Why an exchange is none of any operation's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmatched {
    /// Method and path fit none.
    #[error("no operation is asked of {side} so")]
    NoOperation {
        /// The side's word.
        side: &'static str,
    },
    /// It was asked of somebody else.
    #[error("it is not below --base")]
    Elsewhere,
    /// The path fits, the query does not.
    #[error(
        "operation `{operation}` fits but for the query parameter `{parameter}`: declare it, or add it to `ignore_query`"
    )]
    Query {
        /// The operation.
        operation: String,
        /// The parameter that is absent or other than declared.
        parameter: String,
    },
    /// The path fits, the body does not.
    #[error("operation `{operation}` fits but for the body that it declares")]
    Body {
        /// The operation.
        operation: String,
    },
    /// Several operations fit alike.
    #[error("the operations `{one}` and `{other}` fit alike: declare what tells them apart")]
    Ambiguous {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// Ids of several accounts stand in the request.
    #[error("the ids of the accounts `{one}` and `{other}` stand in the request: name one with --account")]
    Accounts {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// The list goes on, and its next page was not recorded.
    #[error("the list of operation `{operation}` goes on, and its next page is not among the files")]
    Unfinished {
        /// The operation.
        operation: String,
    },
}

/// Which account an exchange belongs to.
#[derive(Clone, Debug)]
pub enum AccountOf {
    /// All belong to this one.
    One(String),
    /// The one whose id stands in the request's URL or headers, if any: ids with the accounts' names.
    Ids(BTreeMap<String, String>),
}

/// Finds out what exchanges are of, for one side.
pub struct Matcher<'c> {
    witness: Witness,
    base: Option<String>,
    accounts: AccountOf,
    forms: Vec<Form<'c>>,
}

struct Form<'c> {
    operation: &'c Operation,
    route: Route,
    /// The body that the operation declares; none where a variable of it is not set.
    body: Option<String>,
}

impl<'c> Matcher<'c> {
    /// Compiles the forms of the operations that are asked of this side.
    pub fn new(
        operations: impl IntoIterator<Item = &'c Operation>,
        witness: Witness,
        base: Option<String>,
        accounts: AccountOf,
        variable: Variables<'_>,
    ) -> Matcher<'c> {
        let form = |operation: &'c Operation| {
            let request = witness.request(operation)?;
            let body = request.body.resolve(variable).ok().flatten();
            Some(Form { operation, route: route::of(request), body })
        };
        let forms = operations.into_iter().filter_map(form).collect();
        Matcher { witness, base, accounts, forms }
    }

    /// What a recorded request is of, from the request without its secrets; `received` has them, as some accounts' ids are.
    pub fn matched(&self, request: &Request, received: &Request) -> Result<Matched<'c>, Unmatched> {
        let url = match &self.base {
            Some(base) => Place::below(&request.url, base).ok_or(Unmatched::Elsewhere)?,
            None => &request.url,
        };
        let (form, bound) = self.form(request, &Place::of(url))?;
        Ok(Matched {
            operation: form.operation,
            account: self.account(received)?,
            identity: identity(form.operation, bound.clone(), &request.body),
            bound,
        })
    }

    /// The form that fits and fixes most.
    fn form(&self, request: &Request, place: &Place) -> Result<(&Form<'c>, Bound), Unmatched> {
        let mut best: Option<(&Form<'c>, Bound)> = None;
        let mut rival = None;
        let mut near = None;
        for form in &self.forms {
            let name = || form.operation.name.to_string();
            let bound = match form.route.fit(&request.method, place) {
                Fit::Fits(bound) if has_body(form, request) => bound,
                Fit::Fits(_) => {
                    near.get_or_insert(Unmatched::Body { operation: name() });
                    continue;
                }
                Fit::ButQuery(parameter) => {
                    near.get_or_insert(Unmatched::Query { operation: name(), parameter });
                    continue;
                }
                Fit::No => continue,
            };
            match best.as_ref().map(|(best, _)| form.route.weight().cmp(&best.route.weight())) {
                Some(std::cmp::Ordering::Less) => {}
                Some(std::cmp::Ordering::Equal) => rival = Some(form),
                None | Some(std::cmp::Ordering::Greater) => {
                    best = Some((form, bound));
                    rival = None;
                }
            }
        }
        match (best, rival) {
            (Some((one, _)), Some(other)) => Err(Unmatched::Ambiguous {
                one: one.operation.name.to_string(),
                other: other.operation.name.to_string(),
            }),
            (Some(found), None) => Ok(found),
            (None, _) => Err(near.unwrap_or(Unmatched::NoOperation { side: self.witness.name() })),
        }
    }

    fn account(&self, request: &Request) -> Result<Option<String>, Unmatched> {
        let ids = match &self.accounts {
            AccountOf::One(account) => return Ok(Some(account.clone())),
            AccountOf::Ids(ids) => ids,
        };
        let Place { segments, query } = Place::of(&request.url);
        let values = segments.iter().chain(query.iter().map(|(_, value)| value));
        let mut found: Option<&String> = None;
        for account in values.chain(request.headers.values().flatten()).filter_map(|value| ids.get(value)) {
            match found {
                Some(one) if one != account => {
                    return Err(Unmatched::Accounts { one: one.clone(), other: account.clone() });
                }
                _ => found = Some(account),
            }
        }
        Ok(found.cloned())
    }
}

/// Whether the request has the body that its operation declares; JSON is compared as such.
fn has_body(form: &Form<'_>, request: &Request) -> bool {
    let Some(declared) = &form.body else { return true };
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    match &request.body {
        Body::Absent => false,
        Body::Json(text) | Body::Text(text) => {
            text == declared || parsed(declared).is_some_and(|declared| parsed(text) == Some(declared))
        }
        Body::Base64(_) => false,
    }
}

/// What tells a request from others of its operation and account; the same on every side.
pub fn identity(operation: &Operation, bound: Bound, body: &Body) -> String {
    let join = &operation.join;
    // Whose it is, is told apart from what is asked.
    let Bound { mut parameters, mut query, account: _ } = bound;
    parameters.retain(|name, _| !join.ignore.contains(name));
    // A secret that was removed is no longer anything that a request could be known by.
    query.retain(|(_, value)| value != REMOVED);
    let is_declared = |operation: &Operation| {
        [&operation.legacy, &operation.new, &operation.source]
            .into_iter()
            .flatten()
            .any(|request| !matches!(request.body, RequestBody::Absent))
    };
    let body = match (body, join.body) {
        (_, BodyJoin::Ignored) | (Body::Absent, _) => None,
        _ if is_declared(operation) => None,
        (Body::Json(text), BodyJoin::Equal) => Some(json_text::compact(text)),
        (Body::Text(text) | Body::Base64(text), BodyJoin::Equal) => Some(text.clone()),
    };
    json!([parameters, query, body]).to_string()
}

/// What follows the operation in a pair's id: the account, the request's digest, and which asking of it this is, from 1.
pub fn pair_name(matched: &Matched<'_>, asking: usize, digest: impl Fn(&str) -> String) -> String {
    let mut digest = digest(&matched.identity);
    digest.truncate(NAME_DIGITS);
    let account = matched.account.as_ref().map(|account| format!("{account}-")).unwrap_or_default();
    format!("{account}{digest}-{asking:04}")
}

/// An exchange with what it is of; its place in the files is the caller's.
#[derive(Clone, Debug)]
pub struct Placed<'c> {
    /// What it is of.
    pub matched: Matched<'c>,
    /// What was exchanged.
    pub exchange: Exchange,
    /// Which of the caller's entries it is.
    pub index: usize,
}
