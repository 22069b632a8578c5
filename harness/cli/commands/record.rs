//! `cutover record`: asks both sides for the same, without an application, and writes what came back as pairs.
//!
//! What is there already is not asked again, so that a run that was interrupted goes on where it ended.

pub mod forms;
mod wanted;
mod generated;
mod table;
mod requests;
mod replay;
mod place;
mod keep;
mod told;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::bail;
use capture::record::{self as engine, Event, Job, Sides};
use compare::model::Side;
use indicatif::{ProgressBar, ProgressStyle};
use store::recordings::Recordings;
use store::segments::Uploader;

use super::serve::own_name;
use crate::config::Config;
use crate::engines::Engines;
use crate::exit::Exit;
use crate::keep::{Keeping, Sample};
use crate::options::{Doing, Global, Reader, Record, Talk, Work};
use crate::pipeline::{stop, stop_on_interrupt};
use crate::profiles;
use crate::serve::fence::refuse_fenced;
use crate::storage;
use forms::Forms;
use place::Place;
use told::Told;
use wanted::Wanted;

/// Asks, and writes what came back.
pub fn run(options: &Record, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let operations = config.select(&options.operations)?;
    if operations.is_empty() {
        bail!("record: {} declares no operation", config.source.name());
    }
    let sides = sides(&config, &options.work, global)?;
    let variable = |name: &str| global.environment.get(name);
    let engines = Engines::where_needed(global);
    let forms = Forms::new(&config, &operations, &sides, &engines, global.clock, &variable)?;
    let keeping = Keeping::open(&config, global, options.redacting)?;
    let recordings = storage::create_recordings(&config, global)?;
    let mut told = Told::default();
    let wanted = match &options.work {
        Work::Generated => generated::wanted(&forms, options, &mut told),
        Work::Requests { file, format } => {
            requests::wanted(&forms, file, *format, options, &variable, &mut told)?
        }
        Work::Replay { paths, format, missing } => {
            replay::wanted(&forms, &recordings, (paths, *format, *missing), options, &variable, &mut told)?
        }
    };
    let wanted = wanted::due(wanted, &recordings, &keeping, options, &mut told)?;
    let jobs: Vec<Job> = wanted.iter().map(|wanted| wanted.job.clone()).collect();
    if options.doing == Doing::Tell {
        told.write_plan(&wanted, &sides, global.format, out)?;
        return Ok(told.exit());
    }
    let at_legacy = jobs.iter().filter_map(|job| job.legacy.as_ref()?.account.as_deref());
    refuse_fenced(&config, at_legacy.map(|account| account.name.as_str()), global)?;
    ask(&config, &jobs, &wanted, &sides, (&keeping, &recordings), options, global, &mut told)?;
    told.write(global.format, out)?;
    Ok(told.exit())
}

/// The providers that are asked; of a side that is only replayed from, none is needed.
fn sides(config: &Config, work: &Work, global: &Global) -> anyhow::Result<Sides> {
    let open = |side: Side| profiles::open(config, side, global).map(|provider| Some(Arc::new(provider)));
    Ok(match work {
        Work::Generated | Work::Requests { .. } => {
            Sides { legacy: open(Side::Legacy)?, new: open(Side::New)? }
        }
        Work::Replay { missing: crate::join::Witness::Legacy, .. } => {
            Sides { legacy: open(Side::Legacy)?, new: None }
        }
        Work::Replay { .. } => Sides { legacy: None, new: open(Side::New)? },
    })
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the run, and it is called once")]
fn ask(
    config: &Config,
    jobs: &[Job],
    wanted: &[Wanted<'_>],
    sides: &Sides,
    (keeping, recordings): (&Keeping, &Recordings),
    options: &Record,
    global: &Global,
    told: &mut Told,
) -> anyhow::Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    stop_on_interrupt()?;
    let stop = stop();
    let progress = progress(global, jobs.len());
    let mut pages = 0_u64;
    let name = own_name((global.clock)())?;
    let place = Place::open(recordings, options.into, jobs.len(), name)?;
    let uploader = match place {
        Place::Segments { .. } => storage::start_uploading(config, global, |_| {})?,
        Place::Files { .. } => None,
    };
    let mut writer = keep::Writer::new(keeping.keeper(Sample::All), keeping, recordings, place, config);
    let mut watch = |event: Event| match event {
        Event::Page => {
            pages += 1;
            progress.set_message(format!("{pages} answers"));
        }
        Event::Tick => progress.tick(),
    };
    let mut take = |number: usize, recorded: &mut engine::Recorded| {
        let decision = writer.take(&wanted[number], recorded)?;
        if decision == engine::Decision::Done {
            progress.inc(1);
        }
        Ok::<_, keep::KeepError>(decision)
    };
    let ended = engine::run(sides, jobs, options.concurrency, stop, &mut watch, &mut take);
    progress.finish_and_clear();
    let written = writer.end(told);
    told.uploaded = uploader.map(Uploader::finish);
    told.interrupted = ended? == engine::Ended::Stopped || stop.load(Ordering::Relaxed);
    written?;
    Ok(())
}

fn progress(global: &Global, jobs: usize) -> ProgressBar {
    if global.talk == Talk::Quiet || global.stderr.reader != Reader::Terminal {
        return ProgressBar::hidden();
    }
    let template = "{spinner} {human_pos} of {human_len} pairs, {msg}, {elapsed}, {eta} left";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(jobs as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
