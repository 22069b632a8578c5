//! Which ids stand for each other over all recordings: a pass of its own, before any pair is judged.
//!
//! Whether ids that differ by design stay one-to-one shows only when all pairs are known, and then a collision is a
//! difference at every pair that has a part in it. So whoever judges one pair, some, or all first looks at all, and
//! comes to the same verdict.

use std::io;

use compare::entities::{Entities, EntityLink};
use store::recordings::RawRecord;

use crate::config::Config;
use crate::judge::{Ids, Judge};
use crate::options::Global;
use crate::pipeline::{self, Ended};
use crate::plan::Plan;
use crate::seen::Seen;
use crate::storage::{may_have_recordings, open_recordings};

/// So many distinct ids of both sides are remembered, at some 300 bytes each: an application with more is judged in
/// parts.
pub const IDS_MAX: usize = 4_000_000;

/// The ids together may be so long: what is longer is no ids.
pub const ID_BYTES_MAX: usize = 256 << 20;

/// Gathers over every recording, where the plan has a rule that asks for it. `plan` must have every operation that such
/// a rule speaks of, whichever of them are then judged.
pub fn gather(config: &Config, plan: &Plan, global: &Global) -> anyhow::Result<(Ids, Ended)> {
    gather_within(config, plan, global, IDS_MAX, ID_BYTES_MAX)
}

fn gather_within(
    config: &Config,
    plan: &Plan,
    global: &Global,
    ids_max: usize,
    bytes_max: usize,
) -> anyhow::Result<(Ids, Ended)> {
    let is_asked = plan.operations.iter().any(|operation| operation.rules.has_entities());
    if !is_asked || !may_have_recordings(config) {
        return Ok((Ids::NotAsked, Ended::Whole));
    }
    let recordings = open_recordings(config, global)?;
    let records = recordings.records(recordings.sources()?.files);
    let one = |record: &RawRecord, judge: &mut Judge<'_>| {
        let pair = record.pair().ok()?;
        Some((judge.links(&pair), pair.id))
    };
    let (mut seen, mut entities, mut is_full) = (Seen::default(), Entities::default(), false);
    let add = |(links, pair): (Vec<EntityLink>, String)| {
        // Of two pairs with one id the second is undecided, and no evidence.
        if seen.insert(&pair) && !is_full {
            entities.add(&pair, &links);
            is_full = entities.len() > ids_max || entities.bytes() > bytes_max;
        }
        io::Result::Ok(())
    };
    let ended = pipeline::each((plan, &Ids::NotAsked), records, global, "looked at for ids", one, add)?;
    Ok((if is_full { Ids::TooMany { ids_max, bytes_max } } else { Ids::Known(entities) }, ended))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::num::NonZeroUsize;

    use crate::engines::Engines;
    use crate::options::{Environment, Options, Reader, World};
    use crate::scratch::Scratch;

    /// What three pairs with three ids a side, each of five bytes on legacy's and one on new's, come to.
    fn check(name: &str, ids_max: usize, bytes_max: usize, expected: &str) {
        let scratch = Scratch::new(name);
        let configuration =
            "[migration]\nname = \"m\"\n[[operations]]\nname = \"a.b\"\ntolerances = [\"t.toml\"]\n";
        scratch.write("cutover.toml", configuration);
        let tolerance =
            "[[tolerance]]\npath = \"$.id\"\nrule = { same_entity = \"n\" }\nreason = \"r\"\nowner = \"o\"\n";
        scratch.write("t.toml", &format!("{tolerance}until = 9999-12-31\n"));
        let answer =
            |id: &str| format!("[{{\"response\":{{\"status\":200,\"body\":{{\"json\":{{\"id\":{id}}}}}}}}}]");
        let line = |n: u8| {
            let (legacy, new) = (answer(&format!("\"long{n}\"")), answer(&n.to_string()));
            format!(
                "{{\"version\":1,\"id\":\"a.b/{n}\",\"operation\":\"a.b\",\"legacy\":{legacy},\"new\":{new}}}\n"
            )
        };
        scratch.write("recordings/rows.jsonl", &[1, 2, 3].map(line).concat());
        let world = World {
            folder: scratch.path().to_owned(),
            environment: Environment::from_variables([]),
            stdin: Reader::File,
            stdout: Reader::File,
            stderr: Reader::File,
            now: "2026-11-20T00:00:00Z".parse().expect("it is an instant"),
            clock: || jiff::Timestamp::UNIX_EPOCH,
            cores: NonZeroUsize::MIN,
        };
        let Options { global, .. } =
            Options::read(["cutover", "check"].map(OsString::from), world).expect("it is a command line");
        let config = Config::load(&global.config).expect("the configuration of the test");
        let operations = config.select(&[]).expect("all operations");
        let plan = Plan::compile(&config, &operations, &global.as_of, &Engines::where_needed(&global))
            .expect("it compiles");
        let (ids, ended) = gather_within(&config, &plan, &global, ids_max, bytes_max).expect("it is read");
        let judged = |ids: &Ids| {
            let recordings = store::recordings::Recordings::open(&config.recordings()).expect("it is there");
            let (location, pair) = recordings.find("a.b/1").expect("it is read").expect("it is there");
            Judge::new(&plan, ids).judge(&pair, location.to_string(), |_| false).verdict
        };
        let verdict = match judged(&ids) {
            compare::verdict::Verdict::Undecided(reason) => {
                format!("{}: {}", reason.code.name(), reason.detail)
            }
            verdict => verdict.name().to_owned(),
        };
        assert_eq!((verdict.as_str(), ended), (expected, Ended::Whole));
    }

    #[test]
    fn more_ids_than_can_be_remembered_leave_undecided_whoever_links_any() {
        let full = |ids: usize, bytes: usize| {
            format!(
                "limit: the recordings link more than {ids} ids that differ by design, or {bytes} bytes of them: too \
                 many to see whether they stay one-to-one"
            )
        };
        check("ids-fit", 6, 18, "tolerated");
        check("ids-many", 5, 18, &full(5, 18));
        check("ids-long", 6, 17, &full(6, 17));
    }
}
