//! `cutover check` as a process: how long it takes, and how much memory it holds at most.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::peak::{self, Ran};

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
    let mut command = Command::new(cutover);
    command
        .args(["check", "--quiet", "--as-of", "2026-11-24"])
        .args(gate)
        .arg("--out")
        .arg(out)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let Ran { time, peak_kib, status } = peak::run(&mut command)?;
    // 0 to 3 are verdicts; anything else is a failure.
    if !status.code().is_some_and(|code| (0..=3).contains(&code)) {
        return Err(io::Error::other(format!("cutover check ended with {status}")));
    }
    let verdicts = io::BufReader::new(fs::File::open(out.join("verdicts.json"))?);
    let Verdicts { totals } = serde_json::from_reader(verdicts)?;
    Ok(Run { time, peak_kib, totals })
}
