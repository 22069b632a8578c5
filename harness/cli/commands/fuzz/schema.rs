//! Bodies that a JSON Schema or a part of an OpenAPI document allows.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use fuzz::tree::Tree;
use jsonschema::Validator;
use serde_json::{Map, Value};

/// A schema is written by people, or for them.
const SCHEMA_BYTES_MAX: u64 = 64 << 20;

/// Bodies of a schema, each of them valid by a validator that shares no code with what made them.
pub fn bodies(file: &Path, pointer: &str, seed: u64) -> anyhow::Result<Vec<Tree>> {
    let (schema, validator) = read(file, pointer)?;
    let shown = format!("{}#{pointer}", file.display());
    let made = fuzz::schema::bodies(&schema, seed).with_context(|| format!("make bodies of {shown}"))?;
    let valid: Vec<Tree> = made
        .into_iter()
        .filter(|body| validator.is_valid(body))
        .filter_map(|body| Tree::read(&body.to_string()))
        .collect();
    if valid.is_empty() {
        bail!("no body could be made that {shown} allows");
    }
    Ok(valid)
}

/// What holds answers against a schema.
pub fn validator(file: &Path, pointer: &str) -> anyhow::Result<Validator> {
    Ok(read(file, pointer)?.1)
}

fn read(file: &Path, pointer: &str) -> anyhow::Result<(Value, Validator)> {
    let shown = file.display();
    let size = fs::metadata(file).with_context(|| format!("read {shown}"))?.len();
    if size > SCHEMA_BYTES_MAX {
        bail!("{shown} has more than {SCHEMA_BYTES_MAX} bytes");
    }
    let text = fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    let is_yaml = file.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
    let document: Value = match is_yaml {
        true => serde_saphyr::from_str(&text).with_context(|| format!("read {shown} as YAML"))?,
        false => serde_json::from_str(&text).with_context(|| format!("read {shown} as JSON"))?,
    };
    let schema = document.pointer(pointer).with_context(|| format!("{shown} has nothing at #{pointer}"))?;
    let schema = standing_alone(schema, &document, pointer);
    let validator = jsonschema::validator_for(&schema)
        .map_err(|error| anyhow::anyhow!("{shown}#{pointer} is no JSON Schema: {error}"))?;
    Ok((schema, validator))
}

/// A part of a document with what it refers to: references stay as they are, so the document's definitions go along.
fn standing_alone(schema: &Value, document: &Value, pointer: &str) -> Value {
    if pointer.is_empty() {
        return schema.clone();
    }
    let mut whole: Map<String, Value> = match schema {
        Value::Object(members) => members.clone(),
        other => return other.clone(),
    };
    for name in ["components", "definitions", "$defs"] {
        if let Some(definitions) = document.get(name) {
            whole.entry(name).or_insert_with(|| definitions.clone());
        }
    }
    let mut whole = Value::Object(whole);
    nullable(&mut whole, 0);
    whole
}

/// Nested deeper, a schema is left as it is.
const DEPTH_MAX: usize = 200;

/// OpenAPI 3.0 says `nullable: true` where JSON Schema has a type more.
fn nullable(schema: &mut Value, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| nullable(item, depth + 1)),
        Value::Object(members) => {
            let is_nullable = members.get("nullable") == Some(&Value::Bool(true));
            if is_nullable && let Some(Value::String(known)) = members.get("type") {
                let known = known.clone();
                members.insert("type".to_owned(), serde_json::json!([known, "null"]));
                if let Some(Value::Array(words)) = members.get_mut("enum") {
                    words.push(Value::Null);
                }
            }
            members.values_mut().for_each(|member| nullable(member, depth + 1));
        }
        _ => {}
    }
}
