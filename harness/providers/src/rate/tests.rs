//! Every dialect that is documented, in a table.

use super::*;
use crate::embedded;

/// 2026-11-20T09:00:00Z.
const NOW: i64 = 1_795_165_200;

fn headers(lines: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in lines {
        headers.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    headers
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("it is a moment")
}

/// limit, remaining, reset in ms, window, doubts
type Told = (Option<u64>, Option<u64>, Option<u64>, Option<u64>, Vec<Doubt>);

#[track_caller]
fn check(dialects: &[&str], lines: &[(&str, &str)], expected: Option<Told>) {
    let all = embedded::dialects();
    let wanted: Vec<Dialect> = dialects
        .iter()
        .map(|name| all.iter().find(|one| one.name == *name).expect("it is known").clone())
        .collect();
    let told = read(&headers(lines), &wanted, now());
    let told = told.map(|told| (told.limit, told.remaining, told.resets_in_ms, told.window_s, told.doubts));
    assert_eq!(told, expected);
}

#[test]
fn the_three_fields_of_the_early_drafts() {
    let three = |limit: &'static str, reset: &'static str| {
        [("ratelimit-limit", limit), ("ratelimit-remaining", "50"), ("ratelimit-reset", reset)]
    };
    check(&[], &three("100", "5"), Some((Some(100), Some(50), Some(5_000), None, vec![])));
    check(&[], &three("100, 100;w=10", "5"), Some((Some(100), Some(50), Some(5_000), Some(10), vec![])));
    // As one provider documents it: the reset is longer than the window.
    check(&[], &three("110;w=10", "60"), Some((Some(110), Some(50), Some(60_000), Some(10), vec![])));
    check(
        &[],
        &three("100", "1795165230"),
        Some((Some(100), Some(50), Some(30_000), None, vec![Doubt::ResetIsUnixTime])),
    );
    check(
        &[],
        &three("100", "1795165230000"),
        Some((Some(100), Some(50), Some(30_000), None, vec![Doubt::ResetIsUnixMs])),
    );
    check(
        &[],
        &three("100", "2026-11-20T09:01:00Z"),
        Some((Some(100), Some(50), Some(60_000), None, vec![Doubt::ResetIsInstant])),
    );
    check(&[], &three("40", "5"), Some((Some(40), Some(50), Some(5_000), None, vec![Doubt::MoreThanLimit])));
    check(&[], &[("ratelimit-remaining", "7")], Some((None, Some(7), None, None, vec![])));
    check(&[], &three("many", "soon"), Some((None, Some(50), None, None, vec![])));
    check(&[], &[("content-type", "text/plain")], None);
}

#[test]
fn the_structured_fields_of_the_later_drafts() {
    check(
        &[],
        &[("ratelimit", "limit=100, remaining=50, reset=5"), ("ratelimit-policy", "100;w=10")],
        Some((Some(100), Some(50), Some(5_000), Some(10), vec![])),
    );
    check(
        &[],
        &[
            ("ratelimit", "\"default\";r=50;t=30"),
            ("ratelimit-policy", "\"burst\";q=100;w=60, \"default\";q=1000;w=3600"),
        ],
        Some((Some(1_000), Some(50), Some(30_000), Some(3_600), vec![])),
    );
    // Of several windows the one with the least left.
    check(
        &[],
        &[
            ("ratelimit", "\"day\";r=900;t=4000, \"burst\";r=2;t=1"),
            ("ratelimit-policy", "\"burst\";q=10;w=1"),
        ],
        Some((Some(10), Some(2), Some(1_000), Some(1), vec![])),
    );
    check(&[], &[("ratelimit", "((((")], None);
    check(&[], &[("ratelimit", "\"default\";r=-3")], None);
}

#[test]
fn the_services_own_dialects() {
    check(
        &["hubspot", "hubspot-daily"],
        &[
            ("x-hubspot-ratelimit-max", "110"),
            ("x-hubspot-ratelimit-remaining", "4"),
            ("x-hubspot-ratelimit-interval-milliseconds", "10000"),
            ("x-hubspot-ratelimit-daily", "250000"),
            ("x-hubspot-ratelimit-daily-remaining", "249000"),
        ],
        Some((Some(110), Some(4), Some(10_000), Some(10), vec![])),
    );
    let jira = |reset: &'static str| {
        [("x-ratelimit-limit", "350"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)]
    };
    check(&["jira"], &jira("2026-11-20T09:02Z"), Some((Some(350), Some(0), Some(120_000), None, vec![])));
    check(&["jira"], &jira("2026-11-20T08:00:00Z"), Some((Some(350), Some(0), Some(0), None, vec![])));
    check(&["x-ratelimit-unix"], &jira("1795165260"), Some((Some(350), Some(0), Some(60_000), None, vec![])));
    let usage = [("sforce-limit-info", "api-usage=10018/100000; api-bursts=1/750")];
    check(&["salesforce-usage"], &usage, Some((Some(100_000), Some(89_982), None, None, vec![])));
    check(
        &["salesforce-usage", "salesforce-bursts"],
        &usage,
        Some((Some(750), Some(749), None, None, vec![])),
    );
    check(
        &["salesforce-usage"],
        &[("sforce-limit-info", "api-usage=7/5")],
        Some((Some(5), Some(0), None, None, vec![])),
    );
    check(&["salesforce-usage"], &[("sforce-limit-info", "per-app-api-usage=17/250(appName=x)")], None);
    check(
        &["downstream"],
        &[
            ("x-downstream-ratelimit-limit", "15000"),
            ("x-downstream-ratelimit-remaining", "14982"),
            ("x-downstream-ratelimit-reset", "9"),
        ],
        Some((Some(15_000), Some(14_982), Some(9_000), None, vec![])),
    );
}

#[test]
fn retry_after_in_both_forms() {
    let check = |text: &str, expected: Option<u64>| {
        assert_eq!(retry_after_ms(&headers(&[("retry-after", text)]), now()), expected, "{text}");
    };
    check("10", Some(10_000));
    check(" 0 ", Some(0));
    check("1.5", Some(1_500));
    check("Fri, 20 Nov 2026 09:00:30 GMT", Some(30_000));
    check("Friday, 20-Nov-26 09:00:30 GMT", Some(30_000));
    check("Fri Nov 20 08:00:00 2026", Some(0));
    check("-1", None);
    check("soon", None);
    assert_eq!(retry_after_ms(&Headers::new(), now()), None);
}

proptest::proptest! {
    #[test]
    fn no_header_panics(names in proptest::collection::vec(0_usize..6, 0..5), values in proptest::collection::vec(".{0,60}", 5)) {
        let known = ["ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-reset", "sforce-limit-info", "retry-after"];
        let lines: Vec<(&str, &str)> = names.iter().zip(&values).map(|(name, value)| (known[*name], value.as_str())).collect();
        let headers = headers(&lines);
        let _ = read(&headers, &embedded::dialects(), now());
        let _ = retry_after_ms(&headers, now());
    }
}
