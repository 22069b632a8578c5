//! Reads, judges and adds up, each on its own threads, in memory that does not grow with the pairs.
//!
//! One thread reads batches ahead, all cores judge a batch, one thread adds up the one before. Batches keep the order
//! of the files, so the outcome does not depend on how many threads there are.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context;
use compare::verdict::{Judgement, Reason, ReasonCode, Verdict};
use evidence::tally::Tally;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use store::format::FormatError;
use store::recordings::{RawRecord, ReadProblem, RecordError, Records};

use super::changed::Changed;
use crate::exercise::Exercise;
use crate::judge::Judge;
use crate::options::{Global, Reader, Talk};
use crate::plan::Plan;
use crate::seen::Seen;

/// A batch has at most this many records: enough to share among cores, few enough to hold all their differences.
const BATCH_RECORDS_MAX: usize = 256;

/// A batch ends when it holds this much text.
const BATCH_BYTES_MAX: usize = 4 << 20;

/// Batches that wait between two steps; a record may be as large as a body, so it is few.
const WAITING_BATCHES_MAX: usize = 2;

/// Pairs that one thread judges at a stretch with one set of buffers.
const STRETCH: usize = 16;

/// What a run comes to.
pub struct Judged {
    /// All verdicts, added up.
    pub tally: Tally,
    /// Where Ctrl-C ended it: what was done until then.
    pub interrupted: Option<String>,
}

/// Judges every record; `each` gets every judgement in the order of the files.
pub fn judge(
    plan: &Plan,
    records: Option<Records>,
    is_named: bool,
    changed: &Changed,
    global: &Global,
    exercise: &mut Exercise,
    mut each: impl FnMut(&Judgement) -> io::Result<()> + Send,
) -> anyhow::Result<Judged> {
    let Some(records) = records else { return Ok(Judged { tally: Tally::default(), interrupted: None }) };
    let stop = stop_on_interrupt()?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(global.jobs.get())
        .build()
        .context("start the threads")?;
    let judges = Judges { plan, idle: Mutex::new(Vec::new()) };
    let wanted = |record: &RawRecord, judgement: &Judgement| {
        let is_planned = !is_named || plan.find(&judgement.operation).is_some();
        is_planned && changed.concerns_pair(&record.location.file, &judgement.operation)
    };
    let progress = progress(global);
    let mut tally = Tally::default();
    let written = thread::scope(|scope| {
        let (to_judge, batches) = sync_channel(WAITING_BATCHES_MAX);
        let (to_add, judgements): (SyncSender<Vec<Judgement>>, Receiver<_>) =
            sync_channel(WAITING_BATCHES_MAX);
        let reader_stop = Arc::clone(&stop);
        scope.spawn(move || read(records, &to_judge, &reader_stop));
        let (tally, progress) = (&mut tally, &progress);
        let adder = scope.spawn(move || add_up(&judgements, tally, progress, &mut each));
        for batch in batches {
            let judged = pool.install(|| judges.judge(&batch, &wanted));
            pool.install(|| watch(exercise, plan, &judged));
            let judged = judged.into_iter().map(|(_, judgement)| judgement).collect();
            // The adder ends early only where it cannot write; its own error is told below.
            if to_add.send(judged).is_err() {
                break;
            }
        }
        drop(to_add);
        adder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    progress.finish_and_clear();
    written.context("write the reports")?;
    let interrupted = stop.load(Ordering::Relaxed).then(|| format!("after {} pairs", tally.totals.pairs));
    Ok(Judged { tally, interrupted })
}

/// Ctrl-C ends reading; what was read is judged and reported.
fn stop_on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    match ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)) {
        // Only tests run twice in one process; the first handler is then as good.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(stop),
        Err(error) => Err(error).context("listen for Ctrl-C"),
    }
}

