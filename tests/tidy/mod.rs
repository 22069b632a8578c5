//! What this repository promises about itself: the map is true, names stay where they belong, nothing is half there.

mod files;
mod manifests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use compare::tolerance::{Day, parse_tolerances};

use files::{files, harness_files, lines_with, read, refuse_each, root, rust_files, without_tests};
use manifests::{manifest, map_rows, members, path_dependencies};

/// The names of services. What is known of one is data in `mappings/` and the configuration. `truto` is not among them:
/// in Rust it is the name of a language, JSONata with that library of functions.
const PROVIDERS: [&str; 8] =
    ["hubspot", "salesforce", "netsuite", "quickbooks", "jira", "apideck", "merge.dev", "nango"];

/// What a row of the map may say that a crate touches.
const PERMISSIONS: [&str; 6] = ["pure", "process", "disk", "net", "disk, net", "all"];

/// The functions by which the world is read, and the only files of the harness that may call them.
const WORLD: [&str; 8] = [
    "env::var",
    "env::args",
    "env::current_dir",
    "env::temp_dir",
    "Timestamp::now",
    "Zoned::now",
    "SystemTime::now",
    "Instant::now",
];
const READERS_OF_THE_WORLD: [&str; 8] = [
    "harness/bench",
    "harness/bench-mapping",
    "harness/bench-proxy",
    // The proxy measures how long answers take, and gives up on them: by a clock that only counts.
    "harness/capture/src/serve",
    "harness/cli/commands/serve.rs",
    "harness/cli/main.rs",
    "harness/cli/options/world.rs",
    // Cargo tells a build script by the environment where it may write.
    "harness/providers/build.rs",
];

