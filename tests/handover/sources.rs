//! The providers that things are handed over from: how each is asked, what its accounts are called, and what its support sends.

use serde_json::{Value, json};
use servers::{Credentials, Face, Shared, support};

/// What differs between the providers that things are handed over from.
pub struct From {
    pub face: Face,
    pub profile: &'static str,
    /// What the profile wants; each is the servers' key.
    pub credentials: &'static [&'static str],
    /// How legacy is asked for contacts.
    pub contacts: &'static str,
    /// What stands before an account's name in legacy's id of it.
    pub prefix: &'static str,
    /// More columns of the accounts' file, each with its value.
    pub columns: &'static [(&'static str, &'static str)],
    /// What a profile of one's own adds to the one that is there.
    pub profile_more: &'static str,
    pub shape: Shape,
    pub support: Option<Support>,
}

/// What contacts look like: new's answer is mapped to legacy's.
pub struct Shape {
    pub mapping: &'static str,
    /// Where the list is, and what tells its elements apart.
    pub items: &'static str,
    pub key: &'static str,
    /// What the mapping does not make of a contact, and what beside the list.
    pub ignored: &'static [&'static str],
    pub ignored_beside: &'static [&'static str],
}

impl Shape {
    /// Legacy's body with the contacts 1 and 2, and all in it that is ignored.
    pub fn recorded(&self) -> Value {
        let contact = |id: &str| {
            let ignored = self.ignored.iter().map(|name| ((*name).to_owned(), json!("of legacy alone")));
            Value::Object([(self.key.to_owned(), json!(id))].into_iter().chain(ignored).collect())
        };
        let list = json!([contact("1"), contact("2")]);
        let Some(name) = self.items.strip_prefix("$.") else { return list };
        let beside =
            self.ignored_beside.iter().map(|path| (path.replace("$.", ""), json!("of legacy alone")));
        Value::Object([(name.to_owned(), list)].into_iter().chain(beside).collect())
    }
}

/// What legacy's support sends.
pub struct Support {
    pub file: &'static str,
    pub write: fn(&Shared) -> String,
    /// How the program is told of it.
    pub arguments: &'static [&'static str],
    pub legacy: Legacy,
}

/// What keeps legacy from refreshing what its support has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// A connection that is paused takes no calls, and calls alone refresh.
    StopsWhenPaused,
    /// Somebody ended it there by hand.
    WasEnded,
}

const PROXIED: Shape = Shape {
    mapping: "{\"results\": [result]}",
    items: "$.results",
    key: "id",
    ignored: &[],
    ignored_beside: &[],
};

pub const NANGO: From = From {
    face: Face::Nango,
    profile: "nango",
    credentials: &["secret_key"],
    contacts: "/proxy/crm/v3/objects/contacts",
    prefix: "",
    columns: &[],
    profile_more: "",
    shape: PROXIED,
    support: None,
};

pub const AMPERSAND: From = From {
    face: Face::Ampersand,
    profile: "ampersand",
    credentials: &["api_key"],
    columns: &[("project", "project-1")],
    ..NANGO
};

pub const UNIFIED_TO: From = From {
    face: Face::UnifiedTo,
    profile: "unified-to",
    credentials: &["token"],
    contacts: "/crm/{account}/contact",
    shape: Shape {
        mapping: "[result.{\"id\": id}]",
        items: "$",
        key: "id",
        ignored: &[
            "created_at",
            "updated_at",
            "emails",
            "first_name",
            "last_name",
            "title",
            "company",
            "telephones",
        ],
        ignored_beside: &[],
    },
    ..NANGO
};

pub const APIDECK: From = From {
    face: Face::Apideck,
    profile: "apideck",
    credentials: &["api_key", "app_id"],
    contacts: "/crm/contacts",
    columns: &[("unified_api", "crm")],
    shape: Shape {
        mapping: "{\"data\": [result.{\"id\": id}]}",
        items: "$.data",
        key: "id",
        ignored: &[
            "name",
            "owner_id",
            "company_id",
            "company_name",
            "first_name",
            "last_name",
            "title",
            "description",
            "status",
            "active",
            "websites",
            "addresses",
            "phone_numbers",
            "emails",
            "custom_fields",
            "tags",
            "updated_at",
            "created_at",
        ],
        ignored_beside: &[
            "$.status_code",
            "$.status",
            "$.service",
            "$.resource",
            "$.operation",
            "$.meta",
            "$.links",
        ],
    },
    support: Some(Support {
        file: "export.csv",
        write: support::apideck,
        arguments: &["--file", "export.csv"],
        legacy: Legacy::StopsWhenPaused,
    }),
    ..NANGO
};

