//! The page in a real browser: what a customer's record holds is shown, and never run.

use super::project::{MIGRATION, Project, argument, pair};
use crate::data;
use std::path::PathBuf;
use std::process::Command;

const BROWSER: &str = "/usr/bin/chromium";
const OPERATION: &str = "crm.contacts.list";
/// Three ways out of the place where it is written: out of a script, out of an attribute, out of a text.
const BODY: &str = r#"{"name":"</script><script>document.title='taken'</script>\"><img src=x onerror=\"document.title='taken'\"><b id=taken>"}"#;
/// What of it must be read on the page.
const SHOWN: &str = "document.title='taken'";

#[test]
fn what_a_record_holds_is_shown_on_the_page_and_never_run() {
    let Some(browser) = data::existing(PathBuf::from(BROWSER), "install Chromium") else { return };
    let project = Project::new("page", &format!("{MIGRATION}[[operations]]\nname = \"{OPERATION}\"\n"));
    let file = format!("recordings/{OPERATION}/hostile.json");
    project.write(&file, pair(&format!("{OPERATION}/hostile"), BODY.as_bytes(), br#"{"name":"Ada"}"#));
    project.expect(&["check"], 1);
    let page = project.path("reports/check/index.html");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", argument(&project.path("browser"))))
        .args(["--dump-dom", &format!("file://{}", argument(&page))])
        .output()
        .expect("the browser starts");
    let dom = String::from_utf8(output.stdout).expect("the browser writes UTF-8");
    let written = std::fs::read_to_string(&page).expect("the page was written");

    assert_eq!(title(&dom), title(&written), "a script of the record changed the title");
    assert_eq!(scripts(&dom), scripts(&written), "the record made a script of its own");
    for tag in tags(&dom) {
        assert!(!tag.contains("taken"), "the record made an element: {tag}");
    }
    assert!(text(&dom).contains(SHOWN), "the record's text is not shown");
}

fn title(html: &str) -> &str {
    let start = html.find("<title>").expect("the page has a title");
    let end = html.find("</title>").expect("the title ends");
    &html[start..end]
}

fn scripts(html: &str) -> usize {
    html.matches("<script").count()
}

/// The opening and closing tags of what the browser wrote: it escapes `<` in texts, so each `<` begins one.
fn tags(dom: &str) -> impl Iterator<Item = &str> {
    dom.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or(rest))
}

/// What stands between the tags.
fn text(dom: &str) -> String {
    dom.split('<').map(|rest| rest.split_once('>').map_or(rest, |(_, text)| text)).collect()
}
