//! The places of a body where something may stand: the strings, numbers and names of JSON, the fields of a form, the
//! text of elements. Each with what its name says.
//!
//! It reads tokens, not a grammar, so that a torn or invalid text loses its personal data too.

use std::ops::Range;
use std::sync::Arc;

use super::lists::Lists;
use super::names::{Class, Kind, Name, Names};
use super::writing::{Read, Writing};
use crate::json_text::{skip_spaces, string_end};

/// A place with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub span: Range<usize>,
    pub form: Form,
    pub class: Class,
    /// The names that lead there, for people.
    pub path: String,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The inside of a text.
    Text(Writing),
    /// A JSON number.
    Number,
    /// The inside of a JSON key.
    Key,
}

/// Whether paths are wanted: they cost more than all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paths {
    Told,
    LeftOut,
}

/// A longer text is no name of a field.
const LABEL_BYTES_MAX: usize = 64;

/// What is known when a text is read.
pub(super) struct Known<'k> {
    pub lists: &'k Lists,
    pub names: &'k mut Names,
    pub paths: Paths,
}

/// The places of a text that is JSON, or was meant to be.
pub(super) fn of_json(text: &str, root: Class, known: &mut Known<'_>) -> Vec<Place> {
    let bytes = text.as_bytes();
    let nameless = known.names.of("");
    let mut scan = Scan { text, root, known, nameless, places: Vec::new(), open: Vec::new() };
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        at += 1;
        match bytes[from] {
            b'"' => {
                at = string_end(bytes, from);
                let torn = at == from + 1 || bytes[at - 1] != b'"';
                let content = from + 1..if torn { at } else { at - 1 };
                if bytes.get(skip_spaces(bytes, at)) == Some(&b':') && scan.in_object() {
                    scan.key(content);
                } else {
                    scan.value(content, Form::Text(Writing::Json));
                }
            }
            b'{' => scan.enter(Container::Object),
            b'[' => scan.enter(Container::List),
            b'}' | b']' => scan.leave(),
            b',' => scan.next_member(),
            b'-' | b'0'..=b'9' => {
                while bytes.get(at).is_some_and(|byte| b"+-.eE0123456789".contains(byte)) {
                    at += 1;
                }
                scan.value(from..at, Form::Number);
            }
            _ => {}
        }
    }
    while !scan.open.is_empty() {
        scan.leave();
    }
    scan.places
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Object,
    List,
}

/// A container that is not closed yet.
struct Open {
    container: Container,
    /// The name that it stands under, and what that says; a list hands both on to its elements.
    name: Arc<Name>,
    under: Class,
    /// The current member's name, and what it says.
    member: Arc<Name>,
    class: Class,
    /// The places of the label and of what it labels.
    labels: Vec<usize>,
    labelled: Vec<usize>,
    index: usize,
}

struct Scan<'a, 'k> {
    text: &'a str,
    root: Class,
    known: &'a mut Known<'k>,
    nameless: Arc<Name>,
    places: Vec<Place>,
    open: Vec<Open>,
}

impl Scan<'_, '_> {
    fn in_object(&self) -> bool {
        self.open.last().is_some_and(|open| open.container == Container::Object)
    }

    /// The name and the class of the place where the next value stands.
    fn here(&self) -> (&Arc<Name>, Class) {
        match self.open.last() {
            None => (&self.nameless, self.root),
            Some(Open { container: Container::List, name, under, .. }) => (name, *under),
            Some(Open { member, class, .. }) => (member, *class),
        }
    }

    fn key(&mut self, content: Range<usize>) {
        let name = self.known.names.of(&self.text[content.clone()]);
        let own = self.class_of(&name);
        if let Some(open) = self.open.last_mut() {
            open.class = name.inherited(own, open.under, &open.name);
            open.member = name;
        }
        let path = self.path();
        self.places.push(Place { span: content, form: Form::Key, class: Class::Plain, path });
    }

    fn class_of(&self, name: &Name) -> Class {
        if self.known.lists.is_empty() {
            return name.class;
        }
        let names = self.open.iter().filter(|open| open.container == Container::Object);
        self.known.lists.class_of(name, &names.map(|open| open.name.as_ref()).collect::<Vec<_>>())
    }

    fn value(&mut self, span: Range<usize>, form: Form) {
        let (_, class) = self.here();
        let place = Place { span: span.clone(), form, class, path: self.path() };
        let place_index = self.places.len();
        let is_label = form != Form::Number && self.in_object() && self.here().0.is_label();
        if is_label && span.len() <= LABEL_BYTES_MAX {
            self.open.last_mut().iter_mut().for_each(|open| open.labels.push(place_index));
        }
        if let Some(open) = self.open.last_mut()
            && open.container == Container::Object
            && open.member.is_labelled()
        {
            open.labelled.push(place_index);
        }
        self.places.push(place);
        self.count();
    }

