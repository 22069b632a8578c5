//! Operations: the logical requests that both sides answer.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use compare::path::Reach;
use toml::Spanned;
use toml::de::DeValue;

use super::evaluation::{Evaluation, EvaluationKeys};
use super::join::{self, Join};
use super::json;
use super::nearest::nearest;
use super::path::{BodyPath, FilePath, refuses_variables};
use super::request::{Made, Request, Safety, read_request};
use super::table::{Problems, Table, Text, list, texts};

/// A longer name does not fit the file names that are made of it.
pub const OPERATION_NAME_BYTES_MAX: usize = 128;

/// An operation's name: it is a folder's name too, so no `/`, no `..` and nothing hidden is possible.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationName(String);

/// Why a text is not an operation's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an operation's name is 1 to {OPERATION_NAME_BYTES_MAX} of a-z, 0-9, `.`, `_`, `-`, and begins with a letter or digit"
)]
pub struct NotAName;

impl OperationName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<OperationName, NotAName> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let first = text.bytes().next().is_some_and(plain);
        let rest = text.bytes().all(|byte| plain(byte) || b"._-".contains(&byte));
        let fits = first && rest && text.len() <= OPERATION_NAME_BYTES_MAX;
        fits.then(|| OperationName(text.to_owned())).ok_or(NotAName)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A named logical request with its form on each side, and how its answers are judged.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Unique in a configuration.
    pub name: OperationName,
    /// How legacy is asked; capture needs it, judging does not.
    pub legacy: Option<Request>,
    /// How new is asked.
    pub new: Option<Request>,
    /// How the upstream is asked through the new side's proxy.
    pub source: Option<Request>,
    /// What tells one recorded request from another, where sides are recorded one at a time.
    pub join: Join,
    /// Why a method that is not safe only reads here.
    pub read_only: Option<String>,
    /// Which body the mapping turns into legacy's.
    pub map_from: MapFrom,
    /// The mapping; `None`: the body as it is.
    pub mapping: Option<FilePath>,
    /// The mapping for answers that are errors.
    pub error_mapping: Option<FilePath>,
    /// What a mapping sees, with what it is given beside the answer.
    pub scope: Scope,
    /// How its mappings are evaluated: as the new side does, where it does not say otherwise.
    pub evaluation: Evaluation,
    /// Files of tolerances, in the order in which they are tried.
    pub tolerances: Vec<FilePath>,
    /// Where a list's items lie in the legacy shape.
    pub items: Option<BodyPath>,
    /// Whether the order of those items counts, where the list was walked to its end and a key joins it.
    pub order: Order,
    /// Which lists are joined by which fields.
    pub keys: Vec<Key>,
    /// The headers that are compared, in lower case; status and body always are.
    pub headers: Vec<String>,
    /// What the application reads.
    pub consumes: Vec<BodyPath>,
    /// What it must never get wrong.
    pub critical: Vec<BodyPath>,
    /// The integrations that it is asked of; empty: all.
    pub integrations: Vec<String>,
    /// The OAuth scopes that it needs, by integration.
    pub scopes: BTreeMap<String, Vec<String>>,
    /// The words of consumed fields that are enumerations.
    pub values: Vec<Words>,
    /// Where the configuration declares it.
    pub span: Range<usize>,
}

impl Operation {
    /// Every mapping that it names: of answers, and of requests.
    pub fn all_mappings(&self) -> impl Iterator<Item = &FilePath> {
        let requests = [&self.new, &self.source].into_iter().flatten();
        [&self.mapping, &self.error_mapping].into_iter().flatten().chain(requests.flat_map(Request::mappings))
    }
}

/// Which body a mapping turns into legacy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapFrom {
    /// The new side's.
    New,
    /// The upstream's own.
    Source,
}

/// Whether the order of a list that was walked to its end counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Records are told by their key; each side may sort as it likes.
    Free,
    /// The application relies on it.
    Kept,
}

/// What a mapping sees.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// `$` is the body.
    Body,
    /// The names that Truto's mappings see; `context` is what the configuration gives.
    Truto {
        /// Beside the answer.
        context: serde_json::Map<String, serde_json::Value>,
    },
}

/// What joins the elements of the lists at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The lists, in the legacy shape.
    pub path: BodyPath,
    /// One field, or several together.
    pub fields: Vec<String>,
}

/// The words of a field that is one of a few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The field, in the legacy shape.
    pub path: BodyPath,
    /// Each as legacy writes it.
    pub words: Vec<String>,
}

