//! What the upstream services hold, in their own raw shapes: the one truth that both sides read.

pub(crate) mod hubspot;
pub(crate) mod jira;
pub(crate) mod netsuite;
mod people;
pub(crate) mod quickbooks;
pub(crate) mod salesforce;