    fn enter(&mut self, container: Container) {
        let (name, under) = self.here();
        let open = Open {
            container,
            name: Arc::clone(name),
            under,
            member: Arc::clone(&self.nameless),
            class: Class::Plain,
            labels: Vec::new(),
            labelled: Vec::new(),
            index: 0,
        };
        self.open.push(open);
    }

    fn leave(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if !open.labelled.is_empty() {
            self.label(&open.labels, &open.labelled);
        }
        self.count();
    }

    /// `{"name": "Email", "value": "…"}`: the first is the name of a field, the second its value.
    fn label(&mut self, labels: &[usize], labelled: &[usize]) {
        for &place in labels {
            let name = Name::new(&Read::of(&self.text[self.places[place].span.clone()], Writing::Json).text);
            let class = self.class_of(&name);
            if class != Class::Plain {
                self.places[place].class = Class::Kept;
                labelled.iter().for_each(|place| self.places[*place].class = class);
            }
        }
    }

    fn next_member(&mut self) {
        if let Some(open) = self.open.last_mut().filter(|open| open.container == Container::Object) {
            open.member = Arc::clone(&self.nameless);
            open.class = Class::Plain;
        }
    }

    fn count(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.index += 1;
        }
    }

    fn path(&self) -> String {
        if self.known.paths == Paths::LeftOut {
            return String::new();
        }
        self.open.iter().fold("$".to_owned(), |path, open| match open.container {
            Container::List => format!("{path}[{}]", open.index),
            Container::Object => format!("{path}.{}", open.member.text),
        })
    }
}

/// The places of a text that is not JSON.
pub(super) fn of_text(text: &str, media_type: Option<&str>, known: &mut Known<'_>) -> Vec<Place> {
    let lists = known.lists;
    let media_type = media_type.map(str::to_ascii_lowercase).unwrap_or_default();
    match text.trim_start().as_bytes().first() {
        _ if media_type.starts_with("application/x-www-form-urlencoded") => of_form(text, lists),
        Some(b'{' | b'[') => of_json(text, Class::Plain, known),
        Some(b'<') if media_type.contains("html") => of_elements(text, Class::Personal(Kind::Text), lists),
        Some(b'<') => of_elements(text, Class::Plain, lists),
        // Nothing tells one word of it from another: all are taken for personal.
        Some(_) => vec![whole(text, Class::Personal(Kind::Text))],
        None => Vec::new(),
    }
}

/// A text as one place.
pub(super) fn whole(text: &str, class: Class) -> Place {
    Place { span: 0..text.len(), form: Form::Text(Writing::Plain), class, path: "$".to_owned() }
}

fn of_form(text: &str, lists: &Lists) -> Vec<Place> {
    let mut places = Vec::new();
    let mut at = 0;
    for field in text.split('&') {
        if let Some((name, value)) = field.split_once('=') {
            let start = at + name.len() + 1;
            let name = Read::of(name, Writing::Plain).text.into_owned();
            let class = lists.class_of(&Name::new(&name), &[]);
            let form = Form::Text(Writing::Plain);
            places.push(Place { span: start..start + value.len(), form, class, path: format!("$.{name}") });
        }
        at += field.len() + 1;
    }
    places
}

/// The text of each element, by its name and the names around it, and the values of attributes.
fn of_elements(text: &str, root: Class, lists: &Lists) -> Vec<Place> {
    let mut places = Vec::new();
    let nameless = Name::new("");
    let mut open: Vec<(Name, Class)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (name, class) = open.last().map_or(("", root), |(name, class)| (name.text.as_str(), *class));
        let end = text[at..].find('<').map_or(text.len(), |length| at + length);
        let mut text_at = |span: Range<usize>| {
            if !text[span.clone()].trim().is_empty() {
                let path = format!("<{name}>");
                places.push(Place { span, form: Form::Text(Writing::Plain), class, path });
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
            let around = open.last().map_or((&nameless, root), |(name, class)| (name, *class));
            let name = Name::new(&name);
            let own = lists.class_of(&name, &[]);
            let class = if own == Class::Plain && root != Class::Plain { root } else { own };
            let class = name.inherited(class, around.1, around.0);
            open.push((name, class));
        }
    }
    places
}

fn attributes(tag: &str, start: usize, lists: &Lists) -> Vec<Place> {
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
        let class = if is_schema { Class::Kept } else { lists.class_of(&Name::new(name), &[]) };
        let form = Form::Text(Writing::Plain);
        places.push(Place {
            span: start + value..start + value + length,
            form,
            class,
            path: format!("<{name}>"),
        });
        at = (value + length + 1).min(tag.len());
    }
    places
}
