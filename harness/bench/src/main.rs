//! `just bench-diff`: the structural diff beside its floor and its peers; prints a table, writes a JSON file.
//!
//! The floor is what parsing alone costs: sonic-rs reads both bodies into its `Value`. Both sides of every pair are
//! parsed each time, by every subject; every subject in this process allocates through mimalloc. An argument
//! picks the workloads whose names contain it and leaves the file alone.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on the terminal is what this program is for"
)]

mod documents;
mod entities;
mod inject;
mod measure;
mod peers;
mod scaling;
mod table;
mod workloads;

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;

use compare::diff::{Comparer, Comparison, Contexts, Scope};
use compare::difference::Kind;
use compare::rules::{Rules, RulesInput};
use compare::tolerance::{Day, parse_tolerances};
use table::Table;
use workloads::Workload;

/// Every subject of this process allocates through this, the floor too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REPORT: &str = "reports/bench/diff.json";

fn rules(keys: &[(&str, &str)], tolerances: &str) -> Rules {
    Rules::compile(RulesInput {
        operation: "crm.contacts.list",
        as_of: Day { year: 2026, month: 11, day: 24 },
        tolerances: parse_tolerances(tolerances).expect("the tolerances of the bench"),
        keys: keys.iter().map(|(path, field)| ((*path).into(), vec![(*field).into()])).collect(),
        headers: Vec::new(),
        compile_when: &|_| Err("not here".into()),
    })
    .expect("the rules of the bench compile")
}

const OWNERS: &str = "[[tolerance]]\npath = \"$.data.owner_id\"\nrule = { same_entity = \"owners\" }\nreason = \"r\"\nowner = \"o\"\nuntil = 2030-01-01\n";

/// Half of them speak of fields that the documents have, the other half of fields that they do not have.
fn two_hundred_tolerances() -> String {
    (0..200)
        .map(|number| {
            let path = match number % 4 {
                0 => format!("$.data[*].custom_fields.custom_field_{}__c", number % 14),
                1 => format!("$.data[*].absent_{number}"),
                2 => format!("$..addresses[*].street_{}", number % 3),
                _ => format!("$.other_{number}[*].field"),
            };
            format!("[[tolerance]]\npath = {path:?}\nrule = \"case\"\nreason = \"r\"\nowner = \"o\"\nuntil = 2030-01-01\n")
        })
        .collect()
}

fn floor(workload: &Workload) {
    for (legacy, new) in &workload.pairs {
        black_box(sonic_rs::from_str::<sonic_rs::Value>(legacy).expect("JSON of the bench"));
        black_box(sonic_rs::from_str::<sonic_rs::Value>(new).expect("JSON of the bench"));
    }
}

/// Compares every pair; answers how many differences there were.
fn pass(comparer: &mut Comparer<'_>, workload: &Workload) -> u64 {
    let mut total = 0;
    for (legacy, new) in &workload.pairs {
        let mut out = Comparison::default();
        comparer.texts(legacy, new, Scope::default(), &mut out).expect("JSON of the bench");
        total += out.total;
        black_box(out);
    }
    total
}

/// Are all edits told by their kind? Only asked where no list of differences is cut.
fn check_kinds(workload: &Workload, rules: &Rules) {
    let mut told = std::collections::BTreeMap::<&str, usize>::new();
    let mut comparer = Comparer::new(rules).with_contexts(Contexts::None);
    for (legacy, new) in &workload.pairs {
        let mut out = Comparison::default();
        comparer.texts(legacy, new, Scope::default(), &mut out).expect("JSON of the bench");
        out.differences.iter().for_each(|difference| *told.entry(difference.kind.name()).or_default() += 1);
        if out.total as usize > out.differences.len() {
            return;
        }
    }
    if told != workload.kinds {
        eprintln!("WRONG KINDS on {}: planted {:?}, told {told:?}", workload.name(), workload.kinds);
    }
}

fn noise(reported: usize, workload: &Workload) -> f64 {
    if workload.planted == 0 { reported as f64 } else { reported as f64 / workload.planted as f64 }
}

