//! `cutover import har`, `vcr`, `betamax`, `polly`, `wiremock`: what was recorded of one side becomes, or completes, pairs.
//!
//! Each exchange ends as a page of a pair, as unmatched or as refused, and is counted there.

mod told;
mod waiting;

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Component, Path};

use anyhow::{Context, bail};
use compare::model::{Exchange, Pair, PairKind};
use store::format;
use store::import::cassette::{self, CASSETTE_BYTES_MAX, Entry, Format, Refusal};
use store::recordings::{IfExists, Recordings};
use store::secrets;

use crate::config::{Accounts, Config, SecretTemplate, Variables};
use crate::exit::Exit;
use crate::join::pages::{self, End, Pages};
use crate::join::{AccountOf, Matcher, Placed, Witness, pair_name};
use crate::keep::{Keeper, Keeping, Sample};
use crate::options::{Global, ImportRecorded};
use told::{Told, Unmatched};

/// All files of a run are in memory until their exchanges are joined; more is imported in several runs.
const RUN_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Shorter ids stand in URLs by chance; `--map-account` takes them all the same.
const ACCOUNT_ID_BYTES_MIN: usize = 6;

/// Imports the files; the order of files and entries is that in which equal requests were asked.
pub fn run(options: &ImportRecorded, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let side = options.side;
    if !config.operations.iter().any(|operation| side.request(operation).is_some()) {
        bail!(
            "no operation of {} says how {} is asked: add {} = {{ method = \"GET\", path = \"/…\" }}",
            config.source.name(),
            side.name(),
            side.name()
        );
    }
    let variable = |name: &str| global.environment.get(name);
    let accounts = accounts(&config, options, &variable)?;
    let matcher = Matcher::new(&config.operations, side, options.base.clone(), accounts, &variable);
    let recordings = Recordings::create(&config.recordings())?;
    let keeping = Keeping::open(&config, global, options.redacting)?;
    let mut keepers = Keepers { keeper: keeping.keeper(Sample::All), comparing: keeping.keeper(Sample::All) };
    let mut told = Told::new(options.format.name(), side.name(), options.files.len());
    let (placed, origins) = placed(options, &matcher, &mut keepers.comparing, &mut told)?;
    waiting::refuse_other_keys(&recordings, &config, keeping.fingerprint(), &placed)?;
    let mut askings = BTreeMap::new();
    for list in pages::gather(placed, |placed| side.request(placed.matched.operation)) {
        if list.end == End::Unfinished {
            let operation = list.pages[0].matched.operation.name.to_string();
            let why = crate::join::Unmatched::Unfinished { operation }.to_string();
            for page in &list.pages {
                let origin = &origins[page.index];
                told.unmatched.push(origin.unmatched(&mut keepers.comparing, &page.exchange, why.clone())?);
            }
            continue;
        }
        let first = &list.pages[0];
        let key = (
            first.matched.operation.name.to_string(),
            first.matched.account.clone(),
            first.matched.identity.clone(),
        );
        let asking = askings.entry(key).or_insert(0_usize);
        *asking += 1;
        let name = pair_name(&first.matched, *asking, |text| keeping.digest(text));
        let page = Incoming { list, name, side };
        keep(&recordings, page, &mut keepers, &origins, &mut told)?;
    }
    waiting::look(&recordings, &config, &mut told)?;
    told.write(global.format, &keepers.keeper, out)?;
    Ok(told.exit())
}

/// Where an exchange comes from, for messages.
struct Origin {
    file: String,
    entry: usize,
    recorded_at: Option<String>,
}

impl Origin {
    fn unmatched(
        &self,
        keeper: &mut Keeper<'_>,
        exchange: &Exchange,
        why: String,
    ) -> anyhow::Result<Unmatched> {
        let request = shown(keeper, exchange)?;
        Ok(Unmatched { file: self.file.clone(), entry: self.entry, request, why })
    }
}

