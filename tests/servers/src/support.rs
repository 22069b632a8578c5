//! What a provider's support sends on request where its API tells no tokens. No such file is documented: the columns are those of the
//! provider's own import, and a reader must be told which is which.

use serde_json::{Value, json};

use crate::clock::rfc3339;
use crate::links::{Credentials, Linked};
use crate::world::Shared;

/// Apideck's: CSV, with the moment of issue and the seconds from it, as its import takes them; keys stand in a column of their own.
pub fn apideck(shared: &Shared) -> String {
    let mut file =
        "consumer_id,service_id,access_token,refresh_token,issued_at,expires_in,api_key,settings\n"
            .to_owned();
    for (name, linked) in shared.links(|links| links.legacy.clone()) {
        let settings = linked.context.to_string().replace('"', "\"\"");
        let integration = &linked.integration;
        let (access, refresh, expires_ms) = match &linked.credentials {
            Credentials::OAuth2 { access, refresh, expires_ms, .. } => (access, refresh, expires_ms),
            Credentials::ApiKey(key) => {
                file.push_str(&format!("{name},{integration},,,,,{key},\"{settings}\"\n"));
                continue;
            }
            Credentials::ClientCredentials { .. } | Credentials::TokenBased { .. } => continue,
        };
        let issued_s = linked.refreshed_ms.unwrap_or(linked.created_ms) / 1_000;
        let expires_in = expires_ms.map(|at| (at / 1_000 - issued_s).to_string()).unwrap_or_default();
        let refresh = refresh.as_deref().unwrap_or_default();
        file.push_str(&format!(
            "{name},{integration},{access},{refresh},{issued_s},{expires_in},,\"{settings}\"\n"
        ));
    }
    file
}

/// Merge's: JSON, with the moment of expiry.
pub fn merge(shared: &Shared) -> Value {
    let one = |(name, linked): (String, Linked)| match linked.credentials {
        Credentials::OAuth2 { access, refresh, expires_ms, .. } => Some(json!({
            "end_user_origin_id": name, "integration_slug": linked.integration, "access_token": access,
            "refresh_token": refresh, "expires_at": expires_ms.map(rfc3339), "instance": linked.context,
        })),
        Credentials::ApiKey(key) => Some(json!({
            "end_user_origin_id": name, "integration_slug": linked.integration, "api_key": key,
            "instance": linked.context,
        })),
        Credentials::ClientCredentials { .. } | Credentials::TokenBased { .. } => None,
    };
    shared.links(|links| links.legacy.clone()).into_iter().filter_map(one).collect()
}