pub const MERGE: From = From {
    face: Face::Merge,
    profile: "merge",
    credentials: &["api_key"],
    contacts: "/api/crm/v1/contacts",
    prefix: "token-",
    shape: Shape {
        mapping: "{\"results\": [result.{\"remote_id\": id}]}",
        items: "$.results",
        key: "remote_id",
        ignored: &[
            "id",
            "created_at",
            "modified_at",
            "first_name",
            "last_name",
            "phone_numbers",
            "email_addresses",
            "addresses",
            "remote_created_at",
            "remote_was_deleted",
            "field_mappings",
            "remote_data",
        ],
        ignored_beside: &["$.next", "$.previous"],
    },
    support: Some(Support {
        file: "export.json",
        write: |shared| support::merge(shared).to_string(),
        arguments: &["--file", "export.json", "--legacy-ended"],
        legacy: Legacy::WasEnded,
    }),
    ..NANGO
};

/// A provider of which nothing is known but that it follows the standards, and a file whose columns somebody named as they liked.
pub const CSV: From = From {
    face: Face::Generic,
    profile: "generic",
    credentials: &["token"],
    contacts: "/accounts/{account}/contacts",
    profile_more: "[tokens]\nconfidence = \"K\"\n",
    shape: Shape {
        mapping: "{\"data\": [result.{\"id\": id}]}",
        items: "$.data",
        key: "id",
        ignored: &["first_name", "last_name", "email"],
        ignored_beside: &[],
    },
    support: Some(Support {
        file: "accounts-of-support.csv",
        write: csv,
        arguments: &[
            "--file",
            "accounts-of-support.csv",
            "--legacy-ended",
            "--column",
            "account=customer",
            "--column",
            "access_token=token",
            "--column",
            "refresh_token=renewal",
            "--column",
            "api_key=key",
        ],
        legacy: Legacy::WasEnded,
    }),
    ..NANGO
};

/// The same as JSON, with what is secret further down.
pub const JSON: From = From {
    support: Some(Support {
        file: "accounts-of-support.json",
        write: pointed,
        arguments: &[
            "--file",
            "accounts-of-support.json",
            "--legacy-ended",
            "--column",
            "account=customer",
            "--column",
            "access_token=/opens/token",
            "--column",
            "refresh_token=/opens/renewal",
            "--column",
            "api_key=/opens/key",
        ],
        legacy: Legacy::WasEnded,
    }),
    ..CSV
};

/// Name, access token, refresh token, key of each.
fn rows(shared: &Shared) -> Vec<[String; 4]> {
    let row = |(name, linked): (&String, &servers::Linked)| match &linked.credentials {
        Credentials::OAuth2 { access, refresh, .. } => {
            [name.clone(), access.clone(), refresh.clone().unwrap_or_default(), String::new()]
        }
        Credentials::ApiKey(key) => [name.clone(), String::new(), String::new(), key.clone()],
        Credentials::ClientCredentials { .. } | Credentials::TokenBased { .. } => {
            unreachable!("no account of these tests has them")
        }
    };
    shared.links(|links| links.legacy.iter().map(row).collect())
}

fn csv(shared: &Shared) -> String {
    let lines: Vec<String> = rows(shared).iter().map(|row| row.join(",") + "\n").collect();
    format!("customer,token,renewal,key\n{}", lines.concat())
}

fn pointed(shared: &Shared) -> String {
    let row = |[customer, token, renewal, key]: [String; 4]| json!({"customer": customer, "opens": {"token": token, "renewal": renewal, "key": key}});
    Value::from_iter(rows(shared).into_iter().map(row)).to_string()
}
