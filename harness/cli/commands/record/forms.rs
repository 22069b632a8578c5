//! How operations are asked on each side: their forms with resolved variables, how their lists are walked, and the accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use capture::record::{Ask, List, Sides};
use capture::route::{Bound, Route};
use compare::model::Body;
use providers::asked::{Account, Asked, Effect};
use providers::profile::{Next, Profile};
use providers::provider::Provider;
use providers::secret::Secret;

use crate::config::{Config, ConfigError, Operation, Request, SecretTemplate, Variables};
use crate::engines::Engines;
use crate::join::{Witness, route};
use crate::requests::{LegacyRequest, RequestMapError, RequestMappings, list};

/// The operations of a run with their forms, and the accounts that they are asked for.
pub struct Forms<'c> {
    /// In the order of the configuration.
    pub operations: Vec<Form<'c>>,
    /// By name: the account as each side knows it.
    pub accounts: BTreeMap<String, OfSides>,
    /// Of legacy's lists: what a request of a later page has, where legacy is asked.
    pub sides: Sides,
    clock: providers::Clock,
}

/// One account, as each side knows it.
#[derive(Clone, Debug)]
pub struct OfSides {
    /// The upstream that it is linked to.
    pub integration: String,
    /// As legacy knows it.
    pub legacy: Option<Arc<Account>>,
    /// As new knows it.
    pub new: Option<Arc<Account>>,
}

/// An operation's forms.
pub struct Form<'c> {
    /// The operation.
    pub operation: &'c Operation,
    legacy: Option<SideForm>,
    new: Option<SideForm>,
    source: Option<SideForm>,
    /// How legacy is asked, also where it is not asked in this run: request mappings see it.
    of_legacy: Option<(Route, Option<String>)>,
}

struct SideForm {
    route: Route,
    headers: Vec<(String, Secret)>,
    body: Option<String>,
    list: Option<List>,
    effect: Effect,
    has_body: bool,
    mappings: RequestMappings,
}

