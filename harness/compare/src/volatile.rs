//! Noise over many pairs: which fields waver, which tolerance would say so, and which one is refused and why.
//!
//! Nothing here excuses anything. A person reads a [`Suggestion`] with its evidence and writes the tolerance, or not.
//! Tallies add up alike in any order and grouping; they keep the first [`FIELDS_MAX`] fields by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::difference::{Difference, Kind};
use crate::noise::{Noise, Repeats};
use crate::path::{self, Reach};
use crate::tape::{Json, Type, Value};

/// Answers with more fields than this are dictionaries; the first in order of their names are kept, and it is said.
pub const FIELDS_MAX: usize = 10_000;

/// A suggestion to ignore more than this share of a record's fields is refused: so much noise has another cause (a
/// record joined with the wrong one, an unstable query), which would be hidden.
const OVER_BROAD_SHARE: f64 = 0.5;

/// What one operation's pairs with repeats showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volatility {
    pairs: u64,
    fields: BTreeMap<String, FieldCounts>,
    is_cut: bool,
}

/// What one field showed, each pair counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct FieldCounts {
    /// It holds a scalar in some legacy answer.
    is_leaf: bool,
    /// Pairs in which legacy differs from new.
    raw: u64,
    /// Pairs in which legacy differs from a repeat.
    noise: u64,
    /// Pairs in which legacy differs from new where it does not differ from itself.
    certain: u64,
    /// Pairs by kind of legacy's difference from itself.
    kinds: BTreeMap<Kind, u64>,
    /// A value was an object or a list.
    is_container: bool,
}

/// A field that wavers, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The field, as a tolerance's path would be written.
    pub field: String,
    /// What to do.
    pub advice: Advice,
    /// Pairs with a usable repeat.
    pub pairs: u64,
    /// Those of them in which the field wavers.
    pub volatile: u64,
    /// In how many of them it does so in which way.
    pub kinds: Vec<(Kind, u64)>,
}

/// What to do about a field that wavers.
#[derive(Clone, Debug, PartialEq)]
pub enum Advice {
    /// This rule would excuse what was seen, and as little else as any rule can. As it would be written.
    Tolerate(&'static str),
    /// No rule is suggested.
    Refuse(Refusal),
}

/// Why no rule is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The whole answer, an object, a list, or something whose type changes: a rule would hide all below.
    Structural,
    /// A list has more elements at one time than at another.
    ArrayLength,
    /// More than half of a record's fields waver.
    OverBroad,
    /// The order wavers in a list without a key whose elements waver too: which is which is not known.
    OrderAmbiguous,
    /// It says which record it is, or was declared critical.
    Identity,
}

impl Refusal {
    /// The word that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::Structural => "structural",
            Refusal::ArrayLength => "array_length",
            Refusal::OverBroad => "over_broad",
            Refusal::OrderAmbiguous => "order_ambiguous",
            Refusal::Identity => "identity",
        }
    }

    /// The reason for people.
    pub fn reason(self) -> &'static str {
        match self {
            Refusal::Structural => {
                "it is a whole object or list, or its type changes: a rule would hide all below it"
            }
            Refusal::ArrayLength => {
                "the number of elements changes: legacy's query is not stable, and no rule mends that"
            }
            Refusal::OverBroad => {
                "more than half of the record's fields change: look for the cause, e.g. records joined wrongly"
            }
            Refusal::OrderAmbiguous => {
                "order and content of the elements change together: declare a key for the list first"
            }
            Refusal::Identity => "it is a key or critical: the comparison rests on it",
        }
    }
}

/// A field's counts beside the rule of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts<'v> {
    /// The field.
    pub field: &'v str,
    /// Pairs with a usable repeat.
    pub pairs: u64,
    /// Pairs in which legacy differs from new.
    pub raw: u64,
    /// Pairs in which legacy differs from itself.
    pub noise: u64,
    /// Pairs in which legacy differs from new, and not from itself: what decides here.
    pub certain: u64,
    /// What Diffy would say.
    pub is_flagged_by_diffy: bool,
}

/// Diffy's rule for a field: is the count of differences above the count of noise by enough to be shown?
pub fn diffy_flags(raw: u64, noise: u64, requests: u64) -> bool {
    /// Of both counts together, in percent.
    const RELATIVE_MIN: f64 = 20.0;
    /// Of all requests, in percent.
    const ABSOLUTE_MIN: f64 = 0.03;
    if raw <= noise || requests == 0 {
        return false;
    }
    let above = (raw - noise) as f64 * 100.0;
    above / (raw + noise) as f64 > RELATIVE_MIN && above / requests as f64 > ABSOLUTE_MIN
}

