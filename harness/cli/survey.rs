//! What each recorded pair shows, so that the fewest can be chosen which show everything: two passes over the recordings.
//!
//! Each pair is looked at as it would be written: one that was kept in clear is redacted first, and judged as `check`
//! judges it.

mod facts;

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use compare::model::{Pair, Redacted, Redaction};
use compare::tape::Tape;
use evidence::cover::Cells;
use evidence::shapes::{Facts, Outline, Shapes, Sheet, TooManyPaths};
use store::recordings::{Location, RawRecord, Recordings, Records};
use store::redact::RedactError;

use crate::config::{Config, ConfigError};
use crate::engines::Engines;
use crate::ids;
use crate::judge::{Ids, Judge};
use crate::keep::{Keeper, Keeping, Sample};
use crate::options::{Global, Redacting};
use crate::pipeline::{self, Ended};
use crate::plan::Plan;
use crate::seen::Seen;

/// What pairs are looked at with.
pub struct Survey<'s> {
    plan: &'s Plan,
    ids: &'s Ids,
    keeping: &'s Keeping,
    operations: &'s [String],
    global: &'s Global,
}

/// All that a survey needs, opened once for a run.
pub struct Looker<'l> {
    plan: Plan,
    ids: Ids,
    /// By which pairs in clear are redacted.
    pub keeping: Keeping,
    operations: Vec<String>,
    global: &'l Global,
}

impl<'l> Looker<'l> {
    /// For the operations that are named; for all where none is. `None` where Ctrl-C ended it.
    pub fn open(config: &Config, named: &[String], global: &'l Global) -> anyhow::Result<Option<Looker<'l>>> {
        let names = config.select(named)?.into_iter().map(|operation| operation.name.as_str().to_owned());
        let engines = Engines::where_needed(global);
        let all = config.select(&[])?;
        let plan = Plan::compile(config, &all, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
        let keeping = Keeping::open(config, global, Redacting::Replace)?;
        let (ids, ended) = ids::gather(config, &plan, global)?;
        let looker = Looker { plan, ids, keeping, operations: names.collect(), global };
        Ok((ended == Ended::Whole).then_some(looker))
    }

    /// What pairs are looked at with.
    pub fn survey(&self) -> Survey<'_> {
        let Looker { plan, ids, keeping, operations, global } = self;
        Survey { plan, ids, keeping, operations, global }
    }
}

/// Records that were looked at and show nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Pairs that were looked at.
    pub pairs: u64,
    /// Records that are no pairs.
    pub unreadable: u64,
    /// Pairs of operations that the configuration does not know, or that were not named.
    pub of_others: u64,
    /// Pairs whose id an earlier one has.
    pub duplicates: u64,
    /// Pairs in clear that cannot be redacted.
    pub refused: u64,
}

/// What one pair shows.
pub struct Sight {
    /// Where it lies.
    pub location: Location,
    /// Its cells.
    pub cells: Cells,
}

/// What was seen of a record that is a pair.
struct Looked {
    location: Location,
    id: String,
    operation: String,
    cells: Cells,
    facts: Vec<String>,
}

/// Why a record shows nothing.
#[derive(Clone, Copy)]
enum Blank {
    Unreadable,
    OfAnother,
    Refused,
}

/// Pairs of these files of a recording, but for what is a cassette already.
#[derive(Clone)]
pub struct Reading<'r> {
    /// Whose files.
    pub recordings: &'r Recordings,
    /// As it names them.
    pub files: Vec<PathBuf>,
    /// The cassettes.
    pub cassettes: (&'r Recordings, &'r [PathBuf]),
}

impl Reading<'_> {
    fn records(&self) -> Records {
        self.recordings.records_beside(self.files.clone(), self.cassettes)
    }
}

