//! All that is declared about one operation's answers, compiled: tolerances, keys, headers.

use std::collections::BTreeSet;

use crate::overlap;
use crate::path::{self, Path, PathError, Step};
use crate::tape::{Type, Value};
use crate::tolerance::{Day, Rule, Tolerance};
use crate::trie::Pattern;

/// A compiled `when`: both values as JSON text (`None` where absent) → excused or not.
pub type Predicate = Box<dyn Fn(Option<&str>, Option<&str>) -> Result<bool, String> + Send + Sync>;

/// Rules of one operation, as of one day.
pub struct Rules {
    pub(crate) tolerances: Vec<ActiveTolerance>,
    pub(crate) keys: Vec<Key>,
    pub(crate) headers: Vec<String>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) filters: Vec<Filter>,
}

/// A tolerance with what compiling it gave.
pub(crate) struct ActiveTolerance {
    pub(crate) tolerance: Tolerance,
    /// Its end has not passed, and it speaks of this operation.
    pub(crate) holds: bool,
    pub(crate) predicate: Option<Predicate>,
}

/// What joins the elements of the lists at a path.
pub(crate) struct Key {
    pub(crate) path_text: String,
    /// Each a name, or a JSON Pointer where it begins with `/`.
    pub(crate) fields: Vec<Vec<String>>,
    /// There is no key: the place in the list tells which elements belong together.
    pub(crate) by_position: bool,
}

/// Stands in the place of a key's fields for lists that are joined by position. A member that is really named so is
/// written as a pointer, `/#position`.
pub const POSITION: &str = "#position";

/// What a matched pattern means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The tolerance of this index speaks here.
    Tolerance(usize),
    /// The list here is joined by the key of this index.
    Key(usize),
}

/// A path that must be evaluated, since it has a filter.
pub(crate) struct Filter {
    pub(crate) path: serde_json_path::JsonPath,
    pub(crate) effect: Effect,
}

/// Why rules do not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// A key's path is no JSONPath.
    #[error("read the key path: {0}")]
    KeyPath(#[from] PathError),
    /// A key without a field.
    #[error("the key of `{path}` names no field")]
    NoField {
        /// The path as written.
        path: String,
    },
    /// The place in the list beside fields.
    #[error(
        "the key of `{path}` has `#position` beside fields: it stands alone (a member of that name is `/#position`)"
    )]
    PositionAmongFields {
        /// The path as written.
        path: String,
    },
    /// A `when` that does not compile.
    #[error("compile `when` of the tolerance for `{path}`: {message}")]
    When {
        /// The tolerance's path.
        path: String,
        /// What the engine said.
        message: String,
    },
    /// A numeric tolerance inside a list whose elements are joined in any order.
    #[error(
        "`within` for `{path}` lies in the list `{list}`, whose elements are joined in any order (`{rule}`): that 1.0 is within \
         reach of 1.4, and 1.4 of 1.8, does not make 1.0 and 1.8 alike, so it cannot say which elements belong \
         together; declare a key for the list, or drop one of the two rules"
    )]
    WithinInAnyOrder {
        /// The numeric tolerance's path.
        path: String,
        /// The list's path.
        list: String,
        /// The list's rule.
        rule: String,
    },
    /// A `same_entity` whose path has a filter.
    #[error(
        "`same_entity` for `{path}` cannot have a filter in its path: every id must be seen, equal ones too"
    )]
    EntityFilter {
        /// The tolerance's path.
        path: String,
    },
}

/// What [`Rules::compile`] is given.
pub struct RulesInput<'r> {
    /// The operation that they are for.
    pub operation: &'r str,
    /// The day that they are judged at.
    pub as_of: Day,
    /// In the order in which they are tried; a difference names the first that excuses it.
    pub tolerances: Vec<Tolerance>,
    /// List paths and the fields that join their elements, or [`POSITION`]; several of one list are tried in their order.
    pub keys: Vec<(String, Vec<String>)>,
    /// Headers that are compared, in lower case.
    pub headers: Vec<String>,
    /// Turns a `when` into a function.
    pub compile_when: &'r dyn Fn(&str) -> Result<Predicate, String>,
}

impl Rules {
    /// No rule at all: everything counts, lists are joined by content.
    pub fn none() -> Rules {
        Rules {
            tolerances: Vec::new(),
            keys: Vec::new(),
            headers: Vec::new(),
            patterns: Vec::new(),
            filters: Vec::new(),
        }
    }

