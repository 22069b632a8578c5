//! A server that answers from recordings, so that an application can be run without a provider; it says what it cannot answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use compare::model::{self, Body, Exchange, Headers, Outcome};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use store::{json_text, secrets};

use crate::place::Place;

/// An application sends no larger one to a provider that it only reads from.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// So many different requests without an answer are remembered; all are counted.
pub const UNANSWERED_MAX: usize = 1_000;
/// What belongs to a connection, or to a body as it was sent, is not repeated (RFC 9110, 7.6.1).
const NOT_REPEATED: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];
/// How often it is looked whether a person has had enough.
const TICK: Duration = Duration::from_millis(100);

/// What is answered to which request.
#[derive(Debug, Default)]
pub struct Stub {
    answers: BTreeMap<(String, Vec<String>), Vec<Known>>,
    /// Requests that were answered.
    answered: AtomicUsize,
    unanswered: Mutex<Unanswered>,
}

#[derive(Debug, Default)]
struct Unanswered {
    total: u64,
    by_request: BTreeMap<String, u64>,
}

/// Requests of one method and path that differ in query or body, with what was answered, one after the other.
#[derive(Debug)]
struct Known {
    query: Vec<(String, String)>,
    body: Option<String>,
    answers: Vec<Outcome>,
    next: AtomicUsize,
}

impl Stub {
    /// Adds what was recorded; an exchange without a request answers nothing.
    pub fn add(&mut self, exchange: &Exchange) {
        let Some(request) = &exchange.request else { return };
        let place = Place::of(&request.url);
        let body = match &request.body {
            Body::Absent => None,
            Body::Json(text) | Body::Text(text) | Body::Base64(text) => Some(canonical(text)),
        };
        let mut query = place.query;
        query.sort();
        let known = self.answers.entry((request.method.clone(), place.segments)).or_default();
        match known.iter_mut().find(|known| known.query == query && known.body == body) {
            Some(known) => known.answers.push(exchange.outcome.clone()),
            None => {
                let answers = vec![exchange.outcome.clone()];
                known.push(Known { query, body, answers, next: AtomicUsize::new(0) });
            }
        }
    }

    /// How many different requests it can answer.
    pub fn requests(&self) -> usize {
        self.answers.values().map(Vec::len).sum()
    }

    /// How many requests were answered so far.
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    /// How many requests had no answer, and the first [`UNANSWERED_MAX`] different ones with how often each came.
    pub fn unanswered(&self) -> (u64, Vec<(String, u64)>) {
        let unanswered = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner);
        (
            unanswered.total,
            unanswered.by_request.iter().map(|(request, count)| (request.clone(), *count)).collect(),
        )
    }

    /// The answer to a request: the one whose query and body are the same, else the one that asks for most of what is
    /// asked here and for nothing else. Equal requests are answered in their order; the last answer stays.
    fn answer(&self, method: &str, target: &str, body: &str) -> Option<&Outcome> {
        let place = Place::of(target);
        let body = (!body.is_empty()).then(|| canonical(body));
        let known = self.answers.get(&(method.to_owned(), place.segments))?;
        let fits = |known: &&Known| {
            known.body == body && known.query.iter().all(|field| place.query.contains(field))
        };
        let best = known.iter().filter(fits).max_by_key(|known| known.query.len())?;
        let turn = best.next.fetch_add(1, Ordering::Relaxed);
        best.answers.get(turn).or(best.answers.last())
    }

    fn miss(&self, method: &str, target: &str) {
        let mut unanswered = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner);
        unanswered.total += 1;
        let request = format!("{method} {target}");
        let has_room = unanswered.by_request.len() < UNANSWERED_MAX;
        match unanswered.by_request.get_mut(&request) {
            Some(count) => *count += 1,
            None if has_room => drop(unanswered.by_request.insert(request, 1)),
            None => {}
        }
    }
}

/// JSON without its white space, or the text.
fn canonical(text: &str) -> String {
    json_text::compact(text)
}

/// Answers on a listener until it is told to stop.
pub fn serve(stub: &Arc<Stub>, listener: TcpListener, stop: &AtomicBool) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        while !stop.load(Ordering::Relaxed) {
            let Ok(accepted) = tokio::time::timeout(TICK, listener.accept()).await else { continue };
            // A client that left before it was accepted is no reason to stop.
            let Ok((stream, _)) = accepted else { continue };
            let stub = Arc::clone(stub);
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(Arc::clone(&stub), request));
                // A client that leaves in the middle ends its connection, and nothing else.
                drop(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await,
                );
            });
        }
        Ok(())
    })
}

