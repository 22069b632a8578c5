//! What new is asked where mappings make its query or its body from what legacy is asked, and how each side's lists are walked.

use capture::record::List;
use compare::path::Path;
use mapping::input::query_object;
use mapping::kind::Kind;
use mapping::mapping::{LIMITS, MapError, Mapping};
use providers::asked::encoded_query;
use providers::profile::{Next, Place, Profile};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::config::{Config, NextPage, Operation, Problem, Request, Scope};
use crate::engines::Engines;
use crate::join::Witness;
use crate::plan::read_mapping;

/// The mappings of one request of the new side; without any, parameters go from one form to the other as they are.
#[derive(Debug, Default)]
pub struct RequestMappings {
    query: Option<Mapping>,
    body: Option<Mapping>,
    context: String,
}

/// What legacy is asked.
#[derive(Clone, Copy, Debug)]
pub struct LegacyRequest<'r> {
    /// All of its query, decoded.
    pub query: &'r [(String, String)],
    /// What is sent, where something is.
    pub body: Option<&'r str>,
    /// The parameter `id` of its path, where that has one.
    pub id: Option<&'r str>,
    /// What `$now()` answers.
    pub now_ms: i64,
}

/// Why new cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum RequestMapError {
    /// The mapping does not answer.
    #[error("its {} mapping: {source}", kind.name())]
    Map {
        /// Which.
        kind: Kind,
        /// Why.
        source: MapError,
    },
    /// What it answers is no query.
    #[error(
        "its query mapping answers {found}: a query is an object of texts, numbers, truths and lists of these"
    )]
    NotAQuery {
        /// In JSON.
        found: String,
    },
}

/// More of what a mapping answered is not told.
const FOUND_CHARACTERS_MAX: usize = 120;

impl RequestMappings {
    /// Reads and compiles the mappings of a request.
    pub fn compile(
        config: &Config,
        operation: &Operation,
        request: &Request,
        engines: &Engines,
    ) -> Result<RequestMappings, Vec<Problem>> {
        let settings = engines.settings(&operation.evaluation);
        let compile = |file: &Option<crate::config::FilePath>| {
            file.as_ref().map(|file| read_mapping(config, file, &settings)).transpose()
        };
        let context = match &operation.scope {
            Scope::Body => "{}".to_owned(),
            Scope::Truto { context } => Value::Object(context.clone()).to_string(),
        };
        match (compile(&request.query_mapping), compile(&request.request_body_mapping)) {
            (Ok(query), Ok(body)) => Ok(RequestMappings { query, body, context }),
            (query, body) => Err([query.err(), body.err()].into_iter().flatten().collect()),
        }
    }

    /// New's query as the mapping makes it; `None` where there is no mapping. Production sends nothing for null, and a list as a repeated name.
    pub fn query(
        &self,
        legacy: &LegacyRequest<'_>,
    ) -> Result<Option<Vec<(String, String)>>, RequestMapError> {
        let Some(mapping) = &self.query else { return Ok(None) };
        let answer = self.evaluate(mapping, Kind::Query, legacy)?;
        let Some(answer) = answer else { return Ok(Some(Vec::new())) };
        let refused = || {
            let found = answer.chars().take(FOUND_CHARACTERS_MAX).collect();
            RequestMapError::NotAQuery { found }
        };
        let Ok(Value::Object(members)) = serde_json::from_str(&answer) else { return Err(refused()) };
        let mut query = Vec::with_capacity(members.len());
        for (name, value) in members {
            let values = match value {
                Value::Array(values) => values,
                value => vec![value],
            };
            for value in values {
                match value {
                    Value::Null => {}
                    Value::String(text) => query.push((name.clone(), text)),
                    Value::Bool(_) | Value::Number(_) => query.push((name.clone(), value.to_string())),
                    Value::Array(_) | Value::Object(_) => return Err(refused()),
                }
            }
        }
        Ok(Some(query))
    }

    /// New's body as the mapping makes it, in JSON: outside, whether there is a mapping; inside, whether it sends anything.
    pub fn body(&self, legacy: &LegacyRequest<'_>) -> Result<Option<Option<String>>, RequestMapError> {
        let Some(mapping) = &self.body else { return Ok(None) };
        self.evaluate(mapping, Kind::RequestBody, legacy).map(Some)
    }

    fn evaluate(
        &self,
        mapping: &Mapping,
        kind: Kind,
        legacy: &LegacyRequest<'_>,
    ) -> Result<Option<String>, RequestMapError> {
        let input = self.input(kind, legacy);
        mapping
            .evaluate(&input, legacy.now_ms, &LIMITS)
            .map_err(|source| RequestMapError::Map { kind, source })
    }

