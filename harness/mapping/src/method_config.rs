//! The method configs of a unified model as the new provider keeps them: read, layered, taken apart and put together.
//!
//! A *row* belongs to one method of one resource for one integration and has a `config`; the expressions in it become
//! mappings of ours, the rest is kept beside them so that the row can be given back. Layers are merged as production
//! merges them: objects deeply, the later layer wins, an expression replaces the earlier one wholly. What is not
//! documented (a `null` in an override, two lists at one place) is refused, not guessed.

use serde_json::{Map, Value};

use crate::kind::{Kind, MappingName};

mod layers;
#[cfg(test)]
mod tests;

pub use layers::merge;

/// A method's config with what stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// E.g. `contacts`.
    pub resource: String,
    /// E.g. `list`.
    pub method: String,
    /// Whose answers it maps; none in an account's own override.
    pub integration: Option<String>,
    /// All that the row has, `config` among it.
    pub fields: Map<String, Value>,
}

/// Why a document is none of method configs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Its shape is not known.
    #[error(
        "{0}: expected a row with resource_name, method_name and config, a list of rows (or `result` with one), \
         or an account with unified_model_override"
    )]
    Shape(String),
    /// A webhook's mapping belongs to no method.
    #[error(
        "{0}: the mappings in override.webhooks belong to an environment's model, not to a method; write each into \
         mappings/<model>/<resource>.<method>.webhook.jsonata"
    )]
    Webhooks(String),
    /// A resource or method that no file can be named for.
    #[error("{place}: `{name}` cannot be part of a file's name: a to z, A to Z, 0 to 9, `_` and `-`")]
    Name {
        /// Where.
        place: String,
        /// The name.
        name: String,
    },
    /// Two rows for one method.
    #[error("{0} stands there twice; choose one with --integration")]
    Twice(String),
    /// Rows of more integrations than one.
    #[error("there are rows of {0}: choose one with --integration, its mappings go into one folder")]
    Integrations(String),
    /// An override whose effect is not documented.
    #[error("{place}: {what}; what production makes of it is not documented, so write the layers as one")]
    Undocumented {
        /// Where in the override.
        place: String,
        /// What stands there.
        what: &'static str,
    },
}

/// A row taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// Its expressions, each with its name.
    pub mappings: Vec<(MappingName, String)>,
    /// The row without them, and in which order they stood.
    pub rest: Rest,
    /// Expressions that are not mappings of ours: where, and why they stay in the rest.
    pub kept: Vec<(String, &'static str)>,
}

/// What a row has beside its mappings.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The row without the mappings' fields.
    pub row: Map<String, Value>,
    /// The fields of the config that are mappings, in their order.
    pub mappings: Vec<Kind>,
}

/// Reads the rows of a document that is one of `model`.
pub fn rows(document: &Value, model: &str) -> Result<Vec<Row>, ConfigError> {
    match document {
        Value::Array(list) => {
            list.iter().enumerate().map(|(at, value)| row(value, &format!("row {}", at + 1))).collect()
        }
        Value::Object(fields) => match (fields.get("result"), fields.get("unified_model_override")) {
            (Some(result @ Value::Array(_)), _) if !fields.contains_key("config") => rows(result, model),
            (_, Some(overrides)) => of_account(overrides, model),
            _ if fields.get("override").is_some_and(|inner| inner.get("webhooks").is_some()) => {
                Err(ConfigError::Webhooks("the document".to_owned()))
            }
            _ => row(document, "the document").map(|row| vec![row]),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(ConfigError::Shape("the document is neither an object nor a list".to_owned()))
        }
    }
}

/// The rows of one integration, each method once: that which is named, or the only one.
pub fn of_integration(rows: Vec<Row>, named: Option<&str>) -> Result<Vec<Row>, ConfigError> {
    let mut names: Vec<&str> = rows.iter().filter_map(|row| row.integration.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    let wanted = match (named, &names[..]) {
        (Some(named), _) => Some(named.to_owned()),
        (None, []) => None,
        (None, [one]) => Some((*one).to_owned()),
        (None, _) => return Err(ConfigError::Integrations(names.join(", "))),
    };
    let rows: Vec<Row> =
        rows.into_iter().filter(|row| row.integration.is_none() || row.integration == wanted).collect();
    for (at, row) in rows.iter().enumerate() {
        if rows[..at].iter().any(|other| is_same_method(other, row)) {
            return Err(ConfigError::Twice(format!("{}.{}", row.resource, row.method)));
        }
    }
    Ok(rows)
}

fn is_same_method(one: &Row, other: &Row) -> bool {
    one.resource == other.resource && one.method == other.method
}

fn row(value: &Value, place: &str) -> Result<Row, ConfigError> {
    let Value::Object(fields) = value else {
        return Err(ConfigError::Shape(format!("{place} is no object")));
    };
    let text = |name: &str| match fields.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(ConfigError::Shape(format!("{place}: {name} is no text"))),
        None => Err(ConfigError::Shape(format!("{place} has no {name}"))),
    };
    let integration = match fields.get("integration_name") {
        Some(_) => Some(text("integration_name")?),
        None => None,
    };
    let (resource, method) = (text("resource_name")?, text("method_name")?);
    check_name(&resource, place)?;
    check_name(&method, place)?;
    match fields.get("config") {
        Some(Value::Object(_)) => Ok(Row { resource, method, integration, fields: fields.clone() }),
        Some(_) => Err(ConfigError::Shape(format!("{place}: config is no object"))),
        None => Err(ConfigError::Shape(format!("{place} has no config"))),
    }
}

