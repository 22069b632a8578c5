//! Values that no recording has, in the format that all of them have there.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::fields::Field;
use crate::random::Random;
use crate::tree::Tree;

/// What names and titles are made of.
const PLAIN: &str = "[A-Z][a-z]{1,9}( [A-Z]?[a-z]{1,9}){0,2}";

/// The same in letters beyond ASCII, with what real names have in them: accents, hyphens, apostrophes, other scripts,
/// characters beyond the basic plane.
const UNICODE: &str = "([À-ÖØ-öø-ž]{2,8}(-[À-ÖØ-öø-ž]{2,6})?|[Α-ΡΣ-ω]{3,9}|[а-яА-Я]{3,9}|[ぁ-ゖ]{2,6}|[一-龥]{2,4}|[א-ת]{3,8}|O'[A-Z][a-z]{2,7}|[A-Z][a-z]{1,5} [🎉🚀👩])";

/// Texts drawn once for a run; a case takes one of them.
const POOL: usize = 96;

/// Texts for any field of free text.
#[derive(Clone, Debug)]
pub struct Pools {
    plain: Vec<String>,
    unicode: Vec<String>,
}

impl Pools {
    /// Draws them from a seed.
    pub fn of(seed: u64) -> Pools {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut draw = |pattern: &str| -> Vec<String> {
            let Ok(strategy) = string_regex(pattern) else { return Vec::new() };
            let texts = (0..POOL).filter_map(|_| strategy.new_tree(&mut runner).ok());
            texts.map(|tree| tree.current()).collect()
        };
        Pools { plain: draw(PLAIN), unicode: draw(UNICODE) }
    }

    /// A text for a field of free text.
    pub fn plain(&self, random: &mut Random) -> Option<Tree> {
        random.one(&self.plain).map(|text| Tree::text(text.as_str()))
    }

    /// A text beyond ASCII for a field of free text.
    pub fn unicode(&self, random: &mut Random) -> Option<Tree> {
        random.one(&self.unicode).map(|text| Tree::text(text.as_str()))
    }
}

/// How the texts of a field are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// One of few words.
    Enum,
    /// A moment or a day, in one spelling.
    Instant,
    /// Letters, digits and signs in a fixed arrangement: ids, numbers, addresses.
    Coded,
    /// Words that people wrote.
    Free,
}

/// How the texts of a field are made; nothing where it has none.
pub fn look(field: &Field) -> Option<Look> {
    let texts = || {
        field.values.iter().filter_map(|value| match value {
            Tree::Text(text) if !text.is_empty() => Some(&**text),
            _ => None,
        })
    };
    texts().next()?;
    if texts().all(is_instant) {
        return Some(Look::Instant);
    }
    if field.is_enum() {
        return Some(Look::Enum);
    }
    let is_wordy = |text: &str| {
        text.chars().all(|char| char.is_alphabetic() || matches!(char, ' ' | '-' | '\'' | '.' | ',' | '&'))
            && text.chars().any(char::is_uppercase)
            && text.chars().any(char::is_lowercase)
    };
    let wordy = texts().filter(|text| is_wordy(text)).count();
    Some(if wordy * 2 > texts().count() { Look::Free } else { Look::Coded })
}

/// `2026-01-05`, and whatever begins so and goes on with a time.
pub fn is_instant(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_day = bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_day && (bytes.len() == 10 || compare::instant::of_text(text).is_some())
}

/// Days on which mappings stumble: leap days, ends of years and months, changes of summer time, long ago and far ahead.
const DAYS: [&str; 10] = [
    "2024-02-29",
    "2023-12-31",
    "2024-01-01",
    "2025-03-30",
    "2025-10-26",
    "2026-06-30",
    "1999-12-31",
    "1970-01-01",
    "2000-02-29",
    "2038-01-19",
];
const TIMES: [&str; 6] = ["00:00:00", "23:59:59", "12:00:00", "01:30:00", "02:30:00", "09:05:07"];

/// Another moment in the spelling of one that was recorded; nothing where it is no moment.
pub fn instant_like(recorded: &str, random: &mut Random) -> Option<String> {
    if !is_instant(recorded) {
        return None;
    }
    let day = random.one(&DAYS).copied().unwrap_or(DAYS[0]);
    let mut text = format!("{day}{}", &recorded[10..]);
    // Minutes may be all there is.
    let has_seconds =
        recorded.as_bytes().get(13) == Some(&b':') && recorded.as_bytes().get(16) == Some(&b':');
    if has_seconds && recorded.len() >= 19 {
        text.replace_range(11..19, random.one(&TIMES).copied().unwrap_or(TIMES[0]));
        if recorded.as_bytes().get(19) == Some(&b'.') {
            let digits = recorded[20..].bytes().take_while(u8::is_ascii_digit).count();
            let fraction: String = (0..digits).map(|_| digit(random)).collect();
            text.replace_range(20..20 + digits, &fraction);
        }
    }
    Some(text)
}

/// The same arrangement with other letters and digits: what stands between them stays, and so does a leading zero's
/// absence.
pub fn coded_like(recorded: &str, random: &mut Random) -> String {
    let mut text = String::with_capacity(recorded.len());
    let mut is_first_of_run = true;
    for char in recorded.chars() {
        let other = match char {
            '0' if is_first_of_run => '0',
            '1'..='9' if is_first_of_run => (b'1' + random.below(9) as u8) as char,
            '0'..='9' => digit(random),
            'a'..='z' => (b'a' + random.below(26) as u8) as char,
            'A'..='Z' => (b'A' + random.below(26) as u8) as char,
            other => other,
        };
        is_first_of_run = !char.is_ascii_alphanumeric();
        text.push(other);
    }
    text
}

fn digit(random: &mut Random) -> char {
    (b'0' + random.below(10) as u8) as char
}

/// A number between the least and ten times the largest that was recorded, with as many digits behind the point.
pub fn number_like(field: &Field, random: &mut Random) -> Tree {
    let numbers = &field.numbers;
    let scale = 10_f64.powi(numbers.decimals as i32);
    let most = if numbers.most > 0.0 { numbers.most * 10.0 } else { numbers.most };
    // Beyond 2^53 a double is not exact; what was recorded beyond it is left as it is.
    let bound = |number: f64| (number * scale).clamp(-9.0e15, 9.0e15) as i64;
    let digits = random.between(bound(numbers.least), bound(most));
    Tree::Number(decimal(digits, numbers.decimals).into())
}

fn decimal(digits: i64, decimals: usize) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let text = format!("{:0width$}", digits.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = text.split_at(text.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}
