//! How a condition asks each listed account for one fact of a source.

use std::collections::BTreeMap;

use crate::gate::Case;
use crate::gate::fact::{Fact, Missing};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, grouped};

/// So many accounts are named one by one; the others are counted.
pub const ACCOUNTS_NAMED_MAX: usize = 100;

/// It holds of all.
pub const ALL: Way = Way::pass("all");
/// It does not hold of one.
pub const NOT: Way = Way::fail("not");
/// It is not yet so of one, and may become so.
pub const NOT_YET: Way = Way::inconclusive("not_yet");
/// The source does not say it of one.
pub const UNSAID: Way = Way::inconclusive("unsaid");
/// The source does not know the account.
pub const UNKNOWN: Way = Way::inconclusive("unknown_account");
/// There is no source.
pub const NO_SOURCE: Way = Way::inconclusive("no_source");
/// Nobody says which accounts will move.
pub const NO_LIST: Way = Way::inconclusive("no_list");

/// What a source says of one account.
pub enum Said {
    /// What it must.
    Yes,
    /// What it must not: why.
    No(String),
    /// Not yet: what is still to come.
    NotYet(String),
    /// Nothing.
    Unsaid(Missing),
}

impl Said {
    /// What a fact of yes or no says.
    pub fn of(fact: &Fact<bool>, no: &str) -> Said {
        match fact.known() {
            Ok(true) => Said::Yes,
            Ok(false) => Said::No(no.to_owned()),
            Err(missing) => Said::Unsaid(missing.clone()),
        }
    }
}

/// Asks each listed account; `all` completes "all 50 accounts …".
pub fn each<T>(
    case: &Case<'_>,
    source: &Fact<BTreeMap<String, T>>,
    all: &str,
    ask: impl Fn(&T) -> Said,
) -> Vec<Reading> {
    let listed = match case.facts.accounts.known() {
        Ok(listed) if !listed.is_empty() => listed,
        Ok(_) => {
            return vec![
                Reading::new(NO_LIST, "no account is listed").settles("list the accounts that will move"),
            ];
        }
        Err(missing) => return vec![Reading::new(NO_LIST, &missing.what).settles(&missing.mend)],
    };
    let source = match source.known() {
        Ok(source) => source,
        Err(missing) => return vec![Reading::new(NO_SOURCE, &missing.what).settles(&missing.mend)],
    };
    let (mut objections, mut holds) = (Vec::new(), 0_u64);
    for name in listed.keys() {
        let reading = match source.get(name).map(&ask) {
            Some(Said::Yes) => {
                holds += 1;
                continue;
            }
            Some(Said::No(why)) => Reading::new(NOT, why),
            Some(Said::NotYet(what)) => Reading::new(NOT_YET, what),
            Some(Said::Unsaid(missing)) => Reading::new(UNSAID, missing.what).settles(missing.mend),
            None => {
                Reading::new(UNKNOWN, "is listed, and not known there").settles("take the inventory again")
            }
        };
        objections.push(reading.about(name));
    }
    if objections.is_empty() {
        let says = format!("all {} {all}", counted(holds, "account", "accounts"));
        return vec![Reading::new(ALL, says).about("accounts").count("accounts", holds)];
    }
    // What was found comes before what is missing.
    objections.sort_by_key(|reading| std::cmp::Reverse(reading.way.answer));
    if objections.len() > ACCOUNTS_NAMED_MAX {
        let rest = objections.split_off(ACCOUNTS_NAMED_MAX);
        let way = rest.iter().map(|reading| reading.way).max().unwrap_or(UNKNOWN);
        let says = format!("{} more accounts", grouped(rest.len() as u64));
        objections.push(Reading::new(way, says).about("other accounts"));
    }
    objections
}