async fn answer(stub: Arc<Stub>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, REQUEST_BYTES_MAX).collect().await else {
        return Ok(told(StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than a stub reads"));
    };
    let (method, target) =
        (parts.method.as_str(), parts.uri.path_and_query().map_or("/", |target| target.as_str()));
    let media_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (target, body) = as_recorded(method, target, media_type, &String::from_utf8_lossy(&body.to_bytes()));
    Ok(match stub.answer(method, &target, &body) {
        Some(Outcome::Response(response)) => {
            stub.answered.fetch_add(1, Ordering::Relaxed);
            let mut answer = Response::new(Full::new(bytes(&response.body)));
            *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::BAD_GATEWAY);
            for (name, value) in response
                .headers
                .iter()
                .flat_map(|(name, values)| values.iter().map(move |value| (name, value)))
            {
                if NOT_REPEATED.contains(&name.as_str()) {
                    continue;
                }
                if let (Ok(name), Ok(value)) =
                    (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()))
                {
                    answer.headers_mut().append(name, value);
                }
            }
            answer
        }
        Some(Outcome::Failure(failure)) => {
            stub.answered.fetch_add(1, Ordering::Relaxed);
            let status = StatusCode::BAD_GATEWAY;
            told(status, &format!("the recording has no answer but a failure: {}", failure.kind.name()))
        }
        None => {
            stub.miss(method, &target);
            told(StatusCode::NOT_FOUND, &format!("no answer to {method} {target} was recorded"))
        }
    })
}

/// A request's target and body as they would have been recorded: without secrets, which a recording has not, and which are
/// told to nobody.
fn as_recorded(method: &str, target: &str, media_type: Option<&str>, body: &str) -> (String, String) {
    let mut headers = Headers::new();
    if let Some(media_type) = media_type {
        headers.insert(CONTENT_TYPE.as_str().to_owned(), vec![media_type.to_owned()]);
    }
    let body = match body {
        "" => Body::Absent,
        text if json_text::is_json(text) => Body::Json(text.to_owned()),
        text => Body::Text(text.to_owned()),
    };
    let mut request = model::Request { method: method.to_owned(), url: target.to_owned(), headers, body };
    secrets::remove_from_request(&mut request);
    let body = match request.body {
        Body::Absent => String::new(),
        Body::Json(text) | Body::Text(text) | Body::Base64(text) => text,
    };
    (request.url, body)
}

fn bytes(body: &Body) -> Bytes {
    match body {
        Body::Absent => Bytes::new(),
        Body::Json(text) | Body::Text(text) => Bytes::from(text.clone()),
        Body::Base64(text) => BASE64_STANDARD.decode(text).map(Bytes::from).unwrap_or_default(),
    }
}

/// What the stub itself has to say: problem details (RFC 9457), so that nobody takes it for a provider's answer.
fn told(status: StatusCode, detail: &str) -> Response<Full<Bytes>> {
    let title = status.canonical_reason().unwrap_or_default();
    let text = serde_json::json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail, "answered_by": "cutover",
    });
    let mut answer = Response::new(Full::new(Bytes::from(text.to_string())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    answer
}

#[cfg(test)]
mod tests {
    use compare::model::{Request, Response};

    use super::*;

    fn exchange(method: &str, url: &str, body: &str, status: u16) -> Exchange {
        let body = if body.is_empty() { Body::Absent } else { Body::Json(body.to_owned()) };
        let request =
            Request { method: method.to_owned(), url: url.to_owned(), headers: Headers::new(), body };
        let response = Response { status, headers: Headers::new(), body: Body::Absent };
        Exchange {
            started_at: None,
            elapsed_ms: None,
            request: Some(request),
            outcome: Outcome::Response(response),
        }
    }

    fn statuses(stub: &Stub, method: &str, target: &str, body: &str, times: usize) -> Vec<Option<u16>> {
        let status = |outcome: &Outcome| match outcome {
            Outcome::Response(response) => response.status,
            Outcome::Failure(_) => 0,
        };
        (0..times).map(|_| stub.answer(method, target, body).map(status)).collect()
    }

    #[test]
    fn equal_requests_are_answered_in_their_order_and_the_last_answer_stays() {
        let mut stub = Stub::default();
        for status in [200, 429, 201] {
            stub.add(&exchange("GET", "https://x.test/c?b=2&a=1", "", status));
        }
        assert_eq!(statuses(&stub, "GET", "/c?a=1&b=2", "", 4), [Some(200), Some(429), Some(201), Some(201)]);
        assert_eq!(stub.requests(), 1);
    }

    #[test]
    fn a_request_may_ask_for_more_than_the_recorded_one_and_not_for_less() {
        let mut stub = Stub::default();
        stub.add(&exchange("GET", "/c", "", 200));
        stub.add(&exchange("GET", "/c?page=2", "", 201));
        assert_eq!(statuses(&stub, "GET", "/c?trace=x", "", 1), [Some(200)]);
        assert_eq!(statuses(&stub, "GET", "/c?trace=x&page=2", "", 1), [Some(201)]);
        assert_eq!(statuses(&stub, "POST", "/c", "", 1), [None]);
        stub.add(&exchange("POST", "/q", r#"{"q": "a"}"#, 202));
        assert_eq!(statuses(&stub, "POST", "/q", r#"{"q":"a"}"#, 1), [Some(202)]);
        assert_eq!(statuses(&stub, "POST", "/q", r#"{"q":"b"}"#, 1), [None]);
    }

    #[test]
    fn what_had_no_answer_is_remembered_up_to_the_limit_and_counted_beyond() {
        let stub = Stub::default();
        for number in 0..UNANSWERED_MAX + 5 {
            stub.miss("GET", &format!("/{number}"));
            stub.miss("GET", "/0");
        }
        let (total, named) = stub.unanswered();
        assert_eq!((total, named.len()), (2 * (UNANSWERED_MAX as u64 + 5), UNANSWERED_MAX));
    }
}
