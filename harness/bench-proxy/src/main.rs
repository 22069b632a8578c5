//! `cutover serve` beside nginx, on one core each, with the load and the upstreams on another.
//!
//! Needs Linux with two cores, and nginx, wrk and taskset (Debian: `apt-get install nginx wrk`). Prints a table and writes
//! reports/bench/proxy.json. Arguments: workloads by name, all where none is named.

#![expect(clippy::print_stdout, reason = "it is a program for people who measure")]

mod bodies;
mod faults;
mod load;
mod nginx;
mod process;
mod serve;
mod table;
mod workloads;

use std::path::PathBuf;

use anyhow::{Context, bail};
use table::Table;

fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let unknown = asked.iter().find(|name| !workloads::ALL.iter().any(|(known, _)| known == name));
    if let Some(name) = unknown {
        let known: Vec<_> = workloads::ALL.iter().map(|(name, _)| *name).collect();
        bail!("there is no workload {name}; there are {}", known.join(", "));
    }
    for tool in ["nginx", "wrk", "taskset"] {
        process::found(tool)
            .with_context(|| format!("{tool} is missing: apt-get install nginx wrk util-linux"))?;
    }
    let folder = std::env::current_dir()?.join("target/bench-proxy");
    std::fs::create_dir_all(&folder)?;
    let mut table = Table::default();
    let mut bench = workloads::Bench::start(&folder)?;
    for (name, run) in workloads::ALL {
        if asked.is_empty() || asked.iter().any(|one| one == name) {
            run(&mut bench, &mut table).with_context(|| format!("the workload {name}"))?;
        }
    }
    table.write(&PathBuf::from("reports/bench/proxy.json"))?;
    Ok(())
}
