//! `cutover fuzz`: what it finds of planted and mechanical mistakes, how small it shows them, and the command itself.

#![expect(clippy::print_stdout, reason = "what is found, and what survives, is read with --nocapture")]

mod command;
mod door;
mod mechanical;
mod mutants;
mod planted;
mod real;
mod shrinking;
mod switches;

use planted::PLANTED;

/// A debug build is an order of magnitude slower than a release build: `just fuzz-mutants` asks the full number.
const CASES: u64 = if cfg!(debug_assertions) { 200 } else { 10_000 };

#[test]
fn nine_in_ten_planted_mistakes_are_found_and_each_survivor_is_explained() {
    let outcomes = door::on_sample(|sample| {
        PLANTED.each_ref().map(|planted| {
            let mutant = sample.text(planted.file).replacen(planted.from, planted.to, 1);
            let count = sample.text(planted.file).matches(planted.from).count();
            assert_eq!(count, 1, "{}: {}", planted.file, planted.what);
            sample.failing(planted.file, &mutant, door::Expected::Known, CASES)
        })
    });
    let (mut killed, mut otherwise) = (0, Vec::new());
    for (planted, failing) in PLANTED.iter().zip(&outcomes) {
        let told = if failing.is_empty() { "SURVIVES".to_owned() } else { failing.join(", ") };
        println!("{}  {}: {told}", planted.file, planted.what);
        killed += usize::from(!failing.is_empty());
        if failing.is_empty() != planted.survives.is_some() {
            otherwise.push(format!(
                "{} in {}: {told}; listed as {:?}",
                planted.what, planted.file, planted.survives
            ));
        }
    }
    println!("{killed} of {} planted mistakes are found", PLANTED.len());
    assert_eq!(otherwise, Vec::<String>::new(), "the list says otherwise");
    assert!(PLANTED.len() >= 30 && killed * 10 >= PLANTED.len() * 9);
}

#[test]
fn the_mappings_of_the_sample_hold() {
    door::on_sample(|sample| {
        for file in sample.files() {
            let failing = sample.failing(&file, &sample.text(&file), door::Expected::Known, CASES);
            assert_eq!(failing, Vec::<String>::new(), "{file}");
        }
    });
}
