//! What the proxy asks of its caller: whose a request is, and what the other witnesses are asked.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::heard::Heard;
use crate::ledger::{Dropped, Passed};

/// What a request is to the migration.
#[derive(Debug)]
pub enum Route<Ticket> {
    /// It is passed on, and that is all.
    Pass(Passed),
    /// New is asked beside legacy.
    Mirror(Ticket),
}

/// What a side is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The method; safe, or declared to read only.
    pub method: Method,
    /// From the base's path on, with the query.
    pub target: String,
    /// All headers but `host` and `content-length`; they hold credentials.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: Bytes,
}

/// What the witnesses beside legacy are asked for one request.
#[derive(Clone, Debug)]
pub struct Asks {
    /// The new side.
    pub new: Ask,
    /// The upstream, through the new side's proxy.
    pub source: Option<Ask>,
    /// Whether legacy is asked again, after new.
    pub repeat: bool,
}

/// A request of the caller as legacy got it, and what it answered.
#[derive(Debug)]
pub struct Captured<Ticket> {
    /// What the route was told by.
    pub ticket: Ticket,
    /// Legacy's exchange.
    pub legacy: Heard,
    /// New's.
    pub new: Heard,
    /// The upstream's, where it was asked.
    pub source: Option<Heard>,
    /// Legacy's second answer, where it was asked again.
    pub repeat: Option<Heard>,
}

/// Tells what is to be done; shared by all threads.
pub trait Script: Send + Sync + 'static {
    /// What a request leaves for later questions.
    type Ticket: Send + 'static;

    /// What a request is to the migration. The caller waits for it: it must not take long, lock or read a file.
    fn route(&self, head: &Parts) -> Route<Self::Ticket>;

    /// What the others are asked. Legacy has answered; nobody waits.
    fn ask(&self, ticket: &Self::Ticket, legacy: &Heard) -> Result<Asks, Dropped>;
}
