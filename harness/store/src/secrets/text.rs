//! Finds the secrets in bodies that are not JSON: forms, XML, and JSON that does not parse.

use super::names::{is_grant_parameter, is_secret_element, is_secret_parameter};
use super::{Edit, Replacement, json, url};

/// What must be replaced in a body's text.
pub(super) fn edits(text: &str, media_type: Option<&str>) -> Vec<Edit> {
    let media_type = media_type.map(str::to_ascii_lowercase);
    let is_form = media_type.map(|media_type| media_type.starts_with("application/x-www-form-urlencoded"));
    match (text.trim_start().as_bytes().first(), is_form) {
        (_, Some(true)) => form_edits(text),
        // Torn, or JSON Lines, or not declared: names of secrets are looked for all the same.
        (Some(b'{' | b'['), _) => json::edits(text),
        (Some(b'<'), _) => element_edits(text).into_iter().chain(url::edits_of_prose(text)).collect(),
        (_, None) => form_edits(text).into_iter().chain(url::edits_of_prose(text)).collect(),
        (_, Some(false)) => url::edits_of_prose(text),
    }
}

fn form_edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    for field in text.split('&') {
        if let Some((name, value)) = field.split_once('=')
            && (is_secret_parameter(name) || is_grant_parameter(name))
        {
            let start = at + name.len() + 1;
            let length = value.trim_end().len();
            edits.push(Edit { span: start..start + length, replacement: Replacement::Bare });
        }
        at += field.len() + 1;
    }
    edits
}

/// The text of each element with a secret's name, up to the next tag.
fn element_edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find('<') {
        let start = from + found + 1;
        let Some(length) = text[start..].find('>') else { break };
        let tag = &text[start..start + length];
        from = start + length + 1;
        let name = tag.split(|letter: char| letter.is_whitespace()).next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        if !tag.ends_with('/') && !tag.starts_with('/') && is_secret_element(name) {
            let end = text[from..].find('<').map_or(text.len(), |length| from + length);
            if !text[from..end].trim().is_empty() {
                edits.push(Edit { span: from..end, replacement: Replacement::Bare });
            }
        }
    }
    edits
}
