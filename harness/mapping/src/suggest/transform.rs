//! One place's value, changed in one of the usual ways; and what stands where there is none.
//!
//! Each transformation is known twice: as JSONata, for the draft, and here, to search with. Where the two differ,
//! the draft's own evaluation tells, and the line is not proposed.

use std::borrow::Cow;

use compare::instant;
use jiff::Timestamp;
use serde_json::Value;

use super::paths::text;

/// What is done to a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Transform {
    Copy,
    Number,
    Text,
    Lowercase,
    Uppercase,
    Trim,
    Not,
    IsTrue,
    Instant,
    Day,
    SqlInstant,
    SecondsInstant,
    Millis,
    Seconds,
    FromMillis,
    FromSeconds,
    Times(f64),
    RoundedTimes(f64),
    Digits,
    Wrapped,
    First,
    Count,
    Joined(&'static str),
    Split {
        separator: &'static str,
        at: i64,
    },
    /// Texts to values; what is not in it is undefined.
    Table(Vec<(String, Value)>),
}

const SEPARATORS: &[&str] = &[" ", ",", ", ", "@", "/", "-", "_", ":", ".", "|", ";"];

/// All but tables, the simplest first.
pub(super) fn transforms() -> Vec<Transform> {
    use Transform as T;
    let mut out = vec![
        T::Copy,
        T::Number,
        T::Text,
        T::Lowercase,
        T::Uppercase,
        T::Trim,
        T::Not,
        T::IsTrue,
        T::Instant,
        T::Day,
        T::SecondsInstant,
        T::SqlInstant,
        T::Millis,
        T::Seconds,
        T::FromMillis,
        T::FromSeconds,
        T::Times(100.0),
        T::RoundedTimes(100.0),
        T::Times(0.01),
        T::Digits,
        T::Wrapped,
        T::First,
        T::Count,
        T::Joined(","),
        T::Joined(", "),
        T::Joined(" "),
    ];
    for separator in SEPARATORS {
        out.extend([0, 1, -1, 2].map(|at| T::Split { separator, at }));
    }
    out
}

impl Transform {
    /// How much a reader must take in: copies before conversions before splits before tables.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Transform::Copy => 1,
            Transform::Split { .. } => 4,
            Transform::Table(_) => 6,
            Transform::First | Transform::Count | Transform::Joined(_) | Transform::Digits => 3,
            _ => 2,
        }
    }

    /// What it makes of a value that is not null; none where production would fail or find nothing.
    pub(super) fn apply<'v>(&self, value: &'v Value) -> Option<Cow<'v, Value>> {
        use Transform as T;
        let owned = match (self, value) {
            (T::Copy, value) => return Some(Cow::Borrowed(value)),
            (T::First, Value::Array(list)) => return list.first().map(Cow::Borrowed),
            (T::Wrapped, value) => Value::Array(vec![value.clone()]),
            (T::Count, Value::Array(list)) => list.len().into(),
            (T::Number, Value::String(text)) => {
                number(text.trim().parse().ok().filter(|_| is_number(text))?)?
            }
            (T::Text, Value::Number(_) | Value::Bool(_)) => value.to_string().into(),
            (T::Lowercase, Value::String(text)) => text.to_lowercase().into(),
            (T::Uppercase, Value::String(text)) => text.to_uppercase().into(),
            (T::Trim, Value::String(text)) => text.split_whitespace().collect::<Vec<_>>().join(" ").into(),
            (T::Digits, Value::String(text)) => {
                text.chars().filter(char::is_ascii_digit).collect::<String>().into()
            }
            (T::Not, Value::Bool(flag)) => (!flag).into(),
            (T::IsTrue, Value::String(text)) if text == "true" || text == "false" => (text == "true").into(),
            (T::Times(by), Value::Number(amount)) => number(amount.as_f64()? * by)?,
            (T::RoundedTimes(by), Value::Number(amount)) => number((amount.as_f64()? * by).round())?,
            (T::Joined(separator), Value::Array(list)) => {
                list.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?.join(separator).into()
            }
            (T::Split { separator, at }, Value::String(text)) => part(text, separator, *at)?.into(),
            (T::Table(entries), value) => {
                let key = scalar_text(value)?;
                entries.iter().find(|(entry, _)| *entry == key)?.1.clone()
            }
            (T::FromMillis, Value::Number(number)) => spelled(number.as_i64()?, Spelling::Javascript)?.into(),
            (T::FromSeconds, Value::Number(number)) => {
                spelled(number.as_i64()?.checked_mul(1_000)?, Spelling::Javascript)?.into()
            }
            (T::Day, Value::String(text)) => text.get(..10).filter(|_| text.len() > 10)?.into(),
            (instant, Value::String(text)) => instant.of_instant(millis(text)?)?,
            _ => return None,
        };
        Some(Cow::Owned(owned))
    }

    fn of_instant(&self, millis: i64) -> Option<Value> {
        Some(match self {
            Transform::Instant => spelled(millis, Spelling::Javascript)?.into(),
            Transform::SqlInstant => spelled(millis, Spelling::Sql)?.into(),
            Transform::SecondsInstant => spelled(millis, Spelling::Seconds)?.into(),
            Transform::Millis => millis.into(),
            Transform::Seconds => number(millis as f64 / 1_000.0)?,
            _ => return None,
        })
    }

    /// As JSONata.
    pub(super) fn expression(&self, path: &str) -> String {
        use Transform as T;
        match self {
            T::Copy => path.to_owned(),
            T::Number => format!("$number({path})"),
            T::Text => format!("$string({path})"),
            T::Lowercase => format!("$lowercase({path})"),
            T::Uppercase => format!("$uppercase({path})"),
            T::Trim => format!("$trim({path})"),
            T::Not => format!("$not({path})"),
            T::IsTrue => format!("{path} = \"true\""),
            T::Instant => format!("$fromMillis($toMillis({path}))"),
            T::Day => format!("$substring({path}, 0, 10)"),
            T::SqlInstant => {
                format!("$fromMillis($toMillis({path}), \"[Y0001]-[M01]-[D01] [H01]:[m01]:[s01]\")")
            }
            T::SecondsInstant => {
                format!("$fromMillis($toMillis({path}), \"[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01]Z\")")
            }
            T::Millis => format!("$toMillis({path})"),
            T::Seconds => format!("$toMillis({path}) / 1000"),
            T::FromMillis => format!("$fromMillis({path})"),
            T::FromSeconds => format!("$fromMillis({path} * 1000)"),
            T::Times(by) => format!("{path} * {by}"),
            T::RoundedTimes(by) => format!("$round({path} * {by})"),
            T::Digits => format!("$replace({path}, /[^0-9]/, \"\")"),
            T::Wrapped => format!("[{path}]"),
            T::First => format!("{path}[0]"),
            T::Count => format!("$count({path})"),
            T::Joined(separator) => format!("$join({path}, {})", text(separator)),
            T::Split { separator, at } => format!("$split({path}, {})[{at}]", text(separator)),
            T::Table(entries) => {
                let entry = |(key, value): &(String, Value)| format!("{}: {value}", text(key));
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("$lookup({{ {} }}, $string({path}))", entries.join(", "))
            }
        }
    }
}

