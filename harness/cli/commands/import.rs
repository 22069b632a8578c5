//! `cutover import`: paired bodies from elsewhere become recordings.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use anyhow::Context;
use store::import::{JsonlImport, PairImport, import_jsonl, import_pair};
use store::recordings::{IfExists, Recordings};

use crate::config::{Config, OperationName};
use crate::exit::Exit;
use crate::keep::{Keeping, Sample};
use crate::options::{Global, ImportJsonl, ImportPair};

/// Lines that could not be imported are told up to this many; all are counted.
const REFUSALS_SHOWN_MAX: usize = 20;

/// The read buffer for lines.
const READ_BUFFER_BYTES: usize = 1 << 20;

/// Imports a file of lines into one JSON Lines recording, which appears when it is complete.
pub fn jsonl(options: &ImportJsonl, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let name = options.file.display();
    let file = File::open(&options.file).with_context(|| format!("read {name}"))?;
    let import = JsonlImport {
        operation: options.operation.as_str().to_owned(),
        id: options.id.clone(),
        legacy: options.legacy.clone(),
        new: options.new.clone(),
        source: options.source.clone(),
        account: options.account.clone(),
    };
    let recordings = Recordings::create(&config.recordings())?;
    let stem = options.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("import");
    let target =
        Path::new(options.operation.as_str()).join(format!("{}.jsonl", stem.trim_start_matches('.')));
    let keeping = Keeping::open(&config, global, options.redacting)?;
    let mut keeper = keeping.keeper(Sample::All);
    let mut writer = recordings.create_jsonl(&target, IfExists::Refuse)?;
    let (mut imported, mut refused) = (0_u64, 0_usize);
    for pair in import_jsonl(BufReader::with_capacity(READ_BUFFER_BYTES, file), &import) {
        match pair {
            Ok(mut pair) => {
                keeper.prepare(&mut pair)?;
                writer.write(&pair)?;
                imported += 1;
            }
            Err(error) => {
                refused += 1;
                if refused <= REFUSALS_SHOWN_MAX {
                    writeln!(out, "refused: {name}: {error}")?;
                }
            }
        }
    }
    if refused > REFUSALS_SHOWN_MAX {
        writeln!(out, "… and {} more refused", refused - REFUSALS_SHOWN_MAX)?;
    }
    if imported > 0 {
        let path = writer.finish()?;
        let pairs = report::run::counted(imported, "pair", "pairs");
        writeln!(out, "{pairs} imported into {}, {refused} lines refused.", config.shown(&path))?;
        out.write_all(keeper.told().as_bytes())?;
        suggest_operation(&config, &options.operation, out)?;
    } else {
        drop(writer);
        writeln!(out, "Nothing was imported: {refused} lines refused.")?;
    }
    Ok(if refused > 0 || imported == 0 { Exit::Usage } else { Exit::Clean })
}

/// Imports bare bodies as one pair.
pub fn pair(options: &ImportPair, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let read =
        |file: &Path| std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()));
    let (legacy, new) = (read(&options.legacy)?, read(&options.new)?);
    let source = options.source.as_deref().map(read).transpose()?;
    let mut pair = import_pair(PairImport {
        operation: options.operation.as_str(),
        name: &options.id,
        legacy: &legacy,
        new: &new,
        source: source.as_deref(),
    })?;
    pair.account = options.account.clone();
    let keeping = Keeping::open(&config, global, options.redacting)?;
    let mut keeper = keeping.keeper(Sample::All);
    keeper.prepare(&mut pair)?;
    let recordings = Recordings::create(&config.recordings())?;
    let path = recordings.write(&pair, IfExists::Refuse)?;
    writeln!(out, "1 pair imported into {}.", config.shown(&path))?;
    out.write_all(keeper.told().as_bytes())?;
    suggest_operation(&config, &options.operation, out)?;
    Ok(Exit::Clean)
}

/// What to add where the configuration does not know the operation: without it, its pairs stay undecided.
fn suggest_operation(config: &Config, operation: &OperationName, out: &mut dyn Write) -> anyhow::Result<()> {
    if config.operation(operation.as_str()).is_some() {
        return Ok(());
    }
    let name = config.file.file_name().map_or("cutover.toml".into(), |name| name.to_string_lossy());
    writeln!(
        out,
        "\n{name} has no operation of this name; add it, and the mapping that it needs:\n\n\
         [[operations]]\n\
         name = \"{operation}\"\n\
         legacy = {{ method = \"GET\", path = \"/…\" }}\n\
         new = {{ method = \"GET\", path = \"/…\" }}\n\
         # mapping = \"mappings/….response.jsonata\"\n\
         # keys = {{ \"$.data\" = [\"id\"] }}"
    )?;
    Ok(())
}
