//! The linked accounts that a migration moves: a CSV file with each account's ids on both sides.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::FilePath;
use super::problem::{Problem, SourceText};
use super::template::{SecretTemplate, Template};

/// A million accounts of two hundred bytes; more is not one company's migration.
pub const ACCOUNTS_BYTES_MAX: u64 = 200 * 1024 * 1024;

/// The columns that a file must have.
const COLUMNS: [&str; 4] = ["account", "integration", "legacy", "new"];

/// The accounts, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    list: Vec<Account>,
    by_name: BTreeMap<String, usize>,
}

/// One customer's linked account.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name that recordings use.
    pub name: String,
    /// The upstream that it is linked to.
    pub integration: String,
    /// Its id on the legacy side; some providers' ids are tokens.
    pub legacy: Option<SecretTemplate>,
    /// Its id on the new side.
    pub new: Option<SecretTemplate>,
    /// Other columns by name.
    pub more: BTreeMap<String, String>,
    /// Its line in the file.
    pub line: u64,
}

/// Why accounts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The file is not there or cannot be read.
    #[error("read the accounts {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Over [`ACCOUNTS_BYTES_MAX`].
    #[error("the accounts {path} have more than {ACCOUNTS_BYTES_MAX} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what it should be.
    #[error("the accounts are not what they should be: {}", .0.first().map_or("", |problem| problem.message.as_str()))]
    Invalid(Vec<Problem>),
}

impl AccountsError {
    /// What is to be told, where the configuration is told what is wrong with it; `file` names the accounts there.
    pub fn into_problems(self, config: &Arc<SourceText>, file: Option<&FilePath>) -> Vec<Problem> {
        let (message, label) = match self {
            AccountsError::Invalid(problems) => return problems,
            AccountsError::Read { source, .. } => {
                let name = file.map_or("", |file| file.written.as_str());
                (format!("the accounts `{name}` cannot be read: {source}"), "not readable")
            }
            AccountsError::TooLarge { .. } => (self.to_string(), "too large"),
        };
        let problem = Problem::error(message);
        vec![match file {
            Some(file) => problem.at(config, file.span.clone(), label),
            None => problem,
        }]
    }
}

impl Accounts {
    /// Reads the file; `name` is how messages call it.
    pub fn read(path: &Path, name: &str) -> Result<Accounts, AccountsError> {
        let error = |source| AccountsError::Read { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(error)?.len() > ACCOUNTS_BYTES_MAX {
            return Err(AccountsError::TooLarge { path: path.to_owned() });
        }
        let bytes = std::fs::read(path).map_err(error)?;
        Accounts::parse(name, &String::from_utf8_lossy(&bytes)).map_err(AccountsError::Invalid)
    }

    /// Reads the text; lines that begin with `#` are comments.
    pub fn parse(name: &str, text: &str) -> Result<Accounts, Vec<Problem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Arc::new(SourceText::confidential(name, text));
        let mut reader =
            csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| vec![torn(&source, &error)])?.clone();
        let mut problems = header_problems(&source, &header);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut accounts = Accounts::default();
        let mut ids = BTreeMap::new();
        for record in reader.records() {
            match record {
                Ok(record) => accounts.add(&source, &header, &record, &mut ids, &mut problems),
                Err(error) => problems.push(torn(&source, &error)),
            }
        }
        if problems.is_empty() { Ok(accounts) } else { Err(problems) }
    }

    fn add(
        &mut self,
        source: &Arc<SourceText>,
        header: &csv::StringRecord,
        record: &csv::StringRecord,
        ids: &mut BTreeMap<(&'static str, String, String), u64>,
        problems: &mut Vec<Problem>,
    ) {
        let position = record.position().map_or((0, 0), |at| (at.byte(), at.line()));
        let (at, line) = (at(position.0), position.1);
        let fields = header.iter().zip(record).map(|(column, field)| (column.to_owned(), field.to_owned()));
        let mut fields = fields.collect::<BTreeMap<_, _>>();
        let mut take = |column: &str| fields.remove(column).unwrap_or_default();
        let [name, integration, legacy, new] = COLUMNS.map(&mut take);
        for (column, field) in [("account", &name), ("integration", &integration)] {
            if field.is_empty() {
                problems.push(Problem::error(format!("an account has no `{column}`")).at(
                    source,
                    at.clone(),
                    "",
                ));
            }
        }
        let mut id = |column: &'static str, id: String| {
            if id.is_empty() {
                return None;
            }
            // Some providers' id is the customer's, and the integration tells its accounts apart.
            if let Some(first) = ids.insert((column, integration.clone(), id.clone()), line) {
                // The id itself is not shown: it may be a token.
                let message = format!(
                    "account `{name}` has the same integration and `{column}` id as the account of line {first}"
                );
                problems.push(Problem::error(message).at(source, at.clone(), ""));
            }
            let template = Template::parse(&id).map_err(|error| {
                let message = format!("the `{column}` id of account `{name}`: {error}");
                problems.push(Problem::error(message).at(source, at.clone(), ""));
            });
            template.ok().map(SecretTemplate::new)
        };
        let (legacy, new) = (id("legacy", legacy), id("new", new));
        if let Some(first) = self.by_name.insert(name.clone(), self.list.len()) {
            let message = format!("account `{name}` is also on line {}", self.list[first].line);
            problems.push(Problem::error(message).at(source, at, "").help("an account has one line"));
        }
        self.list.push(Account { name, integration, legacy, new, more: fields, line });
    }

    /// All accounts, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.list.iter()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// The account of a name.
    pub fn get(&self, name: &str) -> Option<&Account> {
        self.by_name.get(name).map(|index| &self.list[*index])
    }
}

