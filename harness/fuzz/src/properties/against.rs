//! The mapping as it was answers the same: what a change changes, by example.

use compare::diff::{Comparison, Scope};

use super::{Failure, Property};
use crate::subject::Answer;

pub(super) const AGAINST: Property = Property {
    name: "against",
    about: "The mapping answers what it answered at the revision that `--against` names.",
    is_default: true,
    check: |seen, worker, found| {
        let Some(previous) = seen.campaign.others.previous else { return };
        let now_ms = seen.campaign.corpus.envelopes[seen.case.envelope].now_ms;
        let before = previous(seen.input, now_ms);
        match (&before, seen.answer) {
            (Answer::Value(before), Answer::Value(after)) => {
                let mut comparison = Comparison::default();
                // What is no JSON was told before.
                let _ = worker.comparer.texts(before, after, Scope::default(), &mut comparison);
                for difference in comparison.differences.iter().filter(|one| one.tolerance.is_none()) {
                    found.push(Failure {
                        path: difference.path.clone(),
                        expected: difference.legacy.as_deref().map(str::to_owned),
                        actual: difference.new.as_deref().map(str::to_owned),
                        ..Failure::new(
                            &AGAINST,
                            format!("{} {}", difference.field, difference.kind.name()),
                            "the change changes this".to_owned(),
                        )
                    });
                }
            }
            (before, after) if before == after => {}
            (Answer::Undecided(_), _) | (_, Answer::Undecided(_)) => {}
            (before, after) => {
                let message = format!("before it {}, now it {}", told(before), told(after));
                found.push(Failure::new(&AGAINST, message.clone(), message));
            }
        }
    },
};

fn told(answer: &Answer) -> String {
    match answer {
        Answer::Value(_) => "answers".to_owned(),
        Answer::Nothing => "answers nothing".to_owned(),
        Answer::Failed { message, code, .. } => format!("fails: {message} ({code})"),
        Answer::Undecided(why) => why.clone(),
    }
}
