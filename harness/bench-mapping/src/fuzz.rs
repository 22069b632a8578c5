//! Times fuzzing: cases a second beside the mapping evaluated alone on the same inputs, and beside fast-check with the
//! `jsonata` package on node, on the same properties.
//!
//! `bench-fuzz MAPPINGS CACHE [SECONDS]`: MAPPINGS is a folder of folders with `mapping.jsonata`, `input.json` and
//! `expected.json`; CACHE is where node's packages are installed. One thread each.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use compare::diff::{Comparer, Contexts};
use compare::rules::Rules;
use fuzz::campaign::{Campaign, Settings};
use fuzz::corpus::Clock;
use fuzz::lists::Hint;
use fuzz::properties::Worker;
use fuzz::sample::Sample;
use fuzz::subject::{Answer, Others};
use fuzz::tree::Tree;
use mapping::mapping::{LIMITS, Mapping};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Versions that node runs, exact so that runs can be compared.
const PACKAGES: [&str; 2] = ["fast-check@4.3.0", "jsonata@2.2.1"];

/// Cases that both sides of the ratio see.
const CASES: u64 = 2_000;

/// Both sides of the ratio are measured in turn, so that a neighbour's load falls on both; the best round counts.
const ROUNDS: u32 = 5;

/// The mark: cases a second against evaluations a second.
const MARK: f64 = 0.5;

const REPORT: &str = "reports/bench/fuzz.json";

struct Rates {
    name: String,
    cases: f64,
    alone: f64,
    node: f64,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mappings = PathBuf::from(arguments.first().context("say where the mappings are")?);
    let cache = PathBuf::from(arguments.get(1).context("say where node's packages are installed")?);
    let seconds: f64 = arguments.get(2).map_or(Ok(2.0), |text| text.parse())?;
    install(&cache)?;
    println!(
        "{:<36} {:>9} {:>9} {:>7} {:>9} {:>7}",
        "mapping", "cases/s", "alone/s", "÷alone", "node/s", "×node"
    );
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&mappings)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    folders.sort();
    let mut all = Vec::new();
    for folder in folders.iter().filter(|folder| folder.join("mapping.jsonata").is_file()) {
        let rates = rates(folder, &cache, Duration::from_secs_f64(seconds))?;
        println!(
            "{:<36} {:>9.0} {:>9.0} {:>7.2} {:>9.0} {:>7.1}",
            rates.name,
            rates.cases,
            rates.alone,
            rates.cases / rates.alone,
            rates.node,
            rates.cases / rates.node
        );
        all.push(rates);
    }
    ensure!(!all.is_empty(), "{} has no mapping", mappings.display());
    let least = all.iter().map(|rates| rates.cases / rates.alone).fold(f64::INFINITY, f64::min);
    println!("least {least:.2} of the mapping alone; the mark is {MARK}");
    write(&all, least)
}

fn write(all: &[Rates], least: f64) -> anyhow::Result<()> {
    let rows: Vec<Value> = all
        .iter()
        .map(|rates| {
            json!({
                "mapping": rates.name,
                "cases_per_second_and_core": rates.cases,
                "evaluations_per_second_and_core": rates.alone,
                "of_floor": rates.cases / rates.alone,
                "node_fast_check_per_second": rates.node,
                "times_node": rates.cases / rates.node,
            })
        })
        .collect();
    let report = json!({"mark": MARK, "least_of_floor": least, "packages": PACKAGES, "mappings": rows});
    let folder = Path::new(REPORT).parent().context("the report lies in a folder")?;
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(REPORT, format!("{report:#}\n"))?)
}

fn install(cache: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(cache)?;
    if cache.join("node_modules/fast-check").is_dir() {
        return Ok(());
    }
    let arguments = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"];
    let status = Command::new("npm").args(arguments).arg(cache).args(PACKAGES).status().context("run npm")?;
    ensure!(status.success(), "npm could not install {PACKAGES:?}");
    Ok(())
}

