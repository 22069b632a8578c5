//! Reaches every limit of the configuration, and feeds it what nobody meant to write.

use std::path::Path;

use proptest::prelude::*;

use super::accounts::ACCOUNTS_BYTES_MAX;
use super::operation::OPERATION_NAME_BYTES_MAX;
use super::path::BODY_PATH_BYTES_MAX;
use super::*;
use crate::scratch::Scratch;

const MIGRATION: &str = "[migration]\nname = \"m\"\n";

fn messages(text: &str) -> Vec<String> {
    match read(Path::new("cutover.toml"), "cutover.toml", text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.into_iter().map(|problem| problem.message).collect(),
    }
}

fn operations(count: usize) -> String {
    (0..count)
        .fold(MIGRATION.to_owned(), |text, number| format!("{text}[[operations]]\nname = \"o{number}\"\n"))
}

#[test]
fn the_largest_file_is_read_and_one_byte_more_is_not() {
    let scratch = Scratch::new("config-bytes");
    let file = scratch.path().join(FILE_NAME);
    let place = ConfigPlace::Upwards { folder: scratch.path().to_owned() };
    let blank = usize::try_from(CONFIG_BYTES_MAX).expect("it fits") - MIGRATION.len();
    for (more, expected) in
        [(0, None), (1, Some("the configuration cutover.toml has more than 4194304 bytes"))]
    {
        std::fs::write(&file, MIGRATION.to_owned() + &"\n".repeat(blank + more))
            .expect("a scratch file is written");
        let told = Config::load(&place).err().map(|error| error.to_string());
        assert_eq!(told.as_deref(), expected);
    }
}

#[test]
fn accounts_over_their_limit_are_not_read() {
    let scratch = Scratch::new("accounts-bytes");
    let file = scratch.path().join("accounts.csv");
    let sparse = std::fs::File::create(&file).expect("a scratch file is made");
    sparse.set_len(ACCOUNTS_BYTES_MAX + 1).expect("a sparse file takes no room");
    let told = Accounts::read(&file, "accounts.csv").err();
    assert!(matches!(told, Some(AccountsError::TooLarge { .. })), "{told:?}");
}

#[test]
fn the_last_operation_that_fits_is_read_and_one_more_is_not() {
    assert_eq!(messages(&operations(OPERATIONS_MAX)), Vec::<String>::new());
    let expected = "the configuration has 10001 operations, more than 10000";
    assert_eq!(messages(&operations(OPERATIONS_MAX + 1)), [expected]);
}

#[test]
fn no_more_problems_are_told_than_a_person_reads() {
    let text = operations(PROBLEMS_MAX + 1).replace("]]\n", "]]\nx = 1\n");
    assert_eq!(messages(&text).len(), PROBLEMS_MAX);
    let torn = MIGRATION.to_owned() + &"= 1\n".repeat(PROBLEMS_MAX + 1);
    assert_eq!(messages(&torn).len(), PROBLEMS_MAX);
}

#[test]
fn the_longest_name_of_an_operation_is_read_and_one_byte_more_is_not() {
    let longest = "a".repeat(OPERATION_NAME_BYTES_MAX);
    assert_eq!(OperationName::parse(&longest).map(|name| name.to_string()), Ok(longest.clone()));
    assert_eq!(OperationName::parse(&format!("{longest}a")), Err(NotAName));
}

#[test]
fn the_longest_path_is_read_and_one_byte_more_is_not() {
    let items = |path: &str| messages(&format!("{}items = \"{path}\"\n", operations(1)));
    let longest = format!("$.{}", "a".repeat(BODY_PATH_BYTES_MAX - 2));
    assert_eq!(items(&longest), Vec::<String>::new());
    assert_eq!(items(&format!("{longest}a")), ["a JSONPath is longer than 1024 bytes"]);
}

#[test]
fn the_deepest_paths_and_tables_are_answered() {
    for (open, middle, close) in [("(", "@.a", ")"), ("!(", "@.a", ")"), ("@[?", "@.a", "]")] {
        let deep = (BODY_PATH_BYTES_MAX - 10) / (open.len() + close.len());
        let path = format!("$[?{}{middle}{}]", open.repeat(deep), close.repeat(deep));
        // Whether it is a path is the parser's to say; that it says it on a thread's small stack is ours.
        let _ = messages(&format!("{}items = \"{path}\"\n", operations(1)));
    }
    let deep =
        format!("{}scope = \"truto\"\ncontext = {}1{}\n", operations(1), "{a=".repeat(200), "}".repeat(200));
    assert_eq!(
        messages(&deep).first().map(String::as_str),
        Some("this is not TOML: cannot recurse further; max recursion depth met")
    );
}

const WHOLE: &str = include_str!("../commands/init/cutover.toml");

proptest! {
    #[test]
    fn a_configuration_with_any_bytes_changed_is_answered(
        changes in prop::collection::vec((0..WHOLE.len(), ".{0,3}"), 1..4),
    ) {
        let mut text = WHOLE.to_owned();
        for (at, put) in changes {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let end = text[at..].chars().next().map_or(at, |char| at + char.len_utf8());
            text.replace_range(at..end, &put);
        }
        if let Err(problems) = read(Path::new("cutover.toml"), "cutover.toml", &text) {
            let look = crate::options::Look {
                reader: crate::options::Reader::File,
                paint: crate::options::Paint::Plain,
                width: 80,
            };
            prop_assert!(!problem::render_all(&problems, look).is_empty());
        }
    }

    #[test]
    fn a_list_of_accounts_of_any_text_is_answered(text in "(account,integration,legacy,new\n)?[a-z,\"$\\{}#\n]{0,60}") {
        let _ = Accounts::parse("accounts.csv", &text);
    }
}
