//! `cutover bundle verify FILE`: decides again from the files that a bundle names, as of its own moment.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};
use evidence::bundle::{self, Input, ReadBundle};
use serde_json::{Value, json};

use crate::commands::check::{Changed, Judging, engines};
use crate::config::{Config, ConfigError, GateName};
use crate::engines::Opinions;
use crate::exit::Exit;
use crate::gate::journal::From;
use crate::gate::{Deciding, earlier, signing};
use crate::options::{self, AsOf, BundleVerify, Format, Global};
use crate::plan::Plan;

/// What was found of a bundle.
#[derive(Debug, Default)]
struct Found {
    /// What of it does not hold, each in a sentence.
    objections: Vec<String>,
    /// Who signed it, and whether that is who must have.
    signature: String,
    /// Whether its time is over.
    is_expired: bool,
}

/// Verifies; the exit is the worst of what was found and of what the bundle itself decides.
pub fn verify(options: &BundleVerify, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let shown = options.file.display();
    let text = earlier::read_text(&options.file).map_err(|why| anyhow!("read the bundle {shown}: {why}"))?;
    let read = bundle::read(&text).map_err(|error| anyhow!("{shown} is no bundle: {error}"))?;
    let config = Config::load(&global.config)?;
    let mut found = Found { is_expired: earlier::is_expired(&read, &global.as_of), ..Found::default() };
    signature(&read, options.trust.as_deref(), &mut found)?;
    let as_of = AsOf::parse(&read.as_of).with_context(|| format!("{shown}: its `as_of`"))?;
    if read.migration == config.migration {
        again(&read, &config, (global, &as_of), &mut found)?;
    } else {
        found.objections.push(format!(
            "it is of the migration `{}`, and this configuration is of `{}`",
            read.migration, config.migration
        ));
    }
    tell(&read, &found, global, out)?;
    Ok(exit(&read, &found))
}

fn exit(read: &ReadBundle, found: &Found) -> Exit {
    let decided = match read.answer.as_str() {
        "pass" => Exit::Clean,
        "inconclusive" => Exit::Undecided,
        _ => Exit::Different,
    };
    let holds = if found.objections.is_empty() { Exit::Clean } else { Exit::Different };
    let lasts = if found.is_expired { Exit::Undecided } else { Exit::Clean };
    decided.worse(holds).worse(lasts)
}

fn signature(read: &ReadBundle, trust: Option<&Path>, found: &mut Found) -> anyhow::Result<()> {
    let trusted = trust.map(signing::read_public).transpose()?;
    let Some(signature) = &read.signature else {
        if trusted.is_some() {
            found.objections.push("nobody signed it".to_owned());
        }
        found.signature = "not signed".to_owned();
        return Ok(());
    };
    if let Err(error) = signing::verify(signature, &bundle::canonical(&read.unsigned)) {
        found.objections.push(error.to_string());
    }
    found.signature = match &trusted {
        Some(key) if *key == signature.key => "signed with the key that is trusted".to_owned(),
        Some(_) => {
            found
                .objections
                .push(format!("it is signed with another key than the trusted one: {}", signature.key));
            "signed with another key".to_owned()
        }
        None => format!("signed with the key {} (--trust says whether it is the right one)", signature.key),
    };
    Ok(())
}

/// Holds every input against the files, then decides again.
fn again(
    read: &ReadBundle,
    config: &Config,
    (global, as_of): (&Global, &AsOf),
    found: &mut Found,
) -> anyhow::Result<()> {
    let earlier = read.inputs.iter().find(|input| input.kind == bundle::InputKind::Bundle);
    let deciding = options::Deciding {
        earlier: earlier.map(|input| config.folder.join(&input.path)),
        base: read.base.clone(),
        ..options::Deciding::default()
    };
    let now = Deciding::begin(read.gate, From::Kept, &deciding, config, global, as_of)?;
    found.objections.extend(unlike(&read.inputs, now.inputs()));
    // The decision of other files would be another decision.
    if !found.objections.is_empty() {
        return Ok(());
    }
    let document = decided(&now, read, config, (global, as_of))?;
    for (name, value) in document.as_object().into_iter().flatten() {
        let before = &read.unsigned[name];
        if before != value {
            found.objections.push(match name.as_str() {
                "versions" => format!("it was decided by {before}, and this is {value}"),
                _ => {
                    format!("decided again, its `{name}` comes out otherwise{}", first_unlike(before, value))
                }
            });
        }
    }
    Ok(())
}

