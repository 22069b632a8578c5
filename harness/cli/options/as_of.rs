//! The moment at which tolerances end and evidence ages.

use compare::tolerance::Day;
use jiff::civil::Time;
use jiff::tz::Offset;

use super::UsageError;

/// The moment at which tolerances end and evidence ages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// As reports print it: `2026-11-20`, or `2026-11-20T09:30:00Z`.
    pub text: String,
    /// Its day in UTC.
    pub date: jiff::civil::Date,
    /// Its instant; the start of the day, in UTC, where only a day was given.
    pub instant: jiff::Timestamp,
}

impl AsOf {
    /// Reads a day or an RFC 3339 instant.
    pub fn parse(text: &str) -> Result<AsOf, UsageError> {
        let refused = || UsageError::AsOf { text: text.to_owned() };
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            let date = Offset::UTC.to_datetime(instant).date();
            return Ok(AsOf { text: instant.to_string(), date, instant });
        }
        // A local time names no instant; jiff would cut it to its day.
        let date = text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text);
        date.and_then(AsOf::start_of).ok_or_else(refused)
    }

    /// The day of an instant, in UTC.
    pub(super) fn day_of(now: jiff::Timestamp) -> AsOf {
        AsOf::start_of(Offset::UTC.to_datetime(now).date()).expect(
            "no clock stands at the first day of the range of instants, ten thousand years before ours",
        )
    }

    fn start_of(date: jiff::civil::Date) -> Option<AsOf> {
        let instant = Offset::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok()?;
        Some(AsOf { text: date.to_string(), date, instant })
    }

    /// The day by which tolerances end.
    pub fn day(&self) -> Day {
        let part = |number: i8| u8::try_from(number).expect("a month and a day of a month are above zero");
        let year = u16::try_from(self.date.year()).unwrap_or(0);
        Day { year, month: part(self.date.month()), day: part(self.date.day()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let read = AsOf::parse(text).ok().map(|as_of| (as_of.text, as_of.date.to_string()));
        assert_eq!(read, expected.map(|(text, date)| (text.to_owned(), date.to_owned())));
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        check("2026-11-20", Some(("2026-11-20", "2026-11-20")));
        let start = AsOf::parse("2026-11-20").expect("it is a day").instant;
        assert_eq!(start.to_string(), "2026-11-20T00:00:00Z");
    }

    #[test]
    fn an_instant_is_taken_to_utc() {
        check("2026-11-20T01:30:00+02:00", Some(("2026-11-19T23:30:00Z", "2026-11-19")));
    }

    #[test]
    fn what_names_no_moment_is_refused() {
        check("2026-11-20T01:30:00", None);
        check("20261120", None);
        check("2026-13-01", None);
        check("yesterday", None);
        check("", None);
    }
}
