//! What is done from time to time while the proxy serves: what was dropped is told, what lacks is looked at anew, and the file
//! that says what became of the run is kept.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use capture::serve::ledger::{Counts, Ledger};
use store::recordings::runs::{Run, VERSION};

use crate::serve::live::Live;
use crate::serve::wanted::Wanted;

/// Drops are told no more often.
const TELL: Duration = Duration::from_secs(1);
/// The tally is looked at, and the run's file is written, no more often: both cost more than a pair.
const LOOK: Duration = Duration::from_secs(5);

/// What a run of capture leaves behind.
pub struct RunFile {
    /// Where its segments lie.
    pub folder: PathBuf,
    /// Its name.
    pub name: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// What time it is.
    pub clock: providers::Clock,
}

/// Does it.
pub struct Upkeep {
    ledger: Arc<Ledger>,
    live: Arc<Live>,
    wanted: Arc<Wanted>,
    /// `None`: nothing is recorded.
    run: Option<RunFile>,
    told: Counts,
    written: Counts,
    last_told: Instant,
    last_looked: Instant,
}

impl Upkeep {
    /// Begins, and writes the run's file: a run that is killed at once leaves one too.
    pub fn begin(
        ledger: &Arc<Ledger>,
        live: &Arc<Live>,
        wanted: &Arc<Wanted>,
        run: Option<RunFile>,
        now: Instant,
    ) -> std::io::Result<Upkeep> {
        let counts = ledger.counts();
        if let Some(run) = &run {
            run.write(&counts, false)?;
        }
        Ok(Upkeep {
            ledger: Arc::clone(ledger),
            live: Arc::clone(live),
            wanted: Arc::clone(wanted),
            run,
            told: counts.clone(),
            written: counts,
            last_told: now,
            last_looked: now,
        })
    }

    /// Does what is due.
    pub fn tend(&mut self, now: Instant) {
        if now.duration_since(self.last_told) >= TELL {
            self.last_told = now;
            self.tell();
        }
        if now.duration_since(self.last_looked) >= LOOK {
            self.last_looked = now;
            let tally = self.live.now().tally.clone();
            self.wanted.look(&tally);
            self.write(false);
        }
    }

    /// Nothing is under way any more.
    pub fn end(&mut self) {
        self.tell();
        self.write(true);
    }

    /// What was dropped since it was last told, by reason.
    fn tell(&mut self) {
        let counts = self.ledger.counts();
        for (what, before, now) in [
            ("Mirrors were dropped.", &self.told.dropped, &counts.dropped),
            ("Connections of callers were not opened.", &self.told.unopened, &counts.unopened),
        ] {
            for ((reason, before), (_, now)) in before.iter().zip(now) {
                if now > before {
                    tracing::warn!(reason, more = now - before, total = now, "{what}");
                }
            }
        }
        self.told = counts;
    }

    fn write(&mut self, ended: bool) {
        let Some(run) = &self.run else { return };
        let counts = self.ledger.counts();
        if counts == self.written && !ended {
            return;
        }
        match run.write(&counts, ended) {
            Ok(()) => self.written = counts,
            // A gate takes a run that does not say that it ended for one of which not all is known.
            Err(error) => tracing::error!(error = %error, "What became of this run cannot be written."),
        }
    }
}

impl RunFile {
    fn write(&self, counts: &Counts, ended: bool) -> std::io::Result<()> {
        let dropped = counts.dropped.iter().filter(|(_, pairs)| *pairs > 0);
        let run = Run {
            version: VERSION,
            run: self.name.clone(),
            started_at: self.started.to_string(),
            told_at: (self.clock)().to_string(),
            ended,
            offered: counts.offered,
            recorded: counts.recorded,
            dropped: dropped.map(|(reason, pairs)| ((*reason).to_owned(), *pairs)).collect(),
        };
        run.write(&self.folder)
    }
}
