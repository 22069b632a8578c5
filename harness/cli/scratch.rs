//! A folder for one test, removed with it.

use std::path::{Path, PathBuf};

/// An empty folder of one test.
pub struct Scratch(PathBuf);

impl Scratch {
    /// The name must be the test's own: tests run at once.
    pub fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("cutover-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder is made among the temporary files");
        Scratch(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, text: &str) {
        let file = self.0.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(&self.0))
            .expect("a folder is made in the scratch folder");
        std::fs::write(file, text).expect("a file is written in the scratch folder");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
