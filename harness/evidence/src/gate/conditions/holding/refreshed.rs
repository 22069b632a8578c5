//! New has refreshed each token that can be: until then nobody knows that it can.

use crate::gate::conditions::accounts::{self, Said, each};
use crate::gate::facts::RefreshedOnNew;
use crate::gate::name::GateName;
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// One refresh by new of each refreshable account.
pub const CONDITION: Condition = Condition {
    name: "accounts-refreshed",
    about: "new has refreshed each token that refreshes",
    gates: &[GateName::WriteCutover, GateName::Deprecation],
    ways: &[accounts::ALL, accounts::NOT_YET, accounts::UNKNOWN, accounts::NO_SOURCE, accounts::NO_LIST],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.journal, "were refreshed on new, or never refresh", |account| {
        match account.refreshed {
            RefreshedOnNew::Yes | RefreshedOnNew::Never => Said::Yes,
            RefreshedOnNew::NotYet => Said::NotYet("new has not refreshed its token yet".to_owned()),
        }
    })
}
