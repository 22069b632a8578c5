//! The facts that the configuration and the run say; what later parts of the program will say is absent, and named.

use std::collections::{BTreeMap, BTreeSet};

use compare::path::field_of;
use compare::volatile::key_fields;
use evidence::gate::fact::Fact;
use evidence::gate::facts::{
    ConsumedField, Facts, MappingFacts, OperationFacts, RecordingFacts, ToleranceFacts,
};
use evidence::gate::mapping_change::Exercised;
use report::mappings::{Coverage, MappingInfo};

use crate::commands::check::{Evidence, Judging};
use crate::config::{Config, Operation};
use crate::excuses::Excuses;
use crate::inventory;
use crate::plan::{Plan, Planned};

/// What a gate does not ask.
pub fn not_asked<T>() -> Fact<T> {
    Fact::absent("this gate does not ask it", "nothing")
}

/// The accounts that will move, by name, with their integration.
pub fn accounts(config: &Config, plan: &Plan) -> Fact<BTreeMap<String, String>> {
    match config.accounts {
        Some(_) => Fact::Known(
            plan.accounts.iter().map(|account| (account.name.clone(), account.integration.clone())).collect(),
        ),
        None => Fact::absent("the configuration names no accounts", "name their file under [accounts]"),
    }
}

/// What the configuration says of each operation that is judged, by name.
pub fn operations(config: &Config, plan: &Plan) -> BTreeMap<String, OperationFacts> {
    let known = plan.operations.iter().filter_map(|planned| {
        let operation = config.operation(&planned.name)?;
        Some((planned.name.clone(), of_operation(operation, planned)))
    });
    known.collect()
}

/// Everything but what only one gate asks.
pub fn gather(judging: &Judging<'_>, evidence: &Evidence) -> Facts {
    Facts {
        accounts: accounts(judging.config, judging.plan),
        operations: operations(judging.config, judging.plan),
        mappings: evidence.mappings.iter().map(of_mapping).collect(),
        recordings: RecordingFacts {
            unread: evidence.unread.clone(),
            interrupted: evidence.interrupted.clone(),
            dropped: evidence.captured.dropped.clone(),
            unfinished: evidence.captured.unfinished.clone(),
        },
        project: Vec::new(),
        change: not_asked(),
        inventory: inventory::facts::read(judging.config, judging.as_of.instant),
        // A gate that asks for it took it when it began.
        journal: not_asked(),
        router: Fact::absent(
            "no router counted where traffic went: this version of cutover has none",
            "wait for a version that has one, or waive it after looking by hand",
        ),
        webhooks: Fact::absent(
            "nobody looked where the webhooks go: this version of cutover does not",
            "wait for a version that does, or waive it after looking by hand",
        ),
        hazards: Fact::absent(
            "the hazards of the legacy provider are not known: this version of cutover reads none from its profile",
            "wait for a version that does, or waive it after reading the provider's documentation",
        ),
        earlier: not_asked(),
    }
}

/// What the configuration says of an operation.
pub fn of_operation(operation: &Operation, planned: &Planned) -> OperationFacts {
    let keys = operation.keys.iter();
    let identity: BTreeSet<String> =
        keys.flat_map(|key| key_fields(&field_of(&key.path.text), &key.fields).collect::<Vec<_>>()).collect();
    let consumes = operation.consumes.iter().map(|path| {
        let words = operation.values.iter().filter(|values| values.path.text == path.text);
        let words = words.flat_map(|values| &values.words);
        ConsumedField {
            path: path.text.clone(),
            is_identity: identity.contains(&field_of(&path.text)),
            words: words.map(|word| serde_json::Value::from(word.as_str()).to_string()).collect(),
        }
    });
    let told = planned.info.tolerances.iter().zip(&planned.shares).zip(&planned.excuses);
    let tolerances = told.map(|((info, share), excuses)| ToleranceFacts {
        at: format!("{}:{}", info.file, info.line),
        text: format!("{} {}", info.rule, info.path),
        is_blind: *excuses == Excuses::Anything,
        is_of_form: *excuses == Excuses::AnythingOfAForm,
        share: *share,
        is_expired: info.expired,
        until: info.until.clone(),
        owner: info.owner.clone(),
    });
    OperationFacts {
        integrations: operation.integrations.clone(),
        is_list: operation.items.is_some(),
        consumes: consumes.collect(),
        critical: operation.critical.iter().map(|path| field_of(&path.text)).collect(),
        tolerances: tolerances.collect(),
    }
}

fn of_mapping(info: &MappingInfo) -> MappingFacts {
    MappingFacts { file: info.file.clone(), exercised: exercised(info) }
}

/// How much of a mapping pairs exercised.
pub fn exercised(info: &MappingInfo) -> Fact<Exercised> {
    match &info.coverage {
        Coverage::Measured(measured) => Fact::Known(Exercised {
            parts: measured.expressions + measured.branches,
            covered: measured.covered + measured.branches_covered,
        }),
        Coverage::Unmeasured(why) => Fact::absent(
            format!("what of {} is exercised was not measured: {why}", info.file),
            "write it so that the native engine evaluates it, or waive it",
        ),
    }
}
