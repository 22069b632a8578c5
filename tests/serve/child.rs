//! The program as a child that serves, and what can be seen of it from outside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::real::project::Project;

/// A proxy that runs.
pub struct Serving {
    child: Child,
    address: SocketAddr,
    admin: SocketAddr,
    /// Ids that it said are durable; this process keeps the list.
    acknowledged: Arc<Mutex<Vec<String>>>,
    /// All that it said on stderr.
    said: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

/// What `/metrics` says.
pub struct Metrics(String);

impl Metrics {
    /// The sum over all labels.
    pub fn sum(&self, name: &str) -> f64 {
        let lines = self.0.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

impl Serving {
    /// Starts it on free ports, and waits until it says where.
    pub fn start(project: &Project, more: &[&str]) -> Serving {
        Serving::start_with(project, more, &[])
    }

    /// The same, with more in its environment.
    pub fn start_with(project: &Project, more: &[&str], environment: &[(&str, &str)]) -> Serving {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cutover"));
        command.current_dir(project.path(".")).args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
        ]);
        command.args(["--format", "json"]).args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(environment.iter().copied());
        let mut child = command.spawn().expect("the program was built for this test");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut first = String::new();
        while !first.contains("Serving legacy at ") && lines.read_line(&mut first).is_ok_and(|read| read > 0)
        {
        }
        let addresses: Vec<SocketAddr> = first
            .split("http://")
            .skip(1)
            .filter_map(|rest| rest.split(['/', ',', '"', '\n']).next()?.parse().ok())
            .collect();
        let [address, admin] = addresses[..] else {
            let mut rest = String::new();
            let _ = lines.read_to_string(&mut rest);
            panic!("it said {first}{rest}")
        };
        let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
        let said = Arc::new(Mutex::new(first));
        let (kept, heard) = (Arc::clone(&acknowledged), Arc::clone(&said));
        let listener = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                heard.lock().expect("nobody panicked with it").extend([line.as_str(), "\n"]);
                if let Some(id) = line.strip_prefix("Recorded. pair=").and_then(|rest| rest.split(' ').next())
                {
                    kept.lock().expect("nobody panicked with it").push(id.to_owned());
                }
            }
        });
        Serving { child, address, admin, acknowledged, said, listener: Some(listener) }
    }

    /// Asks as an application does, on a connection of its own.
    pub fn ask(&self, method: &str, target: &str, headers: &str, body: &str) -> String {
        exchange(self.address, method, target, headers, body).expect("the proxy answers")
    }

    /// Asks until nobody answers any more.
    pub fn ask_until_gone(&self, target: &str, headers: &str) -> JoinHandle<()> {
        let (address, target, headers) = (self.address, target.to_owned(), headers.to_owned());
        std::thread::spawn(move || {
            while exchange(address, "GET", &target, &headers, "").is_ok_and(|answer| !answer.is_empty()) {}
        })
    }

    /// What the admin port shows.
    pub fn admin(&self, path: &str) -> String {
        exchange(self.admin, "GET", path, "", "").expect("the admin port answers")
    }

    /// Waits until the metrics say so.
    pub fn until(&self, patience: Duration, holds: impl Fn(&Metrics) -> bool) {
        let started = Instant::now();
        loop {
            let metrics = Metrics(self.admin("/metrics"));
            if holds(&metrics) {
                return;
            }
            assert!(started.elapsed() < patience, "after {patience:?} still {}", metrics.0);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until it has said of a pair that it is durable.
    pub fn until_acknowledged(&self, patience: Duration) {
        let started = Instant::now();
        while self.acknowledged.lock().expect("nobody panicked with it").is_empty() {
            assert!(started.elapsed() < patience, "no pair was durable after {patience:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Asks it to end as a system does, and answers its summary.
    pub fn stop(self) -> serde_json::Value {
        self.stop_and_hear().0
    }

    /// The same, with all that it said on stderr.
    pub fn stop_and_hear(mut self) -> (serde_json::Value, String) {
        let id = self.child.id().to_string();
        std::process::Command::new("kill").args(["-TERM", &id]).status().expect("kill is there");
        let mut told = String::new();
        self.child.stdout.take().expect("it is piped").read_to_string(&mut told).expect("it is text");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "it ended with {status}");
        if let Some(listener) = self.listener.take() {
            listener.join().expect("it only reads");
        }
        let summary = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error} in {told:?}"));
        (summary, std::mem::take(&mut *self.said.lock().expect("nobody panicked with it")))
    }

    /// Kills it, and answers what it had acknowledged.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        if let Some(listener) = self.listener.take() {
            listener.join().expect("it only reads");
        }
        std::mem::take(&mut *self.acknowledged.lock().expect("nobody panicked with it"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn exchange(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
