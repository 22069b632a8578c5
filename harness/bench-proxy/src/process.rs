//! Child processes on a core of their own, and the CPU time that they took.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// The core of what is measured.
pub const SUBJECT: &str = "0";
/// The core of the load and the upstreams.
pub const OTHERS: &str = "1";

/// Linux counts CPU time in hundredths of a second on every machine that this runs on (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// Whether a program is on the path.
pub fn found(tool: &str) -> anyhow::Result<()> {
    let mut places = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    places.push("/usr/sbin".into());
    if places.iter().any(|place| place.join(tool).is_file()) { Ok(()) } else { bail!("not found") }
}

/// A child that is killed when it is dropped.
pub struct Pinned {
    child: Child,
}

impl Pinned {
    /// Starts a program on a core.
    pub fn start(core: &str, program: &str, arguments: &[&str], folder: &Path) -> anyhow::Result<Pinned> {
        let log = std::fs::File::create(folder.join("log"))?;
        let child = Command::new("taskset")
            .args(["-c", core, program])
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("start {program}"))?;
        Ok(Pinned { child })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // nginx has children: its master is asked to take them along.
        let _ = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        std::thread::sleep(Duration::from_millis(100));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of a process, its threads and its children so far.
pub fn cpu(id: u32) -> Duration {
    let own =
        std::fs::read_to_string(format!("/proc/{id}/stat")).ok().and_then(|stat| ticks(&stat)).unwrap_or(0);
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    TICK * own + children.map(cpu).sum::<Duration>()
}

fn ticks(stat: &str) -> Option<u32> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?)
}

/// The most memory that the process has had resident, in bytes.
pub fn peak_bytes(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) * 1_024
}

/// Waits until somebody listens.
pub fn listening(port: u16) -> anyhow::Result<()> {
    let started = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if started.elapsed() > Duration::from_secs(10) {
            bail!("nobody listens on port {port}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
