//! Everything that a hand-over needs, opened once: the journal, the providers, what verifies, and the runtime that calls are made on.

use std::path::Path;

use anyhow::Context;
use handover::engine::{Ended, Engine, Rest, Told};
use handover::export_file::{self, Whose};
use handover::journal::Journal;
use handover::waves::Pace;
use indicatif::{ProgressBar, ProgressStyle};
use providers::upstream::Upstream;

use super::Cast;
use super::calls::Desk;
use super::edge::{Providers, Sent};
use super::introspection::Endpoint;
use super::source_file;
use super::witness::Verifier;
use crate::config::{Config, ConfigError};
use crate::options::hand_over::Source;
use crate::options::{Global, Reader, Talk};
use crate::pipeline::{stop, stop_on_interrupt};
use crate::profiles;

/// The providers as the engine asks them.
pub fn providers<'c>(
    cast: &'c Cast,
    verifier: &'c Verifier<'c>,
    source: &Source,
    config: &Config,
    global: &Global,
) -> anyhow::Result<Providers<'c>> {
    let upstreams = profiles::upstreams(config).map_err(|problem| ConfigError::Invalid(vec![*problem]))?;
    let endpoint = |upstream: &Upstream| {
        let of = upstream.introspection.as_ref()?;
        let endpoint = Endpoint::new(of, global).map_err(|error| format!("{error:#}"));
        Some((upstream.title.clone(), endpoint))
    };
    let introspection = upstreams.iter().filter_map(endpoint).collect();
    Ok(Providers {
        cast,
        legacy: Desk::new(&cast.legacy),
        new: Desk::new(&cast.new),
        verifier,
        file: source.file.as_deref().map(|name| sent(name, cast, source, global)).transpose()?,
        ended: source.legacy,
        upstreams,
        introspection,
        clock: global.clock,
    })
}

/// What legacy's support sent; the profile names its columns, and the command line those that are otherwise.
fn sent(name: &Path, cast: &Cast, source: &Source, global: &Global) -> anyhow::Result<Sent> {
    let text = source_file::read(name, &|name| global.environment.get(name))?;
    let mut columns = cast.legacy.tokens.file.clone();
    columns.extend(source.columns.clone());
    let read = export_file::read(&text, &columns);
    let credentials = read.with_context(|| format!("read {}", source_file::shown(name)))?;
    Ok(Sent { whose: Whose::of(&columns), made_at: source.made_at, credentials })
}

/// Has accounts go on until each rests, tells how, and answers how it ended.
pub fn run(
    journal: &mut Journal,
    providers: &Providers<'_>,
    accounts: &[String],
    pace: Pace,
    global: &Global,
) -> anyhow::Result<Ended> {
    stop_on_interrupt()?;
    let progress = progress(global, accounts.len());
    let is_verbose = global.talk == Talk::Verbose;
    let mut watch = |told: Told<'_>| match told {
        Told::Step(account, step) => {
            progress.set_message(format!("{account}: {}", step.name()));
            progress.tick();
        }
        Told::Rest(account, rest) => {
            progress.inc(1);
            if is_verbose {
                let told = match rest {
                    Rest::Done => "done".to_owned(),
                    Rest::Until(until) => format!("again at {until}"),
                    Rest::Stuck(why) => why.clone(),
                    Rest::Stopped => "stopped".to_owned(),
                };
                progress.suspend(|| note(&format!("{account}: {told}")));
            }
        }
        Told::Pause(until) => {
            progress.set_message(format!("the next one may begin at {until}"));
            progress.tick();
        }
        Told::Arrivals(account) => {
            progress.set_message(format!("{account}: what was sent may still arrive; it is waited for"));
            progress.tick();
        }
    };
    let mut engine = Engine { journal, edge: providers, stop: stop() };
    let ended = providers.verifier.runtime().block_on(engine.run(accounts, pace, &mut watch));
    progress.finish_and_clear();
    Ok(ended?)
}

/// Says something beside the results.
pub fn note(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn progress(global: &Global, accounts: usize) -> ProgressBar {
    if global.talk == Talk::Quiet || global.stderr.reader != Reader::Terminal {
        return ProgressBar::hidden();
    }
    let template = "{spinner} {human_pos} of {human_len} accounts, {elapsed}: {msg}";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(accounts as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
