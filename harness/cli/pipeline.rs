//! Reads, judges and adds up, each on its own threads, in memory that does not grow with the pairs.
//!
//! One thread reads batches ahead, all cores judge a batch, one thread adds up the one before. Batches keep the order
//! of the files, so the outcome does not depend on how many threads there are.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Context;
use compare::tape::STACK_BYTES;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use store::recordings::{RawRecord, Records};

use crate::judge::{Ids, Judge};
use crate::options::{Global, Reader, Talk};
use crate::plan::Plan;

/// A batch has at most this many records: enough to share among cores, few enough to hold all their differences.
const BATCH_RECORDS_MAX: usize = 256;

/// A batch ends when it holds this much text.
const BATCH_BYTES_MAX: usize = 4 << 20;

/// Batches that wait between two steps; a record may be as large as a body, so it is few.
const WAITING_BATCHES_MAX: usize = 2;

/// Pairs that one thread judges at a stretch with one set of buffers.
const STRETCH: usize = 16;

/// Hands every record to a judge, and what it makes of it to `add`, in the order of the files. Answers how it was
/// interrupted, if it was.
pub fn each<T: Send>(
    (plan, ids): (&Plan, &Ids),
    records: Records,
    global: &Global,
    doing: &'static str,
    one: impl for<'p> Fn(&RawRecord, &mut Judge<'p>) -> Option<T> + Sync,
    mut add: impl FnMut(T) -> io::Result<()> + Send,
) -> anyhow::Result<Ended> {
    stop_on_interrupt()?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(global.jobs.get())
        .stack_size(STACK_BYTES)
        .build()
        .context("start the threads")?;
    let judges = Judges { plan, ids, idle: Mutex::new(Vec::new()) };
    let progress = progress(global, doing);
    let done = thread::scope(|scope| {
        let (to_judge, batches) = sync_channel(WAITING_BATCHES_MAX);
        let (to_add, outcomes): (SyncSender<Vec<T>>, Receiver<_>) = sync_channel(WAITING_BATCHES_MAX);
        scope.spawn(move || read(records, &to_judge));
        let progress = &progress;
        let adder = scope.spawn(move || {
            for outcome in outcomes.iter().flatten() {
                add(outcome)?;
                progress.inc(1);
            }
            io::Result::Ok(())
        });
        for batch in batches {
            let judged = pool.install(|| judges.each(batch, &one));
            // The adder ends early only where it cannot write; its own error is told below.
            if to_add.send(judged).is_err() {
                break;
            }
        }
        drop(to_add);
        adder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    progress.finish_and_clear();
    done.context("write the reports")?;
    Ok(if is_interrupted() { Ended::Interrupted } else { Ended::Whole })
}

/// How going through the recordings ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every record was read.
    Whole,
    /// By Ctrl-C.
    Interrupted,
}

/// Ctrl-C ends what is under way; what was done until then is kept.
pub fn stop_on_interrupt() -> anyhow::Result<()> {
    match ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed)) {
        // A run that goes through the recordings several times has the handler of the first.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(()),
        Err(error) => Err(error).context("listen for Ctrl-C"),
    }
}

/// Set by Ctrl-C, for the rest of the process.
static STOP: AtomicBool = AtomicBool::new(false);

/// What Ctrl-C sets, for those who ask other threads to stop.
pub fn stop() -> &'static AtomicBool {
    &STOP
}

/// Whether Ctrl-C was pressed.
pub fn is_interrupted() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Progress on a terminal, where it is wanted.
pub fn progress(global: &Global, doing: &'static str) -> ProgressBar {
    let is_shown = global.talk > Talk::Quiet && global.stderr.reader == Reader::Terminal;
    if !is_shown {
        return ProgressBar::hidden();
    }
    let template = format!("{{spinner}} {{human_pos}} pairs {doing}, {{per_sec}}, {{elapsed}}");
    let style = ProgressStyle::with_template(&template);
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

fn read(mut records: Records, to_judge: &SyncSender<Vec<RawRecord>>) {
    while !is_interrupted() {
        let batch = batch(&mut records);
        // Nobody takes batches any more where the reports cannot be written.
        if batch.is_empty() || to_judge.send(batch).is_err() {
            return;
        }
    }
}

/// The next records, few enough to be held; none at the end.
pub fn batch(records: &mut Records) -> Vec<RawRecord> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    while batch.len() < BATCH_RECORDS_MAX && bytes < BATCH_BYTES_MAX && !is_interrupted() {
        let Some(record) = records.next() else { break };
        bytes += record.text.as_ref().map_or(0, String::len);
        batch.push(record);
    }
    batch
}

/// One set of buffers for each thread that is at work.
struct Judges<'p> {
    plan: &'p Plan,
    ids: &'p Ids,
    idle: Mutex<Vec<Judge<'p>>>,
}

impl<'p> Judges<'p> {
    fn each<T: Send>(
        &self,
        batch: Vec<RawRecord>,
        one: &(impl Fn(&RawRecord, &mut Judge<'p>) -> Option<T> + Sync),
    ) -> Vec<T> {
        let stretches: Vec<Vec<T>> = batch
            .par_chunks(STRETCH)
            .map(|records| {
                let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                let taken = idle().pop();
                let mut judge = taken.unwrap_or_else(|| Judge::new(self.plan, self.ids));
                let outcomes = records.iter().filter_map(|record| one(record, &mut judge)).collect();
                idle().push(judge);
                outcomes
            })
            .collect();
        stretches.into_iter().flatten().collect()
    }
}