fn at(byte: u64) -> Range<usize> {
    let byte = usize::try_from(byte).unwrap_or(usize::MAX);
    byte..byte
}

fn header_problems(source: &Arc<SourceText>, header: &csv::StringRecord) -> Vec<Problem> {
    let mut problems = Vec::new();
    let help = "the first line is account,integration,legacy,new and any columns of your own";
    for column in COLUMNS {
        if !header.iter().any(|name| name == column) {
            let message = format!("the accounts have no column `{column}`");
            problems.push(Problem::error(message).at(source, 0..0, "").help(help));
        }
    }
    for (index, column) in header.iter().enumerate() {
        if header.iter().take(index).any(|other| other == column) {
            let message = format!("the accounts have two columns `{column}`");
            problems.push(Problem::error(message).at(source, 0..0, ""));
        }
    }
    problems
}

fn torn(source: &Arc<SourceText>, error: &csv::Error) -> Problem {
    let byte = error.position().map_or(0, csv::Position::byte);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("a line has {len} fields, the header has {expected_len}")
        }
        _ => "a line cannot be read as CSV".to_owned(),
    };
    Problem::error(message).at(source, at(byte), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Look, Paint, Reader};

    const LOOK: Look = Look { reader: Reader::File, paint: Paint::Plain, width: 100 };

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let told = match Accounts::parse("accounts.csv", text) {
            Ok(accounts) => format!("{:?}", accounts.iter().map(|account| &account.name).collect::<Vec<_>>()),
            Err(problems) => problems.iter().map(|problem| problem.render(LOOK)).collect(),
        };
        assert_eq!(told.trim(), expected.trim());
    }

    #[test]
    fn comments_and_columns_of_ones_own_are_fine() {
        check("account,integration,legacy,new\n", "[]");
        check("new,account,integration,legacy,region\n# b,x,1,2\n2, a ,x,1,eu\n", r#"["a"]"#);
    }

    #[test]
    fn an_account_may_be_unknown_to_a_side_for_now() {
        check("account,integration,legacy,new\na,x,1,\nb,x,2,\n", r#"["a", "b"]"#);
    }

    #[test]
    fn one_customer_may_have_an_account_with_each_integration() {
        check("account,integration,legacy,new\na,x,acme,1\nb,y,acme,2\n", r#"["a", "b"]"#);
    }

    #[test]
    fn a_missing_column_is_named() {
        check(
            "account,legacy,new\n",
            "error: accounts.csv:1:1: the accounts have no column `integration`\n  \
             help: the first line is account,integration,legacy,new and any columns of your own",
        );
    }

    #[test]
    fn duplicates_are_named_by_line_and_ids_are_never_shown() {
        check(
            "account,integration,legacy,new\na,x,token-1,2\na,x,3,4\nb,x,token-1,5\n",
            "error: accounts.csv:3:1: account `a` is also on line 2\n  help: an account has one line\n\
             error: accounts.csv:4:1: account `b` has the same integration and `legacy` id as the account of line 2",
        );
    }

    #[test]
    fn a_line_with_too_few_fields_is_named() {
        check(
            "account,integration,legacy,new\na,x,1\n",
            "error: accounts.csv:2:1: a line has 3 fields, the header has 4",
        );
    }
}
