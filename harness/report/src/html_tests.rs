//! Facts about the page: what it says, that nothing in it can run, and that it stays small.

use super::*;
use crate::fixture::{self, HOSTILE, Shape};
use crate::mappings::Coverage;
use crate::run::Head;
use evidence::tally::Tally;

fn page(run: &Run) -> String {
    let mut out = Vec::new();
    write(&mut out, run).expect("memory does not fail");
    String::from_utf8(out).expect("the page is UTF-8")
}

/// What a reader sees: a line for each row, paragraph, heading and item, with a bar between the texts in it.
fn check(shapes: &[Shape], expected: &str) {
    let tally = fixture::tally(&fixture::judgements(shapes));
    let page = page(&fixture::run(&tally));
    let body = page.split_once("</style>").expect("the page has one style").1;
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    for chunk in body.split('<').skip(1) {
        let (tag, text) = chunk.split_once('>').expect("a tag ends");
        if ["/tr", "/p", "/h1", "/h2", "/li", "/summary", "/div", "/nav"].contains(&tag) && !line.is_empty() {
            lines.push(std::mem::take(&mut line).join(" | "));
        }
        line.extend(Some(text.trim()).filter(|text| !text.is_empty()));
    }
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn a_run_without_pairs_says_so() {
    check(
        &[],
        r#"Skip to the report | ⇄ | cutover | check
Operations | Fields | Tolerances | Warnings
acme: Apideck to Truto
? | Nothing to judge
There was nothing to judge.
Judged as of | 2026-11-24 | by cutover | 0.1.0
pairs | 0
= | same | 0
≈ | tolerated | 0
≠ | different | 0
? | undecided | 0
Operations
Operation | Verdict | Pairs | Same | Tolerated | Different | Undecided
crm.contacts.list | mappings/crm/contacts.list.response.jsonata | – | no pairs | 0 | 0 | 0 | 0 | 0
All | 0 | 0 | 0 | 0 | 0
Fields that differ
No field differs.
What tolerances hid
$.data[*].updated_at | ? | unused | excused nothing
Rule | same_instant
Reason | legacy writes SQL style, new RFC 3339
Owner | integrations@acme.example
Until | 2027-03-31
Written in | mappings/crm/contacts.tolerances.toml:1
Operations | crm.contacts.list
$.data[*].nickname | ? | unused | excused nothing
Rule | ignore
Reason | legacy writes SQL style, new RFC 3339
Owner | integrations@acme.example
Until | 2027-03-31
Written in | mappings/crm/contacts.tolerances.toml:8
Operations | crm.contacts.list
Warnings
excused nothing in this run: tolerance same_instant at $.data[*].updated_at (mappings/crm/contacts.tolerances.toml:1)
excused nothing in this run: tolerance ignore at $.data[*].nickname (mappings/crm/contacts.tolerances.toml:8)
verdicts.json | has every pair, | differences.csv | every difference, and | cutover explain | shows one pair with both bodies and every rule that applied."#,
    );
}

#[test]
fn a_run_with_every_verdict_shows_each_field_tolerance_and_reason() {
    check(
        &[Shape::Same, Shape::Tolerated, Shape::Different, Shape::Undecided],
        r#"Skip to the report | ⇄ | cutover | check
Operations | Fields | Examples | Tolerances | Undecided | Warnings
acme: Apideck to Truto
≠ | Different
1 of 4 pairs differs.
Judged as of | 2026-11-24 | by cutover | 0.1.0
pairs | 4
= | same | 1 | 25.0 %
≈ | tolerated | 1 | 25.0 %
≠ | different | 1 | 25.0 %
? | undecided | 1 | 25.0 %
Operations
Operation | Verdict | Pairs | Same | Tolerated | Different | Undecided
crm.contacts.list | mappings/crm/contacts.list.response.jsonata | ≠ | different | 4 | 1 | 1 | 1 | 1
All | 4 | 1 | 1 | 1 | 1
Fields that differ
Field | Kind | Pairs | Not tolerated | Tolerated
$.data[*].email | crm.contacts.list | value | 1 | 1 | 0
$.data[*].updated_at | crm.contacts.list | instant_text | 2 | 0 | 2
Examples
Legacy on the left, new as mapped on the right, its keys in legacy’s order. | differences.csv | has every difference.
$.data[*].email | value | crm.contacts.list | · 1 not tolerated
Both have it, with different values. | 1 difference in 1 pair.
crm.contacts.list/acme-0002 | $.data[3].email
&#34;zoe@acme.example&#34; | → | &#34;zoë@acme.example&#34;
Legacy | New, mapped
1 | { | 1 | {
2 | &#34;id&#34;: 7 | 2 | &#34;id&#34;: 7
3 | − | &#34;email&#34;: &#34; | zoe | @acme.example&#34; | 3 | + | &#34;email&#34;: &#34; | zoë | @acme.example&#34;
4 | } | 4 | }
$.data[*].updated_at | instant_text | crm.contacts.list | · 2 tolerated
One instant is written in two ways. | 2 differences in 2 pairs, all tolerated.
crm.contacts.list/acme-0001 | $.data[3].updated_at
&#34;2026-11-20 09:30:00&#34; | → | &#34;2026-11-20T09:30:00Z&#34; | ≈ | same_instant (mappings/crm/contacts.tolerances.toml:1)
Legacy | New, mapped
1 | { | 1 | {
2 | &#34;id&#34;: 7 | 2 | &#34;id&#34;: 7
3 | − | &#34;updated_at&#34;: &#34;2026-11- | 20 09 | :30: | 00 | &#34; | 3 | + | &#34;updated_at&#34;: &#34;2026-11- | 20T09 | :30: | 00Z | &#34;
4 | } | 4 | }
crm.contacts.list/acme-0002 | $.data[3].updated_at
&#34;2026-11-20 09:30:00&#34; | → | &#34;2026-11-20T09:30:00Z&#34; | ≈ | same_instant (mappings/crm/contacts.tolerances.toml:1)
Legacy | New, mapped
1 | { | 1 | {
2 | &#34;id&#34;: 7 | 2 | &#34;id&#34;: 7
3 | − | &#34;updated_at&#34;: &#34;2026-11- | 20 09 | :30: | 00 | &#34; | 3 | + | &#34;updated_at&#34;: &#34;2026-11- | 20T09 | :30: | 00Z | &#34;
4 | } | 4 | }
What tolerances hid
$.data[*].updated_at | ≈ | in use | 2 differences in 2 pairs
Rule | same_instant
Reason | legacy writes SQL style, new RFC 3339
Owner | integrations@acme.example
Until | 2027-03-31
Written in | mappings/crm/contacts.tolerances.toml:1
Operations | crm.contacts.list
crm.contacts.list/acme-0001 | $.data[3].updated_at
&#34;2026-11-20 09:30:00&#34; | → | &#34;2026-11-20T09:30:00Z&#34;
Legacy | New, mapped
1 | { | 1 | {
2 | &#34;id&#34;: 7 | 2 | &#34;id&#34;: 7
3 | − | &#34;updated_at&#34;: &#34;2026-11- | 20 09 | :30: | 00 | &#34; | 3 | + | &#34;updated_at&#34;: &#34;2026-11- | 20T09 | :30: | 00Z | &#34;
4 | } | 4 | }
crm.contacts.list/acme-0002 | $.data[3].updated_at
&#34;2026-11-20 09:30:00&#34; | → | &#34;2026-11-20T09:30:00Z&#34;
Legacy | New, mapped
1 | { | 1 | {
2 | &#34;id&#34;: 7 | 2 | &#34;id&#34;: 7
3 | − | &#34;updated_at&#34;: &#34;2026-11- | 20 09 | :30: | 00 | &#34; | 3 | + | &#34;updated_at&#34;: &#34;2026-11- | 20T09 | :30: | 00Z | &#34;
4 | } | 4 | }
$.data[*].nickname | ? | unused | excused nothing
Rule | ignore
Reason | legacy writes SQL style, new RFC 3339
Owner | integrations@acme.example
Until | 2027-03-31
Written in | mappings/crm/contacts.tolerances.toml:8
Operations | crm.contacts.list
Undecided
failed | ? | 1 pair | crm.contacts.list
Pair | What happened | Read from
crm.contacts.list/acme-0003 | new: no answer in 10 s | recordings/crm.contacts.list/acme-0003.json
Warnings
excused nothing in this run: tolerance ignore at $.data[*].nickname (mappings/crm/contacts.tolerances.toml:8)
verdicts.json | has every pair, | differences.csv | every difference, and | cutover explain | shows one pair with both bodies and every rule that applied."#,
    );
}

fn hostile_run(tally: &Tally) -> Run<'_> {
    let mut run = fixture::run(tally);
    run.head = Head { tool: HOSTILE, migration: HOSTILE, as_of: HOSTILE };
    run.interrupted = Some(HOSTILE.to_owned());
    run.warnings.push(HOSTILE.to_owned());
    run.problems.push(HOSTILE.to_owned());
    let info = &mut run.operations[0];
    info.mapping = Some(HOSTILE.to_owned());
    for tolerance in &mut info.tolerances {
        tolerance.expired = true;
        let texts = [&mut tolerance.path, &mut tolerance.rule, &mut tolerance.reason];
        for text in texts.into_iter().chain([&mut tolerance.owner, &mut tolerance.until, &mut tolerance.file])
        {
            *text = HOSTILE.to_owned();
        }
    }
    run
}