/// What a table's key is written as.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn part<'t>(text: &'t str, separator: &str, at: i64) -> Option<&'t str> {
    let parts: Vec<&str> = text.split(separator).collect();
    let at = if at < 0 { parts.len().checked_sub(1)? } else { usize::try_from(at).ok()? };
    // A text without the separator is not split: its whole would be a copy.
    parts.get(at).copied().filter(|_| parts.len() > 1)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.ends_with(|c: char| c.is_ascii_digit())
}

/// A double as JavaScript prints it: without a fraction where it has none.
pub(super) fn number(value: f64) -> Option<Value> {
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < WHOLE_MAX {
        return Some((value as i64).into());
    }
    serde_json::Number::from_f64(value).map(Value::Number)
}

fn millis(text: &str) -> Option<i64> {
    const DAY_BYTES: usize = 10;
    let whole = if text.len() == DAY_BYTES { format!("{text}T00:00:00Z") } else { text.to_owned() };
    i64::try_from(instant::of_text(&whole)? / 1_000_000).ok()
}

#[derive(Clone, Copy)]
enum Spelling {
    Javascript,
    Seconds,
    Sql,
}

fn spelled(millis: i64, spelling: Spelling) -> Option<String> {
    let instant = Timestamp::from_millisecond(millis).ok()?;
    Some(match spelling {
        Spelling::Javascript => instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        Spelling::Seconds => instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Spelling::Sql => instant.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    })
}

/// What stands where the source has nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Otherwise {
    /// The field is left out.
    Absent,
    /// A value: null, or a default.
    Value(Value),
}

/// When the transformation is applied.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Guard {
    /// Always.
    None,
    /// Unless the source has null or nothing.
    Given(Otherwise),
    /// Unless the source is null, absent, empty, zero or false.
    Filled(Otherwise),
}

impl Guard {
    /// Whether the transformation is applied to a value, and if not, what stands there: `Err` where the
    /// expression would fail.
    pub(super) fn stands<'g>(
        &'g self,
        transform: &Transform,
        value: Option<&'g Value>,
    ) -> Result<Option<&'g Value>, Applied> {
        let other = |otherwise: &'g Otherwise| match otherwise {
            Otherwise::Absent => None,
            Otherwise::Value(value) => Some(value),
        };
        match (self, value) {
            (Guard::None, None) => match transform {
                Transform::Wrapped | Transform::Not | Transform::Count | Transform::IsTrue => {
                    Err(Applied::Fails)
                }
                _ => Ok(None),
            },
            (Guard::None, Some(Value::Null)) if *transform == Transform::Copy => Ok(value),
            (Guard::None, Some(Value::Null)) => Err(Applied::Fails),
            (Guard::Given(otherwise), None | Some(Value::Null)) => Ok(other(otherwise)),
            (Guard::Filled(otherwise), value) if !value.is_some_and(is_filled) => Ok(other(otherwise)),
            (Guard::None | Guard::Given(_) | Guard::Filled(_), _) => Err(Applied::Yes),
        }
    }

    /// As JSONata.
    pub(super) fn expression(&self, transform: &Transform, path: &str) -> String {
        let applied = transform.expression(path);
        let (condition, otherwise) = match self {
            Guard::None => return applied,
            Guard::Given(otherwise) if *transform == Transform::Copy => match otherwise {
                Otherwise::Value(Value::Null) => return format!("$orNull({path})"),
                Otherwise::Absent => return format!("$given({path})"),
                Otherwise::Value(_) => (format!("{path} != null"), otherwise),
            },
            Guard::Given(otherwise) => (format!("{path} != null"), otherwise),
            Guard::Filled(otherwise) => (path.to_owned(), otherwise),
        };
        match otherwise {
            Otherwise::Absent => format!("{condition} ? {applied}"),
            Otherwise::Value(value) => format!("{condition} ? {applied} : {value}"),
        }
    }
}

/// Whether a guard lets the transformation be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// It is.
    Yes,
    /// It is, and fails.
    Fails,
}

/// JSONata's truth of a value.
pub(super) fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(is_filled),
        Value::Object(map) => !map.is_empty(),
    }
}
