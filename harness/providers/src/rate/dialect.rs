//! The dialects of services that follow no draft, as `mappings/rate-limits.toml` describes them.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Headers, RateLimit, delta, instant, number, until_ms};
use crate::profile::{Confidence, HeaderName, ProfileError, told};

/// How a service tells what is left of a limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// As profiles call it.
    pub name: String,
    /// How it is known.
    pub confidence: Confidence,
    /// The header with the limit.
    pub limit: Option<HeaderName>,
    /// The header with what is left.
    pub remaining: Option<HeaderName>,
    /// The header with the window's end.
    pub reset: Option<HeaderName>,
    /// How the end is written.
    #[serde(default)]
    pub reset_as: ResetAs,
    /// The header with the window's length, where no end is told: it cannot take longer.
    pub window: Option<HeaderName>,
    /// In which unit.
    #[serde(default)]
    pub window_as: WindowAs,
    /// The header with `name=USED/LIMIT`.
    pub used: Option<HeaderName>,
    /// The name in it.
    pub used_key: Option<String>,
    /// For people.
    pub note: Option<String>,
}

/// How a window's end is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetAs {
    /// Seconds from now.
    #[default]
    Seconds,
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMs,
    /// ISO 8601.
    Instant,
}

/// In which unit a window's length is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowAs {
    /// Seconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DialectFile {
    #[serde(default)]
    dialect: Vec<Dialect>,
}

/// Reads a file of dialects.
pub fn parse_dialects(text: &str) -> Result<Vec<Dialect>, ProfileError> {
    let file: DialectFile = toml::from_str(text).map_err(|error| told(&error))?;
    let silent = |dialect: &&Dialect| {
        dialect.remaining.is_none() && (dialect.used.is_none() || dialect.used_key.is_none())
    };
    if let Some(dialect) = file.dialect.iter().find(silent) {
        let message = format!("the dialect `{}` tells neither what remains nor what was used", dialect.name);
        return Err(ProfileError { message, span: None });
    }
    Ok(file.dialect)
}

impl Dialect {
    /// Whether it reads a header of this lower-case name.
    pub fn reads(&self, name: &str) -> bool {
        let headers = [&self.limit, &self.remaining, &self.reset, &self.window, &self.used];
        headers.into_iter().flatten().any(|known| known.0 == name)
    }

    /// What headers say in this dialect; nothing where they do not say what is left.
    pub(super) fn read(&self, headers: &Headers, now: Timestamp) -> Option<RateLimit> {
        let mut found = RateLimit::default();
        let mut take = |name: &Option<HeaderName>| {
            let name = name.as_ref()?;
            let text = headers.get(&name.0)?.first()?.clone();
            found.from.push(name.0.clone());
            Some(text)
        };
        let (limit, remaining, reset, window) =
            (take(&self.limit), take(&self.remaining), take(&self.reset), take(&self.window));
        let used = take(&self.used).and_then(|text| usage(&text, self.used_key.as_deref()?));
        found.limit = limit.as_deref().and_then(number);
        found.remaining = remaining.as_deref().and_then(number);
        if let Some((used, of)) = used {
            found.limit = Some(of);
            found.remaining = Some(of.saturating_sub(used));
        }
        found.remaining?;
        if let Some(window) = window.as_deref().and_then(number) {
            let ms = match self.window_as {
                WindowAs::Seconds => window.saturating_mul(1_000),
                WindowAs::Milliseconds => window,
            };
            found.window_s = Some(ms / 1_000);
            found.resets_in_ms = Some(ms);
        }
        if let Some(reset) = &reset {
            let (ms, doubt) = self.resets_in(reset, now)?;
            found.resets_in_ms = Some(ms);
            found.doubts.extend(doubt);
        }
        Some(found)
    }

    fn resets_in(&self, text: &str, now: Timestamp) -> Option<(u64, Option<super::Doubt>)> {
        let moment = match self.reset_as {
            ResetAs::Seconds => return delta(text, now),
            ResetAs::Unix => Timestamp::from_second(text.trim().parse::<f64>().ok()? as i64).ok()?,
            ResetAs::UnixMs => Timestamp::from_millisecond(text.trim().parse().ok()?).ok()?,
            ResetAs::Instant => instant(text)?,
        };
        Some((until_ms(moment, now), None))
    }
}

/// `api-usage=10018/100000; api-bursts=1/750` by a key: used, and of how many.
fn usage(text: &str, key: &str) -> Option<(u64, u64)> {
    let part =
        text.split([';', ',']).map(str::trim).find_map(|part| part.strip_prefix(key)?.strip_prefix('='))?;
    let part = part.split('(').next().unwrap_or(part);
    let (used, of) = part.split_once('/')?;
    Some((number(used)?, number(of)?))
}
