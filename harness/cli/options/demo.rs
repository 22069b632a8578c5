//! `cutover demo`: as typed, and what it means.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// `cutover demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// The folder to make and to work in; it may be there, and empty
    #[arg(value_name = "DIR", default_value = "cutover-demo", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// Never switch this defect on: the demonstration must then say that it was not found
    #[arg(long, value_name = "DEFECT", hide = true)]
    pub leave_out: Option<String>,
}

/// What `demo` needs.
#[derive(Debug)]
pub struct Demo {
    /// Where it works.
    pub folder: PathBuf,
    /// The defect that is never switched on.
    pub leave_out: Option<String>,
}

impl From<DemoArguments> for Demo {
    fn from(typed: DemoArguments) -> Demo {
        Demo { folder: typed.folder, leave_out: typed.leave_out }
    }
}