fn ours(table: &mut Table, workload: &Workload, keyed: &Rules, none: &Rules) {
    let name = workload.name();
    table.row(&name, "planted edits", "edits", workload.planted as f64, None);
    check_kinds(workload, keyed);
    check_kinds(workload, none);
    // Ids that are not one-to-one are planted in a workload of their own: it takes many pairs.
    let not_planted = |kind: &&(Kind, &str)| kind.0 != Kind::Entity && !workload.kinds.contains_key(kind.1);
    if name == "list mixed"
        && let missing = Kind::ALL.iter().filter(not_planted).collect::<Vec<_>>()
        && !missing.is_empty()
    {
        eprintln!("NOT PLANTED on {name}: {missing:?}");
    }
    let mut floors = Vec::new();
    for (subject, rules, contexts) in [
        ("cutover, key declared", keyed, Contexts::None),
        ("cutover, nothing declared", none, Contexts::None),
        ("cutover, key, with contexts", keyed, Contexts::First),
    ] {
        let mut comparer = Comparer::new(rules).with_contexts(contexts);
        let mut total = 0;
        let measured =
            measure::beside(&mut || floor(workload), &mut || total = pass(&mut comparer, workload));
        table.row(&name, subject, "ms", measured.subject.as_secs_f64() * 1e3, Some(measured.ratio));
        if contexts == Contexts::None {
            table.row(&name, &format!("{subject}: noise"), "per edit", noise(total as usize, workload), None);
        }
        floors.push(measured.floor);
    }
    let best = floors.into_iter().min().unwrap_or_default().as_secs_f64();
    table.row(&name, "floor: sonic-rs Value, both", "ms", best * 1e3, Some(1.0));
    table.row(&name, "floor: sonic-rs Value, both", "MB/s", workload.bytes() as f64 / best / 1e6, None);
}

fn peers(table: &mut Table, workload: &Workload, keyed: &Rules, none: &Rules) {
    let comparer = |rules| Comparer::new(rules).with_contexts(Contexts::None);
    let (mut with_key, mut undeclared) = (comparer(keyed), comparer(none));
    let mut against = |subject: &str, mut round: peers::Round<'_>| {
        let name = workload.name();
        let mut reported = 0;
        let mut peer = || {
            let run = round()?;
            reported = run.reported;
            Ok::<_, String>(run.time)
        };
        let mut with_key = || {
            black_box(pass(&mut with_key, workload));
        };
        let mut undeclared = || {
            black_box(pass(&mut undeclared, workload));
        };
        let measured = measure::in_turn(&mut peer, &mut [&mut with_key, &mut undeclared]);
        let measured = match measured {
            Ok(measured) => measured,
            Err(why) => return skipped(subject, workload, &why),
        };
        table.row(&name, subject, "ms", measured.peer.as_secs_f64() * 1e3, None);
        table.row(&name, &format!("{subject}: noise"), "per edit", noise(reported, workload), None);
        for (declared, times) in ["key", "none"].into_iter().zip(measured.times) {
            table.row(&name, &format!("{subject} ÷ ours, {declared}"), "times", times, None);
        }
    };
    against("diffx-core, ids", peers::diffx(workload));
    against("json-patch", peers::json_patch(workload));
    match peers::FastJsonPatch::start(workload) {
        Ok(mut peer) => against("fast-json-patch", Box::new(move || peer.round())),
        Err(why) => skipped("fast-json-patch", workload, &why),
    }
}

fn skipped(subject: &str, workload: &Workload, why: &str) {
    eprintln!("SKIPPED: {subject} on {}: {why}", workload.name());
}

fn main() -> ExitCode {
    let picked = std::env::args().nth(1);
    let is_picked = |name: &str| picked.as_ref().is_none_or(|picked| name.contains(picked.as_str()));
    let (keyed, none) = (rules(&[("$.data", "id")], ""), rules(&[], ""));
    let many = rules(&[], &two_hundred_tolerances());
    let mut table = Table::default();
    for shape in ["contact", "page", "list"] {
        for workload in workloads::of_shape(shape) {
            if !is_picked(&workload.name()) {
                continue;
            }
            ours(&mut table, &workload, &keyed, &none);
            if shape != "contact" && matches!(workload.edits, "mixed" | "reordered") {
                peers(&mut table, &workload, &keyed, &none);
            }
            if shape != "list" && workload.edits == "mixed" {
                scaling::rules(&mut table, &none, &many, &workload);
            }
            if shape == "contact" && workload.edits == "mixed" {
                scaling::threads(&mut table, &keyed, &workload);
            }
        }
    }
    if is_picked("contact entities") {
        entities::rows(&mut table, &rules(&[], OWNERS));
    }
    if is_picked("scaling") {
        scaling::sizes(&mut table, &none);
        scaling::order(&mut table, &[("key declared", &keyed), ("nothing declared", &none)]);
    }
    if picked.is_some() {
        return ExitCode::SUCCESS;
    }
    match table.write(Path::new(REPORT)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("write {REPORT}: {error}");
            ExitCode::FAILURE
        }
    }
}
