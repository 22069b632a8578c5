//! `$toMillis` and `$fromMillis`: the usual form of an instant is read and written here, because the engine's
//! own way takes three times as long as JavaScript; every other form is left to it.

use jlens_core::HostCall;
use serde_json::Value;

use super::js::{double, number};
use super::numbers::built_in;
use super::{Answer, Arguments, Function, Takes, argument};
use crate::referral::refer;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "toMillis", takes: Takes::Signature("<s-s?:n>"), call: to_millis },
    Function { name: "fromMillis", takes: Takes::Signature("<n-s?s?:s>"), call: from_millis },
];

fn to_millis(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    if let (Some(Value::String(text)), None) = (argument(arguments, 0), argument(arguments, 1))
        && let Some(millis) = parse_instant(text.as_bytes())
    {
        return Ok(Some(double(millis as f64)));
    }
    built_in("toMillis", arguments)
}

fn from_millis(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let plain = argument(arguments, 1).is_none() && argument(arguments, 2).is_none();
    if let Some(millis) = number(argument(arguments, 0)).filter(|millis| plain && millis.fract() == 0.0)
        && let Some(text) = instant_text(millis as i64)
    {
        return Ok(Some(Value::from(text)));
    }
    let answer = built_in("fromMillis", arguments);
    match &answer {
        Err(error) if error.code() == "D3150" => Err(refer("a time zone that JavaScript answers NaN for")),
        _ => answer,
    }
}

const DAY_MS: i64 = 86_400_000;

/// Days since 1970 of a day of the Gregorian calendar.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Counted from 1 March, so that the leap day is the last day of a year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970.
pub(super) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

pub(super) fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// `2024-01-15T12:00:00.123Z`, with any offset, up to three digits of a fraction or none.
fn parse_instant(text: &[u8]) -> Option<i64> {
    let number = |from: usize, length: usize| -> Option<i64> {
        let digits = text.get(from..from + length)?;
        digits
            .iter()
            .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
    };
    let is = |at: usize, byte: u8| text.get(at) == Some(&byte);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let in_range = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 59;
    if !in_range {
        return None;
    }
    let (mut at, mut millis) = (19, 0);
    if is(at, b'.') {
        let digits = text[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let scale = [0, 100, 10, 1].get(digits).filter(|_| digits > 0)?;
        millis = number(at + 1, digits)? * scale;
        at += 1 + digits;
    }
    let offset = match text.get(at)? {
        b'Z' if at + 1 == text.len() => 0,
        sign @ (b'+' | b'-') if at + 6 == text.len() && is(at + 3, b':') => {
            let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -60_000 } else { 60_000 }
        }
        _ => return None,
    };
    let of_day = ((hour * 60 + minute) * 60 + second) * 1_000 + millis;
    Some(days_from_civil(year, month, day) * DAY_MS + of_day - offset)
}

/// `toISOString` of the years that have four digits.
pub(super) fn instant_text(millis: i64) -> Option<String> {
    const FIRST: i64 = -62_167_219_200_000;
    const LAST: i64 = 253_402_300_799_999;
    if !(FIRST..=LAST).contains(&millis) {
        return None;
    }
    let (year, month, day) = civil_from_days(millis.div_euclid(DAY_MS));
    let of_day = millis.rem_euclid(DAY_MS);
    let digits = [
        (0, 4, year),
        (5, 2, month),
        (8, 2, day),
        (11, 2, of_day / 3_600_000),
        (14, 2, of_day / 60_000 % 60),
        (17, 2, of_day / 1_000 % 60),
        (20, 3, of_day % 1_000),
    ];
    let mut text = *b"0000-00-00T00:00:00.000Z";
    for (at, length, mut number) in digits {
        for place in (at..at + length).rev() {
            text[place] = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    Some(text.iter().map(|byte| char::from(*byte)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_and_written_in_its_usual_form() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2024-02-29T23:59:59.5+05:30", Some(1_709_231_399_500)),
            ("1969-12-31T23:59:59.999Z", Some(-1)),
            ("2023-02-29T00:00:00Z", None),
            ("2024-01-01T24:00:00Z", None),
            ("2024-01-01T10:00:00.1234Z", None),
            ("2024-01-01T10:00:00", None),
            ("2024-01-01", None),
        ] {
            assert_eq!(parse_instant(text.as_bytes()), millis, "{text}");
        }
        assert_eq!(instant_text(-1).as_deref(), Some("1969-12-31T23:59:59.999Z"));
        assert_eq!(instant_text(253_402_300_800_000), None);
    }

    #[test]
    fn days_go_there_and_back() {
        for days in (-800_000..800_000).step_by(37) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
