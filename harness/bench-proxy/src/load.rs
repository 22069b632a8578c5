//! Load: wrk at saturation, and requests at a fixed rate whatever the answers do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::process::OTHERS;

/// Connections that are kept alive.
pub const CONNECTIONS: usize = 16;

/// What wrk told.
#[derive(Clone, Copy, Debug)]
pub struct Saturated {
    pub requests: u64,
    pub per_second: f64,
}

/// Asks as fast as it is answered, on all connections.
pub fn saturate(port: u16, body: &str, seconds: u64) -> anyhow::Result<Saturated> {
    let url = format!("http://127.0.0.1:{port}/{body}.json");
    let out = Command::new("taskset")
        .args(["-c", OTHERS, "wrk", "-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), &url])
        .output()
        .context("start wrk")?;
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    if told.contains("Non-2xx") {
        bail!("not every answer was one: {told}");
    }
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let requests = told.lines().find_map(|line| number(line.trim().split(" requests in").next()?));
    let per_second = told.lines().find_map(|line| number(line.strip_prefix("Requests/sec:")?));
    match (requests, per_second) {
        (Some(requests), Some(per_second)) => Ok(Saturated { requests: requests as u64, per_second }),
        _ => bail!("wrk told: {told}"),
    }
}

/// What came of asking at a rate.
#[derive(Clone, Debug, Default)]
pub struct Paced {
    /// How long each answer took from the moment it was due, sorted.
    pub latencies: Vec<Duration>,
    /// Requests that got no whole answer in time.
    pub failed: u64,
    /// From the first to the last answer.
    pub elapsed: Duration,
}

impl Paced {
    pub fn percentile(&self, share: f64) -> f64 {
        let at = (self.latencies.len() as f64 * share) as usize;
        self.latencies
            .get(at.min(self.latencies.len().saturating_sub(1)))
            .map_or(f64::INFINITY, |took| took.as_secs_f64() * 1e6)
    }

    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }
}

/// Asks so often a second for so long, on threads that sleep: the latency of a request counts from when it was due where the
/// answer before it came too late, so that waiting for that is not left out, and from when it was sent where the
/// sleeper itself woke up late.
pub fn pace(port: u16, body: &str, per_second: f64, length: Duration) -> anyhow::Result<Paced> {
    let request = format!("GET /{body}.json HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    let begins = Instant::now() + Duration::from_millis(50);
    let each = Duration::from_secs_f64(CONNECTIONS as f64 / per_second);
    let times = (length.as_secs_f64() / each.as_secs_f64()) as u32;
    let mut all = Paced::default();
    thread::scope(|scope| {
        let one = |number: usize| {
            let first = begins + each.mul_f64(number as f64 / CONNECTIONS as f64);
            let request = request.as_bytes();
            scope.spawn(move || connection(port, request, first, each, times))
        };
        let running: Vec<_> = (0..CONNECTIONS).map(one).collect();
        for connection in running {
            if let Ok(paced) = connection.join() {
                all.latencies.extend(paced.latencies);
                all.failed += paced.failed;
            }
        }
    });
    all.elapsed = begins.elapsed();
    all.latencies.sort();
    Ok(all)
}

/// A caller gives up then, as applications do.
const PATIENCE: Duration = Duration::from_secs(5);

fn connection(port: u16, request: &[u8], first: Instant, each: Duration, times: u32) -> Paced {
    let mut paced = Paced::default();
    let mut stream = None;
    for number in 0..times {
        let due = first + each * number;
        let early = due.saturating_duration_since(Instant::now());
        let begun = if early.is_zero() {
            due
        } else {
            thread::sleep(early);
            Instant::now()
        };
        let opened = stream.take().map_or_else(|| open(port), Ok);
        let asked = opened.and_then(|mut open: TcpStream| ask(&mut open, request).map(|()| open));
        match asked {
            Ok(open) => {
                paced.latencies.push(begun.elapsed());
                stream = Some(open);
            }
            Err(_) => paced.failed += 1,
        }
        // Who is far behind would only measure its own queue, for hours.
        if due.elapsed() > PATIENCE * 2 {
            paced.failed += u64::from(times - number - 1);
            break;
        }
    }
    paced
}

fn open(port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn ask(stream: &mut TcpStream, request: &[u8]) -> std::io::Result<()> {
    stream.write_all(request)?;
    let mut answer = Vec::with_capacity(64 * 1024);
    let mut buffer = [0; 64 * 1024];
    let mut whole = None;
    while whole.is_none_or(|whole| answer.len() < whole) {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&buffer[..read]);
        if whole.is_none() {
            whole = length(&answer);
        }
    }
    Ok(())
}

/// Of the head and the body that it announces, once the head is there.
fn length(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_ascii_lowercase();
    let body =
        head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    Some(end + body.unwrap_or(0))
}

/// Prepares a folder of its own.
pub fn folder(above: &Path, name: &str) -> anyhow::Result<std::path::PathBuf> {
    let folder = above.join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
