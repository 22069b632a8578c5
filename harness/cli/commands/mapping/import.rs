//! `cutover mapping import`: a unified model's method configs become mappings of ours, a file an expression.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use mapping::engine::{Dialect, Settings};
use mapping::mapping::Mapping;
use mapping::method_config::{self, Method, Row};
use report::run::counted;
use report::visible;
use serde_json::Value;

use crate::config::fit::WRITTEN_BYTES_MAX;
use crate::exit::Exit;
use crate::options::{IfOther, MappingImport};

/// What stands beside a method's mappings: the rest of its config.
pub const CONFIG_SUFFIX: &str = ".config.json";

/// Imports the rows of a file, with an environment's and an account's overrides laid over them.
pub fn run(options: &MappingImport, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let layer = |file: &Path| -> anyhow::Result<Vec<Row>> {
        let document = read_document(file)?;
        let rows = method_config::rows(&document, &options.model)
            .and_then(|rows| method_config::of_integration(rows, options.integration.as_deref()));
        rows.with_context(|| format!("read {}", file.display()))
    };
    let mut rows = layer(&options.file)?;
    for file in [&options.environment, &options.account].into_iter().flatten() {
        rows = method_config::merge(rows, layer(file)?)
            .with_context(|| format!("lay {} over {}", file.display(), options.file.display()))?;
    }
    if rows.is_empty() {
        writeln!(out, "{} has no method of the model `{}`.", options.file.display(), options.model)?;
        return Ok(Exit::Undecided);
    }
    let folder = options.to.join(&options.model);
    let methods: Vec<Method> = rows.into_iter().map(method_config::take_apart).collect();
    let files = files(&methods, &folder)?;
    refuse_other(&files, options.if_other)?;
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    for (file, text) in &files {
        super::test::write(file, text).with_context(|| format!("write {}", file.display()))?;
    }
    tell(&methods, &files, &folder, out)
}

/// A JSON file, or a YAML one by its name; YAML's own types (a date without quotes) are texts there.
fn read_document(file: &Path) -> anyhow::Result<Value> {
    let shown = file.display();
    let size = fs::metadata(file).with_context(|| format!("read {shown}"))?.len();
    if size > WRITTEN_BYTES_MAX {
        bail!("{shown} has {size} bytes, more than the limit of {WRITTEN_BYTES_MAX}");
    }
    let text = fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    let is_yaml = file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if is_yaml {
        return serde_saphyr::from_str(&text).with_context(|| format!("read {shown} as YAML"));
    }
    serde_json::from_str(&text).with_context(|| format!("read {shown} as JSON"))
}

/// Every file that is to be written, with its text.
fn files(methods: &[Method], folder: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for method in methods {
        for (name, expression) in &method.mappings {
            // A file ends with a line's end; export takes this one away again.
            files.push((folder.join(name.file()), format!("{expression}\n")));
        }
        let row = &method.rest.row;
        let name = |field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default();
        let file = format!("{}.{}{CONFIG_SUFFIX}", name("resource_name"), name("method_name"));
        let text = serde_json::to_string_pretty(&method.rest.to_json()).context("write a config's rest")?;
        files.push((folder.join(file), text + "\n"));
    }
    Ok(files)
}

/// A mapping that somebody has worked on must not be lost to an import.
fn refuse_other(files: &[(PathBuf, String)], if_other: IfOther) -> anyhow::Result<()> {
    if if_other == IfOther::Replace {
        return Ok(());
    }
    let is_other = |(file, text): &&(PathBuf, String)| fs::read_to_string(file).is_ok_and(|old| old != *text);
    let others: Vec<String> =
        files.iter().filter(is_other).map(|(file, _)| file.display().to_string()).collect();
    if others.is_empty() {
        return Ok(());
    }
    bail!("there is another content in {}; --replace writes over it", others.join(", "))
}

fn tell(
    methods: &[Method],
    files: &[(PathBuf, String)],
    folder: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let mappings: usize = methods.iter().map(|method| method.mappings.len()).sum();
    let settings = Settings { dialect: Dialect::Truto, ..Settings::default() };
    let mut broken = 0;
    for (file, text) in files.iter().filter(|(file, _)| file.extension().is_some_and(|e| e == "jsonata")) {
        if let Err(error) = Mapping::compile_with(text, &settings) {
            broken += 1;
            writeln!(out, "no JSONata  {}: {}", file.display(), visible::one_line(&error.to_string()))?;
        }
    }
    for method in methods {
        let row = &method.rest.row;
        let name = |field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default();
        for (place, why) in &method.kept {
            let of = format!("{}.{}", name("resource_name"), name("method_name"));
            writeln!(
                out,
                "not placed  {of}: {}: {why}; it stays in {of}{CONFIG_SUFFIX}",
                visible::one_line(place)
            )?;
        }
    }
    writeln!(
        out,
        "{} of {} imported into {}.",
        counted(mappings as u64, "mapping", "mappings"),
        counted(methods.len() as u64, "method", "methods"),
        folder.display()
    )?;
    Ok(if broken > 0 { Exit::Usage } else { Exit::Clean })
}
