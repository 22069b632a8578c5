//! Reads a TOML table key by key; what is wrong with it is collected, so that several mistakes are told at once.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::nearest::nearest;
use super::problem::{Problem, SourceText};

/// What was found wrong so far, in one file.
pub struct Problems {
    /// The file.
    pub source: Arc<SourceText>,
    /// The file's own text: a mask in what is shown must not change what is understood.
    pub text: String,
    /// In the order in which they were found.
    pub list: Vec<Problem>,
}

impl Problems {
    /// Adds an error at a place.
    pub fn error(&mut self, message: impl Into<String>, at: Range<usize>, label: &str, help: &str) {
        let problem = Problem::error(message).at(&self.source, at, label);
        self.list.push(if help.is_empty() { problem } else { problem.help(help) });
    }
}

/// A text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub value: String,
    /// The place of the value, with its quotes.
    pub span: Range<usize>,
}

/// One table while it is read; each key is named once, where it is asked for.
pub struct Table<'a, 'i> {
    what: String,
    table: &'a DeTable<'i>,
    span: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'a, 'i> Table<'a, 'i> {
    /// A table that messages call `what`, e.g. "operation `crm.contacts.list`".
    pub fn new(what: impl Into<String>, table: &'a DeTable<'i>, span: Range<usize>) -> Table<'a, 'i> {
        Table { what: what.into(), table, span, asked: Vec::new() }
    }

    /// What messages call it.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Its place: the header, or the braces.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The place of a key, or of the table where it lacks the key.
    pub fn key_span(&self, key: &str) -> Range<usize> {
        self.table.get_key_value(key).map_or(self.span.clone(), |(key, _)| key.span())
    }

    /// The value of a key.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'i>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// A text.
    pub fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<Text> {
        let value = self.value(key)?;
        text(value, &format!("`{key}` in {}", self.what), problems)
    }

    /// A text that must be there.
    pub fn required_text(&mut self, key: &'static str, problems: &mut Problems) -> Option<Text> {
        if !self.table.contains_key(key) {
            self.asked.push(key);
            self.missing(key, problems);
            return None;
        }
        self.text(key, problems)
    }

    /// Says that a key is missing.
    pub fn missing(&self, key: &str, problems: &mut Problems) {
        let help = format!("add {key} = \"…\"");
        problems.error(format!("{} has no `{key}`", self.what), self.span(), "expected here", &help);
    }

    /// A list of texts; empty where the key is absent.
    pub fn texts(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Text> {
        let Some(value) = self.value(key) else { return Vec::new() };
        texts(value, &format!("`{key}` in {}", self.what), problems)
    }

    /// A number from `low` to `high`.
    pub fn number(&mut self, key: &'static str, low: f64, high: f64, problems: &mut Problems) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Float(float) => float.as_str().replace('_', "").parse::<f64>().ok(),
            DeValue::Integer(integer) if integer.radix() == 10 => {
                integer.as_str().replace('_', "").parse().ok()
            }
            _ => None,
        };
        let number = number.filter(|number| (low..=high).contains(number));
        if number.is_none() {
            let label = format!("expected a number from {low} to {high}");
            let message = format!("`{key}` in {} is not a number from {low} to {high}", self.what);
            problems.error(message, value.span(), &label, "");
        }
        number
    }

    /// A table below this one.
    pub fn table(&mut self, key: &'static str, problems: &mut Problems) -> Option<Table<'a, 'i>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Table(table) => {
                Some(Table::new(format!("`{key}` in {}", self.what), table, value.span()))
            }
            _ => {
                let message = format!("`{key}` in {} is not a table", self.what);
                wrong_type(message, "a table", value, problems);
                None
            }
        }
    }

    /// Every key with its place and value, for tables of which the keys are free.
    pub fn entries(&self) -> impl Iterator<Item = (Text, &'a Spanned<DeValue<'i>>)> + use<'a, 'i> {
        let entry = |(key, value): (&'a Spanned<DeString<'i>>, _)| {
            (Text { value: key.get_ref().to_string(), span: key.span() }, value)
        };
        self.table.iter().map(entry)
    }

    /// Says which keys nobody asked for.
    pub fn finish(self, problems: &mut Problems) {
        for (key, _) in self.entries() {
            if self.asked.contains(&key.value.as_str()) {
                continue;
            }
            let known = list(self.asked.iter().copied());
            let help = match nearest(&key.value, self.asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? Its keys are {known}"),
                None => format!("its keys are {known}"),
            };
            let message = format!("unknown key `{}` in {}", key.value, self.what);
            problems.error(message, key.span, "not a key here", &help);
        }
    }
}

/// `a`, `b` and so on, as a sentence lists them.
pub fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// A value that must be a text; `what` is how messages call it.
pub fn text(value: &Spanned<DeValue<'_>>, what: &str, problems: &mut Problems) -> Option<Text> {
    match value.get_ref() {
        DeValue::String(text) => Some(Text { value: text.clone().into_owned(), span: value.span() }),
        _ => {
            wrong_type(format!("{what} is not a text"), "a text in quotes", value, problems);
            None
        }
    }
}

/// A value that must be a list of texts.
pub fn texts(value: &Spanned<DeValue<'_>>, what: &str, problems: &mut Problems) -> Vec<Text> {
    match value.get_ref() {
        DeValue::Array(items) => {
            items.iter().filter_map(|item| text(item, &format!("an item of {what}"), problems)).collect()
        }
        _ => {
            wrong_type(format!("{what} is not a list of texts"), "a list: [\"…\"]", value, problems);
            Vec::new()
        }
    }
}

/// Says that a value is of another type than expected.
pub fn wrong_type(message: String, expected: &str, value: &Spanned<DeValue<'_>>, problems: &mut Problems) {
    let found = match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    problems.error(message, value.span(), &format!("expected {expected}, found {found}"), "");
}
