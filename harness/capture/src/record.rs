//! Asks both sides for many things, each within its budgets, and hands over what came back as it comes.
//!
//! Both sides of a job are asked at the same time, so that little can change between them; lists are walked to their end.
//! Whoever takes the answers decides whether both lists are walked once more: rows may have moved while they were walked.

mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use compare::model::Exchange;
use compare::path::Path;
use providers::asked::{Account, Asked};
use providers::profile::Next;
use providers::provider::Provider;
use tokio::runtime::Runtime;

pub use walk::Counts;

/// More requests at a time only make the budgets wait.
pub const CONCURRENCY_MAX: usize = 256;
/// How often it is looked whether a person has had enough.
const TICK: Duration = Duration::from_millis(100);
/// Walking, judging and writing want few threads; the providers' limits come first.
const WORKERS: usize = 2;

/// What is asked of one side.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The request; of a list its first page.
    pub asked: Asked,
    /// Whose account.
    pub account: Option<Arc<Account>>,
    /// How it is walked; `None`: one answer is all.
    pub list: Option<List>,
}

/// How a list is walked.
#[derive(Clone, Debug)]
pub struct List {
    /// Where it goes on.
    pub next: Next,
    /// Where a page's items lie in this side's own shape.
    pub items: Path,
}

/// One logical request, with its form on each side that is asked.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Of legacy.
    pub legacy: Option<Ask>,
    /// Of new.
    pub new: Option<Ask>,
    /// Of the upstream, through new.
    pub source: Option<Ask>,
    /// How often legacy is asked again afterwards.
    pub repeats: u32,
}

/// What came of a job.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Of legacy; a list's pages.
    pub legacy: Vec<Exchange>,
    /// Of new.
    pub new: Vec<Exchange>,
    /// Of the upstream.
    pub source: Vec<Exchange>,
    /// Legacy, asked again.
    pub legacy_repeats: Vec<Vec<Exchange>>,
    /// New, walked again.
    pub new_repeats: Vec<Vec<Exchange>>,
    /// How much asking that took.
    pub counts: Counts,
}

/// What is to become of what was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is kept.
    Done,
    /// Both sides are to be walked once more.
    WalkAgain,
}

/// Both providers; a side that no job asks may be absent.
#[derive(Clone, Debug)]
pub struct Sides {
    /// Whom customers are served by today.
    pub legacy: Option<Arc<Provider>>,
    /// Whom they are moved to; the source is asked through it.
    pub new: Option<Arc<Provider>>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every job was done.
    Whole,
    /// It was stopped: what had begun was finished or given up, and nothing half is left.
    Stopped,
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E: std::error::Error + 'static> {
    /// No threads.
    #[error("start the threads that ask")]
    Threads(#[source] std::io::Error),
    /// The one who takes the answers.
    #[error(transparent)]
    Taker(E),
}

/// What happens while a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A page came in.
    Page,
    /// A moment has passed.
    Tick,
}

/// Asks for all jobs, at most so many at a time and in their order. `take` gets each job's number and what came of it, and
/// `watch` is told how it goes on; both are called on this thread alone.
pub fn run<E: std::error::Error + 'static>(
    sides: &Sides,
    jobs: &[Job],
    concurrency: usize,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(Event),
    take: &mut dyn FnMut(usize, &mut Recorded) -> Result<Decision, E>,
) -> Result<Ended, RunError<E>> {
    let runtime = runtime().map_err(RunError::Threads)?;
    let ended = run_on(&runtime, sides, jobs, concurrency, stop, watch, take);
    // What is still under way belongs to nobody any more.
    runtime.shutdown_background();
    ended
}

/// The threads that ask.
pub fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()
}

/// The same on threads of the caller's: connections that its providers keep open belong to them.
pub fn run_on<E: std::error::Error + 'static>(
    runtime: &Runtime,
    sides: &Sides,
    jobs: &[Job],
    concurrency: usize,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(Event),
    take: &mut dyn FnMut(usize, &mut Recorded) -> Result<Decision, E>,
) -> Result<Ended, RunError<E>> {
    let (sender, arrivals) = channel();
    let asking = Asking { runtime, sides, sender };
    let ended = asking.all(jobs, concurrency.clamp(1, CONCURRENCY_MAX), stop, &arrivals, watch, take);
    ended.map_err(RunError::Taker)
}

/// What comes from the threads that ask.
enum Arrival {
    Page,
    First(usize, Box<Recorded>),
    Again(usize, Box<Recorded>),
}

struct Asking<'r> {
    runtime: &'r Runtime,
    sides: &'r Sides,
    sender: Sender<Arrival>,
}

impl Asking<'_> {
    fn all<E>(
        &self,
        jobs: &[Job],
        concurrency: usize,
        stop: &AtomicBool,
        arrivals: &Receiver<Arrival>,
        watch: &mut dyn FnMut(Event),
        take: &mut dyn FnMut(usize, &mut Recorded) -> Result<Decision, E>,
    ) -> Result<Ended, E> {
        let mut waiting = jobs.iter().enumerate();
        let mut under_way = 0_usize;
        // Those that are walked again, with what came first.
        let mut kept: BTreeMap<usize, Box<Recorded>> = BTreeMap::new();
        loop {
            while under_way < concurrency && !stop.load(Ordering::Relaxed) {
                let Some((number, job)) = waiting.next() else { break };
                self.begin(number, job, false);
                under_way += 1;
            }
            if under_way == 0 {
                return Ok(if waiting.next().is_none() { Ended::Whole } else { Ended::Stopped });
            }
            let (number, mut recorded) = match arrivals.recv_timeout(TICK) {
                Ok(Arrival::Page) => {
                    watch(Event::Page);
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {
                    watch(Event::Tick);
                    // Who stops waits for nothing: what was taken is kept, the rest is asked again another time.
                    if stop.load(Ordering::Relaxed) {
                        return Ok(Ended::Stopped);
                    }
                    continue;
                }
                // This side keeps a sender, so there is always one.
                Err(RecvTimeoutError::Disconnected) => return Ok(Ended::Stopped),
                Ok(Arrival::First(number, recorded)) => (number, recorded),
                Ok(Arrival::Again(number, again)) => match kept.remove(&number) {
                    Some(mut first) => {
                        first.add(*again);
                        (number, first)
                    }
                    None => (number, again),
                },
            };
            match take(number, &mut recorded)? {
                Decision::Done => under_way -= 1,
                Decision::WalkAgain => {
                    kept.insert(number, recorded);
                    self.begin(number, &jobs[number], true);
                }
            }
        }
    }

    fn begin(&self, number: usize, job: &Job, again: bool) {
        let (sides, job, sender) = (self.sides.clone(), job.clone(), self.sender.clone());
        let pages = sender.clone();
        self.runtime.spawn(async move {
            // Nobody listens any more where the run has ended.
            let on_page = move || drop(pages.send(Arrival::Page));
            let recorded = Box::new(walk::both(&sides, &job, again, &on_page).await);
            let arrival =
                if again { Arrival::Again(number, recorded) } else { Arrival::First(number, recorded) };
            drop(sender.send(arrival));
        });
    }
}

impl Recorded {
    /// Both sides walked again.
    fn add(&mut self, again: Recorded) {
        self.legacy_repeats.push(again.legacy);
        self.new_repeats.push(again.new);
        self.counts.add(again.counts);
    }
}
