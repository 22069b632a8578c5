//! A date as luxon keeps it: an instant and the zone that it is shown in, and the arithmetic on both.

use jlens_core::Result;
use serde_json::Value;

use super::date_format::{self, OffsetForm};
use super::instants::{civil_from_days, days_from_civil, days_in_month};
use crate::referral::refer;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub(super) const DAY_MS: i64 = 86_400_000;

/// Where a date is shown. The system's zone is UTC, but it is written `+00:00`, not `Z`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Zone {
    System,
    Utc,
    Fixed(i64),
}

impl Zone {
    pub(super) fn offset(self) -> i64 {
        match self {
            Zone::System | Zone::Utc => 0,
            Zone::Fixed(minutes) => minutes,
        }
    }

    pub(super) fn name(self) -> String {
        match self {
            Zone::System | Zone::Utc => "UTC".to_owned(),
            Zone::Fixed(_) => format!("UTC{}", date_format::offset(self, OffsetForm::Narrow)),
        }
    }

    pub(super) fn of(value: Option<&Value>) -> Result<Zone> {
        let Some(Value::String(name)) = value else { return Err(refer("a zone that is no text")) };
        match name.to_lowercase().as_str() {
            "utc" | "gmt" => return Ok(Zone::Utc),
            "system" | "local" | "default" => return Ok(Zone::System),
            _ => {}
        }
        let minutes = name.to_lowercase().strip_prefix("utc").and_then(|offset| {
            let sign = match offset.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let (hours, minutes) = offset[1..].split_once(':').unwrap_or((&offset[1..], "0"));
            let well_formed = (1..=2).contains(&hours.len()) && (minutes.len() == 2 || minutes == "0");
            Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
                .filter(|_| well_formed)
        });
        match minutes {
            Some(0) => Ok(Zone::Utc),
            Some(minutes) => Ok(Zone::Fixed(minutes)),
            None => Err(refer(format!("the time zone {name}"))),
        }
    }
}

/// A date that is valid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Date {
    pub(super) millis: i64,
    pub(super) zone: Zone,
}

/// A date taken apart.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) milli: i64,
}

/// A unit of a duration or a field of a date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Milli,
}

impl Unit {
    pub(super) fn of(name: &str) -> Result<Unit> {
        let name = name.to_lowercase();
        Ok(match name.strip_suffix('s').unwrap_or(&name) {
            "year" => Unit::Year,
            "quarter" => Unit::Quarter,
            "month" => Unit::Month,
            "week" => Unit::Week,
            "day" => Unit::Day,
            "hour" => Unit::Hour,
            "minute" => Unit::Minute,
            "second" => Unit::Second,
            "millisecond" => Unit::Milli,
            _ => return Err(refer(format!("the unit {name}"))),
        })
    }

    /// Its length, where that is always the same.
    pub(super) fn millis(self) -> Option<i64> {
        match self {
            Unit::Week => Some(7 * DAY_MS),
            Unit::Day => Some(DAY_MS),
            Unit::Hour => Some(3_600_000),
            Unit::Minute => Some(60_000),
            Unit::Second => Some(1_000),
            Unit::Milli => Some(1),
            Unit::Year | Unit::Quarter | Unit::Month => None,
        }
    }
}

impl Fields {
    /// The fields of an instant in UTC.
    pub(super) fn at(millis: i64) -> Fields {
        let (year, month, day) = civil_from_days(millis.div_euclid(DAY_MS));
        let of_day = millis.rem_euclid(DAY_MS);
        Fields {
            year,
            month,
            day,
            hour: of_day / 3_600_000,
            minute: of_day / 60_000 % 60,
            second: of_day / 1_000 % 60,
            milli: of_day % 1_000,
        }
    }

    /// Monday is 1.
    pub(super) fn weekday(&self) -> i64 {
        (days_from_civil(self.year, self.month, self.day) + 3).rem_euclid(7) + 1
    }

