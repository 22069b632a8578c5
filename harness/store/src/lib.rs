//! Keeps recordings on disk: whole or not at all, and with every secret removed before a byte is written.
//!
//! Read the modules in this order. Only `recordings` and `segments` touch the disk.

pub mod id;
pub mod format;
pub mod secrets;
pub mod redact;
pub mod line;
pub mod recordings;
pub mod segments;
pub mod import;
pub mod received;
pub mod export;
pub mod pointer;
pub mod json_text;
mod message;
mod fnv;
