//! Looks over folders that do not fit together, and looks at what people are told.

use compare::tolerance::Day;

use super::fit::{Extent, look_over};
use super::problem::render_all;
use super::{Config, ConfigPlace};
use crate::options::{Look, Paint, Reader};
use crate::scratch::Scratch;

const LOOK: Look = Look { reader: Reader::File, paint: Paint::Plain, width: 100 };
const TODAY: Day = Day { year: 2026, month: 11, day: 20 };

const OPERATION: &str = r#"[migration]
name = "m"
[[operations]]
name = "crm.contacts.list"
legacy = { method = "GET", path = "/legacy" }
new = { method = "GET", path = "/new" }
"#;

#[track_caller]
fn check(name: &str, more: &str, files: &[(&str, &str)], expected: &str) {
    let scratch = Scratch::new(name);
    scratch.write("cutover.toml", &format!("{OPERATION}{more}"));
    files.iter().for_each(|(file, text)| scratch.write(file, text));
    let config = Config::load(&ConfigPlace::Upwards { folder: scratch.path().to_owned() });
    let config = config.unwrap_or_else(|error| panic!("the configuration is read: {error}"));
    let (_, findings) = look_over(&config, TODAY, &|name| (name == "SET").then(|| "1".to_owned()));
    let told = render_all(&findings, LOOK);
    let told = told.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(told.trim(), expected.trim());
}

/// As [`check`], of a file with one tolerance: its rule, and what stands behind its owner.
#[track_caller]
fn check_tolerance(name: &str, rule: &str, rest: &str, expected: &str) {
    let text = format!("[[tolerance]]\npath = \"$.a\"\nrule = {rule}\nreason = \"r\"\nowner = \"o\"\n{rest}");
    check(name, "tolerances = [\"t.toml\"]\n", &[("t.toml", &text)], expected);
}

