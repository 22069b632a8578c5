//! `cutover recordings`: looks after what was recorded.

pub mod redact;
pub mod serve;
