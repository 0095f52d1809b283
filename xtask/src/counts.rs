//! How much a suite checked: what its own tool says in the end.

use std::fmt;

/// Numbers and what they count, such as `641 passed, 2 failed`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts(Vec<(usize, &'static str)>);

impl Counts {
    /// Counts `number` more of `what`.
    pub(crate) fn add(&mut self, number: usize, what: &'static str) {
        match self.0.iter_mut().find(|(_, counted)| *counted == what) {
            Some((sum, _)) => *sum += number,
            None => self.0.push((number, what)),
        }
    }

    /// Whether nothing was counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|(number, _)| *number == 0)
    }

    /// Reads a line of Rust's test harness: `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
    pub(crate) fn add_rust(&mut self, line: &str) {
        // There may be codes of colours before it, but no other word.
        if let Some((_, result)) = line.split_once("test result: ").filter(|(before, _)| !before.contains(' ')) {
            self.add_words(result, &["passed", "failed", "ignored"]);
        }
    }

    /// Reads a line of the Node suites' reporter: `interop: 801 passed, 0 failed`.
    pub(crate) fn add_node(&mut self, line: &str) {
        if let Some((_, result)) = line.split_once(": ").filter(|(suite, _)| !suite.contains(' ')) {
            self.add_words(result, &["passed", "failed"]);
        }
    }

    /// Reads a line of Maven: `[INFO] Tests run: 164, Failures: 0, Errors: 0, Skipped: 0`. Lines of single classes have
    /// their time besides.
    pub(crate) fn add_maven(&mut self, line: &str) {
        let Some((_, result)) = line.split_once("Tests run: ").filter(|_| !line.contains("Time elapsed")) else {
            return;
        };
        let numbers: Vec<usize> = result.split(", ").filter_map(|part| part.rsplit(' ').next()?.parse().ok()).collect();
        if let [run, failures, errors, skipped] = numbers[..] {
            let failed = failures + errors;
            self.add(run.saturating_sub(failed + skipped), "passed");
            self.add(failed, "failed");
            self.add(skipped, "skipped");
        }
    }

    /// Adds the number before each of the words that are `known`.
    fn add_words(&mut self, text: &str, known: &[&'static str]) {
        for (number, word) in text.split(['.', ',', ';']).filter_map(|part| part.trim().split_once(' ')) {
            if let (Ok(number), Some(what)) = (number.parse(), known.iter().find(|what| **what == word)) {
                self.add(number, what);
            }
        }
    }
}

/// All that were counted, without those of which there are none.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = self.0.iter().filter(|(number, _)| *number > 0);
        let counted: Vec<_> = counted.map(|(number, what)| format!("{number} {what}")).collect();
        f.write_str(&counted.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: fn(&mut Counts, &str), output: &str) -> String {
        let mut counts = Counts::default();
        output.lines().for_each(|line| reader(&mut counts, line));
        counts.to_string()
    }

    #[test]
    fn results_of_rusts_tests_are_added_up() {
        let output = "\
running 2 tests
test a::passed ... ok
the test result: 7 passed
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 10.00s
\u{1b}[0mtest result: \u{1b}[32mok\u{1b}[m. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(read(Counts::add_rust, output), "16 passed, 2 failed, 1 ignored");
    }

    #[test]
    fn the_result_of_nodes_tests_is_read() {
        let output = "✔ a test: 1 passed, 2 failed\nin 3.0 s\ninterop: 801 passed, 0 failed";
        assert_eq!(read(Counts::add_node, output), "801 passed");
    }

    #[test]
    fn only_the_sum_of_mavens_tests_is_read() {
        let output = "\
[INFO] Tests run: 6, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1.2 s -- in signalr.InvokeTest
[ERROR] Tests run: 9, Failures: 1, Errors: 2, Skipped: 2";
        assert_eq!(read(Counts::add_maven, output), "4 passed, 3 failed, 2 skipped");
    }

    #[test]
    fn other_output_counts_nothing() {
        for reader in [Counts::add_rust, Counts::add_node, Counts::add_maven] {
            assert_eq!(read(reader, "5 passed, 0 failed\nTests run: many\ntest result: none\nnote: x"), "");
        }
        assert!(Counts::default().is_empty());
    }
}
