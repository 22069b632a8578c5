//! A gate from its files to its bundle: what it demands, what is known, what follows, and the digests of all of it.

mod change;
pub mod earlier;
pub mod facts;
pub mod inputs;
pub mod journal;
mod project;
pub mod signing;
mod told;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use evidence::bundle::{self, Bundle, Input};
use evidence::gate::fact::Fact;
use evidence::gate::facts::Holding;
use evidence::gate::reading::{Answer, Waiver};
use evidence::gate::{Case, decide};
use evidence::tally_document;
use mapping::oracle::Library;
use serde_json::Value;

use crate::commands::check::{Evidence, Judging};
use crate::config::gate::WaiverEntry;
use crate::config::{Config, Gate, GateName};
use crate::engines::Opinions;
use crate::exit::Exit;
use crate::options::{self, AsOf, Format, Global};
use earlier::Earlier;
use inputs::Inputs;
use journal::From;

/// The name and version of the native engine, as bundles say it.
const NATIVE: (&str, &str) = ("jlens-core", mapping::engine::NATIVE_VERSION);

/// A gate that is about to be decided: begun before the pairs are judged, so that digests are of what is judged.
pub struct Deciding {
    settings: Gate,
    options: options::Deciding,
    inputs: Inputs,
    earlier: Option<Earlier>,
    journal: Fact<BTreeMap<String, Holding>>,
    as_of: AsOf,
}

/// A gate that was decided.
pub struct Decided {
    /// What was decided, and what it rests on.
    pub bundle: Bundle,
    /// The bundle's document, without a signature.
    pub document: Value,
}

impl Deciding {
    /// Reads what the gate demands, and takes the digests of all that it will rest on.
    pub fn begin(
        name: GateName,
        from: From,
        options: &options::Deciding,
        config: &Config,
        global: &Global,
        as_of: &AsOf,
    ) -> anyhow::Result<Deciding> {
        let said = config.gates.iter().find(|gate| gate.name == name);
        let settings = said.cloned().unwrap_or_else(|| Gate::unsaid(name));
        let earlier = name
            .demands()
            .map(|before| Earlier::at(options.earlier.clone().unwrap_or_else(|| file_of(config, before))));
        let earlier_file = earlier.as_ref().map(|earlier| earlier.file.as_path());
        let journal = match name {
            GateName::MappingChange => facts::not_asked(),
            GateName::TokenImport | GateName::WriteCutover | GateName::Deprecation => {
                journal::take(name, from, config, global, as_of)?
            }
        };
        let inputs = Inputs::of(config, earlier_file, &journal::file(config, name), global)?;
        Ok(Deciding { settings, options: options.clone(), inputs, earlier, journal, as_of: as_of.clone() })
    }

    /// Pairs recorded before this moment do not count: seconds since 1970.
    pub fn since(&self) -> Option<i64> {
        let age = i64::try_from(self.settings.demands.evidence_max_age?).unwrap_or(i64::MAX);
        Some(self.as_of.instant.as_second().saturating_sub(age))
    }

    /// Decides, writes the bundle, tells.
    pub fn decide(
        self,
        judging: &Judging<'_>,
        evidence: &Evidence,
        global: &Global,
        out: &mut dyn Write,
    ) -> anyhow::Result<Exit> {
        let file = self.options.bundle.clone();
        let file = file.unwrap_or_else(|| file_of(judging.config, self.settings.name));
        let signer = self.options.sign_with.as_deref().map(signing::Signer::read).transpose()?;
        let Decided { bundle, document } = self.decided(judging, evidence, global)?;
        let document = match &signer {
            None => document,
            Some(signer) => {
                let signature = signer.sign(&bundle::canonical(&document));
                bundle::signed(&document, &signature)
            }
        };
        let mut bytes = bundle::canonical(&document);
        bytes.push(b'\n');
        write_whole(&file, &bytes)?;
        match global.format {
            Format::Json => out.write_all(&bytes)?,
            Format::Text => told::write(out, &bundle, &judging.config.shown(&file), global.stdout)?,
        }
        Ok(exit(bundle.decision.answer))
    }

