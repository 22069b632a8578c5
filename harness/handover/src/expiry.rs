//! Moments of expiry: kept exactly, read in every spelling, and told in seconds only when they are sent.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A number above this is milliseconds: as seconds it would be after the year 5000.
const SECONDS_MAX: f64 = 1e11;
/// A clock that is further off than this is not one: what it says of expiry means nothing.
pub const SKEW_MAX: SignedDuration = SignedDuration::from_hours(24);

/// How far another's clock is ahead of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skew(pub SignedDuration);

impl Skew {
    /// From a `Date` header (RFC 9110, 6.6.1): the answer was made between both moments of ours, and the header has whole seconds.
    pub fn measured(asked: Timestamp, answered: Timestamp, theirs: Timestamp) -> Option<Skew> {
        let half = answered.duration_since(asked) / 2;
        let middle = asked.checked_add(half).ok()?;
        // Cut off seconds are half a second on average.
        let skew = theirs.duration_since(middle) + SignedDuration::from_millis(500);
        // Less than what the header can say is none.
        let skew = if skew.abs() < SignedDuration::from_secs(2) { SignedDuration::ZERO } else { skew };
        (skew.abs() <= SKEW_MAX).then_some(Skew(skew))
    }
}

/// The moment that a provider wrote: ISO 8601 with its offset, or without one (then UTC), seconds or milliseconds since 1970, also as text.
pub fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => of_number(number.as_f64()?),
        Value::String(text) => of_text(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn of_text(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    if let Ok(number) = text.parse::<f64>() {
        return of_number(number);
    }
    let civil: jiff::civil::DateTime = text.trim_end_matches(" UTC").parse().ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
}

/// Zero is what some write for "never"; before 2000 nobody issued a token.
fn of_number(number: f64) -> Option<Timestamp> {
    let milliseconds = if number.abs() >= SECONDS_MAX { number } else { number * 1_000.0 };
    let plausible = (946_684_800_000.0..253_402_300_799_000.0).contains(&milliseconds);
    plausible.then(|| Timestamp::from_millisecond(milliseconds.floor() as i64).ok()).flatten()
}

/// How long a token is still good: the moment is of the clock that issued it, `skew` is how far that one is ahead of ours.
pub fn left(expires_at: Timestamp, now: Timestamp, skew: Skew) -> SignedDuration {
    let theirs = now.saturating_add(skew.0).unwrap_or(now);
    expires_at.duration_since(theirs).max(SignedDuration::ZERO)
}

/// Whole seconds, never more than are left (`expires_in` of RFC 6749).
pub fn expires_in(expires_at: Timestamp, now: Timestamp, skew: Skew) -> i64 {
    left(expires_at, now, skew).as_secs()
}

/// The same moment by the clock of the one who is told it.
pub fn by_clock_of(theirs: Skew, expires_at: Timestamp, now: Timestamp, issuer: Skew) -> Timestamp {
    let left = left(expires_at, now, issuer);
    now.saturating_add(theirs.0).and_then(|now| now.saturating_add(left)).unwrap_or(expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("it is a moment")
    }

    #[track_caller]
    fn check(value: Value, expected: Option<&str>) {
        assert_eq!(moment(&value).map(|moment| moment.to_string()).as_deref(), expected, "{value}");
    }

    #[test]
    fn every_spelling_of_a_moment_is_read() {
        check(json!("2026-11-20T10:00:00.000Z"), Some("2026-11-20T10:00:00Z"));
        check(json!("2026-11-20T12:00:00.250+02:00"), Some("2026-11-20T10:00:00.25Z"));
        check(json!("2026-11-20 10:00:00"), Some("2026-11-20T10:00:00Z"));
        check(json!(1_795_168_800), Some("2026-11-20T10:00:00Z"));
        check(json!(1_795_168_800_250_i64), Some("2026-11-20T10:00:00.25Z"));
        check(json!("1795168800"), Some("2026-11-20T10:00:00Z"));
        check(json!("1795168800250"), Some("2026-11-20T10:00:00.25Z"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for value in [
            json!(null),
            json!(0),
            json!("never"),
            json!(""),
            json!(3_600),
            json!({}),
            json!(-1),
            json!(1e300),
        ] {
            check(value, None);
        }
    }

    #[test]
    fn seconds_are_counted_when_they_are_sent_and_rounded_down() {
        let now = at("2026-11-20T10:00:00.400Z");
        let sent =
            |expires: &str, skew_s| expires_in(at(expires), now, Skew(SignedDuration::from_secs(skew_s)));
        assert_eq!(sent("2026-11-20T10:00:05.400Z", 0), 5);
        assert_eq!(sent("2026-11-20T10:00:05.399Z", 0), 4);
        assert_eq!(sent("2026-11-20T10:00:00Z", 0), 0);
        assert_eq!(sent("2026-11-20T08:00:00Z", 0), 0);
        // Their clock is ten minutes ahead: of what their clock calls an hour, fifty minutes are left.
        assert_eq!(sent("2026-11-20T11:00:00.400Z", 600), 3_000);
        assert_eq!(sent("2026-11-20T11:00:00.400Z", -600), 4_200);
    }

    #[test]
    fn a_moment_is_told_by_the_clock_of_the_one_who_reads_it() {
        let now = at("2026-11-20T10:00:00Z");
        let (issuer, reader) = (Skew(SignedDuration::from_mins(10)), Skew(SignedDuration::from_mins(-10)));
        let told = by_clock_of(reader, at("2026-11-20T11:10:00Z"), now, issuer);
        assert_eq!(told, at("2026-11-20T10:50:00Z"));
    }

    #[test]
    fn skew_is_measured_in_the_middle_of_a_call_and_small_ones_are_none() {
        let measured = |theirs: &str| {
            let (asked, answered) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T10:00:01Z"));
            Skew::measured(asked, answered, at(theirs)).map(|skew| skew.0.as_secs())
        };
        assert_eq!(measured("2026-11-20T10:00:01Z"), Some(0));
        assert_eq!(measured("2026-11-20T10:10:00Z"), Some(600));
        assert_eq!(measured("2026-11-20T09:50:00Z"), Some(-600));
        assert_eq!(measured("2026-11-25T10:00:00Z"), None);
    }
}
