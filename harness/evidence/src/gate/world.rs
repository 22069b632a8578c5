//! A case file becomes a case: a world in which the gate passes, and what is different in this one, a line each.

use std::collections::BTreeMap;
use std::sync::Arc;

use compare::difference::{Difference, Kind, Place};
use compare::sight::{Lengths, Sight};
use compare::verdict::{Circumstances, Judgement, Reason, ReasonCode, Verdict};

use super::fact::Fact;
use super::facts::{
    Authorisation, ConsumedField, EarlierBundle, Facts, Hazard, Holding, MappingFacts, OperationFacts,
    ProjectCondition, ProjectOutcome, RecordingFacts, Refresh, RefreshedOnNew, ToleranceFacts, Traffic,
    Webhooks,
};
use super::mapping_change::{
    CaseFailure, Cases, CoverageChange, DifferenceGroup, EnginesAsked, Exercised, LintFinding, MappingChange,
    SnapshotComparison, TolerancesChange, WidenedTolerance,
};
use super::{Case, Decision, Demands, GateName, Waiver, decide};
use crate::bounds::Cluster;
use crate::tally::Tally;

/// The moment of every case: 2026-11-20.
const AS_OF: i64 = 1_795_132_800;
const DAY: i64 = 86_400;
pub const OPERATION: &str = "crm.contacts.list";
/// Clean pairs of each of the two accounts.
const PAIRS: u64 = 2_000;

/// What one case is decided from.
pub struct World {
    gate: GateName,
    pairs: Vec<(u64, Judgement)>,
    facts: Facts,
    pub demands: Demands,
    waivers: Vec<Waiver>,
    observed: Vec<Cluster>,
}

impl World {
    /// In which the gate passes.
    pub fn passing(gate: GateName) -> World {
        let pairs = ["acme", "globex"].map(|account| (PAIRS, judgement(account, Verdict::Same)));
        let mut empty = judgement("acme", Verdict::Same);
        empty.circumstances.sights = sights(true);
        let mut error = judgement("acme", Verdict::Same);
        (error.legacy_status, error.new_status) = (Some(404), Some(404));
        error.circumstances.sights = Vec::new();
        let mut tolerated = judgement("acme", Verdict::Tolerated);
        add_difference(&mut tolerated, "$.data[*].updated_at", Kind::InstantText, Some(0));
        let others = [empty, error, tolerated].map(|judgement| (1, judgement));
        World {
            gate,
            pairs: pairs.into_iter().chain(others).collect(),
            facts: facts(gate),
            demands: Demands::of(gate),
            waivers: Vec::new(),
            observed: Vec::new(),
        }
    }

    /// Changes what a line says; refuses a line that says nothing.
    pub fn change(&mut self, line: &str) -> Result<(), String> {
        let words = line.split_whitespace().collect::<Vec<_>>();
        let known = self.change_pairs(&words)
            || self.change_facts(&words)
            || self.change_change(&words)
            || self.change_account(&words)
            || self.change_rest(&words, line);
        if known { Ok(()) } else { Err(format!("`{line}` changes nothing")) }
    }

    /// So many pairs of these kinds, and no others.
    pub fn replace_pairs(&mut self, pairs: impl Iterator<Item = (u64, Judgement)>) {
        self.pairs = pairs.collect();
    }

    /// Accounts with so many pairs, of which so many differ; the rest of the world is as it was. They are the listed ones.
    pub fn observe(&mut self, clusters: &[Cluster]) {
        self.list_accounts(clusters.len());
        self.pairs.retain(|(count, _)| *count == 1);
        self.observed = clusters.to_vec();
    }

    /// So many accounts are listed, whether they were observed or not.
    pub fn list_accounts(&mut self, count: usize) {
        let names = || (0..count).map(account_name).chain(["acme".to_owned()]);
        let mut holding = BTreeMap::new();
        let mut authorised = BTreeMap::new();
        let known = facts(self.gate);
        if let (Fact::Known(journal), Fact::Known(inventory)) = (&known.journal, &known.inventory) {
            holding = names().map(|name| (name, journal["acme"].clone())).collect();
            authorised = names().map(|name| (name, inventory["acme"].clone())).collect();
        }
        self.facts.journal = Fact::Known(holding);
        self.facts.inventory = Fact::Known(authorised);
        self.facts.accounts = Fact::Known(names().map(|name| (name, "some-crm".to_owned())).collect());
    }

