//! What a run is to record: each logical request once, without what is there already, in the order in which it is asked.

use std::collections::{BTreeMap, BTreeSet};

use capture::record::Job;
use capture::route::Bound;
use compare::model::{Body, Exchange, Pair, Redacted, Redaction};
use store::recordings::Recordings;

use super::forms::{Form, Forms};
use super::told::Told;
use crate::config::Operation;
use crate::join::{self, Matched, Witness, pair_name};
use crate::keep::Keeping;
use crate::options::{Order, Record};

/// One logical request that is to be recorded.
pub struct Wanted<'c> {
    /// The operation.
    pub operation: &'c Operation,
    /// Whose account, where known.
    pub account: Option<String>,
    /// What tells it from others of the operation and account.
    pub identity: String,
    /// What is asked.
    pub job: Job,
    /// What is there of one side, and is not asked.
    pub given: Given,
    /// Which of several equal ones it is, from 1.
    pub asking: usize,
    /// The pair's name, once it is known.
    pub name: String,
}

/// What is there already.
#[derive(Clone, Debug, Default)]
pub enum Given {
    /// Nothing.
    #[default]
    Nothing,
    /// A side's exchanges, from another recorder's file.
    Exchanges(Witness, Vec<Exchange>),
    /// A pair on the disk, which lacks what is asked.
    Pair(Box<Pair>),
}

/// What is asked for, and the sides that are asked.
pub struct Request<'a> {
    /// Whose account.
    pub account: Option<String>,
    /// What its form leaves open.
    pub bound: Bound,
    /// A body that the operation does not declare.
    pub body: &'a Body,
    /// Who is asked.
    pub sides: &'a [Witness],
    /// How often legacy is asked again.
    pub repeats: u32,
    /// What is there.
    pub given: Given,
}

/// Makes what is wanted of a request; where a side cannot be asked, that is told and nothing is wanted.
pub fn make<'c>(
    forms: &Forms<'c>,
    form: &Form<'c>,
    request: Request<'_>,
    told: &mut Told,
) -> Option<Wanted<'c>> {
    let Request { account, bound, body, sides, repeats, given } = request;
    let mut job = Job { repeats, ..Job::default() };
    for witness in sides.iter().copied() {
        match forms.ask(form, witness, account.as_deref(), &bound, body) {
            Ok(ask) => {
                let place = match witness {
                    Witness::Legacy => &mut job.legacy,
                    Witness::New => &mut job.new,
                    Witness::Source => &mut job.source,
                };
                *place = Some(ask);
            }
            Err(why) => {
                told.refuse(form.operation.name.as_str(), account.as_deref(), &why.to_string());
                return None;
            }
        }
    }
    let identity = join::identity(form.operation, bound.clone(), body);
    Some(Wanted { operation: form.operation, account, identity, job, given, asking: 1, name: String::new() })
}

/// What of it is to be asked now: once each, not what is recorded, at most as many as the limit says, and in its order.
pub fn due<'c>(
    wanted: Vec<Wanted<'c>>,
    recordings: &Recordings,
    keeping: &Keeping,
    options: &Record,
    told: &mut Told,
) -> anyhow::Result<Vec<Wanted<'c>>> {
    let lines = if wanted.is_empty() { BTreeSet::new() } else { ids_in_lines(recordings)? };
    let recorded = match options.order {
        Order::Turns => BTreeMap::new(),
        Order::NeedEvidence => recorded(recordings)?,
    };
    let mut seen = BTreeSet::new();
    let mut due = Vec::new();
    for mut wanted in wanted {
        let matched = Matched {
            operation: wanted.operation,
            account: wanted.account.clone(),
            identity: wanted.identity.clone(),
            bound: Bound::default(),
        };
        let asking = match &wanted.given {
            Given::Nothing => options.round as usize,
            Given::Exchanges(..) | Given::Pair(_) => wanted.asking,
        };
        let name = match &wanted.given {
            Given::Pair(pair) => pair.id.split_once('/').map_or(String::new(), |(_, name)| name.to_owned()),
            Given::Nothing | Given::Exchanges(..) => pair_name(&matched, asking, |text| keeping.digest(text)),
        };
        if !seen.insert((wanted.operation.name.to_string(), name.clone())) {
            told.doubled += 1;
            continue;
        }
        wanted.name = name;
        let id = format!("{}/{}", wanted.operation.name, wanted.name);
        if lines.contains(&id) {
            told.there += 1;
            continue;
        }
        if !matches!(wanted.given, Given::Pair(_))
            && let Some(pair) = recordings.read_own(wanted.operation.name.as_str(), &wanted.name)?
            && !lacks(&pair, &mut wanted, told)
        {
            continue;
        }
        due.push(wanted);
    }
    sort(&mut due, &recorded);
    if let Some(limit) = options.limit {
        told.beyond_limit = due.len().saturating_sub(limit);
        due.truncate(limit);
    }
    told.wanted = due.len();
    Ok(due)
}

