//! How an operation is asked of one side.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::json;
use super::nearest::nearest;
use super::path::{BodyPath, FilePath, refuses_variables, within};
use super::table::{Problems, Table, Text, list, text, wrong_type};
use super::template::{MissingVariable, SecretTemplate, Template, Variables};

/// A request as the configuration declares it; its values are resolved where it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// From the provider's base on.
    pub path: Template,
    /// Query parameters by name.
    pub query: BTreeMap<String, Template>,
    /// Headers by lower-case name; they may hold secrets.
    pub headers: BTreeMap<String, SecretTemplate>,
    /// What is sent.
    pub body: RequestBody,
    /// Query parameters that do not tell one recorded request from another.
    pub ignore_query: Vec<String>,
    /// How a list's answer says where it goes on; `None`: each answer stands alone.
    pub next_page: Option<NextPage>,
    /// What makes the query from what legacy is asked; `None`: the form, and what it leaves open.
    pub query_mapping: Option<FilePath>,
    /// What makes the body.
    pub request_body_mapping: Option<FilePath>,
}

/// How a list's answer says where it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextPage {
    /// By the header `link` with `rel="next"`.
    Link,
    /// By a URL or a cursor in the answer's body.
    Body {
        /// Where it lies.
        path: BodyPath,
        /// The query parameter that takes a cursor; `None`: the profile's.
        query: Option<String>,
    },
    /// It does not: a query parameter counts the items so far.
    Offset {
        /// The parameter.
        query: String,
        /// Where the body says whether there is more; `None`: a short page is the last.
        more: Option<BodyPath>,
        /// Where this side's items lie, which are counted; `None`: where the profile says.
        items: Option<BodyPath>,
    },
}

/// What a request sends.
#[derive(Clone, Debug)]
pub enum RequestBody {
    /// Nothing.
    Absent,
    /// A text, as it is.
    Text(Template),
    /// A table, sent as JSON; the texts in it are templates.
    Json(serde_json::Value),
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Safe.
    Get,
    /// Safe.
    Head,
    /// Safe.
    Options,
    /// Not safe.
    Post,
    /// Not safe.
    Put,
    /// Not safe.
    Patch,
    /// Not safe.
    Delete,
}

/// Whether asking may change something (RFC 9110, section 9.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It only reads.
    Safe,
    /// It may write.
    Unsafe,
}

impl Method {
    /// Every method with its name.
    pub const ALL: [(Method, &'static str); 7] = [
        (Method::Get, "GET"),
        (Method::Head, "HEAD"),
        (Method::Options, "OPTIONS"),
        (Method::Post, "POST"),
        (Method::Put, "PUT"),
        (Method::Patch, "PATCH"),
        (Method::Delete, "DELETE"),
    ];

    /// As HTTP writes it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(method, _)| *method == self).map_or("", |(_, name)| name)
    }

    /// Whether asking may change something.
    pub fn safety(self) -> Safety {
        match self {
            Method::Get | Method::Head | Method::Options => Safety::Safe,
            Method::Post | Method::Put | Method::Patch | Method::Delete => Safety::Unsafe,
        }
    }
}

impl Request {
    /// The mappings that make it.
    pub fn mappings(&self) -> impl Iterator<Item = &FilePath> {
        [&self.query_mapping, &self.request_body_mapping].into_iter().flatten()
    }

    /// The variables that it names.
    pub fn variables(&self) -> Vec<String> {
        let mut names = self.path.variables().collect::<Vec<_>>();
        names.extend(self.query.values().flat_map(Template::variables));
        names.extend(self.headers.values().flat_map(SecretTemplate::variables));
        let mut names = names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        match &self.body {
            RequestBody::Absent => {}
            RequestBody::Text(template) => names.extend(template.variables().map(str::to_owned)),
            RequestBody::Json(value) => json::variables(value, &mut names),
        }
        names
    }
}

impl RequestBody {
    /// The text that is sent, with its variables replaced.
    pub fn resolve(&self, variable: Variables<'_>) -> Result<Option<String>, MissingVariable> {
        match self {
            RequestBody::Absent => Ok(None),
            RequestBody::Text(template) => template.resolve(variable).map(Some),
            RequestBody::Json(value) => Ok(Some(json::resolved(value, variable)?.to_string())),
        }
    }
}

/// Whose form it is: legacy's request is what the others are made from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// By the application.
    ByTheApplication,
    /// From legacy's.
    FromLegacys,
}

pub(super) fn read_request(
    mut table: Table<'_, '_>,
    made: Made,
    folder: &Path,
    problems: &mut Problems,
) -> Option<Request> {
    let method = table.required_text("method", problems).and_then(|text| method(&text, problems));
    let path = table.required_text("path", problems).and_then(|text| path(text, problems));
    let query = templates(table.table("query", problems), problems);
    let headers = templates(table.table("headers", problems), problems);
    let body = table.value("body").map_or(Some(RequestBody::Absent), |value| body(value, problems));
    let ignore_query = table.texts("ignore_query", problems);
    let ignore_query =
        ignore_query.into_iter().filter_map(|text| parameter(text, problems)).collect::<Vec<_>>();
    let next_page = next_page(&mut table, problems);
    let [query_mapping, request_body_mapping] = match made {
        // There it is an unknown key, and told as such.
        Made::ByTheApplication => [None, None],
        Made::FromLegacys => ["query_mapping", "request_body_mapping"].map(|key| {
            let text = table.text(key, problems);
            text.and_then(|text| FilePath::read(text, folder, problems))
        }),
    };
    table.finish(problems);
    Some(Request {
        method: method?,
        path: path?,
        query,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_lowercase(), SecretTemplate::new(value)))
            .collect(),
        body: body?,
        ignore_query,
        next_page,
        query_mapping,
        request_body_mapping,
    })
}

