//! `cutover recordings redact`: shows what redaction replaces and why, and redacts what was kept in clear.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use compare::model::{Pair, Redacted, Redaction};
use serde_json::json;
use store::format::to_line;
use store::recordings::{IfExists, Recordings, StoreError, is_segment};
use store::redact::{Replaced, Why};

use crate::config::Config;
use crate::exit::Exit;
use crate::keep::{Keeper, Keeping, Sample};
use crate::options::recordings::{RecordingsRedact, Values};
use crate::options::{Format, Global, Redacting};

/// A preview is read by people: a longer one is cut, and says so. JSON has all.
const SHOWN_MAX: usize = 500;

/// A longer value is cut in a preview.
const VALUE_CHARS_MAX: usize = 60;

/// Shows or redacts the files.
pub fn run(options: &RecordingsRedact, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let recordings = Recordings::open(&config.recordings())?;
    let files = files(&recordings, &options.files)?;
    let keeping = Keeping::open(&config, global, Redacting::Replace)?;
    let mut keeper = keeping.keeper(Sample::All);
    match options.preview {
        Some(values) => preview(&recordings, files, &mut keeper, values, global, out),
        None => redact(&recordings, &files, &mut keeper, &config, out),
    }
}

/// The named files as the recordings know them; all where none is named.
fn files(recordings: &Recordings, named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let all = recordings.sources()?.files;
    if named.is_empty() {
        return Ok(all);
    }
    let root = recordings.root().canonicalize().context("find the recordings")?;
    let below = |file: &PathBuf| -> anyhow::Result<PathBuf> {
        let whole = file.canonicalize().with_context(|| format!("read {}", file.display()))?;
        let below = whole.strip_prefix(&root).map(Path::to_owned).unwrap_or_default();
        if !all.contains(&below) {
            bail!("{} is no file of pairs below {}", file.display(), recordings.root().display());
        }
        Ok(below)
    };
    named.iter().map(below).collect()
}

fn is_clear(pair: &Pair) -> bool {
    match &pair.redaction {
        None | Some(Redaction { by: Redacted::Nothing, .. }) => true,
        Some(Redaction { by: Redacted::Key { .. }, .. }) => false,
    }
}

fn preview(
    recordings: &Recordings,
    files: Vec<PathBuf>,
    keeper: &mut Keeper<'_>,
    values: Values,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let (mut pairs, mut replaced, mut redacted) = (0_u64, 0_usize, 0_u64);
    let mut documents = Vec::new();
    for record in recordings.records(files) {
        let mut pair = record.pair().with_context(|| format!("read the pair at {}", record.location))?;
        pairs += 1;
        if !is_clear(&pair) {
            redacted += 1;
            continue;
        }
        let id = if values == Values::Told { pair.id.clone() } else { record.location.to_string() };
        for Replaced { place, why, old, new } in keeper.preview(&mut pair)? {
            replaced += 1;
            let old = if values == Values::Told { old } else { shape(&old) };
            match global.format {
                Format::Json => {
                    let (kind, why) = told(why);
                    documents.push(
                        json!({"pair": id, "place": place, "kind": kind, "why": why, "old": old, "new": new}),
                    );
                }
                Format::Text if replaced <= SHOWN_MAX => {
                    let (kind, why) = told(why);
                    writeln!(out, "{id} {place}\n  {kind}, {why}: {} → {}", cut(&old), cut(&new))?;
                }
                Format::Text => {}
            }
        }
    }
    match global.format {
        Format::Json => {
            let totals = json!({"pairs": pairs, "redacted_before": redacted, "replaced": replaced});
            let document = json!({"version": 1, "totals": totals, "replaced": documents});
            writeln!(out, "{document:#}")?;
        }
        Format::Text => {
            if replaced > SHOWN_MAX {
                writeln!(out, "… and {} more; --format json has them all", replaced - SHOWN_MAX)?;
            }
            let pairs = report::run::counted(pairs, "pair", "pairs");
            writeln!(
                out,
                "{replaced} places in {pairs} would change; {redacted} are redacted already. Nothing was written."
            )?;
        }
    }
    Ok(Exit::Clean)
}

