//! The body of a request on its way to a side.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::serve::budget::Share;

/// What is sent.
pub(in crate::serve) enum Outgoing {
    /// All of it is there; sent again it is the same.
    Whole(Option<Bytes>),
    /// As the caller sends it.
    Passing(Incoming),
    /// As the caller sends it, and kept.
    Kept(Incoming, Kept),
}

/// A copy of what has passed so far.
#[derive(Clone)]
pub(in crate::serve) struct Kept(Rc<RefCell<Copy>>);

struct Copy {
    bytes: Vec<u8>,
    room: Share,
    limit: usize,
    torn: Option<Torn>,
}

/// Why a copy is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Torn {
    NoRoom,
    TooLarge,
}

impl Kept {
    pub(in crate::serve) fn new(room: Share, limit: usize) -> Kept {
        Kept(Rc::new(RefCell::new(Copy { bytes: Vec::new(), room, limit, torn: None })))
    }

    /// Adds what has passed; a copy that got no room once stays torn.
    pub(in crate::serve) fn push(&self, more: &[u8]) -> Result<(), Torn> {
        let mut copy = self.0.borrow_mut();
        if let Some(torn) = copy.torn {
            return Err(torn);
        }
        let is_over = copy.bytes.len() + more.len() > copy.limit;
        copy.torn = if is_over {
            Some(Torn::TooLarge)
        } else if !copy.room.grow(more.len()) {
            Some(Torn::NoRoom)
        } else {
            None
        };
        match copy.torn {
            Some(torn) => {
                copy.bytes = Vec::new();
                Err(torn)
            }
            None => {
                copy.bytes.extend_from_slice(more);
                Ok(())
            }
        }
    }

    /// The whole copy, with the room that it holds; it is taken once.
    pub(in crate::serve) fn take(&self) -> Result<(Bytes, Share), Torn> {
        let mut copy = self.0.borrow_mut();
        if let Some(torn) = copy.torn {
            return Err(torn);
        }
        let room = copy.room.split();
        Ok((Bytes::from(std::mem::take(&mut copy.bytes)), room))
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Outgoing::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Outgoing::Passing(incoming) => Pin::new(incoming).poll_frame(context),
            Outgoing::Kept(incoming, kept) => {
                let frame = ready!(Pin::new(incoming).poll_frame(context));
                if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
                    // A torn copy is told of when it is taken.
                    let _ = kept.push(data);
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Outgoing::Whole(bytes) => bytes.is_none(),
            Outgoing::Passing(incoming) | Outgoing::Kept(incoming, _) => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Outgoing::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Outgoing::Passing(incoming) | Outgoing::Kept(incoming, _) => incoming.size_hint(),
        }
    }
}
