//! What is told by its look: dates, which stay, and e-mail addresses, phone numbers and ids, wherever they stand.

mod plain;

use std::ops::Range;

use super::names::{Class, Kind, class_of};
use super::words::{WordKind, words};
pub(super) use plain::{email_endings_of_plain, is_plain_figure, personal_of_plain};

/// A number of so many digits in a text that nothing is known of is an id or a phone number, not a quantity.
const LONG_NUMBER_DIGITS_MIN: usize = 9;

/// In a URL a shorter one is an id already: quantities do not stand there.
const URL_NUMBER_DIGITS_MIN: usize = 5;

/// Unix time in milliseconds has so many digits and begins with a one, until 2033.
const UNIX_MILLIS_DIGITS: usize = 13;

/// A run of letters and digits, both in it, of this length is made by a machine to tell a record by.
const TOKEN_BYTES_MIN: usize = 15;

/// A phone number has so many digits (ITU-T E.164).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A longer text is no date in any spelling.
const DATE_BYTES_MAX: usize = 40;

/// A span that is personal by its look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub span: Range<usize>,
    pub kind: Kind,
}

/// Whether the whole text is a date or a time: digits, the signs that stand between them, `T`, `Z`, `UTC`, `GMT`, and
/// the English names of days and months.
pub(super) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let may_be = (8..=DATE_BYTES_MAX).contains(&bytes.len())
        && bytes.last().is_some_and(|byte| byte.is_ascii_digit() || b"CMTZz".contains(byte));
    if !may_be || !text.is_ascii() {
        return false;
    }
    let digits =
        |range: Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let is_iso = digits(0..4) && bytes[4] == b'-' && digits(5..7) && bytes[7] == b'-' && digits(8..10);
    let is_rest = |text: &str| text.bytes().all(|byte| b"0123456789-+:.,/ TZtz".contains(&byte));
    if is_iso {
        let rest = &text[10..];
        return is_rest(rest.trim_end_matches("UTC").trim_end_matches("GMT"));
    }
    // 20 Nov 2026, Fri, 20 Nov 2026 09:30:00 GMT, 11/20/2026 09:30
    let is_slashed = digits(0..2) && bytes[2] == b'/' && digits(3..5) && bytes[5] == b'/' && digits(6..8);
    if is_slashed {
        return is_rest(text.trim_end_matches("AM").trim_end_matches("PM"));
    }
    let mut named = false;
    let all_known = words(text).all(|word| {
        let word_text = &text[word.span];
        named |= MONTHS.contains(&word_text.get(..3).unwrap_or(""));
        word.kind == WordKind::Digits || DATE_WORDS.iter().any(|known| word_text.starts_with(known))
    });
    named && all_known && bytes.iter().any(u8::is_ascii_digit)
}

/// Whether the whole text is a date in the spelling of ISO 8601, perhaps with a time.
pub(super) fn is_iso_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]) = bytes.first_chunk::<10>() else { return false };
    bytes.len() <= DATE_BYTES_MAX
        && [y1, y2, y3, y4, m1, m2, d1, d2].into_iter().all(u8::is_ascii_digit)
        && bytes[10..].iter().all(|byte| IS_OF_TIME[usize::from(*byte)])
        && bytes.last().is_some_and(|byte| byte.is_ascii_digit() || b"TZz".contains(byte))
}

/// The signs of a time.
const IS_OF_TIME: [bool; 256] = {
    let mut is_of_time = [false; 256];
    let signs = b"0123456789-+:.,/ TZtz";
    let mut index = 0;
    while index < signs.len() {
        is_of_time[signs[index] as usize] = true;
        index += 1;
    }
    is_of_time
};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DATE_WORDS: [&str; 23] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mon", "Tue", "Wed",
    "Thu", "Fri", "Sat", "Sun", "GMT", "UTC", "T", "Z",
];

/// A figure has the letters of a currency at most.
pub(super) const FIGURE_LETTERS_MAX: usize = 3;

