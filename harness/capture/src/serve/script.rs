//! What the proxy asks of its caller: whose a request is, and what the other witnesses are asked.

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::serve::heard::Heard;
use crate::serve::ledger::{Dropped, Passed};

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

/// Who is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// The provider that customers are served by today.
    Legacy,
    /// The provider that they are moved to.
    New,
    /// The upstream itself, through the new provider's proxy.
    Source,
}

/// What each witness said to one logical request: one exchange, or a list's pages in their order. A failure ends a list.
#[derive(Debug)]
pub struct Captured<Ticket> {
    /// What the route was told by.
    pub ticket: Ticket,
    /// Legacy's; the first is the caller's own.
    pub legacy: Vec<Heard>,
    /// New's.
    pub new: Vec<Heard>,
    /// The upstream's; empty where it was not asked.
    pub source: Vec<Heard>,
    /// Legacy's second answer; empty where it was not asked again.
    pub repeat: Vec<Heard>,
}

/// Tells what is to be done; shared by all threads.
pub trait Script: Send + Sync + 'static {
    /// What a request leaves for later questions.
    type Ticket: Send + 'static;

    /// What a request is to the migration. The caller waits for it: it must not take long, lock or read a file.
    fn route(&self, head: &Parts) -> Route<Self::Ticket>;

    /// What the others are asked. Legacy has answered; nobody waits.
    fn ask(&self, ticket: &Self::Ticket, legacy: &Heard) -> Result<Asks, Dropped>;

    /// Whether a witness may be asked now, within its provider's limits; else after how long to ask for leave again. Leave that
    /// was given is used.
    fn permit(&self, ticket: &Self::Ticket, witness: Witness) -> Result<(), Duration>;

    /// What a witness is asked next, after the pages so far: a list is compared as a whole, for no two providers cut it
    /// into the same pages. `None`: that was all.
    fn next(&self, ticket: &Self::Ticket, witness: Witness, pages: &[Heard]) -> Result<Option<Ask>, Dropped>;
}
