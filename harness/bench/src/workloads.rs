//! The workloads: pairs of texts, and how many edits lie between them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::documents::{self, Dice};
use crate::inject::{Injector, text};

/// Pairs of texts of one shape with one sort of edits between them.
pub struct Workload {
    /// `contact`, `page` or `list`.
    pub shape: &'static str,
    /// What lies between the two sides.
    pub edits: &'static str,
    /// Legacy's and new's texts.
    pub pairs: Vec<(String, String)>,
    /// How many edits were planted.
    pub planted: usize,
    /// By kind.
    pub kinds: BTreeMap<&'static str, usize>,
}

impl Workload {
    /// Its name in the table.
    pub fn name(&self) -> String {
        format!("{} {}", self.shape, self.edits)
    }

    /// Bytes of both sides of all pairs.
    pub fn bytes(&self) -> usize {
        self.pairs.iter().map(|(legacy, new)| legacy.len() + new.len()).sum()
    }
}

/// What may lie between the two sides.
pub const EDITS: [&str; 5] = ["equal", "mixed", "reordered", "timestamps", "shuffled"];

/// All workloads of one shape.
pub fn of_shape(shape: &'static str) -> Vec<Workload> {
    EDITS
        .into_iter()
        .filter(|edits| shape != "contact" || *edits != "reordered")
        .map(|edits| make(shape, edits))
        .collect()
}

fn make(shape: &'static str, edits: &'static str) -> Workload {
    let mut dice = Dice::new(11);
    let documents: Vec<Value> = match shape {
        "contact" => (0..400).map(|number| documents::single(&mut dice, number)).collect(),
        "page" => vec![documents::list(&mut dice, 200)],
        _ => vec![documents::list(&mut dice, 5_000)],
    };
    let mut injector = Injector::new(23);
    let pairs = documents
        .iter()
        .map(|document| (text(document), text(&edit(&mut injector, document, edits))))
        .collect();
    Workload { shape, edits, pairs, planted: injector.total(), kinds: injector.planted }
}

fn edit(injector: &mut Injector, document: &Value, edits: &str) -> Value {
    let mut edited = match edits {
        "mixed" | "reordered" | "shuffled" => {
            let mut edited = injector.mixed(document);
            injector.insert_record(&mut edited, documents::contact(&mut Dice::new(99), 777_777));
            edited
        }
        _ => document.clone(),
    };
    match edits {
        "timestamps" => injector.touch(&mut edited),
        "reordered" => injector.shuffle_records(&mut edited),
        "shuffled" => {
            injector.shuffle_records(&mut edited);
            injector.shuffle_keys(&mut edited);
        }
        _ => {}
    }
    edited
}
