//! How long to wait before asking again: as the answer says, else as the profile says, else longer each time.

use compare::model::{Body, Headers, Response};
use compare::select::select;
use compare::tape::Tape;
use jiff::Timestamp;

use crate::profile::{Is, Profile, Throttled};
use crate::rate::{RateLimit, retry_after_ms};

/// The first wait where nothing says how long.
pub const BACKOFF_FIRST_MS: u64 = 500;
/// Waits do not grow further.
pub const BACKOFF_MAX_MS: u64 = 60_000;
/// Whoever asks for a longer wait is left for later.
pub const WAIT_MAX_MS: u64 = 120_000;

/// A wait, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Milliseconds.
    pub ms: u64,
    /// What it rests on.
    pub because: Because,
}

/// What a wait rests on; the first that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The header `retry-after`.
    RetryAfter,
    /// The end of the window.
    Reset,
    /// The profile.
    Profile,
    /// Nothing: exponential, with jitter.
    Backoff,
}

/// How long to wait after the attempt of this number, from 1; `dice` is from 0 up to 1.
pub fn wait(
    headers: &Headers,
    limit: Option<&RateLimit>,
    profile_s: Option<u64>,
    attempt: u32,
    dice: f64,
    now: Timestamp,
) -> Wait {
    if let Some(ms) = retry_after_ms(headers, now) {
        return Wait { ms, because: Because::RetryAfter };
    }
    // A window that has requests left is not what stopped this one.
    if let Some(ms) = limit
        .filter(|limit| limit.remaining.is_none_or(|left| left == 0))
        .and_then(|limit| limit.resets_in_ms)
    {
        return Wait { ms, because: Because::Reset };
    }
    if let Some(seconds) = profile_s {
        return Wait { ms: jittered(seconds * 1_000, dice), because: Because::Profile };
    }
    let doubled = BACKOFF_FIRST_MS.saturating_mul(1 << attempt.saturating_sub(1).min(20));
    Wait { ms: jittered(doubled.min(BACKOFF_MAX_MS), dice), because: Because::Backoff }
}

/// From three quarters of it to all of it, so that those who wait do not all come back at once.
fn jittered(ms: u64, dice: f64) -> u64 {
    let quarter = ms / 4;
    ms - (quarter as f64 * dice.clamp(0.0, 1.0)) as u64
}

/// Which rule of the profile calls an answer throttled; `None`: it is not.
pub fn throttled<'p>(profile: &'p Profile, response: &Response) -> Option<&'p Throttled> {
    let says = |rule: &&Throttled| {
        rule.status == response.status && rule.body.as_ref().is_none_or(|is| stands(is, &response.body))
    };
    profile.throttled.iter().find(says)
}

/// Whether an error is the upstream's and not the provider's own; `None` where the profile cannot tell.
pub fn is_upstreams(profile: &Profile, response: &Response) -> Option<bool> {
    profile.error.upstream.as_ref().map(|is| stands(is, &response.body))
}

/// Whether a value stands at a place of a body.
fn stands(is: &Is, body: &Body) -> bool {
    values(&is.path.path, body).contains(&is.is)
}

/// The texts, numbers, booleans and nulls at the places of a path, as text.
pub fn values(path: &compare::path::Path, body: &Body) -> Vec<String> {
    at(path, body, |value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// What stands at the places of a path.
pub fn found(path: &compare::path::Path, body: &Body) -> Vec<serde_json::Value> {
    at(path, body, Clone::clone)
}

/// How many elements the lists at the places of a path have together.
pub fn elements(path: &compare::path::Path, body: &Body) -> usize {
    at(path, body, |value| value.as_array().map_or(0, Vec::len)).into_iter().sum()
}

fn at<T>(path: &compare::path::Path, body: &Body, of: impl Fn(&serde_json::Value) -> T) -> Vec<T> {
    let Body::Json(text) = body else { return Vec::new() };
    let mut tape = Tape::new();
    let Ok(document) = tape.parse(text) else { return Vec::new() };
    let Ok(whole) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let places = select(path, document);
    places.iter().filter_map(|place| whole.pointer(&pointer_of(place)?)).map(of).collect()
}

/// A normalized path (`$['a'][0]`, RFC 9535) as the text of a JSON Pointer (RFC 6901).
pub fn pointer_of(normalized: &str) -> Option<String> {
    let mut pointer = String::new();
    let mut rest = normalized.strip_prefix('$')?;
    while let Some(inner) = rest.strip_prefix('[') {
        let (name, after) = match inner.strip_prefix('\'') {
            Some(quoted) => quoted.split_once("']")?,
            None => inner.split_once(']')?,
        };
        let name = name.replace("\\'", "'").replace("\\\\", "\\").replace('~', "~0").replace('/', "~1");
        pointer.push('/');
        pointer.push_str(&name);
        rest = after;
    }
    Some(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded;

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_165_200).expect("it is a moment")
    }

    #[test]
    fn the_answer_decides_then_the_window_then_the_profile_then_the_number_of_attempts() {
        let retry: Headers = [("retry-after".to_owned(), vec!["7".to_owned()])].into();
        let used_up = RateLimit { remaining: Some(0), resets_in_ms: Some(3_000), ..RateLimit::default() };
        let with_some = RateLimit { remaining: Some(9), resets_in_ms: Some(3_000), ..RateLimit::default() };
        let none = Headers::new();
        let check = |headers: &Headers, limit: Option<&RateLimit>, profile, attempt, ms, because| {
            assert_eq!(wait(headers, limit, profile, attempt, 0.0, now()), Wait { ms, because });
        };
        check(&retry, Some(&used_up), Some(10), 1, 7_000, Because::RetryAfter);
        check(&none, Some(&used_up), Some(10), 1, 3_000, Because::Reset);
        check(&none, Some(&with_some), Some(10), 1, 10_000, Because::Profile);
        check(&none, None, None, 1, 500, Because::Backoff);
        check(&none, None, None, 3, 2_000, Because::Backoff);
        check(&none, None, None, u32::MAX, BACKOFF_MAX_MS, Because::Backoff);
        assert_eq!(wait(&none, None, None, 3, 1.0, now()).ms, 1_500, "jitter takes away up to a quarter");
    }

    #[test]
    fn an_answer_is_throttled_by_status_and_where_needed_by_its_body() {
        let profile = embedded::profile("truto").expect("it is embedded").expect("it is whole");
        let check = |status, body: &str, expected: Option<u64>| {
            let response = Response { status, headers: Headers::new(), body: Body::Json(body.to_owned()) };
            assert_eq!(throttled(&profile, &response).map(|rule| rule.wait.0), expected, "{status} {body}");
        };
        check(429, "{}", Some(10));
        check(403, r#"{"raw_response":[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]}"#, Some(60));
        check(403, r#"{"raw_response":[{"errorCode":"INSUFFICIENT_ACCESS"}]}"#, None);
        check(
            400,
            r#"{"raw_response":{"o:errorDetails":[{"o:errorCode":"SSS_REQUEST_LIMIT_EXCEEDED"}]}}"#,
            Some(5),
        );
        check(400, "{", None);
        check(200, "{}", None);
        let upstreams = |body: &str| {
            let body = Body::Json(body.to_owned());
            is_upstreams(&profile, &Response { status: 429, headers: Headers::new(), body })
        };
        assert_eq!(upstreams(r#"{"truto_is_remote_error":true}"#), Some(true));
        assert_eq!(upstreams(r#"{"statusCode":429}"#), Some(false));
    }
}
