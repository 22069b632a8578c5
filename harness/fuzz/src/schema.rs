//! Bodies that a JSON Schema allows.

use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::Value;

/// Bodies made for a run.
pub const BODIES: usize = 256;

/// Why no body can be made of a schema.
#[derive(Debug, thiserror::Error)]
#[error("the schema is beyond the generator: {0}")]
pub struct SchemaError(String);

/// Makes bodies; the same for a seed. Whether each is valid is for a validator to say.
pub fn bodies(schema: &Value, seed: u64) -> Result<Vec<Value>, SchemaError> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut made = Vec::new();
    let mut failed = None;
    for _ in 0..BODIES {
        match noson::generate(schema, &mut random) {
            Ok(body) => made.push(body),
            Err(error) => failed = Some(error.to_string()),
        }
    }
    match (made.is_empty(), failed) {
        (true, Some(error)) => Err(SchemaError(error)),
        _ => Ok(made),
    }
}
