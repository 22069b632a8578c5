//! The keys of a pair's text, apart from the model so that a change of one does not silently change the other.

use compare::model::{FailureKind, Headers, PairKind};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::reading;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "E: Deserialize<'de>"))]
pub(super) struct PairKeys<E> {
    #[expect(dead_code, reason = "it is checked while it is read")]
    #[serde(deserialize_with = "reading::version")]
    pub(super) version: u32,
    pub(super) id: String,
    pub(super) operation: String,
    #[serde(default, deserialize_with = "PairKindText::deserialize")]
    pub(super) kind: PairKind,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) account: Option<String>,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) recorded_at: Option<String>,
    #[serde(default = "Vec::new")]
    pub(super) legacy: Vec<E>,
    #[serde(default = "Vec::new")]
    pub(super) new: Vec<E>,
    #[serde(default = "Vec::new")]
    pub(super) source: Vec<E>,
    #[serde(default, deserialize_with = "reading::object")]
    pub(super) repeats: Option<RepeatsKeys<E>>,
    #[serde(default, deserialize_with = "reading::object")]
    pub(super) redaction: Option<RedactionKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "E: Deserialize<'de>"))]
pub(super) struct RepeatsKeys<E> {
    #[serde(default = "Vec::new")]
    pub(super) legacy: Vec<Vec<E>>,
    #[serde(default = "Vec::new")]
    pub(super) new: Vec<Vec<E>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeKeys {
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) started_at: Option<String>,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) elapsed_ms: Option<u64>,
    #[serde(default, deserialize_with = "reading::object")]
    pub(super) request: Option<RequestKeys>,
    #[serde(default, deserialize_with = "reading::object")]
    pub(super) response: Option<ResponseKeys>,
    #[serde(default, deserialize_with = "reading::object")]
    pub(super) failure: Option<FailureKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestKeys {
    pub(super) method: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: HeadersText,
    #[serde(default, deserialize_with = "reading::object")]
    pub(super) body: Option<BodyKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseKeys {
    pub(super) status: u16,
    #[serde(default)]
    pub(super) headers: HeadersText,
    #[serde(default, deserialize_with = "reading::object")]
    pub(super) body: Option<BodyKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FailureKeys {
    #[serde(deserialize_with = "FailureKindText::deserialize")]
    pub(super) kind: FailureKind,
    pub(super) detail: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BodyKeys {
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) json: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) text: Option<String>,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) base64: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RedactionKeys {
    pub(super) version: u32,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) key: Option<String>,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) none: Option<bool>,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) commutes: Option<bool>,
    #[serde(default, deserialize_with = "reading::present")]
    pub(super) differs: Option<String>,
}

#[derive(Deserialize)]
#[serde(remote = "PairKind", rename_all = "snake_case")]
enum PairKindText {
    Request,
    Collection,
    Event,
    Synthetic,
}

#[derive(Deserialize)]
#[serde(remote = "FailureKind", rename_all = "snake_case")]
enum FailureKindText {
    Timeout,
    Connect,
    Reset,
    Tls,
    TooLarge,
    Protocol,
    Refused,
    Dropped,
}

#[derive(Default)]
pub(super) struct HeadersText(pub(super) Headers);
