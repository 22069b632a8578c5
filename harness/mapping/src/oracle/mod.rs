//! The oracle: the JavaScript library that production evaluates mappings with, in processes of `node` that are
//! kept and asked one after the other, each within a time limit.

mod install;
mod worker;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::engine::{Dialect, Request};
use crate::mapping::MapError;
use crate::place::line_and_column;
use worker::{Failure, Worker};

/// A JavaScript library and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// What it evaluates.
    pub dialect: Dialect,
    /// Its version on npm, exact.
    pub version: String,
}

impl Library {
    /// The version that this program was tested with.
    pub fn pinned(dialect: Dialect) -> Library {
        let version = match dialect {
            Dialect::Truto => "3.0.6",
            Dialect::Jsonata => "2.2.1",
        };
        Library { dialect, version: version.to_owned() }
    }

    /// The library of a dialect, in a version of its own.
    pub fn version(dialect: Dialect, version: &str) -> Option<Library> {
        Library::is_version(version).then(|| Library { dialect, version: version.to_owned() })
    }

    /// Whether a text is an exact version: three numbers, and what may follow a hyphen.
    pub fn is_version(text: &str) -> bool {
        let (numbers, rest) = text.split_once('-').unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        text.len() <= VERSION_BYTES_MAX
            && numbers.split('.').count() == 3
            && numbers.split('.').all(is_number)
            && !rest.is_empty()
            && rest.bytes().all(is_plain)
    }

    /// The version of JSONata in it.
    pub fn jsonata(&self) -> &str {
        match self.dialect {
            // What the pinned version of the library asks npm for.
            Dialect::Truto => "2.2.1",
            Dialect::Jsonata => &self.version,
        }
    }

    /// Whether the native engine speaks the same version of the language; between patches nothing was found to differ
    /// that is not written down in the crate's documentation.
    pub fn is_as_native(&self) -> bool {
        self.jsonata().starts_with("2.2.")
    }

    /// The command that installs it.
    pub fn install_command(&self) -> String {
        let command = format!("cutover oracle install --dialect {}", self.dialect.name());
        if *self == Library::pinned(self.dialect) {
            return command;
        }
        format!("{command} --version {}", self.version)
    }

    /// Its name on npm.
    pub fn package(&self) -> &'static str {
        match self.dialect {
            Dialect::Truto => "@truto/truto-jsonata",
            Dialect::Jsonata => "jsonata",
        }
    }

    /// Where it lies in a cache folder.
    pub fn folder(&self, cache: &Path) -> PathBuf {
        cache.join(format!("{}-{}", self.dialect.name(), self.version))
    }
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.package(), self.version)
    }
}

/// Why there is no oracle.
#[derive(Debug, thiserror::Error)]
pub enum OracleError {
    /// `node` or `npm` is not on the machine.
    #[error("run {program}: it is not on this machine; install Node.js 20 or newer")]
    ProgramAbsent {
        /// `node` or `npm`.
        program: &'static str,
    },
    /// The library is not in the cache folder.
    #[error("{library} is not installed in {folder}; run `{command}`", command = library.install_command())]
    NotInstalled {
        /// The library.
        library: Library,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// npm could not install it.
    #[error("install {library} with npm: {what}")]
    Install {
        /// The library.
        library: String,
        /// The end of what npm said.
        what: String,
    },
    /// The process did not come up.
    #[error("start the oracle: {0}")]
    Start(String),
    /// The cache folder cannot be written.
    #[error("write {path}")]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A pool of processes.
pub struct Oracle {
    library: Library,
    folder: PathBuf,
    size: usize,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Worker>,
    live: usize,
}

/// It becomes a folder's name; npm's own are a quarter of this.
const VERSION_BYTES_MAX: usize = 64;

/// An answer that is longer is refused: it is read whole.
const ANSWER_BYTES_MAX: usize = 256 << 20;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(default)]
    undefined: bool,
    error: Option<Told>,
}

#[derive(Deserialize)]
struct Told {
    code: String,
    message: String,
    position: Option<usize>,
    token: Option<String>,
}

impl Oracle {
    /// Installs a library into a cache folder, from the npm registry; nothing is done where it is there already.
    pub fn install(cache: &Path, library: &Library) -> Result<PathBuf, OracleError> {
        install::install(cache, library)
    }

    /// Opens the oracle with up to `size` processes, and starts the first one to see that it works.
    pub fn open(cache: &Path, library: Library, size: usize) -> Result<Arc<Oracle>, OracleError> {
        let oracle = Oracle::at_rest(cache, library, size)?;
        let first = oracle.take()?;
        oracle.give_back(Some(first));
        Ok(oracle)
    }

    /// Opens the oracle with up to `size` processes, of which each is started when it is first needed.
    pub fn at_rest(cache: &Path, library: Library, size: usize) -> Result<Arc<Oracle>, OracleError> {
        let folder = library.folder(cache);
        if !install::is_installed(&folder, &library) {
            return Err(OracleError::NotInstalled { library, folder });
        }
        let (pool, returned) = (Mutex::new(Pool::default()), Condvar::new());
        Ok(Arc::new(Oracle { library, folder, size: size.max(1), pool, returned }))
    }

