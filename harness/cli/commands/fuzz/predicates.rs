//! Users' own properties: JSONata over `input` and `output` that answers `true`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use fuzz::subject::Predicate;
use mapping::mapping::Mapping;

use super::hunt::LIMITS;
use super::targets::{Target, stem};
use crate::config::ConfigError;
use crate::plan::compile_mapping;

/// A property of the user's, compiled.
pub struct Own {
    name: String,
    about: String,
    mapping: Mapping,
}

/// Those that are named, and those that lie in `properties/<mapping>/` beside the mapping.
pub fn read(target: &Target<'_>, named: &[PathBuf]) -> anyhow::Result<Vec<Own>> {
    let folder = target.full.parent().unwrap_or(Path::new(".")).join("properties").join(stem(&target.full));
    let mut files = named.to_vec();
    if folder.is_dir() {
        let listed = fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))?;
        let mut beside: Vec<PathBuf> =
            listed.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        beside.retain(|file| file.extension().is_some_and(|extension| extension == "jsonata"));
        beside.sort();
        files.extend(beside);
    }
    files.iter().map(|file| one(file, target)).collect()
}

fn one(file: &Path, target: &Target<'_>) -> anyhow::Result<Own> {
    let shown = file.display().to_string();
    let text = fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    let mapping = compile_mapping(&shown, &text, target.mapping.settings())
        .map_err(|problem| ConfigError::Invalid(vec![problem]))?;
    let name = stem(file);
    let about = comment(&text).unwrap_or_else(|| name.clone());
    Ok(Own { name, about, mapping })
}

/// The first comment says what is demanded.
fn comment(text: &str) -> Option<String> {
    let rest = text.trim_start().strip_prefix("/*")?;
    let (comment, _) = rest.split_once("*/")?;
    Some(comment.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Own {
    /// As a function of input and output.
    pub fn predicate(&self) -> Predicate<'_> {
        Predicate {
            name: self.name.clone(),
            about: self.about.clone(),
            holds: Box::new(|input, output| {
                let both = format!("{{\"input\":{input},\"output\":{output}}}");
                match self.mapping.evaluate(&both, 0, &LIMITS) {
                    Ok(answer) => Ok(answer.as_deref() == Some("true")),
                    Err(error) => Err(error.to_string()),
                }
            }),
        }
    }
}
