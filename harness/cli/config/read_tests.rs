//! Reads configurations that are wrong, and looks at what people are told.

use std::path::Path;

use super::problem::render_all;
use super::read;
use crate::options::{Look, Paint, Reader};

const LOOK: Look = Look { reader: Reader::File, paint: Paint::Plain, width: 100 };

#[track_caller]
fn check(text: &str, expected: &str) {
    let told = match read(Path::new("cutover.toml"), "cutover.toml", text.trim_start()) {
        Ok(config) => format!("{config:#?}"),
        Err(problems) => render_all(&problems, LOOK),
    };
    // Where a line of the file is empty, its line ends in a blank that editors remove.
    let told = told.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(told.trim(), expected.trim());
}

#[test]
fn a_misspelt_key_names_the_nearest_one() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
maping = "a.jsonata"
"#,
        r#"
  × error: unknown key `maping` in operation `crm.contacts.list`
   ╭─[cutover.toml:6:1]
 5 │ name = "crm.contacts.list"
 6 │ maping = "*********"
   · ───┬──
   ·    ╰── not a key here
   ╰────
  help: did you mean `mapping`? Its keys are `name`, `legacy`, `new`, `source`, `join`,
        `read_only`, `map_from`, `mapping`, `error_mapping`, `scope`, `context`, `dialect`,
        `jsonata`, `engine`, `tolerances`, `items`, `order`, `keys`, `headers`, `consumes`,
        `critical`, `integrations`, `scopes`, `values`

1 error
"#,
    );
}

#[test]
fn a_misspelt_table_is_named_and_what_is_in_it_is_not_shown() {
    check(
        r#"
[migration]
name = "m"

[provider.legacy]
profile = "p"
credentials = { api_key = "sk-live-1" }
"#,
        r#"
  × error: unknown key `provider` in the configuration
   ╭─[cutover.toml:4:2]
 3 │
 4 │ [provider.legacy]
   ·  ────┬───
   ·      ╰── not a key here
 5 │ profile = "*"
   ╰────
  help: did you mean `providers`? Its keys are `migration`, `providers`, `accounts`, `state`,
        `recordings`, `redaction`, `serve`, `operations`, `gates`, `audit`

1 error
"#,
    );
}

#[test]
fn a_value_of_the_wrong_type_says_what_was_expected() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
legacy = { method = "GET", path = "/a", query = { limit = 50 } }
tolerances = "a.toml"
"#,
        r#"
  × error: `limit` in `query` in `legacy` in operation `crm.contacts.list` is not a text
   ╭─[cutover.toml:6:59]
 5 │ name = "crm.contacts.list"
 6 │ legacy = { method = "GET", path = "/a", query = { limit = ** } }
   ·                                                           ─┬
   ·                                                            ╰── expected a text in quotes, found a number
 7 │ tolerances = "a.toml"
   ╰────

  × error: `tolerances` in operation `crm.contacts.list` is not a list of texts
   ╭─[cutover.toml:7:14]
 6 │ legacy = { method = "GET", path = "/a", query = { limit = ** } }
 7 │ tolerances = "a.toml"
   ·              ────┬───
   ·                  ╰── expected a list: ["…"], found a text
   ╰────

2 errors
"#,
    );
}

#[test]
fn a_missing_name_is_told_at_its_table() {
    check(
        r#"
[migration]

[[operations]]
items = "$.data"
"#,
        r#"
  × error: `migration` in the configuration has no `name`
   ╭─[cutover.toml:1:1]
 1 │ [migration]
   · ─────┬─────
   ·      ╰── expected here
 2 │
   ╰────
  help: add name = "…"

  × error: operation 1 has no `name`
   ╭─[cutover.toml:3:1]
 2 │
 3 │ [[operations]]
   · ───────┬──────
   ·        ╰── expected here
 4 │ items = "$.data"
   ╰────
  help: add name = "…"

2 errors
"#,
    );
}

#[test]
fn a_file_without_a_migration_says_how_to_begin() {
    check(
        r#"
[state]
url = "sqlite:a"
"#,
        r#"
  × error: the configuration has no `[migration]`
   ╭─[cutover.toml:1:1]
 1 │ [state]
   · ▲
   · ╰── expected here
 2 │ url = "********"
   ╰────
  help: begin the file with
        [migration]
        name = "what moves from where to where"

1 error
"#,
    );
}

