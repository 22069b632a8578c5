//! Whole gates on streams with a known rate: how often one passes that must not, and how often one passes that may. Makes
//! tables of `docs/statistics.md`.
//!
//! `CUTOVER_BLESS=1 cargo test -p evidence gates_err` writes them anew. The seed is fixed: the tables are the same each time.

use std::fmt::Write as _;

use compare::answer::{Answer as Sides, Content};
use compare::diff::{Comparer, Comparison, Scope};
use compare::model::Headers;
use compare::noise;
use compare::rules::{Rules, RulesInput};
use compare::tape::Tape;
use compare::tolerance::Day;
use compare::verdict::{Judgement, Reason, ReasonCode, Verdict};
use compare::volatile::{Volatility, diffy_flags};

use super::demands::Demands;
use super::mapping_change::{DifferenceGroup, SnapshotComparison};
use super::name::GateName;
use super::reading::Answer;
use super::world::{OPERATION, World};
use crate::bounds::simulated_tests::{Population, Random, is_below};
use crate::bounds::{Cluster, Look, Question, RateBound};

/// Streams for one cell. The standard error of a false-pass rate of 5 % is then seven tenths of a percent.
const STREAMS: u64 = 1_000;

/// For one cell of power, where nearly every stream asks the whole gate: the standard error is at most five percent.
const STREAMS_OF_POWER: u64 = 100;

/// The true rate over what is allowed: above it also where a few clean pairs stand beside the stream.
const ABOVE: f64 = 1.005;

/// Three standard errors above the level that is promised.
const FALSE_PASSES_MAX: f64 = 0.05 + 3.0 * 0.007;

/// Enough for three of them to differ at a third of their pairs, where a thousandth of all pairs does.
const ACCOUNTS: u64 = 1_000;

/// One stream: the pairs of each account and those of them that differ, with the sums that their variance is made of.
struct Stream {
    clusters: Vec<Cluster>,
    pairs: u64,
    events: u64,
    /// Of each account's pairs squared, its differences squared, and both multiplied.
    squares: [u64; 3],
}

impl Stream {
    fn new() -> Stream {
        Stream { clusters: vec![Cluster::default(); ACCOUNTS as usize], pairs: 0, events: 0, squares: [0; 3] }
    }

    /// The next pair: each account once, so that all are observed, then any.
    fn next(&mut self, population: &Population, random: &mut Random) -> bool {
        let account = if self.pairs < ACCOUNTS { self.pairs } else { random.below(ACCOUNTS) };
        let happened = population.pair(account, random);
        let cluster = &mut self.clusters[account as usize];
        let of = |cluster: &Cluster| {
            [cluster.pairs * cluster.pairs, cluster.events * cluster.events, cluster.pairs * cluster.events]
        };
        let before = of(cluster);
        cluster.pairs += 1;
        cluster.events += u64::from(happened);
        for ((sum, now), before) in self.squares.iter_mut().zip(of(cluster)).zip(before) {
            *sum += now - before;
        }
        self.pairs += 1;
        self.events += u64::from(happened);
        happened
    }

    /// As the gate's bound, from the sums: after every pair of thousands of streams there is no time to add up accounts.
    fn is_small(&self, question: Question) -> bool {
        let [pairs, events, both] = self.squares.map(|sum| sum as f64);
        let (n, k) = (self.pairs as f64, self.events as f64);
        let (rate, accounts) = (k / n, self.pairs.min(ACCOUNTS) as f64);
        let mut design_effect = 1.0_f64;
        if self.events > 0 && self.events < self.pairs && accounts >= 2.0 {
            let spread = events - 2.0 * rate * both + rate * rate * pairs;
            design_effect = (accounts / (accounts - 1.0) * spread / (n * rate * (1.0 - rate))).max(1.0);
        }
        is_below(n / design_effect, k / design_effect, question)
    }

    /// Whether the gate passes on what was seen so far, where everything else holds.
    fn passes(&self, gate: GateName, look: Look) -> bool {
        let mut world = World::passing(gate);
        world.demands.look = look;
        world.observe(&self.clusters);
        world.decide().answer == Answer::Pass
    }
}

/// The pairs from which on a stream with so many differences may pass, had they nothing to do with accounts.
fn pairs_needed(events: u64, question: Question) -> u64 {
    let seen = [Cluster { pairs: events, events }];
    events + RateBound::of(&seen, question).more_pairs.unwrap_or(u64::MAX / 2)
}

