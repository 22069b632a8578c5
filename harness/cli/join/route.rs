//! The form of an operation's request as the configuration declares it, against requests as they were recorded.

use std::collections::BTreeMap;

use super::place::Place;
use crate::config::{Request, Template};

/// A request's form: what is fixed in its path and query, and where its parameters stand.
#[derive(Clone, Debug)]
pub struct Route {
    method: &'static str,
    segments: Vec<Vec<Token>>,
    query: BTreeMap<String, Vec<Token>>,
    ignored: Vec<String>,
}

/// What a part of a path or of a query's value must be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(String),
    Parameter(String),
    /// A variable of the environment: accounts' ids and the like, which differ between the sides.
    Anything,
}

/// How a recorded request fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does.
    Fits(Bound),
    /// Method and path do, and this query parameter does not.
    ButQuery(String),
    /// It does not.
    No,
}

/// What of a request its form leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// The values of the parameters.
    pub parameters: BTreeMap<String, String>,
    /// Query parameters that the form does not name, sorted; those that are ignored left out.
    pub query: Vec<(String, String)>,
}

impl Route {
    /// The form of a request.
    pub fn of(request: &Request) -> Route {
        let mut segments = vec![Vec::new()];
        for part in request.path.texts() {
            let Some(text) = part else {
                segments.last_mut().expect("there is one from the start").push(Token::Anything);
                continue;
            };
            for (index, text) in text.split('/').enumerate() {
                if index > 0 {
                    segments.push(Vec::new());
                }
                segments.last_mut().expect("there is one from the start").extend(tokens(text));
            }
        }
        let value = |(name, template): (&String, &Template)| (name.clone(), value_tokens(template));
        Route {
            method: request.method.name(),
            segments: meaningful(segments, Vec::is_empty),
            query: request.query.iter().map(value).collect(),
            ignored: request.ignore_query.clone(),
        }
    }

    /// The names of its parameters.
    pub fn parameters(&self) -> Vec<String> {
        let tokens = self.segments.iter().chain(self.query.values()).flatten();
        let name = |token: &Token| match token {
            Token::Parameter(name) => Some(name.clone()),
            Token::Literal(_) | Token::Anything => None,
        };
        tokens.filter_map(name).collect()
    }

    /// How much of it is fixed: where several forms fit, the one that fixes more is meant.
    pub fn weight(&self) -> (usize, usize) {
        let literal = |tokens: &&Vec<Token>| tokens.iter().all(|token| matches!(token, Token::Literal(_)));
        (self.segments.iter().filter(literal).count(), self.query.values().filter(literal).count())
    }

    /// Whether a recorded request is of this form.
    pub fn fit(&self, method: &str, place: &Place) -> Fit {
        let recorded = meaningful(place.segments.clone(), String::is_empty);
        if method != self.method || recorded.len() != self.segments.len() {
            return Fit::No;
        }
        let mut bound = Bound::default();
        let is_path = self.segments.iter().zip(&recorded);
        if !is_path.into_iter().all(|(tokens, text)| binds(tokens, text, &mut bound.parameters)) {
            return Fit::No;
        }
        for (name, tokens) in self.query.iter().filter(|(name, _)| !self.ignored.contains(name)) {
            let values = place.query.iter().filter(|(recorded, _)| recorded == name);
            if !values.into_iter().any(|(_, value)| binds(tokens, value, &mut bound.parameters)) {
                return Fit::ButQuery(name.clone());
            }
        }
        let is_open =
            |(name, _): &&(String, String)| !self.query.contains_key(name) && !self.ignored.contains(name);
        bound.query = place.query.iter().filter(is_open).cloned().collect();
        bound.query.sort();
        Fit::Fits(bound)
    }
}

/// A path with and without a `/` at its end is one.
fn meaningful<T>(mut segments: Vec<T>, is_empty: impl Fn(&T) -> bool) -> Vec<T> {
    while segments.len() > 1 && segments.last().is_some_and(&is_empty) {
        segments.pop();
    }
    segments
}

/// A text with parameters in braces; other braces stand for themselves.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let name = rest[open + 1..].split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
        let end = name.map_or(open + 1, |name| open + name.len() + 2);
        literal.push_str(if name.is_some() { &rest[..open] } else { &rest[..end] });
        if let Some(name) = name {
            if !literal.is_empty() {
                tokens.push(Token::Literal(std::mem::take(&mut literal)));
            }
            tokens.push(Token::Parameter(name.to_owned()));
        }
        rest = &rest[end..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        tokens.push(Token::Literal(literal));
    }
    tokens
}

/// A query's value is a parameter as a whole or not at all: queries in languages of their own are full of braces.
fn value_tokens(template: &Template) -> Vec<Token> {
    let parts: Vec<_> = template.texts().collect();
    if let [Some(text)] = parts[..]
        && let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        && is_name(name)
    {
        return vec![Token::Parameter(name.to_owned())];
    }
    let token = |part: Option<&str>| part.map_or(Token::Anything, |text| Token::Literal(text.to_owned()));
    parts.into_iter().map(token).collect()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte == b'-' || byte.is_ascii_alphanumeric())
}

