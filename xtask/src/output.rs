//! What is kept of a program's output, to say in the end why it failed.

use std::collections::VecDeque;

const LAST: usize = 40;
const TELLING: usize = 40;
/// Signs of a line that tells what failed: of Rust's tests, of trybuild's, and of Node's.
const SIGNS: [&str; 5] = ["FAILED", "panicked at", "mismatch", "not ok ", "✖ "];
/// The same at the beginning of a line: of cargo. Elsewhere it may be the name of a test.
const BEGINNINGS: [&str; 2] = ["error:", "error["];

static BLANK: String = String::new();

/// The last lines, and before them those that look like the reason, each with its successor.
#[derive(Debug, Default)]
pub(crate) struct Excerpt {
    telling: Vec<String>,
    last: VecDeque<Line>,
    after_sign: bool,
}

#[derive(Debug)]
struct Line {
    text: String,
    is_telling: bool,
}

impl Excerpt {
    pub(crate) fn add(&mut self, text: String) {
        let has_sign =
            SIGNS.iter().any(|sign| text.contains(sign)) || BEGINNINGS.iter().any(|sign| text.starts_with(sign));
        let is_telling = has_sign || self.after_sign;
        self.after_sign = has_sign;
        self.last.push_back(Line { text, is_telling });
        if self.last.len() > LAST
            && let Some(Line { text, is_telling: true }) = self.last.pop_front()
            && self.telling.len() < TELLING
        {
            self.telling.push(text);
        }
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &String> {
        let gap = (!self.telling.is_empty()).then_some(&BLANK);
        self.telling.iter().chain(gap).chain(self.last.iter().map(|line| &line.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(lines: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut excerpt = Excerpt::default();
        lines.into_iter().for_each(|line| excerpt.add(line));
        excerpt.lines().cloned().collect()
    }

    fn numbered(count: usize) -> impl Iterator<Item = String> {
        (1..=count).map(|number| format!("line {number}"))
    }

    #[test]
    fn short_output_is_kept_whole() {
        assert_eq!(kept(numbered(3)), ["line 1", "line 2", "line 3"]);
    }

    #[test]
    fn the_last_lines_are_kept() {
        let kept = kept(numbered(100));
        assert_eq!((kept.len(), kept[0].as_str(), kept[39].as_str()), (40, "line 61", "line 100"));
    }

    #[test]
    fn a_test_about_errors_is_no_reason() {
        let kept = kept(["test error::tests::a ... ok".to_owned()].into_iter().chain(numbered(40)));
        assert_eq!(kept.len(), 40);
    }

    #[test]
    fn what_looks_like_the_reason_is_kept_once_with_the_line_behind_it() {
        let reason = ["thread 'a' panicked at b.rs:1:1:", "left is not right", "note"].map(str::to_owned);
        let kept = kept(reason.into_iter().chain(numbered(40)));
        assert_eq!(kept[..4], ["thread 'a' panicked at b.rs:1:1:", "left is not right", "", "line 1"]);
        assert_eq!(kept.len(), 43);
    }
}