fn decided(
    now: &Deciding,
    read: &ReadBundle,
    config: &Config,
    (global, as_of): (&Global, &AsOf),
) -> anyhow::Result<Value> {
    let operations = config.select(&[])?;
    let engines = engines(opinions(read), global, &operations);
    if let Some(why) = engines.absent() {
        anyhow::bail!("the bundle rests on two engines: {why}");
    }
    let plan = Plan::compile(config, &operations, as_of, &engines).map_err(ConfigError::Invalid)?;
    let judging = Judging {
        config,
        operations: &operations,
        plan: &plan,
        engines: &engines,
        is_named: false,
        changed: &Changed::everything(),
        since: now.since(),
        as_of,
    };
    let evidence = judging.all(global, |_, _| Ok(()))?;
    let document = now.decided(&judging, &evidence, global)?.document;
    // Written and read as the bundle was: 2 and 2.0 are one number there.
    let text = String::from_utf8(bundle::canonical(&document)).context("read what was decided again")?;
    Ok(bundle::read(&text).context("read what was decided again")?.unsigned)
}

/// Two engines evaluated where the bundle names more than the native one.
fn opinions(read: &ReadBundle) -> Opinions {
    let versions = read.unsigned["versions"].as_object().map_or(0, serde_json::Map::len);
    if versions > 2 { Opinions::Two } else { Opinions::One }
}

/// Every file that is not as the bundle names it, or that it does not name.
fn unlike(before: &[Input], now: &[Input]) -> Vec<String> {
    let by_path = |inputs: &[Input]| {
        inputs.iter().map(|input| (input.path.clone(), input.clone())).collect::<BTreeMap<_, _>>()
    };
    let (before, now) = (by_path(before), by_path(now));
    let mut found = Vec::new();
    for (path, input) in &before {
        let kind = input.kind.name();
        match now.get(path) {
            None => found.push(format!("{path} ({kind}) is gone")),
            Some(there) if there.sha256 != input.sha256 => found.push(format!("{path} ({kind}) has changed")),
            Some(_) => {}
        }
    }
    let added = now.iter().filter(|(path, _)| !before.contains_key(*path));
    found.extend(added.map(|(path, input)| format!("{path} ({}) came later", input.kind.name())));
    found
}

/// Where a list of readings begins to differ.
fn first_unlike(before: &Value, now: &Value) -> String {
    let (Some(before), Some(now)) = (before.as_array(), now.as_array()) else {
        return format!(": {before}, and now {now}");
    };
    let unlike = before.iter().zip(now).find(|(before, now)| before != now);
    unlike.map_or(String::new(), |(before, now)| {
        format!(", first {} {}: {}, and now {}", now["condition"], now["about"], before["says"], now["says"])
    })
}

fn tell(read: &ReadBundle, found: &Found, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    let gate: GateName = read.gate;
    if global.format == Format::Json {
        let document = json!({
            "version": 1,
            "gate": gate.text(),
            "answer": read.answer,
            "as_of": read.as_of,
            "expires": read.expires,
            "expired": found.is_expired,
            "holds": found.objections.is_empty(),
            "objections": found.objections,
            "signature": found.signature,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
        return Ok(());
    }
    match found.objections.as_slice() {
        [] => {
            let inputs = evidence::gate::words::counted(read.inputs.len() as u64, "input is", "inputs are");
            writeln!(out, "It holds: {inputs} as they were, and the decision comes out the same.")?;
        }
        objections => {
            writeln!(out, "It does not hold:")?;
            for objection in objections {
                writeln!(out, "  {}", report::visible::one_line(objection))?;
            }
        }
    }
    writeln!(out, "Gate:      {}, {} as of {}", gate.text(), read.answer, read.as_of)?;
    writeln!(out, "Signature: {}", found.signature)?;
    let until = if found.is_expired { "expired on" } else { "holds until" };
    writeln!(out, "Time:      {until} {} (as of {})", read.expires, global.as_of.text)?;
    Ok(())
}