#[test]
fn two_operations_of_one_name_show_both_lines() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"

[[operations]]
name = "crm.contacts.list"
"#,
        r#"
  × error: two operations are called `crm.contacts.list`, on lines 5 and 8
   ╭─[cutover.toml:8:8]
 4 │ [[operations]]
 5 │ name = "crm.contacts.list"
   ·        ─────────┬─────────
   ·                 ╰── first here
 6 │
 7 │ [[operations]]
 8 │ name = "crm.contacts.list"
   ·        ─────────┬─────────
   ·                 ╰── and again here
   ╰────
  help: an operation's name is unique: it names its recordings' folder

1 error
"#,
    );
}

#[test]
fn an_operations_name_cannot_lead_out_of_its_folder() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "../crm"
"#,
        r#"
  × error: `../crm` is not an operation's name
   ╭─[cutover.toml:5:8]
 4 │ [[operations]]
 5 │ name = "../crm"
   ·        ────┬───
   ·            ╰── expected a name such as "crm.contacts.list"
   ╰────
  help: an operation's name is 1 to 128 of a-z, 0-9, `.`, `_`, `-`, and begins with a letter or
        digit

1 error
"#,
    );
}

#[test]
fn a_critical_field_says_where_it_lies() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
consumes = ["$..id", "$.data[*].name"]
critical = ["$..id", "$.data[?@.kind == 'main'].name", "$.data[*]['name', 'id']"]
"#,
        r#"
  × error: `$..id` is critical, and does not say where it lies
   ╭─[cutover.toml:7:13]
 6 │ consumes = ["$..id", "$.data[*].name"]
 7 │ critical = ["$..id", "$.data[?@.kind == 'main'].name", "$.data[*]['name', 'id']"]
   ·             ───┬───
   ·                ╰── anywhere below
   ╰────
  help: name the way to it without `..`, once for each place: $.data[*].id

1 error
"#,
    );
}

#[test]
fn a_jsonpath_is_wrong_at_a_character() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
keys = { "$.data" = ["id"], "$.data[" = ["id"] }
consumes = ["$.data[*].id", "$.data[*]..[id]"]
"#,
        r#"
  × error: `$.data[` is not a JSONPath: wrong at its character 7
   ╭─[cutover.toml:6:36]
 5 │ name = "crm.contacts.list"
 6 │ keys = { "$.data" = ["id"], "$.data[" = ["id"] }
   ·                                    ┬
   ·                                    ╰── not understood from here
 7 │ consumes = ["$.data[*].id", "$.data[*]..[id]"]
   ╰────
  help: a path looks like $.data[*].id, with at most 16 brackets within each other

  × error: `$.data[*]..[id]` is not a JSONPath: wrong at its character 12
   ╭─[cutover.toml:7:41]
 6 │ keys = { "$.data" = ["id"], "$.data[" = ["id"] }
 7 │ consumes = ["$.data[*].id", "$.data[*]..[id]"]
   ·                                         ┬
   ·                                         ╰── not understood from here
   ╰────
  help: a path looks like $.data[*].id, with at most 16 brackets within each other

2 errors
"#,
    );
}

#[test]
fn a_post_without_a_reason_is_refused() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
new = { method = "POST", path = "/search" }
"#,
        r#"
  × error: operation `crm.contacts.list` asks `new` by POST, which may write
   ╭─[cutover.toml:6:1]
 5 │ name = "crm.contacts.list"
 6 │ new = { method = "POST", path = "/search" }
   · ─┬─
   ·  ╰── not a safe method, and no `read_only`
   ╰────
  help: an operation is asked of both sides; if this one only reads, say why: read_only = "a
        search is a read by POST"

1 error
"#,
    );
}

#[test]
fn a_reason_in_blanks_is_none() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
new = { method = "POST", path = "/search" }
read_only = " "
"#,
        r#"
  × error: `read_only` gives no reason
   ╭─[cutover.toml:7:13]
 6 │ new = { method = "POST", path = "/search" }
 7 │ read_only = " "
   ·             ─┬─
   ·              ╰── expected the reason, in words
   ╰────