    /// What differs, held against accepted snapshots.
    pub fn accept(&mut self, comparison: SnapshotComparison) {
        if let Fact::Known(change) = &mut self.facts.change {
            change.snapshot = Fact::Known(comparison);
        }
    }

    /// Decides.
    pub fn decide(&self) -> Decision {
        let since = self.demands.evidence_max_age.map(|age| AS_OF - age as i64);
        let mut tally = Tally::since(since);
        let mut id = 0;
        for (count, judgement) in &self.pairs {
            for _ in 0..*count {
                id += 1;
                let pair = format!("{}/{id:05}", judgement.operation);
                tally.add(&Judgement { pair, ..judgement.clone() });
            }
        }
        // Counted at once: a simulation has no time to judge each of its pairs.
        for (index, cluster) in self.observed.iter().enumerate() {
            let same = judgement(&account_name(index), Verdict::Same);
            tally.add_many(&same, cluster.pairs - cluster.events);
            let different = Judgement { verdict: Verdict::Different, ..same };
            tally.add_many(&different, cluster.events);
        }
        let (gate, demands, facts) = (self.gate, &self.demands, &self.facts);
        decide(&Case { gate, demands, tally: &tally, facts, as_of: AS_OF }, &self.waivers)
    }

    fn change_pairs(&mut self, words: &[&str]) -> bool {
        let count = |text: &&str| text.parse::<u64>().ok();
        let each = |pairs: &mut Vec<(u64, Judgement)>, change: &dyn Fn(&mut Judgement)| {
            pairs.iter_mut().for_each(|(_, judgement)| change(judgement));
            true
        };
        match words {
            ["no", "pairs"] => self.pairs.clear(),
            ["no", "operation"] => {
                self.facts.operations.clear();
                self.pairs.clear();
            }
            ["pairs", "of", account, "are", count_text] => {
                let Some(count) = count(count_text) else { return false };
                let of = self
                    .pairs
                    .iter_mut()
                    .filter(|(_, judgement)| judgement.account.as_deref() == Some(account));
                for (index, (pairs, _)) in of.enumerate() {
                    *pairs = if index == 0 { count } else { (*pairs).min(count) };
                }
            }
            ["legacy", "wavers", "in", wavering, "and", "new", "in", differing] => {
                let (Some(wavering), Some(differing)) = (count(wavering), count(differing)) else {
                    return false;
                };
                self.pairs.push((wavering, super::simulated_tests::pair(2, 1)));
                self.pairs.push((differing, super::simulated_tests::pair(1, 3)));
            }
            [number, "more", "accounts"] => {
                let Some(number) = count(number) else { return false };
                let more = (0..number).map(|index| (1, judgement(&format!("x{index:06}"), Verdict::Same)));
                self.pairs.extend(more);
            }
            ["pairs", "are", age, "days", "old"] => {
                let Some(age) = count(age) else { return false };
                let at = Some(AS_OF - age as i64 * DAY);
                return each(&mut self.pairs, &|judgement| judgement.circumstances.recorded_at = at);
            }
            ["new", "takes", ms] => {
                let Some(ms) = count(ms) else { return false };
                return each(&mut self.pairs, &|judgement| judgement.circumstances.new_ms = vec![ms]);
            }
            ["nobody", "timed"] => {
                return each(&mut self.pairs, &|judgement| judgement.circumstances.new_ms.clear());
            }
            ["no", "page"] => {
                return each(&mut self.pairs, &|judgement| judgement.circumstances.is_paged = false);
            }
            [number, "differ", "at", field] => {
                let Some(number) = count(number) else { return false };
                let mut different = judgement("acme", Verdict::Different);
                add_difference(&mut different, field, Kind::Value, None);
                self.pairs.push((number, different));
            }
            [number, "are", "excused", "at", field, "by", tolerance] => {
                let (Some(number), Some(index)) = (count(number), count(tolerance)) else { return false };
                let mut tolerated = judgement("acme", Verdict::Tolerated);
                add_difference(&mut tolerated, field, Kind::Value, Some(index as usize));
                self.pairs.push((number, tolerated));
            }
            [number, "differ", "beyond", "their", "list"] => {
                let Some(number) = count(number) else { return false };
                let mut different = judgement("acme", Verdict::Different);
                add_difference(&mut different, "$.data[*].other", Kind::Value, None);
                different.differences_total = 2_000;
                self.pairs.push((number, different));
            }
            [number, "are", "undecided", code] => {
                let code = ReasonCode::ALL.iter().find(|(_, name)| name == code).map(|(code, _)| *code);
                let (Some(number), Some(code)) = (count(number), code) else { return false };
                let reason = Reason { code, detail: "as it is".to_owned() };
                self.pairs.push((number, judgement("acme", Verdict::Undecided(reason))));
            }
            [number, "answer", legacy, "and", new] => {
                let (Some(number), Some(legacy), Some(new)) = (count(number), count(legacy), count(new))
                else {
                    return false;
                };
                // Where legacy was throttled or failed alike, the pair is decided.
                let verdict = if new == 429 && legacy != 429 {
                    Verdict::Undecided(Reason { code: ReasonCode::Throttled, detail: "only new".to_owned() })
                } else {
                    Verdict::Same
                };
                let mut answered = judgement("acme", verdict);
                (answered.legacy_status, answered.new_status) = (Some(legacy as u16), Some(new as u16));
                answered.circumstances.sights = Vec::new();
                self.pairs.push((number, answered));
            }
            _ => return false,
        }
        true
    }

