//! Signs of a second refresher, from two looks at what both providers list. Pure: the looks are handed in.

use std::collections::BTreeMap;

use super::sources::Connection;

/// What one look saw of the accounts that new holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// When, as text.
    pub at: String,
    /// By account.
    pub accounts: BTreeMap<String, Seen>,
    /// Who could not be looked at, and why.
    pub untold: Vec<String>,
}

/// What was seen of one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// The upstream that it is linked to.
    pub integration: String,
    /// Who may refresh it.
    pub holder: Holder,
    /// Why it does not work at new; `None`: it works.
    pub broken_at_new: Option<String>,
    /// Whether that says that the refresh token was refused.
    pub is_refused: bool,
    /// Why it does not work at legacy.
    pub broken_at_legacy: Option<String>,
    /// What moves at legacy when tokens are refreshed.
    pub refreshed: Option<String>,
    /// The fingerprint of the token that legacy has.
    pub token: Option<[u8; 32]>,
}

/// Who may refresh an account's token: that one does is no sign, that another does is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holder {
    /// It was transferred.
    #[default]
    New,
    /// It was lent: new has an access token alone, which ends.
    Legacy,
    /// It was copied, and never refreshes; or it is between two steps of its hand-over.
    Nobody,
}

impl Holder {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Holder::New => "new",
            Holder::Legacy => "legacy",
            Holder::Nobody => "nobody",
        }
    }

    /// What a word means; one that means nothing is of an earlier version, which knew no other.
    pub fn parse(word: &str) -> Holder {
        [Holder::Legacy, Holder::Nobody].into_iter().find(|holder| holder.name() == word).unwrap_or_default()
    }
}

/// A sign that somebody else refreshes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// The account.
    pub account: String,
    /// The upstream.
    pub integration: String,
    /// What kind of sign.
    pub kind: Kind,
    /// What was seen.
    pub what: String,
    /// When it was seen.
    pub at: String,
}

/// What kind of sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The OAuth server refused new's refresh: somebody else has used the token.
    InvalidGrant,
    /// New says that the user must connect again.
    NeedsReauth,
    /// Legacy was refused: it tried with a token that it does not hold any more.
    LegacyRefused,
    /// What moves at legacy when it refreshes has moved.
    LegacyRefreshed,
    /// Legacy has another refresh token than before.
    Rotated,
}

