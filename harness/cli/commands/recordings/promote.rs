//! `cutover recordings promote`: the fewest pairs that show everything become cassettes, for git.

mod told;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use evidence::cover::{Cells, Chosen, Cover};
use evidence::shapes::Facts;
use store::recordings::{IfExists, Location, Recordings, StoreError, is_cassette};

use crate::config::Config;
use crate::exit::Exit;
use crate::keep::{Keeping, Sample};
use crate::options::Global;
use crate::options::recordings::RecordingsPromote;
use crate::pipeline::Ended;
use crate::seen::Seen;
use crate::storage::create_recordings;
use crate::survey::{self, Looker, Reading};
use told::Told;

/// What became of a pair that was chosen.
pub(super) enum Became {
    /// It was written, or would be.
    Cassette(PathBuf),
    /// It could not be: why.
    Nothing(String),
}

/// A pair that was chosen.
pub(super) struct Promoted {
    pub from: Location,
    pub pair: String,
    pub became: Became,
    pub adds: Cells,
}

/// Chooses and writes.
pub fn run(options: &RecordingsPromote, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let Some(looker) = Looker::open(&config, &options.operations, global)? else {
        return told::interrupted(out);
    };
    let survey = looker.survey();
    let cassettes = create_recordings(&config, global)?;
    let (kept, own): (Vec<PathBuf>, _) =
        cassettes.sources()?.files.into_iter().partition(|file| is_cassette(file));
    let (from, candidates) = match &options.from {
        None => (cassettes.clone(), own),
        Some(folder) => {
            let from = Recordings::open(folder)?;
            let files = from.sources()?.files;
            (from, files)
        }
    };
    let beside = (&cassettes, &kept[..]);
    let candidates = Reading { recordings: &from, files: candidates, cassettes: beside };
    let kept = Reading { recordings: &cassettes, files: kept.clone(), cassettes: beside };
    let Some(outline) = survey.outline(&[kept.clone(), candidates.clone()])? else {
        return told::interrupted(out);
    };
    let (mut cover, mut facts, mut seen) = (Cover::default(), Facts::behind(&outline), Seen::default());
    let (before, ended) = survey.each(&kept, &outline, &mut facts, &mut seen, |sight| {
        cover.cover(&sight.cells);
    })?;
    let covered_before = cover.covered();
    let (passed, again) = survey.each(&candidates, &outline, &mut facts, &mut seen, |sight| {
        let location = sight.location;
        cover.offer(|| location, &sight.cells);
    })?;
    if ended == Ended::Interrupted || again == Ended::Interrupted {
        return told::interrupted(out);
    }
    let chosen = cover.choose();
    let promoted = write(chosen, &from, &cassettes, &looker.keeping, options)?;
    let told = Told {
        options,
        config: &config,
        outline: &outline,
        facts: &facts,
        cassettes: before,
        passed,
        covered_before,
        promoted: &promoted,
    };
    told.write(global.format, out)
}

/// Reads the chosen pairs once more and writes them, in the order in which they add most.
fn write(
    chosen: Vec<Chosen<Location>>,
    from: &Recordings,
    cassettes: &Recordings,
    keeping: &Keeping,
    options: &RecordingsPromote,
) -> anyhow::Result<Vec<Promoted>> {
    let mut places: BTreeMap<Location, usize> = BTreeMap::new();
    places.extend(chosen.iter().enumerate().map(|(index, chosen)| (chosen.key.clone(), index)));
    let mut files: Vec<PathBuf> = places.keys().map(|location| location.file.clone()).collect();
    files.dedup();
    let mut became: BTreeMap<usize, (String, Became)> = BTreeMap::new();
    let mut keeper = keeping.keeper(Sample::All);
    for record in from.records(files) {
        let Some(index) = places.remove(&record.location) else { continue };
        let mut pair = record.pair().with_context(|| format!("read the pair at {}", record.location))?;
        survey::for_git(&mut pair, &mut keeper)?;
        let written = if options.dry_run {
            Ok(cassettes.path_of(&pair))
        } else {
            cassettes.write(&pair, IfExists::Refuse)
        };
        let written = match written {
            Ok(file) => Became::Cassette(file),
            Err(StoreError::Exists { path }) => {
                Became::Nothing(format!("{} is there, with another pair in it", path.display()))
            }
            Err(error) => return Err(error.into()),
        };
        became.insert(index, (pair.id, written));
        if places.is_empty() {
            break;
        }
    }
    let promoted = chosen.into_iter().enumerate().filter_map(|(index, Chosen { key, adds })| {
        let (pair, became) = became.remove(&index)?;
        Some(Promoted { from: key, pair, became, adds })
    });
    Ok(promoted.collect())
}
