//! One thread's requests: what a caller asks goes to legacy, and what legacy answers goes to the caller.

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use compare::model::{Failure, FailureKind};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use hyper::body::{Body as _, Incoming};

use crate::serve::budget::Share;
use crate::serve::headers::{asks_for_upgrade, detached, join_cookies, length_of, remove_hop_by_hop};
use crate::serve::lane::{Asked, Lane, Open};
use crate::serve::ledger::{Dropped, Ledger, Passed};
use crate::serve::limits::CAPTURE_BYTES;
use crate::serve::outgoing::{Kept, Outgoing};
use crate::serve::reply::{Keeping, Reply};
use crate::serve::script::{Route, Script};

/// What a thread has.
pub(in crate::serve) struct Worker<S: Script> {
    pub(in crate::serve) lane: Rc<Lane<S>>,
    pub(in crate::serve) ledger: Arc<Ledger>,
}

impl<S: Script> Worker<S> {
    /// Answers one request; it never fails, because what fails is told to the caller.
    pub(in crate::serve) async fn answer(
        self: Rc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Reply<S>>, Infallible> {
        let lane = &self.lane;
        self.ledger.request();
        let (mut head, body) = request.into_parts();
        if head.method == Method::CONNECT || asks_for_upgrade(&head.headers) {
            self.ledger.passed(Passed::Refused);
            let why = "cutover passes HTTP requests on; it passes no tunnel and no WebSocket. Let this connection go \
                       to the provider directly.\n";
            return Ok(own(StatusCode::NOT_IMPLEMENTED, why));
        }
        let route = lane.script.route(&head);
        let target = head.uri.path_and_query().and_then(|target| lane.legacy.upstream().target(target));
        let Some(target) = target else {
            return Ok(own(StatusCode::BAD_REQUEST, "the target of this request is none\n"));
        };
        remove_hop_by_hop(&mut head.headers);
        if head.version == Version::HTTP_2 {
            join_cookies(&mut head.headers);
        }
        match route {
            Route::Pass(why) => {
                self.ledger.passed(why);
                Ok(self.pass(head, target, body).await)
            }
            Route::Mirror(ticket) => {
                let offer = self.ledger.offer();
                let Some(room) = lane.budget.take(CAPTURE_BYTES) else {
                    offer.dropped(Dropped::QueueFull);
                    return Ok(self.pass(head, target, body).await);
                };
                let open = |asked, room| Open::new(lane.clone(), offer, ticket, asked, room);
                Ok(self.mirror(head, target, body, open, room).await)
            }
        }
    }

    async fn pass(&self, head: Parts, target: http::Uri, body: Incoming) -> Response<Reply<S>> {
        let body = if body.is_end_stream() { Outgoing::Whole(None) } else { Outgoing::Passing(body) };
        let version = head.version;
        let asking = self.lane.legacy.send(outgoing(head, target, body));
        match self.lane.wait.for_answer(asking).await {
            Ok((response, lease)) => answered(response, version, |incoming| Reply::passing(incoming, lease)),
            Err(failure) => unreachable_legacy(&failure),
        }
    }

    async fn mirror(
        &self,
        head: Parts,
        target: http::Uri,
        body: Incoming,
        open: impl FnOnce(Asked, Share) -> Open<S>,
        room: Share,
    ) -> Response<Reply<S>> {
        let lane = &self.lane;
        let limit = lane.body_bytes_max;
        let copy = Kept::new(room.sibling(), limit);
        let (body, sent) = if body.is_end_stream() {
            (Outgoing::Whole(None), None)
        } else {
            let sent = Kept::new(room.sibling(), limit);
            (Outgoing::Kept(body, sent.clone()), Some(sent))
        };
        let asked = Asked {
            started_at: (lane.clock)(),
            started: Instant::now(),
            method: head.method.clone(),
            target: head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            headers: detached(&head.headers),
            body: sent,
        };
        let open = open(asked, room);
        let version = head.version;
        let asking = lane.legacy.send(outgoing(head, target, body));
        match lane.wait.for_answer(asking).await {
            Ok((response, lease)) => {
                let keeping = Keeping::new(open, response.status(), detached(response.headers()), copy);
                answered(response, version, |incoming| Reply::kept(incoming, lease, keeping))
            }
            Err(failure) => {
                let reply = unreachable_legacy(&failure);
                open.answered(Err(failure), None);
                reply
            }
        }
    }
}

fn outgoing(mut head: Parts, target: http::Uri, body: Outgoing) -> Request<Outgoing> {
    head.uri = target;
    head.version = Version::HTTP_11;
    Request::from_parts(head, body)
}

/// What legacy answered to a caller who asked in this version.
fn answered<S: Script>(
    response: Response<Incoming>,
    version: Version,
    body: impl FnOnce(Incoming) -> Reply<S>,
) -> Response<Reply<S>> {
    let (mut head, incoming) = response.into_parts();
    remove_hop_by_hop(&mut head.headers);
    head.version = Version::HTTP_11;
    let reply = match (body(incoming), length_without_body(&head)) {
        // HTTP/2 passes the header on by itself, and ends the stream with the head.
        (Reply::Own(None), Some(length)) if version < Version::HTTP_2 => Reply::Told(length),
        (reply, _) => reply,
    };
    Response::from_parts(head, reply)
}

/// The length that a `304` tells of what it does not send.
fn length_without_body(head: &http::response::Parts) -> Option<u64> {
    (head.status == StatusCode::NOT_MODIFIED).then(|| length_of(&head.headers)).flatten()
}

/// RFC 9110, sections 15.6.3 to 15.6.5.
fn unreachable_legacy<S: Script>(failure: &Failure) -> Response<Reply<S>> {
    let status = match failure.kind {
        FailureKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        // Nothing was sent.
        FailureKind::Refused => StatusCode::SERVICE_UNAVAILABLE,
        FailureKind::Connect
        | FailureKind::Reset
        | FailureKind::Tls
        | FailureKind::TooLarge
        | FailureKind::Protocol
        | FailureKind::Dropped => StatusCode::BAD_GATEWAY,
    };
    own(status, &format!("cutover got no answer from legacy: {} ({})\n", failure.detail, failure.kind.name()))
}

fn own<S: Script>(status: StatusCode, text: &str) -> Response<Reply<S>> {
    let mut response = Response::new(Reply::Own(Some(Bytes::copy_from_slice(text.as_bytes()))));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
