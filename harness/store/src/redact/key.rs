//! The key that pseudonyms are made with: a secret that cannot print, and a fingerprint that may.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::prf::Prf;

/// As many bytes as HMAC-SHA256 makes full use of; a shorter key would be the weakest part.
pub const KEY_BYTES: usize = 32;

/// Digits of a fingerprint: enough to tell a team's keys apart, too few to search the key by.
const FINGERPRINT_BYTES: usize = 4;

/// What pseudonyms are made with. It is overwritten when it is dropped, and prints nothing of itself.
#[derive(Clone)]
pub struct RedactionKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    fingerprint: String,
}

/// Why a text is no key. It never quotes the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a redaction key is {digits} hexadecimal digits ({KEY_BYTES} random bytes)", digits = KEY_BYTES * 2)]
pub struct NotAKey;

impl RedactionKey {
    /// A key of these bytes, which should come from the system's randomness.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let digest = mac(&bytes).chain_update(b"cutover redaction fingerprint").finalize().into_bytes();
        let fingerprint = hexadecimal(&digest[..FINGERPRINT_BYTES]);
        RedactionKey { bytes, fingerprint }
    }

    /// Reads a key as it stands in the environment or in a file; white space around it does not matter.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim().as_bytes();
        if text.len() != KEY_BYTES * 2 {
            return Err(NotAKey);
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        for (byte, digits) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let value = |digit: u8| char::from(digit).to_digit(16).ok_or(NotAKey);
            *byte = (value(digits[0])? * 16 + value(digits[1])?) as u8;
        }
        Ok(RedactionKey::from_bytes(*bytes))
    }

    /// The key as [`RedactionKey::parse`] reads it: for the file that it is kept in, and for nothing else.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(hexadecimal(&self.bytes[..]))
    }

    /// What recordings say of the key: the same for the same key, and of no use to find it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(super) fn prf(&self) -> Prf {
        Prf::new(&self.bytes)
    }

    pub(super) fn mac(&self) -> Hmac<Sha256> {
        mac(&self.bytes)
    }
}

/// Two digits a byte.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    digits
}

fn mac(bytes: &[u8; KEY_BYTES]) -> Hmac<Sha256> {
    Hmac::new_from_slice(bytes).expect("HMAC takes a key of any length")
}

impl fmt::Debug for RedactionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RedactionKey({})", self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::{KEY_BYTES, NotAKey, RedactionKey};

    #[test]
    fn a_key_is_read_as_it_is_written_and_prints_only_its_fingerprint() {
        let key = RedactionKey::from_bytes([0xa5; KEY_BYTES]);
        let text = key.expose();
        assert_eq!(*text, "a5".repeat(KEY_BYTES));
        let read = RedactionKey::parse(&format!(" {}\n", *text)).expect("it was written so");
        assert_eq!(read.fingerprint(), key.fingerprint());
        assert_eq!(format!("{key:?}"), format!("RedactionKey({})", key.fingerprint()));
        assert_eq!(key.fingerprint().len(), 8);
        assert_ne!(key.fingerprint(), RedactionKey::from_bytes([0xa6; KEY_BYTES]).fingerprint());
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_quoted() {
        for text in ["", "secret", &"a".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(RedactionKey::parse(text).map(|_| ()), Err(NotAKey), "{text}");
        }
        assert_eq!(NotAKey.to_string(), "a redaction key is 64 hexadecimal digits (32 random bytes)");
    }
}
