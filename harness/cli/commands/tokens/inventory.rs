//! `cutover tokens inventory`: what is known of each account, how it can move, and what cannot.

mod show;

use std::io::Write;

use anyhow::Context;
use compare::model::Side;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::Config;
use crate::exit::Exit;
use crate::inventory::row::Way;
use crate::inventory::{self, Asking, Inventory, csv, document, reconnect};
use crate::options::tokens::{self, Plan};
use crate::options::{Format, Global, Reader, Talk};
use crate::{pipeline, profiles};

/// Takes the inventory, writes it, tells it.
pub fn run(options: &tokens::Inventory, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    anyhow::ensure!(
        config.accounts.is_some(),
        "tokens inventory: {} names no accounts; name their file under [accounts]",
        config.source.name()
    );
    pipeline::stop_on_interrupt()?;
    let progress = progress(global);
    let tick = || progress.inc(1);
    let gathered = inventory::gather(&config, options.asking, global, &tick)?;
    let inventory = inventory::take(&config, &gathered, global)?;
    let text = document::text(&inventory);
    let file = document::file(&config);
    document::put(&file, text.as_bytes())?;
    document::put(&file.with_extension("csv"), &csv::text(&inventory)?)?;
    let steps = match options.plan {
        Plan::None => None,
        Plan::Made | Plan::WithLinks => Some(plan(&config, &inventory, options, global, &tick)?),
    };
    progress.finish_and_clear();
    match (global.format, &steps) {
        (Format::Json, None) => out.write_all(text.as_bytes())?,
        (Format::Json, Some(steps)) => {
            writeln!(out, "{:#}", reconnect::document(steps, inventory.taken_at, false))?;
        }
        (Format::Text, None) => show::inventory(&inventory, options.show, &config.shown(&file), out)?,
        (Format::Text, Some(steps)) => show::plan(steps, &config.shown(&reconnect::file(&config)), out)?,
    }
    Ok(exit(&inventory))
}

/// Asks for links where they are wanted, and writes the plan after each few of them.
fn plan(
    config: &Config,
    inventory: &Inventory,
    options: &tokens::Inventory,
    global: &Global,
    tick: &(dyn Fn() + Send + Sync),
) -> anyhow::Result<Vec<reconnect::Step>> {
    let file = reconnect::file(config);
    let mut steps = reconnect::plan(inventory, &reconnect::earlier(&file));
    reconnect::put(&file, &steps, inventory.taken_at)?;
    if options.plan != Plan::WithLinks || options.asking == Asking::Nobody {
        return Ok(steps);
    }
    let mut provider = profiles::open(config, Side::New, global)?;
    provider.profile.account.headers.clear();
    provider.profile.account.query.clear();
    let at = provider.profile.inventory.as_ref().and_then(|inventory| inventory.link.clone());
    let at = at.context(
        "tokens inventory --links: new's profile does not say how a link is made ([inventory.link])",
    )?;
    let waiting: Vec<usize> =
        (0..steps.len()).filter(|index| steps[*index].state == reconnect::Progress::Waiting).collect();
    for few in waiting.chunks(reconnect::LINKS_AT_ONCE) {
        let mut asked: Vec<&mut reconnect::Step> = steps
            .iter_mut()
            .enumerate()
            .filter_map(|(index, step)| few.contains(&index).then_some(step))
            .collect();
        let (_, failed) = reconnect::links(&provider, &at, &mut asked, inventory.taken_at, tick)?;
        reconnect::put(&file, &steps, inventory.taken_at)?;
        anyhow::ensure!(failed.is_empty(), "ask new for links: {}", failed.join("; "));
        if pipeline::is_interrupted() {
            break;
        }
    }
    Ok(steps)
}

fn progress(global: &Global) -> ProgressBar {
    if global.talk == Talk::Quiet || global.stderr.reader != Reader::Terminal {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos} answers, {elapsed}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// What cannot move as it is is something to object to; too little to say so is undecided.
fn exit(inventory: &Inventory) -> Exit {
    let has = |wanted: &[Way]| inventory.rows.iter().any(|row| wanted.contains(&row.way));
    if has(&[Way::Reconnect, Way::Mend]) {
        return Exit::Different;
    }
    if inventory.interrupted || inventory.rows.is_empty() || has(&[Way::Unknown]) {
        return Exit::Undecided;
    }
    Exit::Clean
}
