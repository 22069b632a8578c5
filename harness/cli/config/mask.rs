//! Hides, in a configuration that is shown to people, every value that may be a secret.
//!
//! It goes by place, never by what a value looks like: only the keys named here are shown; the variables of a
//! template are shown everywhere. A masked text has the same length, so that positions hold.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Places of which the values hold no secret; `*` is any key, and a place covers all below it.
const SHOWN: [&[&str]; 37] = [
    &["migration"],
    &["accounts"],
    &["gates"],
    &["serve"],
    &["providers", "*", "profile"],
    &["providers", "*", "base_url"],
    &["providers", "*", "timeout_s"],
    &["providers", "*", "ca"],
    &["providers", "*", "share"],
    &["providers", "*", "dialect"],
    &["providers", "*", "jsonata"],
    &["providers", "*", "engine"],
    &["operations", "name"],
    &["operations", "read_only"],
    &["operations", "map_from"],
    &["operations", "mapping"],
    &["operations", "error_mapping"],
    &["operations", "scope"],
    &["operations", "dialect"],
    &["operations", "jsonata"],
    &["operations", "engine"],
    &["operations", "tolerances"],
    &["operations", "items"],
    &["operations", "order"],
    &["operations", "keys"],
    &["operations", "headers"],
    &["operations", "consumes"],
    &["operations", "critical"],
    &["operations", "integrations"],
    &["operations", "values"],
    &["operations", "*", "method"],
    &["operations", "*", "path"],
    &["operations", "*", "ignore_query"],
    &["operations", "*", "next_page"],
    &["operations", "*", "query_mapping"],
    &["operations", "*", "request_body_mapping"],
    &["operations", "join"],
];

fn is_shown(place: &[&str]) -> bool {
    let fits = |shown: &&[&str]| {
        shown.len() <= place.len()
            && shown.iter().zip(place).all(|(shown, key)| *shown == "*" || shown == key)
    };
    SHOWN.iter().any(fits)
}

/// The text of a file that parses, as it may be shown.
pub fn masked(text: &str, table: &DeTable<'_>) -> String {
    let mut spans = Vec::new();
    secrets_of_table(table, &mut Vec::new(), &mut spans);
    let mut bytes = text.as_bytes().to_vec();
    for span in spans {
        mask(text, span, &mut bytes);
    }
    into_text(bytes)
}

fn secrets_of_table<'a>(table: &'a DeTable<'_>, place: &mut Vec<&'a str>, spans: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        place.push(key.get_ref());
        secrets_of_value(value, place, spans);
        place.pop();
    }
}

fn secrets_of_value<'a>(
    value: &'a Spanned<DeValue<'_>>,
    place: &mut Vec<&'a str>,
    spans: &mut Vec<Range<usize>>,
) {
    match value.get_ref() {
        DeValue::Table(table) => secrets_of_table(table, place, spans),
        DeValue::Array(items) => items.iter().for_each(|item| secrets_of_value(item, place, spans)),
        _ if is_shown(place) => {}
        _ => spans.push(value.span()),
    }
}

/// The text of a file that does not parse, as it may be shown: line by line, and in doubt hidden.
pub fn masked_lines(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut header = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let is_header = trimmed.starts_with('[') && !trimmed.contains(['"', '\'', '=', ',']);
        let hidden = match line.split_once('=') {
            _ if is_header => {
                header = keys(trimmed.trim_matches(['[', ']']));
                None
            }
            _ if trimmed.starts_with('#') || trimmed.is_empty() => None,
            Some((key, _)) => {
                let place = [header.as_slice(), &keys(key)].concat();
                (!is_shown(&place)).then_some(key.len() + 1)
            }
            None => (!is_shown(&header)).then_some(0),
        };
        if let Some(offset) = hidden {
            mask(text, start + offset..start + line.len(), &mut bytes);
        }
        start += line.len();
    }
    into_text(bytes)
}

fn keys(dotted: &str) -> Vec<&str> {
    dotted.split('.').map(str::trim).collect()
}

/// Masks letters and digits of any script; quotes, brackets, spaces and `${NAME}` stay, as the shape of the line.
fn mask(text: &str, span: Range<usize>, bytes: &mut [u8]) {
    let mut at = span.start;
    while at < span.end {
        let rest = &text[at..span.end];
        let variable = rest.strip_prefix("${").and_then(|name| name.find('}'));
        let char = rest.chars().next().expect("the rest is not empty, since it begins before the span's end");
        let length = match variable {
            Some(name) => name + 3,
            None => char.len_utf8(),
        };
        let stays = variable.is_some() || (char.is_ascii() && "\"'{}[], \t\r\n".contains(char));
        if !stays {
            bytes[at..at + length].fill(b'*');
        }
        at += length;
    }
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("whole characters were replaced by ASCII, so it is UTF-8 still")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: &str = r#"
[providers.legacy]
profile = "p"
credentials = { api_key = "clé-1", app_id = "x${APP}y" }
[[operations]]
name = "crm.contacts.list"
legacy = { method = "GET", path = "/crm", headers = { authorization = "Bearer 12" } }
[provider.new]
token = "misspelt section"
"#;

    const MASKED: &str = r#"
[providers.legacy]
profile = "p"
credentials = { api_key = "******", app_id = "*${APP}*" }
[[operations]]
name = "crm.contacts.list"
legacy = { method = "GET", path = "/crm", headers = { authorization = "****** **" } }
[provider.new]
token = "******** *******"
"#;

    #[test]
    fn only_places_without_secrets_are_shown() {
        let table = DeTable::parse(SECRETS).expect("it is TOML");
        assert_eq!(masked(SECRETS, table.get_ref()), MASKED);
    }

    #[test]
    fn a_file_that_does_not_parse_is_hidden_line_by_line() {
        let torn = "[providers.legacy]\nprofile = \"p\"\ntoken = \"sk-1\nsk-2\n[[operations]]\nname = \"a\n";
        let shown = "[providers.legacy]\nprofile = \"p\"\ntoken = \"****\n****\n[[operations]]\nname = \"a\n";
        assert_eq!(masked_lines(torn), shown);
    }
}
