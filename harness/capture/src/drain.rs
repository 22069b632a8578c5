//! A list walked to its end, page by page, so that lists are compared whole and not by where pages happen to break.

use compare::model::{Exchange, Failure, FailureKind, Outcome, Response};
use compare::path::Path;
use providers::asked::{Account, Asked};
use providers::pages::{More, Walked, more};
use providers::profile::Next;
use providers::provider::{CallError, Patience, Provider};
use providers::wait::elements;

use crate::exchange::{Exchanged, exchange};

/// A list of more pages is no evidence that anybody reads; the walk says so and ends.
pub const PAGES_MAX: usize = 10_000;

/// A list's pages in their order; one that failed is the last.
#[derive(Debug)]
pub struct Drained {
    /// At least one.
    pub pages: Vec<Exchange>,
    /// Requests that were sent, with those that were asked again.
    pub attempts: u64,
    /// How many of them were throttled.
    pub throttled: u64,
}

/// Walks a list from its first page. `items` is where a page's items lie, in this side's own shape: they are counted, no more.
/// `on_page` is told after each page.
pub async fn drain(
    provider: &Provider,
    first: &Asked,
    account: Option<&Account>,
    next: &Next,
    items: &Path,
    on_page: &(dyn Fn() + Send + Sync),
) -> Result<Drained, CallError> {
    let mut drained = Drained { pages: Vec::new(), attempts: 0, throttled: 0 };
    let mut walked = Walked::default();
    let mut asked = first.clone();
    loop {
        let Exchanged { exchange, attempts, throttled } =
            exchange(provider, &asked, account, Patience::LONG).await?;
        drained.attempts += u64::from(attempts);
        drained.throttled += u64::from(throttled);
        on_page();
        let following = match &exchange.outcome {
            Outcome::Response(Response { status: 200..=299, headers, body }) => {
                walked.on_page = elements(items, body);
                walked.so_far += walked.on_page;
                walked.largest = walked.largest.max(walked.on_page);
                more(next, &asked, headers, body, walked, provider.base_path())
            }
            // An error, or no answer, is what the caller of the list is left with.
            Outcome::Response(_) | Outcome::Failure(_) => More::End,
        };
        drained.pages.push(exchange);
        match following {
            More::End => return Ok(drained),
            More::Next(_) if drained.pages.len() >= PAGES_MAX => {
                drained.fail(FailureKind::TooLarge, format!("the list has more than {PAGES_MAX} pages"));
                return Ok(drained);
            }
            More::Next(next) => asked = next,
            More::Broken(why) => {
                drained.fail(FailureKind::Protocol, why);
                return Ok(drained);
            }
        }
    }
}

impl Drained {
    /// The walk could not go on: that is what the side answered.
    fn fail(&mut self, kind: FailureKind, detail: String) {
        let Some(last) = self.pages.last() else { return };
        let failed = Exchange { outcome: Outcome::Failure(Failure { kind, detail }), ..last.clone() };
        self.pages.push(failed);
    }
}
