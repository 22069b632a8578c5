//! `$dtFromIso`, `$dtFromFormat` and the methods of what they answer, as luxon has them, in UTC: the zone that
//! production runs in. Other zones than fixed offsets, and locales, are left to the oracle.

use jlens_core::{HostCall, Result};
use serde_json::{Map, Value};

use super::date::{DAY_MS, Date, MONTHS, Unit, WEEKDAYS, Zone};
use super::date_format;
use super::instants::{days_in_month, is_leap};
use super::objects_of_ours::{object, state};
use super::{Answer, Arguments, Function, Takes, argument, date_parse, js, urls};
use crate::referral::{self, refer};

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "dtFromIso", takes: Takes::Any(2), call: from_iso },
    Function { name: "dtFromFormat", takes: Takes::Any(3), call: from_format },
];

macro_rules! methods {
    ($($name:literal => $call:expr,)*) => {
        /// The host functions that calls of methods are rewritten to.
        pub(super) const METHODS_OF_DATES: &[Function] =
            &[$(Function { name: concat!("cutover_", $name), takes: Takes::Any(1), call: $call }),*];
    };
}

methods! {
    "toISO" => |a, c| text(a, c, |date| Ok(date.iso())),
    "toISODate" => |a, c| text(a, c, |date| date_format::write(date, "yyyy-MM-dd")),
    "toISOTime" => |a, c| text(a, c, |date| Ok(date.iso()[11..].to_owned())),
    "toISOWeekDate" => |a, c| text(a, c, |date| date_format::write(date, "kkkk-'W'WW-c")),
    "toSQL" => |a, c| text(a, c, |date| sql(date, "yyyy-MM-dd HH:mm:ss.SSS")),
    "toSQLDate" => |a, c| text(a, c, |date| date_format::write(date, "yyyy-MM-dd")),
    "toSQLTime" => |a, c| text(a, c, |date| sql(date, "HH:mm:ss.SSS")),
    "toRFC2822" => |a, c| text(a, c, |date| date_format::write(date, "EEE, dd LLL yyyy HH:mm:ss ZZZ")),
    "toHTTP" => |a, c| text(a, c, |date| {
        date_format::write(&Date { millis: date.millis, zone: Zone::Utc }, "EEE, dd LLL yyyy HH:mm:ss 'GMT'")
    }),
    "toFormat" => to_format,
    "toMillis" => |a, c| number(a, c, |millis| millis as f64),
    "valueOf" => |a, c| number(a, c, |millis| millis as f64),
    "toSeconds" => |a, c| number(a, c, |millis| millis as f64 / 1_000.0),
    "toUnixInteger" => |a, c| number(a, c, |millis| millis.div_euclid(1_000) as f64),
    "toUTC" => |a, c| changed(a, c, |date, arguments| match argument(arguments, 0) {
        None => Ok(Date { zone: Zone::Utc, ..date }),
        Some(_) => Err(refer("toUTC with an argument")),
    }),
    "toLocal" => |a, c| changed(a, c, |date, _| Ok(Date { zone: Zone::System, ..date })),
    "setZone" => |a, c| changed(a, c, |date, arguments| {
        if arguments.len() > 1 {
            return Err(refer("setZone with options"));
        }
        Ok(Date { zone: Zone::of(argument(arguments, 0))?, ..date })
    }),
    "plus" => |a, c| changed(a, c, |date, arguments| date.plus(&amounts(argument(arguments, 0))?, 1)),
    "minus" => |a, c| changed(a, c, |date, arguments| date.plus(&amounts(argument(arguments, 0))?, -1)),
    "set" => |a, c| changed(a, c, |date, arguments| date.set(&amounts(argument(arguments, 0))?)),
    "startOf" => |a, c| changed(a, c, |date, arguments| date.start_of(unit(argument(arguments, 0))?)),
    "endOf" => |a, c| changed(a, c, |date, arguments| {
        let unit = unit(argument(arguments, 0))?;
        let next = date.plus(&[(unit, 1)], 1)?.start_of(unit)?;
        Ok(Date { millis: next.millis - 1, ..next })
    }),
    "diff" => diff,
    "toObject" => duration_object,
    "as" => duration_as,
    "get" => duration_as,
    "setLocale" => left_to_the_oracle,
    "reconfigure" => left_to_the_oracle,
    "toJSDate" => left_to_the_oracle,
    "toRelative" => left_to_the_oracle,
    "toRelativeCalendar" => left_to_the_oracle,
    "toLocaleString" => left_to_the_oracle,
    "diffNow" => left_to_the_oracle,
    "until" => left_to_the_oracle,
    "hasSame" => left_to_the_oracle,
    "equals" => left_to_the_oracle,
    "shiftTo" => left_to_the_oracle,
    "normalize" => left_to_the_oracle,
    "negate" => left_to_the_oracle,
    "toString" => left_to_the_oracle,
    "toJSON" => left_to_the_oracle,
    "rescale" => left_to_the_oracle,
}

