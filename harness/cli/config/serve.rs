//! How the proxy serves: where it listens, what share of requests it mirrors, and what it may hold.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use capture::serve::limits::{MEMORY_BYTES, MIRROR_TIMEOUT, MIRRORS_MAX, SHUTDOWN_TIMEOUT};
use compare::tolerance::Glob;

use super::gate::entries_of;
use super::path::FilePath;
use super::table::{Problems, Table, Text};

/// More connections to new at once than any provider lets one customer have.
const MIRRORS_LIMIT: f64 = 10_000.0;
/// More threads than any machine has use for.
const THREADS_MAX: f64 = 256.0;
/// A mirror a millisecond, on every core of a large machine.
const PER_MINUTE_MAX: f64 = 100_000_000.0;
/// Less holds no pair; more is not a queue.
const MEMORY_RANGE: std::ops::RangeInclusive<u64> = (1 << 20)..=(1 << 40);
/// Operations times groups of accounts.
const SHARES_MAX: usize = 1_000;
const TIMES: std::ops::RangeInclusive<u64> = 1..=86_400_000;

/// The `[serve]` of a configuration; the defaults are filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Serve {
    /// Where the application connects.
    pub listen: SocketAddr,
    /// Where people and monitoring look.
    pub admin: SocketAddr,
    /// A certificate chain and its key (PEM), to listen with TLS.
    pub tls: Option<(FilePath, FilePath)>,
    /// The share of each operation's and account's requests that is mirrored.
    pub share: f64,
    /// Shares of some operations and accounts; the first that fits counts.
    pub shares: Vec<ShareOf>,
    /// The share of mirrors after which legacy is asked again.
    pub repeat_share: f64,
    /// Mirrors of one operation in a minute.
    pub per_minute_max: Option<u64>,
    /// Bytes that may wait.
    pub memory_bytes: usize,
    /// Calls to new at once.
    pub mirrors_max: usize,
    /// How long such a call may take.
    pub timeout: Duration,
    /// How long a stop waits for what is under way.
    pub shutdown: Duration,
    /// Threads that serve; `None`: one a core, up to four.
    pub threads: Option<usize>,
    /// Threads that redact and record.
    pub recorders: usize,
}

/// A share of some operations and accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareOf {
    /// Of these operations; `None`: of all.
    pub operation: Option<Glob>,
    /// Of these accounts; `None`: of all, and of requests that name none.
    pub account: Option<Glob>,
    /// From 0 to 1.
    pub share: f64,
}

impl ShareOf {
    /// Whether it speaks of an operation and account.
    pub fn fits(&self, operation: &str, account: Option<&str>) -> bool {
        let of_operation = self.operation.as_ref().is_none_or(|glob| glob.fits(operation));
        let of_account = self.account.as_ref().is_none_or(|glob| account.is_some_and(|name| glob.fits(name)));
        of_operation && of_account
    }
}

impl Default for Serve {
    fn default() -> Serve {
        Serve {
            listen: SocketAddr::from(([127, 0, 0, 1], 8_080)),
            admin: SocketAddr::from(([127, 0, 0, 1], 8_081)),
            tls: None,
            share: 1.0,
            shares: Vec::new(),
            repeat_share: 0.02,
            per_minute_max: None,
            memory_bytes: MEMORY_BYTES,
            mirrors_max: MIRRORS_MAX,
            timeout: MIRROR_TIMEOUT,
            shutdown: SHUTDOWN_TIMEOUT,
            threads: None,
            recorders: 1,
        }
    }
}

