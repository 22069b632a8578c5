//! The IETF's rate-limit fields, in every draft's spelling, read with more patience than their grammar asks for.

use jiff::Timestamp;
use sfv::{BareItem, Dictionary, List, ListEntry, Parameters, Parser};

use super::{Doubt, Headers, RateLimit, delta};

/// What the standard fields say; several windows are several limits.
pub(super) fn read(headers: &Headers, now: Timestamp) -> Vec<RateLimit> {
    let mut found = Vec::from_iter(three_fields(headers, now));
    found.extend(structured(headers));
    found
}

fn joined(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).filter(|values| !values.is_empty()).map(|values| values.join(", "))
}

/// Drafts -01 to -06: `RateLimit-Limit: 100, 100;w=10`, `-Remaining`, `-Reset` in seconds.
pub(super) fn three_fields(headers: &Headers, now: Timestamp) -> Option<RateLimit> {
    let mut limit = RateLimit::default();
    if let Some(text) = joined(headers, "ratelimit-limit") {
        // `110;w=10` alone is a policy by the grammar; services mean the limit by it.
        let items = integers(&text);
        limit.limit = items.first().map(|(value, _)| *value);
        limit.window_s = items.iter().find_map(|(_, window)| *window);
        limit.from.push("ratelimit-limit".to_owned());
    }
    if let Some(remaining) =
        joined(headers, "ratelimit-remaining").and_then(|text| integers(&text).first().copied())
    {
        limit.remaining = Some(remaining.0);
        limit.from.push("ratelimit-remaining".to_owned());
    }
    if let Some((ms, doubt)) = joined(headers, "ratelimit-reset").and_then(|text| delta(&text, now)) {
        limit.resets_in_ms = Some(ms);
        limit.doubts.extend(doubt);
        limit.from.push("ratelimit-reset".to_owned());
    }
    (limit.limit.is_some() || limit.remaining.is_some() || limit.resets_in_ms.is_some()).then_some(limit)
}

/// Draft -07: `RateLimit: limit=100, remaining=50, reset=5`; -08 to -10: `RateLimit: "default";r=50;t=30` with
/// `RateLimit-Policy: "default";q=100;w=60`.
fn structured(headers: &Headers) -> Vec<RateLimit> {
    let Some(text) = joined(headers, "ratelimit") else { return Vec::new() };
    let policies = joined(headers, "ratelimit-policy").map(|text| policies(&text)).unwrap_or_default();
    let from = || vec!["ratelimit".to_owned()];
    if let Ok(dictionary) = Parser::new(&text).parse::<Dictionary>() {
        let value = |key: &str| match dictionary.get(key) {
            Some(ListEntry::Item(item)) => integer(&item.bare_item),
            Some(ListEntry::InnerList(_)) | None => None,
        };
        let limit = RateLimit {
            limit: value("limit"),
            remaining: value("remaining"),
            resets_in_ms: value("reset").map(|seconds| seconds * 1_000),
            window_s: policies.first().and_then(|policy| policy.window_s),
            from: from(),
            doubts: Vec::new(),
        };
        if limit.remaining.is_some() || limit.limit.is_some() {
            return vec![limit];
        }
    }
    let Ok(list) = Parser::new(&text).parse::<List>() else { return Vec::new() };
    let items = list.iter().filter_map(|entry| match entry {
        ListEntry::Item(item) => Some(item),
        ListEntry::InnerList(_) => None,
    });
    let limit = |item: &sfv::Item| {
        let name = name(&item.bare_item)?;
        let policy = policies.iter().find(|policy| policy.name == name);
        let mut from = from();
        from.extend(policy.map(|_| "ratelimit-policy".to_owned()));
        Some(RateLimit {
            limit: policy.and_then(|policy| policy.quota),
            remaining: Some(parameter(&item.params, "r")?),
            resets_in_ms: parameter(&item.params, "t").map(|seconds| seconds * 1_000),
            window_s: policy.and_then(|policy| policy.window_s),
            from,
            doubts: Vec::<Doubt>::new(),
        })
    };
    items.filter_map(limit).collect()
}

struct Policy {
    name: String,
    quota: Option<u64>,
    window_s: Option<u64>,
}

/// `"burst";q=100;w=60`, or `100;w=10` of draft -06 and -07.
fn policies(text: &str) -> Vec<Policy> {
    let Ok(list) = Parser::new(text).parse::<List>() else { return Vec::new() };
    let policy = |entry: &ListEntry| {
        let ListEntry::Item(item) = entry else { return None };
        let quota = parameter(&item.params, "q").or_else(|| integer(&item.bare_item));
        let name = name(&item.bare_item).unwrap_or_default();
        Some(Policy { name, quota, window_s: parameter(&item.params, "w") })
    };
    list.iter().filter_map(policy).collect()
}

/// Integers with their `w`; a text that is no structured field is read up to what is a number.
fn integers(text: &str) -> Vec<(u64, Option<u64>)> {
    if let Ok(list) = Parser::new(text).parse::<List>() {
        let item = |entry: &ListEntry| match entry {
            ListEntry::Item(item) => Some((integer(&item.bare_item)?, parameter(&item.params, "w"))),
            ListEntry::InnerList(_) => None,
        };
        return list.iter().filter_map(item).collect();
    }
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(|number| (number, None)).into_iter().collect()
}

fn integer(item: &BareItem) -> Option<u64> {
    match item {
        BareItem::Integer(number) => u64::try_from(i64::from(*number)).ok(),
        _ => None,
    }
}

fn name(item: &BareItem) -> Option<String> {
    match item {
        BareItem::String(text) => Some(text.as_str().to_owned()),
        BareItem::Token(token) => Some(token.as_str().to_owned()),
        _ => None,
    }
}

fn parameter(parameters: &Parameters, key: &str) -> Option<u64> {
    parameters.get(key).and_then(integer)
}
