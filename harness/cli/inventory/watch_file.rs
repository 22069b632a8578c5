//! What `tokens watch` keeps between looks, `reports/inventory/watch.json`: the latest look, and the signs that were seen. A gate reads the signs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::watch::{Holder, Look, Seen, Sign};
use crate::config::Config;

/// After a month without another one a sign says nothing of today: upstreams end what nobody refreshed for so long.
const SIGN_AGE_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is kept.
#[derive(Default)]
pub struct Kept {
    /// The latest look. Fingerprints of tokens are not kept.
    pub look: Option<Look>,
    /// The latest sign of each kind, by account and kind.
    signs: BTreeMap<(String, String), Value>,
}

/// A sign as a gate hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noticed {
    /// When it was seen.
    pub at: Timestamp,
    /// What and when, for people.
    pub told: String,
}

/// Where it lies.
pub fn file(config: &Config) -> PathBuf {
    super::folder(config).join("watch.json")
}

/// Reads it; a file that is not there, or means nothing, keeps nothing.
pub fn read(config: &Config) -> Kept {
    let text = std::fs::read_to_string(file(config)).unwrap_or_default();
    let whole: Value = serde_json::from_str(&text).unwrap_or_default();
    let signs = whole["signs"].as_array().into_iter().flatten().filter_map(|sign| {
        let word = |name: &str| sign[name].as_str().map(str::to_owned);
        Some(((word("account")?, word("sign")?), sign.clone()))
    });
    Kept { look: look(&whole), signs: signs.collect() }
}

/// The signs of a moment that still count, the latest of each account.
pub fn signs(config: &Config, now: Timestamp) -> BTreeMap<String, Noticed> {
    let mut latest: BTreeMap<String, Noticed> = BTreeMap::new();
    for ((account, kind), sign) in read(config).signs {
        let Some(at) = sign["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok()) else { continue };
        let is_later = latest.get(&account).is_none_or(|known| known.at < at);
        if is_later && now.duration_since(at) <= SIGN_AGE_MAX {
            let what = sign["what"].as_str().unwrap_or_default();
            latest.insert(account, Noticed { at, told: format!("{kind} at {at}: {what}") });
        }
    }
    latest
}

impl Kept {
    /// Keeps a sign in the place of an earlier one of its kind.
    pub fn keep(&mut self, sign: &Sign) {
        self.signs.insert((sign.account.clone(), sign.kind.name().to_owned()), document(sign));
    }

    /// As text.
    pub fn text(&self) -> String {
        let Some(look) = &self.look else { return String::new() };
        let accounts = look.accounts.iter().filter_map(|(name, seen)| {
            Some((name.clone(), json!({"refreshed": seen.refreshed.as_ref()?, "holder": seen.holder.name()})))
        });
        let (accounts, signs): (Map<_, _>, Vec<&Value>) = (accounts.collect(), self.signs.values().collect());
        format!("{:#}\n", json!({"version": 1, "at": look.at, "accounts": accounts, "signs": signs}))
    }
}

/// A sign as machines read it.
pub fn document(sign: &Sign) -> Value {
    json!({
        "at": sign.at, "account": sign.account, "integration": sign.integration, "sign": sign.kind.name(),
        "what": sign.what,
    })
}

fn look(whole: &Value) -> Option<Look> {
    let accounts = whole["accounts"].as_object()?.iter().map(|(name, seen)| {
        let refreshed = seen["refreshed"].as_str().map(str::to_owned);
        let holder = Holder::parse(seen["holder"].as_str().unwrap_or_default());
        (name.clone(), Seen { refreshed, holder, ..Seen::default() })
    });
    Some(Look { at: whole["at"].as_str()?.to_owned(), accounts: accounts.collect(), untold: Vec::new() })
}
