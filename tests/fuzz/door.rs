//! The one door of these tests to fuzzing: a mapping of the sample, as it is or with a mistake, and what fails.

use std::path::Path;

use cutover::commands::fuzz::hunt::{Depth, Hunt};
use cutover::commands::fuzz::hunted::Hunted;
use cutover::commands::fuzz::targets::{Rulebook, Target, of_recordings};
use cutover::config::Config;
use cutover::engines::Engines;
use cutover::options::fuzz::{Extent, Fuzz};
use cutover::options::{Command, Environment, Global, Options, Reader, World};
use cutover::plan::Plan;
use fuzz::sample::Sample as Recorded;
use mapping::mapping::Mapping;

/// The sample migration, read once.
pub struct Sample<'s> {
    targets: Vec<Target<'s>>,
    fuzz: Fuzz,
    global: Global,
}

/// Whether what legacy answered is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The recorded pairs are whole.
    Known,
    /// Only their inputs are known.
    Unknown,
}

/// What `cutover fuzz` would be told on this command line.
fn options(line: &[&str]) -> (Fuzz, Global) {
    let world = World {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(),
        environment: Environment::from_variables([]),
        stdin: Reader::File,
        stdout: Reader::File,
        stderr: Reader::File,
        now: "2026-11-20T00:00:00Z".parse().expect("it is an instant"),
        clock: || jiff::Timestamp::UNIX_EPOCH,
        cores: std::thread::available_parallelism().expect("a machine knows its cores"),
    };
    let line = ["cutover", "fuzz"].iter().chain(line).map(std::ffi::OsString::from);
    match Options::read(line, world).expect("it is a command line") {
        Options { command: Command::Fuzz(fuzz), global } => (*fuzz, global),
        other => panic!("not fuzz: {other:?}"),
    }
}

/// Works on the sample migration of this repository.
pub fn on_sample<T>(work: impl FnOnce(&Sample<'_>) -> T) -> T {
    let (fuzz, global) = options(&[]);
    let config = Config::load(&global.config).expect("the sample's configuration is read");
    let operations = config.select(&[]).expect("all operations are known");
    let plan = Plan::compile(&config, &operations, &global.as_of, &Engines::where_needed(&global));
    let plan = plan.expect("the sample compiles");
    let targets = of_recordings(&config, &plan, &fuzz, &global).expect("the sample's recordings are read");
    work(&Sample { targets, fuzz, global })
}

impl Sample<'_> {
    /// The files of its mappings, in `mappings/`.
    pub fn files(&self) -> Vec<String> {
        let shown = self.targets.iter().map(|target| target.shown.trim_start_matches("mappings/").to_owned());
        shown.collect()
    }

    /// A mapping's text.
    pub fn text(&self, file: &str) -> String {
        self.target(file).mapping.source().to_owned()
    }

    fn target(&self, file: &str) -> &Target<'_> {
        let named = |target: &&Target<'_>| target.shown == format!("mappings/{file}");
        self.targets.iter().find(named).unwrap_or_else(|| panic!("the sample has no mapping {file}"))
    }

    /// The properties that fail first when a text stands in a mapping's place; none where the text is no mapping.
    pub fn failing(&self, file: &str, text: &str, expected: Expected, cases: u64) -> Vec<String> {
        let hunted = self.hunt(file, text, expected, cases, Depth::FirstFailure);
        hunted.properties.into_iter().filter(|(.., failing)| *failing > 0).map(|(name, ..)| name).collect()
    }

    /// Fuzzes a text in a mapping's place.
    pub fn hunt(&self, file: &str, text: &str, expected: Expected, cases: u64, depth: Depth) -> Hunted {
        let target = self.target(file);
        let mapping = Mapping::compile_with(text, target.mapping.settings());
        let legacy = |sample: &Recorded| match expected {
            Expected::Known => sample.clone(),
            Expected::Unknown => Recorded { legacy: Vec::new(), ..sample.clone() },
        };
        let target = Target {
            shown: target.shown.clone(),
            // A file that has no seeds and no properties beside it.
            full: target.full.with_extension("mutant"),
            mapping: mapping.unwrap_or_else(|error| panic!("{file}: {error}:\n{text}")),
            operation: target.operation,
            rules: Rulebook::Of(target.rules.rules()),
            samples: target.samples.iter().map(legacy).collect(),
            statuses: target.statuses.clone(),
            kept: Vec::new(),
            items: target.items.clone(),
            is_single: target.is_single,
            within: target.within.clone(),
        };
        let (options, _) = options(&[]);
        let options = Fuzz { extent: Extent::Cases { cases, time: None }, seed: self.fuzz.seed, ..options };
        let hunt = Hunt { target: &target, options: &options, global: &self.global, depth };
        hunt.run().expect("the sample is fuzzed")
    }
}
