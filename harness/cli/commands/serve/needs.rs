//! What pairs are judged by while the proxy serves, and what the gate of the write cutover still lacks.

use std::sync::Arc;

use evidence::tally::Tally;

use super::cast;
use crate::commands::check::{Changed, Judging};
use crate::config::{Config, ConfigError, Gate, GateName};
use crate::engines::Engines;
use crate::gate::facts;
use crate::options::{Global, Preferring};
use crate::plan::Plan;
use crate::serve::wanted::{Asked, Wanted};

/// The compiled configuration, and what lacks. With what was recorded before only where that is asked: it takes as long as `check`.
pub fn of(config: &Config, preferring: Preferring, global: &Global) -> anyhow::Result<(Plan, Arc<Wanted>)> {
    let operations = config.select(&[])?;
    let engines = Engines::where_needed(global);
    let compiled = Plan::compile(config, &operations, &global.as_of, &engines);
    let said = config.gates.iter().find(|gate| gate.name == GateName::WriteCutover);
    let demands = said.cloned().unwrap_or_else(|| Gate::unsaid(GateName::WriteCutover)).demands;
    let age = demands.evidence_max_age.and_then(|age| i64::try_from(age).ok());
    let since = age.map(|age| (global.clock)().as_second().saturating_sub(age));
    let (plan, before) = match (preferring, compiled) {
        // What cannot be judged is recorded all the same.
        (Preferring::Nothing, compiled) => (compiled.unwrap_or_else(|_| Plan::empty()), Tally::since(since)),
        (Preferring::NeededEvidence, compiled) => {
            let plan = compiled.map_err(ConfigError::Invalid)?;
            tracing::info!("Reading what was recorded before, to know what lacks.");
            let judging = Judging {
                config,
                operations: &operations,
                plan: &plan,
                engines: &engines,
                is_named: false,
                changed: &Changed::everything(),
                since,
                as_of: &global.as_of,
            };
            let tally = judging.all(global, |_, _| Ok(()))?.tally;
            (plan, tally)
        }
    };
    let names = cast::names(config)?;
    let asked = Asked {
        demands,
        accounts: facts::accounts(config, &plan),
        operations: facts::operations(config, &plan),
        operation_names: names.operations,
        account_names: names.accounts,
        before,
        since,
    };
    Ok((plan, Arc::new(Wanted::new(asked))))
}