/// Why something cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum CannotAsk {
    /// The operation says nothing of the side.
    #[error("it does not say how {0} is asked")]
    NoForm(&'static str),
    /// A parameter has no value.
    #[error("its parameter `{0}` has no value: name it in a CSV, or take requests from a file with --from")]
    Parameter(String),
    /// The account is not known to a side.
    #[error("the account has no id on the side {0}")]
    NoId(&'static str),
    /// The profile or the operation needs what is not there.
    #[error("{0}")]
    Call(String),
    /// A mapping makes no request.
    #[error(transparent)]
    Mapping(#[from] RequestMapError),
    /// It may write.
    #[error("its method on the side {0} may write")]
    Writes(&'static str),
}

impl<'c> Forms<'c> {
    /// Compiles the forms. A variable that is not set is an error here: something could not be asked.
    pub fn new(
        config: &Config,
        operations: &[&'c Operation],
        sides: &Sides,
        engines: &Engines,
        clock: providers::Clock,
        variable: Variables<'_>,
    ) -> anyhow::Result<Forms<'c>> {
        let mut forms = Vec::with_capacity(operations.len());
        for operation in operations.iter().copied() {
            let form = |request: &Option<Request>, provider: &Option<Arc<Provider>>, witness| {
                let (Some(request), Some(provider)) = (request, provider) else { return anyhow::Ok(None) };
                let mappings = RequestMappings::compile(config, operation, request, engines);
                let mappings = mappings.map_err(ConfigError::Invalid)?;
                side_form(operation, request, &provider.profile, witness, mappings, variable).map(Some)
            };
            let of_legacy = operation.legacy.as_ref().map(|request| {
                (route::resolved(request, variable), request.body.resolve(variable).ok().flatten())
            });
            forms.push(Form {
                operation,
                legacy: form(&operation.legacy, &sides.legacy, Witness::Legacy)?,
                new: form(&operation.new, &sides.new, Witness::New)?,
                source: form(&operation.source, &sides.new, Witness::Source)?,
                of_legacy,
            });
        }
        let mut accounts = BTreeMap::new();
        for account in config.accounts()?.iter() {
            let of_side = |id: &Option<SecretTemplate>| -> anyhow::Result<Option<Arc<Account>>> {
                let Some(id) = id.as_ref().and_then(|id| id.resolve(variable).ok()) else { return Ok(None) };
                Ok(Some(Arc::new(Account {
                    name: account.name.clone(),
                    id,
                    integration: account.integration.clone(),
                    columns: account.more.clone(),
                })))
            };
            let known = OfSides {
                integration: account.integration.clone(),
                legacy: of_side(&account.legacy)?,
                new: of_side(&account.new)?,
            };
            accounts.insert(account.name.clone(), known);
        }
        Ok(Forms { operations: forms, accounts, sides: sides.clone(), clock })
    }

    /// Whether an operation is asked of an account: where it names integrations, of theirs alone.
    pub fn concerns(&self, operation: &Operation, account: &OfSides) -> bool {
        operation.integrations.is_empty() || operation.integrations.contains(&account.integration)
    }

    /// The request of an operation on a side, for an account, with what its form leaves open.
    pub fn ask(
        &self,
        form: &Form<'c>,
        witness: Witness,
        account: Option<&str>,
        bound: &Bound,
        body: &Body,
    ) -> Result<Ask, CannotAsk> {
        let side = match witness {
            Witness::Legacy => &form.legacy,
            Witness::New => &form.new,
            Witness::Source => &form.source,
        };
        let name = witness.name();
        let side = side.as_ref().ok_or(CannotAsk::NoForm(name))?;
        if side.effect == Effect::Writes {
            return Err(CannotAsk::Writes(name));
        }
        let (path, mut query) = side.route.fill(&bound.parameters).map_err(CannotAsk::Parameter)?;
        let made = self.made(form, side, bound, body)?;
        match made.query {
            Some(made) => {
                query.retain(|(name, _)| !made.iter().any(|(known, _)| known == name));
                query.extend(made);
            }
            None => {
                let is_open = |name: &str| !side.route.knows_query(name) && !self.is_paging(name);
                query.extend(bound.query.iter().filter(|(name, _)| is_open(name)).cloned());
            }
        }
        let known = account.and_then(|account| self.accounts.get(account));
        let (provider, known) = match witness {
            Witness::Legacy => (&self.sides.legacy, known.map(|known| &known.legacy)),
            Witness::New | Witness::Source => (&self.sides.new, known.map(|known| &known.new)),
        };
        if let Some(None) = known {
            return Err(CannotAsk::NoId(name));
        }
        let account = known.and_then(Option::clone);
        let sent = match (made.body, body) {
            (Some(made), _) => made,
            (None, Body::Json(text) | Body::Text(text))
                if !side.has_body && side.route.method() == "POST" =>
            {
                Some(text.clone())
            }
            (None, _) => side.body.clone(),
        };
        let asked = Asked {
            method: side.route.method().to_owned(),
            path,
            query,
            headers: side.headers.clone(),
            body: sent,
            effect: side.effect,
        };
        if let Some(provider) = provider {
            // Whether it can be asked at all is told before anything is sent.
            provider.call(&asked, account.as_deref()).map_err(|error| CannotAsk::Call(error.to_string()))?;
        }
        Ok(Ask { asked, account, list: side.list.clone() })
    }

    /// What mappings make of legacy's request.
    fn made(
        &self,
        form: &Form<'c>,
        side: &SideForm,
        bound: &Bound,
        body: &Body,
    ) -> Result<Made, RequestMapError> {
        let (mut query, declared) = match &form.of_legacy {
            // A parameter that has no value was told where legacy is asked; where it is not, it is left out here.
            Some((route, body)) => {
                let query = route.fill(&bound.parameters).map(|(_, query)| query);
                (query.unwrap_or_default(), body.as_deref())
            }
            None => (Vec::new(), None),
        };
        query.extend(bound.query.iter().cloned());
        let body = match body {
            Body::Json(text) | Body::Text(text) => Some(text.as_str()),
            Body::Absent | Body::Base64(_) => declared,
        };
        let id = bound.parameters.get("id").map(String::as_str);
        let now_ms = (self.clock)().as_millisecond();
        let legacy = LegacyRequest { query: &query, body, id, now_ms };
        Ok(Made { query: side.mappings.query(&legacy)?, body: side.mappings.body(&legacy)? })
    }

    /// Whether a query parameter says which page is asked for: each side's walk says that in its own way.
    pub fn is_paging(&self, name: &str) -> bool {
        let profiles =
            [&self.sides.legacy, &self.sides.new].into_iter().flatten().map(|provider| &provider.profile);
        profiles.into_iter().any(|profile| {
            let next = match &profile.list.next {
                Some(Next::Cursor { query, .. } | Next::Offset { query, .. }) => query == name,
                Some(Next::Url { .. } | Next::Link) | None => false,
            };
            let is_size = profile.list.page_size.as_ref().is_some_and(|size| size.query == name);
            let is_account = profile.account.query.contains_key(name);
            next || is_size || is_account
        })
    }

    /// Whether a request of an operation asks for a later page of its list.
    pub fn is_later_page(&self, operation: &Operation, bound: &Bound) -> bool {
        let cursor = |profile: &Profile| match &profile.list.next {
            Some(Next::Cursor { query, .. } | Next::Offset { query, .. }) => Some(query.clone()),
            Some(Next::Url { .. } | Next::Link) | None => None,
        };
        let cursors: Vec<String> = [&self.sides.legacy, &self.sides.new]
            .into_iter()
            .flatten()
            .filter_map(|side| cursor(&side.profile))
            .collect();
        operation.items.is_some()
            && bound
                .query
                .iter()
                .any(|(name, value)| cursors.contains(name) && !value.is_empty() && value != "0")
    }
}

/// What mappings made; nothing where there are none.
struct Made {
    query: Option<Vec<(String, String)>>,
    body: Option<Option<String>>,
}

impl Form<'_> {
    /// Whether a side is asked in this run.
    pub fn has(&self, witness: Witness) -> bool {
        match witness {
            Witness::Legacy => self.legacy.is_some(),
            Witness::New => self.new.is_some(),
            Witness::Source => self.source.is_some(),
        }
    }
}

fn side_form(
    operation: &Operation,
    request: &Request,
    profile: &Profile,
    witness: Witness,
    mappings: RequestMappings,
    variable: Variables<'_>,
) -> anyhow::Result<SideForm> {
    let mut headers = Vec::with_capacity(request.headers.len());
    for (name, template) in &request.headers {
        headers.push((name.clone(), template.resolve(variable)?));
    }
    let body = request.body.resolve(variable)?;
    let is_read =
        operation.read_only.is_some() || request.method.safety() == crate::config::request::Safety::Safe;
    Ok(SideForm {
        route: route::resolved(request, variable),
        headers,
        has_body: body.is_some(),
        body,
        list: list(operation, request, profile, witness),
        effect: if is_read { Effect::Reads } else { Effect::Writes },
        mappings,
    })
}
