//! Where the conformance data lies, and how it is read.

use std::path::PathBuf;

use compare::tape::{Type, Value as Json};
use serde_json::Value;

/// The data folder, or `None` with a loud word where it is absent.
pub(super) fn folder(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let data = std::env::var_os("CUTOVER_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let folder = data.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    missing(&format!("no data in {}", folder.display()));
    None
}

/// A test that cannot run says so, and fails where it was asked for.
pub(super) fn missing(what: &str) {
    assert!(std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_none_or(|value| value != "1"), "{what}");
    eprintln!("SKIPPED: {what}");
}

/// A parsed value as serde's; a lone surrogate, which Rust cannot hold, becomes U+FFFD.
pub(super) fn lossy(value: Json<'_>) -> Value {
    match value.kind() {
        Type::Null => Value::Null,
        Type::True => Value::Bool(true),
        Type::False => Value::Bool(false),
        Type::Number => serde_json::from_str(value.raw()).unwrap_or(Value::Null),
        Type::String => Value::from(value.text()),
        Type::Array => value.elements().map(lossy).collect(),
        Type::Object => {
            Value::Object(value.members().map(|(key, item)| (key.text().into_owned(), lossy(item))).collect())
        }
    }
}
