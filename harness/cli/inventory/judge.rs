//! What follows from all that is known of one account. Pure: what is known is handed in.

use std::collections::BTreeSet;

use evidence::gate::fact::Fact;
use jiff::{SignedDuration, Timestamp};
use providers::span::Span;
use providers::upstream::{Rotation, Upstream};

use super::Gathered;
use super::row::{Auth, By, Deadline, Reason, Row, State, Travels, Way};
use super::sources::{App, Connection, Export, Lets, Told, moment, scopes};
use crate::config::Account;

/// All that is known of one account.
pub struct Seen<'s> {
    /// The accounts' file's line; its columns say what no provider tells.
    pub account: &'s Account,
    /// What legacy lists.
    pub at_legacy: Option<&'s Connection>,
    /// What new lists.
    pub at_new: Option<&'s Connection>,
    /// What both sides told of apps and of themselves.
    pub gathered: &'s Gathered,
    /// What is known of the upstream's tokens.
    pub upstream: Option<&'s Upstream>,
    /// The scopes that operations need; `None`: no operation says.
    pub scopes: Option<&'s BTreeSet<String>>,
    /// The present.
    pub now: Timestamp,
}

impl Seen<'_> {
    /// A column of the accounts' file that says something.
    fn column(&self, name: &str) -> Option<&str> {
        self.account.more.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn legacy_lets(&self) -> Lets {
        self.gathered.legacy.lets
    }

    fn app<'t>(&self, told: &'t Told) -> Option<&'t App> {
        told.apps.get(&self.account.integration)
    }
}

/// Judges one account.
pub fn judge(seen: &Seen<'_>) -> Row {
    let auth = auth(seen);
    let kind = auth.known().ok().copied();
    let is_granted = kind.is_none_or(|kind| kind == Auth::OAuth2);
    let mut row = Row {
        account: seen.account.name.clone(),
        integration: seen.account.integration.clone(),
        new: seen.at_new.map(|connection| connection.id.clone()),
        at_legacy: state(seen.at_legacy, &seen.gathered.legacy),
        at_new: state(seen.at_new, &seen.gathered.new),
        owns_client: if is_granted { owns_client(seen) } else { Fact::Known(true) },
        missing_scopes: if is_granted { missing_scopes(seen) } else { Fact::Known(Vec::new()) },
        same_identity: Fact::Known(true),
        export: seen.legacy_lets().export.name(),
        is_exportable: is_exportable(seen),
        can_fence: if is_granted { can_fence(seen) } else { Fact::Known(true) },
        rotation: seen.upstream.filter(|_| is_granted).map(|upstream| upstream.rotation.name()),
        deadline: if is_granted { deadline(seen) } else { Fact::Known(None) },
        context: context(seen),
        rollback: String::new(),
        way: Way::Unknown,
        reasons: Vec::new(),
        auth,
    };
    row.same_identity = same_identity(seen, &row.context);
    row.rollback = rollback(seen, kind);
    row.reasons = reasons(seen, &row);
    row.way = way(kind, &row.reasons);
    row
}

fn auth(seen: &Seen<'_>) -> Fact<Auth> {
    let column = seen.column("auth").and_then(Auth::parse);
    let told = || seen.at_legacy.and_then(|connection| connection.auth);
    let by_app = || seen.app(&seen.gathered.legacy).and_then(|app| app.auth);
    match column.or_else(told).or_else(by_app).or_else(|| seen.at_new.and_then(|connection| connection.auth))
    {
        Some(auth) => Fact::Known(auth),
        None => Fact::absent(
            "no provider tells what it is authenticated by",
            "say it in a column `auth` of the accounts' file: oauth2, client_credentials, api_key, basic, token_based",
        ),
    }
}

fn state(connection: Option<&Connection>, told: &Told) -> State {
    match (connection, &told.connections) {
        (Some(Connection { broken: Some(why), .. }), _) => State::Broken(why.clone()),
        (Some(_), _) => State::Works,
        (None, Some(_)) => State::Absent,
        (None, None) => State::Untold,
    }
}

/// A refresh token is of use to the client alone that it was issued to: both sides must have the same one.
fn owns_client(seen: &Seen<'_>) -> Fact<bool> {
    let integration = &seen.account.integration;
    let (legacy, new) = (seen.app(&seen.gathered.legacy), seen.app(&seen.gathered.new));
    let legacy = seen.column("client_id").or_else(|| legacy?.client.as_deref());
    match (legacy, new) {
        (Some(legacy), Some(App { client: Some(new), .. })) => Fact::Known(legacy == new),
        // New's own app is no client of ours.
        (Some(_), Some(App { client: None, .. })) => Fact::Known(false),
        (None, _) => Fact::absent(
            format!("legacy does not tell which OAuth client `{integration}` uses"),
            "say it in a column `client_id` of the accounts' file",
        ),
        (Some(_), None) => Fact::absent(
            format!(
                "new does not tell which OAuth client `{integration}` uses: {}",
                seen.gathered.new.why_no_apps
            ),
            "install the integration at new, with the client of yours that legacy uses",
        ),
    }
}

