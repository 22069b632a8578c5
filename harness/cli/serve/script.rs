//! What a caller's request is to this migration: its operation, its account, whether it is its turn, and what new is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use capture::place::Place;
use capture::record::List;
use capture::route::{Bound, Fit, Route as Form};
use capture::serve::heard::Heard;
use capture::serve::ledger::{Dropped, Passed};
use capture::serve::script::{Ask, Asks, Route, Script, Witness};
use compare::path::Path;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use providers::asked::{self, Asked, Effect};
use providers::budget::Permit;
use providers::pages::{More, Walked, more};
use providers::profile::Next;
use providers::provider::Provider;
use providers::secret::Secret;
use providers::wait::elements;

use super::callers::Callers;
use super::live::Live;
use super::turns::Turns;
use crate::requests::{LegacyRequest, RequestMappings};

/// What a request is to the migration.
pub struct Ticket {
    /// Among the operations, in the order of the configuration.
    pub operation: usize,
    /// Among the accounts, in the order of their file; none where the provider has none.
    pub account: Option<usize>,
    bound: Bound,
}

/// An operation as the wire needs it.
pub struct Operation {
    /// How legacy is asked.
    pub legacy: Form,
    /// How legacy's list is walked, where it is one.
    pub list: Option<List>,
    /// How new is asked.
    pub new: To,
    /// How the upstream is asked, where it is.
    pub source: Option<To>,
    /// Where a list's items lie in legacy's shape; none: it is no list.
    pub items: Option<Path>,
}

/// How a witness is asked.
pub struct To {
    /// Its form, with the values of its variables.
    pub form: Form,
    /// Beside those of the profile.
    pub headers: Vec<(String, Secret)>,
    /// What is sent; none: what the caller sent.
    pub body: Option<String>,
    /// What makes its query and body from the caller's.
    pub mappings: RequestMappings,
    /// How its list is walked, where it is one.
    pub list: Option<List>,
}

/// Tells the proxy what to do.
pub struct Director {
    /// In the order of the configuration.
    pub operations: Vec<Operation>,
    /// By method and number of segments, what fixes more first.
    by_shape: BTreeMap<(&'static str, usize), Vec<usize>>,
    callers: Arc<Callers>,
    accounts: Vec<Option<asked::Account>>,
    legacy: Arc<Provider>,
    new: Arc<Provider>,
    turns: Turns,
    repeats: Mutex<f64>,
    repeat_share: f64,
    live: Arc<Live>,
    clock: providers::Clock,
}

/// What a director is made of.
pub struct Cast {
    /// In the order of the configuration.
    pub operations: Vec<Operation>,
    /// Tells whose a request is.
    pub callers: Arc<Callers>,
    /// As new knows them, in the order of their file.
    pub accounts: Vec<Option<asked::Account>>,
    /// Legacy.
    pub legacy: Arc<Provider>,
    /// New.
    pub new: Arc<Provider>,
    /// Whose turn it is.
    pub turns: Turns,
    /// The share of mirrors after which legacy is asked again.
    pub repeat_share: f64,
    /// What is shown meanwhile.
    pub live: Arc<Live>,
    /// What time it is.
    pub clock: providers::Clock,
}

impl Director {
    /// Puts operations in the order in which they are tried.
    pub fn new(cast: Cast) -> Director {
        let Cast { operations, callers, accounts, legacy, new, turns, repeat_share, live, clock } = cast;
        let mut by_shape: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, operation) in operations.iter().enumerate() {
            let form = &operation.legacy;
            by_shape.entry((form.method(), form.depth())).or_default().push(index);
        }
        for list in by_shape.values_mut() {
            list.sort_by_key(|index| std::cmp::Reverse(operations[*index].legacy.weight()));
        }
        Director {
            operations,
            by_shape,
            callers,
            accounts,
            legacy,
            new,
            turns,
            repeats: Mutex::new(0.0),
            repeat_share,
            live,
            clock,
        }
    }

    fn find(&self, method: &str, place: &Place) -> Option<(usize, Bound)> {
        let shape =
            self.by_shape.iter().find(|((name, segments), _)| *name == method && *segments == place.depth());
        let candidates = shape.map_or(&[][..], |(_, list)| list);
        candidates.iter().find_map(|index| match self.operations[*index].legacy.fit(method, place) {
            Fit::Fits(bound) => Some((*index, bound)),
            Fit::ButQuery(_) | Fit::No => None,
        })
    }

