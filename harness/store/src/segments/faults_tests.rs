//! Every call to the disk fails in turn, and the machine stops before every call: nothing acknowledged is lost, nothing torn is
//! read, nothing is there twice.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use compare::model::{Body, Exchange, Headers, Outcome, Pair, Response};

use super::faulty::{Fault, FaultyDisk, Unsynced};
use super::folder::segments;
use super::{FileSystem, Lost, Segment, SegmentWriter, Settings, recover};
use crate::format;

const FOLDER: &str = "segments";

/// Small segments and blocks, so that a few pairs come over every edge.
fn settings(writer: &str) -> Settings {
    Settings {
        commit_interval: Duration::ZERO,
        segment_bytes_max: 1_500,
        block_bytes: 700,
        ..Settings::new(writer.to_owned(), Arc::new(|| Duration::ZERO))
    }
}

fn pair(number: u32) -> Pair {
    let response = Response {
        status: 200,
        headers: Headers::new(),
        body: Body::Json(format!(
            "{{\"n\":{number},\"text\":\"{}\"}}",
            "x".repeat(number as usize * 11 % 90)
        )),
    };
    let outcome = Outcome::Response(response);
    let exchange = Exchange { started_at: None, elapsed_ms: None, request: None, outcome };
    Pair {
        id: format!("a.b/{number}"),
        operation: "a.b".to_owned(),
        legacy: vec![exchange.clone()],
        new: vec![exchange],
        ..Pair::default()
    }
}

/// What the writer said of each pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Acknowledged,
    NotWritten,
    Unknown,
}

/// Appends pairs one after the other, and again what is said not to have been written.
fn run(disk: &FaultyDisk, writer: &str, numbers: std::ops::Range<u32>) -> BTreeMap<u32, Said> {
    let mut said = BTreeMap::new();
    let files: Arc<dyn FileSystem> = Arc::new(disk.clone());
    let Ok(writer) = SegmentWriter::open(files, Path::new(FOLDER), settings(writer)) else { return said };
    for number in numbers {
        let append = || match writer.append(&pair(number)).map(|ticket| ticket.wait()) {
            Ok(Ok(())) => Said::Acknowledged,
            Ok(Err(Lost::NotWritten { .. })) => Said::NotWritten,
            Ok(Err(Lost::Unknown { .. })) => Said::Unknown,
            Err(error) => panic!("the writer takes every pair: {error}"),
        };
        let first = append();
        said.insert(number, if first == Said::NotWritten { append() } else { first });
    }
    writer.close();
    said
}

/// How often each pair is read, after the next writer has been there.
fn read(disk: &FaultyDisk) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    for path in segments(disk, Path::new(FOLDER)).expect("the disk is well") {
        let segment = Segment::open(disk.open(&path).expect("the disk is well")).expect("it is a segment");
        for (line, text) in segment.records() {
            let text = text.unwrap_or_else(|problem| panic!("{}:{line}: {problem}", path.display()));
            let read = format::parse(&text).expect("it is a pair");
            let number = read.id.trim_start_matches("a.b/").parse().expect("it is one of ours");
            assert_eq!(format::to_line(&pair(number)), text, "it is as it was written");
            *found.entry(number).or_default() += 1;
        }
    }
    found
}

fn check(disk: &FaultyDisk, said: &BTreeMap<u32, Said>, what: &str) {
    recover(disk, Path::new(FOLDER)).expect("the disk is well");
    let found = read(disk);
    for (number, said) in said {
        let times = found.get(number).copied().unwrap_or_default();
        let is_right = match said {
            Said::Acknowledged => times == 1,
            Said::NotWritten => times == 0,
            Said::Unknown => times <= 1,
        };
        assert!(is_right, "{what}: pair {number} was {said:?} and is read {times} times");
    }
    assert!(found.keys().all(|number| said.contains_key(number)), "{what}: no pair that nobody appended");
}

/// Calls the disk fails at, one after the other, until a run completes untouched; says how many there were.
fn every_call(fault: Fault, mut one: impl FnMut(&FaultyDisk, u64)) -> u64 {
    for call in 1.. {
        assert!(call < 2_000, "a run has an end");
        let disk = FaultyDisk::fails_at(call, fault);
        one(&disk, call);
        if !disk.was_struck() {
            return call - 1;
        }
    }
    unreachable!("the loop ends")
}

#[test]
fn whichever_call_fails_what_was_acknowledged_is_read_once() {
    for fault in [Fault::Fails, Fault::Half, Fault::NoRoom, Fault::Dead] {
        let calls = every_call(fault, |disk, call| {
            let said = run(disk, "w", 0..20);
            // The disk is well again: the machine was not switched off.
            let disk = disk.after_crash(Unsynced::Kept);
            check(&disk, &said, &format!("{fault:?} at call {call}"));
        });
        assert!(calls > 40, "{fault:?}: a run has many calls, not {calls}");
    }
}

#[test]
fn one_failing_call_costs_at_most_the_pairs_that_it_concerned() {
    every_call(Fault::Fails, |disk, call| {
        let said = run(disk, "w", 0..20);
        let lost = said.values().filter(|said| **said != Said::Acknowledged).count();
        assert!(
            said.is_empty() || lost == 0,
            "call {call}: appended again, all 20 are there, but for {lost}"
        );
    });
}

#[test]
fn whenever_the_machine_stops_what_was_acknowledged_is_read_once() {
    for unsynced in [Unsynced::Gone, Unsynced::Kept, Unsynced::Half, Unsynced::Zeros] {
        every_call(Fault::Crash, |disk, call| {
            let said = run(disk, "w", 0..20);
            let disk = disk.after_crash(unsynced);
            check(&disk, &said, &format!("stopped before call {call}, {unsynced:?}"));
        });
    }
}

#[test]
fn whenever_the_machine_stops_again_while_it_recovers_nothing_more_is_lost() {
    // Stopped once in the middle of a segment, and then before each call of the next writer.
    let first = FaultyDisk::fails_at(40, Fault::Crash);
    let said = run(&first, "w", 0..20);
    for unsynced in [Unsynced::Gone, Unsynced::Kept, Unsynced::Half, Unsynced::Zeros] {
        let calls = every_call(Fault::Crash, |again, call| {
            again.begin_with(&first.after_crash(Unsynced::Half));
            let mut said = said.clone();
            said.extend(run(again, "x", 100..110));
            check(
                &again.after_crash(unsynced),
                &said,
                &format!("stopped again before call {call}, {unsynced:?}"),
            );
        });
        assert!(calls > 20, "there are many calls, not {calls}");
    }
}

#[test]
fn a_judge_notices_a_disk_that_lies() {
    // A disk that says that it has synced and has not: the guarantee cannot hold, and the test above must see that.
    let disk = FaultyDisk::default();
    let said = run(&disk, "w", 0..20);
    disk.forget_syncs();
    let disk = disk.after_crash(Unsynced::Gone);
    let seen = std::panic::catch_unwind(|| check(&disk, &said, "a lie"));
    assert!(seen.is_err(), "lost pairs are noticed");
}