fn question(gate: GateName, look: Look) -> Question {
    let demands = Demands::of(gate);
    Question { confidence: demands.confidence, look, target: demands.max_difference_rate }
}

/// The share of streams on which the gate passes: read at the end, or after every pair.
fn share_of_passes(
    gate: GateName,
    (mean, correlation): (f64, f64),
    pairs: u64,
    (look, streams): (Look, u64),
) -> f64 {
    let population = Population::of(ACCOUNTS, mean, correlation);
    let mut random = Random(0x6a7e_0000 ^ pairs);
    let question = question(gate, look);
    let needed = (0..40).map(|events| pairs_needed(events, question)).collect::<Vec<_>>();
    let mut passes = 0_u64;
    for _ in 0..streams {
        let mut stream = Stream::new();
        let mut has_passed = false;
        while stream.pairs < pairs && !has_passed {
            stream.next(&population, &mut random);
            // Until each account was observed the gate cannot pass.
            let is_looked_at = stream.pairs == pairs || (look == Look::Watched && stream.pairs >= ACCOUNTS);
            // Accounts only raise a bound, so most moments are told without asking the gate.
            let may_pass = needed.get(stream.events as usize).is_some_and(|needed| stream.pairs >= *needed);
            has_passed =
                is_looked_at && may_pass && { stream.is_small(question) && stream.passes(gate, look) };
        }
        passes += u64::from(has_passed);
    }
    passes as f64 / streams as f64
}

/// `mapping-change` claims nothing of pairs that it has not seen: it may not pass where a pair differs that nobody accepted.
fn passes_with_a_difference(correlation: f64) -> f64 {
    let population = Population::of(ACCOUNTS, 0.001, correlation);
    let mut random = Random(0x6a7e_3333);
    let (mut differing, mut passes) = (0_u64, 0_u64);
    for _ in 0..STREAMS / 10 {
        let mut stream = Stream::new();
        for _ in 0..3_000 {
            stream.next(&population, &mut random);
        }
        if stream.events == 0 {
            continue;
        }
        differing += 1;
        let mut world = World::passing(GateName::MappingChange);
        world.observe(&stream.clusters);
        let kind = compare::difference::Kind::Value;
        let group = DifferenceGroup {
            operation: OPERATION.to_owned(),
            field: "$.x".to_owned(),
            kind,
            pairs: stream.events,
        };
        world.accept(SnapshotComparison { unaccepted: vec![group], ..SnapshotComparison::default() });
        passes += u64::from(world.decide().answer == Answer::Pass);
    }
    passes as f64 / differing.max(1) as f64
}

fn false_passes() -> String {
    let mut table = String::from(
        "| gate | allowed | correlation within accounts | one look | watched, after every pair |\n|---|---|---|---|---|\n",
    );
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    for (gate, pairs) in [(GateName::TokenImport, 1_500), (GateName::WriteCutover, 6_000)] {
        let target = Demands::of(gate).max_difference_rate;
        for correlation in [0.0, 0.05, 0.3] {
            let [once, watched] = [Look::Once, Look::Watched]
                .map(|look| share_of_passes(gate, (target * ABOVE, correlation), pairs, (look, STREAMS)));
            assert!(once <= FALSE_PASSES_MAX, "{} errs in {once} at {correlation}", gate.text());
            assert!(
                watched <= FALSE_PASSES_MAX,
                "{}, watched, errs in {watched} at {correlation}",
                gate.text()
            );
            let real = Population::of(ACCOUNTS, target, correlation).correlation().max(0.0);
            let (name, allowed) = (gate.text(), super::words::percent(target));
            let _ = writeln!(
                table,
                "| `{name}` | {allowed} | {real:.2} | {} | {} |",
                percent(once),
                percent(watched)
            );
        }
    }
    for correlation in [0.0, 0.05, 0.3] {
        let passes = passes_with_a_difference(correlation);
        assert!(passes <= 0.0, "mapping-change passes with a difference in {passes} of streams");
        let real = Population::of(ACCOUNTS, 0.001, correlation).correlation().max(0.0);
        let shown = percent(passes);
        let _ = writeln!(table, "| `mapping-change` | none that is seen | {real:.2} | {shown} | {shown} |");
    }
    table
}

