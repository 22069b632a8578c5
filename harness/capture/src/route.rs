//! The form of an operation's request, in both directions: which requests are of it, and which request its parameters make.

use std::collections::BTreeMap;

use providers::asked::encoded;

use crate::place::Place;

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
    /// The account's id on this side.
    Account,
    /// A variable of the environment: accounts' ids and the like, which differ between the sides.
    Anything(Option<String>),
}

/// What stands for the account's id in a path; a parameter cannot be called so.
const ACCOUNT: &str = "{account}";

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
    /// What stands in the account's place of the path, where the form has one.
    pub account: Option<String>,
    /// Query parameters that the form does not name, sorted; those that are ignored left out.
    pub query: Vec<(String, String)>,
}

/// A part of a path or of a query's value, as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it stands there; parameters are in braces.
    Text(String),
    /// A variable of the environment; its value, where it is set.
    Variable(Option<String>),
}

impl Route {
    /// The form of a request: its method, its path, its query, and the query parameters that tell no request from another.
    pub fn new(
        method: &'static str,
        path: Vec<Part>,
        query: BTreeMap<String, Vec<Part>>,
        ignored: Vec<String>,
    ) -> Route {
        let mut segments = vec![Vec::new()];
        for part in path {
            let text = match part {
                Part::Text(text) => text,
                Part::Variable(value) => {
                    segments.last_mut().expect("there is one from the start").push(Token::Anything(value));
                    continue;
                }
            };
            for (index, text) in text.split('/').enumerate() {
                if index > 0 {
                    segments.push(Vec::new());
                }
                segments.last_mut().expect("there is one from the start").extend(tokens(text));
            }
        }
        let query = query.into_iter().map(|(name, parts)| (name, value_tokens(parts)));
        Route { method, segments: meaningful(segments, Vec::is_empty), query: query.collect(), ignored }
    }

    /// How many segments its path has; see [`Place::depth`].
    pub fn depth(&self) -> usize {
        self.segments.len()
    }

    /// The method.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The query parameters that it declares or ignores.
    pub fn knows_query(&self, name: &str) -> bool {
        self.query.contains_key(name) || self.ignored.iter().any(|ignored| ignored == name)
    }

    /// The path, percent-encoded, and the declared query that parameters make; `{account}` is left for the provider.
    /// `Err` is the parameter, or `${…}` for a variable, that has no value.
    pub fn fill(
        &self,
        parameters: &BTreeMap<String, String>,
    ) -> Result<(String, Vec<(String, String)>), String> {
        let value = |token: &Token| match token {
            Token::Literal(text) => Ok(text.clone()),
            Token::Parameter(name) => parameters.get(name).cloned().ok_or_else(|| name.clone()),
            Token::Account => Ok(ACCOUNT.to_owned()),
            Token::Anything(value) => value.clone().ok_or_else(|| "${…}".to_owned()),
        };
        let mut path = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            let part = |token: &Token| {
                // The braces of the account's place must come through.
                value(token).map(|text| if *token == Token::Account { text } else { encoded(&text) })
            };
            path.push(segment.iter().map(part).collect::<Result<String, _>>()?);
        }
        let mut query = Vec::with_capacity(self.query.len());
        for (name, tokens) in &self.query {
            query.push((name.clone(), tokens.iter().map(value).collect::<Result<String, _>>()?));
        }
        Ok((path.join("/"), query))
    }

    /// The names of its parameters.
    pub fn parameters(&self) -> Vec<String> {
        let tokens = self.segments.iter().chain(self.query.values()).flatten();
        let name = |token: &Token| match token {
            Token::Parameter(name) => Some(name.clone()),
            Token::Literal(_) | Token::Account | Token::Anything(_) => None,
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
        let recorded = &place.segments[..place.depth().min(place.segments.len())];
        if method != self.method || recorded.len() != self.segments.len() {
            return Fit::No;
        }
        let mut bound = Bound::default();
        let is_path = self.segments.iter().zip(recorded);
        if !is_path.into_iter().all(|(tokens, text)| binds(tokens, text, &mut bound)) {
            return Fit::No;
        }
        for (name, tokens) in self.query.iter().filter(|(name, _)| !self.ignored.contains(name)) {
            let values = place.query.iter().filter(|(recorded, _)| recorded == name);
            if !values.into_iter().any(|(_, value)| binds(tokens, value, &mut bound)) {
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
            tokens.push(parameter(name));
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
fn value_tokens(parts: Vec<Part>) -> Vec<Token> {
    if let [Part::Text(text)] = &parts[..]
        && let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        && is_name(name)
    {
        return vec![parameter(name)];
    }
    let token = |part: Part| match part {
        Part::Text(text) => Token::Literal(text),
        Part::Variable(value) => Token::Anything(value),
    };
    parts.into_iter().map(token).collect()
}

fn parameter(name: &str) -> Token {
    if name == "account" { Token::Account } else { Token::Parameter(name.to_owned()) }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte == b'-' || byte.is_ascii_alphanumeric())
}

/// Whether a text is what the tokens ask for; a parameter takes at least one character, up to what follows it.
fn binds(tokens: &[Token], text: &str, bound: &mut Bound) -> bool {
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
            Some(Token::Parameter(_) | Token::Account | Token::Anything(_)) => Some(first.len_utf8()),
        };
        let Some(end) = end else { return false };
        match token {
            Token::Parameter(name) => drop(bound.parameters.insert(name.clone(), rest[..end].to_owned())),
            Token::Account => bound.account = Some(rest[..end].to_owned()),
            Token::Literal(_) | Token::Anything(_) => {}
        }
        rest = &rest[end..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    #[test]
    fn what_a_form_binds_fills_it_again() {
        let query =
            BTreeMap::from([("id".to_owned(), vec![text("{id}")]), ("n".to_owned(), vec![text("5")])]);
        let route = Route::new("GET", vec![text("/a/{account}/b-{name}")], query, Vec::new());
        let place = Place::of("/a/17/b-x%2Fy?n=5&id=7+8");
        let Fit::Fits(bound) = route.fit("GET", &place) else { panic!("it fits") };
        assert_eq!(
            bound.parameters,
            BTreeMap::from([("id".to_owned(), "7 8".to_owned()), ("name".to_owned(), "x/y".to_owned())])
        );
        let expected = vec![("id".to_owned(), "7 8".to_owned()), ("n".to_owned(), "5".to_owned())];
        assert_eq!(route.fill(&bound.parameters), Ok(("/a/{account}/b-x%2Fy".to_owned(), expected)));
        assert_eq!(route.fill(&BTreeMap::new()), Err("name".to_owned()));
    }

    #[test]
    fn a_variable_matches_anything_and_fills_with_its_value() {
        let route = |value: Option<&str>| {
            let path = vec![text("/a/"), Part::Variable(value.map(str::to_owned)), text("/c")];
            Route::new("GET", path, BTreeMap::new(), Vec::new())
        };
        assert!(matches!(route(None).fit("GET", &Place::of("/a/17/c")), Fit::Fits(_)));
        assert_eq!(route(Some("x y")).fill(&BTreeMap::new()), Ok(("/a/x%20y/c".to_owned(), Vec::new())));
        assert_eq!(route(None).fill(&BTreeMap::new()), Err("${…}".to_owned()));
    }
}
