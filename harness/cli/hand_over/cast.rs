//! Who takes part: both providers with what their profiles say of credentials, and the accounts as each side knows them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, bail};
use compare::model::Side;
use handover::connector::Names;
use providers::asked::Account;
use providers::provider::Provider;
use providers::secret::Secret;
use providers::tokens::Tokens;

use crate::config::nearest::nearest;
use crate::config::{Config, SecretTemplate};
use crate::options::Global;
use crate::profiles;

/// Who takes part.
pub struct Cast {
    /// Whom customers are served by today.
    pub legacy: Player,
    /// Whom they are moved to.
    pub new: Player,
    /// By name.
    pub accounts: BTreeMap<String, Linked>,
}

/// A provider, and what its profile says of credentials.
pub struct Player {
    /// Which side it is.
    pub side: Side,
    /// Who is asked.
    pub provider: Arc<Provider>,
    /// How credentials move there.
    pub tokens: Tokens,
}

/// An account of the accounts' file.
#[derive(Clone, Debug)]
pub struct Linked {
    /// As recordings call it.
    pub name: String,
    /// The upstream.
    pub integration: String,
    /// Legacy's id of it.
    pub legacy: Option<Secret>,
    /// New's id of it, where the file says one.
    pub new: Option<Secret>,
    /// Other columns.
    pub columns: BTreeMap<String, String>,
}

impl Cast {
    /// Reads who takes part.
    pub fn new(config: &Config, global: &Global) -> anyhow::Result<Cast> {
        Ok(Cast {
            legacy: player(config, Side::Legacy, global)?,
            new: player(config, Side::New, global)?,
            accounts: accounts(config, global)?,
        })
    }

    /// The account of a name.
    pub fn account(&self, name: &str) -> Option<&Linked> {
        self.accounts.get(name)
    }
}

impl Linked {
    /// The customer, as both providers may know it: the column of that name, else the account's own.
    pub fn tenant(&self) -> &str {
        self.columns.get("tenant").unwrap_or(&self.name)
    }

    /// As a side is asked about it.
    pub fn at(&self, id: &Secret) -> Account {
        Account {
            name: self.name.clone(),
            id: id.clone(),
            integration: self.integration.clone(),
            columns: self.columns.clone(),
        }
    }

    /// What its names stand for on a side; an account that is not there yet has no id.
    pub fn names(&self, id: Option<&Secret>) -> Names {
        Names::of(&self.at(id.unwrap_or(&Secret::new(String::new()))))
    }
}

fn player(config: &Config, side: Side, global: &Global) -> anyhow::Result<Player> {
    let provider = profiles::open(config, side, global)?;
    let Some(tokens) = provider.profile.tokens.clone() else {
        bail!(
            "the profile of {} does not say how credentials leave and come in: add [tokens] to a profile of your own (docs/profiles.md)",
            side.name()
        );
    };
    Ok(Player { side, provider: Arc::new(provider), tokens })
}

/// The accounts of the accounts' file, by name.
pub fn accounts(config: &Config, global: &Global) -> anyhow::Result<BTreeMap<String, Linked>> {
    let variable = |name: &str| global.environment.get(name);
    let mut accounts = BTreeMap::new();
    for account in config.accounts()?.iter() {
        let id = |template: &Option<SecretTemplate>| {
            let resolved = template.as_ref().map(|template| template.resolve(&variable)).transpose();
            resolved.with_context(|| format!("find the ids of the account `{}`", account.name))
        };
        let linked = Linked {
            name: account.name.clone(),
            integration: account.integration.clone(),
            legacy: id(&account.legacy)?,
            new: id(&account.new)?,
            columns: account.more.clone(),
        };
        accounts.insert(account.name.clone(), linked);
    }
    Ok(accounts)
}

/// The accounts that are named, in the file's names' order; all where none is. One that nobody knows is refused with the nearest.
pub fn chosen<'n>(
    named: &[String],
    known: impl Iterator<Item = &'n str> + Clone,
) -> anyhow::Result<Vec<String>> {
    if let Some(name) = named.iter().find(|name| !known.clone().any(|known| known == name.as_str())) {
        let near = nearest(name, known).map(|near| format!(": did you mean `{near}`?"));
        bail!("there is no account `{name}`{}", near.unwrap_or_default());
    }
    let is_chosen = |name: &&str| named.is_empty() || named.iter().any(|named| named == name);
    Ok(known.filter(is_chosen).map(str::to_owned).collect())
}
