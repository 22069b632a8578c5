//! Plants edits of every kind into a document and counts them; knows nothing of the diff that shall find them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::documents::Dice;

/// A member of this name stands for a second `object` until the text is written: a map holds each key once.
const REPEATED: &str = "object\u{1}again";

/// Plants edits and counts them.
pub struct Injector {
    dice: Dice,
    /// How many edits of each kind were planted.
    pub planted: BTreeMap<&'static str, usize>,
}

impl Injector {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Injector {
        Injector { dice: Dice::new(seed), planted: BTreeMap::new() }
    }

    /// All edits together.
    pub fn total(&self) -> usize {
        self.planted.values().sum()
    }

    fn count(&mut self, kind: &'static str) {
        *self.planted.entry(kind).or_default() += 1;
    }

    /// 1 % of the leaves changed, 2 % missing, and every other kind now and then; record ids stay.
    pub fn mixed(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(members) => self.members(members),
            Value::Array(elements) if elements.iter().all(Value::is_string) => self.words(elements),
            Value::Array(elements) => {
                if elements.len() == 1 && self.dice.below(150) == 0 {
                    self.count("singleton_vs_list");
                    return elements[0].clone();
                }
                Value::Array(elements.iter().map(|element| self.mixed(element)).collect())
            }
            scalar => scalar.clone(),
        }
    }

    fn words(&mut self, elements: &[Value]) -> Value {
        let mut elements = elements.to_vec();
        if self.dice.below(200) == 0 && elements.len() > 2 {
            elements.rotate_left(1);
            self.count("order");
        }
        Value::Array(elements)
    }

    fn members(&mut self, members: &Map<String, Value>) -> Value {
        let mut edited = Map::new();
        let mut moved = None;
        for (key, value) in members {
            if key == "id" || value.is_object() || value.is_array() {
                edited.insert(key.clone(), self.mixed(value));
                continue;
            }
            match self.dice.below(2_000) {
                0..20 => {
                    edited.insert(key.clone(), self.other(value));
                    self.count(if value.is_null() { "type" } else { "value" });
                }
                20..60 => self.count(if value.is_null() { "null_vs_absent" } else { "missing" }),
                60..64 => {
                    edited.insert(key.clone(), value.clone());
                    edited.insert(format!("{key}_added"), json!("new here"));
                    self.count("extra");
                }
                64..66 => {
                    edited.insert(key.clone(), value.clone());
                    edited.insert(format!("{key}_unset"), Value::Null);
                    self.count("null_vs_absent");
                }
                66..68 if key == "object" => {
                    edited.insert(key.clone(), value.clone());
                    edited.insert(REPEATED.into(), value.clone());
                    self.count("duplicate_key");
                }
                // A value that tells which one it is, and that only one member of its object has.
                90..93 if key == "description" => {
                    edited.insert("summary_text".into(), value.clone());
                    self.count("renamed");
                }
                90..120 if key == "last_activity_at" => {
                    moved = Some(value.clone());
                }
                68..72 if !value.is_null() => {
                    edited.insert(key.clone(), Value::Null);
                    self.count("type");
                }
                roll @ 72..90 => {
                    let spelled = self.spelled(roll, value).unwrap_or_else(|| value.clone());
                    edited.insert(key.clone(), spelled);
                }
                _ => {
                    edited.insert(key.clone(), value.clone());
                }
            }
        }
        if let (Some(value), Some(company)) =
            (moved, edited.get_mut("company").and_then(Value::as_object_mut))
        {
            company.insert("last_activity_at".into(), value);
            self.count("moved");
        }
        Value::Object(edited)
    }

    /// Another value of the same type; of `null`, a text.
    fn other(&mut self, value: &Value) -> Value {
        match value {
            Value::Bool(is) => json!(!is),
            Value::Number(number) if number.is_f64() => json!(number.as_f64().unwrap_or(0.0) + 1.5),
            Value::Number(_) => json!(self.dice.below(1 << 40)),
            _ => json!(format!("changed {:x}", self.dice.next())),
        }
    }

    /// The same value written otherwise, where this value and this roll allow it.
    fn spelled(&mut self, roll: usize, value: &Value) -> Option<Value> {
        let (kind, spelled) = match value {
            Value::Number(number) if number.as_u64().is_some_and(|n| n > 1 << 53) && roll < 78 => {
                ("precision", json!(number.as_u64()? - 1))
            }
            Value::Number(_) if roll < 86 => ("number_as_text", json!(value.to_string())),
            Value::Number(number) if roll < 90 && number.as_u64().is_some_and(|n| n < 1 << 50) => {
                ("number_text", json!(number.as_f64()?))
            }
            Value::String(text) if text.len() == 24 && text.ends_with('Z') && roll < 80 => {
                ("instant_text", json!(format!("{}+00:00", text.strip_suffix('Z')?)))
            }
            Value::String(text) if roll < 75 && text.is_ascii() && text.to_uppercase() != *text => {
                if text.len() == 24 && text.ends_with('Z') {
                    return None;
                }
                ("case", json!(text.to_uppercase()))
            }
            Value::String(text) if roll < 79 && text.contains(' ') => {
                ("whitespace", json!(text.replace(' ', "  ")))
            }
            _ => return None,
        };
        self.count(kind);
        Some(spelled)
    }

    /// A record that only the edited side has, in the middle of `$.data`.
    pub fn insert_record(&mut self, document: &mut Value, record: Value) {
        if let Some(records) = document.pointer_mut("/data").and_then(Value::as_array_mut) {
            let middle = records.len() / 2;
            records.insert(middle, record);
            self.count("extra");
        }
    }

    /// Every `updated_at` moves on by some seconds.
    pub fn touch(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (key, value) in members.iter_mut() {
                    match value {
                        Value::String(text) if key == "updated_at" => {
                            *text = format!(
                                "2026-11-24T10:{:02}:{:02}.5Z",
                                self.dice.below(60),
                                self.dice.below(60)
                            );
                            self.count("value");
                        }
                        other => self.touch(other),
                    }
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.touch(element)),
            _ => {}
        }
    }

    /// Brings the records of `$.data` into another order: one edit.
    pub fn shuffle_records(&mut self, document: &mut Value) {
        if let Some(records) = document.pointer_mut("/data").and_then(Value::as_array_mut) {
            self.dice.shuffle(records);
            self.count("order");
        }
    }

    /// Brings the keys of every object into another order: no edit.
    pub fn shuffle_keys(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                let mut entries: Vec<(String, Value)> = std::mem::take(members).into_iter().collect();
                self.dice.shuffle(&mut entries);
                entries.iter_mut().for_each(|(_, value)| self.shuffle_keys(value));
                members.extend(entries);
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.shuffle_keys(element)),
            _ => {}
        }
    }
}

/// The document as a serialiser writes it.
pub fn text(document: &Value) -> String {
    document.to_string().replace("object\\u0001again", "object")
}
