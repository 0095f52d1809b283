//! What can be installed on Debian when a test needs it.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command;

/// Installs packages if this runs as root on Debian and `may_install`; otherwise the error tells what is missing and how
/// to get it.
pub(crate) fn install(missing: &str, packages: &[&str], may_install: bool) -> Result<()> {
    if !(may_install && is_debian_root()) {
        bail!("{missing}: install it with `apt-get update && apt-get install --yes {}` as root", packages.join(" "));
    }
    apt_get(&["update"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

fn is_debian_root() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    root && Path::new("/etc/debian_version").exists()
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    command::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}
