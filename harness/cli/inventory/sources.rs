//! What a provider tells of its linked accounts and of the apps that users granted access to.

use std::collections::{BTreeMap, BTreeSet};

use capture::ask;
use capture::record::{Ask, List};
use compare::instant;
use compare::model::Body;
use jiff::Timestamp;
use providers::asked::{Asked, Effect, encoded};
use providers::inventory::{Apps, Listed};
use providers::profile::{Confidence, Next, Profile};
use providers::provider::Provider;
use providers::span::Span;
use report::visible;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::item;
use super::row::Auth;
use crate::pipeline::stop;

/// A provider with more linked accounts is not one company's.
pub const CONNECTIONS_MAX: usize = 1_000_000;

/// Why an account does not work is a word or a sentence; a whole answer of an upstream is nobody's to keep.
const WHY_CHARS_MAX: usize = 200;

/// What a provider told.
#[derive(Clone, Debug)]
pub struct Told {
    /// What it lets happen to tokens.
    pub lets: Lets,
    /// So often it refreshes each token, whether anybody asks or not.
    pub refreshes_every: Option<Span>,
    /// Its linked accounts, or why they are not known.
    pub connections: Option<Vec<Connection>>,
    /// Why not.
    pub why: String,
    /// Its apps, by integration; those of which it told nothing are not there.
    pub apps: BTreeMap<String, App>,
    /// Why there may be none.
    pub why_no_apps: String,
    /// Whether somebody had enough before all was asked.
    pub interrupted: bool,
}

/// What a provider lets happen to tokens, as its profile says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lets {
    /// How they get out.
    pub export: Export,
    /// Whether it takes them back.
    pub takes_back: bool,
    /// Whether it can be kept from refreshing what it does not hold any more; `None`: not known.
    pub fence: Option<bool>,
}

/// How tokens get out of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Its API tells them.
    Api,
    /// Its support sends a file, on request.
    File,
    /// Not at all.
    None,
    /// Its profile does not say.
    Untold,
}

impl Export {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Export::Api => "api",
            Export::File => "file",
            Export::None => "none",
            Export::Untold => "unknown",
        }
    }
}

impl Lets {
    /// Nothing is known.
    pub const UNTOLD: Lets = Lets { export: Export::Untold, takes_back: false, fence: None };

    /// What a profile says.
    pub fn of(profile: &Profile) -> Lets {
        let Some(tokens) = &profile.tokens else { return Lets::UNTOLD };
        Lets {
            export: match (&tokens.export, tokens.file.is_empty()) {
                (Some(_), _) => Export::Api,
                (None, false) => Export::File,
                (None, true) => Export::None,
            },
            takes_back: tokens.import.is_some(),
            // What is assumed keeps nobody from anything.
            fence: match &tokens.disarm {
                Some(disarm) => (disarm.confidence != Confidence::U).then_some(true),
                None => Some(false),
            },
        }
    }
}

/// A linked account as a provider tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connection {
    /// The provider's id of it.
    pub id: String,
    /// Its integration; empty where that is not told.
    pub integration: String,
    /// Whose it is, in our own words.
    pub tenant: Option<String>,
    /// What it is authenticated by.
    pub auth: Option<Auth>,
    /// Why it does not work; `None`: as far as the provider tells it does.
    pub broken: Option<String>,
    /// What the upstream's rule says must travel, by name.
    pub context: BTreeMap<String, String>,
    /// When it was connected.
    pub created: Option<Timestamp>,
    /// What moves when its tokens are refreshed.
    pub refreshed: Option<String>,
    /// The fingerprint of its refresh token, where the list tells that: it leaves no memory of this process.
    pub token: Option<[u8; 32]>,
    /// The id of its app.
    pub app: Option<String>,
}

/// An app that users granted access to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct App {
    /// Its id at the provider.
    pub id: Option<String>,
    /// The OAuth client's id; `None`: the provider tells none.
    pub client: Option<String>,
    /// What it asks for.
    pub scopes: Option<BTreeSet<String>>,
    /// What its accounts are authenticated by.
    pub auth: Option<Auth>,
}

