//! `just bench-diff`: the structural diff beside its floor and its peers; prints a table, writes a JSON file.

#![expect(clippy::print_stdout, reason = "a table on the terminal is what this program is for")]

mod documents;
mod inject;
mod measure;
mod workloads;

use std::hint::black_box;

use compare::diff::{Comparer, Comparison, Scope};
use compare::rules::{Rules, RulesInput};
use compare::tape::Tape;
use compare::tolerance::Day;
use workloads::Workload;

/// Every subject allocates through this, the floor too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn rules(keys: &[(&str, &str)]) -> Rules {
    Rules::compile(RulesInput {
        operation: "crm.contacts.list",
        as_of: Day { year: 2026, month: 11, day: 24 },
        tolerances: Vec::new(),
        keys: keys.iter().map(|(path, field)| ((*path).into(), vec![(*field).into()])).collect(),
        headers: Vec::new(),
        compile_when: &|_| Err("not here".into()),
    })
    .expect("the rules of the bench compile")
}

fn floor(workload: &Workload) {
    for (legacy, new) in &workload.pairs {
        black_box(sonic_rs::from_str::<sonic_rs::Value>(legacy).expect("JSON of the bench"));
        black_box(sonic_rs::from_str::<sonic_rs::Value>(new).expect("JSON of the bench"));
    }
}

fn main() {
    let filter = std::env::args().nth(1);
    let keyed = rules(&[("$.data", "id"), ("$.data[*].emails", "email")]);
    let keyed_top = rules(&[("$.data", "id")]);
    let none = rules(&[]);
    let _ = &keyed;
    for shape in ["contact", "page", "list"] {
        for workload in workloads::of_shape(shape) {
            if filter.as_ref().is_some_and(|filter| !workload.name().contains(filter.as_str())) {
                continue;
            }
            let mut total = 0;
            for (name, rules) in [("keyed", &keyed_top), ("none", &none)] {
                let mut comparer = Comparer::new(rules).with_contexts(compare::diff::Contexts::None);
                let mut subject = || {
                    total = 0;
                    for (legacy, new) in &workload.pairs {
                        let mut out = Comparison::default();
                        comparer.texts(legacy, new, Scope::default(), &mut out).expect("JSON of the bench");
                        total += out.total as usize;
                        black_box(out);
                    }
                };
                let measured = measure::beside(&mut || floor(&workload), &mut subject);
                println!(
                    "{:20} {name:8} {:>10.1?} floor {:>10.1?} = {:.0} MB/s ratio {:.2} noise {:.4} of {}",
                    workload.name(),
                    measured.subject,
                    measured.floor,
                    workload.bytes() as f64 / measured.floor.as_secs_f64() / 1e6,
                    measured.ratio,
                    total as f64 / workload.planted.max(1) as f64,
                    workload.planted
                );
                if name == "none" { println!("   {:?}", workload.kinds); }
            }
            let mut tape = Tape::new();
            let measured = measure::beside(&mut || floor(&workload), &mut || for (legacy, new) in &workload.pairs {
                black_box(tape.parse(legacy).expect("JSON")); black_box(tape.parse(new).expect("JSON")); });
            println!("    tape only ratio {:.2}", measured.ratio);
        }
    }
}
