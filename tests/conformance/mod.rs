//! What others agreed on and recorded, run through this tool: standards' own cases, real services' own recordings.

mod documents;
mod json_patch_cases;
mod jsonpath;
mod laws;
mod planted_blame;
mod recorded_noise;
