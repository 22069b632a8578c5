//! The keys of a pair's text, apart from the model so that a change of one does not silently change the other.

use compare::model::{FailureKind, Headers, PairKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::reading;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "E: Deserialize<'de>"))]
pub(super) struct PairKeys<E> {
    #[serde(deserialize_with = "reading::version")]
    pub(super) version: u32,
    pub(super) id: String,
    pub(super) operation: String,
    #[serde(default, with = "PairKindText")]
    pub(super) kind: PairKind,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) recorded_at: Option<String>,
    #[serde(default = "Vec::new")]
    pub(super) legacy: Vec<E>,
    #[serde(default = "Vec::new")]
    pub(super) new: Vec<E>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(super) source: Vec<E>,
    #[serde(default, deserialize_with = "reading::object", skip_serializing_if = "Option::is_none")]
    pub(super) repeats: Option<RepeatsKeys<E>>,
    #[serde(default, deserialize_with = "reading::object", skip_serializing_if = "Option::is_none")]
    pub(super) redaction: Option<RedactionKeys>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "E: Deserialize<'de>"))]
pub(super) struct RepeatsKeys<E> {
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(super) legacy: Vec<Vec<E>>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(super) new: Vec<Vec<E>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeKeys {
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) started_at: Option<String>,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) elapsed_ms: Option<u64>,
    #[serde(default, deserialize_with = "reading::object", skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<RequestKeys>,
    #[serde(default, deserialize_with = "reading::object", skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<ResponseKeys>,
    #[serde(default, deserialize_with = "reading::object", skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<FailureKeys>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestKeys {
    pub(super) method: String,
    pub(super) url: String,
    #[serde(default, skip_serializing_if = "HeadersText::is_empty")]
    pub(super) headers: HeadersText,
    #[serde(default, deserialize_with = "reading::object", skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<BodyKeys>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseKeys {
    pub(super) status: u16,
    #[serde(default, skip_serializing_if = "HeadersText::is_empty")]
    pub(super) headers: HeadersText,
    #[serde(default, deserialize_with = "reading::object", skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<BodyKeys>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FailureKeys {
    #[serde(with = "FailureKindText")]
    pub(super) kind: FailureKind,
    pub(super) detail: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BodyKeys {
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) json: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) base64: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RedactionKeys {
    pub(super) version: u32,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) none: Option<bool>,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) commutes: Option<bool>,
    #[serde(default, deserialize_with = "reading::present", skip_serializing_if = "Option::is_none")]
    pub(super) differs: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PairKind", rename_all = "snake_case")]
enum PairKindText {
    Request,
    Collection,
    Event,
    Synthetic,
}

#[derive(Serialize, Deserialize)]
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
