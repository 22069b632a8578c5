//! Streams with a known rate: how often a bound says "small enough" when it is not. Makes the tables of `docs/statistics.md`.
//!
//! `CUTOVER_BLESS=1 cargo test -p evidence simulated` writes them anew. The seed is fixed: the tables are the same each time.

use std::fmt::Write as _;

use super::exact::lower_tail;
use super::noise::Discordant;
use super::*;

/// Streams for one line of a table. The standard error of a false-pass rate of 5 % is then half a percent.
const STREAMS: u64 = 2_000;

/// Pairs in a stream at which one looks once, and up to which one watches.
const PAIRS: u64 = 600;

/// Without an event, one look needs so many for the target at 95 %.
const CLEAN_PAIRS: u64 = 299;

/// Listed accounts, all observed.
const ACCOUNTS: u64 = 100;

const TARGET: f64 = 0.01;

/// SplitMix64 (Steele, Lea and Flood 2014): small, seeded, and shared with nothing that is tested.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn happens(&mut self, rate: f64) -> bool {
        ((self.next() >> 11) as f64) < rate * (1_u64 << 53) as f64
    }
}

/// Accounts of which the first few differ at one rate and the others never, so that pairs of one account are correlated.
pub(crate) struct Population {
    accounts: u64,
    bad: u64,
    rate: f64,
}

impl Population {
    /// With a mean rate over all accounts, and as near as whole accounts allow to a correlation within them.
    pub(crate) fn of(accounts: u64, mean: f64, correlation: f64) -> Population {
        let rate = (correlation + mean * (1.0 - correlation)).max(f64::MIN_POSITIVE);
        let bad = (accounts as f64 * mean / rate).round().clamp(1.0, accounts as f64);
        Population { accounts, bad: bad as u64, rate: accounts as f64 * mean / bad }
    }

    pub(crate) fn correlation(&self) -> f64 {
        let mean = self.rate * self.bad as f64 / self.accounts as f64;
        (self.rate - mean) / (1.0 - mean)
    }

    pub(crate) fn pair(&self, account: u64, random: &mut Random) -> bool {
        account < self.bad && random.happens(self.rate)
    }
}

/// Whether so many independent pairs, or parts of one, show the rate to be below the target.
pub(crate) fn is_below(pairs: f64, events: f64, question: Question) -> bool {
    Effective { pairs, events }.is_below(question.target, question)
}

/// How a stream is looked at.
#[derive(Clone, Copy)]
enum Watcher {
    /// The bound of one look, at the end.
    Once,
    /// The bound for watching, after every pair.
    Watched,
    /// The bound of one look, wrongly, after every pair.
    Peeking,
}

/// Whether the stream is ever said to be below the target.
fn passes(population: &Population, pairs: u64, watcher: Watcher, random: &mut Random) -> bool {
    let look = match watcher {
        Watcher::Once | Watcher::Peeking => Look::Once,
        Watcher::Watched => Look::Watched,
    };
    let question = Question { confidence: 0.95, look, target: TARGET };
    let mut clusters = vec![Cluster::default(); ACCOUNTS as usize];
    let mut events = 0;
    for seen in 1..=pairs {
        let account = random.below(ACCOUNTS);
        let happened = u64::from(population.pair(account, random));
        let cluster = &mut clusters[account as usize];
        cluster.pairs += 1;
        cluster.events += happened;
        events += happened;
        let is_looked_at = match watcher {
            Watcher::Once => seen == pairs,
            // Before the first pair at which even a clean stream passes there is nothing to see.
            Watcher::Watched | Watcher::Peeking => seen >= CLEAN_PAIRS,
        };
        // Clustering only raises a bound, so most moments are told without it.
        let alone = Effective { pairs: seen as f64, events: events as f64 };
        if is_looked_at && alone.is_below(TARGET, question) && is_small(&clusters, question) {
            return true;
        }
    }
    false
}

/// As [`RateBound::meets`], without counting the pairs that lack.
fn is_small(clusters: &[Cluster], question: Question) -> bool {
    let design_effect = clusters::design_effect(clusters);
    let sum = |of: fn(&Cluster) -> u64| clusters.iter().map(of).sum::<u64>() as f64 / design_effect;
    Effective { pairs: sum(|it| it.pairs), events: sum(|it| it.events) }.is_below(question.target, question)
}

fn share_of_passes(mean: f64, correlation: f64, pairs: u64, watcher: Watcher) -> f64 {
    let population = Population::of(ACCOUNTS, mean, correlation);
    let mut random = Random(0x5eed_0000 ^ pairs);
    let passes = (0..STREAMS).filter(|_| passes(&population, pairs, watcher, &mut random)).count();
    passes as f64 / STREAMS as f64
}