    /// Decides, and writes nothing.
    pub fn decided(
        &self,
        judging: &Judging<'_>,
        evidence: &Evidence,
        global: &Global,
    ) -> anyhow::Result<Decided> {
        let Judging { config, .. } = *judging;
        self.inputs.refuse_changed()?;
        let day = self.as_of.day();
        let waivers = self.settings.waivers.iter().map(|entry| waiver(entry, day)).collect::<Vec<_>>();
        let tally = tally_document::document(&evidence.tally);
        let base = match self.settings.name {
            GateName::MappingChange => change::base(config, &self.settings, &self.options)?,
            GateName::TokenImport | GateName::WriteCutover | GateName::Deprecation => None,
        };
        let facts = evidence::gate::facts::Facts {
            project: project::outcomes(&self.settings, &tally, self.as_of.instant)?,
            change: match self.settings.name {
                GateName::MappingChange => change::facts(judging, evidence, base.as_deref(), global)?,
                GateName::TokenImport | GateName::WriteCutover | GateName::Deprecation => facts::not_asked(),
            },
            earlier: match &self.earlier {
                Some(earlier) => earlier.fact(config, self.inputs.recordings(), &self.as_of),
                None => facts::not_asked(),
            },
            journal: self.journal.clone(),
            ..facts::gather(judging, evidence)
        };
        let case = Case {
            gate: self.settings.name,
            demands: &self.settings.demands,
            tally: &evidence.tally,
            facts: &facts,
            as_of: self.as_of.instant.as_second(),
        };
        let decision = decide(&case, &waivers);
        let valid_for = jiff::SignedDuration::from_secs(
            i64::try_from(self.settings.demands.valid_for).unwrap_or(i64::MAX),
        );
        let expires = self.as_of.instant.checked_add(valid_for).unwrap_or(jiff::Timestamp::MAX);
        let bundle = Bundle {
            migration: config.migration.clone(),
            decision,
            demands: self.settings.demands.clone(),
            as_of: self.as_of.text.clone(),
            expires: expires.to_string(),
            versions: versions(judging),
            base,
            tally: inputs::hex(&inputs::digest(&bundle::canonical(&tally))),
            inputs: self.inputs.list().to_vec(),
        };
        Ok(Decided { document: bundle.document(), bundle })
    }

    /// The files that it rests on, as they were when it began.
    pub fn inputs(&self) -> &[Input] {
        self.inputs.list()
    }
}

/// Where a gate's bundle is, unless somebody says otherwise.
pub fn file_of(config: &Config, gate: GateName) -> PathBuf {
    config.reports().join("gates").join(format!("{}.json", gate.text()))
}

/// The exit that an answer leads to.
pub fn exit(answer: Answer) -> Exit {
    match answer {
        Answer::Pass => Exit::Clean,
        Answer::Inconclusive => Exit::Undecided,
        Answer::Fail => Exit::Different,
    }
}

fn waiver(entry: &WaiverEntry, day: compare::tolerance::Day) -> Waiver {
    Waiver {
        condition: entry.condition.clone(),
        about: entry.about.clone(),
        reason: entry.reason.clone(),
        owner: entry.owner.clone(),
        until: entry.until.to_string(),
        is_expired: day > entry.until,
    }
}

/// The program and what evaluates mappings.
fn versions(judging: &Judging<'_>) -> Vec<(String, String)> {
    let mut versions = BTreeMap::from([
        ("cutover".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        (NATIVE.0.to_owned(), NATIVE.1.to_owned()),
    ]);
    if judging.engines.opinions() == Opinions::Two {
        for operation in judging.operations {
            let library: &Library = &operation.evaluation.library;
            versions.insert(library.package().to_owned(), library.version.clone());
        }
    }
    versions.into_iter().collect()
}

/// A bundle appears whole or not at all.
fn write_whole(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let context = || format!("write the bundle {}", file.display());
    let Some(name) = file.file_name() else { bail!("{} names no file for the bundle", file.display()) };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(context)?;
    let beside = folder.join(format!(".{}.new", name.to_string_lossy()));
    let mut out = fs::File::create(&beside).with_context(context)?;
    out.write_all(bytes).and_then(|()| out.sync_all()).with_context(context)?;
    fs::rename(&beside, file).with_context(context)
}