    /// What evaluates.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Evaluates a mapping's text.
    pub(crate) fn evaluate(&self, source: &str, request: &Request<'_>) -> Result<Option<String>, MapError> {
        let mut line = String::with_capacity(source.len() + request.input.text().map_or(0, str::len) + 128);
        line.push_str("{\"id\":0,\"expr\":");
        line.push_str(&crate::input::quoted(source));
        if let Some(input) = request.input.text() {
            line.push_str(",\"input\":");
            // Outside a string a line break is white space; inside, JSON allows none.
            line.extend(input.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }));
        }
        if let Some(bindings) = request.bindings {
            let bindings =
                serde_json::to_string(bindings).map_err(|error| MapError::Input(error.to_string()))?;
            line.push_str(",\"bindings\":");
            line.push_str(&bindings);
        }
        line.push_str(&format!(",\"now\":{}}}\n", request.now_ms));

        let mut worker = self.take().map_err(|error| MapError::NeedsOracle(error.to_string()))?;
        match worker.ask(line.as_bytes(), request.limits.time) {
            Ok(answer) => {
                self.give_back(Some(worker));
                read(source, &answer, request)
            }
            Err(failure) => {
                worker.kill();
                self.give_back(None);
                let (code, message) = match failure {
                    Failure::Time => {
                        ("D1012", format!("no answer from the oracle in {:?}", request.limits.time))
                    }
                    Failure::Size => ("U1001", "the oracle's answer is over the limit".to_owned()),
                    Failure::Ended => {
                        ("D1011", "the oracle's process ended: out of memory or stack".to_owned())
                    }
                };
                Err(MapError::Limit { code: code.to_owned(), message, position: None })
            }
        }
    }

    /// A process that is free, a new one, or the next to become free.
    fn take(&self) -> Result<Worker, OracleError> {
        let mut pool = self.lock();
        loop {
            if let Some(worker) = pool.idle.pop() {
                return Ok(worker);
            }
            if pool.live < self.size {
                pool.live += 1;
                break;
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
        drop(pool);
        Worker::start(&self.folder, self.library.package()).inspect_err(|_| self.give_back(None))
    }

    fn give_back(&self, worker: Option<Worker>) {
        let mut pool = self.lock();
        match worker {
            Some(worker) => pool.idle.push(worker),
            None => pool.live -= 1,
        }
        self.returned.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oracle")
            .field("library", &self.library)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

fn read(source: &str, answer: &str, request: &Request<'_>) -> Result<Option<String>, MapError> {
    let Ok(answer) = serde_json::from_str::<Answer<'_>>(answer) else { return Err(MapError::Engine) };
    if let Some(told) = answer.error {
        let position = told
            .position
            .map(|position| line_and_column(source, position, told.token.as_deref().unwrap_or_default()));
        if ["D1011", "D1012", "U1001"].contains(&told.code.as_str()) {
            return Err(MapError::Limit { code: told.code, message: told.message, position });
        }
        return Err(MapError::Expression { code: told.code, message: told.message, position });
    }
    if answer.undefined {
        return Ok(None);
    }
    let text = answer.value.map_or("null", RawValue::get);
    if text.len() > request.limits.bytes {
        return Err(MapError::Limit {
            code: "U1001".to_owned(),
            message: format!("the result is over the limit of {} bytes", request.limits.bytes),
            position: None,
        });
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Given;

    #[test]
    fn a_library_that_is_absent_is_told_with_the_command_that_installs_it() {
        let error = Oracle::open(Path::new("nowhere"), Library::pinned(Dialect::Truto), 1)
            .expect_err("nowhere is empty");
        assert_eq!(
            error.to_string(),
            "@truto/truto-jsonata@3.0.6 is not installed in nowhere/truto-3.0.6; \
             run `cutover oracle install --dialect truto`"
        );
    }

    #[test]
    fn an_answer_is_read_whatever_it_holds() {
        let limits = crate::mapping::LIMITS;
        let request = Request { input: Given::Nothing, bindings: None, now_ms: 0, limits: &limits };
        let check = |answer: &str, expected: Result<Option<&str>, &str>| {
            let read = read("a + b", answer, &request).map_err(|error| error.to_string());
            assert_eq!(read.as_ref().map(Option::as_deref).map_err(String::as_str), expected, "{answer}");
        };
        check(r#"{"id":0,"value":null}"#, Ok(Some("null")));
        check(r#"{"id":0,"value":{"b":1e21}}"#, Ok(Some(r#"{"b":1e21}"#)));
        check(r#"{"id":0,"undefined":true}"#, Ok(None));
        check(
            r#"{"id":0,"error":{"code":"T2001","message":"no","position":3,"token":"+"}}"#,
            Err("no (T2001) at line 1, column 3 of the mapping"),
        );
        check("[", Err("the engine failed"));
    }
}
