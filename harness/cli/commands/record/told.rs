//! What `record` did, for people and for machines; the schema is in docs/record.md.

use std::collections::BTreeMap;
use std::io::Write;

use capture::record::{Ask, Counts, Sides};
use compare::model::Request;
use providers::asked::encoded_query;
use serde_json::json;
use store::segments::Uploaded;

use super::wanted::Wanted;
use crate::exit::Exit;
use crate::options::Format;
use crate::storage::left_behind;

/// People are told so many of each; JSON has all.
const SHOWN_MAX: usize = 20;
/// So many different requests that are of no operation are remembered; all are counted.
const UNMATCHED_MAX: usize = 1_000;

/// What was done, and what was not and why.
#[derive(Debug, Default)]
pub struct Told {
    /// Requests that the files hold.
    pub requests: u64,
    /// Of them, later pages of lists, which are walked from their first.
    pub later_pages: u64,
    /// Lines of a log that hold no request.
    pub not_logged: u64,
    /// Asked for more than once.
    pub doubled: u64,
    /// Pairs that are there already.
    pub there: u64,
    /// Left out by `--limit`.
    pub beyond_limit: usize,
    /// Pairs that were to be recorded.
    pub wanted: usize,
    /// New pairs.
    pub pairs: u64,
    /// Pairs that got a side.
    pub completed: u64,
    /// Walks of both lists that were done once more, because rows may have moved.
    pub walked_again: u64,
    /// Pairs of which a side gave no answer.
    pub failed: u64,
    /// Exchanges recorded, repeats left out.
    pub answers: u64,
    /// Requests that were sent.
    pub counts: Counts,
    /// By Ctrl-C.
    pub interrupted: bool,
    /// Where the pairs lie.
    pub folder: String,
    /// What became of personal data.
    pub redaction: String,
    /// What became of segments that object storage was to get.
    pub uploaded: Option<Uploaded>,
    refused: Vec<Refused>,
    unmatched: BTreeMap<(String, String), u64>,
    unmatched_total: u64,
}

#[derive(Debug)]
struct Refused {
    operation: String,
    account: Option<String>,
    why: String,
}

impl Told {
    /// Something could not be asked.
    pub fn refuse(&mut self, operation: &str, account: Option<&str>, why: &str) {
        let (operation, account) = (operation.to_owned(), account.map(str::to_owned));
        self.refused.push(Refused { operation, account, why: why.to_owned() });
    }

    /// A request is of no operation. Of its address only the form is told: what stands in it may be personal.
    pub fn unmatched(&mut self, request: &Request, why: &str) {
        self.unmatched_total += 1;
        let place = capture::place::Place::of(&request.url);
        let form: Vec<String> = place.segments.iter().map(|segment| without_ids(segment)).collect();
        let key = (format!("{} {}", request.method, form.join("/")), why.to_owned());
        let has_room = self.unmatched.len() < UNMATCHED_MAX;
        match self.unmatched.get_mut(&key) {
            Some(count) => *count += 1,
            None if has_room => drop(self.unmatched.insert(key, 1)),
            None => {}
        }
    }

    /// The exit that it leads to.
    pub fn exit(&self) -> Exit {
        let nothing = self.wanted == 0 && self.there == 0;
        match self.interrupted || nothing || !self.refused.is_empty() {
            true => Exit::Undecided,
            false => Exit::Clean,
        }
    }

