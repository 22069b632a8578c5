//! Writes an engine's result as JSON text, numbers as JavaScript prints them.

use jlens_core::output::Builder;

/// The text so far. Values come depth first, so all of them go to one buffer.
#[derive(Default)]
pub(crate) struct Text {
    out: String,
}

impl Text {
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// A value begins here; what it wrote is told by where it began.
    fn value(&mut self, write: impl FnOnce(&mut String)) -> usize {
        let start = self.out.len();
        write(&mut self.out);
        start
    }

    fn close(&mut self, start: usize, bracket: char) -> usize {
        if self.out.ends_with(',') {
            self.out.pop();
        }
        self.out.push(bracket);
        start
    }
}

impl Builder for Text {
    type Value = usize;
    type Array = usize;
    type Object = usize;

    fn null(&mut self) -> usize {
        self.value(|out| out.push_str("null"))
    }

    fn bool(&mut self, value: bool) -> usize {
        self.value(|out| out.push_str(if value { "true" } else { "false" }))
    }

    fn number(&mut self, value: f64) -> usize {
        // JSON.stringify(-0) is "0".
        let value = if value == 0.0 { 0.0 } else { value };
        self.value(|out| out.push_str(ryu_js::Buffer::new().format_finite(value)))
    }

    fn string(&mut self, value: &str) -> usize {
        self.value(|out| push_string(value, out))
    }

    fn array(&mut self, _len: usize) -> usize {
        self.value(|out| out.push('['))
    }

    fn push(&mut self, _array: &mut usize, _item: usize) {
        self.out.push(',');
    }

    fn end_array(&mut self, array: usize) -> usize {
        self.close(array, ']')
    }

    fn object(&mut self, _len: usize) -> usize {
        self.value(|out| out.push('{'))
    }

    /// The key is told after its value, so it is turned in front of it.
    fn insert(&mut self, _object: &mut usize, key: &str, value: usize) {
        let value_text = self.out.split_off(value);
        push_string(key, &mut self.out);
        self.out.push(':');
        self.out.push_str(&value_text);
        self.out.push(',');
    }

    fn end_object(&mut self, object: usize) -> usize {
        self.close(object, '}')
    }
}

fn push_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || (c as u32) < 0x20) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            control => out.push_str(&format!("\\u{control:04x}")),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