#[test]
fn a_file_that_is_missing_names_its_neighbour() {
    check(
        "a_file_that_is_missing_names_its_neighbour",
        r#"mapping = "m/contact.jsonata"
tolerances = ["none.toml"]
"#,
        &[("m/contacts.jsonata", r#"$"#)],
        r#"
  × error: the mapping `m/contact.jsonata` does not exist
   ╭─[cutover.toml:7:11]
 6 │ new = { method = "GET", path = "/new" }
 7 │ mapping = "m/contact.jsonata"
   ·           ─────────┬─────────
   ·                    ╰── no such file
 8 │ tolerances = ["none.toml"]
   ╰────
  help: did you mean `m/contacts.jsonata`?

  × error: the file of tolerances `none.toml` does not exist
   ╭─[cutover.toml:8:15]
 7 │ mapping = "m/contact.jsonata"
 8 │ tolerances = ["none.toml"]
   ·               ─────┬─────
   ·                    ╰── no such file
   ╰────

2 errors
"#,
    );
}

#[test]
fn a_mapping_that_does_not_compile_is_shown_where_it_fails() {
    check(
        "a_mapping_that_does_not_compile_is_shown_where_it_fails",
        r#"mapping = "a.jsonata"
error_mapping = "a.jsonata"
"#,
        &[(
            "a.jsonata",
            r#"{
  "id": id,
  "name": (first & 
}
"#,
        )],
        r#"
  × error: the mapping does not compile: the symbol "}" cannot be used as a unary operator
   ╭─[a.jsonata:4:1]
 3 │   "name": (first &
 4 │ }
   · ┬
   · ╰── S0211
   ╰────

1 error
"#,
    );
}

#[test]
fn a_tolerance_that_cannot_be_read_is_shown_where_it_fails() {
    check_tolerance(
        "a_tolerance_that_cannot_be_read_is_shown_where_it_fails",
        r#""cases""#,
        r#"until = 2026-11-19
operations = ["crm.*"]
"#,
        r#"
  × error: there is no rule `cases`: use one of ignore, any_order, as_set, same_instant,
  │ number_text, number_as_text, null_is_absent, singleton_is_list, case, whitespace, same_url,
  │ nfc, same_html, or { within = { abs = 0.01 } }, { one_of = { "legacy's word" = ["new's
  │ word"] } }, { pattern = "^…$" }, { same_entity = "contacts" }, { when = "legacy = new" }
   ╭─[t.toml:3:8]
 2 │ path = "$.a"
 3 │ rule = "cases"
   ·        ───┬───
   ·           ╰── here
 4 │ reason = "r"
   ╰────

1 error
"#,
    );
}

#[test]
fn a_tolerance_that_excuses_nothing_is_a_warning() {
    check_tolerance(
        "a_tolerance_that_excuses_nothing_is_a_warning",
        r#""case""#,
        r#"until = 2026-11-19
operations = ["hris.*"]
"#,
        r#"
  ⚠ warning: the tolerance for `$.a` ended on 2026-11-19
   ╭─[t.toml:1:1]
 1 │ [[tolerance]]
   · ──────┬──────
   ·       ╰── this tolerance
 2 │ path = "$.a"
   ╰────
  help: it excuses nothing any more, and `check` fails where it did: renew it with a reason, or
        remove it

  ⚠ warning: the tolerance for `$.a` fits no operation that uses its file
   ╭─[t.toml:1:1]
 1 │ [[tolerance]]
   · ──────┬──────
   ·       ╰── this tolerance
 2 │ path = "$.a"
   ╰────
  help: its `operations` name others: mend the names, or name the file there too

0 errors, 2 warnings
"#,
    );
}

#[test]
fn a_predicate_that_looks_at_neither_side_is_a_warning() {
    check_tolerance(
        "a_predicate_that_looks_at_neither_side_is_a_warning",
        r#"{ when = "true" }"#,
        r#"until = 2027-11-19
"#,
        r#"
  ⚠ warning: `when` of the tolerance for `$.a` reads neither `legacy` nor `new`
   ╭─[t.toml:1:1]
 1 │ [[tolerance]]
   · ──────┬──────
   ·       ╰── this tolerance
 2 │ path = "$.a"
   ╰────
  help: it excuses any value, or none: hold the two against each other, or say `rule = "ignore"`

0 errors, 1 warning
"#,
    );
}

#[test]
fn accounts_that_are_missing_are_an_error() {
    check(
        "accounts_that_are_missing_are_an_error",
        r#"[accounts]
file = "accounts.csv"
"#,
        &[],
        r#"
  × error: the accounts `accounts.csv` cannot be read: No such file or directory (os error 2)
   ╭─[cutover.toml:8:8]
 7 │ [accounts]
 8 │ file = "accounts.csv"
   ·        ───────┬──────
   ·               ╰── not readable
   ╰────

1 error
"#,
    );
}

/// A profile of one's own, with the credentials of its header.
fn own_profile(header: &str) -> String {
    let generic = providers::embedded::profile_text("generic").expect("it is embedded");
    let own = generic.replace("Bearer {token}", header);
    own.replace("title =", "base_url = \"https://api.test\"\ntitle =")
}

#[test]
fn a_profile_that_is_not_there_names_its_neighbour() {
    check(
        "a_profile_that_is_not_there_names_its_neighbour",
        "[providers.new]\nprofile = \"generics\"\n",
        &[],
        r#"
  × error: there is no profile called `generics`
   ╭─[cutover.toml:8:11]
 7 │ [providers.new]
 8 │ profile = "generics"
   ·           ─────┬────
   ·                ╰── no such profile
   ╰────
  help: did you mean `generic`? There are ampersand, apideck, generic, merge, nango, truto,
        unified-to; one of your own goes into mappings/profiles/generics.toml

1 error
"#,
    );
}

#[test]
fn a_profile_of_ones_own_is_read_and_its_mistakes_have_a_place() {
    check(
        "a_profile_of_ones_own_is_read_and_its_mistakes_have_a_place",
        "[providers.new]\nprofile = \"own\"\n",
        &[("mappings/profiles/own.toml", &own_profile("Bearer {token}").replace("[single]", "[singel]"))],
        r#"
  × error: the profile `own` is not what it should be: unknown field `singel`, expected one of
  │ `title`, `base_url`, `auth`, `account`, `list`, `single`, `error`, `throttled`, `rate_limits`,
  │ `own_limit`, `hazard`, `tokens`, `inventory`
    ╭─[mappings/profiles/own.toml:20:2]
 19 │
 20 │ [singel]
    ·  ───┬──
    ·     ╰── here
 21 │ confidence = "K"
    ╰────

1 error
"#,
    );
}

#[test]
fn a_profile_says_which_credentials_columns_and_dialects_it_needs() {
    let own = own_profile("{token} {key}").replace("dialects = []", "dialects = [\"hubspots\"]");
    let own = own.replace("path = true", "path = true\nquery = { region = \"{region}\" }");
    check(
        "a_profile_says_which_credentials_columns_and_dialects_it_needs",
        "[providers.new]\nprofile = \"own\"\nbase_url = \"api.test\"\ncredentials = { tokn = \"${SET}\" }\n[accounts]\nfile = \"accounts.csv\"\n",
        &[
            ("mappings/profiles/own.toml", &own),
            ("accounts.csv", "account,integration,legacy,new\na,x,1,2\n"),
        ],
        r#"
  ⚠ warning: the profile of new needs the credential `key`
   ╭─[cutover.toml:8:11]
 7 │ [providers.new]
 8 │ profile = "own"
   ·           ──┬──
   ·             ╰── needs more
 9 │ base_url = "api.test"
   ╰────
  help: add it to credentials = { key = "${…}" }; only commands that ask the provider need it

  ⚠ warning: the profile of new needs the credential `token`
   ╭─[cutover.toml:8:11]
 7 │ [providers.new]
 8 │ profile = "own"
   ·           ──┬──
   ·             ╰── needs more
 9 │ base_url = "api.test"
   ╰────
  help: add it to credentials = { token = "${…}" }; only commands that ask the provider need it

  ⚠ warning: the profile of new does not use the credential `tokn`
   ╭─[cutover.toml:8:11]
 7 │ [providers.new]
 8 │ profile = "own"
   ·           ──┬──
   ·             ╰── does not use it
 9 │ base_url = "api.test"
   ╰────
  help: did you mean `token`?

  × error: `base_url` of new is not http:// or https:// with a host, without a query
   ╭─[cutover.toml:8:11]
 7 │ [providers.new]
 8 │ profile = "own"
   ·           ──┬──
   ·             ╰── of this provider
 9 │ base_url = "api.test"
   ╰────

  ⚠ warning: the profile of new needs the column `region` in the accounts' file
    ╭─[cutover.toml:12:8]
 11 │ [accounts]
 12 │ file = "accounts.csv"
    ·        ───────┬──────
    ·               ╰── has no such column
    ╰────

  × error: there is no dialect of rate limits called `hubspots`
    ╭─[mappings/profiles/own.toml:37:13]
 36 │ confidence = "K"
 37 │ dialects = ["hubspots"]
    ·             ─────┬────
    ·                  ╰── named here
 38 │ note = "the IETF's drafts and Retry-After are understood everywhere"
    ╰────
  help: did you mean `hubspot`?

2 errors, 4 warnings
"#,
    );
}

#[test]
fn unset_variables_are_warnings() {
    check(
        "unset_variables_are_warnings",
        r#"[providers.new]
profile = "p"
credentials = { key = "${SET}", token = "${TOKEN}" }
[accounts]
file = "accounts.csv"
"#,
        &[
            (
                "accounts.csv",
                r#"account,integration,legacy,new
a,x,${LEGACY_A},1
"#,
            ),
            ("mappings/profiles/p.toml", &own_profile("{key}{token}")),
        ],
        r#"
  ⚠ warning: the environment variable `TOKEN` is not set
    ╭─[cutover.toml:9:42]
  8 │ profile = "p"
  9 │ credentials = { key = "${SET}", token = "${TOKEN}" }
    ·                                          ────┬───
    ·                                              ╰── not set
 10 │ [accounts]
    ╰────
  help: it is needed where a provider is asked, not for judging recordings

warning: the environment variable `LEGACY_A` is not set (accounts.csv, line 2)
  help: it is needed where that account is asked, not for judging

0 errors, 2 warnings
"#,
    );
}

#[test]
fn recordings_of_an_unknown_operation_are_a_warning() {
    check(
        "recordings_of_an_unknown_operation_are_a_warning",
        r#""#,
        &[
            ("recordings/crm.contact.list/a.json", r#"{}"#),
            ("recordings/other/b.json", r#"{}"#),
            ("recordings/segments/a.seg", ""),
            ("recordings/crm.contacts.list/a.json", r#"{}"#),
        ],
        r#"
warning: recordings/crm.contact.list belongs to no operation of the configuration
  help: did you mean `crm.contacts.list`? Its pairs are undecided until an operation has this name

warning: recordings/other belongs to no operation of the configuration
  help: its pairs are undecided until [[operations]] declares it

0 errors, 2 warnings
"#,
    );
}

#[test]
fn parts_of_an_operation_that_do_not_fit_are_warnings() {
    check(
        "parts_of_an_operation_that_do_not_fit_are_warnings",
        r#"read_only = "it reads"
consumes = ["$['id']"]
critical = ["$.id", "$.name"]
[[operations]]
name = "b"
map_from = "source"
source = { method = "GET", path = "/s" }
"#,
        &[],
        r#"
  ⚠ warning: operation `crm.contacts.list` gives a `read_only` reason that nothing needs
   ╭─[cutover.toml:3:1]
 2 │ name = "m"
 3 │ [[operations]]
   · ───────┬──────
   ·        ╰── all its methods are safe
 4 │ name = "crm.contacts.list"
   ╰────
  help: leave it out

  ⚠ warning: `$.name` is critical, but not among what the application consumes
    ╭─[cutover.toml:9:21]
  8 │ consumes = ["$['id']"]
  9 │ critical = ["$.id", "$.name"]
    ·                     ────┬───
    ·                         ╰── not in `consumes`
 10 │ [[operations]]
    ╰────
  help: add it there, or it counts as never read

  ⚠ warning: operation `b` does not say how legacy is asked
    ╭─[cutover.toml:10:1]
  9 │ critical = ["$.id", "$.name"]
 10 │ [[operations]]
    · ───────┬──────
    ·        ╰── no `legacy`
 11 │ name = "b"
    ╰────
  help: its recordings are judged all the same; capturing more needs it

  ⚠ warning: operation `b` does not say how new is asked
    ╭─[cutover.toml:10:1]
  9 │ critical = ["$.id", "$.name"]
 10 │ [[operations]]
    · ───────┬──────
    ·        ╰── no `new`
 11 │ name = "b"
    ╰────
  help: its recordings are judged all the same; capturing more needs it

  ⚠ warning: operation `b` takes the source's body for legacy's, unmapped
    ╭─[cutover.toml:10:1]
  9 │ critical = ["$.id", "$.name"]
 10 │ [[operations]]
    · ───────┬──────
    ·        ╰── no `mapping`
 11 │ name = "b"
    ╰────
  help: name the mapping that turns it into legacy's shape

0 errors, 5 warnings
"#,
    );
}

#[test]
fn what_keeps_sides_from_being_joined_is_a_warning() {
    check(
        "what_keeps_sides_from_being_joined_is_a_warning",
        r#"[[operations]]
name = "a"
legacy = { method = "GET", path = "/a/{id}/{part}", next_page = "link" }
new = { method = "GET", path = "/a", query = { of = "{id}", as = "{kind}" } }
join = { ignore = ["kind"] }
"#,
        &[],
        r#"
  ⚠ warning: operation `a` has the parameter `part` on the side legacy only
   ╭─[cutover.toml:7:1]
 6 │ new = { method = "GET", path = "/new" }
 7 │ [[operations]]
   · ───────┬──────
   ·        ╰── nothing can be joined
 8 │ name = "a"
   ╰────
  help: requests that were recorded one side at a time go together by equal parameters: name it on
        both sides, or add it to join = { ignore = […] }

  ⚠ warning: operation `a` says how pages follow, but not where their items lie
   ╭─[cutover.toml:7:1]
 6 │ new = { method = "GET", path = "/new" }
 7 │ [[operations]]
   · ───────┬──────
   ·        ╰── no `items`
 8 │ name = "a"
   ╰────
  help: add items = "$.data": several pages are undecided without it

0 errors, 2 warnings
"#,
    );
}

#[test]
fn what_fits_together_is_counted() {
    let scratch = Scratch::new("fits");
    scratch.write(
        "cutover.toml",
        &format!("{OPERATION}mapping = \"a.jsonata\"\n[accounts]\nfile = \"accounts.csv\"\n"),
    );
    scratch.write("a.jsonata", "$");
    scratch.write("accounts.csv", "account,integration,legacy,new\na,x,1,2\n");
    let config = Config::load(&ConfigPlace::Upwards { folder: scratch.path().join("below/it") });
    let config = config.unwrap_or_else(|error| panic!("the configuration is read: {error}"));
    let (extent, findings) = look_over(&config, TODAY, &|_| None);
    assert_eq!(extent, Extent { operations: 1, mappings: 1, tolerances: 0, accounts: 1 });
    assert!(findings.is_empty(), "{findings:?}");
}
