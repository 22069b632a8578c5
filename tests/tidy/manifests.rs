//! The workspace as its manifests tell it, and as the map does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

use super::files::{read, root};

/// The rows of the first table whose head begins with `crate`: name, permission, depends on, in tests also.
pub fn map_rows() -> Vec<[String; 4]> {
    let map = read(&root("harness/ARCHITECTURE.md"));
    let table = map.lines().skip_while(|line| !line.starts_with("| crate |")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<String> =
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("four cells, not {cells:?}"))
    });
    rows.collect()
}

/// Every package of the workspace by name, with its folder and manifest.
pub fn members() -> BTreeMap<String, (PathBuf, Table)> {
    let top = manifest(Path::new("."));
    let patterns = top["workspace"]["members"].as_array().expect("members is a list");
    let mut folders = vec![PathBuf::from(".")];
    for pattern in patterns.iter().filter_map(|pattern| pattern.as_str()) {
        match pattern.strip_suffix("/*") {
            None => folders.push(pattern.into()),
            Some(parent) => folders.extend(
                fs::read_dir(root(parent))
                    .unwrap_or_else(|error| panic!("list {parent}: {error}"))
                    .map(|entry| {
                        Path::new(parent).join(entry.expect("a folder's entry can be read").file_name())
                    })
                    .filter(|folder| root(folder).join("Cargo.toml").exists()),
            ),
        }
    }
    let named = folders.into_iter().map(|folder| {
        let manifest = manifest(&folder);
        let name = manifest["package"]["name"].as_str().expect("a package has a name").to_owned();
        (name, (root(&folder), manifest))
    });
    named.collect()
}

/// Those dependencies that are crates of this repository, for every target.
pub fn path_dependencies(package: &Table, sections: &[&str]) -> BTreeSet<String> {
    let shared = manifest(Path::new("."))["workspace"]["dependencies"].clone();
    let targets = package.get("target").and_then(toml::Value::as_table);
    let places =
        targets.into_iter().flat_map(Table::values).filter_map(toml::Value::as_table).chain([package]);
    let mut found = BTreeSet::new();
    for place in places {
        let tables = sections.iter().filter_map(|section| place.get(*section)?.as_table());
        for (name, how) in tables.flatten() {
            let is_shared = how.get("workspace").is_some();
            let how = if is_shared { shared.get(name).unwrap_or(how) } else { how };
            if how.get("path").is_some() {
                found.insert(name.clone());
            }
        }
    }
    found
}

/// A folder's manifest.
pub fn manifest(folder: &Path) -> Table {
    let path = root(folder).join("Cargo.toml");
    read(&path).parse().unwrap_or_else(|error| panic!("parse {}: {error}", path.display()))
}
