//! `cutover completions`: prints a shell's completion script.

use std::io::Write;

use clap::CommandFactory;

use crate::exit::Exit;
use crate::options::arguments::Arguments;

/// Prints the script.
pub fn run(shell: clap_complete::Shell, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "cutover", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_a_script_that_knows_the_commands() {
        for shell in clap::ValueEnum::value_variants() {
            let mut script = Vec::new();
            run(*shell, &mut script).expect("a vector takes every byte");
            let script = String::from_utf8(script).expect("scripts are text");
            for word in ["check", "explain", "completions", "as-of"] {
                assert!(script.contains(word), "{shell}: no `{word}`");
            }
        }
    }
}
