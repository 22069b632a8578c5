//! What is measured, one function each.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::faults::{self, DOWN, FLOODS, HANGS, SLOW};
use crate::load::{Paced, folder, pace, saturate};
use crate::nginx::{self, NEW, Peer};
use crate::process::{Pinned, cpu, peak_bytes};
use crate::serve::{self, Counts, Does, counts};
use crate::table::{Bound, Table};

/// A workload.
type Run = fn(&mut Bench, &mut Table) -> anyhow::Result<()>;

/// By name, in the order of running.
pub const ALL: [(&str, Run); 5] =
    [("plain", plain), ("mirror", mirror), ("record", record), ("latency", latency), ("hung", hung)];

const BODIES: [&str; 2] = ["2k", "50k"];
/// Rounds of which the median counts; subject and peer take turns.
const ROUNDS: usize = 3;
const SECONDS: u64 = 2;
const MIB: u64 = 1 << 20;

/// What all workloads share.
pub struct Bench {
    folder: PathBuf,
    _upstreams: Pinned,
}

impl Bench {
    pub fn start(above: &Path) -> anyhow::Result<Bench> {
        faults::start()?;
        let upstreams = nginx::upstreams(&folder(above, "upstreams")?)?;
        Ok(Bench { folder: above.to_owned(), _upstreams: upstreams })
    }
}

/// Microseconds of CPU a request of both, and their ratio, over rounds in turn; at most so many times the peer's.
fn compare_cpu(
    table: &mut Table,
    (workload, most): (&str, [f64; 2]),
    (peer, peer_port, peer_name): (&Pinned, u16, &str),
    (ours, our_port): (&Pinned, u16),
) -> anyhow::Result<()> {
    for (body, most) in BODIES.into_iter().zip(most) {
        let (mut theirs, mut of_us, mut ratios, mut rates) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (peer_micros, peer_rate) = micros(peer, peer_port, body)?;
            let (our_micros, our_rate) = micros(ours, our_port, body)?;
            theirs.push(peer_micros);
            of_us.push(our_micros);
            ratios.push(our_micros / peer_micros);
            rates.push((peer_rate, our_rate));
        }
        let workload = format!("{workload} {body}");
        table.row(&workload, peer_name, "µs/request", median(&mut theirs), None);
        table.row(&workload, "cutover", "µs/request", median(&mut of_us), Some(median(&mut ratios)));
        table.mark(&format!("{workload}: CPU ÷ {peer_name}'s"), median(&mut ratios), Bound::AtMost(most));
        let mut theirs: Vec<_> = rates.iter().map(|(rate, _)| *rate).collect();
        let mut of_us: Vec<_> = rates.iter().map(|(_, rate)| *rate).collect();
        let (theirs, of_us) = (median(&mut theirs), median(&mut of_us));
        table.row(&workload, peer_name, "requests/s", theirs, None);
        table.row(&workload, "cutover", "requests/s", of_us, Some(of_us / theirs));
    }
    Ok(())
}

