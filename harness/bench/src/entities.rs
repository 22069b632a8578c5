//! Ids that differ by design: links over a whole run, and two ids that are not one-to-one.

use compare::diff::{Comparer, Comparison, Contexts, Scope};
use compare::entities::Entities;
use compare::rules::Rules;

use crate::documents::{self, Dice};
use crate::inject::text;
use crate::measure;
use crate::table::Table;

const PAIRS: usize = 400;

/// Pairs of contacts whose owners have other ids in new; how many pairs name an owner that new knows by two ids.
fn pairs() -> (Vec<(String, String)>, usize) {
    let mut dice = Dice::new(5);
    let mut torn = 0;
    let pairs = (0..PAIRS).map(|number| {
        let legacy = documents::single(&mut dice, number);
        let mut new = legacy.clone();
        let owner = legacy["data"]["owner_id"].as_str().unwrap_or_default().to_owned();
        let is_torn = owner.ends_with('7');
        torn += usize::from(is_torn);
        let half = if is_torn && number % 2 == 0 { "again-" } else { "" };
        new["data"]["owner_id"] = format!("u-{half}{owner}").into();
        (text(&legacy), text(&new))
    });
    let pairs = pairs.collect();
    (pairs, torn)
}

/// Both passes: all ids are heard, then each pair is held against them. Answers how many differences are open.
fn run(rules: &Rules, pairs: &[(String, String)]) -> u64 {
    let mut comparer = Comparer::new(rules).with_contexts(Contexts::None);
    let mut compare = |legacy: &str, new: &str| {
        let mut out = Comparison::default();
        comparer.texts(legacy, new, Scope::default(), &mut out).expect("JSON of the bench");
        out
    };
    let mut entities = Entities::default();
    for (number, (legacy, new)) in pairs.iter().enumerate() {
        entities.add(&number.to_string(), &compare(legacy, new).links);
    }
    let mut open = 0;
    for (legacy, new) in pairs {
        let mut out = compare(legacy, new);
        let settled = entities.settle(&out.links, &mut out.differences);
        open += out.total + settled.added - out.excused.saturating_sub(settled.reopened);
    }
    open
}

/// Its rows.
pub fn rows(table: &mut Table, rules: &Rules) {
    let name = "contact entities";
    let (pairs, torn) = pairs();
    let mut open = 0;
    let time = measure::alone(7, &mut || open = run(rules, &pairs));
    table.row(name, "planted edits", "edits", torn as f64, None);
    table.row(name, "cutover, same_entity, both passes", "ms", time.as_secs_f64() * 1e3, None);
    table.row(name, "cutover, same_entity: noise", "per edit", open as f64 / torn as f64, None);
}
