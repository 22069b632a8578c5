//! A snapshot as it lies in git: JSON, keys and groups in one order, so that a change of one group is a change of its lines.
//!
//! Version 1. A key that is not known is refused, and so is a later version: what was accepted must not be half read.

use std::collections::BTreeMap;

use compare::difference::Kind;
use serde::{Deserialize, Serialize};

use super::{Differences, Example, Group, Identity, MadeBy, Snapshot};

/// The version that is written and read.
const VERSION: u64 = 1;

/// A file of snapshots that is none.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is no JSON, or has not the keys of version 1.
    #[error("it is no snapshot of version {VERSION}: {0}")]
    Shape(#[from] serde_json::Error),
    /// A later program wrote it.
    #[error("it is of version {0}, and this program reads version {VERSION}: take a newer one")]
    Version(u64),
    /// A kind that is none.
    #[error("`{0}` is no kind of difference")]
    Kind(String),
    /// One group stands there twice: a merge of two branches left both.
    #[error("operation `{operation}` has the group {field} {kind} twice: keep one, or accept anew")]
    Twice {
        /// The operation's name.
        operation: String,
        /// The group's field.
        field: String,
        /// The group's kind.
        kind: String,
    },
}

#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u64,
    operations: BTreeMap<String, OperationText>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct OperationText {
    groups: Vec<GroupText>,
    #[serde(default, skip_serializing_if = "is_zero")]
    left_out: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct GroupText {
    field: String,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    now_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_by: Option<MadeByText>,
    pairs: u64,
    differences: u64,
    digest: String,
    examples: Vec<ExampleText>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct MadeByText {
    mapping: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ExampleText {
    pair: String,
    path: String,
    legacy: Option<String>,
    new: Option<String>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Snapshot {
    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Snapshot, SnapshotError> {
        let Versioned { version } = serde_json::from_str(text)?;
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let document: Document = serde_json::from_str(text)?;
        let mut snapshot = Snapshot::default();
        for (name, operation) in document.operations {
            let mut groups = BTreeMap::new();
            for text in operation.groups {
                let (field, kind) = (text.field.clone(), text.kind.clone());
                let (identity, group) = read_group(text)?;
                if groups.insert(identity, group).is_some() {
                    return Err(SnapshotError::Twice { operation: name, field, kind });
                }
            }
            snapshot.replace(&name, Differences { groups, left_out: operation.left_out });
        }
        Ok(snapshot)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let operations = self.operations.iter().map(|(name, differences)| {
            let groups = differences.groups.iter().map(|(identity, group)| group_text(identity, group));
            let text = OperationText { groups: groups.collect(), left_out: differences.left_out };
            (name.clone(), text)
        });
        let document = Document { version: VERSION, operations: operations.collect() };
        let text = serde_json::to_string_pretty(&document).expect("texts and counts are always JSON");
        text + "\n"
    }
}

fn read_group(text: GroupText) -> Result<(Identity, Group), SnapshotError> {
    let found = Kind::ALL.iter().find(|(_, name)| *name == text.kind);
    let (kind, _) = found.ok_or_else(|| SnapshotError::Kind(text.kind.clone()))?;
    let identity = Identity {
        field: text.field,
        kind: *kind,
        now_at: text.now_at,
        made_by: text.made_by.map(|made| MadeBy { mapping: made.mapping, expression: made.expression }),
    };
    let examples = text.examples.into_iter().map(|example| Example {
        pair: example.pair,
        path: example.path,
        legacy: example.legacy,
        new: example.new,
    });
    let group = Group {
        pairs: text.pairs,
        differences: text.differences,
        digest: text.digest,
        examples: examples.collect(),
    };
    Ok((identity, group))
}

fn group_text(identity: &Identity, group: &Group) -> GroupText {
    let Identity { field, kind, now_at, made_by } = identity.clone();
    let examples = group.examples.iter().cloned().map(|Example { pair, path, legacy, new }| ExampleText {
        pair,
        path,
        legacy,
        new,
    });
    GroupText {
        field,
        kind: kind.name().to_owned(),
        now_at,
        made_by: made_by.map(|MadeBy { mapping, expression }| MadeByText { mapping, expression }),
        pairs: group.pairs,
        differences: group.differences,
        digest: group.digest.clone(),
        examples: examples.collect(),
    }
}
