//! Object storage by its URL: `s3://bucket/prefix`, with the options that users of the crate `object_store` know.
//!
//! A segment appears there by one conditional put (`If-None-Match: *`), so it is there whole or not at all, and never
//! replaced. Where the answer to a put was lost, it is sent again; that it is there already is then success, if its bytes are the same.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, ObjectStoreScheme, PutMode, PutOptions, RetryConfig};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::disk::ReadAt;
use super::folder::ENDING;
use super::remote::Remote;

/// What is asked for at once where a segment is read on and on.
const WINDOW_BYTES: u64 = 4 << 20;

/// What is asked for at once after a jump: an index, or a block.
const JUMP_BYTES: u64 = 256 << 10;

/// A service that does not answer for so long is tried again by whoever asked.
const RETRIES_MAX: usize = 3;
const RETRY_FOR_MAX: Duration = Duration::from_secs(20);

/// Why there is no object storage.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// Not a URL of a kind that is known here.
    #[error("the recordings' url is none of object storage: expected `s3://bucket/prefix`")]
    Url,
    /// No such option.
    #[error(
        "`{name}` is no option of object storage: expected one such as `aws_region`, `aws_endpoint`, `aws_access_key_id`"
    )]
    Option {
        /// As given.
        name: String,
    },
    /// The options do not fit together.
    #[error("set up object storage")]
    Setup {
        /// Why.
        source: object_store::Error,
    },
    /// The threads that it takes could not be had.
    #[error("start what speaks to object storage")]
    Start {
        /// Why.
        source: io::Error,
    },
}

/// A bucket, and the prefix below which segments lie.
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    runtime: Runtime,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The store knows credentials.
        formatter.debug_struct("Bucket").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Bucket {
    /// Reads the URL and the options; nothing is asked of the service yet.
    pub fn open(url: &str, options: &BTreeMap<String, String>) -> Result<Bucket, BucketError> {
        let url = Url::parse(url).map_err(|_| BucketError::Url)?;
        let Ok((ObjectStoreScheme::AmazonS3, prefix)) = ObjectStoreScheme::parse(&url) else {
            return Err(BucketError::Url);
        };
        // Whoever was first has the same in mind; the crate has no default.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let retry =
            RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_FOR_MAX, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new().with_url(url).with_retry(retry);
        for (name, value) in options {
            let key: AmazonS3ConfigKey =
                name.to_ascii_lowercase().parse().map_err(|_| BucketError::Option { name: name.clone() })?;
            builder = builder.with_config(key, value);
        }
        let store = builder.build().map_err(|source| BucketError::Setup { source })?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| BucketError::Start { source })?;
        Ok(Bucket { store: Arc::new(store), prefix, runtime })
    }

    /// Whether a name of the environment is an option, as `AWS_REGION` is.
    pub fn is_option(name: &str) -> bool {
        let is_ours = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws_"));
        is_ours && name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>().is_ok()
    }

    fn path(&self, name: &str) -> ObjectPath {
        self.prefix.clone().join(name)
    }

    fn wait<T>(&self, asked: impl Future<Output = object_store::Result<T>>) -> io::Result<T> {
        self.runtime.block_on(asked).map_err(io::Error::from)
    }
}

impl Remote for Arc<Bucket> {
    fn names(&self) -> io::Result<Vec<String>> {
        let listed = self.wait(self.store.list_with_delimiter(Some(&self.prefix)))?;
        let names =
            listed.objects.into_iter().filter_map(|object| object.location.filename().map(str::to_owned));
        let mut names: Vec<String> = names
            .filter(|name| {
                name.rsplit_once('.').is_some_and(|(start, end)| end == ENDING && !start.is_empty())
            })
            .collect();
        names.sort();
        Ok(names)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>> {
        let path = self.path(name);
        let length = self.wait(self.store.head(&path))?.size;
        let window = Mutex::new((0, Vec::new()));
        Ok(Box::new(Object { bucket: Arc::clone(self), path, length, window }))
    }

    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        let path = self.path(name);
        let length = bytes.len() as u64;
        let bytes = object_store::PutPayload::from(bytes);
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.runtime.block_on(self.store.put_opts(&path, bytes.clone(), options)) {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let there = self.wait(self.store.get_range(&path, 0..length))?;
                let is_longer = self.wait(self.store.head(&path))?.size != length;
                let mut rest = there.as_ref();
                let is_same = !is_longer
                    && bytes.iter().all(|part| match rest.split_at_checked(part.len()) {
                        Some((begins, after)) => {
                            rest = after;
                            begins == part.as_ref()
                        }
                        None => false,
                    });
                if is_same { Ok(()) } else { Err(io::ErrorKind::AlreadyExists.into()) }
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A segment in a bucket, with what was read of it last.
struct Object {
    bucket: Arc<Bucket>,
    path: ObjectPath,
    length: u64,
    window: Mutex<(u64, Vec<u8>)>,
}

impl ReadAt for Object {
    fn length(&self) -> io::Result<u64> {
        Ok(self.length)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset >= self.length || bytes.is_empty() {
            return Ok(0);
        }
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let end = window.0 + window.1.len() as u64;
        if !(window.0..end).contains(&offset) {
            let wanted = if offset == end && end > 0 { WINDOW_BYTES } else { JUMP_BYTES };
            let range = offset..(offset + wanted.max(bytes.len() as u64)).min(self.length);
            let read = self.bucket.wait(self.bucket.store.get_range(&self.path, range))?;
            *window = (offset, read.to_vec());
        }
        let at = usize::try_from(offset - window.0).map_err(io::Error::other)?;
        let rest = window.1.get(at..).unwrap_or_default();
        let length = rest.len().min(bytes.len());
        bytes[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn is_held(&self) -> bool {
        false
    }
}
