//! The conditions, one a file; the order is that of the answer.

mod age;
mod accounts;
mod accounts_observed;
mod authorisation;
mod change;
mod client_errors;
mod coverage;
mod critical;
mod difference_rate;
mod earlier;
mod error_parity;
mod hazards;
mod holding;
mod latency;
mod mapping_coverage;
mod pairs;
mod project;
mod rates;
mod recordings;
mod throttled;
mod tolerances;
mod traffic;
mod undecided;
pub mod waivers;
mod webhooks;

use super::Condition;
use super::name::GateName;

pub use accounts::ACCOUNTS_NAMED_MAX;
pub use critical::hidden_critical;

/// In every gate.
const EVERY: &[GateName] =
    &[GateName::MappingChange, GateName::TokenImport, GateName::WriteCutover, GateName::Deprecation];
/// Where pairs say how often the sides differ.
const RATED: &[GateName] = &[GateName::TokenImport, GateName::WriteCutover];
/// Where pairs are looked at at all.
const JUDGED: &[GateName] = &[GateName::MappingChange, GateName::TokenImport, GateName::WriteCutover];
const MAPPING_CHANGE: &[GateName] = &[GateName::MappingChange];
const TOKEN_IMPORT: &[GateName] = &[GateName::TokenImport];
const WRITE_CUTOVER: &[GateName] = &[GateName::WriteCutover];
const DEPRECATION: &[GateName] = &[GateName::Deprecation];

/// Every condition.
pub const ALL: &[&Condition] = &[
    &change::snapshot::CONDITION,
    &change::cases::CONDITION,
    &change::lint::CONDITION,
    &change::tolerances::CONDITION,
    &change::coverage::CONDITION,
    &change::engines::CONDITION,
    &authorisation::client::CONDITION,
    &authorisation::export::CONDITION,
    &authorisation::scopes::CONDITION,
    &authorisation::identity::CONDITION,
    &authorisation::fence::CONDITION,
    &authorisation::refresh::CONDITION,
    &holding::doubt::CONDITION,
    &holding::lent::CONDITION,
    &holding::verified::CONDITION,
    &holding::refreshed::CONDITION,
    &difference_rate::CONDITION,
    &critical::CONDITION,
    &undecided::CONDITION,
    &error_parity::CONDITION,
    &throttled::CONDITION,
    &client_errors::CONDITION,
    &latency::CONDITION,
    &pairs::CONDITION,
    &accounts_observed::CONDITION,
    &coverage::CONDITION,
    &mapping_coverage::CONDITION,
    &age::CONDITION,
    &traffic::CONDITION,
    &traffic::callers::CONDITION,
    &webhooks::CONDITION,
    &hazards::CONDITION,
    &earlier::CONDITION,
    &tolerances::CONDITION,
    &recordings::CONDITION,
    &project::CONDITION,
];
