//! `cutover serve` as it is installed, with a configuration that fits the upstreams.

use std::path::Path;

use anyhow::{Context, ensure};

use crate::nginx::LEGACY;
use crate::process::{Pinned, SUBJECT, listening};

/// What the proxy does beside passing on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Nothing.
    Pass,
    /// It asks new, and forgets the answer.
    Mirror,
    /// It asks new, and records both answers, redacted.
    Record,
}

/// Starts the program; new is at this port.
pub fn start(folder: &Path, port: u16, does: Does, new: u16, memory: &str) -> anyhow::Result<Pinned> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    let share = if does == Does::Pass { "0.0" } else { "1.0" };
    let config = format!(
        r#"[migration]
name = "bench"

[providers.legacy]
profile = "generic"
base_url = "http://127.0.0.1:{LEGACY}"
credentials = {{ token = "of-nobody" }}

[providers.new]
profile = "generic"
base_url = "http://127.0.0.1:{new}"
credentials = {{ token = "of-nobody" }}

[serve]
listen = "127.0.0.1:{port}"
admin = "127.0.0.1:{admin}"
share = {share}
repeat_share = 0.0
threads = 1
memory = "{memory}"
timeout = "10s"
shutdown = "30s"

[[operations]]
name = "bench.small"
legacy = {{ method = "GET", path = "/2k.json" }}
new = {{ method = "GET", path = "/2k.json" }}

[[operations]]
name = "bench.large"
legacy = {{ method = "GET", path = "/50k.json" }}
new = {{ method = "GET", path = "/50k.json" }}
"#,
        admin = port + 100,
    );
    std::fs::write(folder.join("cutover.toml"), config)?;
    std::fs::create_dir_all(folder.join("recordings"))?;
    let program = std::env::current_dir()?.join("target/release/cutover");
    let program = program.to_str().context("the path of the program is text")?.to_owned();
    let arguments: &[&str] =
        if does == Does::Record { &["serve", "-q"] } else { &["serve", "-q", "--discard"] };
    let serving = Pinned::start(SUBJECT, &program, arguments, folder)?;
    listening(port).with_context(|| std::fs::read_to_string(folder.join("log")).unwrap_or_default())?;
    Ok(serving)
}

/// The counts that the admin port tells: offered, recorded, dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub offered: u64,
    pub recorded: u64,
    pub dropped: u64,
}

/// Reads the metrics.
pub fn counts(port: u16) -> anyhow::Result<Counts> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port + 100))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    ensure!(text.contains("cutover_mirrors_offered_total "), "the admin port told no counts: {text}");
    let sum = |name: &str| {
        let lines = text.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u64
    };
    Ok(Counts {
        offered: sum("cutover_mirrors_offered_total"),
        recorded: sum("cutover_mirrors_recorded_total"),
        dropped: sum("cutover_mirrors_dropped_total"),
    })
}
