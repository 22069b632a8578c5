//! The same looks in short texts of ASCII, whose letters and digits are known as bits: nearly all texts are such.

use std::ops::Range;

use super::super::names::Kind;
use super::super::signs::{AT, COLON, EQUALS, OF_PHONE, PLUS, SLASH, Short, Signs};
use super::{Found, PHONE_DIGITS, number_digits_min, parameters, phones, token_end};

/// Whether the text is a figure, by signs that are written as they read and are in no URL with a secret.
pub(in super::super) fn is_plain_figure(written: &str) -> bool {
    let signs = Signs::of(written);
    signs.is_plain() && !signs.may_have_secret() && signs.is_figure()
}

/// As [`personal`], of a short text of ASCII.
pub(in super::super) fn personal_of_plain(text: &str, signs: &Signs, short: &Short, found: &mut Vec<Found>) {
    if signs.digits < 2 && !signs.has(AT | EQUALS) {
        return;
    }
    if signs.has(AT) {
        emails_of_plain(text.as_bytes(), found);
    }
    let may_be_phone = signs.has(PLUS) || (signs.letters == 0 && signs.has_only(OF_PHONE | SLASH));
    if signs.digits >= *PHONE_DIGITS.start() && may_be_phone {
        found.extend(phones(text));
    }
    let is_url = signs.has(SLASH) && is_url_of_plain(text, signs);
    if is_url && signs.has(EQUALS) {
        found.extend(parameters(text));
    }
    if signs.digits >= 2 {
        tokens_of_plain(text.as_bytes(), short, number_digits_min(is_url), found);
    }
}

/// As [`is_url`], of ASCII.
fn is_url_of_plain(text: &str, signs: &Signs) -> bool {
    let has_spaces = || text.bytes().any(|byte| matches!(byte, b' ' | b'\t'..=b'\r'));
    (text.starts_with('/') && !has_spaces()) || (signs.has(COLON) && text.contains("://"))
}

/// As [`emails`], of ASCII.
fn emails_of_plain(text: &[u8], found: &mut Vec<Found>) {
    for at in (0..text.len()).filter(|at| text[*at] == b'@') {
        let is = |byte: &u8, part: u8| PARTS_OF_EMAIL[usize::from(*byte)] & part != 0;
        let before = text[..at].iter().rev().take_while(|byte| is(byte, LOCAL)).count();
        let after = text[at + 1..].iter().take_while(|byte| is(byte, DOMAIN)).count();
        let mut domain = &text[at + 1..at + 1 + after];
        while let [shorter @ .., b'.' | b'-'] = domain {
            domain = shorter;
        }
        let Some(last) = domain.iter().rposition(|byte| *byte == b'.') else { continue };
        if before > 0 && last > 0 && domain.len() - last > 2 {
            found.push(Found { span: at - before..at + 1 + last, kind: Kind::Email });
        }
    }
}

const LOCAL: u8 = 1;
const DOMAIN: u8 = 2;

/// By byte of ASCII: the parts of an e-mail address that it may stand in.
const PARTS_OF_EMAIL: [u8; 256] = {
    let mut parts = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        parts[byte as usize] = match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' => LOCAL | DOMAIN,
            b'_' | b'%' | b'+' | b'\'' => LOCAL,
            _ => 0,
        };
        byte += 1;
    }
    parts
};

/// As [`email_endings`], of ASCII.
pub(in super::super) fn email_endings_of_plain(text: &[u8]) -> Vec<Range<usize>> {
    let mut emails = Vec::new();
    emails_of_plain(text, &mut emails);
    let ending = |email: &Found| {
        let start = email.span.end + 1;
        start..start + text[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()
    };
    emails.iter().map(ending).collect()
}

/// As [`tokens`], of a short text, whose runs are known.
fn tokens_of_plain(text: &[u8], short: &Short, number_digits_min: usize, found: &mut Vec<Found>) {
    let mut rest = short.letters | short.digits;
    while rest != 0 {
        let start = rest.trailing_zeros();
        let length = (rest >> start).trailing_ones();
        let run = u64::MAX >> (u64::BITS - length) << start;
        let digits = (short.digits & run).count_ones() as usize;
        let span = start as usize..(start + length) as usize;
        let mut end = span.end;
        if let Some(token) = token_end(text, span.clone(), digits, number_digits_min) {
            found.push(Found { span: span.start..token, kind: Kind::Id });
            end = token;
        }
        rest &= u64::MAX.checked_shl(end as u32).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{email_endings, personal};
    use super::*;

    fn text() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            "[ -~&&[^%\\\\]]{0,12}",
            "[0-9]{1,16}",
            "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}",
            "[a-z.+]{1,5}@[a-z.-]{1,9}",
            "[+]?[0-9 ()./-]{6,18}",
            "(https?:/)?/[a-z]{1,4}[?&#/][a-z]{0,5}=?[a-z0-9]{0,6}",
            "[A-Za-z0-9]{13,18}",
        ];
        proptest::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_short_text_of_ascii_has_the_looks_that_any_text_has(text in text()) {
            let signs = Signs::of(&text);
            if let Some(short) = &signs.short {
                let mut found = Vec::new();
                personal_of_plain(&text, &signs, short, &mut found);
                prop_assert_eq!(found, personal(&text));
                prop_assert_eq!(email_endings_of_plain(text.as_bytes()), email_endings(&text));
            }
        }
    }
}
