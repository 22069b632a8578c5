//! The bytes that may wait: taken before a copy is made, given back when the last owner lets go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A bound on bytes that several threads share.
#[derive(Clone, Debug)]
pub struct Budget {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    used: AtomicUsize,
    most: AtomicUsize,
    limit: usize,
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(limit: usize) -> Budget {
        Budget { inner: Arc::new(Inner { used: AtomicUsize::new(0), most: AtomicUsize::new(0), limit }) }
    }

    /// Takes bytes, or nothing where they are not left.
    pub fn take(&self, bytes: usize) -> Option<Share> {
        let mut share = Share { budget: self.clone(), bytes: 0 };
        share.grow(bytes).then_some(share)
    }

    /// Bytes in use now.
    pub fn used(&self) -> usize {
        self.inner.used.load(Ordering::Relaxed)
    }

    /// The most that were in use at once.
    pub fn most(&self) -> usize {
        self.inner.most.load(Ordering::Relaxed)
    }

    /// The bound.
    pub fn limit(&self) -> usize {
        self.inner.limit
    }
}

/// Bytes that were taken; they are given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    budget: Budget,
    bytes: usize,
}

impl Share {
    /// Takes more, or nothing more where they are not left.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let inner = &self.budget.inner;
        let limit = inner.limit;
        let taken = inner.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(bytes).filter(|used| *used <= limit)
        });
        let Ok(before) = taken else { return false };
        inner.most.fetch_max(before + bytes, Ordering::Relaxed);
        self.bytes += bytes;
        true
    }

    /// Gives so many bytes back.
    pub fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.budget.inner.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// An empty one of the same budget.
    pub fn sibling(&self) -> Share {
        Share { budget: self.budget.clone(), bytes: 0 }
    }

    /// All of it for another owner; nothing stays.
    pub fn split(&mut self) -> Share {
        Share { budget: self.budget.clone(), bytes: std::mem::take(&mut self.bytes) }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.inner.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn what_is_taken_never_exceeds_the_bound_and_comes_back() {
        let budget = Budget::new(10);
        let mut first = budget.take(6).expect("it is there");
        assert!(budget.take(5).is_none());
        assert!(first.grow(4));
        assert!(!first.grow(1));
        assert!(!first.grow(usize::MAX));
        assert_eq!((budget.used(), budget.most()), (10, 10));
        drop(first);
        assert_eq!((budget.used(), budget.most()), (0, 10));
        assert!(budget.take(10).is_some());
    }
}
