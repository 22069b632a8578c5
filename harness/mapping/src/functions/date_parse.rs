//! Reads dates as luxon does: the ISO forms that services send, and texts in a given format.

use jlens_core::Result;

use super::date::{DAY_MS, Fields, MONTHS};
use super::instants::{days_from_civil, days_in_month};
use crate::referral::{self, refer};

impl Fields {
    /// Milliseconds since 1970 of these fields in UTC; any field may be out of its range.
    pub(super) fn millis(&self) -> i64 {
        let months = self.year * 12 + self.month - 1;
        let days = days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1) + self.day - 1;
        days * DAY_MS + ((self.hour * 60 + self.minute) * 60 + self.second) * 1_000 + self.milli
    }

    fn is_valid(&self) -> bool {
        (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && (0..=23).contains(&self.hour)
            && (0..=59).contains(&self.minute)
            && (0..=59).contains(&self.second)
    }
}

/// Reads from the front of a text.
struct Cursor<'t> {
    rest: &'t str,
}

impl Cursor<'_> {
    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let length = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if length < least {
            return None;
        }
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        digits.parse().ok()
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// An offset in minutes: `+05:30`, `+0530` or `+05`.
    fn offset(&mut self) -> Option<i64> {
        let sign = if self.take("-") { -1 } else { self.take("+").then_some(1)? };
        let hours = self.digits(2, 2)?;
        let colon = self.take(":");
        let minutes = match self.digits(2, 2) {
            Some(minutes) => minutes,
            None if colon => return None,
            None => 0,
        };
        Some(sign * (hours * 60 + minutes))
    }
}

/// Milliseconds of an ISO text, `None` for what is certainly none.
pub(super) fn iso(text: &str) -> Result<Option<i64>> {
    let known = |c: char| c.is_ascii_digit() || "+-:.,TZWtzw[]".contains(c);
    if text.is_empty() || (!text.contains('[') && !text.chars().all(known)) {
        return Ok(None);
    }
    let odd = || refer(format!("a date of an unusual form: {text}"));
    let mut cursor = Cursor { rest: text };
    let mut fields = Fields { month: 1, day: 1, ..Fields::default() };
    let mut offset = 0;
    fields.year = cursor.digits(4, 4).ok_or_else(odd)?;
    if cursor.take("-") {
        fields.month = cursor.digits(2, 2).ok_or_else(odd)?;
        if cursor.take("-") {
            fields.day = cursor.digits(2, 2).ok_or_else(odd)?;
        }
    }
    if cursor.take("T") {
        fields.hour = cursor.digits(2, 2).ok_or_else(odd)?;
        if cursor.take(":") {
            fields.minute = cursor.digits(2, 2).ok_or_else(odd)?;
            if cursor.take(":") {
                fields.second = cursor.digits(2, 2).ok_or_else(odd)?;
                if cursor.take(".") || cursor.take(",") {
                    let digits = cursor.rest.bytes().take_while(u8::is_ascii_digit).count();
                    if digits == 0 || digits > 30 {
                        return Err(odd());
                    }
                    let (fraction, rest) = cursor.rest.split_at(digits);
                    fields.milli = format!("{fraction:0<3}")[..3].parse().map_err(|_| odd())?;
                    // luxon goes through a double, which can fall short of a whole millisecond.
                    let through_double =
                        (format!("0.{fraction}").parse::<f64>().unwrap_or(0.0) * 1_000.0).floor();
                    if through_double != fields.milli as f64 {
                        return Err(odd());
                    }
                    cursor.rest = rest;
                }
            }
        }
        if !cursor.take("Z") && !cursor.rest.is_empty() {
            offset = cursor.offset().ok_or_else(odd)?;
        }
    }
    if !cursor.rest.is_empty() || fields.hour == 24 {
        return Err(odd());
    }
    Ok(fields.is_valid().then(|| fields.millis() - offset * 60_000))
}

/// Which fields a text in a format gave.
#[derive(Default)]
struct Given {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: Option<i64>,
    minute: Option<i64>,
    second: Option<i64>,
    milli: Option<i64>,
    afternoon: Option<bool>,
    offset: Option<i64>,
}

