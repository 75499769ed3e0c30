//! The data directory.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// Where an installation keeps its data when nothing else is said.
pub const DEFAULT: &str = "./hufu-data";
/// Where the demo does.
pub const DEMO: &str = "./hufu-data/demo";

/// The URL of the SQLite database in a data directory.
#[must_use]
pub fn sqlite_url(data_dir: &Path) -> String {
    let path = data_dir.join("hufu.db");
    // The URL is cut at the first `?` and percent-decoded.
    let path = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("sqlite://{path}?mode=rwc")
}

/// Makes a directory and those above it, for the owner alone; one that is there stays as it is.
pub(super) fn create(dir: &Path) -> io::Result<()> {
    if dir.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
