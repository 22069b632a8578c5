//! The command line: read it, do what it says, answer with an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use cutover::commands;
use cutover::exit::{self, Exit};
use cutover::failure;
use cutover::options::{Command, Options, World};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    exit::guarded(run, complain).into()
}

fn run() -> Exit {
    let options = World::read().and_then(|world| Options::read(std::env::args_os(), world));
    let Options { command, global } = match options {
        Ok(options) => options,
        Err(error) => return failure::answer_usage(&error),
    };
    let out = &mut io::stdout().lock();
    let result = match &command {
        Command::Check(options) => commands::check::run(options, &global, out),
        Command::Gate(options) => commands::gate::run(options, &global, out),
        Command::BundleVerify(options) => commands::bundle::verify(options, &global, out),
        Command::Diff(options) => commands::diff::run(options, &global, out),
        Command::Explain(pair) => commands::explain::run(pair, &global, out),
        Command::Review(options) => commands::review::run(options, &global, &mut io::stdin(), out),
        Command::Report(options) => commands::report::run(options, &global, out),
        Command::Audit(options) => commands::audit::run(options, &global, out),
        Command::Accept(operations) => commands::accept::run(operations, &global, out),
        Command::ImportJsonl(options) => commands::import::jsonl(options, &global, out),
        Command::ImportPair(options) => commands::import::pair(options, &global, out),
        Command::ImportRecorded(options) => commands::import_recorded::run(options, &global, out),
        Command::Record(options) => commands::record::run(options, &global, out),
        Command::ExportHar(options) => commands::export::har(options, &global, out),
        Command::Recordings(command) => commands::recordings::run(command, &global, out),
        Command::Tokens(command) => commands::tokens::run(command, &global, out),
        Command::Serve(options) => commands::serve::run(options, &global, out),
        Command::Demo(options) => commands::demo::run(options, &global, out),
        Command::Init(folder) => commands::init::run(folder, &global, out),
        Command::ConfigCheck => commands::config_check::run(&global, out),
        Command::Map(options) => commands::map::run(options, &global, out),
        Command::OracleInstall(libraries) => commands::oracle::install(libraries, &global, out),
        Command::MappingTest(options) => commands::mapping::test::run(options, &global, out),
        Command::MappingLint(options) => commands::mapping::lint::run(options, &global, out),
        Command::MappingSuggest(options) => commands::mapping::suggest::run(options, &global, out),
        Command::MappingImport(options) => commands::mapping::import::run(options, out),
        Command::MappingExport(options) => commands::mapping::export::run(options, out),
        Command::Fuzz(options) => commands::fuzz::run(options, &global, out),
        Command::Completions(shell) => commands::completions::run(*shell, out),
    };
    let flushed = result.and_then(|exit| Ok(out.flush().map(|()| exit)?));
    flushed.unwrap_or_else(|error| {
        if !failure::reader_left(&error) {
            complain(failure::told(&error, global.stderr).trim_end());
        }
        failure::exit(&error)
    })
}

/// Says it on stderr; where nobody listens there, the exit code is left.
fn complain(sentence: &str) {
    let _ = writeln!(io::stderr(), "{sentence}");
}