    /// What would be asked.
    pub fn write_plan(
        &self,
        wanted: &[Wanted<'_>],
        sides: &Sides,
        format: Format,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let target = |ask: &Option<Ask>| {
            ask.as_ref().map(|ask| {
                let query = ask.asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let walk = if ask.list.is_some() { " …" } else { "" };
                format!("{} {}{}{walk}", ask.asked.method, ask.asked.path, encoded_query(query))
            })
        };
        let hazards =
            [("legacy", &sides.legacy), ("new", &sides.new)].into_iter().flat_map(|(side, provider)| {
                let hazards = provider.iter().flat_map(|provider| &provider.profile.hazard);
                hazards.map(move |hazard| (side, hazard.what.clone(), hazard.confidence.told()))
            });
        let hazards: Vec<_> = hazards.collect();
        if format == Format::Json {
            let asked = wanted.iter().map(|wanted| {
                json!({
                    "pair": format!("{}/{}", wanted.operation.name, wanted.name), "account": wanted.account,
                    "legacy": target(&wanted.job.legacy), "new": target(&wanted.job.new), "source": target(&wanted.job.source),
                })
            });
            let hazards =
                hazards.iter().map(|(side, what, known)| json!({"side": side, "what": what, "known": known}));
            let document = json!({
                "version": 1, "would_ask": asked.collect::<Vec<_>>(), "hazards": hazards.collect::<Vec<_>>(),
                "totals": self.totals(), "refused": self.refused_json(), "unmatched": self.unmatched_json(),
            });
            writeln!(out, "{document:#}")?;
            return Ok(());
        }
        for wanted in wanted.iter().take(SHOWN_MAX) {
            writeln!(out, "{}/{}", wanted.operation.name, wanted.name)?;
            let sides =
                [("legacy", &wanted.job.legacy), ("new", &wanted.job.new), ("source", &wanted.job.source)];
            for (side, target) in sides.into_iter().filter_map(|(side, ask)| Some((side, target(ask)?))) {
                writeln!(out, "  {side:<6} {target}")?;
            }
        }
        more(wanted.len(), out)?;
        if !hazards.is_empty() {
            writeln!(out, "\nMind")?;
            for (side, what, known) in &hazards {
                writeln!(out, "  {side}: {what} ({known})")?;
            }
        }
        writeln!(out, "\n{} would be recorded, {} are there.", counted(wanted.len() as u64), self.there)?;
        self.write_rest(out)
    }

    /// What was done.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> anyhow::Result<()> {
        if format == Format::Json {
            let mut document = json!({
                "version": 1, "totals": self.totals(), "interrupted": self.interrupted,
                "refused": self.refused_json(), "unmatched": self.unmatched_json(),
            });
            if let Some(Uploaded { segments, left, why }) = &self.uploaded {
                document["uploaded"] = json!({"segments": segments, "left": left, "why": why});
            }
            writeln!(out, "{document:#}")?;
            return Ok(());
        }
        if self.interrupted {
            writeln!(out, "Interrupted: what was recorded is kept, and the next run goes on.")?;
        }
        let folder = if self.folder.is_empty() { "recordings" } else { &self.folder };
        writeln!(
            out,
            "{} recorded into {folder}, {} completed, {} there already.",
            counted(self.pairs),
            self.completed,
            self.there
        )?;
        let Counts { legacy_requests, new_requests, throttled } = self.counts;
        writeln!(out, "{legacy_requests} requests to legacy, {new_requests} to new; {throttled} throttled.")?;
        if let Some(uploaded) = &self.uploaded {
            let moved = report::run::counted(uploaded.segments, "segment", "segments");
            let left = left_behind(uploaded);
            writeln!(out, "{}", left.unwrap_or_else(|| format!("{moved} moved to object storage.")))?;
        }
        if self.walked_again > 0 {
            let times = report::run::counted(self.walked_again, "time", "times");
            writeln!(out, "Lists that differed were walked again, {times}: rows may have moved meanwhile.")?;
        }
        if self.failed > 0 {
            writeln!(
                out,
                "{} had no answer of a side: they are undecided, and --round asks again.",
                counted(self.failed)
            )?;
        }
        out.write_all(self.redaction.as_bytes())?;
        self.write_rest(out)
    }

    fn write_rest(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        if self.beyond_limit > 0 {
            writeln!(out, "{} more are beyond --limit.", counted(self.beyond_limit as u64))?;
        }
        if self.not_logged > 0 {
            writeln!(out, "{} lines of the log hold no request.", self.not_logged)?;
        }
        if !self.refused.is_empty() {
            writeln!(out, "\nNot asked")?;
            for Refused { operation, account, why } in self.refused.iter().take(SHOWN_MAX) {
                let account = account.as_ref().map(|account| format!(" of {account}")).unwrap_or_default();
                let operation =
                    if operation.is_empty() { String::new() } else { format!("{operation}{account}: ") };
                writeln!(out, "  {operation}{why}")?;
            }
            more(self.refused.len(), out)?;
        }
        if self.unmatched_total > 0 {
            writeln!(out, "\n{} of {} requests are of no operation", self.unmatched_total, self.requests)?;
            for ((request, why), count) in self.unmatched.iter().take(SHOWN_MAX) {
                writeln!(out, "  {count:>5}  {request}: {why}")?;
            }
            more(self.unmatched.len(), out)?;
        }
        Ok(())
    }

    fn totals(&self) -> serde_json::Value {
        json!({
            "wanted": self.wanted, "pairs": self.pairs, "completed": self.completed, "there": self.there,
            "failed": self.failed, "walked_again": self.walked_again, "answers": self.answers,
            "legacy_requests": self.counts.legacy_requests, "new_requests": self.counts.new_requests,
            "throttled": self.counts.throttled, "beyond_limit": self.beyond_limit, "doubled": self.doubled,
            "requests": self.requests, "later_pages": self.later_pages, "not_logged": self.not_logged,
            "refused": self.refused.len(), "unmatched": self.unmatched_total,
        })
    }

    fn refused_json(&self) -> Vec<serde_json::Value> {
        let one = |Refused { operation, account, why }: &Refused| json!({"operation": operation, "account": account, "why": why});
        self.refused.iter().map(one).collect()
    }

    fn unmatched_json(&self) -> Vec<serde_json::Value> {
        let one = |((request, why), count): (&(String, String), &u64)| json!({"request": request, "count": count, "why": why});
        self.unmatched.iter().map(one).collect()
    }
}

fn counted(pairs: u64) -> String {
    report::run::counted(pairs, "pair", "pairs")
}

fn more(all: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    if all > SHOWN_MAX {
        writeln!(out, "  … and {} more; --format json has all", all - SHOWN_MAX)?;
    }
    Ok(())
}

/// A part of a path with a digit, an `@`, or of great length is an id.
fn without_ids(segment: &str) -> String {
    let is_id = segment.len() > 40 || segment.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@');
    let is_version = segment.len() <= 4 && segment.starts_with('v');
    if is_id && !is_version { "{…}".to_owned() } else { segment.to_owned() }
}
