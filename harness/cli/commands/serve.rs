//! `cutover serve`: serves the application from legacy, asks new beside it, and records what both answered.

mod cast;
mod needs;
mod shown;
mod upkeep;

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use capture::serve::admin::Admin;
use capture::serve::budget::Budget;
use capture::serve::ledger::{Counts, Ledger};
use capture::serve::limits::BODY_BYTES_MAX;
use capture::serve::serving::{Serving, Settings};
use capture::serve::tls;
use compare::model::Side;
use serde_json::json;
use store::segments::{self, Disk, SegmentWriter, Uploaded};

use crate::config::{Config, Serve as Served};
use crate::exit::Exit;
use crate::keep::Keeping;
use crate::logs;
use crate::options::{Format, Global, KeepPairs, Preferring, Serve};
use crate::pipeline::{is_interrupted, stop_on_interrupt};
use crate::profiles;
use crate::serve::behind::{in_small_pages, stand_behind};
use crate::serve::fence::{Beat, GateHandle};
use crate::serve::live::Live;
use crate::serve::recorder::{Recording, SHOWN_MAX};
use crate::storage;
use shown::{Counting, View};
use upkeep::{RunFile, Upkeep};

/// How often it is looked whether somebody wants to stop.
const LOOK: Duration = Duration::from_millis(50);
/// More threads serve only where more cores are idle: legacy is the slow one.
const THREADS_MAX: usize = 4;

/// What is done while it serves.
pub struct Meanwhile<'s> {
    /// Where the application connects.
    pub address: SocketAddr,
    /// What became of every request so far.
    pub counts: &'s dyn Fn() -> Counts,
}

/// Serves until Ctrl-C, or a request of the system to end.
pub fn run(options: &Serve, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut wait = |_: &Meanwhile<'_>| {
        while !is_interrupted() {
            thread::sleep(LOOK);
        }
        tracing::info!("Stopping: what is under way is finished first.");
        Ok(())
    };
    meanwhile(options, global, &mut wait, out)
}