    pub(super) fn ordinal(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day) - days_from_civil(self.year, 1, 1) + 1
    }

    /// ISO year and week: those of the week's Thursday.
    pub(super) fn week(&self) -> (i64, i64) {
        let thursday = days_from_civil(self.year, self.month, self.day) - self.weekday() + 4;
        let (year, _, _) = civil_from_days(thursday);
        (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
    }
}

impl Date {
    pub(super) fn fields(&self) -> Fields {
        Fields::at(self.millis + self.zone.offset() * 60_000)
    }

    fn with_fields(self, fields: &Fields) -> Result<Date> {
        /// Two hundred thousand years, so that nothing overflows on the way.
        const YEARS_MAX: i64 = 200_000;
        if fields.year.abs() > YEARS_MAX {
            return Err(refer("a year far out of range"));
        }
        Ok(Date { millis: fields.millis() - self.zone.offset() * 60_000, ..self })
    }

    pub(super) fn iso(&self) -> String {
        let fields = self.fields();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{}",
            fields.year,
            fields.month,
            fields.day,
            fields.hour,
            fields.minute,
            fields.second,
            fields.milli,
            self.offset_text()
        )
    }

    pub(super) fn offset_text(&self) -> String {
        match self.zone {
            Zone::Utc => "Z".to_owned(),
            zone => date_format::offset(zone, OffsetForm::Colon),
        }
    }

    pub(super) fn plus(self, amounts: &[(Unit, i64)], sign: i64) -> Result<Date> {
        let mut fields = self.fields();
        let (mut days, mut millis) = (0_i64, 0_i64);
        for (unit, amount) in amounts {
            let amount = sign * amount;
            match unit {
                Unit::Year => fields.year += amount,
                Unit::Quarter => fields.month += 3 * amount,
                Unit::Month => fields.month += amount,
                Unit::Week => days += 7 * amount,
                Unit::Day => days += amount,
                Unit::Hour => millis += amount * 3_600_000,
                Unit::Minute => millis += amount * 60_000,
                Unit::Second => millis += amount * 1_000,
                Unit::Milli => millis += amount,
            }
        }
        clamp_day(&mut fields);
        fields.day += days;
        let moved = self.with_fields(&fields)?;
        Ok(Date { millis: moved.millis + millis, ..moved })
    }

    pub(super) fn set(self, amounts: &[(Unit, i64)]) -> Result<Date> {
        let mut fields = self.fields();
        for (unit, amount) in amounts {
            match unit {
                Unit::Year => fields.year = *amount,
                Unit::Month => fields.month = *amount,
                Unit::Day => fields.day = *amount,
                Unit::Hour => fields.hour = *amount,
                Unit::Minute => fields.minute = *amount,
                Unit::Second => fields.second = *amount,
                Unit::Milli => fields.milli = *amount,
                Unit::Quarter | Unit::Week => return Err(refer("set of a quarter or a week")),
            }
        }
        if amounts.iter().all(|(unit, _)| *unit != Unit::Day) {
            clamp_day(&mut fields);
        }
        self.with_fields(&fields)
    }

    pub(super) fn start_of(self, unit: Unit) -> Result<Date> {
        let fields = self.fields();
        let day = Fields { hour: 0, minute: 0, second: 0, milli: 0, ..fields };
        self.with_fields(&match unit {
            Unit::Year => Fields { month: 1, day: 1, ..day },
            Unit::Quarter => Fields { month: (fields.month - 1) / 3 * 3 + 1, day: 1, ..day },
            Unit::Month => Fields { day: 1, ..day },
            Unit::Week => Fields { day: fields.day - fields.weekday() + 1, ..day },
            Unit::Day => day,
            Unit::Hour => Fields { minute: 0, second: 0, milli: 0, ..fields },
            Unit::Minute => Fields { second: 0, milli: 0, ..fields },
            Unit::Second => Fields { milli: 0, ..fields },
            Unit::Milli => fields,
        })
    }
}

/// A day that the month does not have becomes its last; the month may be out of its range.
fn clamp_day(fields: &mut Fields) {
    let months = fields.year * 12 + fields.month - 1;
    let last = days_in_month(months.div_euclid(12), months.rem_euclid(12) + 1);
    fields.day = fields.day.min(last);
}