fn micros(subject: &Pinned, port: u16, body: &str) -> anyhow::Result<(f64, f64)> {
    let before = cpu(subject.id());
    let saturated = saturate(port, body, SECONDS)?;
    let took = cpu(subject.id()) - before;
    Ok((took.as_secs_f64() * 1e6 / saturated.requests as f64, saturated.per_second))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn plain(bench: &mut Bench, table: &mut Table) -> anyhow::Result<()> {
    let peer = nginx::peer(&folder(&bench.folder, "nginx-plain")?, 7_411, Peer::Plain)?;
    let ours = serve::start(&bench.folder.join("plain"), 7_421, Does::Pass, NEW, "64MiB")?;
    compare_cpu(table, ("plain", [1.25, 1.25]), (&peer, 7_411, "nginx"), (&ours, 7_421))
}

fn mirror(bench: &mut Bench, table: &mut Table) -> anyhow::Result<()> {
    let peer = nginx::peer(&folder(&bench.folder, "nginx-mirror")?, 7_412, Peer::Mirror(NEW))?;
    let ours = serve::start(&bench.folder.join("mirror"), 7_422, Does::Mirror, NEW, "64MiB")?;
    compare_cpu(table, ("mirror", [0.7, 0.85]), (&peer, 7_412, "nginx mirror"), (&ours, 7_422))?;
    let counts = settled(7_422)?;
    ensure!(counts.offered == counts.recorded + counts.dropped, "the counts do not add up: {counts:?}");
    let lost = counts.dropped as f64 / counts.offered as f64;
    table.row("mirror", "cutover, mirrors dropped", "share", lost, None);
    table.mark("mirror: share that is dropped", lost, Bound::AtMost(0.0));
    Ok(())
}

/// Waits until nothing is under way.
fn settled(port: u16) -> anyhow::Result<Counts> {
    let started = std::time::Instant::now();
    loop {
        let now = counts(port)?;
        if now.offered == now.recorded + now.dropped || started.elapsed() > Duration::from_secs(60) {
            return Ok(now);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The highest rate that is recorded without a loss, beside what nginx `mirror` serves at saturation.
fn record(bench: &mut Bench, table: &mut Table) -> anyhow::Result<()> {
    let peer = nginx::peer(&folder(&bench.folder, "nginx-mirror")?, 7_412, Peer::Mirror(NEW))?;
    for (body, least) in BODIES.into_iter().zip([0.3, 0.12]) {
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            rates.push(saturate(7_412, body, SECONDS)?.per_second);
        }
        let served = median(&mut rates);
        let workload = format!("record {body}");
        table.row(&workload, "nginx mirror", "requests/s", served, None);
        let (mut low, mut high) = (served * 0.02, served * 0.8);
        // Six halvings tell the rate to a hundredth of the range.
        for _ in 0..6 {
            let middle = (low * high).sqrt();
            if holds(bench, body, middle)? { low = middle } else { high = middle }
        }
        table.row(&workload, "cutover, without a loss", "pairs/s", low, Some(low / served));
        table.mark(
            &format!("{workload}: pairs/s ÷ nginx mirror's requests/s"),
            low / served,
            Bound::AtLeast(least),
        );
    }
    drop(peer);
    over_the_top(bench, table)
}

/// Whether every request at this rate becomes a durable pair while it goes on for longer than the queue could hide it.
fn holds(bench: &Bench, body: &str, rate: f64) -> anyhow::Result<bool> {
    let ours = serve::start(&bench.folder.join("record"), 7_423, Does::Record, NEW, "64MiB")?;
    let paced = pace(7_423, body, rate, Duration::from_secs(4))?;
    let counts = settled(7_423)?;
    ours.stop()?;
    // A proxy that served less than it was asked has not held the rate.
    Ok(paced.failed == 0
        && counts.dropped == 0
        && counts.recorded == counts.offered
        && paced.per_second() > rate * 0.97)
}

/// At saturation every loss is counted, and memory stays within its bound.
fn over_the_top(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    let ours = serve::start(&bench.folder.join("record"), 7_423, Does::Record, NEW, "64MiB")?;
    let saturated = saturate(7_423, "50k", 4)?;
    let counts = settled(7_423)?;
    ensure!(counts.offered == counts.recorded + counts.dropped, "the counts do not add up: {counts:?}");
    ensure!(counts.offered >= saturated.requests, "{counts:?} of {} requests", saturated.requests);
    let peak = peak_bytes(ours.id());
    table.row("record 50k, saturated", "cutover", "requests/s", saturated.per_second, None);
    table.row(
        "record 50k, saturated",
        "cutover, dropped",
        "share",
        counts.dropped as f64 / counts.offered as f64,
        None,
    );
    table.row("record 50k, saturated", "cutover, peak memory", "MiB", (peak / MIB) as f64, None);
    table.mark(
        "record 50k, saturated: peak MiB, of a bound of 64",
        (peak / MIB) as f64,
        Bound::AtMost(128.0),
    );
    ours.stop()
}

fn latency(bench: &mut Bench, table: &mut Table) -> anyhow::Result<()> {
    let peer = nginx::peer(&folder(&bench.folder, "nginx-mirror")?, 7_412, Peer::Mirror(NEW))?;
    let ours = serve::start(&bench.folder.join("record"), 7_423, Does::Record, NEW, "64MiB")?;
    let (mut half, mut most) = (Vec::new(), Vec::new());
    let (mut theirs, mut of_us) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let peer = pace(7_412, "2k", 1_000.0, Duration::from_secs(4))?;
        let own = pace(7_423, "2k", 1_000.0, Duration::from_secs(4))?;
        half.push(own.percentile(0.5) / peer.percentile(0.5));
        most.push(own.percentile(0.99) / peer.percentile(0.99));
        theirs.push(peer);
        of_us.push(own);
    }
    let at = |list: &[Paced], share: f64| {
        median(&mut list.iter().map(|paced| paced.percentile(share)).collect::<Vec<_>>())
    };
    for (share, name, ratios, bound) in [(0.5, "p50", &mut half, 1.15), (0.99, "p99", &mut most, 2.0)] {
        let workload = format!("latency 2k {name}");
        table.row(&workload, "nginx mirror", "µs", at(&theirs, share), None);
        table.row(&workload, "cutover, recording", "µs", at(&of_us, share), Some(median(ratios)));
        table.mark(&format!("{workload}: ÷ nginx mirror's"), median(ratios), Bound::AtMost(bound));
    }
    drop((peer, ours));
    Ok(())
}

/// 500 requests a second while new goes wrong: the caller's times stay within what they are from run to run while it is fine.
fn hung(bench: &mut Bench, table: &mut Table) -> anyhow::Result<()> {
    const FINE_RUNS: usize = 5;
    let rate = |port| pace(port, "2k", 500.0, Duration::from_secs(3));
    for (name, new) in [("hangs", HANGS), ("is 50 ms slow", SLOW)] {
        let peer = nginx::peer(&folder(&bench.folder, "nginx-hung")?, 7_413, Peer::Mirror(new))?;
        let theirs = rate(7_413)?;
        drop(peer);
        table.row(&format!("new {name}"), "nginx mirror", "answers/s", theirs.per_second(), None);
    }
    let run = |name: &str, new: u16, table: &mut Table| {
        let ours = serve::start(&bench.folder.join("hung"), 7_424, Does::Record, new, "64MiB")?;
        let paced = rate(7_424).context("at 500 requests a second")?;
        ensure!(paced.failed == 0, "{} callers got no answer while new {name}", paced.failed);
        let now = counts(7_424)?;
        ensure!(now.offered >= now.recorded + now.dropped, "while new {name}: {now:?}");
        let workload = format!("new {name}");
        table.row(&workload, "cutover", "answers/s", paced.per_second(), None);
        for (share, percentile) in [(0.5, "p50"), (0.99, "p99")] {
            table.row(&workload, &format!("cutover, {percentile}"), "µs", paced.percentile(share), None);
        }
        let peak = (peak_bytes(ours.id()) / MIB) as f64;
        table.row(&workload, "cutover, peak memory", "MiB", peak, None);
        Ok::<_, anyhow::Error>(([paced.percentile(0.5), paced.percentile(0.99)], peak))
    };
    let mut worst_fine = [0.0_f64; 2];
    for _ in 0..FINE_RUNS {
        let (times, _) = run("is fine", NEW, table)?;
        worst_fine = [worst_fine[0].max(times[0]), worst_fine[1].max(times[1])];
    }
    for (name, new) in [("hangs", HANGS), ("is 50 ms slow", SLOW), ("floods", FLOODS), ("is down", DOWN)] {
        let (mut runs, mut peak) = ([Vec::new(), Vec::new()], 0.0_f64);
        for _ in 0..ROUNDS {
            let (times, most) = run(name, new, table)?;
            runs.iter_mut().zip(times).for_each(|(runs, time)| runs.push(time));
            peak = peak.max(most);
        }
        for ((times, fine), percentile) in runs.iter_mut().zip(worst_fine).zip(["p50", "p99"]) {
            let what = format!("new {name}: {percentile} ÷ the worst of {FINE_RUNS} runs while it is fine");
            table.mark(&what, median(times) / fine, Bound::AtMost(1.0));
        }
        table.mark(&format!("new {name}: peak MiB, of a bound of 64"), peak, Bound::AtMost(128.0));
    }
    Ok(())
}
