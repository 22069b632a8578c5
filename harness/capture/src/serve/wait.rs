//! Waiting for legacy's answer where that comes sooner than a thread that sleeps is woken up.

use std::cell::Cell;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// To be put to sleep and woken up costs a thread tens of microseconds, and on a virtual machine more. Who answers sooner than
/// this, as a cache beside the proxy does, is worth to be looked for meanwhile; a provider over the net never is.
const BRISK: Duration = Duration::from_micros(200);

/// How a thread waits: it looks again and again, instead of sleeping, while it waits for a single answer and answers have been
/// coming at once. It does so for as long as a brisk answer takes, and no longer.
#[derive(Default)]
pub(in crate::serve) struct Wait {
    /// Answers that are waited for.
    open: Cell<usize>,
    /// How long answers took of late; none yet.
    usual: Cell<Option<Duration>>,
}

impl Wait {
    /// What is waited for, as soon as it is there.
    pub(in crate::serve) async fn for_answer<T>(&self, answer: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let _open = Open::one(&self.open);
        let mut answer = pin!(answer);
        let answer = loop {
            let looked = std::future::poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
            match looked {
                Poll::Ready(answer) => break answer,
                // Other tasks run, and what has arrived is looked for.
                Poll::Pending if self.is_worth_looking(began.elapsed()) => tokio::task::yield_now().await,
                Poll::Pending => break answer.await,
            }
        };
        // One that took very long, for once, does not count as many that did.
        let took = began.elapsed().min(BRISK * 2);
        self.usual.set(Some(self.usual.get().map_or(took, |usual| (usual * 7 + took) / 8)));
        answer
    }

    fn is_worth_looking(&self, waited: Duration) -> bool {
        self.open.get() == 1 && waited < BRISK && self.is_brisk()
    }

    fn is_brisk(&self) -> bool {
        self.usual.get().is_some_and(|usual| usual < BRISK)
    }
}

/// Counts for as long as it is held.
struct Open<'w>(&'w Cell<usize>);

impl<'w> Open<'w> {
    fn one(open: &'w Cell<usize>) -> Open<'w> {
        open.set(open.get() + 1);
        Open(open)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers after so long, and counts how often it was looked for.
    async fn after(looked: &Cell<u32>, time: Duration) {
        let until = Instant::now() + time;
        let mut sleep = pin!(tokio::time::sleep(time));
        std::future::poll_fn(|context| {
            looked.set(looked.get() + 1);
            if Instant::now() >= until { Poll::Ready(()) } else { sleep.as_mut().poll(context).map(drop) }
        })
        .await;
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("the system gives a runtime").block_on(future)
    }

    #[test]
    fn only_who_usually_answers_at_once_is_looked_for() {
        let looked = |usual| {
            let (wait, looked) = (Wait::default(), Cell::new(0));
            wait.usual.set(usual);
            run(wait.for_answer(after(&looked, Duration::from_millis(20))));
            assert_eq!(wait.open.get(), 0);
            looked.get()
        };
        assert!(looked(None) <= 4);
        assert!(looked(Some(Duration::from_millis(5))) <= 4);
        // And no longer than a brisk answer takes.
        assert!((3..2_000).contains(&looked(Some(Duration::from_micros(50)))));
    }

    #[test]
    fn one_late_answer_is_no_habit_and_several_are() {
        let (wait, looked) = (Wait::default(), Cell::new(0));
        wait.usual.set(Some(BRISK / 2));
        let late = || run(wait.for_answer(after(&looked, Duration::from_millis(5))));
        late();
        assert!(wait.is_brisk());
        (0..20).for_each(|_| late());
        assert!(!wait.is_brisk());
    }

    #[test]
    fn of_two_that_wait_none_looks() {
        let (wait, looked) = (Wait::default(), Cell::new(0));
        wait.usual.set(Some(Duration::ZERO));
        let one = || wait.for_answer(after(&looked, Duration::from_millis(5)));
        run(async {
            let _other = Open::one(&wait.open);
            one().await;
        });
        assert!(looked.get() <= 4, "{} times", looked.get());
    }
}