#[test]
fn hostile_text_makes_no_markup_at_any_place() {
    let shapes = [Shape::Hostile, Shape::Same, Shape::Different, Shape::Tolerated, Shape::Undecided];
    let tally = fixture::tally(&fixture::judgements(&shapes));
    let page = page(&hostile_run(&tally));
    let body = page.split_once("</style>").expect("the page has one style").1;
    let tags: Vec<&str> = body.split('<').skip(1).filter_map(|chunk| chunk.split('>').next()).collect();
    let mut names: Vec<&str> = tags
        .iter()
        .filter_map(|tag| tag.split([' ', '\n']).next())
        .filter(|name| !name.starts_with('/'))
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names.join(" "),
        "a article b body col colgroup dd del details div dl dt footer h1 h2 header ins li main nav p section \
         small span strong summary table tbody td tfoot th thead tr ul"
    );
    let inside_tags: Vec<&&str> =
        tags.iter().filter(|tag| tag.contains("alert") || tag.contains("onload")).collect();
    assert_eq!(inside_tags, Vec::<&&str>::new());
    let acting: Vec<char> =
        page.chars().filter(|it| it.is_control() && *it != '\n' || *it == '\u{202e}').collect();
    assert_eq!(acting, Vec::<char>::new());
}

#[test]
fn an_example_of_a_renamed_value_says_where_new_has_it() {
    let tally = fixture::tally(&fixture::judgements(&[Shape::Renamed]));
    let page = page(&fixture::run(&tally));
    let expected =
        "<span class=\"faint\">now at</span> <span class=\"mono strong\">$.data[3].phone_number</span>";
    assert_eq!(page.matches(expected).count(), 1);
}

