//! Finds the secrets in URLs: query and fragment parameters, and the user part of the authority.

use std::ops::Range;

use super::names::{is_grant_parameter, is_secret_parameter};
use super::{Edit, Replacement};

/// A longer name is none; the bound keeps a text of `&` linear.
pub(super) const NAME_BYTES_MAX: usize = 256;

/// What in a JSON string's text ends a URL, escaped.
const ESCAPED_URL_ENDS: [&str; 7] = ["\\\"", "\\n", "\\r", "\\t", "\\u0022", "\\u003c", "\\u003e"];

/// What in a JSON string's text ends a parameter's value, escaped.
const ESCAPED_VALUE_ENDS: [&str; 9] =
    ["\\\"", "\\n", "\\r", "\\t", "\\u0022", "\\u003c", "\\u003e", "\\u0026", "\\u0023"];

/// Which parameters are secrets.
#[derive(Clone, Copy)]
enum Parameters {
    /// Of a request or a redirect: OAuth's `code` too.
    WithGrants,
    /// Of a URL that is data.
    WithoutGrants,
}

/// Every parameter has a sign, perhaps escaped, and every user one too: most texts have neither.
pub(super) fn may_have_secret(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'=' | b'@' | b'\\'))
}

/// What must be replaced in a request's URL or in a header that holds URLs.
pub(super) fn edits_of_url(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    if !may_have_secret(text) {
        return edits;
    }
    for span in runs(text, 0..text.len()) {
        edits.extend(user_edit(text, &span));
    }
    edits.extend(parameter_edits(text, 0..text.len(), Parameters::WithGrants));
    edits
}

/// What must be replaced in a text that may speak of URLs.
pub(super) fn edits_of_prose(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    if !may_have_secret(text) {
        return edits;
    }
    for span in runs(text, 0..text.len()) {
        edits.extend(user_edit(text, &span));
        edits.extend(parameter_edits(text, span, Parameters::WithoutGrants));
    }
    edits
}

/// What must be replaced in the span of a JSON string's content: a URL that begins with its path, or URLs in prose.
pub(super) fn edits_of_json_string(text: &str, span: Range<usize>) -> Vec<Edit> {
    let content = &text[span.clone()];
    if !may_have_secret(content) {
        return Vec::new();
    }
    if content.starts_with('/') || content.starts_with("\\/") {
        return parameter_edits(text, span, Parameters::WithoutGrants);
    }
    let mut edits = Vec::new();
    for span in runs(text, span) {
        edits.extend(user_edit(text, &span));
        edits.extend(parameter_edits(text, span, Parameters::WithoutGrants));
    }
    edits
}

/// The spans that begin with `http://` or `https://` and run to where a URL cannot go on.
fn runs(text: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut from = within.start;
    while let Some(found) = text[from..within.end].find("http") {
        let start = from + found;
        let rest = &text[start + 4..within.end];
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        if rest.starts_with("://") || rest.starts_with(":\\/\\/") {
            let end = end_of(text, start, within.end, ends_url, &ESCAPED_URL_ENDS);
            runs.push(start..end);
            from = end;
        } else {
            from = start + 4;
        }
    }
    runs
}

fn ends_url(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '<' | '>')
}

fn ends_value(letter: char) -> bool {
    ends_url(letter) || matches!(letter, '&' | '#')
}

fn user_edit(text: &str, run: &Range<usize>) -> Option<Edit> {
    let url = &text[run.clone()];
    let plain = url.find("://").map(|at| at + 3);
    let authority = url.find(":\\/\\/").map(|at| at + 5).into_iter().chain(plain).min()?;
    let end = url[authority..].find(['/', '\\', '?', '#']).map_or(url.len(), |length| authority + length);
    let user = url[authority..end].rfind('@')?;
    let span = run.start + authority..run.start + authority + user;
    Some(Edit { span, replacement: Replacement::Bare })
}

fn parameter_edits(text: &str, within: Range<usize>, parameters: Parameters) -> Vec<Edit> {
    let bytes = text.as_bytes();
    let mut edits = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let name = match bytes[at] {
            b'?' | b'&' | b'#' | b';' => at + 1,
            b'\\' if is_escape(text, at, "\\u0026") || is_escape(text, at, "\\u0023") => at + 6,
            _ => {
                at += 1;
                continue;
            }
        };
        at = name;
        let Some((name_end, value)) = name_and_value(text, name, within.end) else { continue };
        let name = &text[name..name_end];
        let is_grant = matches!(parameters, Parameters::WithGrants) && is_grant_parameter(name);
        if is_secret_parameter(name) || is_grant {
            let end = end_of(text, value, within.end, ends_value, &ESCAPED_VALUE_ENDS);
            edits.push(Edit { span: value..end, replacement: Replacement::Bare });
            at = end;
        } else {
            at = value;
        }
    }
    edits
}

/// Where the name that starts at `from` ends and where its value starts, if it has one.
fn name_and_value(text: &str, from: usize, end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < end && at - from < NAME_BYTES_MAX {
        match bytes[at] {
            b'=' => return Some((at, at + 1)),
            b'\\' if is_escape(text, at, "\\u003d") => return (at + 6 <= end).then_some((at, at + 6)),
            byte if byte.is_ascii_alphanumeric() || b"-_.~%[]+$".contains(&byte) => at += 1,
            _ => return None,
        }
    }
    None
}

/// The first place from `from` on where a letter or an escaped one ends the URL or the value; never inside an escape,
/// because half a one would leave a JSON string broken.
fn end_of(text: &str, from: usize, end: usize, ends: fn(char) -> bool, escapes: &[&str]) -> usize {
    let mut letters = text[from..end].char_indices();
    while let Some((at, letter)) = letters.next() {
        let at = from + at;
        if ends(letter) || (letter == '\\' && escapes.iter().any(|escape| is_escape(text, at, escape))) {
            return at;
        }
        if letter == '\\' {
            letters.next();
        }
    }
    end
}

fn is_escape(text: &str, at: usize, escape: &str) -> bool {
    text.get(at..at + escape.len()).is_some_and(|found| found.eq_ignore_ascii_case(escape))
}
