//! The dependencies: their licences, where they come from, and that none is there twice. The rules are in `deny.toml`,
//! which is in the format of cargo-deny, so that `cargo deny check` can be used as well.

mod policy;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::counts::Counts;
use crate::workspace::{Package, Workspace};
use policy::Policy;

/// Fails with a line for each rule that a dependency breaks.
pub(crate) fn check(workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    counts.add(workspace.packages.len(), "packages");
    let file = workspace.path("deny.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let policy: Policy = toml::from_str(&text).context("deny.toml cannot be understood")?;
    let problems = problems(&workspace.packages, &policy);
    if !problems.is_empty() {
        bail!("{} of the rules in deny.toml are broken:\n    {}", problems.len(), problems.join("\n    "));
    }
    Ok(())
}

fn problems(packages: &[Package], policy: &Policy) -> Vec<String> {
    let mut problems: Vec<_> = packages.iter().filter_map(|package| bad_license(package, policy)).collect();
    problems.extend(packages.iter().filter_map(|package| bad_source(package, policy)));
    problems.extend(duplicates(packages, policy));
    problems.extend(useless_skips(packages, policy));
    problems
}

fn bad_license(package: &Package, policy: &Policy) -> Option<String> {
    let Some(license) = &package.license else {
        return Some(format!("{package} names no licence"));
    };
    let expression = match spdx::Expression::parse_mode(license, spdx::ParseMode::LAX) {
        Ok(expression) => expression,
        Err(error) => return Some(format!("{package} has the licence `{license}`: {}", error.reason)),
    };
    let allowed = expression.evaluate(|requirement| policy.allows_license(package, &requirement.to_string()));
    (!allowed).then(|| format!("{package} has the licence `{license}`, which is not in the list"))
}

fn bad_source(package: &Package, policy: &Policy) -> Option<String> {
    let source = package.source.as_deref()?;
    (!policy.allows_source(source)).then(|| format!("{package} comes from {source}"))
}

fn duplicates(packages: &[Package], policy: &Policy) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for package in packages.iter().filter(|package| !policy.skips(package)) {
        versions.entry(&package.name).or_default().push(package.version.to_string());
    }
    let several = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    several.map(|(name, versions)| format!("{name} is there more than once: {}", versions.join(", "))).collect()
}

/// A duplicate that is gone must not stay allowed.
fn useless_skips(packages: &[Package], policy: &Policy) -> Vec<String> {
    let useless = policy.skip().iter().filter(|skip| !packages.iter().any(|package| skip.matches(package)));
    useless.map(|skip| format!("bans.skip names {skip}, which is no dependency")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [graph]
        all-features = true
        [licenses]
        allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        exceptions = [{ crate = "tables", allow = ["Unicode-3.0"] }]
        [bans]
        multiple-versions = "deny"
        skip = [{ crate = "old@0.1", reason = "its newest release is needed by nobody else" }]
        [sources]
        allow-registry = ["https://github.com/rust-lang/crates.io-index"]
    "#;
    const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

    fn package(name: &str, version: &str, license: Option<&str>, source: Option<&str>) -> Package {
        let (license, source) = (license.map(str::to_owned), source.map(str::to_owned));
        Package { name: name.to_owned(), version: version.parse().unwrap(), license, source, targets: Vec::new() }
    }

    fn licensed(name: &str, license: &str) -> Package {
        package(name, "1.0.0", Some(license), Some(CRATES_IO))
    }

    /// The problems beside those that `old@0.1.5`, which is always there, makes: none.
    fn found(mut packages: Vec<Package>) -> Vec<String> {
        packages.push(package("old", "0.1.5", Some("MIT"), Some(CRATES_IO)));
        problems(&packages, &toml::from_str(POLICY).unwrap())
    }

    #[test]
    fn licences_are_spdx_expressions() {
        let allowed = ["MIT", "MIT OR GPL-3.0-only", "MIT/Apache-2.0", "(GPL-2.0-only OR MIT) AND Apache-2.0"];
        assert_eq!(found(vec![licensed("a", "Apache-2.0 WITH LLVM-exception")]), [""; 0]);
        for license in allowed {
            assert_eq!(found(vec![licensed("a", license)]), [""; 0], "{license}");
        }
    }

    #[test]
    fn a_licence_that_is_not_in_the_list_is_a_problem() {
        for license in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "Unicode-3.0", "Do what you like"] {
            assert_eq!(found(vec![licensed("a", license)]).len(), 1, "{license}");
        }
        assert_eq!(found(vec![package("a", "1.0.0", None, Some(CRATES_IO))]), ["a 1.0.0 names no licence"]);
    }

    #[test]
    fn an_exception_holds_for_its_crate_only() {
        assert_eq!(found(vec![licensed("tables", "Unicode-3.0")]), [""; 0]);
    }

    #[test]
    fn only_the_registry_and_this_machine_are_sources() {
        let git = package("a", "1.0.0", Some("MIT"), Some("git+https://example.com/a"));
        assert_eq!(found(vec![git]), ["a 1.0.0 comes from git+https://example.com/a"]);
        assert_eq!(found(vec![package("a", "1.0.0", Some("MIT"), None)]), [""; 0]);
    }

    #[test]
    fn two_versions_are_a_problem_unless_one_is_skipped() {
        let version = |name, version| package(name, version, Some("MIT"), Some(CRATES_IO));
        assert_eq!(found(vec![version("old", "2.0.0")]), [""; 0]);
        let twice = found(vec![version("a", "1.0.0"), version("a", "2.0.0")]);
        assert_eq!(twice, ["a is there more than once: 1.0.0, 2.0.0"]);
    }

    #[test]
    fn a_skip_without_its_package_is_a_problem() {
        let policy = toml::from_str(POLICY).unwrap();
        assert_eq!(problems(&[], &policy), ["bans.skip names old@0.1, which is no dependency"]);
    }
}
