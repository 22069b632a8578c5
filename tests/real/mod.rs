//! The program from outside, as people run it: on records of real services, on broken input, and on the sample.

pub mod project;
mod mappings_of_data;
mod three_way;
mod redaction;
mod redaction_commands;
mod promote;
mod show;
mod ls;
mod prune;
mod suggest;
mod method_config;
mod import_cassettes;
mod import_joined;
mod version_pairs;
mod json_minefield;
mod bad_input;
mod same_bytes;
mod schemas;
pub mod sample;
mod changed;
#[cfg(unix)]
mod interrupt;
mod page;
mod body_files;
mod patch;
mod cases;
mod snapshots;
mod audit;
mod readiness;
#[cfg(unix)]
mod ci;
mod lint;
mod engines;
mod entities;
mod witnesses;
