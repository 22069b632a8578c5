//! The way into recordings: redacted, judged before and after, and marked where that does not come to the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use compare::difference::{Kind, Place};
use compare::model::{Effect, Exchange, Pair, Redacted, Redaction};
use compare::verdict::{Judgement, ReasonCode, Verdict};
use sha2::{Digest, Sha256};
use store::line::Line;
use store::redact::{self, LineError, Lists, ProtectedWords, Redactor, Replaced};
use store::secrets;

use crate::config::{Config, Operation, Request};
use crate::engines::Engines;
use crate::judge::{Ids, Judge};
use crate::options::{Global, Redacting};
use crate::plan::{Plan, Planned};
use crate::redaction_key::find_or_make;

/// Pairs that are judged otherwise after redaction are named up to this many; all are counted.
const NAMED_MAX: usize = 20;

/// What every pair goes through before it is written; made once for a run.
pub struct Keeping {
    plan: Plan,
    /// Why the plan is empty, where it is.
    no_plan: Option<String>,
    protected: BTreeMap<String, ProtectedWords>,
    /// Of operations that the configuration does not know.
    of_others: ProtectedWords,
    how: How,
}

enum How {
    Redact(Box<Redactor>),
    Keep,
}

/// Which pairs are judged before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Every one.
    All,
    /// One in so many: judging costs more than redacting.
    OneIn(u64),
}

impl Sample {
    /// Whether the pair of this number, from 1, is judged: the first of each so many.
    fn takes(self, number: u64) -> bool {
        match self {
            Sample::All => true,
            Sample::OneIn(share) => (number - 1).is_multiple_of(share.max(1)),
        }
    }
}

/// How often a pair of live capture is judged before and after.
pub const LIVE_SAMPLE: Sample = Sample::OneIn(50);

impl Keeping {
    /// Makes or finds the key, and compiles what pairs are judged by; a configuration that does not compile leaves pairs
    /// redacted and not judged.
    pub fn open(config: &Config, global: &Global, redacting: Redacting) -> anyhow::Result<Keeping> {
        let operations = config.select(&[])?;
        let engines = Engines::where_needed(global);
        let (plan, no_plan) = match Plan::compile(config, &operations, &global.as_of, &engines) {
            Ok(plan) => (plan, None),
            Err(problems) => {
                let why = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
                (Plan::empty(), Some(why))
            }
        };
        let lists = &config.redaction;
        let constants = || lists.constants.iter().map(String::as_str);
        let protected = plan.operations.iter().map(|operation| {
            let tested = tested(operation);
            let asked = config.operation(&operation.name).map(asked).unwrap_or_default();
            let words =
                ProtectedWords::of(tested.iter().chain(&asked).map(String::as_str).chain(constants()));
            (operation.name.clone(), words)
        });
        let protected = protected.collect();
        let how = match redacting {
            Redacting::Keep => How::Keep,
            Redacting::Replace => {
                let key = find_or_make(&config.folder, global.redaction_key.as_ref())?;
                let lists = Lists::new(&lists.personal, &lists.keep, &lists.words);
                How::Redact(Box::new(Redactor::new(key, lists)))
            }
        };
        Ok(Keeping { plan, no_plan, protected, of_others: ProtectedWords::of(constants()), how })
    }

    /// The key's fingerprint; none where personal data is kept.
    pub fn fingerprint(&self) -> Option<&str> {
        match &self.how {
            How::Redact(redactor) => Some(redactor.fingerprint()),
            How::Keep => None,
        }
    }

    /// A digest that names a request: keyed where personal data is replaced, for a name can be guessed by trying.
    pub fn digest(&self, text: &str) -> String {
        match &self.how {
            How::Redact(redactor) => redactor.digest(text),
            How::Keep => Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// What is decided of a pair as it is, before it is redacted; `Undecided` where nothing can be judged.
    pub fn verdict(&self, pair: &Pair) -> Verdict {
        Judge::new(&self.plan, &Ids::NotAsked).judge(pair, String::new(), |_| false).verdict
    }

    /// For one thread.
    pub fn keeper(&self, sample: Sample) -> Keeper<'_> {
        let redactor = match &self.how {
            How::Redact(redactor) => Some((**redactor).clone()),
            How::Keep => None,
        };
        let judge = Judge::new(&self.plan, &Ids::NotAsked);
        Keeper { keeping: self, redactor, judge, sample, counts: Counts::default() }
    }

    fn protected(&self, operation: &str) -> &ProtectedWords {
        self.protected.get(operation).unwrap_or(&self.of_others)
    }
}

/// What an operation's mappings and tolerances test.
fn tested(operation: &Planned) -> Vec<String> {
    let mappings = [&operation.mapping, &operation.error_mapping].into_iter().flatten();
    let mut tested: Vec<String> = mappings.flat_map(mapping::mapping::Mapping::literals).collect();
    let speaks_of_values =
        |rule: &&str| ["one_of", "pattern", "when"].iter().any(|word| rule.starts_with(word));
    let rules = operation.info.tolerances.iter().map(|tolerance| tolerance.rule.as_str());
    tested.extend(rules.filter(speaks_of_values).map(str::to_owned));
    tested
}

/// What an operation is asked by: its paths and the names in its queries are the provider's, not a person's.
fn asked(operation: &Operation) -> Vec<String> {
    let requests = [&operation.legacy, &operation.new, &operation.source].into_iter().flatten();
    let texts = |request: &Request| {
        let path = request.path.texts().flatten().map(str::to_owned);
        path.chain(request.query.keys().cloned())
            .chain(request.ignore_query.iter().cloned())
            .collect::<Vec<_>>()
    };
    requests.flat_map(texts).collect()
}

/// Makes pairs ready to be written, and counts.
pub struct Keeper<'k> {
    keeping: &'k Keeping,
    redactor: Option<Redactor>,
    judge: Judge<'k>,
    sample: Sample,
    counts: Counts,
}

