//! `cutover review`: each group of differences that is not as it was accepted is shown, and accepted, rejected or skipped.
//!
//! A decision is on the disk before the next group is shown.

mod show;

use std::io::{Read, Write};

use anyhow::Context;
use evidence::snapshot::Changed;
use report::run::counted;

use crate::config::{Config, ConfigError};
use crate::exit::Exit;
use crate::options::{Format, Global, Reader, Review};
use crate::snapshots::Snapshots;

/// What is decided of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// It is as it should be.
    Accept,
    /// It is not: it waits no longer, and the next check finds it again.
    Reject,
    /// It waits on.
    Skip,
    /// This one and all that follow.
    AcceptRest,
    /// This one and all that follow wait on.
    Quit,
}

/// What became of the groups.
#[derive(Default)]
struct Outcome {
    accepted: u64,
    rejected: u64,
    waiting: u64,
}

/// Goes through what waits, of the operations that are named or of all.
pub fn run(
    options: &Review,
    global: &Global,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    config.select(&options.operations)?;
    let mut snapshots = Snapshots::read(&config).map_err(ConfigError::Invalid)?;
    let is_named =
        |changed: &Changed| options.operations.is_empty() || options.operations.contains(&changed.operation);
    let waiting: Vec<(usize, Changed)> = snapshots
        .files
        .iter()
        .enumerate()
        .flat_map(|(index, file)| file.waiting().changes.into_iter().map(move |changed| (index, changed)))
        .filter(|(_, changed)| is_named(changed))
        .collect();
    if global.format == Format::Json {
        show::json(&config, &waiting, &snapshots, out)?;
        return Ok(if waiting.is_empty() { Exit::Clean } else { Exit::Different });
    }
    if waiting.is_empty() {
        writeln!(out, "Nothing waits to be reviewed: `cutover check` finds what does.")?;
        return Ok(Exit::Clean);
    }
    let mut keys = Keys { answers: options.answers, input };
    let mut outcome = Outcome::default();
    let mut all = None;
    for (number, (file, changed)) in waiting.iter().enumerate() {
        if all.is_none() {
            writeln!(out, "{} of {}", number + 1, waiting.len())?;
            show::group(&config, changed, out)?;
        }
        let decision = match all {
            Some(decision) => decision,
            None => ask(&mut keys, out)?,
        };
        if matches!(decision, Decision::AcceptRest | Decision::Quit) {
            all = Some(decision);
        }
        let file = &mut snapshots.files[*file];
        match decision {
            Decision::Accept | Decision::AcceptRest => {
                file.accepted.set(&changed.operation, &changed.identity, changed.change.current());
                outcome.accepted += 1;
            }
            Decision::Reject => {
                if let Some(pending) = &mut file.pending {
                    pending.set(&changed.operation, &changed.identity, changed.change.accepted());
                }
                outcome.rejected += 1;
            }
            Decision::Skip | Decision::Quit => {
                outcome.waiting += 1;
                continue;
            }
        }
        file.write().with_context(|| format!("write {}", file.shown))?;
    }
    let Outcome { accepted, rejected, waiting } = outcome;
    let accepted = counted(accepted, "group", "groups");
    writeln!(out, "{accepted} accepted, {rejected} rejected, {waiting} left to review.")?;
    Ok(if rejected + waiting == 0 { Exit::Clean } else { Exit::Different })
}

/// Where the answers come from.
struct Keys<'i> {
    answers: Reader,
    input: &'i mut dyn Read,
}

impl Keys<'_> {
    /// One key; `None` where no more will come.
    fn next(&mut self) -> anyhow::Result<Option<char>> {
        if self.answers == Reader::Terminal {
            let key = console::Term::stderr().read_key().context("read a key")?;
            return Ok(match key {
                console::Key::Char(key) => Some(key),
                console::Key::Escape | console::Key::CtrlC => None,
                _ => Some('?'),
            });
        }
        // Lines are for people who write the answers down: only the letters count.
        let mut byte = [0];
        while self.input.read(&mut byte).context("read the answers")? > 0 {
            if !byte[0].is_ascii_whitespace() {
                return Ok(Some(char::from(byte[0])));
            }
        }
        Ok(None)
    }
}

fn ask(keys: &mut Keys<'_>, out: &mut dyn Write) -> anyhow::Result<Decision> {
    loop {
        write!(out, "  [a]ccept  [r]eject  [s]kip  accept [A]ll that are left  [q]uit > ")?;
        out.flush()?;
        let key = keys.next()?;
        writeln!(out, "{}\n", key.map_or(String::new(), |key| key.escape_default().to_string()))?;
        match key {
            Some('a') => return Ok(Decision::Accept),
            Some('r') => return Ok(Decision::Reject),
            Some('s') => return Ok(Decision::Skip),
            Some('A') => return Ok(Decision::AcceptRest),
            Some('q') | None => return Ok(Decision::Quit),
            Some(_) => writeln!(out, "  a, r, s, A or q")?,
        }
    }
}
