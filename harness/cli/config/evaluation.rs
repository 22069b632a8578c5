//! How a side's mappings are evaluated: in which language, of which version, by which engine.

use mapping::engine::{Dialect, EngineName};
use mapping::oracle::Library;

use super::nearest::nearest;
use super::table::{Problems, Table, Text, list};

/// How mappings are evaluated; the defaults are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Which engine is asked.
    pub engine: EngineName,
    /// The JavaScript library that production evaluates with, hence the dialect.
    pub library: Library,
}

/// What one table says of it.
#[derive(Clone, Debug, Default)]
pub(super) struct EvaluationKeys {
    dialect: Option<Dialect>,
    engine: Option<EngineName>,
    jsonata: Option<Text>,
}

impl Default for Evaluation {
    fn default() -> Evaluation {
        Evaluation { engine: EngineName::Auto, library: Library::pinned(Dialect::Jsonata) }
    }
}

impl EvaluationKeys {
    /// Reads the keys of a table.
    pub(super) fn read(table: &mut Table<'_, '_>, problems: &mut Problems) -> EvaluationKeys {
        EvaluationKeys {
            dialect: word(table, "dialect", &Dialect::ALL, Dialect::name, problems),
            jsonata: table.text("jsonata", problems).and_then(|text| version(text, problems)),
            engine: word(table, "engine", &EngineName::ALL, EngineName::name, problems),
        }
    }

    /// These keys, and for what they leave open those of a wider table.
    pub(super) fn or(&self, wider: &EvaluationKeys) -> EvaluationKeys {
        EvaluationKeys {
            dialect: self.dialect.or(wider.dialect),
            engine: self.engine.or(wider.engine),
            jsonata: self.jsonata.clone().or_else(|| wider.jsonata.clone()),
        }
    }

    /// The evaluation that the keys describe.
    pub(super) fn resolve(&self, problems: &mut Problems) -> Evaluation {
        let mut library = Library::pinned(self.dialect.unwrap_or_default());
        let engine = self.engine.unwrap_or_default();
        let Some(Text { value: version, span }) = &self.jsonata else {
            return Evaluation { engine, library };
        };
        match library.dialect {
            Dialect::Jsonata => library.version.clone_from(version),
            // The library brings its own JSONata.
            Dialect::Truto if version == library.jsonata() => {}
            Dialect::Truto => {
                let message =
                    format!("{library} evaluates with jsonata {}, not {version}", library.jsonata());
                let label = format!("{library} brings its own");
                // Every operation that inherits the key would tell it again.
                if !problems.list.iter().any(|problem| problem.message == message) {
                    let help = format!("say \"{}\", or leave it out", library.jsonata());
                    problems.error(message, span.clone(), &label, &help);
                }
            }
        }
        Evaluation { engine, library }
    }
}

fn word<T: Copy>(
    table: &mut Table<'_, '_>,
    key: &'static str,
    all: &[T],
    name: fn(T) -> &'static str,
    problems: &mut Problems,
) -> Option<T> {
    let text = table.text(key, problems)?;
    let found = all.iter().copied().find(|one| name(*one) == text.value);
    if found.is_none() {
        let names = || all.iter().map(|one| name(*one));
        let message = format!("`{key}` in {} cannot be `{}`", table.what(), text.value);
        let near = nearest(&text.value, names()).map(|near| format!("did you mean `{near}`?"));
        let label = format!("expected one of {}", list(names()));
        problems.error(message, text.span, &label, near.as_deref().unwrap_or(""));
    }
    found
}

/// An exact version: what production runs, not a range of what it may run.
fn version(text: Text, problems: &mut Problems) -> Option<Text> {
    if !Library::is_version(&text.value) {
        let message = format!("`{}` is not an exact version", text.value);
        problems.error(message, text.span, "expected a version such as \"2.2.1\"", "");
        return None;
    }
    Some(text)
}