#[test]
fn the_dependency_table_equals_the_manifests() {
    let rows = map_rows();
    let told: Vec<String> =
        rows.iter().map(|[name, _, depends, tests]| format!("| {name} | {depends} | {tests} |")).collect();
    let mut found = Vec::new();
    let members = members();
    // In the order of the map; what the map lacks comes last.
    let place = |name: &str| rows.iter().position(|[told, ..]| told == &format!("`{name}`"));
    let mut names: Vec<&String> = members.keys().collect();
    names.sort_by_key(|name| (place(name).unwrap_or(usize::MAX), *name));
    for name in names {
        let manifest = &members[name].1;
        let depends = path_dependencies(manifest, &["dependencies", "build-dependencies"]);
        let tests = path_dependencies(manifest, &["dev-dependencies"]);
        let listed = |names: &BTreeSet<String>| {
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        found.push(format!("| `{name}` | {} | {} |", listed(&depends), listed(&tests)));
    }
    let lacking = |lines: &[String], others: &[String]| -> Vec<String> {
        lines.iter().filter(|line| !others.contains(line)).cloned().collect()
    };
    let unlike = (lacking(&told, &found), lacking(&found, &told));
    assert_eq!(
        unlike,
        Default::default(),
        "left what only harness/ARCHITECTURE.md says, right only the manifests"
    );
}

#[test]
fn a_pure_crate_refuses_the_world_in_its_clippy_toml() {
    let members = members();
    let mut texts = BTreeSet::new();
    for [name, permission, ..] in map_rows() {
        assert!(PERMISSIONS.contains(&permission.as_str()), "{name} may touch `{permission}`");
        if permission == "pure" {
            let (folder, _) = &members[name.trim_matches('`')];
            texts.insert(read(&folder.join("clippy.toml")));
        }
    }
    assert_eq!(texts.len(), 1, "the pure crates refuse the same");
    let refusals = texts.first().map(String::as_str).unwrap_or_default();
    for refused in
        ["std::fs::read", "std::env::var", "std::time::SystemTime::now", "std::collections::HashMap"]
    {
        assert!(refusals.contains(&format!("\"{refused}\"")), "{refused}");
    }
}

#[test]
fn a_bare_cargo_test_reaches_every_crate_but_the_benchmarks() {
    let manifest = manifest(Path::new("."));
    let defaults = manifest["workspace"]["default-members"].as_array().expect("default-members is a list");
    let defaults: BTreeSet<PathBuf> = defaults.iter().filter_map(|path| path.as_str()).map(root).collect();
    let members = members();
    let tested = members.iter().filter(|(name, _)| !name.starts_with("bench"));
    let tested: BTreeSet<PathBuf> = tested.map(|(_, (folder, _))| folder.clone()).collect();
    assert_eq!(defaults, tested);
}

#[test]
fn the_first_line_of_each_rust_file_says_what_it_is() {
    refuse_each(&rust_files("."), |_, text| {
        let first = text.lines().next().unwrap_or_default();
        let said = first.strip_prefix("//! ").is_some_and(|said| !said.trim().is_empty());
        if said { Vec::new() } else { vec![format!("1: {first}")] }
    });
}

#[test]
fn no_test_is_left_out() {
    let ignore = concat!("#[ign", "ore");
    refuse_each(&rust_files("."), |_, text| lines_with(text, |line| line.trim_start().starts_with(ignore)));
}

#[test]
fn the_harness_knows_no_provider() {
    // Benchmarks are no part of the tool, and make up recordings as services would answer them.
    let files: Vec<PathBuf> =
        harness_files().into_iter().filter(|path| !path.starts_with("harness/bench")).collect();
    refuse_each(&files, |_, text| {
        lines_with(without_tests(text), |line| {
            let line = line.to_lowercase();
            PROVIDERS.iter().any(|name| line.contains(name))
        })
    });
}

#[test]
fn only_the_command_line_reads_the_world() {
    refuse_each(&harness_files(), |path, text| {
        // Tests may ask how long they are to run; what they test may not.
        let is_test = path.to_string_lossy().ends_with("_tests.rs");
        if is_test || READERS_OF_THE_WORLD.iter().any(|reader| path.starts_with(reader)) {
            return Vec::new();
        }
        lines_with(without_tests(text), |line| WORLD.iter().any(|function| line.contains(function)))
    });
}

#[test]
fn no_file_names_a_path_of_a_work_machine() {
    let path = concat!("/wo", "rk/");
    refuse_each(&files("."), |_, text| lines_with(text, |line| line.contains(path)));
}

#[test]
fn each_mapping_has_a_case_and_each_case_is_whole() {
    let files = files("mappings");
    let mut cases: BTreeMap<PathBuf, BTreeSet<(String, &str)>> = BTreeMap::new();
    let mut mappings = BTreeSet::new();
    let mut problems = Vec::new();
    for path in &files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parent = path.parent().map(Path::to_owned).unwrap_or_default();
        if let Some(mapping) = name.strip_suffix(".jsonata") {
            mappings.insert(parent.join("cases").join(mapping));
        } else if path.components().any(|part| part.as_os_str() == "cases") {
            let halves = [".input.json", ".expected.json"];
            match halves.iter().find_map(|half| Some((name.strip_suffix(half)?.to_owned(), *half))) {
                Some(case) => drop(cases.entry(parent).or_default().insert(case)),
                None => problems.push(format!("{}: neither input nor expected", path.display())),
            }
        }
    }
    for mapping in mappings.iter().filter(|mapping| !cases.contains_key(*mapping)) {
        problems.push(format!("{}: the mapping has no case", mapping.display()));
    }
    for (folder, halves) in &cases {
        if !mappings.contains(folder) {
            problems.push(format!("{}: cases without a mapping", folder.display()));
        }
        for (case, half) in halves {
            let other = if *half == ".input.json" { ".expected.json" } else { ".input.json" };
            if !halves.contains(&(case.clone(), other)) {
                problems.push(format!("{}/{case}: no {other}", folder.display()));
            }
        }
    }
    assert!(!mappings.is_empty(), "there are mappings");
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn each_tolerance_has_a_reason_an_owner_and_a_last_day() {
    let files =
        files("mappings").into_iter().filter(|path| path.to_string_lossy().ends_with(".tolerances.toml"));
    let files: Vec<PathBuf> = files.collect();
    assert!(!files.is_empty(), "there are tolerances");
    refuse_each(&files, |_, text| {
        let tolerances = match parse_tolerances(text) {
            Ok(tolerances) => tolerances,
            Err(error) => return vec![error.message],
        };
        let earliest = Day { year: 2026, month: 1, day: 1 };
        let bad = tolerances.iter().filter(|tolerance| {
            [&tolerance.reason, &tolerance.owner].iter().any(|text| text.trim().is_empty())
                || tolerance.until < earliest
        });
        let none = tolerances.is_empty().then(|| "no tolerance in it".to_owned());
        bad.map(|tolerance| tolerance.path_text.clone()).chain(none).collect()
    });
}

#[test]
fn the_committed_recordings_are_what_the_sample_generates() {
    let generated: BTreeMap<PathBuf, String> = sample::generate()
        .into_iter()
        .map(|recorded| (Path::new("recordings").join(recorded.path), recorded.text))
        .collect();
    let committed = files("recordings");
    let paths: BTreeSet<&PathBuf> = committed.iter().collect();
    let expected: BTreeSet<&PathBuf> = generated.keys().collect();
    let unlike = |mended: &str| format!("`cargo run -p sample -- recordings` makes them anew: {mended}");
    let odd: Vec<_> = paths.symmetric_difference(&expected).collect();
    assert_eq!(odd, Vec::<&&PathBuf>::new(), "{}", unlike("only one of sample and recordings has these"));
    let other = committed.iter().filter(|path| read(&root(path)) != generated[*path]);
    assert_eq!(other.collect::<Vec<_>>(), Vec::<&PathBuf>::new(), "{}", unlike("these have another text"));
}

#[test]
fn the_version_of_the_native_engine_that_bundles_name_is_the_one_that_is_built_in() {
    let pinned = manifest(Path::new("."))["workspace"]["dependencies"]["jlens-core"].clone();
    let pinned = pinned.as_str().expect("the engine is pinned by a text");
    assert_eq!(pinned, format!("={}", ::mapping::engine::NATIVE_VERSION));
}
