//! What came back, on its way to the disk: judged where lists may have moved, redacted, written whole.

use capture::record::{Counts, Decision, Recorded};
use compare::model::{Exchange, Outcome, Pair, PairKind};
use compare::verdict::Verdict;
use store::recordings::{IfExists, Recordings, StoreError};
use store::redact::RedactError;
use store::segments::FOLDER;

use super::place::{Place, PlaceError};
use super::told::Told;
use super::wanted::{Given, Wanted};
use crate::config::{Config, MapFrom};
use crate::join::Witness;
use crate::keep::{Keeper, Keeping};

/// A list that differs after two more walks differs, or moves all the time.
const WALKS_AGAIN_MAX: usize = 2;

/// Why a pair could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk, for a new pair.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// It was redacted otherwise before.
    #[error(transparent)]
    Redact(#[from] RedactError),
}

/// Takes what came back, and writes it.
pub struct Writer<'k> {
    keeper: Keeper<'k>,
    keeping: &'k Keeping,
    recordings: &'k Recordings,
    place: Place<'k>,
    folder: String,
    counts: Counts,
    completed: u64,
    walked_again: u64,
    failed: u64,
    pages: u64,
}

impl<'k> Writer<'k> {
    /// Writes into the recordings.
    pub fn new(
        keeper: Keeper<'k>,
        keeping: &'k Keeping,
        recordings: &'k Recordings,
        place: Place<'k>,
        config: &Config,
    ) -> Writer<'k> {
        let folder = match &place {
            Place::Files { .. } => config.shown(recordings.root()),
            Place::Segments { .. } => config.shown(&recordings.root().join(FOLDER)),
        };
        Writer {
            keeper,
            keeping,
            recordings,
            place,
            folder,
            counts: Counts::default(),
            completed: 0,
            walked_again: 0,
            failed: 0,
            pages: 0,
        }
    }

    /// Writes what came back, or asks for another walk: a list of which rows moved while it was walked is no difference.
    pub fn take(&mut self, wanted: &Wanted<'_>, recorded: &mut Recorded) -> Result<Decision, KeepError> {
        let is_list =
            [&wanted.job.legacy, &wanted.job.new].into_iter().flatten().any(|ask| ask.list.is_some());
        let mut pair = pair(wanted, recorded, is_list);
        // What is mapped from the source is held against a walk that is not done again.
        let both_were_walked = wanted.job.legacy.is_some()
            && wanted.job.new.is_some()
            && wanted.operation.map_from == MapFrom::New;
        if is_list
            && both_were_walked
            && recorded.new_repeats.len() < WALKS_AGAIN_MAX
            && self.keeping.verdict(&pair) == Verdict::Different
        {
            self.walked_again += 1;
            return Ok(Decision::WalkAgain);
        }
        self.counts.add(recorded.counts);
        let sides = [&recorded.legacy, &recorded.new, &recorded.source];
        self.pages += sides.iter().map(|pages| pages.len() as u64).sum::<u64>();
        let has_failed =
            |pages: &&Vec<Exchange>| pages.iter().any(|page| matches!(page.outcome, Outcome::Failure(_)));
        self.failed += u64::from(sides.iter().any(has_failed));
        match &wanted.given {
            Given::Pair(there) => {
                let mut there = there.as_ref().clone();
                self.complete(&mut there, pair)?;
                self.recordings.write(&there, IfExists::Replace)?;
                self.completed += 1;
            }
            Given::Nothing | Given::Exchanges(..) => {
                let id = pair.id.clone();
                self.keeper.prepare(&mut pair)?;
                // Its name has a keyed digest already, and is how the next run finds it.
                pair.id = id;
                self.place.take(&pair)?;
            }
        }
        Ok(Decision::Done)
    }

    /// Adds what was missing to a pair that was written before.
    fn complete(&mut self, there: &mut Pair, pair: Pair) -> Result<(), KeepError> {
        for (witness, mut added) in
            [(Witness::Legacy, pair.legacy), (Witness::New, pair.new), (Witness::Source, pair.source)]
        {
            let place = match witness {
                Witness::Legacy => &there.legacy,
                Witness::New => &there.new,
                Witness::Source => &there.source,
            };
            if added.is_empty() || !place.is_empty() {
                continue;
            }
            self.keeper.complete(there, &mut added)?;
            match witness {
                Witness::Legacy => there.legacy = added,
                Witness::New => there.new = added,
                Witness::Source => there.source = added,
            }
        }
        Ok(())
    }

    /// Waits until all is on the disk, and tells what was done.
    pub fn end(self, told: &mut Told) -> Result<(), PlaceError> {
        told.completed = self.completed;
        told.walked_again = self.walked_again;
        told.failed = self.failed;
        told.answers = self.pages;
        told.counts = self.counts;
        told.folder = self.folder;
        told.redaction = self.keeper.told();
        told.pairs = self.place.close()?;
        Ok(())
    }
}

fn pair(wanted: &Wanted<'_>, recorded: &Recorded, is_list: bool) -> Pair {
    let mut pair = Pair {
        id: format!("{}/{}", wanted.operation.name, wanted.name),
        operation: wanted.operation.name.to_string(),
        kind: if is_list { PairKind::Collection } else { PairKind::Request },
        account: wanted.account.clone(),
        legacy: recorded.legacy.clone(),
        new: recorded.new.clone(),
        source: recorded.source.clone(),
        legacy_repeats: recorded.legacy_repeats.clone(),
        new_repeats: recorded.new_repeats.clone(),
        ..Pair::default()
    };
    if let Given::Exchanges(witness, exchanges) = &wanted.given {
        match witness {
            Witness::Legacy => pair.legacy.clone_from(exchanges),
            Witness::New => pair.new.clone_from(exchanges),
            Witness::Source => pair.source.clone_from(exchanges),
        }
    }
    let all = pair.legacy.iter().chain(&pair.new);
    pair.recorded_at = all.filter_map(|exchange| moment(exchange.started_at.as_deref()?)).min();
    pair
}

/// In UTC with milliseconds, so that texts compare as instants.
fn moment(text: &str) -> Option<String> {
    text.parse::<jiff::Timestamp>().ok().map(|instant| format!("{instant:.3}"))
}
