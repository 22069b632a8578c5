//! Instants in the spellings that SaaS APIs use.
//!
//! RFC 3339 (with `T` or a space, any fraction), an offset without a colon (`+0000`), SQL style without a zone
//! (read as UTC), and Unix seconds and milliseconds, as a number or as its text. A bare date is no instant.
//!
//! Digits alone are an instant only beside another spelling of the same one: whether two values are one instant is
//! asked, never whether a value is one.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;

/// A longer text is no instant: the longest spelling has nine fraction digits and an offset.
const INSTANT_BYTES_MAX: usize = 40;

/// Unix times outside 2001 to 2286 (in seconds) are not taken for times: they are as likely amounts or ids.
const UNIX_SECONDS: std::ops::Range<i128> = 1_000_000_000..10_000_000_000;

/// The instant that a text names, in nanoseconds since 1970.
pub fn of_text(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    let plausible = (16..=INSTANT_BYTES_MAX).contains(&bytes.len())
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && matches!(bytes[10], b'T' | b't' | b' ');
    if !plausible {
        return None;
    }
    let parser = DateTimeParser::new();
    if let Ok(instant) = parser.parse_timestamp(text) {
        return Some(instant.as_nanosecond());
    }
    // A zone in brackets or a weekday is no spelling of ours: only a plain civil time is read as UTC.
    if bytes[10..].iter().any(|byte| matches!(byte, b'+' | b'[' | b'Z' | b'z')) || text[10..].contains('-') {
        return None;
    }
    let civil = parser.parse_datetime(text).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok().map(Timestamp::as_nanosecond)
}

/// The instants that a whole number may mean: Unix seconds, or Unix milliseconds.
pub fn of_number(number: &str) -> Option<i128> {
    let number: i128 = number.parse().ok()?;
    if UNIX_SECONDS.contains(&number) {
        return Some(number * 1_000_000_000);
    }
    if UNIX_SECONDS.contains(&(number / 1_000)) {
        return Some(number * 1_000_000);
    }
    None
}

/// The instant that a string means: in one of the spellings, or as Unix time in digits.
pub fn of_string(text: &str) -> Option<i128> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => of_number(text),
        false => of_text(text),
    }
}

/// The text of an instant that its number gives, if it is one that JSON has: helps a person to see it.
pub fn spell(nanoseconds: i128) -> Option<String> {
    Timestamp::from_nanosecond(nanoseconds).ok().map(|instant| instant.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_in_its_spellings() {
        for text in [
            "2013-05-20T20:49:32Z",
            "2013-05-20T20:49:32.000Z",
            "2013-05-20T20:49:32.000+0000",
            "2013-05-20T22:49:32+02:00",
            "2013-05-20 20:49:32",
            "2013-05-20T20:49:32",
            "2013-05-20 20:49:32.000000",
            "2013-05-20 20:49:32+00",
        ] {
            assert_eq!(of_text(text), Some(1_369_082_972_000_000_000), "{text}");
        }
        assert_eq!(of_number("1369082972"), of_text("2013-05-20T20:49:32Z"));
        assert_eq!(of_number("1369082972000"), of_text("2013-05-20T20:49:32Z"));
        assert_eq!(of_string("1369082972000"), of_string("2013-05-20T20:49:32.000+0000"));
        assert_eq!(of_string(""), None);
        assert_eq!(spell(1_369_082_972_000_000_000).as_deref(), Some("2013-05-20T20:49:32Z"));
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "2013-05-20",
            "2013-13-20T20:49:32Z",
            "hello world, hello",
            "2013-05-20T25:00:00Z",
            "",
            "2013-05-2éT20:49:32Z",
        ] {
            assert_eq!(of_text(text), None, "{text}");
        }
        assert_eq!(of_number("42"), None);
        assert_eq!(of_number("1.5"), None);
    }
}
