//! What was planted, by the new server's ledger, held against what `check` found.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};
use servers::demo::{Done, Shows};

/// Where something was found: the operation, the field or that it could not be decided, and how it differs or why.
type Place = (String, String, String);

/// In the place of a field, where there was nothing to compare.
const UNDECIDED: &str = "undecided";

/// What one defect must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The defect.
    pub defect: String,
    /// The pairs that show it.
    pub pairs: u64,
    /// Where each shows it.
    pub places: Vec<Place>,
}

/// What came of holding one against the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What was planted.
    pub planted: Vec<Expected>,
    /// What should have been found and was not, or in another number of pairs.
    pub missed: Vec<String>,
    /// What was found and had not been planted.
    pub invented: Vec<String>,
}

impl Expected {
    /// For machines.
    pub fn json(&self) -> Value {
        let shows: Vec<String> = self.places.iter().map(told).collect();
        json!({"defect": self.defect, "pairs": self.pairs, "shows": shows})
    }
}

/// Holds the ledger against the verdicts.
pub fn hold(done: &[Done], verdicts: &Value) -> Held {
    let planted: Vec<Expected> = done.iter().map(expected).collect();
    let mut wanted: BTreeMap<Place, u64> = BTreeMap::new();
    for expected in &planted {
        for place in &expected.places {
            *wanted.entry(place.clone()).or_default() += expected.pairs;
        }
    }
    let found = found(verdicts);
    let never = planted.iter().filter(|expected| expected.pairs == 0);
    let never = never.map(|expected| format!("{}: the new provider never answered so", expected.defect));
    let other = wanted.iter().filter(|(place, pairs)| found.get(*place).unwrap_or(&0) != *pairs);
    let other = other.map(|(place, pairs)| {
        let found = found.get(place).unwrap_or(&0);
        format!("{}: in {pairs} pairs by the ledger, in {found} by check", told(place))
    });
    let missed = never.chain(other).collect();
    let is_invented = |(place, _): &(&Place, &u64)| !wanted.contains_key(*place);
    let invented = found.iter().filter(is_invented);
    let invented = invented.map(|(place, pairs)| format!("{} in {pairs} pairs", told(place))).collect();
    Held { planted, missed, invented }
}

fn expected(done: &Done) -> Expected {
    let places = match done.defect.shows {
        Shows::Differs(operation, fields) => {
            let place = |(field, kind): &(&str, &str)| (operation.into(), (*field).into(), (*kind).into());
            fields.iter().map(place).collect()
        }
        Shows::Undecided(operation, code) => vec![(operation.into(), UNDECIDED.into(), code.into())],
    };
    Expected { defect: done.defect.name.to_owned(), pairs: done.answers, places }
}

/// Where `check` found something that nothing excuses, or could not decide; with the number of pairs.
fn found(verdicts: &Value) -> BTreeMap<Place, u64> {
    let list = |name: &str| verdicts[name].as_array().cloned().unwrap_or_default();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let count = |entry: &Value, name: &str| entry[name].as_u64().unwrap_or_default();
    let is_unexcused = |field: &Value| count(field, "differences") > count(field, "tolerated");
    let differ = list("fields").into_iter().filter(is_unexcused).map(|field| {
        let place = (text(&field, "operation"), text(&field, "field"), text(&field, "kind"));
        (place, count(&field, "pairs"))
    });
    let undecided = list("undecided").into_iter().map(|entry| {
        ((text(&entry, "operation"), UNDECIDED.to_owned(), text(&entry, "code")), count(&entry, "pairs"))
    });
    let mut found = BTreeMap::new();
    for (place, pairs) in differ.chain(undecided) {
        *found.entry(place).or_default() += pairs;
    }
    found
}

fn told((operation, field, kind): &Place) -> String {
    match field.as_str() {
        UNDECIDED => format!("{operation} undecided ({kind})"),
        _ => format!("{operation} {field} ({kind})"),
    }
}

