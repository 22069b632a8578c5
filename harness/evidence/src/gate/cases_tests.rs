//! The cases of the gates: `harness/evidence/cases/<gate>/<name>.case`, what is changed in a world that passes, and what then comes out.
//!
//! `CUTOVER_BLESS=1 cargo test -p evidence cases` writes what comes out anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::reading::{Answer, Reading};
use super::world::World;
use super::{Decision, GateName, conditions_of};

const LINE: &str = "---\n";

/// Every case file with its gate, in order.
#[expect(clippy::disallowed_methods, reason = "a test may read its cases")]
fn files() -> Vec<(GateName, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut found = Vec::new();
    for (gate, name) in GateName::ALL {
        let folder = std::fs::read_dir(root.join(name)).expect("each gate has a folder of cases");
        let files = folder.map(|entry| entry.expect("a folder is listed").path());
        found.extend(
            files.filter(|file| file.extension().is_some_and(|end| end == "case")).map(|file| (gate, file)),
        );
    }
    found.sort();
    found
}

/// What a decision says, one reading a line; what holds is left out where something does not.
fn told(decision: &Decision) -> String {
    let mut told = format!("{}\n", decision.answer.name());
    let is_shown = |reading: &&Reading| {
        decision.answer == Answer::Pass || reading.way.answer != Answer::Pass || reading.waived.is_some()
    };
    for reading in decision.readings.iter().filter(is_shown) {
        let Reading { condition, about, way, says, settles, waived, .. } = reading;
        let about = if about.is_empty() { String::new() } else { format!(" [{about}]") };
        let _ = write!(told, "{} {condition} {}{about}: {says}", way.answer.name(), way.why);
        if let Some(settles) = settles {
            let _ = write!(told, " → {settles}");
        }
        if let Some(waiver) = waived {
            let _ = write!(told, " (waived by {} until {}: {})", waiver.owner, waiver.until, waiver.reason);
        }
        told.push('\n');
    }
    told
}

/// Decides a case's file, and holds what comes out against what it says; answers the decision.
#[expect(
    clippy::disallowed_methods,
    reason = "a test may read its cases, and write what comes out where it is asked to"
)]
fn check(gate: GateName, file: &Path) -> Decision {
    let text = std::fs::read_to_string(file).expect("a case is text");
    let (given, expected) = text.split_once(LINE).unwrap_or((&text, ""));
    let mut world = World::passing(gate);
    for line in given.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if let Err(error) = world.change(line) {
            panic!("{}: {error}", file.display());
        }
    }
    let decision = world.decide();
    let found = told(&decision);
    if std::env::var_os("CUTOVER_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(file, format!("{given}{LINE}{found}")).expect("a case can be written");
    } else {
        assert_eq!(expected, found, "{}", file.display());
    }
    decision
}

#[test]
fn each_case_comes_out_as_it_says_and_every_way_of_every_gate_has_one() {
    let mut seen = BTreeSet::new();
    for (gate, file) in files() {
        let decision = check(gate, &file);
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // The name says how it ends, so that a folder shows what is covered.
        let is_said = match decision.answer {
            Answer::Pass => name.starts_with("pass"),
            Answer::Fail => name.starts_with("fail-"),
            Answer::Inconclusive => name.starts_with("inconclusive-"),
        };
        assert!(is_said, "{} comes out as {}", file.display(), decision.answer.name());
        for reading in &decision.readings {
            let known = conditions_of(gate).find(|condition| {
                condition.ways.contains(&reading.way) && condition.name == reading.condition
            });
            // A waiver that has ended is told by the gate itself.
            let condition = known.map_or("waivers", |condition| condition.name);
            seen.insert((gate, condition, reading.way.why));
        }
    }
    let ways = GateName::ALL.into_iter().flat_map(|(gate, _)| {
        let of = move |condition: &'static super::Condition| {
            condition.ways.iter().map(move |way| (gate, condition.name, way.why))
        };
        conditions_of(gate).flat_map(of).chain([(gate, "waivers", "expired")])
    });
    let missing = ways.filter(|way| !seen.contains(way)).collect::<Vec<_>>();
    assert!(missing.is_empty(), "no case shows {missing:#?}");
}

#[test]
fn a_line_that_changes_nothing_is_refused() {
    let mut world = World::passing(GateName::WriteCutover);
    assert_eq!(world.change("without invntory"), Err("`without invntory` changes nothing".to_owned()));
}

#[test]
fn what_is_found_no_waiver_excuses() {
    let mut world = World::passing(GateName::TokenImport);
    for line in ["acme client not ours", "waive client-owned *"] {
        world.change(line).expect("it is a line");
    }
    assert_eq!(world.decide().answer, Answer::Fail);
}
