//! Goes from step to step: asks the machine what comes next, writes the intent, has it done, writes the outcome. It decides nothing itself.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::edge::{Edge, Held, Trouble};
use crate::fence;
use crate::journal::{Journal, JournalError, Keep, What};
use crate::machine::{self, Arrivals, Cure, Gain, Next, Outcome};
use crate::record::{Mode, Record, State, Step};
use crate::waves::{Begin, Pace, may_begin};

/// How often it is looked whether every proxy has seen the fence.
const LOOK_MS: u64 = 50;
/// A proxy lets its calls end within its own time limit, which is shorter.
const ACKNOWLEDGED_WITHIN: SignedDuration = SignedDuration::from_mins(2);
/// Waits between attempts: 0.5 s, 1 s, 2 s, 4 s.
const AGAIN_MS: u64 = 500;
/// A token that does not say how long it is good is lent again after this.
const LENT_UNKNOWN: SignedDuration = SignedDuration::from_mins(15);

/// Where an account came to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing is left to do.
    Done,
    /// Nothing before this moment.
    Until(Timestamp),
    /// A person looks.
    Stuck(String),
    /// It was asked to stop; `resume` goes on.
    Stopped,
}

/// How a run over several accounts ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Each came to rest.
    Whole,
    /// At the first failure that nobody explained: the others did not begin.
    Failed {
        /// Whose.
        account: String,
        /// What it was.
        why: String,
    },
    /// It was asked to stop.
    Stopped,
}

/// What is told while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum Told<'t> {
    /// An account is at a step.
    Step(&'t str, Step),
    /// An account came to rest.
    Rest(&'t str, &'t Rest),
    /// Nothing may begin before.
    Pause(Timestamp),
    /// What was sent for an account may still be under way.
    Arrivals(&'t str),
}

/// The journal, and the world.
pub struct Engine<'e, E> {
    /// What is known.
    pub journal: &'e mut Journal,
    /// What is asked.
    pub edge: &'e E,
    /// Set where a person has had enough.
    pub stop: &'e AtomicBool,
}

