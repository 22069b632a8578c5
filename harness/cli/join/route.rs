//! The form of an operation's request as the configuration declares it.

use capture::route::{Part, Route};

use crate::config::{Request, Template, Variables};

/// The form of a request, for matching: variables of the environment stand for anything.
pub fn of(request: &Request) -> Route {
    resolved(request, &|_| None)
}

/// The form of a request, for asking too: with the values of its variables.
pub fn resolved(request: &Request, variable: Variables<'_>) -> Route {
    let parts = |template: &Template| template.parts(variable).collect::<Vec<Part>>();
    let query = request.query.iter().map(|(name, template)| (name.clone(), parts(template)));
    Route::new(request.method.name(), parts(&request.path), query.collect(), request.ignore_query.clone())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use capture::place::Place;
    use capture::route::Fit;

    use crate::config::read;

    #[track_caller]
    fn check(request: &str, method: &str, url: &str, expected: &str) {
        let text = format!("[migration]\nname = \"m\"\n[[operations]]\nname = \"o\"\nlegacy = {request}\n");
        let config = read(Path::new("cutover.toml"), "cutover.toml", &text).expect("it is a configuration");
        let route = super::of(config.operations[0].legacy.as_ref().expect("it is declared"));
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