1 error
"#,
    );
}

#[test]
fn a_method_that_does_not_exist_names_those_that_do() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
new = { method = "Get", path = "search" }
"#,
        r#"
  × error: `Get` is not a method
   ╭─[cutover.toml:6:18]
 5 │ name = "crm.contacts.list"
 6 │ new = { method = "Get", path = "search" }
   ·                  ──┬──
   ·                    ╰── expected one of `GET`, `HEAD`, `OPTIONS`, `POST`, `PUT`, `PATCH`, `DELETE`
   ╰────
  help: did you mean `GET`?

  × error: a request's path does not begin with `/`
   ╭─[cutover.toml:6:32]
 5 │ name = "crm.contacts.list"
 6 │ new = { method = "Get", path = "search" }
   ·                                ────┬───
   ·                                    ╰── expected `/…`
   ╰────
  help: it is added to the base address that the provider's profile gives

2 errors
"#,
    );
}

#[test]
fn mapping_from_the_source_needs_a_source() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
map_from = "source"
"#,
        r#"
  × error: operation `crm.contacts.list` is mapped from `source`, but does not say how the source
  │ is asked
   ╭─[cutover.toml:6:1]
 5 │ name = "crm.contacts.list"
 6 │ map_from = "source"
   · ────┬───
   ·     ╰── needs `source`
   ╰────
  help: add source = { method = "GET", path = "/…" }, or take map_from = "new"

1 error
"#,
    );
}

#[test]
fn a_word_of_a_few_names_all_of_them() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
map_from = "sorce"
scope = "unified"
"#,
        r#"
  × error: `map_from` in operation `crm.contacts.list` cannot be `sorce`
   ╭─[cutover.toml:6:12]
 5 │ name = "crm.contacts.list"
 6 │ map_from = "sorce"
   ·            ───┬───
   ·               ╰── expected one of `new`, `source`
 7 │ scope = "unified"
   ╰────
  help: did you mean `source`?

  × error: `scope` in operation `crm.contacts.list` cannot be `unified`
   ╭─[cutover.toml:7:9]
 6 │ map_from = "sorce"
 7 │ scope = "unified"
   ·         ────┬────
   ·             ╰── expected one of `body`, `truto`
   ╰────

2 errors
"#,
    );
}

#[test]
fn a_context_that_no_mapping_sees_is_refused() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
context = { tenant = "acme" }
"#,
        r#"
  × error: operation `crm.contacts.list` has a `context`, which its scope `body` does not show
   ╭─[cutover.toml:6:1]
 5 │ name = "crm.contacts.list"
 6 │ context = { tenant = "****" }
   · ───┬───
   ·    ╰── never seen
   ╰────
  help: take scope = "truto", or leave it out

1 error
"#,
    );
}

#[test]
fn a_torn_variable_is_shown_where_it_begins() {
    check(
        r#"
[migration]
name = "m"

[providers.new]
profile = "p"
credentials = { token = "Bearer ${TOKEN" }
"#,
        r#"
  × error: a variable that cannot be read
   ╭─[cutover.toml:6:33]
 5 │ profile = "p"
 6 │ credentials = { token = "****** *{*****" }
   ·                                 ┬
   ·                                 ╰── `${` without `}`: write `${NAME}`, or `$${` for the characters themselves
   ╰────

1 error
"#,
    );
}

#[test]
fn a_variable_in_what_is_judged_is_refused() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
mapping = "${HOME}/a.jsonata"
"#,
        r#"
  × error: a file's name cannot have a variable of the environment in it
   ╭─[cutover.toml:6:12]
 5 │ name = "crm.contacts.list"
 6 │ mapping = "${HOME}/a.jsonata"
   ·            ┬
   ·            ╰── not resolved here
   ╰────
  help: `${NAME}` is for credentials, for `state.url` and for what requests send; what is judged
        must be the same on every machine

1 error
"#,
    );
}

