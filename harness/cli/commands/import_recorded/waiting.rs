//! Finds the pairs that still lack a side, so that what has no twin is told.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use compare::model::{Pair, Redacted, Redaction};
use store::recordings::Recordings;

use super::told::{Told, Waiting};
use crate::config::{Config, MapFrom, Operation};
use crate::join::Placed;

/// Looks through the pairs, one a file, of the operations that this import wrote to.
pub(super) fn look(recordings: &Recordings, config: &Config, told: &mut Told) -> anyhow::Result<()> {
    let operations: Vec<&Operation> =
        told.operations.iter().filter_map(|name| config.operation(name)).collect();
    let files = recordings.sources()?.files;
    for operation in operations {
        told.waiting
            .extend(pairs_of(recordings, &files, operation).filter_map(|pair| waiting(pair, operation)));
    }
    Ok(())
}

/// Refuses to import where pairs of these operations that lack a side have another key's pseudonyms, or none.
pub(super) fn refuse_other_keys(
    recordings: &Recordings,
    config: &Config,
    key: Option<&str>,
    placed: &[Placed<'_>],
) -> anyhow::Result<()> {
    let names: BTreeSet<&str> = placed.iter().map(|placed| placed.matched.operation.name.as_str()).collect();
    let files = recordings.sources()?.files;
    for operation in names.into_iter().filter_map(|name| config.operation(name)) {
        for pair in pairs_of(recordings, &files, operation) {
            let found = match &pair.redaction {
                Some(Redaction { by: Redacted::Key { fingerprint, .. }, .. }) => Some(fingerprint.as_str()),
                Some(Redaction { by: Redacted::Nothing, .. }) => None,
                None => continue,
            };
            if found != key && lacks(&pair, operation).is_some() {
                let told =
                    |key: Option<&str>| key.map_or("no key".to_owned(), |key| format!("the key {key}"));
                bail!(
                    "the pair {} was recorded with {}, and this import has {}: what was redacted differently cannot be \
                     compared; take the key of then, or remove the pair",
                    pair.id,
                    told(found),
                    told(key)
                );
            }
        }
    }
    Ok(())
}

/// The pairs of an operation that lie in a file of their own; what cannot be read is `check`'s to tell.
fn pairs_of(
    recordings: &Recordings,
    files: &[PathBuf],
    operation: &Operation,
) -> impl Iterator<Item = Pair> + use<> {
    let is_its = |file: &&PathBuf| {
        file.starts_with(operation.name.as_str()) && file.extension().is_some_and(|end| end == "json")
    };
    let own = files.iter().filter(is_its).cloned().collect();
    recordings.records(own).filter_map(|record| record.pair().ok())
}

fn lacks(pair: &Pair, operation: &Operation) -> Option<&'static str> {
    let (answers, answering) = match operation.map_from {
        MapFrom::New => (&pair.new, "new"),
        MapFrom::Source => (&pair.source, "source"),
    };
    match (pair.legacy.is_empty(), answers.is_empty()) {
        (true, _) => Some("legacy"),
        (false, true) => Some(answering),
        (false, false) => None,
    }
}

fn waiting(pair: Pair, operation: &Operation) -> Option<Waiting> {
    let lacks = lacks(&pair, operation)?;
    let mut there = pair.legacy.iter().chain(&pair.new).chain(&pair.source);
    let request = there.find_map(|exchange| exchange.request.as_ref());
    let request = request.map_or(String::new(), |request| format!("{} {}", request.method, request.url));
    Some(Waiting { pair: pair.id, lacks, request })
}
