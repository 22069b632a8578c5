//! The project's own conditions: JSONata over the tally, where only `true` passes.

use anyhow::anyhow;
use evidence::gate::facts::{ProjectCondition, ProjectOutcome};
use mapping::mapping::{LIMITS, Mapping};
use serde_json::Value;

use crate::config::Gate;
use crate::config::gate::ConditionEntry;

/// Asks each condition of the gate.
pub fn outcomes(gate: &Gate, tally: &Value, as_of: jiff::Timestamp) -> anyhow::Result<Vec<ProjectCondition>> {
    if gate.conditions.is_empty() {
        return Ok(Vec::new());
    }
    let text = tally.to_string();
    gate.conditions.iter().map(|entry| outcome(gate, entry, &text, as_of)).collect()
}

fn outcome(
    gate: &Gate,
    entry: &ConditionEntry,
    tally: &str,
    as_of: jiff::Timestamp,
) -> anyhow::Result<ProjectCondition> {
    let compiled = Mapping::compile(&entry.jsonata).map_err(|error| {
        anyhow!("the condition `{}` of gate `{}` is no JSONata: {error}", entry.name, gate.name.text())
    })?;
    let answer = compiled.evaluate(tally, as_of.as_millisecond(), &LIMITS);
    let outcome = match answer {
        Ok(Some(answer)) if answer == "true" => ProjectOutcome::Holds,
        Ok(Some(answer)) if answer == "false" => ProjectOutcome::Fails,
        Ok(Some(answer)) => ProjectOutcome::Neither(report::visible::short(&answer, 60)),
        Ok(None) => ProjectOutcome::Neither("nothing".to_owned()),
        Err(error) => ProjectOutcome::Neither(format!("an error ({error})")),
    };
    Ok(ProjectCondition { name: entry.name.clone(), says: entry.says.clone(), outcome })
}
