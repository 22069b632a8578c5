//! What is asked of a provider, before its address and its credentials are added; and whose account it is about.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::secret::Secret;

/// A request below a provider's base address.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Upper-case.
    pub method: String,
    /// From the base on, begins with `/`, percent-encoded; `{account}` stands for the account's id.
    pub path: String,
    /// Decoded, in their order.
    pub query: Vec<(String, String)>,
    /// By lower-case name; beside those of the profile.
    pub headers: Vec<(String, Secret)>,
    /// What is sent.
    pub body: Option<String>,
    /// Whether it may be asked again.
    pub effect: Effect,
}

/// Whether asking may change something: by the method (RFC 9110, 9.2.1), or because an operation says that its POST reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads, and may be asked again.
    Reads,
    /// It may write: it is asked once, whatever happens.
    Writes,
}

/// One customer's linked account, as one side knows it.
#[derive(Clone, Debug)]
pub struct Account {
    /// As recordings call it.
    pub name: String,
    /// Its id on this side; with some providers a token.
    pub id: Secret,
    /// The upstream that it is linked to.
    pub integration: String,
    /// Other columns of the accounts' file.
    pub columns: BTreeMap<String, String>,
}

impl Account {
    /// What a name in a profile's pattern stands for.
    pub fn value(&self, name: &str) -> Option<Secret> {
        match name {
            "account" => Some(self.id.clone()),
            "integration" => Some(Secret::new(self.integration.clone())),
            column => self.columns.get(column).map(|text| Secret::new(text.clone())),
        }
    }
}

/// A text as a segment of a path or a part of a query: everything but letters, digits and `-._~` is encoded (RFC 3986, 2.3).
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte as char),
            byte => {
                // A `String` never fails to be written to.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// `?a=1&b=2`, or nothing.
pub fn encoded_query<'q>(query: impl IntoIterator<Item = (&'q str, &'q str)>) -> String {
    let mut text = String::new();
    for (name, value) in query {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(&encoded(name));
        text.push('=');
        text.push_str(&encoded(value));
    }
    text
}

/// The fields of a query, decoded, in their order.
pub fn fields(query: &str) -> Vec<(String, String)> {
    let field = |field: &str| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
    };
    query.split('&').filter(|field| !field.is_empty()).map(field).collect()
}

/// Undoes percent-encoding; what is none, or would be no UTF-8, stays as it is. In a query `+` is a space: that is the caller's.
pub fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match (first, code.and_then(|code| u8::from_str_radix(code, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