fn progress(global: &Global) -> ProgressBar {
    let is_shown = global.talk > Talk::Quiet && global.stderr.reader == Reader::Terminal;
    if !is_shown {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos} pairs judged, {per_sec}, {elapsed}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

fn read(records: Records, to_judge: &SyncSender<Vec<RawRecord>>, stop: &AtomicBool) {
    let mut batch = Vec::new();
    let mut bytes = 0;
    for record in records {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        bytes += record.text.as_ref().map_or(0, String::len);
        batch.push(record);
        if batch.len() >= BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX {
            bytes = 0;
            // Nobody takes batches any more where the reports cannot be written.
            if to_judge.send(std::mem::take(&mut batch)).is_err() {
                return;
            }
        }
    }
    if !batch.is_empty() {
        let _ = to_judge.send(batch);
    }
}

/// One set of buffers for each thread that is at work.
struct Judges<'p> {
    plan: &'p Plan,
    idle: Mutex<Vec<Judge<'p>>>,
}

impl Judges<'_> {
    /// Each wanted record with its judgement.
    fn judge<'b>(
        &self,
        batch: &'b [RawRecord],
        wanted: &(impl Fn(&RawRecord, &Judgement) -> bool + Sync),
    ) -> Vec<(&'b RawRecord, Judgement)> {
        let stretches: Vec<Vec<(&RawRecord, Judgement)>> = batch
            .par_chunks(STRETCH)
            .map(|records| {
                let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                let taken = idle().pop();
                let mut judge = taken.unwrap_or_else(|| Judge::new(self.plan));
                let judged = records.iter().map(|record| (record, one(record, &mut judge)));
                let judged = judged.filter(|(record, judgement)| wanted(record, judgement));
                let judged = judged.collect();
                idle().push(judge);
                judged
            })
            .collect();
        stretches.into_iter().flatten().collect()
    }
}

/// Evaluates those that belong to the sample once more and counts what is exercised.
fn watch(exercise: &mut Exercise, plan: &Plan, judged: &[(&RawRecord, Judgement)]) {
    let taken: Vec<_> = judged
        .iter()
        .filter(|(record, judgement)| {
            let bytes = record.text.as_ref().map_or(0, String::len);
            exercise.takes(plan, judgement, bytes)
        })
        .collect();
    let watched: Vec<_> = taken
        .par_iter()
        .map(|(record, _)| record.pair().map_or_else(|_| Vec::new(), |pair| exercise.observe(plan, &pair)))
        .collect();
    for ((_, judgement), observed) in taken.into_iter().zip(watched) {
        exercise.add(observed, judgement.account.as_deref());
    }
}

fn one(record: &RawRecord, judge: &mut Judge<'_>) -> Judgement {
    let location = record.location.to_string();
    match record.pair() {
        Ok(pair) => judge.judge(&pair, location),
        Err(error) => unreadable(&error, record, location),
    }
}

/// A record that is no pair is judged all the same: it was meant to be evidence.
fn unreadable(error: &RecordError, record: &RawRecord, location: String) -> Judgement {
    let code = match error {
        RecordError::Format(FormatError::UnknownVersion { .. }) => ReasonCode::UnknownVersion,
        RecordError::Unread(ReadProblem::TooLarge { .. }) => ReasonCode::Limit,
        RecordError::Unread(_) | RecordError::Format(_) | RecordError::Misplaced { .. } => ReasonCode::Torn,
    };
    let operation = super::operation_of(&record.location.file).unwrap_or_default().to_owned();
    Judgement {
        pair: location.clone(),
        operation,
        account: None,
        integration: None,
        verdict: Verdict::Undecided(Reason { code, detail: error.to_string() }),
        differences: Vec::new(),
        differences_total: 0,
        notes: Vec::new(),
        legacy_status: None,
        new_status: None,
        location,
    }
}

fn add_up(
    judgements: &Receiver<Vec<Judgement>>,
    tally: &mut Tally,
    progress: &ProgressBar,
    each: &mut impl FnMut(&Judgement) -> io::Result<()>,
) -> io::Result<()> {
    let mut seen = Seen::default();
    for mut judgement in judgements.iter().flatten() {
        if !seen.insert(&judgement.pair) {
            let detail =
                format!("another pair has the id {}: this one is at {}", judgement.pair, judgement.location);
            judgement.verdict = Verdict::Undecided(Reason { code: ReasonCode::DuplicateId, detail });
            judgement.differences.clear();
            judgement.differences_total = 0;
        }
        tally.add(&judgement);
        each(&judgement)?;
        progress.inc(1);
    }
    Ok(())
}