fn missing_scopes(seen: &Seen<'_>) -> Fact<Vec<String>> {
    let integration = &seen.account.integration;
    let Some(needed) = seen.scopes else {
        return Fact::absent(
            format!("no operation says which scopes of `{integration}` it needs"),
            format!("add scopes = {{ {integration} = [\"…\"] }} to the operations that are asked of it"),
        );
    };
    let column = seen.column("scopes").map(scopes);
    let granted = column.or_else(|| seen.app(&seen.gathered.legacy)?.scopes.clone());
    match granted {
        Some(granted) => Fact::Known(needed.difference(&granted).cloned().collect()),
        None => Fact::absent(
            "no provider tells which scopes were granted",
            "say them in a column `scopes` of the accounts' file, parted by spaces",
        ),
    }
}

fn context(seen: &Seen<'_>) -> Vec<Travels> {
    let groups = seen.upstream.map(|upstream| upstream.context.as_slice()).unwrap_or_default();
    let of = |connection: Option<&Connection>, names: &[String]| {
        names.iter().find_map(|name| connection?.context.get(name).cloned())
    };
    let travels = groups.iter().map(|names| Travels {
        names: names.clone(),
        at_legacy: names
            .iter()
            .find_map(|name| seen.column(name).map(str::to_owned))
            .or_else(|| of(seen.at_legacy, names)),
        at_new: of(seen.at_new, names),
    });
    travels.collect()
}

fn same_identity(seen: &Seen<'_>, context: &[Travels]) -> Fact<bool> {
    if seen.at_new.is_none() {
        return Fact::absent(
            "new has no account yet that could be held against legacy's",
            "lend it first: then both sides can be held against each other",
        );
    }
    let both =
        context.iter().filter_map(|travels| Some((travels.at_legacy.as_ref()?, travels.at_new.as_ref()?)));
    let both: Vec<bool> = both.map(|(legacy, new)| legacy == new).collect();
    match both.is_empty() {
        false => Fact::Known(both.into_iter().all(|same| same)),
        true => Fact::absent(
            "no provider tells whose organisation it is",
            "say it in a column of the accounts' file that is named as the upstream's context is, or compare by hand",
        ),
    }
}

fn is_exportable(seen: &Seen<'_>) -> Fact<bool> {
    let by_file = seen.column("export") == Some("file");
    match seen.legacy_lets().export {
        Export::Api => Fact::Known(true),
        Export::File if by_file => Fact::Known(true),
        Export::File => Fact::absent(
            "legacy's API tells no tokens; its support sends them in a file, where it agrees to",
            "ask its support, and say `file` in a column `export` of the accounts' file once it has agreed",
        ),
        Export::None => Fact::Known(by_file),
        Export::Untold if by_file => Fact::Known(true),
        Export::Untold => Fact::absent(
            "legacy's profile does not say whether it lets tokens out",
            "add [tokens] to its profile, or say `file` in a column `export` of the accounts' file",
        ),
    }
}

fn can_fence(seen: &Seen<'_>) -> Fact<bool> {
    // Where the token stays as it is, a second refresher hurts nobody.
    if seen.upstream.is_some_and(|upstream| upstream.rotation == Rotation::Never) {
        return Fact::Known(true);
    }
    match seen.legacy_lets().fence {
        Some(can) => Fact::Known(can),
        None => Fact::absent(
            "it is not known whether legacy can be kept from refreshing a token that it does not hold any more",
            "find out, and say it as [tokens.disarm] in its profile",
        ),
    }
}

fn deadline(seen: &Seen<'_>) -> Fact<Option<Deadline>> {
    let Some(upstream) = seen.upstream else {
        return Fact::absent(
            format!("how tokens of `{}` refresh is not known", seen.account.integration),
            "add it to mappings/upstreams.toml",
        );
    };
    let column = |name: &str| seen.column(name).and_then(moment);
    let mut deadlines = Vec::new();
    if let Some(idle) = upstream.idle {
        let by_itself = seen.gathered.legacy.refreshes_every;
        let by_itself = by_itself.and_then(|every| earlier(seen.now, every));
        let told = || seen.at_legacy.and_then(|connection| moment(connection.refreshed.as_deref()?));
        let Some(used) = column("refreshed_at").or(by_itself).or_else(told) else {
            return Fact::absent(
                format!(
                    "{} ends what nobody used for {}, and when it was used is not known",
                    upstream.title,
                    idle.text()
                ),
                "say it in a column `refreshed_at` of the accounts' file",
            );
        };
        deadlines.push((later(used, idle), format!("unused for {}", idle.text())));
    }
    if let Some(absolute) = upstream.absolute {
        let told = || seen.at_legacy.and_then(|connection| connection.created);
        let Some(granted) = column("granted_at").or_else(told) else {
            return Fact::absent(
                format!(
                    "{} ends each grant after {}, and when it was made is not known",
                    upstream.title,
                    absolute.text()
                ),
                "say it in a column `granted_at` of the accounts' file",
            );
        };
        deadlines.push((later(granted, absolute), format!("{} after consent", absolute.text())));
    }
    let first = deadlines.into_iter().min_by_key(|(at, _)| *at);
    Fact::Known(first.map(|(at, because)| Deadline { at, because }))
}

