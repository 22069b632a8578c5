//! The edge of the hand-over: each thing that the engine asks for, as calls of the profiles.

use std::collections::BTreeMap;
use std::time::Duration;

use compare::model::Body;
use handover::connector::{self, Names, credentials};
use handover::credentials::{Credentials, Kind};
use handover::edge::{Edge, Held, NewId, Trouble};
use handover::export_file::Whose;
use handover::machine::{Again, Cure, Disarm, Known, Landing, Rotation};
use handover::record::Mode;
use jiff::Timestamp;
use providers::profile::Is;
use providers::secret::Secret;
use providers::tokens;
use providers::upstream::{self, Upstream};
use providers::wait::{found, values};

use super::calls::{Desk, Told, person};
use super::cast::{Cast, Linked};
use super::introspection::{self, Endpoint, Expected};
use super::witness::Verifier;
use crate::options::hand_over::Legacy;

/// Where a profile does not say it: a client gives up long before.
const ARRIVES_WITHIN_MS: u64 = 60_000;

/// Both providers, as the engine asks them.
pub struct Providers<'c> {
    /// Who takes part.
    pub cast: &'c Cast,
    /// As legacy is asked.
    pub legacy: Desk<'c>,
    /// As new is asked.
    pub new: Desk<'c>,
    /// What verifies accounts.
    pub verifier: &'c Verifier<'c>,
    /// What legacy's support sent.
    pub file: Option<Sent>,
    /// Whether legacy was ended by hand.
    pub ended: Legacy,
    /// What is known of upstreams.
    pub upstreams: Vec<Upstream>,
    /// Where upstreams say of tokens whether they are good, by the upstream's title; or why they cannot be asked.
    pub introspection: BTreeMap<String, Result<Endpoint, String>>,
    /// Reads the clock.
    pub clock: providers::Clock,
}

/// What legacy's support sent.
pub struct Sent {
    /// By what it tells whose they are.
    pub whose: Whose,
    /// When it was made, where somebody says so.
    pub made_at: Option<Timestamp>,
    /// The credentials.
    pub credentials: BTreeMap<String, Credentials>,
}

