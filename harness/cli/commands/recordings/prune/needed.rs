//! Which of the files that may go show something that nothing else shows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use evidence::cover::{Cells, Cover};
use evidence::shapes::Facts;
use store::recordings::Recordings;

use crate::config::Config;
use crate::options::Global;
use crate::pipeline::Ended;
use crate::seen::Seen;
use crate::survey::{Looker, Reading};

/// The fewest of the files that go which show, together with those that stay, all that all show. `None` where Ctrl-C
/// ended it.
pub(super) fn files(
    config: &Config,
    recordings: &Recordings,
    staying: Vec<PathBuf>,
    going: &BTreeSet<PathBuf>,
    global: &Global,
) -> anyhow::Result<Option<Vec<PathBuf>>> {
    let Some(looker) = Looker::open(config, &[], global)? else { return Ok(None) };
    let survey = looker.survey();
    let reading = |files: Vec<PathBuf>| Reading { recordings, files, cassettes: (recordings, &[]) };
    let (staying, going) = (reading(staying), reading(going.iter().cloned().collect()));
    let Some(outline) = survey.outline(&[staying.clone(), going.clone()])? else { return Ok(None) };
    let (mut cover, mut facts, mut seen) = (Cover::default(), Facts::behind(&outline), Seen::default());
    let (_, ended) =
        survey.each(&staying, &outline, &mut facts, &mut seen, |sight| cover.cover(&sight.cells))?;
    // A file's pairs come one after the other.
    let mut file: Option<(PathBuf, Cells)> = None;
    let (_, again) = survey.each(&going, &outline, &mut facts, &mut seen, |sight| match &mut file {
        Some((name, cells)) if *name == sight.location.file => cells.add(&sight.cells),
        _ => {
            offer(&mut cover, file.take());
            file = Some((sight.location.file, sight.cells));
        }
    })?;
    offer(&mut cover, file);
    let is_whole = ended == Ended::Whole && again == Ended::Whole;
    Ok(is_whole.then(|| cover.choose().into_iter().map(|chosen| chosen.key).collect()))
}

fn offer(cover: &mut Cover<PathBuf>, file: Option<(PathBuf, Cells)>) {
    if let Some((name, cells)) = file {
        cover.offer(|| name, &cells);
    }
}
