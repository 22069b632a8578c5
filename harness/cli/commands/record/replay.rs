//! What one side was asked, in recordings or in another recorder's files, is asked of the other side too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use capture::route::Bound;
use compare::model::Exchange;
use store::import::cassette;
use store::recordings::Recordings;

use super::forms::Forms;
use super::requests::{Matchers, of_cassette};
use super::told::Told;
use super::wanted::{Given, Request, Wanted, is_redacted, make};
use crate::config::{Operation, Variables};
use crate::join::pages::{End, gather};
use crate::join::{Placed, Witness};
use crate::options::Record;

/// What is to be asked of the missing side.
pub fn wanted<'c>(
    forms: &Forms<'c>,
    recordings: &Recordings,
    (paths, format, missing): (&[PathBuf], Option<cassette::Format>, Witness),
    options: &Record,
    variable: Variables<'_>,
    told: &mut Told,
) -> anyhow::Result<Vec<Wanted<'c>>> {
    let given = match missing {
        Witness::Legacy => Witness::New,
        Witness::New | Witness::Source => Witness::Legacy,
    };
    let matchers = Matchers::new(forms, given, options, variable);
    match format {
        Some(format) => {
            let mut exchanges = Vec::new();
            for file in files(paths)? {
                exchanges.extend(of_cassette(&file, format, told)?);
            }
            Ok(of_exchanges(forms, &matchers, exchanges, (given, missing), options, told))
        }
        None => of_pairs(forms, &matchers, recordings, (paths, given, missing), options, told),
    }
}

/// The files that recorders write are called so; others in their folders are notes about them.
const WRITTEN_AS: [&str; 4] = ["har", "json", "yaml", "yml"];

/// The files that are named, and those below the folders that are, sorted.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = Vec::new();
    for path in paths {
        let told = || format!("read {}", path.display());
        let is_folder = std::fs::metadata(path).with_context(told)?.is_dir();
        if is_folder { folders.push(path.clone()) } else { found.push(path.clone()) }
    }
    while let Some(folder) = folders.pop() {
        let told = || format!("read {}", folder.display());
        for entry in std::fs::read_dir(&folder).with_context(told)? {
            let entry = entry.with_context(told)?;
            let extension =
                entry.path().extension().and_then(|extension| extension.to_str()).map(str::to_owned);
            if entry.file_type().with_context(told)?.is_dir() {
                folders.push(entry.path());
            } else if extension.is_some_and(|extension| WRITTEN_AS.contains(&extension.as_str())) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Exchanges of one side, with their lists' pages put together; a list of which pages are missing is walked on the other side all the same.
fn of_exchanges<'c>(
    forms: &Forms<'c>,
    matchers: &Matchers<'c>,
    exchanges: Vec<Exchange>,
    (given, missing): (Witness, Witness),
    options: &Record,
    told: &mut Told,
) -> Vec<Wanted<'c>> {
    let mut placed = Vec::new();
    for exchange in exchanges {
        let Some(request) = &exchange.request else { continue };
        let Some((_, matched)) = matchers.matched(forms, request, options, told) else { continue };
        placed.push(Placed { matched, index: placed.len(), exchange });
    }
    let mut askings: BTreeMap<(String, Option<String>, String), usize> = BTreeMap::new();
    let mut wanted = Vec::new();
    for list in gather(placed, |placed| given.request(placed.matched.operation)) {
        let first = &list.pages[0];
        let operation = first.matched.operation;
        if list.end == End::Unfinished {
            told.refuse(
                operation.name.as_str(),
                first.matched.account.as_deref(),
                "its list goes on, and the next page is not among the files",
            );
            continue;
        }
        let Some(form) = forms.operations.iter().find(|form| form.operation.name == operation.name) else {
            continue;
        };
        let key = (operation.name.to_string(), first.matched.account.clone(), first.matched.identity.clone());
        let asking = askings.entry(key).or_insert(0);
        *asking += 1;
        let asking = *asking;
        let (account, bound) = (first.matched.account.clone(), first.matched.bound.clone());
        let body = first.exchange.request.as_ref().map(|request| request.body.clone()).unwrap_or_default();
        let pages = list.pages.into_iter().map(|page| page.exchange).collect();
        let request = Request {
            account,
            bound,
            body: &body,
            sides: &[missing],
            repeats: 0,
            given: Given::Exchanges(given, pages),
        };
        let made = make(forms, form, request, told);
        wanted.extend(made.map(|made| Wanted { asking, ..made }));
    }
    wanted
}