impl Survey<'_> {
    /// The first pass: the paths of all pairs. `None` where Ctrl-C ended it.
    pub fn outline(&self, readings: &[Reading<'_>]) -> anyhow::Result<Option<Outline>> {
        let idle: Mutex<Vec<Looking<'_>>> = Mutex::new(Vec::new());
        let failed: Mutex<Option<TooManyPaths>> = Mutex::new(None);
        for reading in readings {
            let records = reading.records();
            // Nothing is judged before and after: what is gathered here is not written.
            let one = |record: &RawRecord, _: &mut Judge<'_>| {
                failed.lock().unwrap_or_else(PoisonError::into_inner).is_none().then_some(())?;
                let mut looking = taken(&idle).unwrap_or_else(|| Looking::new(self, Sample::OneIn(u64::MAX)));
                let looked =
                    looking.pair(record, self).map(|pair| looking.shapes.look(&pair, &mut looking.tape));
                if let Ok(Err(error)) = looked {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(looking);
                Some(())
            };
            let plan = (self.plan, &Ids::NotAsked);
            let ended = pipeline::each(plan, records, self.global, "looked at", one, |()| Ok(()))?;
            if let Some(error) = *failed.lock().unwrap_or_else(PoisonError::into_inner) {
                return Err(error.into());
            }
            if ended == Ended::Interrupted {
                return Ok(None);
            }
        }
        let parts = idle.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter();
        let mut shapes = Shapes::default();
        for part in parts {
            shapes.merge(part.shapes)?;
        }
        Ok(Some(Outline::of(shapes)))
    }

    /// The second pass: what each pair shows, in the order of the files. Of pairs with one id the first is meant, also
    /// over several passes with one `seen`.
    pub fn each(
        &self,
        reading: &Reading<'_>,
        outline: &Outline,
        facts: &mut Facts,
        seen: &mut Seen,
        mut add: impl FnMut(Sight) + Send,
    ) -> anyhow::Result<(Passed, Ended)> {
        let idle: Mutex<Vec<Looking<'_>>> = Mutex::new(Vec::new());
        let one = |record: &RawRecord, judge: &mut Judge<'_>| {
            let mut looking = taken(&idle).unwrap_or_else(|| Looking::new(self, Sample::All));
            let looked = looking.pair(record, self).map(|pair| {
                let cells = outline.cells(&pair, &mut looking.tape, &mut looking.sheet);
                let location = record.location.clone();
                let judgement = judge.judge(&pair, location.to_string(), |_| false);
                let facts = facts::of(&pair, &judgement, self.plan);
                let Pair { id, operation, .. } = pair;
                Looked { location, id, operation, cells, facts }
            });
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(looking);
            Some(looked)
        };
        let mut passed = Passed::default();
        let adder = |looked: Result<Looked, Blank>| {
            match looked {
                Err(Blank::Unreadable) => passed.unreadable += 1,
                Err(Blank::OfAnother) => passed.of_others += 1,
                Err(Blank::Refused) => passed.refused += 1,
                Ok(Looked { id, .. }) if !seen.insert(&id) => passed.duplicates += 1,
                Ok(Looked { location, operation, mut cells, facts: told, .. }) => {
                    passed.pairs += 1;
                    cells.add(&facts.cells(&operation, &told));
                    add(Sight { location, cells });
                }
            }
            io::Result::Ok(())
        };
        let records = reading.records();
        let plan = (self.plan, self.ids);
        let ended = pipeline::each(plan, records, self.global, "looked at", one, adder)?;
        Ok((passed, ended))
    }
}

/// What one thread looks with; kept from pair to pair.
struct Looking<'s> {
    keeper: Keeper<'s>,
    shapes: Shapes,
    tape: Tape,
    sheet: Sheet,
}

fn taken<'s>(idle: &Mutex<Vec<Looking<'s>>>) -> Option<Looking<'s>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

impl<'s> Looking<'s> {
    fn new(survey: &Survey<'s>, sample: Sample) -> Looking<'s> {
        let keeper = survey.keeping.keeper(sample);
        Looking { keeper, shapes: Shapes::default(), tape: Tape::new(), sheet: Sheet::default() }
    }

    /// The pair as it would be written.
    fn pair(&mut self, record: &RawRecord, survey: &Survey<'_>) -> Result<Pair, Blank> {
        let mut pair = record.pair().map_err(|_| Blank::Unreadable)?;
        if !survey.operations.contains(&pair.operation) {
            return Err(Blank::OfAnother);
        }
        for_git(&mut pair, &mut self.keeper).map_err(|_| Blank::Refused)?;
        Ok(pair)
    }
}

/// Makes a pair what may be committed: one in clear is redacted, one with pseudonyms stays as it is, whatever key they
/// were made with.
pub fn for_git(pair: &mut Pair, keeper: &mut Keeper<'_>) -> Result<(), RedactError> {
    match &pair.redaction {
        Some(Redaction { by: Redacted::Key { .. }, .. }) => Ok(()),
        Some(Redaction { by: Redacted::Nothing, .. }) | None => keeper.prepare(pair),
    }
}