#[test]
fn a_path_is_written_with_slashes() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
mapping = 'mappings\a.jsonata'
"#,
        r#"
  × error: a path has `\` in it
   ╭─[cutover.toml:6:11]
 5 │ name = "crm.contacts.list"
 6 │ mapping = 'mappings\a.jsonata'
   ·           ──────────┬─────────
   ·                     ╰── expected `/` between folders
   ╰────
  help: write "mappings/a.jsonata"

1 error
"#,
    );
}

#[test]
fn a_gate_has_known_keys_and_numbers_in_their_range() {
    check(
        r#"
[migration]
name = "m"

[gates.write-cutovr]
[gates.write-cutover]
confidence = 95
max_diference_rate = 0.1
evidence_max_age = "two weeks"
"#,
        r#"
  × error: unknown gate `write-cutovr`
   ╭─[cutover.toml:4:8]
 3 │
 4 │ [gates.write-cutovr]
   ·        ──────┬─────
   ·              ╰── not a gate
 5 │ [gates.write-cutover]
   ╰────
  help: did you mean `write-cutover`? the gates are `mapping-change`, `token-import`, `write-
        cutover`, `deprecation`

  × error: `confidence` in gate `write-cutover` is not a number from 0.5 to 0.999999
   ╭─[cutover.toml:6:14]
 5 │ [gates.write-cutover]
 6 │ confidence = 95
   ·              ─┬
   ·               ╰── expected a number from 0.5 to 0.999999
 7 │ max_diference_rate = 0.1
   ╰────

  × error: unknown key `max_diference_rate` in gate `write-cutover`
   ╭─[cutover.toml:7:1]
 6 │ confidence = 95
 7 │ max_diference_rate = 0.1
   · ─────────┬────────
   ·          ╰── not a key here
 8 │ evidence_max_age = "two weeks"
   ╰────
  help: did you mean `max_difference_rate`? Its keys are `confidence`, `max_difference_rate`,
        `max_operation_difference_rate`, `max_undecided_rate`, `max_error_disparity_rate`,
        `max_throttled_rate`, `max_client_error_excess`, `max_latency_ratio`,
        `min_mapping_coverage`, `max_tolerated_share`, `min_pairs`, `min_accounts`,
        `evidence_max_age`, `valid_for`, `look`, `waivers`, `conditions`

  × error: `two weeks` is not an age
   ╭─[cutover.toml:8:20]
 7 │ max_diference_rate = 0.1
 8 │ evidence_max_age = "two weeks"
   ·                    ─────┬─────
   ·                         ╰── expected an age such as "14d"
   ╰────
  help: write a whole number and `d`, `h`, `m` or `s`, up to 36500 days

4 errors
"#,
    );
}

#[test]
fn a_key_twice_is_not_toml() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
scope = "body"
scope = "truto"
"#,
        r#"
  × error: this is not TOML: duplicate key
   ╭─[cutover.toml:7:1]
 6 │ scope = "body"
 7 │ scope = "truto"
   · ──┬──
   ·   ╰── here
   ╰────

1 error
"#,
    );
}

#[test]
fn a_torn_line_hides_what_may_be_a_secret() {
    check(
        r#"
[providers.new]
credentials = { token = "sk-live-1
"#,
        r#"
  × error: this is not TOML: unclosed inline table, expected `}`
   ╭─[cutover.toml:2:35]
 1 │ [providers.new]
 2 │ credentials = { ***** * "*********
   ·                                   ▲
   ·                                   ╰── here
   ╰────

1 error
"#,
    );
}

#[test]
fn an_operation_in_single_brackets_says_so() {
    check(
        r#"
[migration]
name = "m"

[operations]
name = "a"
"#,
        r#"
  × error: `operations` is not a list of tables
   ╭─[cutover.toml:4:1]
 3 │
 4 │ [operations]
   · ──────┬─────
   ·       ╰── expected [[operations]], in two brackets, found a table
 5 │ name = "a"
   ╰────

1 error
"#,
    );
}

#[test]
fn a_key_needs_fields() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "crm.contacts.list"
keys = { "$.data" = [], "$.a" = ["id", "id"] }
headers = ["content type"]

[[operations]]
name = "crm.contacts.get"
keys = { "$.a" = [["id"], [], "b"], "$.b" = [["id"], ["email"]] }
"#,
        r#"
  × error: the key of `$.data` names no field, or one twice
   ╭─[cutover.toml:6:10]
 5 │ name = "crm.contacts.list"
 6 │ keys = { "$.data" = [], "$.a" = ["id", "id"] }
   ·          ────┬───
   ·              ╰── expected ["id"]
 7 │ headers = ["content type"]
   ╰────

  × error: the key of `$.a` names no field, or one twice
   ╭─[cutover.toml:6:25]
 5 │ name = "crm.contacts.list"
 6 │ keys = { "$.data" = [], "$.a" = ["id", "id"] }
   ·                         ──┬──
   ·                           ╰── expected ["id"]
 7 │ headers = ["content type"]
   ╰────

  × error: `content type` is not the name of a header
   ╭─[cutover.toml:7:12]
 6 │ keys = { "$.data" = [], "$.a" = ["id", "id"] }
 7 │ headers = ["content type"]
   ·            ───────┬──────
   ·                   ╰── expected a name such as "content-type"
 8 │
   ╰────

  × error: the key of `$.a` names no field, or one twice
    ╭─[cutover.toml:11:10]
 10 │ name = "crm.contacts.get"
 11 │ keys = { "$.a" = [["id"], [], "b"], "$.b" = [["id"], ["email"]] }
    ·          ──┬──
    ·            ╰── expected ["id"]
    ╰────

  × error: the key of `$.a` is not a list of texts
    ╭─[cutover.toml:11:31]
 10 │ name = "crm.contacts.get"
 11 │ keys = { "$.a" = [["id"], [], "b"], "$.b" = [["id"], ["email"]] }
    ·                               ─┬─
    ·                                ╰── expected a list: ["…"], found a text
    ╰────

5 errors
"#,
    );
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    check(
        "[migration]\nname = 'm\u{1b}[31m'",
        r#"
  × error: this is not TOML: invalid literal string, expected non-single-quote visible characters
   ╭─[cutover.toml:2:10]
 1 │ [migration]
 2 │ name = 'm [31m'
   ·          ▲
   ·          ╰── here
   ╰────

1 error
"#,
    );
}

#[test]
fn a_join_that_ignores_what_is_no_parameter_is_refused() {
    check(
        r#"
[migration]
name = "m"

[[operations]]
name = "o"
legacy = { method = "GET", path = "/repos/{owner}/{repo}", ignore_query = ["a=b"], next_page = "header" }
join = { ignore = ["onwer"], body = "any" }
"#,
        r#"
  × error: `a=b` is not the name of a query parameter
   ╭─[cutover.toml:6:76]
 5 │ name = "o"
 6 │ legacy = { method = "GET", path = "/repos/{owner}/{repo}", ignore_query = ["a=b"], next_page = "header" }
   ·                                                                            ──┬──
   ·                                                                              ╰── expected a name such as "limit"
 7 │ join = { ignore = ["onwer"], body = "any" }
   ╰────

  × error: `next_page` cannot be `header`
   ╭─[cutover.toml:6:96]
 5 │ name = "o"
 6 │ legacy = { method = "GET", path = "/repos/{owner}/{repo}", ignore_query = ["a=b"], next_page = "header" }
   ·                                                                                                ────┬───
   ·                                                                                                    ╰── expected "link" or a JSONPath
 7 │ join = { ignore = ["onwer"], body = "any" }
   ╰────
  help: "link" is the header of that name; a JSONPath such as "$.paging.next.after" is where the
        body has the next page's URL or cursor

  × error: `onwer` is no parameter of this operation's requests
   ╭─[cutover.toml:7:20]
 6 │ legacy = { method = "GET", path = "/repos/{owner}/{repo}", ignore_query = ["a=b"], next_page = "header" }
 7 │ join = { ignore = ["onwer"], body = "any" }
   ·                    ───┬───
   ·                       ╰── not in a path or a query
   ╰────
  help: did you mean `owner`?

  × error: `body` of `join` cannot be `any`
   ╭─[cutover.toml:7:37]
 6 │ legacy = { method = "GET", path = "/repos/{owner}/{repo}", ignore_query = ["a=b"], next_page = "header" }
 7 │ join = { ignore = ["onwer"], body = "any" }
   ·                                     ──┬──
   ·                                       ╰── expected "equal" or "ignored"
   ╰────

4 errors
"#,
    );
}
