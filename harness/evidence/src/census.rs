//! Who was asked, when, and what was seen: the parts of the evidence of one operation that differences do not show.

use compare::sight::Sight;
use hdrhistogram::Histogram;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::bounded::{Bounded, Merge};
use crate::example::cut;
use crate::limits::LimitTally;
use crate::tally::Totals;
use compare::verdict::{Circumstances, Judgement, ReasonCode, Verdict};

/// Accounts of one operation; more are counted together, and a gate that names accounts then says that it cannot.
pub const ACCOUNTS_MAX: usize = 20_000;

/// Days that are kept apart, from the newest back: more than a year.
pub const DAYS_MAX: usize = 400;

/// Integrations of one migration.
pub const INTEGRATIONS_MAX: usize = 300;

/// Pairs of statuses: real services answer with some ten each.
pub const STATUSES_MAX: usize = 300;

/// Values of one field that are kept apart: one with more is no enumeration.
pub const VALUES_MAX: usize = 20;

/// An hour in milliseconds: slower answers count as this slow.
const LATENCY_MAX_MS: u64 = 3_600_000;

/// What one operation's pairs show beside their differences. Merging is associative and commutative.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// By account; pairs that name none are under the empty name.
    pub accounts: Bounded<String, AccountTally, ACCOUNTS_MAX>,
    /// By integration; pairs whose account is not listed are under the empty name.
    pub integrations: Bounded<String, Totals, INTEGRATIONS_MAX>,
    /// By day of recording (UTC), as days since 1970; pairs that do not say when they were recorded are under `None`.
    pub days: Bounded<Reverse<Option<i64>>, Totals, DAYS_MAX>,
    /// By both sides' status.
    pub statuses: Bounded<Statuses, u64, STATUSES_MAX>,
    /// How long legacy took, a page.
    pub legacy_latency: Latency,
    /// How long new took, a page.
    pub new_latency: Latency,
    /// What new says of limits.
    pub limits: LimitTally,
    /// By consumed field, as the configuration writes it.
    pub fields: BTreeMap<String, SightTally>,
    /// Pairs in which lists were joined from several pages.
    pub paged: u64,
    /// Pairs that are older than the gate allows, and count for nothing here.
    pub stale: u64,
}

/// The statuses of one pair; `None` where a side did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statuses {
    /// Legacy's.
    pub legacy: Option<u16>,
    /// New's.
    pub new: Option<u16>,
}

/// One account's pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountTally {
    /// By verdict.
    pub totals: Totals,
    /// The upstream that it is linked to; empty where the account is not listed.
    pub integration: String,
    /// Pairs in which one side has an error, or no answer, and the other has none of that class.
    pub unlike_errors: u64,
    /// Pairs in which new answered 429 and legacy did not.
    pub only_new_throttled: u64,
}

/// What a caller makes of an answer: errors of one class are handled alike.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Answer,
    Throttled,
    Refused,
    Broken,
    Silent,
}

impl Class {
    fn of(status: Option<u16>) -> Class {
        match status {
            None => Class::Silent,
            Some(429) => Class::Throttled,
            Some(400..500) => Class::Refused,
            Some(status) if status >= 500 => Class::Broken,
            Some(_) => Class::Answer,
        }
    }
}

/// In how many pairs each case of a field was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SightTally {
    /// A value.
    pub value: u64,
    /// A null.
    pub null: u64,
    /// Nothing where it should be.
    pub absent: u64,
    /// The lists on the way to it, and at it, by their paths.
    pub lists: BTreeMap<String, LengthTally>,
    /// In how many pairs each short value was seen; with a rest, it is no enumeration.
    pub values: Bounded<String, u64, VALUES_MAX>,
}

/// In how many pairs each length of a list was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LengthTally {
    /// Of none.
    pub empty: u64,
    /// Of one.
    pub one: u64,
    /// Of several.
    pub many: u64,
}

/// How long answers took, in milliseconds, to two digits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latency(Option<Box<Histogram<u64>>>);

impl Census {
    /// Counts one pair that was recorded at or after `since` (seconds since 1970); of an older one, only that it is.
    pub fn add(&mut self, judgement: &Judgement, since: Option<i64>) {
        let circumstances = &judgement.circumstances;
        if since.is_some_and(|since| circumstances.recorded_at.is_none_or(|at| at < since)) {
            self.stale += 1;
            return;
        }
        let account = self.accounts.entry(cut(judgement.account.as_deref().unwrap_or_default()));
        account.totals.count(&judgement.verdict);
        let integration = judgement.integration.as_deref().unwrap_or_default();
        if account.integration.as_str() < integration {
            integration.clone_into(&mut account.integration);
        }
        account.add_errors(judgement);
        self.integrations.entry(cut(integration)).count(&judgement.verdict);
        let day = circumstances.recorded_at.map(|seconds| seconds.div_euclid(86_400));
        self.days.entry(Reverse(day)).count(&judgement.verdict);
        let statuses = Statuses { legacy: judgement.legacy_status, new: judgement.new_status };
        *self.statuses.entry(statuses) += 1;
        self.time(circumstances);
        self.limits.add(judgement);
        self.paged += u64::from(circumstances.is_paged);
        // What could not be decided was seen, and proves nothing of the mapping.
        if !matches!(judgement.verdict, Verdict::Undecided(_)) {
            for (field, sight) in &circumstances.sights {
                self.fields.entry(field.clone()).or_default().add(sight);
            }
        }
    }
}

