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
    /// One behind the other: a text that grows in one piece is moved again and again, and leaves holes in memory.
    pieces: Vec<Vec<u8>>,
    length: usize,
    room: Share,
    limit: usize,
    torn: Option<Torn>,
}

/// A piece is as long as all before it, but no longer than this.
const PIECE_MAX: usize = 64 * 1024;

/// So much of an announced length is held ready; who announces more must send it first.
const ANNOUNCED_MAX: usize = 256 * 1024;

/// Why a copy is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Torn {
    NoRoom,
    TooLarge,
}

impl Kept {
    pub(in crate::serve) fn new(room: Share, limit: usize) -> Kept {
        Kept(Rc::new(RefCell::new(Copy { pieces: Vec::new(), length: 0, room, limit, torn: None })))
    }

    /// Adds what has passed; a copy that got no room once stays torn.
    pub(in crate::serve) fn push(&self, more: &[u8]) -> Result<(), Torn> {
        let mut copy = self.0.borrow_mut();
        if let Some(torn) = copy.torn {
            return Err(torn);
        }
        if copy.length + more.len() > copy.limit {
            return Err(copy.tear(Torn::TooLarge));
        }
        copy.length += more.len();
        let free = copy.pieces.last().map_or(0, |last| last.capacity() - last.len());
        let (fits, rest) = more.split_at(more.len().min(free));
        if let Some(last) = copy.pieces.last_mut() {
            last.extend_from_slice(fits);
        }
        if !rest.is_empty() {
            let as_all = copy.length.min(PIECE_MAX);
            copy.reserve(rest.len().max(as_all))?.extend_from_slice(rest);
        }
        Ok(())
    }

    /// So many bytes are announced: one that is longer than the limit is torn before it comes.
    pub(in crate::serve) fn announced(&self, length: u64) -> Result<(), Torn> {
        let mut copy = self.0.borrow_mut();
        match usize::try_from(length) {
            Ok(length) if length <= copy.limit => copy.reserve(length.min(ANNOUNCED_MAX)).map(drop),
            Ok(_) | Err(_) => Err(copy.tear(Torn::TooLarge)),
        }
    }

    /// The whole copy, with the room that it holds; it is taken once.
    pub(in crate::serve) fn take(&self) -> Result<(Bytes, Share), Torn> {
        let mut copy = self.0.borrow_mut();
        if let Some(torn) = copy.torn {
            return Err(torn);
        }
        if copy.pieces.len() > 1 {
            copy.join()?;
        }
        let room = copy.room.split();
        Ok((Bytes::from(copy.pieces.pop().unwrap_or_default()), room))
    }
}

impl Copy {
    /// A new piece of so many bytes, and no more: what is held is what is counted.
    fn reserve(&mut self, capacity: usize) -> Result<&mut Vec<u8>, Torn> {
        if !self.room.grow(allocated(capacity)) {
            return Err(self.tear(Torn::NoRoom));
        }
        Ok(self.pieces.push_mut(Vec::with_capacity(capacity)))
    }

    /// Makes one piece of all. Meanwhile it is there twice, and counted so.
    fn join(&mut self) -> Result<(), Torn> {
        let pieces = std::mem::take(&mut self.pieces);
        let length = self.length;
        let whole = self.reserve(length)?;
        pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
        self.room.shrink(pieces.iter().map(|piece| allocated(piece.capacity())).sum());
        Ok(())
    }

    fn tear(&mut self, why: Torn) -> Torn {
        self.torn = Some(why);
        self.pieces = Vec::new();
        why
    }
}

/// What an allocator takes for so many bytes: as others do, ours has four sizes between a power of two and the next.
fn allocated(bytes: usize) -> usize {
    bytes.next_multiple_of((bytes.next_power_of_two() / 8).max(1))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::budget::Budget;

    #[test]
    fn what_a_copy_holds_is_what_is_counted() {
        let budget = Budget::new(1 << 20);
        let kept = Kept::new(budget.take(0).expect("nothing is always there"), 200_000);
        kept.announced(30_000).expect("there is room");
        for part in 0..190_u8 {
            kept.push(&[part; 1_000]).expect("there is room");
            let held: usize = kept.0.borrow().pieces.iter().map(|piece| allocated(piece.capacity())).sum();
            assert_eq!(budget.used(), held);
            assert!(held <= 200_000 + 2 * PIECE_MAX, "{held} bytes are held");
        }
        let (bytes, room) = kept.take().expect("it is whole");
        let expected: Vec<u8> = (0..190).flat_map(|part| [part; 1_000]).collect();
        assert_eq!(bytes, expected);
        assert_eq!(budget.used(), allocated(190_000));
        drop((bytes, room));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_copy_in_pieces_that_has_no_room_to_become_one_is_torn() {
        let budget = Budget::new(150_000);
        let kept = Kept::new(budget.take(0).expect("nothing is always there"), 100_000);
        (0..80).for_each(|_| kept.push(&[b'x'; 1_000]).expect("there is room"));
        assert_eq!(kept.take().map(drop), Err(Torn::NoRoom));
        drop(kept);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn what_an_allocator_takes_is_less_than_a_quarter_more() {
        for (bytes, expected) in [(0, 0), (1, 1), (1_000, 1_024), (51_200, 57_344), (65_537, 81_920)] {
            assert_eq!(allocated(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn what_is_announced_over_the_limit_is_torn_before_it_comes() {
        let budget = Budget::new(1 << 20);
        let kept = Kept::new(budget.take(0).expect("nothing is always there"), 1_000);
        assert_eq!(kept.announced(1_001), Err(Torn::TooLarge));
        assert_eq!(kept.push(b"x"), Err(Torn::TooLarge));
        assert_eq!(budget.used(), 0);
    }
}
