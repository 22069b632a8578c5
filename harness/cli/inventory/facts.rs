//! What an inventory says to the gate `token-import`.

use std::collections::BTreeMap;
use std::fs;

use evidence::gate::fact::Fact;
use evidence::gate::facts::{Authorisation, Refresh};
use jiff::{SignedDuration, Timestamp};

use super::document;
use super::row::{Auth, Row};
use crate::config::Config;

/// In a week accounts are connected, broken and reconnected: what an older inventory says is not so any more.
pub const AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The facts of the inventory that lies beside the configuration, as they were when it was taken.
pub fn read(config: &Config, as_of: Timestamp) -> Fact<BTreeMap<String, Authorisation>> {
    const TAKE: &str = "run `cutover tokens inventory`";
    let file = document::file(config);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Fact::absent("no inventory of the accounts' tokens was taken", TAKE);
        }
        Err(error) => return Fact::absent(format!("the inventory cannot be read: {error}"), TAKE),
    };
    let inventory = match document::read(&text) {
        Ok(inventory) => inventory,
        Err(why) => return Fact::absent(format!("the inventory is not what it should be: {why}"), TAKE),
    };
    if inventory.migration != config.migration {
        let what = format!("the inventory is of another migration, `{}`", inventory.migration);
        return Fact::absent(what, TAKE);
    }
    if inventory.interrupted {
        return Fact::absent("the inventory was interrupted before all was asked", TAKE);
    }
    let age = as_of.duration_since(inventory.taken_at);
    if age > AGE_MAX {
        let what =
            format!("the inventory is of {}, older than 7 days", inventory.taken_at.strftime("%Y-%m-%d"));
        return Fact::absent(what, TAKE);
    }
    Fact::Known(inventory.rows.iter().map(|row| (row.account.clone(), authorisation(row))).collect())
}

fn authorisation(row: &Row) -> Authorisation {
    Authorisation {
        owns_client: row.owns_client.clone(),
        is_exportable: row.is_exportable.clone(),
        missing_scopes: row.missing_scopes.clone(),
        same_identity: row.same_identity.clone(),
        can_fence: row.can_fence.clone(),
        refresh: match (&row.auth, &row.deadline) {
            (Fact::Absent(missing), _) => Fact::Absent(missing.clone()),
            (Fact::Known(Auth::OAuth2), Fact::Known(deadline)) => {
                Fact::Known(Refresh::Until(deadline.as_ref().map(|deadline| deadline.at.as_second())))
            }
            (Fact::Known(Auth::OAuth2), Fact::Absent(missing)) => Fact::Absent(missing.clone()),
            (Fact::Known(Auth::ClientCredentials | Auth::ApiKey | Auth::Basic | Auth::TokenBased), _) => {
                Fact::Known(Refresh::Never)
            }
        },
    }
}
