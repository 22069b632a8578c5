//! Reads the text of a cutover.toml, and tells everything that is wrong with it at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::audit::read_audit;
use super::evaluation::EvaluationKeys;
use super::gate::read_gates;
use super::mask::{masked, masked_lines};
use super::operation::{Operation, read_operation};
use super::path::FilePath;
use super::problem::{Problem, SourceText};
use super::provider::{self, Provider};
use super::redaction::{RedactionLists, read_redaction};
use super::request::template;
use super::serve::read_serve;
use super::storage::read_storage;
use super::table::{Problems, Table, wrong_type};
use super::template::SecretTemplate;
use super::{Config, OPERATIONS_MAX, PROBLEMS_MAX};

/// Reads a configuration; `file` is where it is, `name` is how messages call it.
pub fn read(file: &Path, name: &str, text: &str) -> Result<Config, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let source = Arc::new(SourceText::new(name, &masked_lines(text)));
        // Several complaints about one place are one mistake.
        let mut places = BTreeSet::new();
        let first = errors.iter().filter(|error| places.insert(error.span().map(|span| span.start)));
        return Err(first.take(PROBLEMS_MAX).map(|error| syntax(&source, error)).collect());
    }
    let source = Arc::new(SourceText::new(name, &masked(text, table.get_ref())));
    let mut problems = Problems { source: Arc::clone(&source), text: text.to_owned(), list: Vec::new() };
    let config = read_root(file, &table, &mut problems);
    problems.list.sort_by_key(|problem| problem.places.first().map(|place| place.span.start));
    problems.list.truncate(PROBLEMS_MAX);
    match config {
        Some(config) if problems.list.is_empty() => Ok(config),
        _ => Err(problems.list),
    }
}

fn syntax(source: &Arc<SourceText>, error: &toml::de::Error) -> Problem {
    let problem = Problem::error(format!("this is not TOML: {}", error.message()));
    match error.span() {
        Some(span) => problem.at(source, span, "here"),
        None => problem,
    }
}

fn read_root(file: &Path, root: &Spanned<DeTable<'_>>, problems: &mut Problems) -> Option<Config> {
    let folder = file.parent().unwrap_or(Path::new(""));
    // A file without a header has no place of its own; its beginning stands for it.
    let mut table = Table::new("the configuration", root.get_ref(), 0..0);
    let migration = migration(&mut table, problems);
    let ([legacy, new], evaluation) = providers(&mut table, folder, problems);
    let accounts =
        table.table("accounts", problems).and_then(|accounts| accounts_file(accounts, folder, problems));
    let state = table.table("state", problems).and_then(|state| state_url(state, problems));
    let storage = table.table("recordings", problems).and_then(|storage| read_storage(storage, problems));
    let redaction = table.table("redaction", problems);
    let redaction =
        redaction.map_or_else(RedactionLists::default, |redaction| read_redaction(redaction, problems));
    let serve = table.table("serve", problems).map(|serve| read_serve(serve, folder, problems));
    let operations = operations(&mut table, folder, &evaluation, problems);
    let gates = table.table("gates", problems).map_or(Vec::new(), |gates| read_gates(&gates, problems));
    let audit_waivers =
        table.table("audit", problems).map_or(Vec::new(), |audit| read_audit(audit, problems));
    table.finish(problems);
    Some(Config {
        source: Arc::clone(&problems.source),
        file: file.to_owned(),
        folder: folder.to_owned(),
        migration: migration?,
        legacy,
        new,
        accounts,
        state,
        storage,
        redaction,
        serve,
        operations,
        gates,
        audit_waivers,
    })
}

fn migration(root: &mut Table<'_, '_>, problems: &mut Problems) -> Option<String> {
    if root.key_span("migration") == root.span() {
        let help = "begin the file with\n[migration]\nname = \"what moves from where to where\"";
        root.value("migration");
        problems.error("the configuration has no `[migration]`", 0..0, "expected here", help);
        return None;
    }
    let mut table = root.table("migration", problems)?;
    let name = table.required_text("name", problems);
    table.finish(problems);
    let name = name?;
    if name.value.trim().is_empty() {
        problems.error("the migration's name is empty", name.span, "expected a name, in words", "");
        return None;
    }
    Some(name.value)
}

/// Both sides, and how the new one evaluates mappings: operations inherit it.
fn providers(
    root: &mut Table<'_, '_>,
    folder: &Path,
    problems: &mut Problems,
) -> ([Option<Provider>; 2], EvaluationKeys) {
    let mut of_new = EvaluationKeys::default();
    let Some(mut table) = root.table("providers", problems) else { return ([None, None], of_new) };
    let read = ["legacy", "new"].map(|side| {
        let mut table = table.table(side, problems)?;
        let keys = EvaluationKeys::read(&mut table, problems);
        if side == "new" {
            of_new = keys.clone();
        }
        provider::read_provider(table, &keys, folder, problems)
    });
    table.finish(problems);
    (read, of_new)
}

fn accounts_file(mut table: Table<'_, '_>, folder: &Path, problems: &mut Problems) -> Option<FilePath> {
    let file = table.required_text("file", problems);
    table.finish(problems);
    file.and_then(|text| FilePath::read(text, folder, problems))
}

fn state_url(mut table: Table<'_, '_>, problems: &mut Problems) -> Option<SecretTemplate> {
    let url = table.required_text("url", problems);
    table.finish(problems);
    url.and_then(|text| template(&text, problems)).map(SecretTemplate::new)
}

fn operations(
    root: &mut Table<'_, '_>,
    folder: &Path,
    evaluation: &EvaluationKeys,
    problems: &mut Problems,
) -> Vec<Operation> {
    let Some(value) = root.value("operations") else { return Vec::new() };
    let DeValue::Array(items) = value.get_ref() else {
        let message = "`operations` is not a list of tables".to_owned();
        wrong_type(message, "[[operations]], in two brackets", value, problems);
        return Vec::new();
    };
    if items.len() > OPERATIONS_MAX {
        let message = format!("the configuration has {} operations, more than {OPERATIONS_MAX}", items.len());
        let at = items.get(OPERATIONS_MAX).map_or(0..0, |item| item.span());
        problems.error(message, at, "the first that is too many", "");
        return Vec::new();
    }
    let mut declared = BTreeMap::new();
    for item in items.iter() {
        let Some(name) = item.get_ref().get("name").filter(|name| name.get_ref().is_str()) else { continue };
        let text = name.get_ref().as_str().unwrap_or("");
        if let Some(first) = declared.insert(text.to_owned(), name.span()) {
            let (line, _) = problems.source.position(first.start);
            let (again, _) = problems.source.position(name.span().start);
            let message = format!("two operations are called `{text}`, on lines {line} and {again}");
            let problem = Problem::error(message)
                .at(&problems.source, name.span(), "and again here")
                .at(&problems.source, first, "first here")
                .help("an operation's name is unique: it names its recordings' folder");
            problems.list.push(problem);
        }
    }
    let numbered = items.iter().enumerate();
    let read = |(index, item)| read_operation(item, index + 1, folder, evaluation, problems);
    numbered.filter_map(read).collect()
}
