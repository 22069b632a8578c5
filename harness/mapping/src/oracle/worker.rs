//! One process of the oracle: a line in, a line out, killed when it takes too long.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::{ANSWER_BYTES_MAX, OracleError};
use crate::functions::UUID;

const DRIVER: &str = include_str!("driver.js");

/// The library takes a tenth of a second to load; a busy machine a hundred times that.
const START_TIME_MAX: Duration = Duration::from_secs(30);

/// What a process may hold before V8 ends it: real bodies need a fiftieth.
const HEAP_MB_MAX: usize = 512;

/// A running process.
pub(super) struct Worker {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<Result<String, Failure>>,
}

/// Why there is no answer. The process is of no use any more.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failure {
    /// It took too long.
    Time,
    /// It answered too much.
    Size,
    /// It ended.
    Ended,
}

impl Worker {
    /// Starts a process in the folder that holds the library.
    pub(super) fn start(folder: &Path, package: &str) -> Result<Worker, OracleError> {
        let mut child = Command::new("node")
            .arg(format!("--max-old-space-size={HEAP_MB_MAX}"))
            .args(["-e", DRIVER, package, UUID])
            .current_dir(folder)
            // Production runs in UTC and in English.
            .env("TZ", "UTC")
            .env("LC_ALL", "en_US.UTF-8")
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => OracleError::ProgramAbsent { program: "node" },
                _ => OracleError::Start(error.to_string()),
            })?;
        let stdin = child.stdin.take().expect("standard input is piped above");
        let stdout = child.stdout.take().expect("standard output is piped above");
        let (sender, lines) = sync_channel(1);
        thread::spawn(move || {
            let mut stdout = BufReader::with_capacity(1 << 16, stdout);
            loop {
                let line = read_line(&mut stdout);
                let last = line.is_err();
                if sender.send(line).is_err() || last {
                    break;
                }
            }
        });
        let mut worker = Worker { child, stdin, lines };
        match worker.line(START_TIME_MAX) {
            Ok(line) if line.starts_with("{\"ready\"") => Ok(worker),
            Ok(line) => Err(OracleError::Start(line)),
            Err(failure) => Err(OracleError::Start(format!("no sign of life ({failure:?})"))),
        }
    }

    /// Sends a request, which ends in a line break, and waits for its answer.
    pub(super) fn ask(&mut self, request: &[u8], time: Duration) -> Result<String, Failure> {
        self.stdin.write_all(request).and_then(|()| self.stdin.flush()).map_err(|_| Failure::Ended)?;
        self.line(time)
    }

    fn line(&mut self, time: Duration) -> Result<String, Failure> {
        match self.lines.recv_timeout(time) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => Err(Failure::Time),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Ended),
        }
    }

    /// Ends the process at once.
    pub(super) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read_line(stdout: &mut BufReader<ChildStdout>) -> Result<String, Failure> {
    let mut line = Vec::new();
    let read = stdout.take(ANSWER_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line);
    match read {
        Ok(0) | Err(_) => Err(Failure::Ended),
        Ok(_) if line.last() == Some(&b'\n') => String::from_utf8(line).map_err(|_| Failure::Ended),
        Ok(_) if line.len() > ANSWER_BYTES_MAX => Err(Failure::Size),
        Ok(_) => Err(Failure::Ended),
    }
}
