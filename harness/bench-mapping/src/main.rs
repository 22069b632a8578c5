//! Times mappings: our engine beside node, the bare engine, two threads, and the oracle's processes.
//!
//! `bench-mapping CACHE [SECONDS] [MAPPINGS]`: CACHE is where the oracle is installed, SECONDS how long each subject is
//! measured on each workload, MAPPINGS a folder of folders with `mapping.jsonata` and `input.json`. Everything is
//! measured in turn, round after round, so that a neighbour's load falls on all; the best round of each counts.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on the terminal is what this program is for"
)]

mod marks;
mod node;
#[path = "../../bench/src/table.rs"]
mod table;
mod workloads;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jlens_core::{Bindings, Expression, Options};
use mapping::cross_check::agree;
use mapping::document::Document;
use mapping::engine::{Dialect, EngineName, Settings};
use mapping::mapping::{LIMITS, Mapping};
use mapping::oracle::{Library, Oracle};
use serde_json::Value;

use node::{Node, Task};
use table::Table;
use workloads::Workload;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REPORT: &str = "reports/bench/mapping.json";

/// Each subject is measured so often on each workload.
const ROUNDS: usize = 5;

/// Evaluations a second of one workload: the best round of each subject.
#[derive(Default)]
struct Rates {
    /// Text to text through our trait.
    ours: f64,
    /// The same by node.
    node: f64,
    /// The same by the bare engine, with serde_json around it.
    bare: f64,
    /// The same on two threads, together.
    two_threads: f64,
    /// The same by the oracle's pool of one process.
    oracle: f64,
    /// Through our trait, of an input that is parsed already.
    document: f64,
    /// The bare engine of a parsed value, its result not written.
    bare_value: f64,
    /// Node of a parsed value, its result not written.
    node_value: f64,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let cache = PathBuf::from(arguments.first().context("say where the oracle is installed")?);
    let cache = std::path::absolute(cache)?;
    let seconds: f64 = arguments.get(1).map_or(Ok(1.0), |text| text.parse())?;
    let workloads = workloads::all(arguments.get(2).map(Path::new))?;
    let library = Library::pinned(Dialect::Jsonata);
    Oracle::install(&cache, &library)?;
    let oracle = Oracle::open(&cache, library.clone(), 1)?;
    let mut node = Node::start(&library.folder(&cache))?;
    let (mut table, mut missed) = (Table::default(), 0);
    for workload in &workloads {
        let rates = rates(workload, &oracle, &mut node, seconds / ROUNDS as f64)?;
        rows(&mut table, workload, &rates);
        for mark in marks::of(workload.name.as_str(), &rates) {
            missed += usize::from(!mark.is_met());
            println!("{mark}");
        }
    }
    table.write(Path::new(REPORT)).with_context(|| format!("write {REPORT}"))?;
    if missed > 0 {
        eprintln!("{missed} marks were missed");
    }
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rows(table: &mut Table, workload: &Workload, rates: &Rates) {
    let megabytes = workload.input.len() as f64 / 1e6;
    let mut row = |subject: &str, unit: &str, value: f64, node: f64| {
        table.row(&workload.name, subject, unit, value, Some(value / node));
    };
    row("node jsonata, text to text", "a second", rates.node, rates.node);
    row("cutover, text to text", "a second", rates.ours, rates.node);
    row("cutover, text to text", "MB/s", rates.ours * megabytes, rates.node * megabytes);
    row("cutover, two threads", "a second", rates.two_threads, rates.node);
    row("bare jlens, text to text", "a second", rates.bare, rates.node);
    row("oracle, one process", "a second", rates.oracle, rates.node);
    row("node jsonata, parsed", "a second", rates.node_value, rates.node_value);
    row("cutover, parsed to text", "a second", rates.document, rates.node_value);
    row("bare jlens, parsed", "a second", rates.bare_value, rates.node_value);
}

fn rates(workload: &Workload, oracle: &Arc<Oracle>, node: &mut Node, slice: f64) -> anyhow::Result<Rates> {
    let settings = Settings { oracle: Some(Arc::clone(oracle)), ..Settings::default() };
    let compile =
        |engine| Mapping::compile_with(&workload.expression, &Settings { engine, ..settings.clone() });
    let (ours, theirs) = (compile(EngineName::Jlens)?, compile(EngineName::Oracle)?);
    let evaluate = |mapping: &Mapping| mapping.evaluate(&workload.input, 0, &LIMITS);
    ensure!(agree(&evaluate(&ours), &evaluate(&theirs)), "{} is evaluated differently", workload.name);
    let expression = Expression::compile(&workload.expression)?;
    let (none, options) = (Bindings::new(), Options::new().now(0));
    let bare = || -> Option<String> {
        let input: Value = serde_json::from_str(&workload.input).ok()?;
        serde_json::to_string(&expression.evaluate_with(Some(&input), &none, &options).ok()??).ok()
    };
    let value: Value = serde_json::from_str(&workload.input)?;
    let bare_value =
        || expression.evaluate_with(Some(&value), &none, &options).is_ok_and(|value| value.is_some());
    let document = Document::parse(&workload.input);
    let mut best = Rates::default();
    for _ in 0..ROUNDS {
        let keep = |best: &mut f64, rate: f64| *best = best.max(rate);
        keep(&mut best.node, node.rate(workload, Task::TextToText, slice)?);
        keep(&mut best.ours, rate(slice, || evaluate(&ours).is_ok()));
        keep(&mut best.bare, rate(slice, || bare().is_some()));
        let two = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..2).map(|_| scope.spawn(|| rate(slice, || evaluate(&ours).is_ok()))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or(0.0)).sum()
        });
        keep(&mut best.two_threads, two);
        keep(&mut best.oracle, rate(slice, || evaluate(&theirs).is_ok()));
        keep(&mut best.node_value, node.rate(workload, Task::Parsed, slice)?);
        keep(&mut best.document, rate(slice, || ours.evaluate_document(&document, 0, &LIMITS).is_ok()));
        keep(&mut best.bare_value, rate(slice, bare_value));
    }
    Ok(best)
}

/// How often a second something is done.
fn rate(seconds: f64, mut run: impl FnMut() -> bool) -> f64 {
    assert!(run(), "a workload evaluates");
    let (begin, time) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut count = 0_u32;
    while begin.elapsed() < time {
        assert!(run(), "a workload evaluates");
        count += 1;
    }
    f64::from(count) / begin.elapsed().as_secs_f64()
}
