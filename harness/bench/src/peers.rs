//! The peers, each timed with its own parsing: the crates diffx-core and json-patch, and fast-json-patch under node.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::measure;
use crate::workloads::Workload;

/// What a peer took for a workload, and how many differences it reported.
pub struct Run {
    /// The mean time over one round.
    pub time: Duration,
    /// Operations or differences.
    pub reported: usize,
}

/// Times one round.
pub type Round<'w> = Box<dyn FnMut() -> Result<Run, String> + 'w>;

/// Both bodies parsed by `serde_json`, and compared.
fn parsed<'w>(workload: &'w Workload, compare: impl Fn(&Value, &Value) -> usize + 'w) -> Round<'w> {
    Box::new(move || {
        let mut reported = 0;
        let time = measure::for_long(&mut || {
            reported = 0;
            for (legacy, new) in &workload.pairs {
                let legacy: Value = serde_json::from_str(legacy).expect("JSON of the bench");
                let new: Value = serde_json::from_str(new).expect("JSON of the bench");
                reported += compare(&legacy, &new);
            }
        });
        Ok(Run { time, reported })
    })
}

/// diffx-core with `id` as the key of every list.
pub fn diffx(workload: &Workload) -> Round<'_> {
    let options = diffx_core::DiffOptions { array_id_key: Some("id".into()), ..Default::default() };
    parsed(workload, move |legacy, new| {
        diffx_core::diff(legacy, new, Some(&options)).expect("diffx compares").len()
    })
}

/// json-patch, which compares lists by position.
pub fn json_patch(workload: &Workload) -> Round<'_> {
    parsed(workload, |legacy, new| json_patch::diff(legacy, new).0.len())
}

/// fast-json-patch under node, installed once into a folder for temporary files. Its process stays for all rounds, so
/// that what node compiled stays as well.
pub struct FastJsonPatch {
    node: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Warms up for a second, then times one round of the milliseconds in each line that it reads.
const SCRIPT: &str = r#"
const fs = require('fs'), { compare } = require('fast-json-patch');
const pairs = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const once = () => { let n = 0; for (const [a, b] of pairs) n += compare(JSON.parse(a), JSON.parse(b)).length; return n; };
const round = (milliseconds) => {
  const start = process.hrtime.bigint();
  for (let repeats = 1; ; repeats++) {
    const reported = once(), taken = Number(process.hrtime.bigint() - start);
    if (taken >= milliseconds * 1e6) return [Math.round(taken / repeats), reported];
  }
};
round(1000);
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(JSON.stringify(round(Number(line))) + '\n');
});
"#;

impl FastJsonPatch {
    /// Installs and starts it; `Err` says why there is none.
    pub fn start(workload: &Workload) -> Result<FastJsonPatch, String> {
        let folder = install()?;
        let pairs = serde_json::to_string(&workload.pairs).map_err(|error| error.to_string())?;
        std::fs::write(folder.join("pairs.json"), pairs).map_err(|error| error.to_string())?;
        let mut node = Command::new("node")
            .args(["bench.js", "pairs.json"])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("start node: {error}"))?;
        match (node.stdin.take(), node.stdout.take()) {
            (Some(orders), Some(answers)) => {
                Ok(FastJsonPatch { node, orders, answers: BufReader::new(answers) })
            }
            _ => Err("node has no pipes".into()),
        }
    }

    /// Times one round.
    pub fn round(&mut self) -> Result<Run, String> {
        writeln!(self.orders, "{}", measure::LONG_ROUND_MS).map_err(|error| format!("ask node: {error}"))?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| format!("hear node: {error}"))?;
        let (nanoseconds, reported): (u64, usize) =
            serde_json::from_str(line.trim()).map_err(|error| format!("{error} in {line:?}"))?;
        Ok(Run { time: Duration::from_nanos(nanoseconds), reported })
    }
}

impl Drop for FastJsonPatch {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

fn install() -> Result<PathBuf, String> {
    let folder = std::env::temp_dir().join("cutover-bench-peers");
    std::fs::create_dir_all(&folder).map_err(|error| format!("create {}: {error}", folder.display()))?;
    std::fs::write(folder.join("bench.js"), SCRIPT).map_err(|error| error.to_string())?;
    if !folder.join("node_modules/fast-json-patch").is_dir() {
        run(&folder, "npm", &["install", "--no-save", "--silent", "--prefix", ".", "fast-json-patch@3.1.1"])?;
    }
    Ok(folder)
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("start {program}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
