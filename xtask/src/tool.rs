//! Programs of the system that test suites drive.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::apt;

/// The browser of the browser test.
pub(crate) const CHROMIUM: Tool = Tool {
    package: "chromium",
    variable: "CHROMIUM",
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
};

/// The reverse proxy of the interop tests.
pub(crate) const NGINX: Tool = Tool { package: "nginx", variable: "NGINX", names: &["nginx"] };

/// What the tests of the Redis backplane talk to.
pub(crate) const REDIS: Tool =
    Tool { package: "redis-server", variable: "REDIS_SERVER", names: &["redis-server", "valkey-server"] };

/// Where Debian has the programs of servers, which is not on everyone's PATH.
const SERVERS: &str = "/usr/sbin";

/// A program that a package of Debian holds.
#[derive(Debug)]
pub(crate) struct Tool {
    package: &'static str,
    /// The environment variable that may hold its path, and in which the tests expect it.
    pub(crate) variable: &'static str,
    names: &'static [&'static str],
}

impl Tool {
    /// The program's path: the one in its environment variable, or one of the usual names. On Debian it is installed
    /// when there is none, if this runs as root and `may_install`.
    pub(crate) fn find_or_install(&self, may_install: bool) -> Result<PathBuf> {
        let Self { package, variable, .. } = self;
        if let Some(path) = self.find() {
            return Ok(path);
        }
        let missing = format!("there is no {package}, nor a program named in the environment variable {variable}");
        apt::install(&missing, &[package], may_install)?;
        self.find().with_context(|| format!("apt-get installed {package}, but it is not on the PATH"))
    }

    fn find(&self) -> Option<PathBuf> {
        if let Some(path) = env::var_os(self.variable) {
            return Some(PathBuf::from(path));
        }
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<_> = env::split_paths(&path).chain([PathBuf::from(SERVERS)]).collect();
        self.names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: &str = "NO_SUCH_PROGRAM";

    #[test]
    fn a_program_on_the_path_is_found_by_any_of_its_names() {
        let shell = Tool { package: "dash", variable: MISSING, names: &["no-such-program", "sh"] };
        assert!(shell.find_or_install(false).unwrap().ends_with("sh"));
    }

    #[test]
    fn without_leave_to_install_the_error_names_the_command_and_the_variable() {
        let tool = Tool { package: "some-package", variable: MISSING, names: &["no-such-program"] };
        let error = tool.find_or_install(false).unwrap_err().to_string();
        assert!(error.contains("`apt-get update && apt-get install --yes some-package` as root"), "{error}");
        assert!(error.contains("the environment variable NO_SUCH_PROGRAM"), "{error}");
    }
}
