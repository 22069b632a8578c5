//! `cutover mapping export`: mappings of ours become a unified model's method configs again.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use mapping::kind::{Kind, MappingName};
use mapping::method_config::{self, Rest};
use serde_json::Value;

use super::import::CONFIG_SUFFIX;
use crate::exit::Exit;
use crate::options::MappingExport;

/// Prints the rows of a model as they were imported, with the mappings as they are now: one row where a method is
/// named, else the list of all.
pub fn run(options: &MappingExport, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let folder = options.from.join(&options.model);
    let mut names = method_names(&folder)?;
    if let Some(wanted) = &options.method {
        names.retain(|name| name == wanted);
    }
    if names.is_empty() {
        let what = options.method.as_deref().unwrap_or("any method");
        bail!(
            "{} has no config of {what}: export gives back what `cutover mapping import` brought in",
            folder.display()
        );
    }
    let rows = names.iter().map(|name| row(&folder, name)).collect::<anyhow::Result<Vec<Value>>>()?;
    let document = match (&options.method, rows) {
        (Some(_), mut rows) => rows.remove(0),
        (None, rows) => Value::Array(rows),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(Exit::Clean)
}

fn method_names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let shown = folder.display();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("list {shown}"))? {
        let name = entry.with_context(|| format!("list {shown}"))?.file_name();
        names.extend(name.to_str().and_then(|name| name.strip_suffix(CONFIG_SUFFIX)).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn row(folder: &Path, name: &str) -> anyhow::Result<Value> {
    let file = folder.join(format!("{name}{CONFIG_SUFFIX}"));
    let shown = file.display();
    let text = fs::read_to_string(&file).with_context(|| format!("read {shown}"))?;
    let json: Value = serde_json::from_str(&text).with_context(|| format!("read {shown} as JSON"))?;
    let Some(rest) = Rest::from_json(&json) else {
        bail!("{shown} is not what `cutover mapping import` of this version writes: import the method again");
    };
    let Some((resource, method)) = name.rsplit_once('.') else {
        bail!("{shown} is not named <resource>.<method>{CONFIG_SUFFIX}");
    };
    let mut mappings = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| kind.config_field().is_some()) {
        let name = MappingName { resource: resource.to_owned(), method: method.to_owned(), kind };
        let file: PathBuf = folder.join(name.file());
        match fs::read_to_string(&file) {
            Ok(text) => mappings.push((kind, text.strip_suffix('\n').unwrap_or(&text).to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if rest.mappings.contains(&kind) {
                    bail!("{shown} names a {} mapping, but there is no {}", kind.name(), file.display());
                }
            }
            Err(error) => return Err(error).with_context(|| format!("read {}", file.display())),
        }
    }
    Ok(Value::Object(method_config::put_together(&rest, &mappings)))
}
