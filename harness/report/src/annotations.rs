//! `annotations.txt`: workflow commands of GitHub Actions, which show a sentence at a line of the change.
//!
//! A job prints the file. The forge shows ten of each level and drops the others without a word, so no more are written.
//! What could end a command or a property is percent-encoded, as the forge's own toolkit does.

use std::io;

use crate::causes::{CauseInfo, State};
use crate::mappings::Level;
use crate::run::{Run, counted};
use crate::visible::short;

/// The forge shows no more of one level in one step.
pub const ANNOTATIONS_MAX: usize = 10;

const TEXT_CHARS_MAX: usize = 500;

struct Annotation<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    title: String,
    message: String,
}

/// Writes the file.
pub fn write(mut out: impl io::Write, run: &Run) -> io::Result<()> {
    let causes = run.causes.iter().filter(|cause| cause.state != State::Accepted).map(of_cause);
    let failures = run.mappings.iter().flat_map(|mapping| &mapping.failures).map(|failure| Annotation {
        file: &failure.file,
        line: 1,
        column: 1,
        title: format!("the case {} fails", failure.name),
        message: failure.message.clone(),
    });
    write_level(&mut out, "error", causes.chain(failures).collect())?;
    let findings = run.mappings.iter().flat_map(|mapping| {
        let warnings = mapping.findings.iter().filter(|finding| finding.level == Level::Warning);
        warnings.map(|finding| Annotation {
            file: &mapping.file,
            line: finding.line,
            column: finding.column,
            title: finding.rule.clone(),
            message: format!("{}: {}", finding.message, finding.help),
        })
    });
    write_level(&mut out, "warning", findings.collect())
}

fn of_cause(cause: &CauseInfo) -> Annotation<'_> {
    let (file, line, column) = match &cause.made_at {
        Some(at) => (&at.file, at.line, at.column),
        None => (&cause.declared.file, cause.declared.line, 1),
    };
    let title = format!("{} at {}", cause.kind.name(), cause.field);
    Annotation { file, line, column, title, message: cause.sentence() }
}

fn write_level(out: &mut impl io::Write, level: &str, annotations: Vec<Annotation<'_>>) -> io::Result<()> {
    let left_out = annotations.len().saturating_sub(ANNOTATIONS_MAX);
    // The last one of a level says how many there are beside it.
    let shown = if left_out > 0 { ANNOTATIONS_MAX - 1 } else { ANNOTATIONS_MAX };
    for annotation in annotations.iter().take(shown) {
        let Annotation { file, line, column, title, message } = annotation;
        let (file, title) = (property(file), property(&short(title, TEXT_CHARS_MAX)));
        let message = encoded(&short(message, TEXT_CHARS_MAX));
        writeln!(out, "::{level} file={file},line={line},col={column},title={title}::{message}")?;
    }
    if left_out > 0 {
        let more = counted((annotations.len() - shown) as u64, "more is", "more are");
        writeln!(out, "::{level}::{more} in the report")?;
    }
    Ok(())
}

fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    encoded(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, HOSTILE, Shape};

    fn check(change: impl Fn(&mut Run), expected: &str) {
        let tally = fixture::tally(&fixture::judgements(&[Shape::Different]));
        let mut run = fixture::run(&tally);
        run.causes = vec![fixture::cause()];
        change(&mut run);
        let mut out = Vec::new();
        write(&mut out, &run).expect("memory does not fail");
        assert_eq!(String::from_utf8(out).expect("it is UTF-8"), expected);
    }

    #[test]
    fn a_difference_stands_at_the_line_that_made_it() {
        check(
            |run| run.mappings = vec![fixture::mapping()],
            "::error file=mappings/crm/contacts.list.response.jsonata,line=1,col=5,title=value at $.data[*].email::\
             value at $.data[*].email of crm.contacts.list: 2 differences in 1 pair, not as accepted. Both have it, with \
             different values. \"zoe@acme.example\" became (absent) in crm.contacts.list/acme-0002.\n\
             ::error file=mappings/crm/cases/contacts.list.response/one.expected.json,line=1,col=1,title=the case one \
             fails::1 difference, first value at $.a: expected 1, mapped 2\n\
             ::warning file=mappings/crm/contacts.list.response.jsonata,line=1,col=12,title=never-matched::`d` found \
             nothing in any of 4 evaluations on recordings: look for its spelling\n",
        );
    }

    #[test]
    fn what_was_accepted_is_not_shown_again() {
        check(|run| run.causes[0].state = State::Accepted, "");
    }

    #[test]
    fn what_no_mapping_made_stands_at_its_operation_and_more_than_ten_are_counted() {
        let mut gone = fixture::cause();
        (gone.made_at, gone.state) = (None, State::Gone);
        let line = "::error file=cutover.toml,line=7,col=1,title=value at $.data[*].email::value at $.data[*].email of \
                    crm.contacts.list was accepted and is not there any more: `cutover review` takes it out\n";
        check(
            |run| run.causes = vec![gone.clone(); ANNOTATIONS_MAX + 1],
            &format!("{}::error::2 more are in the report\n", line.repeat(ANNOTATIONS_MAX - 1)),
        );
        check(|run| run.causes = vec![gone.clone(); ANNOTATIONS_MAX], &line.repeat(ANNOTATIONS_MAX));
    }

    #[test]
    fn a_record_cannot_give_a_command_of_its_own() {
        let tally = fixture::tally(&[]);
        let mut run = fixture::run(&tally);
        let mut hostile = fixture::cause();
        hostile.field = format!("{HOSTILE}\n::set-env name=A::b\r::error::%0A,x");
        hostile.operation = hostile.field.clone();
        run.causes = vec![hostile];
        let mut out = Vec::new();
        write(&mut out, &run).expect("memory does not fail");
        let text = String::from_utf8(out).expect("it is UTF-8");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.ends_with('\n') && !text.trim_end().contains('\r'), "{text}");
    }
}
