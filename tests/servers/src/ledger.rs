//! What a server received: the judge of what was sent, and of what must not have been.

use std::collections::{BTreeMap, VecDeque};

/// What is kept of safe requests: as many as any test asks about, and no more than memory allows under load.
pub const SAFE_KEPT_MAX: usize = 20_000;

/// Whether a request may change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It reads.
    Reads,
    /// It writes, or would.
    Writes,
}

/// One request that reached a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// From 1, by arrival.
    pub number: u64,
    /// Upper-case.
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// Lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// As the server understands it: it knows which of its POSTs read.
    pub effect: Effect,
    /// The faults that made its answer another than it would have been, by their names.
    pub befallen: Vec<&'static str>,
}

/// Everything that reached a server.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// How many there were.
    pub total: u64,
    /// How many of them were throttled (429).
    pub throttled: u64,
    safe: VecDeque<Received>,
    writes: Vec<Received>,
}

impl Ledger {
    /// Writes a request down, and answers its number.
    pub(crate) fn add(&mut self, mut received: Received) -> u64 {
        self.total += 1;
        received.number = self.total;
        match received.effect {
            // None is ever let go: they are what the judge looks for.
            Effect::Writes => self.writes.push(received),
            Effect::Reads => {
                self.safe.push_back(received);
                if self.safe.len() > SAFE_KEPT_MAX {
                    self.safe.pop_front();
                }
            }
        }
        self.total
    }

    /// Writes down what befell a request, while it is kept.
    pub(crate) fn befell(&mut self, number: u64, faults: Vec<&'static str>) {
        let mut kept = self.safe.iter_mut().rev().chain(self.writes.iter_mut().rev());
        if let Some(received) = kept.find(|received| received.number == number) {
            received.befallen = faults;
        }
    }

    /// Those that read, by arrival; the last [`SAFE_KEPT_MAX`] of them.
    pub fn reads(&self) -> impl Iterator<Item = &Received> {
        self.safe.iter()
    }

    /// Those that write, or would; all of them.
    pub fn writes(&self) -> &[Received] {
        &self.writes
    }

    /// `GET /path?query` of all that are kept, by arrival.
    pub fn lines(&self) -> Vec<String> {
        let mut all: Vec<&Received> = self.safe.iter().chain(&self.writes).collect();
        all.sort_by_key(|received| received.number);
        all.into_iter().map(|received| format!("{} {}", received.method, received.target)).collect()
    }
}