impl Volatility {
    /// Adds one pair: legacy's body where it is JSON, what its repeats said, and its differences from new. A pair
    /// without a usable repeat is not counted.
    pub fn add(&mut self, legacy: Option<Json<'_>>, repeats: &Repeats, differences: &[Difference]) {
        if repeats.noise.repeats() == 0 {
            return;
        }
        self.pairs += 1;
        let mut fields: BTreeMap<String, FieldCounts> = BTreeMap::new();
        let mut leaves = BTreeSet::new();
        if let Some(json) = legacy {
            collect_leaves(json.root(), &mut "$".to_owned(), &mut leaves);
        }
        for field in leaves {
            fields.entry(field).or_default().is_leaf = true;
        }
        for difference in &repeats.differences {
            let counts = fields.entry(difference.field.to_string()).or_default();
            counts.noise = 1;
            counts.kinds.insert(difference.kind, 1);
            counts.is_container |= is_container(difference);
        }
        for difference in differences.iter().filter(|difference| difference.tolerance.is_none()) {
            let counts = fields.entry(difference.field.to_string()).or_default();
            counts.raw = 1;
            counts.certain |= u64::from(!Noise::covers(&repeats.noise, difference));
        }
        self.absorb(fields);
    }

    /// Adds what other pairs showed.
    pub fn merge(&mut self, other: Volatility) {
        self.pairs += other.pairs;
        self.is_cut |= other.is_cut;
        self.absorb(other.fields);
    }

    fn absorb(&mut self, fields: BTreeMap<String, FieldCounts>) {
        for (field, counts) in fields {
            let into = self.fields.entry(field).or_default();
            into.is_leaf |= counts.is_leaf;
            into.is_container |= counts.is_container;
            into.raw += counts.raw;
            into.noise += counts.noise;
            into.certain += counts.certain;
            for (kind, pairs) in counts.kinds {
                *into.kinds.entry(kind).or_default() += pairs;
            }
        }
        while self.fields.len() > FIELDS_MAX {
            self.fields.pop_last();
            self.is_cut = true;
        }
    }

    /// Pairs with a usable repeat.
    pub fn pairs(&self) -> u64 {
        self.pairs
    }

    /// There were more fields than are kept.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The fields in which legacy differs from itself, or from new, with what Diffy would say of them.
    pub fn counts(&self) -> impl Iterator<Item = Counts<'_>> {
        self.fields.iter().filter(|(_, counts)| counts.raw + counts.noise > 0).map(|(field, counts)| Counts {
            field,
            pairs: self.pairs,
            raw: counts.raw,
            noise: counts.noise,
            certain: counts.certain,
            is_flagged_by_diffy: diffy_flags(counts.raw, counts.noise, self.pairs),
        })
    }

    /// What to do about each field that wavers. `identity` holds the fields that must not be excused: those of keys
    /// (see [`key_fields`]) and critical ones; `keyed` the lists that have a key; both as fields are written.
    pub fn suggest(&self, identity: &BTreeSet<String>, keyed: &BTreeSet<String>) -> Vec<Suggestion> {
        let mut suggestions = Vec::new();
        // A critical path may have wildcards, which no field is written with.
        let identity: Vec<Reach> = identity.iter().map(|path| Reach::of(path)).collect();
        for (field, counts) in self.fields.iter().filter(|(_, counts)| counts.noise > 0) {
            let kinds: Vec<(Kind, u64)> = counts.kinds.iter().map(|(kind, pairs)| (*kind, *pairs)).collect();
            for advice in self.advise(field, counts, &identity, keyed) {
                suggestions.push(Suggestion {
                    field: field.clone(),
                    advice,
                    pairs: self.pairs,
                    volatile: counts.noise,
                    kinds: kinds.clone(),
                });
            }
        }
        suggestions
    }

    fn advise(
        &self,
        field: &str,
        counts: &FieldCounts,
        identity: &[Reach],
        keyed: &BTreeSet<String>,
    ) -> Vec<Advice> {
        let refuse = |refusal| vec![Advice::Refuse(refusal)];
        if identity.iter().any(|path| path.may_cover(field)) {
            return refuse(Refusal::Identity);
        }
        let has = |kind| counts.kinds.contains_key(&kind);
        if field.ends_with("[*]") && (has(Kind::Missing) || has(Kind::Extra) || has(Kind::Moved)) {
            return refuse(Refusal::ArrayLength);
        }
        let narrow: Option<Vec<&'static str>> = counts.kinds.keys().map(|kind| narrow_rule(*kind)).collect();
        if let Some(rules) = narrow {
            let content_wavers = || {
                let below = self
                    .fields
                    .range(field.to_owned()..)
                    .skip(1)
                    .take_while(|(other, _)| other.starts_with(field));
                below.into_iter().any(|(_, counts)| counts.noise > 0)
            };
            if has(Kind::Order) && !keyed.contains(field) && content_wavers() {
                return refuse(Refusal::OrderAmbiguous);
            }
            return rules.into_iter().map(Advice::Tolerate).collect();
        }
        if field == "$" || has(Kind::Type) || counts.is_container {
            return refuse(Refusal::Structural);
        }
        if self.share_that_wavers(record_of(field)) > OVER_BROAD_SHARE {
            return refuse(Refusal::OverBroad);
        }
        vec![Advice::Tolerate("\"ignore\"")]
    }

    /// Of a record's own scalar fields (not those of lists within it), the share that only `ignore` would
    /// excuse.
    fn share_that_wavers(&self, record: &str) -> f64 {
        let mine = self.fields.range(record.to_owned()..).take_while(|(field, _)| field.starts_with(record));
        let (mut all, mut wavering) = (0_u32, 0_u32);
        for (_, counts) in mine.filter(|(field, counts)| counts.is_leaf && record_of(field) == record) {
            all += 1;
            wavering += u32::from(counts.kinds.keys().any(|kind| narrow_rule(*kind).is_none()));
        }
        f64::from(wavering) / f64::from(all.max(1))
    }
}

