//! Verification by behaviour: what legacy answered before is held against what new answers, by the comparison that judges recordings.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, bail};
use capture::record::{self as engine, Decision, Job, Recorded, Sides};
use capture::route::Bound;
use compare::entities::Entities;
use compare::model::{Body, Exchange, Outcome, Pair, PairKind};
use compare::verdict::{Judgement, Verdict};
use handover::edge::Trouble;
use handover::machine::Cure;
use providers::asked::Account;
use providers::secret::Secret;
use store::format;
use tokio::runtime::Runtime;

use super::calls::person;
use super::cast::Cast;
use crate::commands::record::forms::{Form, Forms};
use crate::config::{Config, ConfigError};
use crate::engines::Engines;
use crate::join::Witness as Asked;
use crate::judge::{Ids, Judge};
use crate::options::Global;
use crate::plan::Plan;

/// More reads of one account say no more of whose it is.
const OPERATIONS_MAX: usize = 3;

/// What verifies accounts.
pub struct Verifier<'c> {
    forms: RefCell<Forms<'c>>,
    named: Vec<String>,
    plan: Plan,
    sides: Sides,
    runtime: Runtime,
}

/// A read that has no answer; nothing is half done.
#[derive(Debug, thiserror::Error)]
#[error("nobody takes it")]
struct Never;

impl<'c> Verifier<'c> {
    /// Compiles the operations that are read; the ones named, else all of which the first few that can be asked are.
    pub fn new(
        config: &'c Config,
        cast: &Cast,
        named: &[String],
        global: &Global,
    ) -> anyhow::Result<Verifier<'c>> {
        let operations = config.select(named)?;
        if operations.is_empty() {
            bail!(
                "the configuration declares no operation, so that nothing could show whose account new answers for"
            );
        }
        let engines = Engines::where_needed(global);
        let plan =
            Plan::compile(config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
        let sides = Sides {
            legacy: Some(Arc::clone(&cast.legacy.provider)),
            new: Some(Arc::clone(&cast.new.provider)),
        };
        let variable = |name: &str| global.environment.get(name);
        let forms = Forms::new(config, &operations, &sides, &engines, global.clock, &variable)?;
        let runtime = engine::runtime().context("begin to ask")?;
        Ok(Verifier { forms: RefCell::new(forms), named: named.to_vec(), plan, sides, runtime })
    }

    /// The threads that ask: one set for all that is asked, for connections stay with the threads that opened them.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What legacy answers now, to be held against new later.
    pub fn witness(&self, account: &str) -> Result<Vec<u8>, Trouble> {
        let forms = self.forms.borrow();
        let mut lines = String::new();
        let mut count = 0;
        for form in forms.operations.iter().filter(|form| concerns(&forms, form, account)) {
            // Both sides must be able to say it; new's account may not be there yet.
            let Ok(ask) = forms.ask(form, Asked::Legacy, Some(account), &Bound::default(), &Body::Absent)
            else {
                continue;
            };
            if !form.has(Asked::New) || count == OPERATIONS_MAX && self.named.is_empty() {
                continue;
            }
            let is_list = ask.list.is_some();
            let recorded = self.ask(Job { legacy: Some(ask), ..Job::default() })?;
            if let Some(why) = bad(&recorded.legacy) {
                let name = form.operation.name.as_str();
                return Err(Trouble::Refused {
                    why: format!("legacy, asked for {name}: {}", why.0),
                    cure: Cure::Again,
                });
            }
            let pair = Pair {
                id: format!("{}/{account}", form.operation.name),
                operation: form.operation.name.to_string(),
                kind: if is_list { PairKind::Collection } else { PairKind::Request },
                account: Some(account.to_owned()),
                legacy: recorded.legacy,
                ..Pair::default()
            };
            lines.push_str(&format::to_line(&pair));
            lines.push('\n');
            count += 1;
        }
        match count {
            0 => Err(person(
                "no operation can be asked of both sides without parameters, so that nothing could show whose account new answers for",
            )),
            _ => Ok(lines.into_bytes()),
        }
    }

    /// Whether new answers what legacy did; whether it is refused for its token, too.
    pub fn verify(&self, account: &str, id: &str, witness: &[u8]) -> Result<(), Trouble> {
        self.know(account, id);
        let text = std::str::from_utf8(witness).map_err(|_| person("what legacy answered cannot be read"))?;
        for line in text.lines() {
            let mut pair = format::parse(line).map_err(|_| person("what legacy answered cannot be read"))?;
            let forms = self.forms.borrow();
            let form = forms.operations.iter().find(|form| form.operation.name.as_str() == pair.operation);
            let Some(form) = form else { continue };
            let ask = forms.ask(form, Asked::New, Some(account), &Bound::default(), &Body::Absent);
            let ask = ask.map_err(|error| person(format!("new, asked for {}: {error}", pair.operation)))?;
            let recorded = self.ask(Job { new: Some(ask), ..Job::default() })?;
            pair.new = recorded.new;
            if let Some((why, status)) = bad(&pair.new) {
                let cure = match status {
                    Some(401 | 403) => Cure::Refresh,
                    Some(400..=499) => Cure::Person,
                    _ => Cure::Again,
                };
                return Err(Trouble::Refused {
                    why: format!("new, asked for {}: {why}", pair.operation),
                    cure,
                });
            }
            self.judge(&pair)?;
        }
        Ok(())
    }