impl<E: Edge> Engine<'_, E> {
    /// Has accounts go on, one after the other, in their order.
    pub async fn run(
        &mut self,
        accounts: &[String],
        pace: Pace,
        watch: &mut dyn FnMut(Told<'_>),
    ) -> Result<Ended, JournalError> {
        let mut begun: Vec<Timestamp> = Vec::new();
        for account in accounts {
            loop {
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(Ended::Stopped);
                }
                // One after the other: each that began is whole, so that no canary is waited for.
                match may_begin(pace, &begun, begun.len(), self.edge.now()) {
                    Begin::Now | Begin::AfterCanary => break,
                    Begin::At(at) => {
                        watch(Told::Pause(at));
                        self.edge.sleep(LOOK_MS).await;
                    }
                }
            }
            begun.push(self.edge.now());
            let rest = self.go(account, watch).await?;
            watch(Told::Rest(account, &rest));
            match rest {
                Rest::Done | Rest::Until(_) => {}
                Rest::Stopped => return Ok(Ended::Stopped),
                Rest::Stuck(why) => return Ok(Ended::Failed { account: account.clone(), why }),
            }
        }
        Ok(Ended::Whole)
    }

    /// Has an account go on until it rests. A step in doubt that can be settled by waiting is waited for.
    pub async fn go(&mut self, account: &str, watch: &mut dyn FnMut(Told<'_>)) -> Result<Rest, JournalError> {
        let mut arrivals = Arrivals::Open;
        loop {
            let record = self.journal.record(account)?.clone();
            let known = self.edge.known(account);
            match machine::next(&record, &known, arrivals, self.edge.now()) {
                Next::Done => return Ok(Rest::Done),
                Next::Stuck(why) => return Ok(Rest::Stuck(why)),
                Next::Wait(until) => return Ok(Rest::Until(until)),
                Next::Settle(state) => {
                    let why = record.doubt.map_or("nothing is left to undo", |_| "what was in doubt is lost");
                    self.journal.settle(account, state, why, self.edge.now())?;
                }
                _ if self.stop.load(Ordering::Relaxed) => return Ok(Rest::Stopped),
                Next::LetArrive => {
                    watch(Told::Arrivals(account));
                    arrivals = self.let_arrive().await;
                }
                Next::Do(step) => {
                    watch(Told::Step(account, step));
                    self.back_off(record.attempts).await;
                    self.step(account, step).await?;
                    // What this sent may be under way now.
                    arrivals = if step == Step::Find { arrivals } else { Arrivals::Open };
                }
            }
        }
    }

    /// Slept, not looked up on a clock: that may be set meanwhile.
    async fn let_arrive(&self) -> Arrivals {
        let mut left = self.edge.arrives_within_ms();
        while left > 0 && !self.stop.load(Ordering::Relaxed) {
            self.edge.sleep(left.min(LOOK_MS)).await;
            left = left.saturating_sub(LOOK_MS);
        }
        if left == 0 { Arrivals::Over } else { Arrivals::Open }
    }

    async fn back_off(&self, attempts: u32) {
        if attempts > 0 {
            self.edge.sleep(AGAIN_MS << (attempts - 1).min(6)).await;
        }
    }

    /// Intend, do, confirm.
    async fn step(&mut self, account: &str, step: Step) -> Result<(), JournalError> {
        self.journal.intend(account, step, self.edge.now())?;
        let record = self.journal.record(account)?.clone();
        let (outcome, keep) = match self.act(&record, step).await? {
            Ok((gain, keep)) => (Outcome::Done(gain), keep),
            Err(Trouble::Refused { why, cure }) => (Outcome::Refused { why, cure }, Vec::new()),
            Err(Trouble::Unknown { why }) => (Outcome::Unknown { why }, Vec::new()),
        };
        self.journal.confirm(account, &outcome, &keep, self.edge.now())
    }

    async fn act(&mut self, record: &Record, step: Step) -> Result<Acted, JournalError> {
        let account = record.account.as_str();
        let edge = self.edge;
        Ok(match step {
            Step::Admit => edge.admit(account, record.mode).await.map(|()| nothing()),
            Step::Witness => edge.witness(account).await.map(|bytes| put(What::Witness, bytes)),
            Step::Fence => match edge.pause(account).await {
                Ok(()) => self.acknowledged().await?,
                Err(trouble) => Err(trouble),
            },
            Step::Lend => self.lend(record).await?,
            Step::Export => self.export(record).await?,
            Step::Disarm => self.disarm(account).await?,
            Step::Import => self.import(record).await?,
            Step::Find => match edge.find(account).await {
                Ok(Some(id)) => {
                    Ok((Gain::Found, vec![Keep::Put(What::NewId, Zeroizing::new(id.into_bytes()))]))
                }
                Ok(None) => Ok((Gain::Absent, Vec::new())),
                Err(trouble) => Err(trouble),
            },
            Step::Verify | Step::Finish => self.verify(record, step).await?,
            Step::Refresh => match self.new_id(account)? {
                Some(id) => self.refresh(record, &id).await?,
                None => Err(lost("its id at new")),
            },
            Step::Reclaim => match self.new_id(account)? {
                Some(id) => export(edge.reclaim(account, &id).await),
                None => Err(lost("its id at new")),
            },
            Step::Recall => match self.new_id(account)? {
                Some(id) => {
                    edge.recall(account, &id).await.map(|()| (Gain::Nothing, vec![Keep::Drop(What::NewId)]))
                }
                None => Err(lost("its id at new")),
            },
            Step::Restore => self.restore(record).await?,
            Step::Release => {
                edge.unpause(account).await.map(|()| (Gain::Nothing, vec![Keep::Drop(What::Witness)]))
            }
        })
    }

    async fn acknowledged(&mut self) -> Result<Acted, JournalError> {
        let epoch = self.journal.epoch();
        let began = self.edge.now();
        loop {
            let now = self.edge.now();
            let waited_for = fence::waited_for(self.journal.database(), epoch, now)?;
            if waited_for.is_empty() {
                return Ok(Ok(nothing()));
            }
            if self.stop.load(Ordering::Relaxed) || now.duration_since(began) > ACKNOWLEDGED_WITHIN {
                let why = format!("no word from {} that it has seen the fence", waited_for.join(", "));
                return Ok(Err(Trouble::Refused { why, cure: Cure::Again }));
            }
            self.edge.sleep(LOOK_MS).await;
        }
    }

    async fn lend(&mut self, record: &Record) -> Result<Acted, JournalError> {
        let account = record.account.as_str();
        let place = self.new_id(account)?;
        let credentials = match self.edge.export(account, Mode::Lend).await {
            Ok(credentials) => credentials.without_refresh(),
            // Nothing reached new: legacy holds what it held.
            Err(Trouble::Unknown { why }) => return Ok(Err(Trouble::Refused { why, cure: Cure::Again })),
            Err(trouble) => return Ok(Err(trouble)),
        };
        let until = credentials.expires_at.map(|at| {
            let ours = SignedDuration::ZERO - credentials.skew.0;
            at.saturating_add(ours).unwrap_or(at)
        });
        let now = self.edge.now();
        let until = until.unwrap_or(now.saturating_add(LENT_UNKNOWN).unwrap_or(now));
        let key = key(record, &credentials);
        let imported = self.edge.import(account, &credentials, place.as_deref(), &key).await;
        Ok(imported
            .map(|id| (Gain::Lent(until), vec![Keep::Put(What::NewId, Zeroizing::new(id.into_bytes()))])))
    }

    /// Between the export and this, a job of legacy's may have refreshed: what it has now is looked at just before it is taken.
    async fn disarm(&mut self, account: &str) -> Result<Acted, JournalError> {
        let Some(credentials) = self.credentials(account)? else { return Ok(Err(lost("its credentials"))) };
        let now = match self.edge.held(account).await {
            Ok(now) => now,
            Err(Trouble::Unknown { why }) => return Ok(Err(Trouble::Refused { why, cure: Cure::Again })),
            Err(trouble) => return Ok(Err(trouble)),
        };
        match (now, credentials.secret("refresh_token")) {
            (Held::Nothing, _) => return Ok(Ok(nothing())),
            (Held::Token(now), exported) if exported != Some(&now) => {
                let why = "legacy has refreshed since the export".to_owned();
                return Ok(Err(Trouble::Refused { why, cure: Cure::Export }));
            }
            (Held::Token(_) | Held::Untold, _) => {}
        }
        if let Err(trouble) = self.edge.disarm(account, &credentials).await {
            return Ok(Err(trouble));
        }
        // Who answers that it has taken other credentials may keep the former beside them.
        Ok(match self.edge.held(account).await {
            Ok(Held::Nothing | Held::Untold) => Ok(nothing()),
            Ok(Held::Token(_)) => Err(Trouble::Refused {
                why: "legacy has what refreshes still, after it was taken from it: end the account there by hand, then resume with --legacy-ended"
                    .to_owned(),
                cure: Cure::Person,
            }),
            Err(Trouble::Refused { why, .. } | Trouble::Unknown { why }) => Err(Trouble::Unknown { why }),
        })
    }

    /// What comes from a file may be older than the fence: nothing is made of it before that is known.
    async fn export(&mut self, record: &Record) -> Result<Acted, JournalError> {
        let account = record.account.as_str();
        let exported = self.edge.export(account, record.mode).await;
        if let (Ok(credentials), Mode::Transfer) = (&exported, record.mode)
            && let Some(fenced) = self.journal.fenced_since(account)?
            && let Err(trouble) = self.edge.is_latest(account, credentials, fenced).await
        {
            return Ok(Err(trouble));
        }
        Ok(export(exported))
    }

    /// What arrived already is not sent again: legacy may have refreshed it since.
    async fn restore(&mut self, record: &Record) -> Result<Acted, JournalError> {
        let account = record.account.as_str();
        let Some(credentials) = self.credentials(account)? else { return Ok(Err(lost("its credentials"))) };
        if record.doubt.is_some() && record.disarmed {
            match self.edge.export(account, Mode::Transfer).await {
                Ok(there) if there.secret("refresh_token").is_some() => return Ok(Ok(nothing())),
                Ok(_) => {}
                Err(Trouble::Unknown { why }) => return Ok(Err(Trouble::Refused { why, cure: Cure::Again })),
                Err(trouble) => return Ok(Err(trouble)),
            }
        }
        Ok(self.edge.restore(account, &credentials).await.map(|()| nothing()))
    }

    async fn import(&mut self, record: &Record) -> Result<Acted, JournalError> {
        let account = record.account.as_str();
        let place = self.new_id(account)?;
        let Some(credentials) = self.credentials(account)? else { return Ok(Err(lost("its credentials"))) };
        let key = key(record, &credentials);
        let imported = self.edge.import(account, &credentials, place.as_deref(), &key).await;
        Ok(imported.map(|id| put(What::NewId, id.into_bytes())))
    }

    /// What new says of its refresh is held against what the upstream says; not where it is only a way to find out whether an import arrived.
    async fn refresh(&mut self, record: &Record, id: &str) -> Result<Acted, JournalError> {
        let account = record.account.as_str();
        if let Err(trouble) = self.edge.refresh(account, id).await {
            return Ok(Err(trouble));
        }
        let is_looked_for = record.doubt.is_some_and(|doubt| doubt.step == Step::Import);
        Ok(match self.credentials(account)?.filter(|_| !is_looked_for) {
            Some(credentials) => self.edge.has_rotated(account, &credentials).await.map(|()| nothing()),
            None => Ok(nothing()),
        })
    }

    async fn verify(&mut self, record: &Record, step: Step) -> Result<Acted, JournalError> {
        let account = record.account.as_str();
        let (id, witness) = (self.new_id(account)?, self.journal.secret(account, What::Witness)?);
        let (Some(id), Some(witness)) = (id, witness) else {
            return Ok(Err(lost("what legacy answered before")));
        };
        let verified = self.edge.verify(account, &id, &witness).await;
        let keep = if step == Step::Finish { vec![Keep::Drop(What::Witness)] } else { Vec::new() };
        // Once new has refreshed, another refresh mends nothing.
        let verified = match verified {
            Err(Trouble::Refused { why, cure: Cure::Refresh }) if record.state != State::Imported => {
                Err(Trouble::Refused { why, cure: Cure::Reconnect })
            }
            other => other,
        };
        Ok(verified.map(|()| (Gain::Nothing, keep)))
    }

    fn new_id(&mut self, account: &str) -> Result<Option<String>, JournalError> {
        let bytes = self.journal.secret(account, What::NewId)?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()))
    }

    fn credentials(&mut self, account: &str) -> Result<Option<Credentials>, JournalError> {
        let bytes = self.journal.secret(account, What::Credentials)?;
        Ok(bytes.and_then(|bytes| Credentials::from_bytes(&bytes)))
    }
}

type Acted = Result<(Gain, Vec<Keep>), Trouble>;

fn nothing() -> (Gain, Vec<Keep>) {
    (Gain::Nothing, Vec::new())
}

fn put(what: What, bytes: Vec<u8>) -> (Gain, Vec<Keep>) {
    (Gain::Nothing, vec![Keep::Put(what, Zeroizing::new(bytes))])
}

fn export(exported: Result<Credentials, Trouble>) -> Acted {
    exported.map(|credentials| (Gain::Nothing, vec![Keep::Put(What::Credentials, credentials.to_bytes())]))
}

fn lost(what: &str) -> Trouble {
    Trouble::Refused { why: format!("the journal has not {what}"), cure: Cure::Person }
}

/// The same for every attempt at one import, and another for the next one: what a provider remembers of it must not come back later.
fn key(record: &Record, credentials: &Credentials) -> String {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    digest.update(record.account.as_bytes());
    digest.update(credentials.to_bytes().as_slice());
    digest.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