/// Whether the text is a figure: a number, with the signs of money and of thousands.
pub(super) fn is_figure(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    letters <= FIGURE_LETTERS_MAX && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a URL stands in the text, or the text is a URL from its path on.
pub(super) fn is_url(text: &str) -> bool {
    (text.bytes().any(|byte| byte == b':') && text.contains("://"))
        || (text.starts_with('/') && !text.contains(char::is_whitespace))
}

/// Everything that is personal by its look.
pub(super) fn personal(text: &str) -> Vec<Found> {
    let (mut digits, mut signs) = (0, 0);
    for byte in text.bytes() {
        digits += usize::from(byte.is_ascii_digit());
        signs += usize::from(matches!(byte, b'@' | b'='));
    }
    // Most texts are words alone.
    if digits < 2 && signs == 0 {
        return Vec::new();
    }
    let mut found = emails(text);
    if digits >= *PHONE_DIGITS.start() {
        found.extend(phones(text));
    }
    if is_url(text) {
        found.extend(parameters(text));
    }
    if digits >= 2 {
        found.extend(tokens(text));
    }
    found
}

/// E-mail addresses, without the last part of their domain: `com` is nobody's.
pub(super) fn emails(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let is_local = |letter: &char| letter.is_alphanumeric() || "._%+-'".contains(*letter);
        let is_domain = |letter: &char| letter.is_alphanumeric() || ".-".contains(*letter);
        let before: usize = text[..at].chars().rev().take_while(is_local).map(char::len_utf8).sum();
        let after: usize = text[at + 1..].chars().take_while(is_domain).map(char::len_utf8).sum();
        let domain = text[at + 1..at + 1 + after].trim_end_matches(['.', '-']);
        let Some(last) = domain.rfind('.') else { continue };
        if before > 0 && last > 0 && domain[last + 1..].chars().count() >= 2 {
            found.push(Found { span: at - before..at + 1 + last, kind: Kind::Email });
        }
    }
    found
}

/// The last parts of the domains of e-mail addresses, wherever the address stands: `com` is nobody's.
pub(super) fn email_endings(text: &str) -> Vec<Range<usize>> {
    let ending = |email: Found| {
        let start = email.span.end + 1;
        let letters = text[start..].chars().take_while(|letter| letter.is_alphanumeric());
        start..start + letters.map(char::len_utf8).sum::<usize>()
    };
    emails(text).into_iter().map(ending).collect()
}

/// UUIDs, long numbers, and long runs of letters and digits.
fn tokens(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let number_digits_min = number_digits_min(is_url(text));
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        let digits = bytes[start..at].iter().filter(|byte| byte.is_ascii_digit()).count();
        if let Some(end) = token_end(bytes, start..at, digits, number_digits_min) {
            found.push(Found { span: start..end, kind: Kind::Id });
            at = end;
        }
        at = at.max(start + 1);
    }
    found
}

/// In a URL a number is sooner an id.
fn number_digits_min(is_url: bool) -> usize {
    if is_url { URL_NUMBER_DIGITS_MIN } else { LONG_NUMBER_DIGITS_MIN }
}

/// Where what begins with this run of letters and digits ends, where it is a UUID, a long number or made by a machine.
fn token_end(text: &[u8], run: Range<usize>, digits: usize, number_digits_min: usize) -> Option<usize> {
    let is_number = digits == run.len() && digits >= number_digits_min && !is_unix_millis(&text[run.clone()]);
    let is_token = run.len() >= TOKEN_BYTES_MIN && (2..=run.len() - 2).contains(&digits);
    if is_uuid_at(text, run.start) {
        Some(run.start + UUID_BYTES)
    } else {
        (is_number || is_token).then_some(run.end)
    }
}

const UUID_BYTES: usize = 36;

fn is_uuid_at(bytes: &[u8], start: usize) -> bool {
    let Some(text) = bytes.get(start..start + UUID_BYTES) else { return false };
    let is_right = |(index, byte): (usize, &u8)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    let ends = bytes.get(start + UUID_BYTES).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    ends && text.iter().enumerate().all(is_right)
}

fn is_unix_millis(digits: &[u8]) -> bool {
    digits.len() == UNIX_MILLIS_DIGITS && digits[0] == b'1'
}

