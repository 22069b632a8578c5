//! A span of time as profiles write it.

use serde::Deserialize;
use serde::de::Error as _;

/// `"30s"`, `"10m"`, `"24h"`, `"90d"`: whole seconds, never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

/// A century: nothing that expires lasts longer.
pub const SPAN_S_MAX: u64 = 100 * 365 * 86_400;

impl Span {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Span> {
        let unit = match text.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        let digits = &text[..text.len() - 1];
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = digits.parse::<u64>().ok().filter(|_| is_plain)?.checked_mul(unit)?;
        (1..=SPAN_S_MAX).contains(&seconds).then_some(Span(seconds))
    }

    /// In the largest unit that fits.
    pub fn text(self) -> String {
        match self.0 {
            seconds if seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
            seconds if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
            seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
            seconds => format!("{seconds}s"),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = String::deserialize(deserializer)?;
        Span::parse(&text)
            .ok_or_else(|| D::Error::custom("expected a span such as \"30s\", \"10m\", \"24h\" or \"90d\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written_in_the_same_words() {
        for text in ["30s", "10m", "24h", "90d", "365d"] {
            let span = Span::parse(text).expect("it is one");
            assert_eq!(Span::parse(&span.text()), Some(span), "{text}");
        }
        for text in ["", "s", "0d", "-1d", "+1d", "1w", "1.5h", "99999999999999d", "36501d", "é"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