#[test]
fn the_templates_escape_everything_and_ask_for_nothing() {
    let templates = [
        include_str!("../templates/index.html"),
        include_str!("../templates/example.html"),
        include_str!("../templates/mapping.html"),
    ]
    .join("\n");
    let unescaped: Vec<&str> = ["|safe", "| safe", "escape", "<script", "<link", "<img", "://", "url("]
        .into_iter()
        .filter(|forbidden| templates.contains(forbidden))
        .collect();
    assert_eq!(unescaped, Vec::<&str>::new());
    for forbidden in ["src=", " on"] {
        let inside: Vec<&str> = templates
            .split('<')
            .filter(|it| it.split('>').next().is_some_and(|tag| tag.contains(forbidden)))
            .collect();
        assert_eq!(inside, Vec::<&str>::new(), "{forbidden}");
    }
    let links = templates.split("href=\"").skip(1).filter_map(|link| link.split('"').next());
    let links: Vec<&str> = links.filter(|link| !link.starts_with('#')).collect();
    // The page of a mapping has a name of our own making: letters, digits, dots and dashes.
    assert_eq!(links, ["{{ row.page }}", "../index.html"]);
    let policy =
        "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"";
    assert_eq!(templates.matches(policy).count(), 2);
    assert_eq!(include_str!("../templates/style.css").matches("url(").count(), 0);
}

