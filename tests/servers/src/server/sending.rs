//! A body on its way out: whole, in chunks with pauses, without end, or broken off halfway.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::{Response, StatusCode};
use tokio::time::{Sleep, sleep};

use super::Ending;
use crate::reply::{Content, Reply};

/// What a flood is made of.
const FLOOD_CHUNK_BYTES: usize = 64 * 1024;

/// A body on its way out.
pub struct Sending {
    chunks: VecDeque<Bytes>,
    flood: Option<(u64, Bytes)>,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    length: Option<u64>,
    breaks: bool,
}

impl Sending {
    /// The response of a reply.
    pub fn respond(reply: Reply, ending: Ending) -> Response<Sending> {
        let mut body = Sending {
            chunks: VecDeque::new(),
            flood: None,
            pause: Duration::ZERO,
            waiting: None,
            length: None,
            breaks: ending == Ending::ResetMidway,
        };
        match reply.content {
            Content::Empty => body.length = Some(0),
            Content::Json(value) => body.whole(Bytes::from(value.to_string())),
            Content::Whole(bytes) => body.whole(bytes),
            Content::Chunks { chunks, pause } => (body.chunks, body.pause) = (chunks.into(), pause),
            Content::Flood { bytes, pause } => {
                body.flood = Some((bytes, Bytes::from(vec![b'x'; FLOOD_CHUNK_BYTES])));
                body.pause = pause;
            }
        }
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &reply.headers {
            if let (Ok(name), Ok(value)) = (
                hyper::header::HeaderName::try_from(name.as_str()),
                hyper::header::HeaderValue::try_from(value),
            ) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }

    fn whole(&mut self, bytes: Bytes) {
        self.length = Some(bytes.len() as u64);
        let half = if self.breaks { bytes.slice(..bytes.len() / 2) } else { bytes };
        self.chunks.push_back(half);
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(waiting) = &mut self.waiting {
            ready!(waiting.as_mut().poll(context));
            self.waiting = None;
        }
        let chunk = match &mut self.flood {
            Some((0, _)) => None,
            Some((left, chunk)) => {
                let size = usize::try_from(*left).unwrap_or(usize::MAX).min(chunk.len());
                *left -= size as u64;
                Some(chunk.slice(..size))
            }
            None => self.chunks.pop_front(),
        };
        if chunk.is_some() && !self.pause.is_zero() {
            self.waiting = Some(Box::pin(sleep(self.pause)));
        }
        Poll::Ready(match chunk {
            Some(chunk) => Some(Ok(Frame::data(chunk))),
            None if self.breaks => Some(Err(io::Error::from(io::ErrorKind::ConnectionReset))),
            None => None,
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
