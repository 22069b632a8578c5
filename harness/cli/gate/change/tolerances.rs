//! Which tolerances excuse more than those of the base revision did.

use compare::tolerance::{Tolerance, parse_tolerances};
use evidence::gate::mapping_change::{TolerancesChange, WidenedTolerance};

use super::shown;
use crate::commands::check::Judging;
use crate::config::fit::written;
use crate::config::{Config, ConfigError, FilePath};

/// Holds every tolerance against those of the same file at the base.
pub fn change(judging: &Judging<'_>, base: &str) -> anyhow::Result<TolerancesChange> {
    let config = judging.config;
    let mut files: Vec<&FilePath> = Vec::new();
    for file in judging.operations.iter().flat_map(|operation| &operation.tolerances) {
        if !files.iter().any(|known| known.full == file.full) {
            files.push(file);
        }
    }
    let mut widened = Vec::new();
    for file in files {
        let now = read(
            &written(config, file, "the file of tolerances")
                .map_err(|problem| ConfigError::Invalid(vec![problem]))?,
        );
        let before = before(config, base, &file.written)?;
        for (line, tolerance) in &now {
            if let Some(how) = wider(tolerance, &before) {
                let at = format!("{}:{line}", file.written);
                let text = format!("{} {}", tolerance.rule.text(), tolerance.path_text);
                widened.push(WidenedTolerance { at, text, how });
            }
        }
    }
    Ok(TolerancesChange { base: base.to_owned(), widened })
}

/// What the base has; nothing where the file is new, or was none.
fn before(config: &Config, base: &str, path: &str) -> anyhow::Result<Vec<(usize, Tolerance)>> {
    let text = shown(config, base, path)?;
    Ok(text.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(Vec::new(), |text| read(&text)))
}

/// Each tolerance with its line. A file of this tree that is none has been told before.
fn read(text: &str) -> Vec<(usize, Tolerance)> {
    let line = |tolerance: &Tolerance| text[..tolerance.span.start].matches('\n').count() + 1;
    let tolerances = parse_tolerances(text).unwrap_or_default();
    tolerances.into_iter().map(|tolerance| (line(&tolerance), tolerance)).collect()
}

/// How a tolerance excuses more than any of the base; `None` where one of them excused as much.
fn wider(tolerance: &Tolerance, before: &[(usize, Tolerance)]) -> Option<String> {
    let rule = tolerance.rule.text();
    let alike: Vec<&Tolerance> = before
        .iter()
        .map(|(_, known)| known)
        .filter(|known| known.path_text == tolerance.path_text && known.rule.text() == rule)
        .collect();
    if alike.is_empty() {
        return Some("is new, or has another path or rule".to_owned());
    }
    let scoped = alike.iter().filter(|known| {
        known.operations == tolerance.operations
            && known.integrations == tolerance.integrations
            && known.accounts == tolerance.accounts
    });
    let scoped = scoped.collect::<Vec<_>>();
    let Some(longest) = scoped.iter().map(|known| known.until).max() else {
        return Some("holds for other operations, integrations or accounts".to_owned());
    };
    if longest < tolerance.until {
        return Some(format!("holds until {}, before until {longest}", tolerance.until));
    }
    let share = |tolerance: &Tolerance| tolerance.share.unwrap_or(f64::NEG_INFINITY);
    let most = scoped.iter().map(|known| share(known)).fold(f64::NEG_INFINITY, f64::max);
    (share(tolerance) > most).then(|| "may excuse a larger share".to_owned())
}
