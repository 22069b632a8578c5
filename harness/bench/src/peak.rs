//! How long a process takes, and how much memory it holds at most.

use std::fs;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// How often the process is asked for its peak. The last answer before it ends counts.
const ASK_EVERY: Duration = Duration::from_millis(2);

/// What a process came to.
pub struct Ran {
    /// From start to end.
    pub time: Duration,
    /// The most memory it held, where the system tells (Linux: `VmHWM`).
    pub peak_kib: Option<u64>,
    /// As it ended.
    pub status: ExitStatus,
}

/// Runs a process to its end.
pub fn run(command: &mut Command) -> io::Result<Ran> {
    let start = Instant::now();
    let mut child = command.spawn()?;
    let peak_kib = watch(&mut child)?;
    let status = child.wait()?;
    Ok(Ran { time: start.elapsed(), peak_kib, status })
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
