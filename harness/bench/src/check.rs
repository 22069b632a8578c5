//! `just bench`: `cutover check` as a process, over the sample and over made pairs of 2 KB, beside its floor.
//!
//! The floor is what parsing alone costs: one thread, in this process, reads both bodies of every pair into
//! sonic-rs's `Value`. MB/s are those of both bodies, for subject and floor alike. With the argument `full` a
//! million pairs are judged too, and the peak of memory must be the one of a hundred thousand.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on the terminal is what this program is for"
)]

#[expect(dead_code, reason = "only the dice are thrown here; bench-diff makes the documents")]
mod documents;
#[path = "check/process.rs"]
mod process;
#[expect(dead_code, reason = "bench-store makes pairs of many contacts")]
#[path = "check/synthetic.rs"]
mod synthetic;
mod peak;
mod table;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs, io};

use compare::model::{Body, Exchange, Outcome};
use process::{Run, Subject};
use store::recordings::Recordings;
use table::Table;

/// The floor allocates through this, as `cutover` does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REPORT: &str = "reports/bench/check.json";

/// The made pairs: the usual number, and ten times that with the argument `full`.
const PAIRS: usize = 100_000;
const PAIRS_FULL: usize = 1_000_000;

/// Memory at ten times the pairs over memory at the usual number.
const GROWTH_MAX: f64 = 1.10;

/// The whole path is measured so often, the floor before each; the best time of each counts, the median of the ratios.
const ROUNDS_SAMPLE: usize = 15;
const ROUNDS_MADE: usize = 3;
const ROUNDS_GATE: usize = 5;

/// `check --gate` over `check`: digests of every input and a gate may add a tenth.
const GATE_MAX: f64 = 1.10;

/// A folder that is gone when the bench ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> io::Result<Scratch> {
        let folder = env::temp_dir().join(format!("cutover-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("remove {}: {error}", self.0.display());
        }
    }
}

/// Both bodies of every pair below a folder.
fn bodies(recordings: &Path) -> io::Result<Vec<String>> {
    let recordings = Recordings::open(recordings).map_err(io::Error::other)?;
    let files = recordings.sources().map_err(io::Error::other)?.files;
    let mut bodies = Vec::new();
    for record in recordings.records(files) {
        let pair = record.pair().map_err(io::Error::other)?;
        bodies.extend(pair.legacy.into_iter().chain(pair.new).filter_map(json_body));
    }
    Ok(bodies)
}

fn json_body(exchange: Exchange) -> Option<String> {
    match exchange.outcome {
        Outcome::Response(response) => match response.body {
            Body::Json(text) => Some(text),
            Body::Absent | Body::Text(_) | Body::Base64(_) => None,
        },
        Outcome::Failure(_) => None,
    }
}

fn floor(bodies: &[String]) -> Duration {
    let start = Instant::now();
    for body in bodies {
        black_box(sonic_rs::from_str::<sonic_rs::Value>(body).expect("bodies of a recording are JSON"));
    }
    start.elapsed()
}