    /// A list's page that is not the first: the first one's mirror walks the whole list.
    fn is_later_page(&self, operation: &Operation, place: &Place) -> bool {
        if operation.items.is_none() {
            return false;
        }
        let has = |name: &str| place.query.iter().find(|(known, value)| known == name && !value.is_empty());
        match operation.list.as_ref().map(|list| &list.next) {
            Some(Next::Cursor { query, .. }) => has(query).is_some(),
            Some(Next::Offset { query, .. }) => has(query).is_some_and(|(_, value)| value != "0"),
            Some(Next::Url { .. } | Next::Link) | None => false,
        }
    }

    fn account(&self, ticket: &Ticket) -> Option<&asked::Account> {
        ticket.account.and_then(|index| self.accounts.get(index)?.as_ref())
    }

    /// What a witness of the new side is asked.
    fn asked(&self, to: &To, ticket: &Ticket, legacy: &Heard) -> Result<Asked, Dropped> {
        let (path, mut query) = to.form.fill(&ticket.bound.parameters).map_err(|_| Dropped::NotAsked)?;
        let sent = || (!legacy.body.is_empty()).then(|| String::from_utf8_lossy(&legacy.body).into_owned());
        let caller = before(legacy);
        let caller_body = sent();
        let of_caller = LegacyRequest {
            query: &caller.query,
            body: caller_body.as_deref(),
            id: ticket.bound.parameters.get("id").map(String::as_str),
            now_ms: (self.clock)().as_millisecond(),
        };
        match to.mappings.query(&of_caller).map_err(|_| Dropped::NotAsked)? {
            Some(made) => {
                query.retain(|(name, _)| !made.iter().any(|(known, _)| known == name));
                query.extend(made);
            }
            None => {
                let open = ticket.bound.query.iter().filter(|(name, _)| !to.form.knows_query(name));
                query.extend(open.cloned());
            }
        }
        let method = to.form.method();
        let made = to.mappings.body(&of_caller).map_err(|_| Dropped::NotAsked)?;
        let body = match (made, &to.body, method) {
            (Some(made), ..) => made,
            (None, Some(body), _) => Some(body.clone()),
            (None, None, "GET" | "HEAD" | "OPTIONS" | "DELETE") => None,
            (None, None, _) => caller_body,
        };
        let headers = to.headers.clone();
        Ok(Asked { method: method.to_owned(), path, query, headers, body, effect: Effect::Reads })
    }

    fn to_new(&self, asked: &Asked, account: Option<&asked::Account>) -> Result<Ask, Dropped> {
        let (call, target) = self.new.call(asked, account).map_err(|_| Dropped::NotAsked)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &call.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Dropped::NotAsked)?;
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| Dropped::NotAsked)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let method = Method::from_bytes(call.method.as_bytes()).map_err(|_| Dropped::NotAsked)?;
        Ok(Ask { method, target, headers, body: call.body.unwrap_or_else(Bytes::new) })
    }

    /// Takes turns so that after a share of mirrors legacy is asked again.
    fn repeats(&self) -> bool {
        let mut due = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        *due += self.repeat_share;
        let is_due = *due >= 1.0;
        if is_due {
            *due -= 1.0;
        }
        is_due
    }

    fn provider(&self, witness: Witness) -> &Provider {
        match witness {
            Witness::Legacy => &self.legacy,
            Witness::New | Witness::Source => &self.new,
        }
    }
}

impl Script for Director {
    type Ticket = Ticket;

    fn route(&self, head: &Parts) -> Route<Ticket> {
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let place = Place::of(target);
        let Some((operation, bound)) = self.find(head.method.as_str(), &place) else {
            self.live.uncover(template(&head.method, &place));
            let is_safe = head.method.is_safe();
            return Route::Pass(if is_safe { Passed::NoOperation } else { Passed::Unsafe });
        };
        if self.is_later_page(&self.operations[operation], &place) {
            return Route::Pass(Passed::LaterPage);
        }
        let Ok(account) = self.callers.of(&head.headers, &place, &bound) else {
            return Route::Pass(Passed::UnknownAccount);
        };
        if !self.turns.take(operation, account, self.clock) {
            return Route::Pass(Passed::NotSampled);
        }
        Route::Mirror(Ticket { operation, account, bound })
    }

    fn ask(&self, ticket: &Ticket, legacy: &Heard) -> Result<Asks, Dropped> {
        let operation = self.operations.get(ticket.operation).ok_or(Dropped::NotAsked)?;
        let account = self.account(ticket);
        let one = |to: &To| self.to_new(&self.asked(to, ticket, legacy)?, account);
        let source = operation.source.as_ref().map(one).transpose()?;
        Ok(Asks { new: one(&operation.new)?, source, repeat: self.repeats() })
    }

