//! The engines that mappings are evaluated with: which are asked, and where the JavaScript reference is.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use mapping::engine::{EngineName, Settings};
use mapping::oracle::{Library, Oracle, OracleError};

use crate::config::Evaluation;
use crate::options::Global;

/// How many engines evaluate a mapping, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opinions {
    /// The one that is set; the oracle where that one is not certain.
    One,
    /// The native one and the oracle, which must agree.
    Two,
}

/// Whether what one engine makes of an operation's mappings is held against another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrossChecking {
    /// Nobody asked for it.
    NotAsked,
    /// Both engines evaluate, and must agree.
    Both,
    /// It was asked for, and the oracle is absent: why, and how to mend it.
    Absent(String),
}

/// Opens the oracles that mappings need, each once.
pub struct Engines {
    cache: Option<PathBuf>,
    processes: usize,
    opinions: Opinions,
    open: Mutex<BTreeMap<String, Arc<Oracle>>>,
    /// By library: why it is not there.
    absent: BTreeMap<String, String>,
}

/// Why a library that was asked for is not there.
#[derive(Debug, thiserror::Error)]
pub enum EnginesError {
    /// It is not installed, or does not start.
    #[error(transparent)]
    Oracle(#[from] OracleError),
    /// Nobody knows where it would be.
    #[error(
        "there is no folder for the oracle: set CUTOVER_ORACLE to one, it is where `cutover oracle install` puts it"
    )]
    NoFolder,
}

impl Engines {
    /// For commands that ask the oracle where nothing else is certain: it may be absent.
    pub fn where_needed(global: &Global) -> Engines {
        Engines {
            cache: global.oracle.clone(),
            processes: global.jobs.get(),
            opinions: Opinions::One,
            open: Mutex::default(),
            absent: BTreeMap::new(),
        }
    }

    /// For a run that asks two engines each time, where the oracle is there; of an absent one it knows why.
    pub fn both<'e>(global: &Global, evaluations: impl IntoIterator<Item = &'e Evaluation>) -> Engines {
        let mut engines = Engines { opinions: Opinions::Two, ..Engines::where_needed(global) };
        for Evaluation { library, .. } in evaluations {
            if let Err(error) = engines.demand(library) {
                engines.absent.insert(library.to_string(), error.to_string());
            }
        }
        engines
    }

    /// Starts the oracle of a library, which must be there.
    pub fn demand(&self, library: &Library) -> Result<(), EnginesError> {
        let cache = self.cache.as_ref().ok_or(EnginesError::NoFolder)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Vacant(absent) = open.entry(library.to_string()) {
            absent.insert(Oracle::open(cache, library.clone(), self.processes)?);
        }
        Ok(())
    }

    /// How many engines evaluate: two only where all oracles that were asked for are there.
    pub fn opinions(&self) -> Opinions {
        if self.absent.is_empty() { self.opinions } else { Opinions::One }
    }

    /// Why an oracle that was asked for is not there, if one is not.
    pub fn absent(&self) -> Option<&str> {
        self.absent.values().next().map(String::as_str)
    }

    /// Whether mappings that production evaluates with a library are cross-checked.
    pub fn cross_checking(&self, library: &Library) -> CrossChecking {
        match (self.opinions, self.absent.get(&library.to_string())) {
            (Opinions::One, _) => CrossChecking::NotAsked,
            (Opinions::Two, None) => CrossChecking::Both,
            (Opinions::Two, Some(why)) => CrossChecking::Absent(why.clone()),
        }
    }

    /// How a mapping is compiled and evaluated.
    pub fn settings(&self, evaluation: &Evaluation) -> Settings {
        let Evaluation { engine, library } = evaluation;
        // The native engine is of one version of the language: others are the oracle's.
        let engine = match engine {
            EngineName::Auto if !library.is_as_native() => EngineName::Oracle,
            engine => *engine,
        };
        Settings { dialect: library.dialect, engine, oracle: self.oracle(library) }
    }

    /// The oracle of a library, where that is installed. No process is started before it is needed.
    fn oracle(&self, library: &Library) -> Option<Arc<Oracle>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(oracle) = open.get(&library.to_string()) {
            return Some(Arc::clone(oracle));
        }
        let oracle = Oracle::at_rest(self.cache.as_deref()?, library.clone(), self.processes).ok()?;
        open.insert(library.to_string(), Arc::clone(&oracle));
        Some(oracle)
    }
}