fn later(from: Timestamp, span: Span) -> Timestamp {
    let span = SignedDuration::from_secs(i64::try_from(span.0).unwrap_or(i64::MAX));
    from.checked_add(span).unwrap_or(Timestamp::MAX)
}

fn earlier(from: Timestamp, span: Span) -> Option<Timestamp> {
    from.checked_sub(SignedDuration::from_secs(i64::try_from(span.0).ok()?)).ok()
}

fn rollback(seen: &Seen<'_>, kind: Option<Auth>) -> String {
    let takes_back = seen.legacy_lets().takes_back;
    let new_tells = seen.gathered.new.lets.export == Export::Api;
    let rotation = seen.upstream.map(|upstream| upstream.rotation);
    match (kind, rotation) {
        (None, _) => "unknown".to_owned(),
        (Some(Auth::ClientCredentials | Auth::ApiKey | Auth::Basic | Auth::TokenBased), _) => {
            "at any time: legacy keeps its own credentials".to_owned()
        }
        (Some(Auth::OAuth2), Some(Rotation::Never)) => {
            "until legacy's account is deleted: its token stays good".to_owned()
        }
        (Some(Auth::OAuth2), None) => "unknown: how its tokens refresh is not known".to_owned(),
        (Some(Auth::OAuth2), Some(Rotation::Sometimes | Rotation::Always)) => {
            let before = if takes_back { "give it back to legacy" } else { "legacy still has it" };
            let after = match (new_tells, takes_back) {
                (true, true) => "new tells the token, and legacy takes it back",
                (true, false) => "legacy takes nothing back: connect again",
                (false, _) => "new tells no token: its support, or connect again",
            };
            format!("before new's first refresh: {before}; after it: {after}")
        }
    }
}

fn reasons(seen: &Seen<'_>, row: &Row) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |by: By, what: String| reasons.push(Reason { what, by });
    if let State::Broken(why) = &row.at_legacy {
        add(By::Customer, format!("it does not work at legacy any more: {why}"));
    }
    if row.at_legacy == State::Absent {
        add(By::Whoever, "legacy lists no such account".to_owned());
    }
    if let Fact::Known(Some(deadline)) = &row.deadline
        && deadline.at <= seen.now
    {
        let at = deadline.at.strftime("%Y-%m-%d");
        add(By::Customer, format!("its refresh token ended on {at} ({})", deadline.because));
    }
    match (&row.owns_client, seen.app(&seen.gathered.new)) {
        (Fact::Known(false), Some(App { client: None, .. })) => {
            add(
                By::Us,
                format!("new uses an OAuth client of its own for `{}`: give it yours", row.integration),
            );
        }
        (Fact::Known(false), _) => {
            add(
                By::Customer,
                "legacy's OAuth client is another than new's: its tokens are of no use there".to_owned(),
            );
        }
        (Fact::Known(true) | Fact::Absent(_), _) => {}
    }
    if let Fact::Known(missing) = &row.missing_scopes
        && !missing.is_empty()
    {
        add(By::Customer, format!("its grant lacks {}", missing.join(", ")));
    }
    if row.same_identity == Fact::Known(false) {
        add(By::Us, "both sides reach different organisations: the accounts are mixed up".to_owned());
    }
    if row.is_exportable == Fact::Known(false) {
        add(By::Customer, "legacy lets no token out".to_owned());
    }
    if let Fact::Absent(missing) = &row.auth {
        add(By::Whoever, missing.what.clone());
    }
    if row.can_fence == Fact::Known(false) {
        add(
            By::Us,
            "legacy cannot be kept from refreshing: take the account away there at once after its move"
                .to_owned(),
        );
    }
    reasons
}

/// What a customer must do outweighs what we must, and that what somebody must find out.
fn way(kind: Option<Auth>, reasons: &[Reason]) -> Way {
    let is_by = |by: By| reasons.iter().any(|reason| reason.by == by);
    match kind {
        _ if is_by(By::Customer) => Way::Reconnect,
        _ if is_by(By::Us) => Way::Mend,
        _ if is_by(By::Whoever) => Way::Unknown,
        Some(Auth::OAuth2) => Way::Transfer,
        Some(Auth::ClientCredentials | Auth::ApiKey | Auth::Basic | Auth::TokenBased) => Way::Copy,
        None => Way::Unknown,
    }
}
