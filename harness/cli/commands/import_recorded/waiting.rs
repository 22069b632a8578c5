//! Finds the pairs that still lack a side, so that what has no twin is told.

use compare::model::Pair;
use store::recordings::Recordings;

use super::told::{Told, Waiting};
use crate::config::{Config, MapFrom, Operation};

/// Looks through the pairs, one a file, of the operations that this import wrote to.
pub(super) fn look(recordings: &Recordings, config: &Config, told: &mut Told) -> anyhow::Result<()> {
    let operations: Vec<&Operation> =
        told.operations.iter().filter_map(|name| config.operation(name)).collect();
    let files = recordings.sources()?.files;
    for operation in operations {
        let is_its = |file: &&std::path::PathBuf| {
            file.starts_with(operation.name.as_str()) && file.extension().is_some_and(|end| end == "json")
        };
        let own = files.iter().filter(is_its).cloned().collect();
        // What cannot be read is `check`'s to tell.
        let pairs = recordings.records(own).filter_map(|record| record.pair().ok());
        told.waiting.extend(pairs.filter_map(|pair| waiting(pair, operation)));
    }
    Ok(())
}

fn waiting(pair: Pair, operation: &Operation) -> Option<Waiting> {
    let (answers, answering) = match operation.map_from {
        MapFrom::New => (&pair.new, "new"),
        MapFrom::Source => (&pair.source, "source"),
    };
    let lacks = match (pair.legacy.is_empty(), answers.is_empty()) {
        (true, _) => "legacy",
        (false, true) => answering,
        (false, false) => return None,
    };
    let mut there = pair.legacy.iter().chain(&pair.new).chain(&pair.source);
    let request = there.find_map(|exchange| exchange.request.as_ref());
    let request = request.map_or(String::new(), |request| format!("{} {}", request.method, request.url));
    Some(Waiting { pair: pair.id, lacks, request })
}