    fn change_facts(&mut self, words: &[&str]) -> bool {
        let facts = &mut self.facts;
        match words {
            ["without", "accounts"] => facts.accounts = absent("accounts"),
            ["no", "account", "is", "listed"] => facts.accounts = Fact::Known(BTreeMap::new()),
            ["without", "inventory"] => facts.inventory = absent("inventory"),
            ["without", "journal"] => facts.journal = absent("journal"),
            ["without", "router"] => facts.router = absent("router"),
            ["without", "webhooks"] => facts.webhooks = absent("webhooks"),
            ["without", "hazards"] => facts.hazards = absent("hazards"),
            ["without", "bundle"] => facts.earlier = absent("bundle"),
            ["account", name, "is", "listed"] => {
                if let Fact::Known(accounts) = &mut facts.accounts {
                    accounts.insert((*name).to_owned(), "some-crm".to_owned());
                }
            }
            ["traffic", "to", "legacy", count] => {
                return known(&mut facts.router, |it| set(&mut it.to_legacy, count));
            }
            ["traffic", "to", "new", count] => {
                return known(&mut facts.router, |it| set(&mut it.to_new, count));
            }
            ["traffic", "since", days, "days"] => {
                return known(&mut facts.router, |it| {
                    let mut ago = 0_i64;
                    let is_set = set(&mut ago, days);
                    it.since = AS_OF - ago * DAY;
                    is_set
                });
            }
            ["caller", name] => {
                return known(&mut facts.router, |it| {
                    it.callers_at_legacy.push((*name).to_owned());
                    true
                });
            }
            ["webhook", "at", "legacy", name] => {
                return known(&mut facts.webhooks, |it| {
                    it.at_legacy.push((*name).to_owned());
                    true
                });
            }
            ["hazard", what] => {
                return known(&mut facts.hazards, |it| {
                    it.push(Hazard { what: (*what).to_owned(), answer: None });
                    true
                });
            }
            ["bundle", "did", "not", "pass"] => return known(&mut facts.earlier, |it| unset(&mut it.passed)),
            ["bundle", "expired"] => {
                return known(&mut facts.earlier, |it| {
                    it.is_expired = true;
                    true
                });
            }
            ["bundle", "broken", path] => {
                return known(&mut facts.earlier, |it| {
                    it.broken.push(format!("{path} (recording) has changed"));
                    true
                });
            }
            ["bundle", "of", gate] => {
                let Some(gate) = GateName::of(gate) else { return false };
                return known(&mut facts.earlier, |it| {
                    it.gate = gate;
                    true
                });
            }
            ["unread", file] => facts.recordings.unread.push((*file).to_owned()),
            ["interrupted"] => facts.recordings.interrupted = Some("after 7 pairs".to_owned()),
            ["dropped", count, reason] => {
                return set(facts.recordings.dropped.entry((*reason).to_owned()).or_default(), count);
            }
            ["unfinished", run] => facts.recordings.unfinished.push((*run).to_owned()),
            _ => return false,
        }
        true
    }

