//! How many mechanical mistakes are found: with legacy's answers, and with the inputs alone.

use std::collections::BTreeMap;

use super::door::{Expected, Sample, on_sample};
use super::mutants::{self, Mutant};

/// A debug build asks one mutant in so many: `just fuzz-mutants` asks all of them.
const ONE_IN: usize = if cfg!(debug_assertions) { 25 } else { 1 };
/// Two thousand mutants, most of which survive every case without legacy's answers: more cases take an hour and find a percent more.
const CASES: u64 = if cfg!(debug_assertions) { 100 } else { 1_000 };

/// So many there must be.
const MUTANTS_MIN: usize = 300;

/// What was found of mutants, by property.
#[derive(Default)]
struct Kills {
    mutants: usize,
    killed: usize,
    by_property: BTreeMap<String, usize>,
    survivors: Vec<String>,
}

fn kills(sample: &Sample<'_>, all: &[(String, Mutant)], expected: Expected) -> Kills {
    let mut kills = Kills::default();
    for (file, mutant) in all.iter().step_by(ONE_IN) {
        let failing = sample.failing(file, &mutant.text, expected, CASES);
        kills.mutants += 1;
        if failing.is_empty() {
            let (line, column) = mutant.place;
            let text = mutant.text.lines().nth(line - 1).unwrap_or_default().trim();
            kills.survivors.push(format!("{file}:{line}:{column} {}: {text}", mutant.operator));
        } else {
            kills.killed += 1;
        }
        for property in failing {
            *kills.by_property.entry(property).or_default() += 1;
        }
    }
    kills
}

fn told(kills: &Kills, expected: Expected) -> usize {
    let percent = kills.killed * 100 / kills.mutants.max(1);
    println!(
        "legacy's answers {expected:?}: {} of {} mutants found, {percent} %",
        kills.killed, kills.mutants
    );
    for (property, count) in &kills.by_property {
        println!("  {property:<12} {count}");
    }
    for survivor in &kills.survivors {
        println!("  survives: {survivor}");
    }
    percent
}

fn all(sample: &Sample<'_>) -> Vec<(String, Mutant)> {
    let of =
        |file: String| mutants::of(&sample.text(&file)).into_iter().map(move |mutant| (file.clone(), mutant));
    sample.files().into_iter().flat_map(of).collect()
}

#[test]
fn mechanical_mistakes_are_found_with_legacys_answers() {
    on_sample(|sample| {
        let all = all(sample);
        assert!(all.len() >= MUTANTS_MIN, "{} mutants", all.len());
        let percent = told(&kills(sample, &all, Expected::Known), Expected::Known);
        assert!(percent >= 85, "{percent} %");
    });
}

#[test]
fn mechanical_mistakes_are_found_without_legacys_answers() {
    on_sample(|sample| {
        let percent = told(&kills(sample, &all(sample), Expected::Unknown), Expected::Unknown);
        assert!(percent >= 4, "{percent} %");
    });
}
