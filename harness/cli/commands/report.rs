//! `cutover report`: every gate decided, and all that the decisions rest on, on one page.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use evidence::bundle;
use evidence::coverage;
use evidence::gate::fact::Fact;
use evidence::gate::name::GateName;
use report::readiness::{self, Account, BundleInfo, Readiness};
use report::run::{Head, Run};
use store::recordings::Recordings;

use super::check::{Changed, Evidence, Judging, engines};
use crate::config::{Config, ConfigError, Gate};
use crate::exit::Exit;
use crate::gate::earlier::{self, Earlier};
use crate::gate::journal::From;
use crate::gate::{Deciding, facts};
use crate::judge::Ids;
use crate::options::{self, Format, Global};
use crate::plan::Plan;
use crate::storage::recordings_if_any;

/// The page, and the document for machines.
const PAGE: &str = "index.html";
const DOCUMENT: &str = "readiness.json";

/// Bundles that are looked at, the newest first: each costs the digests of its inputs.
const BUNDLES_MAX: usize = 50;

type Writer = fn(BufWriter<File>, &Readiness<'_>) -> io::Result<()>;

/// What is written.
const FILES: [(&str, Writer); 4] = [
    (PAGE, |out, readiness| readiness::write_html(out, readiness)),
    (DOCUMENT, |out, readiness| readiness::write_json(out, readiness)),
    ("readiness.md", |out, readiness| readiness::write_markdown(out, readiness)),
    ("readiness.csv", |out, readiness| readiness::write_csv(out, readiness)),
];

/// Judges, decides, reports.
pub fn run(options: &options::Report, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let operations = config.select(&[])?;
    let engines = engines(options.opinions, global, &operations);
    let plan = Plan::compile(&config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let changed = Changed::everything();
    let judging = |since: Option<i64>| Judging {
        config: &config,
        operations: &operations,
        plan: &plan,
        engines: &engines,
        is_named: false,
        changed: &changed,
        since,
        as_of: &global.as_of,
    };
    let deciding = options::Deciding { base: options.base.clone(), ..options::Deciding::default() };
    let gates = GateName::ALL.iter().map(|(name, _)| {
        Deciding::begin(*name, From::DatabaseUnkept, &deciding, &config, global, &global.as_of)
    });
    let gates = gates.collect::<anyhow::Result<Vec<_>>>()?;
    // Gates that ask for evidence of one age share it.
    let mut by_age: BTreeMap<Option<i64>, Evidence> = BTreeMap::new();
    by_age.insert(None, judging(None).all(global, |_, _| Ok(()))?);
    let mut decisions = Vec::new();
    for gate in &gates {
        let since = gate.since();
        let evidence = match by_age.entry(since) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(room) => room.insert(judging(since).all(global, |_, _| Ok(()))?),
        };
        decisions.push(gate.decided(&judging(since), evidence, global)?.bundle.decision);
    }
    let evidence = by_age.get(&None).expect("it was put there first");
    let run = run_of(&config, &plan, evidence, global);
    let said = config.gates.iter().find(|gate| gate.name == GateName::WriteCutover);
    let demands = said.cloned().unwrap_or_else(|| Gate::unsaid(GateName::WriteCutover)).demands;
    let readiness = Readiness {
        run: &run,
        decisions,
        accounts: accounts(&config, &plan),
        coverage: coverage::cells(&evidence.tally, &facts::gather(&judging(None), evidence)),
        bundles: bundles(&config, &options.bundles, global)?,
        confidence: demands.confidence,
        max_difference_rate: demands.max_difference_rate,
    };
    let folder = options.out.clone().unwrap_or_else(|| config.reports().join("readiness"));
    write(&folder, &readiness)?;
    match global.format {
        Format::Json => {
            let file = folder.join(DOCUMENT);
            let mut document = File::open(&file).with_context(|| format!("read {}", file.display()))?;
            io::copy(&mut document, out)?;
        }
        Format::Text => tell(&readiness, &config.shown(&folder.join(PAGE)), out)?,
    }
    let is_interrupted = by_age.values().any(|evidence| evidence.interrupted.is_some());
    Ok(if is_interrupted { Exit::Undecided } else { Exit::Clean })
}

fn run_of<'r>(config: &'r Config, plan: &Plan, evidence: &'r Evidence, global: &'r Global) -> Run<'r> {
    Run {
        head: Head {
            tool: env!("CARGO_PKG_VERSION"),
            migration: &config.migration,
            as_of: &global.as_of.text,
        },
        operations: plan.operations.iter().map(|operation| operation.info.clone()).collect(),
        tally: &evidence.tally,
        mappings: evidence.mappings.clone(),
        causes: evidence.held.causes.clone(),
        entities: match &evidence.ids {
            Ids::Known(entities) => Some(entities),
            Ids::NotAsked | Ids::TooMany { .. } => None,
        },
        interrupted: evidence.interrupted.clone(),
        warnings: evidence.warnings.clone(),
        problems: Vec::new(),
    }
}

