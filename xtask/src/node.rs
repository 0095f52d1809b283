//! Node and the packages of its test suites.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::command;
use crate::workspace::Workspace;

const OLDEST: u32 = 20;
const HOW_TO_GET: &str = "install Node 20 or newer with its npm: https://nodejs.org/en/download";

/// Makes sure that Node is there, and that the packages of the suite in `folder` are as its lock file says.
pub(crate) fn prepare(workspace: &Workspace, folder: &str) -> Result<()> {
    check_version()?;
    let lock = workspace.path(folder).join("package-lock.json");
    let installed = workspace.path(folder).join("node_modules/.xtask-installed");
    let wanted = fs::read(&lock).with_context(|| format!("{} is missing", lock.display()))?;
    if fs::read(&installed).is_ok_and(|given| given == wanted) {
        return Ok(());
    }
    command::run(workspace.program("npm", folder).args(["ci", "--no-audit", "--no-fund"]))?;
    fs::create_dir_all(workspace.path(folder).join("node_modules"))?;
    fs::write(installed, wanted)?;
    Ok(())
}

fn check_version() -> Result<()> {
    let Ok(output) = Command::new("node").arg("--version").output() else {
        bail!("`node` is missing: {HOW_TO_GET}");
    };
    let version = String::from_utf8_lossy(&output.stdout);
    let major = major(&version).with_context(|| format!("`node --version` says `{}`", version.trim()))?;
    ensure!(major >= OLDEST, "Node {} is too old: {HOW_TO_GET}", version.trim());
    Ok(())
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_found() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v9.0.0"), Some(9));
        assert_eq!(major("twenty"), None);
    }
}
