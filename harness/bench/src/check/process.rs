//! `cutover check` as a process: how long it takes, and how much memory it holds at most.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// How often the process is asked for its peak. The last answer before it ends counts.
const ASK_EVERY: Duration = Duration::from_millis(2);

/// What one run came to.
pub struct Run {
    /// From start to end.
    pub time: Duration,
    /// The most memory it held, where the system tells (Linux: `VmHWM`).
    pub peak_kib: Option<u64>,
    /// As the report has them.
    pub totals: Totals,
}

/// The totals of `verdicts.json`.
#[derive(Deserialize)]
pub struct Totals {
    /// All pairs.
    pub pairs: u64,
    /// Those with a difference that nothing excuses.
    pub different: u64,
    /// Those that could not be judged.
    pub undecided: u64,
}

#[derive(Deserialize)]
struct Verdicts {
    totals: Totals,
}

/// What is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// `check` alone.
    Check,
    /// `check --gate`: digests of every input, and the gate decided.
    CheckAndGate,
}

/// Judges the recordings below `folder`; the report goes to `out`.
pub fn run(cutover: &Path, folder: &Path, out: &Path, subject: Subject) -> io::Result<Run> {
    let gate: &[&str] = match subject {
        Subject::Check => &[],
        Subject::CheckAndGate => &["--gate", "write-cutover", "--bundle", "reports/bundle.json"],
    };
    let start = Instant::now();
    let mut child = Command::new(cutover)
        .args(["check", "--quiet", "--as-of", "2026-11-24"])
        .args(gate)
        .arg("--out")
        .arg(out)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let peak_kib = watch(&mut child)?;
    let status = child.wait()?;
    let time = start.elapsed();
    // 0 to 3 are verdicts; anything else is a failure.
    if !status.code().is_some_and(|code| (0..=3).contains(&code)) {
        return Err(io::Error::other(format!("cutover check ended with {status}")));
    }
    let verdicts = io::BufReader::new(fs::File::open(out.join("verdicts.json"))?);
    let Verdicts { totals } = serde_json::from_reader(verdicts)?;
    Ok(Run { time, peak_kib, totals })
}

fn watch(child: &mut Child) -> io::Result<Option<u64>> {
    let mut peak = None;
    let status = format!("/proc/{}/status", child.id());
    while child.try_wait()?.is_none() {
        // A process that has just ended has no such line any more.
        let told = fs::read_to_string(&status).ok().and_then(|text| high_water_mark_kib(&text));
        peak = peak.max(told);
        thread::sleep(ASK_EVERY);
    }
    Ok(peak)
}

fn high_water_mark_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