fn accounts(config: &Config, plan: &Plan) -> Option<Vec<Account>> {
    config.accounts.as_ref()?;
    let account = |account: &crate::config::Account| Account {
        name: account.name.clone(),
        integration: account.integration.clone(),
    };
    Some(plan.accounts.iter().map(account).collect())
}

/// The bundles where gates put them, and in the folders that are named; the newest first.
fn bundles(
    config: &Config,
    folders: &[std::path::PathBuf],
    global: &Global,
) -> anyhow::Result<Vec<BundleInfo>> {
    let own = config.reports().join("gates");
    let mut found = Vec::new();
    for folder in std::iter::once(&own).filter(|folder| folder.is_dir()).chain(folders) {
        let context = || format!("list the bundles in {}", folder.display());
        let entries = fs::read_dir(folder).with_context(context)?;
        for entry in entries {
            let file = entry.with_context(context)?.path();
            if file.extension().is_some_and(|extension| extension == "json") {
                found.push(file);
            }
        }
    }
    found.sort();
    found.dedup();
    let recordings = recordings_if_any(config, global)?;
    let one = |file: &std::path::PathBuf| bundle_of(config, recordings.as_ref(), file, global);
    let mut bundles: Vec<BundleInfo> = found.iter().filter_map(one).collect();
    bundles.sort_by(|left, right| (&right.as_of, &left.file).cmp(&(&left.as_of, &right.file)));
    bundles.truncate(BUNDLES_MAX);
    Ok(bundles)
}

fn bundle_of(
    config: &Config,
    recordings: Option<&Recordings>,
    file: &Path,
    global: &Global,
) -> Option<BundleInfo> {
    let text = earlier::read_text(file).ok()?;
    let shown = config.shown(file);
    let Ok(read) = bundle::read(&text) else {
        let broken = vec!["it is no bundle, or was changed since".to_owned()];
        let nothing = String::new;
        return Some(BundleInfo {
            file: shown,
            gate: nothing(),
            answer: nothing(),
            as_of: nothing(),
            expires: nothing(),
            is_expired: false,
            is_signed: false,
            broken,
        });
    };
    let earlier = Earlier::at(file.to_owned());
    let Fact::Known(held) = earlier.fact(config, recordings, &global.as_of) else { return None };
    Some(BundleInfo {
        file: shown,
        gate: read.gate.text().to_owned(),
        answer: read.answer,
        as_of: read.as_of,
        expires: read.expires,
        is_expired: held.is_expired,
        is_signed: read.signature.is_some(),
        broken: held.broken,
    })
}

/// Beside the old files under hidden names, then renamed over them.
fn write(folder: &Path, readiness: &Readiness<'_>) -> anyhow::Result<()> {
    let context = || format!("write the report into {}", folder.display());
    fs::create_dir_all(folder).with_context(context)?;
    let hidden = |name: &str| folder.join(format!(".{name}.new"));
    for (name, write) in FILES {
        let out = BufWriter::new(File::create(hidden(name)).with_context(context)?);
        write(out, readiness).with_context(context)?;
    }
    for (name, _) in FILES {
        fs::rename(hidden(name), folder.join(name)).with_context(context)?;
    }
    Ok(())
}

fn tell(readiness: &Readiness<'_>, page: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    let width = readiness.decisions.iter().map(|decision| decision.gate.text().len()).max().unwrap_or(0);
    for decision in &readiness.decisions {
        let counts = readiness::counts(decision);
        writeln!(
            out,
            "{:<width$}  {:<12}  {} hold, {} waived, {} missing, {} fail",
            decision.gate.text(),
            decision.answer.name(),
            counts.holds,
            counts.waived,
            counts.missing,
            counts.fails
        )?;
    }
    writeln!(out, "\n{}\nReport: {page}", readiness::sentence(readiness))?;
    writeln!(out, "As of {}.", readiness.run.head.as_of)?;
    Ok(())
}
