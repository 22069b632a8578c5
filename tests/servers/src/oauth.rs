//! The upstreams' OAuth server: who may refresh which token, and its own log of who did. Two kinds of it answer alike: the library
//! `oidc-provider` in a process of its own, and one in Rust that starts in no time, with the same rules.

pub mod authority;
pub mod judge;
pub mod node;

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::faces::Face;
use crate::links::call;
use crate::server::Server;
use crate::world::Shared;
pub use judge::{Entry, Judgement, judge};
pub use node::Node;

/// A client of the OAuth server: an app that customers granted access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: &'static str,
    /// Its secret.
    pub secret: &'static str,
    /// What a refresh does to the refresh token.
    pub rotation: Rotation,
}

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The same one comes back, and may be used again.
    Never,
    /// A new one comes; the old one may be used again for so many milliseconds. Later it revokes the whole grant.
    Always {
        /// Zero: at once.
        leeway_ms: i64,
    },
}

/// Ours, where tokens rotate.
pub const ROTATING: Client = Client {
    id: "app-rotating",
    secret: "secret-of-the-rotating-app",
    rotation: Rotation::Always { leeway_ms: 0 },
};
/// Ours, where tokens stay as they are.
pub const STEADY: Client =
    Client { id: "app-steady", secret: "secret-of-the-steady-app", rotation: Rotation::Never };
/// Ours, where a rotated token may be used again for ten minutes; `oidc-provider` knows no such rule, and gives no leeway.
pub const LENIENT: Client = Client {
    id: "app-lenient",
    secret: "secret-of-the-lenient-app",
    rotation: Rotation::Always { leeway_ms: 10 * 60 * 1_000 },
};
/// The legacy vendor's own app: its tokens are of no use to anybody else.
pub const VENDORS: Client = Client {
    id: "app-of-the-vendor",
    secret: "secret-of-the-vendors-app",
    rotation: Rotation::Always { leeway_ms: 0 },
};
/// Who asks whether an access token is good.
pub const RESOURCE: Client =
    Client { id: "resource-server", secret: "secret-of-the-resource-server", rotation: Rotation::Never };

/// All of them.
pub const CLIENTS: [Client; 5] = [ROTATING, STEADY, LENIENT, VENDORS, RESOURCE];

/// The client of an id.
pub fn client(id: &str) -> Option<Client> {
    CLIENTS.into_iter().find(|client| client.id == id)
}

/// What a scope may be, beside the standard's.
pub const SCOPES: [&str; 4] = ["crm.read", "crm.write", "accounting.read", "issues.read"];

/// How long tokens live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access_s: i64,
    /// A refresh token that nobody uses.
    pub refresh_s: i64,
}

impl Lifetimes {
    /// Half an hour, ninety days.
    pub const USUAL: Lifetimes = Lifetimes { access_s: 1_800, refresh_s: 90 * 86_400 };
}

/// An OAuth server that runs until it is dropped.
#[derive(Debug)]
pub enum OAuth {
    /// In Rust, in this process.
    Rust(Server),
    /// `oidc-provider`.
    Node(Node),
}

/// Tokens of a grant that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minted {
    /// For the upstream's API.
    pub access: String,
    /// For the token endpoint.
    pub refresh: String,
    /// Seconds from now.
    pub expires_in_s: i64,
}

/// Whose grant to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The upstream account's name.
    pub subject: String,
    /// The app that it is granted to.
    pub client: &'static str,
    /// Parted by spaces.
    pub scope: String,
}

impl OAuth {
    /// Starts the one in Rust.
    pub fn rust(shared: &Shared, lifetimes: Lifetimes) -> io::Result<OAuth> {
        shared.world().authority.lifetimes = lifetimes;
        Server::start(Face::OAuth, shared).map(OAuth::Rust)
    }

    /// Starts `oidc-provider`; installs it first where it is not.
    pub fn node(lifetimes: Lifetimes) -> Result<OAuth, node::NodeError> {
        Node::start(lifetimes).map(OAuth::Node)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        match self {
            OAuth::Rust(server) => server.address(),
            OAuth::Node(node) => node.address(),
        }
    }

    /// Makes grants, as if people had clicked.
    pub fn mint(&self, wanted: &[Wanted], now_ms: i64) -> io::Result<Vec<Minted>> {
        let wanted: Vec<Value> = wanted
            .iter()
            .map(|wanted| json!({"sub": wanted.subject, "client_id": wanted.client, "scope": wanted.scope}))
            .collect();
        let minted = self.own("/test/grants", now_ms, Some(&Value::from(wanted)))?;
        let minted = minted.as_array().ok_or_else(|| io::Error::other(format!("no grants: {minted}")))?;
        let one = |minted: &Value| Minted {
            access: minted["access_token"].as_str().unwrap_or_default().to_owned(),
            refresh: minted["refresh_token"].as_str().unwrap_or_default().to_owned(),
            expires_in_s: minted["expires_in"].as_i64().unwrap_or_default(),
        };
        Ok(minted.iter().map(one).collect())
    }

    /// The next so many answers of the token endpoint are lost on their way, after what was asked has been done.
    pub fn lose(&self, answers: u64, now_ms: i64) -> io::Result<()> {
        self.own("/test/lose", now_ms, Some(&json!({ "answers": answers }))).map(drop)
    }

    /// Who asked the token endpoint what, in its order.
    pub fn log(&self, now_ms: i64) -> io::Result<Vec<Entry>> {
        let log = self.own("/test/log", now_ms, None)?;
        Ok(log.as_array().into_iter().flatten().filter_map(Entry::read).collect())
    }

    fn own(&self, path: &str, now_ms: i64, body: Option<&Value>) -> io::Result<Value> {
        let address = self.address().to_string();
        let (status, answer) = call::wait(call::json(&address, path, now_ms, body))?;
        if status == 200 { Ok(answer) } else { Err(io::Error::other(format!("{path}: {status} {answer}"))) }
    }
}