    /// Compiles what is declared.
    pub fn compile(input: RulesInput<'_>) -> Result<Rules, RulesError> {
        let mut rules = Rules::none();
        rules.headers = input.headers;
        for tolerance in input.tolerances {
            let predicate = match &tolerance.rule {
                Rule::When(source) => Some(
                    (input.compile_when)(source)
                        .map_err(|message| RulesError::When { path: tolerance.path_text.clone(), message })?,
                ),
                _ => None,
            };
            let holds = tolerance.holds_on(input.as_of) && tolerance.covers_operation(input.operation);
            if holds {
                let is_loose = matches!(tolerance.rule, Rule::Ignore | Rule::AnyOrder | Rule::AsSet);
                rules.add_path(tolerance.path.clone(), Effect::Tolerance(rules.tolerances.len()), is_loose);
            }
            rules.tolerances.push(ActiveTolerance { tolerance, holds, predicate });
        }
        for (path, fields) in input.keys {
            if fields.is_empty() {
                return Err(RulesError::NoField { path });
            }
            rules.add_path(Path::parse(&path)?, Effect::Key(rules.keys.len()), false);
            let by_position = fields.iter().any(|field| field == POSITION);
            if by_position && fields.len() > 1 {
                return Err(RulesError::PositionAmongFields { path });
            }
            let fields = fields.iter().map(|field| field_steps(field)).collect();
            rules.keys.push(Key { path_text: path, fields, by_position });
        }
        rules.refuse_contradictions()?;
        Ok(rules)
    }

    /// Numeric tolerance is not transitive: it must not decide which elements of a set belong together.
    fn refuse_contradictions(&self) -> Result<(), RulesError> {
        let holding = || self.tolerances.iter().filter(|active| active.holds).map(|active| &active.tolerance);
        for tolerance in holding() {
            if matches!((&tolerance.rule, &tolerance.path), (Rule::SameEntity(_), Path::Filter(_))) {
                return Err(RulesError::EntityFilter { path: tolerance.path_text.clone() });
            }
        }
        for within in holding().filter(|tolerance| matches!(tolerance.rule, Rule::Within { .. })) {
            let is_free = |tolerance: &&Tolerance| matches!(tolerance.rule, Rule::AnyOrder | Rule::AsSet);
            for list in holding().filter(is_free) {
                // What a filter lets through is not known yet: it may be any element.
                let (inner, outer) = (path::outline(&within.path_text), path::outline(&list.path_text));
                if overlap::may_enclose(&outer, &inner) && !self.has_key(&outer) {
                    return Err(RulesError::WithinInAnyOrder {
                        path: within.path_text.clone(),
                        list: list.path_text.clone(),
                        rule: list.rule.text(),
                    });
                }
            }
        }
        Ok(())
    }

    fn has_key(&self, list: &[Step]) -> bool {
        let is_key = |pattern: &&Pattern| matches!(pattern.effect, Effect::Key(_));
        self.patterns.iter().filter(is_key).any(|pattern| overlap::may_meet(&pattern.steps, list))
    }

    /// Some tolerance that holds is about ids that differ by design.
    pub fn has_entities(&self) -> bool {
        let is_entity = |active: &ActiveTolerance| matches!(active.tolerance.rule, Rule::SameEntity(_));
        self.tolerances.iter().any(|active| active.holds && is_entity(active))
    }

    fn add_path(&mut self, path: Path, effect: Effect, is_loose: bool) {
        match path {
            Path::Steps(steps) => self.patterns.push(Pattern { steps, effect, is_loose }),
            Path::Filter(path) => self.filters.push(Filter { path: *path, effect }),
        }
    }

    /// The tolerances, in the order of the indices that differences name.
    pub fn tolerances(&self) -> impl Iterator<Item = &Tolerance> {
        self.tolerances.iter().map(|active| &active.tolerance)
    }
}

/// A field as the names that lead to it.
fn field_steps(field: &str) -> Vec<String> {
    match field.strip_prefix('/') {
        Some(pointer) => pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
        None => vec![field.to_owned()],
    }
}

impl Filter {
    /// The normalized paths of the nodes of a document that the path selects.
    pub(crate) fn select(&self, document: &serde_json::Value) -> BTreeSet<String> {
        self.path.query_located(document).locations().map(ToString::to_string).collect()
    }
}

/// The document as `serde_json` holds it, for evaluating filters: numbers become doubles, of a repeated
/// key the last counts.
pub(crate) fn to_serde(value: Value<'_>) -> serde_json::Value {
    match value.kind() {
        Type::Null => serde_json::Value::Null,
        Type::True => true.into(),
        Type::False => false.into(),
        Type::Number => {
            let raw = value.raw();
            raw.parse::<i64>().map_or_else(|_| raw.parse::<f64>().unwrap_or(f64::NAN).into(), Into::into)
        }
        Type::String => value.text().into_owned().into(),
        Type::Array => value.elements().map(to_serde).collect(),
        Type::Object => {
            value.members().map(|(key, value)| (key.text().into_owned(), to_serde(value))).collect()
        }
    }
}
