//! A recorded URL taken apart: the segments of its path and its query, decoded.

use providers::asked::{decoded, fields};

/// What a URL asks for, wherever it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The path's, the first one empty, as the path begins with `/`.
    pub segments: Vec<String>,
    /// In the order of the URL.
    pub query: Vec<(String, String)>,
}

impl Place {
    /// How many segments the path has, without empty ones at its end: a path with and without a `/` there is one.
    pub fn depth(&self) -> usize {
        self.segments.iter().rposition(|segment| !segment.is_empty()).map_or(1, |last| last + 1)
    }

    /// Takes a URL apart; it never refuses, because what fits no operation is told as such.
    pub fn of(url: &str) -> Place {
        let url = url.split('#').next().unwrap_or_default();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        Place { segments: path_of(path).split('/').map(decoded).collect(), query: fields(query) }
    }

    /// The URL without scheme and host, or what follows the base: none where it is asked elsewhere.
    pub fn below<'u>(url: &'u str, base: &str) -> Option<&'u str> {
        let rest = url.strip_prefix(base.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(rest)
    }
}

/// The path of a URL without query, from its `/` on.
///
/// Recorders that hide a host write a name in angle brackets for it, and often for all up to the path.
fn path_of(url: &str) -> String {
    if !url.starts_with('/')
        && let Some((_, rest)) = url.split_once("://")
    {
        return rest.split_once('/').map_or("/".to_owned(), |(_, path)| format!("/{path}"));
    }
    if let Some((_, path)) = url.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        return format!("/{}", path.trim_start_matches(['>', '/']));
    }
    url.to_owned()
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[track_caller]
    fn check(url: &str, segments: &[&str], query: &[(&str, &str)]) {
        let place = Place::of(url);
        let query: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(
            (place.segments, place.query),
            (segments.iter().map(|s| (*s).to_owned()).collect(), query),
            "{url}"
        );
    }

    #[test]
    fn a_url_is_taken_apart_and_decoded() {
        check(
            "https://x.test:8/a/b%2Fc?d=1&e=%C3%A9+f&g#h?i=1",
            &["", "a", "b/c"],
            &[("d", "1"), ("e", "é f"), ("g", "")],
        );
        check("https://x.test", &["", ""], &[]);
        check("/a?b=c=d", &["", "a"], &[("b", "c=d")]);
        check("<<HOST>>enterprise/stats/", &["", "enterprise", "stats", ""], &[]);
    }

    #[test]
    fn what_is_no_encoding_stays() {
        check("/a%zz%F/%ff/%+f", &["", "a%zz%F", "%ff", "%+f"], &[]);
        check("/r?u=https://x.test/", &["", "r"], &[("u", "https://x.test/")]);
    }

    #[test]
    fn a_base_ends_where_a_path_begins() {
        assert_eq!(Place::below("https://x.test/v2/a", "https://x.test/v2/"), Some("/a"));
        assert_eq!(Place::below("https://x.test/v20/a", "https://x.test/v2"), None);
        assert_eq!(Place::below("https://y.test/a", "https://x.test"), None);
    }
}
