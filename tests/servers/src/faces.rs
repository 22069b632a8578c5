//! Which service a server is: one file each.

pub mod hubspot;
pub mod netsuite;
pub mod apideck;
pub mod truto;
pub mod merge;
pub mod nango;
pub mod unified_to;
pub mod generic;
pub mod wire;
pub mod oauth;
pub mod ampersand;

use crate::asked::Asked;
use crate::ledger::Effect;
use crate::reply::Reply;
use crate::world::{Shared, World};

/// Which service a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// An upstream: HubSpot's CRM.
    HubSpot,
    /// An upstream: NetSuite's SuiteQL.
    NetSuite,
    /// A unified API of the legacy kind.
    Apideck,
    /// The new provider.
    Truto,
    /// A unified API that answers from a synced copy.
    Merge,
    /// Records that were synced, and a proxy.
    Nango,
    /// A unified API with bare lists.
    UnifiedTo,
    /// A service that follows the standards: `link` headers, RFC 9457 errors, the IETF's rate-limit headers.
    Generic,
    /// What HTTP allows: event streams, chunks, compression, no content.
    Wire,
    /// The upstreams' OAuth server.
    OAuth,
    /// A provider of connections and a proxy.
    Ampersand,
}

impl Face {
    /// Every face with its word.
    pub const ALL: [(Face, &'static str); 11] = [
        (Face::HubSpot, "hubspot"),
        (Face::NetSuite, "netsuite"),
        (Face::Apideck, "apideck"),
        (Face::Truto, "truto"),
        (Face::Merge, "merge"),
        (Face::Nango, "nango"),
        (Face::UnifiedTo, "unified-to"),
        (Face::Generic, "generic"),
        (Face::Wire, "wire"),
        (Face::OAuth, "oauth"),
        (Face::Ampersand, "ampersand"),
    ];

    /// The word.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(face, _)| *face == self).map_or("", |(_, name)| name)
    }

    /// What the service answers.
    pub fn answer(self, asked: &Asked, world: &mut World, now_ms: i64) -> Reply {
        match self {
            Face::HubSpot => hubspot::answer(asked, world, now_ms),
            Face::NetSuite => netsuite::answer(asked, world, now_ms),
            Face::Apideck => apideck::answer(asked, world, now_ms),
            Face::Truto => truto::answer(asked, world, now_ms),
            Face::Merge => merge::answer(asked, world, now_ms),
            Face::Nango => nango::answer(asked, world, now_ms),
            Face::UnifiedTo => unified_to::answer(asked, world, now_ms),
            Face::Generic => generic::answer(asked, world, now_ms),
            Face::Wire => wire::answer(asked),
            Face::OAuth => oauth::answer(asked, world, now_ms),
            Face::Ampersand => ampersand::answer(asked, world),
        }
    }

    /// What a provider does of the linked accounts before it reads: `Some` is the whole answer; else `asked` says what it reaches.
    pub async fn linked(self, asked: &mut Asked, shared: &Shared, now_ms: i64) -> Option<Reply> {
        match self {
            Face::Nango => nango::connections::answer(asked, shared, now_ms).await,
            Face::Truto => truto::accounts::answer(asked, shared, now_ms).await,
            Face::Ampersand => ampersand::connections(asked, shared, now_ms).await,
            Face::UnifiedTo => unified_to::connections::answer(asked, shared, now_ms).await,
            Face::Apideck => apideck::vault::answer(asked, shared, now_ms).await,
            Face::Merge => merge::linked::answer(asked, shared, now_ms).await,
            Face::HubSpot | Face::NetSuite | Face::Generic | Face::Wire | Face::OAuth => None,
        }
    }

    /// An error of a status, in the service's own shape.
    pub fn error(self, status: u16) -> Reply {
        match self {
            Face::HubSpot => hubspot::error(status, "internal error"),
            Face::NetSuite => netsuite::error(status, "UNEXPECTED_ERROR", "An unexpected error occurred."),
            Face::Apideck => apideck::error(status, "ConnectorExecutionError", "The connector failed"),
            Face::Truto => truto::error(status, "The request could not be served"),
            Face::Merge => merge::error(status, "The request could not be served."),
            Face::Nango => nango::error(status, "server_error", "The request could not be served"),
            Face::UnifiedTo => unified_to::error(status, "The request could not be served"),
            Face::Generic => generic::error(status, "The request could not be served"),
            Face::Wire => Reply::empty(status),
            Face::OAuth => oauth::error(status, "server_error"),
            Face::Ampersand => ampersand::error(status, "The request could not be served"),
        }
    }

    /// Whether a request may change something: the methods say it, but for what is known to read by POST.
    pub fn effect(self, asked: &Asked) -> Effect {
        let path = asked.target.split('?').next().unwrap_or("");
        let reads_by_post = match self {
            Face::HubSpot => path.ends_with("/search"),
            Face::NetSuite => path.ends_with("/suiteql"),
            Face::Truto => {
                path.ends_with("/suiteql") || path.starts_with("/proxy/suiteql") || path.ends_with("/search")
            }
            Face::Apideck
            | Face::Merge
            | Face::Nango
            | Face::UnifiedTo
            | Face::Generic
            | Face::Wire
            | Face::OAuth
            | Face::Ampersand => false,
        };
        match asked.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" => Effect::Reads,
            "POST" if reads_by_post => Effect::Reads,
            _ => Effect::Writes,
        }
    }
}