    fn permit(&self, ticket: &Ticket, witness: Witness) -> Result<(), Duration> {
        let name = self.account(ticket).map_or("", |account| account.name.as_str());
        match self.provider(witness).budgets().take(name, (self.clock)()) {
            Permit::Now => Ok(()),
            Permit::In(wait) => Err(wait),
        }
    }

    fn next(&self, ticket: &Ticket, witness: Witness, pages: &[Heard]) -> Result<Option<Ask>, Dropped> {
        let provider = self.provider(witness);
        let Some(last) = pages.last() else { return Ok(None) };
        let Ok(answer) = &last.outcome else { return Ok(None) };
        if answer.headers.keys().any(|name| provider.tells_of_limits(name.as_str()))
            && let Some(limit) = provider.limit(&capture::serve::heard::recorded(&answer.headers))
        {
            let name = self.account(ticket).map_or("", |account| account.name.as_str());
            provider.budgets().learn(name, &limit, (self.clock)());
        }
        let operation = self.operations.get(ticket.operation).ok_or(Dropped::NotAsked)?;
        let is_list = operation.items.is_some() && answer.status.is_success();
        let own = match witness {
            Witness::Legacy => &operation.list,
            Witness::New => &operation.new.list,
            Witness::Source => operation.source.as_ref().map_or(&None, |source| &source.list),
        };
        let Some(List { next, items }) = own.as_ref().filter(|_| is_list) else { return Ok(None) };
        let mut headers = capture::serve::heard::recorded(&answer.headers);
        let body = capture::serve::heard::body(&mut headers, &answer.body);
        let walked = match next {
            Next::Offset { .. } => walked(items, pages),
            Next::Cursor { .. } | Next::Url { .. } | Next::Link => Walked::default(),
        };
        let before = before(last);
        match more(next, &before, &headers, &body, walked, provider.base_path()) {
            More::End => Ok(None),
            More::Next(asked) => Ok(Some(again(last, &asked))),
            // The walk cannot go on; a list that is cut short would differ for no reason of the provider's.
            More::Broken(_) => Err(Dropped::NotAsked),
        }
    }
}

/// As the request was asked, for the question what follows it.
fn before(heard: &Heard) -> Asked {
    let (path, query) = heard.target.split_once('?').unwrap_or((&heard.target, ""));
    Asked {
        method: heard.method.as_str().to_owned(),
        path: path.to_owned(),
        query: asked::fields(query),
        headers: Vec::new(),
        body: None,
        effect: Effect::Reads,
    }
}

/// The same request at another place.
fn again(heard: &Heard, asked: &Asked) -> Ask {
    let query = asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ask {
        method: heard.method.clone(),
        target: format!("{}{}", asked.path, asked::encoded_query(query)),
        headers: heard.headers.clone(),
        body: heard.body.clone(),
    }
}

/// What paging by offset must know: how many items the pages have.
fn walked(items: &Path, pages: &[Heard]) -> Walked {
    let counts = pages.iter().filter_map(|page| {
        let answer = page.outcome.as_ref().ok()?;
        let mut headers = capture::serve::heard::recorded(&answer.headers);
        Some(elements(items, &capture::serve::heard::body(&mut headers, &answer.body)))
    });
    counts.fold(Walked::default(), |walked, on_page| Walked {
        on_page,
        so_far: walked.so_far + on_page,
        largest: walked.largest.max(on_page),
    })
}

/// A request without what is a record's own: numbers, ids and long words stand as `{}`.
fn template(method: &Method, place: &Place) -> String {
    let segment = |segment: &String| {
        let is_own =
            segment.bytes().any(|byte| byte.is_ascii_digit()) || segment.len() > 40 || segment.contains('@');
        if is_own { "{}".to_owned() } else { segment.clone() }
    };
    let path: Vec<_> = place.segments.iter().take(12).map(segment).collect();
    format!("{method} {}", path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_no_record_of_its_own_in_it() {
        let check =
            |target: &str, expected: &str| assert_eq!(template(&Method::GET, &Place::of(target)), expected);
        check("/crm/contacts/8812?limit=5", "GET /crm/contacts/{}");
        check("/users/ada@example.test/posts", "GET /users/{}/posts");
        check("/v2/x/550e8400-e29b-41d4-a716-446655440000", "GET /{}/x/{}");
        check("/", "GET /");
    }
}
