//! How much of each changed mapping the same pairs exercised as the base revision has it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use anyhow::Context;
use evidence::gate::fact::Fact;
use evidence::gate::mapping_change::CoverageChange;
use report::mappings::MappingInfo;

use super::super::facts::exercised;
use super::shown;
use crate::commands::check::{Evidence, Judging};
use crate::config::{FilePath, Operation};
use crate::exercise::Exercise;
use crate::options::Global;
use crate::plan::Plan;

/// Each mapping that is another than at the base, before and after; one that is new has no before.
pub fn coverage(
    judging: &Judging<'_>,
    evidence: &Evidence,
    base: &str,
    global: &Global,
) -> anyhow::Result<Fact<Vec<CoverageChange>>> {
    let changed = changed(judging, base)?;
    if changed.is_empty() {
        return Ok(Fact::Known(Vec::new()));
    }
    let infos = match before(judging, &changed, global)? {
        Ok(infos) => infos,
        Err(why) => return Ok(Fact::absent(why, "mend the base, or name another")),
    };
    let mut changes = Vec::new();
    for before in &infos {
        let Some(after) = evidence.mappings.iter().find(|after| before.file.ends_with(&after.file)) else {
            continue;
        };
        if !changed.contains_key(&after.file) {
            continue;
        }
        match (exercised(before), exercised(after)) {
            (Fact::Known(before), Fact::Known(now)) => {
                changes.push(CoverageChange { mapping: after.file.clone(), before, after: now });
            }
            // What could not be watched before cannot have become worse.
            (Fact::Absent(_), Fact::Known(_)) => {}
            (_, Fact::Absent(missing)) => return Ok(Fact::Absent(missing)),
        }
    }
    Ok(Fact::Known(changes))
}

/// The base's text of each mapping that has another now.
fn changed(judging: &Judging<'_>, base: &str) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut changed = BTreeMap::new();
    for operation in judging.operations {
        for file in [&operation.mapping, &operation.error_mapping].into_iter().flatten() {
            let now = fs::read(&file.full).with_context(|| format!("read {}", file.written))?;
            if let Some(before) = shown(judging.config, base, &file.written)?
                && before != now
            {
                changed.insert(file.written.clone(), before);
            }
        }
    }
    Ok(changed)
}

/// Watches the base's mappings on the pairs of this tree.
fn before(
    judging: &Judging<'_>,
    changed: &BTreeMap<String, Vec<u8>>,
    global: &Global,
) -> anyhow::Result<Result<Vec<MappingInfo>, String>> {
    let folder = tempfile_folder(judging, changed)?;
    let operations = judging.operations.iter().map(|operation| moved(operation, folder.path(), changed));
    let operations = operations.collect::<Vec<Operation>>();
    let operations = operations.iter().collect::<Vec<&Operation>>();
    let plan = match Plan::compile(judging.config, &operations, judging.as_of, judging.engines) {
        Ok(plan) => plan,
        Err(problems) => {
            let first = problems.first().map_or_else(String::new, |problem| problem.message.clone());
            return Ok(Err(format!("the mappings of the base revision do not compile: {first}")));
        }
    };
    let exercise = RwLock::new(Exercise::without_cases(judging.config, &operations, &plan));
    let then = Judging { operations: &operations, plan: &plan, ..*judging };
    then.watch(global, &exercise)?;
    let exercise = exercise.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Ok(exercise.infos(judging.config)))
}

/// The same operation with the base's mappings.
fn moved(operation: &Operation, folder: &Path, changed: &BTreeMap<String, Vec<u8>>) -> Operation {
    let there = |file: &Option<FilePath>| {
        file.as_ref().map(|file| match changed.contains_key(&file.written) {
            true => FilePath { full: folder.join(&file.written), ..file.clone() },
            false => file.clone(),
        })
    };
    Operation {
        mapping: there(&operation.mapping),
        error_mapping: there(&operation.error_mapping),
        ..operation.clone()
    }
}

/// A folder that is gone afterwards.
struct Before(PathBuf);

impl Before {
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody: it is among the reports.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tempfile_folder(judging: &Judging<'_>, changed: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<Before> {
    let folder = Before(judging.config.reports().join("gates").join(".before"));
    for (path, bytes) in changed {
        let file = folder.path().join(path);
        let context = || format!("write {}", file.display());
        fs::create_dir_all(file.parent().unwrap_or(folder.path())).with_context(context)?;
        fs::write(&file, bytes).with_context(context)?;
    }
    Ok(folder)
}
