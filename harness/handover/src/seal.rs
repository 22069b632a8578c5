//! Seals what the journal keeps of secrets: XChaCha20-Poly1305, a random nonce each, bound to the row that it lies in.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Bytes of the salt of a passphrase.
pub const SALT_BYTES: usize = 16;
/// Shorter passphrases are guessed.
pub const PASSPHRASE_CHARS_MIN: usize = 12;
const NONCE_BYTES: usize = 24;
/// The first byte of what is sealed; another way of sealing gets another.
const VERSION: u8 = 1;

/// What the journal's secrets are sealed with. It cannot be printed, and its memory is wiped.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; KEY_BYTES]>);

impl std::fmt::Debug for SealKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SealKey({})", self.fingerprint())
    }
}

/// Why there is no key, or nothing to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not hexadecimal digits.
    #[error("a key is {} hexadecimal digits", KEY_BYTES * 2)]
    NotAKey,
    /// Too short.
    #[error("a passphrase has at least {PASSPHRASE_CHARS_MIN} characters")]
    ShortPassphrase,
    /// The system gave nothing.
    #[error("the system gives no random bytes")]
    Random,
    /// Another key, another row, or changed bytes.
    #[error("what is sealed does not open: it was sealed with another key, or was changed")]
    DoesNotOpen,
}

impl SealKey {
    /// A new one.
    pub fn random() -> Result<SealKey, SealError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| SealError::Random)?;
        Ok(SealKey(bytes))
    }

    /// From hexadecimal digits.
    pub fn parse(text: &str) -> Result<SealKey, SealError> {
        let digits = text.trim().as_bytes();
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        if digits.len() != KEY_BYTES * 2 {
            return Err(SealError::NotAKey);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| (digit as char).to_digit(16).ok_or(SealError::NotAKey);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Ok(SealKey(bytes))
    }

    /// From a passphrase (Argon2id with the parameters that RFC 9106, section 4, gives as its second choice).
    pub fn from_passphrase(passphrase: &str, salt: &[u8; SALT_BYTES]) -> Result<SealKey, SealError> {
        if passphrase.chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(SealError::ShortPassphrase);
        }
        let params = Params::new(64 * 1024, 3, 4, Some(KEY_BYTES)).map_err(|_| SealError::NotAKey)?;
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, bytes.as_mut_slice())
            .map_err(|_| SealError::NotAKey)?;
        Ok(SealKey(bytes))
    }

    /// As hexadecimal digits, for the file that keeps it.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(self.0.as_slice()))
    }

    /// Tells keys apart without telling them.
    pub fn fingerprint(&self) -> String {
        let digest =
            Sha256::new().chain_update(b"cutover state key\0").chain_update(self.0.as_slice()).finalize();
        hex(&digest[..4])
    }

    /// Seals bytes for a place; they open there only.
    pub fn seal(&self, plain: &[u8], place: &str) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place.as_bytes() })
            .map_err(|_| SealError::DoesNotOpen)?;
        Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for a place.
    pub fn open(&self, sealed: &[u8], place: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, sealed) = match sealed.split_first() {
            Some((&VERSION, rest)) => {
                rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::DoesNotOpen)?
            }
            _ => return Err(SealError::DoesNotOpen),
        };
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        plain.map(Zeroizing::new).map_err(|_| SealError::DoesNotOpen)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.0).into())
    }
}

/// A new salt.
pub fn salt() -> Result<[u8; SALT_BYTES], SealError> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|_| SealError::Random)?;
    Ok(salt)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_with_its_key_only() {
        let key = SealKey::random().expect("there is randomness");
        let sealed = key.seal(b"token", "acme/credentials").expect("it seals");
        assert!(!sealed.windows(5).any(|window| window == b"token"));
        assert_eq!(key.open(&sealed, "acme/credentials").expect("it opens").as_slice(), b"token");
        let other = SealKey::random().expect("there is randomness");
        let mut changed = sealed.clone();
        *changed.last_mut().expect("it is not empty") ^= 1;
        for (key, sealed, place) in [
            (&other, &sealed, "acme/credentials"),
            (&key, &sealed, "beta/credentials"),
            (&key, &changed, "acme/credentials"),
            (&key, &sealed[..20].to_vec(), "acme/credentials"),
            (&key, &Vec::new(), "acme/credentials"),
        ] {
            assert_eq!(key.open(sealed, place), Err(SealError::DoesNotOpen));
        }
    }

    #[test]
    fn a_key_is_written_and_read_and_a_passphrase_makes_the_same_key_again() {
        let key = SealKey::random().expect("there is randomness");
        let again = SealKey::parse(&key.expose()).expect("it is a key");
        assert_eq!(key.fingerprint(), again.fingerprint());
        assert_eq!(SealKey::parse("12").err(), Some(SealError::NotAKey));
        assert_eq!(SealKey::parse(&"g".repeat(64)).err(), Some(SealError::NotAKey));
        let phrase =
            |text: &str| SealKey::from_passphrase(text, &[7; SALT_BYTES]).map(|key| key.fingerprint());
        assert_eq!(phrase("correct horse battery"), phrase("correct horse battery"));
        assert_ne!(phrase("correct horse battery"), phrase("correct horse staple"));
        assert_eq!(phrase("short"), Err(SealError::ShortPassphrase));
    }
}
