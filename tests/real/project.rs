//! A project in a folder of its own, and the one door to the program: what was asked, how it ended, what it said.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A migration without operations; those are appended.
pub const MIGRATION: &str = "[migration]\nname = \"real records\"\n";

/// A folder with a `cutover.toml`, removed at the end.
pub struct Project {
    folder: PathBuf,
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// A new folder; the name must be this test's alone.
    pub fn new(name: &str, configuration: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("real-{name}"));
        match std::fs::remove_dir_all(&folder) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "clear {}", folder.display())
            }
        }
        let project = Self { folder };
        project.write("cutover.toml", configuration);
        project
    }

    /// A path in the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        let folder = path.parent().expect("a path in the project has the project above it");
        std::fs::create_dir_all(folder).unwrap_or_else(|error| panic!("make {}: {error}", folder.display()));
        std::fs::write(&path, bytes).unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
    }

    /// The program, in the project's folder, at a moment that does not move, and at a person's desk: a test that means
    /// CI says so itself.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
        command.env_remove("CI").current_dir(&self.folder);
        command.args(arguments).args(["--as-of", "2026-11-20", "-q"]);
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().expect("the program was built for this test");
        Run::of(output)
    }

    /// Runs the program and demands an exit code.
    pub fn expect(&self, arguments: &[&str], code: i32) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "cutover {arguments:?}\n{}\n{}", run.stdout, run.stderr);
        run
    }

    /// What the last `check` decided.
    pub fn verdicts(&self) -> Value {
        json(&self.path("reports/check/verdicts.json"))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // The folder of a failed test stays, to be looked at; a folder that does not go is replaced by the next run.
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl Run {
    /// Runs a program that is told this on standard input. One that reads nothing may end before it was told anything.
    pub fn told(command: &mut Command, input: &str) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the program was built for this test");
        drop(child.stdin.take().expect("it is piped").write_all(input.as_bytes()));
        Self::of(child.wait_with_output().expect("the program ends"))
    }

    /// How a finished process ended.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("the program ends by itself, not by a signal"),
            stdout: String::from_utf8(output.stdout).expect("the program writes UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the program writes UTF-8"),
        }
    }
}

/// A JSON file.
pub fn json(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("parse {}: {error}", path.display()))
}

/// A path as an argument.
pub fn argument(path: &Path) -> &str {
    path.to_str().expect("paths of the tests are UTF-8")
}

/// A mapping of these tests.
pub fn mapping(name: &str) -> String {
    format!("{}/tests/real/mappings/{name}.jsonata", env!("CARGO_MANIFEST_DIR"))
}

/// Pairs, and how many are same, tolerated, different and undecided.
pub fn totals(verdicts: &Value) -> [u64; 5] {
    ["pairs", "same", "tolerated", "different", "undecided"]
        .map(|name| verdicts["totals"][name].as_u64().expect("the totals are counts"))
}

/// A pair of one exchange a side, with these bodies as they stand.
pub fn pair(id: &str, legacy: &[u8], new: &[u8]) -> Vec<u8> {
    let operation = id.split('/').next().expect("splitting gives a first part");
    let mut bytes = format!(
        r#"{{"version":1,"id":"{id}","operation":"{operation}","legacy":[{{"response":{{"status":200,"body":{{"json":"#
    )
    .into_bytes();
    bytes.extend_from_slice(legacy);
    bytes.extend_from_slice(br#"}}}],"new":[{"response":{"status":200,"body":{"json":"#);
    bytes.extend_from_slice(new);
    bytes.extend_from_slice(b"}}}]}");
    bytes
}