/// Phone numbers: with a plus in front anywhere, or as the whole text with signs between the digits.
fn phones(text: &str) -> Vec<Found> {
    let is_sign = |byte: u8| b" ()-./".contains(&byte);
    let mut found = Vec::new();
    for (at, _) in text.match_indices('+') {
        let rest = &text.as_bytes()[at + 1..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit() || is_sign(**byte)).count();
        let digits = rest[..length].iter().filter(|byte| byte.is_ascii_digit()).count();
        if PHONE_DIGITS.contains(&digits) {
            found.push(Found { span: at + 1..at + 1 + length, kind: Kind::Phone });
        }
    }
    if !found.is_empty() {
        return found;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let signs = text.bytes().filter(|byte| is_sign(*byte)).count();
    let points = text.bytes().filter(|byte| *byte == b'.').count();
    let is_whole = PHONE_DIGITS.contains(&digits) && signs >= 2 && points != 1 && points != 3;
    if is_whole && text.bytes().all(|byte| byte.is_ascii_digit() || is_sign(byte)) {
        found.push(Found { span: 0..text.len(), kind: Kind::Phone });
    }
    found
}

/// A longer name of a parameter is none; the bound keeps a text of signs linear.
const PARAMETER_NAME_BYTES_MAX: usize = 256;

/// The values of a URL's parameters whose names say that they are personal.
fn parameters(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    let mut end = 0;
    while let Some(sign) = text[at..].find(['?', '&', '#']) {
        at += sign + 1;
        let equals = text.bytes().skip(at).take(PARAMETER_NAME_BYTES_MAX).position(|byte| byte == b'=');
        let Some(equals) = equals else { continue };
        let name = &text[at..at + equals];
        if name.contains(['?', '&', '/', ' ']) {
            continue;
        }
        let value = at + equals + 1;
        if end < value {
            end = text[value..].find(['&', '#', ' ', '"', '<']).map_or(text.len(), |length| value + length);
        }
        // What stands in a value that is personal is so already.
        let is_within_last = found.last().is_some_and(|last| end <= last.span.end);
        if let Class::Personal(kind) = class_of(name)
            && !is_within_last
        {
            found.push(Found { span: value..end, kind });
        }
        at = value;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, Kind)]) {
        let found = personal(text);
        let found: Vec<(&str, Kind)> =
            found.iter().map(|found| (&text[found.span.clone()], found.kind)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_has_a_look_is_found_wherever_it_stands() {
        check("write to ada.l+x@mail.example.com, please", &[("ada.l+x@mail.example", Kind::Email)]);
        check("a@b @ x@y.z", &[]);
        check("call +44 20 7946 0018.", &[("44 20 7946 0018.", Kind::Phone)]);
        check("(512) 757-6000", &[("(512) 757-6000", Kind::Phone)]);
        check("547145a05e7cecb80611baf055925182", &[("547145a05e7cecb80611baf055925182", Kind::Id)]);
        check(
            "id 6f9619ff-8b86-d011-b42d-00cf4fc964ff!",
            &[("6f9619ff-8b86-d011-b42d-00cf4fc964ff", Kind::Id)],
        );
        check("713492963559", &[("713492963559", Kind::Id)]);
        check("https://x.example/0-1/84106?q=1", &[("84106", Kind::Id)]);
        check("/users?email=ada&page=2", &[("ada", Kind::Email)]);
    }

    #[test]
    fn a_long_text_of_signs_is_looked_through_once() {
        // Each of them took hours where every sign was followed to the end.
        let open = format!("http://x/{}=", "?".repeat(1_000_000));
        assert_eq!(personal(&open), []);
        let nested = format!("http://x/{}ada", "?id=".repeat(250_000));
        assert_eq!(personal(&nested), [Found { span: 13..nested.len(), kind: Kind::Id }]);
        let mails = "ada@lovelace.example ".repeat(50_000);
        assert_eq!((personal(&mails).len(), email_endings(&mails).len()), (50_000, 50_000));
    }

    #[test]
    fn figures_versions_and_times_have_no_personal_look() {
        for text in ["1718000000000", "10.0.0.1234", "12345.67", "v59.0", "Qualification", "1,250,000.00", ""]
        {
            check(text, &[]);
        }
    }

    #[test]
    fn a_date_is_known_in_its_common_spellings() {
        for text in [
            "2026-11-20",
            "2026-11-20T09:30:00.125Z",
            "2026-05-01T07:25:37.000+0000",
            "2026-11-20 09:30:00 UTC",
            "11/20/2026 09:30",
            "Fri, 20 Nov 2026 09:30:00 GMT",
            "20 November 2026",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in ["May", "2026", "Mark Mayer", "(512) 757-6000", "April O'Neil 2", "2026-11-20 Ada"] {
            assert!(!is_date(text), "{text}");
        }
    }
}
