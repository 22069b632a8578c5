//! Everything outside the program that it looks at, read once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::UsageError;
use super::arguments::Color;

/// The environment's variables, as they were when the program began.
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Takes the given variables; those that are not text are left out.
    pub fn from_variables(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Environment {
        let text =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Environment(variables.into_iter().filter_map(text).collect())
    }

    /// All variables, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a variable; one that is set to nothing counts as unset, as CI sets an absent secret.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// Whether this is CI, where nobody reads what is written beside the results: such systems set `CI`.
    pub fn is_ci(&self) -> bool {
        self.get("CI").is_some_and(|value| value != "false" && value != "0")
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Environment({} variables)", self.0.len())
    }
}

/// Everything outside the program that it looks at, read once.
#[derive(Debug)]
pub struct World {
    /// The working folder.
    pub folder: PathBuf,
    /// The environment.
    pub environment: Environment,
    /// Who types, if anybody.
    pub stdin: Reader,
    /// Who reads stdout.
    pub stdout: Reader,
    /// Who reads stderr.
    pub stderr: Reader,
    /// The present.
    pub now: jiff::Timestamp,
    /// Reads the present again, for commands that live in time.
    pub clock: providers::Clock,
    /// Processors that we may use.
    pub cores: NonZeroUsize,
}

impl World {
    /// Reads the world; nothing below `main` may.
    pub fn read() -> Result<World, UsageError> {
        let reader = |terminal| if terminal { Reader::Terminal } else { Reader::File };
        Ok(World {
            folder: std::env::current_dir().map_err(UsageError::Folder)?,
            environment: Environment::from_variables(std::env::vars_os()),
            stdin: reader(std::io::stdin().is_terminal()),
            stdout: reader(std::io::stdout().is_terminal()),
            stderr: reader(std::io::stderr().is_terminal()),
            now: jiff::Timestamp::now(),
            clock: jiff::Timestamp::now,
            cores: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        })
    }

    /// Where the JavaScript libraries are: where `CUTOVER_ORACLE` says, else among the user's caches.
    pub(super) fn oracle_folder(&self) -> Option<PathBuf> {
        if let Some(folder) = self.environment.get("CUTOVER_ORACLE") {
            return Some(self.folder.join(folder));
        }
        let variable = |name: &str| self.environment.get(name).map(PathBuf::from);
        let caches = if cfg!(windows) {
            variable("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            variable("HOME").map(|home| home.join("Library/Caches"))
        } else {
            // The XDG specification says that a relative path is to be ignored.
            let given = variable("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
            given.or_else(|| variable("HOME").map(|home| home.join(".cache")))
        };
        Some(caches?.join("cutover").join("oracle"))
    }
}

/// How a stream is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether people watch it.
    pub reader: Reader,
    /// Whether to colour.
    pub paint: Paint,
    /// Columns that fit.
    pub width: usize,
}

/// Who is at the other end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A terminal: progress bars may be drawn.
    Terminal,
    /// A file or a pipe.
    File,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// With ANSI colours.
    Colored,
    /// Plain text.
    Plain,
}

/// As wide as a line of text may be before it is hard to read; a narrower terminal says so in COLUMNS.
const WIDTH: usize = 110;

impl Look {
    pub(super) fn new(color: Color, reader: Reader, environment: &Environment) -> Look {
        let dumb = environment.get("TERM").is_some_and(|terminal| terminal == "dumb");
        let colored = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => reader == Reader::Terminal && environment.get("NO_COLOR").is_none() && !dumb,
        };
        let columns = environment.get("COLUMNS").and_then(|columns| columns.parse().ok());
        Look {
            reader,
            paint: if colored { Paint::Colored } else { Paint::Plain },
            width: columns.map_or(WIDTH, |columns: usize| columns.clamp(40, WIDTH)),
        }
    }
}

/// How long something has been going on: for limits of time, never for results.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Stopwatch {
        Stopwatch(std::time::Instant::now())
    }

    /// Since it began.
    pub fn elapsed(self) -> std::time::Duration {
        self.0.elapsed()
    }
}
