//! A group of differences as a reviewer sees it.

use std::fs;
use std::io::Write;

use evidence::snapshot::{Change, Changed, Group, Identity};
use report::causes::MadeAt;
use report::findings::meaning;
use report::run::counted;
use report::visible;
use serde_json::{Value, json};

use crate::config::Config;
use crate::makers;
use crate::snapshots::Snapshots;

/// An expression is cut here: its place says where to read on.
const EXPRESSION_CHARS_MAX: usize = 100;

/// Writes one group with its examples.
pub fn group(config: &Config, changed: &Changed, out: &mut dyn Write) -> anyhow::Result<()> {
    let Changed { operation, identity, change } = changed;
    writeln!(out, "  {}  {}", visible::one_line(operation), told(change))?;
    let size = change.current().or(change.accepted()).map_or(String::new(), size);
    writeln!(out, "  {}  {}, {size}", visible::one_line(&identity.field), identity.kind.name())?;
    writeln!(out, "    {}", meaning(identity.kind))?;
    if let Some(field) = &identity.now_at {
        writeln!(out, "    now at   {}", visible::one_line(field))?;
    }
    if let Some(made_by) = &identity.made_by {
        let place = place(config, identity).map_or(made_by.mapping.clone(), |at| at.place());
        let expression = made_by.expression.as_deref().unwrap_or_default();
        let expression = visible::short(expression, EXPRESSION_CHARS_MAX);
        writeln!(out, "    made by  {}  {expression}", visible::one_line(&place))?;
    }
    if let Change::Other { accepted, .. } = change {
        writeln!(out, "    as accepted: {}", size_and_examples(accepted))?;
    }
    let examples = change.current().or(change.accepted()).map_or(&[][..], |group| &group.examples);
    for example in examples {
        writeln!(out, "    {}  {}", visible::one_line(&example.pair), visible::one_line(&example.path))?;
        let value = |value: &Option<String>| value.as_deref().map_or("(absent)".into(), visible::one_line);
        writeln!(out, "      legacy  {}", value(&example.legacy))?;
        writeln!(out, "      new     {}", value(&example.new))?;
    }
    Ok(())
}

/// Prints all that waits as one document.
pub fn json(
    config: &Config,
    waiting: &[(usize, Changed)],
    snapshots: &Snapshots,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let group = |group: Option<&Group>| {
        group.map(|group| {
            let examples = group.examples.iter().map(|example| {
                json!({
                    "pair": example.pair, "path": example.path, "legacy": example.legacy, "new": example.new,
                })
            });
            json!({
                "pairs": group.pairs, "differences": group.differences, "digest": group.digest,
                "examples": examples.collect::<Vec<Value>>(),
            })
        })
    };
    let groups = waiting.iter().map(|(file, changed)| {
        let Changed { operation, identity, change } = changed;
        let made_by = identity.made_by.as_ref().map(|made_by| {
            let line = place(config, identity).map(|at| at.line);
            json!({"mapping": made_by.mapping, "line": line, "expression": made_by.expression})
        });
        json!({
            "operation": operation,
            "field": identity.field,
            "kind": identity.kind.name(),
            "now_at": identity.now_at,
            "made_by": made_by,
            "change": change.name(),
            "accepted": group(change.accepted()),
            "current": group(change.current()),
            "snapshot": snapshots.files[*file].shown,
        })
    });
    let document = json!({"version": 1, "waiting": groups.collect::<Vec<Value>>()});
    writeln!(out, "{document:#}")?;
    Ok(())
}

fn told(change: &Change) -> &'static str {
    match change {
        Change::New(_) => "new: not accepted yet",
        Change::Other { .. } => "other: not as it was accepted",
        Change::Gone(_) => "gone: accepted, and not there any more",
    }
}

fn size(group: &Group) -> String {
    let differences = counted(group.differences, "difference", "differences");
    format!("{differences} in {}", counted(group.pairs, "pair", "pairs"))
}

fn size_and_examples(group: &Group) -> String {
    let first = group.examples.first().map_or(String::new(), |example| {
        let value = |value: &Option<String>| value.as_deref().map_or("(absent)".into(), visible::one_line);
        format!(", first {} → {}", value(&example.legacy), value(&example.new))
    });
    size(group) + &first
}

/// Where the mapping makes the group's values as it is written now.
fn place(config: &Config, identity: &Identity) -> Option<MadeAt> {
    let made_by = identity.made_by.as_ref()?;
    let text = fs::read_to_string(config.folder.join(&made_by.mapping)).ok()?;
    makers::place_in(&made_by.mapping, &text, identity.now_at.as_deref().unwrap_or(&identity.field))
}