fn power() -> String {
    let mut table =
        String::from("| gate | true rate | pairs | one look | watched |\n|---|---|---|---|---|\n");
    let cells = [
        (GateName::TokenImport, 0.0, 300),
        (GateName::TokenImport, 0.001, 1_500),
        (GateName::WriteCutover, 0.0, 3_000),
        (GateName::WriteCutover, 0.0, 3_800),
        (GateName::WriteCutover, 0.000_1, 6_000),
        (GateName::WriteCutover, 0.000_3, 10_000),
    ];
    for (gate, rate, pairs) in cells {
        // Fewer pairs than accounts would leave some of them unobserved.
        let pairs = pairs.max(ACCOUNTS);
        let [once, watched] = [Look::Once, Look::Watched]
            .map(|look| share_of_passes(gate, (rate, 0.0), pairs, (look, STREAMS_OF_POWER)) * 100.0);
        if rate <= 0.0 {
            assert!(once > 99.9, "{} does not pass on {pairs} clean pairs", gate.text());
        }
        let _ = writeln!(
            table,
            "| `{}` | {:.2} % | {pairs} | {once:.0} % | {watched:.0} % |",
            gate.text(),
            rate * 100.0
        );
    }
    table
}

/// A field over legacy, its repeat and new: how often an answer deviates for no reason, and new for a reason.
struct Field {
    noise: f64,
    change: f64,
    pairs: u64,
    runs: u64,
}

/// What one pair comes to where legacy says 1, its repeat and new 1 or another number; by the real comparison.
pub fn pair(repeat: u8, new: u8) -> Judgement {
    let rules = Rules::compile(RulesInput {
        operation: OPERATION,
        as_of: Day { year: 2026, month: 11, day: 20 },
        tolerances: Vec::new(),
        keys: Vec::new(),
        headers: Vec::new(),
        compile_when: &|_| Err("there is none".to_owned()),
    });
    let rules = rules.expect("there is nothing to compile");
    let mut comparer = Comparer::new(&rules);
    let mut tapes = [Tape::new(), Tape::new(), Tape::new()];
    let texts = [1, repeat, new].map(|value| format!("{{\"score\":{value}}}"));
    let headers = Headers::default();
    let [legacy, repeat, new] = {
        let mut each = tapes.iter_mut().zip(&texts).map(|(tape, text)| tape.parse(text).expect("it is JSON"));
        [(); 3].map(|()| each.next().expect("there are three"))
    };
    let content = |json| Sides::Content { status: Some(200), headers: &headers, body: Content::Json(json) };
    let scope = Scope { account: None, integration: None };
    let mut found = Comparison::default();
    compare::answer::answers(&mut comparer, content(legacy), content(new), scope, &mut found);
    let repeats = noise::measure(&mut comparer, content(legacy), &[content(repeat)], scope);
    let mut volatility = Volatility::default();
    volatility.add(Some(legacy), &repeats, &found.differences);
    let mut judged = super::world::judgement("acme", Verdict::Same);
    judged.volatility = volatility;
    judged.verdict = match repeats.noise.reason(&found) {
        Some(Reason { code: ReasonCode::Noise, detail }) => {
            Verdict::Undecided(Reason { code: ReasonCode::Noise, detail })
        }
        _ if found.total > 0 => Verdict::Different,
        _ => Verdict::Same,
    };
    if judged.verdict == Verdict::Different {
        judged.differences_total = found.total;
        judged.differences = found.differences;
    }
    judged
}