fn parameter(text: Text, problems: &mut Problems) -> Option<String> {
    if refuses_variables(&text, "a query parameter's name", problems) {
        return None;
    }
    if text.value.is_empty() || text.value.contains(['=', '&', '?', '#']) {
        let message = format!("`{}` is not the name of a query parameter", text.value);
        problems.error(message, text.span, "expected a name such as \"limit\"", "");
        return None;
    }
    Some(text.value)
}

fn next_page(request: &mut Table<'_, '_>, problems: &mut Problems) -> Option<NextPage> {
    if !matches!(request.value("next_page")?.get_ref(), DeValue::Table(_)) {
        return request.text("next_page", problems).and_then(|text| named_next_page(text, problems));
    }
    let mut table = request.table("next_page", problems)?;
    let mut path = |key, problems: &mut Problems| {
        table.text(key, problems).and_then(|text| BodyPath::read(text, problems))
    };
    let (cursor, more, items) = (path("cursor", problems), path("more", problems), path("items", problems));
    let mut name =
        |key, problems: &mut Problems| table.text(key, problems).and_then(|text| parameter(text, problems));
    let (query, offset) = (name("query", problems), name("offset", problems));
    let span = table.span();
    table.finish(problems);
    match (cursor, query, offset) {
        (Some(path), query @ Some(_), None) if more.is_none() && items.is_none() => {
            Some(NextPage::Body { path, query })
        }
        (None, None, Some(query)) => Some(NextPage::Offset { query, more, items }),
        _ => {
            let help = "{ cursor = \"$.next\", query = \"cursor\" } puts a cursor of the body into a parameter; \
                        { offset = \"offset\" } counts items, with `more` and `items` where the body tells them";
            problems.error(
                "`next_page` says neither where a cursor is nor what counts",
                span,
                "expected",
                help,
            );
            None
        }
    }
}

fn named_next_page(text: Text, problems: &mut Problems) -> Option<NextPage> {
    if text.value == "link" {
        return Some(NextPage::Link);
    }
    if !text.value.starts_with('$') {
        let message = format!("`next_page` cannot be `{}`", text.value);
        let help = "\"link\" is the header of that name; a JSONPath such as \"$.paging.next.after\" is where the body \
                    has the next page's URL or cursor";
        problems.error(message, text.span, "expected \"link\" or a JSONPath", help);
        return None;
    }
    BodyPath::read(text, problems).map(|path| NextPage::Body { path, query: None })
}

fn method(text: &Text, problems: &mut Problems) -> Option<Method> {
    let found = Method::ALL.iter().find(|(_, name)| *name == text.value);
    if found.is_none() {
        let names = || Method::ALL.iter().map(|(_, name)| *name);
        let help = match nearest(&text.value, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => String::new(),
        };
        let message = format!("`{}` is not a method", text.value);
        problems.error(message, text.span.clone(), &format!("expected one of {}", list(names())), &help);
    }
    found.map(|(method, _)| *method)
}

fn path(text: Text, problems: &mut Problems) -> Option<Template> {
    if !text.value.starts_with('/') {
        let help = "it is added to the base address that the provider's profile gives";
        problems.error("a request's path does not begin with `/`", text.span, "expected `/…`", help);
        return None;
    }
    template(&text, problems)
}

/// Reads a value in which variables may stand.
pub(super) fn template(text: &Text, problems: &mut Problems) -> Option<Template> {
    match Template::parse(&text.value) {
        Ok(template) => Some(template),
        Err(error) => {
            let at = within(text, error.offset, &problems.text);
            problems.error("a variable that cannot be read", at, &error.message, "");
            None
        }
    }
}

/// Reads a table of free keys and templates.
pub(super) fn templates(table: Option<Table<'_, '_>>, problems: &mut Problems) -> BTreeMap<String, Template> {
    let mut templates = BTreeMap::new();
    let Some(table) = table else { return templates };
    for (key, value) in table.entries() {
        let what = format!("`{}` in {}", key.value, table.what());
        let read = text(value, &what, problems).and_then(|text| template(&text, problems));
        templates.extend(read.map(|template| (key.value, template)));
    }
    templates
}

fn body(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<RequestBody> {
    match value.get_ref() {
        DeValue::String(_) => {
            let text = text(value, "`body` of a request", problems)?;
            template(&text, problems).map(RequestBody::Text)
        }
        DeValue::Table(_) | DeValue::Array(_) => {
            json::read(value, json::Texts::Templates, problems).map(RequestBody::Json)
        }
        _ => {
            wrong_type(
                "`body` of a request is not a text or a table".to_owned(),
                "a text or a table",
                value,
                problems,
            );
            None
        }
    }
}
