//! The state database of a migration, and the key that seals the journal's secrets.

use std::path::PathBuf;

use anyhow::{Context, bail};
use handover::database::{Database, DatabaseError};
use handover::fence::Fences;
use handover::journal::{Journal, KeySource};
use handover::postgres::Postgres;
use handover::postgres::target::Target;
use handover::seal::SealKey;
use handover::sqlite::Sqlite;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::key_file::{self, KeyFile};
use crate::options::Global;

/// Holds the key, as hexadecimal digits.
const KEY_VARIABLE: &str = "CUTOVER_STATE_KEY";
/// Holds a passphrase that the key is made of.
const PASSPHRASE_VARIABLE: &str = "CUTOVER_STATE_PASSPHRASE";
/// Holds the key that takes the other's place.
const NEW_KEY_VARIABLE: &str = "CUTOVER_STATE_NEW_KEY";
/// Where the key is made that nothing else gives.
const KEY_FILE: KeyFile = KeyFile { file: "state.key", what: "state key" };

/// Where a state database is.
enum Place {
    Sqlite(PathBuf),
    Postgres(Target),
}

impl Place {
    /// For those who look, and for proxies; it is made where it is absent.
    fn open_beside(&self) -> Result<Box<dyn Database + Send>, DatabaseError> {
        Ok(match self {
            Place::Sqlite(file) => Box::new(Sqlite::open_beside(file)?),
            Place::Postgres(target) => Box::new(Postgres::open_beside(target)?),
        })
    }

    /// For the one process that writes the journal.
    fn open_for_writing(&self, owner: &str) -> Result<Box<dyn Database>, DatabaseError> {
        Ok(match self {
            Place::Sqlite(file) => Box::new(Sqlite::open_for_writing(file, owner)?),
            Place::Postgres(target) => Box::new(Postgres::open_for_writing(target, owner)?),
        })
    }

    /// Whether there is one, so that those who only look make none.
    fn is_there(&self) -> Result<bool, DatabaseError> {
        match self {
            Place::Sqlite(file) => Ok(file.exists()),
            Place::Postgres(target) => Postgres::is_there(target),
        }
    }
}

