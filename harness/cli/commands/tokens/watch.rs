//! `cutover tokens watch`: looks for signs that somebody else refreshes tokens which new holds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::Duration;

use handover::holding::{Holding, Party, holding};
use handover::journal::What;
use handover::record::Record;
use providers::upstream::upstream_of;
use report::visible;

use crate::config::{Config, ConfigError};
use crate::exit::Exit;
use crate::hand_over::state;
use crate::inventory::watch::{Holder, Look, Seen, Sign, signs};
use crate::inventory::{self, Asking, document, watch_file};
use crate::options::tokens::{Until, Watch};
use crate::options::{Format, Global, Talk};
use crate::{pipeline, profiles};

/// How often it is looked whether a person has had enough.
const TICK: Duration = Duration::from_millis(100);

/// Looks, and looks again.
pub fn run(options: &Watch, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    pipeline::stop_on_interrupt()?;
    let mut kept = watch_file::read(&config);
    let mut told = BTreeSet::new();
    let is_whole = loop {
        let look = look(&config, &options.lent, global)?;
        for why in &look.untold {
            complain(global, &format!("could not look: {why}"));
        }
        for sign in signs(kept.look.as_ref(), &look) {
            kept.keep(&sign);
            // A sign that stays is told once.
            if told.insert((sign.account.clone(), sign.kind)) {
                tell(&sign, global.format, out)?;
            }
        }
        let is_whole = look.untold.is_empty();
        kept.look = Some(look);
        document::put(&watch_file::file(&config), kept.text().as_bytes())?;
        match options.until {
            Until::Once => break is_whole,
            Until::Sign(_) if !told.is_empty() => break is_whole,
            Until::Sign(every) | Until::Stopped(every) => wait(every),
        }
        if pipeline::is_interrupted() {
            break is_whole;
        }
    };
    Ok(match (told.is_empty(), is_whole) {
        (false, _) => Exit::Different,
        (true, true) => Exit::Clean,
        (true, false) => Exit::Undecided,
    })
}

/// One look at what both sides list. Nothing of it touches a token.
fn look(config: &Config, lent: &[String], global: &Global) -> anyhow::Result<Look> {
    let gathered = inventory::gather(config, Asking::Providers, global, &|| ())?;
    let mut look =
        Look { at: (global.clock)().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), ..Look::default() };
    for (side, told) in [("legacy", &gathered.legacy), ("new", &gathered.new)] {
        if told.connections.is_none() {
            look.untold.push(told.sentence(side));
        }
    }
    let upstreams = profiles::upstreams(config).map_err(|problem| ConfigError::Invalid(vec![*problem]))?;
    let journal = match journal(config, global) {
        Ok(journal) => journal,
        Err(error) => {
            look.untold.push(format!("the journal: {error:#}"));
            BTreeMap::new()
        }
    };
    for (account, legacy, new) in inventory::paired(config, &gathered, global)? {
        let known = journal.get(&account.name);
        let listed = || {
            let id = known?.id.as_ref()?;
            gathered.new.connections.iter().flatten().find(|new| new.id == *id)
        };
        let holder = match known {
            _ if lent.contains(&account.name) => Holder::Legacy,
            Some(known) => known.holder,
            // Nobody handed it over by this program, and new has it all the same.
            None => Holder::New,
        };
        if let Some(new) = new.or_else(listed) {
            let upstream = upstream_of(&upstreams, &account.integration);
            let refused = upstream.map(|upstream| upstream.refused.as_slice()).unwrap_or_default();
            let seen = Seen::of(&account.integration, holder, new, legacy, refused);
            look.accounts.insert(account.name.clone(), seen);
        }
    }
    Ok(look)
}

/// What the journal knows of an account that was handed over, or lent.
struct Known {
    holder: Holder,
    id: Option<String>,
}

/// By account; nothing where nothing was ever handed over.
fn journal(config: &Config, global: &Global) -> anyhow::Result<BTreeMap<String, Known>> {
    if config.state.is_none() {
        return Ok(BTreeMap::new());
    }
    let Some(mut journal) = state::journal_beside(config, global)? else { return Ok(BTreeMap::new()) };
    let records: Vec<Record> = journal.records().cloned().collect();
    let mut known = BTreeMap::new();
    for record in records {
        let id = journal.secret(&record.account, What::NewId)?;
        let id = id.and_then(|id| String::from_utf8(id.to_vec()).ok());
        known.insert(record.account.clone(), Known { holder: holder(&record), id });
    }
    Ok(known)
}

fn holder(record: &Record) -> Holder {
    match holding(record) {
        Holding::One(Party::Legacy) => Holder::Legacy,
        Holding::One(Party::New) | Holding::Nobody => Holder::New,
        // Between two steps legacy's record moves because we move it.
        Holding::One(Party::Journal) | Holding::Doubt { .. } | Holding::NothingToHold => Holder::Nobody,
    }
}

fn tell(sign: &Sign, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => {
            let (account, integration) =
                (visible::one_line(&sign.account), visible::one_line(&sign.integration));
            let (kind, what) = (sign.kind.name(), visible::one_line(&sign.what));
            writeln!(out, "{} {account} ({integration}): {kind}: {what}", sign.at)?;
        }
        Format::Json => {
            writeln!(out, "{}", watch_file::document(sign))?;
        }
    }
    // Who waits for it must not wait for the next one.
    out.flush()
}

fn complain(global: &Global, what: &str) {
    if global.talk > Talk::Quiet {
        // Where nobody listens, the exit code is left.
        let _ = writeln!(io::stderr(), "{what}");
    }
}

fn wait(every: Duration) {
    let mut left = every;
    while !left.is_zero() && !pipeline::is_interrupted() {
        let step = left.min(TICK);
        std::thread::sleep(step);
        left -= step;
    }
}
