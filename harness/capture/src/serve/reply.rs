//! The body of an answer on its way to the caller, and the copy that is made of it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use compare::model::FailureKind;
use http::{HeaderMap, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::serve::headers::length_of;
use crate::serve::heard::{Answer, failure};
use crate::serve::lane::Open;
use crate::serve::ledger::Dropped;
use crate::serve::outgoing::{Kept, Torn};
use crate::serve::pool::{Lease, of_hyper};
use crate::serve::script::Script;

/// What the caller gets.
pub(in crate::serve) enum Reply<S: Script> {
    /// A word of ours.
    Own(Option<Bytes>),
    /// Nothing, where a length is told of what would have come: a `304` over HTTP/1.1 (RFC 9110, section 8.6). The server
    /// below us tells a length only of a body that it is handed, and sends none with this status.
    Told(u64),
    /// Legacy's, as it comes.
    Passing(Incoming, Option<Lease>),
    /// Legacy's, as it comes, and kept.
    Kept(Incoming, Option<Lease>, Option<Box<Keeping<S>>>),
}

/// A copy in the making. Dropped before its end, it is counted as such.
pub(in crate::serve) struct Keeping<S: Script> {
    open: Option<Open<S>>,
    status: StatusCode,
    headers: HeaderMap,
    copy: Kept,
}

impl<S: Script> Keeping<S> {
    pub(in crate::serve) fn new(
        open: Open<S>,
        status: StatusCode,
        headers: HeaderMap,
        copy: Kept,
    ) -> Keeping<S> {
        Keeping { open: Some(open), status, headers, copy }
    }

    fn finish(mut self, error: Option<&hyper::Error>) {
        let Some(open) = self.open.take() else { return };
        if let Some(error) = error {
            let failure = failure(FailureKind::Reset, of_hyper(error).detail);
            return open.answered(Err(failure), None);
        }
        match self.copy.take() {
            Ok((body, room)) => {
                let headers = std::mem::take(&mut self.headers);
                open.answered(Ok(Answer { status: self.status, headers, body }), Some(room));
            }
            Err(Torn::NoRoom) => open.dropped(Dropped::QueueFull),
            Err(Torn::TooLarge) => open.dropped(Dropped::TooLarge),
        }
    }
}

impl<S: Script> Drop for Keeping<S> {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.dropped(Dropped::CallerLeft);
        }
    }
}

impl<S: Script> Reply<S> {
    pub(in crate::serve) fn passing(incoming: Incoming, lease: Lease) -> Reply<S> {
        if incoming.is_end_stream() {
            lease.give_back();
            return Reply::Own(None);
        }
        Reply::Passing(incoming, Some(lease))
    }

    pub(in crate::serve) fn kept(incoming: Incoming, lease: Lease, keeping: Keeping<S>) -> Reply<S> {
        if incoming.is_end_stream() {
            lease.give_back();
            keeping.finish(None);
            return Reply::Own(None);
        }
        if let Some(length) = length_of(&keeping.headers) {
            // A torn copy is told of when it is taken.
            let _ = keeping.copy.announced(length);
        }
        Reply::Kept(incoming, Some(lease), Some(Box::new(keeping)))
    }
}

impl<S: Script> Body for Reply<S> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let (incoming, lease, keeping) = match &mut *self {
            Reply::Own(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Reply::Told(_) => return Poll::Ready(None),
            Reply::Passing(incoming, lease) => (incoming, lease, None),
            Reply::Kept(incoming, lease, keeping) => (incoming, lease, Some(keeping)),
        };
        let frame = ready!(Pin::new(&mut *incoming).poll_frame(context));
        let is_last = match &frame {
            None => true,
            Some(Err(_)) => false,
            Some(Ok(frame)) => {
                if let (Some(Some(keeping)), Some(data)) = (&keeping, frame.data_ref()) {
                    // A torn copy is told of when it is taken.
                    let _ = keeping.copy.push(data);
                }
                // With a length the last byte is the end: nobody asks for more.
                incoming.is_end_stream()
            }
        };
        let error = frame.as_ref().and_then(|frame| frame.as_ref().err());
        if is_last && let Some(lease) = lease.take() {
            lease.give_back();
        }
        if (is_last || error.is_some())
            && let Some(keeping) = keeping.and_then(Option::take)
        {
            keeping.finish(error);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Reply::Own(bytes) => bytes.is_none(),
            Reply::Told(_) => false,
            Reply::Passing(incoming, _) | Reply::Kept(incoming, ..) => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Reply::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Reply::Told(length) => SizeHint::with_exact(*length),
            Reply::Passing(incoming, _) | Reply::Kept(incoming, ..) => incoming.size_hint(),
        }
    }
}
