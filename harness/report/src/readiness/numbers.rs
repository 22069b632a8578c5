//! What the evidence adds up to by day, by integration, by account: the numbers that every format of the report shows.

use std::collections::BTreeMap;

use evidence::bounded::Merge;
use evidence::bounds::{Cluster, Look, Question, RateBound};
use evidence::gate::Decision;
use evidence::gate::reading::{Answer, Reading};
use evidence::tally::Totals;

use super::Readiness;

/// A gate in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateCounts {
    /// Readings that hold.
    pub holds: u64,
    /// Those that a waiver lets pass.
    pub waived: u64,
    /// Those that nobody can say.
    pub missing: u64,
    /// Those that do not hold.
    pub fails: u64,
}

/// One day's pairs, and what is known until its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Days since 1970.
    pub day: i64,
    /// Its pairs.
    pub totals: Totals,
    /// The rate over all pairs until its end, with its bounds: of independent pairs, since how accounts share a day is
    /// not kept.
    pub until: RateBound,
}

/// One account's pairs over all operations.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountRow {
    /// Its name; empty for pairs that name none.
    pub name: String,
    /// The upstream that it is linked to.
    pub integration: String,
    /// Its pairs.
    pub totals: Totals,
    /// Whether the list of accounts has it.
    pub is_listed: bool,
}

/// How many readings came to what.
pub fn counts(decision: &Decision) -> GateCounts {
    let mut counts = GateCounts::default();
    for reading in &decision.readings {
        let count = match (reading.answer(), &reading.waived) {
            (Answer::Pass, Some(_)) => &mut counts.waived,
            (Answer::Pass, None) => &mut counts.holds,
            (Answer::Inconclusive, _) => &mut counts.missing,
            (Answer::Fail, _) => &mut counts.fails,
        };
        *count += 1;
    }
    counts
}

/// What does not hold, then what is missing, each in the order of the conditions.
pub fn open(decision: &Decision) -> Vec<&Reading> {
    let mut open: Vec<&Reading> =
        decision.readings.iter().filter(|reading| reading.answer() != Answer::Pass).collect();
    open.sort_by_key(|reading| std::cmp::Reverse(reading.answer()));
    open
}

/// The days with pairs, the oldest first; pairs that do not say when they were recorded are in none.
pub fn days(readiness: &Readiness<'_>) -> Vec<Day> {
    let mut by_day: BTreeMap<i64, Totals> = BTreeMap::new();
    for (_, operation) in readiness.run.tally.operations.iter() {
        for (day, totals) in operation.census.days.iter() {
            if let Some(day) = day.0 {
                by_day.entry(day).or_default().merge(*totals);
            }
        }
    }
    let mut so_far = Totals::default();
    let each = by_day.into_iter().map(|(day, totals)| {
        so_far.merge(totals);
        let one = [Cluster { pairs: so_far.decided(), events: so_far.different }];
        Day { day, totals, until: RateBound::of(&one, question(readiness)) }
    });
    each.collect()
}

/// Pairs that do not say when they were recorded.
pub fn undated(readiness: &Readiness<'_>) -> u64 {
    let of = |operation: &evidence::tally::OperationTally| {
        operation.census.days.get(&std::cmp::Reverse(None)).map_or(0, |totals| totals.pairs)
    };
    readiness.run.tally.operations.iter().map(|(_, operation)| of(operation)).sum()
}

/// The rate over everything, with accounts as clusters.
pub fn rate(readiness: &Readiness<'_>) -> RateBound {
    let clusters: Vec<Cluster> = accounts(readiness)
        .iter()
        .map(|row| Cluster { pairs: row.totals.decided(), events: row.totals.different })
        .collect();
    RateBound::of(&clusters, question(readiness))
}

fn question(readiness: &Readiness<'_>) -> Question {
    Question { confidence: readiness.confidence, look: Look::Watched, target: readiness.max_difference_rate }
}

/// Every account that is listed, then those that only recordings name; without a pair they come first.
pub fn accounts(readiness: &Readiness<'_>) -> Vec<AccountRow> {
    let mut rows: BTreeMap<String, AccountRow> = BTreeMap::new();
    for account in readiness.accounts.iter().flatten() {
        let row = AccountRow {
            name: account.name.clone(),
            integration: account.integration.clone(),
            totals: Totals::default(),
            is_listed: true,
        };
        rows.insert(account.name.clone(), row);
    }
    for (_, operation) in readiness.run.tally.operations.iter() {
        for (name, tally) in operation.census.accounts.iter() {
            let row = rows.entry(name.clone()).or_insert_with(|| AccountRow {
                name: name.clone(),
                integration: tally.integration.clone(),
                totals: Totals::default(),
                is_listed: false,
            });
            row.totals.merge(tally.totals);
        }
    }
    let mut rows: Vec<AccountRow> = rows.into_values().collect();
    rows.sort_by(|left, right| {
        let key = |row: &AccountRow| {
            let Totals { pairs, different, undecided, .. } = row.totals;
            (pairs > 0, std::cmp::Reverse((different, undecided)))
        };
        key(left).cmp(&key(right)).then_with(|| left.name.cmp(&right.name))
    });
    rows
}

/// The integrations that pairs or accounts name, in their order.
pub fn integrations(readiness: &Readiness<'_>) -> Vec<String> {
    let operations = readiness.run.tally.operations.iter();
    let seen = operations.flat_map(|(_, operation)| operation.census.integrations.iter());
    let mut names: Vec<String> = seen.map(|(name, _)| name.clone()).collect();
    names.extend(readiness.accounts.iter().flatten().map(|account| account.integration.clone()));
    names.sort();
    names.dedup();
    names
}

/// One cell of the map: an operation's pairs of an integration.
pub fn cell(readiness: &Readiness<'_>, operation: &str, integration: &str) -> Totals {
    let found = readiness.run.tally.operations.get(operation);
    found.and_then(|found| found.census.integrations.get(integration)).copied().unwrap_or_default()
}

/// A day as `2026-11-20`, from days since 1970 (Howard Hinnant's `civil_from_days`, proleptic Gregorian).
pub fn date(day: i64) -> String {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

/// A share as people read it: `0.35 %`; never 0 where there is some, never 100 where some is lacking.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.01 {
        return "< 0.01 %".to_owned();
    }
    if percent < 100.0 && percent > 99.99 {
        return "> 99.99 %".to_owned();
    }
    let text = if percent < 10.0 { format!("{percent:.2}") } else { format!("{percent:.1}") };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        let dates = [0, 19_782, 20_777, -1, 11_016].map(date);
        assert_eq!(dates, ["1970-01-01", "2024-02-29", "2026-11-20", "1969-12-31", "2000-02-29"]);
    }

    #[test]
    fn a_small_share_is_not_none_and_a_large_one_is_not_all() {
        let shares = [0.0, 0.000_001, 0.001, 0.1234, 0.5, 0.999_999, 1.0].map(percent);
        assert_eq!(shares, ["0 %", "< 0.01 %", "0.1 %", "12.3 %", "50 %", "> 99.99 %", "100 %"]);
    }
}
