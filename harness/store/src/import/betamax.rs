//! Betamax: JSON in VCR's shape, with bodies that are not text as `base64_string`.

use super::cassette::{Fault, Read};
use super::vcr;

/// Reads every interaction; refuses YAML, which Betamax does not write.
pub(super) fn read(text: &str) -> Result<Vec<Result<Read, Fault>>, Fault> {
    let root = serde_json::from_str(text).map_err(|error| Fault::not_json(&error))?;
    vcr::interactions(&root)
}