/// The share of runs in which Diffy's rule reports the field, and in which `write-cutover` fails or passes.
fn decided(field: &Field) -> [f64; 3] {
    // Each deviation gives a value of its own.
    let outcomes = [pair(1, 1), pair(2, 1), pair(1, 3), pair(2, 3)];
    let mut random = Random(0xd1ff);
    let mut shares = [0_u64; 3];
    for _ in 0..field.runs {
        let (mut raw, mut wavering) = (0_u64, 0_u64);
        let mut counts = [0_u64; 4];
        for _ in 0..field.pairs {
            let legacy = random.happens(field.noise);
            let repeat = random.happens(field.noise) | legacy;
            let new = random.happens(field.noise) | random.happens(field.change) | legacy;
            counts[usize::from(repeat) + 2 * usize::from(new)] += 1;
            raw += u64::from(new);
            wavering += u64::from(repeat);
        }
        let mut world = World::passing(GateName::WriteCutover);
        world.replace_pairs(outcomes.iter().zip(counts).map(|(judged, count)| (count, judged.clone())));
        let decision = world.decide();
        let rates = decision.readings.iter().filter(|reading| reading.condition == "difference-rate");
        let answer = rates.map(super::reading::Reading::answer).max().expect("it is asked");
        shares[0] += u64::from(diffy_flags(raw, wavering, field.pairs));
        shares[1] += u64::from(answer == Answer::Fail);
        shares[2] += u64::from(answer == Answer::Pass);
    }
    shares.map(|count| count as f64 / field.runs as f64)
}

fn noisy() -> String {
    let mut table = String::from(
        "| field | pairs | Diffy reports a change | `difference-rate` fails | `difference-rate` passes |\n|---|---|---|---|---|\n",
    );
    let hidden = Field { noise: 0.1, change: 0.1, pairs: 1_000, runs: 100 };
    let loud = Field { noise: 0.1, change: 0.0, pairs: 1_000, runs: 100 };
    let quiet = Field { noise: 0.005, change: 0.0, pairs: 50, runs: 400 };
    for (what, field) in [
        ("noise in 20 % of pairs, a true change in 10 %", &hidden),
        ("noise in 20 % of pairs, no change", &loud),
        ("noise in 1 % of pairs, no change", &quiet),
    ] {
        let [diffy, fails, passes] = decided(field);
        let is_right = if field.change > 0.0 { fails > 0.99 } else { fails <= 0.065 };
        assert!(is_right && passes <= 0.0, "{what}: fails in {fails}, passes in {passes} of runs");
        let _ = writeln!(
            table,
            "| {what} | {} | {:.0} % | {:.0} % | {:.0} % |",
            field.pairs,
            diffy * 100.0,
            fails * 100.0,
            passes * 100.0
        );
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may read and write the page that it is about")]
fn gates_err_no_more_often_than_they_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/statistics.md");
    let page = std::fs::read_to_string(path).expect("docs/statistics.md is there");
    let mut made = page.clone();
    let tables = [
        ("false passes of gates", false_passes()),
        ("power of gates", power()),
        ("noise at a gate", noisy()),
    ];
    for (name, table) in tables {
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
fn fifty_accounts_with_three_thousand_clean_pairs_meet_the_rates_of_write_cutover() {
    let rates = ["difference-rate", "error-parity", "throttled-rate", "undecided-rate", "accounts-observed"];
    let decided = |observed: u64| {
        let mut world = World::passing(GateName::WriteCutover);
        let clusters = (0..observed)
            .map(|_| Cluster { pairs: 3_000_u64.div_ceil(observed), events: 0 })
            .collect::<Vec<_>>();
        world.observe(&clusters);
        world.list_accounts(50);
        let readings = world.decide().readings;
        let of_rates = readings.into_iter().filter(|reading| rates.contains(&reading.condition.as_str()));
        of_rates.filter(|reading| reading.answer() != Answer::Pass).collect::<Vec<_>>()
    };
    assert_eq!(decided(50), Vec::new());
    let missing = decided(49);
    let told =
        missing.iter().map(|reading| (reading.condition.as_str(), reading.about.as_str(), reading.answer()));
    assert_eq!(told.collect::<Vec<_>>(), [("accounts-observed", "account 0049", Answer::Inconclusive)]);
}

#[test]
fn a_gate_that_forgets_the_level_is_caught_by_the_simulation() {
    // Read after every pair with the bound of one look: the simulation tells.
    let population = Population::of(ACCOUNTS, 0.01 * 1.000_001, 0.0);
    let mut random = Random(11);
    let gate = GateName::TokenImport;
    let question = question(gate, Look::Once);
    let streams = 300;
    let lax = (0..streams).filter(|_| {
        let mut stream = Stream::new();
        (0..1_500).any(|_| {
            stream.next(&population, &mut random);
            stream.pairs >= ACCOUNTS && stream.is_small(question)
        })
    });
    let share = lax.count() as f64 / f64::from(streams);
    assert!(share > FALSE_PASSES_MAX, "peeking passes in {share} only");
}
