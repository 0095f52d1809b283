//! The JDK and Maven of the Java test suite.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::apt;

const OLDEST: u32 = 17;
const MISSING: &str = "the Java tests need Maven and a JDK of version 17 or newer";

/// Makes sure that Maven and a compiler are there. On Debian they are installed when they are not, if this runs as root
/// and `may_install`.
pub(crate) fn prepare(may_install: bool) -> Result<()> {
    if version("mvn", "--version").is_none() || version("javac", "-version").is_none() {
        apt::install(MISSING, &["maven", "default-jdk-headless"], may_install)?;
    }
    let Some(version) = version("javac", "-version") else { bail!("`javac` is missing after it was installed") };
    let major = major(&version).with_context(|| format!("`javac -version` says `{}`", version.trim()))?;
    ensure!(major >= OLDEST, "{MISSING}, but `javac` is {}", version.trim());
    Ok(())
}

fn version(program: &str, option: &str) -> Option<String> {
    let output = Command::new(program).arg(option).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Of `javac 17.0.15` or `javac 25-ea`.
fn major(version: &str) -> Option<u32> {
    let number = version.trim().strip_prefix("javac ")?;
    number.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_java_is_found() {
        assert_eq!(major("javac 17.0.15\n"), Some(17));
        assert_eq!(major("javac 25-ea\n"), Some(25));
        assert_eq!(major("openjdk 21"), None);
    }

    #[test]
    fn a_program_that_is_missing_has_no_version() {
        assert_eq!(version("no-such-program", "--version"), None);
    }
}
