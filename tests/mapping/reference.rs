//! The oracle, opened once for all tests.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use ::mapping::engine::Dialect;
use ::mapping::oracle::{Library, Oracle};

use super::data::missing;

/// The oracle of a dialect; `None` with a loud word where node or the library is absent.
///
/// The libraries are looked for in `CUTOVER_ORACLE` (default `target/oracle`), and installed there when servers
/// are required.
pub(super) fn oracle(dialect: Dialect) -> Option<Arc<Oracle>> {
    static ORACLES: [OnceLock<Option<Arc<Oracle>>>; 2] = [const { OnceLock::new() }; 2];
    let slot = match dialect {
        Dialect::Jsonata => &ORACLES[0],
        Dialect::Truto => &ORACLES[1],
    };
    slot.get_or_init(|| open(dialect)).clone()
}

fn open(dialect: Dialect) -> Option<Arc<Oracle>> {
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/oracle");
    let cache = std::env::var_os("CUTOVER_ORACLE").map_or(target, PathBuf::from);
    let library = Library::pinned(dialect);
    if std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_some_and(|value| value == "1") {
        Oracle::install(&cache, &library).expect("the oracle is required, so it can be installed");
    }
    match Oracle::open(&cache, library, 2) {
        Ok(oracle) => Some(oracle),
        Err(error) => {
            missing(&error.to_string());
            None
        }
    }
}
