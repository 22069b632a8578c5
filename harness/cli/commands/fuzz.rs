//! `cutover fuzz`: looks for inputs that break mappings, and shows the smallest.

mod files;
pub mod hunt;
pub mod hunted;
mod keep;
mod output;
mod predicates;
mod previous;
mod schema;
pub mod targets;

use std::io::Write;

use crate::config::{Config, ConfigError, Evaluation};
use crate::engines::Engines;
use crate::exit::Exit;
use crate::options::fuzz::{Bodies, Fuzz};
use crate::options::{Format, Global};
use crate::pipeline::{is_interrupted, stop_on_interrupt};
use crate::plan::Plan;

use hunt::{Depth, Hunt};
use hunted::Hunted;
use targets::Target;

/// Fuzzes the mappings that are named, or those of all operations.
pub fn run(options: &Fuzz, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    if options.list {
        output::write_lists(out)?;
        return Ok(Exit::Clean);
    }
    if let Bodies::Files { .. } = options.bodies {
        return hunt_all(None, &files::targets(options, global)?, options, global, out);
    }
    let config = Config::load(&global.config)?;
    let operations = config.select(&[])?;
    let engines = engines(options, global, operations.iter().map(|operation| &operation.evaluation))?;
    let plan = Plan::compile(&config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let targets = targets::of_recordings(&config, &plan, options, global)?;
    hunt_all(Some(&config), &targets, options, global, out)
}

/// The engines; with `--oracle` the JavaScript ones must be there.
fn engines<'e>(
    options: &Fuzz,
    global: &Global,
    evaluations: impl IntoIterator<Item = &'e Evaluation>,
) -> anyhow::Result<Engines> {
    let engines = Engines::where_needed(global);
    if options.oracle {
        evaluations.into_iter().try_for_each(|evaluation| engines.demand(&evaluation.library))?;
    }
    Ok(engines)
}

fn hunt_all(
    config: Option<&Config>,
    targets: &[Target<'_>],
    options: &Fuzz,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    stop_on_interrupt()?;
    let mut all = Vec::new();
    for target in targets {
        if is_interrupted() {
            break;
        }
        let hunt = Hunt { target, options, global, depth: Depth::Findings };
        all.push(hunt.run()?);
    }
    let is_interrupted = is_interrupted();
    if options.keep {
        keep::keep(config, targets, &mut all)?;
    }
    output::write_files(options, targets, &all)?;
    match global.format {
        Format::Json => output::write_json(options, targets, &all, is_interrupted, out)?,
        Format::Text => output::write_text(options, global, targets, &all, is_interrupted, out)?,
    }
    Ok(exit(targets, &all, is_interrupted))
}

fn exit(targets: &[Target], all: &[Hunted], is_interrupted: bool) -> Exit {
    if all.iter().any(|hunted| !hunted.findings.is_empty()) {
        return Exit::Different;
    }
    let is_undecided = all.iter().any(|hunted| hunted.cases == 0 || hunted.undecided > 0);
    if is_interrupted || is_undecided || targets.is_empty() { Exit::Undecided } else { Exit::Clean }
}
