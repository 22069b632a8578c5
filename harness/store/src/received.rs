//! Bodies as they come over the wire, to bodies as they are compared.

use compare::model::{Body, Headers};

use crate::import::body as imported;

/// Undoes the content's encoding, whose header goes with it, and tells JSON, text and bytes apart. `Err` says why that cannot
/// be done: an encoding that is not read here, a torn one, or more than is kept once it is unpacked.
pub fn body(bytes: Vec<u8>, headers: &mut Headers) -> Result<Body, String> {
    imported::body(bytes, headers, None).map_err(|fault| fault.what)
}

/// Tells JSON, text and bytes apart.
pub fn classified(bytes: Vec<u8>, media_type: Option<&str>) -> Body {
    imported::classified(bytes, media_type)
}
