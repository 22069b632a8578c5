//! Layers of method configs, merged as production merges them.

use serde_json::{Map, Value};

use super::{ConfigError, Row, is_same_method};

/// Lays `over` on `base`: a method's config is merged into the one below, a method that has none is added.
pub fn merge(base: Vec<Row>, over: Vec<Row>) -> Result<Vec<Row>, ConfigError> {
    let mut out = base;
    for row in over {
        let place = format!("{}.{}", row.resource, row.method);
        let Some(below) = out.iter_mut().find(|below| is_same_method(below, &row)) else {
            refuse_null(row.fields.get("config").unwrap_or(&Value::Null), &place)?;
            out.push(row);
            continue;
        };
        if let (Some(Value::Object(below)), Some(Value::Object(over))) =
            (below.fields.get_mut("config"), row.fields.get("config"))
        {
            lay(below, over, &place)?;
        }
    }
    Ok(out)
}

fn lay(below: &mut Map<String, Value>, over: &Map<String, Value>, place: &str) -> Result<(), ConfigError> {
    for (name, value) in over {
        let place = format!("{place}.{name}");
        match (below.get_mut(name), value) {
            (Some(Value::Object(below)), Value::Object(over)) => lay(below, over, &place)?,
            (Some(below @ Value::Array(_)), Value::Array(_)) if below != value => {
                return Err(ConfigError::Undocumented { place, what: "a list over another list" });
            }
            (Some(below), over) => {
                refuse_null(over, &place)?;
                *below = over.clone();
            }
            (None, over) => {
                refuse_null(over, &place)?;
                below.insert(name.clone(), over.clone());
            }
        }
    }
    Ok(())
}

fn refuse_null(value: &Value, place: &str) -> Result<(), ConfigError> {
    match value {
        Value::Null => {
            Err(ConfigError::Undocumented { place: place.to_owned(), what: "a null in an override" })
        }
        Value::Object(fields) => {
            fields.iter().try_for_each(|(name, value)| refuse_null(value, &format!("{place}.{name}")))
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Ok(()),
    }
}
