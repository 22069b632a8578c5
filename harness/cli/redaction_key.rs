//! The key of a migration's pseudonyms: from the environment, else from a file that is made at first use.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use store::redact::{KEY_BYTES, NotAKey, RedactionKey};

/// The folder beside the configuration for what is not to be shared; it tells git to ignore it.
const FOLDER: &str = ".cutover";

/// The file in it.
const FILE: &str = "redaction.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is there and cannot be read.
    #[error("read the redaction key {path}", path = .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
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
    /// Others than its owner may read the file.
    #[error("others may read the redaction key {path}: chmod 600 {path}", path = .path.display())]
    Open {
        /// Which.
        path: PathBuf,
    },
    /// The file could not be made.
    #[error("make the redaction key {path}", path = .path.display())]
    Make {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system gave no random bytes.
    #[error("make a redaction key: the system gives no random bytes ({0})")]
    Random(getrandom::Error),
}

/// The key of the environment, where it has one; else that of the file, which is made where it is missing.
pub fn find_or_make(folder: &Path, of_environment: Option<&RedactionKey>) -> Result<RedactionKey, KeyError> {
    if let Some(key) = of_environment {
        return Ok(key.clone());
    }
    let path = folder.join(FOLDER).join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => {
            refuse_open(&path)?;
            RedactionKey::parse(&text).map_err(|source| KeyError::NotAKey { path, source })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path),
        Err(source) => Err(KeyError::Read { path, source }),
    }
}

fn make(path: &Path) -> Result<RedactionKey, KeyError> {
    let mut bytes = zeroize::Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(bytes.as_mut_slice()).map_err(KeyError::Random)?;
    let key = RedactionKey::from_bytes(*bytes);
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)?;
        fs::write(folder.join(".gitignore"), "*\n")?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(key.expose().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    match write() {
        Ok(()) => Ok(key),
        // Another process made it since we looked: its key is the one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(path)
                .map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
            RedactionKey::parse(&text).map_err(|source| KeyError::NotAKey { path: path.to_owned(), source })
        }
        Err(source) => Err(KeyError::Make { path: path.to_owned(), source }),
    }
}

#[cfg(unix)]
fn refuse_open(path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let read = |source| KeyError::Read { path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(read)?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyError::Open { path: path.to_owned() }) }
}

#[cfg(not(unix))]
fn refuse_open(_: &Path) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
mod tests {
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
            assert!(matches!(error, KeyError::Open { .. }), "{error}");
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
