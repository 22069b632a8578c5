//! Two engines answer the same.

use super::{Failure, Property};

pub(super) const ENGINES: Property = Property {
    name: "engines",
    about: "The native engine and the JavaScript reference answer the same; needs `--oracle`.",
    is_default: true,
    check: |seen, _, found| {
        let Some(disagreement) = seen.campaign.others.disagreement else { return };
        let now_ms = seen.campaign.corpus.envelopes[seen.case.envelope].now_ms;
        if let Some(message) = disagreement(seen.input, now_ms) {
            found.push(Failure::new(&ENGINES, String::new(), message));
        }
    },
};
