//! The recordings as the configuration tells where they are: the folder, and object storage beside it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use store::recordings::Recordings;
use store::segments::{self, Disk, Remote, Uploaded, Uploader};

use crate::config::{Config, Storage};
use crate::options::Global;

/// Opens the recordings to read them.
pub fn open_recordings(config: &Config, global: &Global) -> anyhow::Result<Recordings> {
    match &config.storage {
        Some(_) => create_recordings(config, global),
        None => Ok(Recordings::open(&config.recordings())?),
    }
}

/// As [`open_recordings`]; the folder is made where it is missing.
pub fn create_recordings(config: &Config, global: &Global) -> anyhow::Result<Recordings> {
    let remote = config.storage.as_ref().map(|storage| open(storage, global)).transpose()?;
    Ok(Recordings::create(&config.recordings())?.with_remote(remote))
}

/// As [`open_recordings`]; none where there is no folder of them, nor a place elsewhere.
pub fn recordings_if_any(config: &Config, global: &Global) -> anyhow::Result<Option<Recordings>> {
    may_have_recordings(config).then(|| open_recordings(config, global)).transpose()
}

/// Whether there may be recordings: a folder of them, or a place elsewhere.
pub fn may_have_recordings(config: &Config) -> bool {
    config.storage.is_some() || config.recordings().is_dir()
}

/// How often it is looked whether a segment was closed, which happens every few minutes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Begins to move the segments that a recorder closes to the place that the configuration names; nothing where it names none. To be
/// finished when the recorder's writer is closed. `told` hears, on another thread, of what was moved and of what the place refuses.
pub fn start_uploading(
    config: &Config,
    global: &Global,
    told: impl Fn(&Uploaded) + Send + 'static,
) -> anyhow::Result<Option<Uploader>> {
    let Some(storage) = &config.storage else { return Ok(None) };
    let (remote, folder) = (open(storage, global)?, config.recordings().join(segments::FOLDER));
    let uploader = Uploader::start(Arc::new(Disk), &folder, remote, LOOK_EVERY, told);
    Ok(Some(uploader.context("begin to move segments to object storage")?))
}

/// What is left in the folder, in a sentence; nothing where all was moved.
pub fn left_behind(uploaded: &Uploaded) -> Option<String> {
    let why = uploaded.why.as_ref()?;
    let left = report::run::counted(uploaded.left, "closed segment stays", "closed segments stay");
    Some(format!("Object storage: {left} in the folder, and the next recorder tries again: {why}"))
}

/// The place that the configuration names; variables of the environment that are options of it, such as `AWS_REGION`, are
/// taken where the configuration does not say otherwise.
#[cfg(feature = "object-storage")]
pub fn open(storage: &Storage, global: &Global) -> anyhow::Result<Arc<dyn Remote>> {
    use store::segments::Bucket;

    let variable = |name: &str| global.environment.get(name);
    let resolve = |(name, value): (&String, &crate::config::SecretTemplate)| {
        let value =
            value.resolve(&variable).with_context(|| format!("read `{name}` of [recordings.options]"))?;
        anyhow::Ok((name.to_ascii_lowercase(), value.expose().to_owned()))
    };
    let url = storage.url.resolve(&variable).context("read the url of [recordings]")?;
    let mut options =
        storage.options.iter().map(resolve).collect::<anyhow::Result<std::collections::BTreeMap<_, _>>>()?;
    for (name, value) in global.environment.all().filter(|(name, _)| Bucket::is_option(name)) {
        options.entry(name.to_ascii_lowercase()).or_insert_with(|| value.to_owned());
    }
    Ok(Arc::new(Arc::new(Bucket::open(&url, &options)?)))
}

/// Refuses, because this program was built without.
#[cfg(not(feature = "object-storage"))]
pub fn open(_: &Storage, _: &Global) -> anyhow::Result<Arc<dyn Remote>> {
    anyhow::bail!(
        "the configuration keeps recordings in object storage, and this cutover was built without it: \
         `cargo install --locked --path . --features object-storage`"
    )
}
