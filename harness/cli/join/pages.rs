//! Puts a list's pages together: which recorded request asked for what another's answer named as its next page.

use std::collections::BTreeMap;

use capture::place::Place;
use compare::model::{Body, Exchange, Outcome, Request};
use compare::path::Path;
use compare::select::select;
use compare::tape::Tape;
use providers::pages::next_of_link;
use providers::wait::pointer_of;
use store::pointer::Pointer;

use super::Placed;
use crate::config::{NextPage, Request as Declared};

/// A next page is asked for soon after; looking further would make many unfinished lists cost their square.
const LOOK_AHEAD_MAX: usize = 1_000;

/// Pages in their order; one where the list has one, or where the operation does not say how pages follow.
#[derive(Clone, Debug)]
pub struct Pages<'c> {
    /// At least one; the first is what was asked for.
    pub pages: Vec<Placed<'c>>,
    /// Whether the last page names a next one that was not found.
    pub end: End,
}

/// How a list of pages ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing follows.
    Whole,
    /// What follows was not recorded.
    Unfinished,
}

/// Puts pages together, each with the first later one that asks for what it names, of the same operation and account.
pub fn gather<'c>(
    placed: Vec<Placed<'c>>,
    declared: impl Fn(&Placed<'c>) -> Option<&'c Declared>,
) -> Vec<Pages<'c>> {
    let nexts: Vec<Vec<String>> = placed
        .iter()
        .map(|placed| match declared(placed).and_then(|request| request.next_page.as_ref()) {
            Some(next_page) => named(&placed.exchange, next_page),
            None => Vec::new(),
        })
        .collect();
    let mut of_list: BTreeMap<(String, Option<String>), Vec<usize>> = BTreeMap::new();
    for (index, page) in placed.iter().enumerate() {
        let list = (page.matched.operation.name.to_string(), page.matched.account.clone());
        of_list.entry(list).or_default().push(index);
    }
    let mut follower: BTreeMap<usize, usize> = BTreeMap::new();
    let mut is_follower = vec![false; placed.len()];
    for indices in of_list.values() {
        for (at, index) in indices.iter().enumerate().filter(|(_, index)| !nexts[**index].is_empty()) {
            let later = indices[at + 1..].iter().copied().take(LOOK_AHEAD_MAX);
            let found = later
                .filter(|later| !is_follower[*later])
                .find(|later| asks_for(&placed[*index].exchange, &placed[*later].exchange, &nexts[*index]));
            if let Some(found) = found {
                follower.insert(*index, found);
                is_follower[found] = true;
            }
        }
    }
    let mut placed: Vec<Option<Placed<'c>>> = placed.into_iter().map(Some).collect();
    let mut lists = Vec::new();
    for first in (0..placed.len()).filter(|index| !is_follower[*index]) {
        let (mut pages, mut at) = (Vec::new(), first);
        loop {
            pages.extend(placed[at].take());
            match follower.get(&at) {
                Some(next) => at = *next,
                None => break,
            }
        }
        let end = if nexts[at].is_empty() { End::Whole } else { End::Unfinished };
        lists.push(Pages { pages, end });
    }
    lists
}

/// The URLs or cursors by which an answer names its next page; an answer that says nothing is the last.
fn named(exchange: &Exchange, next_page: &NextPage) -> Vec<String> {
    let Outcome::Response(response) = &exchange.outcome else { return Vec::new() };
    match next_page {
        NextPage::Link => {
            response.headers.get("link").into_iter().flatten().filter_map(|link| next_of_link(link)).collect()
        }
        // Nothing in an answer names the next page.
        NextPage::Offset { .. } => Vec::new(),
        NextPage::Body { path, .. } => {
            let (Body::Json(text), Ok(path)) = (&response.body, Path::parse(&path.text)) else {
                return Vec::new();
            };
            in_body(text, &path)
        }
    }
}

fn in_body(text: &str, path: &Path) -> Vec<String> {
    let mut tape = Tape::new();
    let Ok(document) = tape.parse(text) else { return Vec::new() };
    let places = select(path, document);
    let values = places.iter().filter_map(|place| {
        let raw = Pointer::parse(&pointer_of(place)?).ok()?.cut(text).ok()??;
        match serde_json::from_str::<serde_json::Value>(raw).ok()? {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(_) => Some(raw.to_owned()),
            _ => None,
        }
    });
    values.filter(|value| !value.is_empty()).collect()
}

/// Whether a request asks for one of the next pages: by its URL, by a query parameter, or in its body.
fn asks_for(before: &Exchange, after: &Exchange, nexts: &[String]) -> bool {
    let (Some(before), Some(after)) = (&before.request, &after.request) else { return false };
    let (old, new) = (Place::of(&before.url), Place::of(&after.url));
    let by_url = |next: &String| (next.contains('/') || next.contains('?')) && Place::of(next) == new;
    nexts
        .iter()
        .any(|next| by_url(next) || by_query(&old, &new, next) || in_request_body(before, after, next))
}

