//! What was read can be written back.

use super::{Failure, Property};
use crate::subject::Answer;
use crate::tree::{Seg, Tree, path_text};

pub(super) const ROUND_TRIP: Property = Property {
    name: "round-trip",
    about: "The request's mapping turns an answer's item into what the upstream answered; needs `--round-trip`.",
    is_default: true,
    check: |seen, _, found| {
        let Some(request) = seen.campaign.others.request else { return };
        if !seen.is_aligned() || !seen.is_recorded() {
            return;
        }
        let now_ms = seen.campaign.corpus.envelopes[seen.case.envelope].now_ms;
        for (part, out) in seen.case.parts.iter().zip(seen.items.iter().flatten()) {
            let input =
                part.made.as_ref().map_or(&seen.campaign.corpus.items[part.item].input, |made| &made.input);
            let Some(body) = Tree::part(*out) else { continue };
            let asked = Tree::object([("body", body)]).json();
            let written = match request(&asked, now_ms) {
                Answer::Value(text) => Tree::read(&text),
                Answer::Undecided(_) => continue,
                Answer::Nothing | Answer::Failed { .. } => None,
            };
            let Some(written) = written else {
                let message = "the request's mapping makes nothing of the answer".to_owned();
                found.push(Failure::new(&ROUND_TRIP, String::new(), message));
                return;
            };
            let mut path = Vec::new();
            if let Some((was, is)) = unlike(input, &written, &mut path) {
                found.push(Failure {
                    path: format!("${}", path_text(&path)),
                    expected: Some(was.json()),
                    actual: Some(is.json()),
                    ..Failure::new(
                        &ROUND_TRIP,
                        path_text(&path),
                        "read and written back, it is another".to_owned(),
                    )
                });
                return;
            }
        }
    },
};

/// The first value that both have and that differs. What the request does not say, or the answer did not have, is no
/// matter; neither is how null and absent are told apart.
fn unlike<'t>(read: &'t Tree, written: &'t Tree, path: &mut Vec<Seg>) -> Option<(&'t Tree, &'t Tree)> {
    match (read, written) {
        (Tree::Object(_), Tree::Object(members)) => members.iter().find_map(|(name, written)| {
            path.push(Seg::Name(name.clone()));
            let found = read.member(name).and_then(|read| unlike(read, written, path));
            if found.is_none() {
                path.pop();
            }
            found
        }),
        (read, written) if read == written || matches!(written, Tree::Null) => None,
        (read, written) => Some((read, written)),
    }
}