/// What it is, and how that is known.
fn told(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Field(kind) => (kind.name(), "by the name of its field"),
        Why::Look(kind) => (kind.name(), "by its look"),
        Why::Elsewhere => ("word", "personal elsewhere in the pair"),
        Why::Bytes => ("bytes", "cannot be looked into"),
    }
}

/// What a text looks like, without what it says: letters as `a` and `A`, digits as `9`.
fn shape(text: &str) -> String {
    let shape = |letter: char| match letter {
        _ if letter.is_uppercase() => 'A',
        _ if letter.is_alphabetic() => 'a',
        _ if letter.is_numeric() => '9',
        _ => letter,
    };
    text.chars().map(shape).collect()
}

fn cut(text: &str) -> String {
    let mut line: String = text.chars().take(VALUE_CHARS_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(VALUE_CHARS_MAX).is_some() {
        line.push('…');
    }
    line
}

fn redact(
    recordings: &Recordings,
    files: &[PathBuf],
    keeper: &mut Keeper<'_>,
    config: &Config,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let (mut changed, mut pairs) = (0_u64, 0_u64);
    for file in files {
        let read = || {
            recordings.records(vec![file.clone()]).map(|record| {
                record.pair().with_context(|| {
                    format!(
                        "redact {}: nothing of it was changed",
                        config.shown(&recordings.root().join(file))
                    )
                })
            })
        };
        // A file that is redacted already is not written anew.
        let mut clear = 0;
        for pair in read() {
            clear += u64::from(is_clear(&pair?));
        }
        if clear == 0 {
            continue;
        }
        if file.extension().is_some_and(|extension| extension == "json") {
            one(recordings, file, read().next(), keeper)?;
        } else if is_segment(file) {
            let mut writer = recordings.replace_segment(file)?;
            for pair in read() {
                let mut pair = pair?;
                keeper.prepare(&mut pair)?;
                writer.write(&pair)?;
            }
            writer.finish()?;
        } else {
            let mut writer = recordings.create_jsonl(file, IfExists::Replace)?;
            for pair in read() {
                let mut pair = pair?;
                keeper.prepare(&mut pair)?;
                writer.write(&pair)?;
            }
            writer.finish()?;
        }
        (changed, pairs) = (changed + 1, pairs + clear);
    }
    let pairs = report::run::counted(pairs, "pair", "pairs");
    writeln!(out, "{pairs} redacted in {}.", report::run::counted(changed, "file", "files"))?;
    if changed > 0 {
        out.write_all(keeper.told().as_bytes())?;
    }
    Ok(Exit::Clean)
}

/// A pair in a file of its own, which is named after it: where the name changes, the old file goes when the new one is
/// there. Another pair's file is never written over.
fn one(
    recordings: &Recordings,
    file: &Path,
    pair: Option<anyhow::Result<Pair>>,
    keeper: &mut Keeper<'_>,
) -> anyhow::Result<()> {
    let Some(pair) = pair else { return Ok(()) };
    let mut pair = pair?;
    keeper.prepare(&mut pair)?;
    let old = recordings.root().join(file);
    let (new, name) = (recordings.path_of(&pair), &pair.id[pair.operation.len() + 1..]);
    let if_exists = if new == old { IfExists::Replace } else { IfExists::Refuse };
    match recordings.write(&pair, if_exists) {
        // An earlier run was killed before the old file went.
        Err(StoreError::Exists { .. })
            if recordings
                .read_own(&pair.operation, name)?
                .is_some_and(|there| to_line(&there) == to_line(&pair)) => {}
        written => drop(written?),
    }
    if new != old {
        std::fs::remove_file(&old).with_context(|| format!("remove {}", old.display()))?;
    }
    Ok(())
}
