//! Shows evidence and verdicts to people and machines, one file a format.
//!
//! Pure: writes to what it is given, reads nothing. Recorded bodies are hostile; every format says how it escapes them.
//! The formats and the files that `check` gives them:
//!
//! - `verdicts.json`, and what `--format json` prints, by [`verdicts`]
//! - `differences.csv` by [`differences`]
//! - `entities.csv` by [`entities`], where ids differ by design
//! - `junit.xml` by [`junit`]
//! - `summary.md` by [`summary`]
//! - `results.sarif` by [`sarif`]
//! - `annotations.txt` by [`annotations`]
//! - `index.html`, and a page for each mapping, by [`html`]
//! - the page of a proxy that runs, by [`live`]
//! - the text on the terminal by [`terminal`]
//!
//! and those that `report` gives, by [`readiness`].

pub mod run;
pub mod mappings;
pub mod findings;
pub mod causes;
pub mod noise;
pub mod limits;
pub mod visible;
pub mod verdicts;
pub mod differences;
pub mod entities;
pub mod junit;
pub mod summary;
pub mod sarif;
pub mod annotations;
pub mod key_order;
pub mod side_by_side;
pub mod text_diff;
pub mod html;
pub mod terminal;
pub mod readiness;
pub mod live;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod contrast_tests;
