//! The configuration, cutover.toml: found, read and checked; what comes out of here needs no second look.

pub mod accounts;
pub mod audit;
pub mod evaluation;
pub mod fit;
pub mod gate;
pub mod join;
pub mod operation;
pub mod path;
pub mod problem;
pub mod provider;
mod fit_providers;
pub mod request;
pub mod redaction;
pub mod serve;
pub mod template;
pub mod nearest;
pub mod storage;
mod json;
mod mask;
mod read;
mod table;
#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod limits_tests;
#[cfg(test)]
mod fit_tests;
#[cfg(test)]
mod evaluation_tests;
#[cfg(test)]
mod docs_tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use accounts::{Account, Accounts, AccountsError};
pub use evaluation::Evaluation;
pub use gate::{Age, Gate, GateName};
pub use join::Join;
pub use operation::{Key, MapFrom, NotAName, Operation, OperationName, Order, Scope};
pub use path::{BodyPath, FilePath};
pub use problem::{Problem, Severity, SourceText};
pub use provider::Provider;
pub use read::read;
pub use redaction::RedactionLists;
pub use request::{NextPage, Request, RequestBody};
pub use serve::{Serve, ShareOf};
pub use storage::Storage;
pub use table::Text;
pub use template::{MissingVariable, Secret, SecretTemplate, Template, Variables};

/// A configuration is written by people; a larger file is not one.
pub const CONFIG_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Ten unified models with a hundred methods each are a tenth of this.
pub const OPERATIONS_MAX: usize = 10_000;
/// Nobody reads more at once, and the first are often the cause of the others.
pub const PROBLEMS_MAX: usize = 50;
/// The file that is looked for.
pub const FILE_NAME: &str = "cutover.toml";

/// A configuration in which everything is what it should be.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its text, as it may be shown, for messages that point into it.
    pub source: Arc<SourceText>,
    /// The file.
    pub file: PathBuf,
    /// The file's folder, from which all paths go.
    pub folder: PathBuf,
    /// What the migration is called.
    pub migration: String,
    /// The provider that customers are served by today.
    pub legacy: Option<Provider>,
    /// The provider that they are moved to.
    pub new: Option<Provider>,
    /// The accounts' file; it is read by [`Config::accounts`].
    pub accounts: Option<FilePath>,
    /// The database of hand-over, fences and stages.
    pub state: Option<SecretTemplate>,
    /// Where segments lie beside the recordings folder, if anywhere.
    pub storage: Option<Storage>,
    /// What is personal in the recordings, beside what names and looks say, and what is not.
    pub redaction: RedactionLists,
    /// How the proxy serves, where it is said.
    pub serve: Option<Serve>,
    /// In the order of the file.
    pub operations: Vec<Operation>,
    /// In the order in which gates are passed.
    pub gates: Vec<Gate>,
    /// What an audit of the rules may miss, in the order of the file.
    pub audit_waivers: Vec<audit::AuditWaiver>,
}

/// Where the configuration is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigPlace {
    /// In this file, as typed in the working folder.
    File {
        /// As typed.
        file: PathBuf,
        /// The working folder.
        folder: PathBuf,
    },
    /// In `cutover.toml` in the working folder or the nearest one above it.
    Upwards {
        /// The working folder.
        folder: PathBuf,
    },
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No file in any folder above.
    #[error(
        "there is no {FILE_NAME} in {folder} or a folder above it: `cutover init` writes one, `--config FILE` names one"
    )]
    NotFound {
        /// Where the search began.
        folder: PathBuf,
    },
    /// The file cannot be read.
    #[error("read the configuration {name}")]
    Read {
        /// The file.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Over [`CONFIG_BYTES_MAX`].
    #[error("the configuration {name} has more than {CONFIG_BYTES_MAX} bytes")]
    TooLarge {
        /// The file.
        name: String,
    },
    /// The file is not text.
    #[error("the configuration {name} is not UTF-8: wrong at byte {byte}")]
    NotText {
        /// The file.
        name: String,
        /// The first byte that is not text.
        byte: usize,
    },
    /// The file is not what it should be; all that is wrong with it.
    #[error("the configuration is not what it should be: {}", .0.first().map_or("", |problem| problem.message.as_str()))]
    Invalid(Vec<Problem>),
}

/// No operation has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration has no operation `{name}`{}", .nearest.as_ref().map_or(String::new(), |near| format!(": did you mean `{near}`?")))]
pub struct UnknownOperation {
    /// As typed.
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<String>,
}

impl Config {
    /// Finds and reads the configuration.
    pub fn load(place: &ConfigPlace) -> Result<Config, ConfigError> {
        let (file, folder) = match place {
            ConfigPlace::File { file, folder } => (folder.join(file), folder),
            ConfigPlace::Upwards { folder } => {
                let candidates = folder.ancestors().map(|folder| folder.join(FILE_NAME));
                let found = candidates.into_iter().find(|file| file.is_file());
                (found.ok_or_else(|| ConfigError::NotFound { folder: folder.clone() })?, folder)
            }
        };
        let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
        let text = read_text(&file, &name)?;
        read(&file, &name, &text).map_err(ConfigError::Invalid)
    }

    /// The operation of a name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name.as_str() == name)
    }

    /// The operations that are named, in the order of the file; all where none is named.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Operation>, UnknownOperation> {
        let known = || self.operations.iter().map(|operation| operation.name.as_str());
        if let Some(name) = names.iter().find(|name| !known().any(|known| known == *name)) {
            let nearest = nearest::nearest(name, known()).map(str::to_owned);
            return Err(UnknownOperation { name: name.clone(), nearest });
        }
        let named = |operation: &&Operation| {
            names.is_empty() || names.iter().any(|name| name == operation.name.as_str())
        };
        Ok(self.operations.iter().filter(named).collect())
    }

    /// Reads the accounts; none where the configuration names no file.
    pub fn accounts(&self) -> Result<Accounts, AccountsError> {
        match &self.accounts {
            Some(file) => Accounts::read(&file.full, &file.written),
            None => Ok(Accounts::default()),
        }
    }

    /// How a mapping is evaluated that belongs to no operation: as the new side does.
    pub fn evaluation(&self) -> Evaluation {
        self.new.as_ref().map(|provider| provider.evaluation.clone()).unwrap_or_default()
    }

    /// Where the recordings are.
    pub fn recordings(&self) -> PathBuf {
        self.folder.join("recordings")
    }

    /// A path as people are told it: from the configuration's folder, where it lies below.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.folder).unwrap_or(path).display().to_string()
    }

    /// Where the profiles of one's own are.
    pub fn profiles(&self) -> PathBuf {
        self.folder.join("mappings").join("profiles")
    }

    /// Where the reports go.
    pub fn reports(&self) -> PathBuf {
        self.folder.join("reports")
    }
}

fn read_text(file: &Path, name: &str) -> Result<String, ConfigError> {
    let error = |source| ConfigError::Read { name: name.to_owned(), source };
    if std::fs::metadata(file).map_err(error)?.len() > CONFIG_BYTES_MAX {
        return Err(ConfigError::TooLarge { name: name.to_owned() });
    }
    let bytes = std::fs::read(file).map_err(error)?;
    String::from_utf8(bytes).map_err(|error| ConfigError::NotText {
        name: name.to_owned(),
        byte: error.utf8_error().valid_up_to(),
    })
}