/// Reads the files and finds out what their exchanges are of.
fn placed<'c>(
    options: &ImportRecorded,
    matcher: &Matcher<'c>,
    keeper: &mut Keeper<'_>,
    told: &mut Told,
) -> anyhow::Result<(Vec<Placed<'c>>, Vec<Origin>)> {
    let (mut placed, mut origins) = (Vec::new(), Vec::new());
    let mut run_bytes = 0;
    for file in &options.files {
        let name = file.display().to_string();
        let bytes = read(file).with_context(|| format!("read {name}"))?;
        run_bytes += bytes.len() as u64;
        if run_bytes > RUN_BYTES_MAX {
            bail!("the files have more than {RUN_BYTES_MAX} bytes together: import them in several runs");
        }
        let beside = |name: &str| body_file(options.format, file, name);
        let cassette = cassette::read(options.format, &bytes, &beside);
        told.refused.extend(cassette.refusals.into_iter().map(|refusal| told::Refused::of(&name, refusal)));
        for entry in cassette.entries {
            told.exchanges += 1;
            let Entry { number, exchange, recorded_at } = entry;
            let received = exchange.request.clone();
            let exchange = without_secrets(exchange);
            let Some((request, received)) = exchange.request.as_ref().zip(received.as_ref()) else {
                continue;
            };
            let origin = Origin { file: name.clone(), entry: number, recorded_at };
            match matcher.matched(request, received) {
                Ok(matched) => {
                    placed.push(Placed { matched, exchange, index: origins.len() });
                    origins.push(origin);
                }
                Err(why) => told.unmatched.push(origin.unmatched(keeper, &exchange, why.to_string())?),
            }
        }
    }
    Ok((placed, origins))
}

/// The file's bytes; one more than the limit of a cassette is enough to refuse it.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(CASSETTE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file that a mapping of WireMock names: below `__files`, beside the folder of the mappings. It cannot lead elsewhere.
fn body_file(format: Format, mapping: &Path, name: &str) -> io::Result<Vec<u8>> {
    let below = Path::new(name);
    let is_below = below.components().all(|part| matches!(part, Component::Normal(_)));
    if format != Format::Wiremock || !is_below || name.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidFilename, "not a name below `__files`"));
    }
    let folders = mapping.ancestors().skip(1).take(3);
    let file = folders.map(|folder| folder.join("__files").join(below)).find(|file| file.is_file());
    read(&file.ok_or(io::ErrorKind::NotFound)?)
}

/// A request as people may see it: without secrets and personal data.
fn shown(keeper: &mut Keeper<'_>, exchange: &Exchange) -> anyhow::Result<String> {
    let mut pair = Pair { legacy: vec![exchange.clone()], ..Pair::default() };
    keeper.preview(&mut pair)?;
    let request = pair.legacy.first().and_then(|exchange| exchange.request.as_ref());
    Ok(request.map_or(String::new(), |request| format!("{} {}", request.method, request.url)))
}

fn without_secrets(exchange: Exchange) -> Exchange {
    let mut pair = Pair { legacy: vec![exchange], ..Pair::default() };
    secrets::remove(&mut pair);
    pair.legacy.remove(0)
}

fn accounts(config: &Config, options: &ImportRecorded, variable: Variables<'_>) -> anyhow::Result<AccountOf> {
    if let Some(account) = &options.account {
        return Ok(AccountOf::One(account.clone()));
    }
    let accounts: Accounts = config.accounts()?;
    let mut ids: BTreeMap<String, Option<String>> = BTreeMap::new();
    for account in accounts.iter() {
        let id = match options.side {
            Witness::Legacy => &account.legacy,
            Witness::New | Witness::Source => &account.new,
        };
        let id = id.as_ref().and_then(|id: &SecretTemplate| id.resolve(variable).ok());
        if let Some(id) = id.filter(|id| id.expose().len() >= ACCOUNT_ID_BYTES_MIN) {
            // One customer's id with several integrations tells no account.
            ids.entry(id.expose().to_owned())
                .and_modify(|account| *account = None)
                .or_insert(Some(account.name.clone()));
        }
    }
    let mut ids: BTreeMap<String, String> =
        ids.into_iter().filter_map(|(id, account)| Some((id, account?))).collect();
    ids.extend(options.map_account.iter().cloned());
    Ok(AccountOf::Ids(ids))
}

/// What pairs go through on their way to the disk.
struct Keepers<'k> {
    /// Of what is written: it counts.
    keeper: Keeper<'k>,
    /// Of what is only held against what is there.
    comparing: Keeper<'k>,
}