/// The members of a date that are numbers or depend on it.
pub(super) const GETTERS: [&str; 25] = [
    "year",
    "quarter",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "weekYear",
    "weekNumber",
    "weekday",
    "ordinal",
    "monthShort",
    "monthLong",
    "weekdayShort",
    "weekdayLong",
    "offset",
    "daysInMonth",
    "daysInYear",
    "isInLeapYear",
    "isInDST",
    "isOffsetFixed",
    "zoneName",
    "zone",
    "isValid",
];

/// The members that are left to the oracle.
pub(super) const HARD_GETTERS: [&str; 8] = [
    "weeksInWeekYear",
    "offsetNameShort",
    "offsetNameLong",
    "invalidReason",
    "invalidExplanation",
    "numberingSystem",
    "outputCalendar",
    "locale",
];

/// A date as the object that stands for it.
fn value(date: &Date) -> Result<Value> {
    let fields = date.fields();
    if !(0..=9_999).contains(&fields.year) {
        return Err(refer("a year that has not four digits"));
    }
    let zone = match date.zone {
        Zone::System => Value::from("system"),
        Zone::Utc => Value::from("utc"),
        Zone::Fixed(minutes) => Value::from(minutes),
    };
    let mut map = object(Value::from(date.iso()), Value::Array(vec![Value::from(date.millis), zone]));
    let (week_year, week) = fields.week();
    let month = MONTHS[(fields.month - 1) as usize];
    let weekday = WEEKDAYS[(fields.weekday() - 1) as usize];
    let members: [Value; 25] = [
        fields.year.into(),
        ((fields.month + 2) / 3).into(),
        fields.month.into(),
        fields.day.into(),
        fields.hour.into(),
        fields.minute.into(),
        fields.second.into(),
        fields.milli.into(),
        week_year.into(),
        week.into(),
        fields.weekday().into(),
        fields.ordinal().into(),
        month[..3].into(),
        month.into(),
        weekday[..3].into(),
        weekday.into(),
        date.zone.offset().into(),
        days_in_month(fields.year, fields.month).into(),
        (if is_leap(fields.year) { 366 } else { 365 }).into(),
        is_leap(fields.year).into(),
        false.into(),
        (date.zone != Zone::System).into(),
        date.zone.name().into(),
        date.zone.name().into(),
        true.into(),
    ];
    map.extend(GETTERS.iter().map(|name| (*name).to_owned()).zip(members));
    Ok(Value::Object(map))
}

/// A date, or what luxon calls an invalid one: most of its members are not numbers, which JSON has not.
fn date_value(date: Option<Date>) -> Answer {
    match date {
        Some(date) => value(&date).map(Some),
        None if referral::reads_getters() => Err(refer("a member of an invalid date")),
        None => {
            let mut invalid = object(Value::Null, Value::Null);
            invalid.insert("isValid".to_owned(), Value::Bool(false));
            Ok(Some(Value::Object(invalid)))
        }
    }
}