    /// The names that a mapping of the kind sees in production, as far as they are known: what steps before the request answered is not.
    fn input(&self, kind: Kind, legacy: &LegacyRequest<'_>) -> String {
        let pairs = legacy.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let raw = encoded_query(pairs);
        let raw = raw.trim_start_matches('?');
        let quoted = |text: &str| Value::from(text).to_string();
        let is_json = |text: &&str| serde_json::from_str::<&RawValue>(text).is_ok();
        let part = |name: &str| match name {
            "query" => Some(query_object(raw)),
            "rawQuery" => Some(quoted(raw)),
            "context" => Some(self.context.clone()),
            "body" => legacy.body.filter(is_json).map(str::to_owned),
            "id" => legacy.id.map(quoted),
            _ => None,
        };
        let parts = kind.scope().unwrap_or_default().iter();
        let parts: Vec<String> =
            parts.filter_map(|name| Some(format!("{}:{}", quoted(name), part(name)?))).collect();
        format!("{{{}}}", parts.join(","))
    }
}

/// How a side's list is walked: as the operation says, else as the profile does; an operation without items is no list.
pub fn list(operation: &Operation, request: &Request, profile: &Profile, witness: Witness) -> Option<List> {
    let items_of_legacy = operation.items.as_ref()?;
    let place = |text: &str| Path::parse(text).ok().map(|path| Place { text: text.to_owned(), path });
    let mut items = match witness {
        Witness::Legacy => place(&items_of_legacy.text)?.path,
        Witness::New | Witness::Source => profile.list.items.path.clone(),
    };
    let next = match &request.next_page {
        None => profile.list.next.clone()?,
        Some(NextPage::Link) => Next::Link,
        Some(NextPage::Body { path, query }) => {
            let of_profile = match &profile.list.next {
                Some(Next::Cursor { query, .. }) => Some(query.clone()),
                Some(Next::Url { .. } | Next::Link | Next::Offset { .. }) | None => None,
            };
            let place = place(&path.text)?;
            match query.clone().or(of_profile) {
                Some(query) => Next::Cursor { cursor: place, query },
                None => Next::Url { url: place },
            }
        }
        Some(NextPage::Offset { query, more, items: told }) => {
            if let Some(told) = told {
                items = place(&told.text)?.path;
            }
            Next::Offset { query: query.clone(), more: more.as_ref().and_then(|more| place(&more.text)) }
        }
    };
    Some(List { next, items })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: [(&str, &str); 4] = [("limit", "50"), ("filter[a b]", "x&y"), ("tag", "a"), ("tag", "b")];

    fn mappings(query: Option<&str>, body: Option<&str>) -> RequestMappings {
        let compile = |source: &str| Mapping::compile(source).expect("it is JSONata");
        RequestMappings {
            query: query.map(compile),
            body: body.map(compile),
            context: r#"{"pipeline":"7"}"#.to_owned(),
        }
    }

    #[track_caller]
    fn check_query(mapping: &str, expected: &str) {
        let query = QUERY.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let legacy = LegacyRequest { query: &query, body: Some(r#"{"q":1.0}"#), id: Some("9"), now_ms: 0 };
        let answer = match mappings(Some(mapping), None).query(&legacy) {
            Ok(Some(query)) => {
                encoded_query(query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            }
            Ok(None) => "no mapping".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(answer, expected, "{mapping}");
    }

    #[test]
    fn a_query_is_made_of_what_legacy_is_asked() {
        check_query(
            r#"{"page_size": query.limit, "pipeline": context.pipeline}"#,
            "?page_size=50&pipeline=7",
        );
        check_query(r#"{"tag": query.tag, "id": $number(id) + 1, "is": true}"#, "?tag=a&tag=b&id=10&is=true");
        check_query(r#"{"q": body.q, "n": null, "f": query.`filter[a b]`}"#, "?q=1&f=x%26y");
        check_query("query.nothing", "");
        // A query mapping does not see it in production.
        check_query(r#"{"raw": rawQuery}"#, "");
    }

    #[test]
    fn what_is_no_query_is_refused() {
        let refused = "a query is an object of texts, numbers, truths and lists of these";
        check_query("[1]", &format!("its query mapping answers [1]: {refused}"));
        check_query(
            r#"{"a": {"b": 1}}"#,
            &format!("its query mapping answers {{\"a\":{{\"b\":1}}}}: {refused}"),
        );
        check_query("$error('no')", "its query mapping: no (D3137) at line 1, column 8 of the mapping");
    }

    #[test]
    fn a_body_is_made_too_and_may_be_none() {
        let query = QUERY.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let check = |mapping: Option<&str>, body: Option<&str>, expected: Option<Option<&str>>| {
            let legacy = LegacyRequest { query: &query, body, id: None, now_ms: 0 };
            let answer = mappings(None, mapping).body(&legacy).expect("it answers");
            assert_eq!(answer.as_ref().map(Option::as_deref), expected, "{mapping:?}");
        };
        check(None, Some("{}"), None);
        let mapping = r#"{"q": "SELECT " & body.fields, "raw": rawQuery}"#;
        let raw = "limit=50&filter%5Ba%20b%5D=x%26y&tag=a&tag=b";
        let expected = format!(r#"{{"q":"SELECT id","raw":"{raw}"}}"#);
        check(Some(mapping), Some(r#"{"fields": "id"}"#), Some(Some(&expected)));
        check(Some("body.nothing"), Some("no JSON"), Some(None));
    }
}