impl Census {
    pub(crate) fn time(&mut self, circumstances: &Circumstances) {
        circumstances.legacy_ms.iter().for_each(|ms| self.legacy_latency.record(*ms));
        circumstances.new_ms.iter().for_each(|ms| self.new_latency.record(*ms));
    }
}

impl AccountTally {
    fn add_errors(&mut self, judgement: &Judgement) {
        let (legacy, new) = (Class::of(judgement.legacy_status), Class::of(judgement.new_status));
        // A list's later page may have failed where its first one answered.
        let code = match &judgement.verdict {
            Verdict::Undecided(reason) => Some(reason.code),
            Verdict::Same | Verdict::Tolerated | Verdict::Different => None,
        };
        let one_sided = matches!(code, Some(ReasonCode::Failed | ReasonCode::Throttled));
        // A side that was not recorded did not fail.
        let is_recorded = code != Some(ReasonCode::Absent);
        self.unlike_errors += u64::from(is_recorded && (legacy != new || one_sided));
        let throttled = new == Class::Throttled && legacy != Class::Throttled;
        let later_page = code == Some(ReasonCode::Throttled) && legacy != Class::Throttled;
        self.only_new_throttled += u64::from(throttled || later_page);
    }
}

impl SightTally {
    fn add(&mut self, sight: &Sight) {
        self.value += u64::from(sight.value);
        self.null += u64::from(sight.null);
        self.absent += u64::from(sight.absent);
        for (path, lengths) in &sight.lists {
            // Looked up first: an owned key for each pair would cost more than the counting.
            let tally = match self.lists.get_mut(&**path) {
                Some(tally) => tally,
                None => self.lists.entry(path.to_string()).or_default(),
            };
            tally.empty += u64::from(lengths.empty);
            tally.one += u64::from(lengths.one);
            tally.many += u64::from(lengths.many);
        }
        for value in &sight.values {
            *self.values.entry(value.clone()) += 1;
        }
    }
}

impl Latency {
    pub(crate) fn record(&mut self, ms: u64) {
        let histogram = self.0.get_or_insert_with(|| {
            let made = Histogram::new_with_bounds(1, LATENCY_MAX_MS, 2);
            Box::new(made.expect("the bounds are in order and two digits are allowed"))
        });
        histogram.saturating_record(ms.max(1));
    }

    /// How many answers were timed.
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, |histogram| histogram.len())
    }

    /// How many answers took so long or longer, to two digits.
    pub fn count_from(&self, ms: u64) -> u64 {
        self.0.as_ref().map_or(0, |histogram| histogram.count_between(ms, u64::MAX))
    }

    /// The time within which this share of the answers came; `None` without one.
    pub fn quantile_ms(&self, share: f64) -> Option<u64> {
        self.0.as_ref().map(|histogram| histogram.value_at_quantile(share))
    }
}

impl Merge for Census {
    fn merge(&mut self, other: Self) {
        self.accounts.merge(other.accounts);
        self.integrations.merge(other.integrations);
        self.days.merge(other.days);
        self.statuses.merge(other.statuses);
        self.legacy_latency.merge(other.legacy_latency);
        self.new_latency.merge(other.new_latency);
        self.limits.merge(other.limits);
        for (field, tally) in other.fields {
            self.fields.entry(field).or_default().merge(tally);
        }
        self.paged += other.paged;
        self.stale += other.stale;
    }
}

impl Merge for AccountTally {
    fn merge(&mut self, other: Self) {
        self.totals.merge(other.totals);
        // Only one can be, unless the list of accounts changed; the larger one, so that the order does not matter.
        self.integration = std::mem::take(&mut self.integration).max(other.integration);
        self.unlike_errors += other.unlike_errors;
        self.only_new_throttled += other.only_new_throttled;
    }
}

impl Merge for SightTally {
    fn merge(&mut self, other: Self) {
        self.value += other.value;
        self.null += other.null;
        self.absent += other.absent;
        for (path, lengths) in other.lists {
            self.lists.entry(path).or_default().merge(lengths);
        }
        self.values.merge(other.values);
    }
}

impl Merge for LengthTally {
    fn merge(&mut self, other: Self) {
        self.empty += other.empty;
        self.one += other.one;
        self.many += other.many;
    }
}

impl Merge for Latency {
    fn merge(&mut self, other: Self) {
        match (&mut self.0, other.0) {
            (_, None) => {}
            (Some(histogram), Some(other)) => {
                histogram.add(&*other).expect("all histograms have the same bounds");
            }
            (none, other) => *none = other,
        }
    }
}
