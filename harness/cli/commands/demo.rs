//! `cutover demo`: two providers on this machine, an application between them, and the way from dark reads to the readiness report.
//!
//! Each step runs the command that it names, as if it had been typed. What was wrong with the new provider is told by that server's
//! own ledger; at the end that and what `check` found must be one and the same.

mod project;
mod typed;
mod held;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use capture::serve::ledger::Counts;
use serde_json::{Value, json};
use servers::demo::{Demo as Servers, SCENES, Scene};

use crate::config::ConfigPlace;
use crate::exit::Exit;
use crate::options::{Command, Demo, Format, Global, Stopwatch};
use crate::pipeline::is_interrupted;
use held::Held;
use typed::Typist;

/// Everything is on this machine: what has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether the mirrors of a scene are recorded.
const LOOK: Duration = Duration::from_millis(10);
/// So much of a gate's decision is shown: the command shows the rest.
const GATE_LINES_SHOWN: usize = 14;
/// The gate that dark reads are made for.
const GATE: &str = "cutover gate write-cutover";

/// Walks through it.
pub fn run(options: &Demo, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let began = Stopwatch::start();
    let working = match &global.config {
        ConfigPlace::File { folder, .. } | ConfigPlace::Upwards { folder } => folder,
    };
    let folder = working.join(&options.folder);
    let servers = Servers::start((global.clock)().as_millisecond(), options.leave_out.as_deref());
    let servers = servers.context("start two providers on loopback")?;
    project::write(&folder, &servers, &global.as_of)?;
    let mut silent = std::io::sink();
    let shown = options.folder.display();
    let (out, answer): (&mut dyn Write, _) = match global.format {
        Format::Text => (out, None),
        Format::Json => (&mut silent, Some(out)),
    };
    let typist = Typist { folder: &folder, key: servers.key(), global };

    writeln!(
        out,
        "Acme leaves a legacy provider for a new one. Both run on this machine now, with the same customers' data behind them."
    )?;
    writeln!(
        out,
        "What follows happens in {shown}/, where cutover.toml says what both are asked, and mappings/ turns new's answers into legacy's."
    )?;

    step(
        out,
        "1. Dark reads: the application talks to legacy through a proxy, which asks new the same beside it",
        "cutover serve",
    )?;
    let counts = dark_reads(&typist, &servers, out)?;
    writeln!(
        out,
        "  {} requests, {} of them mirrored, {} pairs recorded, none lost.",
        counts.requests, counts.offered, counts.recorded
    )?;

    step(
        out,
        "2. Each pair is judged: new's answer is mapped, then compared with legacy's",
        "cutover check",
    )?;
    let (_, text) = typist.run("cutover check")?;
    out.write_all(text.as_bytes())?;
    let verdicts = read_json(&folder.join("reports/check/verdicts.json"))?;
    if let Some(pair) = verdicts["fields"][0]["examples"][0].as_str() {
        writeln!(
            out,
            "\n  One pair, with each difference and the line of the mapping that made it:\n  $ cutover explain {pair}"
        )?;
    }

    step(
        out,
        "3. Is that enough to move the writes? A gate decides by evidence, and says what is missing",
        GATE,
    )?;
    let (exit, text) = typist.run(GATE)?;
    ensure!(exit == Exit::Different, "the gate does not fail, though new has defects: {text}");
    head(&text, out)?;
    writeln!(out, "  It fails, as it should: what is wrong with new stands in the way of the application.")?;

    step(out, "4. How near is the migration? Every gate on one page", "cutover report")?;
    let (_, text) = typist.run("cutover report")?;
    out.write_all(text.as_bytes())?;

    writeln!(
        out,
        "\n5. Was everything found that was wrong with new, and nothing else? Its own ledger says what was"
    )?;
    let held = held::hold(&servers.done(), &verdicts);
    let is_read_only = servers.is_new_unwritten();
    held.write(out)?;
    ensure!(is_read_only, "the new provider's ledger has a request that may write: this must never happen");
    let took = began.elapsed().as_secs_f64();
    writeln!(out, "\n{} It took {took:.0} s.\n", held.sentence())?;
    writeln!(
        out,
        "Look at {shown}/reports/readiness/index.html and {shown}/reports/check/index.html. To go on: cd {shown}, then"
    )?;
    writeln!(
        out,
        "  cutover explain PAIR, cutover review, cutover audit, cutover fuzz; your own migration begins with cutover init."
    )?;
    if let Some(answer) = answer {
        write_json(&held, &counts, &options.folder, answer)?;
    }
    Ok(if held.is_whole() { Exit::Clean } else { Exit::Different })
}

fn step(out: &mut dyn Write, what: &str, command: &str) -> anyhow::Result<()> {
    Ok(writeln!(out, "\n{what}\n$ {command}")?)
}

/// Serves the application until every scene is played and every mirror of it recorded.
fn dark_reads(typist: &Typist<'_>, servers: &Servers, out: &mut dyn Write) -> anyhow::Result<Counts> {
    let (command, global) = typist.typed("cutover serve -q")?;
    let Command::Serve(options) = command else { bail!("`cutover serve` is read as another command") };
    let mut last = None;
    let mut play = |serving: &super::serve::Meanwhile<'_>| -> anyhow::Result<()> {
        for scene in &SCENES {
            play(scene, servers, serving.address, serving.counts, out)?;
        }
        last = Some((serving.counts)());
        Ok(())
    };
    super::serve::meanwhile(&options, &global, &mut play, &mut std::io::sink())?;
    let counts = last.context("play the scenes")?;
    ensure!(counts.offered == counts.recorded, "not every pair was recorded: {counts:?}");
    Ok(counts)
}

fn play(
    scene: &Scene,
    servers: &Servers,
    proxy: SocketAddr,
    counts: &dyn Fn() -> Counts,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    writeln!(out, "  - {}", scene.said)?;
    let answered = servers.play(scene, proxy).context("ask as the application does")?;
    let errors = answered.iter().filter(|answer| answer.status >= 500).map(|answer| answer.asked.as_str());
    let errors: Vec<&str> = errors.collect();
    ensure!(
        errors.is_empty(),
        "the application was answered an error, though legacy works: {}",
        errors.join(", ")
    );
    let began = Stopwatch::start();
    loop {
        let counts = counts();
        if counts.recorded + counts.dropped.iter().map(|(_, count)| count).sum::<u64>() >= counts.offered {
            break;
        }
        ensure!(
            began.elapsed() < PATIENCE,
            "the mirrors of a scene are not recorded after {PATIENCE:?}: {counts:?}"
        );
        ensure!(!is_interrupted(), "interrupted");
        std::thread::sleep(LOOK);
    }
    servers.end(scene);
    Ok(())
}

/// The first lines, and how many are left.
fn head(text: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().take(GATE_LINES_SHOWN) {
        writeln!(out, "{line}")?;
    }
    if lines.len() > GATE_LINES_SHOWN {
        writeln!(out, "  … {} more lines", lines.len() - GATE_LINES_SHOWN)?;
    }
    Ok(())
}

fn read_json(file: &Path) -> anyhow::Result<Value> {
    let bytes = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("read {}", file.display()))
}

fn write_json(held: &Held, counts: &Counts, folder: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let document = json!({
        "version": 1,
        "folder": folder.display().to_string(),
        "mirrored": counts.offered,
        "recorded": counts.recorded,
        "planted": held.planted.iter().map(held::Expected::json).collect::<Vec<_>>(),
        "missed": held.missed,
        "invented": held.invented,
    });
    Ok(writeln!(out, "{document:#}")?)
}
