//! Documents mutated by a seed, as trees and as bytes, for as long as one wishes: `just soak-diff`.
//!
//! A case is its seed alone: document, edits and cuts follow from it and from the recorded files, which are sorted. A seed
//! that fails is kept in `soak-regressions.txt`, and is tried first from then on.

use std::io::Write as _;
use std::panic;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::reference::{check, document, edits, mutate, of_data, rule_sets};
use crate::rules::Rules;
use crate::tape::{STACK_BYTES, Tape};

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/soak-regressions.txt");

/// Cases of an ordinary run.
const CASES: u64 = 300;

/// What a seed gives.
struct Made {
    runner: TestRunner,
}

impl Made {
    fn from_seed(seed: u64) -> Made {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Made { runner: TestRunner::new_with_rng(Config::default(), rng) }
    }

    fn of<S: Strategy>(&mut self, strategy: &S) -> S::Value {
        strategy.new_tree(&mut self.runner).expect("every value is allowed").current()
    }

    fn below(&mut self, end: usize) -> usize {
        self.of(&(0..end.max(1)))
    }
}

/// A recorded document, or a made one.
fn text(made: &mut Made, recorded: &[PathBuf]) -> String {
    let picked = made.below(recorded.len() + recorded.len() / 2 + 1);
    recorded
        .get(picked)
        .and_then(|path| std::fs::read_to_string(path).ok())
        .filter(|text| Tape::new().parse(text).is_ok())
        .unwrap_or_else(|| made.of(&document()))
}

/// Some bytes gone, doubled, or others in their place; UTF-8 as far as it can be.
fn cut(made: &mut Made, text: &str) -> String {
    const PIECES: [&str; 16] =
        ["", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", "0", "-1e5", "null", " ", "\u{1}", "é"];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=made.below(3) {
        let at = made.below(bytes.len());
        let end = (at + made.below(9)).min(bytes.len());
        let piece = match made.below(3) {
            0 => {
                let from = made.below(bytes.len());
                bytes[from..(from + made.below(40)).min(bytes.len())].to_vec()
            }
            _ => PIECES[made.below(PIECES.len())].as_bytes().to_vec(),
        };
        bytes.splice(at..end, piece);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// All parsers take the same texts, give the same nodes, and refuse the same ones at the same place.
fn parsers_agree(text: &str, like: &str) -> bool {
    let (mut plain, mut quick, mut guided, mut guide) = (Tape::new(), Tape::new(), Tape::new(), Tape::new());
    let expected = plain.parse_plainly(text);
    let outcome = quick.parse(text).map(|_| ());
    assert_eq!(outcome, expected, "{text}");
    let like = guide.parse(like).expect("the guide is JSON");
    let outcome = guided.parse_like(text, like).map(|_| ());
    assert_eq!(outcome, expected, "{text}\nlike {}", like.text());
    if expected.is_ok() {
        assert_eq!(quick.nodes, plain.nodes, "{text}");
        assert_eq!(guided.nodes, plain.nodes, "{text}\nlike {}", like.text());
    }
    expected.is_ok()
}

fn case(seed: u64, recorded: &[PathBuf], rules: &[Rules]) {
    let mut made = Made::from_seed(seed);
    let legacy = text(&mut made, recorded);
    let new = match made.below(8) {
        0 => text(&mut made, recorded),
        1..4 => cut(&mut made, &legacy),
        _ => {
            let edits = made.of(&edits());
            mutate(&legacy, &edits)
        }
    };
    if parsers_agree(&new, &legacy) {
        check(&rules[made.below(rules.len())], &legacy, &new);
    }
}

fn kept() -> Vec<u64> {
    let text = std::fs::read_to_string(KEPT).unwrap_or_default();
    text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

fn keep(seed: u64) {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(KEPT);
    file.and_then(|mut file| writeln!(file, "{seed}")).expect("the failing seed is kept");
}

#[test]
fn soak_documents_cut_and_edited_by_a_seed_differ_as_the_plain_diff_says() {
    // Some recorded documents are as deep as the limit allows.
    let soaked = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(soak);
    if let Err(cause) = soaked.expect("the machine starts one more thread").join() {
        panic::resume_unwind(cause);
    }
}

#[expect(
    clippy::print_stderr,
    clippy::disallowed_types,
    reason = "a run of so many seconds says what it did"
)]
fn soak() {
    let seconds = std::env::var("CUTOVER_SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
    let start = Instant::now();
    let (_, recorded) = of_data();
    let rules = rule_sets();
    let from = std::env::var("CUTOVER_SOAK_SEED").ok().and_then(|text| text.parse().ok());
    // Another set of cases each time that a soak is asked for.
    let by_clock = || std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos() as u64);
    let from = from.unwrap_or_else(|| if seconds.is_some() { by_clock() } else { 0 });
    let goes_on = |tried: u64| match seconds {
        Some(seconds) => start.elapsed() < Duration::from_secs(seconds),
        None => tried < CASES,
    };
    let mut seeds = kept().into_iter().chain((0..).map(|step| from.wrapping_add(step)));
    let mut tried = 0;
    while goes_on(tried) {
        let seed = seeds.next().expect("seeds do not end");
        let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| case(seed, &recorded, &rules)));
        if let Err(cause) = outcome {
            eprintln!("seed {seed} fails");
            if !kept().contains(&seed) {
                keep(seed);
            }
            panic::resume_unwind(cause);
        }
        tried += 1;
    }
    eprintln!(
        "soak: {tried} cases from seed {from} in {} s, over {} recorded documents",
        start.elapsed().as_secs(),
        recorded.len()
    );
}