/// The fields that a key's fields name, as differences write them: `$.data` and `id` give `$.data[*].id`.
pub fn key_fields(list: &str, fields: &[String]) -> impl Iterator<Item = String> {
    fields.iter().map(move |field| {
        let mut path = format!("{list}[*]");
        match field.strip_prefix('/') {
            Some(pointer) => {
                pointer
                    .split('/')
                    .for_each(|step| path::push_name(&mut path, &step.replace("~1", "/").replace("~0", "~")));
            }
            None => path::push_name(&mut path, field),
        }
        path
    })
}

/// The rule that excuses just this way of differing; `None` where only `ignore` would.
fn narrow_rule(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Order => Some("\"any_order\""),
        Kind::InstantText => Some("\"same_instant\""),
        Kind::NumberText => Some("\"number_text\""),
        Kind::NumberAsText => Some("\"number_as_text\""),
        Kind::Precision => Some("{ within = { rel = 1e-12 } }"),
        Kind::NullVsAbsent => Some("\"null_is_absent\""),
        Kind::SingletonVsList => Some("\"singleton_is_list\""),
        Kind::Case => Some("\"case\""),
        Kind::Whitespace => Some("\"whitespace\""),
        Kind::Missing
        | Kind::Extra
        | Kind::Value
        | Kind::Type
        | Kind::DuplicateKey
        | Kind::Renamed
        | Kind::Moved
        | Kind::Entity => None,
    }
}

fn is_container(difference: &Difference) -> bool {
    let starts = |sample: Option<&str>| sample.is_some_and(|text| text.starts_with(['{', '[']));
    starts(difference.legacy.as_deref()) || starts(difference.new.as_deref())
}

/// A field's record: up to its last list element, else the whole answer.
fn record_of(field: &str) -> &str {
    field.rfind("[*]").map_or("$", |at| &field[..at + 3])
}

fn collect_leaves(value: Value<'_>, field: &mut String, out: &mut BTreeSet<String>) {
    let length = field.len();
    match value.kind() {
        Type::Object => {
            for (key, member) in value.members() {
                path::push_name(field, &key.text());
                collect_leaves(member, field, out);
                field.truncate(length);
            }
        }
        Type::Array => {
            field.push_str("[*]");
            value.elements().for_each(|element| collect_leaves(element, field, out));
            field.truncate(length);
        }
        _ => {
            if !out.contains(field.as_str()) && out.len() <= FIELDS_MAX {
                out.insert(field.clone());
            }
        }
    }
}
