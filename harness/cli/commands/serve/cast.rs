//! From the configuration to what directs the proxy.

use std::sync::Arc;

use anyhow::Context;
use compare::path::Path;
use handover::fence::Fences;
use providers::asked::Account;
use providers::provider::Provider;

use crate::config::{self, Config, ConfigError, Request, SecretTemplate, Serve as Served};
use crate::engines::Engines;
use crate::hand_over::state;
use crate::join::{Witness, route};
use crate::keep::Keeping;
use crate::options::Global;
use crate::requests::{RequestMappings, list};
use crate::serve::callers::Callers;
use crate::serve::fence::Gate;
use crate::serve::live::Live;
use crate::serve::script::{Cast, Director, Operation, To};
use crate::serve::turns::{OfOperation, Turns};
use crate::serve::wanted::Wanted;

/// What a director works with.
pub struct Sides {
    /// Legacy.
    pub legacy: Arc<Provider>,
    /// New.
    pub new: Arc<Provider>,
    /// What is shown meanwhile.
    pub live: Arc<Live>,
    /// Makes fingerprints of ids that are secrets.
    pub keeping: Arc<Keeping>,
    /// What goes first, where something does.
    pub wanted: Option<Arc<Wanted>>,
}

/// What tickets count, by name.
pub struct Names {
    /// The operations that are mirrored.
    pub operations: Vec<String>,
    /// The accounts, in the order of their file.
    pub accounts: Vec<String>,
    /// Operations that do not say how both sides are asked.
    pub left_out: Vec<String>,
}

/// The fence as it is kept, and the connection that acknowledges it.
pub type Kept = (Arc<Gate>, Fences);

/// Puts it together; every secret is read now, so that what is missing is told now.
pub fn director(
    config: &Config,
    served: &Served,
    sides: Sides,
    names: &Names,
    global: &Global,
) -> anyhow::Result<(Director, Option<Kept>)> {
    let Sides { legacy, new, live, keeping, wanted } = sides;
    let accounts = config.accounts()?;
    let mut of_legacy = Vec::new();
    let mut of_new = Vec::new();
    for account in accounts.iter() {
        of_legacy.push(known(account, account.legacy.as_ref(), global)?);
        of_new.push(known(account, account.new.as_ref(), global)?);
    }
    let mut operations = Vec::new();
    for operation in &config.operations {
        let name = operation.name.to_string();
        let (Some(asked), Some(mirrored)) = (&operation.legacy, &operation.new) else { continue };
        operations.push(Operation {
            legacy: route::of(asked),
            list: list(operation, asked, &legacy.profile, Witness::Legacy),
            new: to(config, operation, (mirrored, Witness::New), &new, global)?,
            source: match &operation.source {
                Some(source) => Some(to(config, operation, (source, Witness::Source), &new, global)?),
                None => None,
            },
            items: operation
                .items
                .as_ref()
                .map(|items| Path::parse(&items.text))
                .transpose()
                .with_context(|| format!("find the items of `{name}`"))?,
        });
    }
    let callers = Callers::new(&legacy.profile.account, &of_legacy, move |value| keeping.digest(value));
    let callers = Arc::new(callers);
    let fence = fence_of(config, &callers, &names.accounts, &of_legacy, global)?;
    let turns = Turns::new(shares(served, names), served.per_minute_max, wanted);
    let director = Director::new(Cast {
        operations,
        callers,
        accounts: of_new,
        legacy,
        new,
        turns,
        repeat_share: served.repeat_share,
        live,
        clock: global.clock,
    });
    Ok((director, fence))
}

/// The fence of the state database, and the connection that acknowledges it; none where there is no `[state]`.
fn fence_of(
    config: &Config,
    callers: &Arc<Callers>,
    names: &[String],
    of_legacy: &[Option<Account>],
    global: &Global,
) -> anyhow::Result<Option<Kept>> {
    let open = || state::fences(config, global);
    let (Some(reading), Some(writing)) = (open()?, open()?) else {
        return Ok(None);
    };
    let (callers, names) = (Arc::clone(callers), names.to_vec());
    let gate = Gate::new(callers, names, of_legacy, reading, global.clock);
    Ok(Some((gate, writing)))
}

/// What tickets count.
pub fn names(config: &Config) -> anyhow::Result<Names> {
    let is_mirrored = |operation: &&config::Operation| operation.legacy.is_some() && operation.new.is_some();
    let (mirrored, left_out): (Vec<_>, Vec<_>) = config.operations.iter().partition(is_mirrored);
    let name = |operation: &config::Operation| operation.name.to_string();
    Ok(Names {
        operations: mirrored.into_iter().map(name).collect(),
        accounts: config.accounts()?.iter().map(|account| account.name.clone()).collect(),
        left_out: left_out.into_iter().map(name).collect(),
    })
}

/// The first entry that fits an operation and account says their share.
fn shares(served: &Served, names: &Names) -> Vec<OfOperation> {
    let said = |operation: &str, account: Option<&str>| {
        let mut fitting = served.shares.iter().filter(|entry| entry.fits(operation, account));
        fitting.next().map_or(served.share, |entry| entry.share)
    };
    let names_accounts = served.shares.iter().any(|entry| entry.account.is_some());
    let of = |operation: &String| OfOperation {
        usual: said(operation, None),
        accounts: match names_accounts {
            true => names.accounts.iter().map(|account| said(operation, Some(account))).collect(),
            false => Vec::new(),
        },
    };
    names.operations.iter().map(of).collect()
}

fn known(
    account: &config::Account,
    id: Option<&SecretTemplate>,
    global: &Global,
) -> anyhow::Result<Option<Account>> {
    let Some(id) = id else { return Ok(None) };
    let id = id.resolve(&|name| global.environment.get(name));
    let id = id.with_context(|| format!("read the id of the account `{}`", account.name))?;
    Ok(Some(Account {
        name: account.name.clone(),
        id,
        integration: account.integration.clone(),
        columns: account.more.clone(),
    }))
}

fn to(
    config: &Config,
    operation: &config::Operation,
    (request, witness): (&Request, Witness),
    provider: &Provider,
    global: &Global,
) -> anyhow::Result<To> {
    let variable = |name: &str| global.environment.get(name);
    let asking = || format!("find how `{}` is asked", operation.name);
    let mappings = RequestMappings::compile(config, operation, request, &Engines::where_needed(global))
        .map_err(ConfigError::Invalid)?;
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        headers.push((name.clone(), value.resolve(&variable).with_context(asking)?));
    }
    let body = request.body.resolve(&variable).with_context(asking)?;
    Ok(To {
        form: route::resolved(request, &variable),
        headers,
        body,
        mappings,
        list: list(operation, request, &provider.profile, witness),
    })
}