pub(super) fn read_serve(mut table: Table<'_, '_>, folder: &Path, problems: &mut Problems) -> Serve {
    let usual = Serve::default();
    let listen = table.text("listen", problems).and_then(|text| address(&text, problems));
    let admin = table.text("admin", problems).and_then(|text| address(&text, problems));
    let mut pem = |key| table.text(key, problems).and_then(|text| FilePath::read(text, folder, problems));
    let (certificate, key) = (pem("certificate"), pem("key"));
    let share = table.number("share", 0.0, 1.0, problems);
    let shares = entries_of(&mut table, "shares", problems, read_share);
    if shares.len() > SHARES_MAX {
        let message = format!("`[serve]` has more than {SHARES_MAX} shares");
        problems.error(message, table.key_span("shares"), "", "names may have `*` in them");
    }
    let repeat_share = table.number("repeat_share", 0.0, 1.0, problems);
    let per_minute_max = table.number("per_minute_max", 0.0, PER_MINUTE_MAX, problems);
    let memory = table.text("memory", problems).and_then(|text| bytes(&text, problems));
    let mirrors_max = table.number("mirrors_max", 1.0, MIRRORS_LIMIT, problems);
    let timeout = table.text("timeout", problems).and_then(|text| time(&text, problems));
    let shutdown = table.text("shutdown", problems).and_then(|text| time(&text, problems));
    let threads = table.number("threads", 1.0, THREADS_MAX, problems);
    let recorders = table.number("recorders", 1.0, THREADS_MAX, problems);
    let tls = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            let help = "certificate = \"chain.pem\" and key = \"key.pem\" belong together";
            problems.error("`[serve]` has one half of TLS", table.span(), "needs the other half", help);
            None
        }
    };
    table.finish(problems);
    Serve {
        listen: listen.unwrap_or(usual.listen),
        admin: admin.unwrap_or(usual.admin),
        tls,
        share: share.unwrap_or(usual.share),
        shares,
        repeat_share: repeat_share.unwrap_or(usual.repeat_share),
        per_minute_max: per_minute_max.map(|number| number as u64),
        memory_bytes: memory.unwrap_or(usual.memory_bytes),
        mirrors_max: mirrors_max.map_or(usual.mirrors_max, |number| number as usize),
        timeout: timeout.unwrap_or(usual.timeout),
        shutdown: shutdown.unwrap_or(usual.shutdown),
        threads: threads.map(|number| number as usize),
        recorders: recorders.map_or(usual.recorders, |number| number as usize),
    }
}

fn read_share(mut table: Table<'_, '_>, problems: &mut Problems) -> Option<ShareOf> {
    let mut glob = |key| table.text(key, problems).map(|text| Glob(text.value));
    let (operation, account) = (glob("operation"), glob("account"));
    if table.value("share").is_none() {
        table.missing("share", problems);
    }
    let share = table.number("share", 0.0, 1.0, problems);
    table.finish(problems);
    share.map(|share| ShareOf { operation, account, share })
}

fn address(text: &Text, problems: &mut Problems) -> Option<SocketAddr> {
    let address = text.value.parse().ok();
    if address.is_none() {
        let message = format!("`{}` is not an address to listen at", text.value);
        problems.error(message, text.span.clone(), "expected an address such as \"127.0.0.1:8080\"", "");
    }
    address
}

fn bytes(text: &Text, problems: &mut Problems) -> Option<usize> {
    let bytes = bytes_of(&text.value).filter(|bytes| MEMORY_RANGE.contains(bytes));
    if bytes.is_none() {
        let message = format!("`{}` is not a size", text.value);
        let label = "expected a size such as \"64MiB\", from 1MiB on";
        problems.error(message, text.span.clone(), label, "the units are KiB, MiB and GiB");
    }
    bytes.and_then(|bytes| usize::try_from(bytes).ok())
}

fn bytes_of(text: &str) -> Option<u64> {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let (digits, shift) = units.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)))?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = is_number.then(|| digits.parse().ok())??;
    number.checked_mul(1 << shift)
}

fn time(text: &Text, problems: &mut Problems) -> Option<Duration> {
    let time = millis_of(&text.value).filter(|millis| TIMES.contains(millis));
    if time.is_none() {
        let message = format!("`{}` is not a time", text.value);
        let label = "expected a time such as \"10s\", of a day at most";
        problems.error(message, text.span.clone(), label, "the units are ms, s and m");
    }
    time.map(Duration::from_millis)
}

fn millis_of(text: &str) -> Option<u64> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000)];
    let (digits, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = is_number.then(|| digits.parse().ok())??;
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_of_two_to_the_tenth() {
        assert_eq!(bytes_of("64MiB"), Some(64 << 20));
        assert_eq!(bytes_of("1GiB"), Some(1 << 30));
        for wrong in
            ["64", "64MB", "MiB", "-1MiB", "1.5MiB", "99999999999999999999GiB", "9999999999999999999KiB"]
        {
            assert_eq!(bytes_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(
            [millis_of("10s"), millis_of("250ms"), millis_of("2m")],
            [Some(10_000), Some(250), Some(120_000)]
        );
        for wrong in ["10", "s", "1.5s", "-1s", "99999999999999999999m"] {
            assert_eq!(millis_of(wrong), None, "{wrong}");
        }
    }
}
