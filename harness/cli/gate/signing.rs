//! Ed25519 (RFC 8032): bundles are signed with a key that the user owns, as OpenSSL writes it.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use evidence::bundle::Signature;
use zeroize::Zeroizing;

use super::inputs::hex;

/// A key file has a hundred bytes.
pub const KEY_BYTES_MAX: u64 = 16 * 1024;

/// Signs with one key. The key is wiped from memory with it, and is never shown.
pub struct Signer(SigningKey);

impl Signer {
    /// Reads a private key in PKCS #8, PEM.
    pub fn read(file: &Path) -> anyhow::Result<Signer> {
        let text = Zeroizing::new(read_key(file)?);
        let key = SigningKey::from_pkcs8_pem(&text);
        // What is wrong with it is not quoted: it is a secret.
        let Ok(key) = key else {
            bail!(
                "{} is no Ed25519 private key in PKCS #8, PEM: `openssl genpkey -algorithm ed25519 -out FILE` makes one",
                file.display()
            );
        };
        Ok(Signer(key))
    }

    /// The signature of some bytes.
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        let key = hex(self.0.verifying_key().as_bytes());
        Signature { key, value: hex(&self.0.sign(bytes).to_bytes()) }
    }
}

/// Reads a public key, PEM; answers it in hexadecimal digits, as bundles name it.
pub fn read_public(file: &Path) -> anyhow::Result<String> {
    let key = VerifyingKey::from_public_key_pem(&read_key(file)?);
    let Ok(key) = key else {
        bail!(
            "{} is no Ed25519 public key in PEM: `openssl pkey -in KEY -pubout -out FILE` writes one",
            file.display()
        );
    };
    Ok(hex(key.as_bytes()))
}

/// Why a signature is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not in the form of one.
    #[error("its signature is not in the form of one")]
    Form,
    /// Of other bytes, or by another key.
    #[error("its signature is not of its text: the bundle was changed since it was signed")]
    Wrong,
}

/// Whether a signature is of some bytes, by the key that it names; weak keys are refused.
pub fn verify(signature: &Signature, bytes: &[u8]) -> Result<(), SignatureError> {
    let key = unhex::<32>(&signature.key).ok_or(SignatureError::Form)?;
    let value = unhex::<64>(&signature.value).ok_or(SignatureError::Form)?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| SignatureError::Form)?;
    let value = ed25519_dalek::Signature::from_bytes(&value);
    key.verify_strict(bytes, &value).map_err(|_| SignatureError::Wrong)
}

fn read_key(file: &Path) -> anyhow::Result<String> {
    let context = || format!("read the key {}", file.display());
    if fs::metadata(file).with_context(context)?.len() > KEY_BYTES_MAX {
        bail!("{} has more than {KEY_BYTES_MAX} bytes: no key has", file.display());
    }
    fs::read_to_string(file).with_context(context)
}

/// Hexadecimal digits, two a byte, exactly so many.
fn unhex<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let digits = text.as_bytes();
    if digits.len() != BYTES * 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