/// Serves for as long as something is done.
pub fn meanwhile(
    options: &Serve,
    global: &Global,
    act: &mut dyn FnMut(&Meanwhile<'_>) -> anyhow::Result<()>,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    in_small_pages();
    stop_on_interrupt()?;
    logs::begin(options.log, global.talk, global.clock);
    let config = Config::load(&global.config)?;
    let served = served(&config, options);
    let keeping = Arc::new(Keeping::open(&config, global, options.redacting)?);
    let (plan, wanted) = needs::of(&config, options.preferring, global)?;
    let live = Arc::new(Live::since(wanted.since()));
    let legacy = Arc::new(profiles::open(&config, Side::Legacy, global)?);
    let new = Arc::new(profiles::open(&config, Side::New, global)?);
    if let Some(why) = new.unready() {
        // Else every mirror would be dropped, one by one.
        return Err(why).context("ask the new side");
    }
    let mut settings = settings(&config, &served, (&legacy, &new), options.keeping, global)?;
    let started = (global.clock)();
    let names = cast::names(&config)?;
    let shown_sides = [("legacy", Arc::clone(&legacy)), ("new", Arc::clone(&new))];
    let sides = cast::Sides {
        legacy,
        new,
        live: Arc::clone(&live),
        keeping: Arc::clone(&keeping),
        wanted: (options.preferring == Preferring::NeededEvidence).then(|| Arc::clone(&wanted)),
    };
    let (director, fence) = cast::director(&config, &served, sides, &names, global)?;
    let director = Arc::new(director);
    let ledger = Arc::new(Ledger::default());
    let complain = complaints();
    let name = own_name(started)?;
    let beat = match fence {
        Some((gate, writing)) => {
            settings.fence = Some(Arc::new(GateHandle(Arc::clone(&gate))));
            let complain = |why: String| tracing::warn!("{why}");
            let beat = Beat::start(gate, writing, format!("serve {name}"), complain);
            Some(beat.context("acknowledge the fence")?)
        }
        None => None,
    };
    let writer = match options.keeping {
        KeepPairs::Record => Some(behind(|| writer(&config, name.clone()))?),
        KeepPairs::Discard => None,
    };

    let uploader = match options.keeping {
        KeepPairs::Record => behind(|| storage::start_uploading(&config, global, tell_uploaded))?,
        KeepPairs::Discard => None,
    };

    let listener = bind(served.listen, "listen")?;
    let view = View {
        migration: config.migration.clone(),
        started,
        ledger: Arc::clone(&ledger),
        live: Arc::clone(&live),
        budget: settings.budget.clone(),
        operations: names.operations.clone(),
        wanted: Arc::clone(&wanted),
        counting: match options.preferring {
            Preferring::NeededEvidence => Counting::Everything,
            Preferring::Nothing => Counting::ThisRun,
        },
        sides: shown_sides,
        clock: global.clock,
    };
    let admin = Admin::start(bind(served.admin, "admin")?, Arc::new(move |path: &str| view.show(path)));
    let admin = admin.context("start the admin port")?;
    let (sender, receiver) = channel();
    let serving =
        Serving::start(listener, &settings, &director, &ledger, &sender).context("start serving")?;
    drop(sender);
    let run = writer.as_ref().map(|_| RunFile {
        folder: folder(&config),
        name: name.clone(),
        started,
        clock: global.clock,
    });
    let upkeep = Upkeep::begin(&ledger, &live, &wanted, run, Instant::now());
    let mut upkeep = upkeep.context("write what becomes of this run")?;
    greet(&serving, &admin, &settings, &names, options);

    let receiver = Mutex::new(receiver);
    let prefix = format!("{name}-");
    let number = AtomicU64::new(0);
    let recording = Recording {
        keeping: &keeping,
        plan: &plan,
        writer: writer.as_ref(),
        live: &live,
        budget: &settings.budget,
        prefix: &prefix,
        operations: &names.operations,
        accounts: &names.accounts,
        number: &number,
        clock: global.clock,
        complain: &complain,
    };
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..served.recorders {
            scope.spawn(|| {
                stand_behind();
                recording.run(&receiver);
            });
        }
        scope.spawn(|| {
            stand_behind();
            while !is_over.load(Ordering::Relaxed) {
                thread::sleep(LOOK);
                upkeep.tend(Instant::now());
            }
        });
        let acted = act(&Meanwhile { address: serving.address(), counts: &|| ledger.counts() });
        // Whatever came of it, the recorders end only when serving has.
        let stopped = serving.stop().context("stop serving");
        is_over.store(true, Ordering::Relaxed);
        stopped.and(acted)
    })?;
    drop((admin, beat));
    if let Some(writer) = writer {
        writer.close();
    }
    if let Some(uploader) = uploader {
        uploader.finish();
    }
    upkeep.end();
    summary(&ledger.counts(), started, global, out)
}

fn served(config: &Config, options: &Serve) -> Served {
    let mut served = config.serve.clone().unwrap_or_default();
    served.listen = options.listen.unwrap_or(served.listen);
    served.admin = options.admin.unwrap_or(served.admin);
    served.share = options.share.unwrap_or(served.share);
    served
}

fn settings(
    config: &Config,
    served: &Served,
    (legacy, new): (&providers::provider::Provider, &providers::provider::Provider),
    keeping: KeepPairs,
    global: &Global,
) -> anyhow::Result<Settings> {
    let side = |provider: &providers::provider::Provider, of: &Option<crate::config::Provider>| {
        let file = of.as_ref().and_then(|of| of.ca.as_ref());
        let read = |file: &crate::config::FilePath| {
            std::fs::read(&file.full).with_context(|| format!("read the certificates {}", file.written))
        };
        let pem = file.map(read).transpose()?;
        let tls = tls::client(pem.as_deref())?;
        Ok::<_, anyhow::Error>(capture::serve::upstream::Upstream::new(provider.base(), &tls)?)
    };
    let pem = |file: &crate::config::FilePath| {
        std::fs::read(&file.full).with_context(|| format!("read {}", file.written))
    };
    let tls = match &served.tls {
        None => None,
        Some((certificate, key)) => Some(tls::server(&pem(certificate)?, &pem(key)?)?),
    };
    Ok(Settings {
        threads: served.threads.unwrap_or_else(|| global.jobs.get().min(THREADS_MAX)),
        legacy: side(legacy, &config.legacy)?,
        fence: None,
        new: side(new, &config.new)?,
        tls,
        budget: Budget::new(served.memory_bytes),
        shown: match keeping {
            KeepPairs::Record => None,
            KeepPairs::Discard => Some(Budget::new(SHOWN_MAX)),
        },
        mirrors_max: served.mirrors_max,
        mirror_timeout: served.timeout,
        body_bytes_max: BODY_BYTES_MAX.min(served.memory_bytes / 2),
        shutdown_timeout: served.shutdown,
        clock: global.clock,
    })
}

