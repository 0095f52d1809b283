//! The Chromium that the browser test drives.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const INSTALL: &str = "apt-get update && apt-get install --yes chromium";

/// The browser's path: the one in the environment variable `CHROMIUM`, or one of the usual names. On Debian it is
/// installed when there is none, if this runs as root and `may_install`.
pub(crate) fn find_or_install(may_install: bool) -> Result<PathBuf> {
    if let Some(path) = find() {
        return Ok(path);
    }
    if !(may_install && is_debian_root()) {
        bail!(
            "there is no Chromium: install it with `{INSTALL}` as root, or name one in the environment variable CHROMIUM"
        );
    }
    apt_get(&["update"])?;
    apt_get(&["install", "--yes", "--no-install-recommends", "chromium"])?;
    find().context("apt-get installed chromium, but it is not on the PATH")
}

fn find() -> Option<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Some(PathBuf::from(path));
    }
    let folders = env::var_os("PATH")?;
    NAMES.iter().find_map(|name| env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file()))
}

fn is_debian_root() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    root && Path::new("/etc/debian_version").exists()
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    command::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}