/// An account's own override: model, resource, method, then what replaces the config's fields.
fn of_account(overrides: &Value, model: &str) -> Result<Vec<Row>, ConfigError> {
    let shape = |place: &str| ConfigError::Shape(format!("{place} is no object"));
    let place = format!("unified_model_override.{model}");
    let overrides = overrides.as_object().ok_or_else(|| shape("unified_model_override"))?;
    let Some(resources) = overrides.get(model) else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for (resource, methods) in resources.as_object().ok_or_else(|| shape(&place))? {
        check_name(resource, &place)?;
        let place = format!("{place}.{resource}");
        for (method, config) in methods.as_object().ok_or_else(|| shape(&place))? {
            check_name(method, &place)?;
            if !config.is_object() {
                return Err(shape(&format!("{place}.{method}")));
            }
            let fields = [
                ("resource_name", resource.clone().into()),
                ("method_name", method.clone().into()),
                ("config", config.clone()),
            ];
            let fields = fields.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value));
            out.push(Row {
                resource: resource.clone(),
                method: method.clone(),
                integration: None,
                fields: fields.collect(),
            });
        }
    }
    Ok(out)
}

fn check_name(name: &str, place: &str) -> Result<(), ConfigError> {
    const NAME_BYTES_MAX: usize = 64;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(fits) {
        return Ok(());
    }
    Err(ConfigError::Name { place: place.to_owned(), name: name.to_owned() })
}

/// Takes a row's mappings out of it.
pub fn take_apart(row: Row) -> Method {
    let Row { resource, method, mut fields, .. } = row;
    let mut mappings = Vec::new();
    let mut kept = Vec::new();
    let mut order = Vec::new();
    if let Some(Value::Object(config)) = fields.get_mut("config") {
        let mut rest = Map::new();
        for (name, value) in std::mem::take(config) {
            let kind = Kind::ALL.into_iter().find(|kind| kind.config_field() == Some(&name));
            match (kind, value) {
                (Some(kind), Value::String(text)) if !text.trim().is_empty() => {
                    let name = MappingName { resource: resource.clone(), method: method.clone(), kind };
                    mappings.push((name, text));
                    order.push(kind);
                }
                (kind, value) => {
                    if kind.is_some() {
                        kept.push((format!("config.{name}"), "no expression in a text"));
                    } else {
                        find_expressions(&value, &format!("config.{name}"), &mut kept);
                    }
                    rest.insert(name, value);
                }
            }
        }
        *config = rest;
    }
    Method { mappings, rest: Rest { row: fields, mappings: order }, kept }
}

/// Expressions elsewhere in a config: they route and chain requests, and none of our kinds sees what they see.
fn find_expressions(value: &Value, place: &str, out: &mut Vec<(String, &'static str)>) {
    const NAMES: [&str; 4] = ["expression", "run_if", "response_mapping", "is_partial_expression"];
    let name = place.rsplit('.').next().unwrap_or(place);
    match value {
        Value::String(_) if NAMES.contains(&name) => {
            out.push((place.to_owned(), "no kind of mapping sees what it sees"));
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                find_expressions(value, &format!("{place}[{at}]"), out);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                find_expressions(value, &format!("{place}.{name}"), out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The row again, with these mappings; one that is new stands last.
pub fn put_together(rest: &Rest, mappings: &[(Kind, String)]) -> Map<String, Value> {
    let mut row = rest.row.clone();
    let place = row.entry("config").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(config) = place {
        let known = rest.mappings.iter().filter_map(|kind| mappings.iter().find(|(other, _)| other == kind));
        let new = mappings.iter().filter(|(kind, _)| !rest.mappings.contains(kind));
        for (kind, text) in known.chain(new) {
            config.extend(kind.config_field().map(|field| (field.to_owned(), text.clone().into())));
        }
    }
    row
}

/// What is written beside the mappings, version 1.
impl Rest {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let mappings: Vec<&str> = self.mappings.iter().map(|kind| kind.name()).collect();
        serde_json::json!({ "version": 1, "row": self.row, "mappings": mappings })
    }

    /// From JSON; `None` for what this version did not write.
    pub fn from_json(value: &Value) -> Option<Rest> {
        let fields = value.as_object().filter(|fields| fields.len() == 3)?;
        fields.get("version").filter(|version| **version == 1)?;
        let names = fields.get("mappings")?.as_array()?;
        let mappings =
            names.iter().map(|name| Kind::from_name(name.as_str()?)).collect::<Option<Vec<_>>>()?;
        Some(Rest { row: fields.get("row")?.as_object()?.clone(), mappings })
    }
}