/// The true rate is a hair above what is allowed: every pass is false.
fn false_passes() -> String {
    let mut table = String::from(
        "| correlation within accounts | one look, after 600 pairs | watched, after every pair | one look's bound, wrongly watched |\n\
         |---|---|---|---|\n",
    );
    for correlation in [0.0, 0.05, 0.3] {
        let share = |watcher| share_of_passes(TARGET * 1.000_001, correlation, PAIRS, watcher);
        let (once, watched, peeking) =
            (share(Watcher::Once), share(Watcher::Watched), share(Watcher::Peeking));
        // Three standard errors of the simulation above the level that is promised.
        assert!(once <= 0.065, "one look errs in {once} of streams, at a correlation of {correlation}");
        assert!(watched <= 0.065, "watching errs in {watched} of streams, at a correlation of {correlation}");
        let real = Population::of(ACCOUNTS, TARGET, correlation).correlation().max(0.0);
        let _ = writeln!(
            table,
            "| {real:.2} | {:.1} % | {:.1} % | {:.1} % |",
            once * 100.0,
            watched * 100.0,
            peeking * 100.0
        );
    }
    table
}

/// How often a rate that is small enough is found to be.
fn power() -> String {
    let mut table = String::from(
        "| true rate | pairs | one look | watched |\n\
         |---|---|---|---|\n",
    );
    for (rate, pairs) in
        [(0.0, 299), (0.0, 400), (0.001, 600), (0.001, 1_500), (0.003, 1_500), (0.005, 3_000)]
    {
        let share = |watcher| share_of_passes(rate, 0.0, pairs, watcher);
        let (once, watched) = (share(Watcher::Once) * 100.0, share(Watcher::Watched) * 100.0);
        let _ = writeln!(table, "| {:.1} % | {pairs} | {once:.0} % | {watched:.0} % |", rate * 100.0);
    }
    table
}

/// A field on three answers to each of a number of requests: legacy, its repeat, and new.
struct Field {
    /// How often an answer deviates for no reason.
    noise: f64,
    /// How often new deviates for a reason.
    change: f64,
    pairs: u64,
}

/// What a rule makes of a field: the share of runs in which it reports a change, by Diffy's rule and by ours.
fn reports_of(field: &Field) -> (f64, f64) {
    let mut random = Random(0xd1ff);
    let (mut diffy, mut ours) = (0, 0);
    for _ in 0..STREAMS {
        let (mut raw, mut noise) = (0_u64, 0_u64);
        let mut discordant = Discordant::default();
        for _ in 0..field.pairs {
            // Each deviation gives a value of its own.
            let legacy = random.happens(field.noise);
            let repeat = random.happens(field.noise) | legacy;
            let new = random.happens(field.noise) | random.happens(field.change) | legacy;
            raw += u64::from(new);
            noise += u64::from(repeat);
            discordant.only_new += u64::from(new && !repeat);
            discordant.only_repeat += u64::from(repeat && !new);
        }
        let sum = (raw + noise).max(1) as f64;
        diffy += u64::from(raw > noise && (raw - noise) as f64 / sum > 0.2);
        ours += u64::from(discordant.exceeds_noise(0.95));
    }
    (diffy as f64 / STREAMS as f64, ours as f64 / STREAMS as f64)
}

fn noise() -> String {
    let mut table =
        String::from("| field | pairs | Diffy's rule | only-new against only-repeat |\n|---|---|---|---|\n");
    let hidden = Field { noise: 0.1, change: 0.1, pairs: 1_000 };
    let quiet = Field { noise: 0.005, change: 0.0, pairs: 50 };
    let loud = Field { noise: 0.1, change: 0.0, pairs: 1_000 };
    for (what, field) in [
        ("noise in 20 % of pairs, a true change in 10 %", &hidden),
        ("noise in 20 % of pairs, no change", &loud),
        ("noise in 1 % of pairs, no change", &quiet),
    ] {
        let (diffy, ours) = reports_of(field);
        let _ =
            writeln!(table, "| {what} | {} | {:.0} % | {:.0} % |", field.pairs, diffy * 100.0, ours * 100.0);
        let is_right = if field.change > 0.0 { ours > 0.99 } else { ours <= 0.065 };
        assert!(is_right, "{what}: ours reports a change in {ours} of runs");
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may read and write the page that it is about")]
fn bounds_err_no_more_often_than_they_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/statistics.md");
    let page = std::fs::read_to_string(path).expect("docs/statistics.md is there");
    let mut made = page.clone();
    for (name, table) in [("false passes", false_passes()), ("power", power()), ("noise", noise())] {
        let (begin, end) = (format!("<!-- {name}: made by a test -->\n"), format!("<!-- end of {name} -->"));
        let from = made.find(&begin).expect("the page has the table's begin") + begin.len();
        let to = made.find(&end).expect("the page has the table's end");
        made.replace_range(from..to, &table);
    }
    if std::env::var_os("CUTOVER_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, &made).expect("docs/statistics.md can be written");
        return;
    }
    assert_eq!(page, made, "run it with CUTOVER_BLESS=1 to write the tables anew");
}

#[test]
fn a_bound_that_forgets_the_level_is_caught_by_the_simulation() {
    // As one look's bound would be at 80 % instead of 95 %: the simulation tells.
    let population = Population::of(ACCOUNTS, TARGET * 1.000_001, 0.0);
    let mut random = Random(7);
    let lax = (0..STREAMS).filter(|_| {
        let events = (0..PAIRS).filter(|_| population.pair(random.below(ACCOUNTS), &mut random)).count();
        lower_tail(Effective { pairs: PAIRS as f64, events: events as f64 }, TARGET) <= 0.2
    });
    assert!(lax.count() as f64 / STREAMS as f64 > 0.1);
}