impl Providers<'_> {
    fn linked(&self, account: &str) -> Result<&Linked, Trouble> {
        self.cast.account(account).ok_or_else(|| person("the accounts' file does not have it any more"))
    }

    fn of_legacy(&self, account: &str) -> Result<(&Linked, Names), Trouble> {
        let linked = self.linked(account)?;
        let id = linked.legacy.as_ref();
        let id = id.ok_or_else(|| person("the accounts' file does not say what legacy calls it"))?;
        Ok((linked, linked.names(Some(id))))
    }

    fn at_new(&self, account: &str, id: &str) -> Result<Names, Trouble> {
        Ok(self.linked(account)?.names(Some(&Secret::new(id.to_owned()))))
    }

    fn upstream(&self, account: &str) -> Option<&Upstream> {
        let integration = self.cast.account(account).map_or("", |linked| linked.integration.as_str());
        upstream::upstream_of(&self.upstreams, integration)
    }

    /// Where the account's upstream says of tokens whether they are good.
    fn endpoint(&self, account: &str) -> Result<Option<&Endpoint>, Trouble> {
        let found = self.upstream(account).and_then(|upstream| self.introspection.get(&upstream.title));
        match found {
            None => Ok(None),
            Some(Ok(endpoint)) => Ok(Some(endpoint)),
            Some(Err(why)) => Err(person(format!("ask the upstream's introspection endpoint: {why}"))),
        }
    }

    /// Whether the upstream itself knows something against what was exported. Where an export cannot be made again, what it gave is kept first and
    /// foremost: nothing may refuse it.
    async fn look(&self, account: &str, credentials: &Credentials) -> Result<(), Trouble> {
        let is_once = |by: &tokens::ExportBy| by.again == tokens::Again::Never;
        if self.file.is_none() && self.cast.legacy.tokens.export.as_ref().is_some_and(is_once) {
            return Ok(());
        }
        let Some(endpoint) = self.endpoint(account)? else { return Ok(()) };
        let column = |name: &str| {
            let text = self.cast.account(account)?.columns.get(name)?;
            (!text.is_empty()).then_some(text.as_str())
        };
        let expected = Expected { client: column("client_id"), subject: column("subject") };
        introspection::look(endpoint, credentials, expected).await
    }

    fn rotation(&self, account: &str) -> Rotation {
        match self.upstream(account).map(|upstream| upstream.rotation) {
            Some(upstream::Rotation::Never) => Rotation::Never,
            Some(upstream::Rotation::Sometimes) => Rotation::Sometimes,
            Some(upstream::Rotation::Always) => Rotation::Always,
            None => Rotation::Unknown,
        }
    }

    /// Whether anything can keep legacy from refreshing what new has.
    fn can_disarm(&self, account: &str) -> Result<(), Trouble> {
        let is_fine = self.rotation(account) == Rotation::Never
            || self.ended == Legacy::Ended
            || self.cast.legacy.tokens.disarm.is_some();
        match is_fine {
            true => Ok(()),
            false => Err(person(
                "nothing that the profile knows keeps legacy from refreshing it: end it there by hand, then say --legacy-ended",
            )),
        }
    }

    fn fits(&self, credentials: &Credentials, mode: Mode) -> Result<(), Trouble> {
        let refreshes = credentials.kind == Kind::OAuth2;
        let import = self.cast.new.tokens.import.as_ref();
        if !import.is_some_and(|import| import.credentials.contains_key(credentials.kind.name())) {
            let kind = credentials.kind.name();
            return Err(person(format!("the profile of new takes no credentials of the kind `{kind}`")));
        }
        match mode {
            Mode::Copy if refreshes => Err(person(
                "its token refreshes: what is copied would be refreshed twice; `transfer` passes it",
            )),
            Mode::Transfer if !refreshes => Err(person("nothing of it refreshes: `copy` passes it")),
            Mode::Lend if !refreshes => Err(person("nothing of it expires: `copy` passes it")),
            Mode::Lend | Mode::Copy | Mode::Transfer => Ok(()),
        }
    }

    /// Whether everything that an import needs is known.
    fn can_import(&self, linked: &Linked, credentials: &Credentials) -> Result<(), Trouble> {
        let Some(import) = &self.cast.new.tokens.import else {
            return Err(person("the profile of new does not say how credentials come in"));
        };
        let mut names = linked.names(None).with(credentials, (self.clock)(), self.new.skew());
        names.put("key", "");
        connector::import(import, credentials, false, &names)
            .map(drop)
            .map_err(|error| person(error.to_string()))
    }

    async fn of_api(&self, by: &tokens::ExportBy, account: &str, mode: Mode) -> Result<Credentials, Trouble> {
        let (_, names) = self.of_legacy(account)?;
        let call = by.lend.as_ref().filter(|_| mode == Mode::Lend).unwrap_or(&by.call);
        let told = self.legacy.call(call, &names, account).await?;
        credentials(by, &told.body, self.legacy.skew()).map_err(|error| person(format!("legacy: {error}")))
    }

    fn of_file(&self, account: &str) -> Result<Credentials, Trouble> {
        let (linked, _) = self.of_legacy(account)?;
        let Some(file) = &self.file else {
            return Err(person(
                "legacy's API gives no credentials out: ask its support for them now that it is fenced, then resume with --file",
            ));
        };
        let whose = match file.whose {
            Whose::Account => linked.legacy.as_ref().map_or("", |id| id.expose()),
            Whose::Tenant => linked.tenant(),
        };
        file.credentials.get(whose).cloned().ok_or_else(|| person("the file has no credentials of it"))
    }

    async fn status(&self, account: &str, names: &Names) -> Result<(), Trouble> {
        let Some(status) = &self.cast.new.tokens.status else { return Ok(()) };
        let told = self.new.call(&status.call, names, account).await?;
        let says = |is: &Is| values(&is.path.path, &told.body).contains(&is.is);
        if says(&status.well) {
            return Ok(());
        }
        let why = format!("new says that it is not {}", status.well.is);
        let cure = if says(&status.reconnect) { Cure::Reconnect } else { Cure::Person };
        Err(Trouble::Refused { why, cure })
    }
}

fn first(place: &providers::profile::Place, body: &Body) -> Option<String> {
    values(&place.path, body).into_iter().find(|id| !id.is_empty() && id != "null")
}

