//! What a fence holds back never reaches legacy, not even when the proxy itself asks again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderMap, Uri};

use super::wire::{Told, exchange, request};
use super::{Proxy, Set};
use crate::serve::fence::{Fence, Leave};

/// Lets so many requests pass that are not of acme, and counts those that legacy answered to the end.
struct Counting {
    passes: AtomicUsize,
    under_way: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

struct Held {
    under_way: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Fence for Counting {
    fn leave(&self, _: &HeaderMap, target: &Uri) -> Result<Box<dyn Leave>, String> {
        let take =
            || self.passes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if target.path().contains("acme") || take().is_err() {
            return Err("acme is fenced off".to_owned());
        }
        self.under_way.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Held { under_way: Arc::clone(&self.under_way), ended: Arc::clone(&self.ended) }))
    }
}

impl Leave for Held {
    fn ended(self: Box<Self>) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn what_is_fenced_off_is_told_so_and_legacy_hears_nothing() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let (legacy, new) = (Told::start(&[page], Duration::ZERO), Told::start(&[page], Duration::ZERO));
    let (under_way, ended) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let fence = Counting {
        // The caller's request, and not the one by which the proxy asks legacy again.
        passes: AtomicUsize::new(1),
        under_way: Arc::clone(&under_way),
        ended: Arc::clone(&ended),
    };
    let set = Set { repeat: true, fence: Some(Arc::new(fence)), ..Set::default() };
    let proxy = Proxy::start(&legacy.url(), &new.url(), &set);
    let refused = exchange(proxy.address(), &request("GET", "/acme/contacts", "", "")).expect("it answers");
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(
        refused.ends_with("cutover got no answer from legacy: acme is fenced off (refused)\n"),
        "{refused}"
    );
    assert!(legacy.heard().is_empty());
    let served = exchange(proxy.address(), &request("GET", "/globex/contacts", "", "")).expect("it answers");
    assert!(served.starts_with("HTTP/1.1 200"), "{served}");
    proxy.at_rest();
    assert_eq!((legacy.heard().len(), new.heard().len()), (1, 2), "legacy was not asked again");
    let (_, recorded) = proxy.stop();
    assert_eq!(recorded.len(), 2, "what was refused is a pair with its failure");
    assert_eq!((under_way.load(Ordering::SeqCst), ended.load(Ordering::SeqCst)), (0, 1));
}
