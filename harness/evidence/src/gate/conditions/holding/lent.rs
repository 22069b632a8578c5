//! Pairs rest on reads through a lent token, or on canaries: what new reads with a token of its own proves nothing of this one.

use crate::gate::conditions::TOKEN_IMPORT;
use crate::gate::conditions::accounts;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::counted;
use crate::gate::{Case, Condition};

const LENT: Way = Way::pass("lent");
const NONE: Way = Way::inconclusive("none_lent");

/// At least one account was lent; how the reads came out is told by the rates.
pub const CONDITION: Condition = Condition {
    name: "lent-reads",
    about: "new has read with a lent token, or there is a canary",
    gates: TOKEN_IMPORT,
    ways: &[LENT, NONE, accounts::NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    vec![match case.facts.journal.known() {
        Err(missing) => Reading::new(accounts::NO_SOURCE, &missing.what).settles(&missing.mend),
        Ok(journal) => match journal.values().filter(|account| account.was_lent).count() as u64 {
            0 => Reading::new(NONE, "no token was lent, and there is no canary")
                .settles("lend a token, and record dark reads"),
            lent => Reading::new(
                LENT,
                format!("{} lent or canaries", counted(lent, "account was", "accounts were")),
            )
            .count("accounts", lent),
        },
    }]
}