/// Milliseconds of a text in luxon's format, `None` where it does not match or is out of range.
pub(super) fn with_format(text: &str, format: &str) -> Result<Option<i64>> {
    let mut given = Given::default();
    let mut cursor = Cursor { rest: text };
    let tokens = super::date_format::tokens(format);
    for (at, token) in tokens.iter().enumerate() {
        let literal = match token {
            super::date_format::Token::Literal(literal) => literal,
            super::date_format::Token::Field(name) => {
                let next_is_field = matches!(tokens.get(at + 1), Some(super::date_format::Token::Field(_)));
                if name.len() == 1
                    && next_is_field
                    && cursor.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
                {
                    return Err(refer(format!("a date format whose fields touch: {format}")));
                }
                if !field(name, &mut cursor, &mut given)? {
                    return Ok(None);
                }
                continue;
            }
        };
        let Some(head) = cursor.rest.get(..literal.len()) else { return Ok(None) };
        if !head.is_ascii() && head != literal {
            return Err(refer("a date with text beyond ASCII"));
        }
        if !head.eq_ignore_ascii_case(literal) {
            return Ok(None);
        }
        cursor.rest = &cursor.rest[literal.len()..];
    }
    if !cursor.rest.is_empty() {
        return Ok(None);
    }
    Ok(complete(&given))
}

/// Reads one field; `false` where the text has none there.
fn field(name: &str, cursor: &mut Cursor<'_>, given: &mut Given) -> Result<bool> {
    let slot = match name {
        "yyyy" | "y" => &mut given.year,
        "LL" | "MM" | "L" | "M" | "LLL" | "MMM" | "LLLL" | "MMMM" => &mut given.month,
        "dd" | "d" => &mut given.day,
        "HH" | "H" | "hh" | "h" => &mut given.hour,
        "mm" | "m" => &mut given.minute,
        "ss" | "s" => &mut given.second,
        "SSS" | "S" => &mut given.milli,
        "ZZ" | "ZZZ" => &mut given.offset,
        "a" => {
            let head = cursor.rest.get(..2).unwrap_or("").to_ascii_lowercase();
            given.afternoon = match head.as_str() {
                "am" => Some(false),
                "pm" => Some(true),
                _ => return Ok(false),
            };
            cursor.rest = &cursor.rest[2..];
            return Ok(true);
        }
        _ => return Err(refer(format!("the date format token {name}"))),
    };
    if slot.is_some() {
        return Err(refer("a date format that names a field twice"));
    }
    *slot = match name.len() {
        1 => cursor.digits(
            1,
            match name {
                "y" => 6,
                "S" => 3,
                _ => 2,
            },
        ),
        4 if name == "yyyy" => cursor.digits(4, 4),
        3 if name == "SSS" => cursor.digits(3, 3),
        2 | 3 if name.starts_with('Z') => {
            let colon = cursor.rest.as_bytes().get(3) == Some(&b':');
            if colon != (name == "ZZ") {
                return Err(refer("an offset of an unusual form"));
            }
            cursor.offset()
        }
        3 | 4 => month_name(cursor, name.len() == 3),
        _ => cursor.digits(2, 2),
    };
    Ok(slot.is_some())
}

fn month_name(cursor: &mut Cursor<'_>, short: bool) -> Option<i64> {
    let rest = cursor.rest;
    let found = MONTHS.iter().enumerate().find_map(|(at, name)| {
        let name = if short { &name[..3] } else { name };
        rest.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name)).map(|head| (at, head.len()))
    });
    let (at, length) = found?;
    cursor.rest = &rest[length..];
    Some(at as i64 + 1)
}

/// What is not given is now's above the first field that is, and the least below it.
fn complete(given: &Given) -> Option<i64> {
    let now = Fields::at(referral::now_ms());
    let hour = given.hour.map(|hour| match given.afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    });
    let mut found = false;
    let mut pick = |field: Option<i64>, now: i64, least: i64| match field {
        Some(value) => {
            found = true;
            value
        }
        None if found => least,
        None => now,
    };
    let fields = Fields {
        year: pick(given.year, now.year, now.year),
        month: pick(given.month, now.month, 1),
        day: pick(given.day, now.day, 1),
        hour: pick(hour, now.hour, 0),
        minute: pick(given.minute, now.minute, 0),
        second: pick(given.second, now.second, 0),
        milli: pick(given.milli, now.milli, 0),
    };
    fields.is_valid().then(|| fields.millis() - given.offset.unwrap_or(0) * 60_000)
}
