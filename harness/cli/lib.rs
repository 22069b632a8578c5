//! The command-line tool as a library: what `main` calls. Read the modules in this order.

pub mod exit;
pub mod logs;
pub mod options;
pub mod config;
pub mod join;
pub mod profiles;
pub mod engines;
pub mod excuses;
pub mod plan;
pub mod requests;
pub mod judge;
pub mod redaction_key;
pub mod keep;
pub mod cases;
pub mod cross_checked;
pub mod exercise;
pub mod makers;
pub mod snapshots;
pub mod seen;
pub mod storage;
pub mod pipeline;
pub mod serve;
pub mod ids;
pub mod survey;
pub mod listing;
pub mod inventory;
pub mod gate;
pub mod failure;
pub mod key_file;
pub mod body_file;
pub mod hand_over;
pub mod commands;
#[cfg(test)]
mod scratch;
