//! Commands as if they had been typed in the demonstration's folder.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, bail};

use crate::commands;
use crate::exit::Exit;
use crate::options::{Command, Environment, Global, Options, Paint, World};

/// The variable in which the demonstration's configuration looks for the key.
const KEY_VARIABLE: &str = "DEMO_KEY";

/// Types commands.
pub struct Typist<'d> {
    /// Where.
    pub folder: &'d Path,
    /// What both providers are asked with.
    pub key: &'static str,
    /// What was said of the demonstration itself.
    pub global: &'d Global,
}

impl Typist<'_> {
    /// What a command line means there.
    pub fn typed(&self, line: &str) -> anyhow::Result<(Command, Global)> {
        let color = if self.global.stdout.paint == Paint::Colored { "always" } else { "never" };
        let more = ["--as-of", &self.global.as_of.text, "--color", color];
        let words = line.split(' ').chain(more).map(OsString::from);
        let variables = self.global.environment.all().chain([(KEY_VARIABLE, self.key)]);
        let world = World {
            folder: self.folder.to_owned(),
            environment: Environment::from_variables(
                variables.map(|(name, value)| (OsString::from(name), OsString::from(value))),
            ),
            stdin: crate::options::Reader::File,
            stdout: self.global.stdout.reader,
            stderr: self.global.stderr.reader,
            now: (self.global.clock)(),
            clock: self.global.clock,
            cores: self.global.jobs,
        };
        let options = Options::read(words, world).with_context(|| format!("read `{line}`"))?;
        Ok((options.command, options.global))
    }

    /// Runs a command; what it answers.
    pub fn run(&self, line: &str) -> anyhow::Result<(Exit, String)> {
        let (command, global) = self.typed(line)?;
        let mut out = Vec::new();
        let exit = match &command {
            Command::Check(options) => commands::check::run(options, &global, &mut out),
            Command::Gate(options) => commands::gate::run(options, &global, &mut out),
            Command::Report(options) => commands::report::run(options, &global, &mut out),
            _ => bail!("the demonstration does not type `{line}`"),
        };
        let exit = exit.with_context(|| format!("run `{line}`"))?;
        Ok((exit, String::from_utf8_lossy(&out).into_owned()))
    }
}
