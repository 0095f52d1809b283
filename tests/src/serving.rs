//! What the servers of this package have in common: their command line and their socket.

use std::io::{self, Write as _};

use axum::Router;
use tokio::runtime;

/// The command line of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    address: String,
    workers: Option<usize>,
}

impl Arguments {
    /// Reads `--urls http://HOST:PORT` and `--workers N`.
    ///
    /// # Errors
    ///
    /// If there is another word, or a value that is none.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self { address: "127.0.0.1:5000".to_owned(), workers: None };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--urls" => arguments.address = address(&value()?)?,
                "--workers" => arguments.workers = Some(workers(&value()?)?),
                _ => return Err(format!("unknown option {word}; there are --urls URL and --workers N")),
            }
        }
        Ok(arguments)
    }

    /// Serves `router` until the process is ended. With one worker all runs on this thread.
    ///
    /// # Errors
    ///
    /// If there is no runtime or no socket to be had.
    pub fn serve(&self, router: Router) -> io::Result<()> {
        self.serve_made(|| async { Ok(router) })
    }

    /// Serves what `make` makes in the runtime.
    ///
    /// # Errors
    ///
    /// Those of `make`, and if there is no runtime or no socket to be had.
    pub fn serve_made(&self, make: impl AsyncFnOnce() -> io::Result<Router>) -> io::Result<()> {
        let mut runtime = match self.workers {
            Some(1) => runtime::Builder::new_current_thread(),
            _ => hub_server::runtime(),
        };
        if let Some(workers) = self.workers {
            runtime.worker_threads(workers);
        }
        runtime.enable_all().build()?.block_on(async {
            let router = make().await?;
            let listener = hub_server::listen(&self.address).await?;
            writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
            hub_server::serve(listener, router).await
        })
    }
}

/// The host and port of an `http` address.
fn address(url: &str) -> Result<String, String> {
    let address = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    address
        .filter(|address| address.contains(':'))
        .map(str::to_owned)
        .ok_or_else(|| format!("not http://HOST:PORT: {url}"))
}

fn workers(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|workers| *workers > 0).ok_or_else(|| format!("no number of workers: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn an_address_and_a_number_of_workers_may_be_given() {
        let arguments = Arguments { address: "127.0.0.1:0".to_owned(), workers: Some(2) };
        assert_eq!(parse("--urls http://127.0.0.1:0/ --workers 2"), Ok(arguments));
        assert_eq!(parse("").map(|arguments| arguments.address), Ok("127.0.0.1:5000".to_owned()));
    }

    #[test]
    fn mistakes_are_told() {
        for line in
            ["--urls", "--urls 127.0.0.1:0", "--urls http://localhost", "--workers 0", "--workers x", "--port 1"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
