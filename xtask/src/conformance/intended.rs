//! The list of scenarios that are meant to differ from the original.

use anyhow::{Context as _, Result};

use super::from_visible;

/// All entries of `intended.txt`.
#[derive(Debug, Default)]
pub(super) struct Intended(Vec<Entry>);

/// Ids, and why they are meant to differ.
#[derive(Debug)]
struct Entry {
    /// An id in which `*` stands for any text.
    pattern: String,
    /// For readers of the file; an entry without it is refused.
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers of the file"))]
    reason: String,
}

impl Intended {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Entry::parse).collect::<Result<_>>().map(Self)
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.iter().any(|entry| matches(&entry.pattern, id))
    }

    /// The patterns that match none of these ids.
    pub(super) fn unmatched<'a>(&self, ids: impl Iterator<Item = &'a String> + Clone) -> impl Iterator<Item = &String> {
        let patterns = self.0.iter().map(|entry| &entry.pattern);
        patterns.filter(move |pattern| !ids.clone().any(|id| matches(pattern, id)))
    }
}

impl Entry {
    fn parse(line: &str) -> Result<Self> {
        let (pattern, reason) = line.split_once(' ').with_context(|| format!("`{line}` gives no reason"))?;
        Ok(Self { pattern: from_visible(pattern), reason: reason.trim().to_owned() })
    }
}

fn matches(pattern: &str, id: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == id;
    };
    let Some(id) = id.strip_prefix(start) else {
        return false;
    };
    id.char_indices().map(|(at, _)| at).chain([id.len()]).any(|at| matches(rest, &id[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("a/b", "a/b") && !matches("a/b", "a/bc"));
        assert!(matches("a/*", "a/") && matches("a/*", "a/b") && !matches("a/*", "b/a/"));
        assert!(matches("*-plain", "x-plain") && !matches("*-plain", "x-plainer"));
        assert!(matches("a/*-b-*", "a/é-b-b-c") && !matches("a/*-b-*", "a/b"));
    }

    #[test]
    fn an_entry_is_a_pattern_and_a_reason() {
        let intended = Intended::parse("# why\n\na/1   texts of .NET\nb/*␠ (V-20)\n").unwrap();
        assert!(intended.contains("a/1") && intended.contains("b/2 ") && !intended.contains("b/2"));
        assert_eq!(intended.0[0].reason, "texts of .NET");
    }

    #[test]
    fn an_entry_without_reason_is_refused() {
        assert!(Intended::parse("a/1").is_err());
    }

    #[test]
    fn an_entry_that_matches_nothing_is_found() {
        let intended = Intended::parse("a/* x\nb/1 y").unwrap();
        let ids = ["a/1".to_owned()];
        assert_eq!(intended.unmatched(ids.iter()).collect::<Vec<_>>(), ["b/1"]);
    }
}