/// One parameter has the cursor as its value and had not before; all others were there before, so that lists that are
/// read at the same time stay apart.
fn by_query(old: &Place, new: &Place, next: &str) -> bool {
    let cursor = new.query.iter().find(|field| field.1 == next && !old.query.contains(field));
    let Some((cursor, _)) = cursor else { return false };
    new.segments == old.segments
        && new.query.iter().filter(|(name, _)| name != cursor).all(|field| old.query.contains(field))
}

fn in_request_body(before: &Request, after: &Request, next: &str) -> bool {
    let (Body::Json(old), Body::Json(new)) = (&before.body, &after.body) else { return false };
    let quoted = serde_json::Value::from(next).to_string();
    new.contains(&quoted) && !old.contains(&quoted)
}

#[cfg(test)]
mod tests {
    use compare::model::{Exchange, Headers, Outcome, Request, Response};
    use compare::path::Path;

    use super::{Body, End, LOOK_AHEAD_MAX, gather, in_body, next_of_link, pointer_of};
    use crate::config::read;
    use crate::join::{Matched, Placed};

    fn exchange(url: &str, next: Option<&str>) -> Exchange {
        let link = next.map(|next| ("link".to_owned(), vec![format!("<{next}>; rel=next")]));
        let request = Request {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Headers::new(),
            body: Body::Absent,
        };
        let response = Response { status: 200, headers: link.into_iter().collect(), body: Body::Absent };
        Exchange {
            started_at: None,
            elapsed_ms: None,
            request: Some(request),
            outcome: Outcome::Response(response),
        }
    }

    /// How many pages each list has that these exchanges are, and how it ends.
    fn lists(exchanges: Vec<Exchange>) -> Vec<(usize, End)> {
        let text = "[migration]\nname = \"m\"\n[[operations]]\nname = \"o\"\nlegacy = { method = \"GET\", path = \"/a\", next_page = \"link\" }\n";
        let config =
            read(std::path::Path::new("cutover.toml"), "cutover.toml", text).expect("it is a configuration");
        let operation = &config.operations[0];
        let place = |(index, exchange)| {
            let matched =
                Matched { operation, account: None, identity: String::new(), bound: Default::default() };
            Placed { matched, exchange, index }
        };
        let placed = exchanges.into_iter().enumerate().map(place).collect();
        let gathered = gather(placed, |placed| placed.matched.operation.legacy.as_ref());
        gathered.iter().map(|list| (list.pages.len(), list.end)).collect()
    }

    #[test]
    fn lists_that_were_read_at_the_same_time_stay_apart() {
        let found = lists(vec![
            exchange("/a?f=1", Some("/a?f=1&page=2")),
            exchange("/a?f=2", Some("/a?f=2&page=2")),
            exchange("/a?f=2&page=2", None),
            exchange("/a?f=1&page=2", Some("/a?f=1&page=3")),
            exchange("/a?f=1&page=3", None),
            exchange("/a?f=3", Some("/a?f=3&page=2")),
        ]);
        assert_eq!(found, [(3, End::Whole), (2, End::Whole), (1, End::Unfinished)]);
    }

    #[test]
    fn a_next_page_is_looked_for_a_thousand_requests_ahead_and_no_further() {
        let far = |between: usize| {
            let mut exchanges = vec![exchange("/a", Some("/a?page=2"))];
            exchanges.extend((0..between).map(|number| exchange(&format!("/a?f={number}"), None)));
            exchanges.push(exchange("/a?page=2", None));
            lists(exchanges)[0]
        };
        assert_eq!(far(LOOK_AHEAD_MAX - 1), (2, End::Whole));
        assert_eq!(far(LOOK_AHEAD_MAX), (1, End::Unfinished));
    }

    #[test]
    fn the_next_page_is_the_target_whose_relation_says_so() {
        let of = |link: &str| next_of_link(link).unwrap_or_default();
        assert_eq!(
            of(r#"<https://x.test/a?page=1>; rel="prev", <https://x.test/a?page=3,4>; rel="next""#),
            "https://x.test/a?page=3,4"
        );
        assert_eq!(of("</a?page=2>; rel = next"), "/a?page=2");
        assert_eq!(of(r#"</a?page=2>; title="next"; rel="last""#), "");
        assert_eq!(of("<"), "");
    }

    #[test]
    fn a_cursor_is_a_text_or_a_number_that_is_there() {
        let of = |text: &str, path: &str| in_body(text, &Path::parse(path).expect("it is a path"));
        assert_eq!(of(r#"{"paging":{"next":{"after":"MTA="}}}"#, "$.paging.next.after"), ["MTA="]);
        assert_eq!(of(r#"{"offset":9007199254740993}"#, "$.offset"), ["9007199254740993"]);
        assert_eq!(of(r#"{"next":null,"other":""}"#, "$['next','other']"), [""; 0]);
        assert_eq!(of("{", "$.next"), [""; 0]);
        assert_eq!(of(r#"{"a/b":{"it's":["x"]}}"#, "$['a/b']['it\\'s'][0]"), ["x"]);
    }

    #[test]
    fn a_normalized_path_is_a_pointer() {
        assert!(pointer_of("$['a'][0]['b~c']").is_some());
        assert!(pointer_of("no path").is_none());
    }
}
