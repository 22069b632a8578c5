//! Our engine against the oracle on generated expressions and inputs, until nobody can name a difference that is
//! not written down.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use ::mapping::cross_check::{Outcome, agree};
use ::mapping::engine::{Dialect, EngineName, Settings};
use ::mapping::mapping::{LIMITS, Limits, MapError, Mapping};
use rayon::prelude::*;
use serde_json::Map;

use super::features::FEATURES;
use super::generate::{Random, Writer, input};
use super::reference;

/// Cases in an ordinary run; `CUTOVER_CASES` sets another number, `CUTOVER_SEED` another set of them.
const CASES: usize = 3_000;

/// Of the cases that the native engine evaluates, so many thousandths at least must agree.
const AGREEMENT_PER_MILLE: usize = 999;

const NOW_MS: i64 = 1_705_320_000_000;

/// The reference hangs on some expressions; three seconds are a thousand times what the others take.
const BOUNDS: Limits = Limits { time: Duration::from_secs(3), ..LIMITS };

struct Tried {
    feature: &'static str,
    source: String,
    input: String,
    native: Outcome,
    oracle: Outcome,
}

fn attempt(index: usize, seed: u64, settings: &Settings) -> Tried {
    let mut random = Random::new((seed << 32) + index as u64 + 1);
    let (feature, write) = FEATURES[index % FEATURES.len()];
    let input = input(&mut random).to_string();
    let mut writer = Writer { random: &mut random };
    let mut source = write(&mut writer);
    if writer.random.chance(2) {
        source = format!("{{'r': {source}, 's': {}}}", writer.any(1));
    }
    let evaluate =
        |engine| {
            let settings = Settings { engine, ..settings.clone() };
            let mapping = Mapping::compile_with(&source, &settings).map_err(|error| {
                MapError::Expression { code: error.code, message: error.message, position: None }
            })?;
            mapping.evaluate_with(Some(&input), &Map::new(), NOW_MS, &BOUNDS)
        };
    let (native, oracle) = (evaluate(EngineName::Jlens), evaluate(EngineName::Oracle));
    Tried { feature, source, input, native, oracle }
}

/// Where the reference itself is wrong, or where two engines need not agree: counted apart, by name.
fn excuse(tried: &Tried, settings: &Settings) -> Option<&'static str> {
    let text = |outcome: &Outcome| format!("{outcome:?}");
    if matches!((&tried.native, &tried.oracle), (Ok(_), Err(MapError::Limit { .. }))) {
        return Some("the reference hangs, or runs out of stack, where there is a value");
    }
    if matches!(&tried.oracle, Err(MapError::Expression { code, .. }) if code.is_empty()) {
        return Some("the reference fails with an internal error of JavaScript");
    }
    // Grouping an empty list appends an undefined item to the input itself; without empty lists they agree.
    if tried.source.contains('{') {
        let without: String = tried.input.replace("[]", "[{\"q\":0}]");
        let both = [EngineName::Jlens, EngineName::Oracle].map(|engine| {
            let settings = Settings { engine, ..settings.clone() };
            Mapping::compile_with(&tried.source, &settings)
                .map(|mapping| mapping.evaluate_with(Some(&without), &Map::new(), NOW_MS, &BOUNDS))
        });
        if let [Ok(native), Ok(oracle)] = &both
            && tried.input.contains("[]")
            && agree(native, oracle)
            && !text(&tried.oracle).contains("Err")
        {
            return Some("the reference changes its input when it groups an empty list");
        }
    }
    None
}

#[test]
fn the_native_engine_agrees_with_the_oracle_on_generated_mappings() {
    check(Dialect::Jsonata, 50);
}

/// `$eval`, and lists made of what is undefined, are left to the library.
#[test]
fn the_native_engine_agrees_with_the_library_of_truto_on_generated_mappings() {
    check(Dialect::Truto, 20);
}

/// Tries the cases in a dialect; at most one of `referred_least` may be left to the oracle.
fn check(dialect: Dialect, referred_least: usize) {
    let Some(oracle) = reference::oracle(dialect) else { return };
    let settings = Settings { dialect, engine: EngineName::Auto, oracle: Some(oracle) };
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let count = number("CUTOVER_CASES").map_or(CASES, |count| count as usize);
    let seed = number("CUTOVER_SEED").unwrap_or(0);
    let tried: Vec<Tried> = (0..count).into_par_iter().map(|index| attempt(index, seed, &settings)).collect();

    let mut features: BTreeMap<&str, usize> = BTreeMap::new();
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut values, mut errors, mut referred, mut panics) = (0, 0, 0, 0);
    let mut same_text = 0;
    let mut disagreements = Vec::new();
    for tried in &tried {
        same_text += usize::from(tried.native.is_ok() && tried.native == tried.oracle);
        for (feature, _) in FEATURES {
            let counts = *feature == tried.feature
                || (feature.starts_with('$') && tried.source.contains(&format!("{feature}(")));
            *features.entry(feature).or_default() += usize::from(counts);
        }
        match (&tried.native, &tried.oracle) {
            (Err(MapError::Engine), _) => panics += 1,
            (Err(MapError::NeedsOracle(_)), _) => referred += 1,
            (native, oracle) if agree(native, oracle) && native.is_ok() => values += 1,
            (native, oracle) if agree(native, oracle) => errors += 1,
            _ => match excuse(tried, &settings) {
                Some(why) => *excused.entry(why).or_default() += 1,
                None => disagreements.push(tried),
            },
        }
    }
    let mut table = String::new();
    for (feature, count) in &features {
        let _ = writeln!(table, "{count:>7}  {feature}");
    }
    println!("cases per built-in and operator:\n{table}");
    println!(
        "{count} cases: {values} same value ({same_text} to the byte), {errors} error on both, {referred} referred to the oracle, {} differ",
        disagreements.len()
    );
    for (why, count) in &excused {
        println!("counted apart: {count} × {why}");
    }
    for tried in disagreements.iter().take(40) {
        println!(
            "DIFFERS [{}] {}\n  native {:?}\n  oracle {:?}",
            tried.feature, tried.source, tried.native, tried.oracle
        );
    }
    let compared = values + errors + disagreements.len();
    assert_eq!(panics, 0);
    assert!(
        disagreements.len() * 1_000 <= compared * (1_000 - AGREEMENT_PER_MILLE),
        "{} of {compared} differ",
        disagreements.len()
    );
    assert!(referred * referred_least <= count, "{referred} of {count} were not evaluated natively");
    let least = features.values().min().copied().unwrap_or(0);
    assert!(least * 500 >= count, "some feature occurs in {least} of {count} cases");
}