impl Held {
    /// Whether all was found, and nothing else.
    pub fn is_whole(&self) -> bool {
        self.missed.is_empty() && self.invented.is_empty() && !self.planted.is_empty()
    }

    /// What came of it.
    pub fn sentence(&self) -> String {
        let defects = self.planted.len();
        match (self.is_whole(), self.missed.len(), self.invented.len()) {
            (true, ..) => format!(
                "All {defects} defects of the new provider were found, and nothing was found that was none."
            ),
            (false, missed, invented) => {
                format!("NOT AS IT WAS PLANTED: {missed} missed, {invented} invented, of {defects} defects.")
            }
        }
    }

    /// Each defect with where it must show, then what is not so.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = self.planted.iter().map(|expected| expected.defect.len()).max().unwrap_or(0);
        for expected in &self.planted {
            let pairs = report::run::counted(expected.pairs, "pair", "pairs");
            let places: Vec<String> = expected.places.iter().map(told).collect();
            writeln!(out, "  {:<width$}  {pairs}  {}", expected.defect, places.join(", "))?;
        }
        for missed in &self.missed {
            writeln!(out, "  MISSED    {missed}")?;
        }
        for invented in &self.invented {
            writeln!(out, "  INVENTED  {invented}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use servers::demo::SCENES;

    /// Everything that the scenes plant, in one pair each.
    fn done() -> Vec<Done> {
        SCENES.iter().filter_map(|scene| scene.defect).map(|defect| Done { defect, answers: 1 }).collect()
    }

    /// What `check` would say of it.
    fn verdicts(done: &[Done]) -> Value {
        let (mut fields, mut undecided) = (Vec::new(), Vec::new());
        for expected in done.iter().map(expected) {
            for (operation, field, kind) in expected.places {
                match field.as_str() {
                    UNDECIDED => undecided.push(json!({"operation": operation, "code": kind, "pairs": 1})),
                    _ => fields.push(json!({"operation": operation, "field": field, "kind": kind, "pairs": 1, "differences": 2, "tolerated": 0})),
                }
            }
        }
        json!({"fields": fields, "undecided": undecided})
    }

    #[test]
    fn what_was_planted_and_found_is_whole_and_an_excused_difference_is_no_finding() {
        let done = done();
        let mut verdicts = verdicts(&done);
        assert!(hold(&done, &verdicts).is_whole());
        let excused = json!({"operation": "o", "field": "$.x", "kind": "order", "pairs": 9, "differences": 9, "tolerated": 9});
        verdicts["fields"].as_array_mut().expect("a list").push(excused);
        assert!(hold(&done, &verdicts).is_whole());
    }

    #[test]
    fn a_finding_that_is_gone_one_that_is_new_and_one_too_often_are_told() {
        let done = done();
        let whole = verdicts(&done);
        for at in 0..whole["fields"].as_array().map_or(0, Vec::len) {
            let mut gone = whole.clone();
            gone["fields"].as_array_mut().expect("a list").remove(at);
            let held = hold(&done, &gone);
            assert_eq!((held.missed.len(), held.invented.len()), (1, 0), "{held:?}");
            let mut often = whole.clone();
            often["fields"][at]["pairs"] = json!(2);
            assert_eq!(hold(&done, &often).missed.len(), 1);
        }
        let mut more = whole;
        more["undecided"]
            .as_array_mut()
            .expect("a list")
            .push(json!({"operation": "o", "code": "noise", "pairs": 1}));
        assert_eq!(hold(&done, &more).invented, ["o undecided (noise) in 1 pairs"]);
        assert!(!hold(&[], &json!({})).is_whole(), "nothing planted and nothing found shows nothing");
    }

    #[test]
    fn a_defect_that_never_befell_an_answer_is_told() {
        let mut done = done();
        let verdicts = verdicts(&done[1..]);
        done[0].answers = 0;
        let held = hold(&done, &verdicts);
        assert_eq!(held.missed, [format!("{}: the new provider never answered so", done[0].defect.name)]);
    }
}
