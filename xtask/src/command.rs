//! Running programs: what they say is shown as it comes, and its end is remembered for the summary.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _, PipeReader, pipe};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::counts::Counts;
use crate::output::Excerpt;

/// How long a program may say nothing where nobody watches it.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs a program to its end. The error of a program that fails holds the last lines of its output.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    run_watched(command, |_| {})
}

/// Runs a suite's tool as [`run`] does, and has each line of its output read for `counts`. A suite that counts nothing
/// fails: it ran nothing, or says so in other words than are known.
pub(crate) fn run_suite(command: &mut Command, counts: &mut Counts, read: fn(&mut Counts, &str)) -> Result<()> {
    run_watched(command, |line| read(counts, line))?;
    ensure!(!counts.is_empty(), "`{}` does not tell how many tests it ran", shown(command));
    Ok(())
}

fn run_watched(command: &mut Command, watch: impl FnMut(&str)) -> Result<()> {
    println!("$ {}", shown(command));
    let (output, status) = start_and_follow(command, watch)?;
    if !status.success() {
        bail!("`{}` ended with {status}; the end of its output:\n{}", shown(command), indented(output.lines()));
    }
    Ok(())
}

fn start_and_follow(command: &mut Command, watch: impl FnMut(&str)) -> Result<(Excerpt, ExitStatus)> {
    let watched = io::stdout().is_terminal();
    if watched {
        command.env("CARGO_TERM_COLOR", "always");
        return start_and_follow_for(Duration::MAX, command, watch);
    }
    // All that it starts can be ended with it. At a terminal it would no longer hear of Ctrl-C.
    group::lead(command);
    start_and_follow_for(PATIENCE, command, watch)
}

/// Ends a program that says nothing for this long: it hangs.
fn start_and_follow_for(
    patience: Duration,
    command: &mut Command,
    watch: impl FnMut(&str),
) -> Result<(Excerpt, ExitStatus)> {
    let (reader, writer) = pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let started = command.spawn();
    // The command holds our writing ends; the reader sees the end only when they are gone.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = started.with_context(|| format!("`{}` cannot be started", shown(command)))?;
    let (output, hangs) = follow(&lines(reader), patience, watch);
    if hangs {
        group::end(&mut child)?;
        bail!(
            "`{}` hangs: it said nothing for {} s and was ended; the last of its output:\n{}",
            shown(command),
            patience.as_secs(),
            indented(output.lines())
        );
    }
    Ok((output, child.wait()?))
}

/// The lines as they come, until the end.
fn lines(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Shows each line, and keeps what may be needed again; true if none came for too long.
fn follow(lines: &Receiver<String>, patience: Duration, mut watch: impl FnMut(&str)) -> (Excerpt, bool) {
    let mut excerpt = Excerpt::default();
    loop {
        match lines.recv_timeout(patience) {
            Ok(line) => {
                println!("{line}");
                watch(&line);
                excerpt.add(line);
            }
            Err(error) => return (excerpt, error == RecvTimeoutError::Timeout),
        }
    }
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

/// A program and all that it starts, which can be ended together.
#[cfg(unix)]
mod group {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command};

    use anyhow::{Result, ensure};

    pub(super) fn lead(command: &mut Command) {
        command.process_group(0);
    }

    pub(super) fn end(leader: &mut Child) -> Result<()> {
        let script = format!("kill -s KILL -- -{}", leader.id());
        let killed = Command::new("sh").args(["-c", &script]).status()?;
        ensure!(killed.success(), "process group {} cannot be ended", leader.id());
        leader.wait()?;
        Ok(())
    }
}

/// Elsewhere what a program starts outlives it.
#[cfg(not(unix))]
mod group {
    use std::process::{Child, Command};

    use anyhow::Result;

    pub(super) fn lead(_: &mut Command) {}

    pub(super) fn end(leader: &mut Child) -> Result<()> {
        leader.kill()?;
        leader.wait()?;
        Ok(())
    }
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
    fn what_a_suite_counts_is_read_also_if_it_fails() {
        let mut counts = Counts::default();
        assert!(run_suite(&mut shell("echo a: 2 passed, 1 failed; exit 1"), &mut counts, Counts::add_node).is_err());
        assert_eq!(counts.to_string(), "2 passed, 1 failed");
    }

    #[test]
    fn a_suite_that_counts_nothing_fails() {
        let error = run_suite(&mut shell("echo fine"), &mut Counts::default(), Counts::add_node).unwrap_err();
        assert!(error.to_string().ends_with("does not tell how many tests it ran"), "{error}");
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_all_that_it_started() {
        let mut hanging = shell("echo begun; sleep 1000 & wait");
        group::lead(&mut hanging);
        let error = start_and_follow_for(Duration::from_millis(300), &mut hanging, |_| {}).unwrap_err().to_string();
        assert!(error.contains("hangs: it said nothing for 0 s"), "{error}");
        assert!(error.ends_with("    begun"), "{error}");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert!(error.contains("`no-such-program` cannot be started"), "{error}");
    }
}
