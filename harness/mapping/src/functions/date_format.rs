//! Writes dates in luxon's formats, in English.

use jlens_core::Result;

use super::date::{Date, Fields, MONTHS, WEEKDAYS, Zone};
use crate::referral::refer;

/// A part of a format.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    /// Text that stands for itself.
    Literal(String),
    /// A run of one letter.
    Field(String),
}

/// Runs of one letter are fields; what is in quotes, and all else, is literal.
pub(super) fn tokens(format: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut quoted = false;
    for character in format.chars() {
        if character == '\'' {
            quoted = !quoted;
            // A quote ends a run.
            tokens.push(Token::Literal(String::new()));
            continue;
        }
        let is_field = !quoted && character.is_ascii_alphabetic();
        match tokens.last_mut() {
            Some(Token::Field(run)) if is_field && run.starts_with(character) => run.push(character),
            Some(Token::Literal(text)) if !is_field => text.push(character),
            _ if is_field => tokens.push(Token::Field(character.to_string())),
            _ => tokens.push(Token::Literal(character.to_string())),
        }
    }
    tokens.retain(|token| *token != Token::Literal(String::new()));
    tokens
}

/// The date in a format.
pub(super) fn write(date: &Date, format: &str) -> Result<String> {
    if format.contains("''") {
        return Err(refer("a date format with an empty quotation"));
    }
    let fields = date.fields();
    let mut out = String::new();
    for token in tokens(format) {
        match token {
            Token::Literal(text) => out.push_str(&text),
            Token::Field(name) => out.push_str(&field(date, &fields, &name)?),
        }
    }
    Ok(out)
}

fn field(date: &Date, fields: &Fields, name: &str) -> Result<String> {
    if !(0..=9_999).contains(&fields.year) {
        return Err(refer("a year that has not four digits"));
    }
    let pad = |number: i64, width: usize| format!("{number:0width$}");
    let month = MONTHS[(fields.month - 1) as usize];
    let weekday = WEEKDAYS[(fields.weekday() - 1) as usize];
    let twelve = if fields.hour % 12 == 0 { 12 } else { fields.hour % 12 };
    Ok(match name {
        "S" => fields.milli.to_string(),
        "SSS" | "u" => pad(fields.milli, 3),
        "s" => fields.second.to_string(),
        "ss" => pad(fields.second, 2),
        "m" => fields.minute.to_string(),
        "mm" => pad(fields.minute, 2),
        "h" => twelve.to_string(),
        "hh" => pad(twelve, 2),
        "H" => fields.hour.to_string(),
        "HH" => pad(fields.hour, 2),
        "a" => (if fields.hour < 12 { "AM" } else { "PM" }).to_owned(),
        "Z" => offset(date.zone, OffsetForm::Narrow),
        "ZZ" => offset(date.zone, OffsetForm::Colon),
        "ZZZ" => offset(date.zone, OffsetForm::Plain),
        "d" => fields.day.to_string(),
        "dd" => pad(fields.day, 2),
        "c" | "E" => fields.weekday().to_string(),
        "ccc" | "EEE" => weekday[..3].to_owned(),
        "cccc" | "EEEE" => weekday.to_owned(),
        "L" | "M" => fields.month.to_string(),
        "LL" | "MM" => pad(fields.month, 2),
        "LLL" | "MMM" => month[..3].to_owned(),
        "LLLL" | "MMMM" => month.to_owned(),
        "y" => fields.year.to_string(),
        "yy" => pad(fields.year % 100, 2),
        "yyyy" => pad(fields.year, 4),
        "kkkk" => pad(fields.week().0, 4),
        "W" => fields.week().1.to_string(),
        "WW" => pad(fields.week().1, 2),
        "o" => fields.ordinal().to_string(),
        "ooo" => pad(fields.ordinal(), 3),
        "q" => ((fields.month + 2) / 3).to_string(),
        "qq" => pad((fields.month + 2) / 3, 2),
        "X" => date.millis.div_euclid(1_000).to_string(),
        "x" => date.millis.to_string(),
        _ => return Err(refer(format!("the date format token {name}"))),
    })
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum OffsetForm {
    /// `+5:30`
    Narrow,
    /// `+05:30`
    Colon,
    /// `+0530`
    Plain,
}

pub(super) fn offset(zone: Zone, form: OffsetForm) -> String {
    let minutes = zone.offset();
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    match form {
        OffsetForm::Narrow if minutes == 0 => format!("{sign}{hours}"),
        OffsetForm::Narrow => format!("{sign}{hours}:{minutes}"),
        OffsetForm::Colon => format!("{sign}{hours:02}:{minutes:02}"),
        OffsetForm::Plain => format!("{sign}{hours:02}{minutes:02}"),
    }
}
