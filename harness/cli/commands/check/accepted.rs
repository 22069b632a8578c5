//! What differs, by cause, held against what was accepted; what is not as it was accepted waits beside it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use evidence::snapshot::{Cause, Causes, Change, Comparison, Differences, Group, Identity, Made, Snapshot};
use report::causes::{CauseInfo, Declared, MadeAt, State};
use report::run::counted;

use crate::config::Config;
use crate::makers::FieldMakers;
use crate::plan::Plan;
use crate::snapshots::{Extent, Snapshots};

/// What was judged.
pub struct Judged<'j> {
    /// The operations' rules.
    pub plan: &'j Plan,
    /// What they differ in.
    pub causes: &'j Causes,
    /// Whether every pair of an operation was judged.
    pub is_whole: &'j dyn Fn(&str) -> bool,
    /// Whether every operation was.
    pub extent: Extent,
}

/// What came of it.
pub struct Held {
    /// Every cause, what is not accepted first.
    pub causes: Vec<CauseInfo>,
    /// What changed against what was accepted, of the operations that were judged whole.
    pub comparison: Comparison,
    /// Operations of which not every pair was judged: they were held against nothing.
    pub not_compared: Vec<String>,
    snapshots: Snapshots,
    /// What is there now, by snapshot.
    current: Vec<Snapshot>,
}

impl Held {
    /// Writes what is not as it was accepted beside it, for `review`.
    pub fn write_pending(&self) -> io::Result<()> {
        self.snapshots.write_pending(&self.current)
    }
}

/// Holds what differs against what was accepted.
pub fn hold(config: &Config, snapshots: Snapshots, judged: &Judged<'_>) -> Held {
    let mut differences: BTreeMap<String, Differences> = BTreeMap::new();
    let mut places: BTreeMap<(String, Identity), MadeAt> = BTreeMap::new();
    let mut makers: BTreeMap<&str, FieldMakers> = BTreeMap::new();
    for operation in &judged.plan.operations {
        let maker = FieldMakers::of(operation);
        for (cause, _) in judged.causes.of(&operation.name) {
            if let Some(place) = maker.place(cause) {
                let identity = cause.identity(maker.made_by(cause));
                places.insert((operation.name.clone(), identity), place);
            }
        }
        let groups = judged.causes.groups(&operation.name, |cause| maker.made_by(cause));
        differences.insert(operation.name.clone(), groups);
        makers.insert(&operation.name, maker);
    }
    let whole = differences.iter().filter(|(name, _)| (judged.is_whole)(name));
    let whole: BTreeMap<String, Differences> =
        whole.map(|(name, groups)| (name.clone(), groups.clone())).collect();
    let current = snapshots.current(&whole, judged.extent);
    let comparison = snapshots.compare(&current);
    let info = |operation: &str, identity: &Identity, group: &Group, state: State| {
        let place = places.get(&(operation.to_owned(), identity.clone())).cloned();
        CauseInfo {
            operation: operation.to_owned(),
            field: identity.field.clone(),
            kind: identity.kind,
            now_at: identity.now_at.clone(),
            made_at: place.or_else(|| place_of_gone(identity, makers.get(operation)?)),
            declared: declared(config, &snapshots, operation),
            state,
            pairs: group.pairs,
            differences: group.differences,
            examples: group.examples.clone(),
        }
    };
    let mut causes = Vec::new();
    for (name, found) in &differences {
        for (identity, group) in &found.groups {
            let changed = comparison
                .changes
                .iter()
                .find(|changed| changed.operation == *name && changed.identity == *identity);
            let state = match changed.map(|changed| &changed.change) {
                _ if !whole.contains_key(name) => State::NotCompared,
                None => State::Accepted,
                Some(Change::New(_)) => State::New,
                Some(Change::Other { .. } | Change::Gone(_)) => State::Other,
            };
            causes.push(info(name, identity, group, state));
        }
    }
    for changed in &comparison.changes {
        if let Change::Gone(group) = &changed.change {
            causes.push(info(&changed.operation, &changed.identity, group, State::Gone));
        }
    }
    causes.sort_by_key(|cause| (cause.state.rank(), Reverse((cause.pairs, cause.differences))));
    let not_compared = differences.keys().filter(|name| !whole.contains_key(*name)).cloned().collect();
    Held { causes, comparison, not_compared, snapshots, current }
}

/// What was accepted names its mapping; which of the operation's two that is, is not kept.
fn place_of_gone(identity: &Identity, makers: &FieldMakers) -> Option<MadeAt> {
    let Identity { field, kind, now_at, made_by } = identity.clone();
    let of = |made| Cause { field: field.clone(), kind, now_at: now_at.clone(), made };
    let places = [Made::Good, Made::Error].map(|made| makers.place(&of(made)));
    places.into_iter().flatten().find(|place| made_by.as_ref().is_some_and(|by| by.mapping == place.file))
}

/// Where the configuration names the operation; one that it does not name any more stands in its snapshot only.
fn declared(config: &Config, snapshots: &Snapshots, name: &str) -> Declared {
    if let Some(operation) = config.operation(name) {
        let line = config.source.position(operation.span.start).0;
        return Declared { file: config.shown(&config.file), line };
    }
    let file = snapshots.files.iter().find(|file| file.accepted.operations.contains_key(name));
    Declared { file: file.map_or(String::new(), |file| file.shown.clone()), line: 1 }
}

/// What a person is told of it; nothing where nothing differs and nothing was accepted.
pub fn sentence(comparison: &Comparison) -> Option<String> {
    let [new, other, gone] = ["new", "other", "gone"].map(|change| comparison.count(change));
    let all = comparison.accepted + new + other;
    if all + gone == 0 && comparison.left_out.is_empty() {
        return None;
    }
    let groups = counted(all, "group of differences", "groups of differences");
    if comparison.is_accepted() {
        return Some(format!("{groups}, as accepted."));
    }
    let mut parts = vec![format!("{} accepted", comparison.accepted)];
    let named = [(new, "new"), (other, "not as accepted"), (gone, "accepted and gone")];
    parts.extend(named.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
    let left_out: u64 = comparison.left_out.values().sum();
    if left_out > 0 {
        parts.push(counted(left_out, "difference in no group", "differences in no group"));
    }
    Some(format!("{groups}: {}. `cutover review` goes through them.", parts.join(", ")))
}