    fn change_change(&mut self, words: &[&str]) -> bool {
        if let ["without", "change"] = words {
            self.facts.change = absent("change");
            return true;
        }
        let Fact::Known(change) = &mut self.facts.change else { return false };
        match words {
            ["without", "snapshot"] => change.snapshot = absent("snapshot"),
            ["without", "cases"] => change.cases = absent("cases"),
            ["without", "lint"] => change.lint = absent("lint"),
            ["without", "base"] => {
                change.tolerances = absent("base");
                change.coverage = absent("base");
            }
            ["without", "oracle"] => change.engines = absent("oracle"),
            ["snapshot", verb @ ("lacks" | "has"), field] => {
                let group = DifferenceGroup {
                    operation: OPERATION.to_owned(),
                    field: (*field).to_owned(),
                    kind: Kind::Value,
                    pairs: 3,
                };
                return known(&mut change.snapshot, |it| {
                    let into = if *verb == "lacks" { &mut it.unaccepted } else { &mut it.gone };
                    into.push(group.clone());
                    true
                });
            }
            ["snapshot", "agrees", "on", groups] => {
                return known(&mut change.snapshot, |it| set(&mut it.accepted, groups));
            }
            ["case", "fails", file] => {
                return known(&mut change.cases, |it| {
                    it.failing
                        .push(CaseFailure { file: (*file).to_owned(), message: "1 difference".to_owned() });
                    true
                });
            }
            ["mapping", "without", "case", file] => {
                return known(&mut change.cases, |it| {
                    it.without.push((*file).to_owned());
                    true
                });
            }
            ["lint", "warns", at] => {
                return known(&mut change.lint, |it| {
                    let message = "a list of one comes out bare".to_owned();
                    it.push(LintFinding { at: (*at).to_owned(), rule: "singleton".to_owned(), message });
                    true
                });
            }
            ["tolerance", "widened", at] => {
                return known(&mut change.tolerances, |it| {
                    let (text, how) = ("ignore $.x".to_owned(), "is new".to_owned());
                    it.widened.push(WidenedTolerance { at: (*at).to_owned(), text, how });
                    true
                });
            }
            ["coverage", before, "then", after] => {
                return known(&mut change.coverage, |it| {
                    let (mut then, mut now) = (0, 0);
                    let is_set = set(&mut then, before) && set(&mut now, after);
                    let exercised = |covered| Exercised { parts: 100, covered };
                    it.push(CoverageChange {
                        mapping: "mappings/crm/contacts.list.response.jsonata".to_owned(),
                        before: exercised(then),
                        after: exercised(now),
                    });
                    is_set
                });
            }
            _ => return false,
        }
        true
    }