/// What became of the pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub pairs: u64,
    /// Those that were judged before and after.
    pub judged: u64,
    /// Those that were there, and got another side.
    pub completed: u64,
    /// Those that have no operation to be judged by.
    pub without_operation: u64,
    /// Those whose verdict, kinds or paths are others after redaction.
    pub differ: u64,
    /// The first of them, with what differed.
    pub named: Vec<(String, String)>,
}

impl Keeper<'_> {
    /// Removes secrets, replaces personal data, and marks the pair with what that did to its verdict. Where personal
    /// data is kept on purpose, the pair says so.
    pub fn prepare(&mut self, pair: &mut Pair) -> Result<(), redact::RedactError> {
        secrets::remove(pair);
        self.counts.pairs += 1;
        let Some(redactor) = &mut self.redactor else {
            pair.redaction = Some(Redaction { version: redact::VERSION, by: Redacted::Nothing });
            return Ok(());
        };
        if matches!(&pair.redaction, Some(Redaction { by: Redacted::Key { .. }, .. })) {
            // Only refused or left as it is: it cannot be judged as it was before.
            return redactor.redact(pair, self.keeping.protected(&pair.operation));
        }
        let is_known = self.keeping.plan.find(&pair.operation).is_some();
        let is_sampled = self.sample.takes(self.counts.pairs);
        let before =
            (is_known && is_sampled).then(|| outline(&self.judge.judge(pair, String::new(), |_| false)));
        redactor.redact(pair, self.keeping.protected(&pair.operation))?;
        self.counts.without_operation += u64::from(!is_known);
        let Some(before) = before else { return Ok(()) };
        let effect = effect(&before, &outline(&self.judge.judge(pair, String::new(), |_| false)));
        self.counts.judged += 1;
        if let Effect::Differs(what) = &effect {
            self.counts.differ += 1;
            if self.counts.named.len() < NAMED_MAX {
                self.counts.named.push((pair.id.clone(), what.clone()));
            }
        }
        if let Some(Redaction { by: Redacted::Key { effect: told, .. }, .. }) = &mut pair.redaction {
            *told = effect;
        }
        Ok(())
    }

    /// What [`Keeper::prepare`] makes of a pair, as it is written: where the pair is not judged, in one go.
    pub fn line(&mut self, mut pair: Pair) -> Result<Line, LineError> {
        let is_judged =
            self.keeping.plan.find(&pair.operation).is_some() && self.sample.takes(self.counts.pairs + 1);
        match &mut self.redactor {
            Some(redactor) if !is_judged => {
                self.counts.pairs += 1;
                self.counts.without_operation += u64::from(self.keeping.plan.find(&pair.operation).is_none());
                let protected = self.keeping.protected(&pair.operation);
                redactor.line(pair, protected)
            }
            Some(_) | None => {
                self.prepare(&mut pair)?;
                Ok(Line::of(&pair)?)
            }
        }
    }

    /// Prepares what is added to a pair that was written before, such as the other side; the pair cannot be judged as it
    /// was before, and says that it was not. What is kept in clear is not added to what was redacted.
    pub fn complete(
        &mut self,
        pair: &mut Pair,
        added: &mut Vec<Exchange>,
    ) -> Result<(), redact::RedactError> {
        self.counts.pairs += 1;
        self.counts.completed += 1;
        match &mut self.redactor {
            Some(redactor) => redactor.complete(pair, added, self.keeping.protected(&pair.operation)),
            None if matches!(&pair.redaction, Some(Redaction { by: Redacted::Key { .. }, .. })) => {
                Err(redact::RedactError::Mixed { id: pair.id.clone() })
            }
            None => Ok(()),
        }
    }

    /// As [`Keeper::prepare`], with everything that was replaced; the pair is not judged.
    pub fn preview(&mut self, pair: &mut Pair) -> Result<Vec<Replaced>, redact::RedactError> {
        match &mut self.redactor {
            Some(redactor) => redactor.explain(pair, self.keeping.protected(&pair.operation)),
            None => Ok(Vec::new()),
        }
    }

    /// What became of the pairs so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What became of the pairs, in sentences that each end with a line.
    pub fn told(&self) -> String {
        let Counts { pairs, judged, completed, without_operation, differ, named } = &self.counts;
        let mut told = String::new();
        // A `String` never fails to be written to.
        let Some(redactor) = &self.redactor else {
            let _ = writeln!(told, "Personal data was kept: the recording says so.");
            return told;
        };
        let _ = write!(told, "Redacted with the key {}", redactor.fingerprint());
        let _ = match (judged, differ) {
            (0, _) => writeln!(told, "; not judged."),
            (judged, 0) if judged == pairs => writeln!(told, "; every pair is judged as before."),
            (judged, differ) => writeln!(
                told,
                "; {judged} judged before and after, {differ} of them otherwise: undecided (redaction)."
            ),
        };
        if let Some(why) = &self.keeping.no_plan {
            let _ = writeln!(told, "Nothing is judged, because {why}");
        } else if *without_operation > 0 {
            let _ = writeln!(
                told,
                "{without_operation} not judged, because the configuration has no such operation. Import again when \
                 the mapping is written: the words that it tests are left alone then."
            );
        }
        if *completed > 0 {
            let _ = writeln!(
                told,
                "{completed} not judged, because the other side was redacted in an earlier run."
            );
        }
        for (pair, what) in named {
            let _ = writeln!(told, "  {pair}: {what}");
        }
        if *differ > named.len() as u64 {
            let _ = writeln!(told, "  … and {} more", differ - named.len() as u64);
        }
        told
    }
}

