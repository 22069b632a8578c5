//! A few things asked of one provider, one after the other: lists of its own, not of customers' records.

use std::sync::atomic::{AtomicBool, Ordering};

use compare::model::{Body, Outcome, Response};
use providers::client::Answer;
use providers::provider::{CallError, Patience, Provider};
use store::received;

use crate::drain::drain;
use crate::record::Ask;

/// The bodies of what was asked, page by page, or why there are none. What authenticates us, and what was answered, is in no error.
pub type Answered = Result<Vec<Body>, String>;

/// Asks one thing after the other; `None` for those that were not asked because somebody had enough.
pub fn each(
    provider: &Provider,
    asks: &[Ask],
    stop: &AtomicBool,
    on_page: &(dyn Fn() + Send + Sync),
) -> std::io::Result<Vec<Option<Answered>>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut answered = Vec::with_capacity(asks.len());
    for ask in asks {
        let is_wanted = !stop.load(Ordering::Relaxed);
        answered.push(is_wanted.then(|| runtime.block_on(one(provider, ask, on_page))));
    }
    Ok(answered)
}

async fn one(provider: &Provider, ask: &Ask, on_page: &(dyn Fn() + Send + Sync)) -> Answered {
    let account = ask.account.as_deref();
    let told = |error: CallError| error.to_string();
    match &ask.list {
        Some(list) => {
            let drained = drain(provider, &ask.asked, account, &list.next, &list.items, on_page).await;
            let pages = drained.map_err(told)?.pages.into_iter();
            pages.map(|page| body(page.outcome)).collect()
        }
        None => {
            let asking = provider.ask(&ask.asked, account, Patience::LONG).await.map_err(told)?;
            on_page();
            match asking.called.outcome {
                Ok(Answer { status: 200..=299, mut headers, body }) => {
                    received::body(body, &mut headers).map(|body| vec![body])
                }
                Ok(Answer { status, .. }) => Err(format!("it answered {status}")),
                Err(failure) => Err(failure.detail),
            }
        }
    }
}

fn body(outcome: Outcome) -> Result<Body, String> {
    match outcome {
        Outcome::Response(Response { status: 200..=299, body, .. }) => Ok(body),
        Outcome::Response(Response { status, .. }) => Err(format!("it answered {status}")),
        Outcome::Failure(failure) => Err(failure.detail),
    }
}