fn bind(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let taken = || format!("listen at {address}: say another address with --{key}, or `{key}` in [serve]");
    TcpListener::bind(address).with_context(taken)
}

/// What the segments and pairs of this run are called: by time, so that they are read in its order, and like no other run's.
pub fn own_name(started: jiff::Timestamp) -> anyhow::Result<String> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("make a name for the segments: {error}"))?;
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}-{random}", started.strftime("%Y%m%dt%H%M%S")))
}

/// Runs something on a thread that stands behind, so that the threads that it starts do too.
fn behind<T: Send>(run: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    let run = || {
        stand_behind();
        run()
    };
    thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn writer(config: &Config, name: String) -> anyhow::Result<SegmentWriter> {
    let began = Instant::now();
    let settings = segments::Settings::new(name, Arc::new(move || began.elapsed()));
    SegmentWriter::open(Arc::new(Disk), &folder(config), settings).context("begin recording")
}

/// Says, on the uploader's own thread, what has become of closed segments.
fn tell_uploaded(uploaded: &Uploaded) {
    match storage::left_behind(uploaded) {
        Some(why) => tracing::warn!("{why}"),
        None => tracing::info!(segments = uploaded.segments, "Segments are in object storage."),
    }
}

/// Where segments lie.
fn folder(config: &Config) -> PathBuf {
    config.recordings().join(segments::FOLDER)
}

/// Says what went wrong, the first few times: a disk that is full is full for every pair.
fn complaints() -> impl Fn(String) + Sync {
    const SAID_MAX: u64 = 20;
    let said = AtomicU64::new(0);
    move |why: String| {
        if said.fetch_add(1, Ordering::Relaxed) < SAID_MAX {
            tracing::warn!(why, "Not recorded.");
        }
    }
}

fn greet(serving: &Serving, admin: &Admin, settings: &Settings, names: &cast::Names, options: &Serve) {
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let (address, live_view) = (serving.address(), admin.address());
    tracing::info!("Serving legacy at {scheme}://{address}, live view at http://{live_view}/");
    let mirrored = names.operations.len() as u64;
    let what = report::run::counted(mirrored, "operation is", "operations are");
    let kept = match options.keeping {
        KeepPairs::Record => "recorded into recordings/segments",
        KeepPairs::Discard => "compared and forgotten",
    };
    tracing::info!("{what} mirrored and {kept}. Ctrl-C stops.");
    for operation in &names.left_out {
        tracing::info!(operation, "Not mirrored: it does not say how both sides are asked.");
    }
}

fn summary(
    counts: &Counts,
    started: jiff::Timestamp,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let pairs = |list: &[(&'static str, u64)]| {
        list.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect::<serde_json::Map<_, _>>()
    };
    match global.format {
        Format::Json => {
            let document = json!({
                "version": 1,
                "started_at": started.to_string(),
                "requests": counts.requests,
                "offered": counts.offered,
                "recorded": counts.recorded,
                "passed": pairs(&counts.passed),
                "dropped": pairs(&counts.dropped),
            });
            writeln!(out, "{document}")?;
        }
        Format::Text => {
            let told = |list: &[(&'static str, u64)]| {
                let some: Vec<_> = list.iter().filter(|(_, count)| *count > 0).collect();
                let some: Vec<_> =
                    some.iter().map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect();
                if some.is_empty() { "none".to_owned() } else { some.join(", ") }
            };
            writeln!(
                out,
                "{} requests: {} to be mirrored, {} recorded.",
                counts.requests, counts.offered, counts.recorded
            )?;
            writeln!(out, "Only passed on: {}.", told(&counts.passed))?;
            writeln!(out, "Mirrors dropped: {}.", told(&counts.dropped))?;
        }
    }
    let lost = counts.dropped.iter().any(|(name, count)| *name == "not_recorded" && *count > 0);
    Ok(if lost { Exit::Undecided } else { Exit::Clean })
}
