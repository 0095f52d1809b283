//! What Cargo knows about this workspace.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use semver::Version;
use serde::Deserialize;

/// The answer of `cargo metadata`.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    #[serde(rename = "workspace_root")]
    root: PathBuf,
    target_directory: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A package of the workspace, or one that it depends on.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) license: Option<String>,
    /// Where it comes from; none for a folder on this machine.
    pub(crate) source: Option<String>,
    pub(crate) targets: Vec<Target>,
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// What Cargo builds of a package: a library, a binary, a test.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    name: String,
    kind: Vec<String>,
}

impl Workspace {
    /// Asks Cargo; fails when `Cargo.lock` is not up to date.
    pub(crate) fn load() -> Result<Self> {
        let output = cargo("metadata")
            .args(["--format-version=1", "--all-features"])
            .stderr(Stdio::inherit())
            .output()
            .context("cargo cannot be started")?;
        ensure!(output.status.success(), "`cargo metadata --locked` failed: is Cargo.lock up to date?");
        serde_json::from_slice(&output.stdout).context("`cargo metadata` answers something unexpected")
    }

    /// A path inside the repository.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The folder that Cargo builds into.
    pub(crate) fn target(&self) -> &Path {
        &self.target_directory
    }

    /// A folder for files that are made; it exists when this returns.
    pub(crate) fn build_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.target_directory.join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(folder)
    }

    /// Where Cargo puts the binary `name` of the workspace, which is not built by this.
    pub(crate) fn binary(&self, name: &str) -> Result<PathBuf> {
        let is_it = |target: &Target| target.name == name && target.kind.iter().any(|kind| kind == "bin");
        let known = self.packages.iter().filter(|package| package.source.is_none());
        ensure!(known.flat_map(|package| &package.targets).any(is_it), "the workspace has no binary `{name}`");
        Ok(self.target_directory.join("debug").join(name).with_extension(env::consts::EXE_EXTENSION))
    }

    /// `cargo SUBCOMMAND --locked`, to be run at the root.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = cargo(subcommand);
        command.current_dir(&self.root);
        command
    }

    /// A program that is run in a folder of the repository.
    pub(crate) fn program(&self, name: impl AsRef<Path>, folder: &str) -> Command {
        let mut command = Command::new(name.as_ref());
        command.current_dir(self.path(folder));
        command
    }
}

fn cargo(subcommand: &str) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.args([subcommand, "--locked"]);
    command
}