/// What must be the same before and after: all of a judgement but the values.
#[derive(PartialEq, Eq)]
struct Outline {
    verdict: &'static str,
    reason: Option<ReasonCode>,
    total: u64,
    /// Sorted, because lists without a key are put in order by what stands in them.
    differences: Vec<(Place, String, Kind, Option<usize>)>,
}

fn outline(judgement: &Judgement) -> Outline {
    let reason = match &judgement.verdict {
        Verdict::Undecided(reason) => Some(reason.code),
        Verdict::Same | Verdict::Tolerated | Verdict::Different => None,
    };
    let differences = judgement.differences.iter().chain(&judgement.in_doubt).map(|difference| {
        (difference.place.clone(), difference.path.clone(), difference.kind, difference.tolerance)
    });
    let mut differences: Vec<_> = differences.collect();
    differences.sort();
    Outline { verdict: judgement.verdict.name(), reason, total: judgement.differences_total, differences }
}

/// What differs; it speaks of the redacted pair's paths only, for a path may have a name in it.
fn effect(before: &Outline, after: &Outline) -> Effect {
    if before == after {
        return Effect::Commutes;
    }
    let verdict = |outline: &Outline| match outline.reason {
        Some(reason) => format!("{} ({})", outline.verdict, reason.name()),
        None => outline.verdict.to_owned(),
    };
    let mut what = format!("{} before redaction, {} after it", verdict(before), verdict(after));
    let added = after.differences.iter().find(|difference| !before.differences.contains(difference));
    if let Some((_, path, kind, _)) = added {
        let _ = write!(what, "; new is {} at {path}", kind.name());
    } else if after.total < before.total {
        let fewer = report::run::counted(before.total - after.total, "difference", "differences");
        let _ = write!(what, "; {fewer} fewer");
    }
    Effect::Differs(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_takes_the_first_of_each_so_many() {
        let taken = |sample: Sample| (1..=200).filter(|number| sample.takes(*number)).collect::<Vec<_>>();
        assert_eq!(taken(LIVE_SAMPLE), [1, 51, 101, 151]);
        assert_eq!(taken(Sample::OneIn(0)).len(), 200);
        assert_eq!(taken(Sample::All).len(), 200);
    }

    #[test]
    fn what_differs_is_told_by_verdict_kind_and_the_path_after_redaction() {
        let outline = |verdict, paths: &[&str]| Outline {
            verdict,
            reason: None,
            total: paths.len() as u64,
            differences: paths
                .iter()
                .map(|path| (Place::Body, (*path).to_owned(), Kind::Value, None))
                .collect(),
        };
        let check = |before: Outline, after: Outline, expected: Effect| {
            assert_eq!(effect(&before, &after), expected);
        };
        check(outline("same", &[]), outline("same", &[]), Effect::Commutes);
        check(outline("different", &["$.a"]), outline("different", &["$.a"]), Effect::Commutes);
        let told = "different before redaction, different after it; new is value at $.b";
        check(
            outline("different", &["$.a"]),
            outline("different", &["$.b"]),
            Effect::Differs(told.to_owned()),
        );
        let told = "different before redaction, same after it; 1 difference fewer";
        check(outline("different", &["$.a"]), outline("same", &[]), Effect::Differs(told.to_owned()));
    }
}