    /// Whether new answers at all, where nothing of legacy is left to hold it against.
    pub fn answers(&self, account: &str, id: &str) -> Result<usize, String> {
        self.know(account, id);
        let forms = self.forms.borrow();
        let mut count = 0;
        for form in forms.operations.iter().filter(|form| concerns(&forms, form, account)) {
            let Ok(ask) = forms.ask(form, Asked::New, Some(account), &Bound::default(), &Body::Absent) else {
                continue;
            };
            if count == OPERATIONS_MAX {
                break;
            }
            let told = |trouble| match trouble {
                Trouble::Refused { why, .. } | Trouble::Unknown { why } => why,
            };
            let recorded = self.ask(Job { new: Some(ask), ..Job::default() }).map_err(told)?;
            if let Some((why, _)) = bad(&recorded.new) {
                return Err(format!("new, asked for {}: {why}", form.operation.name));
            }
            count += 1;
        }
        Ok(count)
    }

    /// New's account is the one of this id, whatever the accounts' file says.
    fn know(&self, account: &str, id: &str) {
        if let Some(known) = self.forms.borrow_mut().accounts.get_mut(account) {
            let columns = known.legacy.as_ref().map(|legacy| legacy.columns.clone()).unwrap_or_default();
            known.new = Some(Arc::new(Account {
                name: account.to_owned(),
                id: Secret::new(id.to_owned()),
                integration: known.integration.clone(),
                columns,
            }));
        }
    }

    fn judge(&self, pair: &Pair) -> Result<(), Trouble> {
        let mut judge = Judge::new(&self.plan, &Ids::NotAsked);
        let links = judge.links(pair);
        let mut entities = Entities::default();
        entities.add(&pair.id, &links);
        let ids = if links.is_empty() { Ids::NotAsked } else { Ids::Known(entities) };
        let judged = Judge::new(&self.plan, &ids).judge(pair, pair.id.clone(), |_| false);
        let operation = &pair.operation;
        match &judged.verdict {
            Verdict::Same | Verdict::Tolerated => Ok(()),
            Verdict::Different => Err(person(format!(
                "new answers another thing than legacy did: {} in {operation}{}",
                count(&judged),
                first(&judged)
            ))),
            Verdict::Undecided(reason) => Err(person(format!(
                "whether new answers what legacy did cannot be decided in {operation}: {}",
                reason.code.name()
            ))),
        }
    }

    fn ask(&self, job: Job) -> Result<Recorded, Trouble> {
        let mut came = None;
        let stop = AtomicBool::new(false);
        let mut take = |_: usize, recorded: &mut Recorded| {
            came = Some(std::mem::take(recorded));
            Ok::<_, Never>(Decision::Done)
        };
        let ended = engine::run_on(&self.runtime, &self.sides, &[job], 1, &stop, &mut |_| {}, &mut take);
        match (ended, came) {
            (Ok(_), Some(recorded)) => Ok(recorded),
            (Err(error), _) => Err(person(error.to_string())),
            (Ok(_), None) => Err(Trouble::Refused { why: "no answer".to_owned(), cure: Cure::Again }),
        }
    }
}

fn concerns(forms: &Forms<'_>, form: &Form<'_>, account: &str) -> bool {
    forms.accounts.get(account).is_some_and(|known| forms.concerns(form.operation, known))
}

/// Why an answer is none to hold anything against, and its status.
fn bad(exchanges: &[Exchange]) -> Option<(String, Option<u16>)> {
    exchanges.iter().find_map(|exchange| match &exchange.outcome {
        Outcome::Response(response) if (200..300).contains(&response.status) => None,
        Outcome::Response(response) => Some((format!("status {}", response.status), Some(response.status))),
        Outcome::Failure(failure) => Some((failure.kind.name().to_owned(), None)),
    })
}

fn count(judged: &Judgement) -> String {
    match judged.differences.iter().filter(|difference| difference.tolerance.is_none()).count() {
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    }
}

/// Where the first difference is; never what it is.
fn first(judged: &Judgement) -> String {
    let open = judged.differences.iter().find(|difference| difference.tolerance.is_none());
    open.map_or(String::new(), |difference| {
        format!(", the first at {}", compare::path::field_of(&difference.path))
    })
}
