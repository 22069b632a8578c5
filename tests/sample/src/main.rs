//! `cargo run -p sample -- recordings` writes the recordings of the sample migration into that folder.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> io::Result<ExitCode> {
    let Some(folder) = env::args_os().nth(1) else {
        writeln!(io::stderr(), "usage: sample FOLDER")?;
        return Ok(ExitCode::from(2));
    };
    let count = write_all(Path::new(&folder))?;
    writeln!(io::stdout(), "{count} recordings written")?;
    Ok(ExitCode::SUCCESS)
}

/// Replaces the recordings of every operation that the sample has; what lies beside those folders stays.
fn write_all(folder: &Path) -> io::Result<usize> {
    let recordings = sample::generate();
    for recorded in &recordings {
        let parent = folder.join(&recorded.path).parent().map(Path::to_owned).unwrap_or_default();
        fs::create_dir_all(&parent)?;
        for entry in fs::read_dir(&parent)? {
            let path = entry?.path();
            let known = recordings.iter().any(|recorded| folder.join(&recorded.path) == path);
            if !known && path.extension().is_some_and(|extension| extension == "json") {
                fs::remove_file(path)?;
            }
        }
        fs::write(folder.join(&recorded.path), &recorded.text)?;
    }
    Ok(recordings.len())
}
