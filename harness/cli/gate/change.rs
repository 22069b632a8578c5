//! The facts of a change of mappings: its cases, its lint, and what git says of tolerances and coverage before it.

mod before;
mod tolerances;

use anyhow::Context;
use evidence::gate::fact::Fact;
use evidence::gate::mapping_change::{
    CaseFailure, Cases, DifferenceGroup, EnginesAsked, LintFinding, MappingChange, SnapshotComparison,
};
use evidence::snapshot::{Change, Changed, Group};
use report::mappings::{Level, NOT_CROSS_CHECKED};
use std::process::Command;

use crate::commands::check::{Evidence, Held, Judging};
use crate::config::{Config, Gate};
use crate::engines::Opinions;
use crate::options::{self, Global};

/// The commit that mappings are changed against, as its full name; `None` where nobody names one, or git does not know it.
pub fn base(config: &Config, gate: &Gate, options: &options::Deciding) -> anyhow::Result<Option<String>> {
    let Some(revision) = options.base.as_ref().or(gate.base.as_ref()) else { return Ok(None) };
    if revision.starts_with('-') {
        anyhow::bail!("`{revision}` is no git revision");
    }
    let commit = format!("{revision}^{{commit}}");
    let output = git(config, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
    Ok(output.map(|text| String::from_utf8_lossy(&text).trim().to_owned()))
}

/// All facts of the change.
pub fn facts(
    judging: &Judging<'_>,
    evidence: &Evidence,
    base: Option<&str>,
    global: &Global,
) -> anyhow::Result<Fact<MappingChange>> {
    let (tolerances, coverage) = match base {
        None => {
            let what = "the revision that mappings changed against is not known: none is named, or git does not have it";
            let mend = "set `base` in [gates.mapping-change] or give --base REV, and fetch its history";
            (Fact::absent(what, mend), Fact::absent(what, mend))
        }
        Some(base) => (
            Fact::Known(tolerances::change(judging, base)?),
            before::coverage(judging, evidence, base, global)?,
        ),
    };
    Ok(Fact::Known(MappingChange {
        snapshot: snapshot(&evidence.held),
        cases: Fact::Known(cases(evidence)),
        lint: Fact::Known(lint(evidence)),
        tolerances,
        coverage,
        engines: engines(judging, evidence),
    }))
}

/// What changed against the accepted snapshots; nothing is said where a part was not held against them.
fn snapshot(held: &Held) -> Fact<SnapshotComparison> {
    if !held.not_compared.is_empty() {
        return Fact::absent(
            format!("not every pair of {} was judged", held.not_compared.join(", ")),
            "judge them whole: without --changed, and to the end",
        );
    }
    if let Some((operation, left_out)) = held.comparison.left_out.iter().next() {
        return Fact::absent(
            format!("{operation} has {left_out} differences too many to be grouped"),
            "mend the mapping until `check` has room for what differs",
        );
    }
    let group = |changed: &Changed, group: &Group| DifferenceGroup {
        operation: changed.operation.clone(),
        field: changed.identity.field.clone(),
        kind: changed.identity.kind,
        pairs: group.pairs,
    };
    let (mut unaccepted, mut gone) = (Vec::new(), Vec::new());
    for changed in &held.comparison.changes {
        match &changed.change {
            Change::New(current) | Change::Other { current, .. } => unaccepted.push(group(changed, current)),
            Change::Gone(accepted) => gone.push(group(changed, accepted)),
        }
    }
    Fact::Known(SnapshotComparison { accepted: held.comparison.accepted, unaccepted, gone })
}

fn cases(evidence: &Evidence) -> Cases {
    let failing = evidence.mappings.iter().flat_map(|mapping| &mapping.failures);
    let failing = failing.map(|case| CaseFailure { file: case.file.clone(), message: case.message.clone() });
    let without = evidence.mappings.iter().filter(|mapping| mapping.cases == 0);
    Cases {
        run: evidence.mappings.iter().map(|mapping| mapping.cases).sum(),
        failing: failing.collect(),
        without: without.map(|mapping| mapping.file.clone()).collect(),
    }
}

fn lint(evidence: &Evidence) -> Vec<LintFinding> {
    let of_mapping = |mapping: &report::mappings::MappingInfo| {
        let warnings = mapping.findings.iter().filter(|finding| finding.level == Level::Warning);
        // That an oracle is absent is no fault of the mapping: the fact about engines says it.
        let warnings = warnings.filter(|finding| finding.rule != NOT_CROSS_CHECKED);
        let file = mapping.file.clone();
        let finding = move |finding: &report::mappings::Finding| LintFinding {
            at: format!("{file}:{}:{}", finding.line, finding.column),
            rule: finding.rule.clone(),
            message: finding.message.clone(),
        };
        warnings.map(finding).collect::<Vec<_>>()
    };
    evidence.mappings.iter().flat_map(of_mapping).collect()
}

fn engines(judging: &Judging<'_>, evidence: &Evidence) -> Fact<EnginesAsked> {
    if let Some(why) = judging.engines.absent() {
        return Fact::absent("the oracle was absent, so one engine alone evaluated the mappings", why);
    }
    match judging.engines.opinions() {
        Opinions::One => Fact::absent(
            "only one engine evaluated the mappings",
            "decide with --oracle, where the JavaScript engine is installed",
        ),
        Opinions::Two => {
            let mapped = judging.plan.operations.iter().filter(|planned| planned.mapping.is_some());
            let pairs = mapped.filter_map(|planned| evidence.tally.operations.get(planned.name.as_str()));
            Fact::Known(EnginesAsked { pairs: pairs.map(|tally| tally.totals.pairs).sum() })
        }
    }
}

/// A file as a commit has it; `None` where it has none.
fn shown(config: &Config, base: &str, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
    git(config, &["show", "--end-of-options", &format!("{base}:./{path}")])
}

/// What git prints; `None` where it says that there is no such thing.
fn git(config: &Config, arguments: &[&str]) -> anyhow::Result<Option<Vec<u8>>> {
    let folder = match config.folder.as_os_str().is_empty() {
        true => std::path::Path::new("."),
        false => config.folder.as_path(),
    };
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output();
    let output = output.context("run git, which knows what mappings were before")?;
    Ok(output.status.success().then_some(output.stdout))
}