    fn change_account(&mut self, words: &[&str]) -> bool {
        let [account, rest @ ..] = words else { return false };
        let unsaid = || Fact::absent("the inventory does not say it", "take it again");
        match rest {
            ["unknown", "to", "inventory"] => {
                return known(&mut self.facts.inventory, |it| it.remove(*account).is_some());
            }
            ["unknown", "to", "journal"] => {
                return known(&mut self.facts.journal, |it| it.remove(*account).is_some());
            }
            _ => {}
        }
        let in_inventory = known(&mut self.facts.inventory, |it| {
            let Some(it) = it.get_mut(*account) else { return false };
            match rest {
                ["client", "not", "ours"] => it.owns_client = Fact::Known(false),
                ["client", "unsaid"] => it.owns_client = unsaid(),
                ["not", "exportable"] => it.is_exportable = Fact::Known(false),
                ["export", "unsaid"] => it.is_exportable = unsaid(),
                ["lacks", scope] => it.missing_scopes = Fact::Known(vec![(*scope).to_owned()]),
                ["scopes", "unsaid"] => {
                    it.missing_scopes = Fact::absent("the inventory does not say it", "take it again");
                }
                ["other", "identity"] => it.same_identity = Fact::Known(false),
                ["identity", "unsaid"] => it.same_identity = unsaid(),
                ["no", "fence"] => it.can_fence = Fact::Known(false),
                ["fence", "unsaid"] => it.can_fence = unsaid(),
                ["refresh", "unsaid"] => {
                    it.refresh = Fact::absent("the inventory does not say it", "take it again")
                }
                ["never", "refreshes"] => it.refresh = Fact::Known(Refresh::Never),
                ["refreshes", "for", hours, "hours"] => {
                    let mut left = 0_i64;
                    let is_set = set(&mut left, hours);
                    it.refresh = Fact::Known(Refresh::Until(Some(AS_OF + left * 3_600)));
                    return is_set;
                }
                _ => return false,
            }
            true
        });
        in_inventory
            || known(&mut self.facts.journal, |it| {
                let Some(it) = it.get_mut(*account) else { return false };
                match rest {
                    ["in", "doubt"] => it.in_doubt = Some("a crash between asking and the answer".to_owned()),
                    ["not", "lent"] => it.was_lent = false,
                    ["not", "verified"] => it.is_verified = false,
                    ["not", "refreshed"] => it.refreshed = RefreshedOnNew::NotYet,
                    ["stands", "at", state] => it.stands = format!("its hand-over stands at `{state}`"),
                    ["is", "dead"] => {
                        (it.is_dead, it.is_verified) = (true, false);
                        it.refreshed = RefreshedOnNew::NotYet;
                    }
                    ["refreshed", "by", "legacy"] => {
                        it.second_refresher = Some("legacy_refreshed at 2026-11-19T10:00:00Z".to_owned());
                    }
                    _ => return false,
                }
                true
            })
    }

    fn change_rest(&mut self, words: &[&str], line: &str) -> bool {
        let demands = &mut self.demands;
        match words {
            ["demand", "evidence_max_age", days] => {
                let mut age = 0;
                let is_set = set(&mut age, days);
                demands.evidence_max_age = Some(age * DAY as u64);
                return is_set;
            }
            ["demand", "no", "age"] => demands.evidence_max_age = None,
            ["demand", "min_pairs", count] => return set(&mut demands.min_pairs, count),
            ["demand", "min_accounts", count] => return set(&mut demands.min_accounts, count),
            ["nothing", "critical"] => self.operation(|it| it.critical.clear()),
            ["critical", path] => self.operation(|it| it.critical = vec![compare::path::field_of(path)]),
            ["nothing", "consumed"] => self.facts.operations.clear(),
            ["word", word] => self.operation(|it| it.consumes[0].words.push(format!("{word:?}"))),
            ["integration", name] => self.operation(|it| it.integrations.push((*name).to_owned())),
            ["no", "tolerance"] => {
                self.pairs.retain(|(_, judgement)| judgement.verdict != Verdict::Tolerated);
                self.operation(|it| it.tolerances.clear());
            }
            ["tolerance", "ends"] => self.operation(|it| it.tolerances[0].is_expired = true),
            ["tolerance", "ignores", field] => self.operation(|it| {
                it.tolerances.push(ToleranceFacts {
                    at: "mappings/crm/contacts.tolerances.toml:9".to_owned(),
                    text: format!("ignore {field}"),
                    is_blind: true,
                    until: "2027-03-31".to_owned(),
                    owner: "crm@acme.example".to_owned(),
                    ..ToleranceFacts::default()
                });
            }),
            ["tolerance", "is", "of", "form"] => self.operation(|it| {
                for tolerance in &mut it.tolerances {
                    (tolerance.is_blind, tolerance.is_of_form) = (false, true);
                }
            }),
            ["tolerance", "share", share] => {
                let Ok(share) = share.parse() else { return false };
                self.operation(|it| it.tolerances[0].share = Some(share));
            }
            ["mapping", "exercised", covered] => {
                let Ok(covered) = covered.parse() else { return false };
                let exercised = Fact::Known(Exercised { parts: 100, covered });
                self.facts.mappings = vec![mapping(exercised)];
            }
            ["mapping", "unwatched"] => self.facts.mappings = vec![mapping(absent("coverage"))],
            ["no", "mapping"] => self.facts.mappings.clear(),
            ["condition", outcome] => {
                let outcome = match *outcome {
                    "holds" => ProjectOutcome::Holds,
                    "fails" => ProjectOutcome::Fails,
                    other => ProjectOutcome::Neither(other.to_owned()),
                };
                let says = "evidence is of five days or more".to_owned();
                self.facts.project.push(ProjectCondition { name: "several-days".to_owned(), says, outcome });
            }
            [verb @ ("waive" | "waived"), condition, ..] => {
                let about = line.splitn(3, ' ').nth(2).unwrap_or("*");
                self.waivers.push(Waiver {
                    condition: (*condition).to_owned(),
                    about: about.to_owned(),
                    reason: "looked at by hand".to_owned(),
                    owner: "lead@acme.example".to_owned(),
                    until: if *verb == "waive" { "2027-01-31" } else { "2026-11-19" }.to_owned(),
                    is_expired: *verb == "waived",
                });
            }
            _ => return false,
        }
        true
    }