/// Pairs of our own that lack the side.
fn of_pairs<'c>(
    forms: &Forms<'c>,
    matchers: &Matchers<'c>,
    recordings: &Recordings,
    (paths, given, missing): (&[PathBuf], Witness, Witness),
    options: &Record,
    told: &mut Told,
) -> anyhow::Result<Vec<Wanted<'c>>> {
    let files = below(recordings, paths)?;
    let mut wanted = Vec::new();
    for record in recordings.records(files) {
        let Ok(pair) = record.pair() else {
            told.refuse("", None, &format!("{}: it is no pair that can be read", record.location));
            continue;
        };
        let of = |witness: Witness| match witness {
            Witness::Legacy => &pair.legacy,
            Witness::New => &pair.new,
            Witness::Source => &pair.source,
        };
        if of(given).is_empty() || !of(missing).is_empty() {
            told.there += u64::from(!of(missing).is_empty());
            continue;
        }
        let is_own = record.location.file.extension().is_some_and(|extension| extension == "json");
        let Some(form) = forms.operations.iter().find(|form| form.operation.name.as_str() == pair.operation)
        else {
            continue;
        };
        if !is_own {
            told.refuse(&pair.operation, pair.account.as_deref(), "it lies in a file of many pairs, which is not changed: replay the cassette that it came from");
            continue;
        }
        let Some(request) = of(given).first().and_then(|exchange| exchange.request.clone()) else {
            told.refuse(&pair.operation, pair.account.as_deref(), "its request was not recorded");
            continue;
        };
        let Some((_, matched)) = matchers.matched(forms, &request, options, told) else { continue };
        if is_redacted(&pair) && !is_fixed(&matched.bound, form.operation, &request) {
            told.refuse(
                &pair.operation,
                pair.account.as_deref(),
                "pseudonyms stand in its request, and what was asked is not known any more: replay the cassette that it came from",
            );
            continue;
        }
        let account = pair.account.clone().or(matched.account);
        let request_body = request.body.clone();
        let asked = Request {
            account,
            bound: matched.bound,
            body: &request_body,
            sides: &[missing],
            repeats: 0,
            given: Given::Pair(Box::new(pair)),
        };
        wanted.extend(make(forms, form, asked, told));
    }
    Ok(wanted)
}

/// Whether the operation says all of the request: then no pseudonym can stand in it.
fn is_fixed(bound: &Bound, operation: &Operation, request: &compare::model::Request) -> bool {
    let declares_body = [&operation.legacy, &operation.new]
        .into_iter()
        .flatten()
        .any(|request| !matches!(request.body, crate::config::RequestBody::Absent));
    let has_body = request.body != compare::model::Body::Absent;
    bound.parameters.is_empty() && bound.query.is_empty() && (declares_body || !has_body)
}

/// The recordings' own files that lie below paths; an operation's name is its folder.
fn below(recordings: &Recordings, paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let all = recordings.sources()?.files;
    let root = recordings.root().canonicalize().context("find the recordings")?;
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        let whole = path.canonicalize().or_else(|_| root.join(path).canonicalize());
        let Ok(whole) = whole else {
            bail!("there is no recording {}: name a file or a folder of recordings", path.display())
        };
        let Ok(below) = whole.strip_prefix(&root).map(Path::to_owned) else {
            bail!(
                "{} does not lie below {}: say with --as which recorder wrote it",
                path.display(),
                recordings.root().display()
            );
        };
        found.extend(all.iter().filter(|file| file.starts_with(&below)).cloned());
        if found.len() == before {
            bail!("{} holds no pairs", path.display());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}