impl Kind {
    /// Each with its word.
    pub const ALL: [(Kind, &'static str); 5] = [
        (Kind::InvalidGrant, "invalid_grant"),
        (Kind::NeedsReauth, "needs_reauth"),
        (Kind::LegacyRefused, "legacy_refused"),
        (Kind::LegacyRefreshed, "legacy_refreshed"),
        (Kind::Rotated, "rotated"),
    ];

    /// The word.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl Seen {
    /// What both sides list of an account that new has; `refused` are the upstream's own words for a token that it refuses.
    pub fn of(
        integration: &str,
        holder: Holder,
        new: &Connection,
        legacy: Option<&Connection>,
        refused: &[String],
    ) -> Seen {
        let words = || refused.iter().map(String::as_str).chain(["invalid_grant"]);
        let says = |why: &String| words().any(|word| why.contains(word));
        Seen {
            integration: integration.to_owned(),
            holder,
            broken_at_new: new.broken.clone(),
            is_refused: new.broken.as_ref().is_some_and(says),
            broken_at_legacy: legacy.and_then(|legacy| legacy.broken.clone()),
            refreshed: legacy.and_then(|legacy| legacy.refreshed.clone()),
            token: legacy.and_then(|legacy| legacy.token),
        }
    }
}

/// The signs of a look, beside the one before; without one only what does not need it is seen.
pub fn signs(before: Option<&Look>, now: &Look) -> Vec<Sign> {
    let mut signs = Vec::new();
    for (account, seen) in &now.accounts {
        let earlier = before.and_then(|look| look.accounts.get(account));
        let mut add = |kind: Kind, what: String| {
            let (account, integration) = (account.clone(), seen.integration.clone());
            signs.push(Sign { account, integration, kind, what, at: now.at.clone() });
        };
        // What was lent ends, and new cannot refresh it: that it does not work there any more is no sign.
        if let Some(why) = &seen.broken_at_new
            && seen.holder != Holder::Legacy
        {
            match seen.is_refused && seen.holder == Holder::New {
                true => add(Kind::InvalidGrant, format!("new's refresh was refused: {why}")),
                false => add(Kind::NeedsReauth, format!("it does not work at new: {why}")),
            }
        }
        match (&seen.broken_at_legacy, seen.holder) {
            (Some(why), Holder::New) => add(
                Kind::LegacyRefused,
                format!("legacy tried with a token that it does not hold any more: {why}"),
            ),
            (Some(why), Holder::Legacy) => add(
                Kind::LegacyRefused,
                format!(
                    "legacy was refused what it holds, and only lent: somebody else has used its refresh token: {why}"
                ),
            ),
            (Some(_), Holder::Nobody) | (None, _) => {}
        }
        // Who holds a token refreshes it.
        let Some(earlier) =
            earlier.filter(|earlier| (earlier.holder, seen.holder) == (Holder::New, Holder::New))
        else {
            continue;
        };
        if let (Some(was), Some(is)) = (&earlier.refreshed, &seen.refreshed)
            && was != is
        {
            add(Kind::LegacyRefreshed, format!("legacy's record of it moved from {was} to {is}"));
        }
        if let (Some(was), Some(is)) = (&earlier.token, &seen.token)
            && was != is
        {
            add(Kind::Rotated, "legacy has another refresh token than at the look before".to_owned());
        }
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(seen: Seen) -> Look {
        Look { accounts: [("a".to_owned(), seen)].into(), ..Look::default() }
    }

    #[track_caller]
    fn check(before: Option<Seen>, now: Seen, expected: &[&str]) {
        let before = before.map(look);
        let found = signs(before.as_ref(), &look(now));
        assert_eq!(found.iter().map(|sign| sign.kind.name()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn each_sign_is_seen_and_nothing_else_is_one() {
        let well = Seen { refreshed: Some("1".to_owned()), token: Some([1; 32]), ..Seen::default() };
        check(None, well.clone(), &[]);
        check(Some(well.clone()), well.clone(), &[]);
        let broken = |why: &str| {
            let new = Connection { broken: Some(why.to_owned()), ..Connection::default() };
            let told = Seen::of("x", Holder::New, &new, None, &["BAD_TOKEN".to_owned()]);
            Seen { refreshed: well.refreshed.clone(), token: well.token, ..told }
        };
        check(None, broken("invalid_grant"), &["invalid_grant"]);
        check(None, broken("the upstream said BAD_TOKEN"), &["invalid_grant"]);
        check(None, broken("needs_reauth"), &["needs_reauth"]);
        check(None, Seen { broken_at_legacy: Some("auth".to_owned()), ..well.clone() }, &["legacy_refused"]);
        let moved = Seen { refreshed: Some("2".to_owned()), ..well.clone() };
        check(None, moved.clone(), &[]);
        check(Some(well.clone()), moved, &["legacy_refreshed"]);
        check(Some(well.clone()), Seen { token: Some([2; 32]), ..well.clone() }, &["rotated"]);
        check(Some(well.clone()), Seen { token: None, refreshed: None, ..well }, &[]);
    }

    #[test]
    fn who_holds_a_token_may_refresh_it_and_whoever_does_not_is_a_sign() {
        let at = |holder| Seen {
            holder,
            refreshed: Some("1".to_owned()),
            token: Some([1; 32]),
            ..Seen::default()
        };
        let moved = |holder| Seen { refreshed: Some("2".to_owned()), token: Some([2; 32]), ..at(holder) };
        check(Some(at(Holder::New)), moved(Holder::New), &["legacy_refreshed", "rotated"]);
        check(Some(at(Holder::Legacy)), moved(Holder::Legacy), &[]);
        check(Some(at(Holder::Nobody)), moved(Holder::Nobody), &[]);
        // It was handed over between the looks: legacy's last refresh was its own.
        check(Some(at(Holder::Legacy)), moved(Holder::New), &[]);
        let broken = |holder, is_refused| Seen {
            broken_at_new: Some("invalid_grant".to_owned()),
            broken_at_legacy: Some("auth".to_owned()),
            is_refused,
            ..at(holder)
        };
        check(None, broken(Holder::New, true), &["invalid_grant", "legacy_refused"]);
        check(None, broken(Holder::Legacy, false), &["legacy_refused"]);
        check(None, broken(Holder::Nobody, false), &["needs_reauth"]);
    }
}