pub(super) fn read_operation(
    value: &Spanned<DeValue<'_>>,
    number: usize,
    folder: &Path,
    inherited: &EvaluationKeys,
    problems: &mut Problems,
) -> Option<Operation> {
    let DeValue::Table(entries) = value.get_ref() else {
        let message = format!("operation {number} is not a table");
        super::table::wrong_type(message, "[[operations]]", value, problems);
        return None;
    };
    let called = entries.get("name").and_then(|name| name.get_ref().as_str());
    let what = called.map_or(format!("operation {number}"), |name| format!("operation `{name}`"));
    let mut table = Table::new(what, entries, value.span());
    let name = table.required_text("name", problems).and_then(|text| name(text, problems));
    let [legacy, new, source] = ["legacy", "new", "source"].map(|key| {
        let made = if key == "legacy" { Made::ByTheApplication } else { Made::FromLegacys };
        table.table(key, problems).map(|side| read_request(side, made, folder, problems))
    });
    let requests = [&legacy, &new, &source].map(|request| request.as_ref().and_then(Option::as_ref));
    let join = table.table("join", problems).map(|table| join::read_join(table, requests, problems));
    let read_only = table.text("read_only", problems).and_then(|text| reason(text, problems));
    let map_from =
        one_of(&mut table, "map_from", &[("new", MapFrom::New), ("source", MapFrom::Source)], problems);
    let file = |text: Text, problems: &mut Problems| FilePath::read(text, folder, problems);
    let mapping = table.text("mapping", problems).and_then(|text| file(text, problems));
    let error_mapping = table.text("error_mapping", problems).and_then(|text| file(text, problems));
    let scope = scope(&mut table, problems);
    let evaluation = EvaluationKeys::read(&mut table, problems).or(inherited).resolve(problems);
    let tolerances = table.texts("tolerances", problems);
    let tolerances = tolerances.into_iter().filter_map(|text| file(text, problems)).collect();
    let items = table.text("items", problems).and_then(|text| BodyPath::read(text, problems));
    let order = one_of(&mut table, "order", &[("free", Order::Free), ("kept", Order::Kept)], problems);
    let keys = keys(&mut table, problems);
    let headers =
        table.texts("headers", problems).into_iter().filter_map(|text| header(text, problems)).collect();
    let mut paths = |key| {
        let texts = table.texts(key, problems);
        texts.into_iter().filter_map(|text| BodyPath::read(text, problems)).collect::<Vec<_>>()
    };
    let (consumes, critical) = (paths("consumes"), paths("critical"));
    for path in critical.iter().filter(|path| Reach::of(&path.text).is_anywhere()) {
        let message = format!("`{}` is critical, and does not say where it lies", path.text);
        let help = "name the way to it without `..`, once for each place: $.data[*].id";
        problems.error(message, path.span.clone(), "anywhere below", help);
    }
    let integrations = table.texts("integrations", problems).into_iter().map(|text| text.value).collect();
    let scopes = scopes(&mut table, problems);
    let values = values(&mut table, &consumes, problems);

    if map_from == MapFrom::Source && source.is_none() {
        let message =
            format!("{} is mapped from `source`, but does not say how the source is asked", table.what());
        let help = "add source = { method = \"GET\", path = \"/…\" }, or take map_from = \"new\"";
        problems.error(message, table.key_span("map_from"), "needs `source`", help);
    }
    for (key, request) in [("legacy", &legacy), ("new", &new), ("source", &source)] {
        let Some(Some(request)) = request else { continue };
        if request.method.safety() == Safety::Unsafe
            && read_only.is_none()
            && !entries.contains_key("read_only")
        {
            let method = request.method.name();
            let message = format!("{} asks `{key}` by {method}, which may write", table.what());
            let help = "an operation is asked of both sides; if this one only reads, say why: \
                        read_only = \"a search is a read by POST\"";
            problems.error(message, table.key_span(key), "not a safe method, and no `read_only`", help);
        }
    }
    let span = table.span();
    table.finish(problems);
    Some(Operation {
        name: name?,
        // A request that could not be read has been told; the configuration is refused anyway.
        legacy: legacy.flatten(),
        new: new.flatten(),
        source: source.flatten(),
        join: join.unwrap_or_default(),
        read_only,
        map_from,
        mapping,
        error_mapping,
        scope,
        evaluation,
        tolerances,
        items,
        order,
        keys,
        headers,
        consumes,
        critical,
        integrations,
        scopes,
        values,
        span,
    })
}

fn name(text: Text, problems: &mut Problems) -> Option<OperationName> {
    let name = OperationName::parse(&text.value);
    if let Err(error) = name {
        let message = format!("`{}` is not an operation's name", text.value);
        problems.error(
            message,
            text.span,
            "expected a name such as \"crm.contacts.list\"",
            &error.to_string(),
        );
    }
    name.ok()
}

fn reason(text: Text, problems: &mut Problems) -> Option<String> {
    if text.value.trim().is_empty() {
        problems.error("`read_only` gives no reason", text.span, "expected the reason, in words", "");
        return None;
    }
    Some(text.value)
}

