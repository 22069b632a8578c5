//! Strings that mean the same though they are written differently: what each text rule holds equal.
//!
//! A rule is a function to a normal form; two strings are the same under it when their normal forms are. Where several
//! text rules speak at one path they are composed in the order of [`normal`], so that a string may differ in case and
//! in white space at once.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::html;
use crate::tolerance::Rule;

/// Is it a rule about how a string is written?
pub(crate) fn is_text_rule(rule: &Rule) -> bool {
    matches!(rule, Rule::Case | Rule::Whitespace | Rule::Nfc | Rule::SameUrl | Rule::SameHtml)
}

/// Are two strings the same under these rules taken together? Those that are no text rules are passed over.
pub(crate) fn same<'r>(legacy: &str, new: &str, rules: impl Iterator<Item = &'r Rule>) -> bool {
    let rules: Vec<&Rule> = rules.filter(|rule| is_text_rule(rule)).collect();
    !rules.is_empty() && normal(legacy, &rules) == normal(new, &rules)
}

/// The normal form: markup before the text within it, addresses before letters, case last.
fn normal<'t>(text: &'t str, rules: &[&Rule]) -> Cow<'t, str> {
    let has = |wanted: fn(&Rule) -> bool| rules.iter().any(|rule| wanted(rule));
    let mut text = Cow::Borrowed(text);
    if has(|rule| matches!(rule, Rule::SameHtml)) {
        text = html::normal(&text).map_or(text, Cow::Owned);
    }
    if has(|rule| matches!(rule, Rule::SameUrl)) {
        text = normal_url(&text).map_or(text, Cow::Owned);
    }
    if has(|rule| matches!(rule, Rule::Nfc)) && !is_nfc(&text) {
        text = Cow::Owned(text.nfc().collect());
    }
    if has(|rule| matches!(rule, Rule::Whitespace)) {
        text = Cow::Owned(fold_space(&text));
    }
    if has(|rule| matches!(rule, Rule::Case)) {
        text = Cow::Owned(fold_case(&text));
    }
    text
}

/// Lower case, as Unicode has it.
pub(crate) fn fold_case(text: &str) -> String {
    text.to_lowercase()
}

/// One space for each run of white space, none at the ends.
pub(crate) fn fold_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ports that go without saying.
const DEFAULT_PORTS: [(&str, &str); 5] =
    [("http", "80"), ("https", "443"), ("ws", "80"), ("wss", "443"), ("ftp", "21")];

/// An absolute URL by RFC 3986, section 6.2: scheme and host in lower case, no default port, `/` for no path, escapes
/// in upper case and only where needed; and the query's parameters by name, those of one name in their order.
/// Not touched are dot segments, `+`, the fragment's content, and all that is no `scheme://host`.
fn normal_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !is_scheme || text.contains(char::is_whitespace) {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    let (rest, fragment) = split_at_first(rest, '#');
    let (rest, query) = split_at_first(rest, '?');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
    let host = host.to_ascii_lowercase();
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.is_empty() || DEFAULT_PORTS.contains(&(&scheme, port)) => host,
        _ => &host,
    };
    let mut url = format!("{scheme}://");
    if !user.is_empty() {
        url.push_str(&normal_escapes(user));
        url.push('@');
    }
    url.push_str(&normal_escapes(host));
    url.push_str(if path.is_empty() { "/" } else { "" });
    url.push_str(&normal_escapes(path));
    if let Some(query) = query {
        let mut parameters: Vec<String> = query.split('&').map(normal_escapes).collect();
        // Case decides last, so that names stay in one order where `case` speaks too.
        parameters.sort_by_cached_key(|parameter| {
            let name = parameter_name(parameter).to_owned();
            (fold_case(&name), name)
        });
        url.push('?');
        url.push_str(&parameters.join("&"));
    }
    if let Some(fragment) = fragment {
        url.push('#');
        url.push_str(&normal_escapes(fragment));
    }
    Some(url)
}

fn split_at_first(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn parameter_name(parameter: &str) -> &str {
    parameter.split('=').next().unwrap_or(parameter)
}

/// Escapes of letters, digits, `-`, `.`, `_` and `~` are undone, all others get upper-case digits.
fn normal_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let digits = rest.get(1..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(byte as char);
                rest = &rest[3..];
            }
            Some(byte) => {
                out.push_str(&format!("%{byte:02X}"));
                rest = &rest[3..];
            }
            None => {
                out.push('%');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &[Rule], legacy: &str, new: &str, expected: bool) {
        assert_eq!(same(legacy, new, rules.iter()), expected, "{legacy:?} and {new:?}");
        assert_eq!(same(new, legacy, rules.iter()), expected, "{new:?} and {legacy:?}");
    }

    #[test]
    fn a_url_may_be_spelled_in_more_than_one_way() {
        let check = |legacy, new, expected| check(&[Rule::SameUrl], legacy, new, expected);
        check("HTTP://Acme.Example:80", "http://acme.example/", true);
        check("https://a.example/x?b=2&a=1&a=3", "https://a.example:443/x?a=1&a=3&b=2", true);
        check("https://a.example/x?a=1&a=3", "https://a.example/x?a=3&a=1", false);
        check("https://a.example/%7euser/%c3%a9", "https://a.example/~user/%C3%A9", true);
        check("https://u%3a:p@a.example/", "https://u%3A:p@A.example", true);
        check("https://a.example/A", "https://a.example/a", false);
        check("https://a.example/a/", "https://a.example/a", false);
        check("https://a.example/?q=1#x", "https://a.example/?q=1", false);
        check("https://a.example/a%2Fb", "https://a.example/a/b", false);
        check("https://a.example/%zz%", "https://a.example/%ZZ%", false);
        check("https://[::1]:443/", "https://[::1]/", true);
        check("http://a.example:443/", "http://a.example/", false);
        check("mailto:A@b.example", "mailto:a@b.example", false);
        check("?b=1&a=2", "?a=2&b=1", false);
    }

    #[test]
    fn composed_and_decomposed_letters_are_one() {
        check(&[Rule::Nfc], "Zo\u{eb}", "Zoe\u{308}", true);
        check(&[Rule::Nfc], "\u{212b}", "\u{c5}", true);
        check(&[Rule::Nfc], "\u{fb01}", "fi", false);
    }

    #[test]
    fn rules_at_one_path_excuse_together() {
        check(&[Rule::Case], "Zo\u{eb}  X", "zoe\u{308} x", false);
        check(&[Rule::Case, Rule::Whitespace], "Zo\u{eb}  X", "zoe\u{308} x", false);
        check(&[Rule::Case, Rule::Nfc, Rule::Whitespace], "Zo\u{eb}  X", "zoe\u{308} x", true);
        check(&[Rule::Case, Rule::SameUrl], "https://a.example/X?b&a", "HTTPS://A.example/x?a&B", true);
        check(&[Rule::Case, Rule::SameUrl], "https://a.example/X?b&a", "HTTPS://A.example/x?a&c", false);
        check(&[Rule::AnyOrder], "a", "a", false);
    }
}
