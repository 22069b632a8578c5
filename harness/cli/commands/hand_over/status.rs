//! `cutover tokens status`: where each account stands, and who holds its refresh token. It asks nobody.

use std::io::Write;

use handover::journal::What;

use crate::config::Config;
use crate::exit::Exit;
use crate::hand_over::cast::{accounts, chosen};
use crate::hand_over::told::{self, Happened, Line};
use crate::hand_over::witness::Verifier;
use crate::hand_over::{Cast, stage, state};
use crate::options::Global;
use crate::options::hand_over::{Source, Status};

/// Prints it. Exit code 1 where a customer must connect again, 3 where something is in doubt or halted.
pub fn run(options: &Status, config: &Config, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let shown = state::shown(config, global)?;
    let Some(mut journal) = state::journal_beside(config, global)? else {
        told::print(&told::document(shown, Vec::new()), global, out)?;
        return Ok(Exit::Undecided);
    };
    let names: Vec<String> = journal.records().map(|record| record.account.clone()).collect();
    let chosen = chosen(&options.accounts, names.iter().map(String::as_str))?;
    let linked = accounts(config, global)?;
    // What a rollback can do is known where the providers are; where they stand is told without.
    let cast = Cast::new(config, global).ok();
    let verifier = cast.as_ref().and_then(|cast| Verifier::new(config, cast, &[], global).ok());
    let providers = match (&cast, &verifier) {
        (Some(cast), Some(verifier)) => {
            stage::providers(cast, verifier, &Source::default(), config, global).ok()
        }
        _ => None,
    };
    let mut lines = Vec::new();
    for account in &chosen {
        let record = journal.record(account)?.clone();
        let integration = linked.get(account).map(|linked| linked.integration.as_str());
        let known = providers.as_ref().map(|providers| handover::edge::Edge::known(providers, account));
        let mut line = Line::new(&record, integration, known.as_ref());
        if options.ids {
            let id = journal.secret(account, What::NewId)?;
            line.new = id.and_then(|id| String::from_utf8(id.to_vec()).ok());
        }
        if options.history {
            line.history = Some(journal.events(account)?.into_iter().map(Happened::from).collect());
        }
        lines.push(line);
    }
    let document = told::document(shown, lines);
    told::print(&document, global, out)?;
    let has = |state: &str| document.accounts.iter().any(|line| line.state == state);
    let is_halted = document.accounts.iter().any(|line| line.halted.is_some());
    Ok(match (has("needs-reauth"), has("in-doubt") || is_halted || document.accounts.is_empty()) {
        (true, _) => Exit::Different,
        (false, true) => Exit::Undecided,
        (false, false) => Exit::Clean,
    })
}
