//! An input that is parsed once and evaluated many times.

use crate::order;

/// A JSON text, parsed. It stays on the thread that parsed it.
pub struct Document<'t> {
    text: &'t str,
    pub(crate) native: Result<jlens_core::Document, String>,
}

impl<'t> Document<'t> {
    /// Parses a text, its keys in the order of JavaScript. A text that the native engine cannot hold is no error
    /// yet: an oracle may be able to.
    pub fn parse(text: &'t str) -> Document<'t> {
        let native = serde_json::from_str(text)
            .map(|value| jlens_core::Document::new(&order::value(value)))
            .map_err(|error| error.to_string());
        Document { text, native }
    }

    /// The text.
    pub fn text(&self) -> &'t str {
        self.text
    }
}
