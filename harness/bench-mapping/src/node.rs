//! Node's own jsonata, in one process that is asked again and again how fast it is.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context;
use serde_json::{Value, json};

use crate::workloads::Workload;

/// A process of node.
pub(crate) struct Node {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Parsing the input, evaluating, writing the result.
    TextToText,
    /// Evaluating alone.
    Parsed,
}

impl Node {
    /// Starts it in the folder that holds the library.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Node> {
        let mut child = Command::new("node")
            .args(["-e", include_str!("node_side.js")])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("run node")?;
        let stdin = child.stdin.take().context("standard input is piped")?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        Ok(Node { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// How often a second it evaluates a workload, measured for so many seconds.
    pub(crate) fn rate(&mut self, workload: &Workload, task: Task, seconds: f64) -> anyhow::Result<f64> {
        let parsed = matches!(task, Task::Parsed);
        let line = json!({"expr": workload.expression, "input": workload.input, "parsed": parsed, "seconds": seconds});
        writeln!(self.stdin, "{line}")?;
        let mut answer = String::new();
        self.stdout.read_line(&mut answer)?;
        let answer: Value = serde_json::from_str(&answer).context("node ended")?;
        answer["rate"].as_f64().with_context(|| format!("node said {answer}"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
