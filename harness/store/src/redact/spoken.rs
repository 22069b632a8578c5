//! The places of a text that is no JSON: the fields of a form, the text of elements and the values of their attributes.

use std::ops::Range;

use super::lists::Lists;
use super::names::{Class, Kind, Name};
use super::writing::{Read, Writing};

/// A place of a text that is not JSON: where it is, what its name says, and the names that lead there, for people.
pub(super) struct Spoken {
    pub span: Range<usize>,
    pub class: Class,
    pub path: String,
}

/// How a text that is no JSON body is read.
pub(super) enum Text {
    /// As JSON.
    Json,
    /// By these places.
    Places(Vec<Spoken>),
}

/// How a body's text that is not declared to be JSON is read.
pub(super) fn of_text(text: &str, media_type: Option<&str>, lists: &Lists) -> Text {
    let media_type = media_type.map(str::to_ascii_lowercase).unwrap_or_default();
    Text::Places(match text.trim_start().as_bytes().first() {
        _ if media_type.starts_with("application/x-www-form-urlencoded") => of_form(text, lists),
        Some(b'{' | b'[') => return Text::Json,
        Some(b'<') if media_type.contains("html") => of_elements(text, Class::Personal(Kind::Text), lists),
        Some(b'<') => of_elements(text, Class::Plain, lists),
        // Nothing tells one word of it from another: all are taken for personal.
        Some(_) => {
            vec![Spoken { span: 0..text.len(), class: Class::Personal(Kind::Text), path: "$".to_owned() }]
        }
        None => Vec::new(),
    })
}

fn of_form(text: &str, lists: &Lists) -> Vec<Spoken> {
    let mut places = Vec::new();
    let mut at = 0;
    for field in text.split('&') {
        if let Some((name, value)) = field.split_once('=') {
            let start = at + name.len() + 1;
            let name = Read::of(name, Writing::Plain).text.into_owned();
            let class = lists.class_of(&Name::plain(&name, lists), &[]);
            places.push(Spoken { span: start..start + value.len(), class, path: format!("$.{name}") });
        }
        at += field.len() + 1;
    }
    places
}

/// The text of each element, by its name and the names around it, and the values of attributes.
fn of_elements(text: &str, root: Class, lists: &Lists) -> Vec<Spoken> {
    let mut places = Vec::new();
    let nameless = Name::plain("", lists);
    // Each with its name as it is written.
    let mut open: Vec<(String, Name, Class)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (name, class) = open.last().map_or(("", root), |(name, _, class)| (name.as_str(), *class));
        let end = text[at..].find('<').map_or(text.len(), |length| at + length);
        let mut text_at = |span: Range<usize>| {
            if !text[span.clone()].trim().is_empty() {
                let path = format!("<{name}>");
                places.push(Spoken { span, class, path });
            }
        };
        text_at(at..end);
        let rest = &text[end..];
        let (skip, close) = match rest {
            _ if rest.starts_with("<![CDATA[") => (9, "]]>"),
            _ if rest.starts_with("<!--") => (4, "-->"),
            _ => (1, ">"),
        };
        let Some(length) = rest.get(skip..).and_then(|rest| rest.find(close)) else {
            text_at(end..text.len());
            break;
        };
        let tag = end + skip..end + skip + length;
        at = tag.end + close.len();
        if close != ">" {
            text_at(tag);
            continue;
        }
        let inside = &text[tag.clone()];
        if inside.starts_with('/') {
            open.pop();
            continue;
        }
        let length =
            inside.find(|letter: char| letter.is_whitespace() || letter == '/').unwrap_or(inside.len());
        let name = inside[..length].rsplit(':').next().unwrap_or_default().to_owned();
        places.extend(attributes(inside, tag.start, lists));
        if !inside.ends_with('/') && !inside.starts_with(['?', '!']) {
            let around = open.last().map_or((&nameless, root), |(_, name, class)| (name, *class));
            let text = name;
            let name = Name::plain(&text, lists);
            let own = lists.class_of(&name, &[]);
            let class = if own == Class::Plain && root != Class::Plain { root } else { own };
            let class = name.inherited(class, around.1, around.0);
            open.push((text, name, class));
        }
    }
    places
}

fn attributes(tag: &str, start: usize, lists: &Lists) -> Vec<Spoken> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(equals) = tag[at..].find('=').map(|found| at + found) {
        let name = tag[..equals].rsplit(|letter: char| letter.is_whitespace()).next().unwrap_or_default();
        let Some(quote) = tag[equals + 1..].chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
            at = equals + 1;
            continue;
        };
        let value = equals + 2;
        let length = tag[value..].find(quote).unwrap_or(tag.len() - value);
        let is_schema = name.starts_with("xmlns") || name.contains("schemaLocation");
        let class = if is_schema { Class::Kept } else { lists.class_of(&Name::plain(name, lists), &[]) };
        places.push(Spoken { span: start + value..start + value + length, class, path: format!("<{name}>") });
        at = (value + length + 1).min(tag.len());
    }
    places
}
