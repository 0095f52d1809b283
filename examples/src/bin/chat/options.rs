//! The program's arguments.

const HOST: &str = "127.0.0.1";
const PORT: &str = "5000";
const USAGE: &str = "usage: chat [--urls http://HOST:PORT | --port PORT] [--redis HOST:PORT]";

/// What the program is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The host and port to listen at.
    pub(crate) address: String,
    /// The URL of the Redis that joins several of these programs.
    pub(crate) redis: Option<String>,
}

/// Reads the arguments.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { address: format!("{HOST}:{PORT}"), redis: None };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match &*name {
            "--urls" => options.address = host_and_port(&value)?,
            "--port" => options.address = format!("{HOST}:{value}"),
            "--redis" => options.redis = Some(format!("redis://{value}")),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(options)
}

fn host_and_port(url: &str) -> Result<String, String> {
    let address = url.strip_prefix("http://").map(|address| address.trim_end_matches('/').to_owned());
    address.ok_or_else(|| format!("`{url}` is no address like http://{HOST}:{PORT}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Options, String> {
        parse(arguments.iter().map(ToString::to_string))
    }

    fn address(arguments: &[&str]) -> String {
        parsed(arguments).unwrap().address
    }

    #[test]
    fn the_address_is_the_default_or_the_given_one() {
        assert_eq!(address(&[]), "127.0.0.1:5000");
        assert_eq!(address(&["--urls", "http://localhost:0/"]), "localhost:0");
        assert_eq!(address(&["--port", "5001"]), "127.0.0.1:5001");
    }

    #[test]
    fn there_may_be_a_redis() {
        let options = parsed(&["--redis", "127.0.0.1:6379", "--port", "5001"]).unwrap();
        assert_eq!((&*options.address, options.redis.as_deref()), ("127.0.0.1:5001", Some("redis://127.0.0.1:6379")));
        assert_eq!(parsed(&[]).unwrap().redis, None);
    }

    #[test]
    fn anything_else_is_refused() {
        for arguments in [&["--help"][..], &["--urls"], &["--urls", "https://localhost"], &["--urls", "localhost:80"]] {
            assert!(parsed(arguments).is_err(), "{arguments:?}");
        }
    }
}