/// Measures one recording beside its floor; answers the run with the highest peak.
fn measure(
    table: &mut Table,
    name: &str,
    rounds: usize,
    recordings: &Path,
    check: &dyn Fn() -> io::Result<Run>,
) -> io::Result<Run> {
    let bodies = bodies(recordings)?;
    let bytes = bodies.iter().map(String::len).sum::<usize>() as f64;
    let (mut floors, mut runs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        floors.push(floor(&bodies));
        runs.push(check()?);
    }
    let mut ratios: Vec<f64> =
        floors.iter().zip(&runs).map(|(floor, run)| floor.as_secs_f64() / run.time.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let best_floor = floors.into_iter().min().unwrap_or_default().as_secs_f64();
    let best = runs.iter().map(|run| run.time).min().unwrap_or_default();
    let mut highest = runs.into_iter().max_by_key(|run| run.peak_kib).expect("there is a round");
    highest.time = best;
    rows(table, name, &highest, bytes, Some(ratios[ratios.len() / 2]));
    let subject = "floor: sonic-rs Value, both";
    table.row(name, subject, "pairs/s", highest.totals.pairs as f64 / best_floor, Some(1.0));
    table.row(name, subject, "MB/s", bytes / best_floor / 1e6, Some(1.0));
    Ok(highest)
}

/// What the gate adds: one after the other, so that both meet the same machine; the median of the ratios counts.
fn gate(
    table: &mut Table,
    name: &str,
    check: &dyn Fn() -> io::Result<Run>,
    with_gate: &dyn Fn() -> io::Result<Run>,
) -> io::Result<f64> {
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS_GATE {
        ratios.push(with_gate()?.time.as_secs_f64() / check()?.time.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ratios.len() / 2];
    table.row(name, "check --gate over check", "times", ratio, None);
    Ok(ratio)
}

fn rows(table: &mut Table, name: &str, run: &Run, bytes: f64, ratio: Option<f64>) {
    let (pairs, seconds) = (run.totals.pairs as f64, run.time.as_secs_f64());
    table.row(name, "both bodies of a pair, mean", "bytes", bytes / pairs, None);
    table.row(name, "different", "pairs", run.totals.different as f64, None);
    table.row(name, "cutover check", "ms", seconds * 1e3, ratio);
    table.row(name, "cutover check", "pairs/s", pairs / seconds, ratio);
    table.row(name, "cutover check", "MB/s", bytes / seconds / 1e6, ratio);
    match run.peak_kib {
        Some(peak) => table.row(name, "cutover check, peak memory", "MiB", peak as f64 / 1024.0, None),
        None => eprintln!("SKIPPED: peak memory on {name}: this system has no /proc"),
    }
}

/// Were the made pairs judged as they were made?
fn verify(run: &Run, pairs: usize) -> io::Result<()> {
    let planted = (pairs / synthetic::DIFFERING_ONE_IN) as u64;
    let totals = &run.totals;
    if (totals.pairs, totals.different, totals.undecided) == (pairs as u64, planted, 0) {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "of {pairs} pairs with {planted} differences, {} were judged, {} different and {} undecided",
        totals.pairs, totals.different, totals.undecided
    )))
}

fn bench(table: &mut Table, cutover: &Path, is_full: bool) -> io::Result<ExitCode> {
    let scratch = Scratch::new()?;
    let out = scratch.0.join("report");
    let root = env::current_dir()?;
    let sample = || process::run(cutover, &root, &out, Subject::Check);
    measure(table, "the sample", ROUNDS_SAMPLE, &root.join("recordings"), &sample)?;

    let made = scratch.0.join("made");
    synthetic::write(&made, PAIRS)?;
    let check = || process::run(cutover, &made, &out, Subject::Check);
    let usual = measure(table, "100,000 made pairs", ROUNDS_MADE, &made.join("recordings"), &check)?;
    verify(&usual, PAIRS)?;
    let with_gate = || process::run(cutover, &made, &out, Subject::CheckAndGate);
    let gate_is_dear = gate(table, "100,000 made pairs", &check, &with_gate)? > GATE_MAX;
    if gate_is_dear {
        eprintln!("THE GATE IS DEAR: more than {GATE_MAX} times what check takes alone");
        return Ok(ExitCode::FAILURE);
    }
    if !is_full {
        return Ok(ExitCode::SUCCESS);
    }

    synthetic::write(&made, PAIRS_FULL)?;
    let full = process::run(cutover, &made, &out, Subject::CheckAndGate)?;
    verify(&full, PAIRS_FULL)?;
    let name = "1,000,000 made pairs";
    let (pairs, seconds) = (PAIRS_FULL as f64, full.time.as_secs_f64());
    table.row(name, "cutover check", "ms", seconds * 1e3, None);
    table.row(name, "cutover check", "pairs/s", pairs / seconds, None);
    let (Some(peak), Some(before)) = (full.peak_kib, usual.peak_kib) else { return Ok(ExitCode::SUCCESS) };
    table.row(name, "cutover check, peak memory", "MiB", peak as f64 / 1024.0, None);
    let growth = peak as f64 / before as f64;
    table.row(name, "peak over that of 100,000", "times", growth, None);
    if growth > GROWTH_MAX {
        eprintln!("MEMORY GROWS with the pairs: {growth:.2} times at ten times the pairs");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// `cutover` of the same build lies beside this program.
fn beside_this() -> io::Result<PathBuf> {
    let cutover = env::current_exe()?.with_file_name(format!("cutover{}", env::consts::EXE_SUFFIX));
    if cutover.is_file() {
        return Ok(cutover);
    }
    Err(io::Error::other(format!("{} is not there: cargo build --release", cutover.display())))
}

fn main() -> ExitCode {
    let is_full = env::args().nth(1).is_some_and(|argument| argument == "full");
    let mut table = Table::default();
    let outcome = beside_this().and_then(|cutover| bench(&mut table, &cutover, is_full));
    match outcome.and_then(|code| table.write(Path::new(REPORT)).map(|()| code)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench-check: {error}");
            ExitCode::FAILURE
        }
    }
}
