//! As many items come out as went in.

use super::{Failure, Property};
use crate::tree::path_text;

pub(super) const LIST_LENGTH: Property = Property {
    name: "list-length",
    about: "As many items come out as went in, where recordings show that none is filtered.",
    is_default: true,
    check: |seen, _, found| {
        let Some(lists) = seen.campaign.corpus.lists.as_ref().filter(|lists| !lists.filters) else { return };
        if seen.case.whole.is_some() {
            return;
        }
        let Some(items) = &seen.items else { return };
        let (ins, outs) = (seen.case.parts.len(), items.len());
        if ins != outs {
            let path = format!("${}", path_text(&lists.output));
            found.push(Failure {
                path: path.clone(),
                expected: Some(ins.to_string()),
                actual: Some(outs.to_string()),
                ..Failure::new(&LIST_LENGTH, path, format!("{outs} items come out of {ins}"))
            });
        }
    },
};
