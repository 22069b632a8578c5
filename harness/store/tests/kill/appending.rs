//! The recorder that is killed: four threads append as fast as they can.

use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use compare::model::{Body, Exchange, Headers, Outcome, Pair, Response};
use store::segments::{Disk, FileSystem, GrowingFile, Lost, ReadAt, SegmentWriter, Settings};

/// So many pairs are appended by a recorder that is not killed.
const PAIRS: u64 = 400;

/// The pair of a name; everything in it follows from the name.
pub fn pair(name: &str) -> Pair {
    let seed = name.bytes().fold(17_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let text = format!("{seed:x} ").repeat(seed % 60);
    let response = Response {
        status: 200,
        headers: Headers::new(),
        body: Body::Json(format!("{{\"name\":\"{name}\",\"text\":\"{text}\"}}")),
    };
    let exchange =
        Exchange { started_at: None, elapsed_ms: None, request: None, outcome: Outcome::Response(response) };
    Pair {
        id: format!("a.b/{name}"),
        operation: "a.b".to_owned(),
        legacy: vec![exchange.clone()],
        new: vec![exchange],
        ..Pair::default()
    }
}

/// Appends to a folder under a recorder's name, until it is killed or has appended enough.
pub fn run(arguments: &[String]) {
    let [folder, recorder, elsewhere @ ..] = arguments else { panic!("a folder and a recorder's name") };
    #[cfg(feature = "object-storage")]
    let uploader = elsewhere.first().map(|endpoint| {
        let (files, look_every) = (Arc::new(Disk), Duration::from_millis(2));
        store::segments::Uploader::start(files, Path::new(folder), bucket(endpoint), look_every, |_| {})
            .expect("a thread can be started")
    });
    #[cfg(not(feature = "object-storage"))]
    assert!(elsewhere.is_empty(), "built without object storage");
    let began = Instant::now();
    let settings = Settings {
        commit_interval: Duration::from_millis(1),
        // Closing and beginning segments happen as often as appending.
        segment_bytes_max: 20_000,
        block_bytes: 4_000,
        ..Settings::new(recorder.clone(), Arc::new(move || began.elapsed()))
    };
    let writer =
        SegmentWriter::open(Arc::new(InPieces), Path::new(folder), settings).expect("the folder is there");
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= PAIRS {
                        break;
                    }
                    let name = format!("{recorder}-{number}");
                    let pair = pair(&name);
                    let said = move |result: Result<(), Lost>| {
                        result.expect("the disk is well");
                        say(&name);
                    };
                    writer.append_then(&pair, said).expect("the writer takes it");
                    if number.is_multiple_of(16) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
    });
    let written = writer.close();
    assert_eq!((written.pairs, written.left_open), (PAIRS, 0));
    #[cfg(feature = "object-storage")]
    if let Some(uploader) = uploader {
        let uploaded = uploader.finish();
        assert_eq!((uploaded.left, uploaded.why), (0, None));
    }
}

/// The bucket of the test's own server.
#[cfg(feature = "object-storage")]
pub fn bucket(endpoint: &str) -> Arc<dyn store::segments::Remote> {
    let options = [
        ("aws_endpoint", endpoint),
        ("aws_allow_http", "true"),
        ("aws_region", "us-east-1"),
        ("aws_access_key_id", "test"),
        ("aws_secret_access_key", "test"),
    ];
    let options = options.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let bucket = store::segments::Bucket::open("s3://recordings/of/kills", &options);
    Arc::new(Arc::new(bucket.expect("the options are right")))
}

/// One line, in one write: a pipe takes so few bytes whole or not at all.
fn say(name: &str) {
    let mut out = io::stdout().lock();
    out.write_all(format!("{name}\n").as_bytes()).and_then(|()| out.flush()).expect("somebody listens");
}

/// The disk, which takes few bytes at a time: a system seldom stops in the middle of one write, however it is killed.
struct InPieces;

struct File(Box<dyn GrowingFile>);

const PIECE_BYTES: usize = 16;

impl FileSystem for InPieces {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        Disk.make_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Disk.list(folder)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn GrowingFile>> {
        Ok(Box::new(File(Disk.create(path)?)))
    }

    fn reopen(&self, path: &Path) -> io::Result<Option<Box<dyn GrowingFile>>> {
        let file = Disk.reopen(path)?;
        Ok(file.map(|file| -> Box<dyn GrowingFile> { Box::new(File(file)) }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        Disk.open(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        Disk.sync_folder(folder)
    }
}

impl ReadAt for File {
    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(bytes, offset)
    }

    fn is_held(&self) -> bool {
        self.0.is_held()
    }
}

impl GrowingFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.append(&bytes[..bytes.len().min(PIECE_BYTES)])
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.cut(length)
    }
}
