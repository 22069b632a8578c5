//! The report folder: written beside the old files under hidden names, then renamed over them.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use compare::verdict::Judgement;
use report::differences::DifferencesWriter;
use report::run::{Head, OperationInfo, Run};
use report::verdicts::VerdictsWriter;
use report::{annotations, html, junit, sarif, summary};

/// The document for machines.
pub const VERDICTS: &str = "verdicts.json";
/// The page for people.
pub const PAGE: &str = "index.html";
/// The folder of the mappings' pages.
const MAPPINGS: &str = "mappings";
const DIFFERENCES: &str = "differences.csv";
/// Which ids stand for each other; only where a rule asks for it.
const ENTITIES: &str = "entities.csv";

/// Writes one run's reports.
pub struct Output {
    folder: PathBuf,
    verdicts: VerdictsWriter<BufWriter<File>>,
    differences: DifferencesWriter<BufWriter<File>>,
}

type Writer = fn(BufWriter<File>, &Run<'_>) -> io::Result<()>;

/// What is written from the whole run.
const WHOLE: [(&str, Writer); 5] = [
    (PAGE, |out, run| html::write(out, run)),
    ("junit.xml", |out, run| junit::write(out, run)),
    ("results.sarif", |out, run| sarif::write(out, run.head.tool, &run.mappings, &run.causes)),
    ("annotations.txt", |out, run| annotations::write(out, run)),
    ("summary.md", |out, run| summary::write(out, run)),
];

impl Output {
    /// Makes the folder and begins what is written while pairs are judged.
    pub fn begin(folder: &Path, head: &Head<'_>) -> anyhow::Result<Output> {
        let context = || format!("write reports into {}", folder.display());
        fs::create_dir_all(folder).with_context(context)?;
        Ok(Output {
            verdicts: VerdictsWriter::new(create(folder, VERDICTS)?, head).with_context(context)?,
            differences: DifferencesWriter::new(create(folder, DIFFERENCES)?).with_context(context)?,
            folder: folder.to_owned(),
        })
    }

    /// Adds a pair.
    pub fn pair(&mut self, judgement: &Judgement, info: Option<&OperationInfo>) -> io::Result<()> {
        self.verdicts.pair(judgement)?;
        self.differences.pair(judgement, info)
    }

    /// Writes the rest and makes everything visible.
    pub fn finish(self, run: &Run<'_>) -> anyhow::Result<()> {
        let Output { folder, verdicts, differences } = self;
        let context = || format!("write reports into {}", folder.display());
        verdicts.finish(run).and_then(|mut out| out.flush()).with_context(context)?;
        differences.finish().and_then(|mut out| out.flush()).with_context(context)?;
        for (name, write) in WHOLE {
            write(create(&folder, name)?, run).with_context(context)?;
        }
        write_mappings(&folder, run).with_context(context)?;
        match run.entities {
            Some(entities) => {
                report::entities::write(create(&folder, ENTITIES)?, entities).with_context(context)?;
                fs::rename(hidden(&folder, ENTITIES), folder.join(ENTITIES)).with_context(context)?;
            }
            // One of an earlier run would be taken for this one's.
            None => match fs::remove_file(folder.join(ENTITIES)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).with_context(context)?,
                Ok(()) | Err(_) => {}
            },
        }
        for name in [VERDICTS, DIFFERENCES].into_iter().chain(WHOLE.map(|(name, _)| name)) {
            fs::rename(hidden(&folder, name), folder.join(name)).with_context(context)?;
        }
        Ok(())
    }
}

/// A page a mapping; pages of mappings that are no more are removed, so that none is taken for this run's.
fn write_mappings(folder: &Path, run: &Run<'_>) -> io::Result<()> {
    let pages = folder.join(MAPPINGS);
    fs::create_dir_all(&pages)?;
    let names: Vec<String> =
        (0..run.mappings.len()).map(|index| report::mappings::page_name(run, index)).collect();
    for (mapping, name) in run.mappings.iter().zip(&names) {
        let beside = folder.join(format!("{name}.new"));
        let mut out = BufWriter::new(File::create(&beside)?);
        html::write_mapping(&mut out, run, mapping)?;
        out.flush()?;
        fs::rename(&beside, folder.join(name))?;
    }
    for entry in fs::read_dir(&pages)? {
        let path = entry?.path();
        let name =
            path.file_name().map(|name| format!("{MAPPINGS}/{}", name.to_string_lossy())).unwrap_or_default();
        let is_page = name.ends_with(".html") || name.ends_with(".html.new");
        if is_page && !names.contains(&name) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn hidden(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.new"))
}

fn create(folder: &Path, name: &str) -> anyhow::Result<BufWriter<File>> {
    let path = hidden(folder, name);
    let file = File::create(&path).with_context(|| format!("write {}", path.display()))?;
    Ok(BufWriter::with_capacity(1 << 16, file))
}
