//! Where segments lie beside the recordings folder: object storage, by its URL.

use std::collections::BTreeMap;

use super::request::{template, templates};
use super::table::{Problems, Table};
use super::template::{SecretTemplate, Template};

/// The `[recordings]` of a configuration.
#[derive(Clone, Debug)]
pub struct Storage {
    /// `s3://bucket/prefix`.
    pub url: Template,
    /// By the names that the crate `object_store` gives them.
    pub options: BTreeMap<String, SecretTemplate>,
}

pub(super) fn read_storage(mut table: Table<'_, '_>, problems: &mut Problems) -> Option<Storage> {
    let url = table.required_text("url", problems);
    let options = templates(table.table("options", problems), problems);
    let options = options.into_iter().map(|(name, value)| (name, SecretTemplate::new(value))).collect();
    table.finish(problems);
    let url = url.and_then(|text| template(&text, problems))?;
    Some(Storage { url, options })
}
