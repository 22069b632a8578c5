//! What an answer's headers say of limits, in any dialect, as one thing. Nothing here reads a clock.
//!
//! Sources: RFC 9110 (Retry-After), draft-ietf-httpapi-ratelimit-headers-01 to -10, and the services' own as `dialect` describes.

pub mod dialect;
mod standard;

use jiff::Timestamp;

use dialect::Dialect;

/// Header values by lower-case name, as exchanges have them.
pub use compare::model::Headers;

/// What is left of a limit. Where several windows are told, the one with the least left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in a window.
    pub limit: Option<u64>,
    /// Requests that are left.
    pub remaining: Option<u64>,
    /// Milliseconds until the window begins anew, at most.
    pub resets_in_ms: Option<u64>,
    /// The window's length in seconds.
    pub window_s: Option<u64>,
    /// The headers that it came from, lower-case, in the order in which they were understood.
    pub from: Vec<String>,
    /// What was taken otherwise than it is documented.
    pub doubts: Vec<Doubt>,
}

/// What was taken otherwise than it is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Seconds that can only be a Unix time.
    ResetIsUnixTime,
    /// Seconds that can only be a Unix time in milliseconds.
    ResetIsUnixMs,
    /// Seconds that are a written moment.
    ResetIsInstant,
    /// More is left than the limit.
    MoreThanLimit,
}

/// Reads what headers say of limits: the standard fields first, then the dialects in their order. `None`: nothing.
pub fn read(headers: &Headers, dialects: &[Dialect], now: Timestamp) -> Option<RateLimit> {
    let mut found = standard::read(headers, now);
    found.extend(dialects.iter().filter_map(|dialect| dialect.read(headers, now)));
    let mut least = found.into_iter().min_by_key(|limit| limit.remaining.unwrap_or(u64::MAX))?;
    if let (Some(limit), Some(remaining)) = (least.limit, least.remaining)
        && remaining > limit
    {
        least.doubts.push(Doubt::MoreThanLimit);
    }
    Some(least)
}

/// Milliseconds that `Retry-After` asks to wait, in either form; a moment that has passed is zero (RFC 9110, 10.2.3).
pub fn retry_after_ms(headers: &Headers, now: Timestamp) -> Option<u64> {
    let text = headers.get("retry-after")?.first()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1_000);
    }
    // Some services send fractions, which the grammar does not allow.
    if let Some(seconds) = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0) {
        return Some((seconds * 1_000.0).ceil() as u64);
    }
    Some(until_ms(http_date(text)?, now))
}

/// The moment of a header such as `Date` (RFC 9110, 5.6.7).
pub fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

/// What the three fields of drafts -01 to -06 say, and nothing else.
pub fn three_fields(headers: &Headers, now: Timestamp) -> Option<RateLimit> {
    standard::three_fields(headers, now)
}

fn until_ms(moment: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(moment.as_millisecond().saturating_sub(now.as_millisecond())).unwrap_or(0)
}

/// A larger number of seconds from now is three decades: it is a moment.
const DELTA_SECONDS_MAX: u64 = 1_000_000_000;
/// A larger Unix time in seconds lies tens of thousands of years ahead: it is in milliseconds.
const UNIX_SECONDS_MAX: u64 = 1_000_000_000_000;

/// Seconds from now, as most services mean `reset`; what can only be a moment is taken as one, and doubted.
fn delta(text: &str, now: Timestamp) -> Option<(u64, Option<Doubt>)> {
    let text = text.trim();
    if let Ok(number) = text.parse::<u64>() {
        return Some(match number {
            0..=DELTA_SECONDS_MAX => (number * 1_000, None),
            number if number <= UNIX_SECONDS_MAX => {
                let moment = Timestamp::from_second(i64::try_from(number).ok()?).ok()?;
                (until_ms(moment, now), Some(Doubt::ResetIsUnixTime))
            }
            number => {
                let moment = Timestamp::from_millisecond(i64::try_from(number).ok()?).ok()?;
                (until_ms(moment, now), Some(Doubt::ResetIsUnixMs))
            }
        });
    }
    if let Some(seconds) = text.parse::<f64>().ok().filter(|seconds| (0.0..1e9).contains(seconds)) {
        return Some(((seconds * 1_000.0).ceil() as u64, None));
    }
    Some((until_ms(instant(text)?, now), Some(Doubt::ResetIsInstant)))
}

/// An ISO 8601 moment in UTC, also without seconds.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    // "2025-10-08T15:00Z": the minutes are the last that is told.
    let minutes = text.strip_suffix('Z').filter(|text| text.len() == "2025-10-08T15:00".len())?;
    format!("{minutes}:00Z").parse().ok()
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests;