/// Whether a text is what the tokens ask for; a parameter takes at least one character, up to what follows it.
fn binds(tokens: &[Token], text: &str, parameters: &mut BTreeMap<String, String>) -> bool {
    let mut rest = text;
    for (index, token) in tokens.iter().enumerate() {
        if let Token::Literal(literal) = token {
            let Some(after) = rest.strip_prefix(literal.as_str()) else { return false };
            rest = after;
            continue;
        }
        let Some(first) = rest.chars().next() else { return false };
        let end = match tokens.get(index + 1) {
            None => Some(rest.len()),
            Some(Token::Literal(literal)) => {
                rest[first.len_utf8()..].find(literal.as_str()).map(|at| at + first.len_utf8())
            }
            // Nothing tells where the one ends and the other begins.
            Some(Token::Parameter(_) | Token::Anything) => Some(first.len_utf8()),
        };
        let Some(end) = end else { return false };
        if let Token::Parameter(name) = token {
            parameters.insert(name.clone(), rest[..end].to_owned());
        }
        rest = &rest[end..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Fit, Route};
    use crate::config::read;
    use crate::join::place::Place;

    #[track_caller]
    fn check(request: &str, method: &str, url: &str, expected: &str) {
        let text = format!("[migration]\nname = \"m\"\n[[operations]]\nname = \"o\"\nlegacy = {request}\n");
        let config = read(Path::new("cutover.toml"), "cutover.toml", &text).expect("it is a configuration");
        let route = Route::of(config.operations[0].legacy.as_ref().expect("it is declared"));
        let told = match route.fit(method, &Place::of(url)) {
            Fit::Fits(bound) => format!("{:?} {:?}", bound.parameters, bound.query),
            Fit::ButQuery(name) => format!("but {name}"),
            Fit::No => "no".to_owned(),
        };
        assert_eq!(told, expected, "{request} against {url}");
    }

    #[test]
    fn the_parameters_of_a_path_are_bound_in_their_segments() {
        let repo = r#"{ method = "GET", path = "/repos/{owner}/{repo}" }"#;
        check(repo, "GET", "https://x.test/repos/a/b%20c", r#"{"owner": "a", "repo": "b c"} []"#);
        check(repo, "GET", "/repos/a/b/", r#"{"owner": "a", "repo": "b"} []"#);
        check(repo, "GET", "/repos/a/b/c", "no");
        check(repo, "GET", "/repos/a", "no");
        check(repo, "GET", "/repos//b", "no");
        check(repo, "PUT", "/repos/a/b", "no");
        let odata = r#"{ method = "GET", path = "/Contacts(guid'{id}').json" }"#;
        check(odata, "GET", "/Contacts(guid'7').json", r#"{"id": "7"} []"#);
        check(odata, "GET", "/Contacts(guid'').json", "no");
    }

    #[test]
    fn a_variable_of_the_environment_stands_for_anything() {
        check(r#"{ method = "GET", path = "/a/${ACCOUNT}/c" }"#, "GET", "/a/17/c", "{} []");
        check(r#"{ method = "GET", path = "/c", query = { a = "${A}" } }"#, "GET", "/c?a=1", "{} []");
        check(r#"{ method = "GET", path = "/c", query = { a = "${A}" } }"#, "GET", "/c", "but a");
    }

    #[test]
    fn a_declared_query_must_be_there_and_the_rest_tells_requests_apart() {
        let list = r#"{ method = "GET", path = "/c", query = { limit = "50", id = "{id}" }, ignore_query = ["fields"] }"#;
        check(
            list,
            "GET",
            "/c?fields=a&z=1&id=7&limit=50&b=x+y",
            r#"{"id": "7"} [("b", "x y"), ("z", "1")]"#,
        );
        check(list, "GET", "/c?id=7&limit=10", "but limit");
        check(list, "GET", "/c?limit=50", "but id");
        let any = r#"{ method = "GET", path = "/c", query = { limit = "50" }, ignore_query = ["limit"] }"#;
        check(any, "GET", "/c?limit=10", "{} []");
        check(any, "GET", "/c", "{} []");
    }

    #[test]
    fn braces_that_are_no_parameter_stand_for_themselves() {
        check(r#"{ method = "GET", path = "/a{b c}" }"#, "GET", "/a%7Bb%20c%7D", "{} []");
        let filter = r#"{ method = "GET", path = "/c", query = { q = '{"a":{"b":1}}' } }"#;
        check(filter, "GET", "/c?q=%7B%22a%22%3A%7B%22b%22%3A1%7D%7D", "{} []");
    }
}
