//! What a provider tells of its linked accounts without touching their tokens, as a profile says it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::profile::{Confidence, Is, Next, PageSize, Place};
use crate::span::Span;

/// What a provider tells of linked accounts. Nothing here asks for a token: where asking refreshes, an inventory must not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// How it is known.
    pub confidence: Confidence,
    /// Where all accounts are listed; `None`: nowhere, the accounts' file is all that there is.
    pub list: Option<Listed>,
    /// Where the apps that users granted access to are told.
    pub apps: Option<Apps>,
    /// So often it refreshes each token, whether anybody asks or not.
    pub refreshes_every: Option<Span>,
    /// How a link is made that lets a user connect an account again.
    pub link: Option<LinkAt>,
    /// For people.
    pub note: Option<String>,
}

/// A list of all linked accounts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// From the base on.
    pub path: String,
    /// Beside the page's.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Where a page's items lie.
    pub items: Place,
    /// How it goes on; absent: as the profile's lists do.
    pub next: Option<Next>,
    /// How many come at once; absent: as the profile's lists do.
    pub page_size: Option<PageSize>,
    /// Within an item: its id.
    pub id: Place,
    /// Its integration.
    pub integration: Option<Place>,
    /// Whose it is, in the caller's own words.
    pub tenant: Option<Place>,
    /// What it is authenticated by.
    pub auth: Option<Place>,
    /// The provider's words for that, in ours: `oauth2`, `client_credentials`, `api_key`, `basic`, `token_based`.
    #[serde(default)]
    pub auth_words: BTreeMap<String, String>,
    /// What says that it does not work; any one suffices.
    #[serde(default)]
    pub broken: Vec<Is>,
    /// Why it does not work, in words.
    pub error: Option<Place>,
    /// What belongs to it beside secrets: `instance_url`, `realmId` …
    pub context: Option<Place>,
    /// When it was connected.
    pub created: Option<Place>,
    /// What moves when its tokens are refreshed.
    pub refreshed: Option<Place>,
    /// The id of its app, as `apps` tells them.
    pub app: Option<Place>,
    /// Its refresh token, where the list tells it: only whether it changed is looked at.
    pub refresh_token: Option<Place>,
}

/// The apps that users granted access to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apps {
    /// From the base on; with `{integration}` it is asked for each integration, else once for all.
    pub path: String,
    /// Beside the page's.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Where they lie, where it is a list.
    pub items: Option<Place>,
    /// Within one: its id.
    pub id: Option<Place>,
    /// Its integration.
    pub integration: Option<Place>,
    /// The OAuth client's id; absent in an answer: nobody knows whose client it is.
    pub client: Place,
    /// What it asks for, as a list, or parted by spaces or commas.
    pub scopes: Option<Place>,
    /// What its accounts are authenticated by.
    pub auth: Option<Place>,
    /// As in `list`.
    #[serde(default)]
    pub auth_words: BTreeMap<String, String>,
}

/// How a link is made that lets a user connect an account again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkAt {
    /// How it is known.
    pub confidence: Confidence,
    /// It is posted to.
    pub path: String,
    /// The field that the account's id goes into.
    pub account: String,
    /// The field that the tenant goes into, where there is no account yet.
    pub tenant: String,
    /// Other fields.
    #[serde(default)]
    pub body: BTreeMap<String, toml::Value>,
    /// Where the answer has it.
    pub token: Place,
    /// So long it is good.
    pub good_for: Span,
}