fn from_iso(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let zone = match argument(arguments, 1) {
        zone if js::truthy(zone) => Zone::of(zone)?,
        _ => Zone::System,
    };
    let millis = match argument(arguments, 0) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => date_parse::iso(text)?,
        Some(_) => return Err(refer("a date that is no text")),
    };
    date_value(millis.map(|millis| Date { millis, zone }))
}

fn from_format(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    if argument(arguments, 2).is_some() {
        return Err(refer("$dtFromFormat with options"));
    }
    let (Some(Value::String(text)), Some(Value::String(format))) =
        (argument(arguments, 0), argument(arguments, 1))
    else {
        return Err(refer("$dtFromFormat of what is no text"));
    };
    let millis = match format.as_str() {
        "ISO" => date_parse::iso(text)?,
        "RFC2822" => return Err(refer("$dtFromFormat by RFC 2822")),
        "fromSeconds" => {
            let all_digits =
                text.len() <= 11 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if !all_digits {
                return Err(refer("seconds that are no plain digits"));
            }
            text.parse::<i64>().ok().map(|seconds| seconds * 1_000)
        }
        _ => date_parse::with_format(text, format)?,
    };
    date_value(millis.map(|millis| Date { millis, zone: Zone::System }))
}

/// What a method is called on.
enum Receiver {
    Date(Date),
    Invalid,
    Duration(Vec<(String, f64)>),
}

fn receiver(call: &HostCall<'_>) -> Result<Receiver> {
    let value = call.input();
    read(value.as_ref()).unwrap_or_else(|| Err(jlens_core::Error::new("T1006")))
}

/// Reads an object of ours; `None` where it is none.
fn read(value: Option<&Value>) -> Option<Result<Receiver>> {
    Some(Ok(match state(value)? {
        Value::Null => Receiver::Invalid,
        Value::Array(parts) => {
            let millis = parts.first()?.as_f64()? as i64;
            let zone = match parts.get(1)? {
                Value::String(name) if name == "utc" => Zone::Utc,
                Value::String(_) => Zone::System,
                minutes => Zone::Fixed(minutes.as_f64()? as i64),
            };
            Receiver::Date(Date { millis, zone })
        }
        Value::Object(units) => Receiver::Duration(
            units.iter().map(|(unit, amount)| (unit.clone(), amount.as_f64().unwrap_or(f64::NAN))).collect(),
        ),
        _ => return None,
    }))
}

fn date(call: &HostCall<'_>) -> Result<Option<Date>> {
    match receiver(call)? {
        Receiver::Date(date) => Ok(Some(date)),
        Receiver::Invalid => Ok(None),
        Receiver::Duration(_) => Err(refer("a method on a duration")),
    }
}

fn text(arguments: Arguments<'_>, call: &HostCall<'_>, write: fn(&Date) -> Result<String>) -> Answer {
    if argument(arguments, 0).is_some() {
        return Err(refer("a date written with options"));
    }
    Ok(Some(match date(call)? {
        Some(date) => Value::from(write(&date)?),
        None => Value::Null,
    }))
}

/// With the offset, which is `Z` in UTC.
fn sql(date: &Date, format: &str) -> Result<String> {
    Ok(format!("{} {}", date_format::write(date, format)?, date.offset_text()))
}

fn to_format(arguments: Arguments<'_>, call: &HostCall<'_>) -> Answer {
    let (Some(Value::String(format)), None) = (argument(arguments, 0), argument(arguments, 1)) else {
        return Err(refer("toFormat with options"));
    };
    Ok(Some(Value::from(match date(call)? {
        Some(date) => date_format::write(&date, format)?,
        None => "Invalid DateTime".to_owned(),
    })))
}

fn number(_: Arguments<'_>, call: &HostCall<'_>, of: fn(i64) -> f64) -> Answer {
    js::finite(date(call)?.map_or(f64::NAN, |date| of(date.millis)))
}