/// One list of pages of one side, with the name of its pair.
struct Incoming<'c> {
    list: Pages<'c>,
    name: String,
    side: Witness,
}

/// Writes a new pair, or completes the one that the other side has left.
fn keep(
    recordings: &Recordings,
    incoming: Incoming<'_>,
    keepers: &mut Keepers<'_>,
    origins: &[Origin],
    told: &mut Told,
) -> anyhow::Result<()> {
    let Incoming { list, name, side } = incoming;
    let first = &list.pages[0];
    let (operation, index) = (first.matched.operation, first.index);
    let is_list = [&operation.legacy, &operation.new, &operation.source]
        .into_iter()
        .flatten()
        .any(|request| request.next_page.is_some());
    let recorded_at = list.pages.iter().filter_map(|page| moment(page, &origins[page.index])).min();
    let mut pair = Pair {
        id: format!("{}/{name}", operation.name),
        operation: operation.name.to_string(),
        kind: if is_list { PairKind::Collection } else { PairKind::Request },
        account: first.matched.account.clone(),
        ..Pair::default()
    };
    *exchanges_of(&mut pair, side) = list.pages.into_iter().map(|page| page.exchange).collect();
    told.operations.insert(pair.operation.clone());
    let Some(mut existing) = recordings.read_own(operation.name.as_str(), &name)? else {
        pair.recorded_at = recorded_at;
        prepare(&mut pair, &mut keepers.keeper)?;
        recordings.write(&pair, IfExists::Refuse)?;
        told.pairs += 1;
        return Ok(());
    };
    let mut added = std::mem::take(exchanges_of(&mut pair, side));
    if exchanges_of(&mut existing, side).is_empty() {
        keepers.keeper.complete(&mut existing, &mut added)?;
        *exchanges_of(&mut existing, side) = added;
        existing.recorded_at = existing.recorded_at.into_iter().chain(recorded_at).min();
        recordings.write(&existing, IfExists::Replace)?;
        told.completed += 1;
        return Ok(());
    }
    let there = std::mem::take(exchanges_of(&mut existing, side));
    if as_text(&there) == as_text(&as_kept(existing, added, keepers)?) {
        told.unchanged += 1;
    } else {
        let what = format!("the pair {} has another {} answer already", pair.id, side.name());
        let mend = "remove its file to import anew; give all files of a side in one run".to_owned();
        let refusal = Refusal { entry: Some(origins[index].entry), what, mend };
        told.refused.push(told::Refused::of(&origins[index].file, refusal));
    }
    Ok(())
}

/// A side as it would stand beside the rest of its pair.
fn as_kept(
    mut rest: Pair,
    mut added: Vec<Exchange>,
    keepers: &mut Keepers<'_>,
) -> anyhow::Result<Vec<Exchange>> {
    if rest.legacy.is_empty() && rest.new.is_empty() && rest.source.is_empty() {
        let mut alone = Pair { redaction: None, legacy: added, ..rest };
        prepare(&mut alone, &mut keepers.comparing)?;
        return Ok(alone.legacy);
    }
    keepers.comparing.complete(&mut rest, &mut added)?;
    Ok(added)
}

/// Redacts the pair but for its name, by which the other side finds it: that has a keyed digest already.
fn prepare(pair: &mut Pair, keeper: &mut Keeper<'_>) -> anyhow::Result<()> {
    let id = pair.id.clone();
    keeper.prepare(pair)?;
    pair.id = id;
    Ok(())
}

fn exchanges_of(pair: &mut Pair, side: Witness) -> &mut Vec<Exchange> {
    match side {
        Witness::Legacy => &mut pair.legacy,
        Witness::New => &mut pair.new,
        Witness::Source => &mut pair.source,
    }
}

/// When an exchange was recorded, as near as its file says, in UTC so that texts compare as instants.
fn moment(page: &Placed<'_>, origin: &Origin) -> Option<String> {
    let text = page.exchange.started_at.as_ref().or(origin.recorded_at.as_ref())?;
    text.parse::<jiff::Timestamp>().ok().map(|instant| format!("{instant:.3}"))
}

/// Exchanges as they are written: white space in their bodies does not tell them apart.
fn as_text(exchanges: &[Exchange]) -> String {
    format::to_line(&Pair { legacy: exchanges.to_vec(), ..Pair::default() })
}
