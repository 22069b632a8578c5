//! The peers, each timed with its own parsing: the crates diffx-core and json-patch, and fast-json-patch under node.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::measure;
use crate::workloads::Workload;

/// What a peer took for a workload, and how many differences it reported.
pub struct Run {
    /// The best time.
    pub time: Duration,
    /// Operations or differences.
    pub reported: usize,
}

/// diffx-core with `id` as the key of every list, both bodies parsed by `serde_json`.
pub fn diffx(workload: &Workload) -> Run {
    let options = diffx_core::DiffOptions { array_id_key: Some("id".into()), ..Default::default() };
    let mut reported = 0;
    let time = measure::alone(5, &mut || {
        reported = 0;
        for (legacy, new) in &workload.pairs {
            let legacy: Value = serde_json::from_str(legacy).expect("JSON of the bench");
            let new: Value = serde_json::from_str(new).expect("JSON of the bench");
            reported += diffx_core::diff(&legacy, &new, Some(&options)).expect("diffx compares").len();
        }
    });
    Run { time, reported }
}

/// json-patch, which compares lists by position, both bodies parsed by `serde_json`.
pub fn json_patch(workload: &Workload) -> Run {
    let mut reported = 0;
    let time = measure::alone(5, &mut || {
        reported = 0;
        for (legacy, new) in &workload.pairs {
            let legacy: Value = serde_json::from_str(legacy).expect("JSON of the bench");
            let new: Value = serde_json::from_str(new).expect("JSON of the bench");
            reported += json_patch::diff(&legacy, &new).0.len();
        }
    });
    Run { time, reported }
}

/// fast-json-patch, installed once into a folder for temporary files.
pub struct FastJsonPatch {
    folder: PathBuf,
}

const SCRIPT: &str = r#"
const fs = require('fs'), { compare } = require('fast-json-patch');
const pairs = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const once = () => { let n = 0; for (const [a, b] of pairs) n += compare(JSON.parse(a), JSON.parse(b)).length; return n; };
const start = process.hrtime.bigint();
let reported = 0, best = Infinity;
for (let round = 0; round < 200 && (round < 12 || Number(process.hrtime.bigint() - start) < 2e9); round++) {
  const from = process.hrtime.bigint();
  reported = once();
  best = Math.min(best, Number(process.hrtime.bigint() - from));
}
console.log(JSON.stringify([best, reported]));
"#;

impl FastJsonPatch {
    /// Installs it; `Err` says why there is none.
    pub fn install() -> Result<FastJsonPatch, String> {
        let folder = std::env::temp_dir().join("cutover-bench-peers");
        std::fs::create_dir_all(&folder).map_err(|error| format!("create {}: {error}", folder.display()))?;
        std::fs::write(folder.join("bench.js"), SCRIPT).map_err(|error| error.to_string())?;
        if !folder.join("node_modules/fast-json-patch").is_dir() {
            run(
                &folder,
                "npm",
                &["install", "--no-save", "--silent", "--prefix", ".", "fast-json-patch@3.1.1"],
            )?;
        }
        Ok(FastJsonPatch { folder })
    }

    /// Times a workload.
    pub fn run(&self, workload: &Workload) -> Result<Run, String> {
        let pairs = serde_json::to_string(&workload.pairs).map_err(|error| error.to_string())?;
        std::fs::write(self.folder.join("pairs.json"), pairs).map_err(|error| error.to_string())?;
        let printed = run(&self.folder, "node", &["bench.js", "pairs.json"])?;
        let (nanoseconds, reported): (u64, usize) =
            serde_json::from_str(printed.trim()).map_err(|error| format!("{error} in {printed:?}"))?;
        Ok(Run { time: Duration::from_nanos(nanoseconds), reported })
    }
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("start {program}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
