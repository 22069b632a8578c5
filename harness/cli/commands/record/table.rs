//! Requests from a table: a line for each, with its operation, its account and its parameters.

use std::path::Path;

use anyhow::{Context, bail};
use capture::route::Bound;
use compare::model::Body;

use super::forms::Forms;
use super::generated::sides;
use super::told::Told;
use super::wanted::{Given, Request, Wanted, make};
use crate::options::Record;

/// A column that begins so is a query parameter that the operation does not declare.
const QUERY: &str = "query.";

/// Reads the table; a line that cannot be asked is told with its number.
pub fn wanted<'c>(
    forms: &Forms<'c>,
    file: &Path,
    options: &Record,
    told: &mut Told,
) -> anyhow::Result<Vec<Wanted<'c>>> {
    let name = file.display();
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_path(file)
        .with_context(|| format!("read {name}"))?;
    let header = reader.headers().with_context(|| format!("read the first line of {name}"))?.clone();
    let column = |wanted: &str| header.iter().position(|name| name == wanted);
    let Some(operation_column) = column("operation") else {
        bail!(
            "{name} has no column `operation`: its first line is operation,account and the parameters, such as operation,account,id"
        );
    };
    let account_column = column("account");
    let mut wanted = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("read {name}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let operation = record.get(operation_column).unwrap_or_default();
        let account =
            account_column.and_then(|at| record.get(at)).filter(|text| !text.is_empty()).map(str::to_owned);
        let Some(form) = forms.operations.iter().find(|form| form.operation.name.as_str() == operation)
        else {
            if options.operations.is_empty() {
                told.refuse(
                    operation,
                    account.as_deref(),
                    &format!("{name}, line {line}: there is no such operation"),
                );
            }
            continue;
        };
        if account.as_ref().is_some_and(|account| !forms.accounts.contains_key(account)) {
            told.refuse(
                operation,
                account.as_deref(),
                &format!("{name}, line {line}: the accounts' file has no such account"),
            );
            continue;
        }
        if !options.accounts.is_empty()
            && !account.as_ref().is_some_and(|account| options.accounts.contains(account))
        {
            continue;
        }
        let mut bound = Bound::default();
        for (column, value) in header.iter().zip(&record).filter(|(_, value)| !value.is_empty()) {
            match column.strip_prefix(QUERY) {
                Some(parameter) => bound.query.push((parameter.to_owned(), value.to_owned())),
                None if column == "operation" || column == "account" => {}
                None => drop(bound.parameters.insert(column.to_owned(), value.to_owned())),
            }
        }
        bound.query.sort();
        let request = Request {
            account,
            bound,
            body: &Body::Absent,
            sides: &sides(form),
            repeats: options.repeats,
            given: Given::Nothing,
        };
        wanted.extend(make(forms, form, request, told));
    }
    Ok(wanted)
}
