//! What the OAuth server's own log says: whether ever two systems refreshed one token.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// One request to the token endpoint, or for a revocation. Tokens stand as fingerprints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Who asked, by the `user-agent`.
    pub by: String,
    /// The client that it asked as.
    pub client: String,
    /// The grant type, or `revocation`.
    pub what: String,
    /// Whose account the token is of; empty where nobody knows.
    pub subject: String,
    /// The token that was shown; empty: none.
    pub presented: String,
    /// The refresh token that came back; empty: none.
    pub issued: String,
    /// `ok`, or OAuth's word for the error.
    pub outcome: String,
}

impl Entry {
    /// As the OAuth server's log writes it.
    pub fn json(&self) -> Value {
        json!({
            "at_ms": self.at_ms, "by": self.by, "client": self.client, "what": self.what, "subject": self.subject,
            "presented": self.presented, "issued": self.issued, "outcome": self.outcome,
        })
    }

    pub(super) fn read(entry: &Value) -> Option<Entry> {
        let text = |name: &str| entry[name].as_str().map(str::to_owned);
        Some(Entry {
            at_ms: entry["at_ms"].as_i64()?,
            by: text("by")?,
            client: text("client")?,
            what: text("what")?,
            subject: text("subject")?,
            presented: text("presented")?,
            issued: text("issued")?,
            outcome: text("outcome")?,
        })
    }
}

/// What the log says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Refreshes that were answered, by who asked.
    pub refreshes: BTreeMap<String, usize>,
    /// Accounts of which one refresh token was shown by two systems.
    pub two_refreshers: BTreeSet<String>,
    /// Accounts of which a refresh was refused, by anybody.
    pub refused: BTreeSet<String>,
    /// Accounts whose refreshing went back and forth: more than one change of hands.
    pub changed_hands_again: BTreeSet<String>,
    /// Accounts of which somebody asked to revoke the grant.
    pub revoked: BTreeSet<String>,
}

impl Judgement {
    /// Whether nothing is wrong: no token with two refreshers, no refusal, no revocation.
    pub fn is_clean(&self) -> bool {
        self.two_refreshers.is_empty()
            && self.refused.is_empty()
            && self.changed_hands_again.is_empty()
            && self.revoked.is_empty()
    }
}

/// Judges a log.
pub fn judge(log: &[Entry]) -> Judgement {
    let mut judgement = Judgement::default();
    let mut presenters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut hands: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in log {
        let subject = entry.subject.as_str();
        if entry.what == "revocation" {
            judgement.revoked.insert(subject.to_owned());
            continue;
        }
        if entry.what != "refresh_token" {
            continue;
        }
        if entry.outcome == "ok" {
            *judgement.refreshes.entry(entry.by.clone()).or_default() += 1;
        } else {
            judgement.refused.insert(subject.to_owned());
        }
        let shown = presenters.entry(&entry.presented).or_default();
        shown.insert(&entry.by);
        // A token that never rotates is passed on as it is: there only going back and forth is wrong.
        if shown.len() > 1 && entry.issued != entry.presented {
            judgement.two_refreshers.insert(subject.to_owned());
        }
        let hands = hands.entry(subject).or_default();
        if hands.last() != Some(&entry.by.as_str()) {
            hands.push(&entry.by);
        }
        if hands.len() > 2 {
            judgement.changed_hands_again.insert(subject.to_owned());
        }
    }
    judgement
}
