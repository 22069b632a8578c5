//! Times mappings: our engine, the bare engine, node beside them in the same run, two threads, and the oracle.
//!
//! `bench-mapping CACHE [SECONDS] [MAPPINGS]`: CACHE is where the oracle is installed, MAPPINGS a folder of folders
//! with `mapping.jsonata` and `input.json`.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod workloads;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jlens_core::{Bindings, Expression, Options};
use mapping::cross_check::agree;
use mapping::engine::{Dialect, EngineName, Settings};
use mapping::mapping::{LIMITS, Mapping};
use mapping::oracle::{Library, Oracle};
use serde_json::{Value, json};

use workloads::Workload;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Evaluations a second of one workload.
struct Rates {
    ours: f64,
    bare: f64,
    bare_value: f64,
    two_threads: f64,
    oracle: f64,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let cache = PathBuf::from(arguments.first().context("say where the oracle is installed")?);
    let seconds: f64 = arguments.get(1).map_or(Ok(1.0), |text| text.parse())?;
    let workloads = workloads::all(arguments.get(2).map(Path::new))?;
    let library = Library::pinned(Dialect::Jsonata);
    Oracle::install(&cache, &library)?;
    let oracle = Oracle::open(&cache, library.clone(), 1)?;
    let node = node(&workloads, &library.folder(&cache), seconds)?;

    println!("Evaluations a second, text to text, and their ratios to node in the same run.");
    println!(
        "\"values\": the bare engine to node where the input is parsed already and the result is not written."
    );
    println!(
        "{:<36} {:>7} {:>9} {:>7} {:>9} {:>9} {:>6} {:>6} {:>7} {:>9} {:>7} {:>8}",
        "workload",
        "KB",
        "ours/s",
        "MB/s",
        "bare/s",
        "node/s",
        "×node",
        "÷bare",
        "2 thr.",
        "oracle/s",
        "÷node",
        "values"
    );
    for (workload, (node_text, node_value)) in workloads.iter().zip(&node) {
        let settings = Settings { oracle: Some(oracle.clone()), ..Settings::default() };
        let rates = rates(workload, &settings, seconds)?;
        let kilobytes = workload.input.len() as f64 / 1_024.0;
        println!(
            "{:<36} {:>7.1} {:>9.0} {:>7.1} {:>9.0} {:>9.0} {:>6.2} {:>6.2} {:>7.2} {:>9.0} {:>7.2} {:>8.2}",
            workload.name,
            kilobytes,
            rates.ours,
            rates.ours * kilobytes / 1_024.0,
            rates.bare,
            node_text,
            rates.ours / node_text,
            rates.ours / rates.bare,
            rates.two_threads / rates.ours,
            rates.oracle,
            rates.oracle / node_text,
            rates.bare_value / node_value,
        );
    }
    Ok(())
}

fn rates(workload: &Workload, settings: &Settings, seconds: f64) -> anyhow::Result<Rates> {
    let compile =
        |engine| Mapping::compile_with(&workload.expression, &Settings { engine, ..settings.clone() });
    let (ours, theirs) = (compile(EngineName::Jlens)?, compile(EngineName::Oracle)?);
    let evaluate = |mapping: &Mapping| mapping.evaluate(&workload.input, 0, &LIMITS);
    ensure!(agree(&evaluate(&ours), &evaluate(&theirs)), "{} is evaluated differently", workload.name);
    let expression = Expression::compile(&workload.expression)?;
    let bare = || -> Option<String> {
        let input: Value = serde_json::from_str(&workload.input).ok()?;
        let value =
            expression.evaluate_with(Some(&input), &Bindings::new(), &Options::new().now(0)).ok()??;
        serde_json::to_string(&value).ok()
    };
    let value: Value = serde_json::from_str(&workload.input)?;
    let bare_value = || {
        expression
            .evaluate_with(Some(&value), &Bindings::new(), &Options::new().now(0))
            .is_ok_and(|v| v.is_some())
    };
    let two_threads = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..2).map(|_| scope.spawn(|| rate(seconds, || evaluate(&ours).is_ok()))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0.0)).sum()
    });
    Ok(Rates {
        ours: rate(seconds, || evaluate(&ours).is_ok()),
        bare: rate(seconds, || bare().is_some()),
        bare_value: rate(seconds, bare_value),
        two_threads,
        oracle: rate(seconds, || evaluate(&theirs).is_ok()),
    })
}

fn rate(seconds: f64, mut run: impl FnMut() -> bool) -> f64 {
    for _ in 0..5 {
        assert!(run(), "a workload evaluates");
    }
    let (begin, time) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut count = 0_u32;
    while begin.elapsed() < time {
        assert!(run(), "a workload evaluates");
        count += 1;
    }
    f64::from(count) / begin.elapsed().as_secs_f64()
}

/// Evaluations a second of node's jsonata in its own process: text to text, and on a parsed value.
fn node(workloads: &[Workload], folder: &Path, seconds: f64) -> anyhow::Result<Vec<(f64, f64)>> {
    let tasks: Vec<Value> = workloads
        .iter()
        .map(|workload| json!({"expr": workload.expression, "input": workload.input}))
        .collect();
    let file = folder.join("workloads.json");
    std::fs::write(&file, Value::from(tasks).to_string())?;
    let output = Command::new("node")
        .args(["-e", include_str!("node_side.js")])
        .arg(&file)
        .arg(seconds.to_string())
        .current_dir(folder)
        .output()
        .context("run node")?;
    std::fs::remove_file(&file)?;
    let lines = String::from_utf8(output.stdout)?;
    let rates: Vec<(f64, f64)> = lines
        .lines()
        .filter_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            Some((line["text"].as_f64()?, line["value"].as_f64()?))
        })
        .collect();
    ensure!(rates.len() == workloads.len(), "node said: {}", String::from_utf8_lossy(&output.stderr));
    Ok(rates)
}
