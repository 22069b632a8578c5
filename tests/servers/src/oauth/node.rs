//! `oidc-provider` in a node process of its own, installed once into a cache folder, with every package at a version and digest.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::{CLIENTS, Lifetimes, Rotation, SCOPES};

/// Made by `npm install --package-lock-only` when the version changes.
const LOCK: &str = include_str!("package-lock.json");
const PROGRAM: &str = include_str!("oidc.mjs");
/// The version that the lock is of.
pub const VERSION: &str = "9.13.3";

/// The server, which ends when this is dropped.
#[derive(Debug)]
pub struct Node {
    child: Child,
    address: SocketAddr,
}

/// Why there is no server.
#[derive(Debug)]
pub enum NodeError {
    /// A program is not on the machine: `node` or `npm`.
    Absent(&'static str),
    /// It could not be installed or started.
    Failed(String),
}

impl std::fmt::Display for NodeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NodeError::Absent(program) => {
                write!(formatter, "{program} is not on this machine; install Node.js 20 or newer")
            }
            NodeError::Failed(what) => formatter.write_str(what),
        }
    }
}

impl std::error::Error for NodeError {}

impl Node {
    /// Starts it on a free port.
    pub fn start(lifetimes: Lifetimes) -> Result<Node, NodeError> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let files = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = installed()?;
        let settings = folder.join(format!("settings.{}.{}.json", lifetimes.access_s, lifetimes.refresh_s));
        let clients: Vec<Value> = CLIENTS
            .iter()
            .map(|client| {
                json!({"id": client.id, "secret": client.secret, "rotates": client.rotation != Rotation::Never})
            })
            .collect();
        let text = json!({
            "clients": clients, "scopes": SCOPES,
            "access_ttl_s": lifetimes.access_s, "refresh_ttl_s": lifetimes.refresh_s,
        });
        put(&settings, &text.to_string())?;
        put(&folder.join("oidc.mjs"), PROGRAM)?;
        drop(files);
        let mut child = Command::new("node")
            .arg(folder.join("oidc.mjs"))
            .arg(&settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| absent("node", &error))?;
        match child.stdout.take().ok_or("no output".to_owned()).and_then(port) {
            Ok(port) => Ok(Node { child, address: SocketAddr::from(([127, 0, 0, 1], port)) }),
            Err(what) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(NodeError::Failed(format!("oidc-provider did not start: {what}")))
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn port(stdout: ChildStdout) -> Result<u16, String> {
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    line.trim().parse().map_err(|_| format!("it said {line:?}"))
}

/// `CUTOVER_OAUTH_SERVER`, or a folder beside what cargo builds.
fn cache() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/oauth-server");
    std::env::var_os("CUTOVER_OAUTH_SERVER").map_or(beside, PathBuf::from)
}

/// Installs with npm beside the folder, then renames: whole or not at all. Scripts of packages are not run.
fn installed() -> Result<PathBuf, NodeError> {
    let folder = cache().join(VERSION);
    if folder.join("node_modules/oidc-provider/package.json").is_file() {
        return Ok(folder);
    }
    let partial = cache().join(format!("{VERSION}.{}.partial", std::process::id()));
    let failed = |error: io::Error| NodeError::Failed(format!("install into {}: {error}", partial.display()));
    fs::create_dir_all(&partial).map_err(failed)?;
    put(
        &partial.join("package.json"),
        &format!("{{\"private\":true,\"dependencies\":{{\"oidc-provider\":\"{VERSION}\"}}}}"),
    )?;
    put(&partial.join("package-lock.json"), LOCK)?;
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&partial)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| absent("npm", &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(NodeError::Failed(format!("npm could not install oidc-provider: {said}")));
    }
    match fs::rename(&partial, &folder) {
        Ok(()) => Ok(folder),
        // Another process was faster.
        Err(_) if folder.join("node_modules").is_dir() => {
            let _ = fs::remove_dir_all(&partial);
            Ok(folder)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Whole or not at all: another process may read it at this moment.
fn put(path: &Path, text: &str) -> Result<(), NodeError> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let failed = |error: io::Error| NodeError::Failed(format!("write {}: {error}", path.display()));
    let part = path.with_extension(format!("{}.part", std::process::id()));
    fs::write(&part, text).map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}

fn absent(program: &'static str, error: &io::Error) -> NodeError {
    match error.kind() {
        io::ErrorKind::NotFound => NodeError::Absent(program),
        _ => NodeError::Failed(format!("run {program}: {error}")),
    }
}
