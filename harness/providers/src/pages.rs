//! Where a list goes on: what to ask next, from what was asked and what came back.

use compare::model::{Body, Headers};
use compare::path::Path;

use crate::asked::{Asked, fields};
use crate::profile::Next;
use crate::wait::values;

/// What follows a page.
#[derive(Clone, Debug)]
pub enum More {
    /// Another page.
    Next(Asked),
    /// Nothing: the list is whole.
    End,
    /// There is more, and it cannot be asked for.
    Broken(String),
}

/// How far a walk has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// Items of this page.
    pub on_page: usize,
    /// Items of all pages up to and with this one.
    pub so_far: usize,
    /// Items of the largest page: a shorter one ends a list by offset.
    pub largest: usize,
}

/// What follows a page that answered; `base_path` is the path of the provider's base address.
pub fn more(
    next: &Next,
    asked: &Asked,
    headers: &Headers,
    body: &Body,
    walked: Walked,
    base_path: &str,
) -> More {
    match next {
        Next::Cursor { cursor, query } => match first(&cursor.path, body) {
            None => More::End,
            Some(target) if is_target(&target) => at(&target, asked, base_path),
            Some(cursor) => with(asked, query, &cursor),
        },
        Next::Url { url } => match first(&url.path, body) {
            None => More::End,
            Some(target) => at(&target, asked, base_path),
        },
        Next::Link => {
            let links = headers.get("link").into_iter().flatten();
            match links.filter_map(|link| next_of_link(link)).next() {
                None => More::End,
                Some(target) => at(&target, asked, base_path),
            }
        }
        Next::Offset { query, more } => {
            let goes_on = match more {
                Some(place) => first(&place.path, body).is_some_and(|text| text == "true"),
                None => walked.on_page > 0 && walked.on_page == walked.largest,
            };
            match goes_on {
                true if walked.on_page == 0 => {
                    More::Broken("the page says that there is more, and is empty".to_owned())
                }
                true => with(asked, query, &walked.so_far.to_string()),
                false => More::End,
            }
        }
    }
}

/// The first text or number that says something.
fn first(path: &Path, body: &Body) -> Option<String> {
    values(path, body).into_iter().find(|value| !value.is_empty() && value != "null" && value != "false")
}

fn is_target(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://") || text.starts_with('/')
}

/// The same request with another value of a parameter. One that has it already would be asked for ever.
fn with(asked: &Asked, parameter: &str, value: &str) -> More {
    let mut next = asked.clone();
    match next.query.iter_mut().find(|(name, _)| name == parameter) {
        Some((_, old)) if old == value => {
            return More::Broken(format!("the page names itself as the next one ({parameter})"));
        }
        Some((_, old)) => value.clone_into(old),
        None => next.query.push((parameter.to_owned(), value.to_owned())),
    }
    More::Next(next)
}

/// The request for a URL; whatever host it names, we ask the provider that we know.
fn at(target: &str, asked: &Asked, base_path: &str) -> More {
    let path = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => target,
    };
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let base_path = base_path.trim_end_matches('/');
    let path = path.strip_prefix(base_path).filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let query = fields(query);
    if path == asked.path && query == asked.query {
        return More::Broken("the page names itself as the next one".to_owned());
    }
    More::Next(Asked { path: path.to_owned(), query, ..asked.clone() })
}

/// The target with `rel="next"` of a `link` header (RFC 8288).
pub fn next_of_link(link: &str) -> Option<String> {
    let mut rest = link;
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let (parameters, following) = after.split_once(",").unwrap_or((after, ""));
        let is_next = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim().to_ascii_lowercase().replace(['"', ' '], "");
            parameter == "rel=next"
        });
        if is_next {
            return Some(target.to_owned());
        }
        rest = following;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked::{Effect, encoded_query};
    use crate::profile::Place;

    fn asked(query: &[(&str, &str)]) -> Asked {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Asked {
            method: "GET".to_owned(),
            path: "/c".to_owned(),
            query,
            headers: Vec::new(),
            body: None,
            effect: Effect::Reads,
        }
    }

    fn place(text: &str) -> Place {
        Place { text: text.to_owned(), path: Path::parse(text).expect("it is a path") }
    }

    #[track_caller]
    fn check(next: &Next, query: &[(&str, &str)], link: &str, body: &str, walked: Walked, expected: &str) {
        let headers: Headers = [("link".to_owned(), vec![link.to_owned()])].into();
        let told = match more(next, &asked(query), &headers, &Body::Json(body.to_owned()), walked, "/v2") {
            More::Next(asked) => {
                let query = asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                format!("{}{}", asked.path, encoded_query(query))
            }
            More::End => "end".to_owned(),
            More::Broken(why) => why,
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn a_cursor_takes_the_place_of_the_one_before() {
        let next = Next::Cursor { cursor: place("$.next"), query: "cursor".to_owned() };
        let none = Walked::default();
        check(&next, &[("limit", "2")], "", r#"{"next":"a=b&c"}"#, none, "/c?limit=2&cursor=a%3Db%26c");
        check(&next, &[("cursor", "a"), ("limit", "2")], "", r#"{"next":"b"}"#, none, "/c?cursor=b&limit=2");
        check(
            &next,
            &[("cursor", "a")],
            "",
            r#"{"next":"a"}"#,
            none,
            "the page names itself as the next one (cursor)",
        );
        check(&next, &[], "", r#"{"next":9007199254740993}"#, none, "/c?cursor=9007199254740993");
        for end in [r#"{"next":null}"#, r#"{"next":""}"#, "{}", "["] {
            check(&next, &[], "", end, none, "end");
        }
        check(
            &next,
            &[("limit", "2")],
            "",
            r#"{"next":"https://x.test/v2/c?limit=2&p=3"}"#,
            none,
            "/c?limit=2&p=3",
        );
    }

    #[test]
    fn a_link_leads_to_its_path_below_the_base_whatever_host_it_names() {
        let none = Walked::default();
        let link = r#"<https://other.test/v2/c?page=2&q=a+b>; rel="next""#;
        check(&Next::Link, &[("page", "1")], link, "[]", none, "/c?page=2&q=a%20b");
        check(
            &Next::Link,
            &[("page", "1")],
            r#"</c?page=1>; rel="next""#,
            "[]",
            none,
            "the page names itself as the next one",
        );
        check(&Next::Link, &[], r#"</c?page=1>; rel="prev""#, "[]", none, "end");
        check(
            &Next::Url { url: place("$.links.next") },
            &[],
            "",
            r#"{"links":{"next":"/c?page=2"}}"#,
            none,
            "/c?page=2",
        );
    }

    #[test]
    fn an_offset_counts_until_a_page_is_short_or_says_so() {
        let next = Next::Offset { query: "offset".to_owned(), more: None };
        let walked = |on_page, so_far, largest| Walked { on_page, so_far, largest };
        check(&next, &[], "", "[]", walked(100, 100, 100), "/c?offset=100");
        check(&next, &[("offset", "100")], "", "[]", walked(40, 140, 100), "end");
        check(&next, &[("offset", "100")], "", "[]", walked(0, 100, 100), "end");
        let told = Next::Offset { query: "offset".to_owned(), more: Some(place("$.hasMore")) };
        check(&told, &[("offset", "0")], "", r#"{"hasMore":true}"#, walked(5, 5, 5), "/c?offset=5");
        check(&told, &[("offset", "5")], "", r#"{"hasMore":false}"#, walked(5, 10, 5), "end");
        check(
            &told,
            &[],
            "",
            r#"{"hasMore":true}"#,
            walked(0, 0, 0),
            "the page says that there is more, and is empty",
        );
    }
}
