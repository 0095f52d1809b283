//! The part of cargo-deny's configuration that is looked at.

use std::fmt;

use semver::VersionReq;
use serde::{Deserialize, Deserializer, de};

use crate::workspace::Package;

#[derive(Debug, Deserialize)]
pub(super) struct Policy {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// More licences for one crate.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    spec: Spec,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    #[serde(default)]
    skip: Vec<Skip>,
}

/// A version that may be there beside another one.
#[derive(Debug, Deserialize)]
pub(super) struct Skip {
    #[serde(rename = "crate")]
    spec: Spec,
    /// Why: asked of everybody who adds an entry.
    #[expect(dead_code, reason = "it must be there, and is for readers")]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// `name` or `name@version`.
#[derive(Debug)]
struct Spec {
    name: String,
    version: VersionReq,
}

impl Policy {
    pub(super) fn allows_license(&self, package: &Package, license: &str) -> bool {
        let exceptions = self.licenses.exceptions.iter().filter(|exception| exception.spec.matches(package));
        let mut allowed = exceptions.flat_map(|exception| &exception.allow).chain(&self.licenses.allow);
        allowed.any(|allowed| allowed == license)
    }

    pub(super) fn allows_source(&self, source: &str) -> bool {
        let index = source.strip_prefix("registry+");
        self.sources.allow_registry.iter().any(|allowed| Some(allowed.as_str()) == index)
    }

    pub(super) fn skips(&self, package: &Package) -> bool {
        self.bans.skip.iter().any(|skip| skip.matches(package))
    }

    pub(super) fn skip(&self) -> &[Skip] {
        &self.bans.skip
    }
}

impl Skip {
    pub(super) fn matches(&self, package: &Package) -> bool {
        self.spec.matches(package)
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.spec.name, self.spec.version.to_string().trim_start_matches('^'))
    }
}

impl Spec {
    fn matches(&self, package: &Package) -> bool {
        self.name == package.name && self.version.matches(&package.version)
    }
}

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (name, version) = text.split_once('@').unwrap_or((&text, "*"));
        let version = VersionReq::parse(version).map_err(de::Error::custom)?;
        Ok(Self { name: name.to_owned(), version })
    }
}
