//! Truto's functions: what the native engine answers must be what Truto's library answers.

use std::collections::BTreeMap;

use ::mapping::cross_check::agree;
use ::mapping::engine::{Dialect, EngineName, Settings, native_functions};
use ::mapping::mapping::{LIMITS, MapError, Mapping};
use serde_json::Map;

use super::generate::{Random, Writer, input};
use super::reference;
use super::truto_calls::CALLS;

/// Cases in which the native engine answers by itself, at least, for each function.
const NATIVE_LEAST: usize = 30;

/// Tries for each function; some are left to the oracle.
const TRIES: usize = 150;

const NOW_MS: i64 = 1_705_320_000_000;

#[test]
fn every_native_function_of_truto_answers_as_the_library_does() {
    let Some(oracle) = reference::oracle(Dialect::Truto) else { return };
    let settings = |engine| Settings { dialect: Dialect::Truto, engine, oracle: Some(oracle.clone()) };
    let (native, reference) = (settings(EngineName::Jlens), settings(EngineName::Oracle));
    let mut answered: BTreeMap<&str, usize> = native_functions().into_iter().map(|name| (name, 0)).collect();
    let mut referred: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differing = Vec::new();
    for (at, (name, write)) in CALLS.iter().enumerate() {
        for index in 0..TRIES {
            let mut random = Random::new((at * TRIES + index) as u64 + 7);
            let input = input(&mut random).to_string();
            let source = write(&mut Writer { random: &mut random });
            let evaluate = |settings: &Settings| {
                let mapping =
                    Mapping::compile_with(&source, settings).expect("a generated call is well formed");
                mapping.evaluate_with(Some(&input), &Map::new(), NOW_MS, &LIMITS)
            };
            let ours = evaluate(&native);
            if let Err(MapError::NeedsOracle(_)) = &ours {
                *referred.entry(name).or_default() += 1;
                continue;
            }
            let theirs = evaluate(&reference);
            if agree(&ours, &theirs) {
                *answered.get_mut(name).expect("only native functions are tried") += 1;
            } else {
                differing.push(format!("{source}\n  ours   {ours:?}\n  theirs {theirs:?}\n  input {input}"));
            }
        }
    }
    for (name, count) in &answered {
        println!("{count:>4} same, {:>3} left to the oracle  ${name}", referred.get(name).unwrap_or(&0));
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
    let few: Vec<_> = answered.iter().filter(|(_, count)| **count < NATIVE_LEAST).collect();
    assert!(few.is_empty(), "too few cases of {few:?}");
}
