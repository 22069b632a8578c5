//! Links accounts: grants are made at the OAuth server, legacy gets the tokens, and the new provider the apps.

use std::io;

use serde_json::Value;

use super::{Credentials, Installed, Linked};
use crate::oauth::{Client, OAuth, Wanted};
use crate::seed;
use crate::world::Shared;

/// An OAuth app of an integration, at both providers.
#[derive(Clone, Debug)]
pub struct App {
    /// The integration's name.
    pub integration: String,
    /// The client that legacy's users granted access to.
    pub legacy: Client,
    /// Whether legacy got it from us; else it is legacy's own.
    pub is_ours: bool,
    /// The client that the new provider was given; `None`: the integration is installed with the new provider's own app.
    pub new: Option<Client>,
    /// The id of the installed integration; empty: it is not installed.
    pub installed: String,
    /// What is asked for.
    pub scopes: Vec<String>,
}

impl App {
    /// Ours on both sides.
    pub fn ours(integration: &str, client: Client) -> App {
        App {
            integration: integration.to_owned(),
            legacy: client,
            is_ours: true,
            new: Some(client),
            installed: format!("b179ad55-0000-4bd4-b7a4-{:0>12}", hex_of(integration)),
            scopes: vec!["crm.read".to_owned(), "crm.write".to_owned()],
        }
    }
}

/// Six hexadecimal digits of a word: an id that is the same in each run.
fn hex_of(word: &str) -> String {
    let sum = word.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("{:06x}", sum & 0xff_ffff)
}

/// An account to link.
#[derive(Clone, Debug)]
pub struct Link {
    /// The customer's name, and legacy's id of it.
    pub account: String,
    /// The integration's name.
    pub integration: String,
    /// What opens it.
    pub kind: Kind,
    /// What must travel beside the token.
    pub context: Value,
    /// What was granted, parted by spaces; `None`: all that the app asks for.
    pub scope: Option<String>,
}

/// What opens an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tokens of a grant.
    OAuth2,
    /// A client's own tokens.
    ClientCredentials,
    /// A key.
    ApiKey,
    /// A token and its secret.
    TokenBased,
}

impl Link {
    /// An account with tokens of a grant and no more.
    pub fn oauth2(account: &str, integration: &str) -> Link {
        Link {
            account: account.to_owned(),
            integration: integration.to_owned(),
            kind: Kind::OAuth2,
            context: Value::Object(serde_json::Map::new()),
            scope: None,
        }
    }

    /// So many accounts of one integration: `acct-0001` and on.
    pub fn many(count: usize, integration: &str) -> Vec<Link> {
        (1..=count).map(|at| Link::oauth2(&format!("acct-{at:04}"), integration)).collect()
    }
}

impl Shared {
    /// Links accounts: each has a grant of its own at the OAuth server and a few records upstream that no other has.
    pub fn link(&self, oauth: &OAuth, apps: &[App], links: &[Link]) -> io::Result<()> {
        let now_ms = self.clock.now_ms();
        let app = |link: &Link| apps.iter().find(|app| app.integration == link.integration);
        let mut wanted = Vec::new();
        for link in links.iter().filter(|link| link.kind == Kind::OAuth2) {
            let app =
                app(link).ok_or_else(|| io::Error::other(format!("no app for {}", link.integration)))?;
            let scope = link.scope.clone().unwrap_or_else(|| app.scopes.join(" "));
            wanted.push(Wanted { subject: link.account.clone(), client: app.legacy.id, scope });
        }
        let mut minted = oauth.mint(&wanted, now_ms)?.into_iter();
        let mut world = self.world();
        world.links.oauth = Some(oauth.address().to_string());
        for app in apps {
            let installed = |client: Client, is_ours| Installed {
                integration: app.integration.clone(),
                client: client.id.to_owned(),
                secret: client.secret.to_owned(),
                is_ours,
                scopes: app.scopes.clone(),
            };
            world.links.apps.insert(app.integration.clone(), installed(app.legacy, app.is_ours));
            if !app.installed.is_empty() {
                let client = app.new.unwrap_or(crate::oauth::VENDORS);
                world.links.installed.insert(app.installed.clone(), installed(client, app.new.is_some()));
            }
        }
        for (index, link) in links.iter().enumerate() {
            if world.upstream.by_name(&link.account).is_none() {
                world.upstream.accounts.push(seed::linked(&link.account, index, now_ms));
            }
            let app = app(link);
            let credentials = match link.kind {
                Kind::OAuth2 => {
                    let minted = minted.next().ok_or_else(|| io::Error::other("too few grants"))?;
                    Credentials::OAuth2 {
                        access: minted.access,
                        refresh: Some(minted.refresh),
                        expires_ms: Some(now_ms + minted.expires_in_s * 1_000),
                        scope: link
                            .scope
                            .clone()
                            .unwrap_or_else(|| app.map(|app| app.scopes.join(" ")).unwrap_or_default()),
                    }
                }
                Kind::ClientCredentials => {
                    let client = app.map_or(crate::oauth::STEADY, |app| app.legacy);
                    let owner = format!("{} {} {}", link.integration, client.id, link.account);
                    world.links.keys.insert(owner, link.account.clone());
                    Credentials::ClientCredentials {
                        client: client.id.to_owned(),
                        secret: client.secret.to_owned(),
                        access: None,
                    }
                }
                Kind::ApiKey => {
                    let key = format!("key_{:016x}{index:04x}", 0x9e37_79b9_7f4a_7c15_u64 ^ index as u64);
                    world.links.keys.insert(key.clone(), link.account.clone());
                    Credentials::ApiKey(key)
                }
                Kind::TokenBased => {
                    let id = format!("tba_{:016x}{index:04x}", 0xbf58_476d_1ce4_e5b9_u64 ^ index as u64);
                    world.links.keys.insert(id.clone(), link.account.clone());
                    Credentials::TokenBased { id, secret: format!("tbs_{index:024x}") }
                }
            };
            let mut linked = Linked::new(&link.account, &link.integration, credentials, now_ms);
            linked.context = link.context.clone();
            world.links.legacy.insert(link.account.clone(), linked);
        }
        Ok(())
    }
}
