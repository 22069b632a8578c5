//! What a host function tells the evaluation that runs it: that only the reference can answer.
//!
//! A host function has no other way out: an error that it returns can be wrapped or caught on its way
//! (`$eval`), so what it could not do is kept beside the evaluation, on the thread that runs it.

use std::cell::{Cell, RefCell};

use jlens_core::Error;

thread_local! {
    static WHY: RefCell<Option<String>> = const { RefCell::new(None) };
    static NOW_MS: Cell<i64> = const { Cell::new(0) };
    static READS_GETTERS: Cell<bool> = const { Cell::new(false) };
}

/// The code of the error that stops an evaluation after a referral.
const CODE: &str = "U9001";

/// Begins an evaluation on this thread, of a mapping that reads members of dates or does not.
pub(crate) fn begin(now_ms: i64, reads_getters: bool) {
    WHY.set(None);
    NOW_MS.set(now_ms);
    READS_GETTERS.set(reads_getters);
}

/// Whether the mapping that is evaluated reads members of dates.
pub(crate) fn reads_getters() -> bool {
    READS_GETTERS.get()
}

/// Why the evaluation that has just ended needs the reference, if it does.
pub(crate) fn take() -> Option<String> {
    WHY.take()
}

/// The clock of the evaluation that runs.
pub(crate) fn now_ms() -> i64 {
    NOW_MS.get()
}

/// Stops the evaluation: only the reference can say what comes now.
pub(crate) fn refer(why: impl Into<String>) -> Error {
    let why = why.into();
    let error = Error::new(CODE).with("message", why.as_str());
    WHY.set(Some(why));
    error
}
