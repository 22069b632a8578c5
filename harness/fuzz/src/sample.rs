//! A recorded body, and what legacy made of the same thing.

use crate::tree::Tree;

/// What was recorded for one request: what the mapping is given, page by page, and what legacy answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The pair's id, or the file.
    pub name: String,
    /// Whose data it is.
    pub account: Option<String>,
    /// The mapping's inputs, in its scope.
    pub pages: Vec<Tree>,
    /// Legacy's bodies; none where they are not known.
    pub legacy: Vec<Tree>,
    /// What `$now()` answers, in milliseconds since 1970.
    pub now_ms: i64,
}
