//! New has refreshed each token that can be: until then nobody knows that it can.

use crate::gate::conditions::accounts::{Said, each};
use crate::gate::conditions::holding::{DEAD, WAYS, doubtful};
use crate::gate::facts::RefreshedOnNew;
use crate::gate::name::GateName;
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// One refresh by new of each refreshable account, and no sign that another refreshes it too.
pub const CONDITION: Condition = Condition {
    name: "accounts-refreshed",
    about: "new has refreshed each token that refreshes",
    gates: &[GateName::WriteCutover, GateName::Deprecation],
    ways: WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.journal, "were refreshed on new, or never refresh", |account| {
        match (&account.in_doubt, &account.second_refresher, account.refreshed) {
            (Some(why), _, _) => doubtful(why),
            // A sign may have another cause, which a person looks for.
            (None, Some(sign), _) => Said::NotYet(format!("somebody else may refresh its token: {sign}")),
            (None, None, RefreshedOnNew::Yes | RefreshedOnNew::Never) => Said::Yes,
            (None, None, RefreshedOnNew::NotYet) if account.is_dead => Said::NotYet(DEAD.to_owned()),
            (None, None, RefreshedOnNew::NotYet) => {
                Said::NotYet(format!("new has not refreshed its token yet: {}", account.stands))
            }
        }
    })
}