fn changed(
    arguments: Arguments<'_>,
    call: &HostCall<'_>,
    change: fn(Date, Arguments<'_>) -> Result<Date>,
) -> Answer {
    let date = date(call)?;
    date_value(date.map(|date| change(date, arguments)).transpose()?)
}

/// `{"days": 1}`, or a number of milliseconds.
fn amounts(value: Option<&Value>) -> Result<Vec<(Unit, i64)>> {
    /// A million years of milliseconds would overflow; whoever adds so much gets the oracle's answer.
    const AMOUNT_MAX: f64 = 1e12;
    let whole = |value: &Value| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= AMOUNT_MAX);
        number.map(|number| number as i64).ok_or_else(|| refer("an amount of time that is no whole number"))
    };
    match value {
        Some(Value::Number(_)) => Ok(vec![(Unit::Milli, whole(value.expect("just matched"))?)]),
        Some(Value::Object(map)) if state(value).is_none() => {
            map.iter().map(|(unit, amount)| Ok((Unit::of(unit)?, whole(amount)?))).collect()
        }
        _ => Err(refer("an amount of time of an unusual form")),
    }
}

fn unit(value: Option<&Value>) -> Result<Unit> {
    match value {
        Some(Value::String(name)) => Unit::of(name),
        _ => Err(refer("a unit that is no text")),
    }
}

/// The time between two dates in one unit of a fixed length.
fn diff(arguments: Arguments<'_>, call: &HostCall<'_>) -> Answer {
    let name = match argument(arguments, 1) {
        None => "milliseconds",
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => match names.as_slice() {
            [Value::String(name)] => name,
            _ => return Err(refer("a difference in several units")),
        },
        Some(_) => return Err(refer("a unit that is no text")),
    };
    let (Some(date), Some(Ok(Receiver::Date(other)))) = (date(call)?, read(argument(arguments, 0))) else {
        return Err(refer("a difference of invalid dates"));
    };
    let length = Unit::of(name)?.millis().ok_or_else(|| refer("a difference in months or years"))?;
    let millis = date.millis - other.millis;
    let rest = millis % length;
    // luxon reaches a fraction of an hour by steps that round.
    if rest != 0 && length != DAY_MS {
        return Err(refer("a difference that is no whole number of units"));
    }
    let amount = (millis / length) as f64 + rest as f64 / length as f64;
    let lower = name.to_lowercase();
    let plural = if lower.ends_with('s') { lower } else { format!("{lower}s") };
    duration(vec![(plural, amount)])
}

fn duration(units: Vec<(String, f64)>) -> Answer {
    let plain: Map<String, Value> =
        units.into_iter().map(|(unit, amount)| (unit, js::double(amount))).collect();
    let mut map = object(Value::from(REFER), Value::Object(plain.clone()));
    map.extend(plain);
    Ok(Some(Value::Object(map)))
}

/// The text of what the output must not hold: how luxon writes a duration is left to the oracle.
pub(crate) const REFER: &str = "\u{1}cutover:refer";

fn units(call: &HostCall<'_>) -> Result<Vec<(String, f64)>> {
    match receiver(call)? {
        Receiver::Duration(units) => Ok(units),
        Receiver::Date(_) | Receiver::Invalid => Err(refer("a method of durations on a date")),
    }
}

fn duration_object(_: Arguments<'_>, call: &HostCall<'_>) -> Answer {
    let units = units(call)?.into_iter().map(|(unit, amount)| (unit, js::double(amount)));
    Ok(Some(Value::Object(units.collect())))
}

/// The amount in a unit; `get` is also what parameters of a URL have.
fn duration_as(arguments: Arguments<'_>, call: &HostCall<'_>) -> Answer {
    if let Some(values) = urls::values(arguments, call.input().as_ref()) {
        return values.map(|values| Some(values.into_iter().next().unwrap_or(Value::Null)));
    }
    let Some(Value::String(wanted)) = argument(arguments, 0) else {
        return Err(refer("a unit that is no text"));
    };
    let found = units(call)?.into_iter().find(|(unit, _)| unit == wanted);
    found.map_or_else(|| Err(refer("a duration in another unit")), |(_, amount)| js::finite(amount))
}

fn left_to_the_oracle(_: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    Err(refer("a method on a date that is not implemented natively"))
}