impl Told {
    /// A provider that told nothing.
    pub fn silent(why: String) -> Told {
        Told {
            lets: Lets::UNTOLD,
            refreshes_every: None,
            connections: None,
            apps: BTreeMap::new(),
            why_no_apps: why.clone(),
            why,
            interrupted: false,
        }
    }

    /// Likewise, but for what its profile says.
    pub fn by_profile(profile: &Profile, why: String) -> Told {
        let refreshes_every = profile.inventory.as_ref().and_then(|inventory| inventory.refreshes_every);
        Told { lets: Lets::of(profile), refreshes_every, ..Told::silent(why) }
    }

    /// What it said, or why it said nothing.
    pub fn sentence(&self, side: &str) -> String {
        match &self.connections {
            Some(connections) => format!("{side} lists {} linked accounts", connections.len()),
            None => format!("{side} lists no linked accounts: {}", self.why),
        }
    }
}

/// Asks a provider, by its profile.
pub fn ask(
    provider: &Provider,
    integrations: &BTreeSet<String>,
    tick: &(dyn Fn() + Send + Sync),
) -> anyhow::Result<Told> {
    let mut told = Told::by_profile(&provider.profile, String::new());
    let Some(shape) = provider.profile.inventory.clone() else {
        let why = "its profile says nothing of linked accounts ([inventory])";
        return Ok(Told::by_profile(&provider.profile, why.to_owned()));
    };
    match &shape.list {
        None => "its API has no list of them".clone_into(&mut told.why),
        Some(list) => match pages(provider, vec![list_ask(list, provider)], tick)?.pop() {
            Some(Some(Ok(pages))) => told.connections = Some(connections(list, &pages)?),
            Some(Some(Err(why))) => told.why = why,
            Some(None) | None => told.interrupted = true,
        },
    }
    match &shape.apps {
        None => "its API does not tell OAuth clients".clone_into(&mut told.why_no_apps),
        Some(apps) => tell_apps(apps, provider, integrations, tick, &mut told)?,
    }
    Ok(told)
}

fn pages(
    provider: &Provider,
    asks: Vec<Ask>,
    tick: &(dyn Fn() + Send + Sync),
) -> anyhow::Result<Vec<Option<ask::Answered>>> {
    Ok(ask::each(provider, &asks, stop(), tick)?)
}

fn list_ask(list: &Listed, provider: &Provider) -> Ask {
    let profile = &provider.profile;
    let mut query: Vec<(String, String)> =
        list.query.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let size = list.page_size.as_ref().or(profile.list.page_size.as_ref());
    if let Some((size, max)) = size.and_then(|size| Some((size, size.max?))) {
        query.push((size.query.clone(), max.to_string()));
    }
    let next = list.next.clone().or_else(|| profile.list.next.clone());
    get(&provider.path(&list.path), query, next.map(|next| List { next, items: list.items.path.clone() }))
}

fn get(path: &str, query: Vec<(String, String)>, list: Option<List>) -> Ask {
    let asked = Asked {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query,
        headers: Vec::new(),
        body: None,
        effect: Effect::Reads,
    };
    Ask { asked, account: None, list }
}

fn connections(list: &Listed, pages: &[Body]) -> anyhow::Result<Vec<Connection>> {
    let mut connections = Vec::new();
    for page in pages {
        let whole = json(page);
        for items in item::values(&list.items, &whole) {
            let items = items.as_array().map_or(&[][..], Vec::as_slice);
            anyhow::ensure!(
                connections.len() + items.len() <= CONNECTIONS_MAX,
                "it lists more than {CONNECTIONS_MAX} linked accounts"
            );
            connections.extend(items.iter().filter_map(|one| connection(list, one)));
        }
    }
    Ok(connections)
}

