//! The fence of the hand-over as the proxy keeps it: read before each call to legacy, and acknowledged when no older call is under way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use capture::place::Place;
use capture::route::Bound;
use capture::serve::fence::{Fence, Leave};
use handover::database::DatabaseError;
use handover::fence::{BEAT_MS, Fences};
use http::{HeaderMap, Uri};
use jiff::{SignedDuration, Timestamp};
use providers::asked::Account;

use super::callers::Callers;
use crate::config::Config;
use crate::hand_over::state;
use crate::options::Global;

/// A call whose caller left before its end may be worked at for so long; after that no provider does.
const ABANDONED: SignedDuration = SignedDuration::from_secs(60);
/// How often the thread that acknowledges looks whether it is to end.
const TICK: Duration = Duration::from_millis(50);

/// Lets a request to legacy pass unless it is of an account that is fenced off.
pub struct Gate {
    callers: Arc<Callers>,
    /// In the order of the accounts' file.
    names: Vec<String>,
    /// The accounts that have this id at legacy.
    by_id: BTreeMap<String, Vec<usize>>,
    clock: providers::Clock,
    inner: Mutex<Inner>,
}

struct Inner {
    fences: Fences,
    /// Calls under way, by the change of the fence that they have seen.
    under_way: BTreeMap<i64, usize>,
    /// Calls of which nobody knows whether they are, until when they count.
    abandoned: Vec<(i64, Timestamp)>,
}

impl Gate {
    /// A gate for the accounts as legacy knows them, in the order of their file.
    pub fn new(
        callers: Arc<Callers>,
        names: Vec<String>,
        of_legacy: &[Option<Account>],
        fences: Fences,
        clock: providers::Clock,
    ) -> Arc<Gate> {
        let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, account) in of_legacy.iter().enumerate() {
            if let Some(account) = account {
                by_id.entry(account.id.expose().to_owned()).or_default().push(index);
            }
        }
        let inner = Mutex::new(Inner { fences, under_way: BTreeMap::new(), abandoned: Vec::new() });
        Arc::new(Gate { callers, names, by_id, clock, inner })
    }

    /// The accounts that a request may be of: the one that it names where the provider is told one, and any whose id stands in it.
    fn concerned(&self, headers: &HeaderMap, target: &Uri) -> Vec<usize> {
        let place = Place::of(target.path_and_query().map_or("/", |target| target.as_str()));
        let named = self.callers.of(headers, &place, &Bound::default());
        let values = place.segments.iter().chain(place.query.iter().map(|(_, value)| value));
        let by_id = values.filter_map(|value| self.by_id.get(value)).flatten().copied();
        named.ok().flatten().into_iter().chain(by_id).collect()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latest change of the fence that every call under way has seen.
    fn seen(&self, now: Timestamp) -> Result<i64, DatabaseError> {
        let mut inner = self.inner();
        inner.abandoned.retain(|(_, until)| *until > now);
        let latest = inner.fences.epoch()?;
        let oldest = inner.under_way.keys().next().copied();
        let abandoned = inner.abandoned.iter().map(|(epoch, _)| *epoch).min();
        Ok([oldest, abandoned].into_iter().flatten().fold(latest, i64::min))
    }
}

impl Fence for GateHandle {
    fn leave(&self, headers: &HeaderMap, target: &Uri) -> Result<Box<dyn Leave>, String> {
        let gate = &self.0;
        let concerned = gate.concerned(headers, target);
        let mut inner = gate.inner();
        let unread =
            |error: DatabaseError| format!("the fence cannot be read, so nothing goes to legacy: {error}");
        let epoch = inner.fences.epoch().map_err(unread)?;
        for account in concerned {
            let name = &gate.names[account];
            if !inner.fences.allows(name).map_err(unread)? {
                return Err(format!(
                    "the account {name} is fenced off: its token was handed over, and a call through legacy could refresh it; ask new"
                ));
            }
        }
        *inner.under_way.entry(epoch).or_default() += 1;
        Ok(Box::new(Held { gate: Arc::clone(gate), epoch, is_ended: false }))
    }
}

/// A gate, for the proxy.
#[derive(Clone)]
pub struct GateHandle(pub Arc<Gate>);

/// Refuses to ask legacy for accounts that are fenced off, as far as they are now.
pub fn refuse_fenced<'a>(
    config: &Config,
    accounts: impl IntoIterator<Item = &'a str>,
    global: &Global,
) -> anyhow::Result<()> {
    let Some(mut fences) = state::fences_beside(config, global)? else { return Ok(()) };
    let accounts: BTreeSet<&str> = accounts.into_iter().collect();
    for account in accounts {
        let may = fences.allows(account).context("read the fence of the hand-over")?;
        anyhow::ensure!(
            may,
            "the account {account} is fenced off: its token was handed over, and asking legacy could refresh it; leave it out"
        );
    }
    Ok(())
}

/// A call under way.
struct Held {
    gate: Arc<Gate>,
    epoch: i64,
    is_ended: bool,
}

impl Leave for Held {
    fn ended(mut self: Box<Self>) {
        self.is_ended = true;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let until = (self.gate.clock)().checked_add(ABANDONED).unwrap_or(Timestamp::MAX);
        let mut inner = self.gate.inner();
        if let Some(count) = inner.under_way.get_mut(&self.epoch) {
            *count -= 1;
            if *count == 0 {
                inner.under_way.remove(&self.epoch);
            }
        }
        if !self.is_ended {
            inner.abandoned.push((self.epoch, until));
        }
    }
}

/// Says every second that the proxy lives, and what it has seen; until it is dropped.
pub struct Beat {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Beat {
    /// Says it once before it answers, so that nobody is served whom a hand-over would not wait for. `writing` is a connection of its own: a
    /// write must not hold requests up.
    pub fn start(
        gate: Arc<Gate>,
        mut writing: Fences,
        proxy: String,
        complain: impl Fn(String) + Send + 'static,
    ) -> anyhow::Result<Beat> {
        let now = (gate.clock)();
        writing.acknowledge(&proxy, gate.seen(now)?, now)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let run = move || {
            let mut waited = Duration::ZERO;
            while !stopping.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                waited += TICK;
                if waited < Duration::from_millis(BEAT_MS.unsigned_abs()) {
                    continue;
                }
                waited = Duration::ZERO;
                let now = (gate.clock)();
                let said = gate.seen(now).and_then(|epoch| writing.acknowledge(&proxy, epoch, now));
                if let Err(error) = said {
                    complain(format!(
                        "the fence is not acknowledged, and a hand-over waits for this proxy: {error}"
                    ));
                }
            }
            // A proxy that cannot say so is taken for stopped after a while.
            let _ = writing.leave(&proxy);
        };
        let thread = std::thread::Builder::new().name("fence".to_owned()).spawn(run)?;
        Ok(Beat { stop, thread: Some(thread) })
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
