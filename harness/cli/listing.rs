//! Goes through recordings without looking into bodies: by the catalogues of segments, else by the ends of each text.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use store::recordings::{Catalogue, Head, Location, RawRecord, ReadProblem, Recordings};
use store::segments::State;

use crate::options::Global;
use crate::pipeline::{self, Ended};

/// A record, as far as it was looked at.
pub struct Listed {
    /// Where it lies.
    pub location: Location,
    /// What is known of it; none where it is no pair.
    pub head: Option<Head>,
}

/// How much of a record is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What stands before and behind its sides.
    Ends,
    /// What each side answered, too: where there is no catalogue, all of it is read.
    Answers,
}

/// Every record of the files, in their order.
pub fn each(
    recordings: &Recordings,
    files: Vec<PathBuf>,
    depth: Depth,
    global: &Global,
    mut add: impl FnMut(Listed) -> io::Result<()>,
) -> anyhow::Result<Ended> {
    pipeline::stop_on_interrupt()?;
    let pool =
        ThreadPoolBuilder::new().num_threads(global.jobs.get()).build().context("start the threads")?;
    let progress = pipeline::progress(global, "listed");
    let mut add = |listed: Listed| {
        progress.inc(1);
        add(listed)
    };
    let mut plain = Vec::new();
    for file in files {
        match recordings.catalogue(&file) {
            None => plain.push(file),
            Some(catalogue) => {
                of_texts(recordings, std::mem::take(&mut plain), depth, &pool, &mut add)?;
                of_segment(file, catalogue, &mut add)?;
            }
        }
    }
    of_texts(recordings, plain, depth, &pool, &mut add)?;
    progress.finish_and_clear();
    Ok(if pipeline::is_interrupted() { Ended::Interrupted } else { Ended::Whole })
}

fn of_texts(
    recordings: &Recordings,
    files: Vec<PathBuf>,
    depth: Depth,
    pool: &ThreadPool,
    add: &mut impl FnMut(Listed) -> io::Result<()>,
) -> io::Result<()> {
    // What lies twice is listed twice.
    let mut records = recordings.records_beside(files, (recordings, &[]));
    let listed = |record: &RawRecord| {
        let head = match depth {
            Depth::Ends => Head::of(record),
            Depth::Answers => Head::with_answers(record),
        };
        Listed { location: record.location.clone(), head }
    };
    while !pipeline::is_interrupted() {
        let batch = pipeline::batch(&mut records);
        if batch.is_empty() {
            break;
        }
        let batch: Vec<Listed> = pool.install(|| batch.par_iter().map(listed).collect());
        batch.into_iter().try_for_each(&mut *add)?;
    }
    Ok(())
}

fn of_segment(
    file: PathBuf,
    catalogue: Result<Catalogue, ReadProblem>,
    add: &mut impl FnMut(Listed) -> io::Result<()>,
) -> io::Result<()> {
    let Ok(catalogue) = catalogue else {
        return add(Listed { location: Location { file, line: None }, head: None });
    };
    for (number, entry) in (1..).zip(catalogue.entries) {
        if pipeline::is_interrupted() {
            break;
        }
        let location = Location { file: file.clone(), line: Some(number) };
        add(Listed { location, head: entry.ok().map(Head::from) })?;
    }
    Ok(())
}

/// Whether somebody may still write a file: it is a segment that was not closed.
pub fn is_open(recordings: &Recordings, file: &Path) -> bool {
    let state = |catalogue: Catalogue| matches!(catalogue.state, State::Growing | State::Left);
    recordings.catalogue(file).is_some_and(|catalogue| catalogue.is_ok_and(state))
}
