//! In which order and how fast accounts move: a canary first, then waves with a limit per minute, and a stop at the first failure nobody explained.

use jiff::{SignedDuration, Timestamp};

/// More in a minute than any provider's management API lets pass.
pub const PER_MINUTE_MAX: u32 = 10_000;

/// How fast accounts move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// So many accounts are whole before the others begin.
    pub canary: usize,
    /// So many begin in any minute.
    pub per_minute: u32,
}

/// Whether the next account may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At once.
    Now,
    /// Not before.
    At(Timestamp),
    /// When the canary is whole.
    AfterCanary,
}

/// Whether the next account may begin: `begun` are the moments at which the others did, oldest first; `whole` of them are done.
pub fn may_begin(pace: Pace, begun: &[Timestamp], whole: usize, now: Timestamp) -> Begin {
    if begun.len() >= pace.canary && whole < pace.canary.min(begun.len()) {
        return Begin::AfterCanary;
    }
    let limit = pace.per_minute.max(1) as usize;
    let Some(earliest) = begun.len().checked_sub(limit).map(|index| begun[index]) else { return Begin::Now };
    let free = earliest.saturating_add(SignedDuration::from_mins(1)).unwrap_or(Timestamp::MAX);
    if now >= free { Begin::Now } else { Begin::At(free) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("it is a moment")
    }

    #[test]
    fn nothing_begins_beside_a_canary_that_is_not_whole() {
        let pace = Pace { canary: 2, per_minute: 100 };
        assert_eq!(may_begin(pace, &[], 0, at(0)), Begin::Now);
        assert_eq!(may_begin(pace, &[at(0)], 0, at(0)), Begin::Now);
        assert_eq!(may_begin(pace, &[at(0), at(0)], 1, at(9)), Begin::AfterCanary);
        assert_eq!(may_begin(pace, &[at(0), at(0)], 2, at(9)), Begin::Now);
    }

    #[test]
    fn in_no_minute_do_more_begin_than_the_limit() {
        let pace = Pace { canary: 1, per_minute: 2 };
        let begun = [at(0), at(10)];
        assert_eq!(may_begin(pace, &begun, 2, at(30)), Begin::At(at(60)));
        assert_eq!(may_begin(pace, &begun, 2, at(60)), Begin::Now);
        assert_eq!(may_begin(pace, &[at(0), at(10), at(60)], 3, at(61)), Begin::At(at(70)));
    }
}
