//! `cutover audit`: known defects are planted into what new answered, as mapped; which of them would the rules miss?
//!
//! The mapped body and not the raw one: what is asked is whether the rules notice, and a defect in a field that no mapping
//! reads is none that the application could.

mod bench;
mod show;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{PoisonError, RwLock};

use compare::verdict::Verdict;
use evidence::audit::{Audit, Cell, Defect, Found, plant};
use store::recordings::RawRecord;

use crate::config::{Config, ConfigError};
use crate::engines::Engines;
use crate::exit::Exit;
use crate::ids;
use crate::judge::{Ids, Judge};
use crate::options::{self, Format, Global};
use crate::pipeline::{self, Ended};
use crate::plan::Plan;
use crate::storage::recordings_if_any;
use bench::{Bench, bare};
use show::Shown;

/// A defect with what became of it.
struct Outcome {
    cell: Cell,
    what: String,
    found: Found,
}

/// Plants, judges and counts.
pub fn run(options: &options::Audit, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let operations = config.select(&options.operations)?;
    let engines = Engines::where_needed(global);
    let plan = Plan::compile(&config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let ids = gather(&config, global, &engines)?;
    let benches = operations.iter().zip(&plan.operations);
    let benches = benches.map(|(operation, planned)| Bench::of(&config, operation, planned, &global.as_of));
    let benches: Vec<Bench> =
        benches.collect::<Result<_, _>>().map_err(|problem| ConfigError::Invalid(vec![problem]))?;
    let mut judged = Plan::empty();
    judged.accounts = config.accounts()?;
    judged.now_ms = plan.now_ms;
    judged.operations = benches
        .iter()
        .map(|bench| bench.whole())
        .collect::<Result<_, _>>()
        .map_err(|problem| ConfigError::Invalid(vec![problem]))?;

    let audit = RwLock::new(Audit::default());
    let read = || audit.read().unwrap_or_else(PoisonError::into_inner);
    let one = |record: &RawRecord, judge: &mut Judge<'_>| {
        let pair = record.pair().ok()?;
        let index = plan.find(&pair.operation)?;
        let bench = &benches[index];
        let is_wanted = |cell: &Cell| !read().is_full(cell);
        let wanted: Vec<_> = bench.cells().filter(|(_, cell)| is_wanted(cell)).collect();
        let (whole, body) =
            if wanted.is_empty() { None } else { bare(&pair, &plan.operations[index], plan.now_ms) }?;
        // What differs without a defect, or cannot be told, says nothing about one.
        if !matches!(
            judge.judge(&whole, String::new(), |_| false).verdict,
            Verdict::Same | Verdict::Tolerated
        ) {
            return None;
        }
        let outcomes = wanted.into_iter().filter_map(|(field, cell)| {
            let planted = plant(&body, field, cell.defect, options.seed, &pair.id)?;
            let found = bench.find(judge, &ids, &judged.accounts, &whole, &planted)?;
            Some(Outcome { cell, what: planted.what, found })
        });
        Some((pair.id.clone(), outcomes.collect::<Vec<_>>()))
    };
    let add = |(pair, outcomes): (String, Vec<Outcome>)| {
        let mut audit = audit.write().unwrap_or_else(PoisonError::into_inner);
        for Outcome { cell, what, found } in outcomes {
            audit.add(cell, &pair, &what, found);
        }
        Ok(())
    };
    let ended = match recordings_if_any(&config, global)? {
        None => Ended::Whole,
        Some(recordings) => {
            let files = recordings.sources()?.files;
            pipeline::each((&judged, &ids), recordings.records(files), global, "audited", one, add)?
        }
    };
    let audit = audit.into_inner().unwrap_or_else(PoisonError::into_inner);
    let declared: BTreeSet<(String, String)> = benches.iter().flat_map(Bench::declared).collect();
    let silent = benches.iter().filter(|bench| bench.fields.is_empty());
    let shown = Shown::of(
        &audit,
        &declared,
        silent.map(|bench| bench.name.clone()).collect(),
        &config,
        global.as_of.day(),
    );
    match global.format {
        Format::Json => shown.write_json(options.seed, &global.as_of.text, out)?,
        Format::Text => shown.write_text(options.seed, global, out)?,
    }
    Ok(match (shown.misses(), ended) {
        (misses, _) if misses > 0 => Exit::Different,
        (_, Ended::Interrupted) => Exit::Undecided,
        _ if !shown.is_whole() => Exit::Undecided,
        _ => Exit::Clean,
    })
}

/// What all recordings say of ids that differ by design; a pair's verdict rests on all of them.
fn gather(config: &Config, global: &Global, engines: &Engines) -> anyhow::Result<Ids> {
    let whole =
        Plan::compile(config, &config.select(&[])?, &global.as_of, engines).map_err(ConfigError::Invalid)?;
    Ok(ids::gather(config, &whole, global)?.0)
}

/// Every cell of a field.
fn cells_of(operation: &str, field: &str) -> impl Iterator<Item = Cell> {
    let cell = |(defect, _): (Defect, &str)| Cell {
        operation: operation.to_owned(),
        field: field.to_owned(),
        defect,
    };
    Defect::ALL.map(cell).into_iter()
}
