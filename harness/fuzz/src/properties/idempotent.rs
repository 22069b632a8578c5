//! Mapping what was mapped changes nothing, where that is declared.

use super::{Failure, Property};
use crate::subject::Answer;
use crate::tree::Tree;

pub(super) const IDEMPOTENT: Property = Property {
    name: "idempotent",
    about: "Mapping the answer again changes nothing. For mappings that only tidy up; off unless it is asked for.",
    is_default: false,
    check: |seen, _, found| {
        let Answer::Value(once) = seen.answer else { return };
        let now_ms = seen.campaign.corpus.envelopes[seen.case.envelope].now_ms;
        let twice = (seen.campaign.evaluate)(once, now_ms);
        let text = match &twice {
            Answer::Value(twice) if twice == once => return,
            Answer::Value(twice) if Tree::read(twice) == Tree::read(once) => return,
            Answer::Value(twice) => Some(twice.clone()),
            Answer::Undecided(_) => return,
            Answer::Nothing | Answer::Failed { .. } => None,
        };
        found.push(Failure {
            path: "$".to_owned(),
            expected: Some(once.clone()),
            actual: text,
            ..Failure::new(&IDEMPOTENT, String::new(), "mapped again, it is another".to_owned())
        });
    },
};
