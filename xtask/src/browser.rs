//! The Chromium that the browser test drives.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::apt;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MISSING: &str = "there is no Chromium, and the environment variable CHROMIUM names none";

/// The browser's path: the one in the environment variable `CHROMIUM`, or one of the usual names. On Debian it is
/// installed when there is none, if this runs as root and `may_install`.
pub(crate) fn find_or_install(may_install: bool) -> Result<PathBuf> {
    if let Some(path) = find() {
        return Ok(path);
    }
    apt::install(MISSING, &["chromium"], may_install)?;
    find().context("apt-get installed chromium, but it is not on the PATH")
}

fn find() -> Option<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Some(PathBuf::from(path));
    }
    let folders = env::var_os("PATH")?;
    NAMES.iter().find_map(|name| env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file()))
}
