//! The recordings as the configuration tells where they are: the folder, and object storage beside it.

use std::sync::Arc;

use store::recordings::Recordings;
use store::segments::Remote;

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

/// Whether there may be recordings: a folder of them, or a place elsewhere.
pub fn may_have_recordings(config: &Config) -> bool {
    config.storage.is_some() || config.recordings().is_dir()
}

/// The place that the configuration names; variables of the environment that are options of it, such as `AWS_REGION`, are
/// taken where the configuration does not say otherwise.
#[cfg(feature = "object-storage")]
pub fn open(storage: &Storage, global: &Global) -> anyhow::Result<Arc<dyn Remote>> {
    use anyhow::Context;
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
