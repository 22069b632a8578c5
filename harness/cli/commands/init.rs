//! `cutover init`: writes a commented starting point, and never over a file that exists.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::ToSpan;

use crate::exit::Exit;
use crate::options::{AsOf, Format, Global};

/// The example tolerance holds for so long: time to replace it by one of one's own.
const EXAMPLE_DAYS: i64 = 180;

/// What is written, in this order.
const FILES: [(&str, &str); 5] = [
    ("cutover.toml", include_str!("init/cutover.toml")),
    ("accounts.csv", include_str!("init/accounts.csv")),
    ("mappings/crm/contacts.list.response.jsonata", include_str!("init/contacts.list.response.jsonata")),
    ("mappings/crm/contacts.tolerances.toml", include_str!("init/contacts.tolerances.toml")),
    // git keeps no empty folder.
    ("recordings/.gitkeep", ""),
];

/// What git should not keep.
const GITIGNORE: &str = include_str!("init/gitignore");

/// Some files exist; nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("{} already there, and `init` overwrites nothing: {}", if .existing.len() == 1 { "a file is" } else { "files are" }, .existing.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "))]
pub struct Existing {
    existing: Vec<PathBuf>,
}

/// Writes the starting point into the folder.
pub fn run(folder: &Path, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let existing =
        FILES.iter().map(|(name, _)| within(folder, name)).filter(|file| file.symlink_metadata().is_ok());
    let existing = existing.collect::<Vec<_>>();
    if !existing.is_empty() {
        return Err(Existing { existing }.into());
    }
    let mut written = Vec::new();
    for (name, text) in FILES {
        write_new(&folder.join(name), &text.replace("{until}", &until(&global.as_of)))?;
        written.push(name);
    }
    // A repository has its own .gitignore already: it is left as it is, and the lines to add are told.
    let ignoring = folder.join(".gitignore");
    let ignored = match ignoring.symlink_metadata() {
        Ok(_) => Ignored::ByHand,
        Err(_) => {
            write_new(&ignoring, GITIGNORE)?;
            written.push(".gitignore");
            Ignored::Written
        }
    };
    match global.format {
        Format::Json => writeln!(out, "{:#}", serde_json::json!({"version": 1, "written": written}))?,
        Format::Text => out.write_all(told(folder, &written, ignored).as_bytes())?,
    }
    Ok(Exit::Clean)
}

/// The file as people would type it.
fn within(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) }
}

#[derive(Clone, Copy)]
enum Ignored {
    Written,
    ByHand,
}

fn until(as_of: &AsOf) -> String {
    // Past the last day that there is, the last day.
    as_of.date.checked_add(EXAMPLE_DAYS.days()).unwrap_or(jiff::civil::Date::MAX).to_string()
}

/// Another process may have written the file since we looked: `create_new` refuses then.
fn write_new(file: &Path, text: &str) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut open = fs::OpenOptions::new().write(true).create_new(true).open(file)?;
        open.write_all(text.as_bytes())?;
        open.sync_all()
    };
    write().with_context(|| format!("write {}", file.display()))
}

fn told(folder: &Path, written: &[&str], ignored: Ignored) -> String {
    let mut text = written
        .iter()
        .fold(String::new(), |text, name| format!("{text}wrote {}\n", within(folder, name).display()));
    if let Ignored::ByHand = ignored {
        text += &format!("\nadd to your .gitignore:\n{GITIGNORE}");
    }
    text + "\nnext:\n  \
            1. say in cutover.toml what both sides are asked\n  \
            2. bring in recordings: `cutover import jsonl` or `cutover import pair`\n  \
            3. `cutover config check`, then `cutover check`\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::options::{Options, World};
    use crate::scratch::Scratch;

    fn init(folder: &Path) -> String {
        let world = World::read().expect("tests have a working folder");
        let typed = ["cutover", "init", "--as-of", "2026-11-20"].map(Into::into);
        let global = Options::read(typed, world).expect("it is a command line").global;
        let mut out = Vec::new();
        let answer = match run(folder, &global, &mut out) {
            Ok(_) => String::from_utf8(out).expect("it prints text"),
            Err(error) => format!("{error:#}"),
        };
        answer.replace(&folder.display().to_string(), "DIR")
    }

    #[test]
    fn a_second_init_says_what_is_there_and_writes_nothing() {
        let scratch = Scratch::new("init-twice");
        let folder = scratch.path().join("new");
        init(&folder);
        fs::remove_file(folder.join("accounts.csv")).expect("init wrote it");
        assert_eq!(
            init(&folder),
            "files are already there, and `init` overwrites nothing: DIR/cutover.toml, \
             DIR/mappings/crm/contacts.list.response.jsonata, DIR/mappings/crm/contacts.tolerances.toml, \
             DIR/recordings/.gitkeep"
        );
        assert!(!folder.join("accounts.csv").exists());
    }

    #[test]
    fn what_git_ignores_already_is_left_and_the_lines_to_add_are_told() {
        let scratch = Scratch::new("init-gitignore");
        scratch.write(".gitignore", "/target\n");
        assert_eq!(
            init(scratch.path()),
            "wrote DIR/cutover.toml\nwrote DIR/accounts.csv\n\
             wrote DIR/mappings/crm/contacts.list.response.jsonata\nwrote DIR/mappings/crm/contacts.tolerances.toml\n\
             wrote DIR/recordings/.gitkeep\n\n\
             add to your .gitignore:\n/reports/\n/cutover.state*\n/.cutover/\n*.accepted.json.new\n\nnext:\n  \
             1. say in cutover.toml what both sides are asked\n  \
             2. bring in recordings: `cutover import jsonl` or `cutover import pair`\n  \
             3. `cutover config check`, then `cutover check`\n"
        );
        assert_eq!(fs::read_to_string(scratch.path().join(".gitignore")).ok().as_deref(), Some("/target\n"));
    }

    #[test]
    fn the_starting_point_is_a_configuration_without_a_mistake() {
        let text = FILES[0].1;
        let config =
            config::read(Path::new("cutover.toml"), "cutover.toml", text).expect("it has no mistake");
        assert_eq!(config.operations.len(), 1);
    }

    #[test]
    fn every_commented_key_is_one_that_can_be_uncommented() {
        let text = FILES[0].1.replace("\n# headers", "\nheaders").replace("\n# source", "\nsource");
        let text = text.replace("\n# map_from", "\nmap_from").replace("\n# error_mapping", "\nerror_mapping");
        let text = text.replace("\n# scope", "\nscope").replace("\n# context", "\ncontext");
        let text = text.replace("\n# read_only", "\nread_only");
        let problems = config::read(Path::new("cutover.toml"), "cutover.toml", &text).err();
        assert!(problems.is_none(), "{problems:?}");
    }

    #[test]
    fn the_example_tolerance_holds_for_half_a_year() {
        let until = until(&AsOf::parse("2026-11-20").expect("it is a day"));
        let text = FILES[3].1.replace("{until}", &until);
        let tolerances = compare::tolerance::parse_tolerances(&text).expect("it has no mistake");
        assert_eq!(tolerances.iter().map(|one| one.until.to_string()).collect::<Vec<_>>(), ["2027-05-19"]);
    }
}
