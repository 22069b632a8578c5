//! What the customers' own systems hold: accounts, their collections, and the records in them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Everything upstream.
#[derive(Clone, Debug, Default)]
pub struct Upstream {
    /// In the order in which they were added.
    pub accounts: Vec<Account>,
}

/// One customer's system.
#[derive(Clone, Debug)]
pub struct Account {
    /// What the legacy provider calls it (a consumer, a connection), and the others but Truto too.
    pub name: String,
    /// What the Truto-shaped provider calls it.
    pub new_id: String,
    /// Whose system it is.
    pub integration: Integration,
    /// Whether the providers may still read it.
    pub access: Access,
    /// By the upstream's own name of the collection; records by id.
    pub collections: BTreeMap<String, BTreeMap<u64, Record>>,
}

/// Whose system an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integration {
    /// HubSpot.
    HubSpot,
    /// NetSuite.
    NetSuite,
}

impl Integration {
    /// The word that providers use.
    pub fn name(self) -> &'static str {
        match self {
            Integration::HubSpot => "hubspot",
            Integration::NetSuite => "netsuite",
        }
    }
}

/// Whether the providers may read an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// They may.
    Granted,
    /// The customer took it back, or the token is dead.
    Revoked,
}

/// One record, with its fields as the upstream names and spells them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Unique in its collection.
    pub id: u64,
    /// The upstream's own fields; mostly texts.
    pub fields: Map<String, Value>,
    /// The contacts that it is associated with; by their ids.
    pub contacts: Vec<u64>,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Milliseconds since 1970.
    pub updated_ms: i64,
}

impl Record {
    /// A field as text; `None` where it is null, absent or no text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }
}

impl Upstream {
    /// The account that the legacy provider calls so.
    pub fn by_name(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// The account that the Truto-shaped provider calls so.
    pub fn by_new_id(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.new_id == id)
    }

    /// As [`Upstream::by_name`], to change it.
    pub fn by_name_mut(&mut self, name: &str) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.name == name)
    }

    /// Takes a record away; whether it was there.
    pub fn delete(&mut self, account: &str, collection: &str, id: u64) -> bool {
        let collection =
            self.by_name_mut(account).and_then(|account| account.collections.get_mut(collection));
        collection.is_some_and(|records| records.remove(&id).is_some())
    }

    /// Sets a field of a record, which is then newer; whether it was there.
    pub fn update(
        &mut self,
        account: &str,
        collection: &str,
        id: u64,
        field: &str,
        value: Value,
        now_ms: i64,
    ) -> bool {
        let collection =
            self.by_name_mut(account).and_then(|account| account.collections.get_mut(collection));
        let Some(record) = collection.and_then(|records| records.get_mut(&id)) else { return false };
        record.fields.insert(field.to_owned(), value);
        record.updated_ms = now_ms.max(record.updated_ms + 1);
        true
    }
}

impl Account {
    /// A collection; an account without it has an empty one.
    pub fn collection(&self, name: &str) -> impl Iterator<Item = &Record> + Clone {
        self.collections.get(name).into_iter().flat_map(BTreeMap::values)
    }

    /// A record.
    pub fn record(&self, collection: &str, id: &str) -> Option<&Record> {
        self.collections.get(collection)?.get(&id.parse().ok()?)
    }

    /// Adds a record, under the next free id.
    pub fn create(&mut self, collection: &str, fields: Map<String, Value>, now_ms: i64) -> u64 {
        let records = self.collections.entry(collection.to_owned()).or_default();
        let id = records.last_key_value().map_or(1, |(id, _)| id + 1);
        records
            .insert(id, Record { id, fields, contacts: Vec::new(), created_ms: now_ms, updated_ms: now_ms });
        id
    }
}
