//! The proxy as a configuration asks for it: what belongs to which operation and account, recording, and the live view.

pub mod callers;
pub mod fence;
pub mod wanted;
pub mod turns;
pub mod live;
pub mod script;
pub mod behind;
pub mod recorder;
pub mod metrics;
