//! The commands, a file each: options in, an exit out.

pub mod check;
pub mod gate;
pub mod bundle;
pub mod diff;
pub mod explain;
pub mod review;
pub mod accept;
pub mod audit;
pub mod report;
pub mod import;
pub mod import_recorded;
pub mod record;
pub mod export;
pub mod fuzz;
pub mod serve;
pub mod demo;
pub mod recordings;
pub mod tokens;
pub mod hand_over;
pub mod init;
pub mod config_check;
pub mod map;
pub mod oracle;
pub mod mapping;
pub mod completions;
