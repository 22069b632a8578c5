//! The inventory of linked accounts: what is known of each before its token may move, from files and from what providers tell without
//! touching a token.

pub mod item;
pub mod sources;
pub mod row;
pub mod judge;
pub mod facts;
pub mod document;
pub mod csv;
pub mod reconnect;
pub mod watch;
pub mod watch_file;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context;
use compare::model::Side;
use jiff::Timestamp;

use crate::config::{Account, Config, Secret, SecretTemplate};
use crate::options::Global;
use crate::profiles;
use judge::{Seen, judge};
use row::Row;
use sources::{Connection, Told};

/// Everything that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Inventory {
    /// What the migration is called.
    pub migration: String,
    /// When.
    pub taken_at: Timestamp,
    /// What each source said, or why it said nothing; in a sentence.
    pub sources: Vec<String>,
    /// In the order of the accounts' file; then those that only legacy knows.
    pub rows: Vec<Row>,
    /// Whether somebody had enough before all was asked.
    pub interrupted: bool,
}

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Both providers.
    Providers,
    /// Nobody: the files are all that there is.
    Nobody,
}

/// What was told, before it is judged.
pub struct Gathered {
    /// Of legacy.
    pub legacy: Told,
    /// Of new.
    pub new: Told,
}

/// Where an inventory is kept, and read by the gate.
pub fn folder(config: &Config) -> PathBuf {
    config.reports().join("inventory")
}

/// Asks both providers.
pub fn gather(
    config: &Config,
    asking: Asking,
    global: &Global,
    tick: &(dyn Fn() + Send + Sync),
) -> anyhow::Result<Gathered> {
    let accounts = config.accounts()?;
    let integrations: BTreeSet<String> = accounts.iter().map(|account| account.integration.clone()).collect();
    let told = |side: Side| -> anyhow::Result<Told> {
        let provider = match side {
            Side::Legacy => &config.legacy,
            Side::New => &config.new,
        };
        match (provider, asking) {
            (None, _) => Ok(Told::silent(format!("the configuration has no [providers.{}]", side.name()))),
            (Some(provider), Asking::Nobody) => {
                let (_, profile) = profiles::find(config, provider)
                    .map_err(|problem| crate::config::ConfigError::Invalid(vec![*problem]))?;
                Ok(Told::by_profile(&profile, format!("{} was not asked", side.name())))
            }
            (Some(_), Asking::Providers) => {
                let mut provider = profiles::open(config, side, global)?;
                // These requests are about no account.
                provider.profile.account.headers.clear();
                provider.profile.account.query.clear();
                sources::ask(&provider, &integrations, tick).with_context(|| format!("ask {}", side.name()))
            }
        }
    };
    Ok(Gathered { legacy: told(Side::Legacy)?, new: told(Side::New)? })
}

/// Takes the inventory of what was gathered.
pub fn take(config: &Config, gathered: &Gathered, global: &Global) -> anyhow::Result<Inventory> {
    let upstreams =
        profiles::upstreams(config).map_err(|problem| crate::config::ConfigError::Invalid(vec![*problem]))?;
    let taken_at = (global.clock)();
    let mut listed = BTreeSet::new();
    let mut rows = Vec::new();
    let mut scopes = BTreeMap::new();
    for (account, at_legacy, at_new) in paired(config, gathered, global)? {
        if let Some(connection) = at_legacy {
            listed.insert(&connection.id);
        }
        let needed =
            scopes.entry(account.integration.clone()).or_insert_with(|| needed(config, &account.integration));
        rows.push(judge(&Seen {
            account: &account,
            at_legacy,
            at_new,
            gathered,
            upstream: providers::upstream::upstream_of(&upstreams, &account.integration),
            scopes: needed.as_ref(),
            now: taken_at,
        }));
    }
    for connection in gathered.legacy.connections.iter().flatten() {
        if !listed.contains(&connection.id) {
            rows.push(Row::unlisted(connection));
        }
    }
    let sources = [("legacy", &gathered.legacy), ("new", &gathered.new)];
    Ok(Inventory {
        migration: config.migration.clone(),
        taken_at,
        sources: sources.iter().map(|(side, told)| told.sentence(side)).collect(),
        rows,
        interrupted: gathered.legacy.interrupted || gathered.new.interrupted,
    })
}

/// An account with what legacy and new list of it.
pub type Paired<'g> = (Account, Option<&'g Connection>, Option<&'g Connection>);

/// Each account of the accounts' file with what both sides list of it.
pub fn paired<'g>(
    config: &Config,
    gathered: &'g Gathered,
    global: &Global,
) -> anyhow::Result<Vec<Paired<'g>>> {
    let variable = |name: &str| global.environment.get(name);
    let id = |template: &Option<SecretTemplate>| template.as_ref()?.resolve(&variable).ok();
    let (legacy, new) = (Index::of(&gathered.legacy), Index::of(&gathered.new));
    let accounts = config.accounts()?;
    let pair = |account: &Account| {
        let at_legacy = legacy.find(id(&account.legacy).as_ref().map(Secret::expose), account);
        let at_new = new.find(id(&account.new).as_ref().map(Secret::expose), account);
        (account.clone(), at_legacy, at_new)
    };
    Ok(accounts.iter().map(pair).collect())
}

/// The scopes that the operations need which are asked of an integration; `None`: none of them says.
fn needed(config: &Config, integration: &str) -> Option<BTreeSet<String>> {
    let asked = config.operations.iter().filter(|operation| {
        operation.integrations.is_empty() || operation.integrations.iter().any(|name| name == integration)
    });
    let said: Vec<&Vec<String>> = asked.filter_map(|operation| operation.scopes.get(integration)).collect();
    (!said.is_empty()).then(|| said.into_iter().flatten().cloned().collect())
}

/// Connections by id, and by whose they are.
struct Index<'t> {
    by_id: BTreeMap<&'t str, &'t Connection>,
    by_tenant: BTreeMap<(&'t str, &'t str), &'t Connection>,
}

impl<'t> Index<'t> {
    fn of(told: &'t Told) -> Index<'t> {
        let (mut by_id, mut by_tenant) = (BTreeMap::new(), BTreeMap::new());
        for connection in told.connections.iter().flatten() {
            by_id.insert(connection.id.as_str(), connection);
            if let Some(tenant) = &connection.tenant {
                by_tenant.insert((tenant.as_str(), connection.integration.as_str()), connection);
            }
        }
        Index { by_id, by_tenant }
    }

    /// By the id that the accounts' file gives, else by the account's name.
    fn find(&self, id: Option<&str>, account: &Account) -> Option<&'t Connection> {
        let by_id = id.and_then(|id| self.by_id.get(id));
        let by_tenant = || self.by_tenant.get(&(account.name.as_str(), account.integration.as_str()));
        by_id.or_else(by_tenant).copied()
    }
}
