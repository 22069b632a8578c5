//! The key of a migration's pseudonyms: from the environment, else from a file that is made at first use.

use std::path::{Path, PathBuf};

use store::redact::{KEY_BYTES, NotAKey, RedactionKey};

use crate::key_file::{self, KeyFile, KeyFileError};

/// Where it is made.
const FILE: KeyFile = KeyFile { file: "redaction.key", what: "redaction key" };

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made, or others may read it.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The file holds something else.
    #[error(
        "the redaction key {path} is none: put the right one back; with another key, nothing that was redacted before can be compared with what comes",
        path = .path.display()
    )]
    NotAKey {
        /// Which.
        path: PathBuf,
        /// Why.
        source: NotAKey,
    },
}

/// The key of the environment, where it has one; else that of the file, which is made where it is missing.
pub fn find_or_make(folder: &Path, of_environment: Option<&RedactionKey>) -> Result<RedactionKey, KeyError> {
    if let Some(key) = of_environment {
        return Ok(key.clone());
    }
    let make = || {
        let mut bytes = zeroize::Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|error| format!("the system gives no random bytes ({error})"))?;
        Ok(RedactionKey::from_bytes(*bytes).expose())
    };
    let text = key_file::find_or_make(folder, FILE, make)?;
    RedactionKey::parse(&text)
        .map_err(|source| KeyError::NotAKey { path: key_file::path(folder, FILE), source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let scratch = Scratch::new("redaction-key");
        let key = find_or_make(scratch.path(), None).expect("the folder can be written");
        let again = find_or_make(scratch.path(), None).expect("it is there");
        assert_eq!(key.fingerprint(), again.fingerprint());
        let path = scratch.path().join(".cutover/redaction.key");
        let ignored = fs::read_to_string(scratch.path().join(".cutover/.gitignore")).expect("it is there");
        assert_eq!(ignored, "*\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("it is ours");
            let error = find_or_make(scratch.path(), None).expect_err("a group may read it");
            assert!(matches!(error, KeyError::File(KeyFileError::Open { .. })), "{error}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
        }
        fs::write(&path, "not a key").expect("it is ours");
        let error = find_or_make(scratch.path(), None).expect_err("it is no key");
        assert!(matches!(error, KeyError::NotAKey { .. }), "{error}");
    }

    #[test]
    fn the_key_of_the_environment_goes_first_and_makes_no_file() {
        let scratch = Scratch::new("redaction-key-environment");
        let key = RedactionKey::from_bytes([3; KEY_BYTES]);
        let found = find_or_make(scratch.path(), Some(&key)).expect("it was given");
        assert_eq!(found.fingerprint(), key.fingerprint());
        assert!(!scratch.path().join(".cutover").exists());
    }
}