/// An account without an id is none that could be moved.
fn connection(list: &Listed, one: &Value) -> Option<Connection> {
    let text = |place: &Option<providers::profile::Place>| item::text(place.as_ref(), one);
    let is_broken = list.broken.iter().any(|is| item::is(is, one));
    let context = list.context.as_ref().and_then(|place| item::values(place, one).pop()?.as_object());
    let context = context.into_iter().flatten();
    let token = text(&list.refresh_token);
    Some(Connection {
        id: item::text(Some(&list.id), one)?,
        integration: text(&list.integration).unwrap_or_default(),
        tenant: text(&list.tenant),
        auth: text(&list.auth).and_then(|word| Auth::parse(list.auth_words.get(&word).unwrap_or(&word))),
        broken: is_broken.then(|| {
            text(&list.error)
                .map_or("it says so itself".to_owned(), |why| visible::short(&why, WHY_CHARS_MAX))
        }),
        context: context.filter_map(|(name, value)| Some((name.clone(), item::said(value)?))).collect(),
        created: text(&list.created).and_then(|text| moment(&text)),
        refreshed: text(&list.refreshed),
        token: token.map(|token| Sha256::digest(token.as_bytes()).into()),
        app: text(&list.app),
    })
}

fn tell_apps(
    apps: &Apps,
    provider: &Provider,
    integrations: &BTreeSet<String>,
    tick: &(dyn Fn() + Send + Sync),
    told: &mut Told,
) -> anyhow::Result<()> {
    let query: Vec<(String, String)> =
        apps.query.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    if apps.path.contains("{integration}") {
        let of =
            |name: &String| get(&apps.path.replace("{integration}", &encoded(name)), query.clone(), None);
        let answered = pages(provider, integrations.iter().map(of).collect(), tick)?;
        for (name, answered) in integrations.iter().zip(answered) {
            match answered {
                Some(Ok(pages)) => {
                    let whole = pages.first().map(json).unwrap_or_default();
                    told.apps.insert(name.clone(), app(apps, &whole));
                }
                Some(Err(why)) => told.why_no_apps = why,
                None => told.interrupted = true,
            }
        }
        return Ok(());
    }
    let next: Option<Next> = provider.profile.list.next.clone();
    let list = apps.items.as_ref().zip(next);
    let list = list.map(|(items, next)| List { next, items: items.path.clone() });
    match pages(provider, vec![get(&apps.path, query, list)], tick)?.pop() {
        Some(Some(Ok(pages))) => {
            for page in &pages {
                let whole = json(page);
                let found = apps.items.as_ref().map(|items| item::values(items, &whole)).unwrap_or_default();
                for one in found.into_iter().filter_map(Value::as_array).flatten() {
                    if let Some(integration) = item::text(apps.integration.as_ref(), one) {
                        told.apps.insert(integration, app(apps, one));
                    }
                }
            }
            if told.apps.is_empty() {
                "it has no integration installed".clone_into(&mut told.why_no_apps);
            }
        }
        Some(Some(Err(why))) => told.why_no_apps = why,
        Some(None) | None => told.interrupted = true,
    }
    Ok(())
}

fn app(apps: &Apps, one: &Value) -> App {
    let auth = item::text(apps.auth.as_ref(), one);
    let scopes = apps.scopes.as_ref().and_then(|place| {
        let found = item::values(place, one).pop()?;
        match found {
            Value::Array(all) => Some(all.iter().filter_map(item::said).collect()),
            Value::String(text) => Some(scopes(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    });
    App {
        id: item::text(apps.id.as_ref(), one),
        client: item::text(Some(&apps.client), one),
        scopes,
        auth: auth.and_then(|word| Auth::parse(apps.auth_words.get(&word).unwrap_or(&word))),
    }
}

/// Scopes parted by spaces or commas.
pub fn scopes(text: &str) -> BTreeSet<String> {
    text.split([' ', ',']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// A moment in one of the spellings that APIs use.
pub fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::from_nanosecond(instant::of_string(text)?).ok()
}

fn json(body: &Body) -> Value {
    match body {
        Body::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Value::Null,
    }
}
