//! `cutover report`: what was typed, and what it means.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::engines::Opinions;

/// `cutover report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// For mapping-change: the git revision that mappings changed against [default: `base` of the gate]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// More bundles than those in reports/gates, for the history
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub bundles: Vec<PathBuf>,
    /// Evaluate each mapping on the native engine and on the JavaScript one, which must agree
    #[arg(long)]
    pub oracle: bool,
    /// Where the report goes [default: reports/readiness beside cutover.toml]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

/// What `report` needs.
#[derive(Debug)]
pub struct Report {
    /// The git revision that mappings changed against.
    pub base: Option<String>,
    /// Folders of bundles.
    pub bundles: Vec<PathBuf>,
    /// How many engines evaluate each mapping.
    pub opinions: Opinions,
    /// Where the report goes.
    pub out: Option<PathBuf>,
}

pub(super) fn report(typed: ReportArguments) -> Report {
    Report {
        base: typed.base,
        bundles: typed.bundles,
        opinions: if typed.oracle { Opinions::Two } else { Opinions::One },
        out: typed.out,
    }
}