impl Edge for Providers<'_> {
    fn known(&self, account: &str) -> Known {
        let (legacy, new) = (&self.cast.legacy.tokens, &self.cast.new.tokens);
        let rotation = self.rotation(account);
        let is_armed = legacy.disarm.as_ref().is_some_and(|disarm| !disarm.calls.is_empty());
        Known {
            export: match legacy.export.as_ref().map(|export| export.again) {
                Some(tokens::Again::Never) => Again::Never,
                // A file says the same each time.
                Some(tokens::Again::Latest) | None => Again::Latest,
            },
            disarm: match is_armed && rotation != Rotation::Never && self.ended == Legacy::Lives {
                true => Disarm::Needed,
                false => Disarm::NotNeeded,
            },
            import: match new.import.as_ref().map(|import| import.landing) {
                Some(tokens::Landing::Lookup) => Landing::Lookup,
                Some(tokens::Landing::SameKey) => Landing::SameKey,
                Some(tokens::Landing::Unknown) | None => Landing::Unknown,
            },
            new_refreshes: new.refresh.is_some(),
            new_gives_back: new.export.is_some() && !new.freeze.is_empty(),
            new_forgets: !new.remove.is_empty(),
            legacy_takes_back: legacy.import.is_some(),
            rotation,
        }
    }

    async fn admit(&self, account: &str, mode: Mode) -> Result<(), Trouble> {
        let (linked, _) = self.of_legacy(account)?;
        if mode == Mode::Transfer {
            self.can_disarm(account)?;
        }
        let Some(by) = &self.cast.legacy.tokens.export else {
            // What a file has is seen when it is there.
            return match self.file.is_some() || mode == Mode::Transfer {
                true => Ok(()),
                false => Err(person(
                    "legacy's API gives no credentials out: a file of its support does, with --file",
                )),
            };
        };
        let credentials = self.of_api(by, account, Mode::Lend).await?;
        self.fits(&credentials, mode)?;
        self.can_import(linked, &credentials)
    }

    async fn witness(&self, account: &str) -> Result<Vec<u8>, Trouble> {
        self.verifier.witness(account)
    }

    async fn pause(&self, account: &str) -> Result<(), Trouble> {
        let (_, names) = self.of_legacy(account)?;
        self.legacy.calls(&self.cast.legacy.tokens.pause, &names, account).await
    }

    async fn unpause(&self, account: &str) -> Result<(), Trouble> {
        let (_, names) = self.of_legacy(account)?;
        self.legacy.calls(&self.cast.legacy.tokens.unpause, &names, account).await
    }

    async fn export(&self, account: &str, mode: Mode) -> Result<Credentials, Trouble> {
        let credentials = match &self.cast.legacy.tokens.export {
            Some(by) if self.file.is_none() => self.of_api(by, account, mode).await?,
            _ => self.of_file(account)?,
        };
        self.fits(&credentials, mode)?;
        self.look(account, &credentials).await?;
        Ok(credentials)
    }

    async fn is_latest(
        &self,
        account: &str,
        credentials: &Credentials,
        fenced: Timestamp,
    ) -> Result<(), Trouble> {
        let Some(file) = &self.file else { return Ok(()) };
        let Some(token) = credentials.secret("refresh_token") else { return Ok(()) };
        // Where nothing rotates the oldest is as good, and who ended legacy by hand says that it had nothing later.
        if self.rotation(account) == Rotation::Never || self.ended == Legacy::Ended {
            return Ok(());
        }
        // Where an old token is good for a while, that the upstream calls it good, as it did a moment ago, says nothing.
        let has_leeway = self.upstream(account).is_some_and(|upstream| upstream.leeway.is_some());
        if self.endpoint(account)?.is_some() && !has_leeway {
            return Ok(());
        }
        if let Held::Token(now) = self.held(account).await? {
            return match now == *token {
                true => Ok(()),
                false => Err(person(
                    "legacy has refreshed it since the file was made: ask its support for another one",
                )),
            };
        }
        let within = self.cast.legacy.tokens.disarm.as_ref().and_then(|disarm| disarm.refreshes_within);
        let had_no_reason = within.zip(credentials.expires_at).is_some_and(|(within, expires_at)| {
            expires_at.duration_since(fenced).as_secs() > i64::try_from(within.0).unwrap_or(i64::MAX)
        });
        match file.made_at {
            _ if had_no_reason => Ok(()),
            Some(made_at) if made_at >= fenced => Ok(()),
            Some(_) => Err(person(format!(
                "the file was made before the account was fenced at {fenced}, and legacy may have refreshed it between: ask its support for another one"
            ))),
            None => Err(person(format!(
                "whether the file is older than the fence of {fenced} is not known, and legacy may have refreshed it between: have it made anew, and say when with --made-at"
            ))),
        }
    }

    async fn held(&self, account: &str) -> Result<Held, Trouble> {
        let Some(by) = &self.cast.legacy.tokens.export else { return Ok(Held::Untold) };
        let credentials = self.of_api(by, account, Mode::Transfer).await?;
        Ok(credentials.secret("refresh_token").map_or(Held::Nothing, |token| Held::Token(token.clone())))
    }

    async fn disarm(&self, account: &str, credentials: &Credentials) -> Result<(), Trouble> {
        let (_, names) = self.of_legacy(account)?;
        let names = names.with(credentials, (self.clock)(), self.legacy.skew());
        let calls = self.cast.legacy.tokens.disarm.as_ref().map_or(&[][..], |disarm| &disarm.calls);
        self.legacy.calls(calls, &names, account).await
    }

    async fn import(
        &self,
        account: &str,
        credentials: &Credentials,
        place: Option<&str>,
        key: &str,
    ) -> Result<NewId, Trouble> {
        let linked = self.linked(account)?;
        let Some(by) = &self.cast.new.tokens.import else {
            return Err(person("the profile of new does not say how credentials come in"));
        };
        let id = place.map(|id| Secret::new(id.to_owned())).or_else(|| linked.new.clone());
        let names = linked.names(id.as_ref()).with(credentials, (self.clock)(), self.new.skew());
        let mut names = names;
        names.put("key", key);
        let asked = connector::import(by, credentials, place.is_some(), &names);
        let asked = asked.map_err(|error| person(error.to_string()))?;
        let Told { body, .. } = self.new.ask(&asked, &[], account).await?;
        let told = match (&by.id, place) {
            (_, Some(id)) => Some(id.to_owned()),
            (Some(at), None) => first(at, &body),
            (None, None) => id.map(|id| id.expose().to_owned()),
        };
        told.ok_or_else(|| Trouble::Unknown { why: "new did not say under which id".to_owned() })
    }

    async fn find(&self, account: &str) -> Result<Option<NewId>, Trouble> {
        let linked = self.linked(account)?;
        let find = self.cast.new.tokens.import.as_ref().and_then(|import| import.find.as_ref());
        let Some(find) = find else {
            return Err(person("the profile of new does not say how to look for it"));
        };
        let told = self.new.call(&find.call, &linked.names(linked.new.as_ref()), account).await?;
        let mut ids = found(&find.id.path, &told.body).into_iter().filter_map(|id| match id {
            serde_json::Value::String(id) if !id.is_empty() => Some(id),
            _ => None,
        });
        match (ids.next(), ids.next()) {
            (id, None) => Ok(id),
            (_, Some(_)) => {
                Err(person("new has several accounts of it: remove all but one, or say --found ID"))
            }
        }
    }

    async fn verify(&self, account: &str, id: &str, witness: &[u8]) -> Result<(), Trouble> {
        self.verifier.verify(account, id, witness)?;
        self.status(account, &self.at_new(account, id)?).await
    }

    async fn refresh(&self, account: &str, id: &str) -> Result<(), Trouble> {
        let Some(call) = &self.cast.new.tokens.refresh else {
            return Err(person("the profile of new does not say how it is told to refresh"));
        };
        let names = self.at_new(account, id)?;
        self.new.call(call, &names, account).await?;
        Ok(())
    }

    async fn has_rotated(&self, account: &str, credentials: &Credentials) -> Result<(), Trouble> {
        // Where an old token is good for a while, or may stay as it is, that it is good says nothing.
        let is_used_up = |upstream: &&Upstream| {
            upstream.rotation == upstream::Rotation::Always && upstream.leeway.is_none()
        };
        let token = credentials.secret("refresh_token");
        let (Some(_), Some(token)) = (self.upstream(account).filter(is_used_up), token) else {
            return Ok(());
        };
        let Some(endpoint) = self.endpoint(account)? else { return Ok(()) };
        match endpoint.ask(token, "refresh_token").await?.is_active {
            false => Ok(()),
            true => Err(person(
                "new says that it has refreshed, and the upstream that nobody has: the token that was handed over is unused",
            )),
        }
    }

    async fn reclaim(&self, account: &str, id: &str) -> Result<Credentials, Trouble> {
        let names = self.at_new(account, id)?;
        let Some(by) = &self.cast.new.tokens.export else {
            return Err(person("new gives no credentials out"));
        };
        self.new.calls(&self.cast.new.tokens.freeze, &names, account).await?;
        let told = self.new.call(&by.call, &names, account).await?;
        credentials(by, &told.body, self.new.skew()).map_err(|error| person(format!("new: {error}")))
    }

    async fn recall(&self, account: &str, id: &str) -> Result<(), Trouble> {
        self.new.calls(&self.cast.new.tokens.remove, &self.at_new(account, id)?, account).await
    }

    async fn restore(&self, account: &str, credentials: &Credentials) -> Result<(), Trouble> {
        let (_, names) = self.of_legacy(account)?;
        let Some(by) = &self.cast.legacy.tokens.import else {
            return Err(person("the profile of legacy does not say how credentials come in"));
        };
        let mut names = names.with(credentials, (self.clock)(), self.legacy.skew());
        names.put("key", account);
        let asked =
            connector::import(by, credentials, false, &names).map_err(|error| person(error.to_string()))?;
        self.legacy.ask(&asked, &[], account).await.map(drop)
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn arrives_within_ms(&self) -> u64 {
        let said = [&self.cast.legacy, &self.cast.new].map(|player| {
            player.tokens.arrives_within.map_or(ARRIVES_WITHIN_MS, |seconds| seconds.0 * 1_000)
        });
        said.into_iter().max().unwrap_or(ARRIVES_WITHIN_MS)
    }

    async fn sleep(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}
