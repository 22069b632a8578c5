//! `cutover tokens verify`: reads through new, and changes nothing.

use std::io::Write;

use handover::edge::{Edge, Trouble};
use handover::journal::What;
use handover::record::State;
use report::visible::one_line;
use serde::Serialize;

use crate::config::Config;
use crate::exit::Exit;
use crate::hand_over::cast::chosen;
use crate::hand_over::witness::Verifier;
use crate::hand_over::{Cast, stage, state};
use crate::options::hand_over::Source;
use crate::options::{Format, Global};

#[derive(Serialize)]
struct Document {
    version: u32,
    accounts: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    account: String,
    state: &'static str,
    /// `same`, `answers` (nothing of legacy is left to compare with), `refused`, `not_there`.
    verdict: &'static str,
    why: Option<String>,
}

/// Verifies every account that new has.
pub fn run(named: &[String], config: &Config, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let cast = Cast::new(config, global)?;
    let verifier = Verifier::new(config, &cast, &[], global)?;
    let providers = stage::providers(&cast, &verifier, &Source::default(), config, global)?;
    let runtime = verifier.runtime();
    let mut lines = Vec::new();
    if let Some(mut journal) = state::journal_beside(config, global)? {
        let names: Vec<String> = journal.records().map(|record| record.account.clone()).collect();
        for account in chosen(named, names.iter().map(String::as_str))? {
            let record = journal.record(&account)?.clone();
            let id = journal.secret(&account, What::NewId)?;
            let id = id.and_then(|id| String::from_utf8(id.to_vec()).ok());
            let witness = journal.secret(&account, What::Witness)?;
            let is_there = record.placed && record.state != State::RolledBack;
            let (verdict, why) = match (id.filter(|_| is_there), witness) {
                (None, _) => ("not_there", None),
                (Some(id), Some(witness)) => {
                    match runtime.block_on(providers.verify(&account, &id, &witness)) {
                        Ok(()) => ("same", None),
                        Err(Trouble::Refused { why, .. } | Trouble::Unknown { why }) => {
                            ("refused", Some(why))
                        }
                    }
                }
                (Some(id), None) => match verifier.answers(&account, &id) {
                    Ok(_) => ("answers", None),
                    Err(why) => ("refused", Some(why)),
                },
            };
            lines.push(Line { account, state: record.told(), verdict, why });
        }
    }
    let exit = match lines.iter().any(|line| line.verdict == "refused") {
        true => Exit::Different,
        false if lines.iter().all(|line| line.verdict == "not_there") => Exit::Undecided,
        false => Exit::Clean,
    };
    match global.format {
        Format::Json => {
            writeln!(out, "{}", serde_json::to_string_pretty(&Document { version: 1, accounts: lines })?)?;
        }
        Format::Text => {
            for line in &lines {
                let why = line.why.as_deref().map_or(String::new(), |why| format!(": {}", one_line(why)));
                writeln!(out, "{}, {}: {}{why}", one_line(&line.account), line.state, told(line.verdict))?;
            }
        }
    }
    Ok(exit)
}

fn told(verdict: &str) -> &'static str {
    match verdict {
        "same" => "new answers what legacy did",
        "answers" => "new answers; what legacy answered is kept no longer",
        "not_there" => "new has nothing of it",
        _ => "refused",
    }
}
