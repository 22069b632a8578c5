//! Times: subject and floor in turn, so that a neighbour's load falls on both, and the median of their ratios.
//!
//! A machine's speed may swing by half within a second. So no time is held against one that was taken at another moment,
//! and none is picked: of every ratio the median over all rounds is told, whoever comes off better.

use std::time::{Duration, Instant};

/// Rounds of floor and subject in turn.
const ROUNDS: usize = 15;

/// A round repeats its work until it takes at least this long.
const ROUND_MS_MIN: u64 = 12;

/// Where one of them is another process, which takes long to start, there are fewer rounds, and they are longer.
const LONG_ROUNDS: usize = 7;

/// What each of both takes at least in such a round.
pub const LONG_ROUND_MS: u64 = 200;

/// What was measured of a subject beside its floor.
pub struct Measured {
    /// The best time of one repetition.
    pub subject: Duration,
    /// The same of the floor.
    pub floor: Duration,
    /// Median over the rounds of floor time ÷ subject time.
    pub ratio: f64,
}

/// What was measured of a peer and several of ours in turn.
pub struct Against {
    /// The median time of one repetition of the peer.
    pub peer: Duration,
    /// By ours, the median over the rounds of the peer's time ÷ ours.
    pub times: Vec<f64>,
}

/// The mean time of one repetition within a round, at its best third: interruptions only ever add.
fn round(work: &mut dyn FnMut(), repeats: usize) -> Duration {
    let batches = 3.min(repeats);
    (0..batches)
        .map(|_| {
            let start = Instant::now();
            (0..repeats / batches).for_each(|_| work());
            start.elapsed() / (repeats / batches) as u32
        })
        .min()
        .unwrap_or_default()
}

fn repeats(work: &mut dyn FnMut()) -> usize {
    work();
    let start = Instant::now();
    work();
    let once = start.elapsed().as_micros().max(1) as u64;
    (ROUND_MS_MIN * 1_000 / once).clamp(3, 100_000) as usize
}

/// The middle of these numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// Measures a subject beside its floor.
pub fn beside(floor: &mut dyn FnMut(), subject: &mut dyn FnMut()) -> Measured {
    let (floor_repeats, subject_repeats) = (repeats(floor), repeats(subject));
    let (mut floors, mut subjects, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (one, other) = (round(floor, floor_repeats), round(subject, subject_repeats));
        ratios.push(one.as_secs_f64() / other.as_secs_f64());
        floors.push(one);
        subjects.push(other);
    }
    Measured {
        subject: subjects.into_iter().min().unwrap_or_default(),
        floor: floors.into_iter().min().unwrap_or_default(),
        ratio: median(ratios),
    }
}

/// The mean time of one repetition over at least [`LONG_ROUND_MS`]; all of it counts.
pub fn for_long(work: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    let mut repeats = 0;
    loop {
        work();
        repeats += 1;
        let taken = start.elapsed();
        if taken.as_millis() as u64 >= LONG_ROUND_MS {
            return taken / repeats;
        }
    }
}

/// Measures a peer in turn with several of ours: it always stands between two times of ours, so that the load of a
/// neighbour that comes or goes falls on both. It tells the mean time of one repetition over a round as long as
/// [`for_long`]'s.
pub fn in_turn<E>(
    peer: &mut dyn FnMut() -> Result<Duration, E>,
    ours: &mut [&mut dyn FnMut()],
) -> Result<Against, E> {
    let all = |ours: &mut [&mut dyn FnMut()]| -> Vec<f64> {
        ours.iter_mut().map(|work| for_long(*work).as_secs_f64()).collect()
    };
    // The first round of each warms up.
    peer()?;
    all(ours);
    let (mut peers, mut times) = (Vec::new(), vec![Vec::new(); ours.len()]);
    let mut before = all(ours);
    for _ in 0..LONG_ROUNDS {
        let taken = peer()?.as_secs_f64();
        let after = all(ours);
        for (times, (before, after)) in times.iter_mut().zip(before.iter().zip(&after)) {
            times.push(2.0 * taken / (before + after));
        }
        peers.push(taken);
        before = after;
    }
    let peer = Duration::from_secs_f64(median(peers));
    Ok(Against { peer, times: times.into_iter().map(median).collect() })
}

/// How much more two threads do than one in the same time, by each work: all in turn, the median over all rounds.
pub fn two_threads_over_one(works: &[&(dyn Fn() + Sync)]) -> Vec<f64> {
    let all = |count: usize| -> Vec<f64> { works.iter().map(|work| on_threads(count, *work)).collect() };
    let mut gains = vec![Vec::new(); works.len()];
    let mut before = all(1);
    for _ in 0..LONG_ROUNDS {
        let (two, after) = (all(2), all(1));
        for (number, gains) in gains.iter_mut().enumerate() {
            gains.push((before[number] + after[number]) / two[number]);
        }
        before = after;
    }
    gains.into_iter().map(median).collect()
}

fn on_threads(count: usize, work: &(dyn Fn() + Sync)) -> f64 {
    let start = Instant::now();
    std::thread::scope(|scope| (0..count).for_each(|_| drop(scope.spawn(work))));
    start.elapsed().as_secs_f64()
}

/// The best time of a few repetitions, for what takes long.
pub fn alone(times: usize, work: &mut dyn FnMut()) -> Duration {
    work();
    (0..times)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}