#[test]
fn a_page_of_very_many_long_and_hostile_texts_stays_below_its_limit_and_says_what_it_left_out() {
    let long = "<\"&'>\u{10ffff}".repeat(100);
    let mut judgements = Vec::new();
    for operation in 0..30 {
        for pair in 0..10 {
            let [mut judgement] =
                <[_; 1]>::try_from(fixture::judgements(&[Shape::Hostile])).expect("there is one judgement");
            let difference = judgement.differences.remove(0);
            judgement.operation = format!("{operation}{long}");
            judgement.pair = format!("{pair}{long}");
            judgement.notes = (0..20).map(|note| format!("{pair}{note}{long}")).collect();
            for field in 0..50 {
                let mut difference = difference.clone();
                difference.field = format!("{operation}{field}{long}").into();
                difference.legacy_context = Some(format!("{long}\n").repeat(7));
                difference.new_context = Some("\"'".repeat(3_000));
                judgement.differences.push(difference);
            }
            judgements.push(judgement);
        }
    }
    let tally = fixture::tally(&judgements);
    let mut run = hostile_run(&tally);
    run.warnings = vec![long.clone(); 2_000];
    run.problems = vec![long.clone(); 2_000];
    run.mappings = vec![MappingInfo { file: long.clone(), ..fixture::mapping() }; 2_000];
    let page = page(&run);
    assert_eq!(page.len().min(PAGE_BYTES_MAX), page.len(), "the page is too long");
    for what in ["fields", "examples", "notes", "warnings", "problems", "mappings"] {
        assert!(page.contains(&format!("{what} not shown")), "{what} are left out in silence");
    }
}

fn mapping_page(change: impl Fn(&mut MappingInfo)) -> String {
    let tally = fixture::tally(&[]);
    let mut mapping = fixture::mapping();
    change(&mut mapping);
    let mut out = Vec::new();
    write_mapping(&mut out, &fixture::run(&tally), &mapping).expect("memory does not fail");
    String::from_utf8(out).expect("the page is UTF-8")
}

fn rows(page: &str, section: &str) -> Vec<String> {
    let start = page.find(&format!("<section id=\"{section}\"")).expect("the page has the section");
    let section = &page[start..start + page[start..].find("</section>").expect("a section ends")];
    section.lines().map(str::trim).filter(|line| line.starts_with("<tr")).map(str::to_owned).collect()
}

#[test]
fn the_page_of_a_mapping_marks_what_was_not_exercised() {
    let page = mapping_page(|_| ());
    assert_eq!(
        rows(&page, "text"),
        [
            r#"<tr id="L1"><td class="number faint">1</td><td>a<span class="novalue" title="never a value"> ? </span><span class="missed" title="never evaluated">b.c</span><span class="novalue" title="never a value"> : </span>(<span class="novalue" title="never a value">d</span>)</td></tr>"#
        ]
    );
    assert_eq!(
        rows(&page, "gaps"),
        [
            r##"<tr><th scope="row"><a class="mono" href="#L1">1:1</a></th><td>never a value in 4 evaluations</td><td class="mono">a ? b.c : (d)</td></tr>"##,
            r##"<tr><th scope="row"><a class="mono" href="#L1">1:5</a></th><td>never evaluated</td><td class="mono">b.c</td></tr>"##,
            r##"<tr><th scope="row"><a class="mono" href="#L1">1:12</a></th><td>never a value in 4 evaluations</td><td class="mono">d</td></tr>"##,
        ]
    );
}

#[test]
fn a_hostile_mapping_is_text_on_its_page() {
    let page = mapping_page(|mapping| {
        mapping.file = HOSTILE.to_owned();
        mapping.source = format!("a ? {HOSTILE}");
        mapping.failures[0].name = HOSTILE.to_owned();
        mapping.failures[0].message = HOSTILE.to_owned();
        mapping.coverage = Coverage::Unmeasured(HOSTILE.to_owned());
    });
    assert_eq!(page.matches("<script").count(), 0);
    assert_eq!(page.matches(HOSTILE).count(), 0);
    let acting: Vec<char> = page.chars().filter(|c| c.is_control() && *c != '\n').collect();
    assert_eq!(acting, Vec::<char>::new());
}

#[test]
fn a_mapping_s_page_has_a_name_that_leads_nowhere_else() {
    let tally = fixture::tally(&[]);
    let mut run = fixture::run(&tally);
    let files = ["mappings/crm/a.jsonata", "crm/a.jsonata", "../../etc/x", "a b\"<.jsonata"];
    run.mappings =
        files.map(|file| MappingInfo { file: file.to_owned(), ..fixture::mapping() }).into_iter().collect();
    let names: Vec<String> = (0..files.len()).map(|index| crate::mappings::page_name(&run, index)).collect();
    assert_eq!(
        names,
        ["mappings/crm.a.html", "mappings/crm.a~2.html", "mappings/etc.x.html", "mappings/a.b...html"]
    );
}
