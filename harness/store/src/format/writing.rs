//! Writes a pair's keys, in the order that the format asks for.

use std::collections::BTreeMap;

use compare::model::{
    Body, Effect, Exchange, Failure, Outcome, Pair, Redacted, Redaction, Request, Response,
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::VERSION;
use super::keys::{
    BodyKeys, ExchangeKeys, FailureKeys, HeadersText, PairKeys, RedactionKeys, RepeatsKeys, RequestKeys,
    ResponseKeys,
};
use crate::json_text;

#[derive(Serialize)]
#[serde(untagged)]
enum HeaderValues<'values> {
    One(&'values str),
    Many(&'values [String]),
}

impl From<Pair> for PairKeys<ExchangeKeys> {
    fn from(pair: Pair) -> Self {
        let exchanges = |list: Vec<Exchange>| list.into_iter().map(ExchangeKeys::from).collect::<Vec<_>>();
        let repeats = RepeatsKeys {
            legacy: pair.legacy_repeats.into_iter().map(exchanges).collect(),
            new: pair.new_repeats.into_iter().map(exchanges).collect(),
        };
        PairKeys {
            version: VERSION,
            id: pair.id,
            operation: pair.operation,
            kind: pair.kind,
            account: pair.account,
            recorded_at: pair.recorded_at,
            legacy: exchanges(pair.legacy),
            new: exchanges(pair.new),
            source: exchanges(pair.source),
            repeats: (!repeats.legacy.is_empty() || !repeats.new.is_empty()).then_some(repeats),
            redaction: pair.redaction.map(RedactionKeys::from),
        }
    }
}

impl From<Redaction> for RedactionKeys {
    fn from(redaction: Redaction) -> Self {
        let empty = RedactionKeys {
            version: redaction.version,
            key: None,
            none: None,
            commutes: None,
            differs: None,
        };
        match redaction.by {
            Redacted::Nothing => RedactionKeys { none: Some(true), ..empty },
            Redacted::Key { fingerprint, effect } => {
                let (commutes, differs) = match effect {
                    Effect::NotJudged => (None, None),
                    Effect::Commutes => (Some(true), None),
                    Effect::Differs(what) => (Some(false), Some(what)),
                };
                RedactionKeys { key: Some(fingerprint), commutes, differs, ..empty }
            }
        }
    }
}

impl From<Exchange> for ExchangeKeys {
    fn from(exchange: Exchange) -> Self {
        let (response, failure) = match exchange.outcome {
            Outcome::Response(Response { status, headers, body }) => {
                (Some(ResponseKeys { status, headers: HeadersText(headers), body: BodyKeys::of(body) }), None)
            }
            Outcome::Failure(Failure { kind, detail }) => (None, Some(FailureKeys { kind, detail })),
        };
        let request = exchange.request.map(|Request { method, url, headers, body }| RequestKeys {
            method,
            url,
            headers: HeadersText(headers),
            body: BodyKeys::of(body),
        });
        ExchangeKeys {
            started_at: exchange.started_at,
            elapsed_ms: exchange.elapsed_ms,
            request,
            response,
            failure,
        }
    }
}

impl BodyKeys {
    pub(super) fn of(body: Body) -> Option<Self> {
        let (json, text, base64) = match body {
            Body::Absent => return None,
            // What calls itself JSON and does not parse is kept as the text that it is.
            Body::Json(json) if serde_json::from_str::<&RawValue>(&json).is_err() => (None, Some(json), None),
            Body::Json(json) => {
                let compacted = RawValue::from_string(json_text::compact(&json));
                (Some(compacted.expect("moving white space leaves valid JSON valid")), None, None)
            }
            Body::Text(text) => (None, Some(text), None),
            Body::Base64(base64) => (None, None, Some(base64)),
        };
        Some(BodyKeys { json, text, base64 })
    }
}

impl HeadersText {
    pub(super) fn is_empty(&self) -> bool {
        self.0.values().all(Vec::is_empty)
    }
}

impl Serialize for HeadersText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lowered: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, values) in &self.0 {
            lowered.entry(name.to_ascii_lowercase()).or_default().extend(values.iter().cloned());
        }
        lowered.retain(|_, values| !values.is_empty());
        serializer.collect_map(lowered.iter().map(|(name, values)| match values.as_slice() {
            [value] => (name, HeaderValues::One(value)),
            values => (name, HeaderValues::Many(values)),
        }))
    }
}
