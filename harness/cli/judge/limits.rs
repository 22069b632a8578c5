//! What new's answers say of limits: which fields they have, and whether these fit.

use compare::limits::{FIELDS, LimitsTold, Misfit};
use compare::model::{Exchange, Outcome, Response};
use providers::rate::{self, Doubt};

use super::prepare::TOO_MANY_REQUESTS;

/// Of each answer of which a header was recorded; a source that keeps none says nothing of limits.
pub fn told(exchanges: &[Exchange]) -> Vec<LimitsTold> {
    let response = |exchange: &Exchange| match &exchange.outcome {
        Outcome::Response(response) if !response.headers.is_empty() => Some(of(response)),
        Outcome::Response(_) | Outcome::Failure(_) => None,
    };
    exchanges.iter().filter_map(response).collect()
}

fn of(response: &Response) -> LimitsTold {
    let headers = &response.headers;
    let is_throttled = response.status == TOO_MANY_REQUESTS;
    let has = FIELDS.map(|name| headers.contains_key(name));
    if !is_throttled && has == [false; 3] {
        return LimitsTold { is_throttled, has, misfits: Vec::new() };
    }
    // Only the three fields are asked, and seconds from now need no clock. A written moment is doubted, whatever it is.
    let read = rate::three_fields(headers, jiff::Timestamp::UNIX_EPOCH).unwrap_or_default();
    let unreadable = [
        has[0] && read.limit.is_none(),
        has[1] && read.remaining.is_none(),
        has[2] && read.resets_in_ms.is_none(),
    ];
    let is_moment = read
        .doubts
        .iter()
        .any(|doubt| matches!(doubt, Doubt::ResetIsUnixTime | Doubt::ResetIsUnixMs | Doubt::ResetIsInstant));
    let has_way_back = read.resets_in_ms.is_some() || headers.contains_key("retry-after");
    let found = [
        (Misfit::LeftAtThrottle, is_throttled && read.remaining.is_some_and(|left| left > 0)),
        (Misfit::NoWayBack, is_throttled && !has_way_back),
        (Misfit::MoreThanLimit, read.limit.zip(read.remaining).is_some_and(|(limit, left)| left > limit)),
        (Misfit::ResetIsMoment, is_moment),
        (Misfit::Unreadable, unreadable.contains(&true)),
    ];
    let misfits = found.into_iter().filter(|(_, is_so)| *is_so).map(|(misfit, _)| misfit).collect();
    LimitsTold { is_throttled, has, misfits }
}

#[cfg(test)]
mod tests {
    use compare::model::Body;

    use super::*;

    #[track_caller]
    fn check(status: u16, headers: &[(&str, &str)], has: [bool; 3], misfits: &[Misfit]) {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), vec![(*value).to_owned()]);
        let headers = headers.iter().map(header).collect();
        let outcome = Outcome::Response(Response { status, headers, body: Body::Absent });
        let exchange = Exchange { started_at: None, elapsed_ms: None, request: None, outcome };
        let expected = LimitsTold { is_throttled: status == 429, has, misfits: misfits.to_vec() };
        assert_eq!(told(&[exchange]), [expected]);
    }

    #[test]
    fn all_three_that_fit_are_no_misfit() {
        let three =
            [("ratelimit-limit", "110;w=10"), ("ratelimit-remaining", "109"), ("ratelimit-reset", "7")];
        check(200, &three, [true; 3], &[]);
        let none_left = [("ratelimit-limit", "110"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "7")];
        check(429, &none_left, [true; 3], &[]);
        check(200, &[("content-type", "text/plain")], [false; 3], &[]);
    }

    #[test]
    fn a_429_that_the_fields_do_not_explain_is_told() {
        let left = [("ratelimit-remaining", "12"), ("ratelimit-reset", "7")];
        check(429, &left, [false, true, true], &[Misfit::LeftAtThrottle]);
        check(429, &[("server", "x")], [false; 3], &[Misfit::NoWayBack]);
        check(429, &[("retry-after", "10")], [false; 3], &[]);
    }

    #[test]
    fn fields_that_do_not_mean_what_they_say_are_told() {
        let more =
            [("ratelimit-limit", "10"), ("ratelimit-remaining", "12"), ("ratelimit-reset", "1795165200")];
        check(200, &more, [true; 3], &[Misfit::MoreThanLimit, Misfit::ResetIsMoment]);
        check(
            200,
            &[("ratelimit-reset", "2026-11-20T09:30:00Z")],
            [false, false, true],
            &[Misfit::ResetIsMoment],
        );
        check(200, &[("ratelimit-remaining", "plenty")], [false, true, false], &[Misfit::Unreadable]);
    }

    #[test]
    fn an_answer_without_headers_says_nothing() {
        let outcome =
            Outcome::Response(Response { status: 429, headers: Default::default(), body: Body::Absent });
        assert_eq!(told(&[Exchange { started_at: None, elapsed_ms: None, request: None, outcome }]), []);
    }
}