fn rates(folder: &Path, cache: &Path, time: Duration) -> anyhow::Result<Rates> {
    let read =
        |name: &str| std::fs::read_to_string(folder.join(name)).with_context(|| format!("read {name}"));
    let (source, input, expected) = (read("mapping.jsonata")?, read("input.json")?, read("expected.json")?);
    let mapping = Mapping::compile(&source)?;
    let evaluate = |text: &str, now_ms: i64| match mapping.evaluate(text, now_ms, &LIMITS) {
        Ok(Some(text)) => Answer::Value(text),
        Ok(None) => Answer::Nothing,
        Err(error) => Answer::Undecided(error.to_string()),
    };
    let body = |text: &str| Tree::read(text).context("a body is no JSON");
    let sample = Sample {
        name: "input".to_owned(),
        account: None,
        pages: vec![body(&input)?],
        legacy: vec![body(&expected)?],
        now_ms: 0,
    };
    let settings = Settings {
        seed: 1,
        with_harsh: false,
        with: BTreeSet::new(),
        without: BTreeSet::new(),
        clock: Clock::Ignored,
        within: Vec::new(),
    };
    let campaign = Campaign::new(&[sample], Hint::default(), settings, &evaluate, Others::default());
    let rules = Rules::none();
    let mut worker = Worker::new(Comparer::new(&rules).with_contexts(Contexts::None));
    // The page as it was recorded is the first case: as large as it is, it would weigh as much as all others.
    let first = campaign.corpus.envelopes.len() as u64;
    let inputs: Vec<String> =
        (0..CASES).map(|index| campaign.case(first + index).input(&campaign.corpus)).collect();
    let (mut cases, mut alone) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        cases = cases.max(rate(time / ROUNDS, |index| {
            let case = campaign.case(first + index % CASES);
            campaign.judge(&case, &mut worker).failures.len()
        }));
        alone = alone.max(rate(time / ROUNDS, |index| {
            let answer = mapping.evaluate(&inputs[index as usize % inputs.len()], 0, &LIMITS);
            answer.map_or(0, |text| text.map_or(0, |text| text.len()))
        }));
    }
    let node = node(folder, &campaign, cache, time)?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Rates { name, cases, alone, node })
}

/// Rounds a second; each round is whole, so that both sides see the same inputs as often.
fn rate(time: Duration, mut one: impl FnMut(u64) -> usize) -> f64 {
    (0..CASES / 10).for_each(|index| {
        std::hint::black_box(one(index));
    });
    let begin = Instant::now();
    let mut count = 0;
    while begin.elapsed() < time {
        for index in 0..CASES {
            std::hint::black_box(one(index));
        }
        count += CASES;
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

/// fast-check draws pages of the same recorded items and holds the same properties against what `jsonata` answers.
fn node(folder: &Path, campaign: &Campaign<'_>, cache: &Path, time: Duration) -> anyhow::Result<f64> {
    let lists = campaign.corpus.lists.as_ref().context("no list of items was found")?;
    let names = |path: &[fuzz::tree::Seg]| -> Vec<String> {
        path.iter()
            .filter_map(|seg| match seg {
                fuzz::tree::Seg::Name(name) => Some(name.to_string()),
                _ => None,
            })
            .collect()
    };
    let ids = lists.id.as_ref().map(|(input, output)| json!([names(input), names(output)]));
    let task = json!({
        "folder": folder.canonicalize()?,
        "input": names(&lists.input),
        "output": names(&lists.output),
        "ids": ids,
        "seconds": time.as_secs_f64(),
    });
    let output = Command::new("node")
        .args(["-e", include_str!("node_fuzz.js")])
        .arg(task.to_string())
        .current_dir(cache)
        .output()
        .context("run node")?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim()
        .parse()
        .with_context(|| format!("node said: {said}{}", String::from_utf8_lossy(&output.stderr)))
}
