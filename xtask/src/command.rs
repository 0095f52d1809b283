//! Running programs: what they say is shown as it comes, and its end is remembered for the summary.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _, PipeReader, pipe};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::output::Excerpt;

/// Runs a program to its end. The error of a program that fails holds the last lines of its output.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let (output, status) = start_and_follow(command)?;
    if !status.success() {
        bail!("`{}` ended with {status}; the end of its output:\n{}", shown(command), indented(output.lines()));
    }
    Ok(())
}

fn start_and_follow(command: &mut Command) -> Result<(Excerpt, ExitStatus)> {
    let (reader, writer) = pipe()?;
    if io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let started = command.spawn();
    // The command holds our writing ends; the reader sees the end only when they are gone.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = started.with_context(|| format!("`{}` cannot be started", shown(command)))?;
    let output = follow(reader);
    Ok((output, child.wait()?))
}

/// Shows each line, and keeps what may be needed again.
fn follow(reader: PipeReader) -> Excerpt {
    let mut excerpt = Excerpt::default();
    for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        println!("{line}");
        excerpt.add(line);
    }
    excerpt
}

/// The command line as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Lines set off from the text around them.
pub(crate) fn indented<'a>(lines: impl IntoIterator<Item = &'a String>) -> String {
    lines.into_iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_succeeds_is_no_error() {
        assert!(run(&mut shell("echo fine")).is_ok());
    }

    #[test]
    fn the_error_of_a_program_that_fails_tells_its_last_lines_in_order() {
        let error = run(&mut shell("echo one; echo two >&2; echo three; exit 3")).unwrap_err().to_string();
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(error.ends_with("    one\n    two\n    three"), "{error}");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert!(error.contains("`no-such-program` cannot be started"), "{error}");
    }
}
