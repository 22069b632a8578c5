//! `cutover recordings`: looks after what was recorded, a file each.

pub mod ls;
pub mod promote;
pub mod prune;
pub mod redact;
pub mod serve;
pub mod show;

use std::io::Write;

use crate::exit::Exit;
use crate::options::Global;
use crate::options::recordings::RecordingsCommand;

/// Does what was asked.
pub fn run(command: &RecordingsCommand, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match command {
        RecordingsCommand::Ls(options) => ls::run(options, global, out),
        RecordingsCommand::Prune(options) => prune::run(options, global, out),
        RecordingsCommand::Show(options) => show::run(options, global, out),
        RecordingsCommand::Promote(options) => promote::run(options, global, out),
        RecordingsCommand::Redact(options) => redact::run(options, global, out),
        RecordingsCommand::Serve(options) => serve::run(options, global, out),
    }
}
