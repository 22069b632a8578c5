//! Times: subject and floor in turn, so that a neighbour's load falls on both, and the median of their ratios.

use std::time::{Duration, Instant};

/// Rounds of floor and subject in turn.
const ROUNDS: usize = 15;

/// A round repeats its work until it takes at least this long.
const ROUND_MS_MIN: u64 = 12;

/// What was measured of a subject beside its floor.
pub struct Measured {
    /// The best time of one repetition.
    pub subject: Duration,
    /// The same of the floor.
    pub floor: Duration,
    /// Median over the rounds of floor time ÷ subject time.
    pub ratio: f64,
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
    ratios.sort_by(f64::total_cmp);
    Measured {
        subject: subjects.into_iter().min().unwrap_or_default(),
        floor: floors.into_iter().min().unwrap_or_default(),
        ratio: ratios[ratios.len() / 2],
    }
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
