//! `cutover mapping`: what authors of mappings do with them, a file each.

pub mod export;
pub mod import;
pub mod lint;
pub mod suggest;
pub mod test;

use std::path::Path;

use mapping::engine::Settings;

use crate::cases::{self, MappingFile};
use crate::config::{Config, ConfigError};
use crate::engines::Engines;
use crate::options::Global;
use crate::plan::Plan;

/// The mappings that are named; all that there are where none is named.
pub fn select(
    config: &Config,
    named: &[std::path::PathBuf],
    global: &Global,
) -> anyhow::Result<Vec<MappingFile>> {
    let operations = config.select(&[])?;
    let engines = Engines::where_needed(global);
    let settings = engines.settings(&config.evaluation());
    let plan = Plan::compile(config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let mut known = cases::of_operations(config, &operations, &plan);
    if named.is_empty() {
        let unnamed = cases::unnamed(config, &known, &settings).map_err(ConfigError::Invalid)?;
        known.extend(unnamed);
        return Ok(known);
    }
    named.iter().map(|file| find(config, &known, file, &settings)).collect()
}

/// A mapping by its file, from here or from the configuration's folder.
fn find(
    config: &Config,
    known: &[MappingFile],
    file: &Path,
    settings: &Settings,
) -> anyhow::Result<MappingFile> {
    let places = [file.to_owned(), config.folder.join(file)];
    let Some(full) = places.into_iter().find(|place| place.is_file()) else {
        anyhow::bail!(
            "there is no mapping {}: name its file, such as mappings/crm/contacts.list.response.jsonata",
            file.display()
        );
    };
    let same = |known: &&MappingFile| match (known.full.canonicalize(), full.canonicalize()) {
        (Ok(known), Ok(full)) => known == full,
        _ => known.full == full,
    };
    match known.iter().find(same) {
        Some(known) => Ok(known.clone()),
        None => cases::read_mapping(config, &full, settings)
            .map_err(|problem| ConfigError::Invalid(vec![problem]).into()),
    }
}
