//! What legacy's support sent, as text: a file, or what another program decrypts into standard input. It is never written anywhere.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};
use handover::export_file::FILE_BYTES_MAX;
use zeroize::Zeroizing;

/// Instead of a file's name.
const STANDARD_INPUT: &str = "-";
/// What an age file begins with.
const AGE: &[u8] = b"age-encryption.org/";
/// The same in letters.
const AGE_ARMOUR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
/// What PGP messages in letters begin with.
const ARMOUR: &[u8] = b"-----BEGIN PGP ";
/// A packet of OpenPGP that begins a message (RFC 9580, 4.2 and 5): a session key for somebody or for a passphrase, in both formats, and
/// what those encrypt.
const PACKETS: [u8; 8] = [0x84, 0x85, 0x8c, 0xa4, 0xc1, 0xc3, 0xc9, 0xd2];

/// The text of a file, or of standard input where it is `-`. What opens an encrypted one is a variable of the environment.
pub fn read(name: &Path, variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Zeroizing<String>> {
    let told = shown(name);
    let doing = || format!("read {told}");
    let bytes = match name.to_str() == Some(STANDARD_INPUT) {
        true => whole(io::stdin().lock(), &told)?,
        false => whole(File::open(name).with_context(doing)?, &told)?,
    };
    let bytes = match encrypted(&bytes) {
        None => bytes,
        Some(by) => decrypted(by, &bytes, &told, variable)?,
    };
    match String::from_utf8(bytes.to_vec()) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            bail!("read {told}: it is not UTF-8")
        }
    }
}

/// As people are told it.
pub fn shown(name: &Path) -> String {
    match name.to_str() {
        Some(STANDARD_INPUT) => "the file on standard input".to_owned(),
        _ => name.display().to_string(),
    }
}

/// Read into one piece of memory, so that no copy of it stays behind when it grows.
pub(super) fn whole(reader: impl Read, told: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let mut piece = Zeroizing::new(vec![0; 1 << 16]);
    let mut reader = reader.take(FILE_BYTES_MAX + 1);
    loop {
        let count = match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).with_context(|| format!("read {told}")),
        };
        if bytes.len() + count > bytes.capacity() {
            let mut grown = Zeroizing::new(Vec::with_capacity(bytes.capacity().max(1 << 16) * 2));
            grown.extend_from_slice(&bytes);
            bytes = grown;
        }
        bytes.extend_from_slice(&piece[..count]);
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("read {told}: it has more than {FILE_BYTES_MAX} bytes");
    }
    Ok(bytes)
}

/// By what a file is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encryption {
    Age,
    Pgp,
}

fn encrypted(bytes: &[u8]) -> Option<Encryption> {
    let is_age = |bytes: &[u8]| bytes.starts_with(AGE) || bytes.starts_with(AGE_ARMOUR);
    match bytes.first() {
        Some(_) if is_age(bytes) => Some(Encryption::Age),
        Some(_) if bytes.starts_with(ARMOUR) => Some(Encryption::Pgp),
        // A letter with an accent may begin so too, and then what follows is text.
        Some(first) if PACKETS.contains(first) && std::str::from_utf8(bytes).is_err() => {
            Some(Encryption::Pgp)
        }
        _ => None,
    }
}

fn decrypted(
    by: Encryption,
    bytes: &[u8],
    told: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let tool = match by {
        #[cfg(feature = "age")]
        Encryption::Age => return super::age_file::decrypt(bytes, told, variable),
        #[cfg(not(feature = "age"))]
        Encryption::Age => "age -d -i KEY FILE",
        Encryption::Pgp => "gpg -d FILE",
    };
    let _ = (bytes, variable);
    bail!(
        "read {told}: it is encrypted. Decrypt it into this program's standard input, so that it never lies on a disk: \
         {tool} | cutover tokens transfer --yes --file -"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_is_told_from_what_is_text_by_its_first_bytes() {
        assert_eq!(encrypted(b"age-encryption.org/v1\n-> X25519 "), Some(Encryption::Age));
        assert_eq!(encrypted(b"-----BEGIN AGE ENCRYPTED FILE-----\n"), Some(Encryption::Age));
        assert_eq!(encrypted(b"-----BEGIN PGP MESSAGE-----\n"), Some(Encryption::Pgp));
        assert_eq!(encrypted(&[0x85, 0x01, 0x0c, 0x03]), Some(Encryption::Pgp));
        assert_eq!(encrypted(&[0xc1, 0x4c, 0x03]), Some(Encryption::Pgp));
        for text in ["", "account,access_token\n", "[{}]", "\u{feff}account\n", "été,access_token\n"] {
            assert_eq!(encrypted(text.as_bytes()), None, "{text}");
        }
    }
}
