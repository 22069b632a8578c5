//! What the hand-over's journal says to a gate. The journal goes on, and a decision stays what it was decided on: what the journal said when the gate
//! began is kept in a file, `reports/journal/GATE.json`, of which the bundle has the digest.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use evidence::gate::fact::{Fact, Missing};
use evidence::gate::facts::{Holding, RefreshedOnNew};
use handover::record::Mode;
use handover::standing::{Standing, standings};
use serde_json::{Map, Value, json};

use crate::config::{Config, GateName};
use crate::hand_over::state;
use crate::inventory::document::put;
use crate::inventory::watch_file;
use crate::options::{AsOf, Global};

/// The version that is written; another one is refused.
const VERSION: u64 = 1;

/// Where a gate takes it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The state database; what it says is kept.
    Database,
    /// The state database; no bundle will rest on what it says.
    DatabaseUnkept,
    /// The file in which it was kept.
    Kept,
}

/// Where it is kept for a gate.
pub fn file(config: &Config, gate: GateName) -> PathBuf {
    config.reports().join("journal").join(format!("{}.json", gate.text()))
}

/// Takes it. What is not known is kept too, so that a decision without it can be made again.
pub fn take(
    gate: GateName,
    from: From,
    config: &Config,
    global: &Global,
    as_of: &AsOf,
) -> anyhow::Result<Fact<BTreeMap<String, Holding>>> {
    let file = file(config, gate);
    if from == From::Kept {
        let kept = fs::read_to_string(&file).map_err(anyhow::Error::from).and_then(|text| read(&text));
        // That it is gone or was changed the bundle's digests say.
        return Ok(kept.unwrap_or_else(|error| {
            Fact::absent(format!("what the journal said cannot be read: {error:#}"), "decide again")
        }));
    }
    let text = written(&look(config, global, as_of));
    if from == From::Database {
        put(&file, text.as_bytes())?;
    }
    read(&text).context("read what was just written")
}

/// What the state database says of every account that is listed, or that it knows.
fn look(config: &Config, global: &Global, as_of: &AsOf) -> Fact<BTreeMap<String, Holding>> {
    if config.state.is_none() {
        return Fact::absent(
            "there is no journal of the hand-over: the configuration has no [state]",
            "add [state], or waive it after looking by hand",
        );
    }
    let standings = state::database_beside(config, global).and_then(|database| match database {
        Some(mut database) => Ok(standings(database.as_mut())?),
        None => Ok(BTreeMap::new()),
    });
    let standings = match standings {
        Ok(standings) => standings,
        Err(error) => {
            let what = format!("the journal of the hand-over cannot be read: {error:#}");
            return Fact::absent(what, "see that the state database can be reached, and decide again");
        }
    };
    let signs = watch_file::signs(config, as_of.instant);
    // Of what nothing was ever written nothing was done.
    let listed =
        config.accounts().map(|accounts| accounts.iter().map(|account| account.name.clone()).collect());
    let listed: Vec<String> = listed.unwrap_or_default();
    let names = listed.into_iter().chain(standings.keys().cloned());
    let holdings = names.map(|account| {
        let standing = standings.get(&account);
        let sign = signs.get(&account).filter(|sign| {
            // What was handed over again since has another token. A look is told by the second.
            standing
                .and_then(|standing| standing.moved_at)
                .is_none_or(|moved| sign.at.as_second() >= moved.as_second())
        });
        let holding = holding(standing, sign.map(|sign| sign.told.clone()));
        (account, holding)
    });
    Fact::Known(holdings.collect())
}

fn holding(standing: Option<&Standing>, second_refresher: Option<String>) -> Holding {
    let Some(standing) = standing else {
        return Holding {
            stands: "its hand-over has not begun".to_owned(),
            in_doubt: None,
            is_dead: false,
            was_lent: false,
            is_verified: false,
            refreshed: RefreshedOnNew::NotYet,
            second_refresher,
        };
    };
    // Whose refresh token has passed and proved good is a canary.
    let is_canary = standing.record.mode == Mode::Transfer && standing.is_verified();
    Holding {
        stands: standing.told(),
        in_doubt: standing.in_doubt(),
        is_dead: standing.is_dead(),
        was_lent: standing.was_lent || is_canary,
        is_verified: standing.is_verified(),
        refreshed: match standing.is_refreshed() {
            Some(true) => RefreshedOnNew::Yes,
            Some(false) => RefreshedOnNew::NotYet,
            None => RefreshedOnNew::Never,
        },
        second_refresher,
    }
}

const REFRESHED: [(RefreshedOnNew, &str); 3] =
    [(RefreshedOnNew::Yes, "yes"), (RefreshedOnNew::NotYet, "not_yet"), (RefreshedOnNew::Never, "never")];

/// As text, an account a line.
fn written(fact: &Fact<BTreeMap<String, Holding>>) -> String {
    let holdings = match fact {
        Fact::Known(holdings) => holdings,
        Fact::Absent(Missing { what, mend }) => {
            return format!("{}\n", json!({"version": VERSION, "absent": {"what": what, "mend": mend}}));
        }
    };
    let lines: Vec<String> = holdings.iter().map(|(account, holding)| one(account, holding)).collect();
    format!("{{\"version\":{VERSION},\"accounts\":[\n{}\n]}}\n", lines.join(",\n"))
}

fn one(account: &str, holding: &Holding) -> String {
    let refreshed = REFRESHED.iter().find(|(refreshed, _)| *refreshed == holding.refreshed);
    let mut line = json!({
        "account": account, "stands": holding.stands, "was_lent": holding.was_lent, "is_verified": holding.is_verified,
        "refreshed": refreshed.map(|(_, word)| word), "is_dead": holding.is_dead,
    });
    for (name, said) in [("in_doubt", &holding.in_doubt), ("second_refresher", &holding.second_refresher)] {
        if let Some(said) = said {
            line[name] = json!(said);
        }
    }
    line.to_string()
}

fn read(text: &str) -> anyhow::Result<Fact<BTreeMap<String, Holding>>> {
    let document: Value = serde_json::from_str(text)?;
    anyhow::ensure!(document["version"] == VERSION, "its version is not {VERSION}");
    if let Some(absent) = document["absent"].as_object() {
        let said = |name: &str| absent.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        return Ok(Fact::absent(said("what"), said("mend")));
    }
    let accounts = document["accounts"].as_array().context("it has no accounts")?;
    let holding = |line: &Value| {
        let line = line.as_object().context("an account is no object")?;
        let account = text_of(line, "account").context("an account has no name")?;
        let flag =
            |name: &str| line.get(name).and_then(Value::as_bool).with_context(|| format!("no `{name}`"));
        let word = text_of(line, "refreshed").unwrap_or_default();
        let refreshed = REFRESHED.iter().find(|(_, known)| *known == word);
        let holding = Holding {
            stands: text_of(line, "stands").context("no `stands`")?,
            in_doubt: text_of(line, "in_doubt"),
            is_dead: flag("is_dead")?,
            was_lent: flag("was_lent")?,
            is_verified: flag("is_verified")?,
            refreshed: refreshed.map(|(refreshed, _)| *refreshed).context("no `refreshed`")?,
            second_refresher: text_of(line, "second_refresher"),
        };
        Ok((account, holding))
    };
    accounts.iter().map(holding).collect::<anyhow::Result<_>>().map(Fact::Known)
}

fn text_of(line: &Map<String, Value>, name: &str) -> Option<String> {
    line.get(name).and_then(Value::as_str).map(str::to_owned)
}