fn place(config: &Config, global: &Global) -> anyhow::Result<Place> {
    let Some(template) = &config.state else {
        bail!(
            "the configuration has no [state], where the hand-over is written down: add [state] with url = \"sqlite:cutover.state\" or \"postgres://…\""
        );
    };
    let variable = |name: &str| global.environment.get(name);
    let url = template.resolve(&variable).context("find the state database")?;
    match url.expose().split_once(':') {
        Some(("sqlite", file)) if !file.is_empty() => {
            Ok(Place::Sqlite(config.folder.join(file.trim_start_matches("//"))))
        }
        Some(("postgres" | "postgresql", _)) => {
            let target = Target::parse(url.expose(), &config.folder).context("read `state.url`")?;
            Ok(Place::Postgres(target))
        }
        _ => bail!("`state.url` is neither sqlite:FILE nor postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
    }
}

/// The journal, for the one process that writes it. What another left open is in doubt from here on, or is done again.
pub fn journal(config: &Config, global: &Global, command: &str) -> anyhow::Result<Journal> {
    let place = place(config, global)?;
    let owner = format!(
        "`cutover tokens {command}`, process {}, since {}",
        std::process::id(),
        (global.clock)().strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let database = place.open_for_writing(&owner).context("open the journal")?;
    let mut journal = Journal::open(database, &keys(config, global)?)?;
    journal.recover((global.clock)())?;
    Ok(journal)
}

/// The journal, for those who look; `None`: nothing was ever handed over.
pub fn journal_beside(config: &Config, global: &Global) -> anyhow::Result<Option<Journal>> {
    let place = place(config, global)?;
    if !place.is_there().context("find the journal")? {
        return Ok(None);
    }
    let database = place.open_beside().context("open the journal")?;
    Ok(Some(Journal::open(database, &keys(config, global)?)?))
}

/// The state database, for those who look and open nothing that is sealed; `None`: nothing was ever handed over.
pub fn database_beside(config: &Config, global: &Global) -> anyhow::Result<Option<Box<dyn Database>>> {
    let place = place(config, global)?;
    if !place.is_there().context("find the state database")? {
        return Ok(None);
    }
    Ok(Some(place.open_beside().context("open the state database")?))
}

/// The fence, for a proxy, which has no key. Where there is no `[state]` there is none; a database that is absent is made.
pub fn fences(config: &Config, global: &Global) -> anyhow::Result<Option<Fences>> {
    if config.state.is_none() {
        return Ok(None);
    }
    let database = place(config, global)?.open_beside().context("open the state database")?;
    Ok(Some(Fences::new(database)))
}

/// The fence as it is now, for those who only look: where there is no database yet, nobody was fenced off.
pub fn fences_beside(config: &Config, global: &Global) -> anyhow::Result<Option<Fences>> {
    if config.state.is_none() {
        return Ok(None);
    }
    let is_there = place(config, global)?.is_there().context("find the state database")?;
    if is_there { fences(config, global) } else { Ok(None) }
}

/// As people are told it; without credentials.
pub fn shown(config: &Config, global: &Global) -> anyhow::Result<String> {
    Ok(match place(config, global)? {
        Place::Sqlite(file) => config.shown(&file),
        Place::Postgres(target) => target.name(),
    })
}

/// The keys that may open the journal: in a file, there are two while one takes the other's place.
fn keys(config: &Config, global: &Global) -> anyhow::Result<Vec<KeySource>> {
    let variable = |name: &str| global.environment.get(name).map(Zeroizing::new);
    if let Some(text) = variable(KEY_VARIABLE) {
        let key = SealKey::parse(&text).with_context(|| format!("read {KEY_VARIABLE}"))?;
        return Ok(vec![KeySource::Key(key)]);
    }
    if let Some(text) = variable(PASSPHRASE_VARIABLE) {
        return Ok(vec![KeySource::Passphrase(text)]);
    }
    let made = || SealKey::random().map(|key| key.expose()).map_err(|error| error.to_string());
    let text = key_file::find_or_make(&config.folder, KEY_FILE, made)?;
    let next = key_file::next(&config.folder, KEY_FILE)?;
    let key = |text: Zeroizing<String>| {
        Ok(KeySource::Key(SealKey::parse(&text).context("read the state key .cutover/state.key")?))
    };
    [Some(text), next].into_iter().flatten().map(key).collect()
}

/// Seals everything with another key. A key in a file is replaced once everything is sealed with the new one; how many were sealed, and where the
/// key is.
pub fn change_key(
    journal: &mut Journal,
    config: &Config,
    global: &Global,
) -> anyhow::Result<(usize, String)> {
    if let Some(text) = global.environment.get(NEW_KEY_VARIABLE).map(Zeroizing::new) {
        let key = SealKey::parse(&text).with_context(|| format!("read {NEW_KEY_VARIABLE}"))?;
        let count = journal.change_key(&KeySource::Key(key))?;
        return Ok((count, format!("from now on it is the value of {KEY_VARIABLE}")));
    }
    if [KEY_VARIABLE, PASSPHRASE_VARIABLE].iter().any(|name| global.environment.get(name).is_some()) {
        bail!("the key comes from the environment, and so must the new one: set {NEW_KEY_VARIABLE}");
    }
    // Both keys are on the disk before anything is sealed anew, so that a crash between leaves the one that opens it.
    if let Some(text) = key_file::next(&config.folder, KEY_FILE)? {
        // An earlier change did not come to its end: the key that opens the journal stays.
        let next = SealKey::parse(&text).context("read the state key .cutover/state.key.next")?;
        match next.fingerprint() == journal.key_fingerprint() {
            true => key_file::take_next(&config.folder, KEY_FILE)?,
            false => key_file::drop_next(&config.folder, KEY_FILE)?,
        }
    }
    let key = SealKey::random()?;
    key_file::write_next(&config.folder, KEY_FILE, &key.expose())?;
    let count = journal.change_key(&KeySource::Key(key))?;
    key_file::take_next(&config.folder, KEY_FILE)?;
    Ok((count, format!(".cutover/{}", KEY_FILE.file)))
}
