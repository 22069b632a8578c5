//! Reads a pair's keys and checks what serde cannot: a text that passes is a pair.

use std::fmt;
use std::marker::PhantomData;

use compare::model::{
    Body, Effect, Exchange, Failure, Headers, Outcome, Pair, Redacted, Redaction, Request, Response,
};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::VERSION;
use super::keys::{BodyKeys, ExchangeKeys, HeadersText, PairKeys, RedactionKeys, RequestKeys, ResponseKeys};
use crate::id;

/// A pair that was read and checked.
pub(super) struct PairText(pub(super) Pair);

struct ExchangeText(Exchange);

impl<'de> Deserialize<'de> for PairText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: PairKeys<ExchangeText> = deserializer.deserialize_map(Object(PhantomData))?;
        id::check_id(&keys.id, &keys.operation).map_err(D::Error::custom)?;
        let exchanges = |texts: Vec<ExchangeText>| texts.into_iter().map(|text| text.0).collect::<Vec<_>>();
        let (legacy_repeats, new_repeats) = keys.repeats.map_or_else(Default::default, |repeats| {
            (
                repeats.legacy.into_iter().map(exchanges).collect(),
                repeats.new.into_iter().map(exchanges).collect(),
            )
        });
        Ok(PairText(Pair {
            id: keys.id,
            operation: keys.operation,
            kind: keys.kind,
            account: keys.account,
            recorded_at: keys.recorded_at,
            legacy: exchanges(keys.legacy),
            new: exchanges(keys.new),
            source: exchanges(keys.source),
            legacy_repeats,
            new_repeats,
            redaction: keys.redaction.map(to_redaction).transpose().map_err(D::Error::custom)?,
        }))
    }
}

impl<'de> Deserialize<'de> for ExchangeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: ExchangeKeys = deserializer.deserialize_map(Object(PhantomData))?;
        to_exchange(keys).map(ExchangeText).map_err(D::Error::custom)
    }
}

fn to_exchange(keys: ExchangeKeys) -> Result<Exchange, &'static str> {
    let outcome = match (keys.response, keys.failure) {
        (Some(response), None) => Outcome::Response(to_response(response)?),
        (None, Some(failure)) => Outcome::Failure(Failure { kind: failure.kind, detail: failure.detail }),
        (None, None) => return Err("an exchange with neither `response` nor `failure`"),
        (Some(_), Some(_)) => return Err("an exchange with both `response` and `failure`"),
    };
    let request = keys.request.map(to_request).transpose()?;
    Ok(Exchange { started_at: keys.started_at, elapsed_ms: keys.elapsed_ms, request, outcome })
}

fn to_request(keys: RequestKeys) -> Result<Request, &'static str> {
    if keys.method.is_empty() || !keys.method.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a request's `method` that is not one word");
    }
    Ok(Request {
        method: keys.method.to_ascii_uppercase(),
        url: keys.url,
        headers: keys.headers.0,
        body: to_body(keys.body)?,
    })
}

fn to_response(keys: ResponseKeys) -> Result<Response, &'static str> {
    if !(100..=999).contains(&keys.status) {
        return Err("a response's `status` that has not three digits");
    }
    Ok(Response { status: keys.status, headers: keys.headers.0, body: to_body(keys.body)? })
}

fn to_redaction(keys: RedactionKeys) -> Result<Redaction, &'static str> {
    let effect = match (keys.commutes, keys.differs) {
        (None, None) => Effect::NotJudged,
        (Some(true), None) => Effect::Commutes,
        (Some(false), Some(what)) => Effect::Differs(what),
        _ => return Err("a redaction whose `differs` does not stand with `commutes: false` alone"),
    };
    let by = match (keys.key, keys.none, &effect) {
        (Some(fingerprint), None, _) => Redacted::Key { fingerprint, effect },
        (None, Some(true), Effect::NotJudged) => Redacted::Nothing,
        _ => return Err("a redaction that has neither a `key` nor `none: true` alone"),
    };
    Ok(Redaction { version: keys.version, by })
}

fn to_body(keys: Option<BodyKeys>) -> Result<Body, &'static str> {
    let Some(keys) = keys else { return Ok(Body::Absent) };
    match (keys.json, keys.text, keys.base64) {
        (Some(json), None, None) => Ok(Body::Json(Box::<str>::from(json).into())),
        (None, Some(text), None) => Ok(Body::Text(text)),
        (None, None, Some(base64)) if is_base64(&base64) => Ok(Body::Base64(base64)),
        (None, None, Some(_)) => Err("a body's `base64` that is not standard Base64 with padding"),
        _ => Err("a body that has not exactly one of `json`, `text` and `base64`"),
    }
}

fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - letters.len() <= 2
        && letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

pub(super) fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::custom(format_args!("unknown version {other}"))),
    }
}

/// A key that is there has a value: `null` does not stand for an absent one.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_map(Object(PhantomData)).map(Some)
}

/// Reads a struct from an object only; by itself serde would also take a list of the values.
struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de> Deserialize<'de> for HeadersText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = HeadersText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of headers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HeadersText, A::Error> {
        let mut headers = Headers::new();
        while let Some(name) = map.next_key::<String>()? {
            let ValuesText(values) = map.next_value()?;
            if headers.insert(name.to_ascii_lowercase(), values).is_some() {
                return Err(A::Error::custom(format_args!("the header `{name}` twice")));
            }
        }
        Ok(HeadersText(headers))
    }
}

struct ValuesText(Vec<String>);

impl<'de> Deserialize<'de> for ValuesText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = ValuesText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a header's value, or a list of its values")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<ValuesText, E> {
        Ok(ValuesText(vec![value.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ValuesText, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        if values.is_empty() { Err(A::Error::invalid_length(0, &self)) } else { Ok(ValuesText(values)) }
    }
}
