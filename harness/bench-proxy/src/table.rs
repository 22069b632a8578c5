//! What was measured: one row each, as a line on the terminal and as an object in the JSON file.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

/// What a mark asks of a value.
#[derive(Clone, Copy)]
pub enum Bound {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

/// The rows, in the order of measuring.
#[derive(Default)]
pub struct Table {
    rows: Vec<Value>,
}

impl Table {
    /// Adds a row and prints it; the ratio is the subject's value ÷ its peer's, where there is one.
    pub fn row(&mut self, workload: &str, subject: &str, unit: &str, value: f64, ratio: Option<f64>) {
        let shown = ratio.map_or(String::new(), |ratio| format!("{ratio:>8.2}"));
        println!("{workload:<26} {subject:<26} {value:>12.1} {unit:<14}{shown}");
        let round = |number: f64| (number * 1e6).round() / 1e6;
        self.rows.push(json!({
            "workload": workload, "subject": subject, "unit": unit, "value": round(value), "ratio": ratio.map(round)
        }));
    }

    /// Holds a value against what it must be at most, or at least.
    pub fn mark(&mut self, what: &str, value: f64, bound: Bound) {
        let (is_met, told) = match bound {
            Bound::AtMost(most) => (value <= most, format!("at most {most:.2}")),
            Bound::AtLeast(least) => (value >= least, format!("at least {least:.2}")),
        };
        println!("{} {what}: {value:.3}, {told}", if is_met { "met   " } else { "MISSED" });
        let value = (value * 1e6).round() / 1e6;
        self.rows.push(json!({"mark": what, "value": value, "bound": told, "met": is_met}));
    }

    /// Writes the JSON file, whole or not at all.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let partial = path.with_extension("json.partial");
        let mut file = std::fs::File::create(&partial)?;
        writeln!(file, "{}", serde_json::to_string_pretty(&self.rows)?)?;
        file.sync_all()?;
        std::fs::rename(partial, path)
    }
}