/// One of a few words; the first where the key is absent.
fn one_of<T: Copy>(
    table: &mut Table<'_, '_>,
    key: &'static str,
    words: &[(&'static str, T)],
    problems: &mut Problems,
) -> T {
    let default = words[0].1;
    let Some(text) = table.text(key, problems) else { return default };
    if let Some((_, found)) = words.iter().find(|(word, _)| *word == text.value) {
        return *found;
    }
    let names = || words.iter().map(|(word, _)| *word);
    let message = format!("`{key}` in {} cannot be `{}`", table.what(), text.value);
    let near = nearest(&text.value, names()).map(|near| format!("did you mean `{near}`?"));
    let label = format!("expected one of {}", list(names()));
    problems.error(message, text.span, &label, near.as_deref().unwrap_or(""));
    default
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopeWord {
    Body,
    Truto,
}

fn scope(table: &mut Table<'_, '_>, problems: &mut Problems) -> Scope {
    let word = one_of(table, "scope", &[("body", ScopeWord::Body), ("truto", ScopeWord::Truto)], problems);
    let context = table.value("context");
    match (word, context) {
        (ScopeWord::Body, None) => Scope::Body,
        (ScopeWord::Body, Some(_)) => {
            let message = format!("{} has a `context`, which its scope `body` does not show", table.what());
            problems.error(
                message,
                table.key_span("context"),
                "never seen",
                "take scope = \"truto\", or leave it out",
            );
            Scope::Body
        }
        (ScopeWord::Truto, None) => Scope::Truto { context: serde_json::Map::new() },
        (ScopeWord::Truto, Some(value)) => {
            let context = match value.get_ref() {
                DeValue::Table(_) => json::read(value, json::Texts::Plain, problems),
                _ => {
                    let message = format!("`context` in {} is not a table", table.what());
                    super::table::wrong_type(message, "a table", value, problems);
                    None
                }
            };
            match context {
                Some(serde_json::Value::Object(context)) => Scope::Truto { context },
                _ => Scope::Truto { context: serde_json::Map::new() },
            }
        }
    }
}

fn keys(table: &mut Table<'_, '_>, problems: &mut Problems) -> Vec<Key> {
    let Some(keys) = table.table("keys", problems) else { return Vec::new() };
    let key = |path: &BodyPath, fields: &Spanned<DeValue<'_>>, problems: &mut Problems| {
        let what = format!("the key of `{}`", path.text);
        let before = problems.list.len();
        let fields = texts(fields, &what, problems);
        let names =
            fields.iter().map(|field| field.value.as_str()).collect::<std::collections::BTreeSet<_>>();
        let wrong = fields.is_empty() || names.len() < fields.len() || names.contains("");
        if wrong && problems.list.len() == before {
            let span = path.span.clone();
            problems.error(format!("{what} names no field, or one twice"), span, "expected [\"id\"]", "");
        }
        Key { path: path.clone(), fields: fields.into_iter().map(|field| field.value).collect() }
    };
    let mut read = Vec::new();
    for (path, fields) in keys.entries() {
        let Some(path) = BodyPath::read(path, problems) else { continue };
        // A list of keys, to be tried in their order, or just one.
        match fields.get_ref() {
            DeValue::Array(keys) if keys.iter().any(|key| matches!(key.get_ref(), DeValue::Array(_))) => {
                read.extend(keys.iter().map(|fields| key(&path, fields, problems)));
            }
            _ => read.push(key(&path, fields, problems)),
        }
    }
    read.sort_by_key(|key| key.path.span.start);
    read
}

/// Only what the application reads is looked at, so words of other fields would never be seen.
/// The scopes of each integration.
fn scopes(table: &mut Table<'_, '_>, problems: &mut Problems) -> BTreeMap<String, Vec<String>> {
    let Some(scopes) = table.table("scopes", problems) else { return BTreeMap::new() };
    let entries = scopes.entries().map(|(integration, value)| {
        let what = format!("`{}` in {}", integration.value, scopes.what());
        let names = texts(value, &what, problems).into_iter().map(|text| text.value).collect();
        (integration.value, names)
    });
    entries.collect()
}

fn values(table: &mut Table<'_, '_>, consumes: &[BodyPath], problems: &mut Problems) -> Vec<Words> {
    let Some(values) = table.table("values", problems) else { return Vec::new() };
    let entry = |(path, words): (Text, &Spanned<DeValue<'_>>), problems: &mut Problems| {
        let what = format!("the words of `{}`", path.value);
        if !consumes.iter().any(|consumed| consumed.text == path.value) {
            let message = format!("`{}` has words and is not consumed", path.value);
            problems.error(
                message,
                path.span.clone(),
                "not in `consumes`",
                "name it there as it is named here",
            );
        }
        let words = texts(words, &what, problems).into_iter().map(|word| word.value).collect();
        Some(Words { path: BodyPath::read(path, problems)?, words })
    };
    values.entries().filter_map(|value| entry(value, problems)).collect()
}

fn header(text: Text, problems: &mut Problems) -> Option<String> {
    if refuses_variables(&text, "a header's name", problems) {
        return None;
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.value.is_empty() || !text.value.bytes().all(token) {
        let message = format!("`{}` is not the name of a header", text.value);
        problems.error(message, text.span, "expected a name such as \"content-type\"", "");
        return None;
    }
    Some(text.value.to_lowercase())
}
