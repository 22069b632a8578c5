//! The repository's own files, and what a rule refuses in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What no file is searched for: what git keeps, what builds and runs leave.
const NOT_OURS: [&str; 4] = [".git", "target", "reports", "node_modules"];

/// Every Rust file of the harness that is no test.
pub fn harness_files() -> Vec<PathBuf> {
    let files = rust_files("harness");
    let tests: BTreeSet<PathBuf> = files.iter().flat_map(|path| test_modules(path)).collect();
    let is_declared = |path: &Path| path.ancestors().any(|part| tests.contains(part));
    let is_beside =
        |path: &Path| ["tests", "examples"].iter().any(|name| path.iter().any(|part| part == *name));
    files.into_iter().filter(|path| !is_declared(path) && !is_beside(path)).collect()
}

/// A file's text up to its inline test module, which comes last by custom.
pub fn without_tests(text: &str) -> &str {
    let mut end = 0;
    let mut is_for_tests = false;
    for line in text.split_inclusive('\n') {
        if is_for_tests && line.starts_with("mod ") && line.trim_end().ends_with('{') {
            return &text[..end];
        }
        is_for_tests = line.trim_end() == "#[cfg(test)]" || is_for_tests && line.starts_with('#');
        end += line.len();
    }
    text
}

/// The files and folders that a file declares as modules for tests only.
fn test_modules(path: &Path) -> Vec<PathBuf> {
    let text = read(&root(path));
    let parent = path.parent().map(Path::to_owned).unwrap_or_default();
    let is_parent =
        path.file_stem().is_some_and(|stem| ["lib", "main", "mod"].iter().any(|name| stem == *name));
    let folder = if is_parent { parent.clone() } else { path.with_extension("") };
    let mut found = Vec::new();
    let mut is_for_tests = false;
    for line in text.lines() {
        if line == "#[cfg(test)]" {
            is_for_tests = true;
        } else if !is_for_tests {
            continue;
        } else if let Some(name) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]"))
        {
            found.push(parent.join(name));
        } else {
            if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                found.extend([folder.join(name), folder.join(format!("{name}.rs"))]);
            }
            is_for_tests = line.starts_with('#');
        }
    }
    found
}

/// Every Rust file below a folder.
pub fn rust_files(folder: &str) -> Vec<PathBuf> {
    files(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// Every file below a folder, sorted, relative to the repository.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(root(&folder)).unwrap_or_else(|error| panic!("list {}: {error}", folder.display()));
        for entry in entries {
            let entry = entry.expect("a folder's entry can be read");
            // In a worktree `.git` is a file.
            if NOT_OURS.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().expect("an entry has a type");
            if kind.is_file() {
                found.push(path.strip_prefix(".").unwrap_or(&path).to_owned());
            } else if kind.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Fails with every line that a rule answers for a file. A file that is not text is passed over.
pub fn refuse_each(files: &[PathBuf], rule: impl Fn(&Path, &str) -> Vec<String>) {
    assert!(!files.is_empty(), "a rule for no file guards nothing");
    let texts =
        files.iter().filter_map(|path| Some((path, String::from_utf8(fs::read(root(path)).ok()?).ok()?)));
    let refused = texts.flat_map(|(path, text)| {
        let lines = rule(path, &text);
        lines.into_iter().map(move |line| format!("{}:{line}", path.display()))
    });
    assert_eq!(refused.collect::<Vec<_>>(), Vec::<String>::new());
}

/// The lines that are refused, each with its number.
pub fn lines_with(text: &str, is_refused: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = text.lines().enumerate().filter(|(_, line)| is_refused(line));
    lines.map(|(index, line)| format!("{}: {}", index + 1, line.trim())).collect()
}

/// A path of this repository.
pub fn root(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file's text.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}