/// Whether a pair that is there lacks a side; then only that is asked. Redacted requests cannot be asked again, but what the run itself asks can.
fn lacks(pair: &Pair, wanted: &mut Wanted<'_>, told: &mut Told) -> bool {
    let is_given =
        |witness: Witness| matches!(&wanted.given, Given::Exchanges(given, _) if *given == witness);
    let lacks_legacy = pair.legacy.is_empty() && (wanted.job.legacy.is_some() || is_given(Witness::Legacy));
    let lacks_new = pair.new.is_empty() && wanted.job.new.is_some();
    if !lacks_legacy && !lacks_new {
        told.there += 1;
        return false;
    }
    if !pair.legacy.is_empty() {
        wanted.job.legacy = None;
        wanted.job.repeats = 0;
    }
    if !pair.new.is_empty() {
        wanted.job.new = None;
    }
    if !pair.source.is_empty() {
        wanted.job.source = None;
    }
    wanted.given = Given::Pair(Box::new(pair.clone()));
    true
}

/// Accounts take turns, so that no budget waits while another is idle; what is recorded least comes first where that is asked.
fn sort(due: &mut Vec<Wanted<'_>>, recorded: &BTreeMap<(String, Option<String>), u64>) {
    let mut turns: BTreeMap<(String, Option<String>), u64> = BTreeMap::new();
    let mut ranked: Vec<(u64, Wanted<'_>)> = Vec::with_capacity(due.len());
    for wanted in due.drain(..) {
        let key = (wanted.operation.name.to_string(), wanted.account.clone());
        let there = recorded.get(&key).copied().unwrap_or(0);
        let turn = turns.entry(key).or_insert(0);
        *turn += 1;
        ranked.push((there + *turn, wanted));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    due.extend(ranked.into_iter().map(|(_, wanted)| wanted));
}

/// The ids of pairs that lie in files of many.
fn ids_in_lines(recordings: &Recordings) -> anyhow::Result<BTreeSet<String>> {
    let files = recordings.sources()?.files;
    let many = files.into_iter().filter(|file| file.extension().is_none_or(|extension| extension != "json"));
    let records = recordings.records(many.collect());
    Ok(records.filter_map(|record| record.text.ok().and_then(|text| store::format::id(&text))).collect())
}

/// How many pairs there are of each operation and account.
fn recorded(recordings: &Recordings) -> anyhow::Result<BTreeMap<(String, Option<String>), u64>> {
    let mut counts = BTreeMap::new();
    for record in recordings.records(recordings.sources()?.files) {
        // What cannot be read is no evidence.
        let Ok(pair) = record.pair() else { continue };
        *counts.entry((pair.operation, pair.account)).or_insert(0) += 1;
    }
    Ok(counts)
}

/// Whether what a recorded request asked for is still known: pseudonyms have taken the place of what it asked.
pub fn is_redacted(pair: &Pair) -> bool {
    matches!(&pair.redaction, Some(Redaction { by: Redacted::Key { .. }, .. }))
}