    fn operation(&mut self, change: impl FnOnce(&mut OperationFacts)) {
        if let Some(operation) = self.facts.operations.get_mut(OPERATION) {
            change(operation);
        }
    }
}

fn account_name(index: usize) -> String {
    format!("account {index:04}")
}

fn known<T>(fact: &mut Fact<T>, change: impl FnOnce(&mut T) -> bool) -> bool {
    match fact {
        Fact::Known(value) => change(value),
        Fact::Absent(_) => false,
    }
}

fn set<T: std::str::FromStr>(into: &mut T, text: &str) -> bool {
    text.parse().map(|value| *into = value).is_ok()
}

fn unset(into: &mut bool) -> bool {
    *into = false;
    true
}

fn absent<T>(what: &str) -> Fact<T> {
    Fact::absent(format!("there is no {what}"), format!("bring the {what}"))
}

pub fn judgement(account: &str, verdict: Verdict) -> Judgement {
    Judgement {
        pair: String::new(),
        operation: OPERATION.to_owned(),
        account: Some(account.to_owned()),
        integration: Some("some-crm".to_owned()),
        verdict,
        differences: Vec::new(),
        differences_total: 0,
        in_doubt: Vec::new(),
        volatility: compare::volatile::Volatility::default(),
        notes: Vec::new(),
        legacy_status: Some(200),
        new_status: Some(200),
        location: "recordings/rows.jsonl:7".to_owned(),
        circumstances: Circumstances {
            recorded_at: Some(AS_OF - DAY),
            legacy_ms: vec![100],
            new_ms: vec![120],
            new_limits: Vec::new(),
            is_paged: true,
            redacted_with: None,
            sights: sights(false),
        },
    }
}

/// A body of several items, or of one or none in which the field is null.
fn sights(is_empty: bool) -> Vec<(String, Sight)> {
    let lengths = Lengths { empty: is_empty, one: is_empty, many: !is_empty };
    let lists = vec![(Arc::from("$.data"), lengths)];
    let id = Sight { value: true, lists: lists.clone(), ..Sight::default() };
    let values = vec!["\"open\"".to_owned()];
    let status = Sight { value: !is_empty, null: is_empty, lists, values, ..Sight::default() };
    vec![("$.data[*].status".to_owned(), status), ("$.data[*].id".to_owned(), id)]
}

