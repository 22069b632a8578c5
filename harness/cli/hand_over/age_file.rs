//! A file that was encrypted with age (<https://age-encryption.org/v1>), decrypted in memory: for keys, or with a passphrase. Behind the feature `age`.

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::source_file::whole;

/// Holds the text of an identity file (`AGE-SECRET-KEY-1…`, a line each).
const IDENTITY_VARIABLE: &str = "CUTOVER_AGE_IDENTITY";
/// Holds the passphrase of a file that was encrypted with one.
const PASSPHRASE_VARIABLE: &str = "CUTOVER_AGE_PASSPHRASE";

/// The text of an age file, armoured or not; nothing of it is written anywhere.
pub fn decrypt(
    bytes: &[u8],
    told: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let doing = || format!("decrypt {told}");
    let armoured = age::armor::ArmoredReader::new(bytes);
    let decryptor = age::Decryptor::new(armoured).with_context(doing)?;
    let (name, identities) = identities(decryptor.is_scrypt(), variable).with_context(doing)?;
    let Some(identities) = identities else {
        bail!(
            "decrypt {told}: set {name} to {}",
            if name == PASSPHRASE_VARIABLE {
                "its passphrase"
            } else {
                "the text of the identity file that it was encrypted for"
            }
        );
    };
    let opened = decryptor.decrypt(identities.iter().map(|identity| identity.as_ref() as &dyn age::Identity));
    let opened = opened.with_context(|| format!("decrypt {told} with {name}"))?;
    whole(opened, told)
}

type Identities = Vec<Box<dyn age::Identity + Send + Sync>>;

/// What may open it, and the variable that holds it; none where that is not set.
fn identities(
    is_passphrase: bool,
    variable: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<(&'static str, Option<Identities>)> {
    let name = if is_passphrase { PASSPHRASE_VARIABLE } else { IDENTITY_VARIABLE };
    let Some(text) = variable(name).map(Zeroizing::new) else { return Ok((name, None)) };
    let identities: Identities = match is_passphrase {
        true => {
            let passphrase = age::secrecy::SecretString::from(text.as_str());
            vec![Box::new(age::scrypt::Identity::new(passphrase))]
        }
        // The message of a wrong line quotes it.
        false => age::IdentityFile::from_buffer(text.as_bytes())
            .ok()
            .and_then(|file| file.into_identities().ok())
            .with_context(|| format!("{name} holds no age identities"))?,
    };
    Ok((name, Some(identities)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use age::secrecy::ExposeSecret;

    use super::*;

    const TEXT: &str = "account,access_token\nacme,at-planted\n";

    fn encrypted(encryptor: age::Encryptor, format: age::armor::Format) -> Vec<u8> {
        let armoured =
            age::armor::ArmoredWriter::wrap_output(Vec::new(), format).expect("a vector takes all");
        let mut writer = encryptor.wrap_output(armoured).expect("a vector takes all");
        writer.write_all(TEXT.as_bytes()).expect("a vector takes all");
        writer.finish().and_then(|armoured| armoured.finish()).expect("a vector takes all")
    }

    fn for_key(key: &age::x25519::Identity, format: age::armor::Format) -> Vec<u8> {
        let recipient = key.to_public();
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _));
        encrypted(encryptor.expect("there is a recipient"), format)
    }

    fn opened(bytes: &[u8], name: &str, value: &str) -> Result<String, String> {
        let variable = |known: &str| (known == name).then(|| value.to_owned());
        let text = decrypt(bytes, "x.age", &variable).map_err(|error| format!("{error:#}"))?;
        Ok(String::from_utf8(text.to_vec()).expect("it was text"))
    }

    #[test]
    fn what_was_encrypted_for_a_key_is_opened_by_it_and_by_no_other() {
        let (key, other) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
        for format in [age::armor::Format::Binary, age::armor::Format::AsciiArmor] {
            let bytes = for_key(&key, format);
            let file = format!("# a comment\n{}\n", key.to_string().expose_secret());
            assert_eq!(opened(&bytes, IDENTITY_VARIABLE, &file), Ok(TEXT.to_owned()));
            let wrong = opened(&bytes, IDENTITY_VARIABLE, other.to_string().expose_secret());
            assert!(wrong.as_ref().is_err_and(|why| why.contains("with CUTOVER_AGE_IDENTITY")), "{wrong:?}");
            let none = opened(&bytes, "OTHER", "");
            assert!(none.as_ref().is_err_and(|why| why.contains("set CUTOVER_AGE_IDENTITY to")), "{none:?}");
        }
    }

    #[test]
    fn what_was_encrypted_with_a_passphrase_is_opened_by_it() {
        let mut recipient = age::scrypt::Recipient::new(age::secrecy::SecretString::from("between us"));
        // What people make takes a second each time.
        recipient.set_work_factor(2);
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _));
        let bytes = encrypted(encryptor.expect("there is a recipient"), age::armor::Format::Binary);
        assert_eq!(opened(&bytes, PASSPHRASE_VARIABLE, "between us"), Ok(TEXT.to_owned()));
        assert!(opened(&bytes, PASSPHRASE_VARIABLE, "between them").is_err());
    }

    #[test]
    fn what_is_torn_or_was_changed_is_refused_and_what_is_no_identity_is_not_quoted() {
        let key = age::x25519::Identity::generate();
        let bytes = for_key(&key, age::armor::Format::Binary);
        let identity = key.to_string();
        assert!(opened(&bytes[..bytes.len() - 1], IDENTITY_VARIABLE, identity.expose_secret()).is_err());
        let mut changed = bytes.clone();
        if let Some(last) = changed.last_mut() {
            *last ^= 1;
        }
        assert!(opened(&changed, IDENTITY_VARIABLE, identity.expose_secret()).is_err());
        let wrong = opened(&bytes, IDENTITY_VARIABLE, "AGE-SECRET-KEY-1PLANTED");
        assert!(wrong.as_ref().is_err_and(|why| !why.contains("PLANTED")), "{wrong:?}");
    }
}
