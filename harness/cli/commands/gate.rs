//! `cutover gate NAME`: judges every pair, decides, writes the bundle.

use std::io::Write;

use crate::commands::check::{Changed, Judging, engines};
use crate::config::{Config, ConfigError};
use crate::exit::Exit;
use crate::gate::Deciding;
use crate::gate::journal::From;
use crate::options::{Gate, Global};
use crate::plan::Plan;

/// Decides from all recordings.
pub fn run(options: &Gate, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let operations = config.select(&[])?;
    let engines = engines(options.opinions, global, &operations);
    let plan = Plan::compile(&config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let deciding =
        Deciding::begin(options.gate, From::Database, &options.deciding, &config, global, &global.as_of)?;
    let judging = Judging {
        config: &config,
        operations: &operations,
        plan: &plan,
        engines: &engines,
        is_named: false,
        changed: &Changed::everything(),
        since: deciding.since(),
        as_of: &global.as_of,
    };
    let evidence = judging.all(global, |_, _| Ok(()))?;
    deciding.decide(&judging, &evidence, global, out)
}
