//! The kinds of mappings that a method of a unified model has: what each is called, and what it sees.
//!
//! A mapping lies in `mappings/<model>/<resource>.<method>.<kind>.jsonata`. What `$` is depends on the kind: mostly an
//! object of named parts of the call. A part that a kind does not see is undefined in production, so a case that
//! gives it would pass for nothing.

use serde_json::Value;

/// What a mapping turns into what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The upstream's answer into the unified one.
    Response,
    /// The unified query into the upstream's.
    Query,
    /// The unified request's body into the upstream's.
    RequestBody,
    /// The headers of the request to the upstream.
    RequestHeader,
    /// The headers of the answer to the caller.
    ResponseHeader,
    /// The path that the upstream is asked at.
    Path,
    /// The upstream's error into the unified one.
    Error,
    /// What a webhook delivered into the unified event.
    Webhook,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Kind; 8] = [
        Kind::Response,
        Kind::Query,
        Kind::RequestBody,
        Kind::RequestHeader,
        Kind::ResponseHeader,
        Kind::Path,
        Kind::Error,
        Kind::Webhook,
    ];

    /// The word in a file's name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Response => "response",
            Kind::Query => "query",
            Kind::RequestBody => "request_body",
            Kind::RequestHeader => "request_header",
            Kind::ResponseHeader => "response_header",
            Kind::Path => "path",
            Kind::Error => "error",
            Kind::Webhook => "webhook",
        }
    }

    /// The kind of a word.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The field of a method's config that holds it; a webhook's mapping does not belong to a method.
    pub fn config_field(self) -> Option<&'static str> {
        match self {
            Kind::Response => Some("response_mapping"),
            Kind::Query => Some("query_mapping"),
            Kind::RequestBody => Some("request_body_mapping"),
            Kind::RequestHeader => Some("request_header_mapping"),
            Kind::ResponseHeader => Some("response_header_mapping"),
            Kind::Path => Some("path_mapping"),
            Kind::Error => Some("error_mapping"),
            Kind::Webhook => None,
        }
    }

    /// The parts of a call that it sees by name; `None` where `$` is what a webhook delivered.
    pub fn scope(self) -> Option<&'static [&'static str]> {
        match self {
            Kind::Response => Some(&["response", "query", "rawQuery", "context", "headers", "body"]),
            Kind::Query => Some(&["query", "body", "context", "before", "id"]),
            Kind::RequestBody => Some(&["body", "context", "query", "rawQuery", "before", "id"]),
            Kind::RequestHeader => Some(&["headers", "body", "query", "rawQuery", "context", "requestBody"]),
            Kind::ResponseHeader => Some(&["headers", "body", "query", "rawQuery", "context", "response"]),
            Kind::Path => Some(&["headers", "body", "query", "rawQuery", "context", "before", "id"]),
            Kind::Error => {
                Some(&["headers", "error", "body", "query", "rawQuery", "context", "before", "id"])
            }
            Kind::Webhook => None,
        }
    }

    /// Whether `$` may as well be the body alone, which an operation's `scope` says.
    pub fn may_see_the_body_alone(self) -> bool {
        matches!(self, Kind::Response | Kind::Error | Kind::Webhook)
    }

    /// Refuses an input that production would never give to a mapping of this kind.
    pub fn check_input(self, input: &Value) -> Result<(), ScopeError> {
        let Some(scope) = self.scope() else { return Ok(()) };
        let Value::Object(parts) = input else { return Err(ScopeError::NoObject { kind: self, scope }) };
        match parts.keys().find(|part| !scope.contains(&part.as_str())) {
            Some(part) => Err(ScopeError::NotSeen { kind: self, part: part.clone(), scope }),
            None => Ok(()),
        }
    }
}

/// Why an input is none for a mapping of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// It is no object of parts.
    #[error("a {} mapping sees an object of {}", kind.name(), scope.join(", "))]
    NoObject {
        /// The kind.
        kind: Kind,
        /// What it sees.
        scope: &'static [&'static str],
    },
    /// It has a part that this kind does not see.
    #[error("a {} mapping does not see `{part}`: it sees {}", kind.name(), scope.join(", "))]
    NotSeen {
        /// The kind.
        kind: Kind,
        /// The part.
        part: String,
        /// What it sees.
        scope: &'static [&'static str],
    },
}

/// Which method of which resource a mapping belongs to, and its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MappingName {
    /// E.g. `contacts`.
    pub resource: String,
    /// E.g. `list`.
    pub method: String,
    /// What it maps.
    pub kind: Kind,
}

impl MappingName {
    /// Reads a file's name, `contacts.list.response.jsonata`; `None` for a mapping that is named otherwise.
    pub fn of_file(name: &str) -> Option<MappingName> {
        let stem = name.strip_suffix(".jsonata")?;
        let (rest, kind) = stem.rsplit_once('.')?;
        let (resource, method) = rest.rsplit_once('.')?;
        let kind = Kind::from_name(kind)?;
        Some(MappingName { resource: resource.to_owned(), method: method.to_owned(), kind })
    }

    /// The file's name.
    pub fn file(&self) -> String {
        format!("{}.{}.{}.jsonata", self.resource, self.method, self.kind.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(kind: Kind, input: &Value, expected: &str) {
        let said = kind.check_input(input).err().map_or("seen".to_owned(), |error| error.to_string());
        assert_eq!(said, expected);
    }

    #[test]
    fn a_file_is_named_for_what_it_maps() {
        for kind in Kind::ALL {
            let name = MappingName { resource: "custom-object".into(), method: "list".into(), kind };
            assert_eq!(MappingName::of_file(&name.file()), Some(name));
        }
        for name in
            ["contacts.jsonata", "contacts.response.jsonata", "a.b.respond.jsonata", "a.b.response.json"]
        {
            assert_eq!(MappingName::of_file(name), None, "{name}");
        }
    }

    #[test]
    fn each_kind_sees_its_parts_and_no_other() {
        check(Kind::Query, &json!({"query": {"limit": 1}, "context": {}, "id": "1"}), "seen");
        check(
            Kind::Query,
            &json!({"query": {}, "rawQuery": ""}),
            "a query mapping does not see `rawQuery`: it sees query, body, context, before, id",
        );
        check(Kind::RequestBody, &json!({"body": {}, "rawQuery": {}, "before": {}}), "seen");
        check(Kind::RequestHeader, &json!({"headers": {}, "requestBody": {}}), "seen");
        check(
            Kind::RequestHeader,
            &json!({"response": {}}),
            "a request_header mapping does not see `response`: it sees headers, body, query, rawQuery, context, requestBody",
        );
        check(Kind::ResponseHeader, &json!({"headers": {}, "response": {}}), "seen");
        check(
            Kind::Path,
            &json!([1]),
            "a path mapping sees an object of headers, body, query, rawQuery, context, before, id",
        );
        check(Kind::Error, &json!({"error": {"message": "no"}, "headers": {}}), "seen");
        check(Kind::Webhook, &json!(["anything"]), "seen");
    }
}
