//! How each token refreshes is known, and its deadline leaves time.

use super::WAYS;
use crate::gate::conditions::TOKEN_IMPORT;
use crate::gate::conditions::accounts::{Said, each};
use crate::gate::facts::Refresh;
use crate::gate::reading::Reading;
use crate::gate::words::span;
use crate::gate::{Case, Condition};

/// The refresh rule and its deadline.
pub const CONDITION: Condition = Condition {
    name: "refresh-rule",
    about: "how each token refreshes is known, and its deadline leaves time",
    gates: TOKEN_IMPORT,
    ways: WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let margin = case.demands.deadline_margin;
    each(case, &case.facts.inventory, "have a refresh rule that leaves time", |account| {
        match account.refresh.known() {
            Ok(Refresh::Never | Refresh::Until(None)) => Said::Yes,
            Ok(Refresh::Until(Some(deadline))) => match deadline.saturating_sub(case.as_of) {
                left if left <= 0 => {
                    Said::No("its refresh token has ended: the customer must connect again".to_owned())
                }
                left if left.unsigned_abs() < margin => {
                    let left = span(left.unsigned_abs() / 60 * 60);
                    Said::No(format!("its refresh token ends in {left}; {} are to be left", span(margin)))
                }
                _ => Said::Yes,
            },
            Err(missing) => Said::Unsaid(missing.clone()),
        }
    })
}