fn add_difference(judgement: &mut Judgement, field: &str, kind: Kind, tolerance: Option<usize>) {
    judgement.differences.push(Difference {
        place: Place::Body,
        path: field.replace('*', "0"),
        new_path: None,
        field: field.into(),
        kind,
        legacy: Some("1".to_owned()),
        new: Some("2".to_owned()),
        tolerance,
        legacy_context: None,
        new_context: None,
        blame: None,
    });
    judgement.differences_total = judgement.differences.len() as u64;
}

fn mapping(exercised: Fact<Exercised>) -> MappingFacts {
    MappingFacts { file: "mappings/crm/contacts.list.response.jsonata".to_owned(), exercised }
}

fn facts(gate: GateName) -> Facts {
    let accounts = ["acme", "globex"];
    let by_account = accounts.map(|name| (name.to_owned(), "some-crm".to_owned()));
    let consumed =
        |path: &str, is_identity| ConsumedField { path: path.to_owned(), is_identity, words: Vec::new() };
    let operation = OperationFacts {
        integrations: Vec::new(),
        is_list: true,
        consumes: vec![consumed("$.data[*].status", false), consumed("$.data[*].id", true)],
        critical: vec!["$.data[*].id".to_owned()],
        tolerances: vec![ToleranceFacts {
            at: "mappings/crm/contacts.tolerances.toml:1".to_owned(),
            text: "same_instant $.data[*].updated_at".to_owned(),
            until: "2026-11-19".to_owned(),
            owner: "crm@acme.example".to_owned(),
            ..ToleranceFacts::default()
        }],
    };
    let authorisation = || Authorisation {
        owns_client: Fact::Known(true),
        is_exportable: Fact::Known(true),
        missing_scopes: Fact::Known(Vec::new()),
        same_identity: Fact::Known(true),
        can_fence: Fact::Known(true),
        refresh: Fact::Known(Refresh::Until(None)),
    };
    let holding = || Holding {
        stands: "its hand-over stands at `complete`".to_owned(),
        in_doubt: None,
        is_dead: false,
        was_lent: true,
        is_verified: true,
        refreshed: RefreshedOnNew::Yes,
        second_refresher: None,
    };
    Facts {
        accounts: Fact::Known(by_account.into()),
        operations: BTreeMap::from([(OPERATION.to_owned(), operation)]),
        mappings: vec![mapping(Fact::Known(Exercised { parts: 100, covered: 95 }))],
        recordings: RecordingFacts::default(),
        project: Vec::new(),
        change: Fact::Known(MappingChange {
            snapshot: Fact::Known(SnapshotComparison::default()),
            cases: Fact::Known(Cases { run: 3, ..Cases::default() }),
            lint: Fact::Known(Vec::new()),
            tolerances: Fact::Known(TolerancesChange { base: "4b825dc".to_owned(), widened: Vec::new() }),
            coverage: Fact::Known(Vec::new()),
            engines: Fact::Known(EnginesAsked { pairs: 4_003 }),
        }),
        inventory: Fact::Known(accounts.map(|name| (name.to_owned(), authorisation())).into()),
        journal: Fact::Known(accounts.map(|name| (name.to_owned(), holding())).into()),
        router: Fact::Known(Traffic {
            since: AS_OF - 40 * DAY,
            to_new: 900,
            to_legacy: 0,
            callers_at_legacy: vec![],
        }),
        webhooks: Fact::Known(Webhooks { registered: 12, at_legacy: Vec::new() }),
        hazards: Fact::Known(vec![Hazard {
            what: "deleting revokes".to_owned(),
            answer: Some("never".to_owned()),
        }]),
        earlier: Fact::Known(EarlierBundle {
            gate: gate.demands().unwrap_or(GateName::TokenImport),
            file: "reports/gates/earlier.json".to_owned(),
            sha256: "00".repeat(32),
            passed: true,
            as_of: "2026-11-19".to_owned(),
            expires: "2026-11-26T00:00:00Z".to_owned(),
            is_expired: false,
            broken: Vec::new(),
        }),
    }
}
